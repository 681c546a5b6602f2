//! A guarded DHCP server for an isolated bench, where the laptop is all the network that the phones have.
//!
//! It hands out option 150 and addresses to Cisco phones and says nothing to anybody else. [`guard`] decides whether
//! it may begin at all; only a [`Cleared`] interface makes a [`Bench`]. It stops for good as soon as another DHCP
//! server shows up, and after some hours in any case.
//!
//! Pure like the rest of the core: time is an argument, packets and the neighbour table are inputs, and sending is an
//! effect. Deliberately without raw packets (answers are broadcast), without relays, and without settings that a
//! bench does not need.

pub mod client;
mod event;
pub mod guard;
mod inout;
mod leases;
mod pool;
mod request;
mod saved;
mod server;
mod wire;

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod crowd_tests;
#[cfg(test)]
mod guard_tests;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod laws;

pub use client::{Client, Clients, WhyStranger};
pub use event::{Event, Stop};
pub use guard::{Candidate, Cleared, Facts, Heard, Refusal, judge};
pub use inout::{Input, Output, Settings, Side};
pub use pool::Pool;
pub use saved::{Saved, SavedLease};
pub use server::{Bench, MOST_REMEMBERED};

use std::time::Duration;

/// How long a lease runs: a load takes some minutes, and some loaders never renew (DHCP.md 2.3).
pub const LEASE: Duration = Duration::from_secs(30 * 60);
/// Hours after which the server ends, if nobody said otherwise.
pub const HOURS: u32 = 4;
/// The most hours that can be asked for: a bench server that is forgotten must not become somebody's network.
pub const MAX_HOURS: u32 = 12;
