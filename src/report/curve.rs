//! How much went over the wire at which time: octets that phones acknowledged, in equal steps of time.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::journal::{Event, Record};
use crate::timestamp::Timestamp;

/// Steps of a curve at most; a longer session gets longer steps.
const STEPS: usize = 480;
/// The first length of a step, in milliseconds.
const FIRST_STEP: u64 = 1000;
/// Running transfers that are watched at most: what the service allows at once, and some that were never ended.
const WATCHED: usize = 8192;

/// Octets over time.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct Curve {
    /// When the first step begins.
    pub from: Timestamp,
    /// Length of a step, in milliseconds.
    pub step_millis: u64,
    /// Octets acknowledged in each step.
    pub octets: Vec<u64>,
}

impl Curve {
    /// Octets a second in the fastest step.
    pub fn peak(&self) -> f64 {
        let most = self.octets.iter().copied().max().unwrap_or(0);
        most as f64 * 1000.0 / self.step_millis.max(1) as f64
    }
}

/// Makes a curve of records. Between two samples of a transfer its pace is taken for even.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gauge {
    from: Option<Timestamp>,
    step_millis: u64,
    octets: Vec<f64>,
    running: BTreeMap<u64, (Timestamp, u64)>,
}

impl Default for Gauge {
    fn default() -> Self {
        Self { from: None, step_millis: FIRST_STEP, octets: Vec::new(), running: BTreeMap::new() }
    }
}

impl Gauge {
    /// Take in one record. Answers the octets that were acknowledged since the last record of the same transfer.
    pub(super) fn apply(&mut self, record: &Record) -> u64 {
        let at = record.at;
        self.from.get_or_insert(at);
        match &record.event {
            // Numbers of transfers begin anew with a service.
            Event::Started { .. } => {
                self.running.clear();
                0
            }
            Event::Asked { transfer, .. } => {
                if self.running.len() < WATCHED {
                    self.running.insert(*transfer, (at, 0));
                }
                0
            }
            Event::Progress { transfer, octets, .. } => self.so_far(at, *transfer, *octets),
            Event::Served { transfer, octets, .. }
            | Event::Aborted { transfer, octets, .. }
            | Event::Unanswered { transfer, octets, .. }
            | Event::Faulted { transfer, octets, .. } => {
                let fresh = self.so_far(at, *transfer, *octets);
                self.running.remove(transfer);
                fresh
            }
            _ => 0,
        }
    }

    fn so_far(&mut self, at: Timestamp, transfer: u64, octets: u64) -> u64 {
        let Some((since, known)) = self.running.get_mut(&transfer) else { return 0 };
        let fresh = octets.saturating_sub(*known);
        let began = std::mem::replace(since, at);
        *known = (*known).max(octets);
        self.add(began, at, fresh);
        fresh
    }

    /// Spread `octets` evenly over the time between.
    fn add(&mut self, began: Timestamp, ended: Timestamp, octets: u64) {
        let Some(from) = self.from.filter(|_| octets > 0) else { return };
        let millis = |at: Timestamp| u64::try_from(at.since(from).as_millis()).unwrap_or(u64::MAX);
        let (began, ended) = (millis(began), millis(ended).max(millis(began)));
        while usize::try_from(ended / self.step_millis).is_ok_and(|step| step >= STEPS) {
            self.step_millis *= 2;
            self.octets = self.octets.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
        let step = |at: u64| usize::try_from(at / self.step_millis).unwrap_or(STEPS - 1);
        let (first, last) = (step(began), step(ended));
        if self.octets.len() <= last {
            self.octets.resize(last + 1, 0.0);
        }
        let whole = ended - began;
        for step in first..=last {
            let share = if whole == 0 {
                1.0
            } else {
                let start = self.step_millis * step as u64;
                let overlap = (start + self.step_millis).min(ended).saturating_sub(start.max(began));
                overlap as f64 / whole as f64
            };
            self.octets[step] += octets as f64 * share;
        }
    }

    pub(super) fn curve(&self) -> Curve {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of octets")]
        let octets = self.octets.iter().map(|octets| octets.round() as u64).collect();
        Curve { from: self.from.unwrap_or_default(), step_millis: self.step_millis, octets }
    }
}

impl Curve {
    /// Its length.
    pub fn span(&self) -> Duration {
        Duration::from_millis(self.step_millis.saturating_mul(self.octets.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const PHONE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 1, 20));

    fn record(millis: u64, event: Event) -> Record {
        Record { at: Timestamp::from_unix_millis(1_795_437_901_000 + millis), event }
    }

    fn asked(millis: u64, transfer: u64) -> Record {
        let file = "a.sbn".to_owned();
        record(millis, Event::Asked { phone: PHONE, transfer, file, octets: 9_000, blksize: 512, window: 1 })
    }

    fn served(millis: u64, transfer: u64, octets: u64) -> Record {
        record(millis, Event::Served { phone: PHONE, transfer, octets, millis, retransmissions: 0 })
    }

    #[test]
    fn octets_are_spread_over_the_time_that_they_took_and_none_is_lost() {
        let mut gauge = Gauge::default();
        let all = [asked(500, 1), served(2500, 1, 8000), asked(2500, 2), served(2500, 2, 7)];
        let fresh: Vec<u64> = all.iter().map(|record| gauge.apply(record)).collect();
        assert_eq!(fresh, [0, 8000, 0, 7]);
        // The first record is the beginning: two whole seconds follow.
        assert_eq!(gauge.curve().octets, [4000, 4000, 7]);
        assert!((gauge.curve().peak() - 4000.0).abs() < 1e-9);
    }

    #[test]
    fn a_long_session_gets_longer_steps_and_keeps_its_sum() {
        let mut gauge = Gauge::default();
        for n in 0..500 {
            gauge.apply(&asked(n * 60_000, n));
            gauge.apply(&served(n * 60_000 + 30_000, n, 1000));
        }
        let curve = gauge.curve();
        assert!(curve.octets.len() <= STEPS, "{}", curve.octets.len());
        let sum: u64 = curve.octets.iter().sum();
        assert!(sum.abs_diff(500_000) < 500, "{sum}");
        // A log whose clock leaps to the end of time ends too.
        gauge.apply(&asked(1, 9999));
        gauge.apply(&served(250_000_000_000_000, 9999, 1));
        assert!(gauge.curve().octets.len() <= STEPS);
    }
}
