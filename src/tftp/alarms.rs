//! When to wake up for which of many slots, without work for each packet.
//!
//! A transfer's deadline moves later with every ACK. So an entry is left alone until it rings; then it is moved to
//! where the deadline is by now. A slot may have several entries; all but the one that it names are stale.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Entries kept before stale ones are swept out. A stranger may ask for very late ones (RFC 2349: 255 s).
const MAX_ENTRIES: usize = 32_768;

/// Wake-ups, the earliest first.
#[derive(Debug, Default)]
pub(super) struct Alarms(BinaryHeap<Reverse<(Instant, usize)>>);

impl Alarms {
    /// The earliest entry, stale or not: waking early is harmless.
    pub(super) fn earliest(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Take out the next entry that is due: its time and slot.
    pub(super) fn ring(&mut self, now: Instant) -> Option<(Instant, usize)> {
        let Reverse((at, _)) = *self.0.peek()?;
        if at > now {
            return None;
        }
        self.0.pop().map(|Reverse(entry)| entry)
    }

    /// Wake up for `slot` at `at`. Answers whether it is time for [`Self::sweep`].
    pub(super) fn set(&mut self, at: Instant, slot: usize) -> bool {
        self.0.push(Reverse((at, slot)));
        self.0.len() > MAX_ENTRIES
    }

    /// Keep only `live` entries.
    pub(super) fn sweep(&mut self, live: impl Iterator<Item = (Instant, usize)>) {
        self.0 = live.map(Reverse).collect();
    }
}
