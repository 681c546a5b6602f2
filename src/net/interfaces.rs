//! The interfaces of this machine, best first, each with the reason if it is unsuitable; and the choice of one.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use netdev::interface::state::OperState;

use crate::error::Advice;
use crate::platform::origins;
use crate::preflight::{self, Kind, Origin};

pub use crate::preflight::{Interface, Unsuitable};

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
    let Interface { name, address, prefix, unsuitable, .. } = interface;
    let reason = unsuitable.map(|reason| format!(" — {}", reason.words())).unwrap_or_default();
    format!("  {name}  {address}/{prefix}{reason}")
}

/// All interfaces with an IPv4 address, the best first.
pub fn list() -> Result<Vec<Interface>, InterfaceError> {
    let cards = netdev::get_interfaces();
    if cards.is_empty() {
        // Every machine has a loopback.
        return Err(io::Error::other("the system names none").into());
    }
    let world = way_to_the_world();
    let mut found: Vec<Interface> = cards.iter().flat_map(|card| addresses(card, world)).collect();
    preflight::sort(&mut found);
    Ok(found)
}

/// The interface of that name if it has no IPv4 address: with 0.0.0.0 in its place.
pub fn without_address(name: &str) -> Option<Interface> {
    let none = netdev::ipnet::Ipv4Net::new(Ipv4Addr::UNSPECIFIED, 0).ok()?;
    let mut bare = netdev::get_interfaces().into_iter().filter(|card| card.ipv4.is_empty());
    let named = |mut card: netdev::Interface| {
        card.ipv4.push(none);
        addresses(&card, None).pop().filter(|interface| interface.name.eq_ignore_ascii_case(name))
    };
    bare.find_map(named)
}

fn addresses(card: &netdev::Interface, world: Option<Ipv4Addr>) -> Vec<Interface> {
    let (name, kind) = (name(card), kind(card));
    let link = match card.oper_state {
        OperState::Up => Some(true),
        OperState::Down | OperState::NotPresent | OperState::LowerLayerDown => Some(false),
        _ => None,
    };
    // Drivers without a link say the highest number, or none.
    let speed = card.transmit_speed.filter(|bits| (1..u64::from(u32::MAX) * 1000).contains(bits));
    let one = |net: &netdev::ipnet::Ipv4Net| {
        let address = net.addr();
        Interface {
            name: name.clone(),
            address,
            prefix: net.prefix_len(),
            unsuitable: Interface::judge(kind, address, link),
            kind,
            link,
            speed,
            default_route: world == Some(address),
            origin: origins::origin(address, card.dhcp_v4_enabled),
        }
    };
    card.ipv4.iter().map(one).collect()
}

/// The name that people see.
pub(super) fn name(card: &netdev::Interface) -> String {
    match &card.friendly_name {
        // On Windows the other name is a number of 38 characters that nobody has ever seen.
        Some(friendly) if cfg!(windows) => friendly.clone(),
        _ => card.name.clone(),
    }
}

/// What it is.
pub(super) fn kind(card: &netdev::Interface) -> Kind {
    Kind::of(said(card), &name(card), card.description.as_deref().unwrap_or_default())
}

/// What the system says that it is; `None` for what says nothing.
fn said(card: &netdev::Interface) -> Option<Kind> {
    use netdev::interface::types::InterfaceType as Type;
    match card.if_type {
        Type::Loopback => Some(Kind::Loopback),
        Type::Wireless80211 | Type::Wman | Type::Wwan | Type::Wwanpp | Type::Wwanpp2 => Some(Kind::Wireless),
        Type::Tunnel | Type::Ppp | Type::Slip => Some(Kind::Vpn),
        Type::PeerToPeerWireless | Type::ProprietaryVirtual => Some(Kind::Virtual),
        _ if card.is_loopback() => Some(Kind::Loopback),
        _ if card.is_tun() => Some(Kind::Vpn),
        Type::Ethernet | Type::GigabitEthernet | Type::FastEthernetT | Type::FastEthernetFx => {
            Some(Kind::Wire)
        }
        _ => None,
    }
}

/// The own address with which packets to other networks leave. Nothing is sent: the socket only looks up the way,
/// which also sees the halves of the world (0.0.0.0/1) that VPNs put in front of the default route.
fn way_to_the_world() -> Option<Ipv4Addr> {
    // TEST-NET-2 (RFC 5737): nobody's.
    let somewhere = SocketAddr::from(([198, 51, 100, 1], 9));
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(somewhere).ok()?;
    match socket.local_addr().ok()? {
        SocketAddr::V4(own) => Some(*own.ip()),
        SocketAddr::V6(_) => None,
    }
}

/// Whether the machine has the address at this moment. Cheap: the system is asked for a port on it, and no more.
pub fn is_here(address: Ipv4Addr) -> bool {
    match UdpSocket::bind((address, 0)) {
        Err(error) => error.kind() != io::ErrorKind::AddrNotAvailable,
        Ok(_) => true,
    }
}

/// The addresses that an interface has at this moment.
pub fn addresses_of(name: &str) -> Vec<Ipv4Addr> {
    let all = list().unwrap_or_default().into_iter();
    all.filter(|interface| interface.name == name).map(|interface| interface.address).collect()
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
            kind: Kind::Loopback,
            link: Some(true),
            speed: None,
            default_route: false,
            origin: Origin::ByHand,
        }),
        None => Err(InterfaceError::Unknown { asked, known }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::under_wine;

    fn interface(name: &str, address: [u8; 4]) -> Interface {
        let address = address.into();
        let kind = Kind::of(None, name, "");
        Interface {
            name: name.into(),
            address,
            prefix: 24,
            unsuitable: Interface::judge(kind, address, Some(true)),
            kind,
            link: Some(true),
            speed: None,
            default_route: false,
            origin: Origin::Unknown,
        }
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
    fn this_machine_has_a_loopback_interface_and_no_address_of_nobody() {
        let loopback =
            list().unwrap().into_iter().find(|i| i.unsuitable == Some(Unsuitable::Loopback)).unwrap();
        assert_eq!(loopback.kind, Kind::Loopback);
        assert!(is_here(loopback.address) && addresses_of(&loopback.name).contains(&loopback.address));
        // Wine 8 binds addresses that are nobody's.
        let nobodys = Ipv4Addr::new(192, 0, 2, 1);
        assert!(under_wine() || !is_here(nobodys), "TEST-NET-1 (RFC 5737) is on no machine");
    }
}
