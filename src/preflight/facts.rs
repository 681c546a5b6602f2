//! Everything that was found out about this laptop, and the checks that follow from it.

use std::net::Ipv4Addr;

use super::check::{Check, State, System};
use super::firewall::{self, Firewall};
use super::interface::Interface;
use super::network;
use super::port::{self, PortFacts};
use super::rights::{self, Rights};
use crate::catalog::Catalog;
use crate::firmware::problem::Problem;

/// What the shell found out.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Which system it is.
    pub system: System,
    /// The interface that phones are to be reached by.
    pub interface: Interface,
    /// All interfaces, that one too.
    pub interfaces: Vec<Interface>,
    /// The port that phones ask.
    pub service: PortFacts,
    /// The port of a DHCP server.
    pub bench: PortFacts,
    /// The right to open low ports.
    pub rights: Rights,
    /// What is known of the firewall.
    pub firewall: Firewall,
    /// The reading of a file of our own; `None` if it was not tried.
    pub read: Option<SelfRead>,
}

/// How the reading of a file of our own through the chosen address ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelfRead {
    /// It came back as it is served: so many octets in so many milliseconds.
    Good {
        /// Octets read.
        octets: u64,
        /// How long it took, in milliseconds.
        millis: u64,
    },
    /// It did not.
    Failed(Problem),
}

impl Facts {
    /// What follows, one check of each name, in the order in which things depend on each other.
    pub fn checks(&self, catalog: &Catalog) -> Vec<Check> {
        let address = self.interface.address;
        let mut checks = vec![
            network::interface(&self.interface, &self.interfaces),
            network::address(&self.interface),
            network::routes(&self.interface, &self.interfaces),
            rights::check(&self.rights, self.system, self.service.port),
            port::service(catalog, &self.service, address, &self.rights, self.system),
            port::bench(catalog, &self.bench, self.system),
            firewall::check(&self.firewall, &self.interface, self.service.port, &self.rights.program),
        ];
        checks.extend(firewall::left_over(&self.firewall));
        if let Some(read) = &self.read {
            checks.push(read_check(read, address));
        }
        checks
    }
}

fn read_check(read: &SelfRead, address: Ipv4Addr) -> Check {
    let name = "read";
    match read {
        SelfRead::Good { octets, millis } => Check::ok(
            name,
            "read-good",
            format!("a file of {octets} octets came back by TFTP through {address} in {millis} ms"),
        ),
        SelfRead::Failed(problem) => {
            Check::new(name, State::Bad, problem.code, problem.message.clone(), problem.advice.clone())
        }
    }
}
