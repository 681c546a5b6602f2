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
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.path.with_extension("json.new");
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
    fn a_file_that_was_cut_off_is_an_error_and_not_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = LeaseFile::within(folder.path());
        fs::write(file.path(), &ONE[..60]).unwrap();
        assert!(file.read().is_err());
        fs::write(file.path(), vec![b' '; 2 << 20]).unwrap();
        assert!(file.read().is_err());
    }
}
