//! The card that is asked through, and the ports that can be had beside the system's own DHCP client.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use mio::net::UdpSocket;
use socket2::{Domain, Socket, Type};

use super::error::DhcpError;
use crate::dhcp::{Port, Subnet};
use crate::fleet::Mac;
use crate::platform::{clock, dhcp_client, ports, sockets};
use crate::preflight::{self, Holder};

/// Where DHCP clients listen.
pub(super) const CLIENT_PORT: u16 = 68;
/// Where DHCP servers and relays listen.
pub(super) const SERVER_PORT: u16 = 67;
/// From one attempt at a port to the next.
const AGAIN: Duration = Duration::from_millis(200);
/// So that a flood does not push the answer of a server out of the queue.
const INBOX_OCTETS: usize = 1024 * 1024;

/// The network card to ask through.
#[derive(Debug)]
pub(super) struct Card {
    /// The system's own name; a GUID on Windows.
    pub(super) name: String,
    pub(super) index: u32,
    pub(super) mac: Mac,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) network: Option<Subnet>,
}

/// Find the card that has the address; without an address, the one of that name.
pub(super) fn card(name: &str, address: Option<Ipv4Addr>) -> Result<Card, DhcpError> {
    let missing = || DhcpError::NoHardwareAddress {
        interface: address.map_or_else(|| name.to_owned(), |address| address.to_string()),
    };
    let is_it = |card: &netdev::Interface| match address {
        Some(address) => card.ipv4.iter().any(|net| net.addr() == address),
        None => is_named(card, name),
    };
    let found = netdev::get_interfaces().into_iter().find(is_it).ok_or_else(missing)?;
    let mac = found.mac_addr.map(|mac| Mac(mac.octets())).filter(|mac| mac.0 != [0; 6]);
    let own = found.ipv4.iter().find(|net| Some(net.addr()) == address);
    Ok(Card {
        mac: mac.ok_or_else(missing)?,
        address,
        network: own.map(|net| Subnet::of(net.addr(), net.prefix_len())),
        index: found.index,
        name: found.name,
    })
}

fn is_named(card: &netdev::Interface, name: &str) -> bool {
    let names = [Some(card.name.as_str()), card.friendly_name.as_deref()];
    names.into_iter().flatten().any(|known| known.eq_ignore_ascii_case(name))
}

/// A port that is open.
pub(super) struct Opened {
    pub(super) port: Port,
    pub(super) socket: UdpSocket,
}

/// A port that is not, and why.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) number: u16,
    pub(super) error: io::Error,
}

/// Open what is to be had, in the order that was proven beside the DHCP clients of each system. The relay's port is
/// for those machines alone whose port 68 cannot be had: switches with DHCP snooping drop what comes from it.
/// `watch` is called while a port is waited for, and may end it.
pub(super) fn open_all(
    card: &Card,
    mut watch: impl FnMut() -> ControlFlow<()>,
) -> (Vec<Opened>, Vec<Refused>) {
    let until = clock::now() + dhcp_client::PATIENCE;
    let (mut opened, mut refused) = open_client(card);
    while refused.iter().any(|refused| refused.error.kind() == io::ErrorKind::AddrInUse)
        && clock::now() < until
        && watch().is_continue()
    {
        thread::park_timeout(AGAIN);
        (opened, refused) = open_client(card);
    }
    if opened.iter().all(|socket| socket.port != Port::Any)
        && let Some(own) = card.address
    {
        match open(card, own, SERVER_PORT) {
            Ok(socket) => opened.push(Opened { port: Port::Relay, socket }),
            Err(error) => refused.push(Refused { number: SERVER_PORT, error }),
        }
    }
    (opened, refused)
}

fn open_client(card: &Card) -> (Vec<Opened>, Vec<Refused>) {
    let (mut opened, mut refused) = (Vec::new(), Vec::new());
    for (port, address) in client_sockets(card.address) {
        // On Windows the second is for where the first is refused.
        if opened.iter().any(|open: &Opened| open.port == port) {
            continue;
        }
        match open(card, address, CLIENT_PORT) {
            Ok(socket) => opened.push(Opened { port, socket }),
            Err(error) => refused.push(Refused { number: CLIENT_PORT, error }),
        }
    }
    (opened, refused)
}

/// What to bind port 68 to.
///
/// - Linux: a socket at an address hears no broadcasts; one at all addresses loses unicasts to the system's DHCP
///   client. Both may be open at once.
/// - Windows delivers broadcasts to a socket at the card's address; at all addresses it hears other cards as well.
/// - macOS gives low ports at all addresses only, unless to root; that is enough, since its DHCP client lets go of the
///   port when it is not asking.
fn client_sockets(address: Option<Ipv4Addr>) -> Vec<(Port, Ipv4Addr)> {
    let everywhere = (Port::Any, Ipv4Addr::UNSPECIFIED);
    match address {
        Some(own) if cfg!(target_os = "linux") => vec![(Port::Address, own), everywhere],
        Some(own) if cfg!(windows) => vec![(Port::Any, own), everywhere],
        _ => vec![everywhere],
    }
}

fn open(card: &Card, address: Ipv4Addr, number: u16) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    // The system's own DHCP client holds port 68 as well. On Linux and Windows it shares it with whoever shares it
    // too; on macOS it does not, and sharing would only hide that it has the port.
    if cfg!(any(target_os = "linux", windows)) {
        socket.set_reuse_address(true)?;
    }
    dhcp_client::tie_to_card(&socket, &card.name, card.index)?;
    socket.set_broadcast(true)?;
    sockets::widen_receive_buffer(&socket, INBOX_OCTETS);
    socket.bind(&SocketAddr::V4(SocketAddrV4::new(address, number)).into())?;
    socket.set_nonblocking(true)?;
    Ok(UdpSocket::from_std(socket.into()))
}

/// Why nothing could be opened, and who stands in the way, as far as the system tells.
pub(super) fn none_open(refused: &[Refused], holders: impl Fn(u16) -> Vec<Holder>) -> DhcpError {
    let forbidden = refused.iter().find(|refused| refused.error.kind() == io::ErrorKind::PermissionDenied);
    if let Some(refused) = forbidden {
        return DhcpError::Forbidden { port: refused.number };
    }
    let mut why: Vec<String> = Vec::new();
    for refused in refused {
        why.push(format!("{} is held by {}", refused.number, who(refused, &holders(refused.number))));
    }
    why.dedup();
    DhcpError::NoPort { why: why.join(", ") }
}

/// The holders of a port in words; what the system said where it is not that somebody has it.
pub(super) fn who(refused: &Refused, holders: &[Holder]) -> String {
    match holders {
        [] => format!("another program ({})", refused.error),
        holders => preflight::all_words(holders),
    }
}

/// Those who keep a port of the card from us; none where the system does not tell.
pub(super) fn holders(card: &Card, port: u16) -> Vec<Holder> {
    let mut holders = ports::holders(port).unwrap_or_default();
    holders.retain(|holder| card.address.is_none_or(|own| holder.covers(own)));
    holders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Advice as _;

    #[test]
    fn who_may_not_and_who_is_too_late_are_told_apart() {
        let refused = |number, kind: io::ErrorKind| Refused { number, error: kind.into() };
        let nobody = |_| Vec::new();
        let forbidden = none_open(&[refused(68, io::ErrorKind::PermissionDenied)], nobody);
        assert_eq!(forbidden.code(), "dhcp-port-forbidden");
        let both = [refused(68, io::ErrorKind::AddrInUse), refused(67, io::ErrorKind::AddrInUse)];
        let taken = none_open(&both, nobody);
        assert_eq!(taken.code(), "dhcp-port-taken");
        let said = taken.to_string();
        assert!(said.contains("68 is held by another") && said.contains("67 is held by another"), "{said}");
        let client = |port| {
            let program = Some(if port == 68 { "dhcpcd".to_owned() } else { "dnsmasq".to_owned() });
            vec![Holder { address: None, pid: Some(812), program, user: None }]
        };
        let said = none_open(&both, client).to_string();
        assert!(said.contains("68 is held by dhcpcd (process 812), 67 is held by dnsmasq"), "{said}");
    }

    #[test]
    fn a_card_is_found_by_its_address_or_its_name_and_loopback_has_nobody_to_ask() {
        let loopback = card("whatever", Some(Ipv4Addr::LOCALHOST)).unwrap_err();
        assert_eq!(loopback.code(), "dhcp-no-hardware-address");
        let none = card("no-such-card", None).unwrap_err();
        assert!(none.to_string().contains("no-such-card"), "{none}");
    }
}
