//! A phone asked for a file: whose request it is, and what it says about the attempt that runs.

use std::net::IpAddr;

use crate::error::printable;
use crate::fleet::phone::{Phone, Standing, Transfer};
use crate::fleet::run::{Part, TEXT};
use crate::fleet::{Fleet, PhoneId};
use crate::journal::Refusal;
use crate::timestamp::Timestamp;

use super::Role;

impl Fleet {
    /// A file of the set is asked for, and its transfer begins.
    pub(super) fn asked(
        &mut self,
        at: Timestamp,
        address: IpAddr,
        number: u64,
        file: &str,
        octets: u64,
        flight: u64,
    ) -> Option<PhoneId> {
        let role = self.role(address, file);
        let id = self.identify(at, address, file, &role)?;
        let phone = self.phones.get_mut(&id)?;
        phone.asks(at, file);
        if matches!(role, Role::Settings) {
            // What is served under such a name is a configuration that names the load: the program's own.
            phone.configured.get_or_insert(at);
        }
        let part = phone.note(at, file, &role);
        let transfer = Transfer {
            number,
            file: printable(file, TEXT),
            part,
            octets,
            acked: 0,
            flight,
            retransmissions: 0,
            heard: at,
            standing: Standing::Open,
        };
        let forgotten = phone.begin(transfer);
        if let Some(forgotten) = forgotten.filter(|forgotten| self.by_transfer.get(forgotten) == Some(&id)) {
            self.by_transfer.remove(&forgotten);
        }
        self.by_transfer.insert(number, id);
        Some(id)
    }

    /// A file is asked for that is not given.
    pub(super) fn refused(
        &mut self,
        at: Timestamp,
        address: IpAddr,
        file: &str,
        reason: Refusal,
    ) -> Option<PhoneId> {
        // A name in a request that is not a sound read request says nothing about a load.
        let role = match reason {
            Refusal::NotFound => self.role(address, file),
            Refusal::Busy | Refusal::Write | Refusal::Malformed => Role::Other,
        };
        let id = self.identify(at, address, file, &role)?;
        let phone = self.phones.get_mut(&id)?;
        phone.asks(at, file);
        match &role {
            // A phone that runs and asks for one more load, which is another matter, is back all the same.
            Role::List { default: false, .. } | Role::Image(_) if phone.run.back_at.is_some() => {}
            // An image that is refused was asked for all the same: a phone that goes on to the next one.
            Role::List { .. } | Role::Image(_) => {
                let part = phone.note(at, file, &role);
                phone.run.miss(file, part);
            }
            Role::Settings | Role::Other => {
                phone.note(at, file, &role);
            }
        }
        Some(id)
    }
}

impl Phone {
    /// Draw the conclusions from a request for a file.
    fn note(&mut self, at: Timestamp, name: &str, role: &Role) -> Part {
        match role {
            Role::List { default, load } => {
                self.ask_list(name, *default, load.as_ref());
                Part::List
            }
            Role::Image(image) => {
                self.ask_image(at, name, image.as_ref().map(|(load, index)| (load, *index)));
                Part::Image(image.as_ref().map(|(_, index)| *index))
            }
            Role::Settings => {
                self.ask_settings(at);
                Part::Beside
            }
            Role::Other => Part::Beside,
        }
    }
}
