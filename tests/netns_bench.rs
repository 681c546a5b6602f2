//! The bench in network namespaces: the DHCP server beside real clients and real servers. Linux and root. The laptop of
//! the lab is the bench; the place `srv` is a phone, or a DHCP server that is there first.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod netns_lab;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use loadlift::rehearsal::End;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use netns_lab::crowd::{self, CLASS};
use netns_lab::servers::{Product, Scope};
use netns_lab::{CUCM, LAPTOP, Lab, SERVER, wait_for};
use serde_json::Value;
use support::has;

const PHONE: &str = "00:1b:2a:aa:00:01";

/// A lab whose place `srv` is a phone: a Cisco MAC and no address.
fn lab_with_a_phone() -> Lab {
    let lab = Lab::new();
    lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
    lab.ip("srv", &["link", "set", "eth0", "address", PHONE]);
    lab
}

/// `loadlift serve` with a made-up load on the laptop.
fn serve(lab: &Lab, words: &[&str]) -> Command {
    let zip = lab.file("load.zip");
    if !zip.exists() {
        fs::write(&zip, madeup::zip(&MadeUpLoad::sample().files(), Packing::Deflated)).unwrap();
    }
    let mut command = lab.inside("lap", env!("CARGO_BIN_EXE_loadlift"));
    command.arg("serve").arg(zip).args(["--json", "--session-dir"]).arg(lab.file("sessions"));
    command.args(["--interface", "eth0"]).args(words);
    command
}

const BENCH: [&str; 2] = ["--bench", "--yes-this-network-is-isolated"];

/// Start the bench and wait until it answers.
fn start(lab: &mut Lab, words: &[&str]) -> u32 {
    let command = serve(lab, &[&BENCH, words].concat());
    let pid = lab.start("lap", "loadlift", command);
    lab.wait_until_it_listens(67);
    pid
}

/// What the bench has put on record about DHCP so far.
fn told(lab: &Lab) -> Vec<Value> {
    let log = fs::read_to_string(lab.file("lap-loadlift.log")).unwrap_or_default();
    let records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records.filter(|record| record["event"] == "dhcp").collect()
}

fn is_told(lab: &Lab, what: &str) -> Option<Value> {
    told(lab).into_iter().find(|record| record["what"] == what)
}

/// Run a command to its end.
fn output(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// A script for udhcpc and dhcpcd that writes what they were told into a file.
fn script(lab: &Lab, name: &str) -> (PathBuf, PathBuf) {
    let (script, told) = (lab.file(&format!("{name}.sh")), lab.file(&format!("{name}.env")));
    let set = "[ -n \"$ip\" ] && ip addr replace \"$ip/$mask\" dev \"$interface\"\n";
    fs::write(&script, format!("#!/bin/sh\nenv >>{}\n{set}true\n", told.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    (script, told)
}

/// Start dhclient and leave it running. Its lease file.
fn dhclient(lab: &mut Lab, class: &str) -> PathBuf {
    let (file, configuration) = (lab.file("dhclient.leases"), lab.file("dhclient.conf"));
    let class =
        if class.is_empty() { String::new() } else { format!("send vendor-class-identifier \"{class}\";\n") };
    let text = format!(
        "option tftp150 code 150 = array of ip-address;\n{class}request subnet-mask, routers, tftp-server-name, tftp150;\ntimeout 8;\nretry 3;\n"
    );
    fs::write(&configuration, text).unwrap();
    let (script, _) = script(lab, "dhclient");
    let mut command = lab.inside("srv", "dhclient");
    command.args(["-4", "-d", "--no-pid", "-cf"]).arg(&configuration).arg("-lf").arg(&file);
    command.arg("-sf").arg(script).arg("eth0");
    lab.start("srv", "dhclient", command);
    file
}

#[test]
#[ignore = "needs root"]
fn dhclient_gets_everything_as_a_phone_and_nothing_otherwise() {
    if !has("dhclient", "isc-dhcp-client") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    let file = dhclient(&mut lab, CLASS);
    let lease = wait_for("a lease", || fs::read_to_string(&file).ok().filter(|text| text.contains("expire")));
    for line in [
        "option tftp150 10.20.0.5;",
        "option tftp-server-name \"10.20.0.5\";",
        "option routers 10.20.0.5;",
        "option subnet-mask 255.255.255.0;",
        "option dhcp-lease-time 1800;",
        "option dhcp-server-identifier 10.20.0.5;",
        "fixed-address 10.20.0.6;",
    ] {
        assert!(lease.contains(line), "{line} is not in\n{lease}");
    }
    let leased = is_told(&lab, "leased").unwrap();
    assert_eq!((&leased["mac"], &leased["model"]), (&"001B2AAA0001".into(), &"7945G".into()), "{leased}");

    // The same machine by another MAC and without a class: silence.
    lab.stop("srv");
    fs::remove_file(&file).unwrap();
    lab.ip("srv", &["link", "set", "eth0", "address", "02:00:00:00:00:09"]);
    let file = dhclient(&mut lab, "");
    let stranger = wait_for("the stranger is named", || is_told(&lab, "stranger"));
    assert_eq!(stranger["mac"], "020000000009");
    wait_for("dhclient gives up", || lab.log().contains("No DHCPOFFERS received").then_some(()));
    assert!(!fs::read_to_string(file).unwrap_or_default().contains("lease {"));
}

#[test]
#[ignore = "needs root"]
fn dhclient_that_comes_from_another_network_is_sent_away_and_gets_an_address_at_once() {
    if !has("dhclient", "isc-dhcp-client") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    // A lease of the call manager's network, which it would like to have back (INIT-REBOOT).
    let leases = lab.file("dhclient.leases");
    fs::write(
        &leases,
        "lease {\n  interface \"eth0\";\n  fixed-address 10.77.0.9;\n  option subnet-mask 255.255.255.0;\n  \
         option dhcp-lease-time 864000;\n  option dhcp-message-type 5;\n  option dhcp-server-identifier 10.77.0.1;\n  \
         renew 2 2037/01/01 00:00:00;\n  rebind 2 2037/02/01 00:00:00;\n  expire 2 2037/03/01 00:00:00;\n}\n",
    )
    .unwrap();
    dhclient(&mut lab, CLASS);
    wait_for("a lease of the bench", || {
        fs::read_to_string(&leases).ok().filter(|text| text.contains("fixed-address 10.20.0.6;"))
    });
    assert_eq!(is_told(&lab, "sent-away").unwrap()["wanted"], "10.77.0.9");
}

fn udhcpc(lab: &Lab, words: &[&str]) -> (bool, String) {
    let (script, told) = script(lab, "udhcpc");
    let mut command = lab.inside("srv", "udhcpc");
    command
        .args(["-i", "eth0", "-f", "-q", "-n", "-t", "3", "-T", "2", "-O", "tftp", "-O", "150", "-s"])
        .arg(script);
    let ended = output({
        command.args(words);
        command
    });
    (ended.status.success(), fs::read_to_string(told).unwrap_or_default())
}

#[test]
#[ignore = "needs root"]
fn udhcpc_gets_everything_as_a_phone_gives_it_back_and_gets_nothing_otherwise() {
    if !has("udhcpc", "udhcpc") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    let (got_one, told_it) = udhcpc(&lab, &["-V", CLASS]);
    assert!(got_one, "{told_it}");
    for line in [
        "ip=10.20.0.6",
        "router=10.20.0.5",
        "tftp=10.20.0.5",
        "opt150=0a140005",
        "lease=1800",
        "siaddr=10.20.0.5",
    ] {
        assert!(told_it.contains(line), "{line} is not in\n{told_it}");
    }
    // One that stays gives its address back when it is ended.
    fs::remove_file(lab.file("udhcpc.env")).unwrap();
    let (script, told_it) = script(&lab, "udhcpc");
    let mut command = lab.inside("srv", "udhcpc");
    command.args(["-i", "eth0", "-f", "-R", "-V", CLASS, "-s"]).arg(script);
    lab.start("srv", "udhcpc", command);
    wait_for("a lease", || fs::read_to_string(&told_it).ok().filter(|text| text.contains("ip=10.20.0.6")));
    lab.stop("srv");
    wait_for("it was given back", || is_told(&lab, "released"));
    lab.ip("srv", &["link", "set", "eth0", "address", "02:00:00:00:00:09"]);
    let (got_one, _) = udhcpc(&lab, &[]);
    assert!(!got_one, "a stranger got an address");
    // Let in by hand.
    lab.stop("lap");
    start(&mut lab, &["--let-in", "02:00:00:00:00:09"]);
    assert!(udhcpc(&lab, &[]).0);
}

#[test]
#[ignore = "needs root"]
fn dhcpcd_which_looks_for_itself_who_has_the_address_gets_everything_as_a_phone() {
    if !has("dhcpcd", "dhcpcd-base") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    let (script, told_it) = script(&lab, "dhcpcd");
    let configuration = lab.file("dhcpcd.conf");
    let text = format!(
        "define 150 array ipaddress tftp150\noption tftp150\noption tftp_server_name\noption routers\nvendorclassid \"{CLASS}\"\nnoipv4ll\n"
    );
    fs::write(&configuration, text).unwrap();
    let mut command = lab.inside("srv", "dhcpcd");
    command.args(["-4", "-B", "--noipv6rs", "-f"]).arg(&configuration).arg("-c").arg(script).arg("eth0");
    lab.start("srv", "dhcpcd", command);
    let told_it = wait_for("a lease", || {
        fs::read_to_string(&told_it).ok().filter(|text| text.contains("reason=BOUND"))
    });
    for line in [
        "new_ip_address=10.20.0.6",
        "new_tftp150=10.20.0.5",
        "new_routers=10.20.0.5",
        "new_dhcp_lease_time=1800",
    ] {
        assert!(told_it.contains(line), "{line} is not in\n{told_it}");
    }
    assert!(is_told(&lab, "declined").is_none());

    // The same machine by another MAC and with its own class: silence. It must not fall back on the lease that it wrote
    // down, so it gets a folder of its own.
    lab.stop("srv");
    lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
    lab.ip("srv", &["link", "set", "eth0", "address", "02:00:00:00:00:09"]);
    fs::write(&configuration, "noipv4ll\n").unwrap();
    let (script, told_it) = self::script(&lab, "dhcpcd-stranger");
    let line = format!(
        "mount -t tmpfs tmpfs /var/lib/dhcpcd && exec timeout 12 dhcpcd -4 -B --noipv6rs -f {} -c {} eth0",
        configuration.display(),
        script.display()
    );
    let mut command = lab.inside("srv", "sh");
    command.args(["-c", &line]);
    output(command);
    assert!(!fs::read_to_string(told_it).unwrap_or_default().contains("reason=BOUND"));
    assert_eq!(is_told(&lab, "stranger").unwrap()["mac"], "020000000009");
}

#[test]
#[ignore = "needs root"]
fn dhcping_hears_the_options_once_it_is_let_in_and_nothing_before() {
    if !has("dhcping", "dhcping") {
        return;
    }
    let mut lab = lab_with_a_phone();
    lab.ip("srv", &["addr", "add", "10.20.0.77/24", "dev", "eth0"]);
    let ping = |lab: &Lab| {
        let mut command = lab.inside("srv", "dhcping");
        command.args(["-v", "-i", "-t", "3", "-c", "10.20.0.77", "-s", LAPTOP, "-h", PHONE]);
        let ended = output(command);
        (ended.status.success(), String::from_utf8_lossy(&ended.stdout).into_owned())
    };
    // It cannot say that it is a phone.
    start(&mut lab, &[]);
    let (got_one, said) = ping(&lab);
    assert!(!got_one, "{said}");
    lab.stop("lap");
    start(&mut lab, &["--let-in", PHONE]);
    let (got_one, said) = ping(&lab);
    assert!(got_one, "{said}");
}

#[test]
#[ignore = "needs root"]
fn it_refuses_beside_each_dhcp_server_that_is_there_first() {
    for product in Product::ALL {
        if !product.is_here() {
            continue;
        }
        let mut lab = Lab::new();
        lab.serve("srv", product, Scope::naming(CUCM));
        let ended = output(serve(&lab, &BENCH));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{product:?}: {said}");
        assert!(
            said.contains(&format!("another DHCP server is on this network: {SERVER}")),
            "{product:?}: {said}"
        );
        assert!(said.contains("loadlift option150 commands"), "{said}");
        assert!(lab.leases("srv", product).is_empty() || product == Product::Udhcpd, "{product:?}");
    }
}

#[test]
#[ignore = "needs root"]
fn it_stops_when_another_server_appears_though_no_phone_took_its_offer() {
    for product in Product::ALL {
        if !product.is_here() {
            continue;
        }
        let mut lab = Lab::new();
        start(&mut lab, &[]);
        lab.serve("rogue", product, Scope::naming(CUCM));
        let stopped = wait_for(&format!("it stops beside {product:?}"), || is_told(&lab, "stopped"));
        assert!(stopped["why"].as_str().unwrap().contains("10.20.0.2"), "{product:?}: {stopped}");
        // The port is free again, and files are still served.
        let sockets = wait_for("port 67 is given back", || {
            let mut sockets = lab.inside("lap", "ss");
            sockets.args(["-Hlun", "sport = :67 or sport = :69"]);
            let text = String::from_utf8_lossy(&output(sockets).stdout).into_owned();
            (!text.contains(":67 ")).then_some(text)
        });
        assert!(sockets.contains(":69 "), "{sockets}");
    }
}

#[test]
#[ignore = "needs root"]
fn it_does_not_begin_where_the_network_leads_on_or_nobody_says_yes() {
    let lab = Lab::new();
    let refusal = |words: &[&str]| {
        let ended = output(serve(&lab, words));
        assert_eq!(ended.status.code(), Some(2), "{words:?}");
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    assert!(refusal(&["--bench"]).contains("wants a yes"));
    lab.ip("lap", &["route", "add", "default", "via", "10.20.0.254", "dev", "eth0", "metric", "500"]);
    assert!(refusal(&BENCH).contains("has a default gateway"));
    lab.ip("lap", &["route", "del", "default", "via", "10.20.0.254", "dev", "eth0"]);
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    assert!(refusal(&BENCH).contains("eth0 has no address"));
    lab.ip(
        "lap",
        &["addr", "add", "10.20.0.5/24", "dev", "eth0", "valid_lft", "600", "preferred_lft", "600"],
    );
    assert!(refusal(&BENCH).contains("comes from a DHCP server"));
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    lab.ip("lap", &["addr", "add", "8.8.4.4/24", "dev", "eth0"]);
    assert!(refusal(&BENCH).contains("is not a private one"));
}

#[test]
#[ignore = "needs root"]
fn an_address_is_set_for_the_job_put_on_record_and_taken_away_even_after_a_kill() {
    let mut lab = Lab::new();
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    let addresses = |lab: &Lab| {
        let mut command = lab.inside("lap", "ip");
        command.args(["-4", "-o", "addr", "show", "dev", "eth0"]);
        String::from_utf8_lossy(&output(command).stdout).into_owned()
    };
    let words = ["--set-address", "10.150.0.1/22"];
    start(&mut lab, &words);
    assert!(addresses(&lab).contains("10.150.0.1/22"));
    let set = is_told(&lab, "address-set").unwrap();
    assert_eq!(set["undo"], "ip address del 10.150.0.1/22 dev eth0");
    lab.stop("lap");
    assert_eq!(addresses(&lab), "");
    assert!(is_told(&lab, "address-removed").is_some());

    // Killed: the address stays, the next session knows it as its own and takes it away.
    let pid = start(&mut lab, &words);
    kill(pid);
    assert!(addresses(&lab).contains("10.150.0.1/22"));
    start(&mut lab, &words);
    lab.stop("lap");
    assert_eq!(addresses(&lab), "");
}

/// End a program in the way in which a laptop ends that falls down the stairs.
fn kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "needs root"]
fn a_restart_in_the_middle_loses_no_lease() {
    if !has("udhcpc", "udhcpc") {
        return;
    }
    let mut lab = lab_with_a_phone();
    let pid = start(&mut lab, &[]);
    assert!(udhcpc(&lab, &["-V", CLASS]).0);
    kill(pid);
    start(&mut lab, &[]);
    let started = told(&lab).into_iter().rfind(|record| record["what"] == "started").unwrap();
    assert_eq!(started["restored"], 1, "{started}");
    // Another phone cannot get the address, and the first one gets it back.
    lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
    lab.ip("srv", &["link", "set", "eth0", "address", "00:1b:2a:aa:00:02"]);
    let (got_one, told_it) = udhcpc(&lab, &["-V", CLASS]);
    assert!(got_one && told_it.contains("ip=10.20.0.7"), "{told_it}");
    lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
    lab.ip("srv", &["link", "set", "eth0", "address", PHONE]);
    fs::remove_file(lab.file("udhcpc.env")).unwrap();
    let (got_one, told_it) = udhcpc(&lab, &["-V", CLASS]);
    assert!(got_one && told_it.contains("ip=10.20.0.6"), "{told_it}");
}

/// Phones that are switched on in the same second.
const CROWD: u16 = 300;

#[test]
#[ignore = "needs root"]
fn three_hundred_phones_come_up_at_once_by_dhcp_and_tftp_and_all_are_recovered() {
    let mut lab = lab_with_a_phone();
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    lab.ip("lap", &["addr", "add", "10.20.0.5/22", "dev", "eth0"]);
    let load =
        MadeUpLoad::new("45", &["term45.default.loads"], "SCCP", "8-5-2", "8-5-2TH1-9").with_octets(400_000);
    fs::write(lab.file("load.zip"), madeup::zip(&load.files(), Packing::Deflated)).unwrap();
    let crowd = CROWD.to_string();
    let pid = start(&mut lab, &["--bench-phones", &crowd]);

    let came = lab.at("srv", || crowd::comes_up(CROWD, LAPTOP.parse().unwrap(), 22));
    let addresses: BTreeSet<Ipv4Addr> = came.given.values().copied().collect();
    assert_eq!(came.given.len(), usize::from(CROWD), "not all got an address");
    assert_eq!(addresses.len(), usize::from(CROWD), "two phones have one address");
    let back = came.phones.iter().filter(|phone| phone.end() == Some(&End::Back)).count();
    assert_eq!(back, usize::from(CROWD));
    let seen_back = |lab: &Lab| {
        let log = fs::read_to_string(lab.file("lap-loadlift.log")).unwrap_or_default();
        log.lines().filter(|line| line.contains("\"stage\":\"back\"")).count()
    };
    wait_for("all are told to be back", || (seen_back(&lab) >= usize::from(CROWD)).then_some(()));
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let memory = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap_or(name).to_owned();
    let memory = format!("{}, {}", memory("VmHWM"), memory("VmRSS"));
    lab.stop("lap");
    let last = wait_for("the session ends by itself", || {
        let log = fs::read_to_string(lab.file("lap-loadlift.log")).unwrap_or_default();
        let ended = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        { ended }.find(|record| record["event"] == "ended")
    });
    assert_eq!(last["back"], CROWD, "{last}");
    eprintln!(
        "{CROWD} phones: the first began with its files after {:?}, the last had its address after {:?}, all were through \
         with loads of 400 kB after {:?}; {memory}",
        came.first_file, came.last_address, came.through
    );
}

#[test]
#[ignore = "needs root"]
fn an_address_that_somebody_has_set_by_hand_is_not_given_to_a_phone() {
    if !has("udhcpc", "udhcpc") {
        return;
    }
    let mut lab = lab_with_a_phone();
    lab.ip("rogue", &["addr", "add", "10.20.0.6/24", "dev", "eth0"]);
    start(&mut lab, &[]);
    let (got_one, told_it) = udhcpc(&lab, &["-V", CLASS]);
    assert!(got_one && told_it.contains("ip=10.20.0.7"), "{told_it}");
    let used = is_told(&lab, "in-use").unwrap();
    assert_eq!(used["address"], "10.20.0.6", "{used}");
}

#[test]
#[ignore = "needs root"]
fn from_a_stick_that_cannot_be_written_to_phones_are_served_and_it_is_told_what_a_restart_costs() {
    if !has("udhcpc", "udhcpc") {
        return;
    }
    let mut lab = lab_with_a_phone();
    let stick = lab.file("stick");
    fs::create_dir(&stick).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_loadlift"), stick.join("loadlift")).unwrap();
    fs::write(stick.join("kit.toml"), "").unwrap();
    fs::write(stick.join("load.zip"), madeup::zip(&MadeUpLoad::sample().files(), Packing::Deflated)).unwrap();
    // The mounts are those of `ip netns exec` alone.
    let script = format!(
        "mount --bind {stick} {stick} && mount -o remount,ro,bind {stick} && exec {stick}/loadlift serve {stick}/load.zip \
         --json --interface eth0 {}",
        BENCH.join(" "),
        stick = stick.display()
    );
    let mut command = lab.inside("lap", "sh");
    command.args(["-c", &script]);
    lab.start("lap", "loadlift", command);
    lab.wait_until_it_listens(67);
    let trouble = |lab: &Lab| {
        let log = fs::read_to_string(lab.file("lap-loadlift.log")).unwrap_or_default();
        let records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut messages = records.filter(|record| record["event"] == "trouble");
        messages.find(|record| record["message"].as_str().is_some_and(|text| text.contains("the leases")))
    };
    // Before the first phone has one.
    let told = wait_for("it is told", || trouble(&lab));
    assert!(is_told(&lab, "leased").is_none());
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("bench-leases.json") && message.contains("a restart of loadlift"), "{message}");
    let (got_one, told_it) = udhcpc(&lab, &["-V", CLASS]);
    assert!(got_one && told_it.contains("ip=10.20.0.6"), "{told_it}");
}

#[test]
#[ignore = "needs root"]
fn an_address_that_one_may_not_set_is_refused_with_the_command_and_how_to_get_the_rights() {
    let lab = Lab::new();
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    // Nobody in particular must be able to reach the program and to write the log.
    let (folder, sessions) = (lab.file("open"), lab.file("open/sessions"));
    fs::create_dir_all(&sessions).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_loadlift"), folder.join("loadlift")).unwrap();
    fs::write(folder.join("load.zip"), madeup::zip(&MadeUpLoad::sample().files(), Packing::Deflated))
        .unwrap();
    for (path, mode) in [(lab.file(""), 0o755), (folder.clone(), 0o755), (sessions.clone(), 0o777)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = lab.inside("lap", "setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]);
    command.arg(folder.join("loadlift")).arg("serve").arg(folder.join("load.zip"));
    command.args(["--interface", "eth0", "--set-address", "10.150.0.1/22", "--session-dir"]).arg(&sessions);
    let ended = output({
        command.args(BENCH);
        command
    });
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    for part in [
        "no permission to change the address of eth0",
        "Start loadlift with `sudo`.",
        "`sudo ip address add 10.150.0.1/22 dev eth0 && sudo ip link set eth0 up`",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
    assert_eq!(fs::read_dir(&sessions).unwrap().count(), 0, "a note says that an address was set");
}
