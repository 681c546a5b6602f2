//! How fast a phone loads: octets a second over the last few seconds, nothing older.

use std::collections::VecDeque;
use std::time::Duration;

use crate::timestamp::Timestamp;

/// What happened before this is not "recent".
const RECENT: Duration = Duration::from_secs(10);
/// Below this a rate would be a guess from a packet or two.
const SHORTEST: Duration = Duration::from_secs(2);
/// An estimate is withheld for so long: the first seconds say little about the rest.
const WITHHELD: Duration = Duration::from_secs(5);
/// Samples are at least so far apart, so that a few of them span [`RECENT`].
const APART: Duration = Duration::from_millis(500);
/// Bound of the memory: [`APART`] times this is well over [`RECENT`].
const SAMPLES: usize = 32;

/// Octets acknowledged over time, as far back as the recent pace needs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pace {
    began: Option<Timestamp>,
    octets: u64,
    /// Moment and octets until then, oldest first.
    samples: VecDeque<(Timestamp, u64)>,
}

impl Pace {
    /// More octets have been acknowledged; 0 marks the beginning.
    pub(super) fn add(&mut self, at: Timestamp, octets: u64) {
        self.began.get_or_insert(at);
        self.octets = self.octets.saturating_add(octets);
        let crowded = self.samples.len() >= 2
            && self.samples.get(self.samples.len() - 2).is_some_and(|(before, _)| at.since(*before) < APART);
        if crowded {
            self.samples.pop_back();
        } else if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back((at, self.octets));
    }

    /// Octets a second over the recent seconds; `None` while there are too few of them.
    pub(super) fn rate(&self, now: Timestamp) -> Option<f64> {
        let recently = Timestamp::from_unix_millis(
            now.unix_millis().saturating_sub(u64::try_from(RECENT.as_millis()).unwrap_or(u64::MAX)),
        );
        let (at, octets) = self
            .samples
            .iter()
            .rev()
            .find(|(at, _)| *at <= recently)
            .or_else(|| self.samples.front())
            .copied()?;
        let span = now.since(at.max(recently));
        (span >= SHORTEST).then(|| self.octets.saturating_sub(octets) as f64 / span.as_secs_f64())
    }

    /// How long `remaining` octets take at the recent pace; `None` in the first seconds and in a pause.
    pub(super) fn estimate(&self, now: Timestamp, remaining: u64) -> Option<Duration> {
        if now.since(self.began?) < WITHHELD {
            return None;
        }
        let rate = self.rate(now).filter(|rate| *rate >= 1.0)?;
        Duration::try_from_secs_f64(remaining as f64 / rate).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_unix_millis(1_000_000 + millis)
    }

    #[test]
    fn an_estimate_is_withheld_in_the_first_seconds_and_follows_the_recent_pace_after() {
        let mut pace = Pace::default();
        pace.add(at(0), 0);
        for second in 1..=60 {
            // A slow first half minute, then ten times as fast.
            pace.add(at(second * 1000), if second <= 30 { 1_000 } else { 10_000 });
            if second == 4 {
                assert_eq!(pace.estimate(at(4_000), 100_000), None);
            }
            if second == 30 {
                assert_eq!(pace.estimate(at(30_000), 100_000), Some(Duration::from_secs(100)));
            }
        }
        assert_eq!(pace.rate(at(60_000)), Some(10_000.0));
        assert_eq!(pace.estimate(at(60_000), 100_000), Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_phone_that_stands_still_has_no_pace_and_no_estimate() {
        let mut pace = Pace::default();
        pace.add(at(0), 0);
        pace.add(at(5_000), 1_000_000);
        assert!(pace.rate(at(6_000)).is_some_and(|rate| rate > 100_000.0));
        assert_eq!(pace.rate(at(30_000)), Some(0.0));
        assert_eq!(pace.estimate(at(30_000), 1), None);
    }

    #[test]
    fn samples_stay_few_however_many_blocks_there_are() {
        let mut pace = Pace::default();
        for millis in 0..100_000 {
            pace.add(at(millis), 512);
        }
        assert!(pace.samples.len() <= SAMPLES, "{}", pace.samples.len());
        let rate = pace.rate(at(100_000)).unwrap();
        assert!((500_000.0..525_000.0).contains(&rate), "{rate}");
    }
}
