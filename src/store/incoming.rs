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
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join(PART));
        let file = options.map_err(wrong)?;
        match file.try_lock() {
            // Some sticks and shares know no locks; then two runs at once are the technician's to avoid.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(IncomingError::InUse),
        }
        let octets = file.metadata().map_err(wrong)?.len();
        let known = fs::read(folder.join(KNOWN)).ok();
        let known: Known = known.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        // What is on the disk counts, not what was meant to be there.
        let partial = if known.key == key { Partial { octets, ..known.partial } } else { Partial::default() };
        Ok(Self { folder, file, key, partial })
    }

    /// What is there of it.
    pub fn partial(&self) -> Partial {
        self.partial.clone()
    }

    /// Keep so many octets, throw away what is behind them, and remember by what the server knows the file.
    pub fn begin(&mut self, keep: u64, partial: &Partial) -> Result<(), IncomingError> {
        let known = Known { key: self.key.clone(), partial: partial.clone() };
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
    pub fn become_whole(self, to: &Path) -> Result<Option<Self>, IncomingError> {
        let wrong = |error| IncomingError::of(to.parent().unwrap_or(to), error);
        self.file.sync_all().map_err(wrong)?;
        let from = self.folder.join(PART);
        // A link fails where there is a file already, and a rename would replace it.
        match fs::hard_link(&from, to) {
            Ok(()) => drop(self.file),
            Err(_) if to.exists() => return Ok(Some(self)),
            Err(_) => {
                // Windows does not rename what is open.
                drop(self.file);
                fs::rename(&from, to).map_err(wrong)?;
            }
        }
        sync_folder(to.parent().unwrap_or(to));
        // What is left is the empty shell; it does no harm if it stays.
        let _ = fs::remove_dir_all(&self.folder);
        Ok(None)
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
        assert!(second.become_whole(&to).unwrap().is_none());
        assert_eq!(fs::read(&to).unwrap(), b"help!");
        assert_eq!(Incoming::open(folder.path(), SOURCE).unwrap().partial(), Partial::default());
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
        let mut first = first.become_whole(&to).unwrap().unwrap();
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
