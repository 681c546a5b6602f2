//! The server as a state machine: a request becomes a transfer, a known repeat, or a refusal; every other packet
//! finds its transfer or is told that there is none. No socket, no clock.
//!
//! Feed a datagram with [`Endpoint::receive`] or the time with [`Endpoint::timeout`]; then drain
//! [`Endpoint::poll_transmit`] and [`Endpoint::poll_event`], and sleep until [`Endpoint::deadline`].
//!
//! Phones go before strangers: what a phone waits for that has acknowledged something is at the head of the queue,
//! and [`Endpoint::poll_phones`] gives that alone, so that a driver in a flood of requests can keep phones loading.
//!
//! Deliberately without names on a disk, without writing, and without any growth that a stranger can cause:
//! transfers, waiting answers, remembered ends and what is told of strangers are all bounded. All of it together
//! is less than [`MOST_OCTETS`].

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::alarms::Alarms;
use super::event::{Event, Progress};
use super::eviction::{Entry, Eviction};
use super::gate::Gate;
use super::options::Granted;
use super::packet::{self, ErrorCode, Packet, Request};
use super::slot::{Channel, Route, Settings, Slot};
use super::transfer::{Input, Outcome, Transfer};
use crate::error::printable;
use crate::firmware::Bundle;
use crate::journal::Refusal;

/// Transfers at once. A batch of phones is a few hundred; the rest is room for strangers' half-open requests.
const MAX_TRANSFERS: usize = 4096;
/// Refusals and other one-packet answers that wait to be sent; more are dropped, and the asker repeats.
const MAX_REPLIES: usize = 1024;
/// How long the end of a transfer is remembered, so that late copies of its packets are not answered.
const LINGER: Duration = Duration::from_secs(5);
/// After this silence the same request from the same port is a new start and no delayed copy.
const RESTART_AFTER: Duration = Duration::from_secs(1);
/// A longer name cannot be in the set, and is not even looked up; in octets.
const MAX_NAME: usize = 255;
/// Longest foreign name in an event, in characters.
const MAX_SHOWN: usize = 120;

/// What an endpoint holds at most beside the files that it serves, in octets, whatever is sent to it.
///
/// 4,096 transfers of about 600 octets each with their place in three queues and two maps, 32,768 wake-ups of 24.
pub const MOST_OCTETS: usize = 8 << 20;

#[derive(Debug)]
struct Reply {
    route: Route,
    code: ErrorCode,
    text: &'static str,
}

/// The serving side of TFTP for one set of files.
#[derive(Debug)]
pub struct Endpoint {
    bundle: Arc<Bundle>,
    settings: Settings,
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    peers: HashMap<SocketAddr, usize>,
    /// Each slot in use has an entry no later than it needs.
    alarms: Alarms,
    /// Slots with something to send, by index and number: of phones that have acknowledged something, and of others.
    ready: VecDeque<(usize, u64)>,
    fresh: VecDeque<(usize, u64)>,
    replies: VecDeque<Reply>,
    events: VecDeque<Event>,
    eviction: Eviction,
    gate: Gate,
    next_number: u64,
    next_channel: u16,
}

impl Endpoint {
    /// An endpoint that serves `bundle` and nothing else.
    pub fn new(bundle: Arc<Bundle>, settings: Settings) -> Self {
        Self {
            bundle,
            settings,
            slots: Vec::new(),
            free: Vec::new(),
            peers: HashMap::new(),
            alarms: Alarms::default(),
            ready: VecDeque::new(),
            fresh: VecDeque::new(),
            replies: VecDeque::new(),
            events: VecDeque::new(),
            eviction: Eviction::default(),
            gate: Gate::new(),
            next_number: 1,
            next_channel: 0,
        }
    }

    /// Feed a datagram that arrived on `route.channel` from `route.peer`.
    pub fn receive(&mut self, now: Instant, route: Route, datagram: &[u8]) {
        match Packet::decode(datagram) {
            Ok(Packet::Read(request)) if route.channel == Channel::REQUESTS => {
                self.on_request(now, route.peer, &request);
            }
            Ok(Packet::Write(request)) if route.channel == Channel::REQUESTS => {
                self.refuse(now, route.peer, request.name, Refusal::Write);
            }
            Ok(packet) => self.on_transfer_packet(now, route, packet),
            // Malformed: a request without a name deserves an answer, noise deserves none (it may be spoofed).
            Err(_) if route.channel == Channel::REQUESTS && matches!(datagram, [0, 1 | 2, ..]) => {
                self.refuse(now, route.peer, &[], Refusal::Malformed);
            }
            Err(_) => {}
        }
    }

    /// Time has passed: repeat what is due, give up who is silent, forget what has ended.
    pub fn timeout(&mut self, now: Instant) {
        while let Some((at, index)) = self.alarms.ring(now) {
            let Some(slot) = self.slots[index].as_mut() else { continue };
            if slot.alarm != at {
                continue; // a later entry of this slot took over
            }
            if slot.gone.is_some_and(|until| until <= now) {
                self.forget(index);
                continue;
            }
            self.step(now, index, Input::Timeout);
            self.arm(index, true);
        }
    }

    /// Write the next packet that is due into `out`, which is emptied first; its route, or `None` for nothing.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Route> {
        if let Some(route) = self.poll_phones(now, out) {
            return Some(route);
        }
        while let Some(&entry) = self.fresh.front() {
            if let Some(route) = self.poll_slot(now, entry, out) {
                return Some(route);
            }
            self.fresh.pop_front();
        }
        let reply = self.replies.pop_front()?;
        out.clear();
        packet::encode_error(out, reply.code as u16, reply.text);
        Some(reply.route)
    }

    /// The same for phones alone that have acknowledged something: a handful of packets at most, whatever strangers do.
    pub fn poll_phones(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Route> {
        while let Some(&entry) = self.ready.front() {
            if let Some(route) = self.poll_slot(now, entry, out) {
                return Some(route);
            }
            self.ready.pop_front();
        }
        None
    }

    /// Whether [`Self::poll_transmit`] may have something.
    pub fn has_more(&self) -> bool {
        !(self.ready.is_empty() && self.fresh.is_empty() && self.replies.is_empty())
    }

    /// Requests since the last call that were answered and not told, because there were too many of them.
    pub fn untold(&mut self) -> u64 {
        self.gate.untold()
    }

    fn poll_slot(&mut self, now: Instant, (index, number): (usize, u64), out: &mut Vec<u8>) -> Option<Route> {
        // The slot may have been given up, and be another transfer's by now.
        let slot = self.slots[index].as_mut().filter(|slot| slot.number == number)?;
        let wrote = catch_unwind(AssertUnwindSafe(|| slot.transfer.poll_transmit(now, out)));
        if let Ok(true) = wrote {
            return Some(slot.route);
        }
        slot.queued = false;
        if wrote.is_err() {
            slot.transfer.end(Outcome::Faulted);
            self.report_end(now, index);
        }
        self.arm(index, false);
        None
    }

    /// The next thing that the session should know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`Self::timeout`]. May be too early, never too late.
    pub fn deadline(&self) -> Option<Instant> {
        self.alarms.earliest()
    }

    /// Transfers that run now.
    pub fn running(&self) -> usize {
        self.slots.iter().flatten().filter(|slot| slot.gone.is_none()).count()
    }

    fn on_request(&mut self, now: Instant, peer: SocketAddr, request: &Request<'_>) {
        let bundle = Arc::clone(&self.bundle);
        let name = Some(request.name).filter(|name| name.len() <= MAX_NAME);
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        let Some(file) = name.and_then(|name| bundle.get(name)) else {
            return self.refuse(now, peer, request.name, Refusal::NotFound);
        };
        let image = if request.mode.eq_ignore_ascii_case(b"octet") {
            file.octets.clone()
        } else if request.mode.eq_ignore_ascii_case(b"netascii") {
            file.netascii()
        } else {
            return self.refuse(now, peer, request.name, Refusal::Malformed);
        };
        let mut channel = None;
        if let Some(&index) = self.peers.get(&peer) {
            let slot = self.slots[index].as_ref().expect("the peer map names live slots only");
            let same = *slot.file == *file.name && slot.gone.is_none();
            if same && (!slot.transfer.met() || now < slot.transfer.heard() + RESTART_AFTER) {
                return self.step(now, index, Input::Repeated);
            }
            // The phone has moved on. Its next transfer answers from another port, so that late packets of this
            // one cannot be taken for the new one's.
            channel = Some(slot.route.channel);
            self.finish(now, index, Outcome::Superseded);
            self.forget(index);
        }
        let granted = Granted::settle(&request.options, image.len() as u64, self.settings.willing);
        if !self.make_room(now) {
            return self.refuse(now, peer, request.name, Refusal::Busy);
        }
        let route = Route { channel: self.pick_channel(channel), peer };
        self.begin(now, route, &file.name, Transfer::new(now, image, granted));
    }

    fn begin(&mut self, now: Instant, route: Route, name: &str, transfer: Transfer) {
        let number = self.next_number;
        self.next_number += 1;
        let alarm = transfer.deadline().unwrap_or(now);
        let told = self.gate.tells_request(now, route.peer.ip());
        let slot = Slot {
            transfer,
            route,
            number,
            file: name.into(),
            began: now,
            progress: Arc::new(Progress::default()),
            gone: None,
            alarm,
            queued: true,
            told,
        };
        if told {
            self.events.push_back(slot.beginning());
        }
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[index] = Some(slot);
        self.peers.insert(route.peer, index);
        self.set_alarm(alarm, index);
        self.eviction.begins((index, number), route.peer.ip());
        self.fresh.push_back((index, number));
    }

    fn on_transfer_packet(&mut self, now: Instant, route: Route, packet: Packet<'_>) {
        if let Some(&index) = self.peers.get(&route.peer) {
            // At another of our ports it is a late packet of an earlier transfer from the same port. Answering
            // it with an error could end the phone's present transfer.
            if self.slots[index].as_ref().is_some_and(|slot| slot.route == route) {
                self.step(now, index, Input::Packet(packet));
            }
            return;
        }
        // RFC 1350 section 4: a packet from elsewhere gets error 5 and disturbs nobody. But never answer an error
        // with an error: two servers would talk for ever.
        if !matches!(packet, Packet::Error { .. }) {
            self.reply(route, ErrorCode::UnknownTransfer, "no such transfer");
        }
    }

    /// Step one transfer. Whatever goes wrong in it is that phone's alone.
    fn step(&mut self, now: Instant, index: usize, input: Input<'_>) {
        let Some(slot) = self.slots[index].as_mut() else { return };
        if slot.gone.is_some() {
            return; // late copies of a finished transfer's packets are not answered
        }
        let was_met = slot.transfer.met();
        let stepped = catch_unwind(AssertUnwindSafe(|| slot.transfer.handle(now, input)));
        if stepped.is_err() {
            slot.transfer.end(Outcome::Faulted);
        }
        slot.progress.store(slot.transfer.octets(), slot.transfer.retransmissions());
        let is_met = slot.transfer.met();
        if is_met && !was_met {
            self.gate.met(slot.route.peer.ip());
            self.eviction.settles(slot.route.peer.ip());
            if !slot.told && self.gate.tells_phone(now) {
                slot.told = true;
                self.events.push_back(slot.beginning());
            }
        }
        if slot.transfer.outcome().is_some() {
            self.report_end(now, index);
        } else if !slot.queued {
            slot.queued = true;
            let queue = if is_met { &mut self.ready } else { &mut self.fresh };
            queue.push_back((index, slot.number));
        }
    }

    fn finish(&mut self, now: Instant, index: usize, outcome: Outcome) {
        if let Some(slot) = self.slots[index].as_mut()
            && slot.gone.is_none()
        {
            slot.transfer.end(outcome);
            self.report_end(now, index);
        }
    }

    fn report_end(&mut self, now: Instant, index: usize) {
        let Some(slot) = self.slots[index].as_mut() else { return };
        let Some(outcome) = slot.transfer.outcome().cloned() else { return };
        if slot.told {
            self.events.push_back(slot.ending(now, outcome));
        }
        if slot.gone.is_none() && !slot.transfer.met() {
            self.eviction.settles(slot.route.peer.ip());
        }
        slot.gone = Some(now + LINGER);
        self.eviction.ends((index, slot.number));
        self.arm(index, false);
    }

    /// See to it that an alarm rings no later than the slot needs.
    fn arm(&mut self, index: usize, rang: bool) {
        let Some(slot) = self.slots[index].as_mut() else { return };
        let due = slot.gone.or(slot.transfer.deadline());
        if let Some(due) = due
            && (rang || due < slot.alarm)
        {
            slot.alarm = due;
            self.set_alarm(due, index);
        }
    }

    fn set_alarm(&mut self, at: Instant, index: usize) {
        if self.alarms.set(at, index) {
            let slots = self.slots.iter().enumerate();
            self.alarms.sweep(slots.filter_map(|(index, slot)| Some((slot.as_ref()?.alarm, index))));
        }
    }

    fn forget(&mut self, index: usize) {
        if let Some(slot) = self.slots[index].take() {
            // The peer may have begun another transfer since.
            if self.peers.get(&slot.route.peer) == Some(&index) {
                self.peers.remove(&slot.route.peer);
            }
            self.free.push(index);
        }
    }

    /// Make sure that one more slot may be taken. `false`: all are real.
    fn make_room(&mut self, now: Instant) -> bool {
        let slots = &self.slots;
        let live = |(index, number): Entry| slots[index].as_ref().is_some_and(|slot| slot.number == number);
        if self.fresh.len() > 2 * MAX_TRANSFERS {
            self.fresh.retain(|&entry| live(entry));
        }
        self.eviction.trim(4 * MAX_TRANSFERS, live);
        while self.slots.len() - self.free.len() >= MAX_TRANSFERS {
            let slots = &self.slots;
            let standing = |(index, number): Entry| {
                slots[index].as_ref().filter(|slot| slot.number == number).map(Slot::standing)
            };
            let Some(index) = self.eviction.choose(standing) else { return false };
            self.finish(now, index, Outcome::Unanswered { all_sent: false });
            self.forget(index);
        }
        true
    }

    fn pick_channel(&mut self, not: Option<Channel>) -> Channel {
        let ports = self.settings.transfer_ports;
        if ports == 0 {
            return Channel::REQUESTS;
        }
        for _ in 0..2 {
            self.next_channel = self.next_channel % ports + 1;
            if Some(Channel(self.next_channel)) != not {
                break;
            }
        }
        Channel(self.next_channel)
    }

    fn refuse(&mut self, now: Instant, peer: SocketAddr, name: &[u8], reason: Refusal) {
        let route = Route { channel: Channel::REQUESTS, peer };
        let (code, text) = match reason {
            Refusal::NotFound => (ErrorCode::FileNotFound, "file not found"),
            Refusal::Write => (ErrorCode::AccessViolation, "this server only sends, it takes no files"),
            Refusal::Malformed => (ErrorCode::IllegalOperation, "not a request that this server understands"),
            Refusal::Busy => (ErrorCode::Undefined, "too many transfers, ask again in a moment"),
        };
        if self.reply(route, code, text) && self.gate.tells_request(now, peer.ip()) {
            let file = printable(&String::from_utf8_lossy(name), MAX_SHOWN);
            self.events.push_back(Event::Refused { peer, file, reason });
        }
    }

    fn reply(&mut self, route: Route, code: ErrorCode, text: &'static str) -> bool {
        let room = self.replies.len() < MAX_REPLIES;
        if room {
            self.replies.push_back(Reply { route, code, text });
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::options::Willing;
    use super::*;

    /// A panic inside one transfer cannot be brought about from outside, so this test reaches in.
    #[test]
    fn a_panic_in_one_transfer_is_that_phones_alone() {
        let mut bundle = Bundle::default();
        bundle.insert("a", Bytes::from(vec![1; 2000]));
        let settings = Settings { willing: Willing::plain(), transfer_ports: 1 };
        let mut endpoint = Endpoint::new(Arc::new(bundle), settings);
        #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
        let now = Instant::now();
        let mut out = Vec::new();
        let phones = [1, 2].map(|n| SocketAddr::from(([10, 0, 0, n], 4000)));
        for peer in phones {
            endpoint.receive(now, Route { channel: Channel::REQUESTS, peer }, b"\0\x01a\0octet\0");
            endpoint.poll_transmit(now, &mut out).expect("block 1");
            endpoint.poll_event().expect("its beginning");
        }
        endpoint.slots[0].as_mut().expect("the first phone").transfer.sabotage();

        for peer in phones {
            endpoint.receive(now, Route { channel: Channel(1), peer }, b"\0\x04\0\x01");
        }

        assert_eq!(endpoint.poll_transmit(now, &mut out).map(|route| route.peer), Some(phones[1]));
        let Some(Event::Ended { peer, outcome, .. }) = endpoint.poll_event() else {
            panic!("no end reported")
        };
        assert_eq!((peer, outcome), (phones[0], Outcome::Faulted));
        assert!(endpoint.poll_event().is_none());
    }
}
