//! The bench from start to end: look at the card, listen for other servers, begin the DHCP server, end it, and leave
//! the card as it was.

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::catalog::Catalog;
use crate::dhcp::Method;
use crate::dhcp::bench::{self, Cleared, Clients, Heard, Refusal, Settings};
use crate::error::Advice;
use crate::fleet::Mac;
use crate::journal::Dhcp;
use crate::net::bench::{BenchError, Card, FactsError, Server, bare_card, card};
use crate::net::dhcp::{self, DhcpError, Wanted};
use crate::net::interfaces;
use crate::net::tftp::FromWire;
use crate::platform::address::{AddressError, Plan, SetAddress};
use crate::platform::clock::WallClock;
use crate::store::leases::LeaseFile;
use crate::store::sessions::{self, SessionLogError};
use crate::store::set_address::{self, Note};

/// How long the system may take until a new address can be used: Windows looks first whether somebody has it.
const SETTLE: u32 = 100;
/// How often it is looked for meanwhile.
const GLANCE: Duration = Duration::from_millis(100);

/// What the bench is to be.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Name of the card towards the phones.
    pub interface: Option<String>,
    /// Its address, instead of or beside the name.
    pub address: Option<Ipv4Addr>,
    /// Phones that are expected.
    pub phones: usize,
    /// Phones that are served whatever they say, each with an address of its own.
    pub listed: Vec<Mac>,
    /// Hours after which DHCP ends.
    pub hours: u32,
}

/// Why the bench did not begin.
#[derive(Debug, thiserror::Error)]
pub enum BenchProblem {
    /// No card.
    #[error(transparent)]
    Card(#[from] FactsError),
    /// A guard says no.
    #[error("no DHCP server is started: {}", all(refusals))]
    Refused {
        /// Everything that speaks against it, at least one.
        refusals: Vec<Refusal>,
    },
    /// It could not be listened for other servers.
    #[error("no DHCP server is started, since nobody could listen for others: {0}")]
    Ask(#[from] DhcpError),
    /// The address was not set.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// It could not be put on record.
    #[error(transparent)]
    Record(#[from] SessionLogError),
    /// The ports could not be opened.
    #[error(transparent)]
    Start(#[from] BenchError),
}

fn all(refusals: &[Refusal]) -> String {
    refusals.iter().map(Refusal::to_string).collect::<Vec<_>>().join("; ")
}

impl Advice for BenchProblem {
    fn code(&self) -> &'static str {
        match self {
            Self::Card(error) => error.code(),
            Self::Refused { refusals } => refusals.first().map_or("bench-refused", Advice::code),
            Self::Ask(error) => error.code(),
            Self::Address(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Start(error) => error.code(),
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Card(error) => error.advice(),
            Self::Refused { refusals } => {
                let mut lines: Vec<String> = Vec::new();
                for line in refusals.iter().flat_map(Advice::advice) {
                    if !lines.contains(&line) {
                        lines.push(line);
                    }
                }
                lines
            }
            Self::Ask(error) => error.advice(),
            Self::Address(error) => error.advice(),
            Self::Record(error) => error.advice(),
            Self::Start(error) => error.advice(),
        }
    }
}

/// A card for a cable that has a link and no address of its own, if there is one.
pub fn card_without_address() -> Option<String> {
    bare_card()
}

/// The plan to give a card an address for the time of the job.
pub fn plan(wish: &Wish, address: Ipv4Addr, prefix: u8) -> Result<Plan, BenchProblem> {
    let card = card(wish.interface.as_deref(), None)?;
    Ok(Plan { interface: card.name().to_owned(), address, prefix })
}

/// An address that this program has set for the time of a session, with the note that says so.
#[derive(Debug)]
pub struct Borrowed {
    set: SetAddress,
    folder: PathBuf,
}

impl Borrowed {
    /// What the session log says of it.
    pub(super) fn record(&self) -> Dhcp {
        let plan = self.set.plan();
        Dhcp::AddressSet {
            interface: plan.interface.clone(),
            address: plan.address,
            prefix: plan.prefix,
            undo: plan.undo_command(),
        }
    }

    /// Take it away. Answers what the session log says of that, or what is left to do.
    pub(super) fn give_back(&mut self) -> Result<Dhcp, AddressError> {
        self.set.undo()?;
        // The note says more than is true for as long as it is there; the next session finds that out.
        if let Err(error) = set_address::remove(&self.folder) {
            tracing::warn!(%error, "the note of the set address is still there");
        }
        let plan = self.set.plan();
        Ok(Dhcp::AddressRemoved { interface: plan.interface.clone(), address: plan.address })
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Err(error) = self.give_back() {
            tracing::warn!(%error, "the address is still there");
        }
    }
}

/// An address that an earlier, killed session has set and that is still there, with the command that takes it away.
pub fn left_behind(session_dir: Option<&Path>) -> Option<Note> {
    let folder = sessions::folder(session_dir).ok()?;
    set_address::read(&folder).filter(|note| interfaces::is_here(note.address))
}

/// Set the address, and wait until it can be used. One that an earlier, killed session has set is taken over. Blocks,
/// for some seconds on Windows.
pub fn set_address(plan: Plan, session_dir: Option<&Path>) -> Result<Borrowed, BenchProblem> {
    let folder = sessions::folder(session_dir)?;
    let (address, prefix) = (plan.address, plan.prefix);
    let is_ours =
        |note: &Note| (&note.interface, note.address, note.prefix) == (&plan.interface, address, prefix);
    if left_behind(session_dir).is_some_and(|note| is_ours(&note)) {
        return Ok(Borrowed { set: SetAddress::taken_over(plan), folder });
    }
    let note = Note { interface: plan.interface.clone(), address, prefix, undo: plan.undo_command() };
    set_address::write(&folder, &note)
        .map_err(|source| SessionLogError::NotWritable { folder: folder.clone(), source })?;
    let set = match plan.set() {
        Ok(set) => Borrowed { set, folder },
        Err(error) => {
            let _ = set_address::remove(&folder);
            return Err(error.into());
        }
    };
    for _ in 0..SETTLE {
        if interfaces::is_here(address) {
            break;
        }
        thread::park_timeout(GLANCE);
    }
    Ok(set)
}

/// A card that went through all guards.
#[derive(Debug)]
pub struct Ready {
    card: Card,
    cleared: Cleared,
}

impl Ready {
    /// The card's name and the laptop's address there.
    pub fn place(&self) -> (&str, Ipv4Addr) {
        (self.card.name(), self.cleared.address())
    }
}

/// Look at the card, and listen for other DHCP servers, which takes some six seconds and blocks. `watch` hears how much
/// of that is left, and may end it: then the answer is a refusal.
pub fn look(
    catalog: &Catalog,
    wish: &Wish,
    mut watch: impl FnMut(Duration) -> ControlFlow<()>,
) -> Result<Ready, BenchProblem> {
    let card = card(wish.interface.as_deref(), wish.address)?;
    let refused = |refusals| BenchProblem::Refused { refusals };
    let candidate = bench::judge(&card.facts).map_err(refused)?;
    let wanted = Wanted {
        interface: card.name().to_owned(),
        address: Some(candidate.address()),
        servers: Vec::new(),
        subnet: None,
        vendor_class: a_vendor_class(catalog),
    };
    let mut is_whole = true;
    let asked = dhcp::ask(wanted, |answers, left| {
        let flow = watch(left);
        is_whole = flow.is_continue();
        // Who answered speaks against it for good.
        if answers.is_empty() { flow } else { ControlFlow::Break(()) }
    })?;
    // Only the port that a DISCOVER leaves from hears what is said to everybody. What else cannot be seen does not hide
    // a server.
    let could_hear = asked.methods.contains(&Method::Discover);
    let deaf = if could_hear { Vec::new() } else { asked.blind };
    let mut heard = Heard { servers: asked.answers.iter().map(|answer| answer.server).collect(), deaf };
    if !is_whole {
        heard.deaf.push("listening was broken off".into());
    } else if !could_hear && heard.deaf.is_empty() {
        heard.deaf.push("UDP port 68 could not be opened".into());
    }
    let cleared = candidate.clear(&heard).map_err(|refusal| refused(vec![refusal]))?;
    Ok(Ready { card, cleared })
}

/// Servers that tell only phones look at the beginning, which all models share.
fn a_vendor_class(catalog: &Catalog) -> String {
    catalog.models().first().map(|model| model.vendor_class.value.clone()).unwrap_or_default()
}

/// A DHCP server that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    server: Server,
    /// What the session log says of its beginning.
    pub(super) started: Dhcp,
}

impl Running {
    /// Addresses to give away.
    pub(super) fn pool(&self) -> usize {
        self.server.pool()
    }

    /// From now on this client is served.
    pub(super) fn let_in(&self, mac: Mac) {
        self.server.let_in(mac);
    }
}

/// Begin to answer. The leases outlive the program in `folder`; without one, or where it cannot be written to, `news`
/// says at once that they do not.
pub(super) fn start(
    catalog: &Catalog,
    ready: &Ready,
    wish: &Wish,
    clock: WallClock,
    folder: Option<&Path>,
    news: UnboundedSender<FromWire>,
) -> Result<Running, BenchProblem> {
    let models = catalog.models().iter().map(|model| (model.vendor_class.value.clone(), model.model.clone()));
    let settings = Settings {
        own: ready.cleared.clone(),
        own_mac: ready.card.mac(),
        phones: wish.phones,
        clients: Clients::new(models, wish.listed.iter().copied()),
        listed: wish.listed.clone(),
        hours: wish.hours,
        vendor_class: a_vendor_class(catalog),
    };
    let server = Server::start(&ready.card, settings, clock, folder.map(LeaseFile::within), news)?;
    let started = Dhcp::Started {
        interface: ready.card.name().to_owned(),
        address: ready.cleared.address(),
        pool: server.pool(),
        restored: server.restored(),
        ends: clock.stamp(server.ends()),
    };
    Ok(Running { server, started })
}
