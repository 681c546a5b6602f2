//! Every step of the wizard as it is drawn, at the sizes that count. Text only; how it looks is tested apart.

mod screens_stage;

use std::net::Ipv4Addr;
use std::time::Duration;

use loadlift::journal::Event;
use loadlift::ui::symbols::Charset;
use loadlift::ui::theme::{Background, Theme};
use loadlift::wizard::{Key, Mode, Msg, StepKind};
use proptest::prelude::*;
use screens_stage::{CUCM, Dhcp, Far, Stage, checks, evening, forbidden, inform, offer, text, unfinished};

const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (160, 50), (50, 12)];

fn shots(name: &str, stage: &Stage) {
    for (width, height) in SIZES {
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), stage.text(width, height));
    }
}

#[test]
fn welcome() {
    shots("welcome", &Stage::new(Mode::Recover));
}

#[test]
fn welcome_after_a_session_that_never_ended() {
    let mut stage = Stage::new(Mode::Recover);
    stage.tell(Msg::Unfinished(vec![unfinished()]));
    shots("welcome-unfinished", &stage);
}

#[test]
fn path() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Path);
    shots("path", &stage);
    stage.press(Key::Down);
    stage.type_text("8.x");
    shots("path-wrong", &stage);
}

#[test]
fn load() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Load);
    shots("load", &stage);
    stage.press(Key::Char('d'));
    shots("load-details", &stage);
}

#[test]
fn load_while_a_path_is_typed_and_with_nothing_found() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Load);
    stage.press(Key::Char('p'));
    stage.type_text("C:\\Users\\tech\\Desktop\\cm");
    shots("load-typing", &stage);
    let mut stage = Stage::new(Mode::Recover);
    stage.reading = std::sync::Arc::new(loadlift::firmware::Reading::default());
    stage.go_to(StepKind::Load);
    shots("load-none", &stage);
}

#[test]
fn interface() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    shots("interface", &stage);
    stage.press(Key::Enter);
    shots("interface-checked", &stage);
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    stage.port_taken = true;
    stage.press(Key::Enter);
    shots("interface-port-taken", &stage);
}

#[test]
fn interface_with_what_else_was_found_out_the_worst_first() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    stage.checks = checks();
    stage.press(Key::Enter);
    shots("interface-firewall", &stage);
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    stage.checks = checks();
    stage.checks.truncate(4);
    stage.press(Key::Enter);
    shots("interface-fine", &stage);
}

#[test]
fn an_address_that_went_away_is_said_until_it_is_back() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    let address = [10, 1, 1, 5].into();
    stage.record(stage.now, Event::AddressGone { interface: "Ethernet".into(), address, now: Vec::new() });
    stage.pass(60_000);
    shots("transfer-away", &stage);
    stage.record(stage.now, Event::AddressBack { address });
    let text = stage.text(80, 24);
    assert!(text.contains("10.1.1.5 is back") && !text.contains("lost the address"), "{text}");
}

#[test]
fn silence_and_deafness_are_told_with_what_to_do() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.pass(299_000);
    assert!(stage.text(80, 24).contains("No phone has asked yet"), "{}", stage.text(80, 24));
    stage.pass(121_000);
    shots("transfer-no-request", &stage);

    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    for transfer in [1, 2] {
        let phone = [10, 1, 1, 20].into();
        let file = "term45.default.loads".to_owned();
        stage.record(stage.now, Event::Asked { phone, transfer, file, octets: 660, blksize: 512, window: 1 });
        let event = Event::Unanswered { phone, transfer, octets: 0, retransmissions: 7, all_sent: false };
        stage.record(stage.now, event);
    }
    shots("transfer-one-block", &stage);
}

#[test]
fn option_150() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    shots("option150", &stage);
    stage.press(Key::Enter);
    shots("option150-announced", &stage);
    stage.press(Key::Enter);
    shots("option150-this-laptop", &stage);
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    for _ in 0..3 {
        stage.press(Key::Up);
    }
    stage.press(Key::Ctrl('u'));
    stage.type_text("10.1.1.5");
    stage.press(Key::Enter);
    shots("option150-refused", &stage);
}

/// Each thing that DHCP can say, before the change and after it.
#[test]
fn what_dhcp_says() {
    let laptop = Ipv4Addr::new(10, 1, 1, 5);
    let strange = Ipv4Addr::new(10, 9, 9, 9);
    for (name, answers) in [
        ("nobody", vec![]),
        ("no-150", vec![offer(1, &[])]),
        ("else", vec![offer(1, &[strange]), inform(1, &[strange])]),
        ("disagree", vec![offer(1, &[laptop]), offer(2, &[CUCM])]),
    ] {
        let mut stage = Stage::new(Mode::Recover);
        stage.dhcp = Dhcp::Says(answers);
        stage.go_to(StepKind::Option150);
        insta::assert_snapshot!(format!("dhcp-before-{name}-80x24"), stage.text(80, 24));
        stage.dhcp = match stage.dhcp {
            // A value that is no longer what it was, and not this laptop either.
            Dhcp::Says(answers) if name == "else" => {
                Dhcp::Says(answers.iter().map(|answer| offer(answer.server.octets()[3], &[CUCM])).collect())
            }
            dhcp => dhcp,
        };
        stage.press(Key::Enter);
        stage.press(Key::Enter);
        assert_eq!(stage.model.step.kind(), StepKind::Option150, "{name} is no reason to go on");
        shots(&format!("dhcp-during-{name}"), &stage);
    }
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.dhcp = Dhcp::Says(vec![offer(1, &[CUCM]), inform(1, &[CUCM])]);
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    shots("dhcp-during-call-manager", &stage);
}

#[test]
fn dhcp_while_it_is_asked_and_when_it_cannot_be() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.slow = true;
    stage.press(Key::Char('v'));
    let (ticket, _) = stage.asked().expect("a question");
    stage.tell(Msg::DhcpWaits(ticket, Duration::from_millis(4800)));
    stage.tell(Msg::DhcpAnswered(ticket, Box::new(inform(1, &[CUCM]))));
    shots("dhcp-asking", &stage);

    let mut stage = Stage::new(Mode::Recover);
    stage.dhcp = Dhcp::Fails(forbidden());
    stage.go_to(StepKind::Option150);
    shots("dhcp-failed", &stage);
}

#[test]
fn going_on_by_somebodys_word_is_asked_for_its_reason() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.dhcp = Dhcp::Says(vec![]);
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    stage.press(Key::Char('o'));
    stage.type_text("bench without DHCP");
    shots("dhcp-override", &stage);
    stage.press(Key::Enter);
    stage.phones(&[Far::Back; 3]);
    stage.dhcp = Dhcp::Obedient;
    stage.go_to(StepKind::Report);
    shots("report-overridden", &stage);
}

#[test]
fn what_is_inferred_says_so_beside_the_name() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    let pfsense = stage.model.servers().iter().position(|server| server.name.contains("pfSense"));
    stage.model.option150.server = pfsense.expect("pfSense is known");
    for (width, height) in SIZES.into_iter().take(3) {
        assert!(stage.text(width, height).contains("inferred"), "{}", stage.text(width, height));
    }
    shots("option150-inferred", &stage);
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    stage.phones(&[Far::Back; 3]);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::SwitchBack);
    assert!(stage.text(80, 24).contains("inferred"), "the way back too:\n{}", stage.text(80, 24));
}

#[test]
fn transfer_before_the_first_phone_and_in_the_code() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    shots("transfer-empty", &stage);
    stage.press(Key::Char(' '));
    shots("transfer-hold", &stage);
    for _ in 0..4 {
        stage.press(Key::Char(' '));
        stage.pass(1000);
    }
    shots("transfer-code", &stage);
    for _ in 0..7 {
        stage.press(Key::Char(' '));
    }
    shots("transfer-code-done", &stage);
}

/// A model whose power is a risk of its own: every caution is there before the power is touched, to its last word.
#[test]
fn cautions_of_a_model_stand_whole_before_its_power_is_touched() {
    let mut stage = Stage::new(Mode::Recover);
    stage.go_to(StepKind::Path);
    for _ in 0..5 {
        stage.press(Key::Right);
    }
    assert_eq!(stage.model.path.family_number().as_deref(), Some("45"));
    stage.go_to(StepKind::Transfer);
    shots("transfer-cautions", &stage);
    for (width, height) in [(80, 24), (100, 30), (160, 50)] {
        let words: Vec<String> = stage.text(width, height).split_whitespace().map(str::to_owned).collect();
        let text = words
            .into_iter()
            .filter(|word| !"│┌├└┐┤┘─┼!·".contains(word.as_str()))
            .collect::<Vec<_>>()
            .join(" ");
        assert!(text.contains("a 7945G") || text.contains("7945G (term45"), "{text}");
        for caution in [
            "never start again once their power was cut.",
            "CUCM can hand it the intermediate load without one.",
        ] {
            let tail: Vec<&str> = caution.split(' ').rev().take(3).collect();
            assert!(tail.iter().all(|word| text.contains(word)), "{width}x{height}: {caution}\n{text}");
        }
    }
}

#[test]
fn transfer_while_no_phone_asks_for_minutes() {
    let mut stage = Stage::new(Mode::Recover);
    stage.go_to(StepKind::Path);
    for _ in 0..5 {
        stage.press(Key::Right);
    }
    stage.go_to(StepKind::Transfer);
    stage.pass(600_000);
    shots("transfer-silence", &stage);
}

#[test]
fn transfer_with_one_phone() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Loading(2)]);
    shots("transfer-1", &stage);
    stage.press(Key::Right);
    shots("transfer-1-details", &stage);
}

/// The three phones that need a hand, each with what is wrong, why, and what to do, to the last word.
#[test]
fn what_a_phone_in_trouble_needs_stands_in_its_details() {
    for (name, far, wait) in
        [("rejected", Far::Rejects, 0), ("missing", Far::Missing, 0), ("stuck", Far::Silent, 3_600_000)]
    {
        let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
        stage.phones(&[Far::Back, far, Far::Back]);
        stage.pass(wait);
        stage.press(Key::Right);
        let current = stage.model.transfer.current(&stage.fleet, stage.now).unwrap();
        assert!(current.stage().is_trouble(), "{name}");
        for (width, height) in [(80, 24), (100, 30), (160, 50)] {
            let text = stage.text(width, height);
            let shown: String = text.split_whitespace().filter(|word| !"│▸·".contains(word)).collect();
            for step in current.advice().iter().chain([&current.words()]) {
                // What stands beside it may lie between its lines: its longest words must be there.
                for word in step.split_whitespace().filter(|word| word.len() > 7) {
                    assert!(shown.contains(word), "{name} at {width}x{height}: `{word}` of `{step}`\n{text}");
                }
            }
        }
        shots(&format!("transfer-{name}"), &stage);
    }
}

#[test]
fn transfer_with_twenty_phones() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    shots("transfer-20", &stage);
    stage.press(Key::Down);
    stage.press(Key::Right);
    shots("transfer-20-details", &stage);
}

#[test]
fn transfer_with_five_hundred_phones() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(500));
    for _ in 0..4 {
        stage.press(Key::PageDown);
    }
    shots("transfer-500", &stage);
}

#[test]
fn switch_back() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Back; 20]);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::SwitchBack);
    shots("switch-back", &stage);
    stage.press(Key::Enter);
    shots("switch-back-done", &stage);
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Back; 500]);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::SwitchBack);
    shots("switch-back-500", &stage);
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(500));
    stage.press(Key::Enter);
    shots("insist-500", &stage);
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    stage.press(Key::Enter);
    shots("insist", &stage);
    stage.press(Key::Enter);
    shots("switch-back-insisted", &stage);
}

#[test]
fn report() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Back; 3]);
    stage.go_to(StepKind::Report);
    shots("report", &stage);
}

#[test]
fn questions_help_and_log() {
    let mut stage = Stage::at(Mode::Rehearse, StepKind::Transfer);
    stage.phones(&evening(20));
    stage.press(Key::Char('q'));
    shots("quit", &stage);
    stage.press(Key::Esc);
    stage.press(Key::Char('?'));
    shots("help", &stage);
    stage.press(Key::Esc);
    stage.press(Key::Char('l'));
    shots("log", &stage);
}

#[test]
fn a_filtered_table_says_of_how_many() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    stage.press(Key::Char('f'));
    stage.press(Key::Down);
    let text = stage.text(80, 24);
    assert!(text.contains("2 of 3   filter: needs a hand; 20 phones in all"), "{text}");
    shots("transfer-filtered", &stage);
}

#[test]
fn the_rehearsal_mark_is_on_every_screen() {
    for step in StepKind::ALL.into_iter().skip(1) {
        let mut stage = Stage::new(Mode::Rehearse);
        if step >= StepKind::SwitchBack {
            stage.go_to(StepKind::Transfer);
            stage.phones(&[Far::Back]);
        }
        stage.go_to(step);
        for (width, height) in [(80, 24), (100, 30), (160, 50)] {
            let text = stage.text(width, height);
            assert!(
                text.lines().next().unwrap().contains("[REHEARSAL]"),
                "{step:?} at {width}x{height}\n{text}"
            );
        }
    }
}

/// Steps in states that are no errors: there the guide is whole on the home screen, or it is no guide.
#[test]
fn the_guide_is_never_cut_on_the_home_screen() {
    let mut stages = Vec::new();
    for mode in [Mode::Recover, Mode::Rehearse] {
        for step in StepKind::ALL {
            for phones in [vec![], vec![Far::Loading(2)], evening(20), evening(500), vec![Far::Back; 500]] {
                let mut stage = Stage::new(mode);
                if step > StepKind::Transfer && phones.iter().any(|far| *far != Far::Back) {
                    continue;
                }
                stage.go_to(if step > StepKind::Transfer { StepKind::Transfer } else { step });
                if step >= StepKind::Transfer {
                    stage.phones(&phones);
                    if phones.is_empty() && step > StepKind::Transfer {
                        stage.press(Key::Enter);
                    }
                    stage.go_to(step);
                }
                stages.push(stage);
            }
        }
    }
    for stage in stages {
        let text = stage.text(80, 24);
        let mut guide = text.lines().skip(20).take(3).peekable();
        assert!(guide.peek().unwrap().contains("Checked"), "{text}");
        assert!(guide.all(|line| !line.ends_with('…')), "{text}");
    }
}

#[test]
fn ascii_screens_are_ascii() {
    let theme = Theme::new(false, Background::Dark, Charset::Ascii);
    for step in [StepKind::Welcome, StepKind::Path, StepKind::Load, StepKind::Interface, StepKind::Option150]
    {
        let text = text(&Stage::at(Mode::Recover, step).buffer(80, 24, &theme));
        // Reasons and file names are the technician's own: they may hold anything.
        let drawn: String = text.lines().filter(|line| !line.contains("169.254")).collect();
        assert!(drawn.is_ascii(), "{step:?}\n{text}");
    }
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    stage.press(Key::Char(' '));
    let shown = text(&stage.buffer(80, 24, &theme));
    assert!(shown.is_ascii(), "{shown}");
    insta::assert_snapshot!("transfer-ascii-80x24", shown);
}

#[test]
fn the_console_of_windows_has_every_character_in_its_fonts() {
    // WGL4 beyond Latin: box drawing in single and double lines, blocks, shapes, arrows, punctuation.
    let in_wgl4 = |c: char| {
        c.is_ascii()
            || matches!(c, '─' | '│' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼')
            || matches!(c, '▀' | '▄' | '█' | '■' | '□' | '▪' | '►' | '○' | '●' | '←' | '↑' | '→' | '↓')
            || matches!(c, '√' | '×' | '·' | '…' | '‹' | '›' | '—')
    };
    let theme = Theme::new(true, Background::Dark, Charset::Console);
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    for key in [Key::Char(' '), Key::Right, Key::Down, Key::Char('?'), Key::Esc, Key::Char('l')] {
        stage.press(key);
        for (width, height) in SIZES {
            let shown = text(&stage.buffer(width, height, &theme));
            let strange: String = shown.chars().filter(|c| *c != '\n' && !in_wgl4(*c)).collect();
            assert!(strange.is_empty(), "`{strange}` at {width}x{height}\n{shown}");
        }
    }
}

fn any_stage() -> impl Strategy<Value = (usize, usize, Vec<Key>)> {
    let keys = prop::sample::select(vec![
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::PageDown,
        Key::End,
        Key::Char(' '),
        Key::Char('d'),
        Key::Char('l'),
        Key::Char('?'),
        Key::Char('q'),
        Key::Char('p'),
        Key::Char('f'),
        Key::Char('8'),
        Key::Char('字'),
        Key::Backspace,
        Key::F(1),
    ]);
    (0..StepKind::ALL.len(), 0..4_usize, prop::collection::vec(keys, 0..14))
}

fn prepared(step: usize, phones: usize, keys: &[Key]) -> Stage {
    let step = StepKind::ALL[step];
    let mut stage = Stage::new(if phones.is_multiple_of(2) { Mode::Recover } else { Mode::Rehearse });
    stage.port_taken = false;
    if step >= StepKind::Transfer {
        stage.go_to(StepKind::Transfer);
        stage.phones(&evening([0, 1, 20, 500][phones]));
        if step > StepKind::Transfer {
            stage.press(Key::Enter);
            stage.press(Key::Enter);
        }
        if step > StepKind::SwitchBack {
            stage.press(Key::Enter);
        }
    } else {
        stage.go_to(step);
    }
    for key in keys {
        stage.press(*key);
    }
    stage
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// At any size nothing panics, and nothing lies outside the screen.
    #[test]
    fn any_screen_can_be_drawn_at_any_size(
        (step, phones, keys) in any_stage(),
        sizes in prop::collection::vec((1..=200_u16, 1..=60_u16), 1..6),
        charset in prop::sample::select(vec![Charset::Ascii, Charset::Console, Charset::Unicode]),
    ) {
        let stage = prepared(step, phones, &keys);
        let theme = Theme::new(phones > 1, Background::Light, charset);
        for (width, height) in sizes {
            let buffer = stage.buffer(width, height, &theme);
            prop_assert_eq!((buffer.area.width, buffer.area.height), (width, height));
            let filled = buffer.content().iter().any(|cell| cell.symbol() != " ");
            prop_assert!(filled, "nothing at {}x{}", width, height);
        }
    }

    /// On every screen that is large enough, help and quit are written, or the way out of what lies over the step.
    #[test]
    fn the_way_out_is_always_written(
        (step, phones, keys) in any_stage(),
        (width, height) in (64..=200_u16, 18..=60_u16),
    ) {
        let stage = prepared(step, phones, &keys);
        let text = stage.text(width, height);
        let bar = text.lines().last().unwrap_or("");
        let out = if stage.model.dialog.is_some() { bar.contains("Esc") } else { bar.contains("? help") && bar.contains("quit") };
        prop_assert!(out, "{}", text);
    }
}
