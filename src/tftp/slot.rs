//! One transfer's place in the endpoint: between whom it is, what the session knows of it, when it wants to wake up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::event::{Event, Progress};
use super::eviction::Standing;
use super::options::Willing;
use super::transfer::{Outcome, Transfer};

/// One of the server's own ports, counted from 0. Which socket that is, is the driver's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Channel(pub u16);

impl Channel {
    /// The port that requests come to.
    pub const REQUESTS: Self = Self(0);
}

/// Where a packet goes, and from which of our ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Our side.
    pub channel: Channel,
    /// The phone's side.
    pub peer: SocketAddr,
}

/// How the endpoint serves.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// What may be granted to requests with options.
    pub willing: Willing,
    /// Ports for transfers beside the request port; 0 means that answers leave from the request port itself.
    pub transfer_ports: u16,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) transfer: Transfer,
    pub(super) route: Route,
    pub(super) number: u64,
    /// The name in the set: a request for the same file may be a repeat.
    pub(super) file: Arc<str>,
    pub(super) began: Instant,
    pub(super) progress: Arc<Progress>,
    /// Set once the end was reported; the slot then lingers until this moment.
    pub(super) gone: Option<Instant>,
    /// The earliest entry in the timer heap that belongs to this slot.
    pub(super) alarm: Instant,
    pub(super) queued: bool,
    /// Whether the session heard that it began, and so must hear that it ended.
    pub(super) told: bool,
}

impl Slot {
    pub(super) fn standing(&self) -> Standing {
        if self.gone.is_some() {
            Standing::Ended
        } else if self.transfer.met() {
            Standing::Met
        } else {
            Standing::HalfOpen(self.route.peer.ip())
        }
    }

    pub(super) fn beginning(&self) -> Event {
        Event::Began {
            transfer: self.number,
            peer: self.route.peer,
            file: Arc::clone(&self.file),
            octets: self.transfer.total(),
            blksize: self.transfer.granted().blksize(),
            window: self.transfer.granted().window(),
            progress: Arc::clone(&self.progress),
        }
    }

    pub(super) fn ending(&self, now: Instant, outcome: Outcome) -> Event {
        Event::Ended {
            transfer: self.number,
            peer: self.route.peer,
            outcome,
            octets: self.transfer.octets(),
            retransmissions: self.transfer.retransmissions(),
            took: now.saturating_duration_since(self.began),
        }
    }
}
