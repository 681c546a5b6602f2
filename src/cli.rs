//! The command line: what can be asked for, and which front answers.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Advice;
use crate::headless::inspect::{self, InspectArgs};

/// Brings Cisco 7900-series phones out of "Auth Fail".
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(InspectArgs),
}

/// Parse the arguments, run the command, and turn its outcome into an exit code.
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Inspect(args) => inspect::run(&args, &mut io::stdout().lock()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let mut text = format!("error: {error}\n");
            for advice in error.advice() {
                text.push_str("\nhint: ");
                text.push_str(&advice);
                text.push('\n');
            }
            // Where stderr is gone too, the exit code has to do.
            let _ = io::stderr().write_all(text.as_bytes());
            ExitCode::from(2)
        }
    }
}
