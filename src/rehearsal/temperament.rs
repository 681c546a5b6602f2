//! The temperaments of simulated phones: what each does differently, and the stage that it must reach.

use std::fmt;

use serde::Deserialize;

use super::configured::Heed;
use crate::fleet::Stage;

/// What kind of phone it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Temperament {
    /// Does everything right.
    Polite,
    /// Takes its time before each ACK.
    Slow,
    /// Asks for larger blocks.
    Blksize,
    /// Asks for the size, refuses the answer, and asks again plainly.
    SizeProbing,
    /// Asks for `Jar…` whatever the case in the manifest.
    #[serde(rename = "capital-j")]
    CapitalJ,
    /// Comes back from its restart with another address.
    NewAddress,
    /// The last ACK of each file is lost.
    LostAck,
    /// Does not trust the load.
    Rejecting,
    /// Loses its network in the middle of a file.
    Unplugged,
    /// Asks, and never acknowledges anything.
    Mute,
    /// Still boots, and takes the load that its configuration names.
    ByConfiguration,
    /// Still boots, and does not trust the load that its configuration names.
    RefusesOffer,
    /// Still boots, and goes on with the load that it has.
    IgnoresOffer,
}

/// What a temperament changes. All `false` and `None` is a polite phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a row of a table: each is one independent habit")]
pub(super) struct Manner {
    /// Block size that it asks for.
    pub(super) blksize: Option<u16>,
    pub(super) slow: bool,
    pub(super) probes: bool,
    pub(super) capital_j: bool,
    pub(super) moves: bool,
    pub(super) loses_last_ack: bool,
    pub(super) rejects: bool,
    pub(super) unplugged: bool,
    pub(super) mute: bool,
    /// It is not reset, and heeds its configuration so.
    pub(super) heeds: Option<Heed>,
}

struct Row {
    temperament: Temperament,
    name: &'static str,
    description: &'static str,
    reaches: Stage,
    manner: Manner,
}

/// No habit of its own.
const POLITE: Manner = Manner {
    blksize: None,
    slow: false,
    probes: false,
    capital_j: false,
    moves: false,
    loses_last_ack: false,
    rejects: false,
    unplugged: false,
    mute: false,
    heeds: None,
};

/// In the order of the enum.
const TABLE: [Row; 13] = [
    Row {
        temperament: Temperament::Polite,
        name: "polite",
        description: "asks, loads, restarts and comes back",
        reaches: Stage::Back,
        manner: POLITE,
    },
    Row {
        temperament: Temperament::Slow,
        name: "slow",
        description: "an old one: takes its time before each ACK",
        reaches: Stage::Back,
        manner: Manner { slow: true, ..POLITE },
    },
    Row {
        temperament: Temperament::Blksize,
        name: "blksize",
        description: "asks for blocks of 1428 octets and for the size",
        reaches: Stage::Back,
        manner: Manner { blksize: Some(1428), ..POLITE },
    },
    Row {
        temperament: Temperament::SizeProbing,
        name: "size-probing",
        description: "asks for the size, ends that with an error, and asks again plainly",
        reaches: Stage::Back,
        manner: Manner { probes: true, ..POLITE },
    },
    Row {
        temperament: Temperament::CapitalJ,
        name: "capital-j",
        description: "asks for Jar… where the file is called jar…",
        reaches: Stage::Back,
        manner: Manner { capital_j: true, ..POLITE },
    },
    Row {
        temperament: Temperament::NewAddress,
        name: "new-address",
        description: "has another address after its restart",
        reaches: Stage::Back,
        manner: Manner { moves: true, ..POLITE },
    },
    Row {
        temperament: Temperament::LostAck,
        name: "lost-ack",
        description: "its last ACK of each file gets lost, and it closes its port",
        reaches: Stage::Back,
        manner: Manner { loses_last_ack: true, ..POLITE },
    },
    Row {
        temperament: Temperament::Rejecting,
        name: "rejecting",
        description: "does not trust the load: fetches the list in pairs and never an image",
        reaches: Stage::Rejected,
        manner: Manner { rejects: true, ..POLITE },
    },
    Row {
        temperament: Temperament::Unplugged,
        name: "unplugged",
        description: "somebody pulls its cable in the middle of an image",
        reaches: Stage::Silent,
        manner: Manner { unplugged: true, ..POLITE },
    },
    Row {
        temperament: Temperament::Mute,
        name: "mute",
        description: "asks, and never acknowledges anything",
        reaches: Stage::Silent,
        manner: Manner { mute: true, ..POLITE },
    },
    Row {
        temperament: Temperament::ByConfiguration,
        name: "by-configuration",
        description: "is not reset: takes the load that its configuration names",
        reaches: Stage::Back,
        manner: Manner { heeds: Some(Heed::Takes), ..POLITE },
    },
    Row {
        temperament: Temperament::RefusesOffer,
        name: "refuses-offer",
        description: "is not reset: fetches the list that its configuration names and never an image",
        reaches: Stage::Rejected,
        manner: Manner { heeds: Some(Heed::Refuses), ..POLITE },
    },
    Row {
        temperament: Temperament::IgnoresOffer,
        name: "ignores-offer",
        description: "is not reset: goes on with the load that it has",
        reaches: Stage::Ignores,
        manner: Manner { heeds: Some(Heed::Ignores), ..POLITE },
    },
];

impl Temperament {
    /// Those of phones that still boot; they want a service that offers the load by configuration.
    pub const NOT_RESET: [Self; 3] = [Self::ByConfiguration, Self::RefusesOffer, Self::IgnoresOffer];

    /// Those of phones that are reset: every other one.
    pub const ALL: [Self; 10] = [
        Self::Polite,
        Self::Slow,
        Self::Blksize,
        Self::SizeProbing,
        Self::CapitalJ,
        Self::NewAddress,
        Self::LostAck,
        Self::Rejecting,
        Self::Unplugged,
        Self::Mute,
    ];

    fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.temperament == self).expect("a test finds a row for each temperament")
    }

    /// Its name in scenarios and tables.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What it does, in one line.
    pub fn description(self) -> &'static str {
        self.row().description
    }

    /// The stage that the fleet must show for it in the end.
    pub fn reaches(self) -> Stage {
        self.row().reaches
    }

    pub(super) fn manner(self) -> Manner {
        self.row().manner
    }
}

impl fmt::Display for Temperament {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_temperament_has_one_row_and_is_read_by_its_name() {
        for temperament in Temperament::ALL.into_iter().chain(Temperament::NOT_RESET) {
            assert_eq!(TABLE.iter().filter(|row| row.temperament == temperament).count(), 1);
            let quoted = format!("\"{temperament}\"");
            assert_eq!(serde_json::from_str::<Temperament>(&quoted).ok(), Some(temperament), "{quoted}");
            assert!(!temperament.description().is_empty());
        }
    }
}
