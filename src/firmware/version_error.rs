//! What can be wrong with the name of a release, a load or an archive, and what a valid one looks like.

use crate::error::{Advice, printable};

/// How much of a wrong name an error repeats, in characters.
const SHOWN: usize = 60;

/// Why a text is not the name that was asked for. Each case keeps the text, made printable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("the name is empty")]
    Empty,
    /// Longer than any name of the series.
    #[error("`{text}` is longer than any name of this series")]
    TooLong {
        /// Its beginning.
        text: String,
    },
    /// Not a release in any of its spellings.
    #[error("`{text}` is not a release")]
    NotARelease {
        /// The text.
        text: String,
    },
    /// A release with a number that no release has.
    #[error("`{text}` has a number that is too large for a release")]
    NumberTooLarge {
        /// The text.
        text: String,
    },
    /// A build tag such as `8-5-2TH1-9`, which stands in image names and is not a release.
    #[error("`{text}` is a build tag from an image name, not a release")]
    BuildTag {
        /// The text.
        text: String,
    },
    /// The name of an image, which carries a build tag and no release.
    #[error("`{text}` is the name of an image, which does not tell the release")]
    ImageName {
        /// The text.
        text: String,
    },
    /// A default load file, which has the same name in every release.
    #[error("`{text}` is a default load file, which does not tell the release")]
    DefaultLoadFile {
        /// The text.
        text: String,
    },
    /// Not the name of a load.
    #[error("`{text}` is not the name of a load")]
    NotALoadName {
        /// The text.
        text: String,
    },
    /// Not the name of an archive as Cisco gives it to loads of this series.
    #[error("`{text}` is not the name of a firmware archive")]
    NotAnArchiveName {
        /// The text.
        text: String,
    },
}

/// The text as an error shows it.
pub(super) fn shown(text: &str) -> String {
    printable(text.trim(), SHOWN)
}

impl Advice for NameError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "name-empty",
            Self::TooLong { .. } => "name-too-long",
            Self::NotARelease { .. } => "not-a-release",
            Self::NumberTooLarge { .. } => "release-number-too-large",
            Self::BuildTag { .. } => "build-tag",
            Self::ImageName { .. } => "image-name",
            Self::DefaultLoadFile { .. } => "default-load-file-name",
            Self::NotALoadName { .. } => "not-a-load-name",
            Self::NotAnArchiveName { .. } => "not-an-archive-name",
        }
    }

    fn advice(&self) -> Vec<String> {
        let release = "A release looks like `8.5(2)` or `8.5(2)SR1`, or with dashes `8-5-2SR1`.";
        let load = "A load looks like `SCCP45.8-5-2S` or `SIP45.9-4-2SR3-1S`, with or without `.loads`.";
        let archive = "An archive looks like `cmterm-7945_7965-sccp.8-5-2.zip`.";
        let lines: &[&str] = match self {
            Self::Empty | Self::TooLong { .. } | Self::NumberTooLarge { .. } => &[release, load],
            Self::NotARelease { .. } => {
                &[release, load, "The switch shows a phone's load with `show cdp neighbors detail`."]
            }
            Self::BuildTag { .. } | Self::ImageName { .. } => &[
                "Give the name of the manifest instead, the `SCCP...` or `SIP...` file that ends in `.loads`.",
                release,
            ],
            Self::DefaultLoadFile { .. } => &[
                "Give the name of the manifest in the same archive, such as `SCCP45.8-5-2S.loads`.",
                release,
            ],
            Self::NotALoadName { .. } => &[load],
            Self::NotAnArchiveName { .. } => {
                &[archive, "A renamed archive can still be read: its content counts, not its name."]
            }
        };
        lines.iter().map(ToString::to_string).collect()
    }
}
