//! One phone with two addresses, two phones with one address.

use std::net::{IpAddr, Ipv4Addr};

use super::telling::{Tale, address};
use super::{MAX_PHONES, Stage};
use crate::journal::{Event, Refusal};

const ONE: &str = "001B2AAA0001";
const TWO: &str = "001B2AAA0002";

#[test]
fn a_phone_that_comes_back_with_another_address_is_the_same_phone() {
    let mut tale = Tale::begin();
    tale.starts(7, ONE);
    tale.gets_all(7, "term45.default.loads", "45");
    tale.wait(60);
    tale.starts(8, ONE);
    assert_eq!((tale.fleet.len(), tale.stage(8)), (1, Stage::Back));
    assert_eq!(tale.phone(8).earlier_addresses(), [address(7)]);
    assert!(tale.fleet.at_address(address(7), tale.now).is_none());
}

#[test]
fn a_new_address_seen_before_its_mac_is_merged_and_the_later_attempt_counts() {
    let mut tale = Tale::begin();
    tale.starts(7, ONE);
    let first = tale.phone(7).id();
    // Reset: the loader gets another address, and names no MAC.
    tale.gets_all(8, "term45.default.loads", "45");
    assert_eq!(tale.fleet.len(), 2);
    tale.starts(8, ONE);
    let phone = tale.phone(8);
    assert_eq!((tale.fleet.len(), phone.stage(), phone.id()), (1, Stage::Back, first));
    assert_eq!((phone.earlier_addresses(), phone.mac()), (&[address(7)][..], ONE.parse().ok()));
}

#[test]
fn a_merged_phone_keeps_the_transfers_that_run() {
    let mut tale = Tale::begin();
    tale.gets(8, "term45.default.loads");
    for image in &Tale::images("45")[..4] {
        tale.gets(8, image);
    }
    let last = Tale::images("45")[4].clone();
    let transfer = tale.asks(8, &last);
    tale.starts(7, ONE);
    tale.starts(8, ONE); // the last ACK is still on its way
    assert_eq!((tale.fleet.len(), tale.stage(8)), (1, Stage::Back));
    tale.served(8, transfer, &last);
    assert_eq!((tale.stage(8), tale.phone(8).retransmissions()), (Stage::Back, 6));
}

#[test]
fn an_address_that_passes_to_the_next_phone_leaves_the_first_one_back() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts(7, ONE);
    tale.wait(3600);
    // The next batch: the same address, the same model, another phone.
    tale.gets_all(7, "term45.default.loads", "45");
    assert_eq!((tale.fleet.len(), tale.stage(7)), (1, Stage::WritingFlash));
    tale.starts(7, TWO);
    assert_eq!((tale.fleet.len(), tale.fleet.summary(tale.now).back()), (2, 2));
    assert_eq!(tale.phone(7).mac(), TWO.parse().ok());
}

#[test]
fn the_neighbour_table_names_a_phone_that_says_nothing_and_finds_it_at_its_next_address() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.neighbour(7, ONE);
    assert_eq!(tale.phone(7).mac(), ONE.parse().ok());
    let first = tale.phone(7).id();
    tale.wait(60);
    // Its loader comes back under another address, and its load counts on.
    tale.gets_all(8, "term45.default.loads", "45");
    tale.neighbour(8, ONE);
    let phone = tale.phone(8);
    assert_eq!((tale.fleet.len(), phone.id(), phone.stage()), (1, first, Stage::WritingFlash));
    assert_eq!(phone.earlier_addresses(), [address(7)]);
}

#[test]
fn what_a_phone_says_of_itself_counts_more_than_its_neighbours() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.neighbour(7, TWO);
    tale.starts(7, ONE);
    assert_eq!(tale.phone(7).mac(), ONE.parse().ok());
    tale.neighbour(7, TWO);
    assert_eq!(tale.phone(7).mac(), ONE.parse().ok(), "it named itself in this attempt");
}

#[test]
fn the_next_phone_at_an_address_is_told_from_the_one_before_by_its_neighbours() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts(7, ONE);
    tale.wait(3600);
    tale.gets_all(7, "term45.default.loads", "45");
    tale.neighbour(7, TWO);
    assert_eq!((tale.fleet.len(), tale.stage(7)), (2, Stage::WritingFlash));
    assert_eq!(tale.phone(7).mac(), TWO.parse().ok());
    assert_eq!(tale.fleet.summary(tale.now).back(), 1, "the first one stays back");
}

#[test]
fn two_phones_that_load_at_once_are_two_whatever_answers_for_them() {
    let mut tale = Tale::begin();
    tale.asks(7, "term45.default.loads");
    tale.neighbour(7, ONE);
    tale.asks(8, "term45.default.loads");
    tale.neighbour(8, ONE);
    assert_eq!(tale.fleet.len(), 2);
    assert_eq!(tale.phone(8).mac(), None);
}

#[test]
fn another_model_at_a_quiet_address_is_another_phone() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts(7, ONE);
    tale.wait(60);
    tale.gets(7, "term70.default.loads");
    assert_eq!((tale.fleet.len(), tale.stage(7), tale.phone(7).family()), (2, Stage::Loading, Some("70")));
    assert_eq!(tale.fleet.summary(tale.now).back(), 1);
}

#[test]
fn a_phone_that_tries_two_default_load_files_in_a_row_is_one_phone() {
    let mut tale = Tale::begin();
    tale.is_refused(7, "term75.default.loads");
    tale.wait(2);
    tale.asks(7, "term70.default.loads");
    assert_eq!((tale.fleet.len(), tale.stage(7), tale.phone(7).family()), (1, Stage::Loading, Some("70")));
}

#[test]
fn two_phones_that_swap_addresses_keep_their_names() {
    let mut tale = Tale::begin();
    tale.starts(7, ONE);
    tale.starts(8, TWO);
    tale.starts(8, ONE);
    tale.starts(7, TWO);
    assert_eq!(tale.fleet.len(), 2);
    assert_eq!((tale.phone(8).mac(), tale.phone(7).mac()), (ONE.parse().ok(), TWO.parse().ok()));
}

#[test]
fn several_families_load_at_once() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.gets(8, "term70.default.loads");
    tale.is_refused(9, "term75.default.loads");
    for (one, two) in Tale::images("45").iter().zip(Tale::images("70")) {
        tale.gets(7, one);
        tale.gets(8, &two);
    }
    tale.starts(8, TWO);
    assert_eq!(tale.fleet.summary(tale.now).to_string(), "3 phones: 1 writing flash, 1 back, 1 missing file");
    let order: Vec<IpAddr> = tale.fleet.phones(tale.now).map(|phone| phone.address()).collect();
    assert_eq!(order, [address(7), address(8), address(9)]);
}

#[test]
fn an_address_written_as_ipv6_is_the_same_address() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    let mapped = IpAddr::from(Ipv4Addr::new(10, 1, 1, 7).to_ipv6_mapped());
    tale.record(Event::Refused { phone: mapped, file: "ringlist.xml".into(), reason: Refusal::NotFound });
    assert_eq!(tale.fleet.len(), 1);
}

#[test]
fn a_flood_of_strangers_costs_idle_phones_first_and_no_loading_one() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.starts(8, ONE);
    let mut ask = |n: u32, file: &str| {
        tale.now = tale.now + std::time::Duration::from_millis(1);
        let phone = IpAddr::from(Ipv4Addr::from(0x0b00_0000 + n));
        tale.fleet.apply(&crate::journal::Record {
            at: tale.now,
            event: Event::Refused { phone, file: file.into(), reason: Refusal::NotFound },
        });
    };
    for n in 0..u32::try_from(MAX_PHONES).unwrap() + 10 {
        ask(n, "ringlist.xml");
    }
    for n in 10_000..10_000 + u32::try_from(MAX_PHONES).unwrap() {
        ask(n, "term75.default.loads");
    }
    assert_eq!(tale.fleet.len(), MAX_PHONES);
    assert_eq!(tale.fleet.overlooked(), 1, "all are at a load but for one");
    assert_eq!(tale.stage(7), Stage::Loading);
    assert!(tale.fleet.at_address(address(8), tale.now).is_none());
    tale.fleet = tale.replayed(); // the flood is not in this log
}
