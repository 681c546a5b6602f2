//! The command line: what can be asked for, and which front answers.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgAction, CommandFactory as _, Parser, Subcommand};

use crate::headless::check::{self, CheckArgs};
use crate::headless::front::{Detail, JsonLines, Lines, line};
use crate::headless::inspect::{self, InspectArgs};
use crate::headless::keys::{self, KeysArgs};
use crate::headless::kit::{self, KitArgs};
use crate::headless::option150::{self, Option150Args};
use crate::headless::outcome::{Failure, Outcome, output_failed};
use crate::headless::path::{self, PathArgs};
use crate::headless::phone::{self, PhoneArgs};
use crate::headless::rehearse::{self, RehearseArgs};
use crate::headless::report::{self, ReportArgs};
use crate::headless::serve::{self, ServeArgs, Wanted};
use crate::headless::stage::{self, StageArgs};
use crate::rehearsal::cast;
use crate::session::rehearsal::Plan;
use crate::session::replay;
use crate::session::staging::Reach;
use crate::session::wizard::{self, Options};
use crate::session::{Ending, Front, console};
use crate::store;
use crate::ui::live::Live;
use crate::ui::terminal::{self, DrawOn, Size};
use crate::ui::wizard::OnTerminal;
use crate::wizard::Mode;

/// Where a reader goes on.
const AFTER_HELP: &str = "\
Without a command the wizard opens; `loadlift rehearse` shows it with simulated phones.
To read on: docs/GUIDE.md tells a whole evening; docs/TROUBLESHOOTING.md has a section
for every error, headed by its message.";

/// Bring Cisco 7900-series phones out of "Auth Fail": serve an intermediate load by TFTP and watch each phone.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Debug, Parser)]
#[command(name = "loadlift", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Do not open the wizard; say which commands do the same
    #[arg(long)]
    plain: bool,
    /// Folder for session logs and reports
    #[arg(long, value_name = "FOLDER")]
    session_dir: Option<PathBuf>,
    /// A list of phones for the wizard, a MAC a line with the model behind it: they alone are offered the load by
    /// configuration, and each has an address of its own on the bench
    #[arg(long, value_name = "FILE")]
    phones: Option<PathBuf>,
    /// UDP port of the service; phones ask port 69
    #[arg(long, default_value_t = 69, hide = true)]
    port: u16,
    /// Contact nothing but phones, and DHCP where it is asked for
    #[arg(long, global = true)]
    offline: bool,
    /// Draw with the signs of a typewriter
    #[arg(long, global = true)]
    ascii: bool,
    /// Leave the mouse to the terminal, for marking text (F2 in the wizard)
    #[arg(long, global = true)]
    no_mouse: bool,
    /// Draw for a terminal of this size, and on stdout: for consoles that hide theirs
    #[arg(long, global = true, value_name = "COLUMNSxLINES", hide = true)]
    size: Option<Size>,
    /// Say more on stderr; twice for even more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Write what -v says into a file instead
    #[arg(long, global = true, value_name = "FILE")]
    log: Option<PathBuf>,
}

impl Cli {
    /// Whether these arguments ask for the wizard.
    fn opens_wizard(&self) -> bool {
        match &self.command {
            None | Some(Command::Replay { .. }) => true,
            Some(Command::Rehearse(args)) => !args.wants_lines(),
            Some(_) => false,
        }
    }
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
    Check(CheckArgs),
    Serve(ServeArgs),
    Rehearse(RehearseArgs),
    Report(ReportArgs),
    Phone(PhoneArgs),
    Stage(StageArgs),
    Kit(KitArgs),
    /// Show a recorded session in the wizard's screens: for support, training and pictures
    Replay {
        /// The session: its name, the beginning of it, or the path of its log [default: the latest]
        #[arg(value_name = "SESSION")]
        session: Option<String>,
        /// How many times faster than life
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=500))]
        speed: u32,
        /// Folder of the session logs
        #[arg(long, value_name = "FOLDER")]
        session_dir: Option<PathBuf>,
    },
}

/// The definition of the command line: for man pages and completions (`examples/shell_files.rs`).
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parse the arguments, run the command, and turn its outcome into an exit code.
///
/// 0: all that was asked for happened. 1: some phone or check failed. 2: wrong use, or the machine is not ready.
/// 130: Ctrl-C.
pub fn run() -> ExitCode {
    let mut window = Window { unread: true };
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(wrong) => {
            // Where it cannot be printed there is nobody to tell.
            let _ = wrong.print();
            return ExitCode::from(u8::try_from(wrong.exit_code()).unwrap_or(2));
        }
    };
    let outcome = run_command(&cli, &mut window).unwrap_or_else(|failure| {
        if !failure.message.is_empty() {
            window.unread = true;
            complain(&failure.text());
        }
        failure.outcome
    });
    ExitCode::from(outcome.code())
}

/// The console's window if it closes with the program, as after a double-click: then it stays until what was written
/// last is read, whatever the end was, a panic too.
struct Window {
    /// Whether anything was written that somebody should read.
    unread: bool,
}

impl Drop for Window {
    fn drop(&mut self) {
        if self.unread && console::closes_with_us() {
            complain("\nPress a key to close this window.\n");
            // A console without keys is one that nobody reads.
            let _ = console::wait_for_key();
        }
    }
}

fn run_command(cli: &Cli, window: &mut Window) -> Result<Outcome, Failure> {
    let verbose = cli.verbose > 0 && cli.log.is_none();
    let ascii = cli.ascii;
    start_tracing(cli)?;
    list_is_heeded(cli)?;
    match &cli.command {
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
        Some(Command::Option150(args)) => option150::run(args, &mut io::stdout()),
        Some(Command::Stage(args)) => stage::run(args, reach(cli), &mut io::stdout().lock()),
        Some(Command::Replay { session, speed, session_dir }) => {
            let outcome = play(cli, session.as_deref(), *speed, session_dir.as_deref())?;
            window.unread = false;
            Ok(outcome)
        }
        Some(Command::Kit(args)) => kit::run(args, &mut io::stdout().lock()),
        Some(Command::Phone(args)) => phone::run(args, &mut io::stdout().lock()),
        Some(Command::Report(args)) => report::run(args, &mut io::stdout().lock(), &mut io::stderr().lock()),
        Some(Command::Check(args)) => check::run(args, &mut io::stdout()),
        Some(Command::Serve(args)) => serve::run(args, |wanted| front(wanted, verbose, ascii)),
        // A rehearsal needs no screen: where there is none, its lines are the same practice.
        Some(Command::Rehearse(args))
            if args.wants_lines() || !terminal::is_usable(drawing(cli), cli.size) =>
        {
            rehearse::run(args, |wanted| front(wanted, verbose, ascii))
        }
        Some(Command::Rehearse(args)) => {
            let plan = args.plan();
            let session_dir = plan.session_dir.clone();
            open_wizard(
                cli,
                window,
                &Options {
                    mode: Mode::Rehearse,
                    port: 0,
                    mouse: !cli.no_mouse,
                    reach: reach(cli),
                    session_dir,
                    phones: Vec::new(),
                    plan,
                },
            )
        }
        None => {
            let plan = Plan::of(&cast::scenarios()[0]);
            let phones = cli.phones.as_deref().map(store::listed::read).transpose()?.unwrap_or_default();
            let session_dir = cli.session_dir.clone();
            open_wizard(
                cli,
                window,
                &Options {
                    mode: Mode::Recover,
                    port: cli.port,
                    mouse: !cli.no_mouse,
                    reach: reach(cli),
                    session_dir,
                    phones,
                    plan,
                },
            )
        }
    }
}

/// A list before a command would be overlooked, and the load offered to phones that are not on it.
fn list_is_heeded(cli: &Cli) -> Result<(), Failure> {
    if cli.command.is_none() || cli.phones.is_none() {
        return Ok(());
    }
    Err(Failure {
        code: "wrong-use",
        message: "`--phones` before a command is the wizard's, and there is a command".into(),
        advice: vec!["Write it behind the command: `loadlift serve PATH --phones FILE`.".into()],
        outcome: Outcome::NotReady,
    })
}

/// Whether servers may be contacted: not with `--offline`, nor from within a kit that says so.
fn reach(cli: &Cli) -> Reach {
    if cli.offline || store::kit::wants_offline() { Reach::Offline } else { Reach::Named }
}

/// Where the wizard draws: past consoles that hide their size it has to be stdout.
fn drawing(cli: &Cli) -> DrawOn {
    if cli.size.is_some() { DrawOn::Stdout } else { DrawOn::Stderr }
}

/// Open the wizard, and say at its end what is left to do. Where there is no terminal for it, say what does the same.
fn open_wizard(cli: &Cli, window: &mut Window, options: &Options) -> Result<Outcome, Failure> {
    let on = drawing(cli);
    if cli.plain || !terminal::is_usable(on, cli.size) {
        return Err(no_wizard(options.mode));
    }
    let not_drawn = |error: &io::Error| Failure {
        code: "terminal-not-usable",
        message: format!("the wizard cannot be drawn on this terminal: {error}"),
        advice: same_by_command(options.mode),
        outcome: Outcome::NotReady,
    };
    let mut screen =
        OnTerminal::take(on, cli.size, cli.ascii, !cli.no_mouse).map_err(|error| not_drawn(&error))?;
    let keys = wizard::read_keys().map_err(|error| not_drawn(&error))?;
    let closing = wizard::run(options.clone(), &mut screen, keys);
    drop(screen);
    let closing = closing.map_err(|error| not_drawn(&error))?;
    let mut text = String::new();
    if !closing.undone.is_empty() {
        text.push_str("Left to do:\n");
    }
    for line in closing.undone.iter().map(|line| format!("  {line}\n")) {
        text.push_str(&line);
    }
    for file in &closing.files {
        text.extend(["Saved: ", file, "\n"]);
    }
    window.unread = !text.is_empty();
    complain(&text);
    Ok(match closing.ending {
        Ending::Done => Outcome::Done,
        Ending::Interrupted => Outcome::Interrupted,
        Ending::Stopped => Outcome::Failed,
    })
}

/// Play a recorded session.
fn play(
    cli: &Cli,
    session: Option<&str>,
    speed: u32,
    session_dir: Option<&Path>,
) -> Result<Outcome, Failure> {
    let log = store::logs::find(&store::sessions::folder(session_dir)?, session)?;
    let player = replay::read(&log, speed)?;
    let on = drawing(cli);
    let not_drawn = |message: String| Failure {
        code: "terminal-not-usable",
        message,
        advice: vec!["`loadlift report SESSION` says the same in words.".into()],
        outcome: Outcome::NotReady,
    };
    if !terminal::is_usable(on, cli.size) {
        return Err(not_drawn("a recording needs a terminal to be drawn on".into()));
    }
    let failed =
        |error: &io::Error| not_drawn(format!("the recording cannot be drawn on this terminal: {error}"));
    let mut screen = OnTerminal::take(on, cli.size, cli.ascii, false).map_err(|error| failed(&error))?;
    let keys = wizard::read_keys().map_err(|error| failed(&error))?;
    let ending = replay::run(player, &mut screen, keys);
    drop(screen);
    Ok(match ending.map_err(|error| failed(&error))? {
        Ending::Interrupted => Outcome::Interrupted,
        Ending::Done | Ending::Stopped => Outcome::Done,
    })
}

fn no_wizard(mode: Mode) -> Failure {
    Failure {
        code: "no-terminal",
        message: "the wizard needs a terminal to draw on".into(),
        advice: same_by_command(mode),
        outcome: Outcome::NotReady,
    }
}

/// The commands that do the same without a screen.
fn same_by_command(mode: Mode) -> Vec<String> {
    if mode == Mode::Rehearse {
        return vec!["`loadlift rehearse --headless` does the same in lines.".into()];
    }
    let commands = [
        "Each step is a command too:",
        "  loadlift path --target 8.5\\(2\\)SR1        which load the phones need first, and why",
        "  loadlift inspect PATH                     what a firmware archive holds",
        "  loadlift check                            whether this laptop is ready to serve phones",
        "  loadlift option150 commands               what to type on the DHCP server",
        "  loadlift keys 7945                        what to press on the phone",
        "  loadlift serve PATH                       serve, and tell what becomes of each phone",
        "  loadlift stage SOURCE... --into FOLDER    loads onto a stick, before the trip",
        "  loadlift report --format html             what was done, for a ticket or a printer",
        "  loadlift rehearse --headless              all of it with simulated phones",
        "  loadlift --help                           all commands",
    ];
    commands.map(str::to_owned).to_vec()
}

/// The front that suits the output: JSON if asked for, a live table on a terminal, lines otherwise.
fn front(wanted: Wanted, verbose: bool, ascii: bool) -> Box<dyn Front> {
    let Wanted { json, phones, detail, began } = wanted;
    if json {
        return Box::new(JsonLines::new(io::stdout()));
    }
    let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let terminal = io::stdout().is_terminal() && io::stderr().is_terminal();
    // Diagnostics go to stderr, and would tear the table apart.
    if terminal && !verbose && !dumb && detail == Detail::Stages {
        match Live::start(phones, color, ascii, move |record| line(record, began, detail)) {
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
    // The wizard has the whole screen: diagnostics would tear it apart.
    let beside_screen = cli.log.is_none() && cli.opens_wizard();
    let log = cli.log.clone().or_else(|| beside_screen.then(|| std::env::temp_dir().join("loadlift.log")));
    match &log {
        None => builder.with_writer(std::io::stderr).init(),
        Some(path) => {
            let file = store::written::create(path).map_err(|error| Failure {
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
