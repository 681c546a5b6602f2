//! A phone's stage in a technician's words, and what to do now.

use std::time::Duration;

use super::now::PhoneNow;
use super::phone::Lease;
use super::requests::{Named, named};
use super::run::{Course, Mishap, Part};
use super::stage::Stage;
use crate::phone_pages::Proof;

impl PhoneNow<'_> {
    /// What is happening, in one line without a full stop. The words alone tell the story.
    pub fn words(&self) -> String {
        let file = self.file().unwrap_or("a file");
        match self.stage() {
            Stage::Seen => self.seen(),
            Stage::Loading => self.loading(file),
            Stage::WritingFlash => "all files served; writing flash and restarting: do not unplug".to_owned(),
            Stage::Back => match self.proof() {
                None => "back: it restarted and asks for its settings".to_owned(),
                Some((_, Proof::Nothing(silence))) => format!("back; {}", silence.words()),
                Some((_, proof)) => proof.words(self.laptop()),
            },
            Stage::Rejected => {
                let times = match self.phone.run.lists_whole {
                    0 | 1 => "once".to_owned(),
                    times => format!("{times} times"),
                };
                format!("rejects the load: fetched {} {times} and asked for no image", self.list())
            }
            Stage::MissingFile => self.wants_missing(),
            Stage::Stuck if self.phone.run.served_at.is_some() => {
                format!("all files served, and not a word for {}", self.quiet())
            }
            Stage::Stuck => match &self.phone.run.mishap {
                Some(Mishap::Aborted { code, message }) if !message.is_empty() => {
                    format!("stuck: ended {file} with error {code} ({message}), {} ago", self.quiet())
                }
                Some(Mishap::Aborted { code, .. }) => {
                    format!("stuck: ended {file} with error {code}, {} ago", self.quiet())
                }
                _ => format!("stuck after {file}: asked for nothing for {}", self.quiet()),
            },
            Stage::Silent => format!("silent in the middle of {file} for {}", self.quiet()),
            Stage::RoundAgain => format!("had all images and asks for {} again", self.list()),
            Stage::Ignores => {
                let since = self.phone.configured.unwrap_or(self.phone.heard);
                format!(
                    "has a configuration that names the load, and has not asked for it for {}",
                    span(self.now.since(since))
                )
            }
        }
    }

    fn seen(&self) -> String {
        let run = &self.phone.run;
        if run.course == Course::Left {
            let whole = run.images.iter().filter(|image| image.whole).count();
            return match run.images.len() {
                0 => "started the load that it had before".to_owned(),
                all => format!("started the load that it had before, with {whole} of {all} images taken"),
            };
        }
        match self.phone.asked.as_str() {
            "" => match self.phone.lease {
                Some(Lease::Asked) => "asks DHCP for an address".to_owned(),
                Some(Lease::Given) => "has its address so far".to_owned(),
                None => "seen; it asks for no load yet".to_owned(),
            },
            _ if self.phone.configured.is_some() => {
                "has a configuration that names the load; it asks for it now, or not at all".to_owned()
            }
            // A server that is busy: it asked for one, and has to ask again.
            asked if matches!(named(asked), Named::DefaultLoadFile | Named::Manifest | Named::Image) => {
                format!("seen; it asks for {asked}")
            }
            asked => format!("seen; it asks for {asked} and for no load yet"),
        }
    }

    fn loading(&self, file: &str) -> String {
        let words = match (self.phone.loading(), self.file_of()) {
            (Some(_), Some((nth, all))) => format!("loading file {nth} of {all}: {file}"),
            (Some(_), None) => format!("loading {file}"),
            (None, Some((nth, all))) => {
                format!("has file {nth} of {all}, {file}; the next comes when it is written")
            }
            (None, None) => format!("has {file}; the next comes when it is written"),
        };
        match self.rounds() {
            0 => words,
            rounds => format!("{words} (round {})", rounds.saturating_add(1)),
        }
    }

    fn wants_missing(&self) -> String {
        let run = &self.phone.run;
        let Some(missing) = run.missing.last() else {
            return "asks for a file that is not served".to_owned();
        };
        let name = &missing.name;
        match self.asker().filter(|_| self.default_load_file() == Some(name)) {
            Some(asker) if self.serves_family(&asker.family) => {
                format!("asks for {name}, which the load for family {} should have and has not", asker.family)
            }
            Some(asker) => format!(
                "asks for {name}: a {} of family {}, and no load for that family is served",
                asker.models.join(" or "),
                asker.family
            ),
            None => format!("asks for {name}, which is not among the files served"),
        }
    }

    fn serves_family(&self, family: &str) -> bool {
        self.fleet.loads.iter().any(|load| load.family == family)
    }

    fn list(&self) -> &str {
        self.phone.run.list.as_ref().map_or("the default load file", |(name, _)| name)
    }

    fn quiet(&self) -> String {
        let since = self.phone.loading().map_or(self.phone.heard, |transfer| transfer.heard);
        span(self.now.since(since))
    }

    /// What to do now, likeliest help first; each line is one thing to do. Empty when there is nothing to do.
    pub fn advice(&self) -> Vec<String> {
        match self.stage() {
            Stage::Seen if self.phone.run.course == Course::Left => lines(&[
                "The reset was cut short: factory-reset this phone again and let it finish.",
                "Leave its power and its network cable alone until it is back.",
            ]),
            Stage::Seen if self.phone.configured.is_some() => {
                lines(&["Wait: a phone that heeds its configuration asks for the load within a few minutes."])
            }
            Stage::Seen => {
                lines(&["Factory-reset this phone, if it is one to recover: only then it asks for a load."])
            }
            Stage::Loading if self.rounds() > 0 => lines(&[
                "Leave its power on: it takes the whole load once more.",
                "If it begins a third time, its flash or its power supply is bad.",
            ]),
            Stage::Loading | Stage::Back => Vec::new(),
            Stage::WritingFlash => lines(&[
                "Do not unplug it: losing power now can leave it dead for good.",
                "Wait for it to restart and ask for its settings; this takes minutes.",
            ]),
            Stage::Rejected => self.rejected(),
            Stage::MissingFile => self.missing_file(),
            Stage::Stuck if self.phone.run.served_at.is_some() => lines(&[
                "Look at its screen first: while it says Upgrading, leave its power on.",
                "If it starts normally, it may ask another TFTP server already: see whether option 150 was switched back.",
                "If it is dark and does nothing, factory-reset it again.",
            ]),
            Stage::Stuck => lines(&[
                "Look at its screen: while it writes an image, wait and leave its power on.",
                "If it says Auth Fail or Checksum error, check the load with `loadlift inspect`.",
                "Check its cable (the socket marked SW, not PC), its switch port and its VLAN.",
                "If nothing moves for ten minutes, factory-reset it again.",
            ]),
            Stage::Silent => lines(&[
                "Check its network cable and its power: was it unplugged?",
                "Check that the firewall of this computer lets UDP through on every port, not on 69 alone, or serve with `--single-port`.",
                "If it never gets past the first block, try `--plain`.",
                "Then factory-reset it again: it begins with the first file.",
            ]),
            Stage::Ignores => lines(&[
                "Look on the phone which load it runs (Settings > Model Information): if it is this one, nothing is left to do.",
                "One with a trust list of a call manager may heed that one alone: erase the list, or reset the phone.",
                "Or factory-reset it: then its loader asks for the load, whatever its configuration says.",
            ]),
            Stage::RoundAgain => lines(&[
                "Do not unplug it while it loads: lost power while it wrote its flash is the likeliest cause.",
                "A 7970 or 7971 needs its power brick; on inline power it can restart in the middle.",
                "If it goes round a third time, check the images with `loadlift inspect`, then try another load of the window.",
            ]),
        }
    }

    fn rejected(&self) -> Vec<String> {
        let family = self.family().map_or(String::new(), |family| format!(" for family {family}"));
        vec![
            format!(
                "If this phone runs a load before 8.3(3), it does not know the key of this one: serve the intermediate load 8.5(2){family}."
            ),
            format!(
                "If 8.5(2) is what you serve, the phone may be built too late for it (its screen can say `Load rejected HC`): serve a 9.x load{family}."
            ),
            "Leave it connected: it asks again every two minutes or so, and takes the right load by itself."
                .to_owned(),
        ]
    }

    fn missing_file(&self) -> Vec<String> {
        let Some(missing) = self.phone.run.missing.last() else { return Vec::new() };
        let other = self.asker().filter(|asker| !self.serves_family(&asker.family));
        match (missing.part, other) {
            (Part::List, Some(asker)) => vec![
                format!("Add a load for family {} ({}) and serve again.", asker.family, asker.models.join(", ")),
                "Or take this phone off the bench: what is served cannot help it.".to_owned(),
            ],
            (Part::List, None) => vec![
                format!("Add a load that has {}, and serve again.", missing.name),
                "If it is the load that CUCM hands out, reset the phone first: it has to take the intermediate load.".to_owned(),
            ],
            _ => vec![
                format!("The load is not complete: add {}, or fetch the archive again.", missing.name),
                "`loadlift inspect` names every file that a load lacks.".to_owned(),
                "Do not mix the files of two releases in one folder.".to_owned(),
            ],
        }
    }
}

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

/// `45 s`, `3 min`, `2 h`.
fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}
