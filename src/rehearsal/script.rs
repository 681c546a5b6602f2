//! What a simulated phone does, one act after another (PHONES.md 4.1).

use std::collections::VecDeque;
use std::net::IpAddr;

use super::configured;
use super::life::Span;
use super::phone::Character;
use super::temperament::Manner;
use crate::firmware::manifest::Manifest;
use crate::fleet::settings;

/// One act.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Waits some time of its life.
    Wait(&'static Span),
    /// Fetches a file.
    Fetch(Fetch),
    /// Has another address from now on.
    Move(IpAddr),
    /// Is at its end.
    End(End),
}

/// A file to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fetch {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// What a file is to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Settings {
        /// Asked for only if the file before it was refused.
        after_refusal: bool,
    },
    /// The default load file.
    List,
    Image,
    /// Asked for, but the answer meets a closed port: what a phone does after a refused image.
    Glance,
}

/// How it ended for a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It has all images, restarted and asked for its settings.
    Back,
    /// It does not trust the load, and asked for its list in two pairs.
    Rejected,
    /// Its cable was pulled in the middle of this image.
    Unplugged(String),
    /// It asked, and said nothing more.
    Mute,
    /// It was refused this file of the load.
    Missing(String),
    /// Its list is not one that names images.
    Unreadable,
    /// It was not reset, and goes on with the load that it has.
    Ignored,
    /// It got no answer for this file, over and over.
    Unanswered(String),
}

/// A file that came whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flashed {
    /// The name that it was asked for by.
    pub name: String,
    /// Its size in octets.
    pub octets: u64,
    /// SHA-256 of its octets.
    pub sha256: [u8; 32],
}

/// From power-up: what happened before the reset, the reset, and the default load file.
pub(super) fn opening(who: &Character, manner: Manner, life: &'static super::life::Life) -> VecDeque<Act> {
    if manner.heeds.is_some() {
        return configured::opening(who, life);
    }
    let mut script = VecDeque::from([Act::Wait(&life.arrival)]);
    if manner.moves {
        // It ran before it was reset, so its MAC is known from its first address.
        script.extend(start(who, life));
    }
    script.push_back(Act::Wait(&life.after_reset));
    if manner.rejects {
        for pause in [&life.second_ask, &life.ask_again, &life.second_ask] {
            script.push_back(Act::Fetch(list(who)));
            script.push_back(Act::Wait(pause));
        }
        script.push_back(Act::Fetch(list(who)));
        script.push_back(Act::End(End::Rejected));
    } else {
        script.push_back(Act::Fetch(list(who)));
    }
    script
}

/// Once more from the default load file, as after a restart in the middle.
pub(super) fn again(who: &Character, life: &'static super::life::Life) -> VecDeque<Act> {
    VecDeque::from([Act::Wait(&life.ask_again), Act::Fetch(list(who))])
}

/// After the list: its images in its order, strictly one after another, then the restart and the settings.
pub(super) fn load(
    who: &Character,
    manner: Manner,
    life: &'static super::life::Life,
    manifest: &Manifest,
) -> VecDeque<Act> {
    let mut script = VecDeque::new();
    for (nth, image) in manifest.images.iter().enumerate() {
        if nth > 0 {
            script.push_back(Act::Wait(&life.between_files));
        }
        let name = if manner.capital_j { capital_j(image) } else { image.clone() };
        script.push_back(Act::Fetch(Fetch { name, kind: Kind::Image }));
    }
    script.push_back(Act::Wait(&life.restart));
    if manner.moves {
        script.push_back(Act::Move(who.addresses[1]));
    }
    script.extend(start(who, life));
    script.push_back(Act::End(End::Back));
    script
}

/// The requests of a normal start.
pub(super) fn start(who: &Character, life: &'static super::life::Life) -> impl Iterator<Item = Act> {
    settings().iter().filter(|request| request.at_start).flat_map(|request| {
        let kind = Kind::Settings { after_refusal: request.after_refusal };
        let fetch = Fetch { name: request.name_for(who.mac), kind };
        [Act::Wait(&life.before_settings), Act::Fetch(fetch)]
    })
}

fn list(who: &Character) -> Fetch {
    Fetch { name: who.default_load_file.clone(), kind: Kind::List }
}

/// `jar45…` as `Jar45…`; other names stay.
fn capital_j(image: &str) -> String {
    match image.strip_prefix('j') {
        Some(rest) => format!("J{rest}"),
        None => image.to_owned(),
    }
}
