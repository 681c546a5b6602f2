//! Where a fact comes from and how sure it is: every entry of the catalog carries this.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Date, Month};

/// How sure a fact is. In the files: `confirmed-3`, `measured-2`, `single`, `inferred`, `conflict`, `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// So many independent public sources say so; two or more.
    Confirmed(u16),
    /// Measured on so many real sets of files.
    Measured(u16),
    /// One source says so.
    Single,
    /// Deduced, from a sibling model or a rule.
    Inferred,
    /// Sources disagree.
    Conflict,
    /// Looked for, and not found.
    Unknown,
}

/// Not a word for a confidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a confidence: confirmed-N (N from 2), measured-N, single, inferred, conflict, unknown")]
pub struct NotAConfidence(String);

impl FromStr for Confidence {
    type Err = NotAConfidence;

    fn from_str(text: &str) -> Result<Self, NotAConfidence> {
        let wrong = || NotAConfidence(crate::error::printable(text, 40));
        let count =
            |digits: &str, least: u16| digits.parse().ok().filter(|count| *count >= least).ok_or_else(wrong);
        match text {
            "single" => Ok(Self::Single),
            "inferred" => Ok(Self::Inferred),
            "conflict" => Ok(Self::Conflict),
            "unknown" => Ok(Self::Unknown),
            _ => match text.split_once('-') {
                Some(("confirmed", digits)) => count(digits, 2).map(Self::Confirmed),
                Some(("measured", digits)) => count(digits, 1).map(Self::Measured),
                _ => Err(wrong()),
            },
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirmed(count) => write!(f, "confirmed-{count}"),
            Self::Measured(count) => write!(f, "measured-{count}"),
            Self::Single => f.write_str("single"),
            Self::Inferred => f.write_str("inferred"),
            Self::Conflict => f.write_str("conflict"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

impl Confidence {
    /// The same for a technician: `one source`, `3 sources`, `measured on 2 real sets`.
    pub fn words(self) -> String {
        match self {
            Self::Confirmed(count) => format!("{count} sources"),
            Self::Measured(1) => "measured on a real set".into(),
            Self::Measured(count) => format!("measured on {count} real sets"),
            Self::Single => "one source".into(),
            Self::Inferred => "inferred".into(),
            Self::Conflict => "sources disagree".into(),
            Self::Unknown => "unknown".into(),
        }
    }

    /// Whether more than one source or a measurement stands behind it, so that it needs no warning on a screen.
    pub fn is_firm(self) -> bool {
        matches!(self, Self::Confirmed(_) | Self::Measured(_))
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A day of the calendar, `2026-11-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub Date);

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let wrong = || NotADay(crate::error::printable(text, 40));
        let digits = |range: std::ops::Range<usize>| {
            text.get(range).filter(|part| part.bytes().all(|b| b.is_ascii_digit())).ok_or_else(wrong)
        };
        if text.len() != 10 || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
            return Err(wrong());
        }
        let year = digits(0..4)?.parse().map_err(|_| wrong())?;
        let month: u8 = digits(5..7)?.parse().map_err(|_| wrong())?;
        let day = digits(8..10)?.parse().map_err(|_| wrong())?;
        let month = Month::try_from(month).map_err(|_| wrong())?;
        Date::from_calendar_date(year, month, day).map(Self).map_err(|_| wrong())
    }
}

/// Not a day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day like 2026-11-23")]
pub struct NotADay(String);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Text that says something: not empty, no blanks around it.
fn telling<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() || text.trim() != text {
        return Err(de::Error::custom("an empty text, or blanks around it"));
    }
    Ok(text)
}

/// Where an entry comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The document, thread or capture, by name.
    #[serde(deserialize_with = "telling")]
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// When somebody last compared the entry with its source.
    pub checked: Day,
}

/// One fact of an entry whose sureness differs from the rest of the entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact<T> {
    /// The fact.
    pub value: T,
    /// The document, thread or capture, by name.
    #[serde(deserialize_with = "telling")]
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_reads_back_as_it_was_written() {
        for text in ["confirmed-2", "confirmed-12", "measured-1", "single", "inferred", "conflict", "unknown"]
        {
            assert_eq!(text.parse::<Confidence>().map(|c| c.to_string()).as_deref(), Ok(text));
        }
        for text in
            ["", "confirmed", "confirmed-1", "confirmed-", "measured-0", "measured--1", "sure", "Single"]
        {
            assert!(text.parse::<Confidence>().is_err(), "{text}");
        }
    }

    #[test]
    fn evidence_without_a_source_or_with_an_impossible_day_is_refused() {
        let read = |text: &str| toml::from_str::<Evidence>(text);
        let good = "source = \"FN63772\"\nconfidence = \"single\"\nchecked = \"2026-11-23\"\n";
        assert_eq!(read(good).map(|e| e.checked.to_string()).as_deref(), Ok("2026-11-23"));
        for (from, to) in [
            ("FN63772", ""),
            ("FN63772", " x"),
            ("11-23", "02-30"),
            ("2026-11-23", "soon"),
            ("single", "sure"),
        ] {
            assert!(read(&good.replace(from, to)).is_err(), "{from} -> {to}");
        }
        assert!(read(&format!("{good}author = \"x\"")).is_err(), "an unknown key");
        assert!(read("source = \"x\"\nconfidence = \"single\"").is_err(), "no day");
    }
}
