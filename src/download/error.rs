//! Why a download cannot come to its end.

use crate::error::Advice;

/// Why a download cannot come to its end. Addresses are safe to print and without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// The server wants to know who asks.
    #[error("the server wants a log-in (it answers {status})")]
    NeedsLogin {
        /// Its answer.
        status: u16,
    },
    /// There is nothing at that address.
    #[error("there is nothing at that address (the server answers {status})")]
    NotThere {
        /// Its answer.
        status: u16,
    },
    /// The server answers something else.
    #[error("the server answers {status}")]
    Status {
        /// Its answer.
        status: u16,
    },
    /// It is larger than was allowed.
    #[error("the file is larger than the {most} octets that are allowed")]
    TooLarge {
        /// What is allowed.
        most: u64,
    },
    /// The answer contradicts itself.
    #[error("the server breaks the rules: {what}")]
    Protocol {
        /// How.
        what: String,
    },
    /// The body is packed for the way, though that was not asked for.
    #[error("the server packs the file for the way, so that its octets cannot be checked")]
    Encoded,
    /// It leads round in a circle, or on and on.
    #[error("the server leads round in a circle, at last to {to}")]
    RedirectLoop {
        /// The last address.
        to: String,
    },
    /// It leads from a protected address to one that is not.
    #[error("the server leads from https to an unprotected address, {to}")]
    Unprotected {
        /// That address.
        to: String,
    },
    /// It leads to something that is no web address.
    #[error("the server leads to {to}, which is no web address")]
    LeadsAway {
        /// That address.
        to: String,
    },
    /// It was tried often enough.
    #[error("given up after several tries: {why}")]
    GivenUp {
        /// What went wrong at the last.
        why: String,
    },
}

impl Advice for DownloadError {
    fn code(&self) -> &'static str {
        match self {
            Self::NeedsLogin { .. } => "download-needs-login",
            Self::NotThere { .. } => "download-not-there",
            Self::Status { .. } => "download-refused",
            Self::TooLarge { .. } => "download-too-large",
            Self::Protocol { .. } | Self::Encoded => "download-protocol",
            Self::RedirectLoop { .. } => "download-redirect-loop",
            Self::Unprotected { .. } | Self::LeadsAway { .. } => "download-leads-away",
            Self::GivenUp { .. } => "download-given-up",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice: &[&str] = match self {
            Self::NeedsLogin { .. } => &[
                "Log in with a browser, and hand its session over with `--cookie-file FILE` or `--header 'Cookie: …'`.",
                "Or download with the browser and name the file.",
            ],
            Self::NotThere { .. } => &["Check the address; a link from a portal may have run out."],
            Self::Status { .. } | Self::Protocol { .. } | Self::Encoded => {
                &["Download with a browser and name the file."]
            }
            Self::TooLarge { .. } => &["Check the address; if it is right, allow more with `--max-size`."],
            Self::RedirectLoop { .. } => &["The portal may want a session: see `--cookie-file`."],
            Self::Unprotected { .. } | Self::LeadsAway { .. } => {
                &["If you trust that address, name it instead, with the sum of the file."]
            }
            Self::GivenUp { .. } => {
                &["Check the network; then run the same command again: it goes on where it stopped."]
            }
        };
        advice.iter().map(|&line| line.to_owned()).collect()
    }
}
