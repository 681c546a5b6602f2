//! Session logs on disk: one file of JSON lines a session, in the session folder.
//!
//! Each line is written whole, in one call, and nothing is kept back: after a crash the log says what was known.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::error::Advice;
use crate::journal::Record;
use crate::timestamp::Timestamp;
use crate::wizard::{Unfinished, unfinished as unfinished_in};

/// A file of this name beside the program makes its folder a portable kit.
pub const KIT_FILE: &str = "kit.toml";
/// The folder of session logs inside a kit or the user's data folder.
const SESSIONS: &str = "sessions";
/// Session logs begun in the same second; more than one is rare already.
const MAX_SAME_SECOND: u32 = 100;

/// Why a session log cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum SessionLogError {
    /// The system names no folder for the user's data.
    #[error("this account has no folder for program data")]
    NoDataFolder,
    /// The folder or the file cannot be made.
    #[error("the session log cannot be written to `{}`: {source}", folder.display())]
    NotWritable {
        /// The session folder.
        folder: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
}

impl Advice for SessionLogError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoDataFolder => "no-session-folder",
            Self::NotWritable { .. } => "session-log-not-writable",
        }
    }

    fn advice(&self) -> Vec<String> {
        vec!["Name a folder that can be written with `--session-dir FOLDER`.".into()]
    }
}

/// The folder for session logs: what was asked for, else beside the program when it is a portable kit, else in the
/// user's data folder.
pub fn folder(asked: Option<&Path>) -> Result<PathBuf, SessionLogError> {
    if let Some(asked) = asked {
        return Ok(asked.to_owned());
    }
    let program = std::env::current_exe().ok();
    if let Some(kit) =
        program.as_deref().and_then(Path::parent).filter(|folder| folder.join(KIT_FILE).is_file())
    {
        return Ok(kit.join(SESSIONS));
    }
    let base =
        etcetera::base_strategy::choose_native_strategy().map_err(|_| SessionLogError::NoDataFolder)?;
    Ok(base.data_dir().join("loadlift").join(SESSIONS))
}

/// A session log that is being written.
#[derive(Debug)]
pub struct SessionLog {
    file: File,
    path: PathBuf,
}

impl SessionLog {
    /// Begin a log in `folder`, named after the time and the command: `20261123-124501-serve.jsonl`.
    pub fn create(folder: &Path, command: &str, at: Timestamp) -> Result<Self, SessionLogError> {
        let not_writable = |source| SessionLogError::NotWritable { folder: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(not_writable)?;
        let stem = format!("{}-{command}", file_stamp(at));
        for n in 1..=MAX_SAME_SECOND {
            let suffix = if n == 1 { String::new() } else { format!("-{n}") };
            let path = folder.join(format!("{stem}{suffix}.jsonl"));
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(not_writable(error)),
            }
        }
        Err(not_writable(io::Error::from(io::ErrorKind::AlreadyExists)))
    }

    /// Append one record.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// Wait until everything appended so far is on the disk: at turning points.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Logs of the last sessions that are looked at for what they left behind.
const REMEMBERED: usize = 300;
/// A session log longer than this is not one, in octets.
const LONGEST_LOG: u64 = 512 << 20;

/// What earlier sessions left behind, the latest first. What cannot be read is passed over: it is not this session's.
pub fn unfinished(folder: &Path, except: Option<&Path>) -> Vec<Unfinished> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_log = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jsonl");
    let mut logs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_log).collect();
    // Names begin with the time.
    logs.sort();
    let latest = logs.iter().rev().take(REMEMBERED).filter(|path| Some(path.as_path()) != except);
    latest
        .filter_map(|path| {
            let records = turning_points(path).ok()?;
            Some(Unfinished { log: path.to_string_lossy().into_owned(), left: unfinished_in(&records)? })
        })
        .collect()
}

/// The records of a log that tell about option 150. A line that was cut off by a crash is passed over.
fn turning_points(path: &Path) -> io::Result<Vec<Record>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > LONGEST_LOG {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        let tells = |word: &[u8]| line.windows(word.len()).any(|part| part == word);
        if tells(b"\"option150-") || tells(b"\"started\"") {
            records.extend(serde_json::from_slice::<Record>(&line));
        }
    }
    Ok(records)
}

/// Append one record to the log of an earlier session, and wait until it is on the disk.
pub fn append_to(path: &Path, record: &Record) -> Result<(), SessionLogError> {
    let folder = path.parent().unwrap_or(path);
    let not_writable = |source| SessionLogError::NotWritable { folder: folder.to_owned(), source };
    let mut file = OpenOptions::new().append(true).open(path).map_err(not_writable)?;
    // The line before may have been cut off by a crash.
    let mut line = b"\n".to_vec();
    line.extend(serde_json::to_vec(record).map_err(|error| not_writable(error.into()))?);
    line.push(b'\n');
    file.write_all(&line).and_then(|()| file.sync_data()).map_err(not_writable)
}

/// Save a report beside its session log, as Markdown and as JSON. Answers where.
pub fn save_report(log: &Path, markdown: &str, json: &str) -> Result<Vec<PathBuf>, SessionLogError> {
    let folder = log.parent().unwrap_or(log);
    let not_writable = |source| SessionLogError::NotWritable { folder: folder.to_owned(), source };
    let mut saved = Vec::new();
    for (extension, text) in [("md", markdown), ("json", json)] {
        let path = log.with_extension(extension);
        fs::write(&path, text).map_err(not_writable)?;
        saved.push(path);
    }
    Ok(saved)
}

/// `2026-11-23T12:45:01.000Z` as `20261123-124501`: sorts by time and is a legal name everywhere.
fn file_stamp(at: Timestamp) -> String {
    at.to_string().chars().take(19).filter(|c| !matches!(c, '-' | ':')).collect::<String>().replace('T', "-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Event, How, Option150};

    #[test]
    fn two_sessions_of_the_same_second_have_logs_of_their_own_and_lines_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_unix_millis(1_795_437_901_000);
        let mut first = SessionLog::create(folder.path(), "serve", at).unwrap();
        let second = SessionLog::create(folder.path(), "serve", at).unwrap();
        assert_eq!(first.path().file_name().unwrap(), "20261123-124501-serve.jsonl");
        assert_eq!(second.path().file_name().unwrap(), "20261123-124501-serve-2.jsonl");

        let record = Record { at, event: Event::Ended { back: 1, seen: 2, undone: vec!["x".into()] } };
        first.append(&record).unwrap();
        first.sync().unwrap();
        let text = fs::read_to_string(first.path()).unwrap();
        assert_eq!(serde_json::from_str::<Record>(text.trim_end()).unwrap(), record);
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn a_session_that_was_killed_is_found_until_it_is_settled() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_unix_millis(1_795_437_901_000);
        let value = std::net::Ipv4Addr::new(10, 1, 1, 5);
        let mut log = SessionLog::create(folder.path(), "recover", at).unwrap();
        log.append(&Record {
            at,
            event: Event::Option150Announced { value, before: Option150::Absent, how: How::ByHand },
        })
        .unwrap();
        fs::OpenOptions::new().append(true).open(log.path()).unwrap().write_all(b"{\"at\":\"2026-").unwrap();

        let found = unfinished(folder.path(), None);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].left.value, found[0].left.confirmed), (value, false));
        assert_eq!(unfinished(folder.path(), Some(log.path())), []);

        let back = Event::Option150Back { to: Option150::Absent, by: None, how: How::ByHand, why: None };
        append_to(Path::new(&found[0].log), &Record { at, event: back }).unwrap();
        assert_eq!(unfinished(folder.path(), None), []);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        fs::write(&blocked, "").unwrap();
        let error = SessionLog::create(&blocked.join("sessions"), "serve", Timestamp::default()).unwrap_err();
        assert_eq!(error.code(), "session-log-not-writable");
        assert!(error.to_string().contains("sessions"));
    }
}
