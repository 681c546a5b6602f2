//! The step Load: what was found, what was picked of it, and what becomes of that.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::field::TextField;
use super::msg::Ticket;
use super::step::CheckedLoads;
use crate::firmware::load::{self, Leniency, Load, Published, Verdict};
use crate::firmware::problem::Problem;
use crate::journal::Event;

/// What was found and picked so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadDraft {
    /// The loads, in the order in which they were found.
    pub loads: Vec<Load>,
    /// What belongs to no load, or could not be read.
    pub problems: Vec<Problem>,
    /// Whether the usual places were searched.
    pub searched: bool,
    /// The row of the cursor: a load, or behind the last one the line that takes a path.
    pub row: usize,
    /// The loads that were picked, as indexes.
    pub picked: BTreeSet<usize>,
    /// Those of them that were picked against the program's advice.
    pub overridden: BTreeSet<usize>,
    /// Whether the details of the load under the cursor are shown.
    pub details: bool,
    /// The path that is typed, or was typed last.
    pub path: TextField,
    /// Whether it is being typed.
    pub typing: bool,
    /// What it could be completed to.
    pub completions: Vec<String>,
    /// How far a load is that is being fetched, in words.
    pub fetching: Option<String>,
    /// The loads that are being found or read.
    pub(super) awaited: Option<Ticket>,
    pub(super) completing: Option<Ticket>,
}

/// What happens when a load is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picking {
    /// It is picked, or no longer picked.
    Done,
    /// It can be served, but it is not what the phones need: ask.
    Against,
    /// It is damaged, incomplete or foreign: never.
    Refused,
}

impl LoadDraft {
    /// Whether loads are being searched or read now.
    pub fn is_busy(&self) -> bool {
        self.awaited.is_some()
    }

    /// How many rows the list has: the loads, and the line that takes a path.
    pub fn rows(&self) -> usize {
        self.loads.len() + 1
    }

    /// Whether the cursor is on the line that takes a path.
    pub fn is_on_path(&self) -> bool {
        self.row >= self.loads.len()
    }

    /// The load under the cursor.
    pub fn current(&self) -> Option<&Load> {
        self.loads.get(self.row)
    }

    /// Put the loads of the usual places in, and pick those to use.
    pub(super) fn take_found(&mut self, found: &load::Reading, family: Option<&str>) {
        self.loads.clone_from(&found.loads);
        self.problems.clone_from(&found.problems);
        self.searched = true;
        self.row = 0;
        self.overridden.clear();
        self.pick_best(family);
    }

    /// Add the loads of a path that was typed, and put the cursor on the first of them.
    pub(super) fn take_read(&mut self, read: &load::Reading, family: Option<&str>) {
        let is_the_same = |one: &Load, other: &Load| one.name == other.name && one.source == other.source;
        let mut first = None;
        for load in &read.loads {
            // Read again it may have changed: a missing file was added, a download was repeated.
            let at = if let Some(at) = self.loads.iter().position(|known| is_the_same(known, load)) {
                if self.loads[at] != *load {
                    self.overridden.remove(&at);
                }
                self.loads[at] = load.clone();
                at
            } else {
                self.loads.push(load.clone());
                self.loads.len() - 1
            };
            first = first.or(Some(at));
        }
        self.problems.clone_from(&read.problems);
        self.row = first.unwrap_or(self.loads.len());
        self.pick_best(family);
    }

    /// Pick for each family the load that the choice would take, and keep what was picked by hand.
    pub(super) fn pick_best(&mut self, family: Option<&str>) {
        let wanted: Vec<usize> = (0..self.loads.len())
            .filter(|&n| family.is_none_or(|family| self.loads[n].family.as_deref() == Some(family)))
            .collect();
        let candidates: Vec<Load> = wanted.iter().map(|&n| self.loads[n].clone()).collect();
        let choice = load::choose(&candidates, Leniency::IntermediateOnly);
        let is_chosen = |load: &Load| choice.loads.contains(&load);
        self.picked =
            wanted.iter().zip(&candidates).filter(|(_, load)| is_chosen(load)).map(|(n, _)| *n).collect();
        self.picked.extend(&self.overridden);
    }

    /// Pick the load under the cursor, or take it out again.
    pub(super) fn toggle(&mut self) -> Picking {
        let row = self.row;
        if self.picked.remove(&row) {
            self.overridden.remove(&row);
            return Picking::Done;
        }
        match self.current() {
            Some(load) if load.verdict == Verdict::Intermediate => {
                self.picked.insert(row);
                Picking::Done
            }
            Some(load) if load.is_whole() => Picking::Against,
            _ => Picking::Refused,
        }
    }

    /// Pick the load under the cursor against advice.
    pub(super) fn pick_against_advice(&mut self) {
        if self.current().is_some_and(Load::is_whole) {
            self.picked.insert(self.row);
            self.overridden.insert(self.row);
        }
    }

    /// The proof that what was picked can be served; `None` if nothing was picked that can.
    pub(super) fn check(&self) -> Option<CheckedLoads> {
        let picked: Vec<Load> = self.picked.iter().filter_map(|&n| self.loads.get(n).cloned()).collect();
        let choice = load::choose(&picked, Leniency::AnyRelease);
        let mut facts: Vec<Event> = choice.loads.iter().map(|load| chosen(load)).collect();
        for load in choice.loads.iter().filter(|load| load.verdict != Verdict::Intermediate) {
            facts
                .push(Event::Override { what: format!("{} is served although: {}", load.name, load.reason) });
        }
        let left_out = choice.left_out.iter().map(|problem| problem.message.clone()).collect();
        let (bundle, loads) = choice.to_bundle();
        (!loads.is_empty()).then(|| CheckedLoads { bundle: Arc::new(bundle), loads, left_out, facts })
    }
}

/// What the session log says of a load.
fn chosen(load: &Load) -> Event {
    let digest = |image: &load::LoadImage| Some((image.name.clone(), image.sha256.clone()?));
    let source = match &load.published {
        Published::Same(archive) => format!("{} (byte for byte the published {archive})", load.source),
        Published::Differs(_) | Published::Unknown => load.source.clone(),
    };
    Event::LoadChosen {
        load: load.name.clone(),
        verdict: load.verdict.word().to_owned(),
        source,
        sha256: load.images.iter().filter_map(digest).collect(),
    }
}
