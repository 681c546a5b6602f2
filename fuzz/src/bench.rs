//! The bench's DHCP server, told anything by anybody: phones, strangers, relays, other servers, at any pace.
//!
//! Whatever is said to it: it gives away only addresses of its pool, and never one that another phone holds; a relayed
//! packet draws nothing; nobody else's network is spoken to; after its end it is silent; and it holds no more than it
//! promises, however long that goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use loadlift::dhcp::bench::{
    Bench, Cleared, Clients, Facts, HOURS, Heard, Input, LEASE, MOST_REMEMBERED, Output, Pool, Saved,
    Settings, Side, judge,
};
use loadlift::dhcp::options::code;
use loadlift::dhcp::{Message, MessageType};
use loadlift::fleet::Mac;
use loadlift::preflight::Origin;
use loadlift::timestamp::Timestamp;

use super::script::Script;

const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 150, 0, 1);
const OWN_MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const CLASS: &str = "Cisco Systems, Inc. IP Phone CP-7945G";
/// Longer conversations only repeat themselves.
const STEPS: usize = 400;
/// Codes and kinds that only a server needs (RFC 2132).
const REQUESTED_ADDRESS: u8 = 50;
const CLIENT_ID: u8 = 61;
const KINDS: [u8; 8] = [1, 3, 3, 4, 7, 8, 1, 2];

/// The bench, and what its clients know.
struct Talk {
    bench: Bench,
    now: Instant,
    began: Instant,
    own: Cleared,
    setup: u8,
    /// What may be given away: the pool, and what a restart took over.
    addresses: BTreeSet<Ipv4Addr>,
    /// Who holds which address by the last ACK, and until when.
    held: BTreeMap<Ipv4Addr, (Mac, Instant)>,
    /// What was offered last, to whom.
    offered: Option<(Mac, Ipv4Addr)>,
    neighbours: Vec<(Ipv4Addr, Mac)>,
}

/// Try one conversation.
pub fn check(input: &[u8]) {
    let mut script = Script::new(input);
    let mut talk = Talk::new(script.octet());
    for _ in 0..STEPS {
        if script.is_over() {
            break;
        }
        talk.step(&mut script);
    }
    // What was begun comes to its end, and an hour after the last packet nobody is promised anything.
    talk.pass(Duration::from_secs(3600));
    assert!(talk.bench.stopped().is_some() || talk.bench.leases() == 0, "a lease that never ends");
}

fn cleared(prefix: u8) -> Cleared {
    let facts = Facts {
        name: "eth0".into(),
        address: Some(LAPTOP),
        prefix,
        origin: Origin::ByHand,
        has_gateway: false,
        is_wireless: false,
        is_virtual: false,
    };
    judge(&facts).expect("nothing speaks against it").clear(&Heard::default()).expect("nobody was heard")
}

/// Phones by their number; a few are strangers, and one is the laptop itself.
fn mac(n: u8) -> Mac {
    match n % 32 {
        31 => OWN_MAC,
        30 => Mac([2, 0, 0, 0, 0, n]),
        // A new one at each mention: a flood.
        29 => Mac([0x00, 0x1b, 0x2a, 0xff, n, 0]),
        few => Mac([0x00, 0x1b, 0x2a, 0, 0, few % 12]),
    }
}

fn address(n: u8) -> Ipv4Addr {
    match n {
        0 => Ipv4Addr::UNSPECIFIED,
        250 => Ipv4Addr::BROADCAST,
        251 => Ipv4Addr::new(8, 8, 8, 8),
        252 => Ipv4Addr::new(10, 150, 3, 255),
        253 => Ipv4Addr::new(10, 150, 0, 0),
        254 => Ipv4Addr::LOCALHOST,
        255 => Ipv4Addr::new(10, 20, 30, 40),
        near => Ipv4Addr::new(10, 150, 0, near % 16),
    }
}

impl Talk {
    fn new(setup: u8) -> Self {
        let now = Instant::now();
        let own = cleared(if setup & 1 == 0 { 22 } else { 29 });
        let (bench, pool) = Self::begin(now, &own, setup, None);
        let addresses = pool.addresses().iter().copied().collect();
        let (held, neighbours) = (BTreeMap::new(), Vec::new());
        Self { bench, now, began: now, own, setup, addresses, held, offered: None, neighbours }
    }

    fn begin(now: Instant, own: &Cleared, setup: u8, saved: Option<(&Saved, Timestamp)>) -> (Bench, Pool) {
        let listed: Vec<Mac> = (0..setup >> 4).map(mac).collect();
        let phones = usize::from(setup >> 1 & 7);
        let settings = Settings {
            own: own.clone(),
            own_mac: OWN_MAC,
            phones,
            clients: Clients::new([(CLASS.to_owned(), "7945G".to_owned())], listed.iter().copied()),
            listed: listed.clone(),
            hours: HOURS,
            vendor_class: CLASS.into(),
        };
        let (bench, _) = Bench::new(now, settings, saved);
        (bench, Pool::sized(own, phones.max(listed.len())))
    }

    /// The same moment on the wall clock.
    fn at(&self) -> Timestamp {
        Timestamp::from_unix_millis(1_800_000_000_000) + self.now.saturating_duration_since(self.began)
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.octet() % 10 {
            0 => self.receive(script.long_piece(), address(script.octet())),
            1..=3 => {
                let message = self.message(script);
                self.receive(&message.encode(), address(script.octet()));
            }
            4 => {
                // One octet is wrong.
                let mut octets = self.message(script).encode();
                let at = usize::from(script.number()) % octets.len();
                octets[at] = script.octet();
                self.receive(&octets, Ipv4Addr::UNSPECIFIED);
            }
            5 => {
                // Whoever was offered something takes it.
                if let Some((mac, offered)) = self.offered.take() {
                    let request = Message::request(MessageType::Other(3), 7, mac)
                        .with(code::VENDOR_CLASS, CLASS.as_bytes())
                        .with(REQUESTED_ADDRESS, offered.octets())
                        .with(code::SERVER_ID, LAPTOP.octets());
                    self.receive(&request.encode(), Ipv4Addr::UNSPECIFIED);
                }
            }
            6 => self.pass(Duration::from_millis(u64::from(script.number()))),
            7 => self.pass(Duration::from_millis(u64::from(script.number()) * 100)),
            8 => {
                let (address, mac) = (address(script.octet()), mac(script.octet()));
                self.neighbours.retain(|(known, _)| *known != address);
                self.neighbours.push((address, mac));
            }
            _ => match script.octet() % 4 {
                0 => self.restart(),
                _ => {
                    self.bench.handle(self.now, Input::LetIn(mac(script.octet())));
                    self.drain(false);
                }
            },
        }
        assert!(self.bench.remembered() <= MOST_REMEMBERED, "{} entries", self.bench.remembered());
    }

    /// A message as clients build them, with whatever in it.
    fn message(&self, script: &mut Script<'_>) -> Message {
        let (kind, flags) = (script.octet(), script.octet());
        let kind = KINDS.get(usize::from(kind)).copied().unwrap_or(kind);
        let mut message = Message::request(MessageType::Other(kind), u32::from(flags), mac(script.octet()));
        if flags & 1 == 0 {
            message = message.with(code::VENDOR_CLASS, CLASS.as_bytes());
        }
        if flags & 2 != 0 {
            message = message.with(REQUESTED_ADDRESS, address(script.octet()).octets());
        }
        if flags & 4 != 0 {
            message = message.with(code::SERVER_ID, LAPTOP.octets());
        }
        if flags & 8 != 0 {
            message.ciaddr = address(script.octet());
        }
        if flags & 16 != 0 {
            message = message.with(code::PARAMETER_LIST, [1, 66, 6, 3, 15, 150, 35]);
        }
        if flags & 0x60 == 0x60 {
            message = message.with(CLIENT_ID, script.piece().to_vec());
        }
        if flags & 0xa0 == 0xa0 {
            message.giaddr = address(script.octet());
        }
        message
    }

    fn receive(&mut self, octets: &[u8], from: Ipv4Addr) {
        let message = Message::decode(octets).ok();
        let is_relayed = message.as_ref().is_some_and(|message| !message.giaddr.is_unspecified());
        if let Some(message) = &message {
            self.gives_up(message);
        }
        let is_silent = self.bench.stopped().is_some() || is_relayed;
        self.bench.handle(self.now, Input::Packet { from: SocketAddrV4::new(from, 68), octets });
        self.drain(is_silent);
    }

    /// A phone that gives its address back holds it no more.
    fn gives_up(&mut self, message: &Message) {
        let of_it = |(mac, _): &(Mac, Instant)| *mac == message.mac;
        let given_up = match message.kind().map(MessageType::octet) {
            Some(4) => message.address(REQUESTED_ADDRESS),
            Some(7) => Some(message.ciaddr),
            _ => None,
        };
        if let Some(address) = given_up.filter(|address| self.held.get(address).is_some_and(of_it)) {
            self.held.remove(&address);
        }
    }

    /// Do what is wanted; with `is_silent`, nothing may be.
    fn drain(&mut self, is_silent: bool) {
        let _ = self.bench.take_unsaved();
        while let Some(output) = self.bench.poll() {
            assert!(!is_silent, "this draws nothing: {output:?}");
            match output {
                Output::Send { from: Side::Server, to, octets } => self.is_told(to, &octets),
                Output::Send { from: Side::Client, to, octets } => {
                    let question = Message::decode(&octets).expect("our own question reads back");
                    assert_eq!((question.mac, *to.ip(), to.port()), (OWN_MAC, Ipv4Addr::BROADCAST, 67));
                }
                Output::Knock(address) => self.is_ours(address),
                Output::ReadNeighbours => {
                    let table = self.neighbours.clone();
                    self.bench.handle(self.now, Input::Neighbours(&table));
                    let _ = self.bench.take_unsaved();
                }
            }
        }
        while self.bench.poll_event().is_some() {}
    }

    fn is_ours(&self, address: Ipv4Addr) {
        assert!(self.addresses.contains(&address), "{address} is not of the pool");
        assert_ne!(address, LAPTOP);
    }

    /// An answer is on the wire.
    fn is_told(&mut self, to: SocketAddrV4, octets: &[u8]) {
        let reply = Message::decode(octets).expect("our own answer reads back");
        assert_ne!(reply.mac, OWN_MAC, "it answers itself");
        assert_eq!(to.port(), 68);
        let mask = self.own.mask().to_bits();
        let is_near = to.ip().to_bits() & mask == LAPTOP.to_bits() & mask;
        assert!(to.ip().is_broadcast() || is_near && *to.ip() != LAPTOP, "an answer to {to}");
        assert_eq!(reply.address(code::SERVER_ID), Some(LAPTOP));
        if reply.yiaddr.is_unspecified() {
            return; // NAK, or options alone
        }
        let address = reply.yiaddr;
        self.is_ours(address);
        let holder = self.held.get(&address).filter(|(_, until)| *until > self.now);
        assert!(
            holder.is_none_or(|(mac, _)| *mac == reply.mac),
            "{address} is given to {} and is {}'s",
            reply.mac,
            holder.map(|(mac, _)| mac.to_string()).unwrap_or_default()
        );
        if reply.kind() == Some(MessageType::Offer) {
            self.offered = Some((reply.mac, address));
            return;
        }
        self.held.retain(|_, (mac, _)| *mac != reply.mac);
        self.held.insert(address, (reply.mac, self.now + LEASE));
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.bench.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.bench.handle(self.now, Input::Timeout);
            self.drain(false);
            let due = self.bench.deadline();
            assert!(due.is_none_or(|due| due > self.now), "it would spin");
        }
        self.now = until;
    }

    /// The program is ended and started again.
    fn restart(&mut self) {
        if self.bench.stopped().is_some() {
            return;
        }
        let before = self.bench.leases();
        let text = serde_json::to_vec(&self.bench.saved(self.now, self.at())).expect("leases can be written");
        let saved: Saved = serde_json::from_slice(&text).expect("what was written reads back");
        self.addresses.extend(saved.leases.iter().map(|lease| lease.address));
        let (bench, _) = Self::begin(self.now, &self.own, self.setup, Some((&saved, self.at())));
        self.bench = bench;
        self.drain(false);
        assert_eq!(self.bench.leases(), before, "a lease was lost");
    }
}
