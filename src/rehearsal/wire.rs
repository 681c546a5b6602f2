//! A network under virtual time between one server and many simulated phones: it loses, delays, doubles and reorders
//! datagrams as its seed says, and nothing ever sleeps.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::phone::{Destination, Input, SimPhone};

/// The port of the server that takes requests.
const REQUEST_PORT: u16 = 69;
/// First of the ports that phones take for their transfers.
const FIRST_PHONE_PORT: u16 = 49_152;
/// How many of those there are; the RFC 6335 range.
const PHONE_PORTS: u32 = 16_384;

/// What can stand at the server's end of a [`Wire`].
pub trait Server {
    /// A datagram arrived at this port of the server.
    fn receive(&mut self, now: Instant, from: SocketAddr, to_port: u16, octets: &[u8]);
    /// Time has passed.
    fn timeout(&mut self, now: Instant);
    /// Write the next packet that is due into `out`, which is emptied first: from which port it goes, and to whom.
    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<(u16, SocketAddr)>;
    /// When to call [`Self::timeout`].
    fn deadline(&self) -> Option<Instant>;
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// Whether every phone was done and the server had nothing left to wait for; otherwise the limit was reached.
    pub quiet: bool,
    /// Virtual time that passed.
    pub took: Duration,
    /// Datagrams that were sent, either way.
    pub sent: u64,
    /// How many of them were lost.
    pub lost: u64,
}

/// The network. [`Wire::seeded`] is a perfect one with a delay of 200 µs; the other methods make it worse.
#[derive(Debug)]
pub struct Wire {
    dice: fastrand::Rng,
    began: Instant,
    now: Instant,
    loss: f64,
    duplication: f64,
    reordering: f64,
    delay: Duration,
    jitter: Duration,
    /// Datagrams on their way, by arrival; the second number keeps the order of those that arrive together.
    flying: BinaryHeap<Reverse<(Instant, u64)>>,
    datagrams: HashMap<u64, Datagram>,
    sent: u64,
    lost: u64,
    next: u64,
}

#[derive(Debug, Clone)]
enum Datagram {
    ToServer { from: SocketAddr, to_port: u16, octets: Vec<u8> },
    ToPhone { to: SocketAddr, from_port: u16, octets: Vec<u8> },
}

impl Wire {
    /// A good network whose clock begins at `now`. The same seed gives the same run.
    pub fn seeded(seed: u64, now: Instant) -> Self {
        Self {
            dice: fastrand::Rng::with_seed(seed),
            began: now,
            now,
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            delay: Duration::from_micros(200),
            jitter: Duration::ZERO,
            flying: BinaryHeap::new(),
            datagrams: HashMap::new(),
            sent: 0,
            lost: 0,
            next: 0,
        }
    }

    /// Lose this share of all datagrams, 0 to 1.
    #[must_use]
    pub fn losing(self, share: f64) -> Self {
        Self { loss: share, ..self }
    }

    /// Deliver this share of all datagrams twice.
    #[must_use]
    pub fn doubling(self, share: f64) -> Self {
        Self { duplication: share, ..self }
    }

    /// Hold back this share of all datagrams for ten delays, so that later ones overtake them.
    #[must_use]
    pub fn reordering(self, share: f64) -> Self {
        Self { reordering: share, ..self }
    }

    /// Every datagram takes `delay`, and up to `jitter` more.
    #[must_use]
    pub fn delaying(self, delay: Duration, jitter: Duration) -> Self {
        Self { delay, jitter, ..self }
    }

    /// The virtual time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Carry datagrams until every phone is done, nothing is on its way and the server waits for nothing, or until
    /// `limit` of virtual time has passed.
    pub fn run<S: Server>(&mut self, server: &mut S, phones: &mut [SimPhone], limit: Duration) -> RunEnd {
        let end = self.now + limit;
        let mut ports = Ports::default();
        let mut alarms: BTreeSet<(Instant, usize)> = BTreeSet::new();
        let mut rings: Vec<Option<Instant>> = vec![None; phones.len()];
        let mut out = Vec::new();
        for (index, phone) in phones.iter_mut().enumerate() {
            self.drain_phone(index, phone, &mut ports, &mut out);
            rearm(&mut alarms, &mut rings, index, phone.deadline());
        }
        self.drain_server(server, &mut out);
        let quiet = loop {
            let arrival = self.flying.peek().map(|Reverse((at, _))| *at);
            let alarm = alarms.first().map(|(at, _)| *at);
            let Some(next) = [arrival, alarm, server.deadline()].into_iter().flatten().min() else {
                break phones.iter().all(SimPhone::done);
            };
            if next > end {
                self.now = end;
                break false;
            }
            self.now = self.now.max(next);
            if arrival == Some(next) {
                let datagram =
                    self.flying.pop().and_then(|Reverse((_, number))| self.datagrams.remove(&number));
                match datagram {
                    Some(Datagram::ToServer { from, to_port, octets }) => {
                        server.receive(self.now, from, to_port, &octets);
                    }
                    Some(Datagram::ToPhone { to, from_port, octets }) => {
                        if let Some((index, socket)) = ports.find(to)
                            && phones[index].address() == to.ip()
                        {
                            let input = Input::Datagram { socket, from_port, octets: &octets };
                            phones[index].handle(self.now, input);
                            self.drain_phone(index, &mut phones[index], &mut ports, &mut out);
                            rearm(&mut alarms, &mut rings, index, phones[index].deadline());
                        }
                    }
                    None => {}
                }
            } else if alarm == Some(next) {
                let Some((_, index)) = alarms.pop_first() else { continue };
                rings[index] = None;
                phones[index].handle(self.now, Input::Timeout);
                self.drain_phone(index, &mut phones[index], &mut ports, &mut out);
                rearm(&mut alarms, &mut rings, index, phones[index].deadline());
            } else {
                server.timeout(self.now);
            }
            self.drain_server(server, &mut out);
        };
        RunEnd { quiet, took: self.now - self.began, sent: self.sent, lost: self.lost }
    }

    fn drain_phone(&mut self, index: usize, phone: &mut SimPhone, ports: &mut Ports, out: &mut Vec<u8>) {
        while let Some(transmit) = phone.poll_transmit(out) {
            let from = ports.of(index, transmit.socket, phone);
            let to_port = match transmit.to {
                Destination::Request => REQUEST_PORT,
                Destination::Port(port) => port,
            };
            self.send(&Datagram::ToServer { from, to_port, octets: out.clone() });
        }
    }

    fn drain_server<S: Server>(&mut self, server: &mut S, out: &mut Vec<u8>) {
        while let Some((from_port, to)) = server.poll_transmit(self.now, out) {
            self.send(&Datagram::ToPhone { to, from_port, octets: out.clone() });
        }
    }

    fn send(&mut self, datagram: &Datagram) {
        let copies = if self.dice.f64() < self.duplication { 2 } else { 1 };
        for _ in 0..copies {
            self.sent += 1;
            if self.dice.f64() < self.loss {
                self.lost += 1;
                continue;
            }
            let mut takes = self.delay + self.jitter.mul_f64(self.dice.f64());
            if self.dice.f64() < self.reordering {
                takes += self.delay * 10;
            }
            self.flying.push(Reverse((self.now + takes, self.next)));
            self.datagrams.insert(self.next, datagram.clone());
            self.next += 1;
        }
    }
}

fn rearm(
    alarms: &mut BTreeSet<(Instant, usize)>,
    rings: &mut [Option<Instant>],
    index: usize,
    deadline: Option<Instant>,
) {
    if let Some(at) = std::mem::replace(&mut rings[index], deadline) {
        alarms.remove(&(at, index));
    }
    if let Some(at) = deadline {
        alarms.insert((at, index));
    }
}

/// Which port stands for which transfer of which phone.
#[derive(Debug, Default)]
struct Ports(HashMap<SocketAddr, (usize, u32)>);

impl Ports {
    /// The address and port of a phone's transfer. High ports that change with each transfer, as phones have them.
    fn of(&mut self, index: usize, socket: u32, phone: &SimPhone) -> SocketAddr {
        let offset = u16::try_from(socket % PHONE_PORTS).expect("the range has fewer than 65,536 ports");
        let address = SocketAddr::new(phone.address(), FIRST_PHONE_PORT + offset);
        self.0.insert(address, (index, socket));
        address
    }

    fn find(&self, address: SocketAddr) -> Option<(usize, u32)> {
        self.0.get(&address).copied()
    }
}
