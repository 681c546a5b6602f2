//! The interfaces of this machine, best first, each with the reason if it is unsuitable; and the choice of one.

use std::io;
use std::net::Ipv4Addr;

use crate::error::Advice;

/// One IPv4 address of one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The system's name: `eth0`, `Ethernet`, `en0`.
    pub name: String,
    /// The address that phones would ask.
    pub address: Ipv4Addr,
    /// Bits of the network mask.
    pub prefix: u8,
    /// What speaks against it; `None` for a suitable one.
    pub unsuitable: Option<Unsuitable>,
}

/// Why phones will hardly be reached through an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsuitable {
    /// By its name a wireless one: phones hang on a wire, and many access points drop what a laptop serves.
    Wireless,
    /// By its name made by a virtual machine, a container or a VPN.
    Virtual,
    /// 169.254.0.0/16: no DHCP server answered and nobody set an address.
    LinkLocal,
    /// This machine alone.
    Loopback,
}

impl Unsuitable {
    /// The reason in words, to follow a name.
    pub fn words(self) -> &'static str {
        match self {
            Self::Wireless => "looks like Wi-Fi; phones are reached by cable",
            Self::Virtual => "looks virtual (VPN, virtual machine or container)",
            Self::LinkLocal => "has no real address (169.254…): set one by hand or plug in the cable",
            Self::Loopback => "reaches only this machine",
        }
    }
}

/// Why no interface was chosen.
#[derive(Debug, thiserror::Error)]
pub enum InterfaceError {
    /// The system does not tell.
    #[error("the interfaces of this machine cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// No such name or address.
    #[error("there is no interface `{asked}` with an IPv4 address")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<Interface>,
    },
    /// Nothing was asked for, and there is not exactly one suitable interface.
    #[error("{}", if *suitable == 0 { "no interface is suitable" } else { "several interfaces are suitable" })]
    Undecided {
        /// How many are suitable.
        suitable: usize,
        /// What there is.
        known: Vec<Interface>,
    },
}

impl Advice for InterfaceError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "interfaces-unreadable",
            Self::Unknown { .. } => "interface-unknown",
            Self::Undecided { .. } => "interface-undecided",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Unreadable(_) => vec!["Name the address with `--address`.".into()],
            Self::Unknown { known, .. } | Self::Undecided { known, .. } => {
                let mut lines = vec!["Choose one with `--interface NAME` or `--address A`:".to_owned()];
                lines.extend(known.iter().map(line));
                if known.is_empty() {
                    lines = vec!["Plug in the cable to the phones and give the interface an address.".into()];
                }
                lines
            }
        }
    }
}

fn line(interface: &Interface) -> String {
    let Interface { name, address, prefix, unsuitable } = interface;
    let reason = unsuitable.map(|reason| format!(" — {}", reason.words())).unwrap_or_default();
    format!("  {name}  {address}/{prefix}{reason}")
}

/// All interfaces with an IPv4 address, suitable ones first.
pub fn list() -> Result<Vec<Interface>, InterfaceError> {
    let mut found: Vec<_> = if_addrs::get_if_addrs()?
        .into_iter()
        .filter_map(|interface| {
            let if_addrs::IfAddr::V4(v4) = &interface.addr else { return None };
            let unsuitable = judge(&interface.name, v4.ip);
            let prefix = u8::try_from(u32::from(v4.netmask).count_ones()).unwrap_or(32);
            Some(Interface { address: v4.ip, prefix, unsuitable, name: interface.name })
        })
        .collect();
    found.sort_by(|a, b| {
        (a.unsuitable, is_other_network(a), &a.name, a.address).cmp(&(
            b.unsuitable,
            is_other_network(b),
            &b.name,
            b.address,
        ))
    });
    Ok(found)
}

/// Phones and their laptop nearly always have private addresses (RFC 1918).
fn is_other_network(interface: &Interface) -> bool {
    !interface.address.is_private()
}

fn judge(name: &str, address: Ipv4Addr) -> Option<Unsuitable> {
    let name = name.to_lowercase();
    let named = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if address.is_loopback() {
        Some(Unsuitable::Loopback)
    } else if address.is_link_local() {
        Some(Unsuitable::LinkLocal)
    } else if named(&[
        "vethernet",
        "vmware",
        "virtualbox",
        "hyper-v",
        "vpn",
        "docker",
        "wsl",
        "tailscale",
        "zerotier",
    ]) || begins(&[
        "tun", "tap", "utun", "wg", "ppp", "veth", "virbr", "vboxnet", "vmnet", "br-", "bridge", "awdl",
    ]) {
        Some(Unsuitable::Virtual)
    } else if named(&["wi-fi", "wifi", "wlan", "wireless"]) || begins(&["wl"]) {
        Some(Unsuitable::Wireless)
    } else {
        None
    }
}

/// The interface that the technician means: by name, by address, or, asked for nothing, the only suitable one.
pub fn choose(name: Option<&str>, address: Option<Ipv4Addr>) -> Result<Interface, InterfaceError> {
    pick(list()?, name, address)
}

fn pick(
    known: Vec<Interface>,
    name: Option<&str>,
    address: Option<Ipv4Addr>,
) -> Result<Interface, InterfaceError> {
    let asked = match (name, address) {
        (None, None) => None,
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(address)) => Some(address.to_string()),
    };
    let Some(asked) = asked else {
        let mut suitable: Vec<_> = known.iter().filter(|i| i.unsuitable.is_none()).collect();
        return match (suitable.pop(), suitable.len()) {
            (Some(only), 0) => Ok(only.clone()),
            (None, _) => Err(InterfaceError::Undecided { suitable: 0, known }),
            (Some(_), others) => Err(InterfaceError::Undecided { suitable: others + 1, known }),
        };
    };
    let meant = |i: &&Interface| {
        name.is_none_or(|name| i.name.eq_ignore_ascii_case(name)) && address.is_none_or(|a| i.address == a)
    };
    match known.iter().find(meant) {
        Some(found) => Ok(found.clone()),
        // The rest of 127.0.0.0/8 is loopback too, though only its first address is listed.
        None if name.is_none() && address.is_some_and(|a| a.is_loopback()) => Ok(Interface {
            name: "loopback".into(),
            address: address.unwrap_or(Ipv4Addr::LOCALHOST),
            prefix: 8,
            unsuitable: Some(Unsuitable::Loopback),
        }),
        None => Err(InterfaceError::Unknown { asked, known }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, address: [u8; 4]) -> Interface {
        let address = address.into();
        Interface { name: name.into(), address, prefix: 24, unsuitable: judge(name, address) }
    }

    fn machine() -> Vec<Interface> {
        vec![
            interface("Ethernet", [10, 1, 1, 5]),
            interface("Wi-Fi", [192, 168, 0, 7]),
            interface("vEthernet (WSL)", [172, 20, 0, 1]),
            interface("Ethernet 2", [169, 254, 3, 4]),
            interface("Loopback", [127, 0, 0, 1]),
        ]
    }

    #[test]
    fn the_only_suitable_interface_is_taken_without_asking() {
        assert_eq!(pick(machine(), None, None).unwrap().name, "Ethernet");
    }

    #[test]
    fn two_suitable_ones_or_none_are_not_guessed_between_and_the_reasons_are_listed() {
        let mut two = machine();
        two.push(interface("Ethernet 3", [10, 9, 9, 9]));
        assert_eq!(pick(two, None, None).unwrap_err().to_string(), "several interfaces are suitable");
        let none = pick(machine().split_off(1), None, None).unwrap_err();
        assert_eq!(none.to_string(), "no interface is suitable");
        let advice = none.advice().join("\n");
        for reason in ["Wi-Fi;", "virtual", "169.254", "only this machine"] {
            assert!(advice.contains(reason), "{reason} is not in\n{advice}");
        }
    }

    #[test]
    fn a_name_or_an_address_chooses_even_an_unsuitable_one() {
        assert_eq!(pick(machine(), Some("wi-fi"), None).unwrap().address, Ipv4Addr::new(192, 168, 0, 7));
        assert_eq!(pick(machine(), None, Some([172, 20, 0, 1].into())).unwrap().name, "vEthernet (WSL)");
        assert!(pick(machine(), None, Some([127, 0, 0, 9].into())).is_ok());
        assert_eq!(pick(machine(), Some("eth7"), None).unwrap_err().code(), "interface-unknown");
        assert!(pick(machine(), Some("Ethernet"), Some([10, 1, 1, 6].into())).is_err());
    }

    #[test]
    fn this_machine_has_a_loopback_interface() {
        assert!(list().unwrap().iter().any(|i| i.unsuitable == Some(Unsuitable::Loopback)));
    }
}
