//! Why an archive, or one entry of it, cannot be used.

use std::io;

use crate::error::{Advice, printable};

/// Longest name that is shown, in characters.
const SHOWN: usize = 80;

/// A name from an archive, safe to print.
pub(crate) fn shown(name: &str) -> String {
    printable(name, SHOWN)
}

/// Why a whole archive is refused. `name` is what the archive is called, safe to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Its content is that of no archive.
    #[error("`{name}` is not a zip, tar or tar.gz archive")]
    NotAnArchive {
        /// The archive.
        name: String,
    },
    /// A page was saved in its place, mostly a log-in page.
    #[error("`{name}` is not an archive but a saved web page")]
    WebPage {
        /// The archive.
        name: String,
    },
    /// It has no octets, or only zeros: an interrupted download.
    #[error("`{name}` is empty")]
    Blank {
        /// The archive.
        name: String,
    },
    /// An archive of a kind that is not read here.
    #[error("`{name}` is a {kind} archive, which is not read here")]
    OtherKind {
        /// The archive.
        name: String,
        /// The kind.
        kind: &'static str,
    },
    /// Gzip with something else in it.
    #[error("`{name}` is packed with gzip, but what is inside is not a tar archive")]
    NoTar {
        /// The archive.
        name: String,
    },
    /// It ends too early.
    #[error("`{name}` is cut off: its end is missing")]
    CutOff {
        /// The archive.
        name: String,
    },
    /// It contradicts itself.
    #[error("`{name}` is damaged: {why}")]
    Damaged {
        /// The archive.
        name: String,
        /// How that shows.
        why: String,
    },
    /// There is no file in it.
    #[error("there is no file in `{name}`")]
    Empty {
        /// The archive.
        name: String,
    },
    /// Two entries have the very same name, and only one of them can be seen.
    #[error("`{name}` has two entries of the same name")]
    SameName {
        /// The archive.
        name: String,
    },
    /// More files than this program looks at.
    #[error("`{name}` holds more files than any collection of loads")]
    TooManyEntries {
        /// The archive.
        name: String,
    },
    /// More octets than this program holds.
    #[error("`{name}` holds more than this program takes into memory")]
    TooLarge {
        /// The archive.
        name: String,
    },
    /// Far more comes out than firmware could.
    #[error("`{name}` unpacks to more than {ratio} times its size, which no firmware does")]
    Bomb {
        /// The archive.
        name: String,
        /// The limit.
        ratio: u64,
    },
}

impl ArchiveError {
    /// What content that is no archive of ours is.
    pub(crate) fn of_other_content(name: &str, octets: &[u8]) -> Self {
        let name = shown(name);
        if octets.iter().take(4_096).all(|&octet| octet == 0) {
            return Self::Blank { name };
        }
        if is_web_page(octets) {
            return Self::WebPage { name };
        }
        let kind = match octets {
            [b'R', b'a', b'r', b'!', ..] => "RAR",
            [b'7', b'z', 0xbc, 0xaf, ..] => "7-Zip",
            [b'B', b'Z', b'h', ..] => "bzip2",
            [0xfd, b'7', b'z', b'X', b'Z', ..] => "xz",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
            [0x1f, 0x9d | 0xa0, ..] => "compress",
            [b'M', b'S', b'C', b'F', ..] => "cabinet",
            _ => return Self::NotAnArchive { name },
        };
        Self::OtherKind { name, kind }
    }

    /// What an error while reading says of the archive.
    pub(crate) fn broken(name: &str, error: &io::Error) -> Self {
        let name = shown(name);
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::CutOff { name };
        }
        Self::Damaged { name, why: printable(&error.to_string(), 120) }
    }
}

fn is_web_page(octets: &[u8]) -> bool {
    let start = &octets[..octets.len().min(1_024)];
    let start = String::from_utf8_lossy(start).to_ascii_lowercase();
    start.contains("<!doctype html") || start.contains("<html")
}

impl Advice for ArchiveError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAnArchive { .. } | Self::NoTar { .. } => "not-an-archive",
            Self::WebPage { .. } => "web-page",
            Self::Blank { .. } | Self::Empty { .. } => "archive-empty",
            Self::OtherKind { .. } => "archive-kind",
            Self::CutOff { .. } => "archive-cut-off",
            Self::Damaged { .. } => "archive-damaged",
            Self::SameName { .. } => "same-name",
            Self::TooManyEntries { .. } | Self::TooLarge { .. } | Self::Bomb { .. } => "archive-too-large",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::WebPage { .. } => {
                "Open the file in a browser to see what the site said, log in there, and download again."
            }
            Self::Blank { .. } | Self::CutOff { .. } | Self::Damaged { .. } => {
                "Download the archive again: this copy is not whole."
            }
            Self::OtherKind { .. } | Self::NoTar { .. } => {
                "Unpack it into a folder and name the folder here."
            }
            Self::SameName { .. } => {
                "Unpack it into a folder, keep the file that you trust, and name the folder here."
            }
            Self::NotAnArchive { .. } | Self::Empty { .. } => "Check that it is the file you meant.",
            Self::TooManyEntries { .. } | Self::TooLarge { .. } | Self::Bomb { .. } => {
                "Put the firmware archives alone into a folder and name that folder."
            }
        };
        vec![advice.to_owned()]
    }
}

/// Why one entry was left out. `name` is the entry's, safe to print.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Its octets do not have the checksum that the archive gives.
    #[error("`{name}` is damaged: its checksum is wrong")]
    Checksum {
        /// The entry.
        name: String,
    },
    /// It cannot be unpacked.
    #[error("`{name}` is damaged: it cannot be unpacked")]
    Unreadable {
        /// The entry.
        name: String,
    },
    /// The archive ends within it.
    #[error("`{name}` is cut off: the archive ends within it")]
    CutOff {
        /// The entry.
        name: String,
    },
    /// A password is needed.
    #[error("`{name}` is encrypted")]
    Encrypted {
        /// The entry.
        name: String,
    },
    /// Packed in a way that is not read here.
    #[error("`{name}` is packed in a way that is not read here")]
    Method {
        /// The entry.
        name: String,
    },
    /// A symbolic or hard link.
    #[error("`{name}` is a link, not a file")]
    Link {
        /// The entry.
        name: String,
    },
    /// A device, a pipe, or a file with holes.
    #[error("`{name}` is not an ordinary file")]
    Special {
        /// The entry.
        name: String,
    },
    /// Its name reaches out of the archive, or is no name.
    #[error("`{name}` is left out: its name has {why}")]
    Name {
        /// The entry.
        name: String,
        /// What is wrong with the name.
        why: &'static str,
    },
    /// It is larger than any file of a load.
    #[error("`{name}` is larger than any file of a load")]
    TooLarge {
        /// The entry.
        name: String,
    },
    /// Two entries have names that differ at most in case, and other octets. Neither is used.
    #[error("`{name}` and `{other}` differ only in the case of their names, and hold different octets")]
    Twice {
        /// The first entry.
        name: String,
        /// The second.
        other: String,
    },
    /// An archive inside that cannot be opened.
    #[error("{error}")]
    Archive {
        /// Why.
        error: Box<ArchiveError>,
    },
    /// An archive inside an archive inside an archive.
    #[error("`{name}` is an archive inside an archive inside an archive, which is not opened")]
    TooDeep {
        /// The entry.
        name: String,
    },
}

impl EntryError {
    /// Whether the octets are there but wrong, so that a load that needs them is damaged rather than incomplete.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Checksum { .. } | Self::Unreadable { .. } | Self::CutOff { .. })
    }
}

impl Advice for EntryError {
    fn code(&self) -> &'static str {
        match self {
            Self::Checksum { .. } => "checksum",
            Self::Unreadable { .. } => "damaged",
            Self::CutOff { .. } => "truncated",
            Self::Encrypted { .. } => "encrypted",
            Self::Method { .. } => "archive-kind",
            Self::Link { .. } => "link",
            Self::Special { .. } => "special-file",
            Self::Name { .. } => "unsafe-name",
            Self::TooLarge { .. } => "file-too-large",
            Self::Twice { .. } => "same-name",
            Self::Archive { error } => error.code(),
            Self::TooDeep { .. } => "nested-too-deep",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Checksum { .. } | Self::Unreadable { .. } | Self::CutOff { .. } => {
                "Download the archive again: this copy is not whole."
            }
            Self::Encrypted { .. } => "Unpack it with its password into a folder and name the folder here.",
            Self::Method { .. } | Self::TooDeep { .. } | Self::Link { .. } | Self::Special { .. } => {
                "Unpack it into a folder and name the folder here."
            }
            Self::Name { .. } | Self::TooLarge { .. } => {
                "Take the archive from where the firmware was first published."
            }
            Self::Twice { .. } => {
                "Unpack it into a folder, keep the file that you trust, and name the folder here."
            }
            Self::Archive { error } => return error.advice(),
        };
        vec![advice.to_owned()]
    }
}
