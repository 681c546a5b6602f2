//! What several tests share: foreign programs and whether they must be there.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test a panic is the report, and a skip is said aloud"
)]

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Whether a foreign program is on this machine. With `LOADLIFT_REQUIRE_PEERS` set (CI) a missing one is a failure;
/// without it the case is skipped, and says so.
pub(crate) fn has(program: &str, package: &str) -> bool {
    let found = Command::new(program).arg("--version").stdin(Stdio::null()).output().is_ok();
    if !found {
        assert!(
            std::env::var_os("LOADLIFT_REQUIRE_PEERS").is_none(),
            "`{program}` is needed here: install the package {package}"
        );
        eprintln!("skipped: no `{program}` on this machine (package {package})");
    }
    found
}

/// Run a command to its end within `seconds`; its output if it succeeded.
pub(crate) fn run_within(seconds: u64, command: &mut Command) -> Result<String, String> {
    let shown = format!("{command:?}");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{shown}: {error}"))?;
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let (done, wait) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        // What cannot be read is not needed: the files that arrived are compared.
        let _ = out.as_mut().map(|out| out.read_to_string(&mut text));
        let _ = err.as_mut().map(|err| err.read_to_string(&mut text));
        let _ = done.send(());
        text
    });
    let in_time = wait.recv_timeout(Duration::from_secs(seconds)).is_ok();
    if !in_time {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("{shown}: {error}"))?;
    let text = reader.join().unwrap_or_else(|_| panic!("the reader of {shown} panicked"));
    match (in_time, status.success()) {
        (true, true) => Ok(text),
        (true, false) => Err(format!("{shown} ended with {status}: {text}")),
        (false, _) => Err(format!("{shown} did not end within {seconds} s: {text}")),
    }
}
