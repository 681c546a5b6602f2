//! macOS tells for an interface, not for each address.

use std::net::Ipv4Addr;

use crate::preflight::Origin;

pub(in crate::platform) fn origin(_: Ipv4Addr, dhcp: Option<bool>) -> Origin {
    match dhcp {
        Some(true) => Origin::Dhcp,
        Some(false) => Origin::ByHand,
        None => Origin::Unknown,
    }
}
