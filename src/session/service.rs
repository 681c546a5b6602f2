//! A service from start to end: choose the interface, open the ports and the log, run the session, close it.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::bench::{self, BenchProblem};
use super::configuration::ByConfiguration;
use super::{Ending, Front, Session, models, preflight, running};
use crate::catalog::Catalog;
use crate::error::Advice;
use crate::firmware::Bundle;
use crate::firmware::configuration::ConfigurationError;
use crate::firmware::problem::Problem;
use crate::fleet::{Fleet, Stage};
use crate::journal::{Dhcp, Event, Patience, ServedLoad};
use crate::net::interfaces::{self, Interface, InterfaceError, Unsuitable};
use crate::net::naming::Naming;
use crate::net::tftp::{FromWire, Options, Server, StartError};
use crate::platform::clock::WallClock;
use crate::platform::signals::Wishes;
use crate::store::kit;
use crate::store::sessions::{self, SessionLog, SessionLogError};
use crate::tftp::Willing;

/// Ethernet without jumbo frames: what lies between the laptop and a phone.
const ETHERNET_MTU: u32 = 1500;
/// Loopback takes any datagram whole.
const LOOPBACK_MTU: u32 = 65_536;

/// What is served.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The files.
    pub bundle: Arc<Bundle>,
    /// The loads that they make up; none for a plain folder.
    pub loads: Vec<ServedLoad>,
    /// Loads that were named and are not served, with the reason, a sentence each.
    pub left_out: Vec<String>,
}

/// Where and how to listen, as asked for.
#[derive(Debug, Clone, Default)]
pub struct Listening {
    /// Name of an interface.
    pub interface: Option<String>,
    /// Address of an interface.
    pub address: Option<Ipv4Addr>,
    /// UDP port; 0 lets the system choose.
    pub port: u16,
    /// Ignore TFTP options.
    pub plain: bool,
    /// Answer from the service's own port.
    pub single_port: bool,
    /// Largest block granted, in octets; `None` for what fits the network.
    pub max_blksize: Option<u16>,
    /// Offer the load to phones that still boot.
    pub by_configuration: Option<ByConfiguration>,
}

/// Where the session log goes.
#[derive(Debug, Clone)]
pub enum LogTo {
    /// This folder, or the usual one.
    Folder(Option<PathBuf>),
    /// Nowhere: a rehearsal for a test.
    Nowhere,
}

/// What a service needs besides its offer.
pub struct Setup {
    /// The command's name, for the log.
    pub command: &'static str,
    /// Where to listen.
    pub listening: Listening,
    /// Where to log.
    pub log: LogTo,
    /// How long silence may last.
    pub patience: Patience,
    /// Whose packets are whose.
    pub naming: Arc<dyn Naming>,
    /// Who works and where, for the report.
    pub site: Site,
    /// Be the DHCP server of an isolated bench as well.
    pub bench: Option<BenchSetup>,
}

/// Who works and where, in the technician's own words.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Who.
    pub who: Option<String>,
    /// Where.
    pub place: Option<String>,
}

/// What the bench needs: everything that was found out before the session.
pub struct BenchSetup {
    /// The card, through all guards.
    pub ready: bench::Ready,
    /// What was wished for.
    pub wish: bench::Wish,
    /// An address that was set for the time of the session.
    pub set: Option<bench::Borrowed>,
}

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// No interface was chosen.
    #[error(transparent)]
    Interface(#[from] InterfaceError),
    /// The log cannot be written.
    #[error(transparent)]
    Log(#[from] SessionLogError),
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The DHCP server of the bench did not start.
    #[error(transparent)]
    Bench(#[from] BenchProblem),
    /// A configuration that offers the load cannot be made.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The system gives no runtime for the session's loop.
    #[error("the session cannot run: {0}")]
    Runtime(#[source] io::Error),
}

impl Advice for ServiceError {
    fn code(&self) -> &'static str {
        match self {
            Self::Interface(error) => error.code(),
            Self::Log(error) => error.code(),
            Self::Start(error) => error.code(),
            Self::Bench(error) => error.code(),
            Self::Configuration(error) => error.code(),
            Self::Runtime(_) => "session-not-started",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Interface(error) => error.advice(),
            Self::Log(error) => error.advice(),
            Self::Start(error) => error.advice(),
            Self::Bench(error) => error.advice(),
            Self::Configuration(error) => error.advice(),
            Self::Runtime(_) => vec!["Close other programs and start again.".into()],
        }
    }
}

/// An open port that answers phones. Dropping it closes the port.
pub struct Listener {
    server: Server,
    /// What the server says.
    pub(super) events: UnboundedReceiver<FromWire>,
    interface: Interface,
    started: Event,
    /// What is offered by configuration, for the log.
    offered: Option<Event>,
}

impl Listener {
    /// Choose the interface and open the ports. From here on phones are served.
    pub(super) fn open(
        bundle: &Arc<Bundle>,
        loads: &[ServedLoad],
        listening: &Listening,
        command: &str,
        patience: Patience,
    ) -> Result<Self, ServiceError> {
        let interface = interfaces::choose(listening.interface.as_deref(), listening.address)?;
        let options = Options {
            address: interface.address,
            port: listening.port,
            single_port: listening.single_port,
            willing: willing(listening, &interface),
        };
        let offer = listening.by_configuration.as_ref();
        let made =
            offer.map(|offer| offer.make(Catalog::embedded(), loads, interface.address)).transpose()?;
        let (bundle, offered) = match made {
            None => (Arc::clone(bundle), None),
            Some((files, event)) => (Arc::new(bundle.with(files)), Some(event)),
        };
        let (server, events) = Server::start(bundle, options)?;
        let started = Event::Started {
            version: env!("CARGO_PKG_VERSION").into(),
            command: command.into(),
            serving: server.address().to_string(),
            loads: loads.to_vec(),
            patience,
        };
        Ok(Self { server, events, interface, started, offered })
    }

    /// The address and port that phones ask.
    pub(super) fn address(&self) -> SocketAddrV4 {
        self.server.address()
    }

    /// The interface that phones are served through.
    pub(super) fn interface(&self) -> &Interface {
        &self.interface
    }

    /// What the session log says of it.
    pub(super) fn started(&self) -> &Event {
        &self.started
    }

    /// What the session log says of the offer by configuration, if there is one.
    pub(super) fn offered(&self) -> Option<&Event> {
        self.offered.as_ref()
    }

    /// Where the server tells what happens, for one beside it.
    pub(super) fn news(&self) -> UnboundedSender<FromWire> {
        self.server.news()
    }
}

/// A service that listens already and whose session has not begun.
pub struct Service {
    /// The rule that was added to the firewall, and the program that it lets in.
    rule: Option<(String, String)>,
    session: Session,
    /// The DHCP server of the bench, while it runs. Ends before the ports of the files close.
    dhcp: Option<bench::Running>,
    listener: Listener,
    site: Site,
    /// Why there is no log, though there should be one.
    without_log: Option<String>,
    /// The address that was set for the time of the session. Goes last.
    set: Option<bench::Borrowed>,
}

impl Drop for Service {
    /// However it ends, the firewall is left as it was found.
    fn drop(&mut self) {
        if self.rule.take().is_some()
            && let Err(problem) = preflight::close_firewall()
        {
            tracing::warn!(code = problem.code, message = %problem.message, "the firewall");
        }
    }
}

impl Service {
    /// Choose the interface, open the ports and begin the log. From here on phones are served.
    pub fn start(offer: &Offer, setup: Setup) -> Result<Self, ServiceError> {
        let listener =
            Listener::open(&offer.bundle, &offer.loads, &setup.listening, setup.command, setup.patience)?;
        let clock = WallClock::start();
        let (folder, log, without_log) = match &setup.log {
            LogTo::Nowhere => (None, None, None),
            LogTo::Folder(asked) => {
                let folder = sessions::folder(asked.as_deref())?;
                let (log, without_log) = log_in(asked.as_deref(), setup.command, clock)?;
                (Some(folder), log, without_log)
            }
        };
        let fleet = Fleet::new(models(Catalog::embedded()));
        let mut session = Session::new(fleet, setup.naming, clock, log);
        session.set_interface(listener.interface());
        let (mut dhcp, mut set) = (None, None);
        if let Some(setup) = setup.bench {
            let BenchSetup { ready, wish, set: borrowed } = setup;
            set = borrowed;
            let news = listener.news();
            dhcp = Some(bench::start(Catalog::embedded(), &ready, &wish, clock, folder.as_deref(), news)?);
        }
        Ok(Self { rule: None, session, dhcp, listener, site: setup.site, without_log, set })
    }

    /// Let phones in through the firewall of this laptop until the session ends, because the technician said so.
    pub fn open_firewall(&mut self) -> Result<(), Problem> {
        self.rule = Some(preflight::open_firewall()?);
        Ok(())
    }

    /// The address and port that phones ask.
    pub fn address(&self) -> SocketAddrV4 {
        self.listener.address()
    }

    /// Name of the interface, and what speaks against it.
    pub fn interface(&self) -> (&str, Option<&'static str>) {
        (&self.listener.interface.name, self.listener.interface.unsuitable.map(Unsuitable::words))
    }

    /// What is known of the phones, and the time.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Where the log is.
    pub fn log_path(&self) -> Option<&Path> {
        self.session.log_path()
    }

    /// Addresses that the bench's DHCP server has to give away; `None` without one.
    pub fn bench_pool(&self) -> Option<usize> {
        self.dhcp.as_ref().map(bench::Running::pool)
    }

    /// To how many listed phones the load is offered by configuration: 0 for every phone that asks, `None` for no
    /// offer.
    pub fn offered(&self) -> Option<usize> {
        match self.listener.offered()? {
            Event::ConfigurationOffered { phones, .. } => Some(phones.len()),
            _ => None,
        }
    }

    /// Run the session to its end; see [`running::run`].
    pub fn run(
        &mut self,
        front: &mut dyn Front,
        mut done: impl FnMut(&Session) -> bool,
    ) -> Result<io::Result<Ending>, ServiceError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(ServiceError::Runtime)?;
        Ok(runtime.block_on(async {
            // Before anybody can read that the session has begun, and send a signal.
            let mut wishes = Wishes::listen();
            self.session.note(self.listener.started.clone(), front)?;
            if let Some(message) = self.without_log.take() {
                self.session.note(Event::Trouble { message }, front)?;
            }
            let Site { who, place } = self.site.clone();
            if who.is_some() || place.is_some() {
                self.session.note(Event::Site { who, place }, front)?;
            }
            if let Some((rule, program)) = self.rule.clone() {
                self.session.note(Event::FirewallOpened { rule, program }, front)?;
            }
            let beside = [
                self.listener.offered().cloned(),
                self.set.as_ref().map(|set| Event::Dhcp(set.record())),
                self.dhcp.as_ref().map(|dhcp| Event::Dhcp(dhcp.started.clone())),
            ];
            for event in beside.into_iter().flatten() {
                self.session.note(event, front)?;
            }
            self.session.sync();
            let ending =
                running::run(&mut self.session, &mut self.listener.events, front, &mut done, &mut wishes)
                    .await;
            // Even when nobody reads the output any more the rule must go, and the log must know how it ended.
            if let Some((rule, _)) = self.rule.take() {
                let event = match preflight::close_firewall() {
                    Ok(_) => Event::FirewallClosed { rule },
                    Err(problem) => Event::Trouble { message: problem.message },
                };
                let _ = self.session.note(event, front);
            }
            for event in self.end_bench() {
                let _ = self.session.note(event, front);
            }
            let summary = self.session.fleet().summary(self.session.now());
            let ended = Event::Ended { back: summary.back(), seen: summary.seen(), undone: self.undone() };
            let noted = self.session.note(ended, front);
            self.session.sync();
            let ending = ending?;
            noted.map(|()| ending)
        }))
    }

    /// End DHCP, and give the card back as it was. Answers what the log says of it.
    fn end_bench(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.dhcp.take().is_some() && self.session.fleet().bench().is_some_and(|on| on.stopped.is_none()) {
            events.push(Event::Dhcp(Dhcp::Stopped { why: "the session is over".into() }));
        }
        if let Some(mut set) = self.set.take() {
            events.push(match set.give_back() {
                Ok(dhcp) => Event::Dhcp(dhcp),
                Err(error) => Event::Trouble { message: error.to_string() },
            });
        }
        events
    }

    /// What a technician must still do, a sentence each; nothing for a plain folder.
    pub fn undone(&self) -> Vec<String> {
        let Event::Started { loads, .. } = &self.listener.started else { return Vec::new() };
        let fleet = self.session.fleet();
        if loads.is_empty() || fleet.is_empty() {
            return Vec::new();
        }
        let mut undone: Vec<String> = fleet
            .phones(self.session.now())
            .filter(|phone| !matches!(phone.stage(), Stage::Back | Stage::Seen))
            .map(|phone| format!("{}: {}", phone.address(), phone.words()))
            .collect();
        undone.push(match fleet.bench() {
            None => "Option 150 still names this laptop: switch it back to the call manager.".into(),
            // On the bench there is none to switch back.
            Some(_) => {
                "Carry the phones to their own network: they take their address and option 150 from there."
                    .into()
            }
        });
        undone
    }
}

/// Begin a log. A kit on a stick that cannot be written to serves all the same, and nothing is written elsewhere
/// instead: then there is no log, and a sentence that says so.
fn log_in(
    asked: Option<&Path>,
    command: &str,
    clock: WallClock,
) -> Result<(Option<SessionLog>, Option<String>), SessionLogError> {
    match SessionLog::create(&sessions::folder(asked)?, command, clock.now()) {
        Ok(log) => Ok((Some(log), None)),
        Err(error) if asked.is_none() && kit::portable().is_some() => {
            Ok((None, Some(format!("{error}; serving goes on without a session log"))))
        }
        Err(error) => Err(error),
    }
}

fn willing(listening: &Listening, interface: &Interface) -> Willing {
    if listening.plain {
        return Willing::plain();
    }
    let loopback = interface.unsuitable == Some(Unsuitable::Loopback);
    let fitting = Willing::for_mtu(if loopback { LOOPBACK_MTU } else { ETHERNET_MTU });
    Willing { blksize: listening.max_blksize.unwrap_or(fitting.blksize), ..fitting }
}
