//! The books of the DHCP clients of Linux, and sockets that are tied to a card.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use socket2::Socket;

use crate::dhcp::RawOption;
use crate::dhcp::leases::{Lease, of_dhclient, of_dhcpcd, of_network_manager, of_networkd};
use crate::platform::tool;

/// Clients share the port, or hold it for good.
pub(in crate::platform) const PATIENCE: Duration = Duration::ZERO;
/// A book of leases that is longer than this is not read.
const MAX_BOOK: u64 = 4 * 1024 * 1024;

pub(in crate::platform) fn tie_to_card(socket: &Socket, name: &str, _: u32) -> io::Result<()> {
    socket.bind_device(Some(name.as_bytes()))
}

/// Each client has a book of its own; what it says counts if it gave the address that the card really has.
pub(in crate::platform) fn lease_server(name: &str, index: u32, address: Ipv4Addr) -> Option<Ipv4Addr> {
    let text = |path: &Path| Some(String::from_utf8_lossy(&contents(path)?).into_owned());
    let networkd = || of_networkd(&text(Path::new(&format!("/run/systemd/netif/leases/{index}")))?);
    let dhcpcd = || {
        let mut folders = ["/var/lib/dhcpcd", "/var/db/dhcpcd"].into_iter();
        folders.find_map(|folder| of_dhcpcd(&contents(&Path::new(folder).join(format!("{name}.lease")))?))
    };
    let network_manager = || {
        let is_there = Path::new("/run/NetworkManager").is_dir();
        let shown = is_there.then(|| tool::ask("nmcli", &["-f", "DHCP4", "device", "show", name]).ok());
        of_network_manager(&shown.flatten()?)
    };
    let counts = |lease: &Lease| lease.address == address;
    let dhclient = || {
        let folders = ["/var/lib/dhcp", "/var/lib/dhclient", "/var/lib/NetworkManager"].into_iter();
        let entries = folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        let books = entries.map(|entry| entry.path()).filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("dhclient") && name.contains(".lease")
        });
        books.filter_map(|book| of_dhclient(&text(&book)?, name)).find(counts)
    };
    let found = networkd().filter(counts).or_else(|| dhcpcd().filter(counts)).or_else(dhclient);
    found.or_else(|| network_manager().filter(counts)).map(|lease| lease.server)
}

fn contents(path: &Path) -> Option<Vec<u8>> {
    let is_small = fs::metadata(path).ok()?.len() <= MAX_BOOK;
    if is_small { fs::read(path).ok() } else { None }
}

pub(in crate::platform) fn reverse_path_filter(name: &str) -> Option<u8> {
    let of = |card: &str| -> Option<u8> {
        let setting = Path::new("/proc/sys/net/ipv4/conf").join(card).join("rp_filter");
        fs::read_to_string(setting).ok()?.trim().parse().ok()
    };
    // The kernel takes the greater of the two.
    of("all").into_iter().chain(of(name)).max().filter(|strictness| *strictness > 0)
}

pub(in crate::platform) fn ask(_: &str, _: &[u8]) -> io::Result<Vec<RawOption>> {
    Err(io::ErrorKind::Unsupported.into())
}
