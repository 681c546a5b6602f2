//! Programs of a kit: put in under the name of their system, and found beside the program that runs.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{KitFolderError, LARGEST, holds, incoming, update};
use crate::download::sha256;
use crate::kit::{KitProgram, NoProgram, System, program_of, system_of};

/// So much of a file tells for which system it is, in octets. Linkers put the header that counts within the first page.
const HEAD: u64 = 64 << 10;
/// Names of one folder that are looked at. A folder of downloads has some thousand.
const LISTED: usize = 20_000;
/// Programs beside this one that are looked at.
const MOST: usize = 32;

/// A program that is in a kit now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutIn {
    /// What the kit says of it.
    pub program: KitProgram,
    /// Whether the very same file was there before.
    pub was_there: bool,
}

/// Put a program into a kit, under the name of its system.
pub fn put_program(folder: &Path, program: &Path) -> Result<PutIn, KitFolderError> {
    let unreadable = |source| KitFolderError::Unreadable { path: program.to_owned(), source };
    if fs::metadata(program).map_err(unreadable)?.len() > LARGEST {
        return Err(KitFolderError::NotAProgram { path: program.to_owned() });
    }
    put_program_octets(folder, program, &fs::read(program).map_err(unreadable)?)
}

/// The same, from octets that came as `shown`.
pub fn put_program_octets(folder: &Path, shown: &Path, octets: &[u8]) -> Result<PutIn, KitFolderError> {
    let path = shown.to_owned();
    let system = program_of(octets).map_err(|why| match why {
        NoProgram::NoSystem => KitFolderError::NotAProgram { path },
        NoProgram::NotLoadlift(system) => KitFolderError::NotLoadlift { path, system },
    })?;
    let to = folder.join(system.file_name());
    let program = KitProgram {
        path: system.file_name().to_owned(),
        system,
        octets: octets.len() as u64,
        sha256: sha256(octets),
    };
    // A program that runs cannot be replaced on Windows, and need not be by itself.
    let was_there = holds(&to, octets);
    if !was_there {
        let wrong = |error| incoming::IncomingError::of(folder, error);
        fs::create_dir_all(folder).map_err(wrong)?;
        incoming::replace(&to, octets).map_err(wrong)?;
        make_runnable(&to).map_err(wrong)?;
    }
    update(folder, |kit| kit.put_program(program.clone()))?;
    Ok(PutIn { program, was_there })
}

/// For which system a file is a program, of whatever kind; `None` if it is none.
pub fn program_system(path: &Path) -> Option<System> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    system_of(&head)
}

/// Programs that lie beside `program` and are called like it, those with the names of a kit first: whoever has loadlift
/// for several systems keeps them together.
pub fn beside(program: &Path) -> Vec<PathBuf> {
    let Some(entries) = program.parent().and_then(|folder| fs::read_dir(folder).ok()) else {
        return Vec::new();
    };
    let mut found: Vec<(bool, String, PathBuf)> = entries
        .take(LISTED)
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let path = entry.path();
            let is_other = name.to_ascii_lowercase().starts_with("loadlift") && path != program;
            let is_file = is_other && fs::metadata(&path).is_ok_and(|data| data.is_file());
            is_file.then_some(())?;
            let system = program_system(&path)?;
            Some((name != system.file_name(), name, path))
        })
        .take(MOST)
        .collect();
    // Of several with a version in their names the last one is likely the newest.
    found.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| other.1.cmp(&one.1)));
    found.into_iter().map(|(_, _, path)| path).collect()
}

#[cfg(unix)]
fn make_runnable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// On Windows the ending of the name does it.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "its twin can fail")]
fn make_runnable(_: &Path) -> io::Result<()> {
    Ok(())
}
