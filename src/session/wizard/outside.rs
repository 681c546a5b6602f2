//! What the wizard fetches from named servers, and what it asks of phones.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::engine::Engine;
use super::places;
use crate::fetch::News;
use crate::firmware::load::Reading;
use crate::firmware::problem::Problem;
use crate::fleet::Mac;
use crate::journal::Option150;
use crate::phone_pages::{Facts, Proof};
use crate::platform::clock;
use crate::session::pages;
use crate::session::staging::{self, Plan, Source, Staging};
use crate::store::kit;
use crate::wizard::{Mode, Msg, Ticket};

/// How often progress is told.
const TOLD: Duration = Duration::from_millis(200);

/// Whether what was typed is a web address.
pub(super) fn is_address(typed: &[String]) -> bool {
    matches!(typed, [one] if !matches!(Source::parse(one), Ok(Source::Path(_))))
}

impl Engine {
    /// Fetch a load into the kit of this program, and read it from there.
    pub(super) fn fetch(&mut self, ticket: Ticket, typed: &str) {
        self.stop_fetching();
        let begun = Source::parse(typed).map_err(|error| Problem::of(&error)).and_then(|source| {
            let into = places::kit_folder().map_err(|error| Problem::of(&error))?;
            let shown = source.shown();
            let mut plan = Plan::new(vec![source], into.clone());
            plan.reach = self.options.reach;
            let news = staging::start(plan).map_err(|error| Problem::of(&error))?;
            Ok((news, into, shown))
        });
        let (mut news, into, shown) = match begun {
            Ok(begun) => begun,
            Err(problem) => return self.answer(Msg::LoadsRead(ticket, Arc::new(failed(problem)))),
        };
        let answers = self.answers.clone();
        let _ = answers.send(Msg::Fetching(ticket, format!("Asking {shown}.")));
        let task = tokio::spawn(async move {
            let start = clock::now();
            let (mut told, mut resumed) = (start, 0);
            while let Some(piece) = news.recv().await {
                let words = match piece {
                    Staging::News(_, News::Progress { octets, total }) => {
                        let now = clock::now();
                        if now.saturating_duration_since(told) < TOLD {
                            continue;
                        }
                        told = now;
                        progress(octets, resumed, total, now.saturating_duration_since(start))
                    }
                    Staging::News(_, News::Resumed { from }) => {
                        resumed = from;
                        format!("Going on from {}.", megabytes(from))
                    }
                    Staging::News(_, News::Redirected { to }) => format!("It leads to {to}."),
                    Staging::News(_, News::Retry { why, .. }) => format!("Trying again: {why}."),
                    Staging::Checking(_) => "Reading it.".to_owned(),
                    // A wizard stages one address, without sums and without programs.
                    Staging::Began(_)
                    | Staging::Program(_)
                    | Staging::Refused(..)
                    | Staging::SumUnused(_) => continue,
                    Staging::Done(_, staged) => {
                        let paths: Vec<PathBuf> = staged.iter().map(|file| into.join(&file.path)).collect();
                        let read = tokio::task::spawn_blocking(move || places::read_paths(&paths)).await;
                        let _ = answers.send(Msg::LoadsRead(ticket, Arc::new(read.unwrap_or_default())));
                        return;
                    }
                    Staging::Failed(_, problem) => {
                        let _ = answers.send(Msg::LoadsRead(ticket, Arc::new(failed(problem))));
                        return;
                    }
                };
                let _ = answers.send(Msg::Fetching(ticket, words));
            }
        });
        self.fetching = Some(task.abort_handle());
    }

    pub(super) fn stop_fetching(&mut self) {
        if let Some(task) = self.fetching.take() {
            task.abort();
        }
    }

    /// Ask phones in the background; a rehearsal's phones are no further than this program.
    pub(super) fn ask_phones(&self, phones: Vec<(IpAddr, Option<Mac>)>, mode: Mode) {
        if mode == Mode::Rehearse {
            for (address, mac) in phones {
                self.answer(Msg::PhoneSaid(address, self.made_up_proof(address, mac)));
            }
            return self.answer(Msg::PhonesAsked);
        }
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            let asked: Vec<pages::Asked> =
                phones.into_iter().map(|(address, mac)| pages::Asked { address, mac }).collect();
            let told = pages::ask(&asked, pages::PORT, |phone, proof| {
                let _ = answers.send(Msg::PhoneSaid(phone.address, proof));
            });
            if let Err(error) = told {
                tracing::warn!(%error, "the phones were not asked");
            }
            let _ = answers.send(Msg::PhonesAsked);
        });
    }

    /// What a simulated phone that took its load would say, once option 150 names what it named before.
    fn made_up_proof(&self, address: IpAddr, mac: Option<Mac>) -> Proof {
        let phone = self.session.fleet().at_address(address, self.session.now());
        let version = phone.and_then(|phone| phone.load().map(str::to_owned));
        let model = phone.and_then(|phone| phone.models().first().map(|model| format!("CP-{model}")));
        let tftp = match self.told.report.report().option150.after.map(|after| after.value) {
            Some(Option150::Addresses(addresses)) => addresses,
            _ => Vec::new(),
        };
        Proof::Says(Facts { mac, version, model, tftp, ..Facts::default() })
    }
}

fn failed(problem: Problem) -> Reading {
    Reading { loads: Vec::new(), problems: vec![problem] }
}

/// `2.1 of 5.2 MB (40 %), 1.3 MB/s, 3 s left`.
fn progress(octets: u64, resumed: u64, total: Option<u64>, time: Duration) -> String {
    let rate = octets.saturating_sub(resumed) as f64 / time.as_secs_f64().max(0.001);
    let speed = format!("{:.1} MB/s", rate / 1e6);
    let Some(total) = total.filter(|&total| total > 0) else {
        return format!("{}, {speed}", megabytes(octets));
    };
    let percent = octets.min(total) * 100 / total;
    let left = total.saturating_sub(octets) as f64 / rate.max(1.0);
    format!("{:.1} of {} ({percent} %), {speed}, {left:.0} s left", octets as f64 / 1e6, megabytes(total))
}

fn megabytes(octets: u64) -> String {
    format!("{:.1} MB", octets as f64 / 1e6)
}

/// Where the loads of this program's own kit lie.
pub(super) fn own_loads() -> Option<PathBuf> {
    places::kit_folder().ok().map(|folder| folder.join(kit::LOADS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_from_a_path() {
        let typed = |text: &str| is_address(&[text.to_owned()]);
        assert!(typed("https://mirror.example/x.zip") && typed(" HTTP://x.example/y") && typed("https://"));
        assert!(!typed("/home/x/https.zip") && !typed("C:\\x.zip") && !typed("http.zip"));
    }

    #[test]
    fn progress_says_how_far_how_fast_and_how_long_still() {
        let words = progress(2_000_000, 1_000_000, Some(4_000_000), Duration::from_secs(2));
        assert_eq!(words, "2.0 of 4.0 MB (50 %), 0.5 MB/s, 4 s left");
    }
}
