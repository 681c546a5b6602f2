//! How the screens look beside their text: which words carry which role. Apart from the snapshots of the text, so that
//! a change of colour shows as one.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod screens_stage;

use std::fmt::Write as _;

use loadlift::ui::symbols::Charset;
use loadlift::ui::theme::{Background, Theme};
use loadlift::wizard::{Key, Mode, StepKind};
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use screens_stage::{Stage, evening};

/// Every styled run of letters, a line each: `3: Cyan bold «▸ Load»`.
fn spans(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let style = buffer[(x, y)].style();
            let mut run = String::new();
            while x < buffer.area.width && buffer[(x, y)].style() == style {
                run.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            if let Some(look) = look(style).filter(|_| !run.trim().is_empty()) {
                writeln!(out, "{y}: {look} «{}»", run.trim()).unwrap();
            }
        }
    }
    out
}

fn look(style: Style) -> Option<String> {
    let mut words = Vec::new();
    if let Some(color) = style.fg.filter(|color| *color != Color::Reset) {
        words.push(color.to_string());
    }
    for (modifier, word) in [(Modifier::BOLD, "bold"), (Modifier::REVERSED, "reversed")] {
        if style.add_modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    (!words.is_empty()).then(|| words.join(" "))
}

fn stages() -> Vec<(&'static str, Stage)> {
    let mut load = Stage::at(Mode::Recover, StepKind::Load);
    load.press(Key::Down);
    let mut code = Stage::at(Mode::Recover, StepKind::Transfer);
    for _ in 0..5 {
        code.press(Key::Char(' '));
    }
    let mut fleet = Stage::at(Mode::Rehearse, StepKind::Transfer);
    fleet.phones(&evening(20));
    fleet.press(Key::Down);
    let mut taken = Stage::at(Mode::Recover, StepKind::Interface);
    taken.port_taken = true;
    taken.press(Key::Enter);
    let path = Stage::at(Mode::Recover, StepKind::Path);
    vec![("path", path), ("load", load), ("interface-port-taken", taken), ("code", code), ("fleet", fleet)]
}

#[test]
fn words_carry_their_roles() {
    for (name, stage) in stages() {
        insta::assert_snapshot!(name, spans(&stage.buffer(80, 24, &Theme::default())));
    }
}

#[test]
fn no_cell_has_a_background_and_none_is_dark_grey() {
    for (name, stage) in stages() {
        for background in [Background::Dark, Background::Light] {
            let buffer = stage.buffer(160, 50, &Theme::new(true, background, Charset::Unicode));
            for cell in buffer.content() {
                assert_eq!(cell.bg, Color::Reset, "{name}");
                assert!(
                    ![Color::DarkGray, Color::Gray, Color::Black, Color::White].contains(&cell.fg),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn without_colour_the_text_is_the_same_and_nothing_is_coloured() {
    for (name, stage) in stages() {
        let plain = stage.buffer(80, 24, &Theme::new(false, Background::Dark, Charset::Unicode));
        assert!(plain.content().iter().all(|cell| cell.fg == Color::Reset), "{name}");
        let coloured = stage.buffer(80, 24, &Theme::default());
        assert_eq!(screens_stage::text(&plain), screens_stage::text(&coloured), "{name}");
    }
}

#[test]
fn what_is_selected_is_reversed_and_pointed_at() {
    let stage = stages().into_iter().find(|(name, _)| *name == "fleet").unwrap().1;
    let buffer = stage.buffer(80, 24, &Theme::new(false, Background::Dark, Charset::Ascii));
    let reversed = |y: u16| (0..80).any(|x| buffer[(x, y)].modifier.contains(Modifier::REVERSED));
    let rows: Vec<u16> = (0..24).filter(|y| reversed(*y)).collect();
    assert_eq!(rows.len(), 1, "{}", screens_stage::text(&buffer));
    assert_eq!(buffer[(1, rows[0])].symbol(), ">");
}
