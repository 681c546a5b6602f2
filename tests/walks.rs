//! Walks through the wizard: keys in, model, effects and screens out. Effects are answered at once by a shell that
//! always succeeds, unless a walk says otherwise.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod screens_stage;

use std::net::Ipv4Addr;
use std::sync::Arc;

use loadlift::firmware::Reading;
use loadlift::firmware::load::Load;
use loadlift::journal::{Event, Option150, Record};
use loadlift::report::Report;
use loadlift::wizard::{
    Ask, BenchState, Check, Dialog, Effect, Finished, Key, Mode, Msg, Step, StepKind, Unfinished, keys,
    unfinished,
};
use proptest::prelude::*;
use screens_stage::{CUCM, Dhcp, Far, Stage, forbidden, offer};

const BEFORE: &str = "10.1.1.2";

fn kinds(events: &[&Event]) -> Vec<String> {
    let kind = |event: &&Event| serde_json::to_value(event).unwrap()["event"].as_str().unwrap().to_owned();
    let all: Vec<String> = events.iter().map(kind).collect();
    let of_wizard = ["load-chosen", "interface-checked", "override"];
    all.into_iter().filter(|k| k.starts_with("option150") || of_wizard.contains(&k.as_str())).collect()
}

fn quits(stage: &Stage) -> bool {
    stage.done.contains(&Effect::Quit)
}

#[test]
fn the_straight_way_leads_from_welcome_to_the_report_by_enter_alone() {
    let mut stage = Stage::new(Mode::Recover);
    let mut seen = vec![stage.model.step.kind()];
    for _ in 0..20 {
        match stage.model.step.kind() {
            StepKind::Transfer if stage.fleet.is_empty() => stage.phones(&[Far::Back; 3]),
            StepKind::Report => break,
            _ => {}
        }
        stage.press(Key::Enter);
        if seen.last() != Some(&stage.model.step.kind()) {
            seen.push(stage.model.step.kind());
        }
    }
    assert_eq!(seen, StepKind::ALL);
    let Step::Report(serving, announced, finished, went_back) = &stage.model.step else {
        panic!("the report")
    };
    assert_eq!(serving.loads.loads.len(), 2, "both good loads are served: {:?}", serving.loads.loads);
    assert_eq!(announced.before.to_string(), BEFORE);
    assert_eq!(*finished, Finished::AllBack);
    assert_eq!(went_back.to.to_string(), BEFORE, "the old value was filled in");
    assert_eq!(
        kinds(&stage.events()),
        [
            "load-chosen",
            "load-chosen",
            "interface-checked",
            "option150-probed",
            "option150-announced",
            "option150-probed",
            "option150-confirmed",
            "option150-probed",
            "option150-back"
        ]
    );
    let screen = stage.text(100, 30);
    assert!(screen.contains("3 of 3 phones"), "{screen}");
    stage.press(Key::Enter);
    assert!(quits(&stage), "after option 150 is back nothing keeps the technician");
}

#[test]
fn back_leads_from_every_step_to_the_one_before_and_loses_nothing() {
    let mut stage = Stage::new(Mode::Recover);
    stage.go_to(StepKind::Path);
    for key in [Key::Down, Key::Char('8'), Key::Char('.'), Key::Up] {
        stage.press(key);
    }
    let wrong = stage.model.path.clone();
    stage.press(Key::Esc);
    assert_eq!(stage.model.step.kind(), StepKind::Welcome, "a wrong answer does not keep anybody");
    stage.go_to(StepKind::Path);
    assert_eq!(stage.model.path.phone, wrong.phone, "nor is it lost");
    stage.press(Key::Down);
    stage.press(Key::Ctrl('u'));

    stage.go_to(StepKind::Transfer);
    stage.phones(&[Far::Back; 2]);
    stage.go_to(StepKind::Report);
    for kind in StepKind::ALL.iter().rev().skip(1) {
        stage.press(Key::Esc);
        assert_eq!(stage.model.dialog, None, "nobody is at work: nothing to ask before {kind:?}");
        assert_eq!(stage.model.step.kind(), *kind);
    }
    assert!(stage.done.contains(&Effect::StopService));
    assert_eq!(stage.model.option150.value.text(), BEFORE);
    stage.go_to(StepKind::Report);
}

#[test]
fn wrong_input_is_refused_in_place_with_the_reason() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Path);
    stage.press(Key::Down);
    stage.type_text("8.x");
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Path);
    assert!(stage.model.notice.is_some() && stage.model.path.answer().phone.is_some());
    stage.press(Key::Ctrl('u'));
    stage.go_to(StepKind::Load);

    // The damaged one cannot be picked at all, the one that is too new only after a question.
    let row = |stage: &Stage, word: &str| {
        stage.model.load.loads.iter().position(|load| load.verdict.word() == word).unwrap()
    };
    stage.model.load.row = row(&stage, "incomplete");
    assert_eq!(keys::find(&stage.model, stage.moment(), Key::Char(' ')), None);
    stage.model.load.row = row(&stage, "too-new");
    let picked = stage.model.load.picked.clone();
    stage.press(Key::Char(' '));
    assert!(matches!(&stage.model.dialog, Some(Dialog::Ask(Ask::UseAnyway { .. }))));
    stage.press(Key::Esc);
    assert_eq!(stage.model.load.picked, picked);
    for good in picked {
        stage.model.load.row = good;
        stage.press(Key::Char(' '));
    }
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Load, "nothing is picked");
    stage.model.load.row = row(&stage, "too-new");
    stage.press(Key::Char(' '));
    stage.press(Key::Enter); // yes
    stage.go_to(StepKind::Option150);
    assert!(kinds(&stage.events()).contains(&"override".to_owned()), "{:?}", stage.events());

    for _ in 0..3 {
        stage.press(Key::Up);
    }
    for wrong in ["10.1.1", "10.1.1.5"] {
        stage.press(Key::Ctrl('u'));
        stage.type_text(wrong);
        stage.press(Key::Enter);
        assert_eq!(stage.model.option150.announced, None, "{wrong} is no value to put back");
        assert!(stage.model.notice.is_some());
    }
}

#[test]
fn a_taken_port_keeps_the_step_and_says_who_holds_it_until_it_is_free() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    stage.port_taken = true;
    stage.press(Key::Enter);
    assert!(
        matches!(&stage.model.interface.check, Check::Bad(_, problem) if problem.message.contains("Tftpd64"))
    );
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Interface);
    stage.port_taken = false;
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
}

#[test]
fn a_rule_for_the_firewall_is_added_only_by_its_key_and_what_was_found_out_is_looked_at_again() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    stage.checks = screens_stage::checks();
    let asks = |stage: &Stage| stage.done.iter().filter(|effect| **effect == Effect::OpenFirewall).count();
    stage.press(Key::Char('w'));
    assert_eq!(asks(&stage), 0, "nothing was found out yet, so there is no such key");
    stage.press(Key::Enter);
    assert!(stage.text(160, 50).contains("open firewall"), "{}", stage.text(160, 50));
    assert_eq!(asks(&stage), 0, "going on adds no rule");
    stage.press(Key::Char('w'));
    assert_eq!(asks(&stage), 1);
    stage.checks.pop();
    stage.tell(Msg::FirewallOpened(Ok(())));
    assert!(!stage.model.interface.wants_rule(), "{:?}", stage.model.interface.checks);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
}

#[test]
fn what_was_found_out_for_an_interface_that_was_left_is_ignored() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    stage.slow = true;
    stage.press(Key::Enter);
    let preflight = stage.done.iter().rev().find_map(|effect| match effect {
        Effect::Preflight { ticket, address, .. } => Some((*ticket, *address)),
        _ => None,
    });
    let (late, address) = preflight.unwrap();
    assert_eq!(address, stage.model.interface.check.address().unwrap());
    stage.press(Key::Char('r'));
    stage.slow = false;
    stage.press(Key::Esc);
    stage.go_to(StepKind::Interface);
    stage.press(Key::Enter);
    stage.tell(Msg::Preflight(late, screens_stage::checks()));
    assert!(stage.model.interface.checks.is_empty());
}

#[test]
fn quitting_while_phones_load_or_write_flash_names_them_and_two_ctrl_c_leave() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Loading(2), Far::Flash, Far::Back]);
    stage.press(Key::Char('q'));
    let Some(Dialog::Ask(ask @ Ask::Quit { phones, .. })) = &stage.model.dialog else { panic!("a question") };
    assert_eq!(phones.len(), 2, "{phones:?}");
    assert!(phones[0].contains("10.1.1.20"), "{phones:?}");
    assert!(ask.text().concat().contains("Option 150"), "{:?}", ask.text());
    assert!(stage.text(80, 24).contains("10.1.1.20"), "{}", stage.text(80, 24));
    stage.press(Key::Esc);
    assert!(!quits(&stage) && stage.model.dialog.is_none());

    stage.press(Key::Ctrl('c'));
    assert!(!quits(&stage));
    stage.pass(2001);
    stage.press(Key::Ctrl('c'));
    assert!(!quits(&stage), "more than two seconds lie between");
    stage.pass(1999);
    stage.press(Key::Ctrl('c'));
    assert!(quits(&stage));
}

#[test]
fn back_out_of_the_transfer_asks_while_phones_are_at_work_and_serving_goes_on() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Flash]);
    stage.press(Key::Esc);
    assert!(
        matches!(&stage.model.dialog, Some(Dialog::Ask(Ask::LeaveTransfer { phones })) if phones.len() == 1)
    );
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
    assert!(!stage.done.contains(&Effect::StopService));
    stage.press(Key::Esc);
    assert!(matches!(&stage.model.dialog, Some(Dialog::Ask(Ask::StopService { .. }))));
    stage.press(Key::Enter);
    assert!(stage.done.contains(&Effect::StopService));
}

#[test]
fn switching_back_early_is_the_technicians_word_and_goes_on_record() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Back, Far::Rejects]);
    stage.press(Key::Enter);
    assert!(matches!(&stage.model.dialog, Some(Dialog::Ask(Ask::Insist { phones })) if phones.len() == 1));
    stage.press(Key::Enter);
    assert!(
        matches!(&stage.model.step, Step::SwitchBack(_, _, Finished::Insisted(phones)) if phones.len() == 1)
    );
    assert_eq!(kinds(&stage.events()).last().unwrap(), "override");
}

#[test]
fn without_a_dhcp_server_the_bench_is_asked_for_begun_and_ended_and_nothing_is_switched_back() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.press(Key::Char('b'));
    assert!(stage.text(100, 30).contains("Is this bench cut off"), "{}", stage.text(100, 30));
    stage.press(Key::Enter);
    let begun = |stage: &Stage| {
        let asked = stage.done.iter().rev().find_map(|effect| match effect {
            Effect::StartBench { ticket, .. } => Some(*ticket),
            _ => None,
        });
        asked.unwrap()
    };
    // A guard says no: in place, with the reason, and the step stays.
    let ticket = begun(&stage);
    stage.tell(Msg::BenchStarted(ticket, Err(forbidden())));
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
    assert!(stage.model.can_bench());

    stage.press(Key::Char('b'));
    stage.press(Key::Enter);
    let ticket = begun(&stage);
    let ends = stage.now + std::time::Duration::from_secs(4 * 3600);
    let started = loadlift::journal::Dhcp::Started {
        interface: "Ethernet".into(),
        address: [10, 1, 1, 5].into(),
        pool: 50,
        restored: 0,
        ends,
    };
    stage.record(stage.now, Event::Dhcp(started));
    stage.tell(Msg::BenchStarted(ticket, Ok(())));
    assert_eq!(stage.model.step.kind(), StepKind::Transfer);
    assert!(stage.text(80, 24).contains("[DHCP ON 10.1.1.5]"), "{}", stage.text(80, 24));
    stage.press(Key::Enter);
    assert!(stage.text(100, 30).contains("End the job already?"));
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::SwitchBack);
    assert!(stage.text(100, 30).contains("There is no option 150 to switch back here"));
    assert!(stage.text(100, 30).contains("[DHCP ON 10.1.1.5]"));
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Report);
    assert!(stage.done.contains(&Effect::StopBench));
    let kinds = kinds(&stage.events());
    assert!(!kinds.iter().any(|kind| kind.starts_with("option150-announced")), "{kinds:?}");
}

#[test]
fn a_bench_that_began_for_a_step_that_was_left_is_ended() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.press(Key::Char('b'));
    stage.press(Key::Enter);
    let asked = stage.done.iter().find_map(|effect| match effect {
        Effect::StartBench { ticket, .. } => Some(*ticket),
        _ => None,
    });
    stage.press(Key::Esc);
    stage.tell(Msg::BenchStarted(asked.unwrap(), Ok(())));
    assert!(stage.done.contains(&Effect::StopBench));
    assert_eq!(stage.model.bench, BenchState::Off);
}

#[test]
fn the_system_ends_the_program_without_a_question() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Flash]);
    stage.tell(Msg::Terminated);
    assert!(quits(&stage));
}

#[test]
fn after_a_kill_the_next_start_says_what_option_150_names_and_asks_until_it_is_settled() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    let records: Vec<Record> =
        stage.events().into_iter().map(|event| Record { at: stage.now, event: event.clone() }).collect();
    let left = unfinished(&records).unwrap();
    assert_eq!((left.value, left.confirmed), (Ipv4Addr::new(10, 1, 1, 5), true));
    assert_eq!(left.before, Option150::Addresses(vec![Ipv4Addr::new(10, 1, 1, 2)]));
    // The report of the killed session says the same.
    assert!(Report::of(&records).undone.concat().contains("Option 150"));

    stage = Stage::new(Mode::Recover);
    stage.tell(Msg::Unfinished(vec![Unfinished { log: "sessions/a.jsonl".into(), left }]));
    let screen = stage.text(80, 24);
    assert!(screen.contains("10.1.1.5") && screen.contains("10.1.1.2"), "{screen}");
    stage.press(Key::Char('b'));
    assert!(matches!(stage.done.last(), Some(Effect::Settle(_, Event::Option150Back { .. }))));
    stage.tell(Msg::Settled(Ok(Vec::new())));
    assert!(!stage.text(80, 24).contains("10.1.1.5"));
}

#[test]
fn an_answer_to_a_step_that_was_left_changes_nothing() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Load);
    stage.press(Key::Char('r'));
    let Some(Effect::FindLoads(late, _)) =
        stage.done.iter().rfind(|e| matches!(e, Effect::FindLoads(..))).cloned()
    else {
        panic!("a search")
    };
    stage.press(Key::Esc);
    let before = stage.model.clone();
    stage.tell(Msg::LoadsRead(late, Arc::new(Reading::default())));
    assert_eq!(stage.model, before);
    assert!(!stage.model.load.loads.is_empty());
}

#[test]
fn a_load_that_is_read_again_takes_the_place_of_what_it_was() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Load);
    let of_42 = |load: &Load| load.family.as_deref() == Some("42");
    let mut whole = stage.reading.loads.iter().find(|load| of_42(load)).unwrap().clone();
    let before = stage.model.load.loads.len();
    // The missing image was copied beside the others meanwhile.
    whole.problems.clear();
    whole.reason = "whole now".into();
    stage.reading = Arc::new(Reading { loads: vec![whole], problems: Vec::new() });
    stage.press(Key::Char('p'));
    stage.type_text("Downloads/SCCP42.8-5-2S.zip");
    stage.press(Key::Enter);
    let loads = &stage.model.load.loads;
    assert_eq!(loads.len(), before, "the same place is listed once");
    assert_eq!(loads.iter().find(|load| of_42(load)).unwrap().reason, "whole now");
}

#[test]
fn enter_pressed_too_soon_waits_for_the_loads_and_types_no_path() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Path);
    stage.slow = true;
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Load);
    stage.press(Key::Enter);
    assert!(!stage.model.load.typing && stage.model.field().is_none());
}

#[test]
fn made_up_loads_never_stay_when_real_phones_are_to_be_recovered() {
    let mut stage = Stage::at(Mode::Rehearse, StepKind::Load);
    assert!(stage.text(80, 24).contains("REHEARSAL"));
    stage.press(Key::Esc);
    stage.press(Key::Esc);
    stage.press(Key::Up);
    stage.press(Key::Enter);
    assert_eq!(stage.model.mode, Mode::Recover);
    assert!(stage.model.load.loads.is_empty() && !stage.text(80, 24).contains("REHEARSAL"));
}

#[test]
fn a_look_into_a_load_has_no_way_to_serve_it() {
    let mut stage = Stage::new(Mode::Inspect);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Load);
    for _ in 0..5 {
        stage.press(Key::Enter);
        stage.press(Key::Down);
    }
    assert_eq!(stage.model.step.kind(), StepKind::Load);
    assert!(!stage.done.iter().any(|effect| matches!(effect, Effect::StartService { .. })));
}

fn any_key() -> impl Strategy<Value = Key> {
    let named = prop::sample::select(vec![
        Key::Enter,
        Key::Enter,
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageUp,
        Key::PageDown,
        Key::Home,
        Key::End,
        Key::Backspace,
        Key::Delete,
        Key::F(1),
        Key::Ctrl('c'),
        Key::Ctrl('l'),
        Key::Ctrl('u'),
        Key::Ctrl('y'),
        Key::Ctrl('o'),
        Key::F(5),
    ]);
    prop_oneof![3 => named, 1 => prop::sample::select("?hqlnybcdfsmxaprvo 1.8".chars().collect::<Vec<_>>()).prop_map(Key::Char)]
}

/// Press every listed key on a copy: each must change the model or want something done. And a key that is not listed
/// must change nothing, unless it types into a field.
fn the_table_does_not_lie(stage: &Stage) -> Result<(), TestCaseError> {
    let table = keys::table(&stage.model, stage.moment());
    let mut listed = Vec::new();
    for binding in &table {
        prop_assert!(!listed.contains(&binding.key), "{} is listed twice", binding.key);
        listed.push(binding.key);
        let mut model = stage.model.clone();
        // What a key clears in passing is not what it does.
        model.notice = None;
        let before = model.clone();
        let effects = model.update(stage.moment(), Msg::Key(binding.key));
        prop_assert!(
            model != before || !effects.is_empty(),
            "{} ({}) does nothing at {:?} with {:?} open",
            binding.key,
            binding.label,
            stage.model.step.kind(),
            stage.model.dialog
        );
    }
    prop_assert!(listed.contains(&Key::Ctrl('c')), "there is always a way out");
    for key in [Key::Enter, Key::Esc, Key::Tab, Key::Up, Key::Down, Key::F(5), Key::Ctrl('x'), Key::PageUp] {
        if !listed.contains(&key) {
            let mut model = stage.model.clone();
            let effects = model.update(stage.moment(), Msg::Key(key));
            prop_assert!(
                model == stage.model && effects.is_empty(),
                "{key} is not listed and does something"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_keys_breaks_it_and_the_key_table_never_lies(
        mode in prop::sample::select(vec![Mode::Recover, Mode::Rehearse, Mode::Inspect]),
        start in prop::sample::select(vec![
            StepKind::Welcome, StepKind::Path, StepKind::Load, StepKind::Interface, StepKind::Option150,
            StepKind::Transfer, StepKind::SwitchBack,
        ]),
        dhcp in prop::sample::select(vec![
            Dhcp::Obedient, Dhcp::Says(vec![]), Dhcp::Says(vec![offer(1, &[CUCM]), offer(2, &[])]),
            Dhcp::Fails(forbidden()),
        ]),
        phones in any::<bool>(),
        slow in any::<bool>(),
        keys in prop::collection::vec(any_key(), 1..40),
        size in prop::sample::select(vec![(80, 24), (1, 1), (39, 11), (160, 50)]),
    ) {
        let mut stage = Stage::new(mode);
        if mode != Mode::Inspect && start == StepKind::SwitchBack {
            stage.go_to(StepKind::Transfer);
            stage.phones(&[Far::Back]);
        }
        if mode != Mode::Inspect {
            stage.go_to(start);
        }
        stage.dhcp = dhcp;
        if phones && stage.model.step.kind() == StepKind::Transfer {
            stage.phones(&[Far::Loading(1), Far::Flash, Far::Back, Far::Rejects, Far::Seen]);
        }
        stage.slow = slow;
        the_table_does_not_lie(&stage)?;
        for key in keys {
            stage.press(key);
            stage.pass(300);
            the_table_does_not_lie(&stage)?;
        }
        let _ = stage.text(size.0, size.1);
    }
}
