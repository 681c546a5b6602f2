//! Opens what the user named (files, folders, archives) into memory. Nothing is written to disk, so what is
//! verified later is exactly what is served.
//!
//! A folder is read two levels down and only for files that can matter; what is in an archive is the business of
//! [`archive`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::catalog::Catalog;
use crate::error::{Advice, printable};
use crate::firmware::archive::{self, ArchiveError, Budget, EntryError, FileSet, Kind, Refusal, SetFile};
use crate::firmware::load::{self, LoadProblem, Reading};
use crate::firmware::problem::Problem;
use crate::firmware::signed;

/// How deep folders are searched: loads lie in a folder, or each in a folder of its own in it.
const MAX_DEPTH: usize = 2;
/// Names of one folder that are looked at. A folder of downloads has some thousand.
const MAX_LISTED: usize = 20_000;
/// Archives that merely lie in a folder are opened up to this size; all seven families together have 40 MB.
const MAX_FOUND_ARCHIVE: u64 = 64 << 20;
/// Octets that tell a signed file.
const HEAD: u64 = 4;

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

/// What lies in a folder, in the order of the names and without what is hidden: the path, whether it is a folder, and
/// its octets. Links to folders are left out: they could lead round in a circle.
pub fn list(folder: &Path) -> Result<Vec<(PathBuf, bool, u64)>, SourceError> {
    let wrong = |error: io::Error| SourceError::from_io(folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)?.take(MAX_LISTED) {
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

/// What was opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// The files, grouped as they lie together, with the index of the PATH that they came from.
    pub sets: Vec<(usize, FileSet)>,
    /// What could be opened only in part or not at all, though it is there.
    pub problems: Vec<Problem>,
    /// Indexes of the PATHs that gave a file or a problem.
    answered: BTreeSet<usize>,
}

/// Why a PATH cannot be opened: the user has to name another one, or change a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is nothing of that name.
    #[error("there is no file or folder `{path}`")]
    NotFound {
        /// As it was given, safe to print.
        path: String,
    },
    /// It may not be read.
    #[error("no permission to read `{path}`")]
    NoPermission {
        /// As it was given, safe to print.
        path: String,
    },
    /// A device, a pipe, a socket.
    #[error("`{path}` is neither a file nor a folder")]
    NotAFile {
        /// As it was given, safe to print.
        path: String,
    },
    /// More than this program takes into memory.
    #[error("`{path}` is too large to hold firmware of this series")]
    TooLarge {
        /// As it was given, safe to print.
        path: String,
    },
    /// The operating system says something else.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// As it was given, safe to print.
        path: String,
        /// The system's words.
        why: String,
    },
}

impl SourceError {
    fn from_io(path: &Path, error: &io::Error) -> Self {
        let path = shown(path);
        match error.kind() {
            // A name that cannot exist on this system does not exist.
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => {
                Self::NotFound { path }
            }
            io::ErrorKind::PermissionDenied => Self::NoPermission { path },
            _ => Self::Unreadable { path, why: printable(&error.to_string(), 120) },
        }
    }
}

impl Advice for SourceError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "path-not-found",
            Self::NoPermission { .. } => "path-no-permission",
            Self::NotAFile { .. } => "path-not-a-file",
            Self::TooLarge { .. } => "path-too-large",
            Self::Unreadable { .. } => "path-unreadable",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NotFound { .. } => "Check the spelling; put a path with blanks in it into quotes.",
            Self::NoPermission { .. } => "Copy the file to a folder of your own and name that one.",
            Self::NotAFile { .. } => "Name a firmware archive, or a folder with the files of a load.",
            Self::TooLarge { .. } => {
                "Name the firmware archive itself, or a folder with nothing but firmware."
            }
            Self::Unreadable { .. } => "Copy the file to this computer's own disk and name that copy.",
        };
        vec![advice.to_owned()]
    }
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
fn put(set: &mut FileSet, file: SetFile) {
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

/// Read a whole file of at most `limit` octets.
fn read(path: &Path, limit: u64) -> Result<Bytes, SourceError> {
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

fn begins_signed(path: &Path) -> bool {
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)).is_ok()
        && signed::looks_signed(&head)
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| shown(path), |name| name.to_string_lossy().into_owned())
}

/// A name in a folder as a person would say it.
fn within(label: &str, name: &str) -> String {
    let name = printable(name, 80);
    if label == "." { name } else { format!("{label}/{name}") }
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy(), 200)
}

fn shown_folder(path: &Path) -> Option<String> {
    (!path.as_os_str().is_empty()).then(|| shown(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearsal::madeup::{self, MadeUpLoad, Packing};

    fn by_ending(name: &str) -> bool {
        matches!(name.rsplit_once('.'), Some((_, "loads" | "sbn")))
    }

    fn opened(paths: &[PathBuf]) -> Opened {
        open(paths, &mut Budget::default(), &by_ending).unwrap()
    }

    fn names(set: &FileSet) -> Vec<&str> {
        let mut names: Vec<_> = set.files.iter().map(|file| file.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_folder_an_archive_and_single_files_all_give_the_files_of_the_load() {
        let folder = tempfile::tempdir().unwrap();
        let files = MadeUpLoad::sample().files();
        let mut paths = Vec::new();
        for (name, octets) in &files {
            paths.push(folder.path().join(name));
            fs::write(paths.last().unwrap(), octets).unwrap();
        }
        fs::write(folder.path().join("notes.txt"), "not of a load").unwrap();
        let archive = folder.path().join("load.zip");
        let mut want: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        want.sort_unstable();

        let from_folder = opened(&[folder.path().to_path_buf()]);
        assert_eq!(names(&from_folder.sets[0].1), want);
        let from_files = opened(&paths);
        assert_eq!((from_files.sets.len(), names(&from_files.sets[0].1)), (1, want.clone()));
        fs::write(&archive, madeup::zip(&files, Packing::Deflated)).unwrap();
        let from_archive = opened(&[archive]);
        assert_eq!(names(&from_archive.sets[0].1), want);
        assert_eq!(from_archive.sets[0].1.source, "load.zip");
        let all = opened(&[folder.path().to_path_buf()]);
        assert_eq!(all.sets.len(), 2, "the folder and the archive in it");
        assert!(all.problems.is_empty());
    }

    #[test]
    fn folders_are_read_two_levels_down_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("one/two");
        fs::create_dir_all(&deep).unwrap();
        for place in [folder.path(), &folder.path().join("one"), &deep] {
            fs::write(place.join("a.sbn"), "x").unwrap();
        }
        assert_eq!(opened(&[folder.path().to_path_buf()]).sets.len(), 2);
    }

    #[test]
    fn a_signed_file_under_any_name_is_read_from_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("download (1)"), madeup::signed_file("jar45.sbn", b"")).unwrap();
        assert_eq!(names(&opened(&[folder.path().to_path_buf()]).sets[0].1), ["download (1)"]);
    }

    #[test]
    fn archives_that_merely_lie_in_a_folder_cost_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let other = [("holiday.txt".to_owned(), Bytes::from(vec![7; 90_000]))];
        fs::write(folder.path().join("holiday.zip"), madeup::zip(&other, Packing::Stored)).unwrap();
        let mut budget = Budget::default();
        let opened = open(&[folder.path().to_path_buf()], &mut budget, &by_ending).unwrap();
        assert!(opened.sets.is_empty() && opened.problems.is_empty());
        assert_eq!(budget, Budget::default());
    }

    #[test]
    fn a_web_page_called_zip_is_named_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("load.zip");
        fs::write(&page, "<!DOCTYPE html><html>").unwrap();
        for path in [page, folder.path().to_path_buf()] {
            assert_eq!(opened(&[path]).problems[0].code, "web-page");
        }
    }

    #[test]
    fn what_cannot_be_opened_is_an_error_with_a_next_step() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("nothing.zip");
        let error =
            open(std::slice::from_ref(&missing), &mut Budget::default(), &by_ending).map(drop).unwrap_err();
        assert_eq!(error.code(), "path-not-found");
        assert!(error.to_string().contains("nothing.zip") && !error.advice().is_empty());

        for (kind, code) in [
            (io::ErrorKind::PermissionDenied, "path-no-permission"),
            (io::ErrorKind::InvalidInput, "path-not-found"),
            (io::ErrorKind::TimedOut, "path-unreadable"),
        ] {
            assert_eq!(SourceError::from_io(&missing, &io::Error::from(kind)).code(), code);
        }
        fs::write(&missing, [7; 50]).unwrap();
        let mut budget = Budget { octets: 49, ..Budget::default() };
        assert_eq!(open(&[missing], &mut budget, &by_ending).map(drop).unwrap_err().code(), "path-too-large");
    }

    #[test]
    fn two_files_of_one_folder_whose_names_differ_in_case_contradict_each_other() {
        let mut set = FileSet::default();
        let file = |name: &str, octets: &'static [u8]| SetFile {
            name: name.into(),
            octets: Bytes::from_static(octets),
        };
        put(&mut set, file("jar.sbn", b"x"));
        put(&mut set, file("jar.sbn", b"x"));
        assert_eq!(names(&set), ["jar.sbn"], "a file that was named twice");
        put(&mut set, file("Jar.sbn", b"y"));
        put(&mut set, file("JAR.sbn", b"z"));
        assert!(set.files.is_empty(), "a third cannot win");
        assert_eq!(set.refused[0].error.code(), "same-name");
    }
}
