//! The step Reset and transfer: the coach, and how the technician looks at the fleet. The fleet itself is the
//! session's; here is only what was asked of it.

use std::collections::VecDeque;
use std::time::Duration;

use super::coach::Coach;
use crate::fleet::{Fleet, PhoneId, PhoneNow, Stage};
use crate::timestamp::Timestamp;

/// One sample of the throughput a second, for this many seconds.
const HISTORY: usize = 240;
/// How far apart samples are.
const SAMPLE: Duration = Duration::from_secs(1);

/// The order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Who needs a hand first, then those under way, then the rest.
    #[default]
    Urgency,
    /// In the order of appearance.
    Appearance,
    /// By how much is served, the least first.
    Progress,
    /// By MAC, those that did not name themselves last.
    Mac,
    /// By address.
    Address,
}

impl Sort {
    const ALL: [Self; 5] = [Self::Urgency, Self::Appearance, Self::Progress, Self::Mac, Self::Address];

    /// In words, for the head of the table.
    pub fn label(self) -> &'static str {
        match self {
            Self::Urgency => "who needs a hand",
            Self::Appearance => "first seen",
            Self::Progress => "progress",
            Self::Mac => "MAC",
            Self::Address => "address",
        }
    }

    pub(super) fn next(self) -> Self {
        next(&Self::ALL, self)
    }
}

/// Which phones the table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// All.
    #[default]
    All,
    /// Those that somebody has to look after.
    Trouble,
    /// Those that load or write flash.
    UnderWay,
    /// Those that are back.
    Back,
}

impl Filter {
    const ALL: [Self; 4] = [Self::All, Self::Trouble, Self::UnderWay, Self::Back];

    /// In words, for the head of the table.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Trouble => "needs a hand",
            Self::UnderWay => "under way",
            Self::Back => "back",
        }
    }

    pub(super) fn next(self) -> Self {
        next(&Self::ALL, self)
    }

    fn takes(self, stage: Stage) -> bool {
        match self {
            Self::All => true,
            Self::Trouble => stage.is_trouble(),
            Self::UnderWay => is_busy(stage),
            Self::Back => stage == Stage::Back,
        }
    }
}

fn next<T: Copy + PartialEq>(all: &[T], of: T) -> T {
    let at = all.iter().position(|one| *one == of).unwrap_or(0);
    all[(at + 1) % all.len()]
}

/// How the technician looks at the fleet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TransferDraft {
    /// The reset coach.
    pub coach: Coach,
    /// The order of the table.
    pub sort: Sort,
    /// Which phones it has.
    pub filter: Filter,
    /// The phone under the cursor; `None` until somebody moves it.
    pub selected: Option<PhoneId>,
    /// Whether the details of that phone are shown.
    pub details: bool,
    /// Octets a second of all phones together, a sample a second, the latest last.
    pub history: VecDeque<u64>,
    sampled: Option<Timestamp>,
    /// The simulated phones were let loose.
    pub(super) phones_begun: bool,
}

impl TransferDraft {
    /// The phones of the table, in its order.
    pub fn rows(&self, fleet: &Fleet, now: Timestamp) -> Vec<PhoneId> {
        let mut phones: Vec<PhoneNow<'_>> =
            fleet.phones(now).filter(|phone| self.filter.takes(phone.stage())).collect();
        // All sorts are stable over the order of appearance.
        match self.sort {
            Sort::Urgency => phones.sort_by_key(|phone| phone.stage().urgency()),
            Sort::Appearance => {}
            Sort::Progress => phones.sort_by(|a, b| a.share().total_cmp(&b.share())),
            Sort::Mac => phones.sort_by_key(|phone| (phone.mac().is_none(), phone.mac())),
            Sort::Address => phones.sort_by_key(PhoneNow::address),
        }
        phones.iter().map(PhoneNow::id).collect()
    }

    /// The row of the cursor; `None` if the table is empty. A phone that left the table leaves the cursor at the top.
    pub fn row(&self, rows: &[PhoneId]) -> Option<usize> {
        let at = self.selected.and_then(|id| rows.iter().position(|row| *row == id));
        at.or((!rows.is_empty()).then_some(0))
    }

    /// The phone whose details are to be shown.
    pub fn current<'f>(&self, fleet: &'f Fleet, now: Timestamp) -> Option<PhoneNow<'f>> {
        let rows = self.rows(fleet, now);
        fleet.phone(*rows.get(self.row(&rows)?)?, now)
    }

    /// Take a sample of the throughput, once a second. Says whether one was taken.
    pub(super) fn sample(&mut self, fleet: &Fleet, now: Timestamp) -> bool {
        if self.sampled.is_some_and(|at| now.since(at) < SAMPLE) || fleet.is_empty() {
            return false;
        }
        self.sampled = Some(now);
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(throughput(fleet, now));
        true
    }
}

/// Octets a second of all phones together.
pub fn throughput(fleet: &Fleet, now: Timestamp) -> u64 {
    let sum: f64 =
        fleet.phones(now).filter(|phone| is_busy(phone.stage())).filter_map(|phone| phone.rate()).sum();
    // For the eye: whole octets, and no more than a u64 holds.
    if sum.is_finite() && sum > 0.0 { format!("{sum:.0}").parse().unwrap_or(u64::MAX) } else { 0 }
}

/// Whether a phone at that stage must not be disturbed.
pub fn is_busy(stage: Stage) -> bool {
    matches!(stage, Stage::Loading | Stage::WritingFlash)
}

/// The phones that must not be disturbed, in words: `10.1.1.20 7945G 001B2AAA0001: writing flash…`.
pub fn busy_phones(fleet: &Fleet, now: Timestamp) -> Vec<String> {
    in_words(fleet, now, |phone| is_busy(phone.stage()))
}

/// The phones that are not back, in words.
pub fn phones_not_back(fleet: &Fleet, now: Timestamp) -> Vec<String> {
    in_words(fleet, now, |phone| !matches!(phone.stage(), Stage::Back | Stage::Seen))
}

fn in_words(fleet: &Fleet, now: Timestamp, wanted: impl Fn(&PhoneNow<'_>) -> bool) -> Vec<String> {
    let words = |phone: PhoneNow<'_>| {
        let model = if let [model] = phone.models() { format!(" {model}") } else { String::new() };
        let mac = phone.mac().map(|mac| format!(" {mac}")).unwrap_or_default();
        let doing = match (phone.stage(), phone.file_of()) {
            (Stage::Loading, Some((nth, all))) => format!("loading file {nth} of {all}"),
            (Stage::WritingFlash, _) => "writing flash: do not unplug".to_owned(),
            (stage, _) => stage.to_string(),
        };
        format!("{}{model}{mac}: {doing}", phone.address())
    };
    fleet.phones(now).filter(|phone| wanted(phone)).map(words).collect()
}
