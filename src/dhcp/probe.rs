//! The question for option 150, as a state machine under virtual time: what is sent when, and which answers count.
//!
//! Drain [`Probe::poll_transmit`], sleep until [`Probe::deadline`] or a datagram, feed [`Probe::handle`]. It sends a
//! handful of packets, each at most twice and apart from each other (switches shut ports that ask too fast), always
//! with the machine's own hardware address (snooping switches drop others), listens for six seconds (one server pings
//! three before it offers) and never sends a REQUEST, so no server gives anything away.
//!
//! It asks only whom it was told to and the wire itself: a server that names another one does not make it ask there.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use super::answer::{Answer, Method};
use super::options::code;
use super::packet::{Message, MessageType, Op};
use super::subnet::Subnet;
use crate::error::Advice;
use crate::fleet::Mac;

/// From the first question to the end: longer than any server seen (3.0 s), and short enough that the system's own
/// DHCP client, whose answers may land with us meanwhile, asks again before it worries.
pub const LISTEN: Duration = Duration::from_secs(6);
/// From a question to its repeat.
const REPEAT: Duration = Duration::from_secs(2);
/// Between two questions. Switches with DHCP snooping count packets per second.
const APART: Duration = Duration::from_millis(100);
/// Servers that are asked by name.
pub const MAX_NAMED: usize = 4;
/// Answers that are kept; a network has a server or two, a flood has more.
const MAX_ANSWERS: usize = 48;
/// Answers that are kept of one server.
const MAX_OF_ONE: usize = 8;
/// Where servers listen.
const SERVER_PORT: u16 = 67;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ports {
    /// [`Port::Address`].
    pub address: bool,
    /// [`Port::Any`].
    pub any: bool,
    /// [`Port::Relay`].
    pub relay: bool,
}

/// What a probe needs to know.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The hardware address of the interface.
    pub mac: Mac,
    /// Its address, if it has one. Without, nobody can answer an INFORM.
    pub address: Option<Ipv4Addr>,
    /// Servers to ask by name, at most [`MAX_NAMED`].
    pub servers: Vec<Ipv4Addr>,
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

/// Something for the probe.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A datagram that came to one of the ports.
    Packet {
        /// Who sent it.
        from: SocketAddrV4,
        /// What it holds.
        octets: &'a [u8],
    },
    /// A packet of that method could not be sent there; it is not tried again.
    Unsent {
        /// Its method.
        method: Method,
        /// Where it was to go.
        to: SocketAddrV4,
    },
    /// Time has passed.
    Timeout,
}

/// A packet that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where it leaves from.
    pub port: Port,
    /// Where it goes.
    pub to: SocketAddrV4,
    /// Which question it is.
    pub method: Method,
    /// What it holds.
    pub octets: Vec<u8>,
}

/// Datagrams that were no answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ignored {
    /// Not a DHCP message.
    pub malformed: u32,
    /// A DHCP message that answers none of our questions: other clients' traffic, a wrong transaction.
    pub foreign: u32,
    /// More answers than are kept.
    pub surplus: u32,
}

/// One question.
#[derive(Debug)]
struct Question {
    method: Method,
    as_phone: bool,
    port: Port,
    to: Ipv4Addr,
    xid: u32,
    is_answered: bool,
    is_unsendable: bool,
}

/// The state machine.
#[derive(Debug)]
pub struct Probe {
    setup: Setup,
    began: Instant,
    questions: Vec<Question>,
    /// What is to be sent, in the order of time: when, which question, whether again.
    agenda: VecDeque<(Instant, usize, bool)>,
    answers: Vec<Answer>,
    ignored: Ignored,
    is_done: bool,
}

impl Probe {
    /// A probe that begins now; its first packet is due at once.
    pub fn new(now: Instant, mut setup: Setup) -> Result<Self, ProbeError> {
        setup.servers.truncate(MAX_NAMED);
        let questions = questions(&setup);
        if questions.is_empty() {
            let any_port = setup.ports.address || setup.ports.any || setup.ports.relay;
            return Err(if any_port { ProbeError::NoAddress } else { ProbeError::NoPort });
        }
        let first = (0_u32..).zip(0..questions.len()).map(|(slot, n)| (now + APART * slot, n, false));
        let first: Vec<_> = first.collect();
        let again = first.iter().map(|(at, question, _)| (*at + REPEAT, *question, true));
        let agenda = first.iter().copied().chain(again).collect();
        Ok(Self {
            setup,
            began: now,
            questions,
            agenda,
            answers: Vec::new(),
            ignored: Ignored::default(),
            is_done: false,
        })
    }

    /// Feed one input. Afterwards drain [`Self::poll_transmit`], then sleep until [`Self::deadline`].
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            _ if self.is_done => {}
            Input::Timeout => self.is_done = now >= self.end(),
            Input::Packet { .. } if now >= self.end() => self.is_done = true,
            Input::Packet { from, octets } => self.on_packet(now, *from.ip(), octets),
            Input::Unsent { method, to } => {
                let meant = |question: &&mut Question| question.method == method && question.to == *to.ip();
                for question in self.questions.iter_mut().filter(meant) {
                    question.is_unsendable = true;
                }
            }
        }
    }

    /// The next packet that is due by now.
    pub fn poll_transmit(&mut self, now: Instant) -> Option<Transmit> {
        while let Some((at, index, is_repeat)) = self.agenda.front().copied() {
            if self.is_done || at > now {
                return None;
            }
            self.agenda.pop_front();
            if self.is_wanted(index, is_repeat) {
                return Some(self.transmit(now, index));
            }
        }
        None
    }

    /// When to feed [`Input::Timeout`]; `None` once the probe is over.
    pub fn deadline(&self) -> Option<Instant> {
        if self.is_done {
            return None;
        }
        Some(self.agenda.front().map_or(self.end(), |(at, _, _)| (*at).min(self.end())))
    }

    /// How long it goes on.
    pub fn remaining(&self, now: Instant) -> Duration {
        if self.is_done { Duration::ZERO } else { self.end().saturating_duration_since(now) }
    }

    /// The answers so far, in the order in which they came.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// What came and was no answer.
    pub fn ignored(&self) -> Ignored {
        self.ignored
    }

    /// The ways that questions really went.
    pub fn methods(&self) -> Vec<Method> {
        let mut methods: Vec<Method> =
            self.questions.iter().filter(|q| !q.is_unsendable).map(|question| question.method).collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }

    fn end(&self) -> Instant {
        self.began + LISTEN
    }

    /// A DISCOVER that was answered, or one server's answer to an INFORM, needs no repeat. A broadcast INFORM does,
    /// and costs no server anything: the answer of a second server may have been lost.
    fn is_wanted(&self, index: usize, is_repeat: bool) -> bool {
        let question = &self.questions[index];
        let settled = question.is_answered && question.method != Method::InformBroadcast;
        !(question.is_unsendable || is_repeat && settled)
    }

    fn transmit(&self, now: Instant, index: usize) -> Transmit {
        let question = &self.questions[index];
        let elapsed = now.saturating_duration_since(self.began).as_secs();
        let secs = u16::try_from(elapsed).unwrap_or(u16::MAX);
        let message = message(&self.setup, question, secs);
        Transmit {
            port: question.port,
            to: SocketAddrV4::new(question.to, SERVER_PORT),
            method: question.method,
            octets: message.encode(),
        }
    }

    fn on_packet(&mut self, now: Instant, from: Ipv4Addr, octets: &[u8]) {
        let Ok(reply) = Message::decode(octets) else {
            self.ignored.malformed = self.ignored.malformed.saturating_add(1);
            return;
        };
        let ours = |question: &&mut Question| {
            // An OFFER answers a DISCOVER, an ACK an INFORM; a NAK concerns somebody's lease, and we want none.
            let wanted = if question.method.is_discover() { MessageType::Offer } else { MessageType::Ack };
            question.xid == reply.xid && reply.kind() == Some(wanted)
        };
        let is_for_us = reply.op == Op::Reply && reply.mac == self.setup.mac;
        let Some(question) = self.questions.iter_mut().find(ours).filter(|_| is_for_us) else {
            self.ignored.foreign = self.ignored.foreign.saturating_add(1);
            return;
        };
        question.is_answered = true;
        let own = if question.method == Method::DiscoverAsRelay { self.setup.address } else { None };
        let after = now.saturating_duration_since(self.began);
        let answer = Answer::from_reply(&reply, from, own, question.method, question.as_phone, after);
        if self.answers.iter().any(|known| known.says_the_same(&answer)) {
            return; // the answer to a repeat, or a copy made on the way
        }
        let of_this_one = self.answers.iter().filter(|known| known.server == answer.server).count();
        if self.answers.len() >= MAX_ANSWERS || of_this_one >= MAX_OF_ONE {
            self.ignored.surplus = self.ignored.surplus.saturating_add(1);
            return;
        }
        self.answers.push(answer);
    }
}

/// What is asked, the most telling first. DISCOVER makes servers set an address aside, so there is one, asked as a
/// phone; the question of who is told what needs no more than INFORM.
fn questions(setup: &Setup) -> Vec<Question> {
    let Ports { address, any, relay } = setup.ports;
    let has_address = setup.address.is_some();
    let quiet = [(address, Port::Address), (any, Port::Any)].into_iter().find(|(open, _)| *open);
    let inform = quiet.map(|(_, port)| port).filter(|_| has_address);
    let wire = Ipv4Addr::BROADCAST;

    let mut planned = Vec::new();
    if let Some(port) = inform {
        planned.extend(setup.servers.iter().map(|server| (Method::InformUnicast, true, port, *server)));
    }
    if any {
        planned.push((Method::Discover, true, Port::Any, wire));
    } else if relay && has_address {
        let to = setup.servers.first().copied().unwrap_or(wire);
        planned.push((Method::DiscoverAsRelay, true, Port::Relay, to));
    }
    if let Some(port) = inform {
        planned.push((Method::InformBroadcast, true, port, wire));
        // Once without the vendor class: a server that tells only phones is worth knowing.
        planned.push(match setup.servers.first() {
            Some(server) => (Method::InformUnicast, false, port, *server),
            None => (Method::InformBroadcast, false, port, wire),
        });
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

fn message(setup: &Setup, question: &Question, secs: u16) -> Message {
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
