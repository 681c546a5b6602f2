//! Walks through the steps Option 150 and Switch back: what DHCP says comes in, and what the wizard says to it, lets
//! pass and puts on record goes out.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod screens_stage;

use std::net::Ipv4Addr;
use std::time::Duration;

use loadlift::dhcp::{Answer, State};
use loadlift::journal::{Event, How, Option150, Phase, Record};
use loadlift::report::Report;
use loadlift::wizard::{
    Asked, Asking, Effect, Heard, Key, Left, Mode, Msg, Played, Proof, Step, StepKind, Unfinished, keys,
    unfinished,
};
use screens_stage::{CUCM, Dhcp, Far, Stage, forbidden, inform, offer};

const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);
const OTHER: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 9);

fn asked(stage: &Stage) -> &Asked {
    stage.model.option150_draft().unwrap().asking.done().expect("an answer")
}

/// What was put on record of the probes: when in the work, what it comes to, whether that was asked for.
fn probed(stage: &Stage) -> Vec<(Phase, State, bool)> {
    let events = stage.events().into_iter();
    let probed = events.filter_map(|event| match event {
        Event::Option150Probed { phase, state, reached, .. } => Some((*phase, *state, *reached)),
        _ => None,
    });
    probed.collect()
}

fn has_key(stage: &Stage, key: Key) -> bool {
    keys::table(&stage.model, stage.moment()).iter().any(|binding| binding.key == key)
}

fn records(stage: &Stage) -> Vec<Record> {
    stage.events().into_iter().map(|event| Record { at: stage.now, event: event.clone() }).collect()
}

/// At Option 150, with the old value on record and DHCP as the test wants it.
fn announced(dhcp: Dhcp) -> Stage {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.press(Key::Enter);
    assert!(stage.model.option150.announced.is_some());
    stage.dhcp = dhcp;
    stage
}

/// At Switch back, with all phones back and DHCP as the test wants it.
fn phones_back(dhcp: Dhcp) -> Stage {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Back; 2]);
    stage.go_to(StepKind::SwitchBack);
    stage.dhcp = dhcp;
    stage
}

#[test]
fn on_entering_the_step_dhcp_is_asked_through_the_interface_and_the_old_value_is_filled_in() {
    let stage = Stage::at(Mode::Recover, StepKind::Option150);
    let (_, question) = stage.asked().expect("asked by itself");
    assert_eq!((question.interface.as_str(), question.address), ("Ethernet", LAPTOP));
    assert_eq!((question.servers.len(), question.subnet, question.played), (0, None, None));
    assert_eq!(stage.model.option150.value.text(), "10.1.1.2");
    assert_eq!(probed(&stage), [(Phase::Before, State::SomethingElse, false)]);
    let Some(Event::Option150Probed { answers, value, .. }) =
        stage.events().into_iter().find(|event| matches!(event, Event::Option150Probed { .. })).cloned()
    else {
        panic!("on record")
    };
    assert_eq!(value, Option150::Addresses(vec![CUCM]));
    assert_eq!(answers[0].lease_seconds, Some(3600));
    assert_eq!(answers[0].scope.map(|scope| scope.to_string()).as_deref(), Some("10.1.1.0/24"));
}

#[test]
fn the_old_value_on_record_says_whether_it_is_dhcps_or_the_technicians() {
    let how = |stage: &Stage| {
        stage.events().into_iter().find_map(|event| match event {
            Event::Option150Announced { before, how, .. } => Some((before.to_string(), *how)),
            _ => None,
        })
    };
    assert_eq!(how(&announced(Dhcp::Obedient)), Some(("10.1.1.2".into(), How::Probed)));

    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    for _ in 0..3 {
        stage.press(Key::Up);
    }
    stage.press(Key::Ctrl('u'));
    stage.type_text("10.9.9.9");
    stage.press(Key::F(5));
    assert_eq!(stage.model.option150.value.text(), "10.9.9.9", "asking again does not undo a correction");
    stage.press(Key::Enter);
    assert_eq!(how(&stage), Some(("10.9.9.9".into(), How::ByHand)));
}

#[test]
fn every_state_has_a_sentence_and_a_next_step_and_only_this_laptop_leads_on() {
    let unreadable = Answer { option_150_unreadable: Some("cucm".into()), ..offer(1, &[]) };
    for (answers, state) in [
        (vec![], State::NobodyAnswered),
        (vec![offer(1, &[])], State::NoOption150),
        (vec![offer(1, &[CUCM]), inform(1, &[CUCM])], State::CallManager),
        (vec![offer(1, &[OTHER])], State::SomethingElse),
        (vec![offer(1, &[CUCM, LAPTOP])], State::SomethingElse),
        (vec![unreadable], State::SomethingElse),
        (vec![offer(1, &[LAPTOP]), offer(2, &[CUCM])], State::ServersDisagree),
    ] {
        let mut stage = announced(Dhcp::Says(answers));
        stage.press(Key::Enter);
        assert_eq!(asked(&stage).verdict.state, state);
        assert_eq!(stage.model.option150.proof, None, "{state:?} proves nothing");
        assert_eq!(stage.model.step.kind(), StepKind::Option150);
        let screen = stage.text(100, 30);
        let words: Vec<String> = asked(&stage).sentence().split(' ').map(str::to_owned).collect();
        assert!(screen.contains(&words[..3].join(" ")), "{state:?}: {words:?}\n{screen}");
        let next = asked(&stage).next("v", "o");
        assert!(next.ends_with('.') && next.len() > 20, "{state:?}: {next}");
        // Enter asks once more; it never goes on.
        stage.press(Key::Enter);
        assert_eq!(stage.model.step.kind(), StepKind::Option150, "{state:?}");
    }
    let mut stage = announced(Dhcp::Says(vec![offer(1, &[LAPTOP])]));
    stage.press(Key::Enter);
    assert!(matches!(stage.model.option150.proof, Some(Proof::Probed { .. })));
    stage.press(Key::Enter);
    let Step::Transfer(_, announced) = &stage.model.step else { panic!("on") };
    assert_eq!(announced.proof.why(), None);
    assert!(stage.events().iter().any(|event| {
        matches!(event, Event::Option150Confirmed { value: LAPTOP, how: How::Probed, why: None, .. })
    }));
}

#[test]
fn before_anything_is_changed_each_state_says_what_to_note() {
    for (answers, filled) in [
        (vec![], ""),
        (vec![offer(1, &[])], "none"),
        (vec![offer(1, &[LAPTOP])], ""),
        (vec![offer(1, &[CUCM, OTHER])], "10.1.1.2, 10.9.9.9"),
        (vec![offer(1, &[CUCM]), offer(2, &[OTHER])], ""),
    ] {
        let mut stage = Stage::new(Mode::Recover);
        stage.dhcp = Dhcp::Says(answers);
        stage.go_to(StepKind::Option150);
        assert_eq!(stage.model.option150.value.text(), filled, "{}", asked(&stage).sentence());
        assert_eq!(stage.model.option150.proof, None, "before the change there is nothing to prove");
        assert!(!has_key(&stage, Key::Char('o')), "nothing to insist on either");
    }
}

#[test]
fn what_an_earlier_session_left_behind_says_what_to_put_back() {
    let left = Left {
        value: LAPTOP,
        before: Option150::Addresses(vec![OTHER]),
        since: loadlift::timestamp::Timestamp::default(),
        confirmed: true,
    };
    let mut stage = Stage::new(Mode::Recover);
    stage.tell(Msg::Unfinished(vec![Unfinished { log: "sessions/a.jsonl".into(), left }]));
    stage.dhcp = Dhcp::Says(vec![offer(1, &[LAPTOP])]);
    stage.go_to(StepKind::Option150);
    assert_eq!(stage.model.option150.value.text(), "10.9.9.9");
    assert!(stage.text(80, 24).contains("earlier session"), "{}", stage.text(80, 24));
}

#[test]
fn answers_show_as_they_come_with_a_countdown_and_asking_can_be_stopped_and_begun_again() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.slow = true;
    stage.press(Key::Char('v'));
    let (ticket, _) = stage.asked().unwrap();
    assert!(!has_key(&stage, Key::Enter), "nothing to go on with before it is over");
    stage.tell(Msg::DhcpWaits(ticket, Duration::from_millis(4200)));
    assert!(stage.text(80, 24).contains("5 s left"), "{}", stage.text(80, 24));
    stage.tell(Msg::DhcpAnswered(ticket, Box::new(offer(1, &[OTHER]))));
    assert!(stage.text(80, 24).contains("10.1.1.1 says 10.9.9.9"), "{}", stage.text(80, 24));

    stage.press(Key::Char('v'));
    assert!(matches!(stage.done.last(), Some(Effect::StopAsking)));
    let stopped = stage.model.clone();
    stage.tell(Msg::DhcpAnswered(ticket, Box::new(offer(2, &[LAPTOP]))));
    stage.tell(Msg::DhcpWaits(ticket, Duration::from_secs(1)));
    stage.tell(Msg::DhcpAsked(ticket, Ok(Heard { answers: vec![offer(1, &[LAPTOP])], ..Heard::default() })));
    assert_eq!(stage.model, stopped, "what comes after the stop is nobody's");
    stage.slow = false;
    stage.press(Key::Char('v'));
    assert_eq!(asked(&stage).value(), Option150::Addresses(vec![CUCM]));
}

#[test]
fn leaving_the_step_stops_asking_and_late_answers_prove_nothing() {
    let mut stage = announced(Dhcp::Obedient);
    stage.slow = true;
    stage.press(Key::Enter);
    let (ticket, _) = stage.asked().unwrap();
    stage.slow = false;
    stage.press(Key::Esc);
    assert_eq!(stage.model.step.kind(), StepKind::Interface);
    assert!(stage.done.contains(&Effect::StopAsking));
    let left = stage.model.clone();
    let late = Heard { answers: vec![offer(1, &[LAPTOP])], ..Heard::default() };
    stage.tell(Msg::DhcpAsked(ticket, Ok(late)));
    assert_eq!(stage.model, left);
    stage.go_to(StepKind::Option150);
    assert_eq!((&stage.model.option150.proof, stage.model.option150.changed), (&None, false));
    assert_eq!(stage.model.option150.value.text(), "10.1.1.2", "what was typed or found stays");

    let mut stage = phones_back(Dhcp::Obedient);
    stage.slow = true;
    stage.press(Key::Enter);
    let (ticket, _) = stage.asked().unwrap();
    stage.press(Key::Esc);
    assert_eq!(stage.model.step.kind(), StepKind::Transfer);
    assert!(stage.done.contains(&Effect::StopAsking));
    stage.tell(Msg::DhcpAsked(ticket, Ok(Heard { answers: vec![offer(1, &[CUCM])], ..Heard::default() })));
    assert_eq!((stage.model.step.kind(), &stage.model.switch_back.proof), (StepKind::Transfer, &None));
}

#[test]
fn the_technician_can_go_on_against_dhcp_but_only_in_words_that_stay() {
    let mut stage = announced(Dhcp::Says(vec![offer(1, &[OTHER])]));
    assert!(!has_key(&stage, Key::Char('o')), "DHCP has the first word");
    stage.press(Key::Enter);
    stage.press(Key::Char('o'));
    assert!(!has_key(&stage, Key::Enter), "without a reason Enter has nothing to do");
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
    stage.type_text("quite");
    assert!(!has_key(&stage, Key::Enter), "one word is no reason");
    stage.press(Key::Esc);
    assert!(!stage.model.option150.overriding, "Esc leaves it to DHCP");
    stage.press(Key::Char('o'));
    stage.type_text(" sure: voice VLAN");
    stage.press(Key::Enter);
    let Step::Transfer(_, announced) = &stage.model.step else { panic!("on") };
    assert_eq!(announced.proof.why(), Some("quite sure: voice VLAN"));
    let last: Vec<&Event> = stage.events().into_iter().rev().take(2).collect();
    assert!(
        matches!(last[0], Event::Option150Confirmed { how: How::ByHand, why: Some(why), .. } if why.contains("voice VLAN"))
    );
    assert!(
        matches!(last[1], Event::Override { what } if what.contains("quite sure") && what.contains("10.9.9.9"))
    );
    let report = Report::of(&records(&stage)).markdown();
    assert!(report.contains("because: quite sure: voice VLAN; asked of DHCP"), "{report}");

    stage.press(Key::Esc);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Transfer, "it need not be said twice");
}

#[test]
fn switching_back_is_done_when_dhcp_names_the_old_value_and_not_before() {
    for answers in
        [vec![], vec![offer(1, &[LAPTOP])], vec![offer(1, &[OTHER])], vec![offer(1, &[CUCM]), offer(2, &[])]]
    {
        let mut stage = phones_back(Dhcp::Says(answers));
        stage.press(Key::Enter);
        assert_eq!(stage.model.step.kind(), StepKind::SwitchBack, "{}", asked(&stage).sentence());
        assert!(!asked(&stage).verdict.is_reached && has_key(&stage, Key::Char('o')));
    }
    // Looking is enough to be told what to do, with the key that does it.
    let mut stage = phones_back(Dhcp::Says(vec![offer(1, &[OTHER])]));
    stage.press(Key::Char('v'));
    let screen = stage.text(160, 50);
    assert!(screen.contains("If this is right, o and say why"), "{screen}");
    let mut stage = phones_back(Dhcp::Obedient);
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    let Step::Report(_, _, _, back) = &stage.model.step else { panic!("the report") };
    assert_eq!((back.to.to_string().as_str(), back.proof.why()), ("10.1.1.2", None));
    assert_eq!(
        probed(&stage),
        [
            (Phase::Before, State::SomethingElse, false),
            (Phase::During, State::ThisLaptop, true),
            (Phase::After, State::CallManager, true),
        ]
    );
    let report = Report::of(&records(&stage));
    assert_eq!(report.option150.renewal.map(|renewal| renewal.renews_after_seconds), Some(1800));
    assert_eq!(report.option150.power_cycle.len(), 2);
    let screen = stage.text(80, 24);
    for words in ["before  10.1.1.2", "during  10.1.1.5", "after   10.1.1.2", "lease of 1 h is over: 30 min"]
    {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
}

#[test]
fn what_proved_one_end_of_the_work_proves_nothing_once_the_other_end_is_reached() {
    let mut stage = phones_back(Dhcp::Obedient);
    stage.press(Key::Enter);
    assert!(stage.model.switch_back.proof.is_some());
    stage.press(Key::Char('q'));
    assert!(stage.done.contains(&Effect::Quit), "DHCP says that it is back: nothing keeps the technician");
    assert!(Report::of(&records(&stage)).undone.is_empty());
    stage.press(Key::Esc);
    stage.press(Key::Esc);
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
    assert_eq!(stage.model.option150.proof, None, "DHCP names the call manager now");
    stage.press(Key::Enter);
    assert!(stage.model.option150.proof.is_some() && stage.model.switch_back.proof.is_none());
    // The log keeps the truth through all of it.
    assert!(unfinished(&records(&stage)).is_some_and(|left| left.value == LAPTOP));
    stage.go_to(StepKind::SwitchBack);
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Report);
}

#[test]
fn the_name_of_whoever_confirms_it_stands_beside_what_dhcp_said() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.press(Key::Up);
    stage.press(Key::Up);
    stage.type_text("Kim");
    stage.go_to(StepKind::Transfer);
    stage.phones(&[Far::Back]);
    stage.go_to(StepKind::Report);
    let screen = stage.text(160, 50);
    let named: Vec<&str> = screen.lines().filter(|line| line.contains("10.1.1.0/24, Kim")).collect();
    assert!(named.len() == 2 && named[0].contains("during") && named[1].contains("after"), "{screen}");
    let markdown = Report::of(&records(&stage)).markdown();
    assert_eq!(markdown.matches("; confirmed by Kim)").count(), 2, "{markdown}");
}

#[test]
fn where_there_was_no_option_150_it_is_back_when_it_is_gone() {
    let mut stage = Stage::new(Mode::Recover);
    stage.dhcp = Dhcp::Says(vec![offer(1, &[])]);
    stage.go_to(StepKind::Option150);
    stage.dhcp = Dhcp::Obedient;
    stage.go_to(StepKind::Transfer);
    stage.phones(&[Far::Back]);
    stage.go_to(StepKind::SwitchBack);
    stage.dhcp = Dhcp::Says(vec![offer(1, &[])]);
    stage.go_to(StepKind::Report);
    let Step::Report(_, _, _, back) = &stage.model.step else { panic!("the report") };
    assert_eq!((&back.to, back.proof.why()), (&Option150::Absent, None));
}

#[test]
fn an_old_value_that_nobody_knew_is_what_the_technician_types_in_the_end() {
    let mut stage = Stage::new(Mode::Recover);
    stage.dhcp = Dhcp::Fails(forbidden());
    stage.go_to(StepKind::Option150);
    assert!(stage.text(80, 24).contains("UDP port 68"), "{}", stage.text(80, 24));
    assert!(stage.events().iter().any(|event| {
        matches!(event, Event::Trouble { message } if message.contains("DHCP could not be asked"))
    }));
    stage.dhcp = Dhcp::Obedient;
    stage.go_to(StepKind::Transfer);
    stage.phones(&[Far::Back]);
    stage.go_to(StepKind::SwitchBack);
    stage.press(Key::Enter);
    assert_eq!(stage.model.switch_back.proof, None, "nobody said what it must name");
    assert!(asked(&stage).sentence().contains("what it named before is not known"));
    for _ in 0..3 {
        stage.press(Key::Up);
    }
    stage.type_text("10.1.1.2");
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Report);
}

#[test]
fn the_voice_subnet_and_servers_can_be_named_and_an_answer_for_others_proves_nothing() {
    let mut stage = announced(Dhcp::Says(vec![offer(1, &[LAPTOP])]));
    stage.press(Key::Enter);
    assert!(stage.model.option150.proof.is_some());
    stage.press(Key::Up);
    stage.type_text("10.21.0.0/24 10.1.1.1");
    assert_eq!(stage.model.option150.proof, None, "that was another question");
    stage.press(Key::Enter);
    let (_, question) = stage.asked().unwrap();
    assert_eq!(question.subnet.map(|subnet| subnet.to_string()).as_deref(), Some("10.21.0.0/24"));
    assert_eq!(question.servers, [Ipv4Addr::new(10, 1, 1, 1)]);
    assert_eq!(asked(&stage).verdict.state, State::NobodyAnswered);
    assert!(stage.text(100, 30).contains("not for 10.21.0.0/24"), "{}", stage.text(100, 30));

    stage.type_text(" nonsense");
    assert!(stage.text(80, 24).contains("neither an address nor a subnet"), "{}", stage.text(80, 24));
    let questions = |stage: &Stage| stage.done.iter().filter(|e| matches!(e, Effect::AskDhcp(..))).count();
    let before = questions(&stage);
    stage.press(Key::F(5));
    assert_eq!(questions(&stage), before, "nobody is asked a wrong question");
    assert!(stage.model.notice.is_some());
}

#[test]
fn letters_go_into_a_field_that_has_the_cursor_and_the_bar_names_the_key_that_works() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    assert!(stage.text(80, 24).lines().last().unwrap().contains("v ask DHCP"));
    stage.press(Key::Up);
    let bar = stage.text(80, 24).lines().last().unwrap().to_owned();
    assert!(bar.contains("F5 ask DHCP") && !bar.contains("v ask"), "{bar}");
    let questions = |stage: &Stage| stage.done.iter().filter(|e| matches!(e, Effect::AskDhcp(..))).count();
    let before = questions(&stage);
    stage.press(Key::Char('v'));
    assert_eq!((stage.model.option150.also.text(), questions(&stage)), ("v", before));
    stage.press(Key::Backspace);
    stage.press(Key::F(5));
    assert_eq!(questions(&stage), before + 1);
}

#[test]
fn a_rehearsal_asks_nobody_and_its_server_follows_what_the_technician_says_to_have_done() {
    let mut stage = Stage::at(Mode::Rehearse, StepKind::Option150);
    let played = |stage: &Stage| stage.asked().unwrap().1.played;
    assert_eq!(played(&stage), Some(Played::Untouched));
    stage.press(Key::Enter);
    stage.press(Key::Char('v'));
    assert_eq!(played(&stage), Some(Played::Untouched), "looking changes nothing");
    stage.press(Key::Enter);
    let laptop = stage.model.step.serving().unwrap().interface.address;
    assert_eq!(played(&stage), Some(Played::Changed(Option150::Addresses(vec![laptop]))));
    assert!(stage.text(80, 24).contains("(played)"), "{}", stage.text(80, 24));
    stage.press(Key::Enter);
    stage.phones(&[Far::Back]);
    stage.go_to(StepKind::SwitchBack);
    stage.press(Key::Char('v'));
    assert_eq!(played(&stage), Some(Played::Changed(Option150::Addresses(vec![laptop]))));
    stage.press(Key::Enter);
    assert_eq!(played(&stage), Some(Played::Changed(Option150::Addresses(vec![CUCM]))));
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Report);
}

#[test]
fn a_killed_session_counts_what_dhcp_said_even_if_nobody_came_to_confirm_it() {
    let mut stage = announced(Dhcp::Obedient);
    stage.press(Key::Enter);
    let left = unfinished(&records(&stage)).expect("option 150 was touched");
    assert!(left.confirmed, "DHCP itself said that it names the laptop");

    let mut stage = phones_back(Dhcp::Obedient);
    assert!(unfinished(&records(&stage)).is_some());
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::SwitchBack);
    assert_eq!(unfinished(&records(&stage)), None, "DHCP itself said that it is back");
}

#[test]
fn asking_again_after_a_good_answer_withdraws_it_if_dhcp_has_changed_its_mind() {
    let mut stage = announced(Dhcp::Obedient);
    stage.press(Key::Enter);
    assert!(stage.model.option150.proof.is_some());
    stage.dhcp = Dhcp::Says(vec![offer(1, &[CUCM])]);
    stage.press(Key::Char('v'));
    assert_eq!(stage.model.option150.proof, None);
    stage.dhcp = Dhcp::Fails(forbidden());
    stage.press(Key::Char('v'));
    assert!(matches!(stage.model.option150.asking, Asking::Failed(_)));
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
}
