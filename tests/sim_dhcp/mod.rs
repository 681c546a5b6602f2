//! DHCP servers of the kinds that the lab showed, under virtual time, and a probe run against them to its end.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use loadlift::dhcp::options::code;
use loadlift::dhcp::packet::Op;
use loadlift::dhcp::{Input, Message, MessageType, Method, Port, Ports, Probe, Setup, Subnet, Transmit};
use loadlift::fleet::Mac;
use loadlift::platform::clock;

pub(crate) const MAC: Mac = Mac([0x02, 0, 0, 0, 0, 5]);
pub(crate) const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 5);
pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 1);
pub(crate) const ROGUE: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 2);
pub(crate) const CUCM: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 1, 1, 10), Ipv4Addr::new(10, 1, 1, 11)];
pub(crate) const CLASS: &str = "Cisco Systems, Inc. IP Phone CP-7945G";
pub(crate) const ALL_PORTS: Ports = Ports { address: true, any: true, relay: true, system: false };

pub(crate) fn setup() -> Setup {
    Setup {
        mac: MAC,
        address: Some(LAPTOP),
        network: "10.20.0.0/24".parse().ok(),
        servers: Vec::new(),
        lease_server: None,
        subnet: None,
        vendor_class: CLASS.into(),
        xid: 0xffff_fffe, // wraps on the way
        ports: ALL_PORTS,
    }
}

/// What is odd about a server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    Plain,
    /// Tells option 150 to phones alone.
    PhonesOnly,
    /// Hears nothing that is broadcast.
    FarAway,
    /// Answers for its first scope where option 118 asks for another one.
    DeafTo118,
    /// Loses the first packet of each kind.
    LosesFirst,
}

/// A DHCP server as the lab showed them.
#[derive(Clone)]
pub(crate) struct SimServer {
    pub(crate) id: Ipv4Addr,
    pub(crate) option_150: Vec<Ipv4Addr>,
    /// How long it checks an address before it offers it.
    pub(crate) offers_after: Duration,
    pub(crate) habit: Habit,
    /// Its other scope, for option 118.
    pub(crate) voice: Option<(Subnet, Vec<Ipv4Addr>)>,
}

impl SimServer {
    pub(crate) fn new(id: Ipv4Addr, option_150: &[Ipv4Addr]) -> Self {
        Self {
            id,
            option_150: option_150.to_vec(),
            offers_after: Duration::ZERO,
            habit: Habit::Plain,
            voice: None,
        }
    }

    pub(crate) fn answer(&self, sent: &Transmit, times_asked: u32) -> Option<(Duration, Vec<u8>)> {
        let to_us = *sent.to.ip() == self.id
            || (*sent.to.ip() == Ipv4Addr::BROADCAST && self.habit != Habit::FarAway);
        if !to_us || (self.habit == Habit::LosesFirst && times_asked == 1) {
            return None;
        }
        let question = Message::decode(&sent.octets).unwrap();
        let is_discover = question.kind() == Some(MessageType::Discover);
        let kind = if is_discover { MessageType::Offer } else { MessageType::Ack };
        let mut reply = Message::request(kind, question.xid, question.mac);
        reply.op = Op::Reply;
        reply.giaddr = question.giaddr;
        let asked = question.address(code::SUBNET_SELECTION).filter(|_| self.habit != Habit::DeafTo118);
        let voice = self.voice.as_ref().filter(|(subnet, _)| asked == Some(subnet.address()));
        let (net, list) = match voice {
            Some((subnet, list)) => (subnet.address().octets(), list),
            None => ([10, 20, 0, 0], &self.option_150),
        };
        if is_discover {
            reply.yiaddr = Ipv4Addr::new(net[0], net[1], net[2], 100);
            reply = reply.with(code::LEASE_TIME, 3600_u32.to_be_bytes());
        }
        reply = reply
            .with(code::SERVER_ID, self.id.octets())
            .with(code::SUBNET_MASK, [255, 255, 255, 0])
            .with(code::ROUTER, [net[0], net[1], net[2], 1]);
        let is_phone = question.first(code::VENDOR_CLASS).is_some_and(|class| class.starts_with(b"Cisco"));
        if !list.is_empty() && (is_phone || self.habit != Habit::PhonesOnly) {
            let octets: Vec<u8> = list.iter().flat_map(Ipv4Addr::octets).collect();
            reply = reply.with(code::TFTP_ADDRESSES, octets);
        }
        Some((if is_discover { self.offers_after } else { Duration::ZERO }, reply.encode()))
    }
}

/// Everything that a probe sent, with the time since its start.
pub(crate) type Sent = Vec<(Duration, Transmit)>;

/// Run a probe to its end against servers. Nothing sleeps.
pub(crate) fn run(setup: Setup, servers: &[SimServer]) -> (Probe, Sent) {
    let start = clock::now();
    let mut probe = Probe::new(start, setup).unwrap();
    let mut sent = Vec::new();
    let mut under_way: BTreeMap<(Instant, usize), (Ipv4Addr, Vec<u8>)> = BTreeMap::new();
    let mut asked: BTreeMap<(usize, Method, bool), u32> = BTreeMap::new();
    let mut now = start;
    for _ in 0..1000 {
        while let Some(packet) = probe.poll_transmit(now) {
            let is_phone = Message::decode(&packet.octets).unwrap().first(code::VENDOR_CLASS).is_some();
            for (n, server) in servers.iter().enumerate() {
                let times = asked.entry((n, packet.method, is_phone)).or_insert(0);
                *times += 1;
                if let Some((delay, octets)) = server.answer(&packet, *times) {
                    under_way.insert((now + delay, under_way.len() + sent.len() * 100), (server.id, octets));
                }
            }
            sent.push((now - start, packet));
        }
        // This machine's own client, if it is asked at all, has nothing to say.
        let _ = probe.poll_system(now);
        let Some(deadline) = probe.deadline() else { return (probe, sent) };
        match under_way.first_key_value() {
            Some(((at, _), _)) if *at <= deadline => {
                let ((at, _), (from, octets)) = under_way.pop_first().unwrap();
                now = now.max(at);
                probe.handle(now, Input::Packet { from: SocketAddrV4::new(from, 67), octets: &octets });
            }
            _ => {
                now = now.max(deadline);
                probe.handle(now, Input::Timeout);
            }
        }
    }
    panic!("the probe does not end");
}

pub(crate) fn timetable(sent: &Sent) -> Vec<(u128, Method, Port)> {
    sent.iter().map(|(at, packet)| (at.as_millis(), packet.method, packet.port)).collect()
}
