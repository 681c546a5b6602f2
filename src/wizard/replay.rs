//! A recorded session in the wizard's screens: for support, for training, for pictures. Nothing is served and nothing
//! is asked; the records alone say what is shown, at the pace that the reader chooses.
//!
//! Pure: the time that passed is an argument. What a record shows is what the wizard showed then, because the same
//! fleet and the same model take it in.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use super::asking::Proof as Known;
use super::key::Key;
use super::model::{Model, Settings};
use super::msg::{Effect, Moment, Msg};
use super::step::{Announced, CheckedInterface, CheckedLoads, Finished, Mode, Serving, Step, WentBack};
use crate::firmware::Bundle;
use crate::fleet::{Fleet, Stage};
use crate::journal::{Event, How, Option150, Record};
use crate::report::{Builder, Report};
use crate::timestamp::Timestamp;

/// The paces that can be chosen: how many times faster than life.
const SPEEDS: [u32; 9] = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/// How a recording is played: part of the model, because keys change it and screens show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playing {
    /// What the session is called.
    pub session: String,
    /// How many times faster than life.
    pub speed: u32,
    /// Whether it stands still.
    pub paused: bool,
    /// Whether the next change of a phone's stage is wanted now.
    pub(super) skipping: bool,
    /// When the recording begins and ends.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Playing {
    pub(super) fn faster(&mut self) {
        self.speed = SPEEDS.into_iter().find(|speed| *speed > self.speed).unwrap_or(self.speed);
    }

    pub(super) fn slower(&mut self) {
        self.speed = SPEEDS.into_iter().rev().find(|speed| *speed < self.speed).unwrap_or(self.speed);
    }

    /// Whether there is a faster pace, and a slower one.
    pub(super) fn can_change(&self) -> (bool, bool) {
        (SPEEDS.iter().any(|speed| *speed > self.speed), SPEEDS.iter().any(|speed| *speed < self.speed))
    }

    /// `×10, 3:05 of 12:40`, and whether it stands still.
    pub fn status(&self, now: Timestamp) -> String {
        let clock = |time: Duration| format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60);
        let (at, all) = (clock(now.since(self.from)), clock(self.until.since(self.from)));
        let paused = if self.paused { ", paused" } else { "" };
        format!("x{}, {at} of {all}{paused}", self.speed)
    }
}

/// A recording that is being played.
#[derive(Debug, Clone)]
pub struct Player {
    model: Model,
    fleet: Fleet,
    report: Builder,
    records: Vec<Record>,
    next: usize,
    /// Behind this record no phone asked for anything before option 150 went back: the step Switch back.
    last_of_wire: Option<usize>,
    /// When DHCP was last asked, and who answered.
    asked: Option<(Timestamp, Vec<Ipv4Addr>)>,
    now: Timestamp,
}

impl Player {
    /// Play `records`, which are of the session called `session`, into a fleet that knows its models. `None` if there
    /// is no record.
    pub fn new(session: &str, records: Vec<Record>, fleet: Fleet, speed: u32) -> Option<Self> {
        let from = records.first()?.at;
        // Times within a session never run backwards; what was added afterwards can be days later, and is shown at once.
        let ended = records.iter().rposition(|record| !is_afterwards(&record.event))?;
        let until = records[ended].at.max(from);
        let back = records.iter().position(|record| matches!(record.event, Event::Option150Back { .. }));
        let wire = |record: &Record| {
            matches!(
                record.event,
                Event::Asked { .. } | Event::Served { .. } | Event::Refused { .. } | Event::Stage { .. }
            )
        };
        let last_of_wire = back.and_then(|back| records[..back].iter().rposition(wire));
        let mut model = Model::new(Settings { mode: Mode::Replay, port: 0, mouse: false, listed: 0 });
        let speed = speed.clamp(SPEEDS[0], SPEEDS[SPEEDS.len() - 1]);
        let session = session.to_owned();
        model.playing = Some(Playing { session, speed, paused: false, skipping: false, from, until });
        let report = Builder::default();
        let mut player =
            Self { model, fleet, report, records, next: 0, last_of_wire, asked: None, now: from };
        player.take_due();
        Some(player)
    }

    /// The wizard as it stood.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The phones as they were known.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The moment that is shown.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether all was shown.
    pub fn is_over(&self) -> bool {
        self.next == self.records.len()
    }

    /// So much time passed for whoever looks. Says whether the picture can have changed.
    pub fn pass(&mut self, time: Duration) -> bool {
        let Some(playing) = &mut self.model.playing else { return false };
        if playing.paused && !playing.skipping {
            return false;
        }
        let until = playing.until;
        self.now = if std::mem::take(&mut playing.skipping) {
            self.next_change().unwrap_or(until)
        } else {
            (self.now + time.saturating_mul(playing.speed)).min(until)
        };
        self.take_due();
        let moment = Moment { now: self.now, fleet: &self.fleet };
        self.model.update(moment, Msg::Tick);
        true
    }

    /// A key was pressed. Says whether to leave.
    pub fn press(&mut self, key: Key) -> bool {
        self.tell(Msg::Key(key))
    }

    /// The system wants an end. Says whether to leave.
    pub fn interrupt(&mut self) -> bool {
        self.tell(Msg::Terminated)
    }

    fn tell(&mut self, msg: Msg) -> bool {
        let moment = Moment { now: self.now, fleet: &self.fleet };
        // A recording has nothing else to do in the world: all other effects are dropped.
        self.model.update(moment, msg).contains(&Effect::Quit)
    }

    /// When the next phone comes to another stage.
    fn next_change(&self) -> Option<Timestamp> {
        let changes = |record: &&Record| {
            matches!(record.event, Event::Stage { .. } | Event::Option150Back { .. } | Event::Ended { .. })
        };
        self.records[self.next..].iter().find(changes).map(|record| record.at)
    }

    /// Take in everything up to now.
    fn take_due(&mut self) {
        let until = self.model.playing.as_ref().map_or(self.now, |playing| playing.until);
        while let Some(record) = self.records.get(self.next) {
            if record.at > self.now && !(self.now >= until && is_afterwards(&record.event)) {
                return;
            }
            let record = record.clone();
            self.next += 1;
            self.fleet.apply(&record);
            self.report.apply(&record);
            let moment = Moment { now: self.now, fleet: &self.fleet };
            self.model.update(moment, Msg::Recorded(Box::new(record.clone())));
            self.step_to(&record);
            if self.last_of_wire == Some(self.next - 1) {
                self.show_switch_back();
            }
            if matches!(self.model.step, Step::Report(..)) {
                self.model.report.report = Some(self.report());
            }
        }
    }

    fn report(&self) -> Report {
        let session = self.model.playing.as_ref().map(|playing| playing.session.clone()).unwrap_or_default();
        Report { session, ..self.report.report() }
    }

    /// The step that the wizard was at after this record.
    fn step_to(&mut self, record: &Record) {
        let at = record.at;
        match &record.event {
            Event::Started { serving, loads, .. } => {
                let nowhere = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0);
                let address: SocketAddrV4 = serving.parse().unwrap_or(nowhere);
                let loads = CheckedLoads {
                    // There are no octets in a log, and nobody asks for them.
                    bundle: Arc::new(Bundle::default()),
                    loads: loads.clone(),
                    left_out: Vec::new(),
                    facts: Vec::new(),
                };
                let interface = CheckedInterface {
                    name: String::new(),
                    address: *address.ip(),
                    doubt: None,
                    file: String::new(),
                    octets: 0,
                    millis: 0,
                };
                self.model.step = Step::Option150(Serving { loads, interface, at: address, since: at });
            }
            Event::InterfaceChecked { interface, file, octets, .. } => {
                if let Step::Option150(serving) = &mut self.model.step {
                    serving.interface.name.clone_from(interface);
                    serving.interface.file.clone_from(file);
                    serving.interface.octets = *octets;
                }
            }
            Event::Option150Probed { answers, .. } => {
                self.asked = Some((at, answers.iter().map(|said| said.server).collect()));
            }
            Event::Option150Announced { before, .. } => {
                self.model.option150.announced = Some((at, before.clone()));
            }
            Event::Option150Confirmed { value, by, how, why } => {
                let proof = self.known(at, *how, why.as_deref());
                self.show_transfer(*value, by.clone(), at, proof);
            }
            // A session of the command line knows nothing of option 150, but phones that ask were told by it.
            Event::Asked { .. } => {
                if let Step::Option150(serving) = &self.model.step {
                    let value = *serving.at.ip();
                    let proof = self.known(at, How::ByHand, None);
                    self.show_transfer(value, None, at, proof);
                }
            }
            Event::Option150Back { to, by, how, why } => {
                let proof = self.known(at, *how, why.as_deref());
                let back = WentBack { to: to.clone(), by: by.clone(), at, proof };
                self.show_report(back);
            }
            Event::Ended { .. } if !matches!(self.model.step, Step::Report(..)) => {
                let proof = self.known(at, How::ByHand, None);
                self.show_report(WentBack { to: Option150::Unknown, by: None, at, proof });
            }
            _ => {}
        }
    }

    fn show_transfer(&mut self, value: Ipv4Addr, by: Option<String>, confirmed: Timestamp, proof: Known) {
        if let Step::Option150(serving) = &self.model.step {
            let before = self.model.option150.announced.as_ref().map(|(_, before)| before.clone());
            let before = before.unwrap_or(Option150::Unknown);
            self.model.step =
                Step::Transfer(serving.clone(), Announced { value, before, by, confirmed, proof });
        }
    }

    /// How something about option 150 was known.
    fn known(&self, at: Timestamp, how: How, why: Option<&str>) -> Known {
        match (how, &self.asked) {
            (How::Probed, Some((at, servers))) => Known::Probed { at: *at, servers: servers.clone() },
            (How::Probed, None) => Known::Probed { at, servers: Vec::new() },
            (How::ByHand, _) => Known::Overridden { why: why.unwrap_or_default().to_owned() },
        }
    }

    fn finished(&self) -> Finished {
        let open = |phone: &crate::fleet::PhoneNow<'_>| !matches!(phone.stage(), Stage::Back | Stage::Seen);
        let open: Vec<String> = self
            .fleet
            .phones(self.now)
            .filter(open)
            .map(|phone| format!("{}: {}", phone.address(), phone.words()))
            .collect();
        if open.is_empty() { Finished::AllBack } else { Finished::Insisted(open) }
    }

    fn show_switch_back(&mut self) {
        if let Step::Transfer(serving, announced) = &self.model.step {
            self.model.step = Step::SwitchBack(serving.clone(), announced.clone(), self.finished());
        }
    }

    fn show_report(&mut self, back: WentBack) {
        if let Step::Option150(serving) = &self.model.step {
            let value = *serving.at.ip();
            self.show_transfer(value, None, back.at, back.proof.clone());
        }
        self.show_switch_back();
        if let Step::SwitchBack(serving, announced, finished) = &self.model.step {
            self.model.step = Step::Report(serving.clone(), announced.clone(), finished.clone(), back);
        }
    }
}

/// What can be added to a log after the session.
fn is_afterwards(event: &Event) -> bool {
    matches!(event, Event::Site { .. } | Event::Proof { .. } | Event::Option150Back { .. })
}

#[cfg(test)]
mod tests {
    use super::super::step::StepKind;
    use super::*;
    use crate::journal::{Patience, ServedImage, ServedLoad};
    use std::net::IpAddr;

    const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);

    fn record(second: u64, event: Event) -> Record {
        Record { at: Timestamp::from_unix_millis(1_795_437_901_000 + second * 1000), event }
    }

    fn session() -> Vec<Record> {
        let phone = IpAddr::from([10, 1, 1, 20]);
        let image = ServedImage { name: "jar45sccp.8-5-2TH1-9.sbn".into(), octets: 1000 };
        let load = ServedLoad {
            load: "SCCP45.8-5-2S".into(),
            family: "45".into(),
            default_load_files: vec!["term45.default.loads".into()],
            manifest: "SCCP45.8-5-2S.loads".into(),
            images: vec![image],
        };
        let stage = |stage| Event::Stage { phone, mac: None, model: None, stage, words: "x".into() };
        let file = |transfer, file: &str, octets| Event::Asked {
            phone,
            transfer,
            file: file.into(),
            octets,
            blksize: 512,
            window: 1,
        };
        let served =
            |transfer, octets| Event::Served { phone, transfer, octets, millis: 1, retransmissions: 0 };
        let refused = crate::journal::Refusal::NotFound;
        vec![
            record(
                0,
                Event::Started {
                    version: "0.1.0".into(),
                    command: "recover".into(),
                    serving: format!("{LAPTOP}:69"),
                    loads: vec![load],
                    patience: Patience {
                        within_file: 20_000,
                        between_files: 180_000,
                        writing_flash: 900_000,
                    },
                },
            ),
            record(
                1,
                Event::Option150Announced { value: LAPTOP, before: Option150::Absent, how: How::ByHand },
            ),
            record(5, Event::Option150Confirmed { value: LAPTOP, by: None, how: How::ByHand, why: None }),
            record(10, file(1, "term45.default.loads", 600)),
            record(10, stage(Stage::Loading)),
            record(11, served(1, 600)),
            record(12, file(2, "jar45sccp.8-5-2TH1-9.sbn", 1000)),
            record(20, served(2, 1000)),
            record(20, stage(Stage::WritingFlash)),
            record(300, Event::Refused { phone, file: "SEP001B2AAA0001.cnf.xml".into(), reason: refused }),
            record(300, stage(Stage::Back)),
            record(
                320,
                Event::Option150Back { to: Option150::Absent, by: None, how: How::ByHand, why: None },
            ),
            record(330, Event::Ended { back: 1, seen: 1, undone: Vec::new() }),
            record(90_000, Event::Site { who: Some("Ann".into()), place: None }),
        ]
    }

    fn player() -> Player {
        Player::new(
            "20261123-124501-recover",
            session(),
            Fleet::new([("", "", ""); 0].into_iter().collect()),
            10,
        )
        .unwrap()
    }

    #[test]
    fn the_steps_come_as_they_came_and_the_report_is_that_of_the_log() {
        let mut player = player();
        let mut steps = vec![player.model().step.kind()];
        for _ in 0..10_000 {
            player.pass(Duration::from_millis(50));
            let step = player.model().step.kind();
            if steps.last() != Some(&step) {
                steps.push(step);
            }
        }
        assert_eq!(steps, StepKind::ALL[4..]);
        assert!(player.is_over());
        let report = player.model().report.report.clone().unwrap();
        let whole = Report::of(&session());
        assert_eq!(report, Report { session: "20261123-124501-recover".into(), ..whole });
        assert_eq!((report.who.as_deref(), report.back()), (Some("Ann"), 1));
    }

    #[test]
    fn keys_change_the_pace_stop_it_and_leap_to_the_next_change() {
        let mut player = player();
        let start = player.now();
        player.pass(Duration::from_secs(1));
        assert_eq!(player.now().since(start), Duration::from_secs(10));
        assert!(!player.press(Key::Char('+')));
        player.pass(Duration::from_millis(100));
        assert_eq!(player.now().since(start), Duration::from_secs(12));
        player.press(Key::Char(' '));
        assert!(!player.pass(Duration::from_secs(100)));
        assert_eq!(player.now().since(start), Duration::from_secs(12));
        player.press(Key::Right);
        assert!(player.pass(Duration::ZERO));
        assert_eq!(player.now().since(start), Duration::from_secs(20));
        player.press(Key::Char('-'));
        assert_eq!(player.model().playing.as_ref().unwrap().speed, 10);
        assert_eq!(
            player.model().playing.as_ref().unwrap().status(player.now()),
            "x10, 0:20 of 5:30, paused"
        );
        assert!(player.press(Key::Char('q')), "leaving a recording asks nothing");
    }

    #[test]
    fn any_cut_of_a_log_can_be_played() {
        let all = session();
        for records in 1..=all.len() {
            let fleet = Fleet::new([("", "", ""); 0].into_iter().collect());
            let Some(mut player) = Player::new("x", all[..records].to_vec(), fleet, 500) else { continue };
            for _ in 0..100 {
                player.pass(Duration::from_secs(1));
            }
            assert!(player.is_over(), "{records}");
        }
    }
}
