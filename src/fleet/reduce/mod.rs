//! From a record of the session log to the facts about a phone. Total: any sequence of records is taken.

mod dhcp;
mod ends;
mod identity;
mod requests;

use std::net::{IpAddr, SocketAddrV4};
use std::sync::Arc;

use crate::journal::{Event, Record, ServedLoad};

use super::requests::{Named, fold, named};
use super::run::{Mishap, TEXT};
use super::{Fleet, PhoneId};
use crate::error::printable;

/// What a file is to the loads that are served.
enum Role {
    /// A default load file or a manifest; the load is known if it is one of the served.
    List { default: bool, load: Option<Arc<ServedLoad>> },
    /// An image, with its place in the load if that is known.
    Image(Option<(Arc<ServedLoad>, usize)>),
    /// Settings of a running phone.
    Settings,
    /// Anything else.
    Other,
}

impl Fleet {
    /// Take in one record, and answer which phone it is about.
    ///
    /// A [`Event::Started`] brings the loads and the patience, so that a log replays by itself; conclusions in the
    /// log ([`Event::Stage`], [`Event::Ended`]) are ignored, because the same events give them again.
    pub fn apply(&mut self, record: &Record) -> Option<PhoneId> {
        let at = record.at;
        self.see_acknowledgement(&record.event);
        match &record.event {
            Event::Started { loads, patience, serving, .. } => {
                self.laptop = serving.parse().ok().map(|serving: SocketAddrV4| *serving.ip());
                self.loads = loads.iter().cloned().map(Arc::new).collect();
                self.patience = *patience;
                None
            }
            Event::Asked { phone, transfer, file, octets, blksize, window } => {
                let flight = u64::from(*blksize) * u64::from(*window);
                self.asked(at, phone.to_canonical(), *transfer, file, *octets, flight)
            }
            Event::Refused { phone, file, reason } => self.refused(at, phone.to_canonical(), file, *reason),
            Event::Progress { transfer, octets, retransmissions, .. } => {
                let id = *self.by_transfer.get(transfer)?;
                self.phones.get_mut(&id)?.progress(at, *transfer, *octets, *retransmissions);
                Some(id)
            }
            Event::Served { transfer, retransmissions, .. } => self.served(at, *transfer, *retransmissions),
            Event::Aborted { transfer, octets, code, message, retransmissions, .. } => {
                let mishap = Mishap::Aborted { code: *code, message: printable(message, TEXT) };
                self.aborted(at, *transfer, *octets, *retransmissions, mishap)
            }
            Event::Unanswered { transfer, octets, retransmissions, all_sent, .. } => {
                self.unanswered(at, *transfer, *octets, *retransmissions, *all_sent)
            }
            Event::Faulted { transfer, octets, .. } => self.ended(at, *transfer, *octets, 0, Mishap::Faulted),
            Event::Proof { phone, proof } => {
                let id = *self.by_address.get(&phone.to_canonical())?;
                let phone = self.phones.get_mut(&id)?;
                phone.proof = Some((at, proof.clone().of_phone(phone.mac)));
                Some(id)
            }
            Event::Dhcp(dhcp) => self.dhcp(at, dhcp),
            Event::Neighbour { phone, mac } => self.neighbour(at, phone.to_canonical(), *mac),
            Event::Site { .. }
            | Event::AddressGone { .. }
            | Event::AddressBack { .. }
            | Event::Symptom { .. }
            | Event::FirewallOpening { .. }
            | Event::FirewallNotOpened { .. }
            | Event::FirewallOpened { .. }
            | Event::FirewallLeftOver { .. }
            | Event::FirewallClosed { .. }
            | Event::ConfigurationOffered { .. }
            | Event::LoadChosen { .. }
            | Event::InterfaceChecked { .. }
            | Event::Option150Announced { .. }
            | Event::Option150Probed { .. }
            | Event::Option150Confirmed { .. }
            | Event::Option150Back { .. }
            | Event::Override { .. }
            | Event::Stage { .. }
            | Event::Trouble { .. }
            | Event::Ended { .. } => None,
        }
    }

    /// Whether packets come through both ways, whatever else becomes of the transfer.
    fn see_acknowledgement(&mut self, event: &Event) {
        let (transfer, octets, over) = match event {
            Event::Progress { transfer, octets, .. } => (transfer, *octets, false),
            // Even an empty file is acknowledged, and an error of the phone is an answer too.
            Event::Served { transfer, .. } | Event::Aborted { transfer, .. } => (transfer, 1, false),
            Event::Unanswered { transfer, octets, .. } => (transfer, *octets, true),
            _ => return,
        };
        let Some(phone) = self.by_transfer.get(transfer).and_then(|id| self.phones.get_mut(id)) else {
            return;
        };
        if octets > 0 {
            phone.acknowledges = true;
        } else if over {
            phone.unacknowledged = phone.unacknowledged.saturating_add(1);
        }
    }

    /// What the file is. Families share image names between their loads, so the load that the phone at `address`
    /// takes now comes first.
    fn role(&self, address: IpAddr, name: &str) -> Role {
        let folded = fold(name);
        let list = |default: bool| {
            let load = self.loads.iter().find(|load| {
                fold(&load.manifest) == folded
                    || load.default_load_files.iter().any(|file| fold(file) == folded)
            });
            Role::List { default, load: load.cloned() }
        };
        match named(name) {
            Named::Settings => Role::Settings,
            Named::DefaultLoadFile => list(true),
            Named::Manifest => list(false),
            Named::Image => {
                let taken =
                    self.by_address.get(&address).and_then(|id| self.phones.get(id)?.run.load.clone());
                let place = |load: &Arc<ServedLoad>| {
                    let index = load.images.iter().position(|image| fold(&image.name) == folded)?;
                    Some((Arc::clone(load), index))
                };
                Role::Image(taken.iter().find_map(place).or_else(|| self.loads.iter().find_map(place)))
            }
            Named::Other => Role::Other,
        }
    }
}
