//! What DHCP clients write down of the lease that this machine has: its address, and the server it came from. Total
//! on any octets; nothing is read here.

use std::net::Ipv4Addr;

use super::options::code;
use super::packet::Message;

/// A lease of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The address that the machine got.
    pub address: Ipv4Addr,
    /// The server that gave it.
    pub server: Ipv4Addr,
}

/// systemd-networkd's state of a link: `ADDRESS=` and `SERVER_ADDRESS=`, a line each.
pub fn of_networkd(text: &str) -> Option<Lease> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok());
    Some(Lease { address: value("ADDRESS=")?, server: value("SERVER_ADDRESS=")? })
}

/// ISC dhclient's book of leases: the last one of a card counts.
pub fn of_dhclient(text: &str, card: &str) -> Option<Lease> {
    let own = format!("interface \"{card}\";");
    let blocks = text.split("lease {").skip(1).filter(|block| block.contains(&own));
    let value = |block: &str, key: &str| {
        block
            .lines()
            .find_map(|line| line.trim().strip_prefix(key)?.trim().trim_end_matches(';').parse().ok())
    };
    let block = blocks.last()?;
    Some(Lease {
        address: value(block, "fixed-address ")?,
        server: value(block, "option dhcp-server-identifier ")?,
    })
}

/// dhcpcd keeps the server's ACK as it came.
pub fn of_dhcpcd(octets: &[u8]) -> Option<Lease> {
    let ack = Message::decode(octets).ok()?;
    Some(Lease { address: ack.yiaddr, server: ack.address(code::SERVER_ID)? })
}

/// `nmcli -f DHCP4 device show`, where a line holds `ip_address = A` and another `dhcp_server_identifier = A`.
pub fn of_network_manager(text: &str) -> Option<Lease> {
    let value = |key: &str| {
        let named = |line: &str| {
            let (before, value) = line.split_once(" = ")?;
            let name = before.rsplit(|c: char| c.is_whitespace() || c == ':').next()?;
            if name == key { value.trim().parse().ok() } else { None }
        };
        text.lines().find_map(named)
    };
    Some(Lease { address: value("ip_address")?, server: value("dhcp_server_identifier")? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dhcp::packet::{MessageType, Op};
    use crate::fleet::Mac;

    const LEASE: Lease =
        Lease { address: Ipv4Addr::new(10, 20, 0, 100), server: Ipv4Addr::new(10, 20, 0, 1) };

    #[test]
    fn networkd_says_whose_lease_it_is() {
        let text = "# This is private data. Do not parse.\nADDRESS=10.20.0.100\nNETMASK=255.255.255.0\n\
                    SERVER_ADDRESS=10.20.0.1\nT1=1800\n";
        assert_eq!(of_networkd(text), Some(LEASE));
        assert_eq!(of_networkd("ADDRESS=10.20.0.100\n"), None);
    }

    #[test]
    fn the_last_lease_of_the_card_counts_in_the_book_of_dhclient() {
        let lease = |card: &str, address: &str, server: &str| {
            format!(
                "lease {{\n  interface \"{card}\";\n  fixed-address {address};\n  option routers 10.20.0.1;\n  \
                 option dhcp-server-identifier {server};\n  expire 2 2026/11/24 10:00:00;\n}}\n"
            )
        };
        let book = lease("eth0", "10.9.0.7", "10.9.0.1")
            + &lease("eth0", "10.20.0.100", "10.20.0.1")
            + &lease("wlan0", "192.168.0.7", "192.168.0.1");
        assert_eq!(of_dhclient(&book, "eth0"), Some(LEASE));
        assert_eq!(of_dhclient(&book, "eth1"), None);
    }

    #[test]
    fn dhcpcd_keeps_the_ack_itself() {
        let mut ack = Message::request(MessageType::Ack, 7, Mac([2; 6]));
        (ack.op, ack.yiaddr) = (Op::Reply, LEASE.address);
        let octets = ack.with(code::SERVER_ID, LEASE.server.octets()).encode();
        assert_eq!(of_dhcpcd(&octets), Some(LEASE));
        assert_eq!(of_dhcpcd(&octets[..100]), None);
    }

    #[test]
    fn network_manager_lists_the_options_of_its_lease() {
        let text = "DHCP4.OPTION[1]:   dhcp_lease_time = 3600\nDHCP4.OPTION[2]:   dhcp_server_identifier = 10.20.0.1\n\
                    DHCP4.OPTION[5]:   ip_address = 10.20.0.100\nDHCP4.OPTION[9]:   requested_ip_address = 1\n";
        assert_eq!(of_network_manager(text), Some(LEASE));
        assert_eq!(of_network_manager(""), None);
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_files_nothing_breaks(octets in prop::collection::vec(any::<u8>(), 0..600), text in "[ -~\n]{0,300}") {
            let _ = of_dhcpcd(&octets);
            let _ = (of_networkd(&text), of_dhclient(&text, "eth0"), of_network_manager(&text));
        }
    }
}
