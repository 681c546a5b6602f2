//! The leases of the bench server in a file beside the session logs, so that a restart loses none.
//!
//! Each state is written whole to a file beside it, brought to the disk, and put in its place: whoever reads it finds
//! the old state or the new one, never half of one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::dhcp::bench::Saved;

/// The file in the session folder.
const NAME: &str = "bench-leases.json";
/// A file that is longer was not written by this program, in octets.
const LONGEST: u64 = 1 << 20;

/// Where the leases are kept.
#[derive(Debug)]
pub struct LeaseFile {
    path: PathBuf,
}

impl LeaseFile {
    /// The file in this folder. Nothing is read or written yet.
    pub fn within(folder: &Path) -> Self {
        Self { path: folder.join(NAME) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it could be written; nothing of what it says is touched.
    pub fn check(&self) -> io::Result<()> {
        let beside = self.beside()?;
        File::create(&beside)?;
        fs::remove_file(&beside)
    }

    /// Where the next state is written before it takes the place of the old one.
    fn beside(&self) -> io::Result<PathBuf> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(self.path.with_extension("json.new"))
    }

    /// What was written last; `None` if there is no such file.
    pub fn read(&mut self) -> io::Result<Option<Saved>> {
        let text = match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
            Ok(about) if about.len() > LONGEST => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
            }
            Ok(_) => fs::read(&self.path)?,
        };
        serde_json::from_slice(&text).map(Some).map_err(Into::into)
    }

    /// Write this state, and return once it is on the disk.
    pub fn write(&mut self, saved: &Saved) -> io::Result<()> {
        let beside = self.beside()?;
        let mut file = File::create(&beside)?;
        file.write_all(&serde_json::to_vec(saved)?)?;
        file.sync_all()?;
        drop(file);
        // On all three systems this replaces the old file in one step.
        fs::rename(&beside, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(text: &str) -> Saved {
        serde_json::from_str(text).unwrap()
    }

    const ONE: &str = r#"{"schema":1,"server":"10.150.0.1","prefix":22,"leases":[
        {"address":"10.150.0.2","mac":"001B2AAA0001","until":"2026-11-25T12:00:00.000Z"}]}"#;

    #[test]
    fn what_was_written_last_is_read_and_no_file_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = LeaseFile::within(folder.path());
        assert_eq!(file.read().unwrap(), None);
        file.write(&saved(ONE)).unwrap();
        file.write(&saved(&ONE.replace("0001\"", "0002\""))).unwrap();
        let read = LeaseFile::within(folder.path()).read().unwrap().unwrap();
        assert_eq!(read.leases[0].mac.to_string(), "001B2AAA0002");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn whether_it_can_be_written_is_known_beforehand_and_costs_nothing_of_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = LeaseFile::within(&folder.path().join("sessions"));
        file.check().unwrap();
        assert_eq!(file.read().unwrap(), None, "a check writes no leases");
        file.write(&saved(ONE)).unwrap();
        file.check().unwrap();
        assert_eq!(file.read().unwrap(), Some(saved(ONE)));
        // Where a file stands in the way of the folder nothing can be written, whoever asks.
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(LeaseFile::within(&folder.path().join("file")).check().is_err());
    }

    #[test]
    fn a_file_that_was_cut_off_is_an_error_and_not_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = LeaseFile::within(folder.path());
        fs::write(file.path(), &ONE[..60]).unwrap();
        assert!(file.read().is_err());
        fs::write(file.path(), vec![b' '; 2 << 20]).unwrap();
        assert!(file.read().is_err());
    }
}
