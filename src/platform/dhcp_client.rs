//! The system's own DHCP client: what it knows, whether it asks for us, and how to open a socket beside it.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use socket2::Socket;

use crate::dhcp::RawOption;

/// How long to try again for port 68 where the client holds it alone, but only while it asks something itself.
pub const PATIENCE: Duration = system::PATIENCE;

/// Whether the client takes questions of other programs: [`ask`].
pub const TAKES_QUESTIONS: bool = cfg!(windows);

/// Make a socket send by one card alone, whatever the default route, and as far as the system can do that hear by it
/// alone. Call it before binding. `name` is the system's own name of the card, on Windows its GUID.
pub fn tie_to_card(socket: &Socket, name: &str, index: u32) -> io::Result<()> {
    system::tie_to_card(socket, name, index)
}

/// The server from which a card has the address `address`; `None` if it has it from elsewhere, or nobody says.
/// May take a second.
pub fn lease_server(name: &str, index: u32, address: Ipv4Addr) -> Option<Ipv4Addr> {
    system::lease_server(name, index, address)
}

/// How strictly the kernel drops what comes by a card that it would not answer by (`rp_filter` of Linux): 1 strict,
/// 2 loose; `None` where it does not, and on other systems.
pub fn reverse_path_filter(name: &str) -> Option<u8> {
    system::reverse_path_filter(name)
}

/// Have the client ask for options by a card. It asks with an INFORM of its own, or answers from memory. Blocks for
/// as long as it likes; an error where [`TAKES_QUESTIONS`] is false.
pub fn ask(name: &str, codes: &[u8]) -> io::Result<Vec<RawOption>> {
    system::ask(name, codes)
}

/// What a program of the system prints, within a second or so; `None` if it is not there, fails or takes longer.
#[cfg(unix)]
fn printed_by(program: &str, words: &[&str]) -> Option<String> {
    use std::io::Read as _;
    use std::process::{Command, Stdio};
    use std::sync::mpsc;

    let mut command = Command::new(program);
    command.args(words).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let out = child.stdout.take()?;
    let (done, wait) = mpsc::channel();
    let reader = std::thread::Builder::new().spawn(move || {
        let mut text = String::new();
        let whole = out.take(64 * 1024).read_to_string(&mut text);
        // Nobody listens any more if it took too long.
        let _ = done.send(whole.map(|_| text));
    });
    let text = reader.ok().and_then(|_| wait.recv_timeout(Duration::from_millis(1500)).ok()?.ok());
    // It has ended, or it is to end now.
    let _ = child.kill();
    let status = child.wait().ok()?;
    text.filter(|_| status.success())
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::io;
    use std::net::Ipv4Addr;
    use std::path::Path;
    use std::time::Duration;

    use socket2::Socket;

    use super::printed_by;
    use crate::dhcp::RawOption;
    use crate::dhcp::leases::{Lease, of_dhclient, of_dhcpcd, of_network_manager, of_networkd};

    /// Clients share the port, or hold it for good.
    pub(super) const PATIENCE: Duration = Duration::ZERO;
    /// A book of leases that is longer than this is not read.
    const MAX_BOOK: u64 = 4 * 1024 * 1024;

    pub(super) fn tie_to_card(socket: &Socket, name: &str, _: u32) -> io::Result<()> {
        socket.bind_device(Some(name.as_bytes()))
    }

    /// Each client has a book of its own; what it says counts if it gave the address that the card really has.
    pub(super) fn lease_server(name: &str, index: u32, address: Ipv4Addr) -> Option<Ipv4Addr> {
        let text = |path: &Path| Some(String::from_utf8_lossy(&contents(path)?).into_owned());
        let networkd = || of_networkd(&text(Path::new(&format!("/run/systemd/netif/leases/{index}")))?);
        let dhcpcd = || {
            let folders = ["/var/lib/dhcpcd", "/var/db/dhcpcd"].into_iter();
            folders
                .filter_map(|folder| of_dhcpcd(&contents(&Path::new(folder).join(format!("{name}.lease")))?))
                .next()
        };
        let network_manager = || {
            let is_there = Path::new("/run/NetworkManager").is_dir();
            let shown = is_there.then(|| printed_by("nmcli", &["-f", "DHCP4", "device", "show", name]));
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

    pub(super) fn reverse_path_filter(name: &str) -> Option<u8> {
        let of = |card: &str| -> Option<u8> {
            let setting = Path::new("/proc/sys/net/ipv4/conf").join(card).join("rp_filter");
            fs::read_to_string(setting).ok()?.trim().parse().ok()
        };
        // The kernel takes the greater of the two.
        of("all").into_iter().chain(of(name)).max().filter(|strictness| *strictness > 0)
    }

    pub(super) fn ask(_: &str, _: &[u8]) -> io::Result<Vec<RawOption>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(windows)]
#[path = "dhcp_client_windows.rs"]
mod system;

#[cfg(not(any(windows, target_os = "linux")))]
mod system {
    use std::io;
    use std::net::Ipv4Addr;
    use std::num::NonZeroU32;
    use std::time::Duration;

    use socket2::Socket;

    use super::printed_by;
    use crate::dhcp::RawOption;

    /// configd holds the port alone while it asks, and lets go of it some seconds later.
    pub(super) const PATIENCE: Duration = Duration::from_secs(5);

    pub(super) fn tie_to_card(socket: &Socket, _: &str, index: u32) -> io::Result<()> {
        socket.bind_device_by_index_v4(NonZeroU32::new(index))
    }

    /// `ipconfig` tells of the lease that is in use, so its address needs no comparing.
    pub(super) fn lease_server(name: &str, _: u32, _: Ipv4Addr) -> Option<Ipv4Addr> {
        let words = ["getoption", name, "server_identifier"];
        printed_by("/usr/sbin/ipconfig", &words)?.trim().parse().ok()
    }

    pub(super) fn reverse_path_filter(_: &str) -> Option<u8> {
        None
    }

    pub(super) fn ask(_: &str, _: &[u8]) -> io::Result<Vec<RawOption>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_is_not_there_has_no_lease_and_cannot_be_asked_by() {
        assert_eq!(lease_server("no-such-card", 9999, Ipv4Addr::new(10, 20, 0, 5)), None);
        assert!(ask("no-such-card", &[150]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn what_a_program_prints_is_read_and_one_that_hangs_or_fails_is_not_waited_for() {
        assert_eq!(printed_by("echo", &["10.20.0.1"]).as_deref(), Some("10.20.0.1\n"));
        assert_eq!(printed_by("sleep", &["600"]), None);
        assert_eq!(printed_by("false", &[]), None);
        assert_eq!(printed_by("no-such-program", &[]), None);
    }
}
