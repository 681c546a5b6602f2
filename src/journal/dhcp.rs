//! What the bench server did and saw, in the session log: `"event": "dhcp"` with the kebab-case name of the variant in
//! `what`.

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::dhcp::bench::{Event as BenchEvent, WhyStranger};
use crate::fleet::Mac;
use crate::timestamp::Timestamp;

/// Something about DHCP on the bench.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Dhcp {
    /// The laptop was given an address for the time of the job.
    AddressSet {
        /// Name of the interface.
        interface: String,
        /// The address.
        address: Ipv4Addr,
        /// Bits of the network mask.
        prefix: u8,
        /// The command that takes it away again.
        undo: String,
    },
    /// That address was taken away again.
    AddressRemoved {
        /// Name of the interface.
        interface: String,
        /// The address.
        address: Ipv4Addr,
    },
    /// The server began.
    Started {
        /// Name of the interface.
        interface: String,
        /// The laptop's address: server, router and TFTP server in one.
        address: Ipv4Addr,
        /// Addresses to give away.
        pool: usize,
        /// Leases of an earlier session that still run.
        restored: usize,
        /// When it ends in any case.
        ends: Timestamp,
    },
    /// A phone asks for an address, and this one is set aside for it.
    Asked {
        /// The phone.
        mac: Mac,
        /// Its address to be.
        phone: IpAddr,
        /// Its model, if its vendor class names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// What it says that it is, printable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vendor_class: Option<String>,
    },
    /// A phone has an address.
    Leased {
        /// The phone.
        mac: Mac,
        /// Its address.
        phone: IpAddr,
        /// Its model, if its vendor class names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// A phone gave its address back.
    Released {
        /// The phone.
        mac: Mac,
        /// The address.
        phone: IpAddr,
    },
    /// A phone wanted an address of another network, and was told to ask anew.
    SentAway {
        /// The phone.
        mac: Mac,
        /// The address that it wanted.
        wanted: Ipv4Addr,
    },
    /// A phone found somebody at the address that it got.
    Declined {
        /// The phone.
        mac: Mac,
        /// The address.
        address: Ipv4Addr,
    },
    /// An address is used by somebody who did not get it here.
    InUse {
        /// The address.
        address: Ipv4Addr,
        /// Who answers there.
        by: Mac,
    },
    /// A client that is no phone got no answer.
    Stranger {
        /// The client.
        mac: Mac,
        /// What it says that it is, printable.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vendor_class: Option<String>,
        /// Why it got none.
        why: WhyStranger,
    },
    /// The technician let a client in.
    LetIn {
        /// The client.
        mac: Mac,
    },
    /// A packet came through a relay, so the network is not cut off.
    Relayed {
        /// The relay.
        relay: Ipv4Addr,
    },
    /// All addresses were given away.
    NoRoom {
        /// Who got none.
        mac: Mac,
        /// Addresses in the pool.
        pool: usize,
    },
    /// The server stopped for good.
    Stopped {
        /// Why, in a sentence without a full stop.
        why: String,
    },
}

impl From<BenchEvent> for Dhcp {
    fn from(event: BenchEvent) -> Self {
        match event {
            BenchEvent::Asked { mac, address, model, vendor_class } => {
                Self::Asked { mac, phone: address.into(), model, vendor_class }
            }
            BenchEvent::Leased { mac, address, model } => Self::Leased { mac, phone: address.into(), model },
            BenchEvent::Released { mac, address } => Self::Released { mac, phone: address.into() },
            BenchEvent::SentAway { mac, address } => Self::SentAway { mac, wanted: address },
            BenchEvent::Declined { mac, address } => Self::Declined { mac, address },
            BenchEvent::InUse { address, by } => Self::InUse { address, by },
            BenchEvent::Stranger { mac, vendor_class, why } => Self::Stranger { mac, vendor_class, why },
            BenchEvent::Relayed { relay } => Self::Relayed { relay },
            BenchEvent::NoRoom { mac, pool } => Self::NoRoom { mac, pool },
            BenchEvent::Stopped(stop) => Self::Stopped { why: stop.words() },
        }
    }
}

impl Dhcp {
    /// What a technician should hear of it, in one sentence without a full stop; `None` for the ordinary course of a
    /// phone, which the fleet tells.
    pub fn words(&self) -> Option<String> {
        Some(match self {
            Self::Asked { .. } | Self::Leased { .. } | Self::Released { .. } => return None,
            Self::AddressSet { interface, address, prefix, .. } => {
                format!("{interface} has the address {address}/{prefix} for the time of the job")
            }
            Self::AddressRemoved { interface, address } => {
                format!("the address {address} was taken away from {interface} again")
            }
            Self::Started { address, pool, ends, restored, .. } => {
                let kept = match restored {
                    0 => String::new(),
                    1 => ", 1 lease of before still runs".to_owned(),
                    more => format!(", {more} leases of before still run"),
                };
                let until = ends.to_string();
                let until = until.get(11..16).unwrap_or_default();
                format!("DHCP is ON from {address}: {pool} addresses for phones, until {until} UTC{kept}")
            }
            Self::SentAway { mac, wanted } => {
                format!("{mac} wanted {wanted} from another network and was told to ask anew")
            }
            Self::Declined { mac, address } => {
                format!("{mac} says that somebody else uses {address}; it gets another one")
            }
            Self::InUse { address, by } => {
                format!("{address} is used by {by}, which did not get it here; it is left alone")
            }
            Self::Stranger { mac, vendor_class, why } => {
                let class = vendor_class.as_deref().map(|class| format!(" ({class})")).unwrap_or_default();
                format!("no answer to {mac}{class}: it {}", why.words())
            }
            Self::LetIn { mac } => format!("{mac} was let in by hand"),
            Self::Relayed { relay } => {
                format!(
                    "this is not an isolated bench: a question came through the relay {relay}; it is ignored"
                )
            }
            Self::NoRoom { mac, pool } => {
                format!("all {pool} addresses are given away; {mac} got none")
            }
            Self::Stopped { why } => format!("DHCP is OFF: {why}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Event, Record};

    #[test]
    fn a_record_about_dhcp_reads_back_as_it_was_written() {
        let mac = Mac([0, 0x1b, 0x2a, 0xaa, 0, 1]);
        let phone = IpAddr::from([10, 150, 0, 2]);
        for (dhcp, beginning) in [
            (
                Dhcp::Leased { mac, phone, model: Some("7945G".into()) },
                r#"{"at":"1970-01-01T00:00:00.000Z","event":"dhcp","what":"leased","mac":"001B2AAA0001""#,
            ),
            (
                Dhcp::Stranger { mac, vendor_class: None, why: WhyStranger::OtherMac },
                r#"{"at":"1970-01-01T00:00:00.000Z","event":"dhcp","what":"stranger""#,
            ),
            (
                Dhcp::Stopped { why: "x".into() },
                r#"{"at":"1970-01-01T00:00:00.000Z","event":"dhcp","what":"stopped""#,
            ),
        ] {
            let record = Record { at: Timestamp::default(), event: Event::Dhcp(dhcp) };
            let line = serde_json::to_string(&record).unwrap();
            assert!(line.starts_with(beginning), "{line}");
            assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
        }
    }
}
