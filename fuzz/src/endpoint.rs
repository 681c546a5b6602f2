//! Whole conversations with the endpoint, of several phones and strangers at once.
//!
//! Whatever is said to it: it sends only blocks of the file that was asked for, no more than a window for each packet
//! that it gets, an ERROR for none that is one, and each transfer begins once and ends once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use loadlift::firmware::Bundle;
use loadlift::tftp::packet::{self, Packet, RequestKind};
use loadlift::tftp::{Channel, Endpoint, Event, Route, Settings, Willing};

use super::script::Script;

const FILES: [(&str, usize); 4] =
    [("empty", 0), ("term45.default.loads", 660), ("exact", 2048), ("jar45sccp.sbn", 40_000)];
const PEERS: u8 = 6;
/// Longer conversations only repeat themselves.
const STEPS: usize = 400;

fn content(name: &str, octets: usize) -> Vec<u8> {
    let salt = name.len();
    // Line ends in it, so that netascii differs.
    (0..octets).map(|i| if i % 97 == 0 { b'\n' } else { ((i * 31 + i / 251 + salt) % 256) as u8 }).collect()
}

struct Running {
    image: Bytes,
    blksize: usize,
    window: usize,
    last: u16,
}

struct Talk {
    now: Instant,
    endpoint: Endpoint,
    bundle: Arc<Bundle>,
    /// By phone; the route of what it was sent last.
    routes: BTreeMap<SocketAddr, Route>,
    running: BTreeMap<u64, (SocketAddr, Running)>,
    transfer_ports: u16,
}

/// Try one conversation.
pub fn check(input: &[u8]) {
    let mut script = Script::new(input);
    let mut bundle = Bundle::default();
    for (name, octets) in FILES {
        bundle.insert(name, content(name, octets).into());
    }
    let bundle = Arc::new(bundle);
    let transfer_ports = u16::from(script.octet() % 4);
    let settings = Settings { willing: Willing::for_mtu(1500), transfer_ports };
    let mut talk = Talk {
        now: Instant::now(),
        endpoint: Endpoint::new(Arc::clone(&bundle), settings),
        bundle,
        routes: BTreeMap::new(),
        running: BTreeMap::new(),
        transfer_ports,
    };
    for _ in 0..STEPS {
        if script.is_over() {
            break;
        }
        talk.step(&mut script);
    }
    talk.fall_silent();
}

impl Talk {
    fn step(&mut self, script: &mut Script<'_>) {
        let (what, peer) = (script.octet(), peer(script.octet()));
        let to = self.routes.get(&peer).map_or(Channel::REQUESTS, |route| route.channel);
        let mut datagram = Vec::new();
        match what % 8 {
            0 => {
                let which = script.octet();
                let (name, _) = FILES[usize::from(which) % FILES.len()];
                let mode = if which & 0x80 == 0 { "octet" } else { "netascii" };
                let (blksize, window) = (script.number().to_string(), script.octet().to_string());
                let timeout = script.octet().to_string();
                let options =
                    [("blksize", &*blksize), ("windowsize", &window), ("timeout", &timeout), ("tsize", "0")];
                let chosen: Vec<_> =
                    (0..4).filter(|n| which >> (n + 2) & 1 == 1).map(|n| options[n]).collect();
                packet::encode_request(&mut datagram, RequestKind::Read, name, mode, &chosen);
                self.say(peer, Channel::REQUESTS, &datagram);
            }
            1 => {
                // The ACK that the phone owes.
                let last = self.running.values().find(|(of, _)| *of == peer).map_or(0, |(_, r)| r.last);
                packet::encode_ack(&mut datagram, last);
                self.say(peer, to, &datagram);
            }
            2 => {
                packet::encode_ack(&mut datagram, script.number());
                self.say(peer, to, &datagram);
            }
            3 => {
                self.say(peer, Channel(u16::from(script.octet()) % (self.transfer_ports + 1)), script.piece())
            }
            4 => {
                packet::encode_error(&mut datagram, u16::from(script.octet()), "no");
                self.say(peer, to, &datagram);
            }
            5 => self.wait(Duration::from_millis(u64::from(script.number()))),
            6 => self.wait(Duration::from_micros(u64::from(script.number()))),
            _ => {
                // Acknowledge in lock-step for a while.
                for _ in 0..script.octet() {
                    let Some(last) = self.running.values().find(|(of, _)| *of == peer).map(|(_, r)| r.last)
                    else {
                        break;
                    };
                    datagram.clear();
                    packet::encode_ack(&mut datagram, last);
                    let to = self.routes.get(&peer).map_or(Channel::REQUESTS, |route| route.channel);
                    self.now += Duration::from_micros(400);
                    self.say(peer, to, &datagram);
                }
            }
        }
    }

    fn say(&mut self, peer: SocketAddr, channel: Channel, datagram: &[u8]) {
        let window = self.running.values().filter(|(of, _)| *of == peer).map(|(_, r)| r.window).max();
        self.endpoint.receive(self.now, Route { channel, peer }, datagram);
        let is_error = matches!(Packet::decode(datagram), Ok(Packet::Error { .. }));
        self.listen();
        let (sent, errors) = self.drain(Some(peer));
        assert!(sent <= window.unwrap_or(1).max(1), "{sent} packets for one, with a window of {window:?}");
        assert!(!is_error || sent == 0 && errors == 0, "an ERROR was answered");
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.endpoint.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            let most: usize = self.running.values().map(|(_, r)| r.window).sum();
            self.endpoint.timeout(self.now);
            self.listen();
            let (sent, _) = self.drain(None);
            assert!(sent <= most, "{sent} packets at one alarm, and the windows are {most}");
        }
        self.now = until;
    }

    fn listen(&mut self) {
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Began { transfer, peer, file, octets, blksize, window, .. } => {
                    let file = self.bundle.get(&file).expect("a file of the set");
                    let plain = file.octets.len() as u64 == octets;
                    let image = if plain { file.octets.clone() } else { file.netascii() };
                    assert_eq!(image.len() as u64, octets);
                    let (blksize, window) = (usize::from(blksize), usize::from(window));
                    let running = Running { image, blksize, window, last: 0 };
                    let before = self.running.insert(transfer, (peer, running));
                    assert!(before.is_none(), "transfer {transfer} began twice");
                }
                Event::Ended { transfer, octets, .. } => {
                    let (_, running) = self.running.remove(&transfer).expect("what ends has begun");
                    assert!(octets <= running.image.len() as u64);
                }
                Event::Refused { file, .. } => assert!(file.chars().count() <= 160),
            }
        }
        assert_eq!(self.running.len(), self.endpoint.running());
    }

    /// How many packets of transfers, and how many refusals, are sent now.
    fn drain(&mut self, only: Option<SocketAddr>) -> (usize, usize) {
        let (mut out, mut sent, mut errors) = (Vec::new(), 0, 0);
        while let Some(route) = self.endpoint.poll_transmit(self.now, &mut out) {
            assert!(only.is_none_or(|peer| peer == route.peer), "a stranger's packet drew one to a phone");
            let transfer = self.running.values_mut().find(|(of, _)| *of == route.peer);
            match Packet::decode(&out) {
                Ok(Packet::Data { block, octets }) => {
                    let (_, running) = transfer.expect("a block belongs to a transfer");
                    let start = (usize::from(block) + 65_535) % 65_536 * running.blksize;
                    let end = (start + running.blksize).min(running.image.len());
                    assert_eq!(octets, &running.image[start..end], "a block with other octets");
                    running.last = block;
                    self.routes.insert(route.peer, route);
                    sent += 1;
                }
                Ok(Packet::OptionAck { .. }) => {
                    transfer.expect("an OACK belongs to a transfer").1.last = 0;
                    self.routes.insert(route.peer, route);
                    sent += 1;
                }
                Ok(Packet::Error { .. }) => errors += 1,
                other => panic!("a server sent {other:?}"),
            }
        }
        assert!(errors <= 1 || only.is_none(), "{errors} refusals for one packet");
        (sent, errors)
    }

    /// Everybody has gone: nothing may be left.
    fn fall_silent(&mut self) {
        let mut packets = 0;
        let until = self.now + Duration::from_secs(4000);
        while let Some(at) = self.endpoint.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.endpoint.timeout(self.now);
            self.listen();
            packets += self.drain(None).0;
        }
        assert!(packets <= 64 * 80 * usize::from(PEERS), "{packets} packets into silence");
        assert_eq!((self.endpoint.running(), self.endpoint.deadline()), (0, None));
    }
}

fn peer(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 1, 1, number % PEERS / 2], 50_000 + u16::from(number % 2)))
}
