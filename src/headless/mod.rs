//! The commands: the same work as lines of text or as JSON, one file for each.

pub mod inspect;
