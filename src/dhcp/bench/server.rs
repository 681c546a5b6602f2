//! The server as a state machine. Feed [`Bench::handle`], drain [`Bench::poll`] and [`Bench::poll_event`], save the
//! leases if [`Bench::take_unsaved`] says so, and sleep until [`Bench::deadline`].
//!
//! Before an address is offered, its owner is knocked at and the neighbour table is read: both are effects for the
//! driver. Once in a while the server asks the wire for other servers, as the probe did before it began.

use std::collections::{HashSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use super::client::{Client, WhyStranger};
use super::event::{Event, Stop};
use super::inout::{Input, Output, Settings, Side};
use super::leases::{Leases, State};
use super::pool::{self, Pool};
use super::saved::Saved;
use super::wire::{Answer, Ask, Echo, answer, code, kind};
use super::{LEASE, MAX_HOURS};
use crate::dhcp::packet::{Message, MessageType, Op};
use crate::fleet::Mac;
use crate::timestamp::Timestamp;

/// From the knock at an address to the look into the neighbour table (DHCP.md 2.1).
const LOOK_AFTER: Duration = Duration::from_millis(300);
/// How often the wire is asked for other servers.
const WATCH: Duration = Duration::from_secs(20);
/// Answers that wait to be sent; more are dropped, and the client asks again.
const MAX_OUTPUTS: usize = 4096;
/// Strangers and relays that are remembered, so that each is reported once.
const MAX_STRANGERS: usize = 256;
const MAX_RELAYS: usize = 16;
/// How often it is said that the pool is empty.
const COMPLAIN: Duration = Duration::from_secs(60);

/// Entries of all kinds that the server holds at most, whatever comes: addresses, and by whom, for whom and until when;
/// clients that had one; answers that wait; strangers and relays that were named.
pub const MOST_REMEMBERED: usize = 8 * pool::MOST + MAX_OUTPUTS + 2 * MAX_STRANGERS + MAX_RELAYS;

const CLIENT_PORT: u16 = 68;
const SERVER_PORT: u16 = 67;

/// The server.
#[derive(Debug)]
pub struct Bench {
    pub(super) settings: Settings,
    pub(super) leases: Leases,
    ends: Instant,
    next_watch: Instant,
    watch: u32,
    stopped: Option<Stop>,
    outputs: VecDeque<Output>,
    events: VecDeque<Event>,
    is_unsaved: bool,
    strangers: HashSet<Mac>,
    relays: HashSet<Ipv4Addr>,
    sent_away: HashSet<Mac>,
    ignored: u64,
    complained: Option<Instant>,
}

impl Bench {
    /// A server that begins now, with the leases of an earlier one if there are any. Answers how many were taken over.
    pub fn new(now: Instant, settings: Settings, saved: Option<(&Saved, Timestamp)>) -> (Self, usize) {
        let phones = settings.phones.max(settings.listed.len());
        let mut leases = Leases::new(&Pool::sized(&settings.own, phones), &settings.listed);
        let restored = saved.map_or(0, |(saved, at)| saved.restore(&settings.own, &mut leases, now, at));
        let hours = Duration::from_secs(u64::from(settings.hours.clamp(1, MAX_HOURS)) * 3600);
        let bench = Self {
            leases,
            ends: now + hours,
            next_watch: now + WATCH,
            watch: 1,
            stopped: None,
            outputs: VecDeque::new(),
            events: VecDeque::new(),
            is_unsaved: restored > 0,
            strangers: HashSet::new(),
            relays: HashSet::new(),
            sent_away: HashSet::new(),
            ignored: 0,
            complained: None,
            settings,
        };
        (bench, restored)
    }

    /// Feed one input.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            _ if self.stopped.is_some() => {}
            _ if now >= self.ends => self.stop(Stop::TimeIsUp),
            Input::Packet { from, octets } => self.on_packet(now, from, octets),
            Input::Neighbours(table) => self.on_neighbours(now, table),
            Input::LetIn(mac) => {
                self.settings.clients.let_in(mac);
                self.strangers.remove(&mac);
            }
            Input::Timeout => self.on_timeout(now),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The next thing that the session should know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to feed [`Input::Timeout`]; `None` once it has stopped. Waking early is harmless.
    pub fn deadline(&self) -> Option<Instant> {
        if self.stopped.is_some() {
            return None;
        }
        Some(self.leases.alarm().into_iter().chain([self.next_watch, self.ends]).min().unwrap_or(self.ends))
    }

    /// Why it has stopped, if it has.
    pub fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// When it ends in any case.
    pub fn ends(&self) -> Instant {
        self.ends
    }

    /// Packets of strangers, relays and noise so far.
    pub fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Entries of all kinds that it holds now, at most [`MOST_REMEMBERED`]. Events that nobody took are not among them.
    pub fn remembered(&self) -> usize {
        let named = self.strangers.len() + self.relays.len() + self.sent_away.len();
        self.leases.entries() + self.outputs.len() + named
    }

    /// Leases that run.
    pub fn leases(&self) -> usize {
        self.leases.bound().count()
    }

    /// Addresses in the pool.
    pub fn pool(&self) -> usize {
        self.leases.len()
    }

    /// Whether leases changed since this was last asked. What is due to be sent may only be sent once they are saved.
    pub fn take_unsaved(&mut self) -> bool {
        std::mem::take(&mut self.is_unsaved)
    }

    /// The leases as they stand; `now` and `at` are the same moment on both clocks.
    pub fn saved(&self, now: Instant, at: Timestamp) -> Saved {
        Saved::of(&self.settings.own, &self.leases, now, at)
    }

    fn on_packet(&mut self, now: Instant, from: SocketAddrV4, octets: &[u8]) {
        let Ok(message) = Message::decode(octets) else {
            self.ignored += 1;
            return;
        };
        if message.op == Op::Reply {
            return self.on_reply(*from.ip(), &message);
        }
        // What this machine says itself: the question below, which the system brings back to us.
        if message.mac == self.settings.own_mac {
            return;
        }
        if !message.giaddr.is_unspecified() {
            self.ignored += 1;
            if self.relays.len() < MAX_RELAYS && self.relays.insert(message.giaddr) {
                self.events.push_back(Event::Relayed { relay: message.giaddr });
            }
            return;
        }
        let ask = Ask::of(&message);
        if let Some(server) = ask.server.filter(|server| *server != self.settings.own.address()) {
            return self.stop(Stop::ChoseAnother { mac: ask.mac, server });
        }
        let model = match self.settings.clients.judge(&ask) {
            Client::Served { model } => model,
            // Who got an address here need not say again what it is: a RELEASE often does not.
            Client::Stranger(_) if self.leases.of(ask.mac).is_some() => None,
            Client::Stranger(why) => return self.on_stranger(&ask, why),
        };
        match ask.kind {
            Some(kind::DISCOVER) => self.on_discover(now, &ask, model),
            Some(kind::REQUEST) => self.on_request(now, &ask, model),
            Some(kind::DECLINE) => self.on_decline(now, &ask),
            Some(kind::RELEASE) => self.on_release(&ask),
            Some(kind::INFORM) => self.on_inform(&ask),
            // Other kinds are for other protocols that share the port (RFC 4388, 6926), or no kind at all: BOOTP.
            _ => self.ignored += 1,
        }
    }

    /// A server speaks. If it is not this one, there are two.
    fn on_reply(&mut self, from: Ipv4Addr, message: &Message) {
        let own = self.settings.own.address();
        let named = message.address(code::SERVER_ID);
        if named == Some(own) || (named.is_none() && from == own) {
            return;
        }
        self.stop(Stop::OtherServer { server: named.unwrap_or(from) });
    }

    fn on_stranger(&mut self, ask: &Ask, why: WhyStranger) {
        self.ignored += 1;
        if self.strangers.len() < MAX_STRANGERS && self.strangers.insert(ask.mac) {
            let vendor_class = ask.vendor_class.clone();
            self.events.push_back(Event::Stranger { mac: ask.mac, vendor_class, why });
        }
    }

    fn on_discover(&mut self, now: Instant, ask: &Ask, model: Option<String>) {
        if let Some(address) = self.leases.of(ask.mac) {
            match self.leases.get(address).map(|slot| &slot.state) {
                // Asked again while it is being found out, with another transaction perhaps.
                Some(State::Checking { at, .. }) => {
                    let state = State::Checking { echo: ask.echo(), at: *at };
                    return self.leases.put(address, ask.mac, state);
                }
                // It has this address and begins anew: no need to look who uses it.
                Some(State::Bound { .. }) => return self.send(Answer::Offer, ask.mac, address, &ask.echo()),
                Some(State::Offered { .. }) => {
                    self.leases.put(address, ask.mac, State::Offered { at: now });
                    return self.send(Answer::Offer, ask.mac, address, &ask.echo());
                }
                Some(State::Free | State::Bad) | None => {}
            }
        }
        let Some(address) = self.set_aside(now, ask.mac, ask.requested, ask.echo()) else { return };
        let vendor_class = ask.vendor_class.clone();
        self.events.push_back(Event::Asked { mac: ask.mac, address, model, vendor_class });
    }

    /// Find an address for a client, and begin to find out whether somebody uses it.
    fn set_aside(&mut self, now: Instant, mac: Mac, asked: Option<Ipv4Addr>, echo: Echo) -> Option<Ipv4Addr> {
        let Some(address) = self.leases.find(now, mac, asked) else {
            if self.complained.is_none_or(|at| now.saturating_duration_since(at) >= COMPLAIN) {
                self.complained = Some(now);
                self.events.push_back(Event::NoRoom { mac, pool: self.leases.len() });
            }
            return None;
        };
        self.leases.put(address, mac, State::Checking { echo, at: now + LOOK_AFTER });
        self.output(Output::Knock(address));
        Some(address)
    }

    fn on_neighbours(&mut self, now: Instant, table: &[(Ipv4Addr, Mac)]) {
        let at = |address: Ipv4Addr| table.iter().find(|(one, _)| *one == address).map(|(_, mac)| *mac);
        while let Some(address) = self.leases.due(now) {
            let Some(slot) = self.leases.get(address) else { return };
            let (State::Checking { echo, .. }, Some(mac)) = (&slot.state, slot.mac) else {
                self.ring(address);
                continue;
            };
            let echo = echo.clone();
            // Systems keep stale entries, so whoever got an address here before proves nothing (DHCP.md 2.1).
            let by = at(address).filter(|by| *by != mac && !self.leases.has_served(*by));
            let Some(by) = by else {
                self.leases.put(address, mac, State::Offered { at: now });
                self.send(Answer::Offer, mac, address, &echo);
                continue;
            };
            self.leases.spoil(now, address);
            self.events.push_back(Event::InUse { address, by });
            // Each try uses an address up, so this comes to an end.
            if let Some(next) = self.set_aside(now, mac, None, echo) {
                self.events.push_back(Event::Asked { mac, address: next, model: None, vendor_class: None });
            }
        }
    }

    fn on_timeout(&mut self, now: Instant) {
        if now >= self.next_watch {
            self.next_watch = now + WATCH;
            self.ask_for_others();
        }
        let mut is_checking = false;
        while let Some(address) = self.leases.due(now) {
            if matches!(self.leases.get(address).map(|slot| &slot.state), Some(State::Checking { .. })) {
                is_checking = true;
                break;
            }
            self.ring(address);
        }
        if is_checking {
            self.output(Output::ReadNeighbours);
        }
    }

    /// An offer or a lease is over, or an address that was somebody's may be free again.
    fn ring(&mut self, address: Ipv4Addr) {
        self.leases.set(address, State::Free);
    }

    /// Ask the wire for other servers, as a phone would.
    fn ask_for_others(&mut self) {
        self.watch = self.watch.wrapping_add(1);
        let xid = u32::from_be_bytes([self.settings.own_mac.0[4], self.settings.own_mac.0[5], 0, 0]);
        let mut question = Message::request(MessageType::Discover, xid ^ self.watch, self.settings.own_mac)
            .with(code::PARAMETER_LIST, [code::SUBNET_MASK, code::ROUTER, code::TFTP_ADDRESSES])
            .with(code::VENDOR_CLASS, self.settings.vendor_class.as_bytes());
        question.broadcast = true;
        let to = SocketAddrV4::new(Ipv4Addr::BROADCAST, SERVER_PORT);
        self.output(Output::Send { from: Side::Client, to, octets: question.encode() });
    }

    fn stop(&mut self, why: Stop) {
        self.stopped = Some(why);
        // Nothing that is still due may be said any more.
        self.outputs.clear();
        self.events.push_back(Event::Stopped(why));
    }

    /// Answer so that a client without an address hears it, and one with an address alone.
    pub(super) fn send(&mut self, what: Answer, mac: Mac, address: Ipv4Addr, echo: &Echo) {
        let octets = answer(what, &self.settings.own, LEASE, mac, address, echo);
        let to = SocketAddrV4::new(Ipv4Addr::BROADCAST, CLIENT_PORT);
        self.output(Output::Send { from: Side::Server, to, octets });
    }

    /// Answer to the client's own address.
    pub(super) fn send_to(&mut self, what: Answer, mac: Mac, address: Ipv4Addr, echo: &Echo) {
        let octets = answer(what, &self.settings.own, LEASE, mac, address, echo);
        self.output(Output::Send { from: Side::Server, to: SocketAddrV4::new(address, CLIENT_PORT), octets });
    }

    /// A client was told to ask anew: reported once for each, since a flood could say it for ever.
    pub(super) fn sent_away(&mut self, mac: Mac, address: Ipv4Addr) {
        if self.sent_away.len() < MAX_STRANGERS && self.sent_away.insert(mac) {
            self.events.push_back(Event::SentAway { mac, address });
        }
    }

    pub(super) fn report(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(super) fn changed(&mut self) {
        self.is_unsaved = true;
    }

    fn output(&mut self, output: Output) {
        if self.outputs.len() < MAX_OUTPUTS {
            self.outputs.push_back(output);
        }
    }
}
