//! The fronts without a screen: plain text and JSON, one file per command.

pub mod keys;
pub mod page;
pub mod path;
