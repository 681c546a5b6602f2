//! The live table of `serve` and `rehearse` in a real terminal: tmux is the terminal, and answers what a terminal is
//! asked.
#![cfg(unix)]

mod support;

use support::has;
use support::terminal::Terminal;

#[test]
fn a_rehearsal_on_a_terminal_shows_bars_and_leaves_the_terminal_sane() {
    if !has("tmux", "tmux") {
        return;
    }
    for (columns, rows) in [(80, 24), (40, 10)] {
        let line = format!(
            "'{}' rehearse --headless --scenario all-well --phones 6 --speed 400; echo rc=$?; stty -a",
            env!("CARGO_BIN_EXE_loadlift")
        );
        let (raw, screen) = Terminal::record(columns, rows, &line);
        // A narrow table keeps its words and drops its bars.
        assert!(
            (raw.contains('━') || columns == 40) && raw.contains("6 phones"),
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
