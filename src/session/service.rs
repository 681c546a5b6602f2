//! A service from start to end: choose the interface, open the ports and the log, run the session, close it.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;

use super::{Ending, Front, Session, models, preflight, running};
use crate::catalog::Catalog;
use crate::error::Advice;
use crate::firmware::Bundle;
use crate::firmware::problem::Problem;
use crate::fleet::{Fleet, Stage};
use crate::journal::{Event, Patience, ServedLoad};
use crate::net::interfaces::{self, Interface, InterfaceError, Unsuitable};
use crate::net::naming::Naming;
use crate::net::tftp::{FromWire, Options, Server, StartError};
use crate::platform::clock::WallClock;
use crate::platform::signals::Wishes;
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
            Self::Runtime(_) => "session-not-started",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Interface(error) => error.advice(),
            Self::Log(error) => error.advice(),
            Self::Start(error) => error.advice(),
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
        let (server, events) = Server::start(Arc::clone(bundle), options)?;
        let started = Event::Started {
            version: env!("CARGO_PKG_VERSION").into(),
            command: command.into(),
            serving: server.address().to_string(),
            loads: loads.to_vec(),
            patience,
        };
        Ok(Self { server, events, interface, started })
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
}

/// A service that listens already and whose session has not begun.
pub struct Service {
    /// The rule that was added to the firewall, and the program that it lets in.
    rule: Option<(String, String)>,
    session: Session,
    listener: Listener,
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
        let log = match &setup.log {
            LogTo::Nowhere => None,
            LogTo::Folder(asked) => {
                Some(SessionLog::create(&sessions::folder(asked.as_deref())?, setup.command, clock.now())?)
            }
        };
        let fleet = Fleet::new(models(Catalog::embedded()));
        let mut session = Session::new(fleet, setup.naming, clock, log);
        session.set_interface(listener.interface());
        Ok(Self { rule: None, session, listener })
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
            if let Some((rule, program)) = self.rule.clone() {
                self.session.note(Event::FirewallOpened { rule, program }, front)?;
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
            let summary = self.session.fleet().summary(self.session.now());
            let ended = Event::Ended { back: summary.back(), seen: summary.seen(), undone: self.undone() };
            let noted = self.session.note(ended, front);
            self.session.sync();
            let ending = ending?;
            noted.map(|()| ending)
        }))
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
        undone.push("Option 150 still names this laptop: switch it back to the call manager.".into());
        undone
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
