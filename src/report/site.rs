//! Several sessions of one site as one report: a phone that took part in more than one is counted once, as it stood
//! in the last.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Format, PhoneReport, Report, csv, html, markdown};
use crate::fleet::{Mac, Stage};

/// What was done in several sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct SiteReport {
    /// The sessions, the first one first.
    pub sessions: Vec<Report>,
    /// The phones of all of them, each once.
    pub phones: Vec<SitePhone>,
}

/// A phone of a site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SitePhone {
    /// The session in which it was seen last: an index into [`SiteReport::sessions`].
    pub session: usize,
    /// In how many sessions it was seen.
    pub seen_in: usize,
    /// What became of it in the last.
    #[serde(flatten)]
    pub phone: PhoneReport,
}

impl SiteReport {
    /// Merge reports. A phone that never named itself cannot be recognised, and counts once a session.
    pub fn of(mut sessions: Vec<Report>) -> Self {
        sessions.sort_by_key(|report| report.began);
        let mut phones: Vec<SitePhone> = Vec::new();
        let mut known: BTreeMap<Mac, usize> = BTreeMap::new();
        for (session, report) in sessions.iter().enumerate() {
            for phone in &report.phones {
                let fresh = SitePhone { session, seen_in: 1, phone: phone.clone() };
                let at = phone.mac.map(|mac| *known.entry(mac).or_insert(phones.len()));
                match at.and_then(|at| phones.get_mut(at)) {
                    Some(earlier) => *earlier = SitePhone { seen_in: earlier.seen_in + 1, ..fresh },
                    None => phones.push(fresh),
                }
            }
        }
        Self { sessions, phones }
    }

    /// The report in a format.
    pub fn text(&self, format: Format) -> String {
        match format {
            Format::Markdown => markdown::site(self),
            Format::Csv => {
                csv::write(self.phones.iter().map(|phone| (&self.sessions[phone.session], &phone.phone)))
            }
            Format::Json => {
                serde_json::to_string_pretty(self).expect("strings, numbers and lists become JSON")
            }
            Format::Html => html::site(self),
        }
    }

    /// The same without serial numbers, which identify a phone as its MAC does.
    #[must_use]
    pub fn without_serials(self) -> Self {
        Self::of(self.sessions.into_iter().map(Report::without_serials).collect())
    }

    /// Phones that are back.
    pub fn back(&self) -> usize {
        self.phones.iter().filter(|phone| phone.phone.stage == Stage::Back).count()
    }

    /// The places that the sessions name, each once.
    pub fn places(&self) -> Vec<&str> {
        let mut places: Vec<&str> = Vec::new();
        for place in self.sessions.iter().filter_map(|report| report.place.as_deref()) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        places
    }
}
