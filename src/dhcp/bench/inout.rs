//! What the server needs to know, what it is told, and what it wants done.

use std::net::{Ipv4Addr, SocketAddrV4};

use super::client::Clients;
use super::guard::Cleared;
use crate::fleet::Mac;

/// What a bench server needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The interface, through all guards.
    pub own: Cleared,
    /// Its hardware address: what this machine says itself is not a client's.
    pub own_mac: Mac,
    /// Phones that are expected; the pool has two addresses for each.
    pub phones: usize,
    /// Phones that are known beforehand: each has an address that nobody else gets.
    pub listed: Vec<Mac>,
    /// Who is a phone.
    pub clients: Clients,
    /// Hours after which it ends, at most [`super::MAX_HOURS`].
    pub hours: u32,
    /// What a phone calls itself, for the question to other servers.
    pub vendor_class: String,
}

/// Something for the server.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A datagram that came to port 67 or 68.
    Packet {
        /// Who sent it.
        from: SocketAddrV4,
        /// What it holds.
        octets: &'a [u8],
    },
    /// The neighbour table, after [`Output::ReadNeighbours`]. Empty if it cannot be read.
    Neighbours(&'a [(Ipv4Addr, Mac)]),
    /// Somebody lets this client in.
    LetIn(Mac),
    /// Time has passed.
    Timeout,
}

/// Which of its ports a packet leaves from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Port 67.
    Server,
    /// Port 68: the question to other servers, whose answers are broadcast to that port.
    Client,
}

/// Something for the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Send {
        /// From which port.
        from: Side,
        /// Where it goes; 255.255.255.255 is everybody on the bench.
        to: SocketAddrV4,
        /// What it holds.
        octets: Vec<u8>,
    },
    /// Send any datagram to this address, so that the system asks who has it.
    Knock(Ipv4Addr),
    /// Read the neighbour table, and feed [`Input::Neighbours`].
    ReadNeighbours,
}
