//! The bench behind the wizard: the DHCP server and a borrowed address, begun on threads of their own and ended with
//! the service or the program.

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use super::engine::Engine;
use crate::catalog::Catalog;
use crate::dhcp::bench::HOURS;
use crate::firmware::problem::Problem;
use crate::fleet::Mac;
use crate::journal::{Dhcp, Event};
use crate::platform::address::Plan;
use crate::platform::clock::WallClock;
use crate::session::bench::{self, Borrowed, Running, Wish};
use crate::store::sessions;
use crate::wizard::{AddressOffer, Msg, Ticket};

/// Phones that a bench is made for: the wizard does not ask how many there will be, and has room for all that there
/// are on one laptop.
const PHONES: usize = 500;
/// What a card without an address is offered: a private network that is rare, with room for a thousand phones.
const OFFERED: (Ipv4Addr, u8) = (Ipv4Addr::new(10, 150, 0, 1), 22);

/// What threads have begun, until the engine takes it.
#[derive(Default)]
pub(super) struct Bench {
    /// The server that runs.
    running: Option<Running>,
    begun: Arc<Mutex<Option<Running>>>,
    /// The address that was set until the program ends.
    borrowed: Arc<Mutex<Option<Borrowed>>>,
}

fn taken<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn put<T>(slot: &Mutex<Option<T>>, value: T) {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
}

impl Engine {
    /// Listen for others, and begin if there is none.
    pub(super) fn start_bench(&self, ticket: Ticket, interface: String, address: Ipv4Addr) {
        let Some(news) = self.listener.as_ref().map(crate::session::service::Listener::news) else { return };
        let asked = self.options.session_dir.clone();
        let slot = Arc::clone(&self.bench.begun);
        let wish = Wish {
            interface: Some(interface),
            address: Some(address),
            phones: PHONES,
            listed: self.options.phones.iter().map(|listed| listed.mac).collect(),
            hours: HOURS,
        };
        self.later(move || {
            let catalog = Catalog::embedded();
            let begin = || {
                let ready = bench::look(catalog, &wish, |_| ControlFlow::Continue(()))?;
                // Without a folder phones are served all the same; the server itself says what that means.
                let folder = sessions::folder(asked.as_deref()).ok();
                bench::start(catalog, &ready, &wish, WallClock::start(), folder.as_deref(), news)
            };
            Msg::BenchStarted(
                ticket,
                match begin() {
                    Ok(running) => {
                        put(&slot, running);
                        Ok(())
                    }
                    Err(error) => Err(Problem::of(&error)),
                },
            )
        });
    }

    /// A thread says that it has begun a server: it is this engine's from now on, and on record.
    pub(super) fn take_bench(&mut self) {
        if let Some(running) = taken(&self.bench.begun) {
            let started = running.started.clone();
            self.bench.running = Some(running);
            self.note(Event::Dhcp(started));
        }
    }

    /// End the server, and put that on record.
    pub(super) fn stop_bench(&mut self) {
        let was_on = self.session.fleet().bench().is_some_and(|bench| bench.stopped.is_none());
        if self.bench.running.take().is_some() && was_on {
            self.note(Event::Dhcp(Dhcp::Stopped { why: "the job is over".into() }));
        }
    }

    /// Answer this client too.
    pub(super) fn let_in(&mut self, mac: Mac) {
        if let Some(running) = &self.bench.running {
            running.let_in(mac);
            self.note(Event::Dhcp(Dhcp::LetIn { mac }));
        }
    }

    /// See whether a card has no address.
    pub(super) fn offer_address(&self, ticket: Ticket) {
        self.later(move || {
            let (address, prefix) = OFFERED;
            let offer = bench::card_without_address().map(|interface| {
                let plan = Plan { interface, address, prefix };
                let (command, undo) = (plan.command(), plan.undo_command());
                AddressOffer { interface: plan.interface, address, prefix, command, undo }
            });
            Msg::AddressOffered(ticket, offer)
        });
    }

    /// Set the address that was offered, because the technician said so.
    pub(super) fn set_address(&self, offer: AddressOffer) {
        let asked = self.options.session_dir.clone();
        let slot = Arc::clone(&self.bench.borrowed);
        self.later(move || {
            let plan = Plan { interface: offer.interface, address: offer.address, prefix: offer.prefix };
            Msg::AddressSet(match bench::set_address(plan, asked.as_deref()) {
                Ok(borrowed) => {
                    put(&slot, borrowed);
                    Ok(())
                }
                Err(error) => Err(Problem::of(&error)),
            })
        });
    }

    /// What the log of a session that begins has to know of an address that was set before it.
    pub(super) fn note_borrowed(&mut self) {
        let slot = self.bench.borrowed.lock().unwrap_or_else(PoisonError::into_inner);
        let record = slot.as_ref().map(Borrowed::record);
        drop(slot);
        if let Some(record) = record {
            self.note(Event::Dhcp(record));
        }
    }

    /// The program ends: the card is left as it was found.
    pub(super) fn give_back_address(&mut self) {
        let Some(mut borrowed) = taken(&self.bench.borrowed) else { return };
        let event = match borrowed.give_back() {
            Ok(dhcp) => Event::Dhcp(dhcp),
            Err(error) => Event::Trouble { message: error.to_string() },
        };
        self.note(event);
    }
}
