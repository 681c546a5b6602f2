//! Why something that the user named cannot be opened.

use std::io;
use std::path::Path;

use super::read::shown;
use crate::error::{Advice, printable};

/// Why a PATH cannot be opened: the user has to name another one, or change a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is nothing of that name.
    #[error("there is no file or folder `{path}`")]
    NotFound {
        /// As it was given, safe to print.
        path: String,
    },
    /// It may not be read.
    #[error("no permission to read `{path}`")]
    NoPermission {
        /// As it was given, safe to print.
        path: String,
    },
    /// A device, a pipe, a socket.
    #[error("`{path}` is neither a file nor a folder")]
    NotAFile {
        /// As it was given, safe to print.
        path: String,
    },
    /// More than this program takes into memory.
    #[error("`{path}` is too large to hold firmware of this series")]
    TooLarge {
        /// As it was given, safe to print.
        path: String,
    },
    /// The operating system says something else.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// As it was given, safe to print.
        path: String,
        /// The system's words.
        why: String,
    },
}

impl SourceError {
    pub(super) fn from_io(path: &Path, error: &io::Error) -> Self {
        let path = shown(path);
        match error.kind() {
            // A name that cannot exist on this system does not exist.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => {
                Self::NotFound { path }
            }
            io::ErrorKind::PermissionDenied => Self::NoPermission { path },
            _ => Self::Unreadable { path, why: printable(&error.to_string(), 120) },
        }
    }
}

impl Advice for SourceError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "path-not-found",
            Self::NoPermission { .. } => "path-no-permission",
            Self::NotAFile { .. } => "path-not-a-file",
            Self::TooLarge { .. } => "path-too-large",
            Self::Unreadable { .. } => "path-unreadable",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NotFound { .. } => "Check the spelling; put a path with blanks in it into quotes.",
            Self::NoPermission { .. } => "Copy the file to a folder of your own and name that one.",
            Self::NotAFile { .. } => "Name a firmware archive, or a folder with the files of a load.",
            Self::TooLarge { .. } => {
                "Name the firmware archive itself, or a folder with nothing but firmware."
            }
            Self::Unreadable { .. } => "Copy the file to this computer's own disk and name that copy.",
        };
        vec![advice.to_owned()]
    }
}
