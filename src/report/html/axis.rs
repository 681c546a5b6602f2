//! An axis of time, and the numbers on it.

use crate::report::Report;
use crate::timestamp::Timestamp;

/// Steps between two numbers, in seconds, from which the smallest that leaves room is taken.
const STEPS: [u64; 16] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 86_400];
/// Numbers on an axis at most.
const MOST: u64 = 9;

/// From which moment to which a picture goes, and where it lies on the paper.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    pub(super) from: Timestamp,
    millis: u64,
    left: f64,
    width: f64,
}

impl Axis {
    /// The whole session between `left` and `right`; a session without length gets a second.
    pub(super) fn of(report: &Report, left: f64, right: f64) -> Self {
        let from = report.began.unwrap_or_default();
        let until = report.until.unwrap_or(from);
        let millis = u64::try_from(until.since(from).as_millis()).unwrap_or(u64::MAX).max(1000);
        Self { from, millis, left, width: right - left }
    }

    /// Where a moment lies.
    pub(super) fn x(&self, at: Timestamp) -> f64 {
        let share = at.since(self.from).as_secs_f64() * 1000.0 / self.millis as f64;
        self.left + share.clamp(0.0, 1.0) * self.width
    }

    /// The moments that get a number, with it: whole steps of the clock.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let seconds = self.millis / 1000;
        let step = STEPS.into_iter().find(|step| seconds / step < MOST);
        let step = step.unwrap_or_else(|| (seconds / MOST / 86_400 + 1) * 86_400) * 1000;
        let mut ticks = Vec::new();
        let mut at = self.from.unix_millis().next_multiple_of(step);
        while at <= self.from.unix_millis().saturating_add(self.millis) && ticks.len() as u64 <= MOST {
            let moment = Timestamp::from_unix_millis(at);
            let text = moment.to_string();
            let shown = match step {
                0..60_000 => text.get(11..19),
                60_000..86_400_000 => text.get(11..16),
                _ => text.get(..10),
            };
            ticks.push((self.x(moment), shown.unwrap_or_default().to_owned()));
            at += step;
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_round_and_few_however_long_it_took() {
        for millis in [0, 1, 900, 45_000, 700_000, 9_000_000, 400_000_000, 200_000_000_000_000] {
            let began = Timestamp::from_unix_millis(1_795_437_901_000);
            let until = began + std::time::Duration::from_millis(millis);
            let report = Report { began: Some(began), until: Some(until), ..Report::default() };
            let ticks = Axis::of(&report, 100.0, 900.0).ticks();
            assert!(!ticks.is_empty() && ticks.len() <= 10, "{millis}: {ticks:?}");
            assert!(ticks.iter().all(|(x, _)| (100.0..=900.0).contains(x)), "{millis}: {ticks:?}");
        }
    }
}
