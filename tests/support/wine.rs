//! The Windows program under Wine, as `.ci/windows build` leaves it.
#![expect(clippy::print_stderr, reason = "a skip is said aloud")]
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use super::serving::Serving;
use super::signal;

/// How long anything under Wine may take, in seconds. Nothing takes that long unless something is broken.
const PATIENCE: &str = "600";

/// The program, if it and Wine are here. Where CI demands its peers, a missing one is a failure.
pub(crate) fn program() -> Option<&'static str> {
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

/// The command that runs it, for a shell.
pub(crate) fn line(program: &str, arguments: &str) -> String {
    format!("{root}/.ci/wine -t {PATIENCE} {program} {arguments}", root = env!("CARGO_MANIFEST_DIR"))
}

/// The command that runs it, bounded in time.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/wine"));
    command.args(["-t", PATIENCE, program]);
    command
}

/// A path of this system as Windows names it under Wine.
pub(crate) fn as_windows(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// A service under Wine; ended when dropped, by way of the program that bounds it: Wine itself would go on.
pub(crate) struct UnderWine(pub(crate) Serving);

impl Drop for UnderWine {
    fn drop(&mut self) {
        // It may be over already.
        let _ = signal(self.0.process.id(), Signal::TERM);
        let _ = self.0.process.wait();
    }
}
