//! The driver of the DHCP probe: opens what ports it can beside the system's own DHCP client, carries datagrams to
//! and from the state machine, and says what the way that it found cannot see.
//!
//! No raw sockets; only the right to bind low ports. The ports are closed as soon as the probe is over, since answers
//! to the system's own client may land with us meanwhile.

mod blind;
mod error;
mod sockets;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

pub use self::error::DhcpError;
use self::sockets::{CLIENT_PORT, Card, Opened, card, holders, none_open, open_all, who};
use crate::dhcp::options::code;
use crate::dhcp::packet::MAX_OCTETS;
use crate::dhcp::probe::{Ignored, LISTEN};
use crate::dhcp::{Answer, Input, Method, Port, Ports, Probe, RawOption, Setup, Subnet, Transmit};
use crate::platform::{clock, dhcp_client};

/// How often the watcher is called at least.
const TICK: Duration = Duration::from_millis(200);
/// Datagrams taken from one socket before the others have their turn.
const BATCH: usize = 64;
/// What the system's own client is asked for.
const OF_SYSTEM: [u8; 6] = [
    code::SUBNET_MASK,
    code::ROUTER,
    code::LEASE_TIME,
    code::SERVER_ID,
    code::TFTP_NAME,
    code::TFTP_ADDRESSES,
];

/// What to ask, and from where.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Name of the interface to ask through; it counts where there is no address.
    pub interface: String,
    /// The address of the interface.
    pub address: Option<Ipv4Addr>,
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
    /// The answers, those of one server together, in the order in which they came.
    pub answers: Vec<Answer>,
    /// What came and was no answer.
    pub ignored: Ignored,
    /// The ways that questions went.
    pub methods: Vec<Method>,
    /// What this way of asking cannot see, sentences.
    pub blind: Vec<String>,
}

/// Ask, and return when the probe is over, or when `watch` says so. It hears of new answers and of the time that is
/// left, a few times a second.
pub fn ask(
    wanted: Wanted,
    mut watch: impl FnMut(&[Answer], Duration) -> ControlFlow<()>,
) -> Result<Asked, DhcpError> {
    let card = card(&wanted.interface, wanted.address)?;
    let (mut sockets, refused) = open_all(&card, || watch(&[], LISTEN));
    let is_open = |port| sockets.iter().any(|socket: &Opened| socket.port == port);
    let ports = Ports {
        address: is_open(Port::Address),
        any: is_open(Port::Any),
        relay: is_open(Port::Relay),
        system: dhcp_client::TAKES_QUESTIONS,
    };
    if sockets.is_empty() && !ports.system {
        return Err(none_open(&refused, |port| holders(&card, port)));
    }
    let lease_server = card.address.and_then(|own| dhcp_client::lease_server(&card.name, card.index, own));
    let setup = Setup {
        mac: card.mac,
        address: card.address,
        network: card.network,
        servers: wanted.servers,
        lease_server,
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
    let mut unsent = Vec::new();
    let mut of_system: Option<Receiver<io::Result<Vec<RawOption>>>> = None;
    let mut by_system = blind::BySystem::NotAsked;
    let mut told = (usize::MAX, clock::now());
    let mut events = Events::with_capacity(16);
    while let Some(deadline) = probe.deadline() {
        let now = clock::now();
        if now >= deadline {
            probe.handle(now, Input::Timeout);
        }
        unsent.extend(send_what_is_due(&sockets, &mut probe, now));
        if probe.poll_system(now) {
            by_system = blind::BySystem::Silent;
            match ask_system(&card) {
                Ok(receiver) => of_system = Some(receiver),
                Err(error) => by_system = blind::BySystem::Refused(error.to_string()),
            }
        }
        if let Some(answer) = of_system.as_ref().and_then(|receiver| receiver.try_recv().ok()) {
            by_system = blind::BySystem::of(&answer);
            if let Ok(options) = answer {
                probe.handle(clock::now(), Input::System { options: &options });
            }
        }
        let is_more = receive(&sockets, &mut probe);
        // Not at every datagram: in a flood there would be no end of it.
        let now = clock::now();
        if told.0 != probe.answers().len() || now >= told.1 + TICK {
            told = (probe.answers().len(), now);
            if watch(probe.answers(), probe.remaining(now)).is_break() {
                break;
            }
        }
        let left = probe.deadline().map_or(Duration::ZERO, |at| at.saturating_duration_since(clock::now()));
        let wait = if is_more { Duration::ZERO } else { left.min(TICK) };
        match poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error.into()),
            _ => {}
        }
    }
    let methods = probe.methods();
    // Who keeps port 68 from us, before it is given back.
    let holder = refused.iter().find(|refused| refused.number == CLIENT_PORT && !ports.any);
    let holder = holder.map(|refused| who(refused, &holders(&card, CLIENT_PORT)));
    let mut blind = blind::spots(ports, holder.as_deref(), &methods, probe.answers(), probe.ignored());
    blind.extend(by_system.words());
    blind.extend(blind::of_card(&card, dhcp_client::reverse_path_filter(&card.name)));
    blind.extend(unsent);
    let mut answers = probe.answers().to_vec();
    answers.sort_by_key(|answer| answer.server);
    Ok(Asked { answers, ignored: probe.ignored(), methods, blind })
}

/// Send what is due; what could not be sent is returned in words.
fn send_what_is_due(sockets: &[Opened], probe: &mut Probe, now: Instant) -> Vec<String> {
    let mut unsent = Vec::new();
    while let Some(packet) = probe.poll_transmit(now) {
        if let Err(error) = send(sockets, &packet) {
            tracing::info!(method = ?packet.method, to = %packet.to, %error, "a DHCP question was not sent");
            probe.handle(now, Input::Unsent { method: packet.method, to: packet.to });
            unsent.push(format!(
                "{} to {} could not be sent: {error}.",
                packet.method.words(),
                packet.to.ip()
            ));
        }
    }
    unsent
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

/// Have the system's own client ask, on a thread that may outlive the probe: it has a patience of its own, and nobody
/// can end its question.
fn ask_system(card: &Card) -> io::Result<Receiver<io::Result<Vec<RawOption>>>> {
    let (sender, receiver) = sync_channel(1);
    let name = card.name.clone();
    thread::Builder::new().name("dhcp-client".into()).spawn(move || {
        // Too late, and nobody listens any more.
        drop(sender.send(dhcp_client::ask(&name, &OF_SYSTEM)));
    })?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Advice as _;

    #[test]
    fn loopback_has_nobody_to_ask() {
        let wanted = Wanted {
            interface: "lo".into(),
            address: Some(Ipv4Addr::LOCALHOST),
            servers: Vec::new(),
            subnet: None,
            vendor_class: "Cisco Systems, Inc. IP Phone CP-7945G".into(),
        };
        let wrong = ask(wanted, |_, _| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(wrong.code(), "dhcp-no-hardware-address");
        assert!(!wrong.advice().is_empty());
    }
}
