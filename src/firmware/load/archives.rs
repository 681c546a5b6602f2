//! What the archive that a load came in says about it: its published digest, and its name.

use std::cell::OnceCell;

use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::Published;
use super::problem::LoadProblem;
use crate::catalog::{Catalog, KnownArchive};
use crate::firmware::archive::SetFile;
use crate::firmware::{ArchiveName, LoadName};

/// Lower-case hexadecimal.
pub(super) fn hex(digest: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    digest
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

/// SHA-256 of a file, in lower-case hexadecimal.
pub(super) fn sha256(octets: &[u8]) -> String {
    hex(&Sha256::digest(octets))
}

/// Whether the archive is one that was published: by every kind of digest that the catalog has of it.
pub(super) fn published(catalog: &Catalog, archive: &SetFile) -> Published {
    let digests = Digests { octets: &archive.octets, md5: OnceCell::new(), sha1: OnceCell::new() };
    let known = || catalog.known_archives().iter();
    let same = known().find(|known| digests.agree(known, known.is_named(&archive.name)));
    if let Some(known) = same {
        return Published::Same(known.shown_name().to_owned());
    }
    // Only where a digest was published can an archive differ from it.
    let called = known().find(|known| known.is_named(&archive.name) && has_digest(known));
    called.map_or(Published::Unknown, |known| Published::Differs(known.shown_name().to_owned()))
}

fn has_digest(known: &KnownArchive) -> bool {
    known.md5.is_some() || known.sha1.is_some() || known.sha256.is_some()
}

/// Digests of an archive, each taken once and only if something hangs on it: they are over megabytes.
struct Digests<'a> {
    octets: &'a [u8],
    md5: OnceCell<String>,
    sha1: OnceCell<String>,
}

impl Digests<'_> {
    /// Whether these are the octets of `known`. Most archives were published with SHA-1; for the few that were not,
    /// another digest is taken only where the name or the size gives cause to.
    fn agree(&self, known: &KnownArchive, is_named: bool) -> bool {
        let is_likely = is_named || known.octets == Some(self.octets.len() as u64);
        if !has_digest(known) || (known.sha1.is_none() && !is_likely) {
            return false;
        }
        let sha1 = || self.sha1.get_or_init(|| hex(&Sha1::digest(self.octets)));
        let md5 = || self.md5.get_or_init(|| hex(&Md5::digest(self.octets)));
        known.sha1.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(sha1()))
            && known.sha256.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&sha256(self.octets)))
            && known.md5.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(md5()))
    }
}

/// What the archive's name and digest give cause to say about the load in it.
pub(super) fn remarks(
    catalog: &Catalog,
    archive: &SetFile,
    published: &Published,
    load: &LoadName,
) -> Vec<LoadProblem> {
    let mut remarks = Vec::new();
    if let Published::Differs(name) = published {
        remarks.push(LoadProblem::ArchiveDiffers { name: name.clone() });
    }
    if let Ok(name) = archive.name.parse::<ArchiveName>() {
        let other_family =
            catalog.family_of_archive(&name).is_some_and(|family| family.number != load.family());
        let other_protocol = load.protocol().is_some_and(|protocol| protocol != name.protocol);
        if other_family || other_protocol || !name.release.is_same_release(&load.release()) {
            let name = crate::error::printable(&archive.name, 80);
            remarks.push(LoadProblem::ArchiveName { name });
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn digests_are_written_as_they_are_published() {
        assert_eq!(hex(&Sha1::digest(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_published_archive_is_known_by_its_digest_under_any_name_and_by_its_name_only_as_another() {
        for (digest, under_any_name) in [
            ("sha1 = \"a9993e364706816aba3e25717850c26c9cd0d89d\"", true),
            // Digests that few archives have are taken where the name or the size fits.
            ("md5 = \"900150983cd24fb0d6963f7d28e17f72\"", false),
            ("sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"", false),
        ] {
            let files = crate::catalog::EMBEDDED.iter().map(|(name, text)| {
                // A catalog in which one archive was published as the three octets `abc`.
                (*name, text.replace("sha1 = \"e7599cec19c6a750414d9488bd27f82d45ad5860\"", digest))
            });
            let files: Vec<_> = files.collect();
            let catalog = |octets: &str| {
                let files: Vec<_> =
                    files.iter().map(|(name, text)| (*name, text.replace("5214755", octets))).collect();
                let borrowed: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
                Catalog::parse(&borrowed).unwrap()
            };
            let archive = |name: &str, octets: &'static [u8]| SetFile {
                name: name.to_owned(),
                octets: Bytes::from_static(octets),
            };
            let known = "cmterm-7945_7965-sccp.8-5-2.zip".to_owned();
            let same = Published::Same(known.clone());
            let of_another_size = catalog("4");
            assert_eq!(published(&of_another_size, &archive(&known, b"abc")), same, "{digest}");
            assert_eq!(
                published(&of_another_size, &archive("x.zip", b"abc")) == same,
                under_any_name,
                "{digest}"
            );
            let of_this_size = catalog("3");
            assert_eq!(published(&of_this_size, &archive("x.zip", b"abc")), same, "{digest}");
            assert_eq!(published(&of_this_size, &archive("x.zip", b"abd")), Published::Unknown, "{digest}");
            let differs = Published::Differs(known.clone());
            assert_eq!(published(&of_this_size, &archive(&known, b"abd")), differs, "{digest}");
        }
    }
}
