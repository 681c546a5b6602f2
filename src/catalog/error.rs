//! What can be wrong with a catalog that somebody edited.

use crate::error::Advice;

/// Why the files do not make a catalog. Each case names the file below `assets/`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// No TOML, a key that is unknown or absent, a value that does not fit.
    #[error("{file}{}: {message}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Unreadable {
        /// The file.
        file: String,
        /// Line, from 1.
        line: Option<usize>,
        /// What the reader said.
        message: String,
    },
    /// A file of a schema that this program does not know.
    #[error("{file} has schema {schema}, which this program does not read")]
    Schema {
        /// The file.
        file: String,
        /// The schema that it states.
        schema: u32,
    },
    /// A file that a catalog needs is not there.
    #[error("{file} is missing")]
    MissingFile {
        /// The file.
        file: String,
    },
    /// A file that no catalog has.
    #[error("{file} is no file of a catalog")]
    UnknownFile {
        /// The file.
        file: String,
    },
    /// Two entries of one name.
    #[error("{file} has {what} `{name}` twice")]
    Twice {
        /// The file.
        file: String,
        /// What kind of entry.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An entry names another one that does not exist.
    #[error("{file} names {what} `{name}`, which does not exist")]
    Unresolved {
        /// The file.
        file: String,
        /// What kind of entry.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An entry that contradicts itself or another one.
    #[error("{file}, `{name}`: {why}")]
    Contradiction {
        /// The file.
        file: String,
        /// The entry.
        name: String,
        /// What does not fit.
        why: String,
    },
}

impl Advice for CatalogError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "catalog-unreadable",
            Self::Schema { .. } => "catalog-schema",
            Self::MissingFile { .. } => "catalog-file-missing",
            Self::UnknownFile { .. } => "catalog-file-unknown",
            Self::Twice { .. } => "catalog-entry-twice",
            Self::Unresolved { .. } => "catalog-entry-unresolved",
            Self::Contradiction { .. } => "catalog-contradiction",
        }
    }

    fn advice(&self) -> Vec<String> {
        let line = match self {
            Self::Unreadable { file, .. } | Self::Twice { file, .. } | Self::Contradiction { file, .. } => {
                format!("Correct `{file}`, or leave it out to use the catalog inside the program.")
            }
            Self::Schema { .. } => "Use the program's release that the catalog was written for.".into(),
            Self::MissingFile { file } => format!("Copy `{file}` from the program's own assets."),
            Self::UnknownFile { file } => format!("Take `{file}` away, or correct its name."),
            Self::Unresolved { what, name, .. } => format!("Add {what} `{name}`, or correct the name."),
        };
        vec![line]
    }
}
