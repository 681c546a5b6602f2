//! Sending, several packets in one call, and what becomes of it when the system does not take a packet: a full buffer passes within milliseconds
//! and the packet waits for it; anything else is told, and the packet is lost as any datagram may be.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use super::driver::Port;
use crate::platform::datagrams::{Datagram, TOGETHER};
use crate::tftp::{Channel, Route};

/// How soon a full buffer is tried again: at 100 Mbit/s a hundred blocks have left it.
pub(super) const RETRY: Duration = Duration::from_millis(1);
/// Packets that wait for room in one socket's buffer; more are lost. At most 1.5 MB where blocks fit the network.
const WAITING: usize = 1_024;
/// A packet that waited longer is of no use: the timer has repeated it by now.
const STALE: Duration = Duration::from_millis(100);
/// The same kind of trouble is told once until there was none for so long.
const QUIET: Duration = Duration::from_secs(10);
/// Windows' number for a full buffer (`WSAENOBUFS`), and that of the BSDs and macOS; Linux has 105.
const NO_BUFFERS: i32 = if cfg!(windows) {
    10_055
} else if cfg!(target_os = "linux") {
    105
} else {
    55
};

struct Waiting {
    since: Instant,
    datagram: [Datagram; 1],
}

/// What is not sent yet.
pub(super) struct Outgoing {
    /// Packets that go out together, from one socket. Beyond `laid` are only buffers to be used again.
    together: Vec<Datagram>,
    laid: usize,
    channel: Channel,
    /// What found a full buffer, socket by socket.
    waiting: Vec<VecDeque<Waiting>>,
    is_waiting: bool,
    troubled: Option<Instant>,
}

impl Outgoing {
    pub(super) fn new(sockets: usize) -> Self {
        Self {
            together: Vec::with_capacity(TOGETHER),
            laid: 0,
            channel: Channel::REQUESTS,
            waiting: (0..sockets).map(|_| VecDeque::new()).collect(),
            is_waiting: false,
            troubled: None,
        }
    }

    /// Whether [`Self::retry`] has something to do.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Whether a packet may be put to those that go out together: there is room, and it leaves from the same socket.
    pub(super) fn takes(&self, route: Route) -> bool {
        self.laid == 0 || (self.channel == route.channel && self.laid < TOGETHER)
    }

    /// Take the packet for the next [`Self::flush`], and leave an empty buffer in its place. Only if it
    /// [`takes`](Self::takes) it.
    pub(super) fn put(&mut self, route: Route, packet: &mut Vec<u8>) {
        self.channel = route.channel;
        if self.laid == self.together.len() {
            self.together.push((route.peer, Vec::with_capacity(packet.len())));
        }
        let (to, octets) = &mut self.together[self.laid];
        *to = route.peer;
        std::mem::swap(octets, packet);
        self.laid += 1;
    }

    /// Send what was put together, or let it wait. Answers with a sentence for the technician if something is wrong
    /// that was not told yet.
    pub(super) fn flush(&mut self, now: Instant, ports: &[impl Port]) -> Option<String> {
        let laid = std::mem::take(&mut self.laid);
        let socket = usize::from(self.channel.0);
        let port = ports.get(socket)?;
        let (mut sent, mut told) = (0, None);
        while sent < laid {
            // Packets to one phone must not overtake each other.
            if self.is_waiting && !self.waiting[socket].is_empty() {
                self.wait(now, socket, sent..laid);
                break;
            }
            match port.send(&self.together[sent..laid]) {
                Ok(some) => sent += some,
                Err(error) if is_full(&error) => {
                    self.wait(now, socket, sent..laid);
                    break;
                }
                Err(error) => {
                    let peer = self.together[sent].0;
                    told = self.trouble(now, peer, &error).or(told);
                    sent += 1;
                }
            }
        }
        told
    }

    /// Try again what waits.
    #[cold]
    pub(super) fn retry(&mut self, now: Instant, ports: &[impl Port]) {
        self.is_waiting = false;
        for (waiting, port) in self.waiting.iter_mut().zip(ports) {
            while let Some(first) = waiting.front() {
                let stale = now.saturating_duration_since(first.since) > STALE;
                let full = !stale && port.send(&first.datagram).is_err_and(|error| is_full(&error));
                if full {
                    self.is_waiting = true;
                    break;
                }
                waiting.pop_front();
            }
        }
    }

    #[cold]
    fn wait(&mut self, now: Instant, socket: usize, which: Range<usize>) {
        self.is_waiting = true;
        for (to, octets) in &mut self.together[which] {
            if self.waiting[socket].len() < WAITING {
                let datagram = [(*to, std::mem::take(octets))];
                self.waiting[socket].push_back(Waiting { since: now, datagram });
            }
        }
    }

    #[cold]
    fn trouble(&mut self, now: Instant, peer: SocketAddr, error: &io::Error) -> Option<String> {
        tracing::debug!(%error, %peer, "sending");
        // Windows reports here that an earlier datagram found nobody.
        if error.kind() == io::ErrorKind::ConnectionReset || error.kind() == io::ErrorKind::ConnectionRefused
        {
            return None;
        }
        let last = self.troubled.replace(now);
        let is_new = last.is_none_or(|last| now.saturating_duration_since(last) >= QUIET);
        is_new.then(|| format!("sending to {} does not work: {error}", peer.ip()))
    }
}

fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(NO_BUFFERS)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;
    use crate::tftp::Channel;

    /// A port that answers as it is told, and keeps what it took.
    #[derive(Default)]
    struct Port1 {
        error: Cell<Option<i32>>,
        /// Packets that it takes before its buffer is full; no bound if `None`.
        room: Cell<Option<usize>>,
        took: RefCell<Vec<u8>>,
    }

    impl Port for Port1 {
        fn receive(&self, _: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
            Err(io::ErrorKind::WouldBlock.into())
        }

        fn send(&self, datagrams: &[Datagram]) -> io::Result<usize> {
            if let Some(error) = self.error.get() {
                return Err(io::Error::from_raw_os_error(error));
            }
            let room = self.room.get().unwrap_or(usize::MAX).min(datagrams.len());
            if room == 0 {
                return Err(io::Error::from_raw_os_error(NO_BUFFERS));
            }
            self.room.set(self.room.get().map(|room| room.saturating_sub(datagrams.len())));
            self.took.borrow_mut().extend(datagrams[..room].iter().map(|(_, octets)| octets[0]));
            Ok(room)
        }
    }

    fn route() -> Route {
        Route { channel: Channel(0), peer: SocketAddr::from(([10, 1, 1, 1], 4000)) }
    }

    fn send(outgoing: &mut Outgoing, now: Instant, ports: &[Port1], first_octet: u8) -> Option<String> {
        outgoing.put(route(), &mut vec![first_octet]);
        outgoing.flush(now, ports)
    }

    #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
    fn origin() -> Instant {
        Instant::now()
    }

    #[test]
    fn a_full_buffer_delays_packets_and_keeps_their_order() {
        let (now, port) = (origin(), [Port1::default()]);
        let mut outgoing = Outgoing::new(1);
        port[0].error.set(Some(NO_BUFFERS));
        assert_eq!(send(&mut outgoing, now, &port, 1), None);
        outgoing.retry(now, &port);
        assert!(outgoing.is_waiting());
        port[0].error.set(None);
        assert_eq!(send(&mut outgoing, now, &port, 2), None);
        assert!(port[0].took.borrow().is_empty(), "the second must not overtake the first");
        outgoing.retry(now, &port);
        assert_eq!(*port[0].took.borrow(), [1, 2]);
        assert!(!outgoing.is_waiting());
    }

    #[test]
    fn a_buffer_that_stays_full_holds_no_more_than_promised_and_forgets_what_is_stale() {
        let (now, port) = (origin(), [Port1::default()]);
        let mut outgoing = Outgoing::new(1);
        port[0].error.set(Some(NO_BUFFERS));
        for _ in 0..3 * WAITING {
            assert_eq!(send(&mut outgoing, now, &port, 1), None);
        }
        assert_eq!(outgoing.waiting[0].len(), WAITING);
        outgoing.retry(now + STALE * 2, &port);
        assert!(!outgoing.is_waiting() && outgoing.waiting[0].is_empty());
    }

    #[test]
    fn a_dead_network_is_told_once_until_it_was_well_for_a_while() {
        let (now, port) = (origin(), [Port1::default()]);
        let mut outgoing = Outgoing::new(1);
        let unreachable = if cfg!(windows) { 10_051 } else { 101 };
        port[0].error.set(Some(unreachable));
        let mut told = 0;
        for n in 0..1000 {
            // Others still get their packets meanwhile.
            port[0].error.set((n % 2 == 0).then_some(unreachable));
            let at = now + Duration::from_millis(n * 20);
            told += usize::from(send(&mut outgoing, at, &port, 1).is_some());
        }
        assert_eq!(told, 1);
        port[0].error.set(Some(unreachable));
        let told = send(&mut outgoing, now + Duration::from_secs(60), &port, 1);
        assert!(told.is_some_and(|text| text.contains("10.1.1.1")));
    }

    #[test]
    fn packets_put_together_keep_their_order_when_the_buffer_takes_only_some() {
        let (now, port) = (origin(), [Port1::default()]);
        let mut outgoing = Outgoing::new(1);
        port[0].room.set(Some(2));
        for n in 1..=5 {
            assert!(outgoing.takes(route()));
            outgoing.put(route(), &mut vec![n]);
        }
        assert_eq!(outgoing.flush(now, &port), None);
        assert_eq!(send(&mut outgoing, now, &port, 6), None);
        port[0].room.set(None);
        outgoing.retry(now, &port);
        assert_eq!(*port[0].took.borrow(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn no_more_are_put_together_than_go_out_at_once_and_none_of_another_socket() {
        let mut outgoing = Outgoing::new(2);
        let other = Route { channel: Channel(1), ..route() };
        for _ in 0..TOGETHER {
            assert!(outgoing.takes(route()));
            outgoing.put(route(), &mut vec![1]);
            assert!(!outgoing.takes(other));
        }
        assert!(!outgoing.takes(route()));
        assert_eq!(outgoing.flush(origin(), &[Port1::default(), Port1::default()]), None);
        assert!(outgoing.takes(other));
    }
}
