//! What holds for every log: it replays to an equal fleet, nothing in it can panic, and memory stays bounded.

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::telling::{PATIENCE, Tale, load, models};
use super::{Fleet, Mac, PhoneId, Stage};
use crate::dhcp::bench::WhyStranger;
use crate::journal::{Dhcp, Event, Record, Refusal};
use crate::timestamp::Timestamp;

fn names() -> impl Strategy<Value = String> {
    let mut known: Vec<String> = vec![
        "term45.default.loads".into(),
        "Term65.default.loads".into(),
        "term70.default.loads".into(),
        "term75.default.loads".into(),
        "SCCP45.8-5-2S.loads".into(),
        "SCCP45.9-4-2SR3-1S.loads".into(),
        "jar75sccp.8-5-2.sbn".into(),
        "CTLSEP001B2AAA0001.tlv".into(),
        "SEP001B2AAA0001.cnf.xml".into(),
        "SEP001B2AAA0002.cnf.xml".into(),
        "XMLDefault.cnf.xml".into(),
        "ringlist.xml".into(),
    ];
    known.extend(Tale::images("45"));
    known.extend(Tale::images("70"));
    prop_oneof![20 => proptest::sample::select(known), 1 => any::<String>()]
}

fn addresses() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        20 => (1u8..4).prop_map(|last| IpAddr::from(Ipv4Addr::new(10, 1, 1, last))),
        1 => any::<IpAddr>(),
    ]
}

fn macs() -> impl Strategy<Value = Mac> {
    prop_oneof![
        20 => (1u8..3).prop_map(|last| Mac([0, 0x1b, 0x2a, 0xaa, 0, last])),
        1 => any::<[u8; 6]>().prop_map(Mac),
    ]
}

fn octets() -> impl Strategy<Value = u64> {
    prop_oneof![0..8_000_000u64, Just(0), Just(660), any::<u64>()]
}

fn events() -> impl Strategy<Value = Event> {
    let phone = addresses;
    let transfer = || prop_oneof![20 => 1..24u64, 1 => any::<u64>()];
    let reason = proptest::sample::select(vec![
        Refusal::NotFound,
        Refusal::NotFound,
        Refusal::Busy,
        Refusal::Write,
        Refusal::Malformed,
    ]);
    prop_oneof![
        1 => any::<bool>().prop_map(|both| {
            let mut loads = vec![load("45", &["term45.default.loads", "term65.default.loads"])];
            if both {
                loads.push(load("70", &["term70.default.loads"]));
            }
            Event::Started {
                version: String::new(),
                command: "serve".into(),
                serving: String::new(),
                loads,
                patience: PATIENCE,
            }
        }),
        12 => (phone(), transfer(), names(), octets(), any::<u16>(), any::<u16>()).prop_map(
            |(phone, transfer, file, octets, blksize, window)|
                Event::Asked { phone, transfer, file, octets, blksize, window }
        ),
        6 => (phone(), transfer(), octets(), any::<u32>()).prop_map(
            |(phone, transfer, octets, retransmissions)|
                Event::Progress { phone, transfer, octets, retransmissions }
        ),
        8 => (phone(), transfer(), octets(), any::<u32>()).prop_map(
            |(phone, transfer, octets, retransmissions)|
                Event::Served { phone, transfer, octets, millis: 7, retransmissions }
        ),
        4 => (phone(), names(), reason).prop_map(
            |(phone, file, reason)| Event::Refused { phone, file, reason }
        ),
        2 => (phone(), transfer(), octets(), 0..9u16, any::<String>()).prop_map(
            |(phone, transfer, octets, code, message)|
                Event::Aborted { phone, transfer, octets, code, message, retransmissions: 1 }
        ),
        2 => (phone(), transfer(), octets(), any::<bool>()).prop_map(
            |(phone, transfer, octets, all_sent)|
                Event::Unanswered { phone, transfer, octets, retransmissions: 5, all_sent }
        ),
        1 => (phone(), transfer(), octets()).prop_map(
            |(phone, transfer, octets)| Event::Faulted { phone, transfer, octets }
        ),
        3 => (phone(), macs(), proptest::sample::select(vec![None, Some("7945G"), Some("7970G"), Some("x")]), any::<bool>())
            .prop_map(|(phone, mac, model, leased)| {
                let model = model.map(str::to_owned);
                Event::Dhcp(if leased {
                    Dhcp::Leased { mac, phone, model }
                } else {
                    Dhcp::Asked { mac, phone, model, vendor_class: None }
                })
            }),
        1 => macs().prop_map(|mac| Event::Dhcp(Dhcp::Stranger { mac, vendor_class: None, why: WhyStranger::OtherMac })),
        1 => phone().prop_map(|phone| Event::Stage {
            phone,
            mac: Some(Mac([1; 6])),
            model: None,
            stage: Stage::Back,
            words: "conclusions are ignored".into(),
        }),
    ]
}

/// Records in any order, mostly forward in time.
fn logs() -> impl Strategy<Value = Vec<Record>> {
    let step = prop_oneof![20 => 0..30_000i64, 1 => -60_000..0i64, 1 => 0..3_600_000i64];
    proptest::collection::vec((step, events()), 0..120).prop_map(|steps| {
        let mut at = 1_769_850_300_000i64;
        let record = |(step, event)| {
            at += step;
            Record { at: Timestamp::from_unix_millis(at.unsigned_abs()), event }
        };
        steps.into_iter().map(record).collect()
    })
}

fn fleet_of(log: &[Record]) -> Fleet {
    let mut fleet = Fleet::new(models());
    for record in log {
        fleet.apply(record);
    }
    fleet
}

proptest! {
    #[test]
    fn the_same_log_gives_the_same_fleet(log in logs()) {
        let lines: Vec<String> = log.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
        let read: Vec<Record> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&read, &log);
        prop_assert_eq!(fleet_of(&read), fleet_of(&log));
    }

    #[test]
    fn no_sequence_of_records_breaks_the_fleet(log in logs(), later in 0..10_000_000u64) {
        let mut fleet = Fleet::new(models());
        for record in &log {
            let about = fleet.apply(record);
            let now = record.at;
            if let Some(id) = about {
                prop_assert!(fleet.phone(id, now).is_some(), "{id:?} is about nobody");
            }
            check(&fleet)?;
        }
        let last = log.last().map_or(0, |record| record.at.unix_millis());
        for now in [last, last + later].map(Timestamp::from_unix_millis) {
            let mut seen = 0;
            for phone in fleet.phones(now) {
                seen += 1;
                let share = phone.share();
                prop_assert!((0.0..=1.0).contains(&share), "{share}");
                prop_assert!(phone.octets() <= phone.total(), "{} of {}", phone.octets(), phone.total());
                if let Some((nth, all)) = phone.file_of() {
                    prop_assert!(1 <= nth && nth <= all, "{nth} of {all}");
                }
                prop_assert!(!phone.words().is_empty());
                prop_assert!(!phone.words().contains(char::is_control), "{:?}", phone.words());
                prop_assert_eq!(phone.advice().is_empty(), matches!(phone.stage(), Stage::Back)
                    || (phone.stage() == Stage::Loading && phone.rounds() == 0));
                if phone.stage() == Stage::Back {
                    prop_assert!(share >= 1.0, "{share}");
                }
                phone.estimate();
            }
            prop_assert_eq!(seen, fleet.summary(now).seen());
        }
    }
}

/// The ways to a phone lead to that phone, and what is kept of it is bounded.
fn check(fleet: &Fleet) -> Result<(), TestCaseError> {
    let known = |id: &PhoneId| fleet.phones.get(id);
    for (address, id) in &fleet.by_address {
        prop_assert_eq!(known(id).map(|phone| &phone.address), Some(address));
    }
    for (mac, id) in &fleet.by_mac {
        prop_assert_eq!(known(id).and_then(|phone| phone.mac.as_ref()), Some(mac));
    }
    for (transfer, id) in &fleet.by_transfer {
        let runs = known(id).is_some_and(|phone| phone.transfers.iter().any(|one| one.number == *transfer));
        prop_assert!(runs, "transfer {transfer} leads to nobody");
    }
    for phone in fleet.phones.values() {
        if let Some(mac) = phone.mac {
            prop_assert_eq!(fleet.by_mac.get(&mac).and_then(known), Some(phone));
        }
        prop_assert!(phone.transfers.len() <= 8 && phone.earlier.len() <= 8 && phone.run.missing.len() <= 8);
        prop_assert!(!phone.earlier.contains(&phone.address));
    }
    Ok(())
}
