//! The question for option 150, as a state machine under virtual time: what is sent when, and which answers count.
//!
//! Drain [`Probe::poll_transmit`], sleep until [`Probe::deadline`] or a datagram, feed [`Probe::handle`]. It sends a
//! handful of packets, each at most twice and apart from each other (switches shut ports that ask too fast), always
//! with the machine's own hardware address (snooping switches drop others), listens for six seconds (one server pings
//! three before it offers) and never sends a REQUEST, so no server gives anything away.
//!
//! It asks whom it was told to, the wire itself, and by name the servers that answered: see [`Setup`] and
//! `may_learn` for what a liar cannot make it do. Where nothing answers, or no port is to be had, it wants the system's own DHCP client asked
//! ([`Probe::poll_system`]).
//!
//! Everything that it is fed may be hostile. A whole probe, as a fuzzer would run it:
//!
//! ```
//! use loadlift::dhcp::{Input, Ports, Probe, Setup};
//! use loadlift::fleet::Mac;
//! use loadlift::platform::clock;
//!
//! let setup = Setup {
//!     mac: Mac([2, 0, 0, 0, 0, 5]),
//!     address: Some([10, 20, 0, 5].into()),
//!     network: None,
//!     servers: Vec::new(),
//!     lease_server: None,
//!     subnet: None,
//!     vendor_class: "Cisco Systems, Inc. IP Phone CP-7945G".into(),
//!     xid: 7, // the questions are 7, 8, 9 ...
//!     ports: Ports { address: true, any: true, ..Ports::default() },
//! };
//! let start = clock::now();
//! let mut probe = Probe::new(start, setup)?;
//! while let Some(at) = probe.deadline() {
//!     while probe.poll_transmit(at).is_some() {}
//!     let octets = b"whatever comes";
//!     probe.handle(at, Input::Packet { from: "10.20.0.1:67".parse()?, octets });
//!     probe.handle(at, Input::Timeout);
//! }
//! assert!(probe.answers().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use super::answer::{Answer, Asking, Method};
use super::options::{RawOption, code};
use super::packet::{Message, MessageType, Op};
use super::questions::{self, MAX_NAMED, Port, ProbeError, Question, Setup};

/// From the first question to the end: longer than any server seen (3.0 s), and short enough that the system's own
/// DHCP client, whose answers may land with us meanwhile, asks again before it worries.
pub const LISTEN: Duration = Duration::from_secs(6);
/// From the first question to the one to the system's own client, if nobody answers: longer than the slowest server.
const SYSTEM_AFTER: Duration = Duration::from_millis(3500);
/// From a question to its repeat.
const REPEAT: Duration = Duration::from_secs(2);
/// Between two questions. Switches with DHCP snooping count packets per second.
const APART: Duration = Duration::from_millis(100);
/// Answers that are kept; a network has a server or two, a flood has more.
const MAX_ANSWERS: usize = 48;
/// Answers that are kept of one server.
const MAX_OF_ONE: usize = 8;
/// Where servers listen.
const SERVER_PORT: u16 = 67;
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
    /// The system's own DHCP client, asked after [`Probe::poll_system`], has got these options.
    System {
        /// Options as they stood in the answer.
        options: &'a [RawOption],
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
    /// When to ask the system's own client, if nobody has answered by then.
    ask_system: Option<Instant>,
    has_asked_system: bool,
    is_done: bool,
}

impl Probe {
    /// A probe that begins now; its first packet is due at once.
    pub fn new(now: Instant, mut setup: Setup) -> Result<Self, ProbeError> {
        setup.servers.truncate(MAX_NAMED);
        let questions = questions::questions(&setup);
        let ports = setup.ports;
        if questions.is_empty() && !ports.system {
            let any_port = ports.address || ports.any || ports.relay;
            return Err(if any_port { ProbeError::NoAddress } else { ProbeError::NoPort });
        }
        let patience = if questions.is_empty() { Duration::ZERO } else { SYSTEM_AFTER };
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
            ask_system: ports.system.then(|| now + patience),
            has_asked_system: false,
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
            Input::System { options } => self.on_system(now, options),
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

    /// Whether it is time to ask the system's own DHCP client: `true` once at most, and only if it takes questions.
    pub fn poll_system(&mut self, now: Instant) -> bool {
        let is_due = !self.is_done && self.answers.is_empty() && self.ask_system.is_some_and(|at| at <= now);
        if is_due {
            self.ask_system = None;
            self.has_asked_system = true;
        }
        is_due
    }

    /// When to feed [`Input::Timeout`]; `None` once the probe is over.
    pub fn deadline(&self) -> Option<Instant> {
        if self.is_done {
            return None;
        }
        let packet = self.agenda.front().map(|(at, _, _)| *at);
        let system = self.ask_system.filter(|_| self.answers.is_empty());
        packet.into_iter().chain(system).chain([self.end()]).min()
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
        let sent = self.questions.iter().filter(|question| !question.is_unsendable).map(|q| q.method);
        let mut methods: Vec<Method> = sent.chain(self.has_asked_system.then_some(Method::System)).collect();
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
        let message = questions::message(&self.setup, question, secs);
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
        let giaddr = if question.method == Method::DiscoverAsRelay { self.setup.address } else { None };
        let answer = Answer::from_reply(
            &reply,
            &Asking {
                method: question.method,
                as_phone: question.as_phone,
                from,
                giaddr,
                network: self.setup.network,
                after: now.saturating_duration_since(self.began),
            },
        );
        self.learn(now, answer.server, from);
        self.keep(answer);
    }

    /// The system's client does not say whom it heard: without option 54 it is the server of the lease. Where it has
    /// nothing about TFTP servers it may not have asked at all, so that is no answer.
    fn on_system(&mut self, now: Instant, options: &[RawOption]) {
        if !options.iter().any(|option| [code::TFTP_ADDRESSES, code::TFTP_NAME].contains(&option.code)) {
            return;
        }
        let mut reply = Message::request(MessageType::Ack, 0, self.setup.mac);
        reply.op = Op::Reply;
        reply.options.extend_from_slice(options);
        let asking = Asking {
            method: Method::System,
            as_phone: false,
            from: self.setup.lease_server.unwrap_or(Ipv4Addr::UNSPECIFIED),
            // It tells of no packet, so nothing can be said of a relay.
            giaddr: self.setup.address,
            network: self.setup.network,
            after: now.saturating_duration_since(self.began),
        };
        self.keep(Answer::from_reply(&reply, &asking));
    }

    fn keep(&mut self, answer: Answer) {
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

    /// Ask a server that has shown itself by name as well: such an answer comes through relays and firewalls that the
    /// others do not come through.
    fn learn(&mut self, now: Instant, server: Ipv4Addr, sender: Ipv4Addr) {
        let Some(port) = self.setup.inform_port().filter(|_| self.setup.may_learn(server, sender)) else {
            return;
        };
        let named = || {
            let by_name = |q: &&Question| q.method == Method::InformUnicast && q.as_phone;
            self.questions.iter().filter(by_name).map(|question| question.to)
        };
        if named().count() >= MAX_NAMED || named().any(|known| known == server) {
            return;
        }
        let index = self.questions.len();
        self.questions.push(Question {
            method: Method::InformUnicast,
            as_phone: true,
            port,
            to: server,
            xid: self.setup.xid.wrapping_add(u32::try_from(index).unwrap_or(u32::MAX)),
            is_answered: false,
            is_unsendable: false,
        });
        let first = self.put_on_agenda(now + APART, index, false);
        self.put_on_agenda(first + REPEAT, index, true);
    }

    /// The first moment from `earliest` on that is apart from all others.
    fn put_on_agenda(&mut self, earliest: Instant, question: usize, is_repeat: bool) -> Instant {
        let (mut at, mut place) = (earliest, 0);
        for (n, (taken, _, _)) in self.agenda.iter().enumerate() {
            if *taken >= at + APART {
                break;
            }
            if *taken + APART > at {
                at = *taken + APART;
            }
            place = n + 1;
        }
        self.agenda.insert(place, (at, question, is_repeat));
        at
    }
}
