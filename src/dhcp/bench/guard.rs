//! Whether a DHCP server may begin on an interface: what the interface itself says, and what was heard on its wire.
//!
//! A second DHCP server is the one thing in this program that can hurt people who have nothing to do with it. So the
//! answer is no unless everything speaks for a network that is cut off, and each no has its reason.

use std::net::Ipv4Addr;

use crate::error::Advice;
use crate::preflight::Origin;

/// Longest network prefix with room for phones: five addresses beside the laptop's.
const LONGEST_PREFIX: u8 = 29;

/// What is known of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The system's name for it.
    pub name: String,
    /// Its address; `None` if it has none.
    pub address: Option<Ipv4Addr>,
    /// Bits of its network mask.
    pub prefix: u8,
    /// How it got its address.
    pub origin: Origin,
    /// Whether what goes to other networks leaves through it.
    pub has_gateway: bool,
    /// Whether it is a wireless one.
    pub is_wireless: bool,
    /// Whether it is made by a virtual machine, a container or a VPN, or reaches this machine alone.
    pub is_virtual: bool,
}

/// What was heard when the wire was asked for DHCP servers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// Servers that answered.
    pub servers: Vec<Ipv4Addr>,
    /// Why an answer might not have been heard, a sentence each; empty if nothing was in the way.
    pub deaf: Vec<String>,
}

/// Why the server does not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to answer from.
    #[error("{name} has no address")]
    NoAddress {
        /// The interface.
        name: String,
    },
    /// Addresses outside RFC 1918 belong to somebody, or were made up by the system for want of an answer.
    #[error("the address {address} of {name} is not a private one")]
    NotPrivate {
        /// The interface.
        name: String,
        /// Its address.
        address: Ipv4Addr,
    },
    /// Then there is a DHCP server.
    #[error("the address {address} of {name} comes from a DHCP server")]
    ByDhcp {
        /// The interface.
        name: String,
        /// Its address.
        address: Ipv4Addr,
    },
    /// Nobody can say that there is none.
    #[error("the system does not tell whether the address of {name} was set by hand")]
    OriginUnknown {
        /// The interface.
        name: String,
    },
    /// The network leads somewhere.
    #[error("{name} has a default gateway, so its network is not cut off")]
    Gateway {
        /// The interface.
        name: String,
    },
    /// Everybody in the house hears it.
    #[error("{name} is a wireless interface")]
    Wireless {
        /// The interface.
        name: String,
    },
    /// Phones are not there, and other things may be.
    #[error("{name} is not a network card (a VPN, a virtual machine or a container)")]
    Virtual {
        /// The interface.
        name: String,
    },
    /// No room for phones.
    #[error("the network of {name} has no room for phones (/{prefix})")]
    TooSmall {
        /// The interface.
        name: String,
        /// Bits of its mask.
        prefix: u8,
    },
    /// There is one already.
    #[error("another DHCP server is on this network: {}", listed(servers))]
    OtherServer {
        /// Which.
        servers: Vec<Ipv4Addr>,
    },
    /// There may be one, and it was not possible to listen.
    #[error("it cannot be heard whether this network has a DHCP server: {why}")]
    Deaf {
        /// What is in the way.
        why: String,
    },
}

impl Advice for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NoAddress { .. } => "bench-no-address",
            Self::NotPrivate { .. } => "bench-not-private",
            Self::ByDhcp { .. } => "bench-address-by-dhcp",
            Self::OriginUnknown { .. } => "bench-address-unknown",
            Self::Gateway { .. } => "bench-gateway",
            Self::Wireless { .. } => "bench-wireless",
            Self::Virtual { .. } => "bench-virtual",
            Self::TooSmall { .. } => "bench-too-small",
            Self::OtherServer { .. } => "bench-other-server",
            Self::Deaf { .. } => "bench-deaf",
        }
    }

    fn advice(&self) -> Vec<String> {
        let lines: &[&str] = match self {
            Self::NoAddress { .. } => &[
                "Let loadlift set one for the time of the job: `--set-address 10.150.0.1/22`.",
                "Or set one by hand in the system's network settings.",
            ],
            Self::NotPrivate { .. } => &[
                "Set a private address by hand, like 10.150.0.1 with the mask 255.255.252.0, and no gateway.",
            ],
            Self::ByDhcp { .. } => &[
                "If this is the customer's network: do not use the bench here; let its own DHCP server name this laptop (`loadlift option150 commands`).",
                "If it is an isolated bench: switch off the router that gave the address, and set one by hand.",
            ],
            Self::OriginUnknown { .. } => {
                &["Set the address by hand in the system's network settings, and start again."]
            }
            Self::Gateway { .. } => &[
                "If this is the customer's network: do not use the bench here; let its own DHCP server name this laptop (`loadlift option150 commands`).",
                "If it is an isolated bench: take the gateway out of the interface's settings; phones do not need it.",
            ],
            Self::Wireless { .. } | Self::Virtual { .. } => &[
                "Connect the switch with the phones by cable, and choose that interface with `--interface`.",
            ],
            Self::TooSmall { .. } => {
                &["Set a larger network by hand, like 10.150.0.1 with the mask 255.255.252.0."]
            }
            Self::OtherServer { .. } => &[
                "If that server belongs to the network: do not use the bench; let it name this laptop (`loadlift option150 commands`).",
                "If the bench is to be isolated: unplug whatever leads to that server, and start again.",
            ],
            Self::Deaf { .. } => &[
                "Close the program that is in the way, or start loadlift with the rights to open low ports (`sudo`).",
                "Then start again: without listening first there is no bench server.",
            ],
        };
        lines.iter().map(|&line| line.to_owned()).collect()
    }
}

fn listed(servers: &[Ipv4Addr]) -> String {
    let shown: Vec<String> = servers.iter().take(4).map(Ipv4Addr::to_string).collect();
    let more = servers.len() - shown.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}

/// An interface that nothing speaks against, before its wire was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate(Cleared);

/// An interface on which a DHCP server may begin. Only [`Candidate::clear`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    address: Ipv4Addr,
    prefix: u8,
}

/// Look at an interface. All that speaks against it is said at once.
pub fn judge(facts: &Facts) -> Result<Candidate, Vec<Refusal>> {
    let name = || facts.name.clone();
    let mut refusals = Vec::new();
    if facts.is_wireless {
        refusals.push(Refusal::Wireless { name: name() });
    }
    if facts.is_virtual {
        refusals.push(Refusal::Virtual { name: name() });
    }
    if facts.has_gateway {
        refusals.push(Refusal::Gateway { name: name() });
    }
    let Some(address) = facts.address else {
        refusals.push(Refusal::NoAddress { name: name() });
        return Err(refusals);
    };
    match facts.origin {
        _ if !address.is_private() => refusals.push(Refusal::NotPrivate { name: name(), address }),
        Origin::ByHand => {}
        Origin::Dhcp => refusals.push(Refusal::ByDhcp { name: name(), address }),
        Origin::Unknown => refusals.push(Refusal::OriginUnknown { name: name() }),
    }
    if !(8..=LONGEST_PREFIX).contains(&facts.prefix) {
        refusals.push(Refusal::TooSmall { name: name(), prefix: facts.prefix });
    }
    if refusals.is_empty() { Ok(Candidate(Cleared { address, prefix: facts.prefix })) } else { Err(refusals) }
}

impl Candidate {
    /// Look at what was heard. An answer counts more than a doubt.
    pub fn clear(self, heard: &Heard) -> Result<Cleared, Refusal> {
        if !heard.servers.is_empty() {
            let mut servers = heard.servers.clone();
            servers.sort_unstable();
            servers.dedup();
            return Err(Refusal::OtherServer { servers });
        }
        match heard.deaf.first() {
            Some(why) => Err(Refusal::Deaf { why: why.trim_end_matches('.').to_owned() }),
            None => Ok(self.0),
        }
    }

    /// The address that the server would answer from.
    pub fn address(&self) -> Ipv4Addr {
        self.0.address
    }
}

impl Cleared {
    /// The laptop's address.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// Bits of the network mask.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// The network mask.
    pub fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(u32::MAX << (32 - u32::from(self.prefix)))
    }

    /// The network's own address.
    pub(super) fn network(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.address.to_bits() & self.mask().to_bits())
    }

    /// The address of everybody in the network.
    pub(super) fn broadcast(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.address.to_bits() | !self.mask().to_bits())
    }

    /// Whether somebody in the network may have this address: not the laptop's, the network's or the broadcast one.
    pub(super) fn is_for_clients(&self, address: Ipv4Addr) -> bool {
        address.to_bits() & self.mask().to_bits() == self.network().to_bits()
            && ![self.address, self.network(), self.broadcast()].contains(&address)
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// An interface that went through all the guards.
    pub(crate) fn cleared(address: Ipv4Addr, prefix: u8) -> Cleared {
        let facts = Facts {
            name: "eth0".into(),
            address: Some(address),
            prefix,
            origin: Origin::ByHand,
            has_gateway: false,
            is_wireless: false,
            is_virtual: false,
        };
        judge(&facts).expect("nothing speaks against it").clear(&Heard::default()).expect("nobody was heard")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bench() -> Facts {
        Facts {
            name: "eth0".into(),
            address: Some(Ipv4Addr::new(10, 150, 0, 1)),
            prefix: 22,
            origin: Origin::ByHand,
            has_gateway: false,
            is_wireless: false,
            is_virtual: false,
        }
    }

    fn codes(facts: &Facts) -> Vec<&'static str> {
        judge(facts).map_or_else(|refusals| refusals.iter().map(Advice::code).collect(), |_| Vec::new())
    }

    #[test]
    fn a_private_address_set_by_hand_on_a_card_without_a_gateway_is_let_through() {
        assert_eq!(codes(&bench()), [""; 0]);
    }

    #[test]
    fn each_sign_of_a_network_that_is_not_cut_off_refuses() {
        for (facts, code) in [
            (Facts { address: None, ..bench() }, "bench-no-address"),
            (Facts { address: Some(Ipv4Addr::new(8, 8, 8, 8)), ..bench() }, "bench-not-private"),
            (Facts { address: Some(Ipv4Addr::new(169, 254, 1, 1)), ..bench() }, "bench-not-private"),
            (Facts { address: Some(Ipv4Addr::LOCALHOST), ..bench() }, "bench-not-private"),
            (Facts { origin: Origin::Dhcp, ..bench() }, "bench-address-by-dhcp"),
            (Facts { origin: Origin::Unknown, ..bench() }, "bench-address-unknown"),
            (Facts { has_gateway: true, ..bench() }, "bench-gateway"),
            (Facts { is_wireless: true, ..bench() }, "bench-wireless"),
            (Facts { is_virtual: true, ..bench() }, "bench-virtual"),
            (Facts { prefix: 30, ..bench() }, "bench-too-small"),
            (Facts { prefix: 0, ..bench() }, "bench-too-small"),
        ] {
            assert_eq!(codes(&facts), [code], "{facts:?}");
        }
    }

    #[test]
    fn all_reasons_are_said_at_once() {
        let wrong = Facts { is_wireless: true, has_gateway: true, address: None, ..bench() };
        assert_eq!(codes(&wrong), ["bench-wireless", "bench-gateway", "bench-no-address"]);
    }

    #[test]
    fn a_server_that_was_heard_and_ears_that_were_shut_refuse() {
        let clear = |heard: Heard| judge(&bench()).unwrap().clear(&heard);
        let one = Ipv4Addr::new(10, 150, 0, 7);
        let refused = clear(Heard { servers: vec![one, one], deaf: vec!["x.".into()] }).unwrap_err();
        assert_eq!(refused, Refusal::OtherServer { servers: vec![one] });
        let deaf = clear(Heard { servers: Vec::new(), deaf: vec!["UDP port 68 is taken.".into()] });
        assert_eq!(deaf.unwrap_err().code(), "bench-deaf");
        assert_eq!(clear(Heard::default()).unwrap().mask(), Ipv4Addr::new(255, 255, 252, 0));
    }

    #[test]
    fn every_refusal_is_one_line_with_something_to_do() {
        let name = || "eth0".to_owned();
        let address = Ipv4Addr::new(10, 0, 0, 1);
        for refusal in [
            Refusal::NoAddress { name: name() },
            Refusal::NotPrivate { name: name(), address },
            Refusal::ByDhcp { name: name(), address },
            Refusal::OriginUnknown { name: name() },
            Refusal::Gateway { name: name() },
            Refusal::Wireless { name: name() },
            Refusal::Virtual { name: name() },
            Refusal::TooSmall { name: name(), prefix: 30 },
            Refusal::OtherServer { servers: vec![address] },
            Refusal::Deaf { why: "x".into() },
        ] {
            let text = refusal.to_string();
            assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
            assert!(!refusal.advice().is_empty() && refusal.code().starts_with("bench-"));
            assert!(refusal.advice().iter().all(|line| line.ends_with('.')), "{:?}", refusal.advice());
        }
    }
}
