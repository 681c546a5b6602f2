//! What a session log says of DHCP option 150: the value, how it is known, and what each server answered.

use std::fmt;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::dhcp::{Answer, Method, Subnet};

/// What DHCP option 150 names, as far as anybody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Option150 {
    /// Nobody knows.
    Unknown,
    /// It is not set.
    Absent,
    /// These servers, the first one first (RFC 5859: the option is a list).
    Addresses(Vec<Ipv4Addr>),
}

/// How something outside this program is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The technician says so.
    #[default]
    ByHand,
    /// DHCP was asked, and says so.
    Probed,
}

/// The three points of the work at which DHCP is asked for option 150.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before anything was changed: what it names is what has to be put back.
    Before,
    /// It is to name this laptop.
    During,
    /// It is to name again what it named before.
    After,
}

/// What one DHCP server said in one answer, as far as it matters later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Which server.
    pub server: Ipv4Addr,
    /// How it was asked.
    pub method: Method,
    /// Whether it was asked as a phone.
    pub as_phone: bool,
    /// The TFTP servers, in their order; empty if there is no option 150, or it cannot be read.
    pub option_150: Vec<Ipv4Addr>,
    /// The subnet that it is about, if the answer shows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Subnet>,
    /// How long a lease would run, in seconds; answers to a DISCOVER say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease_seconds: Option<u64>,
}

impl Said {
    /// What is kept of an answer.
    pub fn of(answer: &Answer) -> Self {
        Self {
            server: answer.server,
            method: answer.method,
            as_phone: answer.as_phone,
            option_150: answer.option_150.clone(),
            scope: answer.scope,
            lease_seconds: answer.lease.map(|lease| lease.as_secs()),
        }
    }
}

impl Option150 {
    /// The addresses, if it is known: none where it is not set.
    pub fn known(&self) -> Option<&[Ipv4Addr]> {
        match self {
            Self::Unknown => None,
            Self::Absent => Some(&[]),
            Self::Addresses(addresses) => Some(addresses),
        }
    }

    /// What is known, from the addresses that DHCP hands out.
    pub fn of(addresses: Option<&[Ipv4Addr]>) -> Self {
        match addresses {
            None => Self::Unknown,
            Some([]) => Self::Absent,
            Some(addresses) => Self::Addresses(addresses.to_vec()),
        }
    }
}

impl fmt::Display for Option150 {
    /// `10.1.1.2, 10.1.1.3`, `not set`, `not known`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not known"),
            Self::Absent => f.write_str("not set"),
            Self::Addresses(addresses) => {
                let addresses: Vec<String> = addresses.iter().map(Ipv4Addr::to_string).collect();
                f.write_str(&addresses.join(", "))
            }
        }
    }
}
