//! Why nothing is staged at all.

use std::io;
use std::path::PathBuf;

use crate::download::SumError;
use crate::error::Advice;
use crate::fetch::FetchError;
use crate::store::kit::KitFolderError;
use crate::store::sources::SourceError;

/// Why nothing is staged at all.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Begins as an address and is none.
    #[error("`{text}` is not a web address")]
    NotAnAddress {
        /// As it was given, safe to print.
        text: String,
    },
    /// An address of another kind.
    #[error("`{scheme}` addresses are not fetched, only http and https")]
    OtherScheme {
        /// What it begins with.
        scheme: String,
    },
    /// A sum is none, or it is not clear for which file it is.
    #[error(transparent)]
    Sum(#[from] SumError),
    /// A file beside the sources cannot be read.
    #[error(transparent)]
    Unreadable(#[from] SourceError),
    /// Not a file of cookies.
    #[error("`{}` is not a file of cookies", path.display())]
    NotCookies {
        /// The file.
        path: PathBuf,
    },
    /// The kit.
    #[error(transparent)]
    Kit(#[from] KitFolderError),
    /// The way to servers.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The system gives no runtime.
    #[error("nothing can be staged: {0}")]
    Runtime(#[from] io::Error),
}

impl Advice for StageError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAnAddress { .. } => "not-an-address",
            Self::OtherScheme { .. } => "other-scheme",
            Self::Sum(error) => error.code(),
            Self::Unreadable(error) => error.code(),
            Self::NotCookies { .. } => "not-cookies",
            Self::Kit(error) => error.code(),
            Self::Fetch(error) => error.code(),
            Self::Runtime(_) => "stage-not-started",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Kit(error) => return error.advice(),
            Self::Fetch(error) => return error.advice(),
            Self::Sum(error) => return error.advice(),
            Self::Unreadable(error) => return error.advice(),
            Self::OtherScheme { .. } => "Fetch it by other means, and name the file.",
            Self::NotAnAddress { .. } => "Copy the whole address; put it into quotes.",
            Self::NotCookies { .. } => {
                "Export the browser's cookies as `cookies.txt`: lines of seven fields with tabs between."
            }
            Self::Runtime(_) => "Close other programs and start again.",
        };
        vec![advice.to_owned()]
    }
}
