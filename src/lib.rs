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
//!
//! Unsafe code is forbidden in every room but `platform`, where each case has its reason.

#[forbid(unsafe_code)]
pub mod catalog;
#[forbid(unsafe_code)]
pub mod cli;
#[forbid(unsafe_code)]
pub mod dhcp;
#[forbid(unsafe_code)]
pub mod download;
#[forbid(unsafe_code)]
pub mod error;
#[forbid(unsafe_code)]
pub mod fetch;
#[forbid(unsafe_code)]
pub mod firmware;
#[forbid(unsafe_code)]
pub mod fleet;
#[forbid(unsafe_code)]
pub mod headless;
#[forbid(unsafe_code)]
pub mod journal;
#[forbid(unsafe_code)]
pub mod kit;
#[forbid(unsafe_code)]
pub mod net;
#[forbid(unsafe_code)]
pub mod phone_pages;
pub mod platform;
#[forbid(unsafe_code)]
pub mod preflight;
#[forbid(unsafe_code)]
pub mod rehearsal;
#[forbid(unsafe_code)]
pub mod report;
#[forbid(unsafe_code)]
pub mod session;
#[forbid(unsafe_code)]
pub mod store;
#[forbid(unsafe_code)]
pub mod tftp;
#[forbid(unsafe_code)]
pub mod timestamp;
#[forbid(unsafe_code)]
pub mod ui;
#[forbid(unsafe_code)]
pub mod wizard;
