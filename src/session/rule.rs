//! The rule for this program in the firewall, for as long as it serves: on record before it is added, taken away at the
//! end, and taken away by the next run where this one is killed.

use std::path::Path;
use std::sync::Arc;

use crate::error::Advice;
use crate::firmware::problem::Problem;
use crate::journal::{Event, Record};
use crate::platform::{self, firewall::RuleError};
use crate::preflight::firewall::{OwnRule, RULE, delete_command};
use crate::store::sessions;
use crate::timestamp::Timestamp;

/// The firewall, as far as that rule goes.
pub(super) trait Rules: Send + Sync {
    /// Whether a rule can be added on this system at all.
    fn offers(&self) -> bool;
    /// The rule that stands there under our name.
    fn own(&self) -> Result<Option<OwnRule>, RuleError>;
    /// Add it for this program.
    fn add(&self, program: &str) -> Result<(), RuleError>;
    /// Take it away. Says whether there was one.
    fn remove(&self) -> Result<bool, RuleError>;
}

/// The firewall of this machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfSystem;

impl Rules for OfSystem {
    fn offers(&self) -> bool {
        platform::firewall::OFFERS_RULE
    }

    fn own(&self) -> Result<Option<OwnRule>, RuleError> {
        platform::firewall::own_rule()
    }

    fn add(&self, program: &str) -> Result<(), RuleError> {
        platform::firewall::open(program)
    }

    fn remove(&self) -> Result<bool, RuleError> {
        platform::firewall::close()
    }
}

/// The rule of one run. Dropping it takes the rule away, whatever became of the record.
pub(super) struct RuleHeld {
    rules: Arc<dyn Rules>,
    program: String,
    is_open: bool,
}

impl Default for RuleHeld {
    fn default() -> Self {
        Self::of(Arc::new(OfSystem))
    }
}

impl RuleHeld {
    fn of(rules: Arc<dyn Rules>) -> Self {
        Self { rules, program: platform::own_path(), is_open: false }
    }

    /// Why a rule cannot even be tried for; to be asked before anything is put on record.
    pub(super) fn refusal(&self) -> Option<Problem> {
        if self.rules.offers() { None } else { Some(Problem::of(&RuleError::NotHere)) }
    }

    /// Let phones in, because the technician said so. `note` puts an event on record and returns once it is on the disk:
    /// the first one comes before the firewall is touched.
    pub(super) fn open(&mut self, note: &mut dyn FnMut(Event)) -> Result<(), Problem> {
        if self.is_open {
            return Ok(());
        }
        if let Some(problem) = self.refusal() {
            return Err(problem);
        }
        // Only for what is known of others: a firewall that cannot be read is one that will say so when it is changed.
        if let Ok(Some(own)) = self.rules.own()
            && !own.is_left_over(false)
        {
            return Err(Problem::of(&RuleError::Held(own.owner.unwrap_or_default())));
        }
        let (rule, program) = (RULE.to_owned(), self.program.clone());
        note(Event::FirewallOpening { rule: rule.clone(), program: program.clone() });
        match self.rules.add(&program) {
            Ok(()) => {
                self.is_open = true;
                note(Event::FirewallOpened { rule, program });
                Ok(())
            }
            Err(error) => {
                note(Event::FirewallNotOpened { rule, why: error.to_string() });
                Err(Problem::of(&error))
            }
        }
    }

    /// What a log that begins while the rule is there has to know of it.
    pub(super) fn record(&self) -> Option<Event> {
        self.is_open.then(|| Event::FirewallOpened { rule: RULE.to_owned(), program: self.program.clone() })
    }

    /// Take it away again. What the record has to know of it; `None` if there was none.
    pub(super) fn close(&mut self) -> Option<Event> {
        if !std::mem::take(&mut self.is_open) {
            return None;
        }
        Some(match self.rules.remove() {
            Ok(_) => Event::FirewallClosed { rule: RULE.to_owned() },
            Err(error) => Event::Trouble { message: stays(&error) },
        })
    }
}

impl Drop for RuleHeld {
    /// However it ends, the firewall is left as it was found.
    fn drop(&mut self) {
        if let Some(Event::Trouble { message }) = self.close() {
            tracing::warn!(%message, "the firewall");
        }
    }
}

fn stays(error: &RuleError) -> String {
    format!(
        "the rule `{RULE}` stays in the firewall: {error}; take it away by hand, as administrator: `{}`",
        delete_command(RULE)
    )
}

/// Take away what an earlier, killed run left in the firewall, and put that on the record of that run too (in `folder`,
/// where its log is). What this run's record has to know of it; `None` if there was nothing. May take a second.
pub(super) fn take_left_over(folder: Option<&Path>, at: Timestamp) -> Option<Event> {
    left_over_in(&OfSystem, folder, at)
}

fn left_over_in(rules: &dyn Rules, folder: Option<&Path>, at: Timestamp) -> Option<Event> {
    if !rules.offers() {
        return None;
    }
    // `check` says in words that the firewall cannot be read; here there is nothing to be taken away by.
    let own =
        rules.own().inspect_err(|error| tracing::info!(%error, "the firewall cannot be read")).ok()??;
    if !own.is_left_over(false) {
        return None;
    }
    let stays = rules.remove().err().map(|error| error.to_string());
    let rule = RULE.to_owned();
    if stays.is_none()
        && let Some(log) = folder.and_then(sessions::with_a_rule_left)
    {
        let closed = Record { at, event: Event::FirewallClosed { rule: rule.clone() } };
        if let Err(error) = sessions::append_to(&log, &closed) {
            tracing::info!(%error, "the log of the run that left the rule");
        }
    }
    Some(Event::FirewallLeftOver { rule, program: own.program, stays })
}

/// The same as a word for the technician.
pub(super) fn left_over_problem(event: &Event) -> Option<Problem> {
    let Event::FirewallLeftOver { rule, stays, .. } = event else { return None };
    Some(match stays {
        None => Problem {
            code: "firewall-rule-left",
            message: "an earlier loadlift left its rule in the firewall; it is taken away".into(),
            advice: vec!["Nothing is left to do.".into()],
        },
        Some(why) => Problem {
            code: "firewall-rule-stays",
            message: format!("an earlier loadlift left its rule in the firewall, and there it stays: {why}"),
            advice: std::iter::once(format!(
                "Take it away by hand, as administrator: `{}`.",
                delete_command(rule)
            ))
            .chain(RuleError::NoRights.advice().into_iter().take(1))
            .collect(),
        },
    })
}

#[cfg(test)]
mod in_memory;
#[cfg(test)]
mod tests;
