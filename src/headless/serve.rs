//! `loadlift serve`: check what is to be served, say what to press, serve until it is done.

use std::io::{self, IsTerminal, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::front::{self, Detail, JsonLines, Lines};
use super::outcome::{Failure, Outcome, output_failed};
use super::preamble;
use crate::catalog::Catalog;
use crate::firmware::Bundle;
use crate::fleet::{Fleet, Stage};
use crate::journal::{Event, ServedLoad};
use crate::net::interfaces::{self, Interface, Unsuitable};
use crate::net::naming::ByAddress;
use crate::net::tftp::{self, Server};
use crate::platform::clock::WallClock;
use crate::session::{self, Ending, Front, Session, Until};
use crate::store::files;
use crate::store::sessions::{self, SessionLog};
use crate::tftp::Willing;
use crate::timestamp::Timestamp;
use crate::ui::live::Live;

/// Ethernet without jumbo frames: what lies between the laptop and a phone.
const ETHERNET_MTU: u32 = 1500;
/// Loopback takes any datagram whole.
const LOOPBACK_MTU: u32 = 65_536;

/// Serve loads to phones, and tell what becomes of each phone.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Loads to serve: archives as downloaded, or folders with the files of a load
    #[arg(required_unless_present = "files", conflicts_with = "files", value_name = "PATH")]
    pub loads: Vec<PathBuf>,
    /// Serve the files of a plain folder instead, whatever they are
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Serve loads outside the window too (never damaged ones)
    #[arg(long)]
    pub any_release: bool,
    /// The network port that the phones are reached by
    #[command(flatten)]
    pub network: NetworkArgs,
    /// End once so many phones are back
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub until_done: Option<u32>,
    /// One JSON object a line for each event
    #[arg(long)]
    pub json: bool,
    /// Folder for the session log
    #[arg(long, value_name = "FOLDER")]
    pub session_dir: Option<PathBuf>,
}

/// Where and how to listen.
#[derive(Debug, Clone, Args)]
pub struct NetworkArgs {
    /// Name of the interface that the phones are reached by
    #[arg(long, value_name = "IF")]
    pub interface: Option<String>,
    /// Address to serve on, instead of an interface's name
    #[arg(long, value_name = "A")]
    pub address: Option<Ipv4Addr>,
    /// UDP port of the service; phones ask port 69
    #[arg(long, default_value_t = 69)]
    pub port: u16,
    /// Ignore all TFTP options: blocks of 512, for networks that cannot live with more
    #[arg(long)]
    pub plain: bool,
    /// Answer from the service's own port, for firewalls that open nothing else
    #[arg(long)]
    pub single_port: bool,
    /// Largest block that may be granted, in octets [default: what fits the network without fragments]
    #[arg(long, value_name = "OCTETS", value_parser = clap::value_parser!(u16).range(512..=65464), conflicts_with = "plain")]
    pub max_blksize: Option<u16>,
}

impl NetworkArgs {
    fn willing(&self, interface: &Interface) -> Willing {
        if self.plain {
            return Willing::plain();
        }
        let loopback = interface.unsuitable == Some(Unsuitable::Loopback);
        let fitting = Willing::for_mtu(if loopback { LOOPBACK_MTU } else { ETHERNET_MTU });
        Willing { blksize: self.max_blksize.unwrap_or(fitting.blksize), ..fitting }
    }
}

/// What is going to be served.
pub struct Offer {
    /// The files.
    pub bundle: Arc<Bundle>,
    /// The loads that they make up; none for a plain folder.
    pub loads: Vec<ServedLoad>,
}

fn offer(args: &ServeArgs) -> Result<Offer, Failure> {
    if let Some(folder) = &args.files {
        return Ok(Offer { bundle: Arc::new(files::read(folder)?), loads: Vec::new() });
    }
    Err(Failure { code: "x", message: String::new(), advice: vec![], outcome: Outcome::NotReady })
}

/// Run the command until it is done or interrupted.
pub fn run(args: &ServeArgs, verbose: bool) -> Result<Outcome, Failure> {
    let offer = offer(args)?;
    let interface = interfaces::choose(args.network.interface.as_deref(), args.network.address)?;
    let folder = sessions::folder(args.session_dir.as_deref())?;
    let clock = WallClock::start();
    let log = SessionLog::create(&folder, "serve", clock.now())?;
    let options = tftp::Options {
        address: interface.address,
        port: args.network.port,
        single_port: args.network.single_port,
        willing: args.network.willing(&interface),
    };
    let (server, mut events) = Server::start(Arc::clone(&offer.bundle), options)?;

    let catalog = Catalog::embedded();
    let mut session =
        Session::new(Fleet::new(session::models(catalog)), Arc::new(ByAddress), clock, Some(log));
    let port = server.address().port();
    preamble::write(&mut io::stderr().lock(), catalog, &offer, &interface, port)
        .map_err(|e| output_failed(&e))?;

    let detail = if offer.loads.is_empty() { Detail::Files } else { Detail::Stages };
    let until = args.until_done.map_or(Until::Interrupted, |n| Until::Back(n as usize));
    let expected = args.until_done.map_or(20, |n| n as usize);
    let mut front = choose_front(args.json, verbose, expected, session.now(), detail);
    let started = Event::Started {
        version: env!("CARGO_PKG_VERSION").into(),
        command: "serve".into(),
        serving: server.address().to_string(),
        loads: offer.loads.clone(),
        patience: catalog.patience(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| output_failed(&e))?;
    let ending = runtime.block_on(async {
        session.note(started, front.as_mut())?;
        let ending =
            session::run(&mut session, &mut events, front.as_mut(), until, std::future::pending()).await?;
        let undone = undone(session.fleet(), session.now(), !offer.loads.is_empty());
        let summary = session.fleet().summary(session.now());
        let ended = Event::Ended { back: summary.back(), seen: summary.seen(), undone };
        session.note(ended, front.as_mut())?;
        session.sync();
        io::Result::Ok(ending)
    });
    drop(front);
    drop(server);
    let ending = ending.map_err(|e| output_failed(&e))?;
    closing(&session, !offer.loads.is_empty()).map_err(|e| output_failed(&e))?;
    Ok(match ending {
        Ending::Done => Outcome::Done,
        Ending::Interrupted => Outcome::Interrupted,
        Ending::Stopped => Outcome::Failed,
    })
}

/// The front that suits the output: JSON if asked for, a live table on a terminal, lines otherwise.
pub fn choose_front(
    json: bool,
    verbose: bool,
    phones: usize,
    began: Timestamp,
    detail: Detail,
) -> Box<dyn Front> {
    if json {
        return Box::new(JsonLines::new(io::stdout()));
    }
    let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    // Diagnostics go to stderr, and would tear the table apart.
    if !verbose
        && !dumb
        && detail == Detail::Stages
        && io::stdout().is_terminal()
        && io::stderr().is_terminal()
    {
        match Live::start(phones, color, move |record| front::line(record, began, detail)) {
            Ok(live) => return Box::new(live),
            Err(error) => tracing::info!(%error, "no live table on this terminal"),
        }
    }
    Box::new(Lines::new(io::stdout(), began, detail))
}

/// What a technician must still do, a sentence each.
fn undone(fleet: &Fleet, now: Timestamp, recovery: bool) -> Vec<String> {
    if !recovery {
        return Vec::new();
    }
    let mut undone: Vec<String> = fleet
        .phones(now)
        .filter(|phone| !matches!(phone.stage(), Stage::Back | Stage::Seen))
        .map(|phone| format!("{}: {}", phone.address(), phone.words()))
        .collect();
    if !fleet.is_empty() {
        undone.push("Option 150 still names this laptop: switch it back to the call manager.".into());
    }
    undone
}

fn closing(session: &Session, recovery: bool) -> io::Result<()> {
    let mut err = io::stderr().lock();
    let now = session.now();
    if recovery {
        writeln!(err, "\n{}.", session.fleet().summary(now))?;
        let undone = undone(session.fleet(), now, recovery);
        if !undone.is_empty() {
            writeln!(err, "Left to do:")?;
        }
        for line in undone {
            writeln!(err, "  {line}")?;
        }
    }
    if let Some(path) = session.log_path() {
        writeln!(err, "Session log: {}", path.display())?;
    }
    Ok(())
}
