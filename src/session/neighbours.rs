//! Which phones' hardware addresses are still to be looked up among the neighbours, and when.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::fleet::{MAX_PHONES, Mac};
use crate::net::interfaces::{Interface, Unsuitable};
use crate::platform;
use crate::timestamp::Timestamp;

/// The table is read this often at the most.
const EVERY: Duration = Duration::from_secs(1);
/// An address that is not in the table is looked for this often.
const TRIES: u8 = 5;
/// Addresses of one hardware address from which on it is no phone's: something answers for them (proxy ARP). A phone
/// that moved leaves one old address behind.
const PROXY: usize = 3;

/// The subnet of the interface that phones are served through.
#[derive(Debug)]
pub(super) struct Neighbourhood {
    interface: Interface,
    /// Addresses that asked, and how often they were looked for since.
    pending: BTreeMap<Ipv4Addr, u8>,
    looked: Option<Timestamp>,
}

/// The system's table.
pub(super) fn table() -> io::Result<Vec<(Ipv4Addr, Mac)>> {
    platform::neighbours::table()
}

impl Neighbourhood {
    /// The neighbours of an interface; loopback has none.
    pub(super) fn of(interface: &Interface) -> Option<Self> {
        let has = interface.unsuitable != Some(Unsuitable::Loopback);
        has.then(|| Self { interface: interface.clone(), pending: BTreeMap::new(), looked: None })
    }

    /// Somebody asked. Only within the subnet does the table name his own hardware; elsewhere it names the router.
    pub(super) fn heard(&mut self, phone: IpAddr) {
        if let IpAddr::V4(address) = phone.to_canonical()
            && self.interface.reaches(address)
            && self.pending.len() < MAX_PHONES
        {
            self.pending.insert(address, 0);
        }
    }

    /// Whether there is something to be looked up now.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        !self.pending.is_empty() && self.looked.is_none_or(|at| now.since(at) >= EVERY)
    }

    /// What the table says of those that asked.
    pub(super) fn look(&mut self, now: Timestamp, table: &[(Ipv4Addr, Mac)]) -> Vec<(Ipv4Addr, Mac)> {
        self.looked = Some(now);
        let mut found = Vec::new();
        self.pending.retain(|address, tries| {
            *tries += 1;
            let Some((_, mac)) = table.iter().find(|(known, _)| known == address) else {
                return *tries < TRIES;
            };
            if table.iter().filter(|(_, other)| other == mac).count() < PROXY {
                found.push((*address, *mac));
            }
            false
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::{Kind, Origin};

    fn lan() -> Interface {
        Interface {
            name: "eth0".into(),
            address: [10, 1, 1, 5].into(),
            prefix: 24,
            unsuitable: None,
            kind: Kind::Wire,
            link: Some(true),
            speed: None,
            default_route: false,
            origin: Origin::ByHand,
        }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(1_795_438_800_000 + seconds * 1000)
    }

    fn entry(last: u8, mac: u8) -> (Ipv4Addr, Mac) {
        ([10, 1, 1, last].into(), Mac([0, 0x1b, 0x2a, 0, 0, mac]))
    }

    #[test]
    fn whoever_asks_in_the_subnet_is_looked_up_and_others_are_not() {
        let mut neighbours = Neighbourhood::of(&lan()).unwrap();
        neighbours.heard([10, 2, 1, 20].into());
        assert!(!neighbours.is_due(at(0)));
        neighbours.heard([10, 1, 1, 20].into());
        assert!(neighbours.is_due(at(0)));
        assert_eq!(neighbours.look(at(0), &[entry(20, 1)]), [entry(20, 1)]);
        assert!(!neighbours.is_due(at(9)));
        let loopback = Interface { unsuitable: Some(Unsuitable::Loopback), ..lan() };
        assert!(Neighbourhood::of(&loopback).is_none());
    }

    #[test]
    fn an_address_that_is_not_there_yet_is_tried_again_and_then_given_up() {
        let mut neighbours = Neighbourhood::of(&lan()).unwrap();
        neighbours.heard([10, 1, 1, 20].into());
        for seconds in 0..u64::from(TRIES) {
            assert!(neighbours.is_due(at(seconds)), "try {seconds}");
            assert!(neighbours.look(at(seconds), &[]).is_empty());
            assert!(!neighbours.is_due(at(seconds)), "not twice a second");
        }
        assert!(!neighbours.is_due(at(60)));
    }

    #[test]
    fn hardware_that_answers_for_many_addresses_is_no_phones() {
        let mut neighbours = Neighbourhood::of(&lan()).unwrap();
        neighbours.heard([10, 1, 1, 20].into());
        let table = [entry(20, 1), entry(21, 1), entry(22, 1)];
        assert!(neighbours.look(at(0), &table).is_empty());
        neighbours.heard([10, 1, 1, 20].into());
        assert_eq!(neighbours.look(at(2), &table[..2]), [entry(20, 1)], "one that moved leaves one behind");
    }
}
