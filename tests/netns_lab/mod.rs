//! A small office in network namespaces: a switch, a laptop with two cards, two places for DHCP servers. A test makes
//! its own and takes it away again; nothing outside the namespaces is touched. Linux and root; needs `ip` (iproute2).
//!
//! ```text
//!   sw   br0 = the LAN, 10.20.0.0/24                br1 = "Wi-Fi", 10.99.0.0/24, no server
//!    ├── srv    eth0 10.20.0.1                       │
//!    ├── rogue  eth0 10.20.0.2                       │
//!    └── lap    eth0 10.20.0.5      lap wifi0 10.99.0.5, with the default route
//! ```
//!
//! A test file that uses it says `mod support; mod netns_lab;`.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test a panic is the report, with what the servers wrote"
)]

pub(crate) mod clients;
pub(crate) mod crowd;
pub(crate) mod flood;
pub(crate) mod servers;

use std::fs;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use loadlift::platform::clock;
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::Value;

pub(crate) const LAPTOP: &str = "10.20.0.5";
pub(crate) const SERVER: &str = "10.20.0.1";
pub(crate) const ROGUE: &str = "10.20.0.2";
/// Two call managers, as most sites have them.
pub(crate) const CUCM: &str = "10.1.1.10,10.1.1.11";

/// How long a program may take to get ready, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(40);

static LABS: AtomicU32 = AtomicU32::new(0);

/// The office.
pub(crate) struct Lab {
    name: String,
    folder: tempfile::TempDir,
    running: Vec<Running>,
}

/// A program that runs at a place.
struct Running {
    place: String,
    program: String,
    log: PathBuf,
    child: Child,
}

fn command(words: &[&str]) {
    let output = Command::new(words[0])
        .args(&words[1..])
        .output()
        .unwrap_or_else(|error| panic!("`{}` does not start: {error}", words.join(" ")));
    assert!(output.status.success(), "`{}`: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
}

/// Look every few milliseconds until `look` finds something, as long as a busy machine may need.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    looking(PATIENCE, &mut look).unwrap_or_else(|| panic!("{what}: not within {PATIENCE:?}"))
}

fn looking<T>(patience: Duration, look: &mut impl FnMut() -> Option<T>) -> Option<T> {
    let begin = clock::now();
    loop {
        let found = look();
        if found.is_some() || begin.elapsed() > patience {
            return found;
        }
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "another program's state changes without telling us")]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

impl Lab {
    pub(crate) fn new() -> Self {
        let name = format!("lld{}x{}", std::process::id() % 100_000, LABS.fetch_add(1, Ordering::Relaxed));
        let lab = Self { name, folder: tempfile::tempdir().unwrap(), running: Vec::new() };
        for place in ["sw", "srv", "rogue", "lap"] {
            command(&["ip", "netns", "add", &lab.space(place)]);
            lab.ip(place, &["link", "set", "lo", "up"]);
        }
        lab.bridge("br0");
        lab.bridge("br1");
        lab.plug("srv", "eth0", "br0", &[&format!("{SERVER}/24")]);
        lab.plug("rogue", "eth0", "br0", &[&format!("{ROGUE}/24")]);
        lab.plug("lap", "eth0", "br0", &[&format!("{LAPTOP}/24")]);
        lab.plug("lap", "wifi0", "br1", &["10.99.0.5/24"]);
        lab.ip("lap", &["route", "add", "default", "via", "10.99.0.1", "dev", "wifi0"]);
        lab
    }

    /// Put the place `srv` (10.30.0.1) behind `rogue`, which becomes the router between it and the LAN.
    pub(crate) fn with_the_server_behind_a_router() -> Self {
        let lab = Self::new();
        lab.bridge("br2");
        lab.ip("sw", &["link", "set", "srv-eth0", "master", "br2"]);
        lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
        lab.ip("srv", &["addr", "add", "10.30.0.1/24", "dev", "eth0"]);
        lab.ip("srv", &["route", "add", "default", "via", "10.30.0.2"]);
        lab.plug("rogue", "eth1", "br2", &["10.30.0.2/24"]);
        lab.write_proc("rogue", "sys/net/ipv4/ip_forward", "1");
        lab.ip("lap", &["route", "add", "10.30.0.0/24", "via", ROGUE]);
        lab
    }

    /// The name of the namespace of a place.
    pub(crate) fn space(&self, place: &str) -> String {
        format!("{}-{place}", self.name)
    }

    /// A file of this lab.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `ip`, at a place.
    pub(crate) fn ip(&self, place: &str, words: &[&str]) {
        let space = self.space(place);
        command(&[&["ip", "-n", &space], words].concat());
    }

    fn bridge(&self, name: &str) {
        self.ip("sw", &["link", "add", name, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0"]);
        self.ip("sw", &["link", "set", name, "up"]);
    }

    /// Give a place a card in the switch.
    pub(crate) fn plug(&self, place: &str, card: &str, bridge: &str, addresses: &[&str]) {
        let other = format!("{place}-{card}");
        let switch = self.space("sw");
        self.ip(place, &["link", "add", card, "type", "veth", "peer", "name", &other, "netns", &switch]);
        self.ip("sw", &["link", "set", &other, "master", bridge]);
        self.ip("sw", &["link", "set", &other, "up"]);
        for address in addresses {
            self.ip(place, &["addr", "add", address, "dev", card]);
        }
        self.ip(place, &["link", "set", card, "up"]);
    }

    /// The hardware address of a card, lower case with colons.
    pub(crate) fn mac(&self, place: &str, card: &str) -> String {
        let space = self.space(place);
        let output = Command::new("ip").args(["-n", &space, "-j", "link", "show", card]).output().unwrap();
        let links: Value = serde_json::from_slice(&output.stdout).unwrap();
        links[0]["address"].as_str().unwrap().to_owned()
    }

    /// Change a setting of the kernel that each namespace has for itself, such as `sys/net/ipv4/ip_forward`.
    pub(crate) fn write_proc(&self, place: &str, setting: &str, value: &str) {
        let script = format!("echo {value} >/proc/{setting}");
        let done = self.inside(place, "sh").args(["-c", &script]).status();
        assert!(done.unwrap().success(), "{setting} is not to be had");
    }

    /// A program at a place, not yet started.
    pub(crate) fn inside(&self, place: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.space(place), program]);
        command
    }

    /// Do something on a thread that has moved to a place, such as opening a socket there.
    pub(crate) fn at<T: Send + 'static>(&self, place: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
        let space = fs::File::open(Path::new("/run/netns").join(self.space(place))).unwrap();
        let moved = move || {
            move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        };
        std::thread::spawn(moved).join().unwrap()
    }

    /// Start a program at a place and leave it running until [`Self::stop`], or the end of the lab.
    pub(crate) fn start(&mut self, place: &str, program: &str, mut command: Command) -> u32 {
        let log = self.file(&format!("{place}-{program}.log"));
        let output = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        let pid = child.id();
        self.running.push(Running { place: place.into(), program: program.into(), log, child });
        pid
    }

    /// Wait until the program that was started last holds a UDP port at its place.
    pub(crate) fn wait_until_it_listens(&mut self, port: u16) {
        let running = self.running.last_mut().unwrap();
        let table = format!("/proc/{}/net/udp", running.child.id());
        wait_for(&format!("{} at port {port}", running.program), || {
            if let Ok(Some(status)) = running.child.try_wait() {
                let log = fs::read_to_string(&running.log).unwrap_or_default();
                panic!("{} ended with {status}: {log}", running.program);
            }
            // Until `ip netns exec` has moved, this is the table of the machine itself.
            let space = fs::read_to_string(format!("/proc/{}/comm", running.child.id())).unwrap_or_default();
            let sockets = fs::read_to_string(&table).unwrap_or_default();
            (space.trim() != "ip" && has_port(&sockets, port)).then_some(())
        });
    }

    /// What the program that was started last has written.
    pub(crate) fn log(&self) -> String {
        let running = self.running.last().unwrap();
        fs::read_to_string(&running.log).unwrap_or_default()
    }

    /// End the programs of a place in good order, so that they write what they have to.
    pub(crate) fn stop(&mut self, place: &str) {
        let (mut theirs, others) =
            self.running.drain(..).partition::<Vec<_>, _>(|running| running.place == place);
        self.running = others;
        for running in &mut theirs {
            running.end();
        }
    }

    /// Run `loadlift option150 probe` on the laptop: its exit code and its answer.
    pub(crate) fn probe(&self, words: &[&str]) -> (i32, Value) {
        probe(self.inside("lap", env!("CARGO_BIN_EXE_loadlift")), words)
    }
}

/// Run `option150 probe` of the program that `command` starts.
pub(crate) fn probe(mut command: Command, words: &[&str]) -> (i32, Value) {
    let output =
        command.args(["option150", "probe", "--interface", "eth0", "--json"]).args(words).output().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code().unwrap(), answer)
}

/// The ways by which a server answered, sorted.
pub(crate) fn methods<'a>(answer: &'a Value, server: &str) -> Vec<&'a str> {
    let answers = answer["answers"].as_array().unwrap().iter();
    let mut methods: Vec<&str> =
        answers.filter(|a| a["server"] == server).map(|a| a["method"].as_str().unwrap()).collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}

/// Whether a port stands in a table like `/proc/net/udp`.
fn has_port(sockets: &str, port: u16) -> bool {
    let wanted = format!(":{port:04X}");
    let local = |line: &str| line.split_whitespace().nth(1).is_some_and(|local| local.ends_with(&wanted));
    sockets.lines().any(local)
}

impl Running {
    fn end(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let mut has_ended = || matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)).then_some(());
        if looking(Duration::from_secs(5), &mut has_ended).is_some() {
            return;
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for mut running in self.running.drain(..) {
            running.end();
            if std::thread::panicking() {
                let log = fs::read_to_string(&running.log).unwrap_or_default();
                eprintln!("--- {} of {} wrote:\n{log}", running.program, running.place);
            }
        }
        for place in ["lap", "rogue", "srv", "sw"] {
            let _ = Command::new("ip").args(["netns", "del", &self.space(place)]).status();
        }
    }
}
