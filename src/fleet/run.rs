//! One attempt of a phone to take a load: which files it asked for, which it has whole, what stood in its way.
//!
//! Facts only, with the moment of each; no conclusion that depends on the time of asking is kept here.

use std::sync::Arc;

use crate::error::printable;
use crate::journal::ServedLoad;
use crate::timestamp::Timestamp;

use super::requests::fold;

/// More missing names of one attempt than this say nothing new.
const MISSING: usize = 8;
/// Longest text from outside that is kept.
pub(super) const TEXT: usize = 80;

/// An attempt. The default value is "none yet".
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Run {
    pub(super) course: Course,
    /// The phone named itself since this attempt began: it is this phone's and no stranger's at the same address.
    pub(super) named: bool,
    /// The default load file that it asked for; tells the model.
    pub(super) default_load_file: Option<String>,
    /// The load whose files it takes, if it is one of the served.
    pub(super) load: Option<Arc<ServedLoad>>,
    /// One entry for each image of `load`.
    pub(super) images: Vec<ImageFacts>,
    /// The list asked for last, with whether it is a default load file.
    pub(super) list: Option<(String, bool)>,
    /// How often a list arrived whole since an image was last asked for.
    pub(super) lists_whole: u32,
    /// Firmware files that were asked for and are not in the set.
    pub(super) missing: Vec<Missing>,
    /// How often it had all images and began once more.
    pub(super) rounds: u32,
    /// It began once more, and has not asked for an image since.
    pub(super) round_again: bool,
    /// When the last octet of the last image was acknowledged.
    pub(super) served_at: Option<Timestamp>,
    /// When it asked for its settings after that.
    pub(super) back_at: Option<Timestamp>,
    /// How the latest transfer of a firmware file ended, if not well.
    pub(super) mishap: Option<Mishap>,
}

/// Whether the phone is at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Course {
    /// Neither a list nor an image was asked for.
    #[default]
    NotBegun,
    /// It asked for a list or an image.
    UnderWay,
    /// It asked for its settings before it had everything: it runs a load that it had before.
    Left,
}

/// What is known of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ImageFacts {
    pub(super) asked: bool,
    pub(super) whole: bool,
    /// Octets acknowledged.
    pub(super) octets: u64,
}

/// A firmware file that the set does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    /// As it was asked for.
    pub(super) name: String,
    pub(super) part: Part,
}

/// What a file is to an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The default load file or the manifest.
    List,
    /// The image with this index, or one of a load that is not known.
    Image(Option<usize>),
    /// Settings and all else.
    Beside,
}

/// A transfer that ended before its file was whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mishap {
    /// The phone stopped answering.
    Unanswered,
    /// The phone ended it, after some octets.
    Aborted { code: u16, message: String },
    /// A fault of this program.
    Faulted,
}

impl Run {
    /// A new attempt of the same phone.
    fn begin(default_load_file: Option<String>) -> Self {
        Self { course: Course::UnderWay, default_load_file, ..Self::default() }
    }

    /// A list or an image was asked for.
    pub(super) fn has_begun(&self) -> bool {
        self.course != Course::NotBegun
    }

    /// A list is asked for. Answers the attempt before, if this begins a new one.
    pub(super) fn ask_list(
        &mut self,
        name: &str,
        default: bool,
        load: Option<&Arc<ServedLoad>>,
    ) -> Option<Self> {
        let other_load = self.load.is_some() && load.is_some() && self.load.as_ref() != load;
        let mut before = None;
        let left = self.course == Course::Left;
        if !self.has_begun() || self.back_at.is_some() || (left && default) || other_load {
            before = Some(std::mem::replace(self, Self::begin(self.default_load_file.clone())));
        } else if self.served_at.is_some() {
            self.rounds = self.rounds.saturating_add(1);
            self.round_again = true;
            self.lists_whole = 0;
            self.missing.clear();
        }
        // Whatever it had, it begins again with the first image.
        self.served_at = None;
        self.course = Course::UnderWay;
        self.mishap = None;
        self.take_load(load);
        self.images.fill(ImageFacts::default());
        self.missing.retain(|missing| missing.part != Part::List);
        self.list = Some((printable(name, TEXT), default));
        if default {
            self.default_load_file = Some(printable(name, TEXT));
        }
        before
    }

    /// An image is asked for. Answers the attempt before, if this begins a new one.
    pub(super) fn ask_image(&mut self, name: &str, image: Option<(&Arc<ServedLoad>, usize)>) -> Option<Self> {
        let other_load =
            self.load.is_some() && image.is_some_and(|(load, _)| self.load.as_ref() != Some(load));
        let mut before = None;
        if !self.has_begun() || self.back_at.is_some() || other_load {
            before = Some(std::mem::replace(self, Self::begin(self.default_load_file.clone())));
        }
        self.course = Course::UnderWay;
        self.mishap = None;
        self.round_again = false;
        self.lists_whole = 0;
        self.served_at = None;
        let folded = fold(name);
        self.missing.retain(|missing| fold(&missing.name) != folded);
        if let Some((load, index)) = image {
            self.take_load(Some(load));
            if let Some(facts) = self.images.get_mut(index) {
                *facts = ImageFacts { asked: true, ..ImageFacts::default() };
            }
        }
        before
    }

    fn take_load(&mut self, load: Option<&Arc<ServedLoad>>) {
        if let Some(load) = load
            && self.load.as_ref() != Some(load)
        {
            self.images = vec![ImageFacts::default(); load.images.len()];
            self.load = Some(Arc::clone(load));
        }
    }

    /// Settings are asked for: the phone runs a load, this one or one that it had before.
    pub(super) fn ask_settings(&mut self, at: Timestamp) {
        self.named = true;
        if self.served_at.is_some() {
            self.back_at.get_or_insert(at);
        } else if self.has_begun() && self.back_at.is_none() {
            self.course = Course::Left;
        }
    }

    /// A firmware file was asked for that the set does not have.
    pub(super) fn miss(&mut self, name: &str, part: Part) {
        let folded = fold(name);
        self.missing.retain(|missing| fold(&missing.name) != folded);
        if self.missing.len() < MISSING {
            self.missing.push(Missing { name: printable(name, TEXT), part });
        }
    }

    /// The list arrived whole.
    pub(super) fn list_whole(&mut self) {
        self.lists_whole = self.lists_whole.saturating_add(1);
    }

    /// An image arrived whole.
    pub(super) fn image_whole(&mut self, index: usize, at: Timestamp) {
        let Some(load) = &self.load else { return };
        if let (Some(facts), Some(image)) = (self.images.get_mut(index), load.images.get(index)) {
            *facts = ImageFacts { asked: true, whole: true, octets: image.octets };
        }
        if self.has_everything() {
            self.served_at.get_or_insert(at);
        }
    }

    /// So many octets of an image were acknowledged. Never more than it has: as netascii it is longer on the wire.
    pub(super) fn image_so_far(&mut self, index: usize, octets: u64) {
        let size = self.load.as_ref().and_then(|load| load.images.get(index)).map_or(0, |image| image.octets);
        if let Some(facts) = self.images.get_mut(index) {
            facts.octets = facts.octets.max(octets.min(size));
        }
    }

    /// What was taken for whole was not: the conclusions from it go too.
    pub(super) fn image_not_whole(&mut self, index: usize, octets: u64) {
        if let Some(facts) = self.images.get_mut(index) {
            facts.whole = false;
            facts.octets = 0;
            self.image_so_far(index, octets);
            if self.back_at.take().is_some() {
                self.course = Course::Left;
            }
            self.served_at = None;
        }
    }

    /// The last image is whole, and so is each that was asked for. Phones ask in the manifest's order, so an image
    /// that was never asked for before the last one is one that this phone did not need, or took before the
    /// program was started.
    fn has_everything(&self) -> bool {
        self.images.last().is_some_and(|last| last.whole)
            && self.images.iter().all(|image| image.whole || !image.asked)
            && self.missing.is_empty()
    }

    /// Octets acknowledged of the images.
    pub(super) fn octets(&self) -> u64 {
        self.images.iter().fold(0, |sum, image| sum.saturating_add(image.octets))
    }

    /// Octets of all images.
    pub(super) fn total(&self) -> u64 {
        self.load.iter().flat_map(|load| &load.images).fold(0, |sum, image| sum.saturating_add(image.octets))
    }
}
