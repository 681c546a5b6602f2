//! For tests: a session log told event by event, and the fleet that it gives.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::{Fleet, Models, PhoneNow, Stage};
use crate::journal::{Event, Patience, Record, Refusal, ServedImage, ServedLoad};
use crate::timestamp::Timestamp;

pub(super) const PATIENCE: Patience =
    Patience { within_file: 15_000, between_files: 120_000, writing_flash: 600_000 };

pub(super) fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(10, 1, 1, last).into()
}

/// A load of a family with the five images in the order of a manifest, each of its own size.
pub(super) fn load(family: &str, defaults: &[&str]) -> ServedLoad {
    let image = |name: String, octets| ServedImage { name, octets };
    ServedLoad {
        load: format!("SCCP{family}.8-5-2S"),
        family: family.to_owned(),
        default_load_files: defaults.iter().map(|&name| name.to_owned()).collect(),
        manifest: format!("SCCP{family}.8-5-2S.loads"),
        images: vec![
            image(format!("jar{family}sccp.8-5-2TH1-9.sbn"), 600_000),
            image(format!("cnu{family}.8-5-2TH1-9.sbn"), 500_000),
            image(format!("apps{family}.8-5-2TH1-9.sbn"), 3_000_000),
            image(format!("dsp{family}.8-5-2TH1-9.sbn"), 400_000),
            image(format!("cvm{family}sccp.8-5-2TH1-9.sbn"), 2_500_000),
        ],
    }
}

pub(super) fn models() -> Models {
    [
        ("term45.default.loads", "45", "7945G"),
        ("term65.default.loads", "45", "7965G"),
        ("term70.default.loads", "70", "7970G"),
        ("term75.default.loads", "75", "7975G"),
    ]
    .into_iter()
    .collect()
}

/// A log in the making.
pub(super) struct Tale {
    pub(super) fleet: Fleet,
    pub(super) log: Vec<Record>,
    pub(super) now: Timestamp,
    transfer: u64,
}

impl Tale {
    /// Two families are served: 45 and 70.
    pub(super) fn begin() -> Self {
        let now = Timestamp::from_unix_millis(1_769_850_300_000);
        let mut tale = Self { fleet: Fleet::new(models()), log: Vec::new(), now, transfer: 0 };
        tale.record(Event::Started {
            version: "0.1.0".into(),
            command: "serve".into(),
            serving: "10.1.1.250:69".into(),
            loads: vec![
                load("45", &["term45.default.loads", "term65.default.loads"]),
                load("70", &["term70.default.loads", "term71.default.loads"]),
            ],
            patience: PATIENCE,
        });
        tale
    }

    pub(super) fn record(&mut self, event: Event) {
        let record = Record { at: self.now, event };
        self.fleet.apply(&record);
        self.log.push(record);
    }

    /// The neighbour table says whose hardware the address is.
    pub(super) fn neighbour(&mut self, phone: u8, mac: &str) {
        let mac = mac.parse().unwrap();
        self.record(Event::Neighbour { phone: address(phone), mac });
    }

    pub(super) fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    pub(super) fn octets(file: &str) -> u64 {
        let loads = [load("45", &[]), load("70", &[])];
        loads
            .iter()
            .flat_map(|load| &load.images)
            .find(|image| image.name.eq_ignore_ascii_case(file))
            .map_or(660, |image| image.octets)
    }

    /// A request that is granted; answers the transfer's number.
    pub(super) fn asks(&mut self, phone: u8, file: &str) -> u64 {
        self.transfer += 1;
        let octets = Self::octets(file);
        self.record(Event::Asked {
            phone: address(phone),
            transfer: self.transfer,
            file: file.to_owned(),
            octets,
            blksize: 512,
            window: 1,
        });
        self.transfer
    }

    pub(super) fn served(&mut self, phone: u8, transfer: u64, file: &str) {
        let octets = Self::octets(file);
        self.record(Event::Served {
            phone: address(phone),
            transfer,
            octets,
            millis: 1000,
            retransmissions: 1,
        });
    }

    /// A file asked for and served whole, a second later.
    pub(super) fn gets(&mut self, phone: u8, file: &str) {
        let transfer = self.asks(phone, file);
        self.wait(1);
        self.served(phone, transfer, file);
    }

    pub(super) fn images(family: &str) -> Vec<String> {
        load(family, &[]).images.into_iter().map(|image| image.name).collect()
    }

    /// The default load file and all images.
    pub(super) fn gets_all(&mut self, phone: u8, default_load_file: &str, family: &str) {
        self.gets(phone, default_load_file);
        for image in Self::images(family) {
            self.wait(5);
            self.gets(phone, &image);
        }
    }

    pub(super) fn is_refused(&mut self, phone: u8, file: &str) {
        self.record(Event::Refused {
            phone: address(phone),
            file: file.to_owned(),
            reason: Refusal::NotFound,
        });
    }

    /// The settings requests of a start, none of which this server has.
    pub(super) fn starts(&mut self, phone: u8, mac: &str) {
        for name in [format!("CTLSEP{mac}.tlv"), format!("ITLSEP{mac}.tlv"), "ITLFile.tlv".to_owned()] {
            self.is_refused(phone, &name);
        }
        self.is_refused(phone, &format!("SEP{mac}.cnf.xml"));
        self.is_refused(phone, "XMLDefault.cnf.xml");
    }

    pub(super) fn goes_silent(&mut self, phone: u8, transfer: u64, octets: u64, all_sent: bool) {
        self.record(Event::Unanswered {
            phone: address(phone),
            transfer,
            octets,
            retransmissions: 5,
            all_sent,
        });
    }

    pub(super) fn progress(&mut self, phone: u8, transfer: u64, octets: u64) {
        self.record(Event::Progress { phone: address(phone), transfer, octets, retransmissions: 0 });
    }

    #[track_caller]
    pub(super) fn phone(&self, last: u8) -> PhoneNow<'_> {
        self.fleet.at_address(address(last), self.now).expect("the phone was seen")
    }

    #[track_caller]
    pub(super) fn stage(&self, last: u8) -> Stage {
        self.phone(last).stage()
    }

    /// The fleet that the log gives when it is written and read again.
    pub(super) fn replayed(&self) -> Fleet {
        let mut fleet = Fleet::new(models());
        for record in &self.log {
            let line = serde_json::to_string(record).unwrap();
            fleet.apply(&serde_json::from_str(&line).unwrap());
        }
        fleet
    }
}

impl Drop for Tale {
    /// Whatever was told replays.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.replayed(), self.fleet, "the log does not replay");
        }
    }
}
