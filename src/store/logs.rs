//! Session logs that were written before: finding one by what somebody calls it, and reading it line by line.
//!
//! A line that was cut off by a crash is passed over and counted; all others are what happened.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::error::{Advice, printable};
use crate::journal::Record;

/// A session log longer than this is not one, in octets.
pub const LONGEST_LOG: u64 = 512 << 20;
/// A line longer than this is no record, in octets; the longest has the hashes of a hundred images.
const LONGEST_LINE: u64 = 1 << 20;

/// Why a session log cannot be found or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No log of that name.
    #[error("there is no session `{asked}` in `{}`", folder.display())]
    NoSuchSession {
        /// As it was asked for, safe to print.
        asked: String,
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// Several logs begin so.
    #[error("`{asked}` can mean several sessions: {}", names.join(", "))]
    Ambiguous {
        /// As it was asked for, safe to print.
        asked: String,
        /// Their names.
        names: Vec<String>,
    },
    /// No log at all.
    #[error("there is no session in `{}` yet", folder.display())]
    NoSessions {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// It cannot be read.
    #[error("the session log `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The log.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// Nothing in it is a record.
    #[error("`{}` is not a session log", path.display())]
    NotALog {
        /// The file.
        path: PathBuf,
    },
}

impl Advice for LogError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchSession { .. } => "no-such-session",
            Self::Ambiguous { .. } => "session-ambiguous",
            Self::NoSessions { .. } => "no-sessions",
            Self::Unreadable { .. } => "session-log-unreadable",
            Self::NotALog { .. } => "not-a-session-log",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NoSuchSession { .. } => "`loadlift report --list` shows the sessions that there are.",
            Self::Ambiguous { .. } => "Type more of its name.",
            Self::NoSessions { .. } => {
                "Name the folder with `--session-dir FOLDER`, or a log by its path; logs end in `.jsonl`."
            }
            Self::Unreadable { .. } => "Copy the log to a folder of your own and name that copy.",
            Self::NotALog { .. } => "Name a file that loadlift wrote; session logs end in `.jsonl`.",
        };
        vec![advice.to_owned()]
    }
}

/// All logs of a folder, the oldest first; their names begin with the time.
pub fn all(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_log = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jsonl");
    let mut logs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_log).collect();
    logs.sort();
    logs
}

/// What a log is called: its file name without the ending.
pub fn name(log: &Path) -> String {
    log.file_stem().map(|name| printable(&name.to_string_lossy(), 120)).unwrap_or_default()
}

/// The log that somebody means: by a path, by its name or the beginning of it, or the latest.
pub fn find(folder: &Path, asked: Option<&str>) -> Result<PathBuf, LogError> {
    if let Some(path) = asked.map(Path::new).filter(|path| path.is_file()) {
        return Ok(path.to_owned());
    }
    let logs = all(folder);
    let Some(asked) = asked else {
        return logs.last().cloned().ok_or_else(|| LogError::NoSessions { folder: folder.to_owned() });
    };
    let bare = asked.strip_suffix(".jsonl").unwrap_or(asked);
    if let Some(log) = logs.iter().find(|log| name(log) == bare) {
        return Ok(log.clone());
    }
    let mut begin = logs.iter().filter(|log| !bare.is_empty() && name(log).starts_with(bare));
    let asked = printable(asked, 120);
    match (begin.next(), begin.next()) {
        (Some(log), None) => Ok(log.clone()),
        (Some(first), Some(second)) => {
            Err(LogError::Ambiguous { asked, names: vec![name(first), name(second)] })
        }
        (None, _) => Err(LogError::NoSuchSession { asked, folder: folder.to_owned() }),
    }
}

/// Hand each record of a log to `take`. Answers how many lines could not be read.
pub fn read(log: &Path, mut take: impl FnMut(Record)) -> Result<usize, LogError> {
    let unreadable = |source| LogError::Unreadable { path: log.to_owned(), source };
    let file = File::open(log).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.len() > LONGEST_LOG {
        return Err(LogError::NotALog { path: log.to_owned() });
    }
    let mut lines = BufReader::new(file);
    let (mut records, mut broken) = (0_usize, 0_usize);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
        if length == 0 {
            break;
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice(text) {
            Ok(record) => {
                records += 1;
                take(record);
            }
            Err(_) => broken += 1,
        }
        if records == 0 && broken > 100 {
            break;
        }
    }
    if records == 0 { Err(LogError::NotALog { path: log.to_owned() }) } else { Ok(broken) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Event;
    use crate::timestamp::Timestamp;

    fn record() -> String {
        let event = Event::Trouble { message: "x".into() };
        serde_json::to_string(&Record { at: Timestamp::default(), event }).unwrap()
    }

    #[test]
    fn a_session_is_found_by_path_name_beginning_or_as_the_latest() {
        let folder = tempfile::tempdir().unwrap();
        let log = |name: &str| folder.path().join(name);
        for name in ["20261123-1-serve.jsonl", "20261124-1-recover.jsonl", "20261124-1-recover.md"] {
            fs::write(log(name), "").unwrap();
        }
        let found = |asked: Option<&str>| find(folder.path(), asked).map(|log| name(&log));
        assert_eq!(found(None).unwrap(), "20261124-1-recover");
        assert_eq!(found(Some("20261123")).unwrap(), "20261123-1-serve");
        assert_eq!(found(Some("20261123-1-serve.jsonl")).unwrap(), "20261123-1-serve");
        let path = log("20261124-1-recover.jsonl");
        assert_eq!(find(Path::new("/nowhere"), path.to_str()).unwrap(), path);
        assert_eq!(found(Some("202611")).unwrap_err().code(), "session-ambiguous");
        assert_eq!(found(Some("2025")).unwrap_err().code(), "no-such-session");
        assert_eq!(find(&log("none"), None).unwrap_err().code(), "no-sessions");
    }

    #[test]
    fn a_line_that_was_cut_off_is_counted_and_the_others_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("x.jsonl");
        let whole = record();
        fs::write(&log, format!("{whole}\n{}\n\n{whole}\n{{\"at", &whole[..9])).unwrap();
        let mut records = 0;
        assert_eq!(read(&log, |_| records += 1).unwrap(), 2);
        assert_eq!(records, 2);
        fs::write(&log, "no log\n".repeat(10_000)).unwrap();
        assert_eq!(read(&log, |_| ()).unwrap_err().code(), "not-a-session-log");
    }
}
