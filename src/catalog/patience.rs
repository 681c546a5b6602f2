//! How long a phone may be silent: `assets/patience.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use crate::journal::Patience;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatienceFile {
    pub(super) schema: u32,
    pub(super) within_file: Silence,
    pub(super) between_files: Silence,
    pub(super) writing_flash: Silence,
}

/// A threshold of silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Silence {
    pub(super) seconds: u32,
    why: String,
    evidence: Evidence,
}

impl PatienceFile {
    pub(super) fn patience(&self) -> Patience {
        let millis = |silence: &Silence| u64::from(silence.seconds) * 1000;
        Patience {
            within_file: millis(&self.within_file),
            between_files: millis(&self.between_files),
            writing_flash: millis(&self.writing_flash),
        }
    }
}
