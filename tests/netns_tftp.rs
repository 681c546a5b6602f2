//! The service over bad links and through faults of the network, in namespaces that the test makes and takes away
//! itself. Linux and root; needs `ip` (iproute2). Nothing outside the namespaces is touched.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod relay;
mod support;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use relay::{Relay, Weather};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use support::Fetch;
use support::serving::Serving;

const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 30, 1, 1);
const LINK: Ipv4Addr = Ipv4Addr::new(10, 30, 1, 2);
const FILE: &str = "jar45sccp.8-5-2TH1-9.sbn";

static LABS: AtomicU32 = AtomicU32::new(0);

/// A laptop that serves, and a place beyond it that the link and the phones are in.
struct Lab {
    name: String,
    folder: tempfile::TempDir,
    server: Option<Serving>,
    port: u16,
    image: Vec<u8>,
}

fn command(words: &[&str]) {
    let output = Command::new(words[0])
        .args(&words[1..])
        .output()
        .unwrap_or_else(|error| panic!("`{}` does not start: {error}", words.join(" ")));
    assert!(output.status.success(), "`{}`: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
}

impl Lab {
    fn new(octets: usize) -> Self {
        let name = format!("llt{}x{}", std::process::id() % 100_000, LABS.fetch_add(1, Ordering::Relaxed));
        let image: Vec<u8> = (0..octets).map(|i| u8::try_from((i * 31 + i / 251) % 256).unwrap()).collect();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("files")).unwrap();
        std::fs::write(folder.path().join("files").join(FILE), &image).unwrap();
        let mut lab = Self { name, folder, server: None, port: 0, image };
        for place in ["lap", "far"] {
            command(&["ip", "netns", "add", &lab.space(place)]);
            lab.ip(place, &["link", "set", "lo", "up"]);
        }
        let far = lab.space("far");
        lab.ip("lap", &["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", &far]);
        lab.ip("lap", &["addr", "add", &format!("{LAPTOP}/24"), "dev", "eth0"]);
        lab.ip("far", &["addr", "add", &format!("{LINK}/24"), "dev", "eth0"]);
        lab.ip("lap", &["link", "set", "eth0", "up"]);
        lab.ip("far", &["link", "set", "eth0", "up"]);
        lab.serve();
        lab
    }

    fn space(&self, place: &str) -> String {
        format!("{}-{place}", self.name)
    }

    fn ip(&self, place: &str, words: &[&str]) {
        let space = self.space(place);
        command(&[&["ip", "-n", &space], words].concat());
    }

    fn serve(&mut self) {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.space("lap"), env!("CARGO_BIN_EXE_loadlift")]);
        let (files, sessions) = (self.folder.path().join("files"), self.folder.path().join("sessions"));
        let mut serving = Serving::by(command, LAPTOP, &["--files", files.to_str().unwrap()], &sessions);
        serving.listen();
        self.port = serving.address.port();
        self.server = Some(serving);
    }

    fn log(&self) -> String {
        let folder = std::fs::read_dir(self.folder.path().join("sessions")).unwrap();
        folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }

    /// Do something beyond the cable, on a thread that is there.
    fn beyond<T: Send>(&self, work: impl FnOnce(SocketAddr) -> T + Send) -> T {
        let space = File::open(format!("/run/netns/{}", self.space("far"))).unwrap();
        let server = SocketAddr::from((LAPTOP, self.port));
        std::thread::scope(|scope| {
            let inside = scope.spawn(move || {
                use std::os::fd::AsFd as _;
                move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                work(server)
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Phones load over a link in this weather; each must have the file whole.
    fn load(&self, weather: Weather, phones: &[Fetch]) {
        let image = &self.image;
        self.beyond(|server| {
            let link = Relay::start(Ipv4Addr::LOCALHOST, LINK, server, weather, 7);
            let link = &link;
            std::thread::scope(|scope| {
                for phone in phones {
                    scope.spawn(move || {
                        let got = phone.fetch(link.front, FILE);
                        assert!(
                            got.as_ref() == Ok(image),
                            "{phone:?} in {weather:?}: {:?}",
                            got.map(|got| got.len())
                        );
                    });
                }
            });
            assert!(weather.loss == 0.0 || link.lost() > 0, "nothing was lost");
        });
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.server = None;
        for place in ["lap", "far"] {
            let _ = Command::new("ip").args(["netns", "del", &self.space(place)]).output();
        }
    }
}

fn millis(millis: f64) -> Duration {
    Duration::from_secs_f64(millis / 1000.0)
}

const PHONES: [Fetch; 3] = [
    Fetch { blksize: None, window: None },
    Fetch { blksize: Some(1428), window: None },
    Fetch { blksize: Some(1024), window: Some(8) },
];

#[test]
#[ignore = "needs root"]
fn loads_arrive_intact_over_every_kind_of_bad_link() {
    let lab = Lab::new(50_000);
    let lab = &lab;
    std::thread::scope(|scope| {
        // A cable, a Wi-Fi bridge, another site; each way.
        for delay in [0.5, 10.0, 80.0] {
            for (loss, jitter, duplication, reordering) in
                [(0.05, 0.0, 0.0, 0.0), (0.0, delay, 0.05, 0.05), (0.05, delay, 0.05, 0.05)]
            {
                let (delay, jitter) = (millis(delay), millis(jitter));
                let weather = Weather { delay, jitter, loss, duplication, reordering };
                scope.spawn(move || lab.load(weather, &PHONES));
            }
        }
    });
}

#[test]
#[ignore = "needs root"]
fn a_link_that_goes_away_for_twenty_seconds_costs_no_load() {
    let lab = Lab::new(300_000);
    lab.beyond(|server| {
        let weather = Weather { delay: millis(1.0), ..Weather::default() };
        let link = Relay::start(Ipv4Addr::LOCALHOST, LINK, server, weather, 7);
        std::thread::scope(|scope| {
            let phones: Vec<_> =
                PHONES.iter().map(|phone| scope.spawn(|| phone.fetch(link.front, FILE))).collect();
            pause(millis(150.0));
            link.set_away(true);
            assert!(phones.iter().any(|phone| !phone.is_finished()), "all were through before the link went");
            pause(Duration::from_secs(20));
            link.set_away(false);
            for phone in phones {
                assert!(phone.join().unwrap().as_ref() == Ok(&lab.image), "a load did not arrive whole");
            }
        });
    });
}

#[test]
#[ignore = "needs root"]
fn a_cable_and_an_address_that_go_and_come_back_cost_no_load_and_are_told() {
    let lab = Lab::new(600_000);
    let go_and_come: [(&[&str], &[&str]); 2] = [
        (&["link", "set", "eth0", "down"], &["link", "set", "eth0", "up"]),
        (&["addr", "del", "10.30.1.1/24", "dev", "eth0"], &["addr", "add", "10.30.1.1/24", "dev", "eth0"]),
    ];
    for (go, come) in go_and_come {
        std::thread::scope(|scope| {
            let lab = &lab;
            let (began, wait) = channel();
            let phone = scope.spawn(move || {
                lab.beyond(|server| {
                    // Slowed down by a link of its own, so that it is under way when the cable goes.
                    let weather = Weather { delay: millis(1.0), ..Weather::default() };
                    let link = Relay::start(Ipv4Addr::LOCALHOST, LINK, server, weather, 7);
                    began.send(()).unwrap();
                    PHONES[0].fetch(link.front, FILE)
                })
            });
            wait.recv().unwrap();
            pause(millis(300.0));
            lab.ip("lap", go);
            assert!(!phone.is_finished(), "it was through before {go:?}");
            pause(Duration::from_secs(3));
            lab.ip("lap", come);
            assert!(
                phone.join().unwrap().as_ref() == Ok(&lab.image),
                "{go:?}: the load did not arrive whole"
            );
        });
    }
    let log = lab.log();
    let told = log.matches("sending to 10.30.1.2 does not work").count();
    assert!((1..=4).contains(&told), "told {told} times that sending does not work:\n{log}");
}

/// Nothing to wait for: that the world is bad for so long is the case itself.
fn pause(time: Duration) {
    let (_sender, receiver) = channel::<()>();
    let _ = receiver.recv_timeout(time);
}
