//! The stages of a recovery, as far as requests can tell them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a phone is on its way back. What a technician reads is made from it by the fleet's words.
///
/// Served is not recovered: after the last image the phone writes flash for minutes, and it is [`Stage::Back`]
/// only when it asks for its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It asked for something, but for no file of a load yet.
    Seen,
    /// It fetches the files of a load.
    Loading,
    /// All images are served: it writes flash and restarts. Its power must stay on.
    WritingFlash,
    /// It asked for its configuration after the last image: recovered.
    Back,
    /// It fetched the default load file whole, twice, and asked for no image: it refuses the load.
    Rejected,
    /// It asked for a file of a load that the set does not have, and went no further.
    MissingFile,
    /// Between two files, or after the last, it has said nothing for longer than a phone writes.
    Stuck,
    /// In the middle of a file it stopped answering.
    Silent,
    /// It had all images, asks for the default load file again, and for no image since.
    RoundAgain,
    /// It was given a configuration that names the load, and asked for no load since.
    Ignores,
}

impl Stage {
    /// Every stage, in the order of the enum.
    pub const ALL: [Self; 10] = [
        Self::Seen,
        Self::Loading,
        Self::WritingFlash,
        Self::Back,
        Self::Rejected,
        Self::MissingFile,
        Self::Stuck,
        Self::Silent,
        Self::RoundAgain,
        Self::Ignores,
    ];

    /// Whether somebody has to look after a phone at this stage.
    pub fn is_trouble(self) -> bool {
        matches!(
            self,
            Self::Rejected
                | Self::MissingFile
                | Self::Stuck
                | Self::Silent
                | Self::RoundAgain
                | Self::Ignores
        )
    }

    /// The order in which phones are shown, lowest first: those that need a hand, those under way, those that are
    /// done, those that want nothing.
    pub fn urgency(self) -> u8 {
        match self {
            stage if stage.is_trouble() => 0,
            Self::Loading => 1,
            Self::WritingFlash => 2,
            Self::Back => 3,
            _ => 4,
        }
    }
}

impl fmt::Display for Stage {
    /// Two words at most, for a table: `writing flash`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Seen => "seen",
            Self::Loading => "loading",
            Self::WritingFlash => "writing flash",
            Self::Back => "back",
            Self::Rejected => "rejected",
            Self::MissingFile => "missing file",
            Self::Stuck => "stuck",
            Self::Silent => "silent",
            Self::RoundAgain => "round again",
            Self::Ignores => "ignores it",
        })
    }
}
