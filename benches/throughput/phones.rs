//! Simulated phones that only fetch: lock-step or windows, a repeat after a second without an answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use loadlift::tftp::packet::{self, Packet, RequestKind};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use crate::servers::Running;

pub(crate) const FILE: &str = "apps45.bench.sbn";
pub(crate) const OCTETS: usize = 1_000_000;

/// The file that everybody fetches.
pub(crate) fn image() -> Vec<u8> {
    (0..OCTETS).map(|i| (i * 31 + i / 251) as u8).collect()
}

/// What phones do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    pub(crate) phones: usize,
    /// Files fetched by all of them together.
    pub(crate) fetches: usize,
    pub(crate) blksize: usize,
    pub(crate) window: u16,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// Octets a second.
    pub(crate) rate: f64,
    /// Processor seconds of the server for a gigabyte.
    pub(crate) cpu_per_gb: f64,
    /// Memory of its own at the end, in octets.
    pub(crate) memory: f64,
    /// Packets that phones had to repeat.
    pub(crate) repeats: usize,
    /// The 95th percentile of the times that files took, over their median.
    pub(crate) unfairness: f64,
}

/// One simulated phone that only fetches: lock-step, a repeat after a second without an answer.
struct Phone {
    socket: UdpSocket,
    at: usize,
    block: u16,
    peer: SocketAddr,
    packet: Vec<u8>,
    heard: Instant,
    began: Instant,
    in_window: u16,
    busy: bool,
}

/// Let a crowd fetch, and measure.
pub(crate) fn measure(server: &Running, crowd: Crowd, image: &[u8]) -> Measured {
    let mut poll = Poll::new().unwrap();
    let start = Instant::now();
    let cpu_before = server.processor();
    let mut left = crowd.fetches;
    let (mut repeats, mut times, mut memory) = (0, Vec::new(), 0.0_f64);
    let mut phones: Vec<Phone> = (0..crowd.phones)
        .map(|n| {
            let mut socket = UdpSocket::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
            poll.registry().register(&mut socket, Token(n), Interest::READABLE).unwrap();
            Phone {
                socket,
                at: 0,
                block: 0,
                peer: server.address,
                packet: Vec::with_capacity(100),
                heard: start,
                began: start,
                in_window: 0,
                busy: false,
            }
        })
        .collect();
    for phone in &mut phones {
        phone.begin(&mut left, server.address, &crowd);
    }
    let mut inbox = vec![0; 65_536];
    let mut events = Events::with_capacity(crowd.phones);
    let mut running = phones.iter().filter(|phone| phone.busy).count();
    let mut looked = start;
    while running > 0 {
        poll.poll(&mut events, Some(Duration::from_millis(250))).unwrap();
        for event in &events {
            let phone = &mut phones[event.token().0];
            // In lock-step stop reading at the first block that is new: its successor is not under way yet, and
            // reading on would only cost a system call.
            while let Ok((octets, from)) = phone.socket.recv_from(&mut inbox) {
                match phone.take(&inbox[..octets], from, image, &crowd) {
                    Step::Progress if crowd.window == 1 => break,
                    Step::Stale | Step::Progress => {}
                    Step::Whole => {
                        times.push(phone.began.elapsed().as_secs_f64());
                        // A fresh port for each file, as real phones have it.
                        let mut socket = UdpSocket::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
                        poll.registry().deregister(&mut phone.socket).unwrap();
                        poll.registry().register(&mut socket, event.token(), Interest::READABLE).unwrap();
                        phone.socket = socket;
                        if !phone.begin(&mut left, server.address, &crowd) {
                            running -= 1;
                        }
                        break;
                    }
                }
            }
        }
        let now = Instant::now();
        if now.duration_since(looked) > Duration::from_millis(250) {
            looked = now;
            memory = memory.max(server.memory());
            let late =
                |phone: &&mut Phone| phone.busy && now.duration_since(phone.heard) > Duration::from_secs(1);
            for phone in phones.iter_mut().filter(late) {
                phone.heard = now;
                repeats += 1;
                let _ = phone.socket.send_to(&phone.packet, phone.peer);
            }
        }
    }
    let took = start.elapsed().as_secs_f64();
    let volume = (crowd.fetches * image.len()) as f64;
    times.sort_by(f64::total_cmp);
    Measured {
        rate: volume / took,
        cpu_per_gb: (server.processor() - cpu_before) / volume * 1e9,
        memory: memory.max(server.memory()),
        repeats,
        unfairness: times[times.len() * 95 / 100] / times[times.len() / 2],
    }
}

enum Step {
    Stale,
    Progress,
    Whole,
}

impl Phone {
    fn begin(&mut self, left: &mut usize, server: SocketAddr, crowd: &Crowd) -> bool {
        self.busy = *left > 0;
        if !self.busy {
            return false;
        }
        *left -= 1;
        (self.at, self.block, self.peer) = (0, 0, server);
        self.packet.clear();
        let (size, window) = (crowd.blksize.to_string(), crowd.window.to_string());
        let mut options = Vec::new();
        if crowd.blksize != 512 {
            options.push(("blksize", size.as_str()));
        }
        if crowd.window != 1 {
            options.push(("windowsize", window.as_str()));
        }
        packet::encode_request(&mut self.packet, RequestKind::Read, FILE, "octet", &options);
        self.heard = Instant::now();
        (self.began, self.in_window) = (self.heard, 0);
        self.socket.send_to(&self.packet, server).unwrap();
        true
    }

    fn take(&mut self, datagram: &[u8], from: SocketAddr, image: &[u8], crowd: &Crowd) -> Step {
        let whole = match Packet::decode(datagram).unwrap() {
            Packet::OptionAck { .. } if self.block == 0 => false,
            Packet::Data { block, octets } if block == self.block.wrapping_add(1) => {
                assert_eq!(octets, &image[self.at..self.at + octets.len()], "a block with wrong octets");
                self.at += octets.len();
                self.block = block;
                octets.len() < crowd.blksize
            }
            Packet::Error { message, .. } => panic!("refused: {}", String::from_utf8_lossy(message)),
            _ => return Step::Stale,
        };
        self.peer = from;
        self.in_window += u16::from(self.block > 0);
        if !whole && self.block > 0 && self.in_window < crowd.window {
            return Step::Progress;
        }
        self.in_window = 0;
        self.heard = Instant::now();
        self.packet.clear();
        packet::encode_ack(&mut self.packet, self.block);
        let _ = self.socket.send_to(&self.packet, from);
        if whole { Step::Whole } else { Step::Progress }
    }
}
