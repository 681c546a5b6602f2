//! The step Interface: where the phones are reached, and what the check of it says.

use std::net::Ipv4Addr;

use super::bench::AddressOffer;
use super::msg::Ticket;
use super::step::CheckedInterface;
use crate::firmware::problem::Problem;
use crate::preflight;

/// One IPv4 address of one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The system's name: `eth0`, `Ethernet`.
    pub name: String,
    /// The address that phones would ask.
    pub address: Ipv4Addr,
    /// Bits of the network mask.
    pub prefix: u8,
    /// What speaks against it, in words; `None` for a suitable one.
    pub doubt: Option<String>,
    /// What it is, in words: `wire, 1 Gbit/s, address by DHCP`.
    pub about: String,
}

/// What is known of the interfaces.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InterfaceDraft {
    /// The interfaces, best first; `None` until they were listed.
    pub interfaces: Option<Result<Vec<Interface>, Problem>>,
    /// The row of the cursor.
    pub row: usize,
    /// The check.
    pub check: Check,
    /// What else was found out about this laptop for the picked address; empty until it was.
    pub checks: Vec<preflight::Check>,
    /// An address for a card that has none.
    pub offer: Option<AddressOffer>,
    /// Why that address was not set, and how to set it; until it is tried or looked for again.
    pub unset: Option<Problem>,
    pub(super) checking: Option<Ticket>,
    pub(super) awaited: Option<Ticket>,
    pub(super) offering: Option<Ticket>,
}

/// How the check of an interface stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Check {
    /// None was made yet.
    #[default]
    None,
    /// It runs, for this address.
    Running(Ticket, Ipv4Addr),
    /// The port was free, and a file was read through the address.
    Good(CheckedInterface),
    /// It failed, for this address: why, and what to do.
    Bad(Ipv4Addr, Problem),
    /// It was good, and the service is being started.
    Starting(Ticket, CheckedInterface),
}

impl Check {
    /// The address that was picked: it stays picked however the list changes.
    pub fn address(&self) -> Option<Ipv4Addr> {
        match self {
            Self::None => None,
            Self::Running(_, address) | Self::Bad(address, _) => Some(*address),
            Self::Good(checked) | Self::Starting(_, checked) => Some(checked.address),
        }
    }

    /// Whether something is under way.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Running(..) | Self::Starting(..))
    }
}

impl InterfaceDraft {
    /// The interfaces that were listed.
    pub fn list(&self) -> &[Interface] {
        match &self.interfaces {
            Some(Ok(list)) => list,
            _ => &[],
        }
    }

    /// The interface under the cursor.
    pub fn current(&self) -> Option<&Interface> {
        self.list().get(self.row)
    }

    /// The proof for the interface under the cursor.
    pub fn proof(&self) -> Option<&CheckedInterface> {
        match &self.check {
            Check::Good(checked) if Some(checked.address) == self.current().map(|i| i.address) => {
                Some(checked)
            }
            _ => None,
        }
    }

    /// Whether the firewall waits for a rule that this program can add.
    pub fn wants_rule(&self) -> bool {
        self.checks.iter().any(|check| check.code == "firewall-no-rule")
    }

    /// Take a list; the cursor stays on the picked address if it is still there.
    pub(super) fn take(&mut self, interfaces: Result<Vec<Interface>, Problem>) {
        let picked = self.check.address().or(self.current().map(|interface| interface.address));
        self.interfaces = Some(interfaces);
        let at = self.list().iter().position(|interface| Some(interface.address) == picked);
        self.row = at.unwrap_or(0);
        if at.is_none() {
            self.check = Check::None;
            self.checks.clear();
        }
    }
}
