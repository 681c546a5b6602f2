//! The driver of the bench's DHCP server: one thread, two sockets, and the file that the leases outlive the program in.
//!
//! Each round takes in what has come, saves the leases if they changed, and only then sends: what a phone was told is
//! on the disk before it hears it.

mod facts;
mod sockets;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};
use tokio::sync::mpsc::UnboundedSender;

pub use facts::{Card, FactsError, bare_card, card};
use sockets::Sockets;

use super::bind::BindError;
use super::tftp::FromWire;
use crate::dhcp::bench::{Bench, Event, Input, Output, Saved, Settings, Side, Stop};
use crate::dhcp::packet::MAX_OCTETS;
use crate::error::Advice;
use crate::fleet::Mac;
use crate::platform::clock::{self, WallClock};
use crate::platform::neighbours;
use crate::store::leases::LeaseFile;

/// Datagrams taken from one socket before the others have their turn, and before what is due is sent.
const BATCH: usize = 512;
/// Where nobody listens (RFC 863): a datagram there makes the system look for the owner of an address.
const DISCARD: u16 = 9;
/// Longest pause when a send did not work because the system's buffer is full.
const PAUSE: Duration = Duration::from_millis(2);
const WAKER: Token = Token(usize::MAX);
/// What it means that leases cannot be kept.
const FORGOTTEN: &str = "a restart of loadlift forgets them";

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The port of DHCP servers is not to be had: another one may hold it.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The port of DHCP clients cannot be shared, so other servers would not be heard.
    #[error("other DHCP servers cannot be heard: UDP port 68 cannot be opened: {0}")]
    Deaf(#[source] io::Error),
    /// The system gave no readiness queue or thread.
    #[error("the system does not let the DHCP server start: {0}")]
    System(#[from] io::Error),
}

impl Advice for BenchError {
    fn code(&self) -> &'static str {
        match self {
            Self::Bind(error) => error.code(),
            Self::Deaf(_) => "bench-deaf",
            Self::System(_) => "bench-not-started",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            // Its own words are about TFTP.
            Self::Bind(error @ BindError::Taken { .. }) => {
                let mut lines = vec![
                    "Close the other DHCP server on this laptop: a virtual machine's, a shared connection's, or another program's.".to_owned(),
                ];
                lines.extend(error.advice().into_iter().skip(1));
                lines
            }
            Self::Bind(error) => error.advice(),
            Self::Deaf(_) => vec![
                "Close the program that holds UDP port 68 for itself, or start loadlift with the rights to open low ports.".into(),
            ],
            Self::System(_) => vec!["Close other programs and start again.".into()],
        }
    }
}

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
    let_in: Sender<Mac>,
    thread: Option<JoinHandle<()>>,
    pool: usize,
    restored: usize,
    ends: Instant,
}

impl Server {
    /// Open the ports and begin to answer. What happens goes to `news` until the server is dropped; before the first
    /// phone is answered too if the leases cannot be kept, in `file` or for want of one.
    pub fn start(
        card: &Card,
        settings: Settings,
        clock: WallClock,
        file: Option<LeaseFile>,
        news: UnboundedSender<FromWire>,
    ) -> Result<Self, BenchError> {
        let mut sockets = Sockets::open(card, settings.own.address())?;
        let poll = Poll::new()?;
        poll.registry().register(&mut sockets.server, Token(0), Interest::READABLE)?;
        poll.registry().register(&mut sockets.client, Token(1), Interest::READABLE)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let stop = Arc::new(AtomicBool::new(false));
        let (let_in, wishes) = channel();
        let now = clock::now();
        let (file, saved, troubles) = kept(file);
        for text in troubles {
            let _ = news.send(FromWire::Trouble(now, text));
        }
        let at = clock.stamp(now);
        let (bench, restored) = Bench::new(now, settings, saved.as_ref().map(|saved| (saved, at)));
        let (addresses, ends) = (bench.pool(), bench.ends());
        let mut driver = Driver {
            bench,
            sockets,
            poll,
            news,
            stop: Arc::clone(&stop),
            wishes,
            clock,
            file,
            troubled: false,
            unread: false,
        };
        let thread = thread::Builder::new().name("bench-dhcp".into()).spawn(move || {
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| driver.run()));
            let why = match ran {
                Ok(Ok(())) => return,
                Ok(Err(error)) => {
                    format!("DHCP has ended: waiting for packets does not work any more: {error}")
                }
                Err(_) => "DHCP has ended by a fault of loadlift; please report it".to_owned(),
            };
            // Nobody listens any more only if the session is over.
            let _ = driver.news.send(FromWire::Trouble(clock::now(), why.clone()));
            let _ = driver.news.send(FromWire::DhcpEnded(clock::now(), why));
        })?;
        Ok(Self { stop, waker, let_in, thread: Some(thread), pool: addresses, restored, ends })
    }

    /// Addresses to give away.
    pub fn pool(&self) -> usize {
        self.pool
    }

    /// Leases of an earlier session that still run.
    pub fn restored(&self) -> usize {
        self.restored
    }

    /// When it ends in any case.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    /// From now on this client is served, whatever it says that it is.
    pub fn let_in(&self, mac: Mac) {
        // It may have ended by itself.
        let _ = self.let_in.send(mac);
        let _ = self.waker.wake();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if self.waker.wake().is_ok()
            && let Some(thread) = self.thread.take()
        {
            // A panic in it was already reported.
            let _ = thread.join();
        }
    }
}

/// What the leases are kept in, what it says of before, and what is wrong with it, a sentence each.
fn kept(file: Option<LeaseFile>) -> (Option<LeaseFile>, Option<Saved>, Vec<String>) {
    let Some(mut file) = file else {
        return (None, None, vec![format!("there is no folder for the leases of the bench; {FORGOTTEN}")]);
    };
    let path = file.path().display().to_string();
    let mut troubles = Vec::new();
    let saved = file.read().unwrap_or_else(|error| {
        troubles.push(format!("the leases of before in `{path}` cannot be read: {error}"));
        None
    });
    if let Err(error) = file.check() {
        troubles.push(format!("the leases cannot be saved to `{path}`: {error}; {FORGOTTEN}"));
        return (None, saved, troubles);
    }
    (Some(file), saved, troubles)
}

struct Driver {
    bench: Bench,
    sockets: Sockets,
    poll: Poll,
    news: UnboundedSender<FromWire>,
    stop: Arc<AtomicBool>,
    wishes: Receiver<Mac>,
    clock: WallClock,
    /// `None` without a folder, and once it could not be written.
    file: Option<LeaseFile>,
    troubled: bool,
    /// Whether it was said that the neighbour table cannot be read.
    unread: bool,
}

impl Driver {
    fn run(&mut self) -> io::Result<()> {
        let mut ready = Events::with_capacity(8);
        loop {
            let now = clock::now();
            if self.bench.deadline().is_some_and(|at| at <= now) {
                self.bench.handle(now, Input::Timeout);
            }
            while let Ok(mac) = self.wishes.try_recv() {
                self.bench.handle(now, Input::LetIn(mac));
            }
            let is_more = self.receive();
            let is_held_up = self.act();
            self.tell();
            // Once it has stopped, the ports go back to the system: another server is welcome to them.
            if self.bench.stopped().is_some() || self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let left = self.bench.deadline().map(|at| at.saturating_duration_since(clock::now()));
            let wait = if is_more { Some(Duration::ZERO) } else { left };
            let wait = if is_held_up { wait.map(|wait| wait.min(PAUSE)) } else { wait };
            match self.poll.poll(&mut ready, wait) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }

    /// Take in what has come, whether or not it was reported; `true` if there may be more.
    fn receive(&mut self) -> bool {
        // One octet more than a message may have, so that a longer datagram is seen to be too long.
        let mut inbox = [0; MAX_OCTETS + 1];
        let mut is_more = false;
        for socket in [&self.sockets.server, &self.sockets.client] {
            for taken in 1..=BATCH {
                match socket.recv_from(&mut inbox) {
                    Ok((octets, SocketAddr::V4(from))) => {
                        let now = clock::now();
                        self.bench.handle(now, Input::Packet { from, octets: &inbox[..octets] });
                    }
                    Ok(_) => {}
                    // Windows reports an earlier datagram's "port unreachable" here; it says nothing about the next.
                    Err(_) => break,
                }
                is_more |= taken == BATCH;
            }
        }
        is_more
    }

    /// Save what changed, then do what is due; `true` if the system could not take all of it.
    fn act(&mut self) -> bool {
        let mut is_held_up = false;
        loop {
            if self.bench.take_unsaved() {
                self.save();
            }
            let Some(output) = self.bench.poll() else { return is_held_up };
            match output {
                Output::Send { from, to, octets } => is_held_up |= self.send(from, to, &octets),
                // Whether it arrives does not matter: the system looks for the owner before it sends.
                Output::Knock(address) => {
                    let _ = self.sockets.server.send_to(&[0], SocketAddrV4::new(address, DISCARD).into());
                }
                Output::ReadNeighbours => {
                    let table = self.neighbours();
                    self.bench.handle(clock::now(), Input::Neighbours(&table));
                }
            }
        }
    }

    fn send(&mut self, from: Side, to: SocketAddrV4, octets: &[u8]) -> bool {
        let socket = match from {
            Side::Server => &self.sockets.server,
            Side::Client => &self.sockets.client,
        };
        match socket.send_to(octets, to.into()) {
            Ok(_) => {
                self.troubled = false;
                false
            }
            // Lost, as any datagram may be: the client asks again.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => true,
            Err(error) => {
                if !std::mem::replace(&mut self.troubled, true) {
                    let text = format!("a DHCP answer to {} cannot be sent: {error}", to.ip());
                    let _ = self.news.send(FromWire::Trouble(clock::now(), text));
                }
                false
            }
        }
    }

    fn neighbours(&mut self) -> Vec<(Ipv4Addr, Mac)> {
        neighbours::table().unwrap_or_else(|error| {
            if !std::mem::replace(&mut self.unread, true) {
                let text = format!(
                    "whether an address is already used cannot be seen, the neighbour table is not to be read: {error}"
                );
                let _ = self.news.send(FromWire::Trouble(clock::now(), text));
            }
            Vec::new()
        })
    }

    /// A full disk must not stop a job: say it once, and go on without the file.
    fn save(&mut self) {
        let Some(file) = &mut self.file else { return };
        let now = clock::now();
        let saved = self.bench.saved(now, self.clock.stamp(now));
        if let Err(error) = file.write(&saved) {
            let text = format!(
                "the leases cannot be saved to `{}` any more: {error}; {FORGOTTEN}",
                file.path().display()
            );
            self.file = None;
            let _ = self.news.send(FromWire::Trouble(now, text));
        }
    }

    fn tell(&mut self) {
        let now = clock::now();
        while let Some(event) = self.bench.poll_event() {
            if let Event::Stopped(Stop::TimeIsUp) = event {
                tracing::info!(ignored = self.bench.ignored(), "the bench server's hours are over");
            }
            // The session is gone: then the server is about to be stopped.
            let _ = self.news.send(FromWire::Dhcp(now, event));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn leases_that_cannot_outlive_the_program_are_told_before_the_first_phone_is_served() {
        let (file, saved, troubles) = kept(None);
        assert!(file.is_none() && saved.is_none());
        assert_eq!(troubles.len(), 1);
        assert!(troubles[0].contains("no folder") && troubles[0].contains(FORGOTTEN), "{troubles:?}");

        // A stick that cannot be written to; for root too, a file where the folder should be.
        let folder = tempfile::tempdir().unwrap();
        let stick = folder.path().join("stick");
        fs::write(&stick, "").unwrap();
        let (file, _, troubles) = kept(Some(LeaseFile::within(&stick)));
        assert!(file.is_none(), "nothing is written there later");
        assert!(troubles.last().is_some_and(|text| text.contains(FORGOTTEN)), "{troubles:?}");

        let (file, _, troubles) = kept(Some(LeaseFile::within(folder.path())));
        assert!(file.is_some() && troubles.is_empty(), "{troubles:?}");
    }

    #[test]
    fn leases_that_cannot_be_read_do_not_keep_new_ones_from_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let leases = LeaseFile::within(folder.path());
        fs::write(leases.path(), "{").unwrap();
        let (file, saved, troubles) = kept(Some(leases));
        assert!(file.is_some() && saved.is_none());
        assert!(troubles.len() == 1 && troubles[0].contains("cannot be read"), "{troubles:?}");
    }
}
