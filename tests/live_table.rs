//! The live table of `serve` and `rehearse` in a real terminal: tmux is the terminal, and answers what a terminal is
//! asked.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::path::Path;
use std::process::Command;

use support::{has, run_within};

/// A tmux server of the test's own; ended when dropped.
struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.arg("-f").arg("/dev/null").arg("-S").arg(self.folder.path().join("socket"));
        // A tmux around the test is not to be talked to, and the terminal is one with UTF-8.
        command.env_remove("TMUX").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
        command
    }

    /// Run a shell line in a terminal of this size to its end: everything that it wrote, and the last screen.
    fn run(&self, columns: &str, rows: &str, line: &str) -> (String, String) {
        let raw = self.folder.path().join("raw");
        let socket = self.folder.path().join("socket");
        let done = format!("tmux -S '{}' wait-for -S done", socket.display());
        // The pane waits for its output to be piped before it begins, and stays for its last screen to be read.
        let begin = format!("tmux -S '{}' wait-for begin", socket.display());
        let shell = format!("{begin}; {line}; {done}; exec cat");
        let mut start = self.command();
        start.args(["new-session", "-d", "-x", columns, "-y", rows, &shell]);
        run_within(20, &mut start).unwrap();
        let mut pipe = self.command();
        pipe.args(["pipe-pane", "-o", &format!("cat > '{}'", raw.display())]);
        run_within(20, &mut pipe).unwrap();
        run_within(20, self.command().args(["wait-for", "-S", "begin"])).unwrap();
        run_within(120, self.command().args(["wait-for", "done"])).unwrap();
        let screen = run_within(20, self.command().args(["capture-pane", "-p"])).unwrap();
        (read(&raw), screen)
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = run_within(20, self.command().arg("kill-server"));
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()
}

#[test]
fn a_rehearsal_on_a_terminal_shows_bars_and_leaves_the_terminal_sane() {
    if !has("tmux", "tmux") {
        return;
    }
    for (columns, rows) in [("80", "24"), ("40", "10")] {
        let tmux = Tmux::new();
        let line = format!(
            "'{}' rehearse --headless --scenario all-well --phones 6 --speed 400; echo rc=$?; stty -a",
            env!("CARGO_BIN_EXE_loadlift")
        );
        let (raw, screen) = tmux.run(columns, rows, &line);
        // A narrow table keeps its words and drops its bars.
        assert!(
            (raw.contains('━') || columns == "40") && raw.contains("6 phones"),
            "no table at {columns}x{rows}: {raw}"
        );
        assert!(raw.contains("rc=0"), "{columns}x{rows}: {screen}");
        let shown = raw.rfind("\x1b[?25h").map_or(0, |at| at + 1);
        let hidden = raw.rfind("\x1b[?25l").map_or(0, |at| at + 1);
        assert!(shown >= hidden, "the cursor is left hidden at {columns}x{rows}");
        // `stty -a` after the program: lines and echo as before.
        let stty = raw.rsplit("rc=0").next().unwrap();
        assert!(stty.contains(" icanon") && stty.contains(" echo "), "{columns}x{rows}: {stty}");
    }
}
