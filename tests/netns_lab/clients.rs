//! Who else holds port 68 on the laptop: DHCP clients, and sockets that are held as others hold theirs.
//!
//! A client sees folders of its own where it keeps its books, so that neither the machine's own client nor another
//! lab's is disturbed; a probe that is to read them is started in the same view ([`probe_beside`]).

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use super::{LAPTOP, Lab, probe, wait_for};
use crate::support::has;

/// A DHCP client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Dhclient,
    Dhcpcd,
    Networkd,
}

const NETWORKD: &str = "/lib/systemd/systemd-networkd";
const NETWORK: &str =
    "[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n[DHCPv4]\nUseDNS=no\nUseHostname=no";

impl Client {
    /// Whether it is on this machine.
    pub(crate) fn is_here(self) -> bool {
        match self {
            Self::Dhclient => has("dhclient", "isc-dhcp-client"),
            Self::Dhcpcd => has("dhcpcd", "dhcpcd-base"),
            Self::Networkd => has(NETWORKD, "systemd"),
        }
    }

    /// How it is started, behind the folders of its own. None of them touches `resolv.conf` or a hook.
    fn script(self) -> String {
        let own = |folder: &str| format!("mkdir -p {folder} && mount -t tmpfs none {folder}");
        match self {
            Self::Dhclient => format!(
                "{} && exec dhclient -4 -d -sf /bin/true -pf /dev/null -lf /var/lib/dhcp/dhclient.leases eth0",
                own("/var/lib/dhcp")
            ),
            Self::Dhcpcd => format!(
                "{} && {} && exec dhcpcd -4 -B -d -f /dev/null -c /bin/true --noarp eth0",
                own("/var/lib/dhcpcd"),
                own("/run/dhcpcd")
            ),
            // It waits for udev for ever, unless /sys cannot be written, as in a container.
            Self::Networkd => format!(
                "mount -o remount,ro,bind /sys && {} && mkdir -p /run/systemd/network /run/systemd/netif/leases \
                 /run/systemd/netif/links && echo '{NETWORK}' >/run/systemd/network/00-lab.network && \
                 chmod -R a+rX /run/systemd && chown -R systemd-network: /run/systemd/netif && exec {NETWORKD}",
                own("/run/systemd"),
            ),
        }
    }
}

/// A stand-in for a DHCP client, by the way in which it holds its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Like systemd-networkd and `NetworkManager`: shared, at the card's address, tied to the card.
    TiedToTheCard,
    /// Like dhcpcd: shared, at the card's address.
    AtTheAddress,
    /// Like dhclient: shared, at all addresses.
    AtAllAddresses,
    /// A client that shares with nobody.
    Selfish,
}

impl Lab {
    /// Start a client on the laptop, and wait until it has a lease; its process id, and the address of the laptop then.
    pub(crate) fn lease_by(&mut self, client: Client) -> (u32, String) {
        // It is to have its address from the server alone.
        self.ip("lap", &["addr", "flush", "dev", "eth0"]);
        let mut command = self.inside("lap", "sh");
        command.args(["-c", &client.script()]);
        let pid = self.start("lap", &format!("{client:?}"), command);
        self.wait_until_it_listens(68);
        if client == Client::Dhclient {
            // It was told to change nothing itself.
            let book = format!("/proc/{pid}/root/var/lib/dhcp/dhclient.leases");
            let address = wait_for("dhclient's lease", || {
                let text = std::fs::read_to_string(&book).unwrap_or_default();
                text.lines().find_map(|line| line.trim().strip_prefix("fixed-address ").map(str::to_owned))
            });
            let address = address.trim_end_matches(';');
            self.ip("lap", &["addr", "add", &format!("{address}/24"), "dev", "eth0"]);
        }
        let address = wait_for("an address of eth0", || self.address_of("lap", "eth0"));
        (pid, address)
    }

    fn address_of(&self, place: &str, card: &str) -> Option<String> {
        let space = self.space(place);
        let output =
            Command::new("ip").args(["-n", &space, "-4", "-j", "addr", "show", card]).output().unwrap();
        let cards: Value = serde_json::from_slice(&output.stdout).ok()?;
        let of_all = cards.as_array()?.iter().find_map(|card| card["addr_info"].as_array()?.first().cloned());
        Some(of_all?["local"].as_str()?.to_owned())
    }

    /// Hold a port on the laptop until what comes back is dropped.
    pub(crate) fn hold(&self, holder: Holder, port: u16) -> Socket {
        self.at("lap", move || {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
            socket.set_reuse_address(holder != Holder::Selfish).unwrap();
            if holder == Holder::TiedToTheCard {
                socket.bind_device(Some(b"eth0")).unwrap();
            }
            let own: Ipv4Addr = LAPTOP.parse().unwrap();
            let address = match holder {
                Holder::TiedToTheCard | Holder::AtTheAddress => own,
                Holder::AtAllAddresses | Holder::Selfish => Ipv4Addr::UNSPECIFIED,
            };
            socket.bind(&SocketAddr::from((address, port)).into()).unwrap();
            socket
        })
    }
}

/// Probe in the view of a program on the laptop, so that the client's books are seen.
pub(crate) fn probe_beside(pid: u32, words: &[&str]) -> (i32, Value) {
    let mut command = Command::new("nsenter");
    command.args(["-m", "-n", "-t", &pid.to_string(), env!("CARGO_BIN_EXE_loadlift")]);
    probe(command, words)
}
