//! What is known of each phone, from its requests alone: a pure reducer of session events.
//!
//! [`Fleet::apply`] keeps facts with their moments; [`Fleet::phones`] draws the conclusions for the moment that the
//! reader brings. So the same log gives the same fleet, and nothing here ticks: a phone becomes silent because time
//! passed, not because somebody said so. A later request revises an earlier conclusion.
//!
//! Deliberately without a clock, and without knowledge of models (see [`Models`]).

mod bench;
mod from_wire;
mod listed;
mod mac;
mod models;
mod now;
mod pace;
mod phone;
mod reduce;
mod requests;
mod run;
mod stage;
mod summary;
mod words;

#[cfg(test)]
mod bench_stories;
#[cfg(test)]
mod identities;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod revisions;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod telling;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

pub use bench::Bench;
pub use from_wire::from_wire;
pub use listed::{ListError, Listed, MAX_LISTED, parse as parse_list};
pub use mac::{Mac, NotAMac};
pub use models::{Asker, Models};
pub use now::{ImageNow, PhoneNow};
pub use requests::{SettingsRequest, asks_for_settings, settings};
pub use stage::Stage;
pub use summary::Summary;

use crate::journal::{Patience, ServedLoad};
use crate::timestamp::Timestamp;
use phone::Phone;

/// Phones that are kept at most. Beyond that the one heard longest ago that never asked for a load makes room; if
/// there is none, the newcomer is counted in [`Fleet::overlooked`].
pub const MAX_PHONES: usize = 4096;

/// Holds until a [`crate::journal::Event::Started`] says otherwise; only a log without its beginning lacks one.
const UNTOLD: Patience = Patience { within_file: 20_000, between_files: 180_000, writing_flash: 900_000 };

/// A phone's number within the session, in the order of appearance. It stays when the address changes; when two
/// turn out to be one phone, the lower number stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneId(u64);

/// All phones of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    models: Models,
    loads: Vec<Arc<ServedLoad>>,
    patience: Patience,
    /// The address that phones are served from; one that still asks it was not switched back.
    laptop: Option<Ipv4Addr>,
    phones: BTreeMap<PhoneId, Phone>,
    /// Who is at an address now.
    by_address: BTreeMap<IpAddr, PhoneId>,
    by_mac: BTreeMap<Mac, PhoneId>,
    /// Whose a running transfer is, whatever became of the address.
    by_transfer: BTreeMap<u64, PhoneId>,
    next: u64,
    overlooked: u64,
    bench: Option<Bench>,
}

impl Fleet {
    /// A fleet without phones. `models` says which models ask for which default load file.
    pub fn new(models: Models) -> Self {
        Self {
            models,
            loads: Vec::new(),
            patience: UNTOLD,
            laptop: None,
            phones: BTreeMap::new(),
            by_address: BTreeMap::new(),
            by_mac: BTreeMap::new(),
            by_transfer: BTreeMap::new(),
            next: 1,
            overlooked: 0,
            bench: None,
        }
    }

    /// Every phone as it stands at `now`, in the order of appearance.
    pub fn phones(&self, now: Timestamp) -> impl Iterator<Item = PhoneNow<'_>> {
        self.phones.iter().map(move |(id, phone)| PhoneNow { id: *id, phone, fleet: self, now })
    }

    /// One phone; `None` once it was found to be another one, or was forgotten for want of room.
    pub fn phone(&self, id: PhoneId, now: Timestamp) -> Option<PhoneNow<'_>> {
        self.phones.get(&id).map(|phone| PhoneNow { id, phone, fleet: self, now })
    }

    /// The phone that has this address now.
    pub fn at_address(&self, address: IpAddr, now: Timestamp) -> Option<PhoneNow<'_>> {
        self.phone(*self.by_address.get(&address.to_canonical())?, now)
    }

    /// How many phones stand at each stage.
    pub fn summary(&self, now: Timestamp) -> Summary {
        self.phones(now).map(|phone| phone.stage()).collect()
    }

    /// The DHCP server of the bench, if this laptop is one, or was.
    pub fn bench(&self) -> Option<&Bench> {
        self.bench.as_ref()
    }

    /// How many phones are known.
    pub fn len(&self) -> usize {
        self.phones.len()
    }

    /// Whether no phone was seen yet.
    pub fn is_empty(&self) -> bool {
        self.phones.is_empty()
    }

    /// Requests of phones that there was no room for; 0 in every session that is not under attack.
    pub fn overlooked(&self) -> u64 {
        self.overlooked
    }
}
