//! The driver of the TFTP endpoint: one thread, one readiness loop. It receives, steps the state machine and sends,
//! without a task, a queue or a copy per packet, and never waits for the screen.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use tokio::sync::mpsc::UnboundedSender;

use super::super::bind;
use super::super::presence::{Change, Presence};
use super::outgoing::{Outgoing, RETRY};
use super::{FromWire, StartError};
use crate::platform::clock;
use crate::platform::datagrams::{Datagram, send_together};
use crate::tftp::{Channel, Endpoint, Route};

/// Datagrams taken from one socket before the others have their turn.
const BATCH: usize = 64;
/// First answers to requests, and refusals, that go out before the sockets have their turn again. Fewer than a batch:
/// a burst of requests is taken in before it is answered, so that it does not overflow the buffer, and a phone that
/// is loading waits for a fraction of a millisecond even in a flood.
const FIRST_ANSWERS: usize = 16;
/// Requests that were answered and not told are summed up this often at the most.
const UNTOLD_EVERY: Duration = Duration::from_secs(60);
/// Larger than any UDP datagram.
const DATAGRAM: usize = 65_536;
/// Errors in a row after which a socket is left alone for [`RECOVERY`].
const PATIENCE_WITH_ERRORS: usize = 16;
/// Pause before a socket that only yields errors is tried again.
const RECOVERY: Duration = Duration::from_millis(200);

/// A UDP port, or what a test puts in its place.
pub(super) trait Port {
    /// Take the next datagram without waiting.
    fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)>;
    /// Send datagrams in their order, without waiting: how many went out, or what the first one met.
    fn send(&self, datagrams: &[Datagram]) -> io::Result<usize>;
}

impl Port for UdpSocket {
    fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.recv_from(buffer)
    }

    fn send(&self, datagrams: &[Datagram]) -> io::Result<usize> {
        send_together(self, datagrams)
    }
}

/// What the server's thread owns.
pub(super) struct Driver {
    endpoint: Endpoint,
    sockets: Vec<UdpSocket>,
    /// Sockets that may hold more than was read.
    readable: Vec<bool>,
    poll: Poll,
    events: UnboundedSender<FromWire>,
    stop: Arc<AtomicBool>,
    inbox: Vec<u8>,
    /// The packet that is being written.
    outbox: Vec<u8>,
    /// Whether a socket was left alone because it only yields errors.
    ailing: bool,
    outgoing: Outgoing,
    /// When it was last said that not all requests are told.
    untold_since: Option<Instant>,
    /// Whether the machine still has the address.
    presence: Presence,
    /// Where the sockets are bound, to open them again once the address is back.
    ports: Vec<SocketAddr>,
}

impl Driver {
    /// A driver of these sockets, which are in `poll` under their index. The first takes requests.
    pub(super) fn new(
        endpoint: Endpoint,
        sockets: Vec<UdpSocket>,
        poll: Poll,
        events: UnboundedSender<FromWire>,
        stop: Arc<AtomicBool>,
        presence: Presence,
        ports: Vec<SocketAddr>,
    ) -> Self {
        Self {
            endpoint,
            // A fresh socket may hold something before the first wake-up: read each once.
            readable: vec![true; sockets.len()],
            outgoing: Outgoing::new(sockets.len()),
            sockets,
            poll,
            events,
            stop,
            inbox: vec![0; DATAGRAM],
            outbox: Vec::new(),
            ailing: false,
            untold_since: None,
            presence,
            ports,
        }
    }

    /// Tell the session something.
    pub(super) fn say(&self, what: FromWire) {
        // Nobody listens any more only if the session is over: then the server is about to be stopped.
        let _ = self.events.send(what);
    }

    /// Serve until it is told to stop. `Err` if the system cannot wait for packets any more.
    pub(super) fn run(&mut self) -> io::Result<()> {
        let mut ready = Events::with_capacity(self.sockets.len() + 1);
        loop {
            let now = clock::now();
            if self.endpoint.deadline().is_some_and(|at| at <= now) {
                self.endpoint.timeout(now);
                self.send_to_phones(now);
                self.flush(now);
            }
            self.see_presence(now);
            for index in 0..self.sockets.len() {
                if self.readable[index] {
                    self.receive(index);
                }
            }
            if self.outgoing.is_waiting() {
                self.outgoing.retry(now, &self.sockets);
            }
            self.send_first_answers();
            self.tell(now);
            let busy = self.endpoint.has_more() || self.readable.contains(&true);
            let wait = if busy { Some(Duration::ZERO) } else { self.wait() };
            match self.poll.poll(&mut ready, wait) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            if std::mem::take(&mut self.ailing) {
                self.readable.fill(true);
            }
            for event in &ready {
                if let Some(readable) = self.readable.get_mut(event.token().0) {
                    *readable = true;
                }
            }
        }
    }

    fn wait(&self) -> Option<Duration> {
        let until_deadline = self.endpoint.deadline().map(|at| at.saturating_duration_since(clock::now()));
        let recovery = self.ailing.then_some(RECOVERY);
        let retry = self.outgoing.is_waiting().then_some(RETRY);
        let look = self.presence.due(clock::now());
        until_deadline.into_iter().chain(recovery).chain(retry).chain(look).min()
    }

    /// Stop when the address leaves the machine, and open the same ports again when it is back: a system may have
    /// dropped what was bound to it. Transfers live on, so a phone that still repeats its packet goes on where it was.
    fn see_presence(&mut self, now: Instant) {
        let told = match self.presence.look(now) {
            None => return,
            Some(Change::Away(away)) => FromWire::Away(now, away),
            Some(Change::Back) => match self.reopen() {
                Ok(()) => FromWire::Back(now, self.presence.address()),
                Err(error) => {
                    tracing::debug!(%error, "the ports are not to be had yet");
                    self.sockets.clear();
                    self.readable.clear();
                    self.presence.not_yet();
                    return;
                }
            },
        };
        self.say(told);
    }

    fn reopen(&mut self) -> Result<(), StartError> {
        self.sockets.clear();
        self.readable.clear();
        for (index, port) in self.ports.iter().enumerate() {
            let SocketAddr::V4(port) = port else { continue };
            let mut socket = bind::open(*port)?;
            self.poll.registry().register(&mut socket, Token(index), Interest::READABLE)?;
            self.sockets.push(socket);
            self.readable.push(true);
        }
        self.outgoing = Outgoing::new(self.sockets.len());
        Ok(())
    }

    /// Take in what one socket holds, a batch at the most. What phones wait for goes out together, since a call for
    /// each block costs more than the rest of the step; but the first of a batch goes at once, for it may be alone.
    fn receive(&mut self, index: usize) {
        let channel = Channel(u16::try_from(index).expect("a handful of sockets"));
        let mut errors = 0;
        for nth in 0..BATCH {
            match self.sockets[index].receive(&mut self.inbox) {
                Ok((octets, peer)) => {
                    let now = clock::now();
                    self.endpoint.receive(now, Route { channel, peer }, &self.inbox[..octets]);
                    self.send_to_phones(now);
                    if nth == 0 {
                        self.flush(now);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.readable[index] = false;
                    break;
                }
                // Windows reports an earlier datagram's "port unreachable" here; other systems may report a lost
                // network. Neither says anything about the next datagram.
                Err(error) => {
                    tracing::debug!(%error, port = index, "receiving");
                    errors += 1;
                    if errors == PATIENCE_WITH_ERRORS {
                        self.readable[index] = false;
                        self.ailing = true;
                        break;
                    }
                }
            }
        }
        self.flush(clock::now());
    }

    fn send_to_phones(&mut self, now: Instant) {
        while let Some(route) = self.endpoint.poll_phones(now, &mut self.outbox) {
            self.put(now, route);
        }
    }

    fn send_first_answers(&mut self) {
        if !self.endpoint.has_more() {
            return;
        }
        let now = clock::now();
        for _ in 0..FIRST_ANSWERS {
            let Some(route) = self.endpoint.poll_transmit(now, &mut self.outbox) else { break };
            self.put(now, route);
        }
        self.flush(now);
    }

    /// Hand over what the session should know, without waiting for it.
    fn tell(&mut self, now: Instant) {
        while let Some(event) = self.endpoint.poll_event() {
            self.say(FromWire::Event(now, event));
        }
        if self.untold_since.is_none_or(|since| now.saturating_duration_since(since) >= UNTOLD_EVERY) {
            let untold = self.endpoint.untold();
            if untold > 0 {
                self.untold_since = Some(now);
                let text = format!(
                    "something floods the TFTP port: {untold} requests were answered and are not on record; phones go on loading"
                );
                self.say(FromWire::Trouble(now, text));
            }
        }
    }

    /// Lay the packet in the outbox to those that go out together.
    fn put(&mut self, now: Instant, route: Route) {
        // While the address is away everything is lost, as any datagram may be.
        if self.presence.is_away() || usize::from(route.channel.0) >= self.sockets.len() {
            return;
        }
        if !self.outgoing.takes(route) {
            self.flush(now);
        }
        self.outgoing.put(route, &mut self.outbox);
    }

    /// Send what was laid together. What the system does not take in time is lost, as any datagram may be: the timer
    /// repeats it.
    fn flush(&mut self, now: Instant) {
        if let Some(trouble) = self.outgoing.flush(now, &self.sockets) {
            self.say(FromWire::Trouble(now, trouble));
        }
    }
}
