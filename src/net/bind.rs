//! Opening a UDP port on one address, with errors that say who can do what about it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use mio::net::UdpSocket;
use socket2::{Domain, Socket, Type};

use crate::catalog::Catalog;
use crate::error::Advice;
use crate::platform::{self, ports, rights, sockets};
use crate::preflight::{self, Holder};

/// A receive buffer for a thousand phones that are switched on in the same second, in octets.
///
/// Linux counts some 770 octets of memory for each small datagram, so this is room for more than 5,000.
const RECEIVE_BUFFER: usize = 4 << 20;

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has it.
    #[error("UDP port {port} on {address} is held by {}", who(holders))]
    Taken {
        /// The address asked for.
        address: Ipv4Addr,
        /// The port asked for.
        port: u16,
        /// Who holds it, as far as that can be seen.
        holders: Vec<Holder>,
    },
    /// The system reserves low ports for privileged programs, or (Windows) has excluded the port.
    #[error("no permission to open UDP port {port} on {address}")]
    Forbidden {
        /// The address asked for.
        address: Ipv4Addr,
        /// The port asked for.
        port: u16,
    },
    /// The machine does not have that address (any more).
    #[error("this machine has no interface with the address {address}")]
    NoSuchAddress {
        /// The address asked for.
        address: Ipv4Addr,
    },
    /// Anything else that the system says.
    #[error("UDP port {port} on {address} cannot be opened: {source}")]
    Other {
        /// The address asked for.
        address: Ipv4Addr,
        /// The port asked for.
        port: u16,
        /// The system's own words.
        source: io::Error,
    },
}

impl BindError {
    pub(super) fn new(address: SocketAddrV4, source: io::Error) -> Self {
        let (address, port) = (*address.ip(), address.port());
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { address, port, holders: holders(address, port) },
            // Windows says so too where another program holds the port for itself alone.
            io::ErrorKind::PermissionDenied if cfg!(windows) => match holders(address, port) {
                none if none.is_empty() => Self::Forbidden { address, port },
                holders => Self::Taken { address, port, holders },
            },
            io::ErrorKind::PermissionDenied => Self::Forbidden { address, port },
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress { address },
            _ => Self::Other { address, port, source },
        }
    }
}

impl Advice for BindError {
    fn code(&self) -> &'static str {
        match self {
            Self::Taken { .. } => "port-taken",
            Self::Forbidden { .. } => "port-forbidden",
            Self::NoSuchAddress { .. } => "no-such-address",
            Self::Other { .. } => "port-not-opened",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Taken { port, holders, .. } => {
                preflight::holder_advice(Catalog::embedded(), platform::this(), *port, holders)
            }
            Self::Forbidden { port, .. } => preflight::right_advice(&rights::read(), platform::this(), *port),
            Self::NoSuchAddress { .. } => vec![
                "Check the cable and the address of the interface.".into(),
                "`loadlift serve` with `--interface` takes the name of an interface instead of an address."
                    .into(),
            ],
            Self::Other { .. } => {
                vec!["Choose another interface or address, or another port with `--port`.".into()]
            }
        }
    }
}

/// Those who keep the port of that address from us; none where the system does not tell.
fn holders(address: Ipv4Addr, port: u16) -> Vec<Holder> {
    let mut holders = ports::holders(port).unwrap_or_default();
    holders.retain(|holder| holder.covers(address));
    holders
}

fn who(holders: &[Holder]) -> String {
    if holders.is_empty() { "another program".into() } else { preflight::all_words(holders) }
}

/// Open a UDP socket on `address` for this program alone, ready for a burst of datagrams.
pub fn open(address: SocketAddrV4) -> Result<UdpSocket, BindError> {
    let socket = || -> io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
        sockets::make_exclusive(&socket)?;
        socket.bind(&SocketAddr::V4(address).into())?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    let socket = socket().map_err(|error| BindError::new(address, error))?;
    let got = sockets::widen_receive_buffer(&socket, RECEIVE_BUFFER);
    tracing::debug!(%address, receive_buffer = got, "UDP port opened");
    Ok(UdpSocket::from_std(socket.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::under_wine;

    #[test]
    fn a_taken_port_and_a_foreign_address_are_told_apart() {
        let first = open(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        let SocketAddr::V4(taken) = first.local_addr().unwrap() else { panic!("an IPv4 socket") };
        let error = open(taken).unwrap_err();
        assert_eq!(error.code(), "port-taken");
        // Wine 8 does not know whose a port is.
        let by =
            if under_wine() { "another program".into() } else { format!("process {}", std::process::id()) };
        assert!(error.to_string().contains(&by), "{error}");
        if under_wine() {
            return; // It binds addresses that are nobody's.
        }
        // TEST-NET-1 (RFC 5737) is on no machine.
        let foreign = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 0);
        assert_eq!(open(foreign).unwrap_err().code(), "no-such-address");
    }
}
