//! The Windows program in Wine's console: a rehearsal by keys alone, from Welcome to Report.
//!
//! Wine's console does not understand what draws a screen, so the drawing is sent past it (`--size`, through a pipe);
//! keys come through the console's own input, each as a press and a release, as on Windows.
#![cfg(target_os = "linux")]
#![expect(clippy::print_stderr, reason = "a skip is said aloud")]

mod support;

use std::fs;
use std::path::Path;

use support::has;
use support::terminal::Terminal;

/// The program as `.ci/windows build` leaves it. Where CI demands its peers, a missing one is a failure.
fn program() -> Option<&'static str> {
    let program =
        concat!(env!("CARGO_MANIFEST_DIR"), "/target/windows/x86_64-pc-windows-gnu/debug/loadlift.exe");
    let wine = ["/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/bin/wine"]
        .iter()
        .any(|path| Path::new(path).exists());
    let missing = match (Path::new(program).exists(), wine) {
        (true, true) => return Some(program),
        (false, _) => "no Windows program: `.ci/windows build` makes it",
        (true, false) => "no Wine on this machine (package wine64)",
    };
    assert!(std::env::var_os("LOADLIFT_REQUIRE_PEERS").is_none(), "{missing}");
    eprintln!("skipped: {missing}");
    None
}

#[test]
fn a_rehearsal_goes_to_the_report_by_keys_alone_in_wines_console() {
    let Some(program) = program().filter(|_| has("tmux", "tmux")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (script, rc) = (folder.path().join("walk.sh"), folder.path().join("rc"));
    let line = format!(
        "{{ {root}/.ci/wine -t 900 {program} rehearse --size 80x24 --phones 2 --scenario all-well --speed 100 \
         --megabytes 1 --session-dir {sessions}; echo $? > {rc}; }} | cat\n",
        root = env!("CARGO_MANIFEST_DIR"),
        sessions = folder.path().join("sessions").display(),
        rc = rc.display()
    );
    fs::write(&script, line).unwrap();
    let terminal = Terminal::start(80, 24, &format!("sh {}", script.display()));

    terminal.until(&["► Rehearse", "Enter begin"]);
    terminal.keys(&["Enter"]);
    // A release that counted would have gone on to the next step, the next field, and typed twice.
    terminal.until(&["► Path", "► Phones", "Enter next"]);
    terminal.keys(&["Down", "8"]);
    let screen = terminal.until(&["► Load on the phone 8\n", "is not a release"]);
    assert!(screen.contains("► Path"), "{screen}");
    terminal.keys(&["BSpace"]);
    terminal.until(&["an unknown load"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["SCCP11.8-5-2S", "Enter next"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["127.0.0.1", "Enter check"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter serve here"]);
    terminal.keys(&["Enter"]);
    // The made-up DHCP server is asked by itself, and follows what the technician says to have changed.
    terminal.until(&["7F000001", "says 10.1.1.10, 10.1.1.11", "Enter set it now"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter it is set"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Option 150 names this laptop", "Enter go on"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["2 of 2 phones back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.1.1.10, 10.1.1.11", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.1.1.11 again", "Enter go on"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["2 of 2 phones", "Enter leave"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["it-is-over"]);
    assert_eq!(fs::read_to_string(rc).unwrap().trim(), "0");
    let files = fs::read_dir(folder.path().join("sessions")).unwrap().flatten().map(|entry| entry.path());
    let report = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "md")).unwrap();
    assert!(fs::read_to_string(report).unwrap().contains("2 of 2 phones"));
}
