//! One phone at one moment: the questions that a table, a log line or a report asks.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::phone_pages::Proof;
use crate::timestamp::Timestamp;

use super::mac::Mac;
use super::models::Asker;
use super::phone::{Phone, Transfer};
use super::run::{Course, Mishap, Part};
use super::stage::Stage;
use super::{Fleet, PhoneId};

/// A phone as it stands at the moment that was asked about. Cheap: conclusions are drawn when asked for.
#[derive(Debug, Clone, Copy)]
pub struct PhoneNow<'a> {
    pub(super) id: PhoneId,
    pub(super) phone: &'a Phone,
    pub(super) fleet: &'a Fleet,
    pub(super) now: Timestamp,
}

/// One image of the load that a phone takes, in this attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageNow<'a> {
    /// Its file name.
    pub name: &'a str,
    /// Its size in octets.
    pub total: u64,
    /// Octets that the phone acknowledged.
    pub octets: u64,
    /// Whether the phone asked for it.
    pub asked: bool,
    /// Whether it was acknowledged to its last octet.
    pub whole: bool,
}

impl<'a> PhoneNow<'a> {
    /// Its number within the session.
    pub fn id(&self) -> PhoneId {
        self.id
    }

    /// Its address, the latest if it had several.
    pub fn address(&self) -> IpAddr {
        self.phone.address
    }

    /// Addresses that it had before, the latest last.
    pub fn earlier_addresses(&self) -> &'a [IpAddr] {
        &self.phone.earlier
    }

    /// Its MAC, once it named itself in a request for its settings, or the neighbour table named it.
    pub fn mac(&self) -> Option<Mac> {
        self.phone.mac
    }

    /// The default load file that it asked for.
    pub fn default_load_file(&self) -> Option<&'a str> {
        self.phone.run.default_load_file.as_deref()
    }

    /// The models that it can be: those that ask for that file, or the one that it names itself in DHCP; empty while
    /// unknown. What it asks for counts more, and its own word tells models apart that ask for the same.
    pub fn models(&self) -> &'a [String] {
        match self.asker() {
            Some(asker) if self.phone.told.iter().all(|told| !asker.models.contains(told)) => &asker.models,
            _ => &self.phone.told,
        }
    }

    /// Its family number, from the load that it takes or the default load file that it asked for.
    pub fn family(&self) -> Option<&'a str> {
        let taken = self.phone.run.load.as_ref().map(|load| load.family.as_str());
        let asked = || self.asker().map(|asker| asker.family.as_str());
        let told = || self.fleet.models.family_of(self.phone.told.first()?);
        taken.or_else(asked).or_else(told)
    }

    pub(super) fn asker(&self) -> Option<&'a Asker> {
        self.fleet.models.asker(self.default_load_file()?)
    }

    /// The load that it takes, if it is one of the served: `SCCP45.8-5-2S`.
    pub fn load(&self) -> Option<&'a str> {
        self.phone.run.load.as_ref().map(|load| load.load.as_str())
    }

    /// Its stage at this moment.
    pub fn stage(&self) -> Stage {
        let run = &self.phone.run;
        let patience = self.fleet.patience;
        let longer = |since: Timestamp, millis: u64| self.now.since(since) > Duration::from_millis(millis);
        let going = if run.round_again { Stage::RoundAgain } else { Stage::Loading };
        if run.back_at.is_some() {
            Stage::Back
        } else if self.rejects() {
            Stage::Rejected
        } else if run.course != Course::UnderWay {
            if self.ignores() { Stage::Ignores } else { Stage::Seen }
        } else if !run.missing.is_empty() {
            Stage::MissingFile
        } else if let Some(transfer) = self.phone.loading() {
            match longer(transfer.heard, patience.within_file) {
                false => going,
                // Perhaps only its last ACK was lost, and it writes flash: whoever pulls the plug now can kill it.
                true if self.may_have_all(transfer) && !longer(transfer.heard, patience.writing_flash) => {
                    Stage::WritingFlash
                }
                true => Stage::Silent,
            }
        } else if let Some(since) = run.served_at {
            if longer(since.max(self.phone.heard), patience.writing_flash) {
                Stage::Stuck
            } else {
                Stage::WritingFlash
            }
        } else if run.mishap == Some(Mishap::Unanswered) {
            Stage::Silent
        } else if longer(self.phone.heard, patience.between_files) {
            Stage::Stuck
        } else {
            going
        }
    }

    /// Whether the last of its images is on its way to the last window, so that nothing may be missing but an ACK.
    fn may_have_all(&self, transfer: &Transfer) -> bool {
        let last = self.phone.run.images.len().checked_sub(1);
        matches!(transfer.part, Part::Image(index) if index.is_some() && index == last)
            && transfer.octets.saturating_sub(transfer.acked) <= transfer.flight
    }

    /// It fetched the list whole twice and asked for no image (PHONES.md 0, fact 4). A phone that took all images
    /// before verified the load, so there this is no refusal. Between two fetches of a manifest a phone starts its
    /// old load and asks for its settings; between two of the default load file it has nothing to start.
    fn rejects(&self) -> bool {
        let run = &self.phone.run;
        let of_default = run.list.as_ref().is_some_and(|(_, default)| *default);
        let left = run.course == Course::Left;
        // On the way by configuration it starts its old load in between, and may take long before it tries again.
        let gave_up = left && self.phone.configured.is_some() && self.is_quiet_since(self.phone.heard);
        let enough = if gave_up { 1 } else { 2 };
        run.lists_whole >= enough && run.rounds == 0 && run.missing.is_empty() && !(left && of_default)
    }

    /// It has a configuration that names the load, had time enough, and never asked for the load. Not one that began
    /// to take it: that one heeds the configuration, or was reset.
    fn ignores(&self) -> bool {
        let is_offered = self.phone.configured.filter(|_| !self.fleet.loads.is_empty());
        !self.phone.run.has_begun() && is_offered.is_some_and(|since| self.is_quiet_since(since))
    }

    fn is_quiet_since(&self, since: Timestamp) -> bool {
        self.now.since(since) > Duration::from_millis(self.fleet.patience.between_files)
    }

    /// The firmware file that runs now, or that it asked for last.
    pub fn file(&self) -> Option<&'a str> {
        if let Some(transfer) = self.phone.loading() {
            return Some(&transfer.file);
        }
        let run = &self.phone.run;
        match self.last_image() {
            Some(index) => run.load.as_ref()?.images.get(index).map(|image| image.name.as_str()),
            None => run.list.as_ref().map(|(name, _)| name.as_str()),
        }
    }

    fn last_image(&self) -> Option<usize> {
        self.phone.run.images.iter().rposition(|image| image.asked)
    }

    /// That file's place among the files that it takes, from 1, and how many they are: the default load file (or
    /// manifest) and the images. `None` while the load is not known.
    pub fn file_of(&self) -> Option<(usize, usize)> {
        let run = &self.phone.run;
        let load = run.load.as_ref()?;
        let nth = match self.phone.loading().map(|transfer| transfer.part) {
            Some(Part::Image(Some(index))) => index + 2,
            Some(_) => 1,
            None => self.last_image().map_or(1, |index| index + 2),
        };
        Some((nth, load.images.len() + 1))
    }

    /// The images of its load in the order in which phones ask for them, as its own row of check boxes shows them;
    /// none while the load is not known.
    pub fn images(&self) -> impl Iterator<Item = ImageNow<'a>> + use<'a> {
        let run = &self.phone.run;
        let named = run.load.iter().flat_map(|load| &load.images);
        named.zip(&run.images).map(|(image, facts)| ImageNow {
            name: &image.name,
            total: image.octets,
            octets: facts.octets.min(image.octets),
            asked: facts.asked,
            whole: facts.whole,
        })
    }

    /// Octets of the load's images that it acknowledged in this attempt.
    pub fn octets(&self) -> u64 {
        self.phone.run.octets()
    }

    /// Octets of all images of its load; 0 while the load is not known.
    pub fn total(&self) -> u64 {
        self.phone.run.total()
    }

    /// Share of the set that it has, 0 to 1, for a bar. 1 only once all is served.
    pub fn share(&self) -> f64 {
        let run = &self.phone.run;
        match self.total() {
            _ if run.served_at.is_some() => 1.0,
            0 => 0.0,
            total => (self.octets() as f64 / total as f64).min(0.999),
        }
    }

    /// Octets a second over the last ten seconds; `None` when there is too little to tell from.
    pub fn rate(&self) -> Option<f64> {
        self.phone.pace.rate(self.now)
    }

    /// How long until all files are served, at the recent pace; what the phone then writes to flash comes on top.
    /// `None` in the first seconds, in a pause, and when the phone is not loading.
    pub fn estimate(&self) -> Option<Duration> {
        (self.stage() == Stage::Loading)
            .then(|| self.phone.pace.estimate(self.now, self.total().saturating_sub(self.octets())))?
    }

    /// What its own web pages said since it is back, and when; `None` while they were not asked.
    pub fn proof(&self) -> Option<(Timestamp, &'a Proof)> {
        let back = self.phone.run.back_at?;
        let (at, proof) = self.phone.proof.as_ref()?;
        (*at >= back).then_some((*at, proof))
    }

    /// The address that phones are served from in this session, if it is known.
    pub fn laptop(&self) -> Option<Ipv4Addr> {
        self.fleet.laptop
    }

    /// Packets that had to be sent to it again, in all.
    pub fn retransmissions(&self) -> u64 {
        self.phone.sent_again()
    }

    /// Whether it ever acknowledged anything: then packets come through both ways.
    pub fn has_acknowledged(&self) -> bool {
        self.phone.acknowledges
    }

    /// How many of its transfers ended unanswered and without a single acknowledgement.
    pub fn unacknowledged(&self) -> u32 {
        self.phone.unacknowledged
    }

    /// When it last said anything.
    pub fn last_heard(&self) -> Timestamp {
        self.phone.heard
    }

    /// How often it had all images and began once more.
    pub fn rounds(&self) -> u32 {
        self.phone.run.rounds
    }

    /// Names of firmware files that it asked for and that the set does not have.
    pub fn missing(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.phone.run.missing.iter().map(|missing| missing.name.as_str())
    }
}
