//! Why a file was not fetched.

use crate::download::DownloadError;
use crate::error::Advice;
use crate::store::incoming::IncomingError;

/// Why a file was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nothing may be contacted.
    #[error("this would contact a server, and the program is offline")]
    Offline,
    /// The server, or the way to it.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// The disk.
    #[error(transparent)]
    Incoming(#[from] IncomingError),
    /// The server cannot prove who it is.
    #[error("the server cannot prove who it is: {why}")]
    Certificate {
        /// What is wrong with its certificate.
        why: String,
    },
    /// Not a header.
    #[error("a header is written `Name: value`")]
    NotAHeader,
    /// Not a certificate.
    #[error("the file for `--ca-file` holds no certificate in PEM form")]
    NotACertificate,
    /// The system does not let it begin.
    #[error("nothing can be fetched on this system: {why}")]
    NotReady {
        /// Why.
        why: String,
    },
}

impl Advice for FetchError {
    fn code(&self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Download(error) => error.code(),
            Self::Incoming(error) => error.code(),
            Self::Certificate { .. } => "certificate-unknown",
            Self::NotAHeader => "not-a-header",
            Self::NotACertificate => "not-a-certificate",
            Self::NotReady { .. } => "fetch-not-ready",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Download(error) => return error.advice(),
            Self::Incoming(error) => return error.advice(),
            Self::Offline => "Name a file, or leave out `--offline` (and `offline = true` in kit.toml).",
            Self::Certificate { .. } => {
                "If it is the firm's own authority, name its certificate with `--ca-file FILE`; otherwise do not go on."
            }
            Self::NotAHeader => "Write it in quotes: `--header 'Authorization: Bearer …'`.",
            Self::NotACertificate => {
                "Export the authority's certificate as PEM; it begins with `-----BEGIN CERTIFICATE`."
            }
            Self::NotReady { .. } => "Download with a browser and name the file.",
        };
        vec![advice.to_owned()]
    }
}
