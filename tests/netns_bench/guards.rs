//! What keeps the bench from a network that is not cut off.

use super::{BENCH, is_told, output, serve, start};
use crate::netns_lab::servers::{Product, Scope};
use crate::netns_lab::{CUCM, Lab, SERVER, wait_for};

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
