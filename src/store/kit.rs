//! The folder of a kit: its description, its files, and whether this program runs from within one.

mod programs;

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

pub use programs::{PutIn, beside, program_system, put_program, put_program_octets};

use super::incoming;
use super::sources;
use crate::catalog::Catalog;
use crate::download::sha256;
use crate::error::Advice;
use crate::firmware::load::{Load, Published, Reading};
use crate::kit::{Found, Kit, KitError, KitFile, KitLoad, System, readme, status};
use crate::timestamp::Timestamp;

/// The description. Beside the program it makes its folder a portable kit.
pub const KIT_FILE: &str = "kit.toml";
/// The folder of loads.
pub const LOADS: &str = "loads";
/// The folder of session logs.
pub const SESSIONS: &str = "sessions";
/// For whoever finds the stick.
const README: &str = "README.txt";
/// Held while the description is changed, so that two runs at once do not undo each other.
const LOCK: &str = ".kit.lock";
/// A description longer than this is none, in octets.
const LONGEST: u64 = 8 << 20;
/// A file longer than this is not hashed into memory, in octets.
const LARGEST: u64 = 1 << 30;
/// Files of a kit that are looked at.
const MOST: usize = 5000;

/// Why a kit cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KitFolderError {
    /// There is no description.
    #[error("`{}` is not a kit: it has no kit.toml", folder.display())]
    NotAKit {
        /// The folder.
        folder: PathBuf,
    },
    /// It was not said which, and the program does not run from one.
    #[error("which kit? this program does not run from within one")]
    WhichKit,
    /// It cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// It cannot be written.
    #[error(transparent)]
    NotWritable(#[from] incoming::IncomingError),
    /// Its description makes no sense.
    #[error(transparent)]
    Description(#[from] KitError),
    /// A file that should be a program is none.
    #[error("`{}` is not a program for a system that loadlift runs on", path.display())]
    NotAProgram {
        /// The file.
        path: PathBuf,
    },
    /// It is another program.
    #[error("`{}` is a program for {system}, but not loadlift", path.display())]
    NotLoadlift {
        /// The file.
        path: PathBuf,
        /// The system.
        system: System,
    },
}

impl Advice for KitFolderError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAKit { .. } => "not-a-kit",
            Self::WhichKit => "which-kit",
            Self::Unreadable { .. } => "kit-file-unreadable",
            Self::NotWritable(error) => error.code(),
            Self::Description(error) => error.code(),
            Self::NotAProgram { .. } => "not-a-program",
            Self::NotLoadlift { .. } => "not-loadlift",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NotWritable(error) => return error.advice(),
            Self::Description(error) => return error.advice(),
            Self::NotAKit { .. } => "Make one with `loadlift stage SOURCE... --into FOLDER`.",
            Self::WhichKit => "Name its folder: `kit status FOLDER`, `stage SOURCE... --into FOLDER`.",
            Self::Unreadable { .. } => {
                "Check the stick and its permissions; copy the kit to a disk if it fails again."
            }
            Self::NotAProgram { .. } | Self::NotLoadlift { .. } => {
                "Name a loadlift program for Windows, Linux or macOS."
            }
        };
        vec![advice.to_owned()]
    }
}

/// The kit that this program runs from, if its own folder is one.
pub fn portable() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    folder.join(KIT_FILE).is_file().then(|| folder.to_owned())
}

/// Whether two paths are the same folder.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let plain = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    plain(one) == plain(other)
}

/// The kit that was named, or the one that this program runs from.
pub fn which(asked: Option<&Path>) -> Result<PathBuf, KitFolderError> {
    asked.map(Path::to_owned).or_else(portable).ok_or(KitFolderError::WhichKit)
}

/// Whether this program runs from a kit that wants nothing contacted. One whose description cannot be read does.
pub fn wants_offline() -> bool {
    portable().is_some_and(|folder| read(&folder).map_or(true, |kit| kit.offline))
}

/// Read the description.
pub fn read(folder: &Path) -> Result<Kit, KitFolderError> {
    let path = folder.join(KIT_FILE);
    let wrong = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            KitFolderError::NotAKit { folder: folder.to_owned() }
        }
        _ => KitFolderError::Unreadable { path: path.clone(), source },
    };
    if fs::metadata(&path).map_err(wrong)?.len() > LONGEST {
        return Err(wrong(io::Error::from(io::ErrorKind::FileTooLarge)));
    }
    Ok(Kit::parse(&fs::read_to_string(&path).map_err(wrong)?)?)
}

/// A kit that no other run changes for as long as this is held.
#[derive(Debug)]
pub struct Locked {
    folder: PathBuf,
    /// Closing it lets go.
    _lock: File,
}

/// Wait until no other run changes the kit, which is made if it is not there.
pub fn lock(folder: &Path) -> Result<Locked, KitFolderError> {
    let wrong = |error| incoming::IncomingError::of(folder, error);
    for part in [LOADS, SESSIONS] {
        fs::create_dir_all(folder.join(part)).map_err(wrong)?;
    }
    let lock =
        OpenOptions::new().write(true).create(true).truncate(false).open(folder.join(LOCK)).map_err(wrong)?;
    // Where there are no locks, two runs at once are the technician's to avoid.
    let _ = lock.lock();
    Ok(Locked { folder: folder.to_owned(), _lock: lock })
}

impl Locked {
    /// Change the description, or make one. `README.txt` follows it.
    pub fn update(&self, change: impl FnOnce(&mut Kit)) -> Result<Kit, KitFolderError> {
        let wrong = |error| incoming::IncomingError::of(&self.folder, error);
        let mut kit = self.read()?;
        change(&mut kit);
        let readme = readme(&kit, &status(&kit, Catalog::embedded()));
        incoming::replace(&self.folder.join(README), readme.as_bytes()).map_err(wrong)?;
        incoming::replace(&self.folder.join(KIT_FILE), kit.to_text().as_bytes()).map_err(wrong)?;
        Ok(kit)
    }

    /// The description; that of an empty kit if there is none yet.
    pub fn read(&self) -> Result<Kit, KitFolderError> {
        match read(&self.folder) {
            Err(KitFolderError::NotAKit { .. }) => Ok(Kit::default()),
            other => other,
        }
    }
}

/// Whether that file has exactly these octets.
pub fn holds(path: &Path, octets: &[u8]) -> bool {
    // Its size alone tells most files apart, without reading them.
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() == octets.len() as u64)
        && fs::read(path).is_ok_and(|there| there == octets)
}

/// Put the files of a load that lies file by file into a folder of its own below `loads`, under the names as they were
/// signed. Its paths in the kit, in the order of the files.
pub fn put_loose(
    folder: &Path,
    name: &str,
    files: &[(String, &[u8])],
) -> Result<Vec<String>, incoming::IncomingError> {
    let into = folder.join(LOADS).join(name);
    let wrong = |error| incoming::IncomingError::of(&into, error);
    fs::create_dir_all(&into).map_err(wrong)?;
    let mut paths = Vec::new();
    for (file, octets) in files {
        let to = into.join(file);
        if !holds(&to, octets) {
            incoming::replace(&to, octets).map_err(wrong)?;
        }
        paths.push(format!("{LOADS}/{name}/{file}"));
    }
    Ok(paths)
}

/// Change the description, or make one; other runs wait meanwhile.
pub fn update(folder: &Path, change: impl FnOnce(&mut Kit)) -> Result<Kit, KitFolderError> {
    lock(folder)?.update(change)
}

/// What a kit says of a load.
pub fn described(load: &Load) -> KitLoad {
    KitLoad {
        load: load.name.clone(),
        release: load.release.map(|release| release.to_string()),
        family: load.family.clone(),
        verdict: load.verdict.word().to_owned(),
        models: load.models.clone(),
    }
}

/// The description of a file that is in `folder` already, or is about to be.
pub fn describe(path: String, octets: &[u8], reading: &Reading, source: String, date: Timestamp) -> KitFile {
    let published = reading.loads.iter().find_map(|load| match &load.published {
        Published::Same(name) => Some(name.clone()),
        Published::Differs(_) | Published::Unknown => None,
    });
    let loads = reading.loads.iter().filter(|load| load.is_whole()).map(described).collect();
    KitFile { path, octets: octets.len() as u64, sha256: sha256(octets), source, date, published, loads }
}

/// Every file that lies in a kit, with what it holds, read and judged anew. `told` hears of each before it is read.
pub fn look(folder: &Path, kit: &Kit, catalog: &Catalog, mut told: impl FnMut(&str)) -> Vec<Found> {
    let mut found = Vec::new();
    for program in &kit.programs {
        if folder.join(&program.path).is_file() {
            told(&program.path);
            found.push(Found {
                path: program.path.clone(),
                content: content(folder, &program.path),
                loads: Vec::new(),
            });
        }
    }
    let mut paths = Vec::new();
    list(folder, LOADS, 0, &mut paths);
    let mut judged: Option<(String, Vec<KitLoad>)> = None;
    for path in paths {
        told(&path);
        // Files of a load that lie in a folder of their own are judged together.
        let unit = if path.matches('/').count() > 1 {
            path.rsplit_once('/').map_or(path.clone(), |(folder, _)| folder.to_owned())
        } else {
            path.clone()
        };
        let loads = match &judged {
            Some((known, loads)) if *known == unit => loads.clone(),
            _ => {
                let reading = sources::read_loads(catalog, &[folder.join(&unit)]).unwrap_or_default();
                reading.loads.iter().map(described).collect()
            }
        };
        judged = Some((unit, loads.clone()));
        found.push(Found { content: content(folder, &path), path, loads });
    }
    found
}

fn content(folder: &Path, path: &str) -> Option<(u64, String)> {
    let path = folder.join(path);
    if fs::metadata(&path).ok()?.len() > LARGEST {
        return None;
    }
    let octets = fs::read(path).ok()?;
    Some((octets.len() as u64, sha256(&octets)))
}

/// Files below a folder of the kit, in the order of their names; nothing with a dot in front, and no links.
fn list(folder: &Path, below: &str, depth: usize, paths: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder.join(below)) else { return };
    let mut entries: Vec<fs::DirEntry> = entries.flatten().take(MOST).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(kind) = entry.file_type() else { continue };
        if name.starts_with('.') || paths.len() >= MOST {
            continue;
        }
        let path = format!("{below}/{name}");
        if kind.is_dir() && depth < 2 {
            list(folder, &path, depth + 1, paths);
        } else if kind.is_file() {
            paths.push(path);
        }
    }
}
