//! One transfer under virtual time: every rule of the RFCs as a case, and a seeded lossy link around a receiver.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "in a test a panic is the report, and block numbers wrap on purpose"
)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use loadlift::tftp::options::{Granted, Willing};
use loadlift::tftp::packet::{self, Packet, RequestKind};
use loadlift::tftp::transfer::{Input, Outcome, Transfer};

fn image(octets: usize) -> Bytes {
    (0..octets).map(|i| (i * 31 + i / 251) as u8).collect::<Vec<_>>().into()
}

fn granted(options: &[(&str, &str)], octets: usize) -> Granted {
    let mut datagram = Vec::new();
    packet::encode_request(&mut datagram, RequestKind::Read, "a", "octet", options);
    let Ok(Packet::Read(request)) = Packet::decode(&datagram) else { panic!("not a read request") };
    Granted::settle(&request.options, octets as u64, Willing::for_mtu(65_536))
}

/// A transfer with a clock in its hand, for tests that speak packet by packet.
struct Bench {
    now: Instant,
    transfer: Transfer,
}

#[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
fn origin() -> Instant {
    Instant::now()
}

impl Bench {
    fn new(octets: usize, options: &[(&str, &str)]) -> Self {
        let now = origin();
        Self { now, transfer: Transfer::new(now, image(octets), granted(options, octets)) }
    }

    /// What is sent now: `"oack"`, or the block numbers.
    fn sent(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        let mut sent = Vec::new();
        while self.transfer.poll_transmit(self.now, &mut out) {
            sent.push(match Packet::decode(&out).unwrap() {
                Packet::Data { block, .. } => block.to_string(),
                Packet::OptionAck { .. } => "oack".into(),
                other => panic!("a server that only reads sent {other:?}"),
            });
        }
        sent
    }

    fn ack(&mut self, block: u16) -> Vec<String> {
        self.transfer.handle(self.now, Input::Packet(Packet::Ack { block }));
        self.sent()
    }

    fn wait(&mut self, millis: u64) -> Vec<String> {
        self.now += Duration::from_millis(millis);
        self.transfer.handle(self.now, Input::Timeout);
        self.sent()
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn the_plain_protocol_sends_one_block_for_each_ack_and_ends_with_a_short_one() {
    let mut t = Bench::new(1100, &[]);
    assert_eq!(t.sent(), ["1"]);
    assert_eq!(t.ack(1), ["2"]);
    assert_eq!(t.ack(2), ["3"]);
    assert_eq!(t.transfer.outcome(), None);
    assert_eq!(t.ack(3), NOTHING);
    assert_eq!(t.transfer.outcome(), Some(&Outcome::Served));
    assert_eq!(t.transfer.octets(), 1100);
}

#[test]
fn an_empty_file_and_an_exact_multiple_end_with_an_empty_block() {
    let mut t = Bench::new(0, &[]);
    assert_eq!(t.sent(), ["1"]);
    t.ack(1);
    assert_eq!(t.transfer.outcome(), Some(&Outcome::Served));

    let mut t = Bench::new(1024, &[]);
    t.sent();
    t.ack(1);
    assert_eq!(t.ack(2), ["3"], "1024 octets are two full blocks and an empty one");
    t.ack(3);
    assert_eq!(t.transfer.outcome(), Some(&Outcome::Served));
}

#[test]
fn options_are_offered_first_and_only_ack_0_accepts_them() {
    let mut t = Bench::new(3000, &[("blksize", "1428")]);
    assert_eq!(t.sent(), ["oack"]);
    assert_eq!(t.ack(1), NOTHING, "an ACK of another transfer");
    assert_eq!(t.ack(0), ["1"]);
    assert_eq!(t.ack(1), ["2"]);
}

#[test]
fn a_client_that_answers_the_offer_with_an_error_ends_it_at_once_and_quietly() {
    let mut t = Bench::new(3000, &[("tsize", "0")]);
    assert_eq!(t.sent(), ["oack"]);
    t.transfer.handle(t.now, Input::Packet(Packet::Error { code: 8, message: b"size only" }));
    assert_eq!(t.transfer.outcome(), Some(&Outcome::Aborted { code: 8, message: "size only".into() }));
    assert_eq!(t.sent(), NOTHING);
    assert_eq!(t.transfer.deadline(), None, "nothing is left to wait for");
    assert_eq!(t.wait(10_000), NOTHING);
}

#[test]
fn a_repeated_ack_is_not_answered_with_data() {
    let mut t = Bench::new(5000, &[]);
    t.sent();
    assert_eq!(t.ack(1), ["2"]);
    assert_eq!(t.ack(1), NOTHING, "RFC 1123 section 4.2.3.1");
    assert_eq!(t.ack(0), NOTHING);
    assert_eq!(t.ack(2), ["3"]);
}

#[test]
fn an_ack_for_a_block_that_was_never_sent_skips_nothing() {
    let mut t = Bench::new(5000, &[]);
    t.sent();
    for spoofed in [2, 3, 9, 40_000, 65_535] {
        assert_eq!(t.ack(spoofed), NOTHING, "ACK {spoofed}");
    }
    assert_eq!(t.ack(1), ["2"]);
}

#[test]
fn a_window_goes_out_whole_and_a_gap_goes_back_to_the_block_named() {
    let mut t = Bench::new(512 * 20, &[("windowsize", "4")]);
    assert_eq!(t.sent(), ["oack"]);
    assert_eq!(t.ack(0), ["1", "2", "3", "4"]);
    assert_eq!(t.ack(2), ["3", "4", "5", "6"], "block 3 was lost: from there at once");
    assert_eq!(t.ack(6), ["7", "8", "9", "10"]);
    assert_eq!(t.ack(6), ["7", "8", "9", "10"], "block 7 was lost: the receiver names what it has");
    assert_eq!(t.ack(6), NOTHING, "once only, so that duplicated ACKs cannot multiply");
    assert_eq!(t.ack(10), ["11", "12", "13", "14"]);
}

#[test]
fn the_block_number_wraps_on_the_wire_and_the_file_arrives() {
    let octets = 8 * 70_000;
    let mut t = Bench::new(octets, &[("blksize", "8")]);
    t.sent();
    let mut last = t.ack(0);
    let mut blocks = 0u64;
    while t.transfer.outcome().is_none() {
        assert_eq!(last.len(), 1, "after {blocks} blocks");
        blocks += 1;
        let block: u16 = last[0].parse().unwrap();
        assert_eq!(u64::from(block), blocks % 65_536);
        last = t.ack(block);
    }
    assert_eq!(blocks, 70_001);
    assert_eq!(t.transfer.octets(), octets as u64);
}

#[test]
fn the_first_repeat_comes_soon_later_ones_ever_later_and_a_vanished_phone_is_given_up() {
    let mut t = Bench::new(100_000, &[]);
    t.sent();
    let mut block = 0;
    for _ in 0..20 {
        t.now += Duration::from_millis(1);
        block += 1;
        t.ack(block);
    }
    let vanished = t.now;
    let mut repeats = Vec::new();
    while t.transfer.outcome().is_none() {
        let deadline = t.transfer.deadline().unwrap();
        t.now = deadline;
        t.transfer.handle(t.now, Input::Timeout);
        if !t.sent().is_empty() {
            repeats.push(t.now.duration_since(vanished));
        }
    }
    assert!(repeats[0] < Duration::from_millis(100), "first repeat after {:?}", repeats[0]);
    let in_three_seconds = repeats.iter().filter(|at| **at < Duration::from_secs(3)).count();
    assert!(in_three_seconds <= 5, "{in_three_seconds} repeats in a pause of 3 s");
    assert!(repeats.len() < 30, "{} repeats in all", repeats.len());
    assert_eq!(t.transfer.outcome(), Some(&Outcome::Unanswered { all_sent: false }));
    let took = t.now.duration_since(vanished);
    assert!((Duration::from_secs(30)..Duration::from_secs(90)).contains(&took), "given up after {took:?}");
}

#[test]
fn a_request_that_nobody_ever_acknowledges_is_given_up_sooner() {
    for options in [&[][..], &[("blksize", "1428")]] {
        let mut t = Bench::new(100_000, options);
        let began = t.now;
        t.sent();
        let mut packets = 1;
        while t.transfer.outcome().is_none() {
            t.now = t.transfer.deadline().unwrap();
            t.transfer.handle(t.now, Input::Timeout);
            packets += t.sent().len();
        }
        assert!(t.now.duration_since(began) < Duration::from_secs(20));
        assert!((3..=8).contains(&packets), "{packets} packets for {options:?}");
        assert_eq!(t.transfer.retransmissions() as usize, packets - 1);
    }
}

#[test]
fn the_interval_that_the_client_asks_for_stands() {
    let mut t = Bench::new(5000, &[("timeout", "2")]);
    t.sent();
    assert_eq!(t.wait(1_990), NOTHING);
    assert_eq!(t.wait(10), ["oack"]);
    assert_eq!(t.ack(0), ["1"]);
    for _ in 0..4 {
        assert_eq!(t.wait(1_990), NOTHING);
        assert_eq!(t.wait(10), ["1"]);
    }
}

#[test]
fn a_repeated_request_is_answered_at_once_until_the_phone_is_heard_and_never_after() {
    let mut t = Bench::new(5000, &[("blksize", "1024")]);
    assert_eq!(t.sent(), ["oack"]);
    t.transfer.handle(t.now, Input::Repeated);
    assert_eq!(t.sent(), ["oack"]);
    assert_eq!(t.ack(0), ["1"]);
    t.transfer.handle(t.now, Input::Repeated);
    assert_eq!(t.sent(), NOTHING);

    let mut t = Bench::new(5000, &[]);
    assert_eq!(t.sent(), ["1"]);
    t.transfer.handle(t.now, Input::Repeated);
    assert_eq!(t.sent(), ["1"]);
}

#[test]
fn packets_that_a_reader_has_no_business_to_send_do_not_disturb() {
    let mut t = Bench::new(5000, &[]);
    t.sent();
    t.transfer.handle(t.now, Input::Packet(Packet::Data { block: 1, octets: b"x" }));
    t.transfer.handle(t.now, Input::Packet(Packet::decode(b"\0\x06blksize\x008\0").unwrap()));
    t.transfer.handle(t.now, Input::Packet(Packet::decode(b"\0\x01a\0octet\0").unwrap()));
    assert_eq!(t.sent(), NOTHING);
    assert_eq!(t.ack(1), ["2"]);
}

/// A receiver by RFC 1350 and RFC 7440 that repeats its last packet after a second.
struct Receiver {
    blksize: usize,
    window: u16,
    expected: u64,
    in_window: u16,
    got: Vec<u8>,
    last: Vec<u8>,
    heard: Instant,
    done: bool,
}

impl Receiver {
    fn ack(&mut self) -> Vec<u8> {
        self.in_window = 0;
        self.last.clear();
        packet::encode_ack(&mut self.last, (self.expected - 1) as u16);
        self.last.clone()
    }

    fn take(&mut self, now: Instant, datagram: &[u8]) -> Option<Vec<u8>> {
        self.heard = now;
        match Packet::decode(datagram).unwrap() {
            Packet::OptionAck { .. } if self.expected == 1 => Some(self.ack()),
            Packet::Data { block, octets } if block == self.expected as u16 => {
                self.got.extend_from_slice(octets);
                self.expected += 1;
                self.in_window += 1;
                self.done = octets.len() < self.blksize;
                (self.done || self.in_window == self.window).then(|| self.ack())
            }
            // An old block: acknowledge again what is here. A later one: name the gap.
            Packet::Data { .. } => Some(self.ack()),
            _ => None,
        }
    }
}

struct Link {
    dice: fastrand::Rng,
    loss: f64,
    duplication: f64,
    jitter: Duration,
}

impl Link {
    /// When copies of a packet sent now arrive; none if it is lost.
    fn arrivals(&mut self, now: Instant) -> Vec<Instant> {
        let mut copies = usize::from(self.dice.f64() >= self.loss);
        copies += usize::from(copies > 0 && self.dice.f64() < self.duplication);
        (0..copies).map(|_| now + Duration::from_micros(500) + self.jitter.mul_f64(self.dice.f64())).collect()
    }
}

/// How a run went.
struct Ran {
    outcome: Outcome,
    got: Vec<u8>,
    took: Duration,
    /// Packets that the server sent, and how many of them it counts as repeats.
    packets: u64,
    repeats: u32,
}

/// Pauses of a phone: after so many blocks it writes flash for so long.
type Pauses = Vec<(u64, Duration)>;

/// Run a transfer over a link to its end: what arrived, how long it took, how many packets the server sent.
fn run(octets: usize, options: &[(&str, &str)], link: Link) -> (Outcome, Vec<u8>, Duration, u64) {
    let ran = run_with_pauses(octets, options, link, Vec::new());
    (ran.outcome, ran.got, ran.took, ran.packets)
}

/// The same with a phone that pauses: what comes meanwhile waits in its buffer.
fn run_with_pauses(octets: usize, options: &[(&str, &str)], mut link: Link, mut pauses: Pauses) -> Ran {
    let start = origin();
    let granted = granted(options, octets);
    let mut transfer = Transfer::new(start, image(octets), granted);
    let mut receiver = Receiver {
        blksize: granted.blksize().into(),
        window: granted.window(),
        expected: 1,
        in_window: 0,
        got: Vec::new(),
        last: Vec::new(),
        heard: start,
        done: false,
    };
    let mut flying: Vec<(Instant, bool, Vec<u8>)> = Vec::new();
    let (mut now, mut out, mut packets) = (start, Vec::new(), 0);
    let mut asleep = start;
    loop {
        while transfer.poll_transmit(now, &mut out) {
            packets += 1;
            flying.extend(link.arrivals(now).into_iter().map(|at| (at.max(asleep), true, out.clone())));
        }
        if let Some(outcome) = transfer.outcome() {
            let (outcome, repeats) = (outcome.clone(), transfer.retransmissions());
            return Ran { outcome, got: receiver.got, took: now - start, packets, repeats };
        }
        let repeat_at = receiver.heard + Duration::from_secs(1);
        let next_flight = flying.iter().enumerate().min_by_key(|(_, f)| f.0).map(|(i, f)| (f.0, i));
        let deadline = transfer.deadline().unwrap();
        now = deadline.min(repeat_at).min(next_flight.map_or(deadline, |(at, _)| at));
        if let Some((at, i)) = next_flight
            && at <= now
        {
            let (_, to_phone, datagram) = flying.remove(i);
            if let Some(pause) = pauses.iter().position(|(after, _)| to_phone && *after < receiver.expected) {
                let until = now + pauses.swap_remove(pause).1;
                // It reads nothing until then, and sees what came in the order in which it came.
                flying.insert(i, (until, true, datagram));
                for (at, to_phone, _) in &mut flying {
                    *at = if *to_phone { (*at).max(until) } else { *at };
                }
                asleep = until;
                receiver.heard = until;
            } else if to_phone {
                if let Some(answer) = receiver.take(now, &datagram) {
                    flying.extend(link.arrivals(now).into_iter().map(|at| (at, false, answer.clone())));
                }
            } else {
                transfer.handle(now, Input::Packet(Packet::decode(&datagram).unwrap()));
            }
        } else if repeat_at <= now {
            receiver.heard = now;
            if !receiver.done && !receiver.last.is_empty() {
                let again = receiver.last.clone();
                flying.extend(link.arrivals(now).into_iter().map(|at| (at, false, again.clone())));
            }
        }
        transfer.handle(now, Input::Timeout);
    }
}

fn link(seed: u64, loss: f64, duplication: f64, jitter_ms: u64) -> Link {
    Link { dice: fastrand::Rng::with_seed(seed), loss, duplication, jitter: Duration::from_millis(jitter_ms) }
}

#[test]
fn an_image_survives_loss_duplication_and_reordering_at_every_block_and_window_size() {
    for seed in 0..30 {
        for options in [&[][..], &[("blksize", "1428")], &[("blksize", "1024"), ("windowsize", "8")]] {
            let (outcome, got, took, _) = run(100_000, options, link(seed, 0.05, 0.05, 3));
            let story = format!("seed {seed}, {options:?}, {outcome:?}");
            assert!(matches!(outcome, Outcome::Served | Outcome::Unanswered { all_sent: true }), "{story}");
            assert!(got == image(100_000), "{story}: {} octets arrived, not those sent", got.len());
            assert!(took < Duration::from_secs(120), "{story} took {took:?}");
        }
    }
}

#[test]
fn a_lost_packet_costs_tens_of_milliseconds_and_not_seconds() {
    let (_, _, clean, _) = run(1_000_000, &[], link(1, 0.0, 0.0, 0));
    for seed in 0..5 {
        let (_, _, took, _) = run(1_000_000, &[], link(seed, 0.01, 0.0, 0));
        assert!(took < clean * 2, "seed {seed}: {took:?} with 1 % loss each way, {clean:?} without");
    }
}

#[test]
fn duplicated_packets_never_multiply() {
    for seed in 0..10 {
        for options in [&[][..], &[("windowsize", "8")]] {
            let (outcome, got, _, packets) = run(200_000, options, link(seed, 0.0, 1.0, 0));
            assert_eq!((outcome, got.len()), (Outcome::Served, 200_000), "seed {seed}, {options:?}");
            let blocks = 200_000 / 512 + 2;
            // Plain: not one more. With a window the receiver answers every duplicate with an ACK that may name a
            // gap, and each such ACK may send a part of the window again: linear in the window, never a cascade.
            let most = if options.is_empty() { blocks } else { 8 * blocks };
            assert!(packets <= most, "seed {seed}, {options:?}: {packets} packets for {blocks} blocks");
        }
    }
}

#[test]
fn one_packet_in_five_lost_is_slow_but_arrives() {
    for seed in 0..10 {
        let (outcome, got, took, _) = run(200_000, &[], link(seed, 0.2, 0.0, 0));
        assert!(got == image(200_000), "seed {seed}: {} octets, {outcome:?}, {took:?}", got.len());
    }
}

const EIGHT_MB: usize = 8_000_000;

#[test]
fn eight_megabytes_with_one_percent_lost_each_way_take_at_most_twice_as_long_and_with_five_six_times() {
    // A round trip of 1 ms; the phone itself repeats only after a second.
    let (_, _, clean, _) = run(EIGHT_MB, &[], link(1, 0.0, 0.0, 0));
    assert!((Duration::from_secs(15)..Duration::from_secs(17)).contains(&clean), "{clean:?} without loss");
    for (loss, times) in [(0.01, 2), (0.05, 6)] {
        for seed in 0..2 {
            let (outcome, got, took, _) = run(EIGHT_MB, &[], link(seed, loss, 0.0, 0));
            assert!(got == image(EIGHT_MB), "seed {seed}, {outcome:?}: other octets");
            assert!(took <= clean * times, "seed {seed}, loss {loss}: {took:?}, and {clean:?} without");
        }
    }
}

#[test]
fn eight_megabytes_arrive_with_one_packet_in_five_lost_each_way() {
    let (outcome, got, took, _) = run(EIGHT_MB, &[], link(3, 0.2, 0.0, 0));
    assert!(got == image(EIGHT_MB), "{outcome:?} after {took:?}: {} octets", got.len());
}

#[test]
fn a_phone_that_writes_flash_between_blocks_is_not_taken_for_a_loss() {
    for millis in [300, 700, 1500, 3000] {
        let pauses: Pauses = (1..20).map(|n| (n * 90, Duration::from_millis(millis))).collect();
        let count = u32::try_from(pauses.len()).unwrap();
        for options in [&[][..], &[("blksize", "1428")], &[("windowsize", "8")]] {
            let ran = run_with_pauses(EIGHT_MB / 8, options, link(1, 0.0, 0.0, 0), pauses.clone());
            assert_eq!(ran.outcome, Outcome::Served, "{millis} ms, {options:?}");
            assert!(ran.got == image(EIGHT_MB / 8), "{millis} ms, {options:?}: other octets");
            let window = if options.first().is_some_and(|(name, _)| *name == "windowsize") { 8 } else { 1 };
            let most = 5 * count * window;
            assert!(
                ran.repeats <= most,
                "{} repeats in {count} pauses of {millis} ms, {options:?}",
                ran.repeats
            );
        }
    }
}

#[test]
fn a_gap_in_a_window_costs_a_round_trip_and_no_timer() {
    // One packet is lost on purpose: the third of the window. The receiver names the gap at the next block.
    let mut t = Bench::new(512 * 64, &[("windowsize", "8")]);
    t.sent();
    assert_eq!(t.ack(0).len(), 8);
    t.now += Duration::from_millis(1);
    assert_eq!(t.ack(2), ["3", "4", "5", "6", "7", "8", "9", "10"], "at once, from the block named");
}

#[test]
fn a_link_that_goes_away_for_twenty_seconds_and_a_laptop_that_sleeps_for_sixty_lose_no_transfer() {
    for away in [20, 59] {
        let mut t = Bench::new(100_000, &[]);
        t.sent();
        t.now += Duration::from_millis(1);
        assert_eq!(t.ack(1), ["2"]);
        let until = t.now + Duration::from_secs(away);
        while t.transfer.deadline().is_some_and(|at| at < until) {
            t.now = t.transfer.deadline().unwrap();
            t.transfer.handle(t.now, Input::Timeout);
            t.sent();
        }
        t.now = until;
        assert_eq!(t.transfer.outcome(), None, "given up within {away} s");
        assert_eq!(t.ack(2), ["3"], "and it goes on");
    }
    // A suspended laptop sees no time pass, or all of it at once: one alarm, not sixty seconds of them.
    let mut t = Bench::new(100_000, &[]);
    t.sent();
    t.now += Duration::from_millis(1);
    t.ack(1);
    assert_eq!(t.wait(60_000), ["2"], "one repeat at the awakening");
    assert_eq!(t.transfer.outcome(), None);
    assert_eq!(t.ack(2), ["3"]);
}

#[test]
fn a_clock_that_jumps_either_way_ends_no_transfer_and_draws_no_storm() {
    let mut t = Bench::new(100_000, &[]);
    t.sent();
    t.now += Duration::from_millis(1);
    assert_eq!(t.ack(1), ["2"]);
    t.now -= Duration::from_millis(1);
    assert_eq!(t.ack(2), ["3"], "a moment before the last one");
    assert!(t.wait(3_600_000).len() <= 1, "an hour at once is one alarm");
    assert_eq!(t.transfer.outcome(), None);
    assert_eq!(t.ack(3), ["4"]);
}
