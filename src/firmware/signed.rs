//! The signed header in front of every file of a load: where the body starts, and what the file was called when it
//! was signed.
//!
//! Read by tags, never by offsets. It deliberately verifies no signature: the public key is not known outside the
//! phone, and the header looks the same on both sides of the key change (PHONES.md 3.1), so that old and new key
//! cannot be told apart here.

use crate::error::{Advice, printable};
use crate::firmware::damage::{self, TextMode};

/// Longest name that is believed; real ones have some 30 characters.
pub const MAX_NAME: usize = 128;

/// Tags of the header (PHONES.md 3.1). A field is tag (1 octet), length (2, big-endian), value.
mod tag {
    pub(super) const VERSION: u8 = 1;
    pub(super) const HEADER_LENGTH: u8 = 2;
    pub(super) const SIGNER: u8 = 3;
    pub(super) const SIGNATURE_INFO: u8 = 7;
    pub(super) const ALGORITHM: u8 = 9;
    pub(super) const SIGNATURE: u8 = 12;
    /// A bare octet without length or value.
    pub(super) const PADDING: u8 = 13;
    pub(super) const NAME: u8 = 14;
}

/// What the signed header says that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeader {
    /// Octets of the whole header: the body starts here.
    pub octets: usize,
    /// The file's name when it was signed, with its true case: exposes a renamed file.
    pub original_name: String,
}

/// Why a file has no signed header that could be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// It does not begin as a signed file does.
    #[error("the file does not begin with a signed header")]
    NotSigned,
    /// It ends within the header.
    #[error("the file ends within its signed header, after {octets} octets")]
    Truncated {
        /// Octets that are there.
        octets: usize,
    },
    /// A field reaches past the end of the header, so something before it is wrong.
    #[error("the signed header is damaged, its field {tag} at octet {at} does not fit")]
    Misfit {
        /// The field's tag.
        tag: u8,
        /// Where the field begins.
        at: usize,
    },
    /// A field that every signed file has is not there.
    #[error("the signed header is damaged, it has no {what}")]
    Missing {
        /// The field in words.
        what: &'static str,
    },
    /// The original name is empty, too long, or holds characters that no file of a load has.
    #[error("the signed header is damaged, its file name reads `{name}`")]
    Name {
        /// The name, made printable.
        name: String,
    },
    /// The header is broken in the way that a transfer as text breaks it.
    #[error("the file was damaged by a transfer as text ({0})")]
    TextMode(TextMode),
}

impl Advice for SignedError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned => "not-signed",
            Self::Truncated { .. } => "truncated",
            Self::Misfit { .. } | Self::Missing { .. } | Self::Name { .. } => "damaged",
            Self::TextMode(_) => "text-mode",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::TextMode(_) => {
                vec!["Fetch the file again in binary mode, or take it from the original archive.".into()]
            }
            _ => vec!["Take the file from the original archive again.".into()],
        }
    }
}

/// Whether a file begins as a signed one does; says nothing about the rest.
pub fn looks_signed(file: &[u8]) -> bool {
    file.starts_with(&[tag::VERSION, 0, 2, 1])
}

impl SignedHeader {
    /// Read the header at the start of `file`. Total on any octets; time is linear in the header's length.
    pub fn parse(file: &[u8]) -> Result<Self, SignedError> {
        if !looks_signed(file) {
            return Err(SignedError::NotSigned);
        }
        // Line ends changed in the signature move all that follows, so every other complaint would be a riddle.
        Self::by_tags(file).map_err(|error| match damage::text_mode(file) {
            Some(how) => SignedError::TextMode(how),
            None => error,
        })
    }

    /// The octets behind the header.
    pub fn body<'a>(&self, file: &'a [u8]) -> &'a [u8] {
        file.get(self.octets..).unwrap_or_default()
    }

    fn by_tags(file: &[u8]) -> Result<Self, SignedError> {
        let (mut length, mut name, mut signed) = (None, None, false);
        let mut at = 0;
        // Until the header's own length is known, the file's end is the only limit.
        while at < length.unwrap_or(file.len()) {
            let tag = file[at];
            if tag == tag::PADDING {
                at += 1;
                continue;
            }
            let (start, end) = field(file, at)?;
            if end > length.unwrap_or(file.len()) {
                return Err(match length {
                    Some(_) => SignedError::Misfit { tag, at },
                    None => SignedError::Truncated { octets: file.len() },
                });
            }
            let value = &file[start..end];
            match tag {
                tag::HEADER_LENGTH => {
                    let octets = <[u8; 2]>::try_from(value).map_err(|_| SignedError::Misfit { tag, at })?;
                    let octets = usize::from(u16::from_be_bytes(octets));
                    if length.is_some() || octets < end {
                        return Err(SignedError::Misfit { tag, at });
                    }
                    if octets > file.len() {
                        return Err(SignedError::Truncated { octets: file.len() });
                    }
                    length = Some(octets);
                }
                tag::SIGNATURE => signed = !value.is_empty(),
                tag::NAME => name = Some(text(value)?),
                _ => {}
            }
            // The fields of a container follow its own three octets as if it were not there.
            at = match tag {
                tag::SIGNER | tag::SIGNATURE_INFO | tag::ALGORITHM => start,
                _ => end,
            };
        }
        let octets = length.ok_or(SignedError::Missing { what: "length" })?;
        if !signed {
            return Err(SignedError::Missing { what: "signature" });
        }
        let original_name = name.ok_or(SignedError::Missing { what: "file name" })?;
        Ok(Self { octets, original_name })
    }
}

/// Where the value of the field at `at` begins and would end.
fn field(file: &[u8], at: usize) -> Result<(usize, usize), SignedError> {
    let Some(&[high, low]) = file.get(at + 1..at + 3) else {
        return Err(SignedError::Truncated { octets: file.len() });
    };
    let start = at + 3;
    Ok((start, start + usize::from(u16::from_be_bytes([high, low]))))
}

/// A name as the header holds it: ended by NUL, of characters that a file of a load can have.
fn text(value: &[u8]) -> Result<String, SignedError> {
    let name = value.strip_suffix(&[0]).unwrap_or(value);
    if is_file_name(name) {
        return Ok(String::from_utf8_lossy(name).into_owned());
    }
    Err(SignedError::Name { name: printable(&String::from_utf8_lossy(name), MAX_NAME) })
}

/// Whether `name` can be the name of a file in a load: visible ASCII, not too long, and never a path.
pub(crate) fn is_file_name(name: &[u8]) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && name.iter().all(|&c| c.is_ascii_graphic() && !b"/\\:*?\"<>|`".contains(&c))
        && !name.iter().all(|&c| c == b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rehearsal::madeup::signed_file;

    const NAME: &str = "jar45sccp.8-5-2TH1-9.sbn";

    #[test]
    fn a_header_tells_the_body_and_the_original_name() {
        let file = signed_file(NAME, b"the body");
        let header = SignedHeader::parse(&file).unwrap();
        assert_eq!(header.original_name, NAME);
        assert_eq!(header.body(&file), b"the body");
        assert_eq!(header.octets % 4, 0);
    }

    #[test]
    fn fields_may_come_in_another_length_and_with_unknown_ones_between() {
        // Version, length 0x1f, an unknown field, one octet of signature, the name with padding before it.
        let mut file = vec![1, 0, 2, 1, 1, 2, 0, 2, 0, 0x1f, 99, 0, 3, 7, 7, 7, 12, 0, 1, 0xaa, 13, 14, 0, 5];
        file.extend(b"a.sbn\r\rBODY");
        file[9] = u8::try_from(file.len() - 4).unwrap();
        let header = SignedHeader::parse(&file).unwrap();
        assert_eq!((header.original_name.as_str(), header.body(&file)), ("a.sbn", &b"BODY"[..]));
    }

    #[test]
    fn each_way_to_break_a_header_has_its_own_name() {
        let whole = signed_file(NAME, b"");
        assert_eq!(SignedHeader::parse(b""), Err(SignedError::NotSigned));
        assert_eq!(SignedHeader::parse(b"PK\x03\x04"), Err(SignedError::NotSigned));
        assert_eq!(SignedHeader::parse(&whole[..8]), Err(SignedError::Truncated { octets: 8 }));
        assert_eq!(SignedHeader::parse(&whole[..200]), Err(SignedError::Truncated { octets: 200 }));
        assert_eq!(
            SignedHeader::parse(&[1, 0, 2, 1, 1, 2, 0, 2, 0, 10]),
            Err(SignedError::Missing { what: "signature" })
        );
        assert_eq!(
            SignedHeader::parse(&[1, 0, 2, 1, 1, 2, 0, 2, 0, 14, 12, 0, 1, 9]),
            Err(SignedError::Missing { what: "file name" })
        );
        let long = "a".repeat(MAX_NAME + 1);
        for name in ["../evil", "C:evil", "a b", "a\x1b[2J", "", "..", &long] {
            let broken = signed_file(name, b"");
            assert!(matches!(SignedHeader::parse(&broken), Err(SignedError::Name { .. })), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_a_header_or_an_error(mut file in proptest::collection::vec(any::<u8>(), 0..700), like: bool) {
            if like && file.len() >= 4 {
                file[..4].copy_from_slice(&[1, 0, 2, 1]);
            }
            if let Ok(header) = SignedHeader::parse(&file) {
                prop_assert!(header.octets <= file.len());
                prop_assert!(is_file_name(header.original_name.as_bytes()));
            }
        }

        #[test]
        fn every_name_reads_back_with_its_case(name in "[A-Za-z0-9][A-Za-z0-9._-]{0,60}", body in proptest::collection::vec(any::<u8>(), 0..90)) {
            let file = signed_file(&name, &body);
            let header = SignedHeader::parse(&file).expect("a true header");
            prop_assert_eq!(&header.original_name, &name);
            prop_assert_eq!(header.body(&file), &body[..]);
        }

        #[test]
        fn a_header_cut_off_anywhere_is_an_error(at in 0_usize..400) {
            let file = signed_file(NAME, b"");
            prop_assume!(at < file.len());
            prop_assert!(SignedHeader::parse(&file[..at]).is_err(), "cut at {}", at);
        }
    }
}
