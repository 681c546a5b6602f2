//! Session logs on disk: one file of JSON lines a session, in the session folder.
//!
//! Each line is written whole, in one call, and nothing is kept back: after a crash the log says what was known.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;

use super::kit::{self, SESSIONS};
use super::logs::{self, LONGEST_LOG};
use crate::error::Advice;
use crate::journal::{Event, Record};
use crate::report::{Format, Report};
use crate::timestamp::Timestamp;
use crate::wizard::{Unfinished, unfinished as unfinished_in};

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
    if let Some(kit) = kit::portable() {
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
    octets: u64,
    /// When it was last looked whether the file is still there.
    seen: Timestamp,
}

/// A log that has grown to this takes only what people did and decided: it must stay short enough to be read at the
/// next start ([`LONGEST_LOG`]), whatever floods the port. In octets; 500 phones write less than a hundredth.
const FULL: u64 = 256 << 20;
/// How often it is looked whether the file is still there.
const LOOK_EVERY: Duration = Duration::from_secs(5);

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
                Ok(file) => return Ok(Self { file, path, octets: 0, seen: at }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(not_writable(error)),
            }
        }
        Err(not_writable(io::Error::from(io::ErrorKind::AlreadyExists)))
    }

    /// Append one record. `Err` too once the file is gone: an open file that has no name any more takes everything,
    /// and nobody will ever read it.
    pub fn append(&mut self, record: &Record) -> io::Result<()> {
        if record.at.since(self.seen) >= LOOK_EVERY {
            self.seen = record.at;
            if !self.path.try_exists()? {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the file is gone"));
            }
        }
        if self.octets >= FULL && is_of_the_wire(&record.event) {
            return Ok(());
        }
        let before = self.octets;
        self.write(record)?;
        if before < FULL && self.octets >= FULL {
            let message = "the session log is full; from here on it says nothing of single phones".into();
            self.write(&Record { at: record.at, event: Event::Trouble { message } })?;
        }
        Ok(())
    }

    fn write(&mut self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.octets += line.len() as u64;
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

/// Whether phones (or whoever speaks as one) bring it about, as often as they like.
fn is_of_the_wire(event: &Event) -> bool {
    matches!(
        event,
        Event::Asked { .. }
            | Event::Progress { .. }
            | Event::Served { .. }
            | Event::Refused { .. }
            | Event::Aborted { .. }
            | Event::Unanswered { .. }
            | Event::Faulted { .. }
            | Event::Stage { .. }
            | Event::Trouble { .. }
    )
}

/// Logs of the last sessions that are looked at for what they left behind.
const REMEMBERED: usize = 300;

/// What earlier sessions left behind, the latest first. What cannot be read is passed over: it is not this session's.
pub fn unfinished(folder: &Path, except: Option<&Path>) -> Vec<Unfinished> {
    let logs = logs::all(folder);
    let latest = logs.iter().rev().take(REMEMBERED).filter(|path| Some(path.as_path()) != except);
    latest
        .filter_map(|path| {
            let records = turning_points(path).ok()?;
            Some(Unfinished { log: path.to_string_lossy().into_owned(), left: unfinished_in(&records)? })
        })
        .collect()
}

/// The latest log whose session added a rule to the firewall, or was about to, and never took it away.
pub fn with_a_rule_left(folder: &Path) -> Option<PathBuf> {
    let is_left = |path: &PathBuf| {
        let records = records_with(path, &[b"\"firewall-"]).unwrap_or_default();
        let last = records.iter().rev().find_map(|record| match record.event {
            Event::FirewallOpening { .. } | Event::FirewallOpened { .. } => Some(true),
            Event::FirewallNotOpened { .. } | Event::FirewallClosed { .. } => Some(false),
            _ => None,
        });
        last == Some(true)
    };
    logs::all(folder).into_iter().rev().take(REMEMBERED).find(is_left)
}

/// The records of a log that tell about option 150. A line that was cut off by a crash is passed over.
fn turning_points(path: &Path) -> io::Result<Vec<Record>> {
    records_with(path, &[b"\"option150-", b"\"started\""])
}

/// The records of a log whose line has one of these words.
fn records_with(path: &Path, words: &[&[u8]]) -> io::Result<Vec<Record>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > LONGEST_LOG {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        let tells = |word: &[u8]| line.windows(word.len()).any(|part| part == word);
        if words.iter().any(|word| tells(word)) {
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

/// Save a report beside its session log in every format. Answers where.
pub fn save_report(log: &Path, report: &Report) -> Result<Vec<PathBuf>, SessionLogError> {
    let folder = log.parent().unwrap_or(log);
    let not_writable = |source| SessionLogError::NotWritable { folder: folder.to_owned(), source };
    let mut saved = Vec::new();
    for format in Format::ALL {
        let path = log.with_extension(format.extension());
        fs::write(&path, report.text(format)).map_err(not_writable)?;
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
    use crate::journal::{How, Option150};

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
    fn a_full_log_still_takes_what_was_decided_and_says_that_it_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_unix_millis(1_795_437_901_000);
        let mut log = SessionLog::create(folder.path(), "recover", at).unwrap();
        log.octets = FULL - 1;
        let phone = std::net::IpAddr::from([10, 1, 1, 7]);
        for transfer in 0..1000 {
            log.append(&Record { at, event: Event::Faulted { phone, transfer, octets: 0 } }).unwrap();
        }
        let back = Event::Option150Back { to: Option150::Absent, by: None, how: How::ByHand, why: None };
        log.append(&Record { at, event: back }).unwrap();
        let text = fs::read_to_string(log.path()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(
            lines[0].contains("faulted")
                && lines[1].contains("is full")
                && lines[2].contains("option150-back")
        );
    }

    #[cfg(unix)] // Windows lets nobody delete an open log.
    #[test]
    fn a_log_whose_folder_was_deleted_is_noticed_within_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_unix_millis(1_795_437_901_000);
        let mut log = SessionLog::create(&folder.path().join("sessions"), "serve", at).unwrap();
        fs::remove_dir_all(folder.path().join("sessions")).unwrap();
        let trouble = |after| Record { at: at + after, event: Event::Trouble { message: "x".into() } };
        log.append(&trouble(Duration::from_secs(1))).unwrap();
        let error = log.append(&trouble(LOOK_EVERY)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
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
