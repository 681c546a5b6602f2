//! Checks of the interface that phones are reached by, and of those beside it.

use super::check::{Check, State};
use super::interface::{Interface, Kind, Origin, Unsuitable};

/// Whether phones can be reached through it at all.
pub(super) fn interface(picked: &Interface, all: &[Interface]) -> Check {
    let name = "interface";
    let about = format!("{} ({}): {}", picked.name, picked.address, picked.about());
    let Some(unsuitable) = picked.unsuitable else {
        let rivals: Vec<&str> = all
            .iter()
            .filter(|i| i.unsuitable.is_none() && i.name != picked.name)
            .map(|i| i.name.as_str())
            .collect();
        if rivals.is_empty() {
            return Check::ok(name, "interface-good", about);
        }
        let reason = format!("{about}; {} would do as well", rivals.join(", "));
        return Check::ok(name, "interface-good", reason);
    };
    let reason = format!("the interface {} ({}) {}", picked.name, picked.address, unsuitable.words());
    let (state, code, next) = match unsuitable {
        Unsuitable::NoLink => (
            State::Bad,
            "interface-no-link",
            "Plug in the cable to the switch that the phones hang on, and look for its light.",
        ),
        Unsuitable::Wireless => (
            State::Warn,
            "interface-wireless",
            "Reach the phones by cable; if it must be Wi-Fi, try one phone first.",
        ),
        Unsuitable::Virtual => {
            (State::Warn, "interface-virtual", "Choose the laptop's own socket for the cable, if it has one.")
        }
        Unsuitable::Vpn => (
            State::Bad,
            "interface-vpn",
            "Choose the laptop's own socket for the cable, and end the VPN while you work.",
        ),
        Unsuitable::LinkLocal => (
            State::Bad,
            "interface-link-local",
            "Set an address by hand that fits the phones' network, or find out why DHCP does not answer here.",
        ),
        Unsuitable::Loopback => {
            (State::Bad, "interface-loopback", "Choose the interface that the phones hang on.")
        }
    };
    Check::new(name, state, code, reason, vec![next.into()])
}

/// Where its address comes from, and whether it will stay.
pub(super) fn address(picked: &Interface) -> Check {
    let name = "address";
    let own = picked.address;
    if own.is_link_local() || own.is_loopback() {
        let reason = format!("{own} is no address that phones can ask");
        let next = "Give the interface an address that fits the phones' network.".into();
        return Check::new(name, State::Bad, "address-no-use", reason, vec![next]);
    }
    if !own.is_private() {
        let reason = format!("{own} is a public address, which a network of phones hardly has");
        let next = "See whether this is the interface that the phones hang on.".into();
        return Check::new(name, State::Warn, "address-public", reason, vec![next]);
    }
    match picked.origin {
        Origin::ByHand => Check::ok(name, "address-by-hand", format!("{own} is set by hand, and stays")),
        Origin::Dhcp => Check::ok(
            name,
            "address-by-dhcp",
            format!("{own} is from DHCP: leave the cable in, so that it stays; it is watched"),
        ),
        Origin::Unknown => {
            Check::ok(name, "address-there", format!("{own} is there; it is watched while phones are served"))
        }
    }
}

/// Which way answers go when there are several interfaces.
pub(super) fn routes(picked: &Interface, all: &[Interface]) -> Check {
    let name = "routes";
    let others = || all.iter().filter(|other| other.name != picked.name && other.link != Some(false));
    if let Some(twin) = others().find(|other| {
        other.kind != Kind::Loopback && (picked.reaches(other.address) || other.reaches(picked.address))
    }) {
        let what = if twin.kind == Kind::Wireless { "Wi-Fi" } else { "another interface" };
        let reason = format!(
            "{what} ({}, {}) is in the subnet of {} too: answers to phones may leave by it",
            twin.name, twin.address, picked.name
        );
        let next = if twin.kind == Kind::Wireless {
            "Switch Wi-Fi off while you work.".to_owned()
        } else {
            format!("Switch {} off while you work, or give it another subnet.", twin.name)
        };
        return Check::new(name, State::Warn, "routes-same-subnet", reason, vec![next]);
    }
    if let Some(vpn) = others().find(|other| other.kind == Kind::Vpn) {
        let grip = if vpn.default_route { "has the default route" } else { "is up" };
        let reason = format!("a VPN ({}) {grip}: many VPNs cut the laptop off its own network", vpn.name);
        let next = "End the VPN while you work.".to_owned();
        return Check::new(name, State::Warn, "routes-vpn", reason, vec![next]);
    }
    match all.iter().find(|i| i.default_route) {
        Some(route) if route.name != picked.name => Check::ok(
            name,
            "routes-elsewhere",
            format!(
                "the default route leads through {}; phones are answered through {}",
                route.name, picked.name
            ),
        ),
        Some(_) => Check::ok(
            name,
            "routes-good",
            format!("the default route leads through {} too; that does no harm", picked.name),
        ),
        None => Check::ok(name, "routes-none", "there is no default route: an isolated bench needs none"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::interface::testing::wire;
    use super::*;

    #[test]
    fn wifi_in_the_subnet_of_the_wire_and_a_vpn_are_warned_of() {
        let eth = wire("eth0", [10, 1, 1, 5]);
        let mut wifi =
            Interface { kind: Kind::Wireless, default_route: true, ..wire("wlan0", [10, 1, 1, 77]) };
        let both = [eth.clone(), wifi.clone()];
        let check = routes(&eth, &both);
        assert_eq!((check.state, check.code), (State::Warn, "routes-same-subnet"));
        assert!(check.reason.starts_with("Wi-Fi (wlan0, 10.1.1.77)"), "{}", check.reason);
        wifi.address = [192, 168, 7, 7].into();
        assert_eq!(routes(&eth, &[eth.clone(), wifi.clone()]).code, "routes-elsewhere");
        let vpn =
            Interface { kind: Kind::Vpn, default_route: true, prefix: 32, ..wire("tun0", [10, 8, 0, 2]) };
        let check = routes(&eth, &[eth.clone(), vpn, Interface { default_route: false, ..wifi }]);
        assert_eq!(check.code, "routes-vpn");
        assert!(check.reason.contains("has the default route"), "{}", check.reason);
        assert_eq!(routes(&eth, std::slice::from_ref(&eth)).code, "routes-none");
    }

    #[test]
    fn each_reason_against_an_interface_has_a_state_and_a_step() {
        for (unsuitable, state) in [
            (Unsuitable::NoLink, State::Bad),
            (Unsuitable::Wireless, State::Warn),
            (Unsuitable::Virtual, State::Warn),
            (Unsuitable::Vpn, State::Bad),
            (Unsuitable::LinkLocal, State::Bad),
            (Unsuitable::Loopback, State::Bad),
        ] {
            let picked = Interface { unsuitable: Some(unsuitable), ..wire("eth0", [10, 1, 1, 5]) };
            let check = interface(&picked, std::slice::from_ref(&picked));
            assert_eq!((check.state, check.next.len()), (state, 1), "{unsuitable:?}");
        }
        let two = [wire("eth0", [10, 1, 1, 5]), wire("eth1", [10, 2, 1, 5])];
        assert!(interface(&two[0], &two).reason.ends_with("eth1 would do as well"));
    }

    #[test]
    fn an_address_is_by_hand_by_dhcp_public_or_of_no_use() {
        let by = |origin, address: [u8; 4]| address_code(&Interface { origin, ..wire("eth0", address) });
        assert_eq!(by(Origin::ByHand, [10, 1, 1, 5]), "address-by-hand");
        assert_eq!(by(Origin::Dhcp, [10, 1, 1, 5]), "address-by-dhcp");
        assert_eq!(by(Origin::Unknown, [10, 1, 1, 5]), "address-there");
        assert_eq!(by(Origin::Dhcp, [198, 51, 100, 9]), "address-public");
        assert_eq!(by(Origin::ByHand, [169, 254, 2, 3]), "address-no-use");
    }

    fn address_code(interface: &Interface) -> &'static str {
        address(interface).code
    }
}
