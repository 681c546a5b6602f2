//! How much a stranger can make the endpoint say: the session log is for people, and a flood of requests must fill
//! neither it nor the queue to it.
//!
//! Two allowances that refill with time. Whoever was never heard to acknowledge anything may be made up, so that what
//! is said of such requests comes out of the small one. A phone that acknowledges is real, and the large one is more
//! than phones can use up. What is not said is counted.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Requests of strangers told at once: a whole batch of phones whose answers are lost on the way must show.
const STRANGERS: u32 = 2_000;
/// One more of them each time this has passed: at some 400 octets of log each, 10 MB in an hour.
const STRANGER_EVERY: Duration = Duration::from_millis(140);
/// Transfers told at once: a thousand phones that fetch a whole load each.
const PHONES: u32 = 10_000;
/// One more of them each time this has passed.
const PHONE_EVERY: Duration = Duration::from_millis(5);

/// Addresses of phones that are known to be real; a network has fewer phones.
const KNOWN: usize = 4_096;

/// An allowance that refills with time.
#[derive(Debug)]
struct Allowance {
    most: u32,
    every: Duration,
    left: u32,
    since: Option<Instant>,
}

impl Allowance {
    fn new(most: u32, every: Duration) -> Self {
        Self { most, every, left: most, since: None }
    }

    fn take(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let refill = now.saturating_duration_since(since).as_nanos() / self.every.as_nanos();
        if let Ok(refill @ 1..) = u32::try_from(refill) {
            self.left = self.left.saturating_add(refill).min(self.most);
            self.since = Some(if self.left == self.most { now } else { since + self.every * refill });
        } else if refill > 0 {
            (self.left, self.since) = (self.most, Some(now));
        }
        let granted = self.left > 0;
        self.left -= u32::from(granted);
        granted
    }
}

/// Decides what is told.
#[derive(Debug)]
pub(super) struct Gate {
    strangers: Allowance,
    phones: Allowance,
    known: HashSet<IpAddr>,
    untold: u64,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            strangers: Allowance::new(STRANGERS, STRANGER_EVERY),
            phones: Allowance::new(PHONES, PHONE_EVERY),
            known: HashSet::new(),
            untold: 0,
        }
    }

    /// Whether a request is told.
    pub(super) fn tells_request(&mut self, now: Instant, from: IpAddr) -> bool {
        let told = self.known.contains(&from) && self.phones.take(now) || self.strangers.take(now);
        self.untold += u64::from(!told);
        told
    }

    /// Something was acknowledged from there for the first time: no stranger any more.
    pub(super) fn met(&mut self, from: IpAddr) {
        if self.known.len() < KNOWN {
            self.known.insert(from);
        }
    }

    /// Whether a transfer is told that was kept back when it began and that is now acknowledged.
    pub(super) fn tells_phone(&mut self, now: Instant) -> bool {
        let told = self.phones.take(now);
        self.untold = self.untold.saturating_sub(u64::from(told));
        told
    }

    /// Requests that were not told since this was asked last.
    pub(super) fn untold(&mut self) -> u64 {
        std::mem::take(&mut self.untold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_uses_up_its_allowance_and_time_gives_some_of_it_back() {
        #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
        let start = Instant::now();
        let mut gate = Gate::new();
        let (stranger, phone) = (IpAddr::from([10, 1, 1, 1]), IpAddr::from([10, 1, 1, 2]));
        let told =
            (0..50_000).filter(|n| gate.tells_request(start + Duration::from_micros(*n), stranger)).count();
        assert_eq!(told, STRANGERS as usize);
        assert_eq!(gate.untold(), 50_000 - u64::from(STRANGERS));
        assert_eq!(gate.untold(), 0, "said once");
        assert!(gate.tells_phone(start), "phones have an allowance of their own");
        assert!(!gate.tells_request(start, phone));
        gate.met(phone);
        assert!(gate.tells_request(start, phone) && !gate.tells_request(start, stranger));
        let later = start + Duration::from_secs(60);
        let told = (0..50_000).filter(|_| gate.tells_request(later, stranger)).count();
        assert!((400..460).contains(&told), "{told} after a minute");
        let next_year = later + Duration::from_secs(365 * 86_400);
        let told = (0..50_000).filter(|_| gate.tells_request(next_year, stranger)).count();
        assert_eq!(told, STRANGERS as usize);
    }
}
