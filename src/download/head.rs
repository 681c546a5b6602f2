//! What the head of an HTTP answer says about a file.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// By what a server tells one version of a file from another (RFC 9110 section 8.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validator {
    /// A strong entity tag, with its quotes. Weak ones do not promise the same octets, and do not count.
    Etag(String),
    /// The date of the last change, as the server writes it.
    LastModified(String),
}

impl Validator {
    /// The better of the two that a head can have.
    pub fn of(etag: Option<&str>, last_modified: Option<&str>) -> Option<Self> {
        let strong =
            etag.map(str::trim).filter(|tag| tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2);
        strong
            .map(|tag| Self::Etag(tag.to_owned()))
            .or_else(|| last_modified.map(|date| Self::LastModified(date.trim().to_owned())))
    }

    /// As the header `If-Range` has it.
    pub fn value(&self) -> &str {
        match self {
            Self::Etag(value) | Self::LastModified(value) => value,
        }
    }
}

/// `Content-Range` (RFC 9110 section 14.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentRange {
    /// The first octet that is sent; 0 for `bytes */1234`.
    pub first: u64,
    /// Octets of the whole, if the server knows.
    pub total: Option<u64>,
}

impl ContentRange {
    /// From the header's value; `None` if it makes no sense.
    pub fn parse(value: &str) -> Option<Self> {
        let (range, total) = value.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        let range = range.trim();
        if range == "*" {
            return Some(Self { first: 0, total });
        }
        let (first, last) = range.split_once('-')?;
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first <= last && total.is_none_or(|total| last < total)).then_some(Self { first, total })
    }
}

/// The head of an answer, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Octets of the body, if it says so.
    pub length: Option<u64>,
    /// Which part of the file it is.
    pub range: Option<ContentRange>,
    /// By what the server knows this version.
    pub validator: Option<Validator>,
    /// Where it leads.
    pub location: Option<String>,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// Whether the body is packed for the way, so that its octets are not the file's.
    pub is_encoded: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_strong_tag_or_a_date_lets_an_old_half_be_continued() {
        let etag = |tag: &str| Some(Validator::Etag(tag.to_owned()));
        let date = Some(Validator::LastModified("Sat, 01 May 2010 00:00:00 GMT".into()));
        let modified = Some("Sat, 01 May 2010 00:00:00 GMT");
        assert_eq!(Validator::of(Some("\"abc\""), modified), etag("\"abc\""));
        assert_eq!(Validator::of(Some("W/\"abc\""), modified), date);
        assert_eq!(Validator::of(Some("W/\"abc\""), None), None);
        assert_eq!(Validator::of(None, None), None);
    }

    #[test]
    fn ranges_that_contradict_themselves_are_none() {
        let range = |first, total| Some(ContentRange { first, total });
        assert_eq!(ContentRange::parse("bytes 5-9/10"), range(5, Some(10)));
        assert_eq!(ContentRange::parse("bytes 5-9/*"), range(5, None));
        assert_eq!(ContentRange::parse("bytes */10"), range(0, Some(10)));
        for wrong in ["bytes 9-5/10", "bytes 5-10/10", "lines 1-2/3", "", "bytes 5/10", "bytes -/-"] {
            assert_eq!(ContentRange::parse(wrong), None, "{wrong}");
        }
    }
}
