//! The report of a session: a reducer of its records, and the same as Markdown and as JSON.
//!
//! Pure, and made of records alone: an interrupted log gives the same report up to there.

use serde::Serialize;

/// What was done in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Report {
    /// Title.
    pub title: String,
}

impl Report {
    /// The report as Markdown, for a ticket.
    pub fn markdown(&self) -> String {
        format!("# {}\n", self.title)
    }
}
