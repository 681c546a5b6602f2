//! The server under virtual time, with clients that are messages.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use super::client::Clients;
use super::guard::testing::cleared;
use super::wire::{code, kind};
use super::*;
use crate::dhcp::options::Addresses;
use crate::dhcp::packet::{Message, MessageType, Op};
use crate::fleet::Mac;
use crate::timestamp::Timestamp;

pub(super) const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 150, 0, 1);
pub(super) const OWN_MAC: Mac = Mac([0x02, 0, 0, 0, 0, 1]);
const CLASS: &[u8] = b"Cisco Systems, Inc. IP Phone CP-7945G\0";
const NOBODY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

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

    fn restarted(settings: Settings, saved: Option<(&Saved, Timestamp)>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the origin of virtual time")]
        let now = Instant::now();
        let (bench, _) = Bench::new(now, settings, saved);
        let (neighbours, sent, events) = (Vec::new(), Vec::new(), Vec::new());
        Self { bench, now, began: now, neighbours, sent, events, knocks: 0, saves: 0 }
    }

    /// The same moment on the wall clock.
    fn at(&self) -> Timestamp {
        Timestamp::from_unix_millis(1_800_000_000_000) + self.now.saturating_duration_since(self.began)
    }

    fn drain(&mut self) {
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

    fn says(&mut self, message: &Message) {
        self.receive(&message.encode());
    }

    /// Everything that was sent since this was last asked.
    pub(super) fn heard(&mut self) -> Vec<(SocketAddrV4, Message)> {
        std::mem::take(&mut self.sent)
    }

    #[track_caller]
    fn hears_one(&mut self) -> (SocketAddrV4, Message) {
        let mut heard = self.heard();
        assert_eq!(heard.len(), 1, "{heard:#?}");
        heard.remove(0)
    }

    /// DISCOVER, and the offer after the address was checked.
    #[track_caller]
    fn is_offered(&mut self, mac: Mac) -> Ipv4Addr {
        self.says(&says(kind::DISCOVER, mac));
        self.pass(Duration::from_millis(300));
        let (_, offer) = self.hears_one();
        assert_eq!((offer.kind(), offer.mac), (Some(MessageType::Offer), mac));
        offer.yiaddr
    }

    /// The whole way to an address.
    #[track_caller]
    fn leases(&mut self, mac: Mac) -> Ipv4Addr {
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

fn reboots(mac: Mac, address: Ipv4Addr) -> Message {
    says(kind::REQUEST, mac).with(code::REQUESTED_ADDRESS, address.octets())
}

fn renews(mac: Mac, address: Ipv4Addr) -> Message {
    Message { ciaddr: address, ..says(kind::REQUEST, mac) }
}

fn number(message: &Message, code: u8) -> u32 {
    u32::from_be_bytes(message.first(code).unwrap().try_into().unwrap())
}

#[test]
fn a_phone_gets_an_address_and_everything_that_it_looks_at() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let id = b"\x01\x00\x1b\x2a\xaa\x00\x01";
    lab.says(&says(kind::DISCOVER, phone(1)).with(code::CLIENT_ID, *id));
    assert_eq!((lab.heard().len(), lab.knocks), (0, 1), "the address is checked before it is offered");
    lab.pass(Duration::from_millis(300));
    let (to, offer) = lab.hears_one();
    assert_eq!(to, SocketAddrV4::new(Ipv4Addr::BROADCAST, 68));
    assert_eq!((offer.op, offer.kind(), offer.xid), (Op::Reply, Some(MessageType::Offer), 78));
    assert_eq!((offer.yiaddr, offer.siaddr), (Ipv4Addr::new(10, 150, 0, 2), LAPTOP));
    for code in [code::SERVER_ID, code::ROUTER, code::TFTP_ADDRESSES] {
        assert_eq!(offer.addresses(code), Addresses::List(vec![LAPTOP]), "option {code}");
    }
    assert_eq!(offer.address(code::SUBNET_MASK), Some(Ipv4Addr::new(255, 255, 252, 0)));
    assert_eq!(offer.first(code::TFTP_NAME), Some(&b"10.150.0.1"[..]));
    let times = [code::LEASE_TIME, code::RENEW_AFTER, code::REBIND_AFTER].map(|code| number(&offer, code));
    assert_eq!(times, [1800, 900, 1575]);
    assert_eq!(offer.first(code::CLIENT_ID), Some(&id[..]), "RFC 6842");

    lab.says(&takes(phone(1), offer.yiaddr));
    let (to, ack) = lab.hears_one();
    assert_eq!(
        (to.ip(), ack.kind(), ack.yiaddr),
        (&Ipv4Addr::BROADCAST, Some(MessageType::Ack), offer.yiaddr)
    );
    assert_eq!(lab.saves, 1, "an ACK goes out only once the lease is saved");
    let (mac, model) = (phone(1), Some("7945G".to_owned()));
    assert_eq!(
        lab.events,
        [
            Event::Asked {
                mac,
                address: ack.yiaddr,
                model: model.clone(),
                vendor_class: Some("Cisco Systems, Inc. IP Phone CP-7945G".into())
            },
            Event::Leased { mac, address: ack.yiaddr, model },
        ]
    );
    // The ACK was lost: the same again, and nothing new to report.
    lab.says(&takes(phone(1), ack.yiaddr));
    assert_eq!((lab.hears_one().1.kind(), lab.events.len()), (Some(MessageType::Ack), 2));
}

#[test]
fn whoever_is_no_phone_hears_nothing_and_is_named_once() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let laptop = Message::request(MessageType::Discover, 1, Mac([2, 2, 2, 2, 2, 2]))
        .with(code::VENDOR_CLASS, *b"MSFT 5.0")
        .with(code::PARAMETER_LIST, [1, 3, 6]);
    for _ in 0..3 {
        lab.says(&laptop);
        lab.pass(Duration::from_secs(4));
    }
    assert_eq!((lab.heard().len(), lab.knocks, lab.bench.ignored()), (0, 0, 3));
    let mac = laptop.mac;
    let class = Some("MSFT 5.0".to_owned());
    let why = WhyStranger::OtherClass;
    assert_eq!(lab.events, [Event::Stranger { mac, vendor_class: class, why }]);

    lab.bench.handle(lab.now, Input::LetIn(mac));
    lab.says(&laptop);
    lab.pass(Duration::from_secs(1));
    assert_eq!(lab.hears_one().1.kind(), Some(MessageType::Offer), "let in by hand");
}

#[test]
fn a_relayed_packet_is_ignored_and_reported_once() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let relay = Ipv4Addr::new(10, 9, 9, 1);
    let relayed = Message { giaddr: relay, ..says(kind::DISCOVER, phone(1)) };
    lab.says(&relayed);
    lab.says(&relayed);
    lab.pass(Duration::from_secs(1));
    assert_eq!((lab.heard().len(), &lab.events[..]), (0, &[Event::Relayed { relay }][..]));
}

#[test]
fn any_reply_of_another_server_stops_it_for_good_and_unsaid_offers_stay_unsaid() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    lab.says(&says(kind::DISCOVER, phone(1)));
    let server = Ipv4Addr::new(10, 150, 0, 7);
    let mut offer = Message::request(MessageType::Offer, 9, phone(9)).with(code::SERVER_ID, server.octets());
    offer.op = Op::Reply;
    lab.says(&offer);
    lab.pass(Duration::from_secs(3600));
    lab.says(&says(kind::DISCOVER, phone(2)));
    assert_eq!(lab.heard(), []);
    assert_eq!(lab.bench.stopped(), Some(Stop::OtherServer { server }));
    assert_eq!(lab.events.last(), Some(&Event::Stopped(Stop::OtherServer { server })));
    assert_eq!(lab.bench.deadline(), None);
}

#[test]
fn our_own_answers_that_come_back_by_broadcast_do_not_stop_it() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    lab.is_offered(phone(1));
    lab.says(&says(kind::DISCOVER, phone(2)));
    lab.pass(Duration::from_secs(1));
    let (_, offer) = lab.hears_one();
    lab.bench.handle(lab.now, Input::Packet { from: SocketAddrV4::new(LAPTOP, 67), octets: &offer.encode() });
    lab.drain();
    assert_eq!(lab.bench.stopped(), None);
}

#[test]
fn a_client_that_takes_another_servers_offer_stops_it_even_if_it_is_no_phone() {
    for mac in [phone(1), Mac([2, 2, 2, 2, 2, 2])] {
        let mut lab = Lab::new(settings(20, Vec::new()));
        let server = Ipv4Addr::new(10, 150, 0, 7);
        let request = Message::request(MessageType::Other(kind::REQUEST), 1, mac)
            .with(code::REQUESTED_ADDRESS, [10, 150, 0, 99])
            .with(code::SERVER_ID, server.octets());
        lab.says(&request);
        assert_eq!(lab.bench.stopped(), Some(Stop::ChoseAnother { mac, server }));
        assert_eq!(lab.heard(), []);
    }
}

#[test]
fn it_ends_after_its_hours_whatever_happens() {
    let mut lab = Lab::new(Settings { hours: 2, ..settings(20, Vec::new()) });
    lab.pass(Duration::from_secs(2 * 3600 - 1));
    assert_eq!(lab.bench.stopped(), None);
    lab.pass(Duration::from_secs(1));
    assert_eq!(lab.bench.stopped(), Some(Stop::TimeIsUp));
    let forever = Lab::new(Settings { hours: 999, ..settings(20, Vec::new()) });
    assert_eq!(forever.bench.ends(), forever.now + Duration::from_secs(12 * 3600));
}

#[test]
fn it_asks_the_wire_for_other_servers_again_and_again_with_its_own_mac() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let mut asked = Vec::new();
    while asked.len() < 3 {
        lab.now = lab.bench.deadline().unwrap();
        lab.bench.handle(lab.now, Input::Timeout);
        while let Some(output) = lab.bench.poll() {
            let Output::Send { from: Side::Client, to, octets } = output else { panic!("{output:?}") };
            assert_eq!(to, SocketAddrV4::new(Ipv4Addr::BROADCAST, 67));
            asked.push(Message::decode(&octets).unwrap());
        }
    }
    assert!(asked.iter().all(|question| question.mac == OWN_MAC && question.broadcast));
    assert_ne!(asked[0].xid, asked[1].xid);
    lab.says(&asked[0]); // it hears itself, and is no client of its own
    lab.pass(Duration::from_secs(1));
    assert_eq!((lab.heard().len(), lab.bench.stopped()), (0, None));
}

#[test]
fn an_address_that_somebody_uses_is_skipped_and_said() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let (address, by) = (Ipv4Addr::new(10, 150, 0, 2), Mac([2, 9, 9, 9, 9, 9]));
    lab.neighbours = vec![(address, by)];
    lab.says(&says(kind::DISCOVER, phone(1)));
    lab.pass(Duration::from_millis(600));
    assert_eq!(lab.hears_one().1.yiaddr, Ipv4Addr::new(10, 150, 0, 3));
    assert!(lab.events.contains(&Event::InUse { address, by }), "{:?}", lab.events);
    // The stale entry of a phone that had an address here proves nothing.
    let held = lab.leases(phone(2));
    lab.says(&Message { ciaddr: held, ..says(kind::RELEASE, phone(2)) });
    lab.neighbours = vec![(held, phone(2))];
    for n in 3..=50 {
        lab.leases(phone(n));
    }
    let skipped = lab.events.iter().filter(|event| matches!(event, Event::InUse { .. })).count();
    assert_eq!(skipped, 1, "a returned address was taken for used");
}

#[test]
fn a_pool_of_twice_the_phones_never_runs_dry_though_each_gives_its_address_back() {
    let mut lab = Lab::new(settings(25, Vec::new()));
    for round in 0..4 {
        for n in 0..25 {
            let address = lab.leases(phone(n));
            lab.neighbours.retain(|(known, _)| *known != address);
            lab.neighbours.push((address, phone(n)));
            lab.says(&Message { ciaddr: address, ..says(kind::RELEASE, phone(n)) });
        }
        assert!(!lab.events.iter().any(|e| matches!(e, Event::NoRoom { .. })), "round {round}");
    }
}

#[test]
fn a_phone_from_another_network_is_sent_away_at_once_and_its_own_address_is_given_back_at_once() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let foreign = Ipv4Addr::new(10, 20, 30, 40);
    lab.says(&reboots(phone(1), foreign));
    let (to, nak) = lab.hears_one();
    assert_eq!((to.ip(), nak.kind()), (&Ipv4Addr::BROADCAST, Some(MessageType::Nak)));
    assert!(nak.broadcast && nak.yiaddr.is_unspecified() && nak.first(code::LEASE_TIME).is_none());
    assert_eq!(lab.events, [Event::SentAway { mac: phone(1), address: foreign }]);

    let address = lab.leases(phone(1));
    lab.says(&reboots(phone(1), address));
    assert_eq!(lab.hears_one().1.kind(), Some(MessageType::Ack), "INIT-REBOOT");
    lab.says(&reboots(phone(2), address));
    assert_eq!(lab.hears_one().1.kind(), Some(MessageType::Nak), "somebody else's");
    // After its lease it still gets what it had, as long as nobody else does.
    lab.pass(LEASE + Duration::from_secs(1));
    lab.heard();
    lab.says(&reboots(phone(1), address));
    assert_eq!(lab.hears_one().1.kind(), Some(MessageType::Ack));
}

#[test]
fn a_lease_is_renewed_by_an_answer_to_the_phone_alone_and_ends_otherwise() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let address = lab.leases(phone(1));
    for _ in 0..4 {
        lab.pass(Duration::from_secs(15 * 60));
        lab.says(&renews(phone(1), address));
        let (to, ack) = lab.hears_one();
        assert_eq!((to, ack.kind()), (SocketAddrV4::new(address, 68), Some(MessageType::Ack)));
    }
    assert_eq!(lab.bench.leases(), 1);
    lab.pass(LEASE);
    assert_eq!(lab.bench.leases(), 0);
}

#[test]
fn a_phone_that_uses_an_address_of_ours_without_a_record_may_keep_it() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let address = Ipv4Addr::new(10, 150, 0, 9);
    lab.says(&renews(phone(1), address));
    assert_eq!(lab.hears_one().1.kind(), Some(MessageType::Ack));
    lab.says(&renews(phone(2), address));
    assert_eq!(lab.hears_one().1.kind(), Some(MessageType::Nak), "two cannot have it");
    assert_eq!(lab.bench.leases(), 1);
}

#[test]
fn a_declined_address_is_left_alone_and_a_released_one_is_free() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let first = lab.leases(phone(1));
    // Nobody can decline or release for somebody else.
    lab.says(&says(kind::DECLINE, phone(2)).with(code::REQUESTED_ADDRESS, first.octets()));
    lab.says(&Message { ciaddr: first, ..says(kind::RELEASE, phone(2)) });
    assert_eq!(lab.bench.leases(), 1);

    lab.says(&says(kind::DECLINE, phone(1)).with(code::REQUESTED_ADDRESS, first.octets()));
    assert!(lab.events.contains(&Event::Declined { mac: phone(1), address: first }));
    let second = lab.leases(phone(1));
    assert_ne!(second, first);
    lab.says(&Message { ciaddr: second, ..says(kind::RELEASE, phone(1)) });
    assert_eq!((lab.bench.leases(), lab.leases(phone(1))), (0, second), "its own again");
}

#[test]
fn a_phone_that_was_served_need_not_say_again_what_it_is() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let address = lab.leases(phone(1));
    let plain = Message::request(MessageType::Other(kind::RELEASE), 1, phone(1));
    lab.says(&Message { ciaddr: address, ..plain });
    assert_eq!(lab.bench.leases(), 0);
}

#[test]
fn an_inform_gets_the_options_and_no_lease() {
    let mut lab = Lab::new(settings(20, Vec::new()));
    let own = Ipv4Addr::new(10, 150, 3, 200);
    lab.says(&Message { ciaddr: own, ..says(kind::INFORM, phone(1)) });
    let (to, ack) = lab.hears_one();
    assert_eq!((to, ack.kind(), ack.yiaddr), (SocketAddrV4::new(own, 68), Some(MessageType::Ack), NOBODY));
    assert_eq!(ack.address(code::TFTP_ADDRESSES), Some(LAPTOP));
    assert!(ack.first(code::LEASE_TIME).is_none());
    assert_eq!(lab.bench.leases(), 0);
    // Somebody from elsewhere cannot make it send packets there.
    lab.says(&Message { ciaddr: Ipv4Addr::new(8, 8, 8, 8), ..says(kind::INFORM, phone(1)) });
    assert_eq!(lab.heard(), []);
}

#[test]
fn leases_survive_a_restart_as_a_value_and_not_longer_than_they_ran() {
    let mut lab = Lab::new(settings(20, vec![phone(7)]));
    let addresses: Vec<_> = (1..=20).map(|n| lab.leases(phone(n))).collect();
    lab.pass(Duration::from_secs(20 * 60));
    let text = serde_json::to_string(&lab.bench.saved(lab.now, lab.at())).unwrap();
    let saved: Saved = serde_json::from_str(&text).unwrap();
    assert_eq!(saved.leases.len(), 20);

    let at = lab.at() + Duration::from_secs(60);
    // Fewer phones are expected now: the pool is smaller, and the leases hold all the same.
    let mut after = Lab::restarted(settings(1, Vec::new()), Some((&saved, at)));
    assert_eq!(after.bench.leases(), 20);
    for (n, address) in (1..=20).zip(&addresses) {
        after.says(&reboots(phone(n), *address));
        assert_eq!(after.hears_one().1.kind(), Some(MessageType::Ack), "phone {n}");
    }
    let too_late = lab.at() + LEASE;
    assert_eq!(Lab::restarted(settings(20, Vec::new()), Some((&saved, too_late))).bench.leases(), 0);
    let elsewhere = Settings { own: cleared(Ipv4Addr::new(10, 151, 0, 1), 22), ..settings(20, Vec::new()) };
    assert_eq!(Lab::restarted(elsewhere, Some((&saved, at))).bench.leases(), 0, "another network");
}

#[test]
fn three_hundred_phones_that_are_switched_on_in_the_same_second_all_get_an_address() {
    let mut lab = Lab::new(settings(300, Vec::new()));
    for n in 0..300 {
        lab.says(&says(kind::DISCOVER, phone(n)));
        lab.pass(Duration::from_millis(3));
    }
    lab.pass(Duration::from_millis(300));
    let offers = lab.heard();
    assert_eq!(offers.len(), 300);
    for (_, offer) in offers {
        lab.says(&takes(offer.mac, offer.yiaddr));
    }
    let mut given: Vec<_> = lab.heard().into_iter().map(|(_, ack)| ack.yiaddr).collect();
    given.sort_unstable();
    given.dedup();
    assert_eq!((given.len(), lab.bench.leases()), (300, 300));
}

#[test]
fn a_flood_of_fifty_thousand_macs_leaves_listed_phones_their_addresses_and_memory_its_bounds() {
    let listed: Vec<Mac> = (0..40).map(phone).collect();
    let mut lab = Lab::new(settings(40, listed.clone()));
    let before = lab.bench.pool();
    for n in 1_000..51_000_u32 {
        lab.bench.handle(
            lab.now,
            Input::Packet {
                from: SocketAddrV4::new(NOBODY, 68),
                octets: &says(kind::DISCOVER, phone(n)).encode(),
            },
        );
        if n % 500 == 0 {
            lab.pass(Duration::from_millis(50));
            lab.drain();
        }
        // Half of them even take what they are offered.
        if n % 2 == 0
            && let Some((_, offer)) = lab.sent.pop()
        {
            lab.says(&takes(offer.mac, offer.yiaddr));
        }
    }
    lab.heard();
    assert_eq!(lab.bench.pool(), before);
    assert!(lab.events.iter().any(|event| matches!(event, Event::NoRoom { .. })));
    assert!(lab.events.len() < 4 * before, "{} events", lab.events.len());
    for mac in listed {
        lab.leases(mac);
    }
    lab.bench.leases.check();
}

#[test]
fn a_listed_phone_whose_own_address_is_somebodys_gets_another_one_though_strangers_fill_the_pool() {
    let mut lab = Lab::new(settings(1, vec![phone(1)]));
    for n in 1_000..2_000 {
        lab.says(&says(kind::DISCOVER, phone(n)));
    }
    lab.pass(Duration::from_secs(1));
    lab.heard();
    let own = Ipv4Addr::new(10, 150, 0, 2);
    lab.neighbours = vec![(own, Mac([2, 9, 9, 9, 9, 9]))];
    lab.says(&says(kind::DISCOVER, phone(1)));
    lab.pass(Duration::from_secs(1));
    let offered = lab.heard().into_iter().find(|(_, offer)| offer.mac == phone(1));
    assert!(offered.is_some_and(|(_, offer)| offer.yiaddr != own));
}
