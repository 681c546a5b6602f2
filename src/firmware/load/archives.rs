//! What the archive that a load came in says about it: its published digest, and its name.

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

/// Whether the archive is one that was published.
pub(super) fn published(catalog: &Catalog, archive: &SetFile) -> Published {
    // Few archives were published with SHA-256 alone: a second digest is taken only for one that is called so.
    let with_sha256 = |known: &&KnownArchive| known.sha256.is_some() && known.is_named(&archive.name);
    let same = catalog.known_archive_by_sha1(&hex(&Sha1::digest(&archive.octets))).or_else(|| {
        let called = catalog.known_archives().iter().any(|known| with_sha256(&known));
        called.then(|| catalog.known_archive_by_sha256(&sha256(&archive.octets)))?
    });
    if let Some(known) = same {
        return Published::Same(known.shown_name().to_owned());
    }
    // Only where a digest was published can an archive differ from it.
    let called = catalog
        .known_archives()
        .iter()
        .find(|known| known.is_named(&archive.name) && (known.sha1.is_some() || known.sha256.is_some()));
    called.map_or(Published::Unknown, |known| Published::Differs(known.shown_name().to_owned()))
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
        let files = crate::catalog::EMBEDDED.iter().map(|(name, text)| {
            // A catalog in which one archive was published as the three octets `abc`.
            let text = text.replace(
                "e7599cec19c6a750414d9488bd27f82d45ad5860",
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            );
            (*name, text)
        });
        let files: Vec<_> = files.collect();
        let borrowed: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let catalog = Catalog::parse(&borrowed).unwrap();
        let archive = |name: &str, octets: &'static [u8]| SetFile {
            name: name.to_owned(),
            octets: Bytes::from_static(octets),
        };
        let known = "cmterm-7945_7965-sccp.8-5-2.zip".to_owned();
        assert_eq!(published(&catalog, &archive("x.zip", b"abc")), Published::Same(known.clone()));
        assert_eq!(published(&catalog, &archive(&known, b"abd")), Published::Differs(known));
        assert_eq!(published(&catalog, &archive("x.zip", b"abd")), Published::Unknown);
    }
}
