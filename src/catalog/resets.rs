//! Reset procedures, cautions before them, and how a reset goes wrong: `assets/resets.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Fact};
use crate::firmware::Release;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetsFile {
    pub(super) schema: u32,
    #[serde(rename = "reset")]
    pub(super) resets: Vec<Reset>,
    #[serde(rename = "caution")]
    pub(super) cautions: Vec<Caution>,
    #[serde(rename = "outcome")]
    pub(super) outcomes: Vec<Outcome>,
}

/// A reset procedure. What is `None` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// Its name in this catalog.
    pub id: String,
    /// One sentence.
    pub summary: String,
    /// If given, the procedure holds only while the phone has a load below this one.
    pub loads_below: Option<Release>,
    /// What to do, in order; the code is keyed in at the last step.
    pub steps: Vec<String>,
    /// The sign to let go of `#`.
    pub let_go_when: Option<String>,
    /// How long `#` is usually held, from and to, in seconds.
    pub hold_seconds: Option<Fact<[u32; 2]>>,
    /// What the lamps do while `#` is held.
    pub lamps_waiting: Option<Fact<Lamps>>,
    /// The keys of the code, in order.
    pub code: Fact<String>,
    /// How long the phone waits for the code, in seconds.
    pub window_seconds: Option<Fact<u32>>,
    /// What to beware of about that time.
    pub window_note: Option<String>,
    /// Whether a key pressed twice does no harm.
    pub repeated_key_is_harmless: Option<Fact<bool>>,
    /// Whether a wrong key ends in a normal start.
    pub wrong_key_aborts: Option<Fact<bool>>,
    /// What the lamps do after the code.
    pub lamps_after: Option<Fact<Lamps>>,
    /// What the screen shows while the phone loads.
    pub screen_during: Option<Fact<String>>,
    /// How long the whole recovery takes, from and to, in minutes.
    pub duration_minutes: Option<Fact<[u32; 2]>>,
    /// Whether the phone asks to keep its network settings.
    pub asks_to_keep_settings: Option<Fact<bool>>,
    /// Codes for other ends.
    #[serde(default, rename = "other_code")]
    pub other_codes: Vec<OtherCode>,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// What lamps of a phone do at one moment of a reset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lamps {
    /// Which lamps.
    pub place: LampPlace,
    /// How they blink.
    pub blink: Blink,
    /// The same in words, the beginning of a sentence.
    pub words: String,
    /// What sources say of the colours where they differ by model; nothing where `words` say all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about_colors: Option<String>,
    /// The colours as far as they are known. See [`Lamps::color_of`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub colors: Vec<ColorOf>,
}

/// Lamps of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LampPlace {
    /// In the line buttons beside the screen.
    LineButtons,
    /// The message lamp on the handset.
    Handset,
}

/// How lamps blink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blink {
    /// One of several is lit, then the next.
    OneAfterAnother,
    /// On and off.
    Flashes,
    /// On and off, faster than before.
    FlashesFaster,
}

/// A colour of a lamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LampColor {
    /// Amber, or orange.
    Amber,
    /// Red.
    Red,
    /// Green.
    Green,
}

/// The colour of lamps, on these models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColorOf {
    /// The models; empty for all that have this reset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// The colour; the first one where it changes.
    pub color: LampColor,
}

impl Lamps {
    /// The colour on a model; `None` where nobody described it.
    pub fn color_of(&self, model: &str) -> Option<LampColor> {
        let is_of = |of: &&ColorOf| of.models.is_empty() || of.models.iter().any(|known| known == model);
        self.colors.iter().find(is_of).map(|of| of.color)
    }
}

/// All of it in words: `the line buttons light one after another; amber or orange on a 7970`.
impl std::fmt::Display for Lamps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words)?;
        self.about_colors.iter().try_for_each(|colors| write!(f, "; {colors}"))
    }
}

/// A code that does something else than the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherCode {
    /// The keys, in order.
    pub code: String,
    /// What it does, a sentence.
    pub effect: String,
    /// When to use it, a sentence.
    pub use_when: String,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// What to beware of before a phone is reset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caution {
    /// Its name in this catalog.
    pub id: String,
    /// One line.
    pub title: String,
    /// The whole of it.
    pub text: String,
    /// Whether it holds for every model; otherwise models name it.
    #[serde(default)]
    pub every_model: bool,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A reset that went wrong, and what helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The models that it was seen on, or that it can happen to; empty for any.
    #[serde(default)]
    pub models: Vec<String>,
    /// What the technician sees.
    pub seen: String,
    /// Why.
    pub cause: String,
    /// What helped.
    pub helped: String,
    /// Where this comes from.
    pub evidence: Evidence,
}
