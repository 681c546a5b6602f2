//! What the user named, opened: files one by one, archives, and folders two levels down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::SourceError;
use super::read::{begins_signed, file_name, read, shown, shown_folder, within};
use crate::error::{Advice, printable};
use crate::firmware::archive::{self, ArchiveError, Budget, EntryError, FileSet, Kind, Refusal, SetFile};
use crate::firmware::problem::Problem;
use crate::firmware::signed;

/// How deep folders are searched: loads lie in a folder, or each in a folder of its own in it.
const MAX_DEPTH: usize = 2;
/// Names of one folder that are looked at. A folder of downloads has some thousand.
pub(super) const MAX_LISTED: usize = 20_000;
/// Archives that merely lie in a folder are opened up to this size; all seven families together have 40 MB.
const MAX_FOUND_ARCHIVE: u64 = 64 << 20;

/// What was opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// The files, grouped as they lie together, with the index of the PATH that they came from.
    pub sets: Vec<(usize, FileSet)>,
    /// What could be opened only in part or not at all, though it is there.
    pub problems: Vec<Problem>,
    /// Indexes of the PATHs that gave a file or a problem.
    pub(super) answered: BTreeSet<usize>,
}

/// Open every PATH. `matters` tells from a file's name whether a load, or a warning about it, can hang on it: in
/// folders nothing else is read, unless it begins as a signed file does.
///
/// Files that were named one by one and lie in one folder belong together. An error ends the whole: the user
/// named something that cannot be read.
pub fn open(
    paths: &[PathBuf],
    budget: &mut Budget,
    matters: &dyn Fn(&str) -> bool,
) -> Result<Opened, SourceError> {
    let mut opener =
        Opener { budget, matters, path: 0, opened: Opened::default(), singles: BTreeMap::default() };
    for (index, path) in paths.iter().enumerate() {
        opener.path = index;
        let data = fs::metadata(path).map_err(|error| SourceError::from_io(path, &error))?;
        if data.is_dir() {
            opener.folder(path, &shown(path), 0)?;
        } else if data.is_file() {
            opener.named_file(path)?;
        } else {
            return Err(SourceError::NotAFile { path: shown(path) });
        }
    }
    Ok(opener.finish())
}

struct Opener<'o> {
    budget: &'o mut Budget,
    matters: &'o dyn Fn(&str) -> bool,
    /// Index of the PATH at hand.
    path: usize,
    opened: Opened,
    /// Single files by the folder in which they lie, with the PATH of the first.
    singles: BTreeMap<PathBuf, (usize, FileSet)>,
}

impl Opener<'_> {
    /// A file that the user named: what it is decides its content, not its name.
    fn named_file(&mut self, path: &Path) -> Result<(), SourceError> {
        let octets = read(path, self.budget.octets)?;
        let name = file_name(path);
        let archive_by_name = Kind::in_name(&name) && !signed::looks_signed(&octets);
        if Kind::of(&octets).is_some() || archive_by_name {
            match archive::open(&name, &octets, self.budget) {
                Ok(sets) => self.keep(sets),
                Err(error) => self.fail(&error),
            }
            return Ok(());
        }
        if octets.len() as u64 > self.budget.entry_octets {
            return Err(SourceError::TooLarge { path: shown(path) });
        }
        self.budget.octets -= octets.len() as u64;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let set =
            || FileSet { source: shown_folder(&folder).unwrap_or_else(|| shown(path)), ..FileSet::default() };
        let (_, set) = self.singles.entry(folder.clone()).or_insert_with(|| (self.path, set()));
        put(set, SetFile { name, octets });
        self.opened.answered.insert(self.path);
        Ok(())
    }

    fn folder(&mut self, path: &Path, label: &str, depth: usize) -> Result<(), SourceError> {
        let wrong = |error: io::Error| SourceError::from_io(path, &error);
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(wrong)? {
            if entries.len() == MAX_LISTED {
                let error = ArchiveError::TooManyEntries { name: label.to_owned() };
                self.fail(&error);
                break;
            }
            entries.push(entry.map_err(wrong)?);
        }
        // The same folder gives the same answer, whatever order the disk has.
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut set = FileSet { source: label.to_owned(), ..FileSet::default() };
        let before_its_archives = self.opened.sets.len();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            let Ok(kind) = entry.file_type() else { continue };
            // A link to a file is followed, a link to a folder is not: it could lead round in a circle.
            if kind.is_dir() {
                if depth + 1 < MAX_DEPTH {
                    // A folder inside that may not be read is no reason to give up the others.
                    if let Err(error) = self.folder(&entry.path(), &within(label, &name), depth + 1) {
                        self.fail(&error);
                    }
                }
            } else if fs::metadata(entry.path()).is_ok_and(|data| data.is_file()) {
                self.found_file(&entry.path(), name, label, &mut set);
            }
        }
        if !set.files.is_empty() || !set.refused.is_empty() {
            self.opened.answered.insert(self.path);
            self.opened.sets.insert(before_its_archives, (self.path, set));
        }
        Ok(())
    }

    /// A file that lies in a folder: read only if it can matter.
    fn found_file(&mut self, path: &Path, name: String, label: &str, set: &mut FileSet) {
        let outcome = if Kind::in_name(&name) {
            self.found_archive(path, &name, label)
        } else if (self.matters)(&name) || begins_signed(path) {
            match self.budget.entries.checked_sub(1) {
                None => {
                    self.fail(&ArchiveError::TooManyEntries { name: label.to_owned() });
                    return;
                }
                Some(left) => self.budget.entries = left,
            }
            read(path, self.budget.octets.min(self.budget.entry_octets)).map(|octets| {
                self.budget.octets -= octets.len() as u64;
                put(set, SetFile { name, octets });
            })
        } else {
            Ok(())
        };
        if let Err(error) = outcome {
            self.fail(&error);
        }
    }

    /// An archive that lies in a folder: kept only if something in it can matter.
    fn found_archive(&mut self, path: &Path, name: &str, label: &str) -> Result<(), SourceError> {
        let octets = read(path, MAX_FOUND_ARCHIVE.min(self.budget.octets))?;
        let before = self.budget.clone();
        let name = within(label, name);
        match archive::open(&name, &octets, self.budget) {
            Ok(sets) => {
                let useful =
                    |file: &SetFile| (self.matters)(&file.name) || signed::looks_signed(&file.octets);
                if sets.iter().any(|set| set.files.iter().any(useful)) {
                    self.keep(sets);
                } else {
                    *self.budget = before;
                }
            }
            // Every folder of downloads has packed files of other trades.
            Err(ArchiveError::NoTar { .. }) => *self.budget = before,
            Err(error) => {
                *self.budget = before;
                self.fail(&error);
            }
        }
        Ok(())
    }

    fn fail(&mut self, error: &impl Advice) {
        self.opened.answered.insert(self.path);
        self.opened.problems.push(Problem::of(error));
    }

    fn keep(&mut self, sets: Vec<FileSet>) {
        self.opened.answered.insert(self.path);
        self.opened.sets.extend(sets.into_iter().map(|set| (self.path, set)));
    }

    fn finish(mut self) -> Opened {
        self.opened.sets.extend(self.singles.into_values());
        // In the order of the command line, which also decides between equals.
        self.opened.sets.sort_by_key(|(path, _)| *path);
        self.opened
    }
}

/// Add a file to a set. A disk that tells `Jar` from `jar` can hold both; the same file named twice does no harm.
pub(super) fn put(set: &mut FileSet, file: SetFile) {
    let same = |other: &str| other.to_lowercase() == file.name.to_lowercase();
    if set.refused.iter().any(|refusal| same(&refusal.name)) {
        return;
    }
    match set.files.iter().position(|other| same(&other.name)) {
        None => set.files.push(file),
        Some(at) if set.files[at].octets == file.octets => {}
        Some(at) => {
            let first = set.files.remove(at);
            let error =
                EntryError::Twice { name: printable(&first.name, 80), other: printable(&file.name, 80) };
            set.refused.push(Refusal { name: file.name, error });
        }
    }
}
