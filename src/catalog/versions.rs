//! The window, the hops, and what builds and CUCM tell about releases: `assets/versions.toml`.

use serde::{Deserialize, Serialize};
use time::Date;

use super::evidence::{Day, Evidence};
use crate::firmware::{LoadName, Protocol, Release};

/// All that is known about releases. Read with [`Catalog::versions`](super::Catalog::versions).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    pub(super) schema: u32,
    /// Which releases bridge the change of the key.
    pub window: Window,
    /// Where sources disagree with the window.
    #[serde(default, rename = "disagreement")]
    pub disagreements: Vec<Disagreement>,
    /// Steps for very old loads.
    #[serde(default, rename = "ladder")]
    pub ladders: Vec<Ladder>,
    /// Jumps that want a release in between.
    #[serde(default, rename = "bridge")]
    pub bridges: Vec<Bridge>,
    /// Changes of protocol that take a step of their own.
    #[serde(default, rename = "protocol_step")]
    pub protocol_steps: Vec<ProtocolStep>,
    /// What a factory reset changes.
    pub after_reset: AfterReset,
    /// Loads that phones came with.
    #[serde(default)]
    pub shipped: Vec<Shipped>,
    /// What CUCM hands out.
    #[serde(default)]
    pub cucm: Vec<CucmLoad>,
    /// Tags in image names and the releases behind them.
    #[serde(default, rename = "build")]
    pub builds: Vec<BuildTag>,
    /// Which side of the change of the key a day lies on.
    pub build_dates: BuildDates,
    /// When the images of a release were built.
    #[serde(default, rename = "build_date")]
    pub built: Vec<Built>,
}

/// The releases that old phones accept and that know the new key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first one.
    pub first: Release,
    /// The last one, without special builds and service releases.
    pub last: Release,
    /// The one to use.
    pub recommended: Release,
    /// From here on only the new key.
    pub too_new_from: Release,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A source that sees some releases otherwise than the window does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disagreement {
    /// The first release that it is about.
    pub first: Release,
    /// The first release that it is no longer about.
    pub before: Release,
    /// The disagreement in one sentence.
    pub says: String,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// Steps that very old phones walk before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// The families that it holds for.
    pub families: Vec<String>,
    /// It holds for phones with a load below this one.
    pub phones_before: Release,
    /// The steps, in order. Those that the phone has passed are left out.
    pub steps: Vec<Release>,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A jump that wants a release in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// The first load of the phone that it is about.
    pub phones_from: Release,
    /// The first load of the phone that it is no longer about.
    pub phones_before: Release,
    /// The first target that it is about.
    pub targets_from: Release,
    /// The least release in between.
    pub over: Release,
    /// The rule in words, to follow a colon.
    pub says: String,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A change of protocol that takes a step of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolStep {
    /// The protocol on the phone.
    pub from: Protocol,
    /// The protocol of the target.
    pub to: Protocol,
    /// The rule in words, to follow a colon.
    pub says: String,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// What a factory reset changes about the path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterReset {
    /// The rule, a sentence.
    pub says: String,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A load that phones came out of the box with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipped {
    /// The release.
    pub release: Release,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A load that a release of CUCM hands out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CucmLoad {
    /// CUCM's own version, `7.1(3)`; not a release of firmware.
    pub version: String,
    /// The load.
    pub load: LoadName,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A tag in image names, and the release that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildTag {
    /// `8-5-2TH1-9`, as in `jar45sccp.8-5-2TH1-9.sbn`.
    pub tag: String,
    /// The release.
    pub release: Release,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// The days around the change of the key, as far as images were measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildDates {
    /// The latest build that was measured in a load before the change.
    pub old_side_until: Day,
    /// The earliest build that was measured in a load after it.
    pub new_key_from: Day,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// Which side of the change of the key a build date speaks for. A second opinion, never the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildEra {
    /// Built before the change: not a load with the new key alone.
    OldSide,
    /// In the months where nothing was measured.
    Unclear,
    /// Built after the change: too new for an old phone.
    NewKey,
}

impl BuildDates {
    /// What the newest date inside an image speaks for.
    pub fn era(&self, built: Date) -> BuildEra {
        if built <= self.old_side_until.0 {
            BuildEra::OldSide
        } else if built >= self.new_key_from.0 {
            BuildEra::NewKey
        } else {
            BuildEra::Unclear
        }
    }
}

/// When the images of a release were built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Built {
    /// The release.
    pub release: Release,
    /// The earliest day seen as an image's newest date.
    pub first: Day,
    /// The latest one.
    pub last: Day,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}
