//! What can be wrong with a load, or worth knowing about it.

use crate::catalog::Day;
use crate::error::Advice;
use crate::firmware::archive::EntryError;
use crate::firmware::image::ImageError;
use crate::firmware::manifest::ManifestError;
use crate::firmware::version::Release;

/// One thing about a load. Names are safe to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadProblem {
    /// The manifest, or a default load file, is there but wrong.
    #[error("`{name}`: {error}")]
    Manifest {
        /// The file.
        name: String,
        /// What is wrong.
        error: ManifestError,
    },
    /// An image is there but wrong.
    #[error("`{name}`: {error}")]
    Image {
        /// The file.
        name: String,
        /// What is wrong.
        error: ImageError,
    },
    /// A file of the load is in the archive, and could not be taken out.
    #[error("{error}")]
    Refused {
        /// Why.
        error: EntryError,
    },
    /// Under the name of a file of the load lies another file.
    #[error("the file called `{name}` is really `{original}`: somebody renamed it")]
    Impostor {
        /// The name it has.
        name: String,
        /// The name it was signed with.
        original: String,
    },
    /// Two different files were signed with the same name.
    #[error("two different files are both `{name}`")]
    Contradiction {
        /// The name.
        name: String,
    },
    /// The manifest names an image of another family.
    #[error("the manifest of family {family} names `{name}`, which is not an image of that family")]
    WrongFamily {
        /// The family of the manifest.
        family: String,
        /// The image.
        name: String,
    },
    /// The manifest lacks an image that every load of the family has.
    #[error("the manifest names no `{stem}` image")]
    ListsTooFew {
        /// What the missing image's name begins with.
        stem: String,
    },
    /// An image is missing.
    #[error("the image `{name}` is missing")]
    ImageMissing {
        /// The image.
        name: String,
    },
    /// The manifest is missing, so that nothing tells the release.
    #[error("the manifest is missing: only default load files are there, and they do not tell the release")]
    ManifestMissing {
        /// What the build tag of the images speaks for.
        build: Option<Release>,
    },
    /// A default load file of the family is missing.
    #[error("the default load file `{name}` is missing, without which {models} cannot be recovered")]
    DefaultLoadFileMissing {
        /// The file.
        name: String,
        /// The models that ask for it, in words.
        models: String,
    },
    /// A default load file is there and belongs to another load.
    #[error("`{name}` belongs to {other}, not to this load")]
    DefaultLoadFileOfOther {
        /// The file.
        name: String,
        /// The load it belongs to, in words.
        other: String,
    },
    /// The name of the manifest does not tell the release.
    #[error("the name `{name}` does not tell a release")]
    NoRelease {
        /// The manifest.
        name: String,
    },
    /// An image is younger than the release can be.
    #[error(
        "`{name}` was built on {built}, but loads built from {since} on are signed with the new key alone"
    )]
    BuiltLate {
        /// The image.
        name: String,
        /// Its build date.
        built: Day,
        /// The first day that speaks for the new key.
        since: Day,
    },
    /// The build tag of the images belongs to another release.
    #[error("the images have the build tag {tag}, which belongs to {release}")]
    BuildTag {
        /// The tag.
        tag: String,
        /// The release that it was seen in.
        release: Release,
    },
    /// A file lies under another name than it was signed with. It is served under its true name.
    #[error("the file called `{name}` was signed as `{original}`, and counts as that")]
    Renamed {
        /// The name it has.
        name: String,
        /// The name it was signed with.
        original: String,
    },
    /// The archive has the name of a published one and another digest.
    #[error("the archive is called `{name}`, but it is not byte for byte the published one")]
    ArchiveDiffers {
        /// The published archive.
        name: String,
    },
    /// The archive's name promises another load.
    #[error("the archive `{name}` holds another load than its name says")]
    ArchiveName {
        /// The archive.
        name: String,
    },
    /// Sources disagree about the release.
    #[error("sources disagree: {says}")]
    Disagreement {
        /// The disagreement in words.
        says: String,
    },
    /// The load was made up for a rehearsal.
    #[error("loadlift made this load up for rehearsal")]
    MadeUp,
    /// The load is of a family that is not known here.
    #[error("family {family} is not of this series")]
    UnknownFamily {
        /// The family number.
        family: String,
    },
    /// Neither its name nor its images are of a family that is known here.
    #[error("`{name}` is of no family of this series")]
    NoFamily {
        /// The manifest or default load file.
        name: String,
    },
    /// Firmware, or something like it, that is not of this series.
    #[error("`{name}` is {what}")]
    Foreign {
        /// The file.
        name: String,
        /// What it is.
        what: String,
        /// Why it is of no use here, a sentence.
        why: String,
    },
    /// Images that no manifest names.
    #[error("no manifest in {source_name} names {names}")]
    Unnamed {
        /// Where they lie.
        source_name: String,
        /// The images, in words.
        names: String,
    },
    /// Nothing of a load was found.
    #[error("there is nothing of a load in `{source_name}`")]
    NoLoad {
        /// Where.
        source_name: String,
    },
    /// Two loads bring the same file with different octets, so that only one of them can be served.
    #[error("{loser} and {winner} both bring `{file}`: only {winner} is served")]
    Collision {
        /// The load that is left out.
        loser: String,
        /// The load that is served.
        winner: String,
        /// The file.
        file: String,
    },
    /// A load that must not be served.
    #[error("{load} is not served: {reason}")]
    NotServed {
        /// The load.
        load: String,
        /// Why, the reason of its verdict without the full stop.
        reason: String,
    },
}

impl LoadProblem {
    /// Whether a file is there but wrong.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Manifest { .. }
            | Self::Image { .. }
            | Self::Impostor { .. }
            | Self::Contradiction { .. }
            | Self::WrongFamily { .. } => true,
            Self::Refused { error } => error.is_damage(),
            _ => false,
        }
    }

    /// Whether something that every load needs is not there.
    pub(super) fn is_lack(&self) -> bool {
        match self {
            Self::Refused { error } => !error.is_damage(),
            Self::ImageMissing { .. } | Self::ManifestMissing { .. } | Self::ListsTooFew { .. } => true,
            _ => false,
        }
    }

    /// Whether some models of the family cannot be recovered for it.
    pub(super) fn leaves_models_out(&self) -> bool {
        matches!(self, Self::DefaultLoadFileMissing { .. } | Self::DefaultLoadFileOfOther { .. })
    }

    /// Whether it says that the load is not of this series.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self, Self::UnknownFamily { .. } | Self::NoFamily { .. } | Self::Foreign { .. })
    }

    /// Whether it makes the release doubtful.
    pub(super) fn is_doubt(&self) -> bool {
        matches!(self, Self::BuiltLate { .. } | Self::BuildTag { .. } | Self::NoRelease { .. })
    }
}

impl Advice for LoadProblem {
    fn code(&self) -> &'static str {
        match self {
            Self::Manifest { error, .. } => error.code(),
            Self::Image { error, .. } => error.code(),
            Self::Refused { error } => error.code(),
            Self::Impostor { .. } | Self::Renamed { .. } => "renamed",
            Self::Contradiction { .. } => "same-name",
            Self::WrongFamily { .. } => "wrong-family",
            Self::ListsTooFew { .. } => "manifest-incomplete",
            Self::ImageMissing { .. } => "image-missing",
            Self::ManifestMissing { .. } => "manifest-missing",
            Self::DefaultLoadFileMissing { .. } => "default-load-file-missing",
            Self::DefaultLoadFileOfOther { .. } => "default-load-file-of-other",
            Self::NoRelease { .. } => "no-release",
            Self::BuiltLate { .. } => "built-late",
            Self::BuildTag { .. } => "build-tag",
            Self::ArchiveDiffers { .. } => "archive-differs",
            Self::ArchiveName { .. } => "archive-name",
            Self::Disagreement { .. } => "sources-disagree",
            Self::MadeUp => "made-up",
            Self::UnknownFamily { .. } | Self::NoFamily { .. } | Self::Foreign { .. } => "foreign",
            Self::Unnamed { .. } => "image-unnamed",
            Self::NoLoad { .. } => "no-load",
            Self::Collision { .. } => "collision",
            Self::NotServed { .. } => "not-served",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Manifest { error, .. } => return error.advice(),
            Self::Image { error, .. } => return error.advice(),
            Self::Refused { error } => return error.advice(),
            Self::Foreign { why, .. } => return vec![why.clone()],
            Self::ManifestMissing { build: Some(release) } => {
                return vec![
                    "Name the whole archive, or add the SCCP or SIP manifest to the folder.".into(),
                    format!("The build tag of the images was seen in {release}, which is a hint only."),
                ];
            }
            Self::Impostor { .. } | Self::Contradiction { .. } => {
                "Unpack the original archive into an empty folder, and use that."
            }
            Self::WrongFamily { .. } | Self::ListsTooFew { .. } => "Take another copy of the load.",
            Self::ImageMissing { .. } | Self::ManifestMissing { build: None } => {
                "Name the whole archive, or put all files of the load into one folder."
            }
            Self::DefaultLoadFileMissing { .. } => {
                "Take the archive for these models (cmterm-…): it holds the default load files."
            }
            Self::DefaultLoadFileOfOther { .. } => {
                "Keep each load in a folder of its own: unpacked into one, the last one overwrites this file."
            }
            Self::NoRelease { .. } => "Take the load from an archive that still has its original file names.",
            Self::BuiltLate { .. } | Self::BuildTag { .. } => {
                "Use another copy of the recommended load; this one may be mislabelled."
            }
            Self::Renamed { .. } => "Nothing needs doing; mind that the name on disk misleads.",
            Self::ArchiveDiffers { .. } => {
                "Prefer a copy with the published digest; somebody packed this one anew."
            }
            Self::ArchiveName { .. } => "Go by what is inside, not by the archive's name.",
            Self::Disagreement { .. } => "Prefer the recommended load where you have it.",
            Self::MadeUp => "Use it with `loadlift rehearse` only.",
            Self::UnknownFamily { .. } | Self::NoFamily { .. } => {
                "Check the model: `loadlift keys MODEL` knows those of this series."
            }
            Self::Unnamed { .. } => "Add the manifest and the default load files that go with these images.",
            Self::NoLoad { .. } => "Name a firmware archive (cmterm-…zip) or the folder it was unpacked to.",
            Self::Collision { .. } => {
                "To serve the other one, name it alone: one family can have one load at a time."
            }
            Self::NotServed { .. } => "Run `loadlift inspect` on it to see the details.",
        };
        vec![advice.to_owned()]
    }
}
