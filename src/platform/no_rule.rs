//! The firewalls that loadlift adds no rule to: all but that of Windows.

use super::firewall::RuleError;
use crate::preflight::firewall::OwnRule;

pub(in crate::platform) fn open(_: &str) -> Result<(), RuleError> {
    Err(RuleError::NotHere)
}

#[expect(clippy::unnecessary_wraps, reason = "the Windows form can fail")]
pub(in crate::platform) fn own_rule() -> Result<Option<OwnRule>, RuleError> {
    Ok(None)
}

#[expect(clippy::unnecessary_wraps, reason = "the Windows form can fail")]
pub(in crate::platform) fn close() -> Result<bool, RuleError> {
    Ok(false)
}
