//! Leases as a value that outlives the program. Which file it goes to is the shell's business.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::guard::Cleared;
use super::leases::Leases;
use super::{LEASE, pool};
use crate::fleet::Mac;
use crate::timestamp::Timestamp;

/// The version of the form below; another one is not read.
const SCHEMA: u32 = 1;

/// The leases of a bench server at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    schema: u32,
    /// The laptop's address then. In another network the leases mean nothing.
    server: Ipv4Addr,
    /// Bits of the network mask.
    prefix: u8,
    /// The leases that ran.
    pub leases: Vec<SavedLease>,
}

/// One lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLease {
    /// The address.
    pub address: Ipv4Addr,
    /// Whose it is.
    pub mac: Mac,
    /// When it ends.
    pub until: Timestamp,
}

impl Saved {
    /// The leases that run; `now` and `at` are the same moment on both clocks.
    pub(super) fn of(own: &Cleared, leases: &Leases, now: Instant, at: Timestamp) -> Self {
        let lease = |(address, mac, until): (_, _, Instant)| SavedLease {
            address,
            mac,
            until: at + until.saturating_duration_since(now),
        };
        let leases = leases.bound().map(lease).collect();
        Self { schema: SCHEMA, server: own.address(), prefix: own.prefix(), leases }
    }

    /// Put back what still runs. A file that somebody changed cannot make a lease longer than leases are.
    pub(super) fn restore(&self, own: &Cleared, leases: &mut Leases, now: Instant, at: Timestamp) -> usize {
        if self.schema != SCHEMA || (self.server, self.prefix) != (own.address(), own.prefix()) {
            return 0;
        }
        let before = leases.bound().count();
        for lease in self.leases.iter().take(pool::MOST) {
            let left = lease.until.since(at).min(LEASE);
            if left > Duration::ZERO && own.is_for_clients(lease.address) {
                leases.restore(lease.address, lease.mac, now + left);
            }
        }
        leases.bound().count() - before
    }
}
