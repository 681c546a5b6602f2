//! The only place where the time is read.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::timestamp::Timestamp;

/// The monotonic clock, now.
#[expect(clippy::disallowed_methods, reason = "this is the one home of the clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// Turns moments of the monotonic clock into timestamps, from one reading of the wall clock: timestamps of a
/// session never run backwards, even when the laptop's clock is set meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct WallClock {
    wall: Timestamp,
    monotonic: Instant,
}

impl WallClock {
    /// Read both clocks.
    #[expect(clippy::disallowed_methods, reason = "this is the one home of the clock")]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Self { wall: Timestamp::from_unix_millis(millis), monotonic: now() }
    }

    /// The wall-clock time of a moment of the monotonic clock; moments before [`Self::start`] count as the start.
    pub fn stamp(&self, moment: Instant) -> Timestamp {
        self.wall + moment.saturating_duration_since(self.monotonic)
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.stamp(now())
    }
}
