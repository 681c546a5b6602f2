//! A simulated phone: a state machine that follows PHONES.md 4 with the habits of its temperament.
//!
//! Feed [`SimPhone::handle`], drain [`SimPhone::poll_transmit`], sleep until [`SimPhone::deadline`]. It has no socket:
//! each transfer has a port of its own, as with real phones, known here by an ordinal that whoever carries the
//! datagrams turns into a port. It takes its list of images from the list that it fetched.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::client::{Download, Ended, FirstAnswer, Way};
use super::configured::{self, Heed};
use super::life::{Life, Tempo, life};
use super::script::{self, Act, End, Fetch, Flashed, Kind};
use super::temperament::{Manner, Temperament};
use crate::firmware::manifest::Manifest;
use crate::fleet::Mac;

/// A file that gets no answer makes the phone begin again so often, then it gives up.
const RESTARTS: u32 = 5;
/// A phone whose cable is pulled in the middle has at least this share of the image, in percent.
const PULLED: std::ops::Range<u64> = 20..80;

/// Who a simulated phone is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Character {
    /// Its model, for people: `7945G`.
    pub model: String,
    /// What it asks for after the reset: `term45.default.loads`.
    pub default_load_file: String,
    /// Its MAC.
    pub mac: Mac,
    /// The address that DHCP gives it, and the one that it has after its restart if its temperament says so.
    pub addresses: [IpAddr; 2],
    /// How it behaves.
    pub temperament: Temperament,
}

/// What can happen to a phone.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A datagram arrived.
    Datagram {
        /// At the phone's port with this ordinal.
        socket: u32,
        /// From this port of the server.
        from_port: u16,
        /// Its octets.
        octets: &'a [u8],
    },
    /// Time has passed.
    Timeout,
}

/// Where a packet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// The port of the server that takes requests.
    Request,
    /// Another port of the server.
    Port(u16),
}

/// A packet to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmit {
    /// From the phone's port with this ordinal; each is used for one transfer only.
    pub socket: u32,
    /// To this port of the server.
    pub to: Destination,
}

/// One simulated phone.
#[derive(Debug)]
pub struct SimPhone {
    who: Character,
    manner: Manner,
    tempo: Tempo,
    life: &'static Life,
    dice: fastrand::Rng,
    address: IpAddr,
    script: VecDeque<Act>,
    /// Nothing is done before this moment.
    waiting: Option<Instant>,
    /// The file that is being fetched, with its socket.
    fetching: Option<(u32, Fetch)>,
    /// Ports that are open: the transfer that runs, and those that linger.
    downloads: Vec<(u32, Download)>,
    /// Ports that it went away from without a word.
    left: Vec<u32>,
    next_socket: u32,
    refused: bool,
    restarts: u32,
    /// The image and the octets of it at which the cable is pulled.
    pull: Option<(usize, u64)>,
    images_begun: usize,
    asked: Vec<String>,
    flash: Vec<Flashed>,
    end: Option<End>,
}

impl SimPhone {
    /// A phone that is about to be reset. The same seed gives the same life.
    pub fn new(now: Instant, who: Character, tempo: Tempo, seed: u64) -> Self {
        let (life, manner) = (life(), who.temperament.manner());
        let mut dice = fastrand::Rng::with_seed(seed);
        let pull = manner.unplugged.then(|| (dice.usize(0..4), dice.u64(PULLED)));
        let mut phone = Self {
            address: who.addresses[0],
            script: script::opening(&who, manner, life),
            who,
            manner,
            tempo,
            life,
            dice,
            waiting: None,
            fetching: None,
            downloads: Vec::new(),
            left: Vec::new(),
            next_socket: 0,
            refused: false,
            restarts: 0,
            pull,
            images_begun: 0,
            asked: Vec::new(),
            flash: Vec::new(),
            end: None,
        };
        phone.go_on(now);
        phone
    }

    /// Who it is.
    pub fn character(&self) -> &Character {
        &self.who
    }

    /// The address that it has now.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How it ended; `None` while it is under way.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Whether it has ended and every port of it is closed.
    pub fn done(&self) -> bool {
        self.end.is_some() && self.downloads.is_empty()
    }

    /// What it asked for, in order, each name as often as it was asked for anew (repeats of a packet do not count).
    pub fn asked(&self) -> &[String] {
        &self.asked
    }

    /// What came whole, in order.
    pub fn flash(&self) -> &[Flashed] {
        &self.flash
    }

    /// Whether its port with this ordinal is open: once it is not, it never is again.
    pub fn is_open(&self, socket: u32) -> bool {
        self.downloads.iter().any(|(open, _)| *open == socket)
    }

    /// Whether it went away from its port with this ordinal without a word: unplugged, or never to be heard again. The
    /// server goes on speaking to that port, so nobody else may have it while this lasts.
    pub fn has_left(&self, socket: u32) -> bool {
        self.left.contains(&socket)
    }

    /// Feed one input. Afterwards drain [`Self::poll_transmit`], then sleep until [`Self::deadline`].
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Datagram { socket, from_port, octets } => {
                if let Some((_, download)) = self.downloads.iter_mut().find(|(open, _)| *open == socket) {
                    download.handle(now, from_port, octets);
                }
            }
            Input::Timeout => self.downloads.iter_mut().for_each(|(_, download)| download.timeout(now)),
        }
        self.go_on(now);
    }

    /// The next packet to send, written into `out`.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        let mut sent = None;
        for (socket, download) in &mut self.downloads {
            if let Some(to) = download.poll_transmit(out) {
                sent = Some(Transmit { socket: *socket, to });
                break;
            }
        }
        self.close_ports();
        sent
    }

    /// When to feed [`Input::Timeout`]; `None` when there is nothing to wait for. Waking early is harmless.
    pub fn deadline(&self) -> Option<Instant> {
        let downloads = self.downloads.iter().filter_map(|(_, download)| download.deadline());
        downloads.chain(self.waiting).min()
    }

    fn close_ports(&mut self) {
        let fetching = self.fetching.as_ref().map(|(socket, _)| *socket);
        let left = &mut self.left;
        self.downloads.retain(|(socket, download)| {
            let stays = !download.is_closed() || Some(*socket) == fetching;
            if !stays && download.has_vanished() {
                left.push(*socket);
            }
            stays
        });
    }

    /// Do whatever can be done at this moment.
    fn go_on(&mut self, now: Instant) {
        loop {
            if self.is_pulled() {
                return;
            }
            if let Some((socket, fetch)) = self.fetching.take() {
                let found = self.downloads.iter().find(|(open, _)| *open == socket);
                let Some(ended) = found.and_then(|(_, download)| download.ended().cloned()) else {
                    self.fetching = Some((socket, fetch));
                    return;
                };
                self.fetched(socket, &fetch, &ended);
            }
            if self.waiting.is_some_and(|until| now < until) {
                break;
            }
            self.waiting = None;
            let Some(act) = self.script.pop_front() else { break };
            match act {
                Act::Wait(span) => self.waiting = Some(now + self.tempo.of(span.pick(&mut self.dice))),
                Act::Fetch(Fetch { kind: Kind::Settings { after_refusal: true }, .. }) if !self.refused => {}
                Act::Fetch(fetch) => self.fetch(now, fetch),
                Act::Move(address) => {
                    self.address = address;
                    self.downloads.clear();
                }
                Act::End(end) => {
                    self.end = Some(end);
                    self.script.clear();
                }
            }
        }
        self.close_ports();
    }

    fn fetch(&mut self, now: Instant, fetch: Fetch) {
        let ask_size_first = self.manner.probes && self.asked.last() != Some(&fetch.name);
        let firmware = matches!(fetch.kind, Kind::List | Kind::Image);
        let slow = self.manner.slow && firmware;
        let way = Way {
            blksize: self.manner.blksize,
            // The one whose cable is pulled asks for the size as well, to know where its middle is.
            tsize: ask_size_first || self.manner.blksize.is_some() || self.pull.is_some(),
            first_answer: match fetch.kind {
                Kind::Glance => FirstAnswer::Vanishes,
                _ if self.manner.mute => FirstAnswer::Vanishes,
                _ if ask_size_first => FirstAnswer::Refuses,
                _ => FirstAnswer::Takes,
            },
            loses_last_ack: self.manner.loses_last_ack && firmware,
            ack_after: if slow {
                self.tempo.of(self.life.slow_ack.pick(&mut self.dice))
            } else {
                Duration::ZERO
            },
            clock: self.tempo.clock(self.life.request_clock.pick(&mut self.dice)),
        };
        if fetch.kind == Kind::Image && !ask_size_first {
            self.images_begun += 1;
        }
        self.asked.push(fetch.name.clone());
        let socket = self.next_socket;
        self.next_socket += 1;
        self.downloads.push((socket, Download::new(now, &fetch.name, way)));
        self.fetching = Some((socket, fetch));
    }

    /// A download has ended: what comes next.
    fn fetched(&mut self, socket: u32, fetch: &Fetch, ended: &Ended) {
        self.refused = matches!(ended, Ended::Refused(_));
        match (fetch.kind, ended) {
            (Kind::Glance, _) => {}
            (_, Ended::Left) if self.manner.mute => self.finish(End::Mute),
            // It knows the size now, and asks again.
            (_, Ended::Left) => self.script.push_front(Act::Fetch(fetch.clone())),
            (Kind::Settings { .. }, Ended::Whole) if self.manner.heeds.is_some() => {
                self.on_configuration(socket);
            }
            (Kind::Settings { .. }, _) => {} // refused or unanswered: it goes on with the next name
            (Kind::List, Ended::Whole) => self.on_list(socket),
            (Kind::Image, Ended::Whole) => {
                let _kept = self.keep(socket);
            }
            (Kind::List, Ended::Refused(_)) => self.on_list_refused(fetch),
            (Kind::Image, Ended::Refused(_)) => self.on_image_refused(fetch),
            (Kind::List | Kind::Image, Ended::Unanswered) => self.begin_again(fetch),
        }
    }

    fn keep(&mut self, socket: u32) -> Option<&Download> {
        let (_, download) = self.downloads.iter().find(|(open, _)| *open == socket)?;
        self.flash.push(Flashed {
            name: download.name.clone(),
            octets: download.octets,
            sha256: download.sha256(),
        });
        Some(download)
    }

    fn on_list(&mut self, socket: u32) {
        let rejects = self.manner.rejects || self.manner.heeds == Some(Heed::Refuses);
        let Some(download) = self.keep(socket) else { return };
        let manifest = Manifest::parse(download.kept());
        if rejects {
            return; // its script already says what it does
        }
        match manifest {
            Ok(manifest) => self.script = script::load(&self.who, self.manner, self.life, &manifest),
            Err(_) => self.finish(End::Unreadable),
        }
    }

    /// A configuration came. One that has the load that it names goes on as it is: it is back.
    fn on_configuration(&mut self, socket: u32) {
        let text =
            self.downloads.iter().find(|(open, _)| *open == socket).map(|(_, download)| download.kept());
        let load = text.and_then(|text| configured::named_load(text, &self.who));
        let (Some(load), Some(how)) = (load, self.manner.heeds) else { return };
        let manifest = format!("{load}.loads");
        let lists = self.flash.iter().filter(|flashed| flashed.name == manifest).count();
        if how == Heed::Takes && lists > 0 {
            return;
        }
        self.script =
            configured::heed(&self.who, how, self.life, &load, u32::try_from(lists).unwrap_or(u32::MAX));
    }

    /// Its loader has nothing to start, so it asks again after a while; then it is left alone.
    fn on_list_refused(&mut self, fetch: &Fetch) {
        self.restarts += 1;
        if self.restarts > 1 {
            self.finish(End::Missing(fetch.name.clone()));
        } else {
            self.script = script::again(&self.who, self.life);
        }
    }

    /// It still asks for the next image, and closes its port before the answer (PHONES.md 4.1).
    fn on_image_refused(&mut self, fetch: &Fetch) {
        let next = self.script.iter().find_map(|act| match act {
            Act::Fetch(next) if next.kind == Kind::Image => Some(next.name.clone()),
            _ => None,
        });
        self.script.clear();
        if let Some(name) = next {
            self.script.push_back(Act::Fetch(Fetch { name, kind: Kind::Glance }));
        }
        self.script.push_back(Act::End(End::Missing(fetch.name.clone())));
    }

    fn begin_again(&mut self, fetch: &Fetch) {
        self.restarts += 1;
        if self.restarts > RESTARTS {
            self.finish(End::Unanswered(fetch.name.clone()));
        } else {
            self.images_begun = 0;
            self.script = script::again(&self.who, self.life);
        }
    }

    fn finish(&mut self, end: End) {
        self.script.clear();
        self.end = Some(end);
    }

    /// Whether its cable is out; pulls it when it is time.
    fn is_pulled(&mut self) -> bool {
        if matches!(self.end, Some(End::Unplugged(_))) {
            return true;
        }
        let (Some((image, percent)), Some((socket, fetch))) = (self.pull, &self.fetching) else {
            return false;
        };
        let name = fetch.name.clone();
        let Some((_, download)) = self.downloads.iter().find(|(open, _)| open == socket) else {
            return false;
        };
        // Without the size (a server that ignores options) it is pulled after the first block.
        let enough = download.size.map_or(1, |size| size * percent / 100).max(1);
        if fetch.kind != Kind::Image || self.images_begun != image + 1 || download.octets < enough {
            return false;
        }
        self.finish(End::Unplugged(name));
        self.fetching = None;
        self.waiting = None;
        self.left.extend(self.downloads.drain(..).map(|(socket, _)| socket));
        true
    }
}
