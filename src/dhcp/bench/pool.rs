//! The addresses that a bench server gives away: as many as the job needs, around the laptop's own.

use std::fmt;
use std::net::Ipv4Addr;

use super::guard::Cleared;

/// Addresses at least, if the network has them.
const LEAST: usize = 50;
/// Addresses at most: room for 500 phones twice, and what an interface's neighbour table can hold.
pub(super) const MOST: usize = 1024;

/// Addresses in the order in which they are given away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool(Vec<Ipv4Addr>);

impl Pool {
    /// A pool for so many phones: two addresses for each, since an address that was just given back may still look
    /// used. Fewer if the network is small; never the laptop's own, the network's or the broadcast address.
    pub fn sized(own: &Cleared, phones: usize) -> Self {
        let wanted = phones.saturating_mul(2).clamp(LEAST, MOST);
        let (network, broadcast) = (own.network().to_bits(), own.broadcast().to_bits());
        let laptop = own.address().to_bits();
        // Upwards from the laptop's own address, and once around.
        let upwards = laptop + 1..broadcast;
        let around = network + 1..laptop;
        Self(upwards.chain(around).take(wanted).map(Ipv4Addr::from_bits).collect())
    }

    /// The addresses.
    pub fn addresses(&self) -> &[Ipv4Addr] {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Pool {
    /// `10.150.0.2 to 10.150.0.51`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) if first <= last => write!(f, "{first} to {last}"),
            _ => write!(f, "{} addresses", self.0.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dhcp::bench::guard::testing::cleared;

    fn pool(address: &str, prefix: u8, phones: usize) -> Pool {
        Pool::sized(&cleared(address.parse().unwrap(), prefix), phones)
    }

    #[test]
    fn a_pool_has_two_addresses_for_each_phone_and_never_the_laptops_own() {
        assert_eq!(pool("10.150.0.1", 22, 20).to_string(), "10.150.0.2 to 10.150.0.51");
        assert_eq!(pool("10.150.0.1", 22, 300).len(), 600);
        assert_eq!(pool("10.150.0.1", 16, 5000).len(), MOST);
        let around = pool("192.168.1.250", 24, 300);
        assert_eq!((around.len(), around.to_string().as_str()), (253, "253 addresses"));
        assert!(!around.addresses().contains(&Ipv4Addr::new(192, 168, 1, 250)));
        assert!(!around.addresses().contains(&Ipv4Addr::new(192, 168, 1, 0)));
        assert!(!around.addresses().contains(&Ipv4Addr::new(192, 168, 1, 255)));
    }

    #[test]
    fn the_smallest_network_that_is_let_through_still_has_room() {
        assert_eq!(pool("192.168.1.2", 29, 20).len(), 5);
    }
}
