//! One session: what happens on the wire becomes records; records are applied to the fleet, written to the log and
//! shown by a front. The only place where events, time and files meet.
//!
//! Decides nothing about protocol, and draws nothing itself.

pub mod afterwards;
pub mod bench;
pub mod configuration;
mod ending;
mod neighbours;
pub mod pages;
pub mod preflight;
pub mod probe;
pub mod rehearsal;
pub mod replay;
mod rule;
mod running;
pub mod service;
mod staged;
pub mod staging;
pub mod wizard;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use ending::Ending;
use neighbours::Neighbourhood;
pub use running::run;
pub use service::{Offer, Service};
pub use staged::Staged;

use crate::catalog::{Catalog, Model};
use crate::fleet::{Fleet, Models, PhoneId, Stage, from_wire};
use crate::journal::{Dhcp, Event, Record};
use crate::net::interfaces::Interface;
pub use crate::net::naming::ByAddress;
use crate::net::naming::Naming;
use crate::net::presence::Away;
use crate::net::tftp::FromWire;
use crate::platform::clock::WallClock;
pub use crate::platform::console;
use crate::preflight::{Symptom, symptom};
use crate::store::sessions::SessionLog;
use crate::tftp::{self, Progress};
use crate::timestamp::Timestamp;

/// Each running transfer's progress goes to the log this often at the most: a log is read by people.
const LOG_PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// What shows a session: lines, JSON, a live table, the wizard.
pub trait Front {
    /// Something happened. The fleet has already taken it in.
    fn record(&mut self, record: &Record, fleet: &Fleet) -> io::Result<()>;
    /// Some time has passed; called a few times a second.
    fn tick(&mut self, fleet: &Fleet, now: Timestamp) -> io::Result<()>;
}

/// Which models ask for which default load file, as the fleet wants to know it.
pub fn models(catalog: &Catalog) -> Models {
    let asks =
        |model: &Model| (model.default_load_file.value.clone(), model.family.clone(), model.model.clone());
    catalog.models().iter().map(asks).collect()
}

struct Running {
    phone: IpAddr,
    progress: Arc<Progress>,
    octets: u64,
    logged: Timestamp,
}

/// A session in progress.
pub struct Session {
    clock: WallClock,
    fleet: Fleet,
    naming: Arc<dyn Naming>,
    running: BTreeMap<u64, Running>,
    stages: BTreeMap<PhoneId, Stage>,
    log: Option<SessionLog>,
    /// Where phones are served, to ask who the neighbours are there.
    neighbours: Option<Neighbourhood>,
    /// Since when phones could find this laptop; `None` while nobody says that they can.
    reachable: Option<Timestamp>,
    /// The symptom that was told last, while it is to be seen.
    symptom: Option<&'static str>,
}

impl Session {
    /// A session over a fleet that knows its models. `log` is `None` where nothing is to be written.
    pub fn new(fleet: Fleet, naming: Arc<dyn Naming>, clock: WallClock, log: Option<SessionLog>) -> Self {
        Self {
            clock,
            fleet,
            naming,
            running: BTreeMap::new(),
            stages: BTreeMap::new(),
            log,
            neighbours: None,
            reachable: None,
            symptom: None,
        }
    }

    /// Phones are served through this interface: whoever does not name himself there is looked up among its neighbours.
    pub(crate) fn set_interface(&mut self, interface: &Interface) {
        self.neighbours = Neighbourhood::of(interface);
    }

    /// What is known of the phones.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The time now, as records carry it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whose packets are whose, from now on.
    pub(crate) fn set_naming(&mut self, naming: Arc<dyn Naming>) {
        self.naming = naming;
    }

    /// Something happened now that is not of the wire: the beginning, the end.
    pub fn note(&mut self, event: Event, front: &mut dyn Front) -> io::Result<()> {
        let record = Record { at: self.clock.now(), event };
        self.take(&record, true, front)
    }

    /// Take in what the driver says. `Err` only if the front cannot be written to.
    pub fn absorb(&mut self, from_wire: FromWire, front: &mut dyn Front) -> io::Result<()> {
        match from_wire {
            FromWire::Event(moment, event) => {
                let at = self.clock.stamp(moment);
                match self.translate(at, &event) {
                    Some(event) => self.take(&Record { at, event }, true, front),
                    None => Ok(()),
                }
            }
            FromWire::Trouble(moment, message) => {
                let at = self.clock.stamp(moment);
                self.take(&Record { at, event: Event::Trouble { message } }, true, front)
            }
            FromWire::Away(moment, Away { interface, address, now }) => {
                let at = self.clock.stamp(moment);
                self.take(&Record { at, event: Event::AddressGone { interface, address, now } }, true, front)
            }
            FromWire::Back(moment, address) => {
                let at = self.clock.stamp(moment);
                self.take(&Record { at, event: Event::AddressBack { address } }, true, front)
            }
            FromWire::Dhcp(moment, event) => {
                let at = self.clock.stamp(moment);
                self.take(&Record { at, event: Event::Dhcp(event.into()) }, true, front)
            }
            FromWire::DhcpEnded(moment, why) => {
                let at = self.clock.stamp(moment);
                self.take(&Record { at, event: Event::Dhcp(Dhcp::Stopped { why }) }, true, front)
            }
            FromWire::Stopped(message) => self.note(Event::Trouble { message }, front),
        }
    }

    /// Some time has passed: read how far the transfers are, and see who changed by mere silence.
    pub fn tick(&mut self, front: &mut dyn Front) -> io::Result<()> {
        let now = self.clock.now();
        let mut news = Vec::new();
        for (transfer, running) in &mut self.running {
            let octets = running.progress.octets();
            if octets == running.octets {
                continue;
            }
            running.octets = octets;
            let logged = now.since(running.logged) >= LOG_PROGRESS_EVERY;
            if logged {
                running.logged = now;
            }
            let retransmissions = running.progress.retransmissions();
            let event =
                Event::Progress { phone: running.phone, transfer: *transfer, octets, retransmissions };
            news.push((Record { at: now, event }, logged));
        }
        for (record, logged) in news {
            self.take(&record, logged, front)?;
        }
        let ids: Vec<PhoneId> = self.fleet.phones(now).map(|phone| phone.id()).collect();
        if self.stages.len() > 2 * ids.len() {
            // Phones that were forgotten for want of room, as in a flood of made-up ones.
            self.stages.retain(|id, _| ids.binary_search(id).is_ok());
        }
        for id in ids {
            self.see_stage(id, now, front)?;
        }
        self.see_neighbours(now, front)?;
        self.see_symptom(now, front)?;
        front.tick(&self.fleet, now)
    }

    /// Look up who is behind the addresses that asked lately.
    fn see_neighbours(&mut self, now: Timestamp, front: &mut dyn Front) -> io::Result<()> {
        let Some(neighbours) = self.neighbours.as_mut().filter(|neighbours| neighbours.is_due(now)) else {
            return Ok(());
        };
        let table = neighbours::table().unwrap_or_else(|error| {
            tracing::debug!(%error, "the neighbour table cannot be read");
            Vec::new()
        });
        for (phone, mac) in neighbours.look(now, &table) {
            let phone = IpAddr::V4(phone);
            if self.fleet.at_address(phone, now).is_some_and(|known| known.mac() != Some(mac)) {
                self.take(&Record { at: now, event: Event::Neighbour { phone, mac } }, true, front)?;
            }
        }
        Ok(())
    }

    /// Say it once when the phones' silence, or their deafness, points at something in between.
    fn see_symptom(&mut self, now: Timestamp, front: &mut dyn Front) -> io::Result<()> {
        let Some(since) = self.reachable else { return Ok(()) };
        let seen = symptom(Catalog::embedded(), &self.fleet, since, now);
        let code = seen.as_ref().map(|symptom| symptom.code);
        if std::mem::replace(&mut self.symptom, code) == code {
            return Ok(());
        }
        let Some(Symptom { code, title, next }) = seen else { return Ok(()) };
        let event = Event::Symptom { code: code.to_owned(), title, next };
        self.take(&Record { at: now, event }, true, front)
    }

    /// What a record says of where phones are.
    fn heed(&mut self, record: &Record) {
        match &record.event {
            // Whoever serves by command has set option 150 already; the wizard is told when it is.
            Event::Started { command, loads, .. } => {
                let tells = command == "serve" && !loads.is_empty();
                (self.reachable, self.symptom) = (tells.then_some(record.at), None);
            }
            Event::Option150Confirmed { .. } => self.reachable = Some(record.at),
            Event::Option150Back { .. } => self.reachable = None,
            Event::Asked { phone, .. } | Event::Refused { phone, .. } => {
                if let Some(neighbours) = &mut self.neighbours {
                    neighbours.heard(*phone);
                }
            }
            _ => {}
        }
    }

    /// Wait until the log is on the disk: at turning points, and at the end.
    pub fn sync(&mut self) {
        if let Some(log) = &mut self.log
            && let Err(error) = log.sync()
        {
            tracing::warn!(%error, "the session log may not be on the disk yet");
        }
    }

    /// Where the session log is.
    pub fn log_path(&self) -> Option<&std::path::Path> {
        self.log.as_ref().map(SessionLog::path)
    }

    fn take(&mut self, record: &Record, logged: bool, front: &mut dyn Front) -> io::Result<()> {
        let about = self.fleet.apply(record);
        self.heed(record);
        if logged {
            self.write(record, front)?;
            front.record(record, &self.fleet)?;
        }
        match about {
            Some(id) => self.see_stage(id, record.at, front),
            None => Ok(()),
        }
    }

    /// A full disk must not stop a recovery: say it once, and go on without the log.
    fn write(&mut self, record: &Record, front: &mut dyn Front) -> io::Result<()> {
        let Some(log) = &mut self.log else { return Ok(()) };
        let Err(error) = log.append(record) else { return Ok(()) };
        let message = format!(
            "the session log `{}` cannot be written any more: {error}; serving goes on without it",
            log.path().display()
        );
        self.log = None;
        let trouble = Record { at: record.at, event: Event::Trouble { message } };
        front.record(&trouble, &self.fleet)
    }

    /// If a phone reached another stage, put that on record.
    fn see_stage(&mut self, id: PhoneId, at: Timestamp, front: &mut dyn Front) -> io::Result<()> {
        let Some(phone) = self.fleet.phone(id, at) else {
            self.stages.remove(&id); // found to be the same as another phone
            return Ok(());
        };
        let stage = phone.stage();
        if self.stages.insert(id, stage) == Some(stage) {
            return Ok(());
        }
        let [model] = phone.models() else { return self.put_stage(id, at, None, front) };
        let model = Some(model.clone());
        self.put_stage(id, at, model, front)
    }

    fn put_stage(
        &mut self,
        id: PhoneId,
        at: Timestamp,
        model: Option<String>,
        front: &mut dyn Front,
    ) -> io::Result<()> {
        let Some(phone) = self.fleet.phone(id, at) else { return Ok(()) };
        let event = Event::Stage {
            phone: phone.address(),
            mac: phone.mac(),
            model,
            stage: phone.stage(),
            words: phone.words(),
        };
        let record = Record { at, event };
        self.write(&record, front)?;
        front.record(&record, &self.fleet)
    }

    /// The record's event for what the endpoint said; `None` for the end of a transfer whose beginning was not heard.
    fn translate(&mut self, at: Timestamp, event: &tftp::Event) -> Option<Event> {
        let phone = match event {
            tftp::Event::Began { transfer, peer, progress, .. } => {
                let (phone, progress) = (self.naming.phone(*peer), Arc::clone(progress));
                self.running.insert(*transfer, Running { phone, progress, octets: 0, logged: at });
                phone
            }
            tftp::Event::Refused { peer, .. } => self.naming.phone(*peer),
            // By now the port may be another phone's.
            tftp::Event::Ended { transfer, .. } => self.running.remove(transfer)?.phone,
        };
        Some(from_wire(event, phone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::ServedLoad;

    /// Keeps what it is shown.
    #[derive(Default)]
    struct Shown(Vec<Event>);

    impl Front for Shown {
        fn record(&mut self, record: &Record, _: &Fleet) -> io::Result<()> {
            self.0.push(record.event.clone());
            Ok(())
        }

        fn tick(&mut self, _: &Fleet, _: Timestamp) -> io::Result<()> {
            Ok(())
        }
    }

    fn serving(command: &str) -> Event {
        let load = ServedLoad {
            load: "SCCP45.8-5-2S".into(),
            family: "45".into(),
            default_load_files: vec!["term45.default.loads".into()],
            manifest: "SCCP45.8-5-2S.loads".into(),
            images: Vec::new(),
        };
        Event::Started {
            version: "0".into(),
            command: command.into(),
            serving: "10.1.1.5:69".into(),
            loads: vec![load],
            patience: Catalog::embedded().patience(),
        }
    }

    fn deaf_phone(session: &mut Session, shown: &mut Shown) {
        let phone = [10, 1, 1, 20].into();
        for transfer in [1, 2] {
            let file = "term45.default.loads".to_owned();
            let asked = Event::Asked { phone, transfer, file, octets: 660, blksize: 512, window: 1 };
            session.note(asked, shown).unwrap();
            let event = Event::Unanswered { phone, transfer, octets: 0, retransmissions: 7, all_sent: false };
            session.note(event, shown).unwrap();
        }
    }

    fn symptoms(shown: &Shown) -> Vec<&str> {
        let told = shown.0.iter().filter_map(|event| match event {
            Event::Symptom { code, .. } => Some(code.as_str()),
            _ => None,
        });
        told.collect()
    }

    fn session() -> Session {
        let fleet = Fleet::new(models(Catalog::embedded()));
        Session::new(fleet, Arc::new(ByAddress), WallClock::start(), None)
    }

    #[test]
    fn a_symptom_is_said_once_as_long_as_it_is_to_be_seen() {
        let (mut session, mut shown) = (session(), Shown::default());
        session.note(serving("serve"), &mut shown).unwrap();
        deaf_phone(&mut session, &mut shown);
        for _ in 0..3 {
            session.tick(&mut shown).unwrap();
        }
        assert_eq!(symptoms(&shown), ["one-block"]);
    }

    #[test]
    fn in_the_wizard_symptoms_count_from_the_moment_that_option_150_is_confirmed() {
        let (mut session, mut shown) = (session(), Shown::default());
        session.note(serving("recover"), &mut shown).unwrap();
        deaf_phone(&mut session, &mut shown);
        session.tick(&mut shown).unwrap();
        assert!(symptoms(&shown).is_empty());
        let value = [10, 1, 1, 5].into();
        let how = crate::journal::How::ByHand;
        session.note(Event::Option150Confirmed { value, by: None, how, why: None }, &mut shown).unwrap();
        session.tick(&mut shown).unwrap();
        assert_eq!(symptoms(&shown), ["one-block"]);
    }

    #[test]
    fn an_address_that_leaves_and_comes_back_is_on_record() {
        let (mut session, mut shown) = (session(), Shown::default());
        let now = crate::platform::clock::now();
        let address = [10, 1, 1, 5].into();
        let away = Away { interface: "eth0".into(), address, now: Vec::new() };
        session.absorb(FromWire::Away(now, away), &mut shown).unwrap();
        session.absorb(FromWire::Back(now, address), &mut shown).unwrap();
        let gone = Event::AddressGone { interface: "eth0".into(), address, now: Vec::new() };
        assert_eq!(shown.0, [gone, Event::AddressBack { address }]);
    }
}
