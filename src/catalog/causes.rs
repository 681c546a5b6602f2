//! What the phone shows, and why it may say Auth Fail: `assets/causes.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CausesFile {
    pub(super) schema: u32,
    pub(super) shown: Vec<Shown>,
    #[serde(rename = "cause")]
    pub(super) causes: Vec<Cause>,
}

/// Words on the phone's display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// The words.
    pub text: String,
    /// What they mean.
    pub means: String,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// Why a phone does not take its load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Its name in this catalog.
    pub id: String,
    /// Whether this is the change of the key itself, which the intermediate load is for.
    #[serde(default)]
    pub key_change: bool,
    /// One line.
    pub title: String,
    /// What it looks like on the wire.
    pub wire: String,
    /// What the phone shows.
    pub phone: String,
    /// How to find out, or what to do.
    pub test: String,
    /// Where this comes from.
    pub evidence: Evidence,
}
