//! Programs that are known to hold the ports that this one needs: `assets/holders.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::Evidence;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldersFile {
    pub(super) schema: u32,
    #[serde(rename = "holder")]
    pub(super) holders: Vec<KnownHolder>,
}

/// A program that is known to hold a port, and how to stop it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownHolder {
    /// Its name in this catalog.
    pub id: String,
    /// Names of its file in lower case, without `.exe`.
    pub programs: Vec<String>,
    /// What it is, for a sentence.
    pub what: String,
    /// How to stop it on Linux; `PROCESS` stands for its number.
    #[serde(default)]
    pub linux: Vec<String>,
    /// How to stop it on Windows.
    #[serde(default)]
    pub windows: Vec<String>,
    /// How to stop it on macOS.
    #[serde(default)]
    pub macos: Vec<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

impl KnownHolder {
    /// Whether a program of that file name is this one.
    pub(super) fn is(&self, program: &str) -> bool {
        let program = program.to_lowercase();
        let program = program.strip_suffix(".exe").unwrap_or(&program);
        self.programs.iter().any(|known| known == program)
    }
}
