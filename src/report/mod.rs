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

use crate::dhcp::{State, Subnet};
use crate::fleet::{Mac, Stage};
use crate::journal::{How, Option150, Phase, Said, ServedImage};
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
    /// What it named before; that it did is known since then.
    pub before: Option<Confirmed<Option150>>,
    /// That it named this laptop.
    pub during: Option<Confirmed<Ipv4Addr>>,
    /// What it names now.
    pub after: Option<Confirmed<Option150>>,
    /// The last answer of DHCP at each of the three points, in their order.
    pub asked: Vec<AskedReport>,
    /// When phones hear of the change back by themselves; `None` before it, or if no lease was seen.
    pub renewal: Option<Renewal>,
    /// The phones that were told of this laptop: they look for it until they ask for a new lease or are switched off
    /// and on. By MAC where they named themselves. Empty before option 150 is back.
    pub power_cycle: Vec<String>,
    /// Whether this laptop was the DHCP server of an isolated bench: then there was nothing to change or to put back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bench: bool,
}

/// A value that somebody vouches for, or DHCP.
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
    /// Why it counts against what DHCP says, in the words of whoever decided so.
    pub why: Option<String>,
}

/// What DHCP said when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskedReport {
    /// At which point of the work.
    pub phase: Phase,
    /// When.
    pub at: Timestamp,
    /// What the answers come to.
    pub state: State,
    /// What all servers agreed on.
    pub value: Option150,
    /// Whether that was what this point of the work asks for.
    pub reached: bool,
    /// The subnet that was asked about, if not that of the interface.
    pub subnet: Option<Subnet>,
    /// What each server said.
    pub answers: Vec<Said>,
}

/// When phones ask for a new lease, and so hear of the change back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Renewal {
    /// The lease that was seen while option 150 named this laptop, or at another time if not then; in seconds.
    pub lease_seconds: u64,
    /// Half of it: when a client asks for a new one (RFC 2131 section 4.4.5); in seconds.
    pub renews_after_seconds: u64,
}

impl AskedReport {
    /// Who said so and how they were asked, in words: `10.1.1.1 by DISCOVER, scope 10.1.1.0/24`.
    pub fn told_by(&self) -> String {
        let Some(first) = self.answers.first() else { return "nobody answered".to_owned() };
        // What a phone gets counts most, and shows the lease.
        let telling = self.answers.iter().find(|said| said.as_phone && said.method.is_discover());
        let telling = telling.or(self.answers.iter().find(|said| said.as_phone)).unwrap_or(first);
        let scope = telling.scope.or(first.scope).map(|scope| format!(", scope {scope}")).unwrap_or_default();
        let mut others: Vec<Ipv4Addr> = self.answers.iter().map(|said| said.server).collect();
        others.retain(|server| *server != telling.server);
        others.sort_unstable();
        others.dedup();
        let others = match others.len() {
            0 => String::new(),
            1 => format!(", and {}", others[0]),
            more => format!(", and {more} more servers"),
        };
        format!("{} by {}{scope}{others}", telling.server, telling.method.words())
    }
}

impl Option150Report {
    /// What DHCP last said at that point of the work.
    pub fn asked_at(&self, phase: Phase) -> Option<&AskedReport> {
        self.asked.iter().find(|asked| asked.phase == phase)
    }

    /// What to do about phones that still hold this laptop's address, sentences; none before option 150 is back.
    pub fn reminders(&self) -> Vec<String> {
        if self.after.is_none() {
            return Vec::new();
        }
        let mut reminders = vec![match self.renewal {
            Some(Renewal { lease_seconds, renews_after_seconds }) => format!(
                "Phones ask this laptop until half of their lease of {} is over: {}.",
                span(lease_seconds),
                span(renews_after_seconds)
            ),
            None => "Phones ask this laptop until half of their lease is over; its length was not seen."
                .to_owned(),
        }];
        if !self.power_cycle.is_empty() {
            let count = match self.power_cycle.len() {
                1 => "1 phone".to_owned(),
                more => format!("{more} phones"),
            };
            let named = self.power_cycle.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = match self.power_cycle.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            reminders.push(format!(
                "Sooner when switched off and on, never while writing flash: {count}: {named}{more}."
            ));
        }
        reminders
    }
}

/// Phones that a reminder names before it counts the rest.
const NAMED: usize = 12;

/// `12 min`, `1 h 30 min`, `8 d`: a time that nobody counts in seconds.
pub(crate) fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_people_say_them() {
        for (seconds, said) in [
            (45, "45 s"),
            (1800, "30 min"),
            (3600, "1 h"),
            (5400, "1 h 30 min"),
            (691_200, "8 d"),
            (129_600, "1 d 12 h"),
        ] {
            assert_eq!(span(seconds), said);
        }
    }
}
