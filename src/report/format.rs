//! The formats of a report.

use std::fmt;
use std::str::FromStr;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a ticket, and for reading in a terminal.
    Markdown,
    /// One row a phone, for a spreadsheet.
    Csv,
    /// For programs.
    Json,
    /// One page for a browser or a printer.
    Html,
}

/// Not a format of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no format of a report: there are markdown, csv, json and html")]
pub struct UnknownFormat(String);

impl Format {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Markdown, Self::Csv, Self::Json, Self::Html];

    /// The ending of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Markdown => "markdown",
            other => other.extension(),
        })
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let lower = text.to_ascii_lowercase();
        let called = |format: &Self| lower == format.extension() || lower == format.to_string();
        Self::ALL.into_iter().find(called).ok_or_else(|| UnknownFormat(crate::error::printable(text, 40)))
    }
}
