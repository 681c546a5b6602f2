//! The probe beside whatever else is on the laptop: DHCP clients that hold port 68, in network namespaces. Linux and
//! root.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod netns_lab;
mod support;

use netns_lab::clients::{Client, Holder, probe_beside};
use netns_lab::servers::{Product, Scope};
use netns_lab::{LAPTOP, Lab, SERVER, methods};
use serde_json::json;

/// Every way is open: by name, by broadcast, and as a phone looks for a server.
fn asks_in_every_way_beside(holder: Holder) {
    if !Product::Dnsmasq.is_here() {
        return;
    }
    let mut lab = Lab::new();
    lab.serve("srv", Product::Dnsmasq, Scope::naming(LAPTOP));
    let held = lab.hold(holder, 68);
    let (code, answer) = lab.probe(&["--expect", "laptop", "--server", SERVER]);
    drop(held);
    assert_eq!(code, 0, "{answer:#}");
    let ways = ["discover", "inform-broadcast", "inform-unicast"];
    assert_eq!(methods(&answer, SERVER), ways, "{answer:#}");
    assert_eq!(answer["blind"], json!([]));
    assert_eq!(lab.leases("srv", Product::Dnsmasq), Vec::<String>::new());
}

/// Beside the real client: every way is open, and the server of its lease is asked by name though nobody named it.
fn asks_in_every_way_beside_the_real(client: Client) {
    if !Product::Dnsmasq.is_here() || !client.is_here() {
        return;
    }
    let mut lab = Lab::new();
    lab.serve("srv", Product::Dnsmasq, Scope::naming(LAPTOP));
    let (pid, own) = lab.lease_by(client);
    let before = lab.leases("srv", Product::Dnsmasq);
    assert_eq!(before.len(), 1, "the client's own: {before:?}");
    let (code, answer) = probe_beside(pid, &["--expect", "laptop", "--laptop", LAPTOP]);
    assert_eq!(code, 0, "{answer:#}");
    let ways = ["discover", "inform-broadcast", "inform-unicast"];
    assert_eq!(methods(&answer, SERVER), ways, "{answer:#}");
    assert_eq!((&answer["blind"], &answer["address"]), (&json!([]), &own.into()));
    let plain = answer["answers"].as_array().unwrap().iter().find(|a| a["as_phone"] == false);
    assert_eq!(plain.unwrap()["method"], "inform-unicast", "the lease's server leads: {answer:#}");
    assert_eq!(lab.leases("srv", Product::Dnsmasq), before, "the client's lease and no other");
}

/// udhcpd is the one server that writes down what it offers. A laptop that has its own address from it is in its book
/// already; a DISCOVER makes that entry end with the offer, in a minute, until the laptop renews its lease. (Before it
/// gives such an address to another, udhcpd asks by ARP whether somebody has it.)
#[test]
#[ignore = "needs root"]
fn in_the_book_of_udhcpd_the_laptops_own_lease_is_shortened_and_nothing_is_added() {
    if !Product::Udhcpd.is_here() || !Client::Dhclient.is_here() {
        return;
    }
    let mut lab = Lab::new();
    lab.serve("srv", Product::Udhcpd, Scope::naming(LAPTOP));
    let (pid, own) = lab.lease_by(Client::Dhclient);
    let (code, answer) = probe_beside(pid, &["--expect", "laptop", "--laptop", LAPTOP]);
    assert_eq!(code, 0, "{answer:#}");
    lab.stop("srv");
    let leases = lab.leases("srv", Product::Udhcpd);
    assert!(leases.len() == 1 && leases[0].starts_with(&format!("{own} ")), "{leases:?}");
}

#[test]
#[ignore = "needs root"]
fn beside_dhclient_every_way_is_open() {
    asks_in_every_way_beside_the_real(Client::Dhclient);
}

#[test]
#[ignore = "needs root"]
fn beside_dhcpcd_every_way_is_open() {
    asks_in_every_way_beside_the_real(Client::Dhcpcd);
}

#[test]
#[ignore = "needs root"]
fn beside_systemd_networkd_every_way_is_open() {
    asks_in_every_way_beside_the_real(Client::Networkd);
}

#[test]
#[ignore = "needs root"]
fn beside_a_client_that_ties_its_socket_to_the_card_every_way_is_open() {
    asks_in_every_way_beside(Holder::TiedToTheCard);
}

#[test]
#[ignore = "needs root"]
fn beside_a_client_at_the_cards_address_every_way_is_open() {
    asks_in_every_way_beside(Holder::AtTheAddress);
}

#[test]
#[ignore = "needs root"]
fn beside_a_client_at_all_addresses_every_way_is_open() {
    asks_in_every_way_beside(Holder::AtAllAddresses);
}

#[test]
#[ignore = "needs root"]
fn beside_a_program_that_holds_port_68_for_itself_it_asks_as_a_relay_and_says_so() {
    if !Product::Dnsmasq.is_here() {
        return;
    }
    let mut lab = Lab::new();
    lab.serve("srv", Product::Dnsmasq, Scope::naming(LAPTOP));
    let held = lab.hold(Holder::Selfish, 68);
    let (code, answer) = lab.probe(&["--expect", "laptop"]);
    drop(held);
    assert_eq!(code, 0, "{answer:#}");
    assert_eq!(methods(&answer, SERVER), ["discover-as-relay"], "{answer:#}");
    let blind = answer["blind"].to_string();
    assert!(
        blind.contains("snooping") && blind.contains(&format!("(process {})", std::process::id())),
        "{blind}"
    );
    assert_eq!(lab.leases("srv", Product::Dnsmasq), Vec::<String>::new());
}
