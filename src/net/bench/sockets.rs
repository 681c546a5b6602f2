//! The two ports of a bench server: 67 for this program alone, and 68 beside the system's own DHCP client, where other
//! servers' answers are broadcast to. Both tied to one network card.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use mio::net::UdpSocket;
use socket2::{Domain, Socket, Type};

use super::facts::Card;
use super::{BenchError, BindError};
use crate::platform::sockets;

const SERVER_PORT: u16 = 67;
const CLIENT_PORT: u16 = 68;
/// Room for a thousand phones that are switched on in the same second, in octets.
const RECEIVE_BUFFER: usize = 2 << 20;

/// The ports.
#[derive(Debug)]
pub(super) struct Sockets {
    /// Port 67.
    pub(super) server: UdpSocket,
    /// Port 68.
    pub(super) client: UdpSocket,
}

impl Sockets {
    pub(super) fn open(card: &Card, address: Ipv4Addr) -> Result<Self, BenchError> {
        let at = SocketAddrV4::new(system::bind_to(address), SERVER_PORT);
        let server = || -> io::Result<Socket> {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
            sockets::make_exclusive(&socket)?;
            system::tie_to_card(&socket, card)?;
            socket.set_broadcast(true)?;
            socket.bind(&SocketAddr::V4(at).into())?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        // The error speaks of the laptop's address, whatever the socket is bound to.
        let server =
            server().map_err(|error| BindError::new(SocketAddrV4::new(address, SERVER_PORT), error))?;
        let got = sockets::widen_receive_buffer(&server, RECEIVE_BUFFER);
        tracing::debug!(card = card.name(), receive_buffer = got, "DHCP port opened");
        let client = || -> io::Result<Socket> {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
            socket.set_reuse_address(true)?;
            system::tie_to_card(&socket, card)?;
            socket.set_broadcast(true)?;
            let at = SocketAddrV4::new(system::bind_to(address), CLIENT_PORT);
            socket.bind(&SocketAddr::V4(at).into())?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let client = client().map_err(BenchError::Deaf)?;
        Ok(Self { server: UdpSocket::from_std(server.into()), client: UdpSocket::from_std(client.into()) })
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::net::Ipv4Addr;

    use socket2::Socket;

    use super::Card;

    /// A socket at an address hears no broadcasts.
    pub(super) fn bind_to(_: Ipv4Addr) -> Ipv4Addr {
        Ipv4Addr::UNSPECIFIED
    }

    /// Broadcasts leave by this card whatever the default route, and other cards' packets do not come in.
    pub(super) fn tie_to_card(socket: &Socket, card: &Card) -> io::Result<()> {
        socket.bind_device(Some(card.name().as_bytes()))
    }
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::net::Ipv4Addr;

    use socket2::Socket;

    use super::Card;

    /// Windows delivers broadcasts to a socket at the card's address, and sends them by that card.
    pub(super) fn bind_to(address: Ipv4Addr) -> Ipv4Addr {
        address
    }

    #[expect(clippy::unnecessary_wraps, reason = "other systems can refuse")]
    pub(super) fn tie_to_card(_: &Socket, _: &Card) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(not(any(windows, target_os = "linux")))]
mod system {
    use std::io;
    use std::net::Ipv4Addr;
    use std::num::NonZeroU32;

    use socket2::Socket;

    use super::Card;

    /// Without root macOS gives low ports at all addresses only, and delivers broadcasts there.
    pub(super) fn bind_to(_: Ipv4Addr) -> Ipv4Addr {
        Ipv4Addr::UNSPECIFIED
    }

    pub(super) fn tie_to_card(socket: &Socket, card: &Card) -> io::Result<()> {
        socket.bind_device_by_index_v4(NonZeroU32::new(card.index()))
    }
}
