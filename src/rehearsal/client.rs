//! The TFTP client of a simulated phone: one download, as a state machine (RFC 1350, 2347, 2348, 2349).
//!
//! It acknowledges each block once, repeats its last packet on its own clock, acknowledges a repeated last block again
//! (its ACK was lost) and nothing older, and tells strangers that they are none of its business. It keeps a digest of
//! what came, not the octets: hundreds of phones with whole images would not fit into a laptop.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::phone::Destination;
use crate::tftp::packet::{self, Options, Packet, RequestKind};

/// Block size without options (RFC 1350).
const PLAIN_BLOCK: usize = 512;
/// How often a packet is repeated before the phone gives the file up.
const REPEATS: u32 = 20;
/// For so many of its clock's periods it still answers repeats of the last block.
const LINGER: u32 = 3;
/// Lists are kept whole to be read; they have less than 1 KB, and this is plenty.
const KEPT: usize = 64 * 1024;

/// Error codes that phones send (RFC 1350 appendix, RFC 2347).
mod code {
    pub(super) const UNKNOWN_TRANSFER: u16 = 5;
    pub(super) const OPTIONS_REFUSED: u16 = 8;
}

/// How a file is fetched.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// Block size to ask for; `None` is the plain protocol.
    pub(super) blksize: Option<u16>,
    /// Ask for the size.
    pub(super) tsize: bool,
    /// What it does with the first answer.
    pub(super) first_answer: FirstAnswer,
    /// Whether the ACK of the last block gets lost.
    pub(super) loses_last_ack: bool,
    /// How long it takes for each ACK.
    pub(super) ack_after: Duration,
    /// Its own clock for repeats.
    pub(super) clock: Duration,
}

/// What a client does when the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstAnswer {
    /// It goes on.
    Takes,
    /// It wanted to know the size, and ends the transfer.
    Refuses,
    /// It is gone.
    Vanishes,
}

/// How a download ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// The whole file came.
    Whole,
    /// The server refused, with this error code.
    Refused(u16),
    /// It ended it itself at the first answer, as it wanted to.
    Left,
    /// No answer to many repeats.
    Unanswered,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Asking,
    Receiving { port: u16 },
    Lingering { port: u16, until: Instant },
    Closed,
}

/// One file on its way to a phone.
#[derive(Debug)]
pub(super) struct Download {
    pub(super) name: String,
    way: Way,
    state: State,
    ended: Option<Ended>,
    /// The block that comes next, counted on beyond 65,535.
    next: u64,
    blksize: usize,
    pub(super) octets: u64,
    /// Size of the file, if it was asked for and told.
    pub(super) size: Option<u64>,
    digest: Sha256,
    kept: Vec<u8>,
    repeats: u32,
    repeat_at: Instant,
    /// A slow phone's ACK that is not sent yet.
    ack_at: Option<Instant>,
    out: VecDeque<(Destination, Vec<u8>)>,
}

impl Download {
    /// Ask for `name`.
    pub(super) fn new(now: Instant, name: &str, way: Way) -> Self {
        let mut download = Self {
            name: name.to_owned(),
            way,
            state: State::Asking,
            ended: None,
            next: 1,
            blksize: PLAIN_BLOCK,
            octets: 0,
            size: None,
            digest: Sha256::new(),
            kept: Vec::new(),
            repeats: 0,
            repeat_at: now + way.clock,
            ack_at: None,
            out: VecDeque::new(),
        };
        download.ask();
        download
    }

    /// How it ended; `None` while it runs. A download that ended well may still linger.
    pub(super) fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Whether its port is closed: nothing more comes from it.
    pub(super) fn is_closed(&self) -> bool {
        self.state == State::Closed && self.out.is_empty()
    }

    /// Whether it went away without a word, so that the server goes on speaking to its port.
    pub(super) fn has_vanished(&self) -> bool {
        self.ended == Some(Ended::Left) && self.way.first_answer == FirstAnswer::Vanishes
    }

    /// SHA-256 of what came.
    pub(super) fn sha256(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }

    /// What came, up to some length that every list is well below.
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// When [`Self::timeout`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Closed => None,
            State::Lingering { until, .. } => Some(self.ack_at.map_or(until, |at| at.min(until))),
            State::Asking | State::Receiving { .. } => {
                Some(self.ack_at.map_or(self.repeat_at, |at| at.min(self.repeat_at)))
            }
        }
    }

    /// The next packet to send.
    pub(super) fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<Destination> {
        let (to, packet) = self.out.pop_front()?;
        out.clear();
        out.extend_from_slice(&packet);
        Some(to)
    }

    /// A datagram arrived from this port of the server.
    pub(super) fn handle(&mut self, now: Instant, from: u16, datagram: &[u8]) {
        let Ok(packet) = Packet::decode(datagram) else { return };
        match self.state {
            State::Closed => {} // the port is closed: nobody hears it
            State::Receiving { port } | State::Lingering { port, .. } if port != from => {
                // RFC 1350 section 4: another transfer id. But never answer an error with an error.
                if !matches!(packet, Packet::Error { .. }) {
                    self.error(from, code::UNKNOWN_TRANSFER, "wrong transfer id");
                }
            }
            State::Lingering { .. } => match packet {
                Packet::Data { block, .. } if block == wire(self.next - 1) => self.ack(),
                _ => {}
            },
            State::Asking | State::Receiving { .. } => self.on_packet(now, from, &packet),
        }
    }

    fn on_packet(&mut self, now: Instant, from: u16, packet: &Packet<'_>) {
        if let Packet::Error { code, .. } = packet {
            return self.close(Ended::Refused(*code));
        }
        if self.state == State::Asking && matches!(packet, Packet::Data { .. } | Packet::OptionAck { .. }) {
            match self.way.first_answer {
                FirstAnswer::Takes => {}
                FirstAnswer::Vanishes => return self.close(Ended::Left),
                FirstAnswer::Refuses => {
                    self.error(from, code::OPTIONS_REFUSED, "that is all I wanted to know");
                    return self.close(Ended::Left);
                }
            }
        }
        match *packet {
            Packet::Data { block, octets } => self.on_data(now, from, block, octets),
            Packet::OptionAck { options } => self.on_option_ack(now, from, options),
            // A server that asks or acknowledges is confused; the phone waits for a sound packet.
            _ => {}
        }
    }

    fn on_data(&mut self, now: Instant, from: u16, block: u16, octets: &[u8]) {
        if block != wire(self.next) {
            // The last block once more: our ACK was lost. Anything older is a late copy and is not answered, or
            // two sides that repeat each other would double every packet.
            if self.next > 1 && block == wire(self.next - 1) && self.ack_at.is_none() {
                self.ack();
            }
            return;
        }
        if octets.len() > self.blksize || (self.state == State::Asking && block != 1) {
            return;
        }
        self.state = State::Receiving { port: from };
        self.next += 1;
        self.octets += octets.len() as u64;
        self.digest.update(octets);
        if self.kept.len() < KEPT {
            self.kept.extend_from_slice(octets);
        }
        self.news(now);
        if octets.len() == self.blksize {
            return self.acknowledge(now);
        }
        if self.way.loses_last_ack {
            return self.close(Ended::Whole);
        }
        self.acknowledge(now);
        self.ended = Some(Ended::Whole);
        self.state = State::Lingering { port: from, until: now + self.way.clock * LINGER };
    }

    fn on_option_ack(&mut self, now: Instant, from: u16, options: Options<'_>) {
        if self.next > 1 {
            return; // a late copy
        }
        let mut blksize = PLAIN_BLOCK as u64;
        for (name, value) in options.iter() {
            let number = std::str::from_utf8(value).ok().and_then(|value| value.parse::<u64>().ok());
            if name.eq_ignore_ascii_case(b"blksize") {
                match (number, self.way.blksize) {
                    (Some(granted), Some(asked)) if (8..=u64::from(asked)).contains(&granted) => {
                        blksize = granted;
                    }
                    _ => return self.refuse_options(from),
                }
            } else if name.eq_ignore_ascii_case(b"tsize") && self.way.tsize {
                self.size = number;
            } else {
                return self.refuse_options(from); // an option that was not asked for
            }
        }
        self.blksize = usize::try_from(blksize).unwrap_or(PLAIN_BLOCK);
        self.state = State::Receiving { port: from };
        self.news(now);
        self.acknowledge(now);
    }

    fn refuse_options(&mut self, from: u16) {
        self.error(from, code::OPTIONS_REFUSED, "not what was asked for");
        self.close(Ended::Refused(code::OPTIONS_REFUSED));
    }

    /// Time has passed.
    pub(super) fn timeout(&mut self, now: Instant) {
        if self.ack_at.is_some_and(|at| at <= now) {
            self.ack_at = None;
            self.ack();
        }
        match self.state {
            State::Lingering { until, .. } if until <= now => self.state = State::Closed,
            State::Asking | State::Receiving { .. } if self.repeat_at <= now => {
                self.repeats += 1;
                self.repeat_at = now + self.way.clock;
                if self.repeats > REPEATS {
                    self.close(Ended::Unanswered);
                } else if self.state == State::Asking {
                    self.ask();
                } else if self.ack_at.is_none() {
                    self.ack();
                }
            }
            _ => {}
        }
    }

    fn news(&mut self, now: Instant) {
        self.repeats = 0;
        self.repeat_at = now + self.way.clock;
    }

    fn acknowledge(&mut self, now: Instant) {
        if self.way.ack_after.is_zero() {
            self.ack();
        } else {
            self.ack_at = Some(now + self.way.ack_after);
        }
    }

    fn ask(&mut self) {
        let blksize = self.way.blksize.map(|blksize| blksize.to_string());
        let mut options = Vec::new();
        options.extend(blksize.as_deref().map(|blksize| ("blksize", blksize)));
        options.extend(self.way.tsize.then_some(("tsize", "0")));
        let mut out = Vec::new();
        packet::encode_request(&mut out, RequestKind::Read, &self.name, "octet", &options);
        self.out.push_back((Destination::Request, out));
    }

    fn ack(&mut self) {
        if let State::Receiving { port } | State::Lingering { port, .. } = self.state {
            let mut out = Vec::new();
            packet::encode_ack(&mut out, wire(self.next - 1));
            self.out.push_back((Destination::Port(port), out));
        }
    }

    fn error(&mut self, to: u16, code: u16, message: &str) {
        let mut out = Vec::new();
        packet::encode_error(&mut out, code, message);
        self.out.push_back((Destination::Port(to), out));
    }

    fn close(&mut self, ended: Ended) {
        self.ended = Some(ended);
        self.state = State::Closed;
        self.ack_at = None;
    }
}

/// A block's number on the wire.
fn wire(block: u64) -> u16 {
    (block & 0xffff) as u16
}

#[cfg(test)]
mod tests;
