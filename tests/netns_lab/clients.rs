//! Who else holds port 68 on the laptop: sockets that are held as DHCP clients hold theirs.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

use super::{LAPTOP, Lab};

/// A stand-in for a DHCP client, by the way in which it holds its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Like systemd-networkd and `NetworkManager`: shared, at the card's address, tied to the card.
    TiedToTheCard,
    /// Like dhcpcd: shared, at the card's address.
    AtTheAddress,
    /// Like dhclient: shared, at all addresses.
    AtAllAddresses,
    /// A client that shares with nobody.
    Selfish,
}

impl Lab {
    /// Hold a port on the laptop until what comes back is dropped.
    pub(crate) fn hold(&self, holder: Holder, port: u16) -> Socket {
        self.at("lap", move || {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
            socket.set_reuse_address(holder != Holder::Selfish).unwrap();
            if holder == Holder::TiedToTheCard {
                socket.bind_device(Some(b"eth0")).unwrap();
            }
            let own: Ipv4Addr = LAPTOP.parse().unwrap();
            let address = match holder {
                Holder::TiedToTheCard | Holder::AtTheAddress => own,
                Holder::AtAllAddresses | Holder::Selfish => Ipv4Addr::UNSPECIFIED,
            };
            socket.bind(&SocketAddr::from((address, port)).into()).unwrap();
            socket
        })
    }
}
