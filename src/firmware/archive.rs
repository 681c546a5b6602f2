//! What an archive may contain, and the files in it: zip, tar and tar.gz, one level of archive inside archive.
//!
//! An archive comes from anywhere, so nothing that it declares is believed: sizes are counted while reading, names
//! are names and never paths, and nothing is ever written to disk. Whole archives are refused by [`ArchiveError`];
//! a single entry that cannot be used is left out and kept as a [`Refusal`], so that a load that misses it can
//! say why.

mod collect;
mod error;
mod name;
mod tarball;
mod zipped;

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

pub use error::{ArchiveError, EntryError};

use collect::Collector;

/// Files that one run looks at. All loads of all seven families in a dozen releases are fewer than 700.
pub const MAX_ENTRIES: usize = 4_096;
/// Octets of one file. The largest image seen has 4.6 MB; ten times that and a bit is no longer an image.
pub const MAX_ENTRY_OCTETS: u64 = 64 << 20;
/// Octets of everything that one run holds in memory: some fifty loads.
pub const MAX_TOTAL_OCTETS: u64 = 512 << 20;
/// Octets that may come out of one octet of an archive. Real firmware packs to about 0.6, deflate ends at 0.001:
/// past a hundredth it is no firmware but a bomb.
pub const MAX_RATIO: u64 = 100;
/// What may come out of even the smallest archive, so that a few empty pages do not look like a bomb.
const FREE_OCTETS: u64 = 1 << 20;

/// What one run may still take, shared by every source that it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Files that may still come.
    pub entries: usize,
    /// Octets that may still come.
    pub octets: u64,
    /// Octets that one file may have.
    pub entry_octets: u64,
    /// Octets that may come out of one octet of an archive.
    pub ratio: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            entries: MAX_ENTRIES,
            octets: MAX_TOTAL_OCTETS,
            entry_octets: MAX_ENTRY_OCTETS,
            ratio: MAX_RATIO,
        }
    }
}

/// Files that lie together: one folder, on disk or within an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    /// Where it is, as a person would say it: `load.zip`, `load.zip/8-5-2`, `outer.zip/load.zip`; safe to print.
    pub source: String,
    /// The archive that the files came out of, for its name and its published digest.
    pub archive: Option<SetFile>,
    /// The files; no two have names that differ only in case.
    pub files: Vec<SetFile>,
    /// Entries that were left out.
    pub refused: Vec<Refusal>,
}

/// A file in memory, shared by everyone who reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetFile {
    /// Its name, without folders.
    pub name: String,
    /// Its octets.
    pub octets: Bytes,
}

/// An entry that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its name, without folders where it has a usable one.
    pub name: String,
    /// Why.
    pub error: EntryError,
}

/// Kinds of archive that are opened, told by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PKWARE's zip.
    Zip,
    /// An uncompressed tape archive.
    Tar,
    /// Something packed by gzip: must hold a tar.
    Gzip,
}

impl Kind {
    /// The kind of archive that `octets` begins as.
    pub fn of(octets: &[u8]) -> Option<Self> {
        match octets {
            // `PK 5 6` begins a zip with nothing in it.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Zip),
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            _ => tarball::looks_like_tar(octets).then_some(Self::Tar),
        }
    }

    /// Whether `name` is what an archive is called.
    pub fn in_name(name: &str) -> bool {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        matches!(ending.as_deref(), Some("zip" | "tar" | "tgz" | "gz"))
    }
}

/// Open the archive `octets`, called `label`, and the archives in it. There is one set for each folder.
pub fn open(label: &str, octets: &Bytes, budget: &mut Budget) -> Result<Vec<FileSet>, ArchiveError> {
    let mut sets = open_one(label, octets, budget)?;
    let mut inner = Vec::new();
    for set in &mut sets {
        let (archives, files) =
            std::mem::take(&mut set.files).into_iter().partition(|file| Kind::in_name(&file.name));
        set.files = files;
        for SetFile { name, octets } in archives {
            match open_inner(&format!("{}/{name}", set.source), &octets, budget) {
                Ok(sets) => inner.extend(sets),
                Err(error) => {
                    let error = EntryError::Archive { error: Box::new(error) };
                    set.refused.push(Refusal { name, error });
                }
            }
        }
    }
    // What is left of an archive of archives is an empty shell: nobody asked for it.
    sets.retain(|set| !set.files.is_empty() || !set.refused.is_empty());
    sets.append(&mut inner);
    Ok(sets)
}

/// An archive inside an archive: a third level is left out.
fn open_inner(label: &str, octets: &Bytes, budget: &mut Budget) -> Result<Vec<FileSet>, ArchiveError> {
    let mut sets = open_one(label, octets, budget)?;
    for set in &mut sets {
        let (archives, files): (Vec<_>, _) =
            std::mem::take(&mut set.files).into_iter().partition(|file| Kind::in_name(&file.name));
        set.files = files;
        set.refused.extend(archives.into_iter().map(|SetFile { name, .. }| {
            let error = EntryError::TooDeep { name: name.clone() };
            Refusal { name, error }
        }));
    }
    Ok(sets)
}

fn open_one(label: &str, octets: &Bytes, budget: &mut Budget) -> Result<Vec<FileSet>, ArchiveError> {
    let Some(kind) = Kind::of(octets) else { return Err(ArchiveError::of_other_content(label, octets)) };
    let mut collector = Collector::new(label, octets, budget);
    match kind {
        Kind::Zip => zipped::read(octets, &mut collector)?,
        Kind::Tar => tarball::read(octets, &mut collector)?,
        Kind::Gzip => {
            let inner = gunzip(octets, &collector)?;
            if Kind::of(&inner) != Some(Kind::Tar) {
                return Err(ArchiveError::NoTar { name: collector.label().to_owned() });
            }
            tarball::read(&inner, &mut collector)?;
        }
    }
    collector.into_sets()
}

/// Unpack a whole gzip file; its checksum stands at the end, so nothing of it is used before that.
fn gunzip(octets: &Bytes, collector: &Collector<'_>) -> Result<Bytes, ArchiveError> {
    let allowance = collector.allowance();
    let mut out = Vec::new();
    match MultiGzDecoder::new(&octets[..]).take(allowance + 1).read_to_end(&mut out) {
        Ok(_) if out.len() as u64 > allowance => Err(collector.too_much()),
        Ok(_) => Ok(out.into()),
        Err(error) => Err(ArchiveError::broken(collector.label(), &error)),
    }
}

#[cfg(test)]
mod tests;
