//! From octets that are there to a file that counts: sums, the load reader's judgement, a name, a line in `kit.toml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::catalog::Catalog;
use crate::download::{Partial, SumError, Sums, known, sha256};
use crate::error::{Advice, printable};
use crate::firmware::archive::{ArchiveError, Kind};
use crate::firmware::load::{Load, Reading};
use crate::firmware::problem::Problem;
use crate::firmware::signed;
use crate::kit::{KitFile, KitLoad, System, another_name, file_name, system_of};
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
    pub(super) sums: Arc<Sums>,
    /// The place of the source, and what it is called; `None` for a file out of a folder, which is called its own way.
    pub(super) named: Option<(usize, String)>,
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
    /// The kinds of published sum that were compared, `SHA-1`; empty if none was known.
    pub checked: String,
    /// The system, if it is a program and no load.
    pub program: Option<System>,
    /// Whether the very same file was there before.
    pub was_there: bool,
}

/// What comes of a folder.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) staged: Vec<Staged>,
    /// Files that look as if they were meant, and why each is not in the kit.
    pub(super) refused: Vec<(String, Problem)>,
}

impl Staged {
    fn of(file: &KitFile, checked: String, was_there: bool) -> Self {
        Self {
            checked,
            program: None,
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
    #[error("it is called `{name}`, and is not that archive: {why}")]
    NotAsKnown { name: String, why: SumError },
}

impl Advice for Rejected {
    fn code(&self) -> &'static str {
        match self {
            Self::NoLoad { code, .. } => code,
            Self::NotAsKnown { .. } => "archive-differs",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::NoLoad { advice, .. } => advice.clone(),
            Self::NotAsKnown { .. } => vec![
                "Fetch it again from the vendor; if it stays so, it was packed anew or changed.".into(),
                "If the vendor's own page gives another sum, give that one: `--sha512 HEX`, or `--md5 HEX`."
                    .into(),
            ],
        }
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
    // A log-in page has no published sum either; what it is helps more than what it is not.
    let checked =
        match no_page(&octets, name).and_then(|()| compared(Catalog::embedded(), &octets, name, with)) {
            Ok(checked) => checked,
            Err(problem) => {
                incoming.discard();
                return Err(problem);
            }
        };
    if system_of(&octets).is_some() {
        incoming.discard();
        return program(&octets, name, checked, with);
    }
    let reading = sources::read_octets(Catalog::embedded(), name, octets.clone());
    if let Err(rejected) = judge(&reading) {
        incoming.discard();
        return Err(Problem::of(&rejected));
    }
    let folder = with.kit.join(kit::LOADS);
    // From here on no other run takes the name, or writes the line.
    let locked = kit::lock(&with.kit).map_err(|error| Problem::of(&error))?;
    let described = locked.read().map_err(|error| Problem::of(&error))?;
    let digest = sha256(&octets);
    let same = described.file_with(&digest);
    if let Some(file) = same.filter(|file| kit::holds(&with.kit.join(&file.path), &octets)) {
        incoming.settle(&with.kit.join(&file.path), &digest);
        return Ok(vec![Staged::of(file, checked, true)]);
    }
    let mut incoming = Some(incoming);
    for nth in 1..=NAMES {
        let name = if nth == 1 { name.to_owned() } else { another_name(name, nth) };
        let to = folder.join(&name);
        if kit::holds(&to, &octets) {
            // Staged by a run that ended before it could write it down.
            incoming.take().into_iter().for_each(|whole| whole.settle(&to, &digest));
        }
        if let Some(whole) = incoming.take() {
            incoming = whole.become_whole(&to, &digest).map_err(|error| Problem::of(&error))?;
            if incoming.is_some() {
                continue;
            }
        }
        let path = format!("{}/{name}", kit::LOADS);
        let file = kit::describe(path, &octets, &reading, with.source.clone(), with.clock.now());
        write_down(&locked, vec![file.clone()])?;
        return Ok(vec![Staged::of(&file, checked, false)]);
    }
    Err(Problem {
        code: "no-free-name",
        message: format!("every name like `{}` is taken in the kit", printable(name, 120)),
        advice: vec!["Tidy the folder `loads` of the kit.".into()],
    })
}

/// Compare a file with what was published of it: with the sums that the technician gives, or else with those that the
/// catalog knows of an archive of that name. Which kinds of sum were compared.
fn compared(catalog: &Catalog, octets: &[u8], name: &str, with: &StagedWith) -> Result<String, Problem> {
    let (place, own_name) = with.named.as_ref().map_or((None, name), |(at, own)| (Some(*at), own.as_str()));
    let given = with.sums.of_file(place, &[name, own_name]).map_err(|error| Problem::of(&error))?;
    for sum in &given {
        sum.check(octets).map_err(|error| Problem::of(&error))?;
    }
    if !given.is_empty() {
        let kinds: Vec<String> = given.iter().map(|sum| sum.algorithm().to_string()).collect();
        return Ok(kinds.join(", "));
    }
    let known = [name, own_name].into_iter().find_map(|name| {
        let known = known(catalog, name);
        (!known.is_empty()).then_some(known)
    });
    let Some(known) = known else { return Ok(String::new()) };
    if let Some(same) = known.iter().find(|known| known.check(octets).is_ok()) {
        return Ok(same.kinds());
    }
    let first = known.into_iter().find_map(|known| Some((known.check(octets).err()?, known.name)));
    let Some((why, name)) = first else { return Ok(String::new()) };
    Err(Problem::of(&Rejected::NotAsKnown { name, why }))
}

/// A portal that wants somebody to log in answers with a page, whatever the address ends with.
fn no_page(octets: &Bytes, name: &str) -> Result<(), Problem> {
    if Kind::of(octets).is_some() || signed::looks_signed(octets) {
        return Ok(());
    }
    let content = ArchiveError::of_other_content(name, octets);
    if !matches!(content, ArchiveError::WebPage { .. }) {
        return Ok(());
    }
    Err(Problem::of(&Rejected::NoLoad {
        why: content.to_string(),
        code: content.code(),
        advice: content.advice(),
    }))
}

/// A program among the sources goes where programs are.
fn program(octets: &[u8], name: &str, checked: String, with: &StagedWith) -> Result<Vec<Staged>, Problem> {
    let put =
        kit::put_program_octets(&with.kit, Path::new(name), octets).map_err(|error| Problem::of(&error))?;
    Ok(vec![Staged {
        path: put.program.path,
        octets: put.program.octets,
        loads: Vec::new(),
        published: None,
        checked,
        program: Some(put.program.system),
        was_there: put.was_there,
    }])
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
pub(super) fn folder(path: &Path, with: &StagedWith) -> Result<Folder, Problem> {
    let mut came = Folder::default();
    let mut strange: Option<Problem> = None;
    for archive in archives(path, 0).map_err(|error| Problem::of(&error))? {
        let shown = printable(&archive.to_string_lossy(), 300);
        let source = StagedWith { source: shown.clone(), named: None, ..with.clone() };
        match copy(&archive, &source) {
            Ok(files) => came.staged.extend(files),
            // Every folder of downloads has archives of other trades.
            Err(problem) if !is_worth_a_word(&problem) => strange = strange.or(Some(problem)),
            Err(problem) => came.refused.push((shown, problem)),
        }
    }
    let reading =
        sources::read_loads(Catalog::embedded(), &[path.to_owned()]).map_err(|error| Problem::of(&error))?;
    for load in reading.loads.iter().filter(|load| load.is_whole() && !is_in_archive(&load.source)) {
        came.staged.push(loose(load, with)?);
    }
    if !came.staged.is_empty() || !came.refused.is_empty() {
        return Ok(came);
    }
    let judged = judge(&reading).err().map(|rejected| Problem::of(&rejected));
    Err(strange.or(judged).unwrap_or_else(|| Problem {
        code: "no-load",
        message: "no load was found there".into(),
        advice: vec!["Name a firmware archive, or a folder with the files of a load.".into()],
    }))
}

/// Whether somebody who staged a folder would miss the file that has this problem.
fn is_worth_a_word(problem: &Problem) -> bool {
    const OF_LOADS: [&str; 8] = [
        "sum-differs",
        "sum-not-listed",
        "archive-differs",
        "load-not-whole",
        "web-page",
        "disk-full",
        "kit-not-writable",
        "being-fetched",
    ];
    OF_LOADS.contains(&problem.code)
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
fn loose(load: &Load, with: &StagedWith) -> Result<Staged, Problem> {
    let name = file_name(&load.name).unwrap_or_else(|| "load".to_owned());
    let plain = |(file, octets): &'_ (String, Bytes)| Some((file_name(file)?, octets.clone()));
    let files: Vec<(String, Bytes)> = load.files().iter().filter_map(plain).collect();
    let borrowed: Vec<(String, &[u8])> =
        files.iter().map(|(file, octets)| (file.clone(), octets.as_ref())).collect();
    let paths = kit::put_loose(&with.kit, &name, &borrowed).map_err(|error| Problem::of(&error))?;
    let described = paths.into_iter().zip(&files).map(|(path, (_, octets))| KitFile {
        path,
        octets: octets.len() as u64,
        sha256: sha256(octets),
        source: with.source.clone(),
        date: with.clock.now(),
        published: None,
        loads: vec![kit::described(load)],
    });
    let described: Vec<KitFile> = described.collect();
    let staged = Staged {
        path: format!("{}/{name}", kit::LOADS),
        octets: described.iter().map(|file| file.octets).sum(),
        loads: vec![kit::described(load)],
        published: None,
        checked: String::new(),
        program: None,
        was_there: false,
    };
    let locked = kit::lock(&with.kit).map_err(|error| Problem::of(&error))?;
    write_down(&locked, described)?;
    Ok(staged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_what_the_catalog_knows_is_said_to_be_as_published() {
        let files = crate::catalog::EMBEDDED.iter().map(|(name, text)| {
            // A catalog in which one archive was published as the three octets `abc`, and known by its MD5 alone.
            let md5 = "md5 = \"900150983cd24fb0d6963f7d28e17f72\"";
            (*name, text.replace("sha1 = \"e7599cec19c6a750414d9488bd27f82d45ad5860\"", md5))
        });
        let files: Vec<_> = files.collect();
        let borrowed: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let catalog = Catalog::parse(&borrowed).unwrap();
        let with = |name: &str| StagedWith {
            kit: PathBuf::new(),
            sums: Arc::default(),
            named: Some((0, name.to_owned())),
            source: String::new(),
            clock: WallClock::start(),
        };
        let known = "cmterm-7945_7965-sccp.8-5-2.zip";
        let compare = |own: &str, served_as: &str, octets: &[u8]| {
            compared(&catalog, octets, served_as, &with(own)).map_err(|problem| problem.code)
        };
        assert_eq!(compare(known, known, b"abc"), Ok("MD5".to_owned()));
        assert_eq!(compare(known, known, b"abd"), Err("archive-differs"));
        // The server may call it otherwise than its address does, and both names are promises.
        assert_eq!(compare("get", known, b"abd"), Err("archive-differs"));
        assert_eq!(compare(known, "x.zip", b"abd"), Err("archive-differs"));
        assert_eq!(compare("get", "x.zip", b"abd"), Ok(String::new()));
    }
}
