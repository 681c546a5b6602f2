//! The whole service under virtual time: simulated phones, a bad network, the endpoint, the fleet. Nothing sleeps.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod virtual_bench;

use std::time::{Duration, Instant};

use loadlift::catalog::Catalog;
use loadlift::fleet::{Fleet, Mac, Stage};
use loadlift::rehearsal::cast::{scenario, scenarios};
use loadlift::rehearsal::{Character, End, Scenario, SimPhone, Temperament, Tempo, Wire};
use loadlift::tftp::{Settings, Willing};
use sha2::{Digest, Sha256};
use virtual_bench::{Bench, Loads, addresses, models, origin};

const HOUR: Duration = Duration::from_secs(3600);

fn phone_of(now: Instant, temperament: Temperament, loads: &Loads, seed: u64) -> SimPhone {
    let part = &loads.parts[0];
    let who = Character {
        model: part.model.clone(),
        default_load_file: part.default_load_file.clone(),
        mac: Mac([2, 0x79, 0, 0, 0, 1]),
        addresses: addresses(0),
        temperament,
    };
    SimPhone::new(now, who, Tempo::LIFE, seed)
}

/// Whatever a phone took, it took byte for byte, in the order of its list, and only what the set has.
fn check_flash(phone: &SimPhone, loads: &Loads, seed: u64) {
    for flashed in phone.flash() {
        let file = loads.bundle.get(&flashed.name).unwrap();
        let want: [u8; 32] = Sha256::digest(&file.octets).into();
        let who = phone.character().temperament;
        assert_eq!(flashed.octets, file.octets.len() as u64, "{} of {who}, seed {seed}", flashed.name);
        assert_eq!(flashed.sha256, want, "{} of {who}, seed {seed}", flashed.name);
    }
}

fn check_order(phone: &SimPhone, loads: &Loads, seed: u64) {
    let part = &phone.character().default_load_file;
    let load = loads.served.iter().find(|load| load.default_load_files.contains(part)).unwrap();
    let want: Vec<String> = std::iter::once(part)
        .chain(load.images.iter().map(|image| &image.name))
        .map(|n| n.to_lowercase())
        .collect();
    let got: Vec<String> = phone.flash().iter().map(|flashed| flashed.name.to_lowercase()).collect();
    assert_eq!(got, want, "seed {seed}");
}

#[test]
fn each_temperament_reaches_its_stage_on_a_good_and_on_a_bad_network() {
    let loads = Loads::of(&["45"], 60_000, false);
    for temperament in Temperament::ALL {
        for seed in 0..12 {
            let now = origin();
            let mut wire = match seed {
                0 => Wire::seeded(seed, now),
                1..6 => Wire::seeded(seed, now).losing(0.02),
                _ => Wire::seeded(seed, now)
                    .losing(0.05)
                    .doubling(0.05)
                    .reordering(0.05)
                    .delaying(Duration::from_millis(2), Duration::from_millis(5)),
            };
            let mut bench = Bench::new(now, &loads, Catalog::embedded().patience());
            let mut phones = [phone_of(now, temperament, &loads, seed)];
            let run = wire.run(&mut bench, &mut phones, HOUR);
            let context = format!("{temperament}, seed {seed}: {run:?}");

            assert!(run.quiet, "{context}");
            let stamp = bench.stamp(wire.now());
            let seen: Vec<_> = bench.fleet.phones(stamp).collect();
            assert_eq!(seen.len(), 1, "{context}");
            assert_eq!(seen[0].stage(), temperament.reaches(), "{context}: {}", seen[0].words());
            assert_eq!(seen[0].address(), phones[0].address(), "{context}");
            assert_eq!(seen[0].models(), ["7945G"], "{context}");
            check_flash(&phones[0], &loads, seed);
            match temperament.reaches() {
                Stage::Back => {
                    assert_eq!(phones[0].end(), Some(&End::Back), "{context}");
                    assert_eq!(seen[0].mac(), Some(phones[0].character().mac), "{context}");
                    assert_eq!(seen[0].octets(), seen[0].total(), "{context}");
                    check_order(&phones[0], &loads, seed);
                }
                Stage::Rejected => assert_eq!(phones[0].end(), Some(&End::Rejected), "{context}"),
                _ => assert!(seen[0].words().contains("silent"), "{context}: {}", seen[0].words()),
            }
        }
    }
}

#[test]
fn a_server_without_options_on_a_single_port_brings_every_temperament_to_its_stage_too() {
    let loads = Loads::of(&["45"], 60_000, false);
    for temperament in Temperament::ALL {
        let now = origin();
        let willing = Willing { options: false, ..Willing::for_mtu(1500) };
        let settings = Settings { willing, transfer_ports: 0 };
        let mut bench = Bench::with(now, &loads, Catalog::embedded().patience(), settings);
        let mut wire = Wire::seeded(3, now).losing(0.02);
        let mut phones = [phone_of(now, temperament, &loads, 3)];
        let run = wire.run(&mut bench, &mut phones, HOUR);
        let summary = bench.fleet.summary(bench.stamp(wire.now()));
        assert!(run.quiet, "{temperament}: {run:?}");
        assert_eq!(summary.at(temperament.reaches()), 1, "{temperament}: {summary}");
    }
}

#[test]
fn two_hundred_phones_with_one_packet_in_fifty_lost_all_come_back() {
    let families: Vec<&str> = Catalog::embedded().families().iter().map(|f| f.number.as_str()).collect();
    let loads = Loads::of(&families, 60_000, false);
    // Reset one after another within a minute, and all in the same tenth of a second.
    for (seed, tempo) in [(0, Tempo::LIFE), (1, Tempo::times(1000.0))] {
        let now = origin();
        let mut wire = Wire::seeded(seed, now).losing(0.02);
        let mut bench = Bench::new(now, &loads, Catalog::embedded().patience());
        let scenario = scenario("lossy").unwrap();
        let mut phones = scenario.cast(now, 200, seed, tempo, &loads.parts, addresses);
        let run = wire.run(&mut bench, &mut phones, HOUR);

        assert!(run.quiet, "seed {seed}: {run:?}");
        assert!(run.lost > 1000, "seed {seed}: {run:?}");
        let summary = bench.fleet.summary(bench.stamp(wire.now()));
        assert_eq!(summary.to_string(), "200 phones: 200 back", "seed {seed}");
        for phone in &phones {
            check_flash(phone, &loads, seed);
            check_order(phone, &loads, seed);
        }
    }
}

fn play(scenario: &Scenario, seed: u64, capital: bool, tempo: Tempo) {
    let loads = Loads::of(&["41", "45", "70"], 60_000, capital);
    let now = origin();
    let mut wire = Wire::seeded(seed, now).losing(scenario.loss);
    let mut bench = Bench::new(now, &loads, tempo.patience(Catalog::embedded().patience()));
    let mut phones = scenario.cast(now, scenario.phones, seed, tempo, &loads.parts, addresses);
    let run = wire.run(&mut bench, &mut phones, HOUR);
    let stamp = bench.stamp(wire.now());
    assert!(run.quiet, "{}, seed {seed}: {run:?}", scenario.name);
    assert_eq!(bench.fleet.len(), phones.len(), "{}, seed {seed}", scenario.name);
    for phone in &phones {
        let who = phone.character();
        let known = bench.fleet.at_address(phone.address(), stamp).unwrap();
        let context = format!("{} {} in {}, seed {seed}", who.temperament, who.mac, scenario.name);
        assert_eq!(known.stage(), who.temperament.reaches(), "{context}: {}", known.words());
        assert!(known.models().contains(&who.model), "{context}: {:?}", known.models());
    }

    // The log that was written gives the same fleet when it is read again.
    let mut replayed = Fleet::new(models());
    for record in &bench.log {
        replayed.apply(&serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap());
    }
    assert_eq!(replayed, bench.fleet, "{}, seed {seed}", scenario.name);
}

#[test]
fn every_scenario_ends_as_its_temperaments_say_and_its_log_replays() {
    for scenario in scenarios() {
        for seed in 0..4 {
            play(scenario, seed, false, Tempo::LIFE);
        }
    }
}

#[test]
fn a_rehearsal_a_hundred_times_faster_than_life_ends_the_same() {
    for seed in 0..2 {
        play(scenario("default").unwrap(), seed, false, Tempo::times(100.0));
    }
}

#[test]
fn manifests_that_say_jar_with_a_capital_make_no_difference() {
    play(scenario("all-well").unwrap(), 5, true, Tempo::LIFE);
}

#[test]
fn a_phone_of_a_family_that_is_not_served_is_missing_its_file() {
    let loads = Loads::of(&["45"], 60_000, false);
    let others = Loads::of(&["70"], 60_000, false);
    let now = origin();
    let mut bench = Bench::new(now, &loads, Catalog::embedded().patience());
    let mut phones = [phone_of(now, Temperament::Polite, &others, 1)];
    Wire::seeded(1, now).run(&mut bench, &mut phones, HOUR);
    let known = bench.fleet.at_address(phones[0].address(), bench.stamp(bench.now)).unwrap();
    assert_eq!((known.stage(), known.family()), (Stage::MissingFile, Some("70")));
    assert!(matches!(phones[0].end(), Some(End::Missing(_))), "{:?}", phones[0].end());
    assert!(known.words().contains("7970G"), "{}", known.words());
}
