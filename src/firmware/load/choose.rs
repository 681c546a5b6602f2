//! Which loads are served together, and the set that a server offers of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::problem::LoadProblem;
use super::{Load, Verdict};
use crate::firmware::Bundle;
use crate::firmware::problem::Problem;
use crate::journal::ServedLoad;

/// How much of the judgement holds when loads are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leniency {
    /// Only intermediate loads.
    #[default]
    IntermediateOnly,
    /// Any whole load, whatever its release: the window is overridden, damage never is.
    AnyRelease,
}

/// The loads to serve, and what was left out.
#[derive(Debug)]
pub struct Choice<'l> {
    /// The loads to serve, in the order in which they were found.
    pub loads: Vec<&'l Load>,
    /// Why others are left out, one for each.
    pub left_out: Vec<Problem>,
}

/// Choose the loads to serve. Where two bring the same file with different octets, above all the default load file
/// of one family, the intermediate one wins over the others, the recommended one over other intermediate ones,
/// then the higher release, then the one with more default load files, then the one that was found first.
pub fn choose(loads: &[Load], leniency: Leniency) -> Choice<'_> {
    let mut left_out = Vec::new();
    let mut ranked = Vec::new();
    for (index, load) in loads.iter().enumerate() {
        let served = match leniency {
            Leniency::IntermediateOnly => load.verdict == Verdict::Intermediate,
            Leniency::AnyRelease => load.is_whole(),
        };
        if served {
            ranked.push((index, load));
        } else {
            let reason = load.reason.trim_end_matches('.').to_owned();
            left_out.push(Problem::of(&LoadProblem::NotServed { load: load.name.clone(), reason }));
        }
    }
    ranked.sort_by_key(|(index, load)| {
        let files = load.default_load_files.len();
        (Reverse(load.verdict), Reverse(load.recommended), Reverse(load.release), Reverse(files), *index)
    });
    let mut taken: BTreeMap<String, (&Load, &[u8])> = BTreeMap::new();
    let mut chosen = Vec::new();
    for (index, load) in ranked {
        let clash = load.files.iter().find_map(|(name, octets)| {
            let (winner, theirs) = taken.get(&name.to_lowercase())?;
            (*theirs != &octets[..]).then_some((winner, name))
        });
        if let Some((winner, file)) = clash {
            left_out.push(Problem::of(&LoadProblem::Collision {
                loser: shown(load),
                winner: shown(winner),
                file: file.clone(),
            }));
            continue;
        }
        // The same load twice, say in an archive and in the folder it was unpacked to, is one load to a phone.
        if chosen.iter().any(|(_, other): &(usize, &Load)| other.name == load.name) {
            continue;
        }
        for (name, octets) in &load.files {
            taken.entry(name.to_lowercase()).or_insert((load, octets));
        }
        chosen.push((index, load));
    }
    chosen.sort_by_key(|(index, _)| *index);
    Choice { loads: chosen.into_iter().map(|(_, load)| load).collect(), left_out }
}

fn shown(load: &Load) -> String {
    format!("{} ({})", load.name, load.verdict.word())
}

impl Choice<'_> {
    /// The set to serve, and what the session log says of each load. The octets are shared with the loads, not
    /// copied.
    pub fn to_bundle(&self) -> (Bundle, Vec<ServedLoad>) {
        let mut bundle = Bundle::default();
        for load in &self.loads {
            for (name, octets) in &load.files {
                // A file that is there already has the same octets: `choose` left out every other case.
                bundle.insert(name.clone(), octets.clone());
            }
        }
        (bundle, self.loads.iter().map(|load| load.served()).collect())
    }
}
