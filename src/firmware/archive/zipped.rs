//! Zip archives: the central directory is the truth, local headers are ignored, every checksum is checked.

use std::io::{self, Cursor};

use bytes::Bytes;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::collect::Collector;
use super::error::shown;
use super::name::EntryName;
use super::{ArchiveError, EntryError};

/// Type bits of a Unix mode, which archives made on Unix carry for each entry.
const TYPE_BITS: u32 = 0o170_000;
const ORDINARY_FILE: u32 = 0o100_000;
const SYMBOLIC_LINK: u32 = 0o120_000;

/// A record of the central directory begins so.
const CENTRAL_RECORD: &[u8; 4] = b"PK\x01\x02";

pub(super) fn read(octets: &Bytes, collector: &mut Collector<'_>) -> Result<(), ArchiveError> {
    // The library takes the whole directory into memory before anyone can count it, so it is counted first. The
    // slack is for stored archives inside, whose directories are counted too.
    let records = octets.windows(4).filter(|four| *four == CENTRAL_RECORD).count();
    if records > collector.entries_left().saturating_mul(4) {
        return Err(collector.too_many());
    }
    let mut archive =
        ZipArchive::new(Cursor::new(&octets[..])).map_err(|error| whole(collector.label(), error))?;
    if archive.has_duplicate_names() {
        return Err(ArchiveError::SameName { name: collector.label().to_owned() });
    }
    for index in 0..archive.len() {
        entry(&mut archive, index, collector)?;
    }
    Ok(())
}

fn entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    collector: &mut Collector<'_>,
) -> Result<(), ArchiveError> {
    let (raw_name, is_dir, mode, encrypted, method) = {
        let entry = archive.by_index_data(index).map_err(|error| whole(collector.label(), error))?;
        let encrypted = entry.encrypted();
        (entry.name_raw().to_vec(), entry.is_dir(), entry.unix_mode(), encrypted, entry.compression())
    };
    // Folders are only names; the files in them name them again.
    if is_dir || raw_name.ends_with(b"/") || raw_name.ends_with(b"\\") {
        return collector.begin(&raw_name).map(drop);
    }
    let Some(name) = collector.begin(&raw_name)? else { return Ok(()) };
    match mode.map_or(0, |mode| mode & TYPE_BITS) {
        0 | ORDINARY_FILE => {}
        SYMBOLIC_LINK => {
            collector.refuse(&name, |name| EntryError::Link { name });
            return Ok(());
        }
        _ => {
            collector.refuse(&name, |name| EntryError::Special { name });
            return Ok(());
        }
    }
    if encrypted {
        collector.refuse(&name, |name| EntryError::Encrypted { name });
        return Ok(());
    }
    if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
        collector.refuse(&name, |name| EntryError::Method { name });
        return Ok(());
    }
    match archive.by_index(index) {
        Ok(entry) => {
            let declared = entry.size();
            if let Err(error) = collector.read(&name, declared, entry)? {
                refuse_unreadable(collector, &name, &error);
            }
        }
        Err(_) => collector.refuse(&name, |name| EntryError::Unreadable { name }),
    }
    Ok(())
}

fn refuse_unreadable(collector: &mut Collector<'_>, name: &EntryName, error: &io::Error) {
    // The library has no kind of its own for this, only its words; a test holds them.
    let checksum = error.kind() == io::ErrorKind::InvalidData && error.to_string().contains("checksum");
    collector.refuse(name, |name| match error.kind() {
        _ if checksum => EntryError::Checksum { name },
        io::ErrorKind::UnexpectedEof => EntryError::CutOff { name },
        _ => EntryError::Unreadable { name },
    });
}

/// What an error about the whole archive means. A zip is read from its end, so a missing end is a missing all.
fn whole(label: &str, error: ZipError) -> ArchiveError {
    match error {
        ZipError::Io(error) => ArchiveError::broken(label, &error),
        ZipError::InvalidArchive(why) if why.contains("EOCD") || why.contains("end of central") => {
            ArchiveError::CutOff { name: shown(label) }
        }
        other => ArchiveError::Damaged { name: shown(label), why: shown(&other.to_string()) },
    }
}
