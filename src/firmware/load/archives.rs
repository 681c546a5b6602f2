//! What the archive that a load came in says about it: its published digest, and its name.

use sha1::{Digest, Sha1};
use sha2::Sha256;

use super::Published;
use super::problem::LoadProblem;
use crate::catalog::Catalog;
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
    let same = catalog
        .known_archive_by_sha1(&hex(&Sha1::digest(&archive.octets)))
        .or_else(|| catalog.known_archive_by_sha256(&sha256(&archive.octets)));
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
