//! How long to wait for an ACK before sending again: RFC 6298's idea at the scale of a LAN.
//!
//! A lost packet on a network whose round trip is under a millisecond should cost tens of milliseconds, not
//! seconds; a phone that writes flash for three seconds should see a handful of duplicates, not a storm. Hence a
//! low floor and a steep back-off.

use std::time::Duration;

/// Never wait less: below it the scheduling of either machine looks like loss.
const FLOOR: Duration = Duration::from_millis(25);
/// Never wait longer between two repeats, so that a cable put back is noticed within seconds.
const CEILING: Duration = Duration::from_secs(5);
/// Before anything is known of the path.
const FIRST: Duration = Duration::from_millis(250);
/// Each repeat waits this many times longer: a pause of 3 s from the floor draws four duplicates.
const GROWTH: u32 = 3;
/// What is left of a back-off once the other side is heard again, until a clean sample ends it.
const AFTER_PROGRESS: Duration = Duration::from_secs(1);

/// The retransmission timer of one transfer.
#[derive(Debug, Clone)]
pub struct RetransmissionTimer {
    estimate: Option<Estimate>,
    interval: Duration,
    fixed: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
struct Estimate {
    smoothed: Duration,
    variation: Duration,
}

impl RetransmissionTimer {
    /// A timer that knows nothing yet. `fixed` is the client's own wish (RFC 2349), which stands.
    pub fn new(fixed: Option<Duration>) -> Self {
        Self { estimate: None, interval: fixed.unwrap_or(FIRST), fixed }
    }

    /// How long to wait now.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Take in a round trip that was measured on a packet sent only once (Karn's rule: a repeated packet's ACK
    /// may belong to either copy). Ends a back-off.
    pub fn measured(&mut self, round_trip: Duration) {
        let estimate = match self.estimate {
            None => Estimate { smoothed: round_trip, variation: round_trip / 2 },
            Some(Estimate { smoothed, variation }) => Estimate {
                variation: (variation * 3 + smoothed.abs_diff(round_trip)) / 4,
                smoothed: (smoothed * 7 + round_trip) / 8,
            },
        };
        self.estimate = Some(estimate);
        self.interval = self.fixed.unwrap_or_else(|| Self::from_estimate(estimate));
    }

    /// Nothing came in time: wait longer for the next.
    pub fn back_off(&mut self) {
        if self.fixed.is_none() {
            self.interval = (self.interval * GROWTH).min(CEILING);
        }
    }

    /// Something new was acknowledged, if only after a repeat, `after` the last packet was sent.
    ///
    /// The back-off stays until a clean sample (Karn's second half): else a path that became slower would be sent
    /// every block twice for ever. But not much of it stays, since one long pause says little about the next block;
    /// and none, if the answer came as soon after the repeat as this path is known to take: then a packet was lost,
    /// and the path is what it was.
    pub fn heard(&mut self, after: Duration) {
        if self.fixed.is_some() {
            return;
        }
        let usual = self.estimate.is_some_and(|estimate| after <= estimate.smoothed + estimate.variation * 4);
        let most = if usual { Duration::ZERO } else { AFTER_PROGRESS };
        self.interval = self.interval.min(most.max(self.estimated()));
    }

    /// Whether an answer to what was sent so long ago can be here already: half a usual round trip must have passed.
    pub fn can_answer(&self, after: Duration) -> bool {
        self.estimate.is_none_or(|estimate| after >= estimate.smoothed / 2)
    }

    fn estimated(&self) -> Duration {
        self.estimate.map_or(FIRST, Self::from_estimate)
    }

    fn from_estimate(Estimate { smoothed, variation }: Estimate) -> Duration {
        (smoothed + variation * 4).clamp(FLOOR, CEILING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn on_a_lan_the_first_repeat_comes_after_tens_of_milliseconds() {
        let mut timer = RetransmissionTimer::new(None);
        assert_eq!(timer.interval(), FIRST);
        for _ in 0..10 {
            timer.measured(Duration::from_micros(600));
        }
        assert_eq!(timer.interval(), FLOOR);
    }

    #[test]
    fn a_phone_that_writes_flash_for_three_seconds_sees_a_handful_of_duplicates() {
        let mut timer = RetransmissionTimer::new(None);
        timer.measured(ms(1));
        let (mut waited, mut repeats) = (timer.interval(), 0);
        while waited < ms(3000) {
            timer.back_off();
            waited += timer.interval();
            repeats += 1;
        }
        assert!((2..=5).contains(&repeats), "{repeats} duplicates in a pause of 3 s");
    }

    #[test]
    fn a_path_that_becomes_slower_is_not_sent_everything_twice_for_ever() {
        let mut timer = RetransmissionTimer::new(None);
        timer.measured(ms(1));
        let mut repeats = 0;
        for _ in 0..50 {
            // One block over a path of 80 ms: repeats until the interval exceeds it.
            let mut waited = timer.interval();
            let mut clean = true;
            while waited < ms(80) {
                timer.back_off();
                waited += timer.interval();
                clean = false;
                repeats += 1;
            }
            timer.heard(timer.interval().saturating_sub(waited.saturating_sub(ms(80))));
            if clean {
                timer.measured(ms(80));
            }
        }
        assert!(repeats <= 6, "{repeats} repeats in 50 blocks");
    }

    #[test]
    fn an_answer_as_soon_as_ever_after_a_repeat_ends_the_back_off_and_a_late_one_does_not() {
        for (after, interval) in [(ms(1), FLOOR), (ms(20), FLOOR * GROWTH)] {
            let mut timer = RetransmissionTimer::new(None);
            for _ in 0..10 {
                timer.measured(ms(1));
            }
            timer.back_off();
            timer.heard(after);
            assert_eq!(timer.interval(), interval, "heard {after:?} after the repeat");
        }
    }

    #[test]
    fn the_wait_between_repeats_is_bounded_and_the_clients_own_wish_stands() {
        let mut timer = RetransmissionTimer::new(None);
        (0..40).for_each(|_| timer.back_off());
        assert_eq!(timer.interval(), CEILING);
        timer.heard(ms(1));
        assert_eq!(timer.interval(), AFTER_PROGRESS);

        let mut asked = RetransmissionTimer::new(Some(Duration::from_secs(2)));
        asked.measured(ms(1));
        asked.back_off();
        asked.heard(ms(1));
        assert_eq!(asked.interval(), Duration::from_secs(2));
    }
}
