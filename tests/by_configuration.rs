//! Phones that still boot are offered the load by configuration, under virtual time: those that take it, refuse it and
//! ignore it, among phones that are reset. Nothing sleeps.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod virtual_bench;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use loadlift::catalog::Catalog;
use loadlift::firmware::configuration::{Device, for_all, for_phone};
use loadlift::fleet::{Mac, Stage};
use loadlift::journal::{Event, Refusal};
use loadlift::rehearsal::{Character, End, SimPhone, Temperament, Tempo, Wire};
use virtual_bench::{Bench, Loads, addresses, origin};

const HOUR: Duration = Duration::from_secs(3600);
const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 250);

fn mac(n: usize) -> Mac {
    Mac([2, 0x79, 0, 0, 0, u8::try_from(n).unwrap()])
}

fn phone(now: Instant, loads: &Loads, n: usize, temperament: Temperament, seed: u64) -> SimPhone {
    let part = &loads.parts[n % loads.parts.len()];
    let who = Character {
        model: part.model.clone(),
        default_load_file: part.default_load_file.clone(),
        mac: mac(n),
        addresses: addresses(n),
        temperament,
    };
    SimPhone::new(now, who, Tempo::LIFE, seed + n as u64)
}

fn devices() -> Vec<Device> {
    let device = |model: &loadlift::catalog::Model| Device {
        model: model.model.clone(),
        family: model.family.clone(),
        number: model.device_number.value,
    };
    Catalog::embedded().models().iter().map(device).collect()
}

/// The loads with the one configuration for all.
fn offered_to_all(families: &[&str]) -> Loads {
    let mut loads = Loads::of(families, 60_000, false);
    let made = for_all(&loads.served, &devices(), LAPTOP).unwrap();
    loads.bundle = Arc::new(loads.bundle.with([(made.name, made.octets)]));
    loads
}

#[test]
fn each_way_of_heeding_a_configuration_reaches_its_stage_on_a_good_and_on_a_bad_network() {
    let loads = offered_to_all(&["45"]);
    for temperament in Temperament::NOT_RESET {
        for seed in 0..12 {
            let now = origin();
            let loss = if seed == 0 { 0.0 } else { 0.04 };
            let mut wire = Wire::seeded(seed, now).losing(loss);
            let mut bench = Bench::new(now, &loads, Catalog::embedded().patience());
            let mut phones = [phone(now, &loads, 0, temperament, seed)];
            let run = wire.run(&mut bench, &mut phones, HOUR);
            let context = format!("{temperament}, seed {seed}: {run:?}");
            assert!(run.quiet, "{context}");
            // What it ignores is known after a while only.
            let stamp = bench.stamp(wire.now() + Duration::from_secs(600));
            let seen: Vec<_> = bench.fleet.phones(stamp).collect();
            assert_eq!(seen.len(), 1, "{context}");
            assert_eq!(seen[0].stage(), temperament.reaches(), "{context}: {}", seen[0].words());
            assert_eq!(seen[0].mac(), Some(mac(0)), "{context}");
            let end = match temperament {
                Temperament::ByConfiguration => End::Back,
                Temperament::RefusesOffer => End::Rejected,
                _ => End::Ignored,
            };
            assert_eq!(phones[0].end(), Some(&end), "{context}");
        }
    }
}

#[test]
fn phones_by_configuration_among_reset_ones_of_several_families_are_all_told_rightly() {
    let loads = offered_to_all(&["45", "70"]);
    let mix = [
        Temperament::ByConfiguration,
        Temperament::Polite,
        Temperament::ByConfiguration,
        Temperament::RefusesOffer,
        Temperament::Rejecting,
        Temperament::IgnoresOffer,
        Temperament::Slow,
        Temperament::ByConfiguration,
    ];
    let now = origin();
    let mut wire = Wire::seeded(5, now).losing(0.02);
    let mut bench = Bench::new(now, &loads, Catalog::embedded().patience());
    let kinds: Vec<Temperament> = mix.iter().copied().cycle().take(40).collect();
    let mut phones: Vec<SimPhone> =
        kinds.iter().enumerate().map(|(n, kind)| phone(now, &loads, n, *kind, 5)).collect();
    let run = wire.run(&mut bench, &mut phones, 3 * HOUR);
    assert!(run.quiet, "{run:?}");
    let stamp = bench.stamp(wire.now() + Duration::from_secs(600));
    for phone in &phones {
        let seen = bench.fleet.at_address(phone.address(), stamp).unwrap();
        let who = phone.character();
        assert_eq!(
            seen.stage(),
            who.temperament.reaches(),
            "{} {}: {}",
            who.mac,
            who.temperament,
            seen.words()
        );
    }
    assert_eq!(bench.fleet.summary(stamp).seen(), 40);
}

#[test]
fn a_listed_phone_is_offered_the_load_and_a_foreign_one_gets_not_found_and_is_left_alone() {
    let mut loads = Loads::of(&["45"], 60_000, false);
    let made = for_phone(mac(0), None, &loads.served, LAPTOP).unwrap();
    loads.bundle = Arc::new(loads.bundle.with([(made.name, made.octets)]));
    let now = origin();
    let mut wire = Wire::seeded(3, now);
    let mut bench = Bench::new(now, &loads, Catalog::embedded().patience());
    let mut phones = [0, 1].map(|n| phone(now, &loads, n, Temperament::ByConfiguration, 3));
    let run = wire.run(&mut bench, &mut phones, HOUR);
    assert!(run.quiet, "{run:?}");
    let stamp = bench.stamp(wire.now() + HOUR);
    let stage = |n: usize| bench.fleet.at_address(addresses(n)[0], stamp).unwrap().stage();
    assert_eq!((stage(0), stage(1)), (Stage::Back, Stage::Seen));
    assert_eq!(phones[1].end(), Some(&End::Ignored));
    assert!(phones[1].flash().is_empty(), "it was given {:?}", phones[1].flash());
    let own = format!("SEP{}.cnf.xml", mac(1));
    let of_it = |event: &Event| match event {
        Event::Refused { phone, file, reason } if *phone == addresses(1)[0] => Some((file.clone(), *reason)),
        Event::Asked { phone, file, .. } if *phone == addresses(1)[0] => panic!("it is sent {file}"),
        _ => None,
    };
    let refused: Vec<_> = bench.log.iter().filter_map(|record| of_it(&record.event)).collect();
    assert!(refused.contains(&(own, Refusal::NotFound)), "{refused:?}");
    assert!(refused.iter().all(|(_, reason)| *reason == Refusal::NotFound), "{refused:?}");
}
