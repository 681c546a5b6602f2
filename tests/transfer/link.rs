//! A seeded lossy link with a receiver at its far end, under virtual time.

use std::time::{Duration, Instant};

use loadlift::tftp::packet::{self, Packet};
use loadlift::tftp::transfer::{Input, Outcome, Transfer};

use super::{granted, image, origin};

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

pub(crate) struct Link {
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
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    pub(crate) got: Vec<u8>,
    pub(crate) took: Duration,
    /// Packets that the server sent, and how many of them it counts as repeats.
    pub(crate) packets: u64,
    pub(crate) repeats: u32,
}

/// Pauses of a phone: after so many blocks it writes flash for so long.
pub(crate) type Pauses = Vec<(u64, Duration)>;

/// Run a transfer over a link to its end: what arrived, how long it took, how many packets the server sent.
pub(crate) fn run(octets: usize, options: &[(&str, &str)], link: Link) -> (Outcome, Vec<u8>, Duration, u64) {
    let ran = run_with_pauses(octets, options, link, Vec::new());
    (ran.outcome, ran.got, ran.took, ran.packets)
}

/// The same with a phone that pauses: what comes meanwhile waits in its buffer.
pub(crate) fn run_with_pauses(
    octets: usize,
    options: &[(&str, &str)],
    mut link: Link,
    mut pauses: Pauses,
) -> Ran {
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

pub(crate) fn link(seed: u64, loss: f64, duplication: f64, jitter_ms: u64) -> Link {
    Link { dice: fastrand::Rng::with_seed(seed), loss, duplication, jitter: Duration::from_millis(jitter_ms) }
}
