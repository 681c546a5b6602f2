//! Whom the server does not answer, which addresses it does not offer, and what ends it.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::lab::{LAPTOP, Lab, OWN_MAC, phone, says, settings};
use super::wire::{code, kind};
use super::*;
use crate::dhcp::packet::{Message, MessageType, Op};
use crate::fleet::Mac;

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
