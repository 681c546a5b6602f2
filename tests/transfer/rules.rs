//! Every rule of the RFCs as a case, packet by packet; and clocks that jump.

use std::time::{Duration, Instant};

use loadlift::tftp::packet::Packet;
use loadlift::tftp::transfer::{Input, Outcome, Transfer};

use super::{granted, image, origin};

/// A transfer with a clock in its hand, for tests that speak packet by packet.
struct Bench {
    now: Instant,
    transfer: Transfer,
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
