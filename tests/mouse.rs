//! The mouse: what is pressed is what is drawn there, and whatever the mouse does, keys do too.

mod screens_stage;

use loadlift::wizard::{Dialog, Effect, Key, Mode, Msg, Spot, StepKind, keys};
use proptest::prelude::*;
use screens_stage::{Far, Stage, evening};

#[test]
fn a_click_on_a_row_puts_the_cursor_there_and_nothing_else_happens() {
    let mut stage = Stage::new(Mode::Recover);
    stage.click("Look into a load");
    assert_eq!((stage.model.welcome.row, stage.model.step.kind()), (2, StepKind::Welcome));
    stage.click("The same steps with simulated phones");
    assert_eq!(stage.model.welcome.row, 1, "the sentence belongs to its row");

    let mut stage = Stage::at(Mode::Recover, StepKind::Load);
    let picked = stage.model.load.picked.clone();
    stage.click("too new");
    assert_eq!((stage.model.load.row, &stage.model.load.picked), (2, &picked));
    stage.click("Another place");
    assert!(stage.model.load.is_on_path());

    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    stage.click("Wi-Fi");
    assert_eq!(stage.model.interface.row, 1);
}

#[test]
fn a_click_on_a_field_gives_it_the_letters() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Path);
    stage.click("Load on the phone");
    stage.type_text("8.3(2)");
    assert_eq!(stage.model.path.phone.text(), "8.3(2)");
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    stage.click("Confirmed by");
    stage.type_text("Kim");
    assert_eq!(stage.model.option150.by.text(), "Kim");
}

#[test]
fn a_click_on_a_phone_selects_that_phone_even_if_the_table_was_sorted_anew_meanwhile() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    let spots: Vec<Spot> = stage.hits(80, 24).iter().map(|(_, spot)| spot).collect();
    let phone = spots.iter().find_map(|spot| if let Spot::Phone(id) = spot { Some(*id) } else { None });
    stage.press(Key::Char('s'));
    stage.tell(Msg::Clicked(Spot::Phone(phone.unwrap())));
    assert_eq!(stage.model.transfer.selected, phone);
    stage.click("10.1.1.22");
    let current = stage.model.transfer.current(&stage.fleet, stage.now).unwrap();
    assert_eq!(current.address().to_string(), "10.1.1.22");
}

#[test]
fn a_click_on_a_hint_presses_its_key_in_the_bar_and_in_a_question() {
    let mut stage = Stage::new(Mode::Recover);
    stage.click("begin");
    assert_eq!(stage.model.step.kind(), StepKind::Path);
    stage.click("help");
    assert_eq!(stage.model.dialog, Some(Dialog::Help));
    stage.click("close help");
    assert_eq!(stage.model.dialog, None);

    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Loading(1), Far::Flash]);
    stage.click("quit");
    assert!(matches!(stage.model.dialog, Some(Dialog::Ask(_))));
    stage.click("stay");
    assert!(stage.model.dialog.is_none() && !stage.done.contains(&Effect::Quit));
}

#[test]
fn what_a_question_covers_cannot_be_pressed() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(20));
    stage.press(Key::Char('q'));
    assert!(stage.hits(80, 24).iter().all(|(_, spot)| matches!(spot, Spot::Key(Key::Enter | Key::Esc))));
    let before = stage.model.clone();
    stage.tell(Msg::Clicked(Spot::Row(3)));
    stage.tell(Msg::Wheel { up: false });
    assert_eq!(stage.model, before);
}

#[test]
fn a_hint_of_a_picture_that_is_out_of_date_types_no_letter() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Path);
    stage.press(Key::Down);
    let before = stage.model.clone();
    stage.tell(Msg::Clicked(Spot::Key(Key::Char('q'))));
    assert_eq!(stage.model, before, "`q` quits where nothing is typed; here it would be a letter");
}

#[test]
fn the_wheel_moves_what_has_the_focus() {
    let wheel = |stage: &mut Stage, up| stage.tell(Msg::Wheel { up });
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    wheel(&mut stage, false);
    assert_eq!(stage.model.interface.row, 1);
    wheel(&mut stage, true);
    assert_eq!(stage.model.interface.row, 0);

    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&evening(500));
    for _ in 0..4 {
        wheel(&mut stage, false);
    }
    assert!(stage.text(80, 24).contains("13 of 500"), "{}", stage.text(80, 24));
    stage.press(Key::Char('l'));
    wheel(&mut stage, true);
    assert!(matches!(stage.model.dialog, Some(Dialog::Log(scrolled)) if scrolled > 0));

    let mut stage = Stage::at(Mode::Recover, StepKind::Path);
    wheel(&mut stage, false);
    assert_eq!(stage.model.path.scroll, 1);
}

#[test]
fn f2_leaves_the_mouse_to_the_terminal_and_takes_it_back() {
    let mut stage = Stage::new(Mode::Recover);
    stage.press(Key::F(2));
    assert_eq!(stage.done.last(), Some(&Effect::Mouse(false)));
    assert!(
        stage.text(80, 24).contains("the mouse marks text now")
            || stage.text(80, 24).contains("The mouse marks")
    );
    stage.press(Key::F(2));
    assert_eq!(stage.done.last(), Some(&Effect::Mouse(true)));
    stage.press(Key::Char('?'));
    assert!(stage.text(80, 24).contains("let the mouse mark text"), "{}", stage.text(80, 24));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Wherever somebody presses, whatever is drawn: a hint is in the table of keys, and nothing lies outside the
    /// picture.
    #[test]
    fn no_hint_lies_and_no_click_breaks_anything(
        step in prop::sample::select(StepKind::ALL.to_vec()),
        count in 0..30_usize,
        keys in prop::collection::vec(prop::sample::select(vec![
            Key::Down, Key::Right, Key::Char('?'), Key::Char('l'), Key::Char('p'), Key::Char('q'), Key::Tab, Key::Esc,
        ]), 0..4),
        (width, height) in (1..=170_u16, 1..=55_u16),
        clicks in prop::collection::vec((0..170_u16, 0..55_u16), 0..20),
    ) {
        let mut stage = Stage::new(Mode::Recover);
        stage.go_to(if step > StepKind::Transfer { StepKind::Transfer } else { step });
        if step >= StepKind::Transfer {
            let phones = if step > StepKind::Transfer { vec![Far::Back; count.max(1)] } else { evening(count) };
            stage.phones(&phones);
            stage.go_to(step);
        }
        for key in keys {
            stage.press(key);
        }
        let table = keys::table(&stage.model, stage.moment());
        for (area, spot) in stage.hits(width, height).iter() {
            prop_assert!(area.right() <= width && area.bottom() <= height, "{area} in {width}x{height}");
            if let Spot::Key(key) = spot {
                prop_assert!(table.iter().any(|binding| binding.key == key), "{key} is shown and does nothing");
            }
        }
        for (column, line) in clicks {
            if let Some(spot) = stage.hits(width, height).at(column, line) {
                stage.tell(Msg::Clicked(spot));
                let _ = stage.text(width, height);
            }
        }
    }
}
