//! The endpoint under virtual time: who gets which answer, and that strangers can neither disturb nor fill it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use loadlift::firmware::Bundle;
use loadlift::journal::Refusal;
use loadlift::tftp::packet::{self, Packet, RequestKind};
use loadlift::tftp::{Channel, Endpoint, Event, Route, Settings, Willing};

const TERM: &str = "term45.default.loads";
const JAR: &str = "jar45sccp.8-5-2TH1-9.sbn";

/// An endpoint with a clock in its hand.
struct Server {
    now: Instant,
    endpoint: Endpoint,
}

/// What was sent: our port, the phone, the packet in words.
type Sent = Vec<(u16, SocketAddr, String)>;

impl Server {
    fn new(transfer_ports: u16) -> Self {
        let mut bundle = Bundle::default();
        bundle.insert(TERM, Bytes::from_static(&[7; 660]));
        bundle.insert(JAR, vec![9; 100_000].into());
        let settings = Settings { willing: Willing::for_mtu(1500), transfer_ports };
        #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
        Self { now: Instant::now(), endpoint: Endpoint::new(Arc::new(bundle), settings) }
    }

    fn feed(&mut self, channel: u16, peer: SocketAddr, datagram: &[u8]) -> Sent {
        self.endpoint.receive(self.now, Route { channel: Channel(channel), peer }, datagram);
        self.sent()
    }

    fn sent(&mut self) -> Sent {
        let (mut out, mut sent) = (Vec::new(), Vec::new());
        while let Some(route) = self.endpoint.poll_transmit(self.now, &mut out) {
            let words = match Packet::decode(&out).unwrap() {
                Packet::Data { block, octets } => format!("data {block} of {}", octets.len()),
                Packet::OptionAck { .. } => "oack".into(),
                Packet::Error { code, .. } => format!("error {code}"),
                other => panic!("a server sent {other:?}"),
            };
            sent.push((route.channel.0, route.peer, words));
        }
        sent
    }

    fn ask(&mut self, peer: SocketAddr, name: &str) -> Sent {
        self.feed(0, peer, &read(name, &[]))
    }

    fn ack(&mut self, channel: u16, peer: SocketAddr, block: u16) -> Sent {
        let mut datagram = Vec::new();
        packet::encode_ack(&mut datagram, block);
        self.feed(channel, peer, &datagram)
    }

    fn wait(&mut self, time: Duration) -> Sent {
        let until = self.now + time;
        let mut sent = Vec::new();
        while let Some(at) = self.endpoint.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.endpoint.timeout(self.now);
            sent.extend(self.sent());
        }
        self.now = until;
        sent
    }

    fn events(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.endpoint.poll_event())
            .map(|event| match event {
                Event::Began { transfer, file, octets, .. } => format!("{transfer} began {file} of {octets}"),
                Event::Refused { file, reason, .. } => format!("refused {file}: {reason:?}"),
                Event::Ended { transfer, outcome, octets, .. } => {
                    format!("{transfer} {outcome:?} at {octets}")
                }
            })
            .collect()
    }
}

fn read(name: &str, options: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    packet::encode_request(&mut out, RequestKind::Read, name, "octet", options);
    out
}

fn phone(n: u16) -> SocketAddr {
    SocketAddr::from(([10, 1, 1, 5], 40_000 + n))
}

fn words(sent: &Sent) -> Vec<&str> {
    sent.iter().map(|(_, _, words)| words.as_str()).collect()
}

#[test]
fn a_phone_is_served_from_a_port_of_its_own_and_the_session_hears_of_it_once() {
    let mut s = Server::new(4);
    let sent = s.ask(phone(1), TERM);
    let (port, to, words) = &sent[0];
    assert_eq!((sent.len(), *to, words.as_str()), (1, phone(1), "data 1 of 512"));
    assert_ne!(*port, 0, "an answer leaves from a transfer port");
    assert_eq!(s.ack(*port, phone(1), 1)[0].2, "data 2 of 148");
    assert_eq!(s.ack(*port, phone(1), 2), []);
    assert_eq!(s.events(), ["1 began term45.default.loads of 660", "1 Served at 660"]);
}

#[test]
fn in_single_port_mode_answers_leave_from_the_request_port() {
    let mut s = Server::new(0);
    assert_eq!(s.ask(phone(1), TERM)[0].0, 0);
    assert_eq!(s.ack(0, phone(1), 1)[0], (0, phone(1), "data 2 of 148".into()));
}

#[test]
fn a_repeated_request_is_the_same_transfer() {
    let mut s = Server::new(4);
    let first = s.ask(phone(1), JAR);
    let again = s.ask(phone(1), JAR);
    assert_eq!(first, again, "from the same port, the same block");
    s.ack(first[0].0, phone(1), 1);
    assert_eq!(s.ask(phone(1), JAR), [], "a late copy of the request");
    assert_eq!(s.events().len(), 1);
}

#[test]
fn a_phone_that_starts_over_from_the_same_port_after_a_pause_begins_anew() {
    let mut s = Server::new(4);
    let port = s.ask(phone(1), JAR)[0].0;
    s.ack(port, phone(1), 1);
    s.wait(Duration::from_secs(2));
    let again = s.ask(phone(1), JAR);
    assert_eq!(words(&again), ["data 1 of 512"]);
    assert_ne!(again[0].0, port, "late packets of the first must not be taken for the second's");
    assert_eq!(s.ack(port, phone(1), 2), [], "such a late packet gets no answer");
    assert_eq!(s.events().last().unwrap(), &format!("2 began {JAR} of 100000"));
}

#[test]
fn another_file_from_the_same_port_supersedes_the_first() {
    let mut s = Server::new(4);
    s.ask(phone(1), JAR);
    assert_eq!(words(&s.ask(phone(1), TERM)), ["data 1 of 512"]);
    assert_eq!(s.events()[1], "1 Superseded at 0");
}

#[test]
fn a_wrong_transfer_id_gets_error_5_and_disturbs_nobody() {
    let mut s = Server::new(4);
    let port = s.ask(phone(1), JAR)[0].0;
    assert_eq!(s.ack(port, phone(2), 1), [(port, phone(2), "error 5".into())]);
    let mut error = Vec::new();
    packet::encode_error(&mut error, 0, "gone");
    assert_eq!(s.feed(port, phone(2), &error), [], "an error is never answered with an error");
    assert_eq!(s.ack(port, phone(1), 1)[0].2, "data 2 of 512");
}

#[test]
fn late_copies_of_a_finished_transfers_packets_are_not_answered() {
    let mut s = Server::new(4);
    let port = s.ask(phone(1), TERM)[0].0;
    s.ack(port, phone(1), 1);
    s.ack(port, phone(1), 2);
    assert_eq!(s.ack(port, phone(1), 2), []);
    s.wait(Duration::from_secs(10));
    assert_eq!(words(&s.ack(port, phone(1), 2)), ["error 5"], "remembered for seconds, not for ever");
}

#[test]
fn whatever_is_not_a_file_of_the_set_is_not_found() {
    let mut s = Server::new(4);
    let long = "a".repeat(60_000);
    for name in
        ["../etc/passwd", "..\\boot.ini", "c:/x", "/etc/shadow", "term45.default.loads.", "%00", &long, "."]
    {
        assert_eq!(words(&s.ask(phone(1), name)), ["error 1"], "{name:.40}");
    }
    assert_eq!(words(&s.feed(0, phone(1), b"\0\x01\xff\xfe\0octet\0")), ["error 1"], "invalid UTF-8");
    assert_eq!(words(&s.ask(phone(1), "/TERM45.Default.Loads")), ["data 1 of 512"]);
    let events = s.events();
    assert!(events.iter().all(|event| event.len() < 250), "an event never carries 60 KB");
}

#[test]
fn writing_and_nonsense_get_a_clear_error_and_noise_gets_none() {
    let mut s = Server::new(4);
    assert_eq!(words(&s.feed(0, phone(1), b"\0\x02x\0octet\0")), ["error 2"]);
    assert_eq!(words(&s.feed(0, phone(1), b"\0\x01term45.default.loads\0mail\0")), ["error 4"]);
    assert_eq!(words(&s.feed(0, phone(1), b"\0\x01term45")), ["error 4"], "a request that is cut off");
    for noise in [&b""[..], b"\0", b"hello", b"\0\x09abc", b"\0\x05\0\x01no\0", &[0xff; 1400]] {
        assert_eq!(s.feed(0, phone(1), noise), [], "{noise:?}");
    }
    let write = format!("refused x: {:?}", Refusal::Write);
    assert_eq!(s.events()[0], write);
}

#[test]
fn a_client_that_leaves_with_an_error_is_let_go_at_once() {
    let mut s = Server::new(4);
    let sent = s.feed(0, phone(1), &read(JAR, &[("tsize", "0")]));
    assert_eq!(words(&sent), ["oack"]);
    let mut error = Vec::new();
    packet::encode_error(&mut error, 8, "size only");
    assert_eq!(s.feed(sent[0].0, phone(1), &error), []);
    assert_eq!(s.wait(Duration::from_secs(60)), []);
    assert_eq!(s.events()[1], "1 Aborted { code: 8, message: \"size only\" } at 0");
}

#[test]
fn a_vanished_client_is_given_up_and_nothing_is_left() {
    let mut s = Server::new(4);
    let port = s.ask(phone(1), JAR)[0].0;
    s.ack(port, phone(1), 1);
    let repeats = s.wait(Duration::from_secs(300));
    assert!((5..40).contains(&repeats.len()), "{} repeats", repeats.len());
    assert_eq!(s.events()[1], "1 Unanswered { all_sent: false } at 512");
    assert_eq!((s.endpoint.running(), s.endpoint.deadline()), (0, None));
}

#[test]
fn a_flood_of_half_open_requests_neither_grows_without_bound_nor_locks_a_real_phone_out() {
    let mut s = Server::new(4);
    let real = SocketAddr::from(([10, 1, 1, 77], 50_000));
    let port = s.ask(real, JAR)[0].0;
    s.ack(port, real, 1);
    for n in 0..50_000u32 {
        let octets = n.to_be_bytes();
        let spoofed = SocketAddr::from(([172, octets[1], octets[2], octets[3]], 2000));
        s.endpoint.receive(
            s.now,
            Route { channel: Channel(0), peer: spoofed },
            &read(JAR, &[("timeout", "255")]),
        );
        s.sent();
        while s.endpoint.poll_event().is_some() {}
        s.now += Duration::from_micros(10);
    }
    assert!(s.endpoint.running() <= 4096, "{} transfers", s.endpoint.running());
    assert_eq!(words(&s.ack(port, real, 2)), ["data 3 of 512"], "the phone that is loading goes on");
    let late = SocketAddr::from(([10, 1, 1, 78], 50_000));
    assert_eq!(words(&s.ask(late, TERM)), ["data 1 of 512"], "and another one may begin");
    s.wait(Duration::from_secs(3000));
    assert_eq!(s.endpoint.running(), 0);
}

#[test]
fn a_flood_of_few_hosts_pushes_out_its_own_requests_and_no_phone_that_is_slow_to_acknowledge() {
    let mut s = Server::new(4);
    let phones: Vec<SocketAddr> = (1..=20).map(|n| SocketAddr::from(([10, 1, 1, n], 50_000))).collect();
    let ports: Vec<u16> = phones.iter().map(|&phone| s.ask(phone, JAR)[0].0).collect();
    for n in 0..60_000u32 {
        let port = 1024 + u16::try_from(n / 3 % 50_000).unwrap();
        let stranger = SocketAddr::from(([10, 1, 2, u8::try_from(n % 3).unwrap()], port));
        s.endpoint.receive(s.now, Route { channel: Channel(0), peer: stranger }, &read(JAR, &[]));
        s.sent();
        while s.endpoint.poll_event().is_some() {}
        s.now += Duration::from_micros(10);
    }
    for (&phone, &port) in phones.iter().zip(&ports) {
        assert_eq!(words(&s.ack(port, phone, 1)), ["data 2 of 512"], "{phone}");
    }
}

#[test]
fn a_full_house_of_real_phones_says_so_and_serves_them_on() {
    let mut s = Server::new(4);
    let peer = |n: u32| SocketAddr::from(([10, 2, n.to_be_bytes()[2], n.to_be_bytes()[3]], 2000));
    let mut ports = Vec::new();
    for n in 0..4096 {
        let port = s.ask(peer(n), JAR)[0].0;
        s.ack(port, peer(n), 1);
        ports.push(port);
    }
    assert_eq!(words(&s.ask(peer(60_000), JAR)), ["error 0"]);
    assert_eq!(words(&s.ack(ports[9], peer(9), 2)), ["data 3 of 512"]);
}
