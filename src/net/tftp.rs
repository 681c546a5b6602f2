//! A running TFTP server: its ports, its thread, and what it tells the session. [`driver`] is what the thread does.
//!
//! All transfers share a small pool of sockets beside the request port. A transfer is known by its socket and the
//! phone's address, so each keeps a transfer id of its own (RFC 1350 section 4), while one wake-up serves every
//! phone that has spoken meanwhile: one call to take an ACK, one to send up to
//! sixteen blocks, and no socket per phone that a flood could use up.

mod driver;
mod outgoing;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use mio::net::UdpSocket;
use mio::{Interest, Poll, Token, Waker};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::bind::{self, BindError};
use super::presence::{Away, Presence};
use crate::dhcp::bench;
use crate::firmware::Bundle;
use crate::platform::clock;
use crate::tftp::{Endpoint, Event, Settings, Willing};
use driver::Driver;

/// Sockets that transfers are spread over. Each buffers some hundred ACKs even where the system is stingy; more sockets
/// would cost more wake-ups for the same ACKs (measured: 16 are a tenth slower with 50 phones).
const TRANSFER_PORTS: u16 = 4;
/// The waker's place in the readiness queue.
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
        let endpoint = Endpoint::new(bundle, Settings { willing: options.willing, transfer_ports });
        let presence = Presence::of(options.address, clock::now());
        let news = events.clone();
        let mut driver = Driver::new(endpoint, sockets, poll, events, Arc::clone(&stop), presence, ports);
        let thread = thread::Builder::new().name("tftp".into()).spawn(move || {
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| driver.run()));
            let why = match ran {
                Ok(Ok(())) => return,
                Ok(Err(error)) => format!("waiting for packets does not work any more: {error}"),
                Err(_) => "the TFTP driver met a fault of its own".to_owned(),
            };
            // Nobody listens any more only if the session is over.
            driver.say(FromWire::Stopped(why));
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
