//! Many at once: phones that are all switched on together, and a flood that nobody wants.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use super::lab::{Lab, NOBODY, phone, says, settings, takes};
use super::server::MOST_REMEMBERED;
use super::wire::kind;
use super::*;
use crate::fleet::Mac;

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
    let (before, mut most) = (lab.bench.pool(), 0);
    for n in 1_000..51_000_u32 {
        lab.bench.handle(
            lab.now,
            Input::Packet {
                from: SocketAddrV4::new(NOBODY, 68),
                octets: &says(kind::DISCOVER, phone(n)).encode(),
            },
        );
        most = most.max(lab.bench.remembered());
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
    assert!(most <= MOST_REMEMBERED, "{most} entries");
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
