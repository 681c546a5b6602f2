//! What a session log says of the service itself: what it offers, how patient it is, why it refuses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the service offers of one load: enough to say "file 3 of 8", no octets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedLoad {
    /// The load's name, `SCCP45.8-5-2S`.
    pub load: String,
    /// Family number as in the names of its files, `45`.
    pub family: String,
    /// The default load files, `term45.default.loads`.
    pub default_load_files: Vec<String>,
    /// Name of the manifest, `SCCP45.8-5-2S.loads`.
    pub manifest: String,
    /// The images in the order in which phones ask for them, with their octets.
    pub images: Vec<ServedImage>,
}

/// One image of a [`ServedLoad`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedImage {
    /// File name, `jar45sccp.8-5-2TH1-9.sbn`.
    pub name: String,
    /// Size in octets.
    pub octets: u64,
}

/// How long a phone may say nothing before it is called silent or stuck; in milliseconds.
///
/// Real phones pause while they write flash; a rehearsal runs faster than life and is less patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patience {
    /// Between two packets of one file.
    pub within_file: u64,
    /// Between one file's end and the next request.
    pub between_files: u64,
    /// From the last image to the first request after the reboot.
    pub writing_flash: u64,
}

/// Why a request was not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// No such file in the set.
    NotFound,
    /// A write request: this server only reads.
    Write,
    /// A request that breaks the protocol: no name, no mode, an unknown mode.
    Malformed,
    /// As many transfers run as the server allows.
    Busy,
}

/// The reason in words: `no such file here`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no such file here",
            Self::Write => "refused, this server only sends",
            Self::Malformed => "not a request that can be understood",
            Self::Busy => "refused, too many transfers at once",
        })
    }
}
