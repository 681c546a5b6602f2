//! `kit.toml` as values: every file of the kit with what is known of it.

use serde::{Deserialize, Serialize};

use super::names::is_safe_path;
use super::system::System;
use crate::error::{Advice, printable};
use crate::timestamp::Timestamp;

/// The version of the description that is written, and the newest that is read.
pub const SCHEMA: u32 = 1;
/// Files of a kit at most.
const MOST_FILES: usize = 2000;

/// What a kit holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kit {
    /// Version of the description.
    pub schema: u32,
    /// Whether a program that runs from this kit contacts nothing but phones and DHCP.
    #[serde(default)]
    pub offline: bool,
    /// Its programs.
    #[serde(default, rename = "program", skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<KitProgram>,
    /// Its files with loads.
    #[serde(default, rename = "file", skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<KitFile>,
}

/// A program in a kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitProgram {
    /// Path inside the kit, with `/` between its parts.
    pub path: String,
    /// The system that it runs on.
    pub system: System,
    /// Size.
    pub octets: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// A file with loads, or with a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitFile {
    /// Path inside the kit, with `/` between its parts.
    pub path: String,
    /// Size.
    pub octets: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Where it came from: an address without secrets, or a path.
    pub source: String,
    /// When it was put into the kit.
    pub date: Timestamp,
    /// The name of the published archive that it is, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// The loads in it, or the load that it is a part of.
    #[serde(default, rename = "load", skip_serializing_if = "Vec::is_empty")]
    pub loads: Vec<KitLoad>,
}

/// A load in a kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitLoad {
    /// Its name, `SCCP45.8-5-2S`.
    pub load: String,
    /// Its release, `8.5(2)`, if its name tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Its family, `45`, if its name tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The word for its verdict, `intermediate`.
    pub verdict: String,
    /// Models that it can serve.
    #[serde(default)]
    pub models: Vec<String>,
}

/// Why a `kit.toml` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// It cannot be read.
    #[error("kit.toml cannot be understood: {message}")]
    Unreadable {
        /// Why, in one line.
        message: String,
    },
    /// A newer program wrote it.
    #[error("kit.toml has version {schema}, and this program knows up to {SCHEMA}")]
    Newer {
        /// Its version.
        schema: u32,
    },
    /// It names a file outside the kit.
    #[error("kit.toml names `{path}`, which is not inside the kit")]
    LeadsOut {
        /// As it stands there, safe to print.
        path: String,
    },
    /// It names more files than any kit has.
    #[error("kit.toml names more files than any kit has")]
    TooMany,
}

impl Advice for KitError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "kit-unreadable",
            Self::Newer { .. } => "kit-newer",
            Self::LeadsOut { .. } => "kit-leads-out",
            Self::TooMany => "kit-too-many-files",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Newer { .. } => "Use the program that lies in the kit.",
            _ => "Stage the kit anew into an empty folder, from the loads in its `loads` folder.",
        };
        vec![advice.to_owned()]
    }
}

impl Default for Kit {
    fn default() -> Self {
        Self { schema: SCHEMA, offline: false, programs: Vec::new(), files: Vec::new() }
    }
}

impl Kit {
    /// Read a `kit.toml`.
    pub fn parse(text: &str) -> Result<Self, KitError> {
        let kit: Self = toml::from_str(text).map_err(|error| KitError::Unreadable {
            message: printable(error.message().lines().next().unwrap_or_default(), 160),
        })?;
        if kit.schema > SCHEMA {
            return Err(KitError::Newer { schema: kit.schema });
        }
        if kit.files.len() + kit.programs.len() > MOST_FILES {
            return Err(KitError::TooMany);
        }
        if let Some(path) = kit.paths().find(|path| !is_safe_path(path)) {
            return Err(KitError::LeadsOut { path: printable(path, 120) });
        }
        Ok(kit)
    }

    /// Write a `kit.toml`.
    pub fn to_text(&self) -> String {
        let body = toml::to_string(self).expect("strings, numbers and lists of them always become TOML");
        format!(
            "# What this kit holds; loadlift keeps it up to date. `loadlift kit verify` checks it.\n\n{body}"
        )
    }

    /// Paths of all files that it describes.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let programs = self.programs.iter().map(|program| program.path.as_str());
        programs.chain(self.files.iter().map(|file| file.path.as_str()))
    }

    /// The file with that SHA-256.
    pub fn file_with(&self, sha256: &str) -> Option<&KitFile> {
        self.files.iter().find(|file| file.sha256 == sha256)
    }

    /// Put a file in; one of the same path is replaced.
    pub fn put_file(&mut self, file: KitFile) {
        self.files.retain(|other| other.path != file.path);
        self.files.push(file);
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
    }

    /// A kit with a program for each of these systems.
    #[cfg(test)]
    pub(super) fn with_programs(systems: &[System]) -> Self {
        let mut kit = Self::default();
        for &system in systems {
            let path = system.file_name().to_owned();
            kit.put_program(KitProgram { path, system, octets: 1, sha256: String::new() });
        }
        kit
    }

    /// Put a program in; one of the same path is replaced.
    pub fn put_program(&mut self, program: KitProgram) {
        self.programs.retain(|other| other.path != program.path);
        self.programs.push(program);
        self.programs.sort_by(|one, other| one.path.cmp(&other.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kit() -> Kit {
        let mut kit = Kit { offline: true, ..Kit::default() };
        kit.put_program(KitProgram {
            path: "loadlift.exe".into(),
            system: System::WindowsX86,
            octets: 9,
            sha256: "ab".repeat(32),
        });
        kit.put_file(KitFile {
            path: "loads/x \"y\".zip".into(),
            octets: 5,
            sha256: "cd".repeat(32),
            source: "https://mirror.example/x.zip".into(),
            date: Timestamp::from_unix_millis(1_795_437_901_000),
            published: None,
            loads: vec![KitLoad {
                load: "SCCP45.8-5-2S".into(),
                release: Some("8.5(2)".into()),
                family: Some("45".into()),
                verdict: "intermediate".into(),
                models: vec!["7945G".into()],
            }],
        });
        kit
    }

    #[test]
    fn a_description_reads_back_as_it_was_written() {
        assert_eq!(Kit::parse(&kit().to_text()), Ok(kit()));
        assert_eq!(Kit::parse(&Kit::default().to_text()), Ok(Kit::default()));
    }

    #[test]
    fn what_cannot_be_trusted_is_told() {
        let code = |text: &str| Kit::parse(text).unwrap_err().code();
        assert_eq!(code("schema = 99"), "kit-newer");
        assert_eq!(code("hello"), "kit-unreadable");
        assert_eq!(code(&kit().to_text().replace("loads/x", "../x")), "kit-leads-out");
    }

    #[test]
    fn the_same_path_is_there_once() {
        let mut kit = kit();
        kit.put_file(KitFile { octets: 6, ..kit.files[0].clone() });
        assert_eq!(kit.files.iter().map(|file| file.octets).collect::<Vec<_>>(), [6]);
    }
}
