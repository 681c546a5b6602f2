//! Archives that were seen in public, with the digests that were published: `assets/archives.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::pattern;
use crate::firmware::{Protocol, Release};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArchivesFile {
    pub(super) schema: u32,
    #[serde(rename = "archive")]
    pub(super) archives: Vec<KnownArchive>,
}

/// An archive that was seen in public. What is `None` is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownArchive {
    /// Its name.
    pub name: Option<String>,
    /// Its name with `*` for a part that the source leaves open; given where `name` is not.
    pub name_pattern: Option<String>,
    /// Number of the family.
    pub family: String,
    /// Protocol of the load inside.
    pub protocol: Protocol,
    /// Release of the load inside.
    pub release: Release,
    /// Size.
    pub octets: Option<u64>,
    /// SHA-1 in lower-case hexadecimal.
    pub sha1: Option<String>,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// MD5 in lower-case hexadecimal.
    pub md5: Option<String>,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

impl KnownArchive {
    /// The name, or its pattern, for a reader.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().or(self.name_pattern.as_deref()).unwrap_or_default()
    }

    /// Whether a file of that name may be this archive, without regard to case.
    pub fn is_named(&self, file: &str) -> bool {
        pattern::fits(self.shown_name(), file)
    }
}
