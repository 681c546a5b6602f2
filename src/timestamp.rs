//! A moment on the wall clock, as the session log writes it. Pure: reading the clock is the shell's business.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since the Unix epoch, UTC; written as RFC 3339 with milliseconds (`2026-01-31T09:05:00.250Z`).
///
/// Within a session timestamps come from the monotonic clock on top of one reading of the wall clock, so that
/// they never run backwards when the laptop's clock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

/// Year 9999 in milliseconds: the last moment that RFC 3339 can write.
const LATEST: u64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since the Unix epoch; anything past the year 9999 becomes its last millisecond.
    pub fn from_unix_millis(millis: u64) -> Self {
        Self(millis.min(LATEST))
    }

    /// Milliseconds since the Unix epoch.
    pub fn unix_millis(self) -> u64 {
        self.0
    }

    /// Time from `earlier` to this moment; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    fn to_date(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .expect("the constructor keeps the value below the year 10000")
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self::from_unix_millis(self.0.saturating_add(u64::try_from(rhs.as_millis()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let d = self.to_date();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            d.year(),
            u8::from(d.month()),
            d.day(),
            d.hour(),
            d.minute(),
            d.second(),
            d.millisecond()
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date = OffsetDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)?;
        let millis = date.unix_timestamp_nanos() / 1_000_000;
        u64::try_from(millis).map(Self::from_unix_millis).map_err(|_| de::Error::custom("before 1970"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_timestamp_reads_back_as_it_was_written(millis in 0..=LATEST) {
            let t = Timestamp::from_unix_millis(millis);
            let json = serde_json::to_string(&t).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), t);
        }
    }

    #[test]
    fn it_is_written_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_unix_millis(1_769_850_300_250).to_string(), "2026-01-31T09:05:00.250Z");
    }

    #[test]
    fn a_log_line_from_before_1970_is_an_error_and_not_a_panic() {
        assert!(serde_json::from_str::<Timestamp>("\"1969-12-31T23:59:59Z\"").is_err());
    }
}
