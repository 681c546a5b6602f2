//! The bench in network namespaces: the DHCP server beside real clients and real servers. Linux and root. The laptop of
//! the lab is the bench; the place `srv` is a phone, or a DHCP server that is there first.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod clients;
mod guards;
mod leases;
#[path = "../netns_lab/mod.rs"]
mod netns_lab;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::process::{Command, Output, Stdio};

use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use netns_lab::{Lab, wait_for};
use serde_json::Value;

const PHONE: &str = "00:1b:2a:aa:00:01";

/// A lab whose place `srv` is a phone: a Cisco MAC and no address.
fn lab_with_a_phone() -> Lab {
    let lab = Lab::new();
    comes_as(&lab, PHONE);
    lab
}

/// The machine at `srv` is another one from here on: this MAC, and no address.
fn comes_as(lab: &Lab, mac: &str) {
    lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
    lab.ip("srv", &["link", "set", "eth0", "address", mac]);
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

/// Start the bench, and wait until it answers and has said so: the ports are open a moment before that is on record.
fn start(lab: &mut Lab, words: &[&str]) -> u32 {
    let starts = |lab: &Lab| told(lab).iter().filter(|record| record["what"] == "started").count();
    let before = starts(lab);
    let command = serve(lab, &[&BENCH, words].concat());
    let pid = lab.start("lap", "loadlift", command);
    lab.wait_until_it_listens(67);
    wait_for("the bench says that it has started", || (starts(lab) > before).then_some(()));
    pid
}

/// What the sessions on the laptop have put on record so far.
fn records(lab: &Lab) -> Vec<Value> {
    let log = fs::read_to_string(lab.file("lap-loadlift.log")).unwrap_or_default();
    log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// What of it is about DHCP.
fn told(lab: &Lab) -> Vec<Value> {
    records(lab).into_iter().filter(|record| record["event"] == "dhcp").collect()
}

fn is_told(lab: &Lab, what: &str) -> Option<Value> {
    told(lab).into_iter().find(|record| record["what"] == what)
}

/// Run a command to its end.
fn output(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// End a program in the way in which a laptop ends that falls down the stairs.
fn kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(status.success());
}
