//! Which addresses were set by hand and which were leased, where the system tells it for each address.

use std::net::Ipv4Addr;

use super::system;
use crate::preflight::Origin;

/// Where an address comes from. `dhcp` says whether its interface is known to be configured by DHCP.
pub fn origin(address: Ipv4Addr, dhcp: Option<bool>) -> Origin {
    system::origins::origin(address, dhcp)
}
