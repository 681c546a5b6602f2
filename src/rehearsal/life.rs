//! How long real phones take for each thing (`assets/scenarios.toml`), and how much faster a rehearsal goes.

use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;

use super::cast::Scenario;
use crate::journal::Patience;

/// However fast a rehearsal is: repeats that come faster than this only load the machine.
const LEAST_CLOCK: Duration = Duration::from_millis(100);
/// However fast a rehearsal is: the server's own repeats and a busy machine need some patience, in milliseconds.
const LEAST_PATIENCE: Patience = Patience { within_file: 2_000, between_files: 4_000, writing_flash: 6_000 };

/// What the file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioFile {
    pub(super) schema: u32,
    pub(super) life: Life,
    #[serde(rename = "scenario")]
    pub(super) scenarios: Vec<Scenario>,
}

/// Parsed once.
pub(super) static FILE: LazyLock<ScenarioFile> = LazyLock::new(|| {
    let file: ScenarioFile = toml::from_str(include_str!("../../assets/scenarios.toml"))
        .expect("the embedded scenarios parse: a test reads them");
    debug_assert_eq!(file.schema, 1);
    file
});

/// Times of a real phone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Life {
    /// Until an unanswered packet is sent again.
    pub(super) request_clock: Span,
    /// Before each request for settings.
    pub(super) before_settings: Span,
    /// From the reset to the first request.
    pub(super) after_reset: Span,
    /// From one image to the request for the next.
    pub(super) between_files: Span,
    /// From the last image to the first request for settings.
    pub(super) restart: Span,
    /// From the first fetch of a rejected default load file to the second.
    pub(super) second_ask: Span,
    /// From there to the next pair.
    pub(super) ask_again: Span,
    /// Before each ACK of a slow phone.
    pub(super) slow_ack: Span,
    /// Until a phone is reset by the technician.
    pub(super) arrival: Span,
}

/// From the least to the most of a time, in milliseconds of a real phone's life.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    range: [u64; 2],
    #[cfg_attr(not(test), expect(dead_code, reason = "a test reads where each time is from"))]
    source: String,
}

impl Span {
    /// Some time within the span, in microseconds of resolution.
    pub(super) fn pick(&self, dice: &mut fastrand::Rng) -> Duration {
        let [least, most] = self.range.map(|millis| millis.saturating_mul(1000));
        Duration::from_micros(dice.u64(least..=most.max(least)))
    }
}

/// The times in the embedded file.
pub(super) fn life() -> &'static Life {
    &FILE.life
}

/// How many times faster than life a rehearsal goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tempo(f64);

impl Tempo {
    /// As slow as life.
    pub const LIFE: Self = Self(1.0);

    /// So many times faster than life, between 1 and 10,000; anything else becomes the nearer bound.
    pub fn times(faster: f64) -> Self {
        Self(if faster.is_nan() { 1.0 } else { faster.clamp(1.0, 10_000.0) })
    }

    /// What a time of life becomes.
    pub fn of(self, life: Duration) -> Duration {
        life.div_f64(self.0)
    }

    /// What the clock of a phone's TFTP becomes: it has a floor, for a network is as fast in a rehearsal as in life.
    pub fn clock(self, life: Duration) -> Duration {
        self.of(life).max(LEAST_CLOCK.min(life))
    }

    /// The thresholds of silence for a rehearsal at this tempo.
    pub fn patience(self, life: Patience) -> Patience {
        let scale = |millis: u64, least: u64| {
            let scaled = u64::try_from(self.of(Duration::from_millis(millis)).as_millis()).unwrap_or(millis);
            scaled.max(least.min(millis))
        };
        Patience {
            within_file: scale(life.within_file, LEAST_PATIENCE.within_file),
            between_files: scale(life.between_files, LEAST_PATIENCE.between_files),
            writing_flash: scale(life.writing_flash, LEAST_PATIENCE.writing_flash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_of_life_is_a_range_with_a_source() {
        let life = life();
        for span in [
            &life.request_clock,
            &life.before_settings,
            &life.after_reset,
            &life.between_files,
            &life.restart,
            &life.second_ask,
            &life.ask_again,
            &life.slow_ack,
            &life.arrival,
        ] {
            assert!(span.range[0] <= span.range[1] && !span.source.is_empty(), "{span:?}");
        }
    }

    #[test]
    fn a_tempo_shortens_life_and_leaves_the_network_its_time() {
        let tempo = Tempo::times(100.0);
        assert_eq!(tempo.of(Duration::from_secs(60)), Duration::from_millis(600));
        assert_eq!(tempo.clock(Duration::from_secs(1)), LEAST_CLOCK);
        assert_eq!(Tempo::times(f64::NAN), Tempo::LIFE);
        assert_eq!(Tempo::times(-3.0), Tempo::LIFE);
        let life = Patience { within_file: 30_000, between_files: 180_000, writing_flash: 900_000 };
        assert_eq!(
            tempo.patience(life),
            Patience { within_file: 2_000, between_files: 4_000, writing_flash: 9_000 }
        );
        assert_eq!(Tempo::LIFE.patience(life), life);
    }
}
