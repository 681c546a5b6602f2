//! Single files into memory within a limit, and how a path is shown.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;

use super::SourceError;
use crate::error::printable;
use crate::firmware::signed;

/// Octets that tell a signed file.
const HEAD: u64 = 4;
/// A file of cookies, certificates or sums longer than this is none, in octets.
const SMALL: u64 = 4 << 20;

/// Read a whole file of at most `limit` octets.
pub(super) fn read(path: &Path, limit: u64) -> Result<Bytes, SourceError> {
    let wrong = |error: io::Error| SourceError::from_io(path, &error);
    let file = File::open(path).map_err(wrong)?;
    let length = file.metadata().map_err(wrong)?.len();
    if length > limit {
        return Err(SourceError::TooLarge { path: shown(path) });
    }
    let mut octets = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // The file may grow while it is read.
    file.take(limit + 1).read_to_end(&mut octets).map_err(wrong)?;
    if octets.len() as u64 > limit {
        return Err(SourceError::TooLarge { path: shown(path) });
    }
    Ok(octets.into())
}

/// Read a small file that was named beside the sources: cookies, certificates, lists.
pub fn read_small(path: &Path) -> Result<Bytes, SourceError> {
    read(path, SMALL)
}

pub(super) fn begins_signed(path: &Path) -> bool {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)).is_ok()
        && signed::looks_signed(&head)
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| shown(path), |name| name.to_string_lossy().into_owned())
}

/// A name in a folder as a person would say it.
pub(super) fn within(label: &str, name: &str) -> String {
    let name = printable(name, 80);
    if label == "." { name } else { format!("{label}/{name}") }
}

pub(super) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy(), 200)
}

pub(super) fn shown_folder(path: &Path) -> Option<String> {
    (!path.as_os_str().is_empty()).then(|| shown(path))
}
