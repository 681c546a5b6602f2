//! The wizard's whole loop in a real terminal, against a real DHCP server, in network namespaces that the test makes
//! and takes away itself: asked before, changed, asked, a phone loaded, changed back, asked, reported. Linux and root;
//! needs `ip` (iproute2), `dnsmasq` and `tmux`. Nothing outside the namespaces is touched.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use loadlift::catalog::Catalog;
use loadlift::journal::{Event, How, Option150, Phase, Record};
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use support::terminal::{Terminal, records};
use support::{fetch_from, run_within};

const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 5);
const PHONE: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 7);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 1);
const CALL_MANAGERS: &str = "10.1.1.10,10.1.1.11";
const MAC: &str = "001B2AAA0007";

static LABS: AtomicU32 = AtomicU32::new(0);

/// A switch, and a laptop, a phone and a DHCP server on it.
struct Lab {
    name: String,
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Lab {
    fn new() -> Self {
        let name = format!("llw{}x{}", std::process::id() % 100_000, LABS.fetch_add(1, Ordering::Relaxed));
        let lab = Self { name, folder: tempfile::tempdir().unwrap(), server: None };
        for place in ["sw", "srv", "lap", "phone"] {
            run_within(20, Command::new("ip").args(["netns", "add", &lab.space(place)])).unwrap();
            lab.ip(place, &["link", "set", "lo", "up"]);
        }
        lab.ip("sw", &["link", "add", "br0", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0"]);
        lab.ip("sw", &["link", "set", "br0", "up"]);
        for (place, address) in [("srv", SERVER), ("lap", LAPTOP), ("phone", PHONE)] {
            let (far, switch) = (format!("to-{place}"), lab.space("sw"));
            lab.ip(place, &["link", "add", "eth0", "type", "veth", "peer", "name", &far, "netns", &switch]);
            lab.ip("sw", &["link", "set", &far, "master", "br0"]);
            lab.ip("sw", &["link", "set", &far, "up"]);
            lab.ip(place, &["addr", "add", &format!("{address}/24"), "dev", "eth0"]);
            lab.ip(place, &["link", "set", "eth0", "up"]);
        }
        lab
    }

    fn space(&self, place: &str) -> String {
        format!("{}-{place}", self.name)
    }

    fn ip(&self, place: &str, words: &[&str]) {
        run_within(20, Command::new("ip").args(["-n", &self.space(place)]).args(words)).unwrap();
    }

    fn inside(&self, place: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.space(place), program]);
        command
    }

    fn leases(&self) -> PathBuf {
        self.folder.path().join("leases")
    }

    /// Somebody edits the DHCP server's configuration and restarts it; wait until it listens.
    fn configure(&mut self, option_150: &str) {
        self.stop_server();
        let configuration = format!(
            "port=0\ninterface=eth0\nbind-interfaces\ndhcp-authoritative\ndhcp-leasefile={}\n\
             dhcp-range=10.20.0.100,10.20.0.150,255.255.255.0,2h\n\
             dhcp-option=option:router,{SERVER}\ndhcp-option=150,{option_150}\n",
            self.leases().display()
        );
        let file = self.folder.path().join("dnsmasq.conf");
        fs::write(&file, configuration).unwrap();
        let mut dnsmasq = self.inside("srv", "dnsmasq");
        dnsmasq.args(["-k", "-u", "root", "-C"]).arg(&file);
        self.server = Some(dnsmasq.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let listens = (0..2000).any(|_| !self.sockets("srv", 67).is_empty());
        assert!(listens, "dnsmasq does not listen");
    }

    fn stop_server(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// The UDP sockets at a port, as the system lists them.
    fn sockets(&self, place: &str, port: u16) -> String {
        let filter = format!("sport = :{port}");
        run_within(20, self.inside(place, "ss").args(["-Hlun", &filter])).unwrap()
    }

    /// The wizard on the laptop, in a terminal; the load lies where it is started.
    fn wizard(&self, columns: u16, lines: u16) -> Terminal {
        let catalog = Catalog::embedded();
        let load = MadeUpLoad::new("45", &catalog.default_load_files("45"), "SCCP", "8-5-2", "8-5-2TH1-9");
        let load = load.with_octets(60_000);
        let zip = self.folder.path().join(format!("{}.zip", load.load_name()));
        fs::write(zip, madeup::zip(&load.files(), Packing::Deflated)).unwrap();
        let program = format!(
            "env -C {folder} HOME={folder} ip netns exec {space} {program} --session-dir {folder}/sessions",
            folder = self.folder.path().display(),
            space = self.space("lap"),
            program = env!("CARGO_BIN_EXE_loadlift"),
        );
        Terminal::start(columns, lines, &program)
    }

    fn sessions(&self) -> PathBuf {
        self.folder.path().join("sessions")
    }

    fn saved(&self, extension: &str) -> String {
        let files = fs::read_dir(self.sessions()).unwrap().flatten().map(|entry| entry.path());
        let is_it = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
        fs::read_to_string(files.into_iter().find(is_it).unwrap()).unwrap()
    }

    /// A phone fetches the whole load as phones do, starts on it and asks for its settings.
    fn phone_loads(&self) {
        let catalog = Catalog::embedded();
        let load = MadeUpLoad::new("45", &catalog.default_load_files("45"), "SCCP", "8-5-2", "8-5-2TH1-9");
        let files = load.with_octets(60_000).files();
        let space = fs::File::open(Path::new("/run/netns").join(self.space("phone"))).unwrap();
        let phone = std::thread::spawn(move || {
            move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            let server = SocketAddr::from((LAPTOP, 69));
            assert!(!fetch_from(PHONE, server, "term45.default.loads").unwrap().is_empty());
            for (name, octets) in files.iter().filter(|(name, _)| name.ends_with(".sbn")) {
                assert_eq!(fetch_from(PHONE, server, name).unwrap(), &octets[..], "{name}");
            }
            let settings = fetch_from(PHONE, server, &format!("SEP{MAC}.cnf.xml"));
            assert!(settings.unwrap_err().contains("error 1"), "this laptop has no settings");
        });
        phone.join().unwrap();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop_server();
        for place in ["phone", "lap", "srv", "sw"] {
            let _ = Command::new("ip").args(["netns", "del", &self.space(place)]).status();
        }
    }
}

/// From the first screen to the step Option 150.
fn to_option_150(terminal: &Terminal) {
    terminal.until(&["Recover phones", "Enter begin"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter next", "Path"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["SCCP45.8-5-2S", "Enter next"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.20.0.5", "Enter check"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter serve here"]);
    terminal.keys(&["Enter"]);
}

/// What DHCP was found to say, in order: when in the work, what, and whether that was what it was asked for.
fn probed(records: &[Record]) -> Vec<(Phase, String, bool)> {
    let probed = records.iter().filter_map(|record| match &record.event {
        Event::Option150Probed { phase, value, reached, .. } => Some((*phase, value.to_string(), *reached)),
        _ => None,
    });
    probed.collect()
}

#[test]
#[ignore = "needs root"]
fn dhcp_itself_says_before_during_and_after_and_nothing_goes_on_until_it_does() {
    let mut lab = Lab::new();
    lab.configure(CALL_MANAGERS);
    let terminal = lab.wizard(100, 30);

    to_option_150(&terminal);
    terminal.until(&["asking through eth0", "s left"]);
    terminal.until(&["10.20.0.1 says 10.1.1.10, 10.1.1.11", "scope 10.20.0.0/24", "Enter set it now"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["the old value is on record", "Enter it is set"]);
    // A technician who claims it too early is told better.
    terminal.keys(&["Enter"]);
    terminal.until(&["names 10.1.1.10, 10.1.1.11 still", "Enter it is set"]);
    lab.configure(&LAPTOP.to_string());
    terminal.keys(&["Enter"]);
    terminal.until(&["Option 150 names this laptop: 10.20.0.5", "Enter go on"]);
    terminal.keys(&["Enter"]);

    terminal.until(&["No phone has asked yet"]);
    lab.phone_loads();
    terminal.until(&["1 of 1 phone back"]);
    terminal.keys(&["Enter"]);

    terminal.until(&["Names again    10.1.1.10, 10.1.1.11", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Option 150 names this laptop still", "Enter it is back"]);
    lab.configure(CALL_MANAGERS);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.1.1.10, 10.1.1.11 again, as before", "Enter go on"]);
    terminal.keys(&["Enter"]);

    let report = terminal.until(&["before", "during", "after", "Enter leave"]);
    let line = |word: &str| report.lines().find(|line| line.contains(word)).unwrap_or_default().to_owned();
    assert!(line(" before ").contains("10.1.1.10, 10.1.1.11") && line(" before ").contains("10.20.0.1 by"));
    assert!(line(" during ").contains("10.20.0.5 ") && line(" during ").contains("10.20.0.1 by"), "{report}");
    assert!(line(" after ").contains("10.1.1.10, 10.1.1.11") && line(" after ").contains("10.20.0.1 by"));
    assert!(report.contains("half of their lease of 2 h") && report.contains(MAC), "{report}");
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);

    let records = records(&lab.sessions());
    let call_managers = "10.1.1.10, 10.1.1.11".to_owned();
    assert_eq!(
        probed(&records),
        [
            (Phase::Before, call_managers.clone(), false),
            (Phase::During, call_managers.clone(), false),
            (Phase::During, LAPTOP.to_string(), true),
            (Phase::After, LAPTOP.to_string(), false),
            (Phase::After, call_managers.clone(), true),
        ]
    );
    let back = records.iter().find_map(|record| match &record.event {
        Event::Option150Back { to, how, .. } => Some((to.to_string(), *how)),
        _ => None,
    });
    assert_eq!(back, Some((call_managers, How::Probed)));
    let markdown = lab.saved("md");
    for line in [
        "- Before: 10.1.1.10, 10.1.1.11 (asked of DHCP ",
        "- During: 10.20.0.5 (asked of DHCP ",
        "- After: 10.1.1.10, 10.1.1.11 (asked of DHCP ",
    ] {
        assert!(markdown.contains(line), "{line}\n{markdown}");
    }
    let json: serde_json::Value = serde_json::from_str(&lab.saved("json")).unwrap();
    assert_eq!(json["option150"]["renewal"]["renews_after_seconds"], 3600);
    assert_eq!(json["option150"]["asked"].as_array().map(Vec::len), Some(3), "{json:#}");
    assert_eq!(json["phones"][0]["stage"], "back");
    let leases = fs::read_to_string(lab.leases()).unwrap_or_default();
    assert!(leases.trim().is_empty(), "the probe left a lease: {leases}");
}

#[test]
#[ignore = "needs root"]
fn where_nobody_answers_asking_can_be_stopped_and_the_technician_goes_on_in_words() {
    let lab = Lab::new();
    let terminal = lab.wizard(80, 24);
    to_option_150(&terminal);
    terminal.until(&["asking through eth0", "s left", "v stop asking"]);
    assert!(!lab.sockets("lap", 68).is_empty(), "the probe listens");
    terminal.keys(&["v"]);
    terminal.until(&["asking was stopped", "v ask DHCP"]);
    let is_given_back = (0..2000).any(|_| lab.sockets("lap", 68).is_empty());
    assert!(is_given_back, "the port of the system's own DHCP client is still held");
    terminal.keys(&["v"]);
    terminal.until(&["No DHCP server answered.", "Enter set it now"]);

    // The old value by hand, with the letters going into the field.
    terminal.keys(&["Up", "Up", "Up"]);
    terminal.until(&["F5 ask DHCP"]);
    terminal.keys(&["10.9.9.9", "Enter"]);
    terminal.until(&["Enter it is set"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["No DHCP server answered.", "^O"]);
    terminal.keys(&["C-o"]);
    terminal.until(&["Because"]);
    terminal.keys(&["bench without DHCP", "Enter"]);
    terminal.until(&["No phone has asked yet"]);
    lab.phone_loads();
    terminal.until(&["1 of 1 phone back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Names again    10.9.9.9", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["No DHCP server answered.", "o override"]);
    terminal.keys(&["o"]);
    terminal.until(&["Because"]);
    terminal.keys(&["the bench is taken apart", "Enter"]);
    terminal.until(&["by hand", "Enter leave"]);
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);

    let records = records(&lab.sessions());
    let overrides: Vec<&str> = records
        .iter()
        .filter_map(|record| match &record.event {
            Event::Override { what } => Some(what.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(overrides.len(), 2, "{overrides:?}");
    assert!(overrides[0].contains("bench without DHCP") && overrides[0].contains("No DHCP server answered"));
    let back = records.iter().find_map(|record| match &record.event {
        Event::Option150Back { to, how, why, .. } => Some((to.clone(), *how, why.clone())),
        _ => None,
    });
    let to = Option150::Addresses(vec![Ipv4Addr::new(10, 9, 9, 9)]);
    assert_eq!(back, Some((to, How::ByHand, Some("the bench is taken apart".into()))));
    let markdown = lab.saved("md");
    assert!(markdown.contains("because: bench without DHCP; DHCP was asked"), "{markdown}");
}
