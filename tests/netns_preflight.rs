//! The check of the laptop, and the watch over its address, in network namespaces that each test makes and takes away
//! itself. Linux and root; needs `ip` (iproute2), `nft` (nftables), `dnsmasq` and `setpriv` (util-linux).
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod netns_lab;
mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use loadlift::tftp::packet::{self, Packet, RequestKind};
use netns_lab::{LAPTOP, Lab, SERVER, wait_for};
use serde_json::Value;
use support::has;

/// Octets of the file that is served: 40 blocks and a rest.
const OCTETS: usize = 40 * 512 + 100;

/// Run `loadlift check` on the laptop: its exit code and its answer.
fn check(mut command: Command, words: &[&str]) -> (i32, Value) {
    let output = command.args(["check", "--json"]).args(words).output().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    (output.status.code().unwrap(), answer)
}

fn on_laptop(lab: &Lab) -> Command {
    lab.inside("lap", env!("CARGO_BIN_EXE_loadlift"))
}

/// The program as an ordinary user starts it on the laptop, from a place where he may.
fn as_nobody(lab: &Lab) -> Command {
    let copy = lab.file("loadlift");
    if !copy.exists() {
        fs::copy(env!("CARGO_BIN_EXE_loadlift"), &copy).unwrap();
        fs::set_permissions(copy.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = lab.inside("lap", "setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]).arg(copy);
    command
}

fn of<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {answer:#}"))
}

fn nft(lab: &Lab, rules: &str) {
    let done = lab.inside("lap", "nft").arg(rules).output().unwrap();
    assert!(done.status.success(), "`{rules}`: {}", String::from_utf8_lossy(&done.stderr));
}

const DENY: &str = "add table inet filter; add chain inet filter input { type filter hook input priority 0; policy drop; }; \
    add rule inet filter input iif lo accept;";

#[test]
#[ignore = "needs root"]
fn a_default_deny_firewall_is_found_and_the_command_that_is_shown_opens_it() {
    if !has("nft", "nftables") {
        return;
    }
    let lab = Lab::new();
    nft(&lab, DENY);
    nft(&lab, "add rule inet filter input ct state established,related accept");
    let (code, answer) = check(on_laptop(&lab), &["--interface", "eth0"]);
    let firewall = of(&answer, "firewall");
    assert_eq!((code, &firewall["state"]), (1, &"bad".into()), "{answer:#}");
    assert_eq!(firewall["code"], "firewall-blocks");
    assert_eq!(of(&answer, "read")["state"], "ok", "a read of our own passes every firewall: {answer:#}");

    let step = firewall["next"][0].as_str().unwrap();
    let typed = step.split('`').nth(1).unwrap().strip_prefix("sudo ").unwrap();
    let done = lab.inside("lap", "sh").args(["-c", typed]).output().unwrap();
    assert!(done.status.success(), "`{typed}`: {}", String::from_utf8_lossy(&done.stderr));
    let (code, answer) = check(on_laptop(&lab), &["--interface", "eth0"]);
    assert_eq!((code, &of(&answer, "firewall")["state"]), (0, &"ok".into()), "{answer:#}");
}

#[test]
#[ignore = "needs root"]
fn a_firewall_that_knows_no_connections_is_told_by_the_ports_that_data_goes_over() {
    if !has("nft", "nftables") {
        return;
    }
    let lab = Lab::new();
    nft(&lab, DENY);
    nft(&lab, "add rule inet filter input udp dport { 67, 69 } accept");
    let (code, answer) = check(on_laptop(&lab), &["--interface", "eth0"]);
    let firewall = of(&answer, "firewall");
    assert_eq!((code, &firewall["code"]), (1, &"firewall-blocks-data".into()), "{answer:#}");
    // An ordinary user may not see the rules, and is told so.
    let (_, answer) = check(as_nobody(&lab), &["--interface", "eth0", "--port", "6969"]);
    let firewall = of(&answer, "firewall");
    assert_eq!(
        (&firewall["state"], &firewall["code"]),
        (&"unknown".into(), &"firewall-no-rights".into()),
        "{answer:#}"
    );
}

#[test]
#[ignore = "needs root"]
fn whoever_holds_port_69_is_named_with_the_process_id_or_to_a_user_with_the_account() {
    if !has("dnsmasq", "dnsmasq-base") {
        return;
    }
    let mut lab = Lab::new();
    let mut dnsmasq = lab.inside("lap", "dnsmasq");
    let root = lab.file("");
    dnsmasq.args(["-k", "-u", "root", "--port=0", "--conf-file=/dev/null", "--enable-tftp"]);
    dnsmasq.args(["--interface=eth0", "--bind-interfaces"]).arg(format!("--tftp-root={}", root.display()));
    let pid = lab.start("lap", "dnsmasq", dnsmasq);
    lab.wait_until_it_listens(69);

    let (code, answer) = check(on_laptop(&lab), &["--interface", "eth0"]);
    let port = of(&answer, "port-69");
    assert_eq!((code, &port["code"]), (1, &"port-taken".into()), "{answer:#}");
    let reason = format!("UDP port 69 on {LAPTOP} is held by dnsmasq (process {pid})");
    assert_eq!(port["reason"], reason);
    assert!(port["next"].to_string().contains("systemctl stop dnsmasq"), "{port:#}");

    // serve says the same in its error.
    let folder = served(&lab);
    let output =
        on_laptop(&lab).args(["serve", "--interface", "eth0", "--files"]).arg(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&reason), "{said}");

    let (code, answer) = check(as_nobody(&lab), &["--interface", "eth0"]);
    let port = of(&answer, "port-69");
    assert_eq!((code, &port["code"]), (1, &"port-taken".into()), "{answer:#}");
    assert!(port["reason"].as_str().unwrap().ends_with("is held by a program of the user root"), "{port:#}");
    assert!(port["next"].to_string().contains("sudo ss -lunp"), "{port:#}");
}

#[test]
#[ignore = "needs root"]
fn an_ordinary_user_is_told_the_command_that_gives_the_right_to_this_very_file() {
    let lab = Lab::new();
    let (code, answer) = check(as_nobody(&lab), &["--interface", "eth0"]);
    let rights = of(&answer, "rights");
    assert_eq!((code, &rights["code"]), (1, &"port-forbidden".into()), "{answer:#}");
    let file = lab.file("loadlift");
    // A folder for temporary files may be mounted like a stick; then the copy is granted the right.
    let next = rights["next"].to_string();
    assert!(next.contains("setcap cap_net_bind_service=ep"), "{next}");
    assert!(next.contains(file.to_str().unwrap()), "{next}");

    lab.write_proc("lap", "sys/net/ipv4/ip_unprivileged_port_start", "67");
    let (code, answer) = check(as_nobody(&lab), &["--interface", "eth0"]);
    assert_eq!((code, &of(&answer, "rights")["state"]), (0, &"ok".into()), "{answer:#}");
    assert_eq!(of(&answer, "read")["state"], "ok");
}

#[test]
#[ignore = "needs root"]
fn of_two_interfaces_the_wired_one_is_taken_though_the_default_route_leads_elsewhere() {
    let lab = Lab::new();
    let (code, answer) = check(on_laptop(&lab), &[]);
    assert_eq!((code, &answer["interface"]), (0, &"eth0".into()), "{answer:#}");
    assert_eq!(answer["address"], LAPTOP);
    let routes = of(&answer, "routes");
    assert_eq!((&routes["state"], &routes["code"]), (&"ok".into(), &"routes-elsewhere".into()));
    let listed = answer["interfaces"].as_array().unwrap();
    let wifi = listed.iter().find(|interface| interface["name"] == "wifi0").unwrap();
    assert_eq!((&wifi["kind"], &wifi["default_route"]), (&"wireless".into(), &true.into()), "{answer:#}");
    assert_eq!((&listed[0]["link"], &listed[0]["origin"]), (&true.into(), &"by-hand".into()), "{answer:#}");

    // A lease has a lifetime, the cable can be pulled, and Wi-Fi can be in the same subnet.
    lab.ip(
        "lap",
        &[
            "addr",
            "change",
            &format!("{LAPTOP}/24"),
            "dev",
            "eth0",
            "valid_lft",
            "900",
            "preferred_lft",
            "900",
        ],
    );
    lab.ip("lap", &["addr", "add", "10.20.0.6/24", "dev", "wifi0"]);
    let (_, answer) = check(on_laptop(&lab), &["--address", LAPTOP]);
    assert_eq!(of(&answer, "address")["code"], "address-by-dhcp", "{answer:#}");
    assert_eq!(of(&answer, "routes")["code"], "routes-same-subnet", "{answer:#}");
    lab.ip("sw", &["link", "set", "lap-eth0", "down"]);
    let (code, answer) = check(on_laptop(&lab), &["--address", LAPTOP]);
    assert_eq!((code, &of(&answer, "interface")["code"]), (1, &"interface-no-link".into()), "{answer:#}");

    let wrong = on_laptop(&lab).args(["check", "--interface", "eth7"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

/// A folder with one file to serve.
fn served(lab: &Lab) -> PathBuf {
    let folder = lab.file("served");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("image.sbn"), content()).unwrap();
    folder
}

fn content() -> Vec<u8> {
    (0..OCTETS).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

/// Serve on the laptop, and wait until that is so.
fn serve(lab: &mut Lab) {
    let folder = served(lab);
    let mut command = on_laptop(lab);
    command.args(["serve", "--json", "--interface", "eth0", "--session-dir"]).arg(lab.file("sessions"));
    command.arg("--files").arg(folder);
    lab.start("lap", "loadlift", command);
    lab.wait_until_it_listens(69);
}

/// Wait for an event of the session; `nth` counts from 0.
fn event(lab: &Lab, name: &str, nth: usize) -> Value {
    wait_for(name, || {
        let log = lab.log();
        let events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events.filter(|event| event["event"] == name).nth(nth)
    })
}

/// A phone that fetches a file, and rests behind its third block until it is told to go on. It repeats every
/// half second what was not answered, as often as it takes.
fn fetch(go_on: &mpsc::Receiver<()>, resting: &mpsc::Sender<()>) -> Vec<u8> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut to = SocketAddr::from((LAPTOP.parse::<Ipv4Addr>().unwrap(), 69));
    let mut packet = Vec::new();
    packet::encode_request(&mut packet, RequestKind::Read, "image.sbn", "octet", &[]);
    let (mut got, mut next) = (Vec::new(), 1_u16);
    let mut inbox = [0; 2048];
    for _ in 0..400 {
        // Without a route the system may refuse; then it is repeated like everything that is lost.
        let _ = socket.send_to(&packet, to);
        let Ok((octets, from)) = socket.recv_from(&mut inbox) else { continue };
        let Ok(Packet::Data { block, octets }) = Packet::decode(&inbox[..octets]) else { continue };
        if block != next {
            continue;
        }
        got.extend_from_slice(octets);
        to = from;
        packet.clear();
        packet::encode_ack(&mut packet, block);
        if next == 3 {
            resting.send(()).unwrap();
            go_on.recv().unwrap();
        }
        next += 1;
        if octets.len() < 512 {
            let _ = socket.send_to(&packet, to);
            return got;
        }
    }
    panic!("no end after {} octets", got.len());
}

#[test]
#[ignore = "needs root"]
fn a_transfer_goes_on_where_it_was_when_the_address_went_away_and_comes_back() {
    let mut lab = Lab::new();
    serve(&mut lab);
    let (go_on, wait) = mpsc::channel();
    let (first, begun) = mpsc::channel();
    let phone = std::thread::scope(|scope| {
        // A failure in here must let the phone go, or nobody would hear of it.
        let (lab, go_on) = (&lab, go_on);
        let phone = scope.spawn(move || lab.at("srv", move || fetch(&wait, &first)));
        begun.recv().unwrap();
        let other = ["addr", "add", "10.20.9.77/24", "dev", "eth0"];
        lab.ip("lap", &other);
        lab.ip("lap", &["addr", "del", &format!("{LAPTOP}/24"), "dev", "eth0"]);
        let gone = event(lab, "address-gone", 0);
        assert_eq!((&gone["interface"], &gone["address"]), (&"eth0".into(), &LAPTOP.into()), "{gone:#}");
        assert_eq!(gone["now"], serde_json::json!(["10.20.9.77"]), "{gone:#}");
        go_on.send(()).unwrap();
        lab.ip("lap", &["addr", "add", &format!("{LAPTOP}/24"), "dev", "eth0"]);
        event(lab, "address-back", 0);
        phone.join().unwrap()
    });
    assert!(phone == content(), "other octets came than were served");
    let served = event(&lab, "served", 0);
    assert_eq!(served["transfer"], 1, "the phone did not have to begin again: {served:#}");
    lab.stop("lap");
}

#[test]
#[ignore = "needs root"]
fn a_phone_that_does_not_name_itself_is_named_by_the_neighbour_table_also_at_its_next_address() {
    let mut lab = Lab::new();
    serve(&mut lab);
    let mac = lab.mac("srv", "eth0").replace(':', "").to_uppercase();
    for (nth, address) in [SERVER, "10.20.0.88"].into_iter().enumerate() {
        if nth > 0 {
            lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
            lab.ip("srv", &["addr", "add", &format!("{address}/24"), "dev", "eth0"]);
        }
        let (go_on, wait) = mpsc::channel();
        let (first, _begun) = mpsc::channel();
        go_on.send(()).unwrap();
        let got = lab.at("srv", move || fetch(&wait, &first));
        assert!(got == content());
        let named = event(&lab, "neighbour", nth);
        assert_eq!((&named["phone"], &named["mac"]), (&address.into(), &mac.clone().into()), "{named:#}");
    }
    lab.stop("lap");
}
