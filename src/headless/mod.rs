//! The same session without a screen: one file a command, as lines for people or JSON for programs.

pub mod front;
pub mod outcome;
mod preamble;
pub mod serve;
