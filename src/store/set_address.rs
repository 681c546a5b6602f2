//! A note that this program gave a card an address, written before it did and taken away after the address was: a
//! session that was killed is known at the next start.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The file in the session folder.
const NAME: &str = "bench-address.json";
/// A longer file was not written by this program, in octets.
const LONGEST: u64 = 64 << 10;

/// What the note says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Name of the card.
    pub interface: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Bits of the network mask.
    pub prefix: u8,
    /// The command that takes it away.
    pub undo: String,
}

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Write the note, and return once it is on the disk.
pub fn write(folder: &Path, note: &Note) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = File::create(path(folder))?;
    file.write_all(&serde_json::to_vec(note)?)?;
    file.sync_all()
}

/// The note of an earlier session, if there is one that can be read.
pub fn read(folder: &Path) -> Option<Note> {
    let path = path(folder);
    let about = fs::metadata(&path).ok()?;
    (about.len() <= LONGEST).then_some(())?;
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Take the note away.
pub fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_file(path(folder)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_there_until_it_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("sessions");
        assert_eq!(read(&folder), None);
        let note =
            Note { interface: "eth0".into(), address: [10, 150, 0, 1].into(), prefix: 22, undo: "x".into() };
        write(&folder, &note).unwrap();
        assert_eq!(read(&folder), Some(note));
        remove(&folder).unwrap();
        remove(&folder).unwrap();
        assert_eq!(read(&folder), None);
    }
}
