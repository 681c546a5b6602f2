//! A link in user space, for kernels without netem: a relay that delays, loses, doubles and reorders the datagrams of
//! a TFTP server and its clients. Clients ask the relay's front; each of the server's ports has a port of its own
//! there, so that transfer ids stay what they are.
#![allow(dead_code, reason = "each test and bench uses its own part")]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the link does to a datagram, either way.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    pub(crate) delay: Duration,
    /// Up to so much more.
    pub(crate) jitter: Duration,
    /// Shares of all datagrams, 0 to 1.
    pub(crate) loss: f64,
    pub(crate) duplication: f64,
    /// Held back for four more delays, so that later ones overtake them.
    pub(crate) reordering: f64,
}

/// How long a thread waits before it looks whether it is to end.
const LOOK: Duration = Duration::from_millis(100);

/// A running link; ended when dropped.
pub(crate) struct Relay {
    /// Where clients ask.
    pub(crate) front: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    front: Ipv4Addr,
    back: Ipv4Addr,
    server: SocketAddr,
    weather: Weather,
    /// While it is set nothing passes.
    away: AtomicBool,
    ended: AtomicBool,
    lost: AtomicU64,
    dice: Mutex<fastrand::Rng>,
    /// Sockets that face the server, by client; and that face clients, by the server's port.
    clients: Mutex<HashMap<SocketAddr, Arc<UdpSocket>>>,
    ports: Mutex<HashMap<u16, Arc<UdpSocket>>>,
    line: Mutex<Sender<Flight>>,
}

struct Flight {
    at: Instant,
    from: Arc<UdpSocket>,
    to: SocketAddr,
    octets: Vec<u8>,
}

#[expect(clippy::disallowed_methods, reason = "a link over real sockets delays by the real clock")]
fn now() -> Instant {
    Instant::now()
}

impl Relay {
    /// A link between clients at `front` and the server. Threads that it starts are where the caller's thread is.
    pub(crate) fn start(
        front: Ipv4Addr,
        back: Ipv4Addr,
        server: SocketAddr,
        weather: Weather,
        seed: u64,
    ) -> Self {
        let (line, flights) = channel();
        let shared = Arc::new(Shared {
            front,
            back,
            server,
            weather,
            away: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            dice: Mutex::new(fastrand::Rng::with_seed(seed)),
            clients: Mutex::default(),
            ports: Mutex::default(),
            line: Mutex::new(line),
        });
        std::thread::spawn(move || carry(&flights));
        let request = shared.port(server.port());
        Self { front: request.local_addr().unwrap(), shared }
    }

    /// Let nothing pass, or everything again.
    pub(crate) fn set_away(&self, away: bool) {
        self.shared.away.store(away, Ordering::Relaxed);
    }

    /// Datagrams that were lost.
    pub(crate) fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        self.shared.clients.lock().unwrap().clear();
        self.shared.ports.lock().unwrap().clear();
    }
}

impl Shared {
    /// The socket that stands for this port of the server.
    fn port(self: &Arc<Self>, port: u16) -> Arc<UdpSocket> {
        let mut ports = self.ports.lock().unwrap();
        let socket = ports.entry(port).or_insert_with(|| {
            let socket = open(self.front);
            let (shared, reader) = (Arc::clone(self), Arc::clone(&socket));
            let to = SocketAddr::new(self.server.ip(), port);
            std::thread::spawn(move || {
                shared.read(&reader, |shared, client, octets| shared.fly(&shared.client(client), to, octets));
            });
            socket
        });
        Arc::clone(socket)
    }

    /// The socket that stands for this client.
    fn client(self: &Arc<Self>, client: SocketAddr) -> Arc<UdpSocket> {
        let mut clients = self.clients.lock().unwrap();
        let socket = clients.entry(client).or_insert_with(|| {
            let socket = open(self.back);
            let (shared, reader) = (Arc::clone(self), Arc::clone(&socket));
            std::thread::spawn(move || {
                shared.read(&reader, |shared, server, octets| {
                    shared.fly(&shared.port(server.port()), client, octets);
                });
            });
            socket
        });
        Arc::clone(socket)
    }

    fn read(self: &Arc<Self>, socket: &UdpSocket, pass: impl Fn(&Arc<Self>, SocketAddr, &[u8])) {
        let mut inbox = vec![0; 65_536];
        while !self.ended.load(Ordering::Relaxed) {
            if let Ok((octets, from)) = socket.recv_from(&mut inbox) {
                pass(self, from, &inbox[..octets]);
            }
        }
    }

    fn fly(&self, from: &Arc<UdpSocket>, to: SocketAddr, octets: &[u8]) {
        let weather = &self.weather;
        let mut dice = self.dice.lock().unwrap();
        let copies = if dice.f64() < weather.duplication { 2 } else { 1 };
        for _ in 0..copies {
            if self.away.load(Ordering::Relaxed) || dice.f64() < weather.loss {
                self.lost.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let mut takes = weather.delay + weather.jitter.mul_f64(dice.f64());
            if dice.f64() < weather.reordering {
                takes += weather.delay * 4;
            }
            let flight = Flight { at: now() + takes, from: Arc::clone(from), to, octets: octets.to_vec() };
            // The line ends with the link.
            let _ = self.line.lock().unwrap().send(flight);
        }
    }
}

fn open(address: Ipv4Addr) -> Arc<UdpSocket> {
    let socket = UdpSocket::bind((address, 0)).unwrap();
    socket.set_read_timeout(Some(LOOK)).unwrap();
    Arc::new(socket)
}

/// Send each datagram when its time has come.
fn carry(flights: &Receiver<Flight>) {
    let mut flying: BinaryHeap<Reverse<(Instant, u64)>> = BinaryHeap::new();
    let mut waiting: HashMap<u64, Flight> = HashMap::new();
    let mut next = 0;
    loop {
        let wait = flying.peek().map_or(LOOK, |Reverse((at, _))| at.saturating_duration_since(now()));
        match flights.recv_timeout(wait) {
            Ok(flight) => {
                flying.push(Reverse((flight.at, next)));
                waiting.insert(next, flight);
                next += 1;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while flying.peek().is_some_and(|Reverse((at, _))| *at <= now()) {
            if let Some(flight) = flying.pop().and_then(|Reverse((_, number))| waiting.remove(&number)) {
                // Whoever is gone hears nothing.
                let _ = flight.from.send_to(&flight.octets, flight.to);
            }
        }
    }
}
