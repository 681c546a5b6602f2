//! One check: how it stands, why, and what to do.

use serde::Serialize;

/// How a check stands, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing stands in the way.
    Ok,
    /// It cannot be told, mostly for want of rights.
    Unknown,
    /// It may work, and there is something to know.
    Warn,
    /// Phones will not be served like this.
    Bad,
}

/// One check of this laptop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is checked: `interface`, `firewall`. Stable, one of each in an answer.
    pub name: &'static str,
    /// How it stands.
    pub state: State,
    /// Why, in one sentence without a full stop.
    pub reason: String,
    /// What to do now, likeliest help first; empty when there is nothing to do.
    pub next: Vec<String>,
    /// Stable, kebab-case: names the section of `docs/TROUBLESHOOTING.md`.
    pub code: &'static str,
}

impl Check {
    pub(super) fn ok(name: &'static str, code: &'static str, reason: impl Into<String>) -> Self {
        Self { name, state: State::Ok, reason: reason.into(), next: Vec::new(), code }
    }

    pub(super) fn new(
        name: &'static str,
        state: State,
        code: &'static str,
        reason: impl Into<String>,
        next: Vec<String>,
    ) -> Self {
        Self { name, state, reason: reason.into(), next, code }
    }
}

/// The order of a screen: what needs a hand first, otherwise as checked.
pub fn worst_first(checks: &[Check]) -> Vec<&Check> {
    let mut sorted: Vec<&Check> = checks.iter().collect();
    sorted.sort_by_key(|check| std::cmp::Reverse(check.state));
    sorted
}

/// The operating system whose words the next step has to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// macOS, and its relatives.
    MacOs,
}
