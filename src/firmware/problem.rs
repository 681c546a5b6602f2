//! One thing that is wrong with a load or a source, or worth knowing: as data, for every front to render.

use serde::Serialize;

use crate::error::Advice;

/// A code that never changes, what happened, and what to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable, kebab-case; a section of `docs/TROUBLESHOOTING.md` has its name.
    pub code: &'static str,
    /// What happened, in one lower-case line without a full stop, safe to print.
    pub message: String,
    /// What to do now, likeliest fix first.
    #[serde(skip)]
    pub advice: Vec<String>,
}

impl Problem {
    /// The problem that an error is.
    pub fn of(error: &impl Advice) -> Self {
        Self { code: error.code(), message: error.to_string(), advice: error.advice() }
    }
}
