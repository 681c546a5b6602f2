//! The DHCP server of the bench, as the log tells it: whether it is on, and whom it did not answer.

use std::net::Ipv4Addr;

use crate::fleet::Mac;
use crate::timestamp::Timestamp;

/// Strangers that are listed; the log has them all.
const STRANGERS: usize = 32;

/// The bench server of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bench {
    /// The laptop's address.
    pub address: Ipv4Addr,
    /// When it ends in any case.
    pub ends: Timestamp,
    /// Why it stopped; `None` while it is on.
    pub stopped: Option<String>,
    /// Clients that got no answer, the latest last: who, and what they say that they are.
    pub strangers: Vec<(Mac, String)>,
    /// A relay was seen: the network is not cut off.
    pub relayed: bool,
}

impl Bench {
    pub(super) fn new(address: Ipv4Addr, ends: Timestamp) -> Self {
        Self { address, ends, stopped: None, strangers: Vec::new(), relayed: false }
    }

    pub(super) fn stranger(&mut self, mac: Mac, says: &str) {
        self.strangers.retain(|(known, _)| *known != mac);
        if self.strangers.len() >= STRANGERS {
            self.strangers.remove(0);
        }
        self.strangers.push((mac, says.to_owned()));
    }

    /// The mark that every screen carries: `DHCP ON 10.150.0.1`, or that it is off and why.
    pub fn mark(&self) -> String {
        match &self.stopped {
            None => format!("DHCP ON {}", self.address),
            Some(why) => format!("DHCP OFF: {why}"),
        }
    }
}
