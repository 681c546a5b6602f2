//! Names of loads: `SCCP45.8-5-2S` is the SCCP load 8.5(2) for family 45, and `SCCP45.8-5-2S.loads` its manifest.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::version::{Protocol, Release, within_bounds};
use super::version_error::{NameError, shown};

/// The name of a load. `Display` writes the canonical token, `SCCP45.8-5-2S`, which reads back as the same value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoadName {
    family: Family,
    prefix: Prefix,
    release: Release,
}

/// Two digits.
type Family = [u8; 2];

/// What a name begins with. `TERM` names are older than the split by protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Prefix {
    Sccp,
    Sip,
    Term,
}

impl Prefix {
    const ALL: [Self; 3] = [Self::Sccp, Self::Sip, Self::Term];

    fn text(self) -> &'static str {
        match self {
            Self::Sccp => "SCCP",
            Self::Sip => "SIP",
            Self::Term => "TERM",
        }
    }
}

impl LoadName {
    /// The name of the load of that release; `None` if `family` is not two digits.
    pub fn new(protocol: Protocol, family: &str, release: Release) -> Option<Self> {
        let family =
            family.as_bytes().try_into().ok().filter(|f: &Family| f.iter().all(u8::is_ascii_digit))?;
        let prefix = match protocol {
            Protocol::Sccp => Prefix::Sccp,
            Protocol::Sip => Prefix::Sip,
        };
        Some(Self { family, prefix, release })
    }

    /// The protocol; `None` for the old `TERM41.7-0-3-0S` form, which does not tell it.
    pub fn protocol(&self) -> Option<Protocol> {
        match self.prefix {
            Prefix::Sccp => Some(Protocol::Sccp),
            Prefix::Sip => Some(Protocol::Sip),
            Prefix::Term => None,
        }
    }

    /// Family number as in all file names of the load: `45`, `11`.
    pub fn family(&self) -> &str {
        std::str::from_utf8(&self.family).expect("both constructors admit ASCII digits only")
    }

    /// The release.
    pub fn release(&self) -> Release {
        self.release
    }

    /// Name of the manifest: `SCCP45.8-5-2S.loads`.
    pub fn manifest(&self) -> String {
        format!("{self}.loads")
    }
}

impl fmt::Display for LoadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}.{}S", self.prefix.text(), self.family(), self.release.token())
    }
}

impl FromStr for LoadName {
    type Err = NameError;

    /// Reads `SCCP45.8-5-2S` and `SCCP45.8-5-2S.loads`, in any case, with blanks around them.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let trimmed = within_bounds(text)?;
        let not_a_load = || NameError::NotALoadName { text: shown(trimmed) };
        if strip_suffix(trimmed, ".default.loads").is_some() {
            return Err(NameError::DefaultLoadFile { text: shown(trimmed) });
        }
        if strip_suffix(trimmed, ".sbn").is_some() {
            return Err(NameError::ImageName { text: shown(trimmed) });
        }
        let bare = strip_suffix(trimmed, ".loads").unwrap_or(trimmed);
        let (head, release) = bare.split_once('.').ok_or_else(not_a_load)?;
        let (prefix, family) = Prefix::ALL
            .into_iter()
            .find_map(|prefix| Some((prefix, strip_prefix(head, prefix.text())?)))
            .ok_or_else(not_a_load)?;
        let family: Family = family.as_bytes().try_into().map_err(|_| not_a_load())?;
        if !family.iter().all(u8::is_ascii_digit) {
            return Err(not_a_load());
        }
        // A blank behind the dot or a bracket would be a release, but not in the name of a file.
        if release.contains(['(', ' ', '\t']) {
            return Err(not_a_load());
        }
        let release = release.parse().map_err(|wrong| match wrong {
            NameError::NotARelease { .. } | NameError::Empty => not_a_load(),
            NameError::NumberTooLarge { .. } => NameError::NumberTooLarge { text: shown(trimmed) },
            other => other,
        })?;
        Ok(Self { family, prefix, release })
    }
}

impl Serialize for LoadName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LoadName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A load as somebody states it: the full name, or only the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedLoad {
    /// The release.
    pub release: Release,
    /// The protocol, where the name tells it.
    pub protocol: Option<Protocol>,
    /// The family number, where the name tells it.
    pub family: Option<String>,
}

impl FromStr for StatedLoad {
    type Err = NameError;

    /// Reads what [`LoadName`] and [`Release`] read.
    fn from_str(text: &str) -> Result<Self, NameError> {
        // Releases begin with a digit, and no name of a file of the series does.
        if text.trim_start().starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(Self::from(text.parse::<Release>()?));
        }
        match text.parse::<LoadName>() {
            Ok(load) => Ok(Self::from(&load)),
            Err(NameError::NotALoadName { text }) => Err(NameError::NotARelease { text }),
            Err(wrong) => Err(wrong),
        }
    }
}

impl From<Release> for StatedLoad {
    fn from(release: Release) -> Self {
        Self { release, protocol: None, family: None }
    }
}

impl From<&LoadName> for StatedLoad {
    fn from(load: &LoadName) -> Self {
        Self { release: load.release, protocol: load.protocol(), family: Some(load.family().to_owned()) }
    }
}

/// `text` without `prefix`, compared without regard to case.
pub(super) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// `text` without `suffix`, compared without regard to case.
pub(super) fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::version::tests::any_release;
    use super::*;

    #[test]
    fn every_form_of_a_load_name_is_read() {
        for (text, name, release) in [
            ("SCCP45.8-5-2S", "SCCP45.8-5-2S", "8.5(2)"),
            ("SCCP45.8-5-2S.loads", "SCCP45.8-5-2S", "8.5(2)"),
            (" sccp45.8-5-2s.LOADS ", "SCCP45.8-5-2S", "8.5(2)"),
            ("SCCP41.8-5-2SR1S", "SCCP41.8-5-2SR1S", "8.5(2)SR1"),
            ("SCCP11.8-3-3SR2S.loads", "SCCP11.8-3-3SR2S", "8.3(3)SR2"),
            ("SCCP45.9-4-2SR3-1S", "SCCP45.9-4-2SR3-1S", "9.4(2)SR3"),
            ("SCCP45.9-3-1SR1-1S", "SCCP45.9-3-1SR1-1S", "9.3(1)SR1"),
            ("SCCP41.8-0-4ES4-0-1S", "SCCP41.8-0-4ES4-0-1S", "8.0(4)ES4"),
            ("SIP70.8-0-3S", "SIP70.8-0-3S", "8.0(3)"),
            ("SCCP11.7-2-1-0S", "SCCP11.7-2-1-0S", "7.2(1)"),
            ("TERM41.7-0-3-0S", "TERM41.7-0-3-0S", "7.0(3)"),
        ] {
            let load: LoadName = text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
            assert_eq!((load.to_string().as_str(), load.release().to_string().as_str()), (name, release));
        }
        let load: LoadName = "SIP70.8-0-3S".parse().unwrap();
        assert_eq!((load.protocol(), load.family()), (Some(Protocol::Sip), "70"));
        assert_eq!(load.manifest(), "SIP70.8-0-3S.loads");
        assert_eq!("TERM41.7-0-3-0S".parse::<LoadName>().unwrap().protocol(), None);
    }

    #[test]
    fn files_that_do_not_tell_a_release_are_named_for_what_they_are() {
        let wrong = |text: &str| text.parse::<LoadName>().expect_err(text);
        assert!(matches!(wrong("term45.default.loads"), NameError::DefaultLoadFile { .. }));
        assert!(matches!(wrong("jar45sccp.8-5-2TH1-9.sbn"), NameError::ImageName { .. }));
        assert!(matches!(wrong("SCCP45.8-5-2TH1-9S"), NameError::BuildTag { .. }));
        for text in [
            "SCCP.8-5-2S",
            "SCCP69xx.9-4-1S",
            "SCCP4.8-5-2S",
            "SCCP45",
            "SCCP45.",
            "XCCP45.8-5-2S",
            "é.é",
            "8.5(2)",
            "SCCP45.8.5(2)",
            "SIP455.8-5-2S",
            ".",
            "SCCP45. 8-5-2S",
        ] {
            assert!(matches!(wrong(text), NameError::NotALoadName { .. }), "{text}");
        }
    }

    #[test]
    fn a_stated_load_is_a_name_or_a_release() {
        let stated = |text: &str| text.parse::<StatedLoad>();
        assert_eq!(stated("8.5(2)").unwrap().family, None);
        assert_eq!(stated("SIP45.8-5-2S").unwrap().protocol, Some(Protocol::Sip));
        assert!(matches!(stated("newest"), Err(NameError::NotARelease { .. })));
        assert!(matches!(stated("term45.default.loads"), Err(NameError::DefaultLoadFile { .. })));
    }

    proptest! {
        #[test]
        fn a_load_name_reads_back_as_it_was_written(release in any_release(), prefix in 0..3_usize, family in 0..100_u8) {
            let prefix = Prefix::ALL[prefix];
            let load = LoadName { family: [b'0' + family / 10, b'0' + family % 10], prefix, release };
            for text in [load.to_string(), load.manifest(), load.to_string().to_lowercase()] {
                prop_assert_eq!(text.parse::<LoadName>(), Ok(load.clone()), "{}", text);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = text.parse::<LoadName>();
            let _ = text.parse::<StatedLoad>();
        }

        #[test]
        fn nearly_right_names_are_read_or_refused_but_never_a_panic(
            text in "(SCCP|SIP|term|é)[0-9]{0,3}[.]?[0-9SRETH.()-]{0,12}([.]loads|[.]sbn|)"
        ) {
            if let Ok(load) = text.parse::<LoadName>() {
                prop_assert_eq!(load.to_string().parse::<LoadName>(), Ok(load), "{}", text);
            }
        }
    }
}
