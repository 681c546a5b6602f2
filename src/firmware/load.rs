//! Loads: what was found in the opened files, whether it can serve, and the reason in one sentence.
//!
//! [`read`] puts files together by what their signed headers call them, never by their names alone. It judges and
//! explains; it changes no octet, and the octets it judged are the very ones that [`Choice`] hands to the server.

mod archives;
mod assemble;
mod choose;
mod draft;
mod problem;
mod recognise;
mod shelf;
mod verdict;

use bytes::Bytes;
use serde::Serialize;

pub use assemble::read;
pub use choose::{Choice, Leniency, choose};
pub use problem::LoadProblem;
pub use recognise::matters;

use super::problem::Problem;
use super::version::{Protocol, Release};
use crate::journal::{ServedImage, ServedLoad};
use crate::timestamp::Timestamp;

/// What is to be said of a load, the worst first: a damaged one is called that whatever its release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Not of this series.
    Foreign,
    /// A file of it is there but wrong.
    Damaged,
    /// A file of it is missing.
    Incomplete,
    /// Whole, and below the window.
    TooOld,
    /// Whole, and above the window.
    TooNew,
    /// Whole, but its release cannot be placed, or the files contradict it.
    Uncertain,
    /// Whole, and in the window: it can serve as the intermediate load.
    Intermediate,
}

impl Verdict {
    /// The word that JSON and badges use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Damaged => "damaged",
            Self::Incomplete => "incomplete",
            Self::TooOld => "too-old",
            Self::TooNew => "too-new",
            Self::Uncertain => "uncertain",
            Self::Intermediate => "intermediate",
        }
    }
}

/// One load, as far as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Its name, `SCCP45.8-5-2S`; where there is no manifest, the name of the file that speaks for it.
    pub name: String,
    /// Family number, `45`, where the name tells it.
    pub family: Option<String>,
    /// Protocol, where the name tells it.
    pub protocol: Option<Protocol>,
    /// Release, from the manifest's name only.
    pub release: Option<Release>,
    /// What is to be said of it.
    pub verdict: Verdict,
    /// Whether it is the intermediate load to use. Implies [`Verdict::Intermediate`].
    pub recommended: bool,
    /// Why, in a plain sentence or two.
    pub reason: String,
    /// Models that it can serve as it is: those whose default load file is there.
    pub models: Vec<String>,
    /// Its default load files that are there.
    pub default_load_files: Vec<String>,
    /// The images that its manifest names, in the order in which phones ask for them.
    pub images: Vec<LoadImage>,
    /// `#HARDWARE_COMP_1` of its manifest.
    pub hardware_comp: Option<u32>,
    /// Whether the archive that it came in is one that was published.
    pub published: Published,
    /// Everything that is wrong with it or worth knowing, the worst first.
    pub problems: Vec<Problem>,
    /// Where it was found, safe to print.
    pub source: String,
    /// Name of the manifest as the signed header has it.
    manifest: String,
    /// Files to serve: names as the signed headers have them, octets as they were verified.
    files: Vec<(String, Bytes)>,
}

/// One image of a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadImage {
    /// Its name: as the signed header has it, or as the manifest has it if the file is missing.
    pub name: String,
    /// Octets; `None` if the file is missing.
    pub octets: Option<u64>,
    /// SHA-256 in lower-case hexadecimal; `None` if the file is missing.
    pub sha256: Option<String>,
    /// The newest date inside.
    pub built: Option<Timestamp>,
    /// Whether it is there and its sizes add up.
    pub complete: bool,
}

/// What the published digests say of an archive. They speak for the copy, never for the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// Byte for byte the published archive of that name.
    Same(String),
    /// Called like a published archive, and not the same.
    Differs(String),
    /// No archive, or none that anything is known of.
    Unknown,
}

impl Load {
    /// Whether every file is there and right, whatever its release.
    pub fn is_whole(&self) -> bool {
        matches!(self.verdict, Verdict::TooOld | Verdict::TooNew | Verdict::Uncertain | Verdict::Intermediate)
    }

    /// Its files: names as the signed headers have them, octets as they were verified.
    pub fn files(&self) -> &[(String, Bytes)] {
        &self.files
    }

    /// What the session log says of it.
    pub fn served(&self) -> ServedLoad {
        ServedLoad {
            load: self.name.clone(),
            family: self.family.clone().unwrap_or_default(),
            default_load_files: self.default_load_files.clone(),
            manifest: self.manifest.clone(),
            images: self
                .images
                .iter()
                .map(|image| ServedImage { name: image.name.clone(), octets: image.octets.unwrap_or(0) })
                .collect(),
        }
    }
}

/// Everything that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The loads, in the order in which they were found.
    pub loads: Vec<Load>,
    /// What belongs to no load, or to several.
    pub problems: Vec<Problem>,
}

impl Reading {
    /// Whether there is a load, and every load that was found can serve as the intermediate load.
    pub fn all_can_serve(&self) -> bool {
        !self.loads.is_empty() && self.loads.iter().all(|load| load.verdict == Verdict::Intermediate)
    }
}

#[cfg(test)]
mod tests;
