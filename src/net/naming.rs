//! Whose packets are whose: from an address and port to a phone.

use std::net::{IpAddr, SocketAddr};

/// Which phone is behind an address and port.
///
/// On a network each phone has an address. In a rehearsal all simulated phones share this machine's, and only the
/// rehearsal knows which port is whose.
pub trait Naming: Send + Sync {
    /// The phone's address.
    fn phone(&self, peer: SocketAddr) -> IpAddr;
}

/// The naming of every real network: the address is the phone's.
#[derive(Debug, Clone, Copy)]
pub struct ByAddress;

impl Naming for ByAddress {
    fn phone(&self, peer: SocketAddr) -> IpAddr {
        peer.ip().to_canonical()
    }
}
