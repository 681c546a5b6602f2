//! `loadlift serve`: check what is to be served, say what to press, serve until it is done.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::bench::{self, BenchArgs};
use super::front::Detail;
use super::outcome::{Failure, Outcome, output_failed};
use super::preamble;
use crate::catalog::Catalog;
use crate::firmware::load::{self, Leniency};
use crate::firmware::problem::Problem;
use crate::session::configuration::ByConfiguration;
use crate::session::service::{Listening, LogTo, Setup, Site};
use crate::session::{ByAddress, Ending, Front, Offer, Service};
use crate::store::{files, sources};
use crate::timestamp::Timestamp;

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
    /// Add a rule for this program to the Windows firewall, and take it away at the end
    #[arg(long)]
    pub open_firewall: bool,
    /// The isolated bench, and phones that need no reset
    #[command(flatten)]
    pub bench: BenchArgs,
    /// End once so many phones are back
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub until_done: Option<u32>,
    /// One JSON object a line for each event
    #[arg(long)]
    pub json: bool,
    /// Who works, for the report
    #[arg(long, value_name = "TEXT")]
    pub who: Option<String>,
    /// Where, for the report
    #[arg(long, value_name = "TEXT")]
    pub place: Option<String>,
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
    fn listening(&self, by_configuration: Option<ByConfiguration>) -> Listening {
        Listening {
            by_configuration,
            interface: self.interface.clone(),
            address: self.address,
            port: self.port,
            plain: self.plain,
            single_port: self.single_port,
            max_blksize: self.max_blksize,
        }
    }
}

/// What a command wants to be shown by; the command line picks the front that suits the output.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// JSON lines.
    pub json: bool,
    /// Phones that are expected.
    pub phones: usize,
    /// What gets a line.
    pub detail: Detail,
    /// When the session began.
    pub began: Timestamp,
}

/// Run the command until it is done or interrupted.
pub fn run(args: &ServeArgs, front: impl FnOnce(Wanted) -> Box<dyn Front>) -> Result<Outcome, Failure> {
    let catalog = Catalog::embedded();
    let offer = offer(args, catalog)?;
    let listed = bench::listed(&args.bench)?;
    let network = &args.network;
    let setup = bench::prepare(
        &args.bench,
        &listed,
        network.interface.as_deref(),
        network.address,
        args.session_dir.as_deref(),
    )?;
    let offers = args.bench.offer_by_configuration;
    let setup = Setup {
        command: "serve",
        bench: setup,
        listening: network.listening(offers.then_some(ByConfiguration { phones: listed })),
        log: LogTo::Folder(args.session_dir.clone()),
        patience: catalog.patience(),
        naming: Arc::new(ByAddress),
        site: Site { who: args.who.clone(), place: args.place.clone() },
    };
    let mut service = Service::start(&offer, setup)?;
    let left_over = service.take_left_over();
    if args.open_firewall {
        service.open_firewall().map_err(|problem| Failure {
            code: problem.code,
            message: problem.message,
            advice: problem.advice,
            outcome: Outcome::NotReady,
        })?;
    }
    if let Some(left) = left_over {
        say(&mut io::stderr().lock(), &left).map_err(|e| output_failed(&e))?;
    }
    preamble::write(&mut io::stderr().lock(), catalog, &offer, &service).map_err(|e| output_failed(&e))?;

    let wanted = Wanted {
        json: args.json,
        phones: args.until_done.map_or(20, |n| n as usize),
        detail: if offer.loads.is_empty() { Detail::Files } else { Detail::Stages },
        began: service.session().now(),
    };
    let mut front = front(wanted);
    let ending = service.run(front.as_mut(), |session| {
        let back = || session.fleet().summary(session.now()).back();
        args.until_done.is_some_and(|wanted| back() >= wanted as usize)
    })?;
    drop(front);
    closing(&mut io::stderr().lock(), &service, !offer.loads.is_empty()).map_err(|e| output_failed(&e))?;
    Ok(match ending.map_err(|e| output_failed(&e))? {
        Ending::Done => Outcome::Done,
        Ending::Interrupted => Outcome::Interrupted,
        Ending::Stopped => Outcome::Failed,
    })
}

/// Something that was found when the work began, and what to do about it.
fn say(out: &mut dyn Write, problem: &Problem) -> io::Result<()> {
    writeln!(out, "! {}.", problem.message)?;
    problem.advice.iter().try_for_each(|line| writeln!(out, "  - {line}"))
}

/// Read what is to be served, and refuse what would cost a phone its boot.
fn offer(args: &ServeArgs, catalog: &Catalog) -> Result<Offer, Failure> {
    if let Some(folder) = &args.files {
        return Ok(Offer { bundle: Arc::new(files::read(folder)?), loads: Vec::new(), left_out: Vec::new() });
    }
    let reading = sources::read_loads(catalog, &args.loads)?;
    let leniency = if args.any_release { Leniency::AnyRelease } else { Leniency::IntermediateOnly };
    let choice = load::choose(&reading.loads, leniency);
    let mut reasons: Vec<String> = choice.left_out.iter().map(|problem| problem.message.clone()).collect();
    let (bundle, loads) = choice.to_bundle();
    if loads.is_empty() {
        reasons.extend(reading.problems.iter().map(|problem| problem.message.clone()));
        let releases_only = !args.any_release && reading.loads.iter().any(load::Load::is_whole);
        reasons.push("`loadlift inspect` with the same paths says more.".into());
        if releases_only {
            reasons.push("`--any-release` serves whole loads outside the window, if you know better.".into());
        }
        return Err(Failure {
            code: "nothing-to-serve",
            message: "none of what was named can be served as the intermediate load".into(),
            advice: reasons,
            outcome: Outcome::NotReady,
        });
    }
    Ok(Offer { bundle: Arc::new(bundle), loads, left_out: reasons })
}

/// What became of it, what is left to do, and where the log is.
pub(super) fn closing(out: &mut dyn Write, service: &Service, recovery: bool) -> io::Result<()> {
    let session = service.session();
    if recovery {
        writeln!(out, "\n{}.", session.fleet().summary(session.now()))?;
        let undone = service.undone();
        if !undone.is_empty() {
            writeln!(out, "Left to do:")?;
        }
        for line in undone {
            writeln!(out, "  {line}")?;
        }
    }
    match service.log_path() {
        Some(path) => writeln!(out, "Session log: {}", path.display()),
        None => Ok(()),
    }
}
