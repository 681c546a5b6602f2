//! Opening a UDP port on one address, with errors that say who can do what about it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use mio::net::UdpSocket;
use socket2::{Domain, Socket, Type};

use crate::error::Advice;
use crate::platform::sockets;

/// A receive buffer for a thousand phones that are switched on in the same second, in octets.
///
/// Linux counts some 770 octets of memory for each small datagram, so this is room for more than 5,000.
const RECEIVE_BUFFER: usize = 4 << 20;

/// Why a port could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program has it.
    #[error("UDP port {port} on {address} is already taken by another program")]
    Taken {
        /// The address asked for.
        address: Ipv4Addr,
        /// The port asked for.
        port: u16,
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
    fn new(address: SocketAddrV4, source: io::Error) -> Self {
        let (address, port) = (*address.ip(), address.port());
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { address, port },
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
            Self::Taken { port, .. } => vec![
                format!("Close the other TFTP program that holds port {port}, then start again."),
                format!("`{}` shows which program it is.", holder_command(*port)),
            ],
            Self::Forbidden { port, .. } => forbidden_advice(*port),
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

fn holder_command(port: u16) -> String {
    if cfg!(windows) {
        format!("netstat -abno -p UDP | findstr :{port}")
    } else if cfg!(target_os = "macos") {
        format!("sudo lsof -nP -iUDP:{port}")
    } else {
        format!("sudo ss -lunp sport = :{port}")
    }
}

fn forbidden_advice(port: u16) -> Vec<String> {
    if cfg!(windows) {
        vec![
            format!("Another program may hold port {port} for itself: `{}` shows it.", holder_command(port)),
            "Or Windows has set the port aside: `netsh int ipv4 show excludedportrange udp` lists such ranges.".into(),
        ]
    } else if cfg!(target_os = "linux") {
        vec![
            "Start the program with `sudo`.".into(),
            "Or give it the right once: `sudo setcap cap_net_bind_service=ep PATH-TO-loadlift`.".into(),
        ]
    } else {
        vec!["Start the program with `sudo`.".into()]
    }
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

    #[test]
    fn a_taken_port_and_a_foreign_address_are_told_apart() {
        let first = open(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        let SocketAddr::V4(taken) = first.local_addr().unwrap() else { panic!("an IPv4 socket") };
        assert_eq!(open(taken).unwrap_err().code(), "port-taken");
        // TEST-NET-1 (RFC 5737) is on no machine.
        let foreign = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 0);
        assert_eq!(open(foreign).unwrap_err().code(), "no-such-address");
    }
}
