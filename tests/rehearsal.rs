//! The whole service against simulated phones over real UDP on loopback, and the session log that comes of it.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::io;

use loadlift::catalog::Catalog;
use loadlift::fleet::{Fleet, Stage};
use loadlift::journal::{Event, Record};
use loadlift::rehearsal::cast;
use loadlift::session::rehearsal::{Plan, Played, Rehearsal};
use loadlift::session::{Ending, Front, models};
use loadlift::timestamp::Timestamp;

/// Keeps what a front is shown.
#[derive(Default)]
struct Seen(Vec<Record>);

impl Front for Seen {
    fn record(&mut self, record: &Record, _: &Fleet) -> io::Result<()> {
        self.0.push(record.clone());
        Ok(())
    }

    fn tick(&mut self, _: &Fleet, _: Timestamp) -> io::Result<()> {
        Ok(())
    }
}

fn plan(scenario: &str) -> Plan {
    let scenario = cast::scenario(scenario).unwrap();
    Plan {
        scenario,
        phones: scenario.phones,
        loss: scenario.loss,
        seed: 1,
        speed: 300.0,
        octets: 200_000,
        session_dir: None,
    }
}

fn play(plan: Plan) -> (Vec<Played>, Vec<Record>) {
    let mut seen = Seen::default();
    let (ending, played) = Rehearsal::prepare(plan).unwrap().run(&mut seen).unwrap();
    assert_eq!(ending.unwrap(), Ending::Done);
    (played, seen.0)
}

fn assert_all_as_expected(story: &str, played: &[Played]) {
    for phone in played {
        assert!(phone.intact, "{story}: {} flashed wrong octets", phone.who.model);
        let wanted = phone.who.temperament.reaches();
        assert_eq!(
            phone.reached,
            Some(wanted),
            "{story}: {} {}",
            phone.who.temperament,
            phone.who.addresses[0]
        );
    }
}

#[test]
fn every_scenario_ends_as_its_temperaments_must() {
    for scenario in cast::scenarios() {
        let (played, _) = play(plan(&scenario.name));
        assert_eq!(played.len(), scenario.phones);
        assert_all_as_expected(&scenario.name, &played);
    }
}

#[test]
fn two_hundred_phones_at_once_with_one_packet_in_fifty_lost_all_come_back() {
    let (played, _) = play(Plan { phones: 200, loss: 0.02, octets: 100_000, ..plan("all-well") });
    assert_eq!(played.len(), 200);
    assert_all_as_expected("200 phones", &played);
    assert!(played.iter().all(|phone| phone.reached == Some(Stage::Back)));
    let again: u64 = played.iter().map(|phone| phone.retransmissions).sum();
    assert!(again > 200, "only {again} packets were sent again: the dice for loss do not fall");
}

#[test]
fn the_session_log_replays_to_the_same_fleet() {
    let folder = tempfile::tempdir().unwrap();
    let (_, seen) = play(Plan { session_dir: Some(folder.path().to_owned()), ..plan("default") });
    let path = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(path).unwrap();
    let logged: Vec<Record> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(logged, seen, "the log holds what the front was shown");

    assert!(matches!(logged.first().unwrap().event, Event::Started { .. }));
    let Event::Ended { back, seen: phones, .. } = logged.last().unwrap().event else {
        unreachable!("the last record is the end")
    };
    let mut fleet = Fleet::new(models(Catalog::embedded()));
    for record in &logged {
        fleet.apply(record);
    }
    let summary = fleet.summary(logged.last().unwrap().at);
    assert_eq!((summary.back(), summary.seen()), (back, phones));
    // Each phone's last stage in the log is the one that the replay comes to.
    for phone in fleet.phones(logged.last().unwrap().at) {
        let last = logged.iter().rev().find_map(|record| match &record.event {
            Event::Stage { phone: address, stage, .. } if *address == phone.address() => Some(*stage),
            _ => None,
        });
        assert_eq!(last, Some(phone.stage()), "{}", phone.address());
    }
}
