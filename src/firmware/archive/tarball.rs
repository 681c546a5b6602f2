//! Tar archives: entries share the archive's octets. A tar has checksums for names only, none for contents.

use std::ops::Range;

use bytes::Bytes;
use tar::{Archive, EntryType, Header};

use super::collect::Collector;
use super::name::EntryName;
use super::{ArchiveError, EntryError};

/// Octets of a header.
const BLOCK: usize = 512;
/// Where a header since 1988 says `ustar`.
const MAGIC: Range<usize> = 257..262;

/// Whether the first block is the header of an entry. Old archives have no magic, but always a sum.
pub(super) fn looks_like_tar(octets: &[u8]) -> bool {
    let Some(block) = octets.get(..BLOCK) else { return false };
    if &block[MAGIC] == b"ustar" {
        return true;
    }
    let header = Header::from_byte_slice(block);
    let plain = |range: Range<usize>| block[range].iter().map(|&octet| u32::from(octet)).sum::<u32>();
    // The sum is taken with blanks in its own place.
    let sum = plain(0..148) + 8 * u32::from(b' ') + plain(156..BLOCK);
    block[0] != 0 && header.cksum().is_ok_and(|claimed| claimed == sum)
}

pub(super) fn read(octets: &Bytes, collector: &mut Collector<'_>) -> Result<(), ArchiveError> {
    let mut archive = Archive::new(&octets[..]);
    let entries = archive.entries().map_err(|error| ArchiveError::broken(collector.label(), &error))?;
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                // What came before is whole: the load that misses something will say so, and here is the reason.
                let name = EntryName { folder: String::new(), name: collector.label().to_owned() };
                let error = Box::new(ArchiveError::broken(collector.label(), &error));
                collector.refuse(&name, |_| EntryError::Archive { error });
                return Ok(());
            }
        };
        let raw_name = entry.path_bytes().into_owned();
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader) {
            continue;
        }
        if kind.is_dir() || raw_name.ends_with(b"/") {
            collector.begin(&raw_name)?;
            continue;
        }
        let Some(name) = collector.begin(&raw_name)? else { continue };
        match kind {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Symlink | EntryType::Link => {
                collector.refuse(&name, |name| EntryError::Link { name });
                continue;
            }
            _ => {
                collector.refuse(&name, |name| EntryError::Special { name });
                continue;
            }
        }
        let start = entry.raw_file_position();
        let range = |start: u64, length: u64| {
            let end = usize::try_from(start.checked_add(length)?).ok()?;
            Some(usize::try_from(start).ok()?..end).filter(|_| end <= octets.len())
        };
        let Some(range) = range(start, entry.size()) else {
            collector.refuse(&name, |name| EntryError::CutOff { name });
            return Ok(());
        };
        collector.take(&name, octets.slice(range))?;
    }
    Ok(())
}
