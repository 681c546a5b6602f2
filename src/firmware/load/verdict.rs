//! From what was noted about a load to one verdict and one reason.
//!
//! Damage counts before absence, and absence before the release: a load that is not whole is served to nobody.

use super::draft::Draft;
use super::problem::LoadProblem;
use super::{Load, LoadImage, Verdict};
use crate::catalog::{BuildEra, Day};
use crate::firmware::problem::Problem;
use crate::firmware::{Judgement, LoadName, Standing, judge};
use crate::timestamp::Timestamp;

/// Names that a sentence spells out before it counts the rest.
const SPELLED_OUT: usize = 3;

/// Judge a load and finish it.
pub(super) fn judge_draft(mut draft: Draft<'_, '_>) -> Load {
    let judgement = draft.name.clone().map(|name| {
        let judgement = judge(draft.catalog(), &name.release());
        second_opinions(&mut draft, &name, &judgement);
        judgement
    });
    if draft.family.is_none() {
        draft.problems.push(match draft.load.family.clone() {
            Some(family) => LoadProblem::UnknownFamily { family },
            None => LoadProblem::NoFamily { name: draft.load.name.clone() },
        });
    }
    // Stable, so that problems of one weight stay in the order of the files.
    draft.problems.sort_by_key(weight);
    let (verdict, mut reason) = reason(&draft, judgement.as_ref());
    if verdict == Verdict::Intermediate && draft.problems.contains(&LoadProblem::MadeUp) {
        reason.push_str(" It is made up for rehearsal, though, and no real phone accepts it.");
    }
    let Draft { mut load, problems, .. } = draft;
    load.verdict = verdict;
    load.recommended = verdict == Verdict::Intermediate && judgement.is_some_and(|j| j.recommended);
    load.reason = reason;
    load.problems = problems.iter().map(Problem::of).collect();
    load
}

fn weight(problem: &LoadProblem) -> u8 {
    if problem.is_damage() {
        0
    } else if problem.is_lack() {
        1
    } else if problem.leaves_models_out() {
        2
    } else if problem.is_doubt() {
        3
    } else {
        4
    }
}

/// What the dates and the build tag of the images say about the release that the name claims.
fn second_opinions(draft: &mut Draft<'_, '_>, name: &LoadName, judgement: &Judgement) {
    let versions = draft.catalog().versions();
    if judgement.standing != Standing::TooNew {
        let dated = draft.load.images.iter().filter_map(|image| Some((image, day(image.built?)?)));
        let youngest = dated.max_by_key(|(_, day)| *day);
        if let Some((image, built)) = youngest
            && versions.build_dates.era(built.0) == BuildEra::NewKey
        {
            let (name, since) = (image.name.clone(), versions.build_dates.new_key_from);
            draft.problems.push(LoadProblem::BuiltLate { name, built, since });
        }
    }
    let other_release = draft.load.images.iter().find_map(|image| {
        let build = draft.catalog().release_for_build(build_tag(image)?)?;
        (!build.release.is_same_release(&name.release())).then_some(build)
    });
    if let Some(build) = other_release {
        let (tag, release) = (build.tag.clone(), build.release);
        draft.problems.push(LoadProblem::BuildTag { tag, release });
    }
    if let Some(says) = &judgement.conflict {
        let says = says.trim_end_matches('.').to_owned();
        draft.problems.push(LoadProblem::Disagreement { says });
    }
}

/// `8-5-2TH1-9` in `jar45sccp.8-5-2TH1-9.sbn`.
fn build_tag(image: &LoadImage) -> Option<&str> {
    let (_, rest) = image.name.split_once('.')?;
    rest.rsplit_once('.').map(|(tag, _)| tag)
}

fn day(at: Timestamp) -> Option<Day> {
    // The first ten characters of RFC 3339 are the day.
    at.to_string().get(..10)?.parse().ok()
}

fn reason(draft: &Draft<'_, '_>, judgement: Option<&Judgement>) -> (Verdict, String) {
    let problems = &draft.problems;
    if let Some(foreign) = problems.iter().find(|problem| problem.is_foreign()) {
        return (Verdict::Foreign, sentence(&foreign.to_string()));
    }
    if let Some(damage) = problems.iter().find(|problem| problem.is_damage()) {
        return (Verdict::Damaged, with_release(sentence(&damage.to_string()), judgement));
    }
    if let Some(lack) = lack(draft) {
        return (Verdict::Incomplete, with_release(lack, judgement));
    }
    let doubt = problems.iter().find(|problem| problem.is_doubt());
    match (judgement, doubt) {
        (Some(judgement), None) => {
            let verdict = match judgement.standing {
                Standing::TooOld => Verdict::TooOld,
                Standing::Intermediate => Verdict::Intermediate,
                Standing::TooNew => Verdict::TooNew,
                Standing::Uncertain => Verdict::Uncertain,
            };
            (verdict, judgement.reason.clone())
        }
        // What is outside the window stays there, whatever else is odd about it.
        (Some(judgement), Some(_)) if judgement.standing == Standing::TooNew => {
            (Verdict::TooNew, judgement.reason.clone())
        }
        (_, Some(doubt)) => (Verdict::Uncertain, sentence(&doubt.to_string())),
        (None, None) => (Verdict::Uncertain, "Nothing here tells the release.".to_owned()),
    }
}

/// What is missing, in one sentence.
fn lack(draft: &Draft<'_, '_>) -> Option<String> {
    let missing: Vec<&str> = draft
        .load
        .images
        .iter()
        .filter(|image| image.octets.is_none())
        .map(|image| image.name.as_str())
        .collect();
    let lack = draft.problems.iter().find(|problem| problem.is_lack());
    match (missing.len(), lack) {
        (0 | 1, Some(lack)) => return Some(sentence(&lack.to_string())),
        (0, None) => {}
        (count, _) => {
            let all = draft.load.images.len();
            return Some(format!("{count} of {all} images are missing: {}.", listed(&missing)));
        }
    }
    if !draft.load.default_load_files.is_empty() {
        return None;
    }
    let wanted =
        draft.family.map_or_else(Vec::new, |family| draft.catalog().default_load_files(&family.number));
    Some(format!(
        "There is no default load file of it ({}), and that is what a phone asks for first after a reset.",
        listed(&wanted)
    ))
}

/// A load that is not whole and not of the window either is not worth completing.
fn with_release(reason: String, judgement: Option<&Judgement>) -> String {
    match judgement {
        Some(judgement) if matches!(judgement.standing, Standing::TooNew | Standing::TooOld) => {
            format!("{reason} Besides, {}", judgement.reason)
        }
        _ => reason,
    }
}

/// Names in words: `` `a`, `b`, `c` and 2 more ``.
pub(super) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let spelled = names.iter().take(SPELLED_OUT);
    let spelled: Vec<_> =
        spelled.map(|name| format!("`{}`", crate::error::printable(name.as_ref(), 80))).collect();
    match names.len().saturating_sub(SPELLED_OUT) {
        0 => spelled.join(", "),
        more => format!("{} and {more} more", spelled.join(", ")),
    }
}

/// A message as a sentence: a capital letter in front and a full stop behind.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
