//! The cases, one file for each RFC and one for abuse.

pub(crate) mod abuse;
pub(crate) mod blocks;
pub(crate) mod errors;
pub(crate) mod options;
pub(crate) mod values;
pub(crate) mod window;

use crate::client::Found;
use crate::subject::Subject;

/// One rule, and how it is tried.
pub(crate) struct Case {
    /// The rule as a sentence, with its source at the front.
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Subject) -> Found,
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    [blocks::CASES, errors::CASES, options::CASES, values::CASES, window::CASES, abuse::CASES]
        .into_iter()
        .flatten()
}
