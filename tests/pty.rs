//! The wizard in a real terminal: tmux is the terminal. A whole rehearsal by keys alone, a resize in the middle,
//! SIGTERM, a panic; and the terminal is as it was before after each.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use loadlift::journal::{Event, How, Option150, Phase};
use loadlift::ui::terminal::DrawOn;
use loadlift::ui::wizard::OnTerminal;
use rustix::process::Signal;
use support::has;
use support::terminal::{Terminal, records};
use support::walk::{to_the_end, to_the_phones};

fn rehearsal(sessions: &Path, phones: usize, scenario: &str, speed: u32) -> String {
    format!(
        "{} rehearse --phones {phones} --scenario {scenario} --speed {speed} --megabytes 1 --session-dir {}",
        env!("CARGO_BIN_EXE_loadlift"),
        sessions.display()
    )
}

#[test]
fn a_rehearsal_with_twelve_phones_goes_to_the_report_by_keys_alone_through_a_resize() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::start(80, 24, &rehearsal(folder.path(), 12, "all-well", 200));
    to_the_phones(&terminal);
    terminal.keys(&["Space", "Space"]);
    terminal.until(&["REHEARSAL", "#"]);
    for (columns, lines) in [(40, 10), (160, 50), (100, 30)] {
        terminal.resize(columns, lines);
    }
    to_the_end(&terminal, 12);
    terminal.is_sane(0);

    let records = records(folder.path());
    assert!(matches!(&records[0].event, Event::Started { command, .. } if command == "rehearse"));
    let probed = records.iter().filter_map(|record| match &record.event {
        Event::Option150Probed { phase, reached, .. } => Some((*phase, *reached)),
        _ => None,
    });
    let probed: Vec<(Phase, bool)> = probed.collect();
    let (before, during, after) = (Phase::Before, Phase::During, Phase::After);
    assert_eq!(probed, [(before, false), (during, false), (during, true), (after, true)]);
    let back = records.iter().find_map(|record| match &record.event {
        Event::Option150Back { to, how, .. } => Some((to.clone(), *how)),
        _ => None,
    });
    let call_managers = Option150::Addresses(vec![[10, 1, 1, 10].into(), [10, 1, 1, 11].into()]);
    assert_eq!(back, Some((call_managers, How::Probed)));
    assert!(matches!(&records.last().unwrap().event, Event::Ended { back: 12, seen: 12, .. }));
    let saved = |extension: &str| {
        let files = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path());
        fs::read_to_string(files.into_iter().find(|path| path.extension().unwrap() == extension).unwrap())
            .unwrap()
    };
    let report: serde_json::Value = serde_json::from_str(&saved("json")).unwrap();
    assert_eq!(report["phones"].as_array().unwrap().len(), 12);
    assert_eq!(report["ended"], true);
    assert!(saved("md").contains("12 of 12 phones"));
}

#[test]
fn quitting_while_phones_load_asks_first_and_sigterm_asks_nobody() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // At this pace the phones are at it for half a minute.
    let terminal = Terminal::start(100, 30, &rehearsal(folder.path(), 6, "all-well", 20));
    to_the_phones(&terminal);
    terminal.until(&["10.20.0.1"]);
    terminal.until(&["under way"]);
    terminal.until(&["loading"]);
    terminal.keys(&["q"]);
    terminal.until(&["Leave loadlift?", "10.20.0.1"]);
    terminal.keys(&["Escape"]);
    terminal.until(&["switch back"]);
    terminal.signal(Signal::TERM);
    terminal.is_sane(130);
    let records = records(folder.path());
    assert!(matches!(&records.last().unwrap().event, Event::Ended { .. }), "the log has its end");
}

#[test]
fn a_first_sigint_asks_and_a_second_one_leaves() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::start(80, 24, &rehearsal(folder.path(), 6, "all-well", 20));
    to_the_phones(&terminal);
    terminal.until(&["loading"]);
    terminal.signal(Signal::INT);
    terminal.until(&["Leave loadlift?"]);
    // Whenever they come, two within two seconds leave; signals that come too close together are one.
    terminal.until_it("two of them leave", |screen| {
        let _ = terminal.try_signal(Signal::INT);
        screen.contains("rc=130")
    });
    terminal.is_sane(130);
}

#[test]
fn ctrl_c_twice_leaves_and_sighup_too() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::start(80, 24, &rehearsal(folder.path(), 6, "all-well", 20));
    to_the_phones(&terminal);
    terminal.until(&["loading"]);
    terminal.keys(&["C-c", "C-c"]);
    terminal.is_sane(130);

    let terminal = Terminal::start(80, 24, &rehearsal(&terminal.sessions(), 1, "all-well", 20));
    terminal.until(&["Enter begin"]);
    terminal.signal(Signal::HUP);
    terminal.is_sane(130);
}

#[test]
#[ignore = "dies on purpose; run by the test below, in a terminal of its own"]
fn a_screen_that_panics() {
    let _screen = OnTerminal::take(DrawOn::Stderr, None, false, true).unwrap();
    panic!("on purpose");
}

#[test]
fn a_panic_gives_the_terminal_back_before_its_message() {
    if !has("tmux", "tmux") {
        return;
    }
    let program = std::env::current_exe().unwrap();
    let line = format!("{} --ignored --exact --nocapture a_screen_that_panics", program.display());
    let terminal = Terminal::start(80, 24, &line);
    terminal.until(&["on purpose"]);
    terminal.is_sane(101);
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_the_program_is_wanted_again() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("job.sh");
    let program = rehearsal(folder.path(), 1, "all-well", 20);
    fs::write(&script, format!("set -m\n{program}\necho stopped=$?\nread -r x\nfg\necho over=$?\n")).unwrap();
    let terminal = Terminal::start(80, 24, &format!("bash --noprofile --norc {}", script.display()));
    terminal.until(&["Enter begin"]);
    terminal.keys(&["Down"]);
    terminal.keys(&["C-z"]);
    terminal.until(&["stopped="]);
    terminal.is_given_back();
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter begin", "Look into a load"]);
    assert_eq!(terminal.flags(), "1 0 1", "the wizard has the terminal again, with the mouse");
    terminal.keys(&["q"]);
    terminal.until(&["over=0"]);
    terminal.is_sane(0);
}

#[test]
fn the_mouse_presses_what_it_points_at_and_is_left_to_the_terminal_on_demand() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::start(80, 24, &rehearsal(folder.path(), 1, "all-well", 20));
    terminal.until(&["Enter begin"]);
    assert_eq!(terminal.flags(), "1 0 1");
    terminal.click("Look into a load");
    terminal.until(&["▸ Look into a load"]);
    terminal.click("Rehearse");
    terminal.until(&["▸ Rehearse"]);
    terminal.click("begin");
    terminal.until(&["▸ Path"]);
    terminal.keys(&["F2"]);
    terminal.until(&["The mouse marks text now"]);
    assert_eq!(terminal.flags(), "1 0 0");
    terminal.keys(&["F2"]);
    terminal.until(&["The mouse works here again"]);
    terminal.signal(Signal::TERM);
    terminal.is_sane(130);

    let program = format!("{} --no-mouse", rehearsal(folder.path(), 1, "all-well", 20));
    let terminal = Terminal::start(80, 24, &program);
    terminal.until(&["Enter begin"]);
    assert_eq!(terminal.flags(), "1 0 0");
    terminal.keys(&["q"]);
    terminal.is_sane(0);
}

#[test]
fn no_color_and_ascii_hold_in_a_terminal() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = rehearsal(folder.path(), 1, "all-well", 20);
    let terminal = Terminal::start(80, 24, &program);
    terminal.until(&["Enter begin"]);
    // A colour, as `ESC [ 36 m`, `ESC [ 1 ; 91 m` or `ESC [ 38 ; 5 ; 6 m` sets it; 39 is none.
    let coloured = |text: &str| {
        let sequences = text.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m'));
        let mut numbers = sequences.flat_map(|(numbers, _)| numbers.split(';'));
        numbers.any(|number| matches!(number.parse(), Ok(30..=38 | 90..=97)))
    };
    assert!(coloured(&terminal.colours()), "{}", terminal.colours());
    // On a dark background what goes on is cyan, on a light one blue.
    assert!(terminal.colours().contains("\x1b[38;5;6m"), "{}", terminal.colours());
    let terminal = Terminal::start(80, 24, &format!("env COLORFGBG=\"0;15\" {program}"));
    terminal.until(&["Enter begin"]);
    let light = terminal.colours();
    assert!(light.contains("\x1b[38;5;4m") && !light.contains("\x1b[38;5;6m"), "{light}");
    let terminal = Terminal::start(80, 24, &format!("env NO_COLOR=1 {program} --ascii"));
    let screen = terminal.until(&["Enter begin", "> Rehearse"]);
    assert!(screen.is_ascii(), "{screen}");
    assert!(!coloured(&terminal.colours()), "{}", terminal.colours());
}

#[test]
fn a_terminal_that_cannot_draw_is_told_which_commands_do_the_same() {
    if !has("tmux", "tmux") {
        return;
    }
    let program = env!("CARGO_BIN_EXE_loadlift");
    for line in [format!("env TERM=dumb {program}"), format!("{program} --plain")] {
        let terminal = Terminal::start(100, 30, &line);
        terminal.until(&["loadlift serve", "rc=2"]);
        terminal.is_sane(2);
    }
}

#[test]
fn without_a_terminal_it_says_which_commands_do_the_same() {
    for arguments in [&[][..], &["--plain"]] {
        let program = Command::new(env!("CARGO_BIN_EXE_loadlift")).args(arguments).output().unwrap();
        assert_eq!(program.status.code(), Some(2), "{arguments:?}");
        let text = String::from_utf8(program.stderr).unwrap();
        assert!(
            text.contains("terminal") && text.contains("`loadlift ") || text.contains("loadlift serve"),
            "{text}"
        );
        assert!(program.stdout.is_empty());
    }
}
