//! A plain folder as a set to serve: read into memory once, bounded. After that nothing is looked up on the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::error::Advice;
use crate::firmware::Bundle;

/// Files in a folder that is served, at most.
const MAX_FILES: usize = 10_000;
/// Octets of all files together, at most: they stay in memory.
const MAX_OCTETS: u64 = 1 << 30;
/// Folders inside folders, at most.
const MAX_DEPTH: usize = 8;

/// Why a folder cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A folder or file cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// There is no file in it.
    #[error("the folder `{}` holds no files", path.display())]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// More files than are held.
    #[error("the folder `{}` holds more than {MAX_FILES} files", path.display())]
    TooMany {
        /// Which.
        path: PathBuf,
    },
    /// More octets than are held in memory.
    #[error("the folder `{}` holds more than {} MiB", path.display(), MAX_OCTETS >> 20)]
    TooLarge {
        /// Which.
        path: PathBuf,
    },
    /// Phones' requests are compared without regard to case, so one of two such files could never be asked for.
    #[error("`{name}` differs from another file of the folder only in upper and lower case")]
    SameName {
        /// The name below the folder.
        name: String,
    },
}

impl Advice for FilesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "folder-unreadable",
            Self::Empty { .. } => "folder-empty",
            Self::TooMany { .. } | Self::TooLarge { .. } => "folder-too-large",
            Self::SameName { .. } => "folder-names-collide",
        }
    }

    fn advice(&self) -> Vec<String> {
        vec![match self {
            Self::Unreadable { .. } => "Check the path and the rights to read it.".into(),
            Self::Empty { .. } => "Name the folder that holds the files themselves.".into(),
            Self::TooMany { .. } | Self::TooLarge { .. } => {
                "Serve a folder that holds only what the phones ask for.".into()
            }
            Self::SameName { .. } => "Remove or rename one of the two.".into(),
        }]
    }
}

/// Read a folder with its subfolders. A file in a subfolder has the name `sub/file`. Links to folders are left out,
/// so that the reading ends.
pub fn read(folder: &Path) -> Result<Bundle, FilesError> {
    let mut bundle = Bundle::default();
    let mut octets = 0;
    visit(folder, folder, "", 0, &mut bundle, &mut octets)?;
    if bundle.is_empty() {
        return Err(FilesError::Empty { path: folder.to_owned() });
    }
    Ok(bundle)
}

fn visit(
    root: &Path,
    folder: &Path,
    prefix: &str,
    depth: usize,
    bundle: &mut Bundle,
    octets: &mut u64,
) -> Result<(), FilesError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| FilesError::Unreadable { path, source }
    };
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        // A name that is no Unicode cannot be asked for.
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else { continue };
        if entry.file_type().map_err(unreadable(&path))?.is_dir() {
            if depth < MAX_DEPTH {
                visit(root, &path, &format!("{name}/"), depth + 1, bundle, octets)?;
            }
            continue;
        }
        let facts = fs::metadata(&path).map_err(unreadable(&path))?;
        if !facts.is_file() {
            continue; // a link to a folder, a socket, a device
        }
        *octets += facts.len();
        if *octets > MAX_OCTETS {
            return Err(FilesError::TooLarge { path: root.to_owned() });
        }
        if bundle.len() == MAX_FILES {
            return Err(FilesError::TooMany { path: root.to_owned() });
        }
        let content = fs::read(&path).map_err(unreadable(&path))?;
        if !bundle.insert(name.clone(), Bytes::from(content)) {
            return Err(FilesError::SameName { name });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_subfolders_are_asked_for_with_their_folders_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("English")).unwrap();
        fs::write(folder.path().join("English").join("tones.xml"), "a").unwrap();
        fs::write(folder.path().join("XMLDefault.cnf.xml"), "b").unwrap();
        let bundle = read(folder.path()).unwrap();
        assert_eq!(bundle.len(), 2);
        assert_eq!(bundle.get("english/Tones.xml").unwrap().octets.as_ref(), b"a");
        assert!(bundle.get("tones.xml").is_none());
    }

    #[test]
    fn an_empty_folder_and_a_missing_one_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap_err().code(), "folder-empty");
        assert_eq!(read(&folder.path().join("none")).unwrap_err().code(), "folder-unreadable");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_differ_only_in_case_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.sbn"), "a").unwrap();
        fs::write(folder.path().join("A.sbn"), "b").unwrap();
        // A file system may fold the names itself; then there is one file and nothing to refuse.
        if fs::read_dir(folder.path()).unwrap().count() == 2 {
            assert_eq!(read(folder.path()).unwrap_err().code(), "folder-names-collide");
        }
    }
}
