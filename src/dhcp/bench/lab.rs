//! The means of the tests: the server under virtual time, with clients that are messages.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use super::client::Clients;
use super::guard::testing::cleared;
use super::wire::{code, kind};
use super::*;
use crate::dhcp::packet::{Message, MessageType};
use crate::fleet::Mac;
use crate::timestamp::Timestamp;

pub(super) const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 150, 0, 1);
pub(super) const OWN_MAC: Mac = Mac([0x02, 0, 0, 0, 0, 1]);
const CLASS: &[u8] = b"Cisco Systems, Inc. IP Phone CP-7945G\0";
pub(super) const NOBODY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

pub(super) fn phone(n: u32) -> Mac {
    let [_, high, middle, low] = n.to_be_bytes();
    Mac([0x00, 0x1b, 0x2a, high, middle, low])
}

pub(super) fn settings(phones: usize, listed: Vec<Mac>) -> Settings {
    let class = String::from_utf8_lossy(&CLASS[..CLASS.len() - 1]).into_owned();
    Settings {
        own: cleared(LAPTOP, 22),
        own_mac: OWN_MAC,
        phones,
        clients: Clients::new([(class.clone(), "7945G".to_owned())], listed.iter().copied()),
        listed,
        hours: HOURS,
        vendor_class: class,
    }
}

/// A bench with nobody but its server; clients are what the test says.
pub(super) struct Lab {
    pub(super) bench: Bench,
    pub(super) now: Instant,
    began: Instant,
    /// Who answers at which address without having got it here.
    pub(super) neighbours: Vec<(Ipv4Addr, Mac)>,
    pub(super) sent: Vec<(SocketAddrV4, Message)>,
    pub(super) events: Vec<Event>,
    pub(super) knocks: usize,
    pub(super) saves: usize,
}

impl Lab {
    pub(super) fn new(settings: Settings) -> Self {
        Self::restarted(settings, None)
    }

    pub(super) fn restarted(settings: Settings, saved: Option<(&Saved, Timestamp)>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the origin of virtual time")]
        let now = Instant::now();
        let (bench, _) = Bench::new(now, settings, saved);
        let (neighbours, sent, events) = (Vec::new(), Vec::new(), Vec::new());
        Self { bench, now, began: now, neighbours, sent, events, knocks: 0, saves: 0 }
    }

    /// The same moment on the wall clock.
    pub(super) fn at(&self) -> Timestamp {
        Timestamp::from_unix_millis(1_800_000_000_000) + self.now.saturating_duration_since(self.began)
    }

    pub(super) fn drain(&mut self) {
        self.saves += usize::from(self.bench.take_unsaved());
        while let Some(output) = self.bench.poll() {
            match output {
                Output::Send { to, octets, from: Side::Server } => {
                    self.sent.push((to, Message::decode(&octets).expect("an answer is a message")));
                }
                Output::Send { .. } => {}
                Output::Knock(_) => self.knocks += 1,
                Output::ReadNeighbours => {
                    let table = self.neighbours.clone();
                    self.bench.handle(self.now, Input::Neighbours(&table));
                    self.saves += usize::from(self.bench.take_unsaved());
                }
            }
        }
        while let Some(event) = self.bench.poll_event() {
            self.events.push(event);
        }
        self.bench.leases.check();
    }

    /// Let time pass, with every deadline in it.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.bench.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.bench.handle(self.now, Input::Timeout);
            self.drain();
        }
        self.now = end;
    }

    pub(super) fn receive(&mut self, octets: &[u8]) {
        let from = SocketAddrV4::new(NOBODY, 68);
        self.bench.handle(self.now, Input::Packet { from, octets });
        self.drain();
    }

    pub(super) fn says(&mut self, message: &Message) {
        self.receive(&message.encode());
    }

    /// Everything that was sent since this was last asked.
    pub(super) fn heard(&mut self) -> Vec<(SocketAddrV4, Message)> {
        std::mem::take(&mut self.sent)
    }

    #[track_caller]
    pub(super) fn hears_one(&mut self) -> (SocketAddrV4, Message) {
        let mut heard = self.heard();
        assert_eq!(heard.len(), 1, "{heard:#?}");
        heard.remove(0)
    }

    /// DISCOVER, and the offer after the address was checked.
    #[track_caller]
    pub(super) fn is_offered(&mut self, mac: Mac) -> Ipv4Addr {
        self.says(&says(kind::DISCOVER, mac));
        self.pass(Duration::from_millis(300));
        let (_, offer) = self.hears_one();
        assert_eq!((offer.kind(), offer.mac), (Some(MessageType::Offer), mac));
        offer.yiaddr
    }

    /// The whole way to an address.
    #[track_caller]
    pub(super) fn leases(&mut self, mac: Mac) -> Ipv4Addr {
        let address = self.is_offered(mac);
        self.says(&takes(mac, address));
        let (_, ack) = self.hears_one();
        assert_eq!((ack.kind(), ack.yiaddr), (Some(MessageType::Ack), address));
        address
    }
}

pub(super) fn says(kind: u8, mac: Mac) -> Message {
    Message::request(MessageType::Other(kind), u32::from(mac.0[5]) + 77, mac)
        .with(code::VENDOR_CLASS, CLASS)
        .with(code::PARAMETER_LIST, [1, 66, 6, 3, 15, 150, 35])
}

pub(super) fn takes(mac: Mac, address: Ipv4Addr) -> Message {
    says(kind::REQUEST, mac)
        .with(code::REQUESTED_ADDRESS, address.octets())
        .with(code::SERVER_ID, LAPTOP.octets())
}

pub(super) fn reboots(mac: Mac, address: Ipv4Addr) -> Message {
    says(kind::REQUEST, mac).with(code::REQUESTED_ADDRESS, address.octets())
}

pub(super) fn renews(mac: Mac, address: Ipv4Addr) -> Message {
    Message { ciaddr: address, ..says(kind::REQUEST, mac) }
}

pub(super) fn number(message: &Message, code: u8) -> u32 {
    u32::from_be_bytes(message.first(code).unwrap().try_into().unwrap())
}
