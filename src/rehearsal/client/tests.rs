//! A download, packet by packet.

use super::*;

const WAY: Way = Way {
    blksize: None,
    tsize: false,
    first_answer: FirstAnswer::Takes,
    loses_last_ack: false,
    ack_after: Duration::ZERO,
    clock: Duration::from_secs(1),
};
const PORT: u16 = 1234;

/// A download with a clock in its hand.
struct Hand {
    now: Instant,
    download: Download,
}

impl Hand {
    fn new(way: Way) -> Self {
        #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
        let now = Instant::now();
        Self { now, download: Download::new(now, "a.sbn", way) }
    }

    fn sent(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        let mut sent = Vec::new();
        while let Some(to) = self.download.poll_transmit(&mut out) {
            let to = match to {
                Destination::Request => "ask".to_owned(),
                Destination::Port(port) => port.to_string(),
            };
            sent.push(match Packet::decode(&out).unwrap() {
                Packet::Read(request) => {
                    format!("{to}: read with {} options", request.options.iter().count())
                }
                Packet::Ack { block } => format!("{to}: ack {block}"),
                Packet::Error { code, .. } => format!("{to}: error {code}"),
                other => panic!("a client sent {other:?}"),
            });
        }
        sent
    }

    fn data(&mut self, from: u16, block: u16, octets: &[u8]) -> Vec<String> {
        let mut datagram = Vec::new();
        packet::encode_data(&mut datagram, block, octets);
        self.download.handle(self.now, from, &datagram);
        self.sent()
    }

    fn oack(&mut self, options: &[(&str, u64)]) -> Vec<String> {
        let mut datagram = Vec::new();
        packet::encode_option_ack(&mut datagram, options.iter().copied());
        self.download.handle(self.now, PORT, &datagram);
        self.sent()
    }

    fn wait(&mut self, millis: u64) -> Vec<String> {
        self.now += Duration::from_millis(millis);
        self.download.timeout(self.now);
        self.sent()
    }
}

#[test]
fn a_file_of_an_exact_multiple_ends_with_an_empty_block() {
    let mut hand = Hand::new(WAY);
    assert_eq!(hand.sent(), ["ask: read with 0 options"]);
    assert_eq!(hand.data(PORT, 1, &[1; 512]), ["1234: ack 1"]);
    assert_eq!(hand.download.ended(), None);
    assert_eq!(hand.data(PORT, 2, &[]), ["1234: ack 2"]);
    assert_eq!((hand.download.ended(), hand.download.octets), (Some(&Ended::Whole), 512));
    assert_eq!(hand.download.sha256(), <[u8; 32]>::from(Sha256::digest([1; 512])));
}

#[test]
fn a_repeated_block_is_acknowledged_again_and_an_old_one_is_not() {
    let mut hand = Hand::new(WAY);
    hand.data(PORT, 1, &[1; 512]);
    hand.data(PORT, 2, &[2; 512]);
    assert_eq!(hand.data(PORT, 2, &[2; 512]), ["1234: ack 2"]);
    assert_eq!(hand.data(PORT, 1, &[1; 512]), [""; 0]);
    assert_eq!(hand.data(PORT, 4, &[4; 512]), [""; 0]);
    assert_eq!(hand.download.octets, 1024);
}

#[test]
fn a_stranger_is_told_so_and_disturbs_nothing() {
    let mut hand = Hand::new(WAY);
    hand.data(PORT, 1, &[1; 512]);
    assert_eq!(hand.data(99, 2, &[9; 512]), ["99: error 5"]);
    let mut error = Vec::new();
    packet::encode_error(&mut error, 0, "no");
    hand.download.handle(hand.now, 99, &error);
    assert_eq!(hand.sent(), [""; 0], "an error is not answered with an error");
    assert_eq!(hand.data(PORT, 2, &[2; 100]), ["1234: ack 2"]);
    assert_eq!(hand.download.octets, 612);
}

#[test]
fn it_repeats_on_its_own_clock_and_gives_up_in_the_end() {
    let mut hand = Hand::new(WAY);
    hand.sent();
    assert_eq!(hand.wait(999), [""; 0]);
    assert_eq!(hand.wait(1), ["ask: read with 0 options"]);
    hand.data(PORT, 1, &[1; 512]);
    assert_eq!(hand.wait(1000), ["1234: ack 1"]);
    for _ in 0..REPEATS {
        hand.wait(1000);
    }
    assert_eq!(hand.download.ended(), Some(&Ended::Unanswered));
    assert!(hand.download.is_closed());
}

#[test]
fn after_the_last_block_it_stays_a_while_for_repeats() {
    let mut hand = Hand::new(WAY);
    hand.data(PORT, 1, &[1; 10]);
    assert_eq!(hand.data(PORT, 1, &[1; 10]), ["1234: ack 1"]);
    hand.wait(3000);
    assert!(hand.download.is_closed());
    assert_eq!(hand.data(PORT, 1, &[1; 10]), [""; 0]);
}

#[test]
fn a_lost_last_ack_is_never_sent() {
    let mut hand = Hand::new(Way { loses_last_ack: true, ..WAY });
    hand.sent();
    assert_eq!(hand.data(PORT, 1, &[1; 10]), [""; 0]);
    assert_eq!((hand.download.ended(), hand.download.is_closed()), (Some(&Ended::Whole), true));
}

#[test]
fn options_are_taken_as_granted_and_refused_when_they_were_not_asked_for() {
    let way = Way { blksize: Some(1428), tsize: true, ..WAY };
    let mut hand = Hand::new(way);
    assert_eq!(hand.sent(), ["ask: read with 2 options"]);
    assert_eq!(hand.oack(&[("blksize", 1024), ("tsize", 1500)]), ["1234: ack 0"]);
    assert_eq!(hand.oack(&[("blksize", 1024), ("tsize", 1500)]), ["1234: ack 0"]);
    assert_eq!(hand.data(PORT, 1, &[1; 1024]), ["1234: ack 1"]);
    assert_eq!(hand.data(PORT, 2, &[1; 476]), ["1234: ack 2"]);
    assert_eq!((hand.download.ended(), hand.download.size), (Some(&Ended::Whole), Some(1500)));

    for wrong in [("blksize", 9000), ("blksize", 0), ("windowsize", 4)] {
        let mut hand = Hand::new(way);
        hand.sent();
        assert_eq!(hand.oack(&[wrong]), ["1234: error 8"], "{wrong:?}");
    }
    let mut ignored = Hand::new(way);
    ignored.sent();
    assert_eq!(ignored.data(PORT, 1, &[1; 512]), ["1234: ack 1"], "a server may ignore options");
}

#[test]
fn a_question_for_the_size_ends_with_an_error_of_its_own() {
    let mut hand = Hand::new(Way { tsize: true, first_answer: FirstAnswer::Refuses, ..WAY });
    hand.sent();
    assert_eq!(hand.oack(&[("tsize", 1500)]), ["1234: error 8"]);
    assert_eq!(hand.download.ended(), Some(&Ended::Left));
}

#[test]
fn a_slow_phone_takes_its_time_and_acknowledges_once() {
    let mut hand = Hand::new(Way { ack_after: Duration::from_millis(10), ..WAY });
    hand.sent();
    assert_eq!(hand.data(PORT, 1, &[1; 512]), [""; 0]);
    assert_eq!(hand.data(PORT, 1, &[1; 512]), [""; 0], "the repeat meets an ACK that is on its way");
    assert_eq!(hand.wait(10), ["1234: ack 1"]);
}

#[test]
fn blocks_are_counted_on_beyond_the_wrap() {
    let mut hand = Hand::new(WAY);
    hand.sent();
    for block in 1..=65_540_u32 {
        let sent = hand.data(PORT, wire(block.into()), &[7; 512]);
        assert_eq!(sent, [format!("1234: ack {}", wire(block.into()))]);
    }
    assert_eq!(hand.download.octets, 65_540 * 512);
}
