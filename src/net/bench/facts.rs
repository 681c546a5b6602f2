//! What the guard of the bench server wants to know of a network card, also of one that has no address yet.

use std::net::Ipv4Addr;

use crate::dhcp::bench::Facts;
use crate::error::Advice;
use crate::fleet::Mac;
use crate::net::interfaces;
use crate::platform::origins;
use crate::preflight::{Kind, Origin};

/// A network card of this machine.
#[derive(Debug, Clone)]
pub struct Card {
    name: String,
    #[cfg_attr(any(windows, target_os = "linux"), expect(dead_code, reason = "macOS ties sockets by it"))]
    index: u32,
    mac: Mac,
    /// What the guard looks at.
    pub facts: Facts,
}

impl Card {
    /// The system's name for it: `eth0`, `Ethernet`.
    pub fn name(&self) -> &str {
        &self.facts.name
    }

    /// Its hardware address.
    pub fn mac(&self) -> Mac {
        self.mac
    }

    #[cfg(not(any(windows, target_os = "linux")))]
    pub(super) fn index(&self) -> u32 {
        self.index
    }

    /// The name that the system's own calls take, which on Windows is another one than people see.
    pub fn system_name(&self) -> &str {
        &self.name
    }
}

/// Why no card was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// No such card.
    #[error("there is no network card `{asked}`")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// The cards that there are.
        known: Vec<String>,
    },
    /// Nothing was asked for. A DHCP server is not started anywhere by a guess.
    #[error("the bench needs to know which network card leads to the phones")]
    NotNamed {
        /// The cards that there are.
        known: Vec<String>,
    },
    /// It cannot send.
    #[error("{name} has no hardware address, so it is no network card")]
    NoHardware {
        /// Its name.
        name: String,
    },
}

impl Advice for FactsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "interface-unknown",
            Self::NotNamed { .. } => "interface-undecided",
            Self::NoHardware { .. } => "bench-virtual",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Unknown { known, .. } | Self::NotNamed { known } => {
                let mut lines = vec!["Name it with `--interface NAME`. These are there:".to_owned()];
                lines.extend(known.iter().map(|name| format!("  {name}")));
                lines
            }
            Self::NoHardware { .. } => {
                vec!["Choose the card that the switch with the phones is plugged into.".into()]
            }
        }
    }
}

/// The card of that name, or with that address.
pub fn card(name: Option<&str>, address: Option<Ipv4Addr>) -> Result<Card, FactsError> {
    let cards = netdev::get_interfaces();
    let shown = |card: &netdev::Interface| interfaces::name(card);
    let known = || cards.iter().filter(|card| !card.is_loopback()).map(shown).collect();
    let asked = match (name, address) {
        (None, None) => return Err(FactsError::NotNamed { known: known() }),
        (Some(name), _) => name.to_owned(),
        (None, Some(address)) => address.to_string(),
    };
    let has = |card: &netdev::Interface, address: Ipv4Addr| card.ipv4.iter().any(|net| net.addr() == address);
    let meant = |card: &&netdev::Interface| match name {
        Some(name) => shown(card).eq_ignore_ascii_case(name) || card.name == name,
        None => address.is_some_and(|address| has(card, address)),
    };
    let found = cards.iter().find(meant).ok_or_else(|| FactsError::Unknown { asked, known: known() })?;
    let name = shown(found);
    let mac = found.mac_addr.map(|mac| Mac(mac.octets())).filter(|mac| mac.0 != [0; 6]);
    let mac = mac.ok_or_else(|| FactsError::NoHardware { name: name.clone() })?;
    // The address that was asked for, or the first that is more than one that the system made up.
    let wanted = |net: &&netdev::ipnet::Ipv4Net| address.is_none_or(|address| net.addr() == address);
    let mut nets: Vec<_> = found.ipv4.iter().filter(wanted).collect();
    nets.sort_by_key(|net| net.addr().is_link_local());
    let net = nets.first().filter(|net| !net.addr().is_link_local());
    let kind = interfaces::kind(found);
    let is_way_out = |gateway: &netdev::NetworkDevice| !(gateway.ipv4.is_empty() && gateway.ipv6.is_empty());
    // A default route without a gateway is seen by what leaves through the card.
    let leads_on =
        || interfaces::list().is_ok_and(|all| all.iter().any(|one| one.default_route && one.name == name));
    let has_gateway = found.gateway.as_ref().is_some_and(is_way_out) || leads_on();
    let facts = Facts {
        name: name.clone(),
        address: net.map(|net| net.addr()),
        prefix: net.map_or(0, |net| net.prefix_len()),
        origin: net.map_or(Origin::Unknown, |net| origins::origin(net.addr(), found.dhcp_v4_enabled)),
        has_gateway,
        is_wireless: kind == Kind::Wireless,
        is_virtual: matches!(kind, Kind::Vpn | Kind::Virtual | Kind::Loopback),
    };
    Ok(Card { name: found.name.clone(), index: found.index, mac, facts })
}

/// A card for a cable that has a link and no address but one that the system made up for want of an answer.
pub fn bare_card() -> Option<String> {
    let cards = netdev::get_interfaces();
    let is_bare = |card: &&netdev::Interface| {
        interfaces::kind(card) == Kind::Wire
            && card.mac_addr.is_some_and(|mac| mac.octets() != [0; 6])
            && card.oper_state == netdev::interface::state::OperState::Up
            && card.ipv4.iter().all(|net| net.addr().is_link_local())
    };
    cards.iter().find(is_bare).map(interfaces::name)
}
