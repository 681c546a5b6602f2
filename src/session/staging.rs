//! Staging a kit from start to end: each source is fetched or copied, checked against what was published, judged by the
//! load reader, and only then gets a place in the kit. Several at once; ended at any time without harm.

mod error;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinSet, spawn_blocking};
use url::Url;

pub use error::StageError;

use super::Ending;
use super::staged::{Staged, StagedWith, folder, one_file};
use crate::download::{self, Algorithm, Cookies, Expected, Sums};
use crate::error::printable;
use crate::fetch::{FetchError, Fetcher, Settings};
pub use crate::fetch::{News, Reach};
use crate::firmware::problem::Problem;
use crate::kit::{System, file_name};
use crate::platform::clock::WallClock;
pub use crate::platform::clock::now;
pub use crate::platform::redraw::is_possible as can_redraw;
use crate::platform::signals::Wishes;
use crate::store::incoming::Incoming;
pub use crate::store::kit::PutIn;
use crate::store::kit::{self, KitFolderError};
use crate::store::sources;

/// Sources that are fetched at one time.
const AT_ONCE: usize = 4;

/// Where a load comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file or a folder.
    Path(PathBuf),
    /// A web address.
    Address(Url),
}

impl Source {
    /// What somebody typed: an address if it begins as one.
    pub fn parse(text: &str) -> Result<Self, StageError> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            let wrong = || StageError::NotAnAddress { text: printable(text, 200) };
            return Url::parse(text).ok().filter(Url::has_host).map(Self::Address).ok_or_else(wrong);
        }
        if let Some((scheme, _)) = lower.split_once("://")
            && scheme.len() > 1
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        {
            return Err(StageError::OtherScheme { scheme: printable(scheme, 40) });
        }
        Ok(Self::Path(PathBuf::from(text)))
    }

    /// What it is called before anything is fetched.
    fn expected(&self) -> Expected {
        match self {
            Self::Path(path) if sources::is_folder(path) => Expected::Folder,
            Self::Path(path) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
                Expected::File(name.unwrap_or_default())
            }
            Self::Address(url) => {
                let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
                Expected::File(file_name(last).unwrap_or_default())
            }
        }
    }

    /// As it may be shown and written down.
    pub fn shown(&self) -> String {
        match self {
            Self::Path(path) => printable(&path.to_string_lossy(), 300),
            Self::Address(url) => download::shown(url),
        }
    }
}

/// What is to be staged.
#[derive(Debug, Clone)]
pub struct Plan {
    /// From where.
    pub sources: Vec<Source>,
    /// Into which kit; made if it is not there.
    pub into: PathBuf,
    /// Published sums, `HEX` for the source at the same place or `NAME=HEX`.
    pub sums: Vec<(Algorithm, String)>,
    /// A list of published sums, as `sha256sum` writes it. A file that is not on it is refused.
    pub sum_file: Option<PathBuf>,
    /// Programs to put in, by name.
    pub programs: Vec<PathBuf>,
    /// The program that runs: it is put in too, and so are those for other systems that lie beside it.
    pub own_program: Option<PathBuf>,
    /// Whether anything may be contacted.
    pub reach: Reach,
    /// Headers for the servers that are named.
    pub headers: Vec<String>,
    /// A browser's session.
    pub cookie_file: Option<PathBuf>,
    /// A certificate authority of the firm's own.
    pub ca_file: Option<PathBuf>,
    /// Largest file, in octets; `None` for the usual limit.
    pub most: Option<u64>,
    /// Whether programs that run from the kit stay offline from now on; `None` leaves it as it is.
    pub offline: Option<bool>,
}

/// What happens while a kit is staged. Numbers are places in [`Plan::sources`].
#[derive(Debug)]
pub enum Staging {
    /// A source is begun.
    Began(usize),
    /// How it goes.
    News(usize, News),
    /// It is there, and is looked at.
    Checking(usize),
    /// It is in the kit.
    Done(usize, Vec<Staged>),
    /// It is not.
    Failed(usize, Problem),
    /// A file in the folder that the source is, and why it is not in the kit.
    Refused(usize, String, Problem),
    /// A program is in the kit.
    Program(PutIn),
    /// A sum was given for a file of that name, and none came.
    SumUnused(String),
}

impl Plan {
    /// A plan for one kit, with nothing special.
    pub fn new(sources: Vec<Source>, into: PathBuf) -> Self {
        Self {
            sources,
            into,
            sums: Vec::new(),
            sum_file: None,
            programs: Vec::new(),
            own_program: None,
            reach: Reach::Named,
            headers: Vec::new(),
            cookie_file: None,
            ca_file: None,
            most: None,
            offline: None,
        }
    }

    fn fetcher(&self) -> Result<Option<Fetcher>, StageError> {
        if !self.sources.iter().any(|source| matches!(source, Source::Address(_))) {
            return Ok(None);
        }
        let cookies = match &self.cookie_file {
            None => None,
            Some(path) => {
                let text = String::from_utf8_lossy(&sources::read_small(path)?).into_owned();
                let cookies = Cookies::parse(&text);
                Some(cookies.ok_or_else(|| StageError::NotCookies { path: path.clone() })?)
            }
        };
        let settings = Settings {
            reach: self.reach,
            headers: self.headers.clone(),
            cookies,
            authority: self.ca_file.as_deref().map(sources::read_small).transpose()?.map(Into::into),
            ..Settings::default()
        };
        let settings = Settings { most: self.most.unwrap_or(settings.most), ..settings };
        Ok(Some(Fetcher::new(&settings)?))
    }

    fn sums(&self) -> Result<Sums, StageError> {
        let list = match &self.sum_file {
            None => None,
            Some(path) => Some(String::from_utf8_lossy(&sources::read_small(path)?).into_owned()),
        };
        let expected: Vec<Expected> = self.sources.iter().map(Source::expected).collect();
        Ok(Sums::of(&self.sums, list.as_deref(), &expected)?)
    }

    /// Put the programs in: those that were named, this one, and those beside it for systems that have none yet.
    fn put_programs(&self, news: &UnboundedSender<Staging>) -> Result<(), StageError> {
        let mut there = BTreeSet::new();
        let put = |program: &Path, there: &mut BTreeSet<System>| -> Result<(), KitFolderError> {
            let put = kit::put_program(&self.into, program)?;
            there.insert(put.program.system);
            let _ = news.send(Staging::Program(put));
            Ok(())
        };
        for program in &self.programs {
            put(program, &mut there)?;
        }
        let Some(own) = &self.own_program else { return Ok(()) };
        let described = kit::read(&self.into).map(|kit| kit.programs).unwrap_or_default();
        // In the kit itself only what nobody described yet is new; what changed since is for `kit verify` to find.
        let runs_from_kit = kit::portable().is_some_and(|folder| kit::is_same(&folder, &self.into));
        for program in std::iter::once(own.clone()).chain(kit::beside(own)) {
            let Some(system) = kit::program_system(&program) else { continue };
            let is_own = program == *own;
            let is_described = described.iter().any(|program| program.system == system);
            if there.contains(&system) || (runs_from_kit && is_described && !is_own) {
                continue;
            }
            match put(&program, &mut there) {
                // Whatever merely lies there and is called like it.
                Ok(()) | Err(KitFolderError::NotAProgram { .. } | KitFolderError::NotLoadlift { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Stage until all is done or somebody ends it; what is complete by then is in the kit, and the rest can be taken up
/// again. `told` hears everything.
pub fn run(
    plan: Plan,
    mut told: impl FnMut(Staging) -> io::Result<()>,
) -> Result<io::Result<Ending>, StageError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ending = runtime.block_on(async {
        let mut wishes = Wishes::listen();
        let mut news = start(plan)?;
        loop {
            let piece = tokio::select! {
                biased;
                _ = wishes.next() => return Ok(Ok(Ending::Interrupted)),
                piece = news.recv() => piece,
            };
            let Some(piece) = piece else { return Ok(Ok(Ending::Done)) };
            if let Err(error) = told(piece) {
                return Ok(Err(error));
            }
        }
    });
    // Work on the disk that has begun is short, and ends by itself.
    drop(runtime);
    ending
}

/// Begin to stage, on the runtime that this is called on. Dropping the receiver ends it within a moment.
pub fn start(plan: Plan) -> Result<UnboundedReceiver<Staging>, StageError> {
    let sums = Arc::new(plan.sums()?);
    let fetcher = plan.fetcher()?;
    // Before anything is fetched: a stick that cannot be written to is to be known at once.
    let offline = plan.offline;
    kit::update(&plan.into, |kit| kit.offline = offline.unwrap_or(kit.offline))?;
    let (news, receiver) = unbounded_channel();
    plan.put_programs(&news)?;
    tokio::spawn(all(plan, sums, fetcher, news));
    Ok(receiver)
}

async fn all(plan: Plan, sums: Arc<Sums>, fetcher: Option<Fetcher>, news: UnboundedSender<Staging>) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let clock = WallClock::start();
    let mut tasks = JoinSet::new();
    for (nth, source) in plan.sources.iter().cloned().enumerate() {
        let (room, fetcher, news) = (Arc::clone(&room), fetcher.clone(), news.clone());
        let named = match source.expected() {
            Expected::File(name) => Some((nth, name)),
            Expected::Folder => None,
        };
        let (kit, sums) = (plan.into.clone(), Arc::clone(&sums));
        let with = StagedWith { kit, sums, named, source: source.shown(), clock };
        tasks.spawn(async move {
            let Ok(_place) = room.acquire().await else { return };
            let _ = news.send(Staging::Began(nth));
            let done = match (source, fetcher) {
                (Source::Address(url), Some(fetcher)) => address(nth, &url, &fetcher, with, &news).await,
                // A plan with an address has a fetcher.
                (Source::Address(_), None) => Err(Problem::of(&FetchError::Offline)),
                (Source::Path(path), _) => {
                    let news = news.clone();
                    let work = move || path_source(nth, &path, &with, &news);
                    blocking(work).await
                }
            };
            let _ = news.send(match done {
                Ok(staged) => Staging::Done(nth, staged),
                Err(problem) => Staging::Failed(nth, problem),
            });
        });
    }
    // Nobody listens any more: what runs is dropped with the set.
    tokio::select! {
        () = news.closed() => return,
        () = async { while tasks.join_next().await.is_some() {} } => {}
    }
    for name in sums.unused() {
        let _ = news.send(Staging::SumUnused(name));
    }
}

async fn address(
    nth: usize,
    url: &Url,
    fetcher: &Fetcher,
    with: StagedWith,
    news: &UnboundedSender<Staging>,
) -> Result<Vec<Staged>, Problem> {
    let problem = |error: FetchError| Problem::of(&error);
    let mut incoming =
        Incoming::open(&with.kit.join(kit::LOADS), url.as_str()).map_err(|error| problem(error.into()))?;
    let tell = |piece| {
        let _ = news.send(Staging::News(nth, piece));
    };
    let whole = fetcher.fetch(url, &mut incoming, tell).await.map_err(problem)?;
    let _ = news.send(Staging::Checking(nth));
    blocking(move || one_file(incoming, &whole.name, &with)).await
}

fn path_source(
    nth: usize,
    path: &Path,
    with: &StagedWith,
    news: &UnboundedSender<Staging>,
) -> Result<Vec<Staged>, Problem> {
    let _ = news.send(Staging::Checking(nth));
    if with.named.is_some() {
        return super::staged::copy(path, with);
    }
    let came = folder(path, with)?;
    for (name, problem) in came.refused {
        let _ = news.send(Staging::Refused(nth, name, problem));
    }
    Ok(came.staged)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let failed = |_| Problem {
        code: "stage-failed",
        message: "this was ended by a fault of loadlift".into(),
        advice: vec!["Report it: this should not happen.".into()],
    };
    spawn_blocking(work).await.map_err(failed)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Advice as _;

    #[test]
    fn what_somebody_typed_is_an_address_a_path_or_refused_by_name() {
        let kind = |text: &str| match Source::parse(text) {
            Ok(Source::Address(url)) => format!("address {url}"),
            Ok(Source::Path(path)) => format!("path {}", path.display()),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(kind(" HTTPS://Mirror.example/x.zip "), "address https://mirror.example/x.zip");
        assert_eq!(kind("C:\\loads\\x.zip"), "path C:\\loads\\x.zip");
        assert_eq!(kind("a folder://x"), "path a folder://x");
        assert_eq!(kind("https://"), "not-an-address");
        assert_eq!(kind("ftp://mirror.example/x.zip"), "other-scheme");
    }
}
