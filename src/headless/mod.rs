//! The same session without a screen: one file a command, as lines for people or JSON for programs.

mod bench;
pub mod check;
pub mod front;
pub mod inspect;
pub mod keys;
pub mod kit;
pub mod option150;
pub mod outcome;
pub mod page;
pub mod path;
pub mod phone;
mod preamble;
pub mod rehearse;
pub mod report;
pub mod serve;
pub mod stage;
