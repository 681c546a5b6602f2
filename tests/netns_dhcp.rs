//! The probe against a real DHCP server, in network namespaces that the test makes and takes away itself. Linux and
//! root; needs `ip` (iproute2) and `dnsmasq`. Nothing outside the namespaces is touched.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

const LAPTOP: &str = "10.20.0.5";
const SERVER: &str = "10.20.0.1";
const ROGUE: &str = "10.20.0.2";
const CUCM: &str = "10.1.1.10,10.1.1.11";

static LABS: AtomicU32 = AtomicU32::new(0);

/// A switch with a laptop, two places for DHCP servers, and a second card of the laptop that has the default route.
struct Lab {
    name: String,
    folder: tempfile::TempDir,
    servers: Vec<Child>,
}

fn command(words: &[&str]) {
    let output = Command::new(words[0])
        .args(&words[1..])
        .output()
        .unwrap_or_else(|error| panic!("`{}` does not start: {error}", words.join(" ")));
    assert!(output.status.success(), "`{}`: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
}

impl Lab {
    fn new() -> Self {
        let name = format!("lld{}x{}", std::process::id() % 100_000, LABS.fetch_add(1, Ordering::Relaxed));
        let lab = Self { name, folder: tempfile::tempdir().unwrap(), servers: Vec::new() };
        for place in ["sw", "srv", "rogue", "lap"] {
            command(&["ip", "netns", "add", &lab.space(place)]);
            lab.ip(place, &["link", "set", "lo", "up"]);
        }
        for bridge in ["br0", "br1"] {
            lab.ip(
                "sw",
                &["link", "add", bridge, "type", "bridge", "forward_delay", "0", "mcast_snooping", "0"],
            );
            lab.ip("sw", &["link", "set", bridge, "up"]);
        }
        lab.plug("srv", "eth0", "br0", &format!("{SERVER}/24"));
        lab.plug("rogue", "eth0", "br0", &format!("{ROGUE}/24"));
        lab.plug("lap", "eth0", "br0", &format!("{LAPTOP}/24"));
        lab.plug("lap", "wifi0", "br1", "10.99.0.5/24");
        lab.ip("lap", &["route", "add", "default", "via", "10.99.0.1", "dev", "wifi0"]);
        lab
    }

    fn space(&self, place: &str) -> String {
        format!("{}-{place}", self.name)
    }

    fn ip(&self, place: &str, words: &[&str]) {
        let space = self.space(place);
        command(&[&["ip", "-n", &space], words].concat());
    }

    fn plug(&self, place: &str, card: &str, bridge: &str, address: &str) {
        let other = format!("{place}-{card}");
        let switch = self.space("sw");
        self.ip(place, &["link", "add", card, "type", "veth", "peer", "name", &other, "netns", &switch]);
        self.ip("sw", &["link", "set", &other, "master", bridge]);
        self.ip("sw", &["link", "set", &other, "up"]);
        self.ip(place, &["addr", "add", address, "dev", card]);
        self.ip(place, &["link", "set", card, "up"]);
    }

    fn inside(&self, place: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.space(place), program]);
        command
    }

    fn leases(&self, place: &str) -> std::path::PathBuf {
        self.folder.path().join(format!("{place}.leases"))
    }

    /// Start dnsmasq and wait until it listens.
    fn serve(&mut self, place: &str, lines: &[&str]) {
        let log = self.folder.path().join(format!("{place}.log"));
        let mut configuration = format!(
            "port=0\ninterface=eth0\nbind-interfaces\nlog-dhcp\nlog-facility=-\ndhcp-authoritative\ndhcp-leasefile={}\n",
            self.leases(place).display()
        );
        for line in lines {
            configuration.push_str(line);
            configuration.push('\n');
        }
        let file = self.folder.path().join(format!("{place}.conf"));
        fs::write(&file, configuration).unwrap();
        let child = self
            .inside(place, "dnsmasq")
            .args(["-k", "-u", "root", "-C"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        self.servers.push(child);
        let listens = |space: &Self| {
            let output = space.inside(place, "ss").args(["-Hlun", "sport = :67"]).output().unwrap();
            !output.stdout.is_empty()
        };
        for _ in 0..2000 {
            if listens(self) {
                return;
            }
        }
        panic!("dnsmasq does not listen: {}", fs::read_to_string(log).unwrap_or_default());
    }

    fn stop_servers(&mut self) {
        for mut server in self.servers.drain(..) {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Run `loadlift option150 probe` on the laptop: its exit code and its answer.
    fn probe(&self, words: &[&str]) -> (i32, Value) {
        let output = self
            .inside("lap", env!("CARGO_BIN_EXE_loadlift"))
            .args(["option150", "probe", "--interface", "eth0", "--json"])
            .args(words)
            .output()
            .unwrap();
        let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
        });
        (output.status.code().unwrap(), answer)
    }

    fn has_no_lease(&self, place: &str) {
        let leases = fs::read_to_string(self.leases(place)).unwrap_or_default();
        assert!(leases.trim().is_empty(), "the probe left a lease: {leases}");
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop_servers();
        for place in ["lap", "rogue", "srv", "sw"] {
            let _ = Command::new("ip").args(["netns", "del", &self.space(place)]).status();
        }
    }
}

fn scope(option_150: &str) -> Vec<String> {
    let mut lines = vec![
        "dhcp-range=set:data,10.20.0.100,10.20.0.150,255.255.255.0,1h".to_owned(),
        "dhcp-option=tag:data,option:router,10.20.0.1".to_owned(),
    ];
    if !option_150.is_empty() {
        lines.push(format!("dhcp-option=tag:data,150,{option_150}"));
    }
    lines
}

fn strs(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

fn methods<'a>(answer: &'a Value, server: &str) -> Vec<&'a str> {
    let answers = answer["answers"].as_array().unwrap().iter();
    let mut methods: Vec<&str> =
        answers.filter(|a| a["server"] == server).map(|a| a["method"].as_str().unwrap()).collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}

#[test]
#[ignore = "needs root"]
fn before_during_and_after_are_read_right_though_the_default_route_leads_elsewhere() {
    let mut lab = Lab::new();

    lab.serve("srv", &strs(&scope(CUCM)));
    let (code, before) = lab.probe(&[]);
    assert_eq!((code, &before["state"]), (0, &"something-else".into()), "{before:#}");
    assert_eq!(before["option_150"], serde_json::json!(["10.1.1.10", "10.1.1.11"]));
    assert_eq!(methods(&before, SERVER), ["discover", "inform-broadcast"], "{before:#}");
    assert_eq!(before["answers"][0]["router"], SERVER);
    assert_eq!(before["answers"][0]["scope"], "10.20.0.0/24");
    lab.has_no_lease("srv");

    lab.stop_servers();
    lab.serve("srv", &strs(&scope(LAPTOP)));
    let (code, during) = lab.probe(&["--before", CUCM, "--expect", "laptop", "--server", SERVER]);
    assert_eq!((code, &during["state"]), (0, &"this-laptop".into()), "{during:#}");
    assert_eq!(methods(&during, SERVER), ["discover", "inform-broadcast", "inform-unicast"]);
    let (code, _) = lab.probe(&["--before", CUCM, "--expect", "before"]);
    assert_eq!(code, 1, "it is not back yet");

    lab.stop_servers();
    lab.serve("srv", &strs(&scope(CUCM)));
    let (code, after) = lab.probe(&["--before", CUCM, "--expect", "before"]);
    assert_eq!((code, &after["state"]), (0, &"call-manager".into()), "{after:#}");
    lab.has_no_lease("srv");
}

#[test]
#[ignore = "needs root"]
fn no_server_no_option_150_and_two_servers_that_disagree_are_told_apart() {
    let mut lab = Lab::new();
    let (code, nobody) = lab.probe(&[]);
    assert_eq!((code, &nobody["state"]), (1, &"nobody-answered".into()), "{nobody:#}");

    lab.serve("srv", &strs(&scope("")));
    let (code, none) = lab.probe(&[]);
    assert_eq!((code, &none["state"]), (0, &"no-option-150".into()), "{none:#}");

    lab.serve("rogue", &strs(&scope(LAPTOP)));
    let (code, two) = lab.probe(&["--expect", "laptop"]);
    assert_eq!((code, &two["state"]), (1, &"servers-disagree".into()), "{two:#}");
    assert!(!methods(&two, SERVER).is_empty() && !methods(&two, ROGUE).is_empty(), "{two:#}");
    lab.has_no_lease("srv");
    lab.has_no_lease("rogue");
}

#[test]
#[ignore = "needs root"]
fn a_server_that_tells_phones_alone_and_another_scope_are_read_right() {
    let mut lab = Lab::new();
    lab.serve(
        "srv",
        &[
            "dhcp-vendorclass=set:phone,Cisco Systems",
            "dhcp-range=set:data,10.20.0.100,10.20.0.150,255.255.255.0,1h",
            "dhcp-option=tag:data,option:router,10.20.0.1",
            "dhcp-option=tag:data,tag:phone,150,10.20.0.5",
            "dhcp-range=set:voice,10.21.0.100,10.21.0.150,255.255.255.0,1h",
            "dhcp-option=tag:voice,option:router,10.21.0.1",
            "dhcp-option=tag:voice,150,10.21.0.9",
        ],
    );
    let (code, own) = lab.probe(&["--expect", "laptop"]);
    assert_eq!(code, 0, "{own:#}");
    assert!(own["notes"].to_string().contains("tells phones something else"), "{own:#}");

    let (_, voice) = lab.probe(&["--subnet", "10.21.0.0/24"]);
    let asked: Ipv4Addr = "10.21.0.9".parse().unwrap();
    assert_eq!(voice["option_150"], serde_json::json!([asked]), "{voice:#}");
    lab.has_no_lease("srv");
}

#[test]
#[ignore = "needs root"]
fn an_answer_through_a_relay_names_the_real_server_and_the_relay() {
    let mut lab = Lab::new();
    // The second place becomes the router between the laptop and a network in which the server stands.
    lab.ip("sw", &["link", "add", "br2", "type", "bridge", "forward_delay", "0", "mcast_snooping", "0"]);
    lab.ip("sw", &["link", "set", "br2", "up"]);
    lab.ip("sw", &["link", "set", "srv-eth0", "master", "br2"]);
    lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
    lab.ip("srv", &["addr", "add", "10.30.0.1/24", "dev", "eth0"]);
    lab.ip("srv", &["route", "add", "default", "via", "10.30.0.2"]);
    lab.plug("rogue", "eth1", "br2", "10.30.0.2/24");
    let forward = ["-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"];
    let forwards = lab.inside("rogue", "sh").args(forward).status();
    assert!(forwards.unwrap().success());
    lab.serve("srv", &strs(&scope(LAPTOP)));
    lab.serve("rogue", &["interface=eth1", &format!("dhcp-relay={ROGUE},10.30.0.1")]);

    let (code, answer) = lab.probe(&["--expect", "laptop"]);
    assert_eq!((code, &answer["state"]), (0, &"this-laptop".into()), "{answer:#}");
    let offer = answer["answers"].as_array().unwrap().iter().find(|a| a["method"] == "discover");
    let offer = offer.unwrap_or_else(|| panic!("{answer:#}"));
    assert_eq!((&offer["server"], &offer["relay"]), (&"10.30.0.1".into(), &ROGUE.into()), "{answer:#}");
    lab.has_no_lease("srv");
}

/// Who else holds port 68 on the laptop.
#[derive(Clone, Copy)]
enum Holder {
    /// Like systemd-networkd and `NetworkManager`: shared, at the card's address, tied to the card.
    TiedToTheCard,
    /// Like dhclient: shared, at all addresses.
    AtAllAddresses,
    /// A client that shares with nobody.
    Selfish,
}

/// Hold port 68 in the laptop's namespace, which one thread enters for it.
fn hold_port_68(lab: &Lab, holder: Holder) -> socket2::Socket {
    use std::os::fd::AsFd as _;

    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
    use socket2::{Domain, Socket, Type};

    let space = fs::File::open(Path::new("/run/netns").join(lab.space("lap"))).unwrap();
    let hold = move || {
        move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        let own: Ipv4Addr = LAPTOP.parse().unwrap();
        let address = match holder {
            Holder::TiedToTheCard => {
                socket.set_reuse_address(true).unwrap();
                socket.bind_device(Some(b"eth0")).unwrap();
                own
            }
            Holder::AtAllAddresses => {
                socket.set_reuse_address(true).unwrap();
                Ipv4Addr::UNSPECIFIED
            }
            Holder::Selfish => Ipv4Addr::UNSPECIFIED,
        };
        socket.bind(&SocketAddr::from((address, 68)).into()).unwrap();
        socket
    };
    std::thread::spawn(hold).join().unwrap()
}

#[test]
#[ignore = "needs root"]
fn beside_the_systems_own_dhcp_client_every_way_is_open() {
    let mut lab = Lab::new();
    lab.serve("srv", &strs(&scope(LAPTOP)));
    for holder in [Holder::TiedToTheCard, Holder::AtAllAddresses] {
        let held = hold_port_68(&lab, holder);
        let (code, answer) = lab.probe(&["--expect", "laptop", "--server", SERVER]);
        drop(held);
        assert_eq!(code, 0, "{answer:#}");
        let ways = ["discover", "inform-broadcast", "inform-unicast"];
        assert_eq!(methods(&answer, SERVER), ways, "{answer:#}");
        assert_eq!(answer["blind"], serde_json::json!([]));
    }
}

#[test]
#[ignore = "needs root"]
fn beside_a_program_that_holds_port_68_for_itself_it_asks_as_a_relay_and_says_so() {
    let mut lab = Lab::new();
    lab.serve("srv", &strs(&scope(LAPTOP)));
    let held = hold_port_68(&lab, Holder::Selfish);
    let (code, answer) = lab.probe(&["--expect", "laptop"]);
    drop(held);
    assert_eq!(code, 0, "{answer:#}");
    assert_eq!(methods(&answer, SERVER), ["discover-as-relay"], "{answer:#}");
    assert!(answer["blind"].to_string().contains("snooping"), "{answer:#}");
    lab.has_no_lease("srv");
}
