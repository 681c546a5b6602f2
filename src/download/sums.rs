//! Sums that vendors publish, and whether a file has them.

use std::fmt;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::error::{Advice, printable};

/// How a sum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5: tells a broken download from a whole one, and no forgery.
    Md5,
    /// SHA-1: the same.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// A published sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    algorithm: Algorithm,
    hex: String,
}

/// Why a sum is none, or a file does not have it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SumError {
    /// Not so many hexadecimal digits.
    #[error("`{text}` is no {algorithm}: that has {digits} hexadecimal digits")]
    Malformed {
        /// As it was given, safe to print.
        text: String,
        /// What it should be.
        algorithm: Algorithm,
        /// Its digits.
        digits: usize,
    },
    /// The file has another.
    #[error("the {algorithm} is {found}, not {wanted} as published")]
    Differs {
        /// Of which kind.
        algorithm: Algorithm,
        /// What the file has.
        found: String,
        /// What was published.
        wanted: String,
    },
    /// It was not said which sum is for which file.
    #[error("{sums} {algorithm} for {sources} sources: which is for which?")]
    WhichFile {
        /// Of which kind.
        algorithm: Algorithm,
        /// Sums without a name.
        sums: usize,
        /// Sources.
        sources: usize,
    },
    /// A folder is among the sources.
    #[error("a folder is among the sources: for which file is the {algorithm}?")]
    OfFolder {
        /// Of which kind.
        algorithm: Algorithm,
    },
    /// A sum was given for a file that is not among the sources.
    #[error("a sum is given for `{name}`, and no source is called so")]
    NoSuchFile {
        /// The file, safe to print.
        name: String,
        /// What the sources are called, safe to print.
        names: Vec<String>,
    },
    /// A list of sums was given, and this file is not on it.
    #[error("`{name}` is not on the list of sums")]
    NotListed {
        /// The file, safe to print.
        name: String,
    },
    /// A list with no sum on it.
    #[error("the list of sums has no line with a sum and a name")]
    NotAList,
}

impl Advice for SumError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "sum-malformed",
            Self::Differs { .. } => "sum-differs",
            Self::WhichFile { .. } | Self::OfFolder { .. } => "which-sum",
            Self::NoSuchFile { .. } => "sum-of-no-source",
            Self::NotListed { .. } => "sum-not-listed",
            Self::NotAList => "no-sums",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Malformed { .. } => "Copy the whole sum from the vendor's page.",
            Self::Differs { .. } => {
                "Fetch it again; if it stays so, the file is not the published one: do not use it."
            }
            Self::WhichFile { algorithm, .. } => {
                return vec![format!(
                    "Give one for each source in their order, or say for which file: `{} NAME=HEX`.",
                    algorithm.option()
                )];
            }
            Self::OfFolder { algorithm } => {
                return vec![format!("Say for which file: `{} NAME=HEX`.", algorithm.option())];
            }
            Self::NoSuchFile { names, .. } => {
                return vec![format!("The sources are called: {}.", names.join(", "))];
            }
            Self::NotListed { .. } => "Use the list that was published with it, or give its sum by itself.",
            Self::NotAList => "A line of it is `HEX  NAME`, as `sha256sum` and `md5sum` write it.",
        };
        vec![advice.to_owned()]
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        })
    }
}

impl Algorithm {
    /// All of them, the weakest first.
    pub const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// The option that takes it.
    fn option(self) -> &'static str {
        match self {
            Self::Md5 => "--md5",
            Self::Sha1 => "--sha1",
            Self::Sha256 => "--sha256",
            Self::Sha512 => "--sha512",
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

impl Sum {
    /// A sum as a page shows it, in any case and with blanks around it.
    pub fn parse(algorithm: Algorithm, text: &str) -> Result<Self, SumError> {
        let hex = text.trim().to_ascii_lowercase();
        let digits = algorithm.digits();
        if hex.len() != digits || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(SumError::Malformed { text: printable(text, 140), algorithm, digits });
        }
        Ok(Self { algorithm, hex })
    }

    /// A sum of the kind that has so many digits.
    pub(super) fn by_length(text: &str) -> Option<Self> {
        let digits = text.trim().len();
        let algorithm = Algorithm::ALL.into_iter().find(|algorithm| algorithm.digits() == digits)?;
        Self::parse(algorithm, text).ok()
    }

    /// How it is made.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `octets` have it.
    pub fn check(&self, octets: &[u8]) -> Result<(), SumError> {
        let found = match self.algorithm {
            Algorithm::Md5 => hex(&Md5::digest(octets)),
            Algorithm::Sha1 => hex(&Sha1::digest(octets)),
            Algorithm::Sha256 => hex(&Sha256::digest(octets)),
            Algorithm::Sha512 => hex(&Sha512::digest(octets)),
        };
        if found == self.hex {
            return Ok(());
        }
        Err(SumError::Differs { algorithm: self.algorithm, found, wanted: self.hex.clone() })
    }
}

/// Lower-case hexadecimal.
fn hex(digest: &[u8]) -> String {
    use fmt::Write as _;
    digest.iter().fold(String::with_capacity(digest.len() * 2), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// SHA-256 of a file, in lower-case hexadecimal.
pub fn sha256(octets: &[u8]) -> String {
    hex(&Sha256::digest(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_kind_of_sum_is_known_and_a_wrong_one_is_told() {
        let sums = [
            (Algorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (Algorithm::Sha1, "A9993E364706816ABA3E25717850C26C9CD0D89D"),
            (Algorithm::Sha256, " ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"),
            (
                Algorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ];
        for (algorithm, text) in sums {
            let sum = Sum::parse(algorithm, text).unwrap();
            assert_eq!(sum.check(b"abc"), Ok(()), "{algorithm}");
            let differs = sum.check(b"abd").unwrap_err();
            assert_eq!(differs.code(), "sum-differs");
            assert_eq!(Sum::parse(algorithm, &text[1..20]).unwrap_err().code(), "sum-malformed");
        }
    }
}
