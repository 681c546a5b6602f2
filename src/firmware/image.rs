//! An image of a load (`.sbn`): a signed header, then a "CNU File Archive 3.0" whose sizes must add up.
//!
//! The sum finds a file that was cut off or changed in length before a phone is touched; octets changed in place
//! it cannot find. What is inside the archive is deliberately not looked at.

use crate::error::Advice;
use crate::firmware::damage::{self, TextMode};
use crate::firmware::signed::{SignedError, SignedHeader};
use crate::timestamp::Timestamp;

/// What the body begins with.
pub const MAGIC: &[u8; 20] = b"CNU_File_Archive_3.0";
/// Octets that a file may be longer than its sizes add up to: two real files of 51 have one more (PHONES.md 3.3).
pub const MAX_EXTRA: u64 = 3;

/// Layout of the body, in octets from its start; numbers are big-endian and have 32 bits (PHONES.md 3.3).
pub(crate) mod layout {
    /// Number of files in the table.
    pub(crate) const COUNT: usize = 0x30;
    /// Where the content starts.
    pub(crate) const CONTENT: usize = 0x34;
    /// The magic text once more.
    pub(crate) const SECOND_MAGIC: usize = 0x38;
    /// The table: type, flag, size, Unix time, offset of the name.
    pub(crate) const TABLE: usize = 0x248;
    /// Octets of one record of the table.
    pub(crate) const RECORD: usize = 20;
}

/// What an image says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Original name from the signed header.
    pub name: String,
    /// Files in its archive.
    pub files: u32,
    /// The newest time in its table: when it was built, as the builder's clock had it. A second opinion on which
    /// side of the key change it lies.
    pub built: Option<Timestamp>,
}

/// Why a file is not an image that could be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Its signed header is missing or wrong.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// Behind the header is something else.
    #[error("behind the signed header there is no firmware archive")]
    NotAnArchive,
    /// It is shorter than its sizes add up to.
    #[error("the image is cut off, with {octets} of {expected} octets")]
    Truncated {
        /// Octets that are there.
        octets: u64,
        /// Octets that its table promises; at least so many, where the table itself is cut off.
        expected: u64,
    },
    /// It is longer than its sizes add up to.
    #[error("the image is damaged, with {octets} octets instead of {expected}")]
    TooLong {
        /// Octets that are there.
        octets: u64,
        /// Octets that its table promises.
        expected: u64,
    },
    /// Its table contradicts itself.
    #[error("the image is damaged, its table of files contradicts itself")]
    Table,
    /// It is broken in the way that a transfer as text breaks it.
    #[error("the image was damaged by a transfer as text ({0})")]
    TextMode(TextMode),
}

impl Advice for ImageError {
    fn code(&self) -> &'static str {
        match self {
            Self::Signed(error) => error.code(),
            Self::NotAnArchive => "not-an-image",
            Self::Truncated { .. } => "truncated",
            Self::TooLong { .. } | Self::Table => "damaged",
            Self::TextMode(_) => "text-mode",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Signed(error) => error.advice(),
            Self::TextMode(_) => {
                vec!["Fetch the file again in binary mode, or take it from the original archive.".into()]
            }
            Self::Truncated { .. } => {
                vec!["Fetch the load again: the download or the copy ended too early.".into()]
            }
            _ => vec!["Take the file from the original archive again.".into()],
        }
    }
}

impl Image {
    /// Read an image and add up its sizes. Total on any octets; time is linear in the table, and in the file only
    /// when something is wrong with it.
    pub fn parse(file: &[u8]) -> Result<Self, ImageError> {
        let header = SignedHeader::parse(file)?;
        Self::by_table(file, header).map_err(|error| match damage::text_mode(file) {
            Some(how) => ImageError::TextMode(how),
            None => error,
        })
    }

    fn by_table(file: &[u8], header: SignedHeader) -> Result<Self, ImageError> {
        let body = header.body(file);
        if !body.starts_with(MAGIC) {
            let cut_off = MAGIC.starts_with(body);
            let expected = header.octets + layout::TABLE;
            return Err(if cut_off { truncated(file, expected) } else { ImageError::NotAnArchive });
        }
        let (Some(count), Some(content)) = (number(body, layout::COUNT), number(body, layout::CONTENT))
        else {
            return Err(truncated(file, header.octets + layout::TABLE));
        };
        let second = layout::SECOND_MAGIC..layout::SECOND_MAGIC + MAGIC.len();
        if body.get(second).is_some_and(|octets| octets != MAGIC) {
            return Err(ImageError::Table);
        }
        let table_end = layout::TABLE as u64 + u64::from(count) * layout::RECORD as u64;
        if count == 0 || table_end > u64::from(content) {
            return Err(ImageError::Table);
        }
        let start = header.octets as u64 + u64::from(content);
        // The content offset is below 4 GiB, so both fit wherever a file of this length does.
        let table = usize::try_from(table_end).ok().and_then(|end| body.get(layout::TABLE..end));
        let Some(table) = table else {
            return Err(ImageError::Truncated { octets: file.len() as u64, expected: start });
        };
        let (mut sum, mut newest) = (0_u64, 0_u32);
        for record in table.chunks_exact(layout::RECORD) {
            let field = |at| number(record, at).expect("a record has five numbers of four octets");
            sum += u64::from(field(8));
            newest = newest.max(field(12));
            let name = u64::from(field(16));
            // A raw file has no name; every other name lies between the table and the content.
            if name != 0 && !(table_end..u64::from(content)).contains(&name) {
                return Err(ImageError::Table);
            }
        }
        let (octets, expected) = (file.len() as u64, start + sum);
        if octets < expected {
            return Err(ImageError::Truncated { octets, expected });
        }
        if octets > expected + MAX_EXTRA {
            return Err(ImageError::TooLong { octets, expected });
        }
        let built = (newest != 0).then(|| Timestamp::from_unix_millis(u64::from(newest) * 1_000));
        Ok(Self { name: header.original_name, files: count, built })
    }
}

fn truncated(file: &[u8], expected: usize) -> ImageError {
    ImageError::Truncated { octets: file.len() as u64, expected: expected as u64 }
}

fn number(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::firmware::damage::mangle;
    use crate::rehearsal::madeup::{MadeUpLoad, image_file, signed_file};

    fn image(octets: usize) -> Vec<u8> {
        image_file("cnu45.8-5-2TH1-9.sbn", octets, 1_226_615_756, 7)
    }

    #[test]
    fn the_newest_date_in_the_table_is_the_build_date() {
        let image = Image::parse(&image(5_000)).unwrap();
        assert_eq!(image.name, "cnu45.8-5-2TH1-9.sbn");
        assert_eq!(image.built.map(|at| at.to_string()).as_deref(), Some("2008-11-13T22:35:56.000Z"));
    }

    #[test]
    fn up_to_three_octets_more_are_real_and_four_are_damage() {
        let mut file = image(5_000);
        for extra in 0..=MAX_EXTRA {
            assert!(Image::parse(&file).is_ok(), "{extra} extra");
            file.push(0);
        }
        assert_eq!(Image::parse(&file), Err(ImageError::TooLong { octets: 5_004, expected: 5_000 }));
    }

    #[test]
    fn a_cut_off_image_says_how_much_is_missing() {
        let file = image(5_000);
        let want = Err(ImageError::Truncated { octets: 4_999, expected: 5_000 });
        assert_eq!(Image::parse(&file[..4_999]), want);
    }

    #[test]
    fn each_kind_of_text_transfer_is_recognised_on_an_image() {
        let file = image(400_000);
        for mangled in [
            mangle::lf_to_cr_lf(&file),
            mangle::cr_lf_to_lf(&file),
            mangle::without_cr(&file),
            mangle::seven_bits(&file),
            mangle::replaced(&file),
        ] {
            let error = Image::parse(&mangled).unwrap_err();
            assert_eq!(error.code(), "text-mode", "{error}");
        }
    }

    #[test]
    fn something_else_behind_the_header_is_no_image() {
        assert_eq!(Image::parse(&signed_file("a.sbn", b"\x1f\x8b\x08 else")), Err(ImageError::NotAnArchive));
    }

    #[test]
    fn the_images_of_a_made_up_load_add_up() {
        for (name, file) in MadeUpLoad::sample().images() {
            assert_eq!(Image::parse(&file).map(|image| image.name), Ok(name));
        }
    }

    proptest! {
        #[test]
        fn any_octets_behind_a_header_are_an_image_or_an_error(
            mut body in proptest::collection::vec(any::<u8>(), 0..900), like: bool,
        ) {
            if like && body.len() > 60 {
                body[..20].copy_from_slice(MAGIC);
                body[layout::COUNT..layout::COUNT + 3].fill(0);
                body[layout::CONTENT..layout::CONTENT + 2].fill(0);
            }
            let _ = Image::parse(&signed_file("a.sbn", &body));
        }

        #[test]
        fn an_image_cut_off_anywhere_is_an_error(at in 0_usize..5_000) {
            prop_assert!(Image::parse(&image(5_000)[..at]).is_err(), "cut at {}", at);
        }

        #[test]
        fn octets_left_out_or_put_in_are_found(at in 0_usize..5_000, by in 4_usize..50, more: bool) {
            let mut file = image(5_000);
            if more {
                let filler = vec![b'x'; by];
                file.splice(at..at, filler);
            } else {
                let end = (at + by).min(file.len());
                file.drain(at..end);
            }
            prop_assert!(Image::parse(&file).is_err(), "{} octets at {}", by, at);
        }
    }
}
