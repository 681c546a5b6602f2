//! What the bench server knows of phones: MAC, model and address, before the first file is asked for.

use std::net::IpAddr;

use crate::error::printable;
use crate::fleet::bench::Bench;
use crate::fleet::mac::Mac;
use crate::fleet::phone::Lease;
use crate::fleet::run::TEXT;
use crate::fleet::{Fleet, PhoneId};
use crate::journal::Dhcp;
use crate::timestamp::Timestamp;

impl Fleet {
    /// Something about DHCP. Answers the phone that it is about.
    pub(super) fn dhcp(&mut self, at: Timestamp, dhcp: &Dhcp) -> Option<PhoneId> {
        match dhcp {
            Dhcp::Started { address, ends, .. } => {
                self.bench = Some(Bench::new(*address, *ends));
                None
            }
            Dhcp::Stopped { why } => {
                if let Some(bench) = &mut self.bench {
                    bench.stopped = Some(printable(why, 2 * TEXT));
                }
                None
            }
            Dhcp::Stranger { mac, vendor_class, .. } => {
                if let Some(bench) = &mut self.bench {
                    bench.stranger(*mac, &printable(vendor_class.as_deref().unwrap_or_default(), TEXT));
                }
                None
            }
            Dhcp::LetIn { mac } => {
                if let Some(bench) = &mut self.bench {
                    bench.strangers.retain(|(known, _)| known != mac);
                }
                None
            }
            Dhcp::Relayed { .. } => {
                if let Some(bench) = &mut self.bench {
                    bench.relayed = true;
                }
                None
            }
            Dhcp::Asked { mac, phone, model, .. } => {
                self.has_address(at, *mac, phone.to_canonical(), model.as_deref(), Lease::Asked)
            }
            Dhcp::Leased { mac, phone, model } => {
                self.has_address(at, *mac, phone.to_canonical(), model.as_deref(), Lease::Given)
            }
            Dhcp::Released { .. }
            | Dhcp::SentAway { .. }
            | Dhcp::Declined { .. }
            | Dhcp::InUse { .. }
            | Dhcp::NoRoom { .. }
            | Dhcp::AddressSet { .. }
            | Dhcp::AddressRemoved { .. } => None,
        }
    }

    /// The phone with this MAC is at this address, and nobody else is.
    fn has_address(
        &mut self,
        at: Timestamp,
        mac: Mac,
        address: IpAddr,
        model: Option<&str>,
        lease: Lease,
    ) -> Option<PhoneId> {
        let here = self.by_address.get(&address).copied();
        let nameless = here.filter(|id| self.phones.get(id).is_some_and(|phone| phone.mac.is_none()));
        let id = match (self.by_mac.get(&mac).copied(), nameless) {
            (Some(owner), _) => {
                self.place(owner, address);
                owner
            }
            // Whoever asked for files from there before anybody said its name was this phone, if it keeps the address.
            (None, Some(here)) if lease == Lease::Given => {
                self.name(here, mac);
                here
            }
            (None, _) => {
                let id = self.add(at, address)?;
                self.name(id, mac);
                id
            }
        };
        let phone = self.phones.get_mut(&id)?;
        phone.heard(at);
        phone.lease = Some(lease);
        if let Some(model) = model {
            phone.told = vec![printable(model, TEXT)];
        }
        Some(id)
    }
}
