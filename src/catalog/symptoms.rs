//! What the silence of phones means: `assets/symptoms.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SymptomsFile {
    pub(super) schema: u32,
    #[serde(rename = "symptom")]
    pub(super) symptoms: Vec<KnownSymptom>,
}

/// A symptom of something between the phones and this laptop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownSymptom {
    /// Its name in this catalog, and the code under which it is told.
    pub id: String,
    /// What is to be seen.
    pub sees: Sees,
    /// From how many such transfers of one phone on it is told.
    #[serde(default)]
    pub count: u32,
    /// After how many minutes it is told.
    #[serde(default)]
    pub minutes: u32,
    /// One line, to follow nothing.
    pub title: String,
    /// What to do, in the order of likelihood.
    pub next: Vec<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// What is to be seen of a symptom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sees {
    /// Nobody asked for anything.
    NoRequest,
    /// Somebody asked, and never acknowledged a block.
    NoAcknowledgement,
}
