//! Who asks: by address, and by MAC as soon as a request for settings names it.
//!
//! An address can pass from one phone to another (the next batch on the bench), and a phone can come back from its
//! restart with another address. The MAC settles both.

use std::net::IpAddr;
use std::time::Duration;

use crate::fleet::mac::Mac;
use crate::fleet::phone::Phone;
use crate::fleet::requests::fold;
use crate::fleet::run::{Part, Run};
use crate::fleet::{Fleet, MAX_PHONES, PhoneId};
use crate::timestamp::Timestamp;

use super::Role;

/// No phone comes back under another address sooner than this after its last word: it restarts first.
const MOVES: Duration = Duration::from_secs(5);

impl Fleet {
    /// The phone that asks for `name` from `address`; made if it is new. `None` when there is no room for it.
    pub(super) fn identify(
        &mut self,
        at: Timestamp,
        address: IpAddr,
        name: &str,
        role: &Role,
    ) -> Option<PhoneId> {
        if let Role::List { default: true, .. } = role {
            self.let_go_of_another_model(at, address, name);
        }
        let mac = match role {
            Role::Settings => Mac::in_file_name(name),
            _ => None,
        };
        let here = self.by_address.get(&address).copied();
        let Some(mac) = mac else {
            return here.or_else(|| self.add(at, address));
        };
        let owner = self.by_mac.get(&mac).copied();
        match (here, owner) {
            (Some(here), Some(owner)) if here == owner => Some(here),
            (None, Some(owner)) => {
                self.place(owner, address);
                Some(owner)
            }
            (None, None) => {
                let id = self.add(at, address)?;
                self.name(id, mac);
                Some(id)
            }
            (Some(here), owner) if self.phones.get(&here).is_some_and(|phone| phone.mac.is_some()) => {
                self.takes_place(at, here, owner, address, mac)
            }
            (Some(here), None) => {
                self.name(here, mac);
                Some(here)
            }
            (Some(here), Some(owner)) => Some(self.merge(here, owner)),
        }
    }

    /// Another phone is now where one was before: it has a row of its own from here on.
    fn takes_place(
        &mut self,
        at: Timestamp,
        before: PhoneId,
        owner: Option<PhoneId>,
        address: IpAddr,
        mac: Mac,
    ) -> Option<PhoneId> {
        let owner = match owner {
            Some(owner) => owner,
            None => self.add(at, address)?,
        };
        self.name(owner, mac);
        self.hand_over(before, owner);
        self.place(owner, address);
        Some(owner)
    }

    /// The neighbour table says whose hardware the address belongs to. What a phone says of itself counts more: this
    /// names a phone that said nothing yet, and finds one that comes back under another address.
    pub(super) fn neighbour(&mut self, at: Timestamp, address: IpAddr, mac: Mac) -> Option<PhoneId> {
        let here = *self.by_address.get(&address)?;
        let owner = self.by_mac.get(&mac).copied();
        let phone = self.phones.get(&here)?;
        if phone.mac == Some(mac) {
            return None;
        }
        // One that was heard a moment ago under another address is no phone that moved: something answers for several.
        let owner_is_busy = owner
            .and_then(|owner| self.phones.get(&owner))
            .is_some_and(|owner| at.since(owner.heard) < MOVES && !owner.transfers.is_empty());
        if owner_is_busy {
            return None;
        }
        match (phone.mac, owner) {
            (None, None) => {
                self.name(here, mac);
                Some(here)
            }
            (None, Some(owner)) => Some(self.merge(here, owner)),
            // The next phone of the bench was given the address of one that was there before it.
            (Some(_), owner) if phone.run.has_begun() && !phone.run.named => {
                self.takes_place(at, here, owner, address, mac)
            }
            (Some(_), _) => None,
        }
    }

    /// A phone asks for one default load file only, that of its model. Another one from the same address after a
    /// silence is another phone that was given the address.
    fn let_go_of_another_model(&mut self, at: Timestamp, address: IpAddr, name: &str) {
        let quiet = Duration::from_millis(self.patience.within_file);
        let another = self.by_address.get(&address).and_then(|id| self.phones.get(id)).is_some_and(|phone| {
            at.since(phone.heard) > quiet
                && phone.run.default_load_file.as_ref().is_some_and(|known| fold(known) != fold(name))
        });
        if another {
            self.by_address.remove(&address);
        }
    }

    /// A phone that was not seen before.
    pub(super) fn add(&mut self, at: Timestamp, address: IpAddr) -> Option<PhoneId> {
        if self.phones.len() >= MAX_PHONES && !self.forget_an_idle_one() {
            self.overlooked = self.overlooked.saturating_add(1);
            return None;
        }
        let id = PhoneId(self.next);
        self.next += 1;
        self.phones.insert(id, Phone::new(address, at));
        self.by_address.insert(address, id);
        Some(id)
    }

    /// Forget the phone that was heard longest ago and never asked for a load.
    fn forget_an_idle_one(&mut self) -> bool {
        let idle = self
            .phones
            .iter()
            .filter(|(_, phone)| !phone.run.has_begun())
            .min_by_key(|(_, phone)| phone.heard);
        let Some(id) = idle.map(|(id, _)| *id) else { return false };
        self.remove(id);
        true
    }

    /// Take a phone out with all that leads to it.
    fn remove(&mut self, id: PhoneId) -> Option<Phone> {
        let phone = self.phones.remove(&id)?;
        if self.by_address.get(&phone.address) == Some(&id) {
            self.by_address.remove(&phone.address);
        }
        if let Some(mac) = phone.mac
            && self.by_mac.get(&mac) == Some(&id)
        {
            self.by_mac.remove(&mac);
        }
        for transfer in &phone.transfers {
            if self.by_transfer.get(&transfer.number) == Some(&id) {
                self.by_transfer.remove(&transfer.number);
            }
        }
        Some(phone)
    }

    pub(super) fn name(&mut self, id: PhoneId, mac: Mac) {
        if let Some(phone) = self.phones.get_mut(&id) {
            phone.mac = Some(mac);
            self.by_mac.insert(mac, id);
        }
    }

    /// The phone is at this address now, and nobody else is.
    pub(super) fn place(&mut self, id: PhoneId, address: IpAddr) {
        let Some(phone) = self.phones.get_mut(&id) else { return };
        if self.by_address.get(&phone.address) == Some(&id) {
            self.by_address.remove(&phone.address);
        }
        phone.moves_to(address);
        self.by_address.insert(address, id);
    }

    /// `owner` now has the address of `here`, a phone with another MAC. What was asked from there since `here` last
    /// named itself was asked by `owner`.
    fn hand_over(&mut self, here: PhoneId, owner: PhoneId) {
        let Some(from) = self.phones.get_mut(&here) else { return };
        if !from.run.has_begun() || from.run.named {
            return;
        }
        let run = std::mem::replace(&mut from.run, from.before.take().unwrap_or_default());
        let (firmware, beside) = from.transfers.drain(..).partition(|transfer| transfer.part != Part::Beside);
        from.transfers = beside;
        let pace = std::mem::take(&mut from.pace);
        let Some(to) = self.phones.get_mut(&owner) else { return };
        let before: Run = std::mem::replace(&mut to.run, run);
        to.before = Some(before);
        to.pace = pace;
        for transfer in std::collections::VecDeque::from_iter(firmware) {
            self.by_transfer.insert(transfer.number, owner);
            if let Some(forgotten) = to.begin(transfer) {
                self.by_transfer.remove(&forgotten);
            }
        }
    }

    /// `here`, until now without a name, is `owner` at another address. The one seen first keeps its place.
    fn merge(&mut self, here: PhoneId, owner: PhoneId) -> PhoneId {
        let (Some(new), Some(old)) = (self.remove(here), self.remove(owner)) else { return here };
        let id = here.min(owner);
        let address = new.address;
        // The later attempt counts. A phone that only asked for odd files has none.
        let (mut one, other) = if new.run.has_begun() { (new, old) } else { (old, new) };
        one.mac = one.mac.or(other.mac);
        let mut addresses = other.earlier;
        addresses.push(other.address);
        addresses.append(&mut one.earlier);
        addresses.push(one.address);
        one.address = address;
        for earlier in addresses {
            one.remember(earlier);
        }
        if other.run.has_begun() {
            one.before = Some(other.run);
        }
        one.heard(other.heard);
        one.acknowledges |= other.acknowledges;
        one.unacknowledged = one.unacknowledged.saturating_add(other.unacknowledged);
        one.lease = one.lease.or(other.lease);
        one.configured = one.configured.or(other.configured);
        if one.told.is_empty() {
            one.told = other.told;
        }
        one.retransmissions = one.retransmissions.saturating_add(other.retransmissions);
        for transfer in other.transfers {
            one.retransmissions = one.retransmissions.saturating_add(u64::from(transfer.retransmissions));
        }
        for transfer in &one.transfers {
            self.by_transfer.insert(transfer.number, id);
        }
        if let Some(mac) = one.mac {
            self.by_mac.insert(mac, id);
        }
        self.by_address.insert(address, id);
        self.phones.insert(id, one);
        id
    }
}
