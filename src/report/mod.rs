//! The report of a session: a reducer of its records, and the same as Markdown, CSV, JSON and a page of HTML.
//!
//! Pure, and made of records alone: an interrupted log gives the same report up to there. Who is whom, and what
//! became of each phone, is the fleet's knowledge; the report keeps a fleet of its own and asks it.

mod build;
mod csv;
mod curve;
mod format;
mod html;
mod markdown;
mod redact;
mod site;

use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

pub use build::Builder;
pub use curve::Curve;
pub use format::{Format, UnknownFormat};
pub use redact::redact;
pub use site::{SitePhone, SiteReport};

use crate::fleet::{Mac, Stage};
use crate::journal::{How, Option150, ServedImage};
use crate::phone_pages::Proof;
use crate::timestamp::Timestamp;

/// What was done in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Report {
    /// What the session is called: the name of its log without the ending.
    pub session: String,
    /// Who worked, in their own words.
    pub who: Option<String>,
    /// Where, in their own words.
    pub place: Option<String>,
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
    /// Octets that phones acknowledged, over the time of the session.
    pub curve: Curve,
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

impl<T> Confirmed<T> {
    /// How it is known and by whom: `confirmed by hand by Ann`.
    pub fn how_words(&self) -> String {
        let how = match self.how {
            How::ByHand => "confirmed by hand",
        };
        let by = self.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
        format!("{how}{by}")
    }
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
    /// What went wrong on the way, and what was advised.
    pub mishaps: Vec<Mishap>,
    /// What its own web pages said since it is back.
    pub proof: Option<Proven>,
    /// When it was first heard.
    pub first_heard: Timestamp,
    /// Octets that it acknowledged in all, repeated files counted again.
    pub sent: u64,
    /// Octets of the load's images that it has.
    pub octets: u64,
    /// Octets of all images of that load.
    pub total: u64,
    /// Packets that had to be sent again.
    pub retransmissions: u64,
    /// When it was last heard.
    pub last_heard: Timestamp,
}

/// What went wrong with a phone at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mishap {
    /// When it was noticed.
    pub at: Timestamp,
    /// The stage that it came to by it.
    pub stage: Stage,
    /// What was said.
    pub words: String,
    /// What was advised, a line each.
    pub advice: Vec<String>,
}

/// What a phone's own web pages said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proven {
    /// When they were asked.
    pub at: Timestamp,
    /// What came back.
    pub proof: Proof,
    /// The same in words.
    pub words: String,
    /// Whether the phone says what it runs, and asks this laptop no more.
    pub confirmed: bool,
}

impl PhoneReport {
    /// What a phone is called in a report: its MAC, or else its address.
    pub fn name(&self) -> String {
        self.mac.map_or_else(|| self.address.to_string(), |mac| mac.to_string())
    }

    /// The models in words, `7941G or 7941G-GE`; empty while unknown.
    pub fn model(&self) -> String {
        self.models.join(" or ")
    }

    /// When it first came to `stage`.
    pub fn came_to(&self, stage: Stage) -> Option<Timestamp> {
        self.stages.iter().find(|(_, at)| *at == stage).map(|(at, _)| *at)
    }
}

impl Report {
    /// The report in a format.
    pub fn text(&self, format: Format) -> String {
        match format {
            Format::Markdown => self.markdown(),
            Format::Csv => self.csv(),
            Format::Json => self.json(),
            Format::Html => self.html(),
        }
    }

    /// One row a phone, with a row of headings; for spreadsheets.
    pub fn csv(&self) -> String {
        csv::write(self.phones.iter().map(|phone| (self, phone)))
    }

    /// One page that stands by itself: no other file and no network is needed to open it.
    pub fn html(&self) -> String {
        html::session(self)
    }

    /// The report as JSON, with line ends for people.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings, numbers and lists of them always become JSON")
    }

    /// The report as Markdown, for a ticket.
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }

    /// What identifies a phone beside its address and MAC is left out: its serial number.
    #[must_use]
    pub fn without_serials(mut self) -> Self {
        for phone in &mut self.phones {
            if let Some(Proven { proof: Proof::Says(facts), .. }) = &mut phone.proof {
                facts.serial = None;
            }
        }
        self
    }

    /// Phones whose own pages confirm what they run and that they ask this laptop no more.
    pub fn confirmed(&self) -> usize {
        self.phones.iter().filter(|phone| phone.proof.as_ref().is_some_and(|proof| proof.confirmed)).count()
    }

    /// Phones that are back.
    pub fn back(&self) -> usize {
        self.phones.iter().filter(|phone| phone.stage == Stage::Back).count()
    }
}
