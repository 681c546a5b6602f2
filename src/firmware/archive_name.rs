//! Names of the archives that loads come in: `cmterm-7945_7965-sccp.8-5-2.zip`, with their known irregularities.
//!
//! The name is only a hint. Archives get renamed, and what is inside decides.

use std::str::FromStr;

use super::load_name::{strip_prefix, strip_suffix};
use super::version::{Protocol, Release, within_bounds};
use super::version_error::{NameError, shown};

/// What the name of an archive tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveName {
    /// The models as the name has them: `7945`, `7965`. The catalog knows their family.
    pub models: Vec<String>,
    /// The protocol.
    pub protocol: Protocol,
    /// The release.
    pub release: Release,
}

/// Endings that are taken off, longest first. A name without any is read as well.
const ENDINGS: [&str; 4] = [".tar.gz", ".tgz", ".tar", ".zip"];
/// `scpp` stands in the published name of the 8.5(2) archive for the 7931.
const PROTOCOLS: [(&str, Protocol); 3] =
    [("sccp", Protocol::Sccp), ("scpp", Protocol::Sccp), ("sip", Protocol::Sip)];

impl FromStr for ArchiveName {
    type Err = NameError;

    /// Reads `cmterm-<models>-<protocol>.<release>` with or without an ending, in any case.
    ///
    /// Irregular names that are read: `scpp` for `sccp`, `9-4-2-1SR3-1` for `9-4-2SR3-1`, `-` for `_` between models,
    /// and the ` (1)` that a browser adds to a second download.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let trimmed = within_bounds(text)?;
        read(trimmed).ok_or_else(|| NameError::NotAnArchiveName { text: shown(trimmed) })
    }
}

fn read(name: &str) -> Option<ArchiveName> {
    let bare = ENDINGS.iter().find_map(|ending| strip_suffix(name, ending)).unwrap_or(name);
    let (head, release) = strip_prefix(without_copy_number(bare), "cmterm-")?.split_once('.')?;
    let (models, protocol) = head.rsplit_once('-')?;
    let (_, protocol) = PROTOCOLS.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(protocol))?;
    let models: Vec<String> = models.split(['_', '-']).map(str::to_ascii_uppercase).collect();
    let is_model = |m: &String| {
        m.starts_with(|c: char| c.is_ascii_digit()) && m.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if !models.iter().all(is_model) {
        return None;
    }
    // Brackets are how people write a release, never how an archive does.
    let release = (!release.contains('(')).then(|| release.parse().ok())??;
    Some(ArchiveName { models, protocol, release })
}

/// The name without the ` (1)` of a second download.
fn without_copy_number(name: &str) -> &str {
    name.strip_suffix(')')
        .and_then(|open| open.rsplit_once(" ("))
        .filter(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        .map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn archive_names_are_read_with_their_known_irregularities() {
        for (name, models, protocol, release) in [
            ("cmterm-7945_7965-sccp.8-5-2.zip", "7945 7965", Protocol::Sccp, "8.5(2)"),
            ("CMTERM-7945_7965-SCCP.8-5-2.ZIP", "7945 7965", Protocol::Sccp, "8.5(2)"),
            ("cmterm-7931-scpp.8-5-2.zip", "7931", Protocol::Sccp, "8.5(2)"),
            ("cmterm-7945_7965-sccp.9-4-2-1SR3-1.tar", "7945 7965", Protocol::Sccp, "9.4(2)SR3"),
            ("cmterm-7941_7961-sccp.9-4-2SR3-1.zip", "7941 7961", Protocol::Sccp, "9.4(2)SR3"),
            ("cmterm-7945_7965-sip.9-3-1SR4-1.zip", "7945 7965", Protocol::Sip, "9.3(1)SR4"),
            ("cmterm-7945_7965-sccp.9-3-1SR2-1.tar.gz", "7945 7965", Protocol::Sccp, "9.3(1)SR2"),
            ("cmterm-7940-7960-sccp.8-1-2SR2.zip", "7940 7960", Protocol::Sccp, "8.1(2)SR2"),
            ("cmterm-7975-sccp.8-5-2 (1).zip", "7975", Protocol::Sccp, "8.5(2)"),
            ("cmterm-7975-sccp.8-5-2", "7975", Protocol::Sccp, "8.5(2)"),
        ] {
            let read: ArchiveName = name.parse().unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            assert_eq!((read.models.join(" ").as_str(), read.protocol), (models, protocol), "{name}");
            assert_eq!(read.release.to_string(), release, "{name}");
        }
        let odd: ArchiveName = "cmterm-7945_7965-sccp.9-4-2-1SR3-1.tar".parse().unwrap();
        assert_eq!(odd, "cmterm-7945_7965-sccp.9-4-2SR3-1.zip".parse().unwrap());
    }

    #[test]
    fn other_file_names_are_not_taken_for_archives() {
        for name in [
            "cmterm-7945_7965-sccp.zip",
            "cmterm--sccp.8-5-2.zip",
            "7945-sccp.8-5-2.zip",
            "cmterm-7945-h323.8-5-2.zip",
            "cmterm-devicepack7.1.3.cop.sgn",
            "cmterm-7945-sccp.8.5(2).zip",
            "cmterm-7945-sccp.8-5-2 ().zip",
            "é",
        ] {
            assert!(name.parse::<ArchiveName>().is_err(), "{name}");
        }
        assert_eq!("".parse::<ArchiveName>(), Err(NameError::Empty));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), near in "cmterm-[0-9_-]{0,9}(sccp|sip)[.][0-9SR -]{0,9}[(]?1?[)]?.{0,4}") {
            let _ = text.parse::<ArchiveName>();
            let _ = near.parse::<ArchiveName>();
        }
    }
}
