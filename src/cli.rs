//! The command line: what can be asked for, and which front answers.

use std::process::ExitCode;

/// Parse the arguments, run the command, and turn its outcome into an exit code.
pub fn run() -> ExitCode {
    ExitCode::SUCCESS
}
