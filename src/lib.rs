//! loadlift brings Cisco 7900-series phones out of "Auth Fail" by the documented recovery.
//!
//! Three rings, and arrows that point one way (`tests/rings.rs` fails on a wrong one):
//!
//! - **core** (`catalog dhcp firmware fleet journal preflight rehearsal report tftp timestamp error wizard`): values in, values
//!   out. No socket, file, clock, thread, runtime or terminal; time is an argument.
//! - **shell** (`session net store platform`): sockets, files, the clock, the operating system. It carries events
//!   in and effects out, and decides nothing about protocol.
//! - **fronts** (`headless`, and `cli` which chooses one): read what the session shows, send what the user wants.
//!
//! `docs/ARCHITECTURE.md` has the map with its invariants.

pub mod catalog;
pub mod cli;
pub mod dhcp;
pub mod error;
pub mod firmware;
pub mod fleet;
pub mod headless;
pub mod journal;
pub mod net;
pub mod platform;
pub mod preflight;
pub mod rehearsal;
pub mod report;
pub mod session;
pub mod store;
pub mod tftp;
pub mod timestamp;
pub mod ui;
pub mod wizard;
