//! What the firewall of this laptop says of itself; and, on Windows, a rule for this program for as long as it serves.

use super::system;
use crate::error::Advice;
use crate::preflight::firewall::{Firewall, OwnRule};

/// What can be read without changing anything. `interface` is the system's name of the one that phones are reached by;
/// `program` is the path of this program's file. May take some seconds where a tool does not answer.
pub fn read(interface: &str, program: &str) -> Firewall {
    system::firewall::read(interface, program)
}

/// Why the rule was not added or taken away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Only the administrator may.
    #[error("the firewall's rules can be changed by an administrator only")]
    NoRights,
    /// This system's firewall is opened by the command that `loadlift check` shows.
    #[error("loadlift adds no rule to the firewall of this system")]
    NotHere,
    /// Another run of this program has its rule there, and would take it away under us.
    #[error("another loadlift (process {0}) has its rule in the firewall, and takes it away at its end")]
    Held(u32),
    /// Anything else that the system says.
    #[error("the firewall did not take the change: {0}")]
    Failed(String),
}

impl Advice for RuleError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoRights => "firewall-rule-no-rights",
            Self::NotHere => "firewall-rule-not-here",
            Self::Held(_) => "firewall-rule-held",
            Self::Failed(_) => "firewall-rule-failed",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::NoRights => vec![
                "Start loadlift as administrator: right-click it, `Run as administrator`.".into(),
                "Or have the rule added by hand: `loadlift check` shows the command.".into(),
            ],
            Self::NotHere => vec!["`loadlift check` shows the exact command for this system.".into()],
            Self::Held(_) => vec!["End that one first, or serve from there.".into()],
            Self::Failed(_) => vec!["Add the rule by hand: `loadlift check` shows the command.".into()],
        }
    }
}

/// Whether a rule can be offered on this system at all.
pub const OFFERS_RULE: bool = cfg!(windows);

/// Let UDP from the own subnet in to this program: under the name [`RULE`](crate::preflight::firewall::RULE). Only
/// when the technician says so.
pub fn open(program: &str) -> Result<(), RuleError> {
    system::firewall::open(program)
}

/// The rule that stands in the firewall under that name; nobody needs rights to see it.
pub fn own_rule() -> Result<Option<OwnRule>, RuleError> {
    system::firewall::own_rule()
}

/// Take the rule away again; also one that an earlier, killed run left behind. Says whether there was one.
pub fn close() -> Result<bool, RuleError> {
    system::firewall::close()
}
