//! The program: parse, choose a front, turn the outcome into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    loadlift::cli::run()
}
