//! The driver of the TFTP endpoint: one thread, one readiness loop. It receives, steps the state machine and sends,
//! without a task, a queue or a copy per packet, and never waits for the screen.
//!
//! All transfers share a small pool of sockets beside the request port. A transfer is known by its socket and the
//! phone's address, so each keeps a transfer id of its own (RFC 1350 section 4), while one wake-up serves every
//! phone that has spoken meanwhile: two system calls a block, and no socket per phone that a flood could use up.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::bind::{self, BindError};
use super::presence::{Away, Change, Presence};
use crate::dhcp::bench;
use crate::firmware::Bundle;
use crate::platform::clock;
use crate::tftp::{Channel, Endpoint, Event, Route, Settings, Willing};

/// Sockets that transfers are spread over. Each buffers some hundred ACKs even where the system is stingy; more sockets
/// would cost more wake-ups for the same ACKs (measured: 16 are a tenth slower with 50 phones).
const TRANSFER_PORTS: u16 = 4;
/// Datagrams taken from one socket before the others have their turn.
const BATCH: usize = 64;
/// Requests taken in before the first of them is answered, so that a burst does not overflow the buffer.
const REQUEST_BATCH: usize = 2048;
/// Larger than any UDP datagram.
const DATAGRAM: usize = 65_536;
/// Errors in a row after which a socket is left alone for [`RECOVERY`].
const PATIENCE_WITH_ERRORS: usize = 16;
/// Pause before a socket that only yields errors is tried again.
const RECOVERY: Duration = Duration::from_millis(200);
const WAKER: Token = Token(usize::MAX);

/// Where and how to serve.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The address that phones ask; answers leave from it.
    pub address: Ipv4Addr,
    /// The port that phones ask: 69. With 0 the system picks one, for tests and rehearsals.
    pub port: u16,
    /// Answers leave from the request port too, for firewalls that open nothing else.
    pub single_port: bool,
    /// What may be granted to requests with options.
    pub willing: Willing,
}

/// What the driver tells the session.
#[derive(Debug)]
pub enum FromWire {
    /// A protocol event and when it happened.
    Event(Instant, Event),
    /// Sending does not work at the moment (the cable, the address): said once until it works again.
    Trouble(Instant, String),
    /// The address left this machine: nobody is served until it is back.
    Away(Instant, Away),
    /// The address is back, and phones are served again.
    Back(Instant, Ipv4Addr),
    /// The bench's DHCP server, which tells by the same way.
    Dhcp(Instant, bench::Event),
    /// It has ended by a fault of its own; files are served on.
    DhcpEnded(Instant, String),
    /// The driver has ended by a fault of its own; nothing is served any more.
    Stopped(String),
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddrV4,
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
    thread: Option<JoinHandle<()>>,
    news: UnboundedSender<FromWire>,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port could not be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system gave no readiness queue or thread.
    #[error("the system does not let the server start: {0}")]
    System(#[from] io::Error),
}

impl crate::error::Advice for StartError {
    fn code(&self) -> &'static str {
        match self {
            Self::Bind(error) => error.code(),
            Self::System(_) => "server-not-started",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Bind(error) => error.advice(),
            Self::System(_) => vec!["Close other programs and start again.".into()],
        }
    }
}

impl Server {
    /// Open the ports and start serving `bundle`. Events arrive at the receiver until the server is dropped.
    pub fn start(
        bundle: Arc<Bundle>,
        options: Options,
    ) -> Result<(Self, UnboundedReceiver<FromWire>), StartError> {
        let request_port = bind::open(SocketAddrV4::new(options.address, options.port))?;
        let SocketAddr::V4(address) = request_port.local_addr()? else {
            return Err(io::Error::other("an IPv4 socket has an IPv6 address").into());
        };
        let transfer_ports = if options.single_port { 0 } else { TRANSFER_PORTS };
        let mut sockets = vec![request_port];
        for _ in 0..transfer_ports {
            sockets.push(bind::open(SocketAddrV4::new(options.address, 0))?);
        }
        let ports = sockets.iter().map(UdpSocket::local_addr).collect::<io::Result<_>>()?;

        let poll = Poll::new()?;
        for (index, socket) in sockets.iter_mut().enumerate() {
            poll.registry().register(socket, Token(index), Interest::READABLE)?;
        }
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let stop = Arc::new(AtomicBool::new(false));
        let (events, receiver) = unbounded_channel();
        let news = events.clone();
        let mut driver = Driver {
            endpoint: Endpoint::new(bundle, Settings { willing: options.willing, transfer_ports }),
            // A fresh socket may hold something before the first wake-up: read each once.
            readable: vec![true; sockets.len()],
            sockets,
            poll,
            events,
            stop: Arc::clone(&stop),
            inbox: vec![0; DATAGRAM],
            outbox: Vec::with_capacity(DATAGRAM),
            ailing: false,
            troubled: false,
            presence: Presence::of(options.address, clock::now()),
            ports,
        };
        let thread = thread::Builder::new().name("tftp".into()).spawn(move || {
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| driver.run()));
            let why = match ran {
                Ok(Ok(())) => return,
                Ok(Err(error)) => format!("waiting for packets does not work any more: {error}"),
                Err(_) => "the TFTP driver met a fault of its own".to_owned(),
            };
            // Nobody listens any more only if the session is over.
            let _ = driver.events.send(FromWire::Stopped(why));
        })?;
        Ok((Self { address, stop, waker, thread: Some(thread), news }, receiver))
    }

    /// Where it tells what happens, for a server beside it.
    pub fn news(&self) -> UnboundedSender<FromWire> {
        self.news.clone()
    }

    /// The address and port that phones ask.
    pub fn address(&self) -> SocketAddrV4 {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.waker.wake().is_ok()
            && let Some(thread) = self.thread.take()
        {
            // A panic in it was already reported as an event.
            let _ = thread.join();
        }
    }
}

struct Driver {
    endpoint: Endpoint,
    sockets: Vec<UdpSocket>,
    /// Sockets that may hold more than was read.
    readable: Vec<bool>,
    poll: Poll,
    events: UnboundedSender<FromWire>,
    stop: Arc<AtomicBool>,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    /// Whether a socket was left alone because it only yields errors.
    ailing: bool,
    /// Whether the last send failed for a reason that the technician should hear of.
    troubled: bool,
    /// Whether the machine still has the address.
    presence: Presence,
    /// Where the sockets are bound, to open them again once the address is back.
    ports: Vec<SocketAddr>,
}

impl Driver {
    fn run(&mut self) -> io::Result<()> {
        let mut ready = Events::with_capacity(usize::from(TRANSFER_PORTS) + 2);
        loop {
            let now = clock::now();
            if self.endpoint.deadline().is_some_and(|at| at <= now) {
                self.endpoint.timeout(now);
                self.send(now);
            }
            self.see_presence(now);
            for index in 0..self.sockets.len() {
                if self.readable[index] {
                    self.receive(index);
                }
            }
            while let Some(event) = self.endpoint.poll_event() {
                // The session is gone: then the server is about to be stopped.
                let _ = self.events.send(FromWire::Event(now, event));
            }
            let wait = if self.readable.contains(&true) { Some(Duration::ZERO) } else { self.wait() };
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
        let look = self.presence.due(clock::now());
        until_deadline.into_iter().chain(recovery).chain(look).min()
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
        // The session is gone: then the server is about to be stopped.
        let _ = self.events.send(told);
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
        self.troubled = false;
        Ok(())
    }

    /// Take in what one socket holds, a batch at the most. Blocks go out as soon as their ACK is in; requests are
    /// all taken in before the first is answered.
    fn receive(&mut self, index: usize) {
        let channel = Channel(u16::try_from(index).expect("a handful of sockets"));
        let requests = channel == Channel::REQUESTS && self.sockets.len() > 1;
        let batch = if requests { REQUEST_BATCH } else { BATCH };
        let mut errors = 0;
        for _ in 0..batch {
            match self.sockets[index].recv_from(&mut self.inbox) {
                Ok((octets, peer)) => {
                    let now = clock::now();
                    self.endpoint.receive(now, Route { channel, peer }, &self.inbox[..octets]);
                    if !requests {
                        self.send(now);
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
        if requests {
            self.send(clock::now());
        }
    }

    /// Send whatever is due. What the system does not take is lost, as any datagram may be: the timer repeats it.
    fn send(&mut self, now: Instant) {
        while let Some(route) = self.endpoint.poll_transmit(now, &mut self.outbox) {
            // While the address is away everything is lost, as any datagram may be.
            let Some(socket) = self.sockets.get(usize::from(route.channel.0)) else { continue };
            if self.presence.is_away() {
                continue;
            }
            match socket.send_to(&self.outbox, route.peer) {
                Ok(_) => self.troubled = false,
                Err(error) => self.note_trouble(now, route.peer, &error),
            }
        }
    }

    #[cold]
    fn note_trouble(&mut self, now: Instant, peer: SocketAddr, error: &io::Error) {
        tracing::debug!(%error, %peer, "sending");
        let passing = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionReset);
        if !passing && !std::mem::replace(&mut self.troubled, true) {
            let text = format!("sending to {} does not work: {error}", peer.ip());
            let _ = self.events.send(FromWire::Trouble(now, text));
        }
    }
}
