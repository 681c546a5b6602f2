//! DHCP as a phone sees it: messages, the question for option 150, and what the answers mean; and, for an isolated
//! bench alone, a guarded server ([`mod@bench`]).
//!
//! Pure: no socket, no clock. Takes no lease: there is no way to make a REQUEST here.

pub mod answer;
pub mod bench;
pub mod leases;
pub mod of_windows;
pub mod options;
pub mod packet;
pub mod probe;
pub mod questions;
pub mod subnet;
pub mod verdict;
mod words;

pub use answer::{Answer, Asking, Method};
pub use options::RawOption;
pub use packet::{DecodeError, Message, MessageType};
pub use probe::{Input, Probe, Transmit};
pub use questions::{Port, Ports, ProbeError, Setup};
pub use subnet::Subnet;
pub use verdict::{Expected, Goal, State, Verdict, judge};
