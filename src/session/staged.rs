//! From octets that are there to a file that counts: sums, the load reader's judgement, a name, a line in `kit.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::catalog::Catalog;
use crate::download::{Partial, Sum, sha256};
use crate::error::{Advice, printable};
use crate::firmware::archive::Kind;
use crate::firmware::load::Reading;
use crate::firmware::problem::Problem;
use crate::kit::{KitFile, KitLoad, another_name, file_name};
use crate::platform::clock::WallClock;
use crate::store::incoming::{Incoming, IncomingError};
use crate::store::kit::{self, KitFolderError, Locked};
use crate::store::sources::{self, SourceError};

/// Other names that are tried for a file whose name is taken.
const NAMES: u32 = 100;
/// Archives that merely lie in a folder are taken up to this size, in octets.
const FOUND: u64 = 64 << 20;

/// Where to, and what it must be.
#[derive(Debug, Clone)]
pub(super) struct StagedWith {
    pub(super) kit: PathBuf,
    pub(super) sums: Vec<Sum>,
    /// As it is written down.
    pub(super) source: String,
    pub(super) clock: WallClock,
}

/// A file that is in the kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Its path in the kit.
    pub path: String,
    /// Octets.
    pub octets: u64,
    /// The loads in it.
    pub loads: Vec<KitLoad>,
    /// The published archive that it is, byte for byte.
    pub published: Option<String>,
    /// Whether the very same file was there before.
    pub was_there: bool,
}

impl Staged {
    fn of(file: &KitFile, was_there: bool) -> Self {
        Self {
            path: file.path.clone(),
            octets: file.octets,
            loads: file.loads.clone(),
            published: file.published.clone(),
            was_there,
        }
    }
}

/// Why a file that came whole does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Rejected {
    #[error("no whole load is in it: {why}")]
    NoLoad { why: String, code: &'static str, advice: Vec<String> },
}

impl Advice for Rejected {
    fn code(&self) -> &'static str {
        let Self::NoLoad { code, .. } = self;
        code
    }

    fn advice(&self) -> Vec<String> {
        let Self::NoLoad { advice, .. } = self;
        advice.clone()
    }
}

/// A file that was named: copy it as one that comes in.
pub(super) fn copy(path: &Path, with: &StagedWith) -> Result<Vec<Staged>, Problem> {
    let octets = sources::read_file(path).map_err(|error| Problem::of(&error))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let incoming = take_in(&octets, &path.to_string_lossy(), with).map_err(|error| Problem::of(&error))?;
    one_file(incoming, &file_name(&name).unwrap_or_else(|| "load".to_owned()), with)
}

fn take_in(octets: &[u8], source: &str, with: &StagedWith) -> Result<Incoming, IncomingError> {
    let mut incoming = Incoming::open(&with.kit.join(kit::LOADS), source)?;
    incoming.begin(0, &Partial::default())?;
    incoming.write(octets)?;
    Ok(incoming)
}

/// A file that is whole under its hidden name: check it, judge it, give it its name and its line.
pub(super) fn one_file(
    mut incoming: Incoming,
    name: &str,
    with: &StagedWith,
) -> Result<Vec<Staged>, Problem> {
    let octets = Bytes::from(incoming.octets().map_err(|error| Problem::of(&error))?);
    if let Some(error) = with.sums.iter().find_map(|sum| sum.check(&octets).err()) {
        incoming.discard();
        return Err(Problem::of(&error));
    }
    let reading = sources::read_octets(Catalog::embedded(), name, octets.clone());
    if let Err(rejected) = judge(&reading) {
        incoming.discard();
        return Err(Problem::of(&rejected));
    }
    let folder = with.kit.join(kit::LOADS);
    // From here on no other run takes the name, or writes the line.
    let locked = kit::lock(&with.kit).map_err(|error| Problem::of(&error))?;
    let known = locked.read().map_err(|error| Problem::of(&error))?;
    let digest = sha256(&octets);
    let is_same = |path: &Path| fs::read(path).is_ok_and(|there| there == octets);
    if let Some(file) = known.file_with(&digest).filter(|file| is_same(&with.kit.join(&file.path))) {
        incoming.discard();
        return Ok(vec![Staged::of(file, true)]);
    }
    let mut incoming = Some(incoming);
    for nth in 1..=NAMES {
        let name = if nth == 1 { name.to_owned() } else { another_name(name, nth) };
        let to = folder.join(&name);
        if is_same(&to) {
            // Staged by a run that ended before it could write it down.
            incoming.take().into_iter().for_each(Incoming::discard);
        }
        if let Some(whole) = incoming.take() {
            incoming = whole.become_whole(&to).map_err(|error| Problem::of(&error))?;
            if incoming.is_some() {
                continue;
            }
        }
        let path = format!("{}/{name}", kit::LOADS);
        let file = kit::describe(path, &octets, &reading, with.source.clone(), with.clock.now());
        write_down(&locked, vec![file.clone()])?;
        return Ok(vec![Staged::of(&file, false)]);
    }
    Err(Problem {
        code: "no-free-name",
        message: format!("every name like `{}` is taken in the kit", printable(name, 120)),
        advice: vec!["Tidy the folder `loads` of the kit.".into()],
    })
}

fn write_down(locked: &Locked, files: Vec<KitFile>) -> Result<(), Problem> {
    let written = locked.update(|kit| files.into_iter().for_each(|file| kit.put_file(file)));
    written.map(|_| ()).map_err(|error: KitFolderError| Problem::of(&error))
}

/// What is no whole load does not count; what is one, of whatever release, is the technician's choice.
fn judge(reading: &Reading) -> Result<(), Rejected> {
    if reading.loads.iter().any(crate::firmware::load::Load::is_whole) {
        return Ok(());
    }
    if let Some(load) = reading.loads.first() {
        let advice = load.problems.first().map(|problem| problem.advice.clone()).unwrap_or_default();
        let why = format!("{}: {}", load.name, load.reason.trim_end_matches('.'));
        return Err(Rejected::NoLoad { why, code: "load-not-whole", advice });
    }
    Err(match reading.problems.first() {
        Some(problem) => Rejected::NoLoad {
            why: problem.message.clone(),
            code: problem.code,
            advice: problem.advice.clone(),
        },
        None => {
            Rejected::NoLoad { why: "nothing in it is of a load".into(), code: "no-load", advice: Vec::new() }
        }
    })
}

/// A folder: the archives with loads in it and one level below, and loads that lie there file by file.
pub(super) fn folder(path: &Path, with: &StagedWith) -> Result<Vec<Staged>, Problem> {
    let mut staged = Vec::new();
    let mut refused: Option<Problem> = None;
    for archive in archives(path, 0).map_err(|error| Problem::of(&error))? {
        let source = StagedWith { source: printable(&archive.to_string_lossy(), 300), ..with.clone() };
        match copy(&archive, &source) {
            Ok(files) => staged.extend(files),
            // Every folder of downloads has archives of other trades.
            Err(problem) => refused = refused.or(Some(problem)),
        }
    }
    let reading =
        sources::read_loads(Catalog::embedded(), &[path.to_owned()]).map_err(|error| Problem::of(&error))?;
    for load in reading.loads.iter().filter(|load| load.is_whole() && !is_in_archive(&load.source)) {
        staged.extend(loose(load, with)?);
    }
    if !staged.is_empty() {
        return Ok(staged);
    }
    let judged = judge(&reading).err().map(|rejected| Problem::of(&rejected));
    Err(refused.or(judged).unwrap_or_else(|| Problem {
        code: "no-load",
        message: "no load was found there".into(),
        advice: vec!["Name a firmware archive, or a folder with the files of a load.".into()],
    }))
}

fn is_in_archive(source: &str) -> bool {
    source.split('/').any(Kind::in_name)
}

fn archives(path: &Path, depth: usize) -> Result<Vec<PathBuf>, SourceError> {
    let mut found = Vec::new();
    for (entry, is_folder, octets) in sources::list(path)? {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_folder && depth == 0 {
            found.extend(archives(&entry, depth + 1).unwrap_or_default());
        } else if !is_folder && Kind::in_name(&name) && octets <= FOUND {
            found.push(entry);
        }
    }
    Ok(found)
}

/// A load that lies file by file gets a folder of its own, with the names as they were signed.
fn loose(load: &crate::firmware::load::Load, with: &StagedWith) -> Result<Vec<Staged>, Problem> {
    let name = file_name(&load.name).unwrap_or_else(|| "load".to_owned());
    let folder = with.kit.join(kit::LOADS).join(&name);
    let wrong = |error| Problem::of(&IncomingError::of(&folder, error));
    fs::create_dir_all(&folder).map_err(wrong)?;
    let mut files = Vec::new();
    for (file, octets) in load.files() {
        let Some(file) = file_name(file) else { continue };
        let to = folder.join(&file);
        if !fs::read(&to).is_ok_and(|there| there == octets[..]) {
            crate::store::incoming::replace(&to, octets).map_err(wrong)?;
        }
        files.push(KitFile {
            path: format!("{}/{name}/{file}", kit::LOADS),
            octets: octets.len() as u64,
            sha256: sha256(octets),
            source: with.source.clone(),
            date: with.clock.now(),
            published: None,
            loads: vec![kit::described(load)],
        });
    }
    let staged = Staged {
        path: format!("{}/{name}", kit::LOADS),
        octets: files.iter().map(|file| file.octets).sum(),
        loads: vec![kit::described(load)],
        published: None,
        was_there: false,
    };
    let locked = kit::lock(&with.kit).map_err(|error| Problem::of(&error))?;
    write_down(&locked, files)?;
    Ok(vec![staged])
}
