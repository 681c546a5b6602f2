//! The report of a session: a reducer of its records, and the same as Markdown and as JSON.
//!
//! Pure, and made of records alone: an interrupted log gives the same report up to there. Who is whom, and what
//! became of each phone, is the fleet's knowledge; the report keeps a fleet of its own and asks it.

mod build;
mod markdown;

use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

pub use build::Builder;

use crate::fleet::{Mac, Stage};
use crate::journal::{How, Option150, ServedImage};
use crate::timestamp::Timestamp;

/// What was done in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Report {
    /// The program's version.
    pub version: String,
    /// The command that the session was begun with.
    pub command: String,
    /// Whether phones and loads were made up.
    pub rehearsal: bool,
    /// When it began.
    pub began: Option<Timestamp>,
    /// The last thing that is on record.
    pub until: Option<Timestamp>,
    /// Whether the session came to its end; otherwise it runs still, or the program was killed.
    pub ended: bool,
    /// What was served.
    pub loads: Vec<LoadReport>,
    /// Where it was served.
    pub serving: Option<InterfaceReport>,
    /// What became of option 150.
    pub option150: Option150Report,
    /// What was decided against the program's advice, with the time.
    pub overrides: Vec<(Timestamp, String)>,
    /// The phones, in the order of appearance.
    pub phones: Vec<PhoneReport>,
    /// What went wrong on the laptop, with the time.
    pub troubles: Vec<(Timestamp, String)>,
    /// What is left to do, a sentence each.
    pub undone: Vec<String>,
}

/// One load that was served.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct LoadReport {
    /// Its name.
    pub load: String,
    /// Family number.
    pub family: String,
    /// Where it was found; empty if that is not on record.
    pub source: String,
    /// The word for its verdict; empty if that is not on record.
    pub verdict: String,
    /// Its images.
    pub images: Vec<ServedImage>,
    /// SHA-256 of the images, by name, as far as they are on record.
    pub sha256: Vec<(String, String)>,
}

/// Where phones were served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct InterfaceReport {
    /// Address and port that phones asked.
    pub at: String,
    /// Name of the interface, if it was checked.
    pub interface: Option<String>,
    /// The file that was read back through it, if it was checked.
    pub read_back: Option<String>,
}

/// Option 150 before, during and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Option150Report {
    /// What it named before, and when that was asked.
    pub before: Option<(Timestamp, Option150)>,
    /// That it named this laptop.
    pub during: Option<Confirmed<Ipv4Addr>>,
    /// What it names now.
    pub after: Option<Confirmed<Option150>>,
}

/// A value that somebody vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Confirmed<T> {
    /// The value.
    pub value: T,
    /// When.
    pub at: Timestamp,
    /// Who, if a name was given.
    pub by: Option<String>,
    /// How that is known.
    pub how: How,
}

/// What became of one phone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhoneReport {
    /// Its address.
    pub address: IpAddr,
    /// Its MAC, if it named itself.
    pub mac: Option<Mac>,
    /// The models that it can be, by the default load file that it asked for.
    pub models: Vec<String>,
    /// The load that it took.
    pub load: Option<String>,
    /// Where it stands.
    pub stage: Stage,
    /// The same in words.
    pub words: String,
    /// Every stage that it was at, with the time.
    pub stages: Vec<(Timestamp, Stage)>,
    /// Octets of the load's images that it has.
    pub octets: u64,
    /// Octets of all images of that load.
    pub total: u64,
    /// Packets that had to be sent again.
    pub retransmissions: u64,
    /// When it was last heard.
    pub last_heard: Timestamp,
}

impl Report {
    /// The report as JSON, with line ends for people.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings, numbers and lists of them always become JSON")
    }

    /// The report as Markdown, for a ticket.
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }

    /// Phones that are back.
    pub fn back(&self) -> usize {
        self.phones.iter().filter(|phone| phone.stage == Stage::Back).count()
    }
}
