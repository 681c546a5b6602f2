//! Files that somebody asked for by name, outside of sessions and kits: a report, the diagnostics of a run.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Write a text as a file, in place of what was there. The name may be a device, so nothing is renamed.
pub fn text(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}

/// An empty file for what will be written bit by bit.
pub fn create(path: &Path) -> io::Result<File> {
    File::create(path)
}
