//! Where loads may lie: beside the program, in `loads/`, in the working folder, in Downloads, or where somebody types.

use std::collections::BTreeSet;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::outside::own_loads;
use crate::catalog::Catalog;
use crate::error::printable;
use crate::firmware::load::Reading;
use crate::firmware::problem::Problem;
use crate::store::sessions::{self, SessionLogError};
use crate::store::sources;

/// The folder for loads, beside the program and in the working folder.
const LOADS: &str = "loads";
/// Completions that are shown at most.
const CHOICES: usize = 50;

/// Everything that lies in the usual places. A place without loads is no problem worth a word.
pub(super) fn find_loads() -> Reading {
    let mut all = Reading::default();
    for place in places() {
        match sources::read_loads(Catalog::embedded(), std::slice::from_ref(&place)) {
            Ok(reading) => {
                for load in reading.loads {
                    // The same load may be found by way of two places.
                    if !all.loads.contains(&load) {
                        all.loads.push(load);
                    }
                }
                all.problems.extend(reading.problems.into_iter().filter(|problem| problem.code != "no-load"));
            }
            Err(error) => all.problems.push(Problem::of(&error)),
        }
    }
    all
}

/// The usual places that exist, each once, the likeliest first.
fn places() -> Vec<PathBuf> {
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent).map(Path::to_owned);
    let working = std::env::current_dir().ok();
    let downloads = home().map(|home| home.join("Downloads"));
    let mut seen = BTreeSet::new();
    [
        beside.as_ref().map(|folder| folder.join(LOADS)),
        working.as_ref().map(|folder| folder.join(LOADS)),
        own_loads(),
        beside,
        working,
        downloads,
    ]
    .into_iter()
    .flatten()
    .filter(|folder| folder.is_dir())
    .filter(|folder| seen.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())))
    .collect()
}

fn home() -> Option<PathBuf> {
    etcetera::base_strategy::choose_native_strategy().ok().map(|base| base.home_dir().to_owned())
}

/// The kit of this program: the one that it runs from, or else one in the user's data folder.
pub(super) fn kit_folder() -> Result<PathBuf, SessionLogError> {
    let sessions = sessions::folder(None)?;
    Ok(sessions.parent().map_or(sessions.clone(), Path::to_owned))
}

/// Read loads at these places.
pub(super) fn read_paths(paths: &[PathBuf]) -> Reading {
    sources::read_loads(Catalog::embedded(), paths)
        .unwrap_or_else(|error| Reading { loads: Vec::new(), problems: vec![Problem::of(&error)] })
}

/// Read what somebody typed.
pub(super) fn read_loads(typed: &[String]) -> Reading {
    let paths: Vec<PathBuf> = typed.iter().map(|text| path(text)).collect();
    read_paths(&paths)
}

/// A path as people type or paste it: with quotes round it, or with `~` for the home folder.
fn path(typed: &str) -> PathBuf {
    let bare = typed.trim();
    let quoted = ['"', '\''].iter().find_map(|&quote| bare.strip_prefix(quote)?.strip_suffix(quote));
    let bare = quoted.unwrap_or(bare);
    let below_home = bare.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
    match below_home.zip(home()) {
        Some((rest, home)) => home.join(rest.trim_start_matches(['/', '\\'])),
        None => PathBuf::from(bare),
    }
}

/// Complete a path: the text as far as all choices agree, and the choices where there are several.
pub(super) fn complete(typed: &str) -> (String, Vec<String>) {
    let (before, begun) = match typed.rfind(['/', MAIN_SEPARATOR]) {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    let folder = if before.is_empty() { PathBuf::from(".") } else { path(before) };
    let wanted = |name: &str| {
        let hidden = name.starts_with('.') && !begun.starts_with('.');
        // What cannot be typed back is no completion.
        !hidden && begins(name, begun) && printable(name, usize::MAX) == name
    };
    let Ok(names) = sources::names(&folder, wanted) else { return (typed.to_owned(), Vec::new()) };
    let mut choices: Vec<String> = names
        .into_iter()
        .map(|(name, is_folder)| if is_folder { format!("{name}{MAIN_SEPARATOR}") } else { name })
        .collect();
    choices.sort();
    let Some(common) = common(&choices) else { return (typed.to_owned(), Vec::new()) };
    let longer = if common.chars().count() >= begun.chars().count() { common } else { begun.to_owned() };
    let text = format!("{before}{longer}");
    choices.truncate(CHOICES);
    if choices.len() == 1 {
        choices.clear();
    }
    (text, choices)
}

/// Case does not matter to the file systems of most laptops, nor to whoever types.
fn begins(name: &str, begun: &str) -> bool {
    name.to_lowercase().starts_with(&begun.to_lowercase())
}

/// What all begin with.
fn common(names: &[String]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let agreed = |n: usize, c: char| rest.iter().all(|name| name.chars().nth(n) == Some(c));
    Some(first.chars().enumerate().take_while(|(n, c)| agreed(*n, *c)).map(|(_, c)| c).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_path_is_completed_as_far_as_its_choices_agree() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cmterm-45.zip", "cmterm-42.zip", "other", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("Loads")).unwrap();
        let base = format!("{}/", folder.path().display());
        let done = |typed: &str| complete(&format!("{base}{typed}"));
        assert_eq!(
            done("cm"),
            (format!("{base}cmterm-4"), vec!["cmterm-42.zip".into(), "cmterm-45.zip".into()])
        );
        assert_eq!(done("cmterm-45"), (format!("{base}cmterm-45.zip"), vec![]));
        assert_eq!(done("lo"), (format!("{base}Loads{MAIN_SEPARATOR}"), vec![]));
        assert_eq!(done("none"), (format!("{base}none"), vec![]));
        assert!(!done("").1.iter().any(|name| name.starts_with('.')));
    }

    #[test]
    fn quotes_and_the_home_sign_are_understood() {
        assert_eq!(path(" \"/a b/c.zip\" "), PathBuf::from("/a b/c.zip"));
        assert_eq!(path("~x"), PathBuf::from("~x"));
        if let Some(home) = home() {
            assert_eq!(path("~/x"), home.join("x"));
        }
    }
}
