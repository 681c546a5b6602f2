//! A program in a real terminal: tmux is the terminal.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use loadlift::journal::Record;
use rustix::io::Errno;
use rustix::process::Signal;

use super::run_within;

/// How long anything on the screen may take. Nothing waits that long unless something is broken.
const PATIENCE: Duration = Duration::from_secs(300);

/// A program in a terminal of its own; all ended when dropped.
pub(crate) struct Terminal {
    folder: tempfile::TempDir,
}

/// A program in a folder of its own, with the settings of nobody.
pub(crate) fn at_home(folder: &Path, program: &str) -> String {
    let folder = folder.display();
    format!("env HOME={folder} XDG_DATA_HOME={folder}/data sh -c \"cd {folder} && exec {program}\"")
}

impl Terminal {
    /// Run a shell line; its exit code and the state of the terminal are shown behind it.
    pub(crate) fn start(columns: u16, lines: u16, program: &str) -> Self {
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

    /// Run a shell line in a terminal of this size to its end: everything that it wrote, and the last screen.
    pub(crate) fn record(columns: u16, lines: u16, line: &str) -> (String, String) {
        let terminal = Self { folder: tempfile::tempdir().unwrap() };
        let raw = terminal.folder.path().join("raw");
        let socket = terminal.folder.path().join("socket");
        let done = format!("tmux -S '{}' wait-for -S done", socket.display());
        // The pane waits for its output to be piped before it begins, and stays for its last screen to be read.
        let begin = format!("tmux -S '{}' wait-for begin", socket.display());
        let shell = format!("{begin}; {line}; {done}; exec cat");
        let (columns, lines) = (columns.to_string(), lines.to_string());
        let mut start = terminal.tmux();
        start.args(["new-session", "-d", "-x", &columns, "-y", &lines, &shell]);
        run_within(20, &mut start).unwrap();
        let mut pipe = terminal.tmux();
        pipe.args(["pipe-pane", "-o", &format!("cat > '{}'", raw.display())]);
        run_within(20, &mut pipe).unwrap();
        run_within(20, terminal.tmux().args(["wait-for", "-S", "begin"])).unwrap();
        run_within(120, terminal.tmux().args(["wait-for", "done"])).unwrap();
        let screen = terminal.screen();
        (String::from_utf8_lossy(&fs::read(&raw).unwrap()).into_owned(), screen)
    }

    pub(crate) fn tmux(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-f").arg("/dev/null").arg("-S").arg(self.folder.path().join("socket"));
        command.env_remove("TMUX").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
        command
    }

    pub(crate) fn screen(&self) -> String {
        run_within(20, self.tmux().args(["capture-pane", "-p"])).unwrap()
    }

    /// Wait until the screen says all of this.
    pub(crate) fn until(&self, words: &[&str]) -> String {
        self.until_it(&format!("{words:?}"), |screen| words.iter().all(|word| screen.contains(word)))
    }

    /// Wait until something holds of the screen.
    pub(crate) fn until_it(&self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        // A channel that nobody sends on: the wait between two looks.
        let (_keep, nothing) = mpsc::channel::<()>();
        #[expect(clippy::disallowed_methods, reason = "a bound on waiting for another process")]
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return screen;
            }
            assert!(began.elapsed() < PATIENCE, "{what} never came; the screen is\n{screen}");
            let _ = nothing.recv_timeout(Duration::from_millis(50));
        }
    }

    pub(crate) fn keys(&self, keys: &[&str]) {
        run_within(20, self.tmux().arg("send-keys").args(keys)).unwrap();
    }

    pub(crate) fn resize(&self, columns: u16, lines: u16) {
        let (columns, lines) = (columns.to_string(), lines.to_string());
        run_within(20, self.tmux().args(["resize-window", "-x", &columns, "-y", &lines])).unwrap();
    }

    /// Empty the screen, so that only what is drawn anew is on it.
    pub(crate) fn wipe(&self) {
        run_within(20, self.tmux().args(["send-keys", "-R"])).unwrap();
    }

    /// Letters that come at once, as a paste does where the terminal does not mark it.
    pub(crate) fn paste(&self, text: &str) {
        run_within(20, self.tmux().args(["send-keys", "-l", text])).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.try_signal(signal).unwrap();
    }

    /// Send a signal to a program that may be over already.
    pub(crate) fn try_signal(&self, signal: Signal) -> Result<(), Errno> {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        super::signal(pid.trim().parse().unwrap(), signal)
    }

    /// The program is over with that exit code, and the terminal is as shells want it.
    pub(crate) fn is_sane(&self, code: u8) {
        let screen = self.until(&["it-is-over"]);
        assert!(screen.contains(&format!("rc={code}")), "{screen}");
        let stty = fs::read_to_string(self.folder.path().join("stty")).unwrap();
        let has = |flag: &str| stty.split_whitespace().any(|word| word == flag);
        assert!(["icanon", "echo", "isig", "icrnl", "opost"].into_iter().all(has), "{stty}");
        self.is_given_back();
    }

    /// The terminal draws and points as a shell wants it.
    pub(crate) fn is_given_back(&self) {
        assert_eq!(self.flags(), "0 1 0", "alternate screen left, cursor shown, mouse left to the terminal");
    }

    /// Whether the alternate screen is on, the cursor shown, the mouse taken.
    pub(crate) fn flags(&self) -> String {
        let flags = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}";
        run_within(20, self.tmux().args(["display-message", "-p", flags])).unwrap().trim().to_owned()
    }

    /// The screen with its colours, as escape sequences.
    pub(crate) fn colours(&self) -> String {
        run_within(20, self.tmux().args(["capture-pane", "-e", "-p"])).unwrap()
    }

    /// What a terminal sends for a press of the left button where that text stands (SGR, mode 1006).
    pub(crate) fn click(&self, text: &str) {
        let screen = self.until(&[text]);
        let place = screen.lines().enumerate().find_map(|(y, line)| {
            line.split_once(text).map(|(before, _)| (before.chars().count() + 1, y + 1))
        });
        let (column, line) = place.unwrap();
        self.raw(&format!("\x1b[<0;{column};{line}M\x1b[<0;{column};{line}m"));
    }

    /// Octets as a terminal sends them.
    pub(crate) fn raw(&self, octets: &str) {
        let hex: Vec<String> = octets.bytes().map(|octet| format!("{octet:02x}")).collect();
        run_within(20, self.tmux().args(["send-keys", "-H"]).args(&hex)).unwrap();
    }

    pub(crate) fn sessions(&self) -> PathBuf {
        self.folder.path().join("sessions")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = run_within(20, self.tmux().arg("kill-server"));
    }
}

/// The session log of a folder, read back.
pub(crate) fn records(folder: &Path) -> Vec<Record> {
    let logs = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let log = logs.into_iter().find(|path| path.extension().is_some_and(|e| e == "jsonl")).unwrap();
    fs::read_to_string(log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
