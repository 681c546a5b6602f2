//! What `ipconfig` knows of leases, and sockets that are tied to a card.

use std::io;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::time::Duration;

use socket2::Socket;

use crate::dhcp::RawOption;
use crate::platform::tool;

/// configd holds the port alone while it asks, and lets go of it some seconds later.
pub(in crate::platform) const PATIENCE: Duration = Duration::from_secs(5);

pub(in crate::platform) fn tie_to_card(socket: &Socket, _: &str, index: u32) -> io::Result<()> {
    socket.bind_device_by_index_v4(NonZeroU32::new(index))
}

/// `ipconfig` tells of the lease that is in use, so its address needs no comparing.
pub(in crate::platform) fn lease_server(name: &str, _: u32, _: Ipv4Addr) -> Option<Ipv4Addr> {
    let words = ["getoption", name, "server_identifier"];
    tool::ask("ipconfig", &words).ok()?.trim().parse().ok()
}

pub(in crate::platform) fn reverse_path_filter(_: &str) -> Option<u8> {
    None
}

pub(in crate::platform) fn ask(_: &str, _: &[u8]) -> io::Result<Vec<RawOption>> {
    Err(io::ErrorKind::Unsupported.into())
}
