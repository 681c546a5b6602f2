//! The driver of simulated phones: real UDP from this machine to a server on it, one thread for all of them.
//!
//! Each transfer of each phone has a socket of its own, as real phones take a fresh port for each file. Loss is thrown
//! by seeded dice on the way out and on the way in, before the phone sees anything of it.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use tokio::sync::oneshot;

use super::naming::Naming;
use crate::platform::clock;
use crate::rehearsal::{Destination, Input, SimPhone};

const WAKER: Token = Token(usize::MAX);
const DATAGRAM: usize = 65_536;

/// Which simulated phone is behind a port of this machine, by the address that the phone would have on a network.
///
/// All phones of a rehearsal share the loopback address: not every system lets a program have others.
#[derive(Debug, Default)]
pub struct Ports(RwLock<HashMap<u16, IpAddr>>);

impl Naming for Ports {
    fn phone(&self, peer: SocketAddr) -> IpAddr {
        let ports = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ports.get(&peer.port()).copied().unwrap_or(peer.ip())
    }
}

impl Ports {
    fn set(&self, port: u16, phone: IpAddr) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(port, phone);
    }
}

/// Phones that are being played. Dropping it ends the play.
#[derive(Debug)]
pub struct Players {
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
}

impl Players {
    /// Let `phones` play against the server at `server`, with `loss` (0 to 1) of all packets lost in each direction.
    ///
    /// The receiver gets the phones back once all of them are through.
    pub fn start(
        phones: Vec<SimPhone>,
        server: SocketAddrV4,
        loss: f64,
        seed: u64,
        ports: Arc<Ports>,
    ) -> io::Result<(Self, oneshot::Receiver<Vec<SimPhone>>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let stop = Arc::new(AtomicBool::new(false));
        let (through, receiver) = oneshot::channel();
        let mut stage = Stage {
            sockets: phones.iter().map(|_| Vec::new()).collect(),
            left: Vec::new(),
            phones,
            server,
            loss,
            dice: fastrand::Rng::with_seed(seed),
            ports,
            poll,
            stop: Arc::clone(&stop),
        };
        let thread = thread::Builder::new().name("phones".into()).spawn(move || {
            match stage.play() {
                // The rehearsal may be over already.
                Ok(()) => drop(through.send(stage.phones)),
                Err(error) => tracing::error!(%error, "the simulated phones cannot go on"),
            }
        })?;
        Ok((Self { stop, waker, thread: Some(thread) }, receiver))
    }
}

impl Drop for Players {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.waker.wake().is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

struct Stage {
    phones: Vec<SimPhone>,
    /// Each phone's open sockets, by the ordinals that the phone gave them: the transfer that runs, and those whose
    /// last ACK may have to be repeated.
    sockets: Vec<Vec<(u32, UdpSocket)>>,
    /// Those of phones that are gone without a word. Nobody reads them, but as long as they are here no other phone
    /// gets their ports, to which the server still speaks: a request from there would end the old transfer.
    left: Vec<UdpSocket>,
    server: SocketAddrV4,
    loss: f64,
    dice: fastrand::Rng,
    ports: Arc<Ports>,
    poll: Poll,
    stop: Arc<AtomicBool>,
}

impl Stage {
    fn play(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(self.phones.len().clamp(16, 1024));
        let mut inbox = vec![0; DATAGRAM];
        let mut outbox = Vec::with_capacity(600);
        let mut next_deadline = None;
        for index in 0..self.phones.len() {
            self.step_time(index, clock::now(), &mut outbox)?;
        }
        loop {
            let now = clock::now();
            if next_deadline.is_none_or(|at| at <= now) {
                next_deadline = None;
                let mut all_done = true;
                for index in 0..self.phones.len() {
                    if self.phones[index].deadline().is_some_and(|at| at <= now) {
                        self.step_time(index, now, &mut outbox)?;
                    }
                    all_done &= self.phones[index].done();
                    next_deadline = earliest(next_deadline, self.phones[index].deadline());
                }
                if all_done {
                    return Ok(());
                }
            }
            let wait = next_deadline.map(|at| at.saturating_duration_since(clock::now()));
            match self.poll.poll(&mut events, wait) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            for event in &events {
                let Token(index) = event.token();
                if index < self.phones.len() {
                    self.receive(index, &mut inbox, &mut outbox)?;
                    next_deadline = earliest(next_deadline, self.phones[index].deadline());
                    if self.phones[index].done() {
                        next_deadline = None; // look at once whether all are
                    }
                }
            }
        }
    }

    fn step_time(&mut self, index: usize, now: Instant, outbox: &mut Vec<u8>) -> io::Result<()> {
        self.phones[index].handle(now, Input::Timeout);
        self.send(index, outbox)
    }

    fn receive(&mut self, index: usize, inbox: &mut [u8], outbox: &mut Vec<u8>) -> io::Result<()> {
        let mut nth = 0;
        // The phone may open and close sockets while it answers, so look them up for each datagram.
        while let Some((socket, udp)) = self.sockets[index].get(nth) {
            let (socket, received) = (*socket, udp.recv_from(inbox));
            match received {
                Ok((octets, from)) => {
                    if self.dice.f64() < self.loss {
                        continue;
                    }
                    let input = Input::Datagram { socket, from_port: from.port(), octets: &inbox[..octets] };
                    self.phones[index].handle(clock::now(), input);
                    self.send(index, outbox)?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => nth += 1,
                // Windows reports an earlier datagram's "port unreachable" here.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn send(&mut self, index: usize, outbox: &mut Vec<u8>) -> io::Result<()> {
        while let Some(transmit) = self.phones[index].poll_transmit(outbox) {
            let nth = self.open(index, transmit.socket)?;
            if self.dice.f64() < self.loss {
                continue;
            }
            let port = match transmit.to {
                Destination::Request => self.server.port(),
                Destination::Port(port) => port,
            };
            // A datagram that the system does not take is lost like any other.
            let to = SocketAddr::from((*self.server.ip(), port));
            if let Err(error) = self.sockets[index][nth].1.send_to(outbox, to) {
                tracing::debug!(%error, "a simulated phone's packet was not sent");
            }
        }
        self.close(index)
    }

    /// The place of the phone's socket with this ordinal, which is opened if it is new.
    fn open(&mut self, index: usize, ordinal: u32) -> io::Result<usize> {
        if let Some(nth) = self.sockets[index].iter().position(|(open, _)| *open == ordinal) {
            return Ok(nth);
        }
        // Against a server elsewhere each phone speaks from an address of its own, which this machine has to have.
        let is_here = self.server.ip().is_loopback();
        let own = if is_here { Ipv4Addr::LOCALHOST.into() } else { self.phones[index].address() };
        let mut udp = UdpSocket::bind(SocketAddr::from((own, 0)))?;
        self.poll.registry().register(&mut udp, Token(index), Interest::READABLE)?;
        self.ports.set(udp.local_addr()?.port(), self.phones[index].address());
        self.sockets[index].push((ordinal, udp));
        Ok(self.sockets[index].len() - 1)
    }

    /// Close what the phone has closed, and keep what it went away from.
    fn close(&mut self, index: usize) -> io::Result<()> {
        let phone = &self.phones[index];
        let mut nth = 0;
        while nth < self.sockets[index].len() {
            if phone.is_open(self.sockets[index][nth].0) {
                nth += 1;
            } else {
                let (ordinal, mut closed) = self.sockets[index].swap_remove(nth);
                self.poll.registry().deregister(&mut closed)?;
                if phone.has_left(ordinal) {
                    self.left.push(closed);
                }
            }
        }
        Ok(())
    }
}

fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fleet::Mac;
    use crate::rehearsal::{Character, End, Temperament, Tempo};

    const PATIENCE: Duration = Duration::from_secs(20);

    fn mute(now: Instant) -> SimPhone {
        let who = Character {
            model: "7945G".into(),
            default_load_file: "term45.default.loads".into(),
            mac: Mac([0x02, 0x79, 0, 0, 0, 1]),
            addresses: [Ipv4Addr::new(10, 20, 0, 10).into(); 2],
            temperament: Temperament::Mute,
        };
        SimPhone::new(now, who, Tempo::LIFE, 1)
    }

    #[test]
    fn nobody_gets_the_port_of_a_phone_that_is_gone_while_the_server_speaks_to_it() {
        let server = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        server.set_read_timeout(Some(PATIENCE)).unwrap();
        let SocketAddr::V4(address) = server.local_addr().unwrap() else { panic!("an address of IPv4") };
        let mut stage = Stage {
            phones: vec![mute(clock::now())],
            sockets: vec![Vec::new()],
            left: Vec::new(),
            server: address,
            loss: 0.0,
            dice: fastrand::Rng::with_seed(1),
            ports: Arc::default(),
            poll: Poll::new().unwrap(),
            stop: Arc::default(),
        };
        let (mut inbox, mut outbox) = (vec![0; DATAGRAM], Vec::new());
        while let Some(at) = stage.phones[0].deadline()
            && stage.phones[0].asked().is_empty()
        {
            stage.step_time(0, at, &mut outbox).unwrap();
        }
        let (_, phone) = server.recv_from(&mut inbox).unwrap();
        server.send_to(&[0, 3, 0, 1, b'x'], phone).unwrap();
        let mut events = Events::with_capacity(8);
        while stage.phones[0].end().is_none() {
            stage.poll.poll(&mut events, Some(PATIENCE)).unwrap();
            assert!(!events.is_empty(), "the first block did not come within {PATIENCE:?}");
            stage.receive(0, &mut inbox, &mut outbox).unwrap();
        }
        assert_eq!(stage.phones[0].end(), Some(&End::Mute));
        assert!(stage.sockets[0].is_empty(), "it is not read any more");
        let taken = std::net::UdpSocket::bind(phone).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
