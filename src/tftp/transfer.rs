//! One file to one phone: a state machine without socket or clock (RFC 1350, 2347, 2348, 2349, 7440).
//!
//! Feed one input, drain [`Transfer::poll_transmit`], sleep until [`Transfer::deadline`]. Waking early is harmless.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::options::Granted;
use super::packet::{self, Packet};
use super::rto::RetransmissionTimer;
use crate::error::printable;

/// A phone that was heard and then fell silent is given up after this long: time to put a cable back.
const PATIENCE: Duration = Duration::from_secs(60);
/// A phone that asked and never acknowledged anything is given up sooner; most such requests are spoofed or stale.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);
/// With a repeat interval of the client's own choice, at least this many repeats before giving up.
const LEAST_REPEATS: u32 = 4;
/// Longest text of a client's error packet that is kept, in characters.
const MAX_MESSAGE: usize = 120;

/// What can happen to a transfer.
#[derive(Debug)]
pub enum Input<'a> {
    /// A packet from the phone's transfer port.
    Packet(Packet<'a>),
    /// The phone sent its request again: our first answer was lost, or is still on its way.
    Repeated,
    /// Time has passed.
    Timeout,
}

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged to the last octet.
    Served,
    /// The phone sent an error packet. At 0 octets it is often a mere question for the size.
    Aborted {
        /// Code in the packet.
        code: u16,
        /// Its text, printable.
        message: String,
    },
    /// The phone stopped answering.
    Unanswered {
        /// Whether the last block had been sent: perhaps only the final ACK was lost.
        all_sent: bool,
    },
    /// The same port asked for something else, so the phone had left this transfer behind.
    Superseded,
    /// Stepping the transfer panicked: a fault of this program.
    Faulted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The OACK waits for ACK 0. It is `due` to be sent; `again` if it was sent before.
    Offering {
        due: bool,
        again: bool,
    },
    /// Blocks are under way.
    Sending,
    Ended,
}

/// The sending side of one transfer.
#[derive(Debug, Clone)]
pub struct Transfer {
    image: Bytes,
    granted: Granted,
    state: State,
    /// Blocks acknowledged. Counted in u64 and wrapped only on the wire, so files over 32 MiB just work.
    acked: u64,
    /// The block that goes out next.
    next: u64,
    /// The highest block sent so far.
    sent: u64,
    timer: RetransmissionTimer,
    /// The latest packet that was sent only once, for measuring (Karn's rule): its block, 0 for the OACK.
    timed: Option<(u64, Instant)>,
    deadline: Instant,
    heard: Instant,
    /// Whether the phone ever acknowledged anything.
    met: bool,
    repeats: u32,
    /// With a window: whether a repeated ACK has already sent us back since the last progress.
    went_back: bool,
    /// When the last packet was sent, and when the window that is under way began.
    last_sent: Instant,
    launched: Instant,
    retransmissions: u32,
    outcome: Option<Outcome>,
}

impl Transfer {
    /// A transfer of `image` as it travels (netascii is already applied). Its first packet is due at once.
    pub fn new(now: Instant, image: Bytes, granted: Granted) -> Self {
        let offer = State::Offering { due: true, again: false };
        let state = if granted.needs_option_ack() { offer } else { State::Sending };
        let timer = RetransmissionTimer::new(
            granted.timeout().map(|seconds| Duration::from_secs(u64::from(seconds))),
        );
        Self {
            image,
            granted,
            state,
            acked: 0,
            next: 1,
            sent: 0,
            deadline: now + timer.interval(),
            timer,
            timed: None,
            heard: now,
            met: false,
            repeats: 0,
            went_back: false,
            last_sent: now,
            launched: now,
            retransmissions: 0,
            outcome: None,
        }
    }

    /// Feed one input. Afterwards drain [`Self::poll_transmit`], then sleep until [`Self::deadline`].
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match (self.state, input) {
            (State::Ended, _) => {} // late packets of a finished transfer: nothing to say
            (_, Input::Packet(Packet::Ack { block })) => self.on_ack(now, block),
            (_, Input::Packet(Packet::Error { code, message })) => {
                let message = printable(&String::from_utf8_lossy(message), MAX_MESSAGE);
                self.end(Outcome::Aborted { code, message });
            }
            // DATA, OACK or a request inside a reading transfer: a stray is no reason to end an upgrade.
            (_, Input::Packet(_)) => {}
            (_, Input::Repeated) => self.on_repeated_request(),
            (_, Input::Timeout) => self.on_timeout(now),
        }
    }

    /// Write the next packet that is due into `out`, which is emptied first. `false`: nothing is due.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        out.clear();
        match self.state {
            State::Offering { due: true, again } => {
                self.state = State::Offering { due: false, again: true };
                self.granted.encode(out);
                self.note_sent(now, 0, again);
                true
            }
            State::Sending if self.next <= self.window_end() => {
                let block = self.next;
                packet::encode_data(out, wire_block(block), self.block(block));
                self.next += 1;
                self.note_sent(now, block, block <= self.sent);
                self.sent = self.sent.max(block);
                true
            }
            _ => false,
        }
    }

    /// When to feed [`Input::Timeout`]; `None` once the transfer has ended.
    pub fn deadline(&self) -> Option<Instant> {
        (self.state != State::Ended).then_some(self.deadline)
    }

    /// How it ended; `None` while it runs.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// End it from outside; nothing more is sent.
    pub fn end(&mut self, outcome: Outcome) {
        if self.state != State::Ended {
            self.state = State::Ended;
            self.outcome = Some(outcome);
        }
    }

    /// Octets acknowledged.
    pub fn octets(&self) -> u64 {
        (self.acked * u64::from(self.granted.blksize())).min(self.image.len() as u64)
    }

    /// Octets that the transfer will carry.
    pub fn total(&self) -> u64 {
        self.image.len() as u64
    }

    /// Packets that were sent again.
    pub fn retransmissions(&self) -> u32 {
        self.retransmissions
    }

    /// What was agreed on.
    pub fn granted(&self) -> Granted {
        self.granted
    }

    /// Whether the phone has acknowledged anything yet. Until then the request may have been spoofed.
    pub fn met(&self) -> bool {
        self.met
    }

    /// When the phone was last heard.
    pub fn heard(&self) -> Instant {
        self.heard
    }

    /// Break the transfer so that its next step panics.
    #[cfg(test)]
    pub(super) fn sabotage(&mut self) {
        self.granted = Granted::impossible();
    }

    /// Blocks in all; the last is shorter than the block size, and empty for an exact multiple.
    fn blocks(&self) -> u64 {
        self.image.len() as u64 / u64::from(self.granted.blksize()) + 1
    }

    fn window_end(&self) -> u64 {
        (self.acked + u64::from(self.granted.window())).min(self.blocks())
    }

    fn block(&self, block: u64) -> &[u8] {
        let size = usize::from(self.granted.blksize());
        let start = usize::try_from(block - 1).expect("blocks of an image in memory") * size;
        &self.image[start..(start + size).min(self.image.len())]
    }

    fn note_sent(&mut self, now: Instant, block: u64, again: bool) {
        self.retransmissions += u32::from(again);
        self.timed = (!again).then_some((block, now));
        self.last_sent = now;
        self.deadline = now + self.timer.interval();
    }

    fn on_ack(&mut self, now: Instant, block: u16) {
        if let State::Offering { .. } = self.state {
            // Only ACK 0 accepts an offer; anything else is a stray of an earlier transfer.
            if block == 0 {
                self.state = State::Sending;
                self.progress(now, 0);
            }
            return;
        }
        let fresh = u64::from(block.wrapping_sub(wire_block(self.acked)));
        if fresh == 0 {
            // RFC 1123 section 4.2.3.1: answering a repeated ACK with data doubles every later packet. With a
            // window it may also mean that the window's first block was lost (RFC 7440 section 4): go back, but
            // once until there is progress, so that duplicated ACKs cannot multiply. And not before the window can
            // have been answered: a client that acknowledges the copies of an earlier window would be sent every
            // window twice for ever.
            let in_time = self.timer.can_answer(now.saturating_duration_since(self.launched));
            if self.granted.window() > 1 && self.sent > self.acked && !self.went_back && in_time {
                self.went_back = true;
                self.heard = now;
                self.next = self.acked + 1;
            }
            return;
        }
        if fresh > self.sent - self.acked {
            return; // a block that was never sent (spoofed), or one acknowledged long ago
        }
        self.acked += fresh;
        self.progress(now, self.acked);
        if self.acked == self.blocks() {
            self.end(Outcome::Served);
        }
    }

    fn progress(&mut self, now: Instant, block: u64) {
        match self.timed {
            Some((timed, at)) if timed <= block => {
                self.timer.measured(now.saturating_duration_since(at));
                self.timed = None;
            }
            _ => self.timer.heard(now.saturating_duration_since(self.last_sent)),
        }
        // Within a window the ACK names a gap, and what is behind it is sent again. But once for what can have been
        // answered: ACKs that come closer together are about the flight before, and only move the window on.
        let whole = self.acked == self.sent;
        if whole || self.timer.can_answer(now.saturating_duration_since(self.launched)) {
            self.launched = now;
            self.next = self.acked + 1;
        }
        self.next = self.next.max(self.acked + 1);
        self.heard = now;
        self.met = true;
        self.repeats = 0;
        self.went_back = false;
    }

    /// Before anything was acknowledged our first packet may have been lost: send it again at once. It is one
    /// packet (an OACK, or block 1 of a plain transfer), so a spoofed repeat draws no more than the request did.
    fn on_repeated_request(&mut self) {
        if self.met {
            return; // a late copy of the request: the transfer is under way
        }
        match self.state {
            State::Offering { again, .. } => self.state = State::Offering { due: true, again },
            State::Sending => self.next = 1,
            State::Ended => {}
        }
    }

    fn on_timeout(&mut self, now: Instant) {
        if now < self.deadline {
            return; // woken early: fine
        }
        let patience = if self.met { PATIENCE } else { FIRST_PATIENCE };
        let silence = now.saturating_duration_since(self.heard);
        if silence >= patience && self.repeats >= LEAST_REPEATS {
            return self.end(Outcome::Unanswered { all_sent: self.sent == self.blocks() });
        }
        self.repeats += 1;
        self.timer.back_off();
        self.deadline = now + self.timer.interval();
        match self.state {
            State::Offering { again, .. } => self.state = State::Offering { due: true, again },
            State::Sending => self.next = self.acked + 1,
            State::Ended => {}
        }
    }
}

/// A block's number as it is written on the wire: it wraps from 65,535 to 0.
fn wire_block(block: u64) -> u16 {
    (block & 0xffff) as u16
}

#[cfg(test)]
mod walk;
