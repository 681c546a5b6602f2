//! What is not of this series but gets brought along: `assets/foreign.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::pattern;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForeignFile {
    pub(super) schema: u32,
    pub(super) foreign: Vec<Foreign>,
}

/// Phones and files of no use here: what they are, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// Its name in this catalog.
    pub id: String,
    /// What a file of this kind is, to follow "this is".
    pub what: String,
    /// Why it is of no use here, a sentence.
    pub why: String,
    /// The models.
    #[serde(default)]
    pub models: Vec<ForeignModel>,
    /// Patterns of file names; `*` stands for any characters.
    #[serde(default)]
    pub files: Vec<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

impl Foreign {
    /// Whether a file of that name (no folders before it) is of this kind.
    pub fn has_file(&self, name: &str) -> bool {
        self.files.iter().any(|pattern| pattern::fits(pattern, name))
    }
}

/// A model outside the series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignModel {
    /// `7940G`.
    pub model: String,
    /// Its number in CUCM.
    pub device_number: Option<u32>,
    /// Its DHCP option 60.
    pub vendor_class: Option<String>,
    /// What else is to say.
    pub note: Option<String>,
}
