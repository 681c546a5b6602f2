//! Addresses, the laptop's own and the phones': lent, kept through a restart, taken away in the end.

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;

use loadlift::rehearsal::End;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};

use super::{BENCH, PHONE, comes_as, is_told, kill, lab_with_a_phone, output, records, start, told};
use crate::clients::udhcpc;
use crate::netns_lab::crowd::{self, CLASS};
use crate::netns_lab::{LAPTOP, Lab, wait_for};
use crate::support::has;

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
    comes_as(&lab, "00:1b:2a:aa:00:02");
    let (got_one, told_it) = udhcpc(&lab, &["-V", CLASS]);
    assert!(got_one && told_it.contains("ip=10.20.0.7"), "{told_it}");
    comes_as(&lab, PHONE);
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
    let seen_back = |lab: &Lab| records(lab).iter().filter(|record| record["stage"] == "back").count();
    wait_for("all are told to be back", || (seen_back(&lab) >= usize::from(CROWD)).then_some(()));
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let memory = |name: &str| status.lines().find(|line| line.starts_with(name)).unwrap_or(name).to_owned();
    let memory = format!("{}, {}", memory("VmHWM"), memory("VmRSS"));
    lab.stop("lap");
    let last = wait_for("the end is on record", || {
        records(&lab).into_iter().find(|record| record["event"] == "ended")
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
    let used = wait_for("it is on record", || is_told(&lab, "in-use"));
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
    // Before the first phone has one.
    let message = wait_for("it is told", || {
        let troubles = records(&lab).into_iter().filter(|record| record["event"] == "trouble");
        let mut messages = troubles.filter_map(|record| record["message"].as_str().map(str::to_owned));
        messages.find(|message| message.contains("the leases"))
    });
    assert!(is_told(&lab, "leased").is_none());
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
    command.args(BENCH);
    let ended = output(command);
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
