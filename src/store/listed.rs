//! A list of phones from a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Advice;
use crate::fleet::{ListError, Listed, parse_list};

/// A list that is longer is not one, in octets.
const LONGEST: u64 = 1 << 20;

/// Why a list of phones cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListedError {
    /// The file cannot be read.
    #[error("the list of phones `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// It is no list.
    #[error(transparent)]
    List(#[from] ListError),
}

impl Advice for ListedError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "phones-unreadable",
            Self::List(error) => error.code(),
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Unreadable { .. } => vec!["Check the path behind `--phones`.".into()],
            Self::List(error) => error.advice(),
        }
    }
}

/// Read a list.
pub fn read(path: &Path) -> Result<Vec<Listed>, ListedError> {
    let unreadable = |source| ListedError::Unreadable { path: path.to_owned(), source };
    if fs::metadata(path).map_err(unreadable)?.len() > LONGEST {
        return Err(ListError::TooLong.into());
    }
    let octets = fs::read(path).map_err(unreadable)?;
    Ok(parse_list(&String::from_utf8_lossy(&octets))?)
}
