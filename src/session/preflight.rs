//! The check of this laptop from start to end: gather what it says of itself, open the port, read a file of our own.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::catalog::Catalog;
use crate::firmware::Bundle;
use crate::firmware::problem::Problem;
use crate::net::bind::BindError;
use crate::net::interfaces::{self, InterfaceError};
use crate::net::self_read;
use crate::net::tftp::{Options, Server, StartError};
use crate::platform;
use crate::preflight::{Check, Facts, Interface, Opening, PortFacts, SelfRead};
use crate::tftp::Willing;

/// The port of DHCP servers.
const BENCH: u16 = 67;
/// The file that is read back: more than two blocks, so that acknowledgements count.
const FILE: &str = "loadlift-check";
const OCTETS: usize = 1100;

/// What is to be checked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Name of the interface that the phones are reached by; `None` for the best one.
    pub interface: Option<String>,
    /// Its address, instead of or beside the name.
    pub address: Option<Ipv4Addr>,
    /// The UDP port of the service.
    pub port: u16,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What was found out.
    pub facts: Facts,
    /// What follows.
    pub checks: Vec<Check>,
}

/// Check everything. Blocks: some milliseconds, or seconds where a tool or our own service does not answer.
pub fn check(catalog: &Catalog, asked: &Asked) -> Result<Finding, InterfaceError> {
    let interface = choose(asked)?;
    let mut facts = gather(&interface, asked.port);
    (facts.service.opening, facts.read) = open_and_read(interface.address, asked.port);
    let checks = facts.checks(catalog);
    Ok(Finding { facts, checks })
}

/// Check all but the port and the reading, which the wizard's own check of the interface does.
pub fn around(catalog: &Catalog, address: Ipv4Addr, port: u16) -> Result<Vec<Check>, InterfaceError> {
    let interface = interfaces::choose(None, Some(address))?;
    let mut checks = gather(&interface, port).checks(catalog);
    // Without a holder in the way, that the port was not tried here says nothing.
    checks.retain(|check| check.name != "port-69" || check.code == "port-beside");
    Ok(checks)
}

/// The interface that is meant; of several that would do, the best.
fn choose(asked: &Asked) -> Result<Interface, InterfaceError> {
    match interfaces::choose(asked.interface.as_deref(), asked.address) {
        Err(InterfaceError::Undecided { known, suitable }) => {
            let best = known.first().cloned();
            best.ok_or(InterfaceError::Undecided { suitable, known })
        }
        chosen => chosen,
    }
}

fn gather(interface: &Interface, port: u16) -> Facts {
    let rights = platform::rights::read();
    Facts {
        system: platform::this(),
        interface: interface.clone(),
        interfaces: interfaces::list().unwrap_or_else(|_| vec![interface.clone()]),
        service: port_facts(port),
        bench: port_facts(BENCH),
        firewall: platform::firewall::read(&interface.name, &rights.program),
        rights,
        read: None,
    }
}

fn port_facts(port: u16) -> PortFacts {
    let holders = platform::ports::holders(port).map_err(|error| error.to_string());
    let own = std::process::id();
    let others = holders.map(|mut holders| {
        holders.retain(|holder| holder.pid != Some(own));
        holders
    });
    PortFacts { port, opening: Opening::NotTried, holders: others }
}

/// Open the port as the service will, and read a file through it as a phone will.
fn open_and_read(address: Ipv4Addr, port: u16) -> (Opening, Option<SelfRead>) {
    let octets = Bytes::from_static(&[0x5a; OCTETS]);
    let mut bundle = Bundle::default();
    bundle.insert(FILE, octets.clone());
    let options = Options { address, port, single_port: false, willing: Willing::plain() };
    let (server, _events) = match Server::start(Arc::new(bundle), options) {
        Ok(started) => started,
        Err(StartError::Bind(error)) => return (opening(&error), None),
        Err(error @ StartError::System(_)) => {
            return (Opening::NotTried, Some(SelfRead::Failed(Problem::of(&error))));
        }
    };
    let read = self_read::read(SocketAddrV4::new(address, server.address().port()), FILE, &octets);
    let read = match read {
        Ok(took) => SelfRead::Good { octets: OCTETS as u64, millis: millis(took) },
        Err(error) => SelfRead::Failed(Problem::of(&error)),
    };
    (Opening::Opened, Some(read))
}

fn opening(error: &BindError) -> Opening {
    match error {
        BindError::Taken { .. } => Opening::Taken,
        BindError::Forbidden { .. } => Opening::Forbidden,
        BindError::NoSuchAddress { .. } => Opening::NoAddress,
        BindError::Other { source, .. } => Opening::Failed(source.to_string()),
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::State;

    #[test]
    fn on_loopback_the_port_opens_and_the_file_comes_back() {
        let asked = Asked { address: Some(Ipv4Addr::LOCALHOST), port: 0, ..Asked::default() };
        let finding = check(Catalog::embedded(), &asked).unwrap();
        let of = |name: &str| finding.checks.iter().find(|check| check.name == name).unwrap();
        assert_eq!(of("read").state, State::Ok, "{:?}", of("read"));
        assert_eq!(of("interface").code, "interface-loopback");
        let mut names: Vec<&str> = finding.checks.iter().map(|check| check.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), finding.checks.len(), "one check of each name");
    }

    #[test]
    fn a_port_that_somebody_holds_is_told_with_its_holder() {
        let held = std::net::UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let asked = Asked { address: Some(Ipv4Addr::LOCALHOST), port, ..Asked::default() };
        let finding = check(Catalog::embedded(), &asked).unwrap();
        let port = finding.checks.iter().find(|check| check.name == "port-69").unwrap();
        // This very process holds it, and leaves itself out.
        assert_eq!((port.state, port.code), (State::Bad, "port-taken"));
        assert!(finding.facts.read.is_none());
    }
}
