//! A file that comes in: written under a name that nothing reads, locked against other runs, kept where it stopped, and
//! given its true name only once it is whole, checked and on the disk.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::download::{Partial, sha256};
use crate::error::Advice;

/// The folder of what is coming in, inside the folder that it comes into. Folders with a dot in front are never
/// searched for loads.
pub const INCOMING: &str = ".incoming";
/// The octets so far.
const PART: &str = "part";
/// What is known of them.
const KNOWN: &str = "part.json";

/// Why a file cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// Another run fetches the same.
    #[error("another run is fetching that at this moment")]
    InUse,
    /// No room.
    #[error("the disk of `{}` is full", folder.display())]
    DiskFull {
        /// Where.
        folder: PathBuf,
    },
    /// It cannot be written there.
    #[error("`{}` cannot be written to: {source}", folder.display())]
    NotWritable {
        /// Where.
        folder: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
}

impl IncomingError {
    /// What the system says about a folder that is written to.
    pub(crate) fn of(folder: &Path, source: io::Error) -> Self {
        let folder = folder.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { folder },
            _ => Self::NotWritable { folder, source },
        }
    }
}

impl Advice for IncomingError {
    fn code(&self) -> &'static str {
        match self {
            Self::InUse => "being-fetched",
            Self::DiskFull { .. } => "disk-full",
            Self::NotWritable { .. } => "kit-not-writable",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::InUse => "Wait for the other run, or end it.",
            Self::DiskFull { .. } => "Make room and run the same command again: it goes on where it stopped.",
            Self::NotWritable { .. } => {
                "Take off the write protection, or name another folder with `--into`."
            }
        };
        vec![advice.to_owned()]
    }
}

/// What is remembered beside the octets.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Known {
    /// The whole address, to be sure that the octets are of it.
    key: String,
    partial: Partial,
    /// Where the file is that became of them.
    #[serde(default)]
    whole: Option<Whole>,
}

/// A file that came whole: asked for again, it is fetched anew only if it changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Whole {
    /// Its name in the folder that it came into.
    name: String,
    /// SHA-256 in lower-case hexadecimal.
    sha256: String,
}

/// A file that is being written.
#[derive(Debug)]
pub struct Incoming {
    folder: PathBuf,
    file: File,
    key: String,
    partial: Partial,
}

impl Incoming {
    /// Open what comes from `source` (an address or a path) into `into`, with what an earlier run left of it.
    pub fn open(into: &Path, source: &str) -> Result<Self, IncomingError> {
        let key = sha256(source.as_bytes());
        let folder = into.join(INCOMING).join(&key[..16]);
        let wrong = |error| IncomingError::of(into, error);
        fs::create_dir_all(&folder).map_err(wrong)?;
        let mut file = locked(&folder.join(PART), into)?;
        let known = fs::read(folder.join(KNOWN)).ok();
        let known: Known = known.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        let mut octets = file.metadata().map_err(wrong)?.len();
        if known.key != key {
            return Ok(Self { folder, file, key, partial: Partial::default() });
        }
        if octets == 0
            && let Some(whole) = known.whole.as_ref().and_then(|whole| whole.read(into))
        {
            file.write_all(&whole).map_err(wrong)?;
            octets = whole.len() as u64;
        }
        // What is on the disk counts, not what was meant to be there.
        Ok(Self { folder, file, key, partial: Partial { octets, ..known.partial } })
    }

    /// What is there of it.
    pub fn partial(&self) -> Partial {
        self.partial.clone()
    }

    /// Keep so many octets, throw away what is behind them, and remember by what the server knows the file.
    pub fn begin(&mut self, keep: u64, partial: &Partial) -> Result<(), IncomingError> {
        self.partial = partial.clone();
        let known = Known { key: self.key.clone(), partial: partial.clone(), whole: None };
        let text = serde_json::to_vec(&known).unwrap_or_default();
        // First forget, then cut, then remember: at no time do old octets stand beside a new validator.
        let known = self.folder.join(KNOWN);
        let forgotten = match fs::remove_file(&known) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        forgotten
            .and_then(|()| self.file.set_len(keep))
            .and_then(|()| self.file.seek(SeekFrom::Start(keep)))
            .and_then(|_| fs::write(&known, text))
            .map_err(|error| self.wrong(error))
    }

    /// Write what came.
    pub fn write(&mut self, octets: &[u8]) -> Result<(), IncomingError> {
        self.file.write_all(octets).map_err(|error| self.wrong(error))
    }

    /// The octets, read back from the disk once they are on it.
    pub fn octets(&mut self) -> Result<Vec<u8>, IncomingError> {
        let mut octets = Vec::new();
        self.file
            .sync_all()
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .and_then(|_| self.file.read_to_end(&mut octets))
            .map_err(|error| self.wrong(error))?;
        Ok(octets)
    }

    /// Give it its true name. Where a file of that name is already, nothing happens, and it is handed back.
    ///
    /// To be called under the kit's lock: not every stick knows links, and without them looking and renaming are two
    /// steps.
    pub fn become_whole(self, to: &Path, sha256: &str) -> Result<Option<Self>, IncomingError> {
        let wrong = |error| IncomingError::of(to.parent().unwrap_or(to), error);
        self.file.sync_all().map_err(wrong)?;
        let from = self.folder.join(PART);
        // A link fails where there is a file already, and a rename would replace it.
        match fs::hard_link(&from, to) {
            Ok(()) => self.settle(to, sha256),
            Err(_) if to.exists() => return Ok(Some(self)),
            Err(_) => {
                let Self { folder, file, key, partial } = self;
                // Windows does not rename what is open.
                drop(file);
                fs::rename(&from, to).map_err(wrong)?;
                remember(&folder, key, partial, to, sha256);
            }
        }
        sync_folder(to.parent().unwrap_or(to));
        Ok(None)
    }

    /// The same octets lie at `to` already: forget them here, and remember that they came from this source.
    pub fn settle(self, to: &Path, sha256: &str) {
        let Self { folder, file, key, partial } = self;
        let part = folder.join(PART);
        // While the lock is held: after it another run could open it, and it may be one file with that at `to`.
        if fs::remove_file(&part).is_err() {
            drop(file);
            let _ = fs::remove_file(&part);
        }
        remember(&folder, key, partial, to, sha256);
    }

    /// Throw all of it away: it is not what was wanted.
    pub fn discard(self) {
        drop(self.file);
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn wrong(&self, error: io::Error) -> IncomingError {
        // The folder that was named, not the hidden one.
        let into = self.folder.ancestors().nth(2).unwrap_or(&self.folder);
        IncomingError::of(into, error)
    }
}

impl Whole {
    /// Its octets, if it still lies there as it came.
    fn read(&self, into: &Path) -> Option<Vec<u8>> {
        let is_plain = !self.name.is_empty() && !self.name.contains(['/', '\\', ':']) && self.name != "..";
        let octets = is_plain.then(|| fs::read(into.join(&self.name)).ok())??;
        (sha256(&octets) == self.sha256).then_some(octets)
    }
}

/// Open what is coming in, for this run alone.
fn locked(part: &Path, into: &Path) -> Result<File, IncomingError> {
    let wrong = |error| IncomingError::of(into, error);
    loop {
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(part);
        let file = options.map_err(wrong)?;
        match file.try_lock() {
            // Some sticks and shares know no locks; then two runs at once are the technician's to avoid.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(IncomingError::InUse),
        }
        // Another run may have given it its true name between the two steps: then this is that file, and not ours.
        if part.exists() {
            return Ok(file);
        }
    }
}

/// What is left of a file that came whole: by what the server knows it, and where it is. Without a validator there is
/// nothing to ask the server by. None of it is needed, so that it does no harm where it cannot be written.
fn remember(folder: &Path, key: String, partial: Partial, to: &Path, sha256: &str) {
    let name = to.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let known = Known { key, partial, whole: Some(Whole { name, sha256: sha256.to_owned() }) };
    let text = serde_json::to_vec(&known).unwrap_or_default();
    if known.partial.validator.is_none() || replace(&folder.join(KNOWN), &text).is_err() {
        let _ = fs::remove_dir_all(folder);
    }
}

/// Write a small file so that it is there whole or not at all, whenever the power goes.
pub fn replace(path: &Path, octets: &[u8]) -> io::Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = File::create(&beside)
        .and_then(|mut file| file.write_all(octets).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync_folder(path.parent().unwrap_or(path));
    Ok(())
}

/// The name is on the disk too. Windows has no such thing, and does it by itself.
fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::download::Validator;

    const SOURCE: &str = "http://mirror.example/x.zip";

    fn partial(octets: u64) -> Partial {
        Partial { octets, validator: Some(Validator::Etag("\"a\"".into())), total: Some(10) }
    }

    #[test]
    fn what_was_left_is_taken_up_again_by_the_octets_that_are_really_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Incoming::open(folder.path(), SOURCE).unwrap();
        assert_eq!(first.partial(), Partial::default());
        first.begin(0, &partial(0)).unwrap();
        first.write(b"hello").unwrap();
        drop(first);
        let mut second = Incoming::open(folder.path(), SOURCE).unwrap();
        assert_eq!(second.partial(), partial(5));
        second.begin(3, &partial(3)).unwrap();
        second.write(b"p!").unwrap();
        assert_eq!(second.octets().unwrap(), b"help!");
        let to = folder.path().join("x.zip");
        assert!(second.become_whole(&to, &sha256(b"help!")).unwrap().is_none());
        assert_eq!(fs::read(&to).unwrap(), b"help!");
    }

    #[test]
    fn a_file_that_came_whole_is_asked_for_by_its_validator_as_long_as_it_is_there_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("x.zip");
        let whole = |octets: &[u8], partial: &Partial| {
            let mut incoming = Incoming::open(folder.path(), SOURCE).unwrap();
            incoming.begin(0, partial).unwrap();
            incoming.write(octets).unwrap();
            let _ = fs::remove_file(&to);
            assert!(incoming.become_whole(&to, &sha256(octets)).unwrap().is_none());
        };
        let again = || Incoming::open(folder.path(), SOURCE).unwrap();
        whole(b"hello", &partial(0));
        let mut second = again();
        assert_eq!((second.partial(), second.octets().unwrap()), (partial(5), b"hello".to_vec()));
        // What is written here is another file than the whole one.
        second.begin(0, &partial(0)).unwrap();
        second.write(b"other").unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"hello");
        drop(second);
        let mut third = again();
        assert_eq!(third.octets().unwrap(), b"other", "a half that was left counts more than a memory");
        third.settle(&to, &sha256(b"hello"));
        assert_eq!(again().octets().unwrap(), b"hello");
        again().settle(&to, &sha256(b"hello"));

        fs::write(&to, "hellO").unwrap();
        assert_eq!(again().partial().octets, 0, "it was changed");
        fs::remove_file(&to).unwrap();
        assert_eq!(again().partial().octets, 0, "it is gone");
        whole(b"hello", &Partial::default());
        assert_eq!(again().partial(), Partial::default(), "nothing to ask the server by");
    }

    #[test]
    fn two_runs_do_not_write_the_same_file_and_none_replaces_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Incoming::open(folder.path(), SOURCE).unwrap();
        assert_eq!(Incoming::open(folder.path(), SOURCE).unwrap_err().code(), "being-fetched");
        Incoming::open(folder.path(), "http://mirror.example/y.zip").unwrap();
        let to = folder.path().join("x.zip");
        fs::write(&to, "there before").unwrap();
        first.begin(0, &partial(0)).unwrap();
        first.write(b"new").unwrap();
        let mut first = first.become_whole(&to, "").unwrap().unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "there before");
        assert_eq!(first.octets().unwrap(), b"new");
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kit.toml");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("none").join("kit.toml"), b"x").is_err());
    }
}
