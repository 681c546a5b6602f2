//! What the bench server reports.

use std::net::Ipv4Addr;

use super::client::WhyStranger;
use crate::fleet::Mac;

/// Something that the session should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A phone asks for an address, and this one was set aside for it.
    Asked {
        /// The phone.
        mac: Mac,
        /// Its address to be.
        address: Ipv4Addr,
        /// Its model, if its vendor class names one of the catalog.
        model: Option<String>,
        /// What it says that it is, printable.
        vendor_class: Option<String>,
    },
    /// A phone has an address. Renewals are not reported.
    Leased {
        /// The phone.
        mac: Mac,
        /// Its address.
        address: Ipv4Addr,
        /// Its model, if its vendor class names one of the catalog.
        model: Option<String>,
    },
    /// A phone gave its address back.
    Released {
        /// The phone.
        mac: Mac,
        /// The address.
        address: Ipv4Addr,
    },
    /// A phone asked for an address of another network, and was told to ask anew.
    SentAway {
        /// The phone.
        mac: Mac,
        /// The address that it wanted.
        address: Ipv4Addr,
    },
    /// A phone says that somebody uses the address that it got.
    Declined {
        /// The phone.
        mac: Mac,
        /// The address.
        address: Ipv4Addr,
    },
    /// An address of the pool is used by somebody who did not get it here.
    InUse {
        /// The address.
        address: Ipv4Addr,
        /// Who answers there.
        by: Mac,
    },
    /// A client gets no answer; said once for each.
    Stranger {
        /// The client.
        mac: Mac,
        /// What it says that it is, printable.
        vendor_class: Option<String>,
        /// Why.
        why: WhyStranger,
    },
    /// A packet came through a relay: this network is not cut off. Said once for each relay.
    Relayed {
        /// The relay.
        relay: Ipv4Addr,
    },
    /// All addresses of the pool are given away.
    NoRoom {
        /// Who got none.
        mac: Mac,
        /// Addresses in the pool.
        pool: usize,
    },
    /// The server has stopped for good.
    Stopped(Stop),
}

/// Why the server has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Another DHCP server speaks on the wire.
    OtherServer {
        /// Which one, by its own word or by its address.
        server: Ipv4Addr,
    },
    /// A client answered another server, so there is one.
    ChoseAnother {
        /// The client.
        mac: Mac,
        /// The server that it chose.
        server: Ipv4Addr,
    },
    /// Its hours are over.
    TimeIsUp,
}

impl Stop {
    /// The reason in a sentence without a full stop.
    pub fn words(self) -> String {
        match self {
            Self::OtherServer { server } => format!("another DHCP server is on this network: {server}"),
            Self::ChoseAnother { mac, server } => {
                format!("{mac} took its address from another DHCP server, {server}")
            }
            Self::TimeIsUp => "its hours are over".to_owned(),
        }
    }
}
