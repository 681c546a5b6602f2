//! What the probe asks: which questions go from which port, and how each of them looks on the wire.

use std::net::Ipv4Addr;

use super::answer::Method;
use super::options::code;
use super::packet::{Message, MessageType};
use super::subnet::Subnet;
use crate::error::Advice;
use crate::fleet::Mac;

/// Servers that are asked by name.
pub const MAX_NAMED: usize = 4;
/// What a phone asks for.
const PARAMETERS: [u8; 8] = [
    code::SUBNET_MASK,
    code::ROUTER,
    code::DNS,
    code::DOMAIN,
    code::NTP,
    code::TFTP_NAME,
    code::BOOT_FILE,
    code::TFTP_ADDRESSES,
];

/// The port that a packet leaves from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    /// Port 68 at the machine's own address: hears what is sent to it alone, even beside the system's DHCP client.
    Address,
    /// Port 68 at any address: hears broadcasts.
    Any,
    /// Port 67, the one of relays, at the machine's own address.
    Relay,
}

/// Which ports the driver could open.
#[expect(clippy::struct_excessive_bools, reason = "ways that are open or not, each by itself")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ports {
    /// [`Port::Address`].
    pub address: bool,
    /// [`Port::Any`].
    pub any: bool,
    /// [`Port::Relay`].
    pub relay: bool,
    /// Whether the system's own DHCP client takes questions of other programs, which needs no port.
    pub system: bool,
}

/// What a probe needs to know.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The hardware address of the interface.
    pub mac: Mac,
    /// Its address, if it has one. Without, nobody can answer an INFORM.
    pub address: Option<Ipv4Addr>,
    /// The network that it is in, for answers that do not say what they are about.
    pub network: Option<Subnet>,
    /// Servers to ask by name, at most [`MAX_NAMED`].
    pub servers: Vec<Ipv4Addr>,
    /// The server that this machine has its own address from, if the system knows: asked by name as well.
    pub lease_server: Option<Ipv4Addr>,
    /// The subnet to ask about (option 118), if not that of the interface.
    pub subnet: Option<Subnet>,
    /// What a phone calls itself (option 60).
    pub vendor_class: String,
    /// Number of the first transaction; to be random, so that a stranger cannot answer blindly.
    pub xid: u32,
    /// Ports that are open.
    pub ports: Ports,
}

/// Why nothing can be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// No port is open that any question could leave from.
    #[error("no port is free to ask DHCP from")]
    NoPort,
    /// The interface has no address, and a broadcast cannot be heard.
    #[error("the interface has no address to ask DHCP from")]
    NoAddress,
}

impl Advice for ProbeError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoPort => "dhcp-no-port",
            Self::NoAddress => "dhcp-no-address",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::NoPort => vec![
                "Close the program that holds UDP port 68, or wait until the interface has its address, and ask again."
                    .into(),
                "Without the right to open low ports, start the program with more rights.".into(),
            ],
            Self::NoAddress => {
                vec!["Give the interface an address of the phones' network, and ask again.".into()]
            }
        }
    }
}

/// One question.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) method: Method,
    pub(super) as_phone: bool,
    pub(super) port: Port,
    pub(super) to: Ipv4Addr,
    pub(super) xid: u32,
    pub(super) is_answered: bool,
    pub(super) is_unsendable: bool,
}

impl Setup {
    /// The port that an INFORM leaves from. Its answer is sent to our address alone, so the one that hears nothing
    /// else is preferred.
    pub(super) fn inform_port(&self) -> Option<Port> {
        let Ports { address, any, .. } = self.ports;
        let quiet = [(address, Port::Address), (any, Port::Any)].into_iter().find(|(open, _)| *open);
        quiet.map(|(_, port)| port).filter(|_| self.address.is_some())
    }

    /// All servers that are known before anything is asked, the technician's first.
    pub(super) fn known_servers(&self) -> Vec<Ipv4Addr> {
        let mut known = Vec::new();
        for server in self.servers.iter().chain(&self.lease_server) {
            if known.len() < MAX_NAMED && !known.contains(server) {
                known.push(*server);
            }
        }
        known
    }

    /// Whether it is worth asking by name a server that has just named itself, in a packet from `sender`. No server
    /// can make us ask a stranger: it must be the sender itself or have a private address.
    pub(super) fn may_learn(&self, server: Ipv4Addr, sender: Ipv4Addr) -> bool {
        let is_host = !(server.is_unspecified()
            || server.is_broadcast()
            || server.is_multicast()
            || server.is_loopback());
        is_host && Some(server) != self.address && (server == sender || server.is_private())
    }
}

/// What is asked. DISCOVER makes servers set an address aside, and one of them writes that down, so there is one, asked
/// as a phone; the question of who is told what needs no more than INFORM. It comes last: one server answers nobody
/// while it checks the address that it is about to offer.
pub(super) fn questions(setup: &Setup) -> Vec<Question> {
    let has_address = setup.address.is_some();
    let inform = setup.inform_port();
    let known = setup.known_servers();
    let wire = Ipv4Addr::BROADCAST;

    let mut planned = Vec::new();
    if let Some(port) = inform {
        planned.extend(known.iter().map(|server| (Method::InformUnicast, true, port, *server)));
    }
    if let Some(port) = inform {
        planned.push((Method::InformBroadcast, true, port, wire));
        // Once without the vendor class: a server that tells only phones is worth knowing.
        planned.push(match known.first() {
            Some(server) => (Method::InformUnicast, false, port, *server),
            None => (Method::InformBroadcast, false, port, wire),
        });
    }
    if setup.ports.any {
        planned.push((Method::Discover, true, Port::Any, wire));
    } else if setup.ports.relay && has_address {
        // Nobody passes on what claims to come from a relay: a server elsewhere is asked directly.
        let is_far = |server: &Ipv4Addr| setup.network.is_some_and(|network| !network.contains(*server));
        let far = setup.lease_server.filter(is_far);
        let to = setup.servers.first().copied().or(far).unwrap_or(wire);
        planned.push((Method::DiscoverAsRelay, true, Port::Relay, to));
    }
    (0_u32..)
        .zip(planned)
        .map(|(n, (method, as_phone, port, to))| Question {
            method,
            as_phone,
            port,
            to,
            xid: setup.xid.wrapping_add(n),
            is_answered: false,
            is_unsendable: false,
        })
        .collect()
}

pub(super) fn message(setup: &Setup, question: &Question, secs: u16) -> Message {
    let kind = if question.method.is_discover() { MessageType::Discover } else { MessageType::Inform };
    let mut message = Message::request(kind, question.xid, setup.mac);
    message.secs = secs;
    match question.method {
        // Without the flag most servers send the offer to an address that this machine does not have yet.
        Method::Discover => message.broadcast = true,
        Method::DiscoverAsRelay => {
            message.broadcast = true;
            message.hops = 1;
            message.giaddr = setup.address.unwrap_or(Ipv4Addr::UNSPECIFIED);
        }
        Method::InformUnicast | Method::InformBroadcast | Method::System => {
            message.ciaddr = setup.address.unwrap_or(Ipv4Addr::UNSPECIFIED);
        }
    }
    message = message.with(code::PARAMETER_LIST, PARAMETERS).with(code::MAX_SIZE, 1500_u16.to_be_bytes());
    if question.as_phone {
        message = message.with(code::VENDOR_CLASS, setup.vendor_class.as_bytes());
    }
    if let Some(subnet) = setup.subnet {
        message = message.with(code::SUBNET_SELECTION, subnet.address().octets());
    }
    message
}
