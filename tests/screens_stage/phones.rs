//! Fleets: phones that got so far, as the records of a session tell it.

use std::net::IpAddr;
use std::time::Duration;

use loadlift::fleet::Mac;
use loadlift::journal::{Event, Record, Refusal, ServedLoad};
use loadlift::timestamp::Timestamp;
use loadlift::wizard::Msg;

use super::Stage;
use super::given::{served, started};

/// How far a phone of a fleet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Far {
    Seen,
    Loading(usize),
    Flash,
    Back,
    Rejects,
    Missing,
    Silent,
}

impl Stage {
    /// Let the phones of a fleet ask, over the last two minutes.
    pub(crate) fn phones(&mut self, phones: &[Far]) {
        let loads = vec![served("45"), served("41")];
        let began = self.now;
        self.now = began + Duration::from_secs(125);
        let event = started(loads.clone());
        self.record(began, event);
        for (nth, far) in phones.iter().enumerate() {
            self.phone(began, nth, *far, &loads);
        }
        // What loads goes on until now, so that there is a pace.
        for half in 0..24_u64 {
            let at = began + Duration::from_millis(113_000 + half * 500);
            for (nth, far) in phones.iter().enumerate() {
                if let Far::Loading(file) = far {
                    let n = u64::try_from(nth).unwrap();
                    let all = loads[nth % 2].images[*file].octets;
                    let octets = all / 4 + (all / 2) * half / 24 / (1 + n % 5);
                    let event = Event::Progress {
                        phone: address(nth),
                        transfer: transfer(nth, file + 1),
                        octets,
                        retransmissions: u32::from(nth % 7 == 3),
                    };
                    let record = Record { at, event };
                    self.fleet.apply(&record);
                }
            }
            if half % 2 == 0 {
                let now = std::mem::replace(&mut self.now, at);
                self.tell(Msg::Tick);
                self.now = now;
            }
        }
    }

    fn phone(&mut self, began: Timestamp, nth: usize, far: Far, loads: &[ServedLoad]) {
        let phone = address(nth);
        let load = &loads[nth % 2];
        let list = match (nth % 2, nth % 4) {
            (0, 0) => "term45.default.loads",
            (0, _) => "term65.default.loads",
            (_, 1) => "term41.default.loads",
            _ => "term61.default.loads",
        };
        let mut at = began + Duration::from_millis(200 * u64::try_from(nth % 90).unwrap());
        let mut file = |stage: &mut Self, number: usize, name: &str, octets: u64, whole: bool| {
            let transfer = transfer(nth, number);
            let event = Event::Asked { phone, transfer, file: name.into(), octets, blksize: 1456, window: 1 };
            stage.record(at, event);
            at = at + Duration::from_secs(3);
            if whole {
                let event = Event::Served { phone, transfer, octets, millis: 2800, retransmissions: 0 };
                stage.record(at, event);
            }
        };
        let images = match far {
            Far::Seen => {
                self.record(
                    at,
                    Event::Refused { phone, file: "XMLDefault.cnf.xml".into(), reason: Refusal::NotFound },
                );
                return;
            }
            Far::Missing => {
                let file = "term70.default.loads".into();
                self.record(at, Event::Refused { phone, file, reason: Refusal::NotFound });
                return;
            }
            Far::Rejects => {
                file(self, 0, list, 660, true);
                file(self, 9, list, 660, true);
                return;
            }
            Far::Silent => 1,
            Far::Loading(images) => images,
            Far::Flash | Far::Back => load.images.len(),
        };
        file(self, 0, list, 660, true);
        for (number, image) in load.images.iter().enumerate().take(images) {
            file(self, number + 1, &image.name, image.octets, true);
        }
        match far {
            Far::Back => {
                let at = self.now + Duration::from_secs(0);
                let file = format!("SEP{}.cnf.xml", mac(nth));
                self.record(at, Event::Refused { phone, file, reason: Refusal::NotFound });
            }
            Far::Loading(_) | Far::Silent => {
                let image = &load.images[images];
                file(self, images + 1, &image.name, image.octets, false);
            }
            _ => {}
        }
    }
}

fn address(nth: usize) -> IpAddr {
    let [.., high, low] = u32::try_from(nth + 20).unwrap().to_be_bytes();
    IpAddr::from([10, 1, 1 + high, low])
}

fn transfer(nth: usize, number: usize) -> u64 {
    u64::try_from(nth * 10 + number + 1).unwrap()
}

fn mac(nth: usize) -> Mac {
    let [.., high, low] = u32::try_from(nth + 1).unwrap().to_be_bytes();
    Mac([0x00, 0x1b, 0x2a, 0xaa, high, low])
}

/// A fleet as one stands in the middle of an evening.
pub(crate) fn evening(count: usize) -> Vec<Far> {
    let one = |nth: usize| match nth % 20 {
        0 | 4 => Far::Loading(2),
        1 => Far::Loading(4),
        2 => Far::Loading(0),
        3 | 8 => Far::Flash,
        6 if nth == 6 => Far::Rejects,
        11 if nth == 11 => Far::Missing,
        13 if nth == 13 => Far::Silent,
        17 => Far::Seen,
        _ => Far::Back,
    };
    (0..count).map(one).collect()
}
