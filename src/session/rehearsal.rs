//! A rehearsal from start to end: a made-up load, read by the real reader; the real service on loopback; simulated
//! phones that ask it over real UDP; and for each of them whether it got where its temperament must get.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::service::{Listening, LogTo, Offer, Service, ServiceError, Setup, Site};
use super::{Ending, Front, Session};
use crate::catalog::{Catalog, Model};
use crate::error::Advice;
use crate::firmware::archive::{self, ArchiveError, Budget};
use crate::firmware::load::{self, Leniency, Load};
use crate::fleet::{PhoneNow, Stage};
use crate::journal::{Patience, ServedLoad};
use crate::net::phones::{Players, Ports};
use crate::platform::clock;
use crate::rehearsal::madeup::{self, MadeUpLoad, Packing};
use crate::rehearsal::{Character, Part, Scenario, SimPhone, Tempo};
use crate::timestamp::Timestamp;

/// After all phones are through, what is only seen by its silence may take this much longer than patience itself.
const GRACE: Duration = Duration::from_secs(5);

/// Build tag of the made-up images: the one of 8.5(2), so that they look like what they stand for.
const BUILD: &str = "8-5-2TH1-9";

/// What is to be played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Who takes part.
    pub scenario: &'static Scenario,
    /// How many.
    pub phones: usize,
    /// Share of packets lost in each direction, 0 to 1.
    pub loss: f64,
    /// The same seed gives the same phones.
    pub seed: u64,
    /// How many times faster than life.
    pub speed: f64,
    /// Octets of each made-up load.
    pub octets: usize,
    /// Folder for a session log, if one is wanted.
    pub session_dir: Option<PathBuf>,
}

impl Plan {
    /// A scenario as it is meant to be played.
    pub fn of(scenario: &'static Scenario) -> Self {
        Self {
            scenario,
            phones: scenario.phones,
            loss: scenario.loss,
            seed: 1,
            speed: 30.0,
            octets: 2_000_000,
            session_dir: None,
        }
    }
}

/// What became of one simulated phone.
#[derive(Debug, Clone)]
pub struct Played {
    /// Who it is.
    pub who: Character,
    /// The stage at which the fleet sees it; `None` if it was never seen.
    pub reached: Option<Stage>,
    /// Octets sent to it, and packets sent again.
    pub octets: u64,
    /// Packets that had to be sent to it again.
    pub retransmissions: u64,
    /// Whether every image that it flashed has exactly the octets served. True for one that flashed none.
    pub intact: bool,
}

impl Played {
    /// Whether the phone got where its temperament must get, and with the right octets.
    pub fn as_expected(&self) -> bool {
        self.intact && self.reached == Some(self.who.temperament.reaches())
    }
}

/// Why a rehearsal cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The service did not start.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The system gives the phones no thread or sockets.
    #[error("the simulated phones cannot begin: {0}")]
    Phones(#[from] io::Error),
    /// A made-up load cannot be read: a fault of this program.
    #[error("the made-up load cannot be read: {0}")]
    Load(#[from] ArchiveError),
}

impl Advice for RehearsalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Service(error) => error.code(),
            Self::Phones(_) => "rehearsal-not-started",
            Self::Load(error) => error.code(),
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Service(error) => error.advice(),
            Self::Phones(_) => vec!["Rehearse with fewer phones: `--phones 10`.".into()],
            Self::Load(_) => vec!["Report it: this should not happen.".into()],
        }
    }
}

/// A rehearsal that is ready: the service listens, and the phones wait for [`Rehearsal::run`].
pub struct Rehearsal {
    plan: Plan,
    offer: Offer,
    service: Service,
    ports: Arc<Ports>,
    patience: Patience,
}

impl Rehearsal {
    /// Make the loads up, read them as firmware is read, and start serving them on loopback.
    pub fn prepare(plan: Plan) -> Result<Self, RehearsalError> {
        let catalog = Catalog::embedded();
        let offer = made_up_offer(plan.octets, plan.seed)?;
        let ports = Arc::new(Ports::default());
        let patience = Tempo::times(plan.speed).patience(catalog.patience());
        let setup = Setup {
            bench: None,
            command: "rehearse",
            listening: Listening { address: Some(Ipv4Addr::LOCALHOST), ..Listening::default() },
            log: plan.session_dir.clone().map_or(LogTo::Nowhere, |folder| LogTo::Folder(Some(folder))),
            patience,
            naming: ports.clone(),
            site: Site::default(),
        };
        let service = Service::start(&offer, setup)?;
        Ok(Self { plan, offer, service, ports, patience })
    }

    /// The service that the phones ask.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The loads that were made up.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Let the phones begin, and run until each is where it must get, or has had time enough.
    pub fn run(
        &mut self,
        front: &mut dyn Front,
    ) -> Result<(io::Result<Ending>, Vec<Played>), RehearsalError> {
        let cast = cast(&self.plan, &self.offer.loads);
        let who: Vec<Character> = cast.iter().map(|phone| phone.character().clone()).collect();
        let (players, mut through) = Players::start(
            cast,
            self.service.address(),
            self.plan.loss,
            self.plan.seed,
            Arc::clone(&self.ports),
        )?;
        let mut finale = Finale { phones: None, since: None, limit: limit(self.patience) };
        let ending = self.service.run(front, |session| finale.is_over(session, &mut through, &who))?;
        drop(players);
        let session = self.service.session();
        let phones = finale.phones.unwrap_or_default();
        let played = who.iter().enumerate().map(|(nth, who)| self.judge(session, who, phones.get(nth)));
        Ok((ending, played.collect()))
    }

    fn judge(&self, session: &Session, who: &Character, phone: Option<&SimPhone>) -> Played {
        let seen = find(session, who);
        let intact = phone.is_none_or(|phone| {
            phone.flash().iter().all(|flashed| {
                let served = self.offer.bundle.get(&flashed.name);
                served.is_some_and(|file| <[u8; 32]>::from(Sha256::digest(&file.octets)) == flashed.sha256)
            })
        });
        Played {
            who: who.clone(),
            reached: seen.map(|phone| phone.stage()),
            octets: seen.map_or(0, |phone| phone.octets()),
            retransmissions: seen.map_or(0, |phone| phone.retransmissions()),
            intact,
        }
    }
}

/// When the play is over: all phones are through, and the fleet sees each where it must be, or silence has had its
/// time to be noticed.
struct Finale {
    phones: Option<Vec<SimPhone>>,
    since: Option<Timestamp>,
    limit: Duration,
}

impl Finale {
    fn is_over(
        &mut self,
        session: &Session,
        through: &mut oneshot::Receiver<Vec<SimPhone>>,
        who: &[Character],
    ) -> bool {
        if self.since.is_none() {
            match through.try_recv() {
                Ok(phones) => self.phones = Some(phones),
                Err(oneshot::error::TryRecvError::Empty) => return false,
                // The phones' thread met an error; what they reached so far is all there will be.
                Err(oneshot::error::TryRecvError::Closed) => {}
            }
        }
        let now = session.now();
        let since = *self.since.get_or_insert(now);
        let there = |who: &Character| {
            find(session, who).is_some_and(|phone| phone.stage() == who.temperament.reaches())
        };
        now.since(since) > self.limit || who.iter().all(there)
    }
}

fn limit(patience: Patience) -> Duration {
    let longest = patience.within_file.max(patience.between_files).max(patience.writing_flash);
    Duration::from_millis(longest) + GRACE
}

fn find<'s>(session: &'s Session, who: &Character) -> Option<PhoneNow<'s>> {
    let had = |phone: &PhoneNow<'_>, address: &IpAddr| {
        phone.address() == *address || phone.earlier_addresses().contains(address)
    };
    session.fleet().phones(session.now()).find(|phone| who.addresses.iter().any(|a| had(phone, a)))
}

/// Made-up loads of all families, packed and read as firmware is packed and read.
pub(super) fn made_up_loads(octets: usize, seed: u64) -> Result<Vec<Load>, ArchiveError> {
    let catalog = Catalog::embedded();
    let release = catalog.versions().window.recommended.token();
    let mut loads = Vec::new();
    for family in catalog.families() {
        let default_load_files = catalog.default_load_files(&family.number);
        let made_up = MadeUpLoad::new(&family.number, &default_load_files, "SCCP", &release, BUILD)
            .with_octets(octets)
            .with_seed(seed);
        let label = format!("{}.zip", made_up.load_name());
        let packed = madeup::zip(&made_up.files(), Packing::Deflated);
        let sets = archive::open(&label, &packed, &mut Budget::default())?;
        let sets: Vec<_> = sets.into_iter().map(|set| (0, set)).collect();
        loads.extend(load::read(catalog, &sets).loads);
    }
    Ok(loads)
}

fn made_up_offer(octets: usize, seed: u64) -> Result<Offer, RehearsalError> {
    let loads = made_up_loads(octets, seed)?;
    let choice = load::choose(&loads, Leniency::IntermediateOnly);
    let (bundle, loads) = choice.to_bundle();
    Ok(Offer { bundle: Arc::new(bundle), loads, left_out: Vec::new() })
}

/// The phones of a plan: models that one of these loads is for.
pub(super) fn cast(plan: &Plan, loads: &[ServedLoad]) -> Vec<SimPhone> {
    let served = |model: &&Model| loads.iter().any(|load| load.family == model.family);
    let parts: Vec<Part> = Catalog::embedded()
        .models()
        .iter()
        .filter(served)
        .map(|model| Part {
            model: model.model.clone(),
            default_load_file: model.default_load_file.value.clone(),
        })
        .collect();
    plan.scenario.cast(clock::now(), plan.phones, plan.seed, Tempo::times(plan.speed), &parts, addresses)
}

/// The nth phone's address as a bench would give it, and the one that it gets after a change.
fn addresses(nth: usize) -> [IpAddr; 2] {
    let address = |network: u8| {
        let [.., high, low] = u32::try_from(nth + 10).unwrap_or(u32::MAX).to_be_bytes();
        IpAddr::from([10, network, high, low])
    };
    [address(20), address(21)]
}
