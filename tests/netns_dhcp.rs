//! The probe against real DHCP servers, in network namespaces: what is read, and what is left behind. Linux and root.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod netns_lab;
mod support;

use netns_lab::servers::{Product, Scope};
use netns_lab::{CUCM, LAPTOP, Lab, ROGUE, SERVER, methods};
use serde_json::{Value, json};
use support::has;

/// Nothing is left in the server's book but what udhcpd writes of every DISCOVER that it hears: one address, set aside
/// for this laptop and for nobody else, for its `offer_time`.
fn leaves_nothing(lab: &mut Lab, place: &str, product: Product) {
    lab.stop(place);
    let leases = lab.leases(place, product);
    if product == Product::Udhcpd {
        let own = lab.mac("lap", "eth0");
        assert!(leases.len() <= 1 && leases.iter().all(|lease| lease.contains(&own)), "{leases:?}");
        let left = leases.first().and_then(|lease| lease.rsplit(' ').next()?.parse::<u32>().ok());
        assert!(left.is_none_or(|seconds| seconds <= 60), "{leases:?}");
    } else {
        assert_eq!(leases, Vec::<String>::new(), "the probe left a lease");
    }
}

/// The whole loop as it goes at a customer's: two call managers before, the laptop meanwhile, and back.
fn reads_before_during_and_after(product: Product) {
    if !product.is_here() {
        return;
    }
    let mut lab = Lab::new();
    lab.serve("srv", product, Scope::naming(CUCM));
    let (code, before) = lab.probe(&[]);
    assert_eq!((code, &before["state"]), (0, &"something-else".into()), "{before:#}");
    assert_eq!(before["option_150"], json!(["10.1.1.10", "10.1.1.11"]));
    assert_eq!(methods(&before, SERVER), ["discover", "inform-broadcast", "inform-unicast"], "{before:#}");
    for answer in before["answers"].as_array().unwrap() {
        assert_eq!((&answer["router"], &answer["scope"]), (&SERVER.into(), &"10.20.0.0/24".into()));
        assert_eq!((&answer["option_66"], &answer["relay"]), (&"10.1.1.10".into(), &Value::Null));
        assert_eq!(answer["next_server"], "10.1.1.10", "{before:#}");
        assert_eq!(answer["option_150"], json!(["10.1.1.10", "10.1.1.11"]));
    }
    let offer = before["answers"].as_array().unwrap().iter().find(|a| a["method"] == "discover").unwrap();
    assert_eq!((&offer["lease_seconds"], &offer["scope"]), (&3600.into(), &"10.20.0.0/24".into()));
    leaves_nothing(&mut lab, "srv", product);

    lab.serve("srv", product, Scope::naming(LAPTOP));
    let (code, during) = lab.probe(&["--before", CUCM, "--expect", "laptop", "--server", SERVER]);
    assert_eq!((code, &during["state"]), (0, &"this-laptop".into()), "{during:#}");
    assert_eq!(methods(&during, SERVER), ["discover", "inform-broadcast", "inform-unicast"]);
    leaves_nothing(&mut lab, "srv", product);

    lab.serve("srv", product, Scope::naming(CUCM));
    let (code, after) = lab.probe(&["--before", CUCM, "--expect", "before"]);
    assert_eq!((code, &after["state"]), (0, &"call-manager".into()), "{after:#}");
    leaves_nothing(&mut lab, "srv", product);
}

#[test]
#[ignore = "needs root"]
fn dnsmasq_is_read_right_before_during_and_after() {
    reads_before_during_and_after(Product::Dnsmasq);
}

#[test]
#[ignore = "needs root"]
fn isc_dhcpd_is_read_right_before_during_and_after() {
    reads_before_during_and_after(Product::IscDhcpd);
}

#[test]
#[ignore = "needs root"]
fn kea_is_read_right_before_during_and_after() {
    reads_before_during_and_after(Product::Kea);
}

#[test]
#[ignore = "needs root"]
fn udhcpd_is_read_right_before_during_and_after() {
    reads_before_during_and_after(Product::Udhcpd);
}

/// A server that tells only phones, and has a scope of its own for them.
fn reads_classes_and_scopes(product: Product) {
    if !product.is_here() {
        return;
    }
    let mut lab = Lab::new();
    lab.serve("srv", product, Scope { phones_only: true, voice: "10.21.0.9", ..Scope::naming(LAPTOP) });
    let (code, own) = lab.probe(&["--expect", "laptop"]);
    assert_eq!(code, 0, "{own:#}");
    assert!(own["notes"].to_string().contains("tells phones something else"), "{own:#}");
    let said: Vec<_> = own["answers"].as_array().unwrap().iter().collect();
    assert!(said.iter().any(|a| a["as_phone"] == false && a["option_150"] == json!([])), "{own:#}");
    assert!(own["notes"].to_string().contains("10.20.0.0/24"), "whose scope it is: {own:#}");

    let (_, voice) = lab.probe(&["--subnet", "10.21.0.0/24", "--server", SERVER]);
    assert_eq!(voice["option_150"], json!(["10.21.0.9"]), "{voice:#}");
    let offer = voice["answers"].as_array().unwrap().iter().find(|a| a["method"] == "discover").unwrap();
    assert_eq!((&offer["scope"], &offer["router"]), (&"10.21.0.0/24".into(), &"10.21.0.1".into()));
    leaves_nothing(&mut lab, "srv", product);
}

#[test]
#[ignore = "needs root"]
fn dnsmasq_that_tells_phones_alone_and_another_scope_of_it_are_read_right() {
    reads_classes_and_scopes(Product::Dnsmasq);
}

#[test]
#[ignore = "needs root"]
fn isc_dhcpd_that_tells_phones_alone_and_another_scope_of_it_are_read_right() {
    reads_classes_and_scopes(Product::IscDhcpd);
}

#[test]
#[ignore = "needs root"]
fn kea_that_tells_phones_alone_and_another_scope_of_it_are_read_right() {
    reads_classes_and_scopes(Product::Kea);
}

/// A server in another network, which the laptop reaches through ISC dhcrelay.
fn reads_through_a_relay(product: Product) {
    if !product.is_here() || !has("dhcrelay", "isc-dhcp-relay") {
        return;
    }
    let mut lab = Lab::with_the_server_behind_a_router();
    lab.serve("srv", product, Scope { is_far: true, voice: "10.21.0.9", ..Scope::naming(LAPTOP) });
    let mut relay = lab.inside("rogue", "dhcrelay");
    relay.args(["-4", "-d", "--no-pid", "-i", "eth0", "-i", "eth1", "10.30.0.1"]);
    lab.start("rogue", "dhcrelay", relay);
    lab.wait_until_it_listens(67);

    let (code, answer) = lab.probe(&["--expect", "laptop"]);
    assert_eq!((code, &answer["state"]), (0, &"this-laptop".into()), "{answer:#}");
    let offer = answer["answers"].as_array().unwrap().iter().find(|a| a["method"] == "discover");
    let offer = offer.unwrap_or_else(|| panic!("{answer:#}"));
    assert_eq!((&offer["server"], &offer["relay"]), (&"10.30.0.1".into(), &ROGUE.into()), "{answer:#}");
    assert_eq!(offer["scope"], "10.20.0.0/24");
    assert!(methods(&answer, "10.30.0.1").contains(&"inform-unicast"), "{answer:#}");

    let (_, voice) = lab.probe(&["--subnet", "10.21.0.0/24", "--server", "10.30.0.1"]);
    assert_eq!(voice["option_150"], json!(["10.21.0.9"]), "{voice:#}");
    leaves_nothing(&mut lab, "srv", product);
}

#[test]
#[ignore = "needs root"]
fn dnsmasq_is_read_right_through_a_relay() {
    reads_through_a_relay(Product::Dnsmasq);
}

#[test]
#[ignore = "needs root"]
fn isc_dhcpd_is_read_right_through_a_relay() {
    reads_through_a_relay(Product::IscDhcpd);
}

#[test]
#[ignore = "needs root"]
fn kea_is_read_right_through_a_relay() {
    reads_through_a_relay(Product::Kea);
}

#[test]
#[ignore = "needs root"]
fn no_server_no_option_150_and_two_servers_that_disagree_are_told_apart() {
    if !Product::Dnsmasq.is_here() || !Product::IscDhcpd.is_here() {
        return;
    }
    let mut lab = Lab::new();
    let (code, nobody) = lab.probe(&[]);
    assert_eq!((code, &nobody["state"]), (1, &"nobody-answered".into()), "{nobody:#}");

    lab.serve("srv", Product::Dnsmasq, Scope::naming(""));
    let (code, none) = lab.probe(&[]);
    assert_eq!((code, &none["state"]), (0, &"no-option-150".into()), "{none:#}");

    lab.serve("rogue", Product::IscDhcpd, Scope::naming(LAPTOP));
    let (code, two) = lab.probe(&["--expect", "laptop"]);
    assert_eq!((code, &two["state"]), (1, &"servers-disagree".into()), "{two:#}");
    assert!(!methods(&two, SERVER).is_empty() && !methods(&two, ROGUE).is_empty(), "{two:#}");
    leaves_nothing(&mut lab, "srv", Product::Dnsmasq);
    leaves_nothing(&mut lab, "rogue", Product::IscDhcpd);
}
