//! What the endpoint tells the session: beginnings, ends and refusals, each exactly once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use super::transfer::Outcome;
use crate::journal::Refusal;

/// Something that the session should know.
#[derive(Debug, Clone)]
pub enum Event {
    /// A request was accepted.
    Began {
        /// Number of the transfer, counted from 1.
        transfer: u64,
        /// The phone's address and port.
        peer: SocketAddr,
        /// The name as the set has it.
        file: Arc<str>,
        /// Octets that will travel.
        octets: u64,
        /// Block size in octets.
        blksize: u16,
        /// Window in blocks.
        window: u16,
        /// How far it is, for whoever draws.
        progress: Arc<Progress>,
    },
    /// A request was refused.
    Refused {
        /// The asker's address and port.
        peer: SocketAddr,
        /// The name asked for, printable.
        file: String,
        /// Why.
        reason: Refusal,
    },
    /// A transfer is over.
    Ended {
        /// Number of the transfer.
        transfer: u64,
        /// The phone's address and port.
        peer: SocketAddr,
        /// How.
        outcome: Outcome,
        /// Octets acknowledged.
        octets: u64,
        /// Packets sent again.
        retransmissions: u32,
        /// From the request to the end.
        took: Duration,
    },
}

impl Event {
    /// The address and port of the phone that it is about.
    pub fn peer(&self) -> SocketAddr {
        match self {
            Self::Began { peer, .. } | Self::Refused { peer, .. } | Self::Ended { peer, .. } => *peer,
        }
    }
}

/// How far a transfer is: written at every ACK, read whenever somebody draws. No event, no queue.
#[derive(Debug, Default)]
pub struct Progress {
    octets: AtomicU64,
    retransmissions: AtomicU32,
}

impl Progress {
    /// Octets acknowledged so far.
    pub fn octets(&self) -> u64 {
        self.octets.load(Ordering::Relaxed)
    }

    /// Packets sent again so far.
    pub fn retransmissions(&self) -> u32 {
        self.retransmissions.load(Ordering::Relaxed)
    }

    pub(super) fn store(&self, octets: u64, retransmissions: u32) {
        self.octets.store(octets, Ordering::Relaxed);
        self.retransmissions.store(retransmissions, Ordering::Relaxed);
    }
}
