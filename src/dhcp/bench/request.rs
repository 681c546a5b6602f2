//! What clients say once they have an address or want one back: REQUEST in its four states (RFC 2131 section 4.3.2),
//! DECLINE, RELEASE and INFORM.

use std::net::Ipv4Addr;
use std::time::Instant;

use super::LEASE;
use super::event::Event;
use super::leases::State;
use super::server::Bench;
use super::wire::{Answer, Ask};
use crate::fleet::Mac;

/// In which state a client sends its REQUEST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// It takes our offer.
    Selecting,
    /// It starts, and would like the address that it had.
    Rebooting,
    /// It uses the address, and would like to keep it: RENEWING or REBINDING.
    Keeping,
}

impl Bench {
    /// A REQUEST that does not name another server.
    pub(super) fn on_request(&mut self, now: Instant, ask: &Ask, model: Option<String>) {
        let (asking, wanted) = match (ask.server, ask.ciaddr) {
            (_, ciaddr) if !ciaddr.is_unspecified() => (Asking::Keeping, Some(ciaddr)),
            (Some(_), _) => (Asking::Selecting, ask.requested),
            (None, _) => (Asking::Rebooting, ask.requested),
        };
        // It asks for nothing: not a message that RFC 2131 knows.
        let Some(wanted) = wanted else { return };
        if !self.may_have(ask.mac, wanted, asking) {
            // RFC 2131 lets a server be silent where it has no record. This is the only server, and a phone that comes
            // from its call manager's network would lose minutes.
            self.send(Answer::Nak, ask.mac, wanted, &ask.echo());
            if asking != Asking::Selecting {
                self.sent_away(ask.mac, wanted);
            }
            return;
        }
        let had = self
            .leases
            .get(wanted)
            .is_some_and(|slot| slot.mac == Some(ask.mac) && matches!(slot.state, State::Bound { .. }));
        self.leases.put(wanted, ask.mac, State::Bound { until: now + LEASE });
        self.changed();
        if asking == Asking::Keeping {
            self.send_to(Answer::Ack, ask.mac, wanted, &ask.echo());
        } else {
            self.send(Answer::Ack, ask.mac, wanted, &ask.echo());
        }
        if !had {
            self.report(Event::Leased { mac: ask.mac, address: wanted, model });
        }
    }

    fn may_have(&self, mac: Mac, wanted: Ipv4Addr, asking: Asking) -> bool {
        let Some(slot) = self.leases.get(wanted) else { return false };
        let is_its_own = slot.mac == Some(mac) && !matches!(slot.state, State::Bad);
        // A phone that uses a free address got it before a restart whose record was lost: to send it away would end
        // the transfer that runs. One that is about to take our offer may be as late as that.
        is_its_own || asking != Asking::Rebooting && self.leases.is_free_for(wanted, mac)
    }

    /// The client found somebody at the address that it got.
    pub(super) fn on_decline(&mut self, now: Instant, ask: &Ask) {
        let Some(address) = ask.requested.filter(|address| self.leases.of(ask.mac) == Some(*address)) else {
            return; // not its own to decline
        };
        self.leases.spoil(now, address);
        self.changed();
        self.report(Event::Declined { mac: ask.mac, address });
    }

    /// The client gives its address back.
    pub(super) fn on_release(&mut self, ask: &Ask) {
        let is_its_own = self.leases.of(ask.mac) == Some(ask.ciaddr);
        let is_bound =
            matches!(self.leases.get(ask.ciaddr).map(|slot| &slot.state), Some(State::Bound { .. }));
        if !is_its_own || !is_bound {
            return;
        }
        self.leases.set(ask.ciaddr, State::Free);
        self.changed();
        self.report(Event::Released { mac: ask.mac, address: ask.ciaddr });
    }

    /// The client has an address from elsewhere, and asks for the rest.
    pub(super) fn on_inform(&mut self, ask: &Ask) {
        if self.settings.own.is_for_clients(ask.ciaddr) {
            self.send_to(Answer::Options, ask.mac, ask.ciaddr, &ask.echo());
        }
    }
}
