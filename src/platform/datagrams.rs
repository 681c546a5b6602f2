//! Several datagrams for different receivers in one call, where the system has such a call (Linux: `sendmmsg`).

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;

/// Datagrams that [`send_together`] takes at once; with more, the first so many go out.
pub const TOGETHER: usize = 16;

/// A datagram and where it goes.
pub type Datagram = (SocketAddr, Vec<u8>);

/// Send datagrams in their order, without waiting. Answers how many went out, at least one.
///
/// # Errors
///
/// What the system says of the first datagram, if that did not go out. A later one's trouble shows when it is the first.
pub fn send_together(socket: &UdpSocket, datagrams: &[Datagram]) -> io::Result<usize> {
    match datagrams {
        [] => Ok(0),
        [(to, octets)] => socket.send_to(octets, *to).map(|_| 1),
        several => system::send(socket, &several[..several.len().min(TOGETHER)]),
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::array;
    use std::io::{self, IoSlice};

    use mio::net::UdpSocket;
    use rustix::net::addr::SocketAddrArg as _;
    use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, sendmmsg};

    use super::{Datagram, TOGETHER};

    /// All that the call needs lies on the stack; places beyond the last datagram repeat it and are not handed over.
    pub(super) fn send(socket: &UdpSocket, datagrams: &[Datagram]) -> io::Result<usize> {
        let at = |place: usize| &datagrams[place.min(datagrams.len() - 1)];
        let receivers = array::from_fn::<_, TOGETHER, _>(|place| at(place).0.as_any());
        let octets = array::from_fn::<_, TOGETHER, _>(|place| [IoSlice::new(&at(place).1)]);
        let mut controls = array::from_fn::<_, TOGETHER, _>(|_| SendAncillaryBuffer::default());
        let mut rest = controls.iter_mut();
        let mut messages = array::from_fn::<_, TOGETHER, _>(|place| {
            let control = rest.next().expect("as many as there are places");
            MMsgHdr::new_with_addr(&receivers[place], &octets[place], control)
        });
        Ok(sendmmsg(socket, &mut messages[..datagrams.len()], SendFlags::empty())?)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    use mio::net::UdpSocket;

    use super::Datagram;

    pub(super) fn send(socket: &UdpSocket, datagrams: &[Datagram]) -> io::Result<usize> {
        for (sent, (to, octets)) in datagrams.iter().enumerate() {
            match socket.send_to(octets, *to) {
                Ok(_) => {}
                Err(error) if sent == 0 => return Err(error),
                Err(_) => return Ok(sent),
            }
        }
        Ok(datagrams.len())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    fn here() -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
    }

    #[test]
    fn each_datagram_reaches_its_own_receiver() {
        let phones = [(); TOGETHER].map(|()| std::net::UdpSocket::bind(here()).unwrap());
        let sender = UdpSocket::bind(here()).unwrap();
        let datagrams: Vec<Datagram> = (0_u8..)
            .zip(&phones)
            .map(|(n, phone)| (phone.local_addr().unwrap(), vec![n; 1 + usize::from(n)]))
            .collect();
        for wanted in [1, 2, TOGETHER] {
            assert_eq!(send_together(&sender, &datagrams[..wanted]).unwrap(), wanted);
            for (phone, (_, octets)) in phones.iter().zip(&datagrams[..wanted]) {
                phone.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                let mut inbox = [0; 64];
                let got = phone.recv(&mut inbox).unwrap();
                assert_eq!(inbox[..got], octets[..]);
            }
        }
    }

    #[test]
    fn one_that_cannot_go_out_stops_those_behind_it_and_is_told_when_it_is_the_first() {
        let sender = UdpSocket::bind(here()).unwrap();
        let target = std::net::UdpSocket::bind(here()).unwrap();
        let to = target.local_addr().unwrap();
        let too_long = vec![0; 70_000];
        let datagrams = [(to, vec![1]), (to, too_long), (to, vec![3])];
        assert_eq!(send_together(&sender, &datagrams).unwrap(), 1);
        assert!(send_together(&sender, &datagrams[1..]).is_err());
        assert_eq!(send_together(&sender, &datagrams[2..]).unwrap(), 1);
    }
}
