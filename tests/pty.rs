//! The wizard in a real terminal: tmux is the terminal. A whole rehearsal by keys alone, a resize in the middle,
//! SIGTERM, a panic; and the terminal is as it was before after each.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use loadlift::journal::{Event, Record};
use loadlift::ui::terminal::DrawOn;
use loadlift::ui::wizard::OnTerminal;
use support::{has, run_within};

/// How long anything on the screen may take. Nothing waits that long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(90);

/// A program in a terminal of its own; all ended when dropped.
struct Terminal {
    folder: tempfile::TempDir,
}

impl Terminal {
    /// Run a shell line; its exit code and the state of the terminal are shown behind it.
    fn start(columns: u16, lines: u16, program: &str) -> Self {
        let terminal = Self { folder: tempfile::tempdir().unwrap() };
        let pid = terminal.folder.path().join("pid");
        let raw = terminal.folder.path().join("stty");
        let line = format!(
            "sh -c 'echo $$ > {pid}; exec {program}'; echo rc=$?; stty -a > {raw}; echo it-is-over; exec cat",
            pid = pid.display(),
            raw = raw.display()
        );
        let (columns, lines) = (columns.to_string(), lines.to_string());
        let mut start = terminal.tmux();
        start.args(["new-session", "-d", "-x", &columns, "-y", &lines, &line]);
        run_within(20, &mut start).unwrap();
        terminal
    }

    fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-f").arg("/dev/null").arg("-S").arg(self.folder.path().join("socket"));
        command.env_remove("TMUX").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
        command
    }

    fn screen(&self) -> String {
        run_within(20, self.tmux().args(["capture-pane", "-p"])).unwrap()
    }

    /// Wait until the screen says all of this.
    fn until(&self, words: &[&str]) -> String {
        // A channel that nobody sends on: the wait between two looks.
        let (_keep, nothing) = mpsc::channel::<()>();
        #[expect(clippy::disallowed_methods, reason = "a bound on waiting for another process")]
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if words.iter().all(|word| screen.contains(word)) {
                return screen;
            }
            assert!(began.elapsed() < PATIENCE, "{words:?} never came; the screen is\n{screen}");
            let _ = nothing.recv_timeout(Duration::from_millis(50));
        }
    }

    fn keys(&self, keys: &[&str]) {
        run_within(20, self.tmux().arg("send-keys").args(keys)).unwrap();
    }

    fn resize(&self, columns: u16, lines: u16) {
        let (columns, lines) = (columns.to_string(), lines.to_string());
        run_within(20, self.tmux().args(["resize-window", "-x", &columns, "-y", &lines])).unwrap();
    }

    fn signal(&self, signal: &str) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        run_within(20, Command::new("kill").args([signal, pid.trim()])).unwrap();
    }

    /// The program is over with that exit code, and the terminal is as shells want it.
    fn is_sane(&self, code: u8) {
        let screen = self.until(&["it-is-over"]);
        assert!(screen.contains(&format!("rc={code}")), "{screen}");
        let stty = fs::read_to_string(self.folder.path().join("stty")).unwrap();
        let has = |flag: &str| stty.split_whitespace().any(|word| word == flag);
        assert!(["icanon", "echo", "isig", "icrnl", "opost"].into_iter().all(has), "{stty}");
        let flags = "#{alternate_on} #{cursor_flag}";
        let flags = run_within(20, self.tmux().args(["display-message", "-p", flags])).unwrap();
        assert_eq!(flags.trim(), "0 1", "alternate screen left, cursor shown");
    }

    fn sessions(&self) -> PathBuf {
        self.folder.path().join("sessions")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = run_within(20, self.tmux().arg("kill-server"));
    }
}

fn rehearsal(sessions: &Path, phones: usize, scenario: &str, speed: u32) -> String {
    format!(
        "{} rehearse --phones {phones} --scenario {scenario} --speed {speed} --megabytes 1 --session-dir {}",
        env!("CARGO_BIN_EXE_loadlift"),
        sessions.display()
    )
}

fn records(folder: &Path) -> Vec<Record> {
    let logs = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let log = logs.into_iter().find(|path| path.extension().is_some_and(|e| e == "jsonl")).unwrap();
    fs::read_to_string(log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// From the first screen to the one where phones are reset.
fn to_the_phones(terminal: &Terminal) {
    terminal.until(&["Rehearse", "Enter begin"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["8.5(2)SR1", "Enter next"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["SCCP11.8-5-2S", "Enter next"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["127.0.0.1", "Enter check"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter serve here"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["7F000001", "Enter set it now"]);
    terminal.keys(&["10.20.0.2", "Enter"]);
    terminal.until(&["Enter it is set"]);
    terminal.keys(&["Enter"]);
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
    terminal.until(&["12 of 12 phones back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.20.0.2", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["12 of 12 phones", "Enter leave"]);
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);

    let records = records(folder.path());
    assert!(matches!(&records[0].event, Event::Started { command, .. } if command == "rehearse"));
    assert!(records.iter().any(|record| matches!(record.event, Event::Option150Back { .. })));
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
    terminal.signal("-TERM");
    terminal.is_sane(130);
    let records = records(folder.path());
    assert!(matches!(&records.last().unwrap().event, Event::Ended { .. }), "the log has its end");
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
    terminal.signal("-HUP");
    terminal.is_sane(130);
}

#[test]
#[ignore = "dies on purpose; run by the test below, in a terminal of its own"]
fn a_screen_that_panics() {
    let _screen = OnTerminal::take(DrawOn::Stderr, None, false).unwrap();
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
