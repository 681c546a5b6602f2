//! Opens what the user named (files, folders, archives) into memory. Nothing is written to disk, so what is
//! verified later is exactly what is served.
//!
//! A folder is read two levels down and only for files that can matter; what is in an archive is the business of
//! [`archive`].

mod error;
mod opener;
mod read;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub use error::SourceError;
pub use opener::{Opened, open};
pub use read::read_small;
use read::{read, shown};

use crate::catalog::Catalog;
use crate::error::printable;
use crate::firmware::archive::{self, Budget, FileSet, Kind, SetFile};
use crate::firmware::load::{self, LoadProblem, Reading};
use crate::firmware::problem::Problem;
use crate::firmware::signed;

/// Open every PATH and say what loads are there: the one way in for `inspect` and for everything that serves.
pub fn read_loads(catalog: &Catalog, paths: &[PathBuf]) -> Result<Reading, SourceError> {
    let opened = open(paths, &mut Budget::default(), &|name| load::matters(catalog, name))?;
    let mut reading = load::read(catalog, &opened.sets);
    reading.problems.splice(0..0, opened.problems);
    for (index, path) in paths.iter().enumerate() {
        if !opened.answered.contains(&index) {
            let source_name = shown(path);
            reading.problems.push(Problem::of(&LoadProblem::NoLoad { source_name }));
        }
    }
    Ok(reading)
}

/// Say what loads are in a file that is in memory already: what came from elsewhere is judged before it gets a place.
pub fn read_octets(catalog: &Catalog, name: &str, octets: Bytes) -> Reading {
    let mut budget = Budget::default();
    let archive_by_name = Kind::in_name(name) && !signed::looks_signed(&octets);
    let sets = if Kind::of(&octets).is_some() || archive_by_name {
        match archive::open(name, &octets, &mut budget) {
            Ok(sets) => sets,
            Err(error) => return Reading { loads: Vec::new(), problems: vec![Problem::of(&error)] },
        }
    } else {
        let source = printable(name, 200);
        let files = vec![SetFile { name: name.to_owned(), octets }];
        vec![FileSet { source, files, ..FileSet::default() }]
    };
    let sets: Vec<_> = sets.into_iter().map(|set| (0, set)).collect();
    let mut reading = load::read(catalog, &sets);
    if reading.loads.is_empty() && reading.problems.is_empty() {
        reading.problems.push(Problem::of(&LoadProblem::NoLoad { source_name: printable(name, 200) }));
    }
    reading
}

/// Read a whole file, if it can be a firmware archive by its size.
pub fn read_file(path: &Path) -> Result<Bytes, SourceError> {
    let data = fs::metadata(path).map_err(|error| SourceError::from_io(path, &error))?;
    if !data.is_file() {
        return Err(SourceError::NotAFile { path: shown(path) });
    }
    read(path, Budget::default().octets)
}

/// Whether it is a folder that can be looked into.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Names in a folder that are `wanted`, and whether each is a folder itself; for completing what somebody types.
pub fn names(folder: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<(String, bool)>> {
    let entries = fs::read_dir(folder)?.take(opener::MAX_LISTED).flatten();
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|name| wanted(name))?;
        Some((name, fs::metadata(entry.path()).is_ok_and(|data| data.is_dir())))
    });
    Ok(named.collect())
}

/// What lies in a folder, in the order of the names and without what is hidden: the path, whether it is a folder, and
/// its octets. Links to folders are left out: they could lead round in a circle.
pub fn list(folder: &Path) -> Result<Vec<(PathBuf, bool, u64)>, SourceError> {
    let wrong = |error: io::Error| SourceError::from_io(folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)?.take(opener::MAX_LISTED) {
        let entry = entry.map_err(wrong)?;
        let Ok(kind) = entry.file_type() else { continue };
        let Ok(data) = fs::metadata(entry.path()) else { continue };
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && (kind.is_dir() || data.is_file()) {
            found.push((entry.path(), kind.is_dir(), data.len()));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests;
