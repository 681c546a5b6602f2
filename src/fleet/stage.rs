//! The stages of a recovery, as far as requests can tell them.

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
    /// Between two files it has said nothing for longer than a phone writes.
    Stuck,
    /// In the middle of a file it stopped answering.
    Silent,
    /// It had all images, and asks for the default load file again.
    RoundAgain,
}
