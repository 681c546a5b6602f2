//! The interfaces of this machine: what is known of each, what speaks against it, and the order in which they are
//! offered.

use std::net::Ipv4Addr;

use serde::Serialize;

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
    /// What it is.
    pub kind: Kind,
    /// Whether there is a link: a plugged cable and a switch that answers. `None` where the system does not tell.
    pub link: Option<bool>,
    /// Speed of the link in bits a second, where the system tells it.
    pub speed: Option<u64>,
    /// Whether what goes to other networks leaves through it.
    pub default_route: bool,
    /// Where the address comes from.
    pub origin: Origin,
}

/// What an interface is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A socket for a cable.
    Wire,
    /// Wi-Fi, or a mobile network.
    Wireless,
    /// A tunnel: it has the address, and somebody else the network.
    Vpn,
    /// Made by a virtual machine or a container.
    Virtual,
    /// This machine alone.
    Loopback,
}

/// Where an address comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// Leased from a DHCP server: it can change.
    Dhcp,
    /// Set by hand.
    ByHand,
    /// The system does not tell.
    Unknown,
}

/// Why phones will hardly be reached through an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsuitable {
    /// No cable, or nothing at its other end.
    NoLink,
    /// Wireless: phones hang on a wire, and many access points drop what a laptop serves.
    Wireless,
    /// Made by a virtual machine or a container.
    Virtual,
    /// A tunnel to another network.
    Vpn,
    /// 169.254.0.0/16: no DHCP server answered and nobody set an address.
    LinkLocal,
    /// This machine alone.
    Loopback,
}

impl Unsuitable {
    /// The reason in words, to follow a name.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoLink => "has no link: plug in the cable to the phones",
            Self::Wireless => "looks like Wi-Fi; phones are reached by cable",
            Self::Virtual => "looks virtual (virtual machine or container)",
            Self::Vpn => "looks like a VPN; phones are reached by cable",
            Self::LinkLocal => "has no real address (169.254…): set one by hand or plug in the cable",
            Self::Loopback => "reaches only this machine",
        }
    }
}

/// Parts of names that tell a tunnel; on Windows also of descriptions.
const VPN: &[&str] =
    &["vpn", "tailscale", "zerotier", "wireguard", "anyconnect", "fortinet", "pangp", "juniper", "openvpn"];
const VPN_BEGINS: &[&str] = &["tun", "tap", "utun", "wg", "ppp", "ipsec", "gpd"];
const VIRTUAL: &[&str] = &["vethernet", "vmware", "virtualbox", "hyper-v", "docker", "wsl"];
const VIRTUAL_BEGINS: &[&str] =
    &["veth", "virbr", "vboxnet", "vmnet", "br-", "bridge", "awdl", "llw", "vnet", "lxc"];
const WIRELESS: &[&str] = &["wi-fi", "wifi", "wlan", "wireless"];
const WIRELESS_BEGINS: &[&str] = &["wl", "wwan"];

impl Kind {
    /// What an interface is, by what the system says (`None` where it is no help), its name and its description.
    /// Names count for what systems do not tell: an adapter of a virtual machine calls itself Ethernet.
    pub fn of(said: Option<Self>, name: &str, description: &str) -> Self {
        let (name, description) = (name.to_lowercase(), description.to_lowercase());
        let told = |parts: &[&str], begins: &[&str]| {
            parts.iter().any(|part| name.contains(part) || description.contains(part))
                || begins.iter().any(|begin| name.starts_with(begin))
        };
        match said {
            Some(Self::Loopback) => Self::Loopback,
            Some(Self::Vpn) => Self::Vpn,
            _ if told(VPN, VPN_BEGINS) => Self::Vpn,
            _ if told(VIRTUAL, VIRTUAL_BEGINS) => Self::Virtual,
            Some(Self::Wireless) => Self::Wireless,
            _ if told(WIRELESS, WIRELESS_BEGINS) => Self::Wireless,
            other => other.unwrap_or(Self::Wire),
        }
    }

    /// `wire`, `Wi-Fi`: to stand before other facts.
    pub fn words(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Wireless => "wireless",
            Self::Vpn => "VPN",
            Self::Virtual => "virtual",
            Self::Loopback => "this machine",
        }
    }
}

impl Interface {
    /// What speaks against an interface, if anything. The nature of the thing comes before its state: a cable can be
    /// plugged in, a tunnel stays one.
    pub fn judge(kind: Kind, address: Ipv4Addr, link: Option<bool>) -> Option<Unsuitable> {
        match kind {
            _ if address.is_loopback() => Some(Unsuitable::Loopback),
            Kind::Loopback => Some(Unsuitable::Loopback),
            Kind::Vpn => Some(Unsuitable::Vpn),
            Kind::Virtual => Some(Unsuitable::Virtual),
            _ if address.is_link_local() => Some(Unsuitable::LinkLocal),
            Kind::Wireless => Some(Unsuitable::Wireless),
            Kind::Wire => (link == Some(false)).then_some(Unsuitable::NoLink),
        }
    }

    /// Whether an address is in the interface's own subnet: only there the neighbour table tells a phone's own MAC.
    pub fn reaches(&self, address: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32))).unwrap_or(0);
        u32::from(self.address) & mask == u32::from(address) & mask
    }

    /// `wire, 1 Gbit/s, address by DHCP, default route`: what is known, in the order of its weight.
    pub fn about(&self) -> String {
        let mut parts = vec![self.kind.words().to_owned()];
        match (self.link, self.speed) {
            (Some(false), _) => parts.push("no link".into()),
            (_, Some(speed)) => parts.push(speed_words(speed)),
            (..) => {}
        }
        match self.origin {
            Origin::Dhcp => parts.push("address by DHCP".into()),
            Origin::ByHand => parts.push("address by hand".into()),
            Origin::Unknown => {}
        }
        if self.default_route {
            parts.push("default route".into());
        }
        parts.join(", ")
    }
}

/// `1 Gbit/s`, `100 Mbit/s`, `2.5 Gbit/s`.
fn speed_words(bits: u64) -> String {
    match bits / 1_000_000 {
        0 => format!("{} kbit/s", bits / 1000),
        megabits @ 1..1000 => format!("{megabits} Mbit/s"),
        megabits if megabits % 1000 == 0 => format!("{} Gbit/s", megabits / 1000),
        megabits => format!("{}.{} Gbit/s", megabits / 1000, megabits % 1000 / 100),
    }
}

/// The best first: suitable ones, and among them those that phones hang on rather than the way to the world; the rest
/// by what speaks against them.
pub fn sort(interfaces: &mut [Interface]) {
    interfaces.sort_by(|a, b| {
        let key = |i: &Interface| {
            // Phones and their laptop nearly always have private addresses (RFC 1918).
            (i.unsuitable, !i.address.is_private(), i.default_route, i.name.clone(), i.address)
        };
        key(a).cmp(&key(b))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nature_of_an_interface_is_told_by_the_system_and_by_its_name() {
        let eth = Some(Kind::Wire);
        for (said, name, description, kind) in [
            (eth, "eth0", "", Kind::Wire),
            (eth, "Ethernet", "Intel(R) I219-LM", Kind::Wire),
            (eth, "Ethernet 3", "Cisco AnyConnect Virtual Miniport", Kind::Vpn),
            (eth, "vEthernet (WSL)", "Hyper-V Virtual Ethernet Adapter", Kind::Virtual),
            (eth, "Ethernet 4", "VirtualBox Host-Only Ethernet Adapter", Kind::Virtual),
            (Some(Kind::Wireless), "Drahtlos", "", Kind::Wireless),
            (eth, "wlp3s0", "", Kind::Wireless),
            (Some(Kind::Vpn), "strange", "", Kind::Vpn),
            (None, "tun0", "", Kind::Vpn),
            (None, "en0", "", Kind::Wire),
            (Some(Kind::Loopback), "lo", "", Kind::Loopback),
        ] {
            assert_eq!(Kind::of(said, name, description), kind, "{name} {description}");
        }
    }

    #[test]
    fn a_pulled_cable_speaks_against_a_wire_and_a_subnet_has_its_ends() {
        let lan = Ipv4Addr::new(10, 1, 1, 5);
        assert_eq!(Interface::judge(Kind::Wire, lan, Some(true)), None);
        assert_eq!(Interface::judge(Kind::Wire, lan, None), None);
        assert_eq!(Interface::judge(Kind::Wire, lan, Some(false)), Some(Unsuitable::NoLink));
        let local = Ipv4Addr::new(169, 254, 1, 1);
        assert_eq!(Interface::judge(Kind::Wire, local, Some(true)), Some(Unsuitable::LinkLocal));
        let mut eth = testing::wire("eth0", [10, 1, 1, 5]);
        assert!(eth.reaches([10, 1, 1, 200].into()) && !eth.reaches([10, 1, 2, 1].into()));
        eth.prefix = 0;
        assert!(eth.reaches([192, 0, 2, 1].into()));
        eth.prefix = 32;
        assert!(!eth.reaches([10, 1, 1, 6].into()));
    }

    #[test]
    fn of_two_good_ones_the_one_without_the_default_route_comes_first() {
        let mut all = vec![
            Interface { default_route: true, ..testing::wire("a", [10, 1, 1, 5]) },
            testing::wire("b", [10, 2, 1, 5]),
            testing::wire("c", [198, 51, 100, 4]),
        ];
        sort(&mut all);
        let names: Vec<&str> = all.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(all[1].about(), "wire, 1 Gbit/s, address by hand, default route");
        assert_eq!(speed_words(2_500_000_000), "2.5 Gbit/s");
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A wired interface as a technician wishes for it.
    pub(crate) fn wire(name: &str, address: [u8; 4]) -> Interface {
        Interface {
            name: name.into(),
            address: address.into(),
            prefix: 24,
            unsuitable: None,
            kind: Kind::Wire,
            link: Some(true),
            speed: Some(1_000_000_000),
            default_route: false,
            origin: Origin::ByHand,
        }
    }
}
