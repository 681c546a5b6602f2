//! The command line: what can be asked for, and which front answers.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, CommandFactory as _, Parser, Subcommand};

use crate::headless::front::{Detail, JsonLines, Lines, line};
use crate::headless::inspect::{self, InspectArgs};
use crate::headless::keys::{self, KeysArgs};
use crate::headless::option150::{self, Option150Args};
use crate::headless::outcome::{Failure, Outcome, output_failed};
use crate::headless::path::{self, PathArgs};
use crate::headless::rehearse::{self, RehearseArgs};
use crate::headless::serve::{self, ServeArgs, Wanted};
use crate::session::Front;
use crate::ui::live::Live;

/// Bring Cisco 7900-series phones out of "Auth Fail": serve an intermediate load by TFTP and watch each phone.
#[derive(Debug, Parser)]
#[command(name = "loadlift", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Say more on stderr; twice for every packet's fate
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Write what -v says into a file instead
    #[arg(long, global = true, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what a load is, whether it can be the intermediate load, and why
    Inspect(InspectArgs),
    /// Say which loads a phone must take, one after another, to get to CUCM's load
    Path {
        #[command(flatten)]
        args: PathArgs,
        /// Answer with one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Show the reset sequence of a model, with lamps, times and cautions
    Keys {
        #[command(flatten)]
        args: KeysArgs,
        /// Answer with one JSON object
        #[arg(long)]
        json: bool,
    },
    Option150(Option150Args),
    Serve(ServeArgs),
    Rehearse(RehearseArgs),
}

/// Parse the arguments, run the command, and turn its outcome into an exit code.
///
/// 0: all that was asked for happened. 1: some phone or check failed. 2: wrong use, or the machine is not ready.
/// 130: Ctrl-C.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let verbose = cli.verbose > 0 && cli.log.is_none();
    let outcome = start_tracing(&cli).and_then(|()| match &cli.command {
        Some(Command::Inspect(args)) => {
            // The answer is written even where it is an error, so that a program always gets its JSON object.
            let mut answer = Vec::new();
            let good = inspect::run(args, &mut answer);
            print(&answer)?;
            Ok(if good? { Outcome::Done } else { Outcome::Failed })
        }
        Some(Command::Path { args, json }) => {
            let mut answer = Vec::new();
            path::run(args, &mut answer, *json)?;
            print(&answer)
        }
        Some(Command::Keys { args, json }) => {
            let mut answer = Vec::new();
            keys::run(args, &mut answer, *json)?;
            print(&answer)
        }
        Some(Command::Option150(args)) => {
            let mut answer = Vec::new();
            let outcome = option150::run(args, &mut answer);
            print(&answer)?;
            outcome
        }
        Some(Command::Serve(args)) => serve::run(args, |wanted| front(wanted, verbose)),
        Some(Command::Rehearse(args)) => rehearse::run(args, |wanted| front(wanted, verbose)),
        None => {
            complain(&format!("{}", Cli::command().render_help()));
            Ok(Outcome::NotReady)
        }
    });
    let outcome = outcome.unwrap_or_else(|failure| {
        if !failure.message.is_empty() {
            complain(&failure.text());
        }
        failure.outcome
    });
    ExitCode::from(outcome.code())
}

/// The front that suits the output: JSON if asked for, a live table on a terminal, lines otherwise.
fn front(wanted: Wanted, verbose: bool) -> Box<dyn Front> {
    let Wanted { json, phones, detail, began } = wanted;
    if json {
        return Box::new(JsonLines::new(io::stdout()));
    }
    let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let terminal = io::stdout().is_terminal() && io::stderr().is_terminal();
    // Diagnostics go to stderr, and would tear the table apart.
    if terminal && !verbose && !dumb && detail == Detail::Stages {
        match Live::start(phones, color, move |record| line(record, began, detail)) {
            Ok(live) => return Box::new(live),
            Err(error) => tracing::info!(%error, "no live table on this terminal"),
        }
    }
    Box::new(Lines::new(io::stdout(), began, detail))
}

/// Write a whole answer to stdout.
fn print(answer: &[u8]) -> Result<Outcome, Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(answer).and_then(|()| out.flush());
    written.map(|()| Outcome::Done).map_err(|error| output_failed(&error))
}

/// The one place that writes to stderr by itself.
#[expect(clippy::print_stderr, reason = "this is its one home")]
fn complain(text: &str) {
    eprint!("{text}");
}

/// Diagnostics for developers and support: off unless asked for, never on stdout.
fn start_tracing(cli: &Cli) -> Result<(), Failure> {
    let level = match cli.verbose {
        0 if cli.log.is_none() => return Ok(()),
        0 | 1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    let builder = tracing_subscriber::fmt().with_max_level(level).with_ansi(false);
    match &cli.log {
        None => builder.with_writer(std::io::stderr).init(),
        Some(path) => {
            let file = File::create(path).map_err(|error| Failure {
                code: "log-not-writable",
                message: format!("the log `{}` cannot be written: {error}", path.display()),
                advice: vec!["Name another file with `--log FILE`.".into()],
                outcome: Outcome::NotReady,
            })?;
            builder.with_writer(file).init();
        }
    }
    Ok(())
}
