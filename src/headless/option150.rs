//! `loadlift option150`: what DHCP must say so that phones find this laptop, and how to say it.

mod commands;
mod probe;

use std::io::Write;

use clap::{Args, Subcommand};

pub use commands::{CommandsArgs, Option150Error};
pub use probe::{Expect, ProbeArgs};

use super::outcome::{Failure, Outcome, output_failed};

/// Ask DHCP for option 150, or show how to set it and put it back
#[derive(Debug, Clone, Args)]
pub struct Option150Args {
    /// What about it.
    #[command(subcommand)]
    pub command: Option150Command,
}

/// What to do about option 150.
#[derive(Debug, Clone, Subcommand)]
pub enum Option150Command {
    /// Show what to type on a DHCP server to set option 150, or to put it back
    Commands(CommandsArgs),
    /// Ask DHCP what it hands out as option 150 now; takes no lease
    Probe(ProbeArgs),
}

/// Answer on `out`.
pub fn run(args: &Option150Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    match &args.command {
        Option150Command::Commands(args) => {
            let mut answer = Vec::new();
            commands::run(args, &mut answer)?;
            out.write_all(&answer).and_then(|()| out.flush()).map_err(|error| output_failed(&error))?;
            Ok(Outcome::Done)
        }
        Option150Command::Probe(args) => probe::run(args, out),
    }
}
