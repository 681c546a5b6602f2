//! What a phone gets, in all the states in which it asks, and what outlives the program.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::guard::testing::cleared;
use super::lab::{LAPTOP, Lab, NOBODY, number, phone, reboots, renews, says, settings, takes};
use super::wire::{code, kind};
use super::*;
use crate::dhcp::options::Addresses;
use crate::dhcp::packet::{Message, MessageType, Op};

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
