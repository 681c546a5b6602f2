//! One phone: who it is, its attempt to take a load, and the transfers that run to it now.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use crate::error::printable;
use crate::journal::ServedLoad;
use crate::phone_pages::Proof;
use crate::timestamp::Timestamp;

use super::mac::Mac;
use super::pace::Pace;
use super::run::{Mishap, Part, Run, TEXT};

/// Earlier addresses that are remembered.
const ADDRESSES: usize = 8;
/// Transfers to one phone at one time. Phones ask strictly one after another (PHONES.md 4.2), so more than two are
/// leftovers of lost packets or the doing of something that is no phone.
const TRANSFERS: usize = 8;

/// A phone as the records show it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phone {
    pub(super) address: IpAddr,
    /// Addresses before this one, the latest last.
    pub(super) earlier: Vec<IpAddr>,
    pub(super) mac: Option<Mac>,
    pub(super) heard: Timestamp,
    /// The name that it asked for last.
    pub(super) asked: String,
    pub(super) run: Run,
    /// The attempt before, kept for when this one turns out to be another phone's.
    pub(super) before: Option<Run>,
    pub(super) transfers: VecDeque<Transfer>,
    /// Packets sent again in transfers that ended.
    pub(super) retransmissions: u64,
    pub(super) pace: Pace,
    /// What its own web pages said, and when they were asked.
    pub(super) proof: Option<(Timestamp, Proof)>,
    /// It acknowledged something once: packets come through both ways.
    pub(super) acknowledges: bool,
    /// Transfers that ended unanswered and without a single acknowledgement.
    pub(super) unacknowledged: u32,
    /// What the bench server did for it, if there is one.
    pub(super) lease: Option<Lease>,
    /// The model that it names itself in DHCP; one at most.
    pub(super) told: Vec<String>,
    /// When it first was given a configuration that names the load.
    pub(super) configured: Option<Timestamp>,
}

/// How far a phone is with DHCP on the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lease {
    /// It asks, and an address is set aside for it.
    Asked,
    /// It has its address.
    Given,
}

/// A running transfer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Transfer {
    pub(super) number: u64,
    pub(super) file: String,
    pub(super) part: Part,
    pub(super) octets: u64,
    pub(super) acked: u64,
    /// Octets that can be on their way without an ACK: a window of blocks.
    pub(super) flight: u64,
    pub(super) retransmissions: u32,
    /// When the phone was last heard in it.
    pub(super) heard: Timestamp,
    pub(super) standing: Standing,
}

/// What a later request says about a transfer that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing: it runs.
    Open,
    /// The phone asked for the file after it, so it must have this one; the last ACK was lost or is late.
    TakenForWhole,
    /// The phone began again. What becomes of this transfer says nothing about the new attempt.
    Superseded,
}

impl Phone {
    pub(super) fn new(address: IpAddr, at: Timestamp) -> Self {
        Self {
            address,
            earlier: Vec::new(),
            mac: None,
            heard: at,
            asked: String::new(),
            run: Run::default(),
            before: None,
            transfers: VecDeque::new(),
            retransmissions: 0,
            pace: Pace::default(),
            proof: None,
            acknowledges: false,
            unacknowledged: 0,
            lease: None,
            told: Vec::new(),
            configured: None,
        }
    }

    /// The phone said something.
    pub(super) fn heard(&mut self, at: Timestamp) {
        self.heard = self.heard.max(at);
    }

    /// It asked for a file by this name.
    pub(super) fn asks(&mut self, at: Timestamp, name: &str) {
        self.heard(at);
        self.asked = printable(name, TEXT);
    }

    /// It is found at another address.
    pub(super) fn moves_to(&mut self, address: IpAddr) {
        if self.address == address {
            return;
        }
        let left = std::mem::replace(&mut self.address, address);
        self.remember(left);
    }

    /// It had this address once.
    pub(super) fn remember(&mut self, address: IpAddr) {
        self.earlier.retain(|known| *known != address && *known != self.address);
        if address != self.address {
            self.earlier.push(address);
        }
        if self.earlier.len() > ADDRESSES {
            self.earlier.remove(0);
        }
    }

    /// A default load file or a manifest is asked for.
    pub(super) fn ask_list(&mut self, name: &str, default: bool, load: Option<&Arc<ServedLoad>>) {
        for transfer in self.open_transfers() {
            transfer.standing = Standing::Superseded;
        }
        if let Some(before) = self.run.ask_list(name, default, load) {
            self.new_attempt(before);
        }
    }

    /// An image is asked for.
    pub(super) fn ask_image(&mut self, at: Timestamp, name: &str, image: Option<(&Arc<ServedLoad>, usize)>) {
        let index = image.map(|(_, index)| index);
        let mut whole = Vec::new();
        for transfer in &mut self.transfers {
            transfer.standing = match (transfer.part, transfer.standing) {
                (Part::Image(Some(earlier)), Standing::Open) if Some(earlier) < index => {
                    whole.push(earlier);
                    Standing::TakenForWhole
                }
                // Even one that was asked for again: an image was asked for after it, so it is no sign of refusal.
                (Part::List, _) => Standing::TakenForWhole,
                (Part::Image(_), Standing::Open) => Standing::Superseded,
                (_, standing) => standing,
            };
        }
        for earlier in whole {
            self.run.image_whole(earlier, at);
        }
        if let Some(before) = self.run.ask_image(name, image) {
            self.new_attempt(before);
        }
    }

    /// Settings are asked for.
    pub(super) fn ask_settings(&mut self, at: Timestamp) {
        let last = self.run.images.len().checked_sub(1);
        let mut whole = None;
        for transfer in self.open_transfers() {
            transfer.standing = Standing::Superseded;
            if let Part::Image(Some(index)) = transfer.part
                && Some(index) == last
            {
                transfer.standing = Standing::TakenForWhole;
                whole = last;
            }
        }
        if let Some(last) = whole {
            self.run.image_whole(last, at);
        }
        self.run.ask_settings(at);
    }

    /// Another attempt took the place of `before`; transfers of `before` say nothing about it.
    fn new_attempt(&mut self, before: Run) {
        self.before = Some(before);
        for transfer in self.transfers.iter_mut().filter(|transfer| transfer.part != Part::Beside) {
            transfer.standing = Standing::Superseded;
        }
    }

    fn open_transfers(&mut self) -> impl Iterator<Item = &mut Transfer> {
        self.transfers
            .iter_mut()
            .filter(|transfer| transfer.part != Part::Beside && transfer.standing == Standing::Open)
    }

    /// A transfer begins. Answers the number of one that had to be forgotten for it.
    pub(super) fn begin(&mut self, transfer: Transfer) -> Option<u64> {
        if transfer.part != Part::Beside {
            self.pace.add(transfer.heard, 0);
        }
        self.transfers.push_back(transfer);
        let forgotten = if self.transfers.len() > TRANSFERS { self.transfers.pop_front() } else { None }?;
        self.retransmissions = self.retransmissions.saturating_add(u64::from(forgotten.retransmissions));
        Some(forgotten.number)
    }

    /// A running transfer is so far.
    pub(super) fn progress(&mut self, at: Timestamp, number: u64, octets: u64, retransmissions: u32) {
        let Some(transfer) = self.transfers.iter_mut().find(|transfer| transfer.number == number) else {
            return;
        };
        let octets = octets.min(transfer.octets);
        let fresh = octets.saturating_sub(transfer.acked);
        transfer.acked = transfer.acked.max(octets);
        transfer.retransmissions = transfer.retransmissions.max(retransmissions);
        if fresh == 0 {
            return; // a sample without news: the phone said nothing
        }
        transfer.heard = transfer.heard.max(at);
        let (part, acked, standing) = (transfer.part, transfer.acked, transfer.standing);
        self.heard(at);
        if part != Part::Beside {
            self.pace.add(at, fresh);
        }
        if let (Part::Image(Some(index)), Standing::Open) = (part, standing) {
            self.run.image_so_far(index, acked);
        }
    }

    /// A transfer ended. The count of the record replaces that of the samples.
    pub(super) fn take(&mut self, number: u64, retransmissions: u32) -> Option<Transfer> {
        let at = self.transfers.iter().position(|transfer| transfer.number == number)?;
        let transfer = self.transfers.remove(at)?;
        let again = retransmissions.max(transfer.retransmissions);
        self.retransmissions = self.retransmissions.saturating_add(u64::from(again));
        Some(transfer)
    }

    /// A file is whole, to all that is known.
    pub(super) fn whole(&mut self, at: Timestamp, transfer: &Transfer) {
        match (transfer.part, transfer.standing) {
            // A list that was asked for again still arrived whole, unless an image was asked for since.
            (Part::List, Standing::Open | Standing::Superseded) => self.run.list_whole(),
            (Part::Image(Some(index)), Standing::Open | Standing::TakenForWhole) => {
                self.run.image_whole(index, at);
            }
            (Part::List | Part::Image(_) | Part::Beside, _) => {}
        }
    }

    /// A file did not become whole.
    pub(super) fn not_whole(&mut self, transfer: &Transfer, mishap: Mishap) {
        match (transfer.part, transfer.standing) {
            (Part::List | Part::Image(_), Standing::Open) => self.run.mishap = Some(mishap),
            (Part::Image(Some(index)), Standing::TakenForWhole) => {
                self.run.image_not_whole(index, transfer.acked);
            }
            (_, Standing::Superseded | Standing::TakenForWhole) | (Part::Beside, _) => {}
        }
    }

    /// The latest running transfer of a firmware file that still counts.
    pub(super) fn loading(&self) -> Option<&Transfer> {
        self.transfers
            .iter()
            .rev()
            .find(|transfer| transfer.part != Part::Beside && transfer.standing == Standing::Open)
    }

    /// Packets that had to be sent again, in all.
    pub(super) fn sent_again(&self) -> u64 {
        self.transfers.iter().fold(self.retransmissions, |sum, transfer| {
            sum.saturating_add(u64::from(transfer.retransmissions))
        })
    }
}
