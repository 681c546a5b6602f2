//! For tests: the TFTP endpoint at one end of a virtual wire, with the session log and the fleet that come of it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use loadlift::catalog::Catalog;
use loadlift::firmware::Bundle;
use loadlift::fleet::{Fleet, Models, from_wire};
use loadlift::journal::{Event, Patience, Record, ServedImage, ServedLoad};
use loadlift::rehearsal::madeup::MadeUpLoad;
use loadlift::rehearsal::{Part, Server};
use loadlift::tftp::{self, Channel, Endpoint, Progress, Route, Settings, Willing};
use loadlift::timestamp::Timestamp;

/// The first port that transfers are answered from.
const FIRST_PORT: u16 = 40_000;
const TRANSFER_PORTS: u16 = 16;
/// How often the log takes a sample of what runs.
const SAMPLE: Duration = Duration::from_secs(1);

/// An arbitrary moment; from there on time is virtual.
#[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
pub(crate) fn origin() -> Instant {
    Instant::now()
}

/// The addresses of the nth phone.
pub(crate) fn addresses(nth: usize) -> [IpAddr; 2] {
    let [_, _, high, low] = u32::try_from(nth + 10).unwrap().to_be_bytes();
    [Ipv4Addr::new(10, 1, high, low).into(), Ipv4Addr::new(10, 2, high, low).into()]
}

/// What the fleet has to know of models, from the catalog.
pub(crate) fn models() -> Models {
    let rows = Catalog::embedded().models().iter();
    rows.map(|model| (&model.default_load_file.value, &model.family, &model.model)).collect()
}

/// A set of loads, as it is served and as the log tells it.
pub(crate) struct Loads {
    pub(crate) bundle: Arc<Bundle>,
    pub(crate) served: Vec<ServedLoad>,
    pub(crate) parts: Vec<Part>,
}

impl Loads {
    /// A made-up load of `octets` octets for each family. Manifests of `capital` families say `Jar…`.
    pub(crate) fn of(families: &[&str], octets: usize, capital: bool) -> Self {
        let catalog = Catalog::embedded();
        let mut bundle = Bundle::default();
        let (mut served, mut parts) = (Vec::new(), Vec::new());
        for family in families {
            let defaults: Vec<String> =
                catalog.default_load_files(family).into_iter().map(str::to_owned).collect();
            let mut load =
                MadeUpLoad::new(family, &defaults, "SCCP", "8-5-2", "8-5-2TH1-9").with_octets(octets);
            if capital {
                load = load.with_capital_jar();
            }
            let images = load
                .images()
                .into_iter()
                .map(|(name, octets)| ServedImage { name, octets: octets.len() as u64 })
                .collect();
            for (name, octets) in load.files() {
                assert!(bundle.insert(&*name, octets), "{name} is in two loads");
            }
            served.push(ServedLoad {
                load: load.load_name(),
                family: (*family).to_owned(),
                manifest: format!("{}.loads", load.load_name()),
                default_load_files: defaults,
                images,
            });
            parts.extend(catalog.models_of_family(family).map(|model| Part {
                model: model.model.clone(),
                default_load_file: model.default_load_file.value.clone(),
            }));
        }
        Self { bundle: Arc::new(bundle), served, parts }
    }
}

/// The server's end of the wire.
pub(crate) struct Bench {
    endpoint: Endpoint,
    began: Instant,
    pub(crate) now: Instant,
    pub(crate) fleet: Fleet,
    pub(crate) log: Vec<Record>,
    running: BTreeMap<u64, (IpAddr, Arc<Progress>)>,
    sample_at: Instant,
}

impl Bench {
    pub(crate) fn new(now: Instant, loads: &Loads, patience: Patience) -> Self {
        let settings = Settings { willing: Willing::for_mtu(1500), transfer_ports: TRANSFER_PORTS };
        Self::with(now, loads, patience, settings)
    }

    pub(crate) fn with(now: Instant, loads: &Loads, patience: Patience, settings: Settings) -> Self {
        let mut bench = Self {
            endpoint: Endpoint::new(Arc::clone(&loads.bundle), settings),
            began: now,
            now,
            fleet: Fleet::new(models()),
            log: Vec::new(),
            running: BTreeMap::new(),
            sample_at: now,
        };
        bench.record(Event::Started {
            version: "test".into(),
            command: "rehearse".into(),
            serving: "10.1.1.250:69".into(),
            loads: loads.served.clone(),
            patience,
        });
        bench
    }

    /// The wall clock at a moment of virtual time.
    pub(crate) fn stamp(&self, now: Instant) -> Timestamp {
        Timestamp::from_unix_millis(1_769_850_300_000) + (now - self.began)
    }

    fn record(&mut self, event: Event) {
        let record = Record { at: self.stamp(self.now), event };
        self.fleet.apply(&record);
        self.log.push(record);
    }

    fn listen(&mut self, now: Instant) {
        self.now = now;
        while let Some(event) = self.endpoint.poll_event() {
            match &event {
                tftp::Event::Began { transfer, peer, progress, .. } => {
                    self.running.insert(*transfer, (peer.ip(), Arc::clone(progress)));
                }
                tftp::Event::Ended { transfer, .. } => {
                    self.running.remove(transfer);
                }
                tftp::Event::Refused { .. } => {}
            }
            self.record(from_wire(&event, event.peer().ip()));
        }
        if now >= self.sample_at {
            self.sample_at = now + SAMPLE;
            for (transfer, (phone, progress)) in self.running.clone() {
                let (octets, retransmissions) = (progress.octets(), progress.retransmissions());
                self.record(Event::Progress { phone, transfer, octets, retransmissions });
            }
        }
    }
}

/// Which of the endpoint's ports that is.
fn channel(port: u16) -> Channel {
    Channel(port.checked_sub(FIRST_PORT).map_or(0, |offset| offset + 1))
}

impl Server for Bench {
    fn receive(&mut self, now: Instant, from: SocketAddr, to_port: u16, octets: &[u8]) {
        self.endpoint.receive(now, Route { channel: channel(to_port), peer: from }, octets);
        self.listen(now);
    }

    fn timeout(&mut self, now: Instant) {
        self.endpoint.timeout(now);
        self.listen(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<(u16, SocketAddr)> {
        let route = self.endpoint.poll_transmit(now, out)?;
        let port = route.channel.0.checked_sub(1).map_or(69, |offset| FIRST_PORT + offset);
        Some((port, route.peer))
    }

    fn deadline(&self) -> Option<Instant> {
        self.endpoint.deadline()
    }
}
