//! The driver of the DHCP probe: opens what ports it can beside the system's own DHCP client, carries datagrams to
//! and from the state machine, and says what the way that it found cannot see.
//!
//! No raw sockets; only the right to bind low ports. The ports are closed as soon as the probe is over, since answers
//! to the system's own client may land with us meanwhile. Deliberately without the request that the Windows DHCP
//! client can make for a program: it may answer from memory.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::dhcp::packet::MAX_OCTETS;
use crate::dhcp::probe::{Ignored, ProbeError};
use crate::dhcp::{Answer, Input, Method, Port, Ports, Probe, Setup, Subnet, Transmit};
use crate::error::Advice;
use crate::fleet::Mac;
use crate::platform::clock;

/// Where DHCP clients listen.
const CLIENT_PORT: u16 = 68;
/// Where DHCP servers and relays listen.
const SERVER_PORT: u16 = 67;
/// How often the watcher is called at least.
const TICK: Duration = Duration::from_millis(200);
/// Datagrams taken from one socket before the others have their turn.
const BATCH: usize = 64;

/// What to ask, and from where.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The address of the interface to ask through.
    pub address: Ipv4Addr,
    /// Servers to ask by name.
    pub servers: Vec<Ipv4Addr>,
    /// Another subnet to ask about.
    pub subnet: Option<Subnet>,
    /// What a phone calls itself (option 60).
    pub vendor_class: String,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The answers, in the order in which they came.
    pub answers: Vec<Answer>,
    /// What came and was no answer.
    pub ignored: Ignored,
    /// The ways that questions went.
    pub methods: Vec<Method>,
    /// What this way of asking cannot see, sentences.
    pub blind: Vec<String>,
}

/// Why DHCP could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum DhcpError {
    /// A loopback, a tunnel: nobody answers DHCP there.
    #[error("the interface with the address {address} has no hardware address to ask DHCP with")]
    NoHardwareAddress {
        /// The address.
        address: Ipv4Addr,
    },
    /// Low ports are for privileged programs here.
    #[error("no permission to open UDP port {port}, from which DHCP is asked")]
    Forbidden {
        /// The port.
        port: u16,
    },
    /// Other programs have the ports, and do not share them.
    #[error("UDP ports 68 and 67 cannot be opened to ask DHCP: {why}")]
    NoPort {
        /// What the system said, port by port.
        why: String,
    },
    /// Nothing can be asked.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The system gave no readiness queue.
    #[error("the system does not let the probe start: {0}")]
    System(#[from] io::Error),
}

impl Advice for DhcpError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoHardwareAddress { .. } => "dhcp-no-hardware-address",
            Self::Forbidden { .. } => "dhcp-port-forbidden",
            Self::NoPort { .. } => "dhcp-port-taken",
            Self::Probe(wrong) => wrong.code(),
            Self::System(_) => "dhcp-not-started",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::NoHardwareAddress { .. } => {
                vec!["Choose the wired interface towards the phones with `--interface`.".into()]
            }
            Self::Forbidden { .. } if cfg!(target_os = "linux") => vec![
                "Start the program with `sudo`.".into(),
                "Or give it the right once: `sudo setcap cap_net_bind_service=ep PATH-TO-loadlift`.".into(),
            ],
            Self::Forbidden { port } if cfg!(windows) => {
                vec![format!(
                    "Another program may hold port {port} for itself: `netstat -abno -p UDP` shows it."
                )]
            }
            Self::Forbidden { .. } => vec!["Start the program with `sudo`.".into()],
            Self::NoPort { .. } => vec![
                "The system's DHCP client may hold the port while it looks for an address: wait until the interface has one, and ask again.".into(),
                "Or close the program that holds the port.".into(),
            ],
            Self::Probe(wrong) => wrong.advice(),
            Self::System(_) => vec!["Close other programs and ask again.".into()],
        }
    }
}

/// Ask, and return when the probe is over, or when `watch` says so. It is called after each answer and a few times a
/// second, with the probe and the time.
pub fn ask(
    wanted: Wanted,
    mut watch: impl FnMut(&Probe, Instant) -> ControlFlow<()>,
) -> Result<Asked, DhcpError> {
    let card = card(wanted.address)?;
    let (mut sockets, refused) = open_all(&card);
    let is_open = |port| sockets.iter().any(|socket: &Opened| socket.port == port);
    let ports =
        Ports { address: is_open(Port::Address), any: is_open(Port::Any), relay: is_open(Port::Relay) };
    if sockets.is_empty() {
        return Err(none_open(&refused));
    }
    let setup = Setup {
        mac: card.mac,
        address: Some(wanted.address),
        servers: wanted.servers,
        subnet: wanted.subnet,
        vendor_class: wanted.vendor_class,
        xid: fastrand::u32(..),
        ports,
    };
    let mut probe = Probe::new(clock::now(), setup)?;
    let mut poll = Poll::new()?;
    for (index, socket) in sockets.iter_mut().enumerate() {
        poll.registry().register(&mut socket.socket, Token(index), Interest::READABLE)?;
    }
    let mut blind = blind_spots(ports, &refused);
    let mut events = Events::with_capacity(16);
    while let Some(deadline) = probe.deadline() {
        let now = clock::now();
        if now >= deadline {
            probe.handle(now, Input::Timeout);
        }
        while let Some(packet) = probe.poll_transmit(now) {
            if let Err(error) = send(&sockets, &packet) {
                tracing::info!(method = ?packet.method, to = %packet.to, %error, "a DHCP question was not sent");
                probe.handle(now, Input::Unsent { method: packet.method, to: packet.to });
                blind.push(format!(
                    "{} to {} could not be sent: {error}.",
                    packet.method.words(),
                    packet.to.ip()
                ));
            }
        }
        let is_more = receive(&sockets, &mut probe);
        if watch(&probe, clock::now()).is_break() {
            break;
        }
        let left = probe.deadline().map_or(Duration::ZERO, |at| at.saturating_duration_since(clock::now()));
        let wait = if is_more { Duration::ZERO } else { left.min(TICK) };
        match poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
    }
    if let Some(firewall) = perhaps_a_firewall(probe.answers(), ports) {
        blind.push(firewall);
    }
    Ok(Asked { answers: probe.answers().to_vec(), ignored: probe.ignored(), methods: probe.methods(), blind })
}

fn send(sockets: &[Opened], packet: &Transmit) -> io::Result<()> {
    let socket = sockets.iter().find(|socket| socket.port == packet.port);
    let socket = socket.ok_or_else(|| io::Error::other("its port is not open"))?;
    match socket.socket.send_to(&packet.octets, packet.to.into()) {
        // A full buffer loses one packet, like the wire; its repeat makes it good.
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}

/// Take what has come. Sockets are read whether or not they were reported, so that nothing is overlooked; `true` if
/// there may be more.
fn receive(sockets: &[Opened], probe: &mut Probe) -> bool {
    // One octet more than a message may have, so that a longer datagram is seen to be too long.
    let mut inbox = [0; MAX_OCTETS + 1];
    let mut is_more = false;
    for socket in sockets {
        for taken in 1..=BATCH {
            match socket.socket.recv_from(&mut inbox) {
                Ok((length, SocketAddr::V4(from))) => {
                    probe.handle(clock::now(), Input::Packet { from, octets: &inbox[..length] });
                }
                Ok(_) => {}
                // Windows reports an earlier datagram's "port unreachable" here; what was sent is not lost by it.
                Err(_) => break,
            }
            is_more |= taken == BATCH;
        }
    }
    is_more
}

/// The network card to ask through.
struct Card {
    mac: Mac,
    address: Ipv4Addr,
    #[cfg(not(windows))]
    name: String,
    #[cfg(not(any(windows, target_os = "linux")))]
    index: u32,
}

fn card(address: Ipv4Addr) -> Result<Card, DhcpError> {
    let missing = || DhcpError::NoHardwareAddress { address };
    let found = netdev::get_interfaces()
        .into_iter()
        .find(|card| card.ipv4.iter().any(|net| net.addr() == address))
        .ok_or_else(missing)?;
    let mac = found.mac_addr.map(|mac| Mac(mac.octets())).filter(|mac| mac.0 != [0; 6]);
    Ok(Card {
        mac: mac.ok_or_else(missing)?,
        address,
        #[cfg(not(windows))]
        name: found.name,
        #[cfg(not(any(windows, target_os = "linux")))]
        index: found.index,
    })
}

/// A port that is open.
struct Opened {
    port: Port,
    socket: UdpSocket,
}

/// A port that is not, and why.
struct Refused {
    number: u16,
    error: io::Error,
}

/// Open what is to be had, in the order that was proven beside the DHCP clients of each system. The relay's port is
/// for those machines alone whose port 68 cannot be had: switches with DHCP snooping drop what comes from it.
fn open_all(card: &Card) -> (Vec<Opened>, Vec<Refused>) {
    let (mut opened, mut refused) = (Vec::new(), Vec::new());
    let mut take = |port, number, result: io::Result<UdpSocket>| match result {
        Ok(socket) => opened.push(Opened { port, socket }),
        Err(error) => refused.push(Refused { number, error }),
    };
    for (port, bind_to) in system::CLIENT_SOCKETS {
        take(*port, CLIENT_PORT, open(card, *bind_to, CLIENT_PORT));
    }
    if opened.iter().all(|socket| socket.port != Port::Any) {
        let relay = open(card, BindTo::Own, SERVER_PORT);
        match relay {
            Ok(socket) => opened.push(Opened { port: Port::Relay, socket }),
            Err(error) => refused.push(Refused { number: SERVER_PORT, error }),
        }
    }
    (opened, refused)
}

/// Which address a socket is bound to.
#[derive(Debug, Clone, Copy)]
enum BindTo {
    /// The card's own.
    Own,
    /// All of them.
    #[cfg_attr(windows, expect(dead_code, reason = "Windows hears broadcasts at an address of its own"))]
    Wildcard,
}

fn open(card: &Card, bind_to: BindTo, number: u16) -> io::Result<UdpSocket> {
    let address = match bind_to {
        BindTo::Own => card.address,
        BindTo::Wildcard => Ipv4Addr::UNSPECIFIED,
    };
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    // The system's own DHCP client holds port 68 as well; most of them share it.
    socket.set_reuse_address(true)?;
    system::tie_to_card(&socket, card)?;
    socket.set_broadcast(true)?;
    socket.bind(&SocketAddr::V4(SocketAddrV4::new(address, number)).into())?;
    socket.set_nonblocking(true)?;
    Ok(UdpSocket::from_std(socket.into()))
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;

    use socket2::Socket;

    use super::{BindTo, Card};
    use crate::dhcp::Port;

    /// A socket at an address hears no broadcasts; one at all addresses loses unicasts to the system's DHCP client.
    pub(super) const CLIENT_SOCKETS: &[(Port, BindTo)] =
        &[(Port::Address, BindTo::Own), (Port::Any, BindTo::Wildcard)];

    /// Tied to the device a broadcast leaves by it, whatever the default route, and a DHCP client that is tied to it
    /// as well does not take our answers.
    pub(super) fn tie_to_card(socket: &Socket, card: &Card) -> io::Result<()> {
        socket.bind_device(Some(card.name.as_bytes()))
    }
}

#[cfg(windows)]
mod system {
    use std::io;

    use socket2::Socket;

    use super::{BindTo, Card};
    use crate::dhcp::Port;

    /// Windows delivers broadcasts to a socket at the card's address, and sends them by that card.
    pub(super) const CLIENT_SOCKETS: &[(Port, BindTo)] = &[(Port::Any, BindTo::Own)];

    #[expect(clippy::unnecessary_wraps, reason = "other systems can refuse")]
    pub(super) fn tie_to_card(_: &Socket, _: &Card) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(any(windows, target_os = "linux")))]
mod system {
    use std::io;
    use std::num::NonZeroU32;

    use socket2::Socket;

    use super::{BindTo, Card};
    use crate::dhcp::Port;

    /// Without root macOS gives low ports at all addresses only; that is enough, since its DHCP client lets go of
    /// the port when it is not asking.
    pub(super) const CLIENT_SOCKETS: &[(Port, BindTo)] = &[(Port::Any, BindTo::Wildcard)];

    pub(super) fn tie_to_card(socket: &Socket, card: &Card) -> io::Result<()> {
        tracing::debug!(card = card.name, "tied to a card");
        socket.bind_device_by_index_v4(NonZeroU32::new(card.index))
    }
}

fn none_open(refused: &[Refused]) -> DhcpError {
    let forbidden = refused.iter().find(|refused| refused.error.kind() == io::ErrorKind::PermissionDenied);
    if let Some(refused) = forbidden {
        return DhcpError::Forbidden { port: refused.number };
    }
    let mut why: Vec<String> =
        refused.iter().map(|refused| format!("{}: {}", refused.number, refused.error)).collect();
    why.dedup();
    DhcpError::NoPort { why: why.join("; ") }
}

/// What the ports that are open cannot hear, before anything was asked.
fn blind_spots(ports: Ports, refused: &[Refused]) -> Vec<String> {
    let why = refused.iter().find(|refused| refused.number == CLIENT_PORT);
    let why = why.map(|refused| format!(" ({})", refused.error)).unwrap_or_default();
    let mut blind = Vec::new();
    if !ports.any {
        blind.push(format!(
            "UDP port 68 cannot be shared with the program that holds it{why}: answers sent to everybody are not heard."
        ));
    }
    if ports.relay && !ports.any {
        blind.push("DHCP was asked in the manner of a relay; a switch with DHCP snooping drops that.".into());
    }
    blind
}

/// Answers to us alone came, and none to everybody: the mark of a firewall on this machine.
fn perhaps_a_firewall(answers: &[Answer], ports: Ports) -> Option<String> {
    let by = |method| answers.iter().any(|answer| answer.method == method);
    let only_unicast = by(Method::InformUnicast) && !by(Method::Discover) && !by(Method::InformBroadcast);
    (ports.any && only_unicast).then(|| {
        "Only servers asked by name answered. A firewall on this machine may drop what is sent to everybody, so a second DHCP server would not be seen.".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_has_nobody_to_ask() {
        let wanted = Wanted {
            address: Ipv4Addr::LOCALHOST,
            servers: Vec::new(),
            subnet: None,
            vendor_class: "Cisco Systems, Inc. IP Phone CP-7945G".into(),
        };
        let wrong = ask(wanted, |_, _| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(wrong.code(), "dhcp-no-hardware-address");
        assert!(!wrong.advice().is_empty());
    }

    #[test]
    fn who_may_not_and_who_is_too_late_are_told_apart() {
        let refused = |number, kind: io::ErrorKind| Refused { number, error: kind.into() };
        let forbidden = none_open(&[refused(68, io::ErrorKind::PermissionDenied)]);
        assert_eq!(forbidden.code(), "dhcp-port-forbidden");
        let taken =
            none_open(&[refused(68, io::ErrorKind::AddrInUse), refused(67, io::ErrorKind::AddrInUse)]);
        assert_eq!(taken.code(), "dhcp-port-taken");
        assert!(taken.to_string().contains("68: ") && taken.to_string().contains("67: "), "{taken}");
    }

    #[test]
    fn what_cannot_be_heard_is_said() {
        let all = Ports { address: true, any: true, relay: false };
        assert_eq!(blind_spots(all, &[]), Vec::<String>::new());
        let relay = Ports { relay: true, ..Ports::default() };
        let refused = Refused { number: 68, error: io::ErrorKind::AddrInUse.into() };
        let blind = blind_spots(relay, &[refused]);
        assert!(blind[0].contains("not heard") && blind[1].contains("snooping"), "{blind:?}");
    }
}
