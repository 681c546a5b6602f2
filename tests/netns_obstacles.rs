//! The probe where something stands in its way: a firewall, a card without an address, ports that others hold, a
//! flood. In network namespaces; Linux and root.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod netns_lab;
mod support;

use std::io::Write as _;
use std::process::Stdio;

use netns_lab::clients::{Client, Holder, probe_beside};
use netns_lab::flood::{Flood, Kind};
use netns_lab::servers::{Product, Scope};
use netns_lab::{LAPTOP, Lab, SERVER, methods, probe};
use serde_json::{Value, json};
use support::has;

fn says(answer: &Value, list: &str, words: &str) -> bool {
    answer[list].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains(words))
}

/// A lab with a server that names the laptop.
fn lab() -> Option<Lab> {
    if !Product::Dnsmasq.is_here() {
        return None;
    }
    let mut lab = Lab::new();
    lab.serve("srv", Product::Dnsmasq, Scope::naming(LAPTOP));
    Some(lab)
}

/// Let in what was asked for, and nothing else, as firewalld and Windows do.
fn deny_by_default(lab: &Lab) {
    let mut nft = lab.inside("lap", "nft");
    let mut nft = nft.args(["-f", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let rules = "table inet deny { chain input { type filter hook input priority 0; policy drop;\n\
                 iif lo accept\nct state established,related accept\n}\n}\n";
    nft.stdin.take().unwrap().write_all(rules.as_bytes()).unwrap();
    assert!(nft.wait().unwrap().success());
}

#[test]
#[ignore = "needs root"]
fn behind_a_firewall_that_eats_broadcasts_nobody_is_heard_and_the_next_step_names_the_firewall() {
    let Some(lab) = lab().filter(|_| has("nft", "nftables")) else { return };
    deny_by_default(&lab);
    let (code, answer) = lab.probe(&["--expect", "laptop"]);
    assert_eq!((code, &answer["state"]), (1, &"nobody-answered".into()), "{answer:#}");
    assert!(answer["next"].as_str().unwrap().contains("--server"), "{answer:#}");
}

#[test]
#[ignore = "needs root"]
fn behind_a_firewall_a_server_that_is_named_answers_and_what_was_not_seen_is_said() {
    let Some(lab) = lab().filter(|_| has("nft", "nftables")) else { return };
    deny_by_default(&lab);
    let (code, answer) = lab.probe(&["--expect", "laptop", "--server", SERVER]);
    assert_eq!((code, &answer["state"]), (0, &"this-laptop".into()), "{answer:#}");
    assert!(methods(&answer, SERVER).contains(&"inform-unicast"), "{answer:#}");
    assert!(!methods(&answer, SERVER).contains(&"discover"), "{answer:#}");
    assert!(says(&answer, "blind", "irewall") || says(&answer, "blind", "No server answered a DISCOVER"));
}

#[test]
#[ignore = "needs root"]
fn behind_a_firewall_the_server_of_the_laptops_own_lease_is_asked_though_nobody_named_it() {
    let Some(mut lab) = lab().filter(|_| has("nft", "nftables") && Client::Dhclient.is_here()) else {
        return;
    };
    let (pid, _) = lab.lease_by(Client::Dhclient);
    deny_by_default(&lab);
    let (code, answer) = probe_beside(pid, &["--expect", "laptop", "--laptop", LAPTOP]);
    assert_eq!((code, &answer["state"]), (0, &"this-laptop".into()), "{answer:#}");
    assert!(methods(&answer, SERVER).contains(&"inform-unicast"), "{answer:#}");
}

#[test]
#[ignore = "needs root"]
fn a_card_without_an_address_asks_as_a_phone_does_unless_the_kernel_drops_the_answers() {
    let Some(lab) = lab() else { return };
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    for card in ["all", "eth0"] {
        lab.write_proc("lap", &format!("sys/net/ipv4/conf/{card}/rp_filter"), "0");
    }
    let (code, answer) = lab.probe(&["--laptop", LAPTOP, "--expect", "laptop"]);
    assert_eq!((code, &answer["state"]), (0, &"this-laptop".into()), "{answer:#}");
    assert_eq!(
        (methods(&answer, SERVER), &answer["address"]),
        (vec!["discover"], &Value::Null),
        "{answer:#}"
    );
    assert!(says(&answer, "blind", "eth0 has no address"), "{answer:#}");

    lab.write_proc("lap", "sys/net/ipv4/conf/eth0/rp_filter", "2");
    let (code, answer) = lab.probe(&["--laptop", LAPTOP]);
    assert_eq!((code, &answer["state"]), (1, &"nobody-answered".into()), "{answer:#}");
    assert!(says(&answer, "blind", "rp_filter = 2"), "{answer:#}");
}

#[test]
#[ignore = "needs root"]
fn a_link_local_address_is_warned_of_and_a_strict_kernel_more_so() {
    let Some(lab) = lab() else { return };
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    lab.ip("lap", &["addr", "add", "169.254.3.4/16", "dev", "eth0"]);
    lab.write_proc("lap", "sys/net/ipv4/conf/eth0/rp_filter", "2");
    let (_, answer) = lab.probe(&["--laptop", LAPTOP]);
    assert_eq!(answer["state"], "this-laptop", "{answer:#}");
    assert!(methods(&answer, SERVER).contains(&"discover"), "{answer:#}");
    assert!(says(&answer, "blind", "eth0 has only 169.254.3.4"), "{answer:#}");

    lab.write_proc("lap", "sys/net/ipv4/conf/eth0/rp_filter", "1");
    let (_, answer) = lab.probe(&["--laptop", LAPTOP]);
    assert_eq!(answer["state"], "nobody-answered", "{answer:#}");
    assert!(says(&answer, "blind", "rp_filter = 1"), "{answer:#}");
}

#[test]
#[ignore = "needs root"]
fn where_every_port_is_held_it_ends_at_once_and_says_so() {
    let Some(lab) = lab() else { return };
    let held = [lab.hold(Holder::Selfish, 68), lab.hold(Holder::Selfish, 67)];
    let mut command = lab.inside("lap", env!("CARGO_BIN_EXE_loadlift"));
    let output = command.args(["option150", "probe", "--interface", "eth0"]).output().unwrap();
    drop(held);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("68") && said.contains("67"), "{said}");
    assert!(said.contains("hint: ") && !said.contains("panicked"), "{said}");
    let own = format!("(process {})", std::process::id());
    assert_eq!(said.matches(&own).count(), 2, "both holders are this test: {said}");
}

/// Run the probe with little memory while a flood goes on at the place of the second server.
fn probe_in_a_flood(lab: &Lab, kind: Kind) -> (i32, Value) {
    let flood = Flood::begin(lab, kind);
    let mut command = lab.inside("lap", "sh");
    // Address space, not memory in use: 400 MB of it is little for a program with a few threads.
    let script = format!("ulimit -v 400000; exec {} \"$@\"", env!("CARGO_BIN_EXE_loadlift"));
    command.args(["-c", &script, "sh"]);
    let found = probe(command, &["--expect", "laptop"]);
    let sent = flood.end();
    assert!(sent > 1000, "that was no flood: {sent} datagrams");
    found
}

#[test]
#[ignore = "needs root"]
fn a_flood_of_broken_and_foreign_answers_changes_nothing() {
    let Some(lab) = lab() else { return };
    let (code, answer) = probe_in_a_flood(&lab, Kind::Junk);
    assert_eq!((code, &answer["state"]), (0, &"this-laptop".into()), "{answer:#}");
    let servers: Vec<_> = answer["answers"].as_array().unwrap().iter().map(|a| &a["server"]).collect();
    assert!(servers.iter().all(|server| *server == SERVER), "{answer:#}");
    assert!(methods(&answer, SERVER).contains(&"discover"), "{answer:#}");
}

#[test]
#[ignore = "needs root"]
fn a_flood_of_liars_ends_in_disagreement_and_not_in_success() {
    let Some(lab) = lab() else { return };
    let (code, answer) = probe_in_a_flood(&lab, Kind::Liars);
    assert_eq!((code, &answer["state"]), (1, &"servers-disagree".into()));
    assert_eq!(answer["reached"], json!(false));
    let kept = answer["answers"].as_array().unwrap().len();
    assert!(kept <= 48, "{kept} answers are kept");
    assert!(says(&answer, "blind", "floods this network"), "{}", answer["blind"]);
}
