//! A firewall in memory, for tests of what is done with a real one.

use std::sync::{Mutex, PoisonError};

use super::Rules;
use crate::platform::firewall::RuleError;
use crate::preflight::firewall::OwnRule;

/// A firewall that keeps its rule in memory.
#[derive(Default)]
pub(super) struct InMemory {
    pub(super) own: Mutex<Option<OwnRule>>,
    /// Called before a rule is added.
    pub(super) on_add: Option<Box<dyn Fn() + Send + Sync>>,
    /// Only the administrator may change it, and nobody is.
    pub(super) is_locked: bool,
    /// The system has no such thing.
    pub(super) is_none: bool,
}

impl InMemory {
    pub(super) fn holding(owner: Option<u32>, running: Option<&str>) -> Self {
        let running = running.map(str::to_owned);
        let own = OwnRule { program: "loadlift.exe".into(), owner, is_ours: false, running };
        Self { own: Mutex::new(Some(own)), ..Self::default() }
    }

    pub(super) fn has_rule(&self) -> bool {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

impl Rules for InMemory {
    fn offers(&self) -> bool {
        !self.is_none
    }

    fn own(&self) -> Result<Option<OwnRule>, RuleError> {
        Ok(self.own.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn add(&self, program: &str) -> Result<(), RuleError> {
        if let Some(on_add) = &self.on_add {
            on_add();
        }
        if self.is_locked {
            return Err(RuleError::NoRights);
        }
        let own = OwnRule { program: program.into(), owner: Some(4711), is_ours: true, running: None };
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
        Ok(())
    }

    fn remove(&self) -> Result<bool, RuleError> {
        if self.is_locked {
            return Err(RuleError::NoRights);
        }
        Ok(self.own.lock().unwrap_or_else(PoisonError::into_inner).take().is_some())
    }
}
