//! Every way that three blocks can go wrong: an exhaustive walk over loss, duplication, reordering and hasty alarms
//! between one transfer and a receiver. It always ends, never delivers wrong octets, and never sends without a cause.
//!
//! The network is a bag: any packet in it may arrive next (reordering), arrive and stay (duplication), or vanish
//! (loss). Time stands still but for alarms. Nothing is random: every state is visited once.

use super::super::options::Willing;
use super::super::packet::RequestKind;
use super::*;
use std::collections::HashSet;

const BLOCK: usize = 8;
const IMAGE: &[u8; 20] = b"one block two blocks";

/// How much may go wrong in one history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Mischief {
    losses: u8,
    copies: u8,
    /// Alarms that ring while packets are still on their way: a slow network or a slow machine.
    haste: u8,
    /// Times that the receiver repeats its last ACK of its own accord.
    nags: u8,
}

/// A receiver by the book: acknowledges the last block of a window, names a gap, repeats its last ACK.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Receiver {
    window: u16,
    expected: u16,
    in_window: u16,
    got: Vec<u8>,
    done: bool,
    started: bool,
}

impl Receiver {
    fn take(&mut self, datagram: &[u8]) -> Option<Vec<u8>> {
        match Packet::decode(datagram) {
            Ok(Packet::OptionAck { .. }) if self.expected == 1 => {
                self.started = true;
                Some(ack(0))
            }
            Ok(Packet::Data { block, octets }) if block == self.expected => {
                self.started = true;
                self.got.extend_from_slice(octets);
                assert!(IMAGE.starts_with(&self.got), "wrong octets: {:?}", self.got);
                self.expected += 1;
                self.in_window += 1;
                self.done = octets.len() < BLOCK;
                (self.done || self.in_window >= self.window).then(|| self.last_ack())
            }
            Ok(Packet::Data { .. }) if self.started => Some(self.last_ack()),
            _ => None,
        }
    }

    fn last_ack(&mut self) -> Vec<u8> {
        self.in_window = 0;
        ack(self.expected - 1)
    }
}

fn ack(block: u16) -> Vec<u8> {
    let mut out = Vec::new();
    packet::encode_ack(&mut out, block);
    out
}

#[derive(Clone)]
struct World {
    now: Instant,
    transfer: Transfer,
    receiver: Receiver,
    /// Packets on their way: whether to the phone, and what.
    bag: Vec<(bool, Vec<u8>)>,
    left: Mischief,
}

/// What tells two worlds apart: all of the transfer, with times as they are seen from now.
type Key = (String, Receiver, Vec<(bool, Vec<u8>)>, Mischief);

impl World {
    fn new(options: &[(&str, &str)], now: Instant, left: Mischief) -> Self {
        let mut request = Vec::new();
        packet::encode_request(&mut request, RequestKind::Read, "a", "octet", options);
        let Ok(Packet::Read(request)) = Packet::decode(&request) else { panic!("a request") };
        let granted = Granted::settle(&request.options, IMAGE.len() as u64, Willing::for_mtu(1500));
        let transfer = Transfer::new(now, Bytes::from_static(IMAGE), granted);
        let window = granted.window();
        let receiver =
            Receiver { window, expected: 1, in_window: 0, got: Vec::new(), done: false, started: false };
        let mut world = Self { now, transfer, receiver, bag: Vec::new(), left };
        world.drain();
        world
    }

    /// Put what is sent into the bag. Answers how many packets that is.
    fn drain(&mut self) -> usize {
        let mut out = Vec::new();
        let before = self.bag.len();
        while self.transfer.poll_transmit(self.now, &mut out) {
            self.bag.push((true, out.clone()));
        }
        let sent = self.bag.len() - before;
        self.bag.sort();
        sent
    }

    fn deliver(&mut self, index: usize, keep: bool) {
        let (to_phone, datagram) = if keep { self.bag[index].clone() } else { self.bag.remove(index) };
        if to_phone {
            if let Some(answer) = self.receiver.take(&datagram) {
                self.bag.push((false, answer));
                self.bag.sort();
            }
            return;
        }
        let Ok(Packet::Ack { block }) = Packet::decode(&datagram) else { panic!("a receiver sends ACKs") };
        let (state, acked, went_back) = (self.transfer.state, self.transfer.acked, self.transfer.went_back);
        self.transfer.handle(self.now, Input::Packet(Packet::Ack { block }));
        let sent = self.drain();
        let window = usize::from(self.receiver.window);
        let most = match state {
            State::Offering { .. } if block == 0 => window,
            State::Sending if u64::from(block) > acked => window,
            // The ACK that stands, once more: with a window its first block may have been lost.
            State::Sending if u64::from(block) == acked && window > 1 && !went_back => window,
            _ => 0,
        };
        assert!(sent <= most, "{sent} packets for ACK {block} at {state:?} {acked}");
    }

    fn nag(&mut self) {
        self.bag.push((false, ack(self.receiver.expected - 1)));
        self.bag.sort();
    }

    fn ring(&mut self) {
        let at = self.transfer.deadline().expect("it runs");
        let early = at.checked_sub(Duration::from_nanos(1)).expect("a moment before it");
        self.transfer.handle(early, Input::Timeout);
        assert_eq!(self.drain(), 0, "it sends before its time");
        self.now = self.now.max(at);
        self.transfer.handle(self.now, Input::Timeout);
        assert!(self.drain() <= usize::from(self.receiver.window), "more than a window at an alarm");
    }

    fn key(&self) -> Key {
        let t = &self.transfer;
        let silence = self.now.duration_since(t.heard);
        let left = t.deadline.duration_since(self.now);
        let timed = t.timed.map(|(block, at)| (block, self.now.duration_since(at)));
        let (last, window) = (self.now.duration_since(t.last_sent), self.now.duration_since(t.launched));
        let text = format!(
            "{:?} {} {} {} {:?} {timed:?} {left:?} {silence:?} {last:?} {window:?} {} {} {}",
            t.state, t.acked, t.next, t.sent, t.timer, t.met, t.repeats, t.went_back
        );
        (text, self.receiver.clone(), self.bag.clone(), self.left)
    }
}

struct Walk {
    seen: HashSet<Key>,
    ends: u32,
    deepest: u32,
}

impl Walk {
    fn visit(&mut self, world: &World, depth: u32) {
        assert!(depth < 400, "a history without end");
        if !self.seen.insert(world.key()) {
            return;
        }
        self.deepest = self.deepest.max(depth);
        if let Some(outcome) = world.transfer.outcome() {
            self.ends += 1;
            match outcome {
                Outcome::Served => assert_eq!(world.receiver.got, IMAGE, "served, and not all is there"),
                Outcome::Unanswered { .. } => {}
                other => panic!("it ended as {other:?}"),
            }
            return;
        }
        for index in 0..world.bag.len() {
            if index > 0 && world.bag[index] == world.bag[index - 1] {
                continue; // the same packet twice: either will do
            }
            let mut next = world.clone();
            next.deliver(index, false);
            self.visit(&next, depth + 1);
            if world.left.copies > 0 {
                let mut next = world.clone();
                next.left.copies -= 1;
                next.deliver(index, true);
                self.visit(&next, depth + 1);
            }
            if world.left.losses > 0 {
                let mut next = world.clone();
                next.left.losses -= 1;
                next.bag.remove(index);
                self.visit(&next, depth + 1);
            }
        }
        if world.left.nags > 0 && world.receiver.started {
            let mut next = world.clone();
            next.left.nags -= 1;
            next.nag();
            self.visit(&next, depth + 1);
        }
        if world.bag.is_empty() || world.left.haste > 0 {
            let mut next = world.clone();
            if !world.bag.is_empty() {
                next.left.haste -= 1;
            }
            next.ring();
            self.visit(&next, depth + 1);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
fn walk(options: &[(&str, &str)], left: Mischief) -> Walk {
    let mut walk = Walk { seen: HashSet::new(), ends: 0, deepest: 0 };
    walk.visit(&World::new(options, Instant::now(), left), 0);
    walk
}

/// Losses, copies, hasty alarms, nags: a walk for each.
type Amounts = &'static [(u8, u8, u8, u8)];

#[test]
fn three_blocks_arrive_or_are_given_up_whatever_the_network_does() {
    let mut states = 0;
    // In lock-step much may go wrong at once; with a window each piece of mischief multiplies the states by ten.
    let plans: [(&str, Amounts); 3] = [
        ("1", &[(3, 1, 0, 1), (1, 3, 1, 0), (2, 1, 1, 1), (0, 1, 3, 1)]),
        ("2", &[(2, 0, 0, 1), (0, 2, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (0, 1, 1, 0), (0, 0, 1, 1)]),
        ("3", &[(2, 0, 0, 0), (0, 2, 0, 0), (1, 1, 0, 0), (0, 0, 1, 0), (1, 0, 0, 1)]),
    ];
    for (window, amounts) in plans {
        let options = [("blksize", "8"), ("windowsize", window)];
        for (losses, copies, haste, nags) in amounts.iter().copied() {
            let left = Mischief { losses, copies, haste, nags };
            let walk = walk(&options, left);
            assert!(walk.ends > 10, "window {window}, {left:?}: only {} ends", walk.ends);
            states += walk.seen.len();
        }
    }
    assert!(states > 10_000, "only {states} states were seen");
}
