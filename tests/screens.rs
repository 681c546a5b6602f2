//! Every step of the wizard as it is drawn, at the sizes that count. Text only; how it looks is tested apart.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod screens_stage;

use loadlift::wizard::{Key, Mode, StepKind};
use screens_stage::{Far, Stage, evening, unfinished};

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
    stage.tell(loadlift::wizard::Msg::Unfinished(vec![unfinished()]));
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
fn option_150() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    shots("option150", &stage);
    stage.type_text("10.1.1.2");
    stage.press(Key::Enter);
    shots("option150-announced", &stage);
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
}

#[test]
fn transfer_with_one_phone() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Loading(2)]);
    shots("transfer-1", &stage);
    stage.press(Key::Right);
    shots("transfer-1-details", &stage);
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
}

#[test]
fn report() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Back; 3]);
    stage.press(Key::Enter);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Report);
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
