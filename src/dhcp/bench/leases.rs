//! Who has which address, who may have which, and until when. Bounded by the pool: a flood fills it and cannot make it
//! grow, and addresses of listed phones are never given to anybody else.
//!
//! A phone is known by its MAC alone. RFC 2131 prefers the client identifier; but a phone's loader and its load may
//! call themselves differently, and on the bench they are one phone that should keep its address.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::pool::{MOST, Pool};
use super::wire::Echo;
use crate::fleet::Mac;

/// How long an offer is kept for the client that it was made to.
pub(super) const OFFER: Duration = Duration::from_secs(60);
/// After so long an offer that nobody took may go to another client when there is no free address: clients answer
/// within moments, and a flood does not.
const STALE_OFFER: Duration = Duration::from_secs(5);
/// How long an address is left alone that turned out to be somebody's.
const BAD: Duration = Duration::from_secs(10 * 60);

/// What is with an address.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// Nobody has it.
    Free,
    /// It is being found out whether somebody uses it; then this client is offered it.
    Checking { echo: Echo, at: Instant },
    /// It was offered.
    Offered { at: Instant },
    /// A client has it.
    Bound { until: Instant },
    /// Somebody uses it who did not get it here.
    Bad,
}

#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub(super) state: State,
    /// Who has it, or had it last.
    pub(super) mac: Option<Mac>,
    /// The listed phone that it is kept for.
    kept_for: Option<Mac>,
    /// When it was last given up, counted: the one that lay idle longest goes first.
    idle_since: u64,
    alarm: Option<Instant>,
}

/// All addresses.
#[derive(Debug)]
pub(super) struct Leases {
    slots: BTreeMap<Ipv4Addr, Slot>,
    by_mac: HashMap<Mac, Ipv4Addr>,
    kept: HashMap<Mac, Ipv4Addr>,
    /// Free addresses that are kept for nobody, the one that lay idle longest first.
    free: BTreeSet<(u64, Ipv4Addr)>,
    /// When something is due, with the address.
    alarms: BTreeSet<(Instant, Ipv4Addr)>,
    /// Offers in the order in which they were made.
    offers: BTreeSet<(Instant, Ipv4Addr)>,
    clock: u64,
    served: Served,
}

/// Clients that had an address here, the last so many of them.
#[derive(Debug, Default)]
struct Served {
    known: HashSet<Mac>,
    order: VecDeque<Mac>,
}

impl Served {
    fn add(&mut self, mac: Mac) {
        if !self.known.insert(mac) {
            return;
        }
        self.order.push_back(mac);
        if self.order.len() > 2 * MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl Leases {
    /// All free; the first addresses are kept for the listed phones.
    pub(super) fn new(pool: &Pool, listed: &[Mac]) -> Self {
        let mut leases = Self {
            slots: BTreeMap::new(),
            by_mac: HashMap::new(),
            kept: HashMap::new(),
            free: BTreeSet::new(),
            alarms: BTreeSet::new(),
            offers: BTreeSet::new(),
            clock: 0,
            served: Served::default(),
        };
        let mut listed = listed.iter().copied().collect::<BTreeSet<_>>().into_iter();
        for address in pool.addresses() {
            leases.add(*address, listed.next());
        }
        leases
    }

    fn add(&mut self, address: Ipv4Addr, kept_for: Option<Mac>) {
        if self.slots.len() >= MOST || self.slots.contains_key(&address) {
            return;
        }
        self.clock += 1;
        let idle_since = self.clock;
        let slot = Slot { state: State::Free, mac: None, kept_for, idle_since, alarm: None };
        self.slots.insert(address, slot);
        match kept_for {
            Some(mac) => drop(self.kept.insert(mac, address)),
            None => drop(self.free.insert((idle_since, address))),
        }
    }

    /// How many addresses there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Entries of all tables.
    pub(super) fn entries(&self) -> usize {
        let tables =
            [self.by_mac.len(), self.kept.len(), self.free.len(), self.alarms.len(), self.offers.len()];
        self.slots.len() + tables.iter().sum::<usize>() + self.served.order.len()
    }

    pub(super) fn get(&self, address: Ipv4Addr) -> Option<&Slot> {
        self.slots.get(&address)
    }

    /// The address that this client has, is offered, or had last.
    pub(super) fn of(&self, mac: Mac) -> Option<Ipv4Addr> {
        self.by_mac.get(&mac).copied()
    }

    /// Whether this client had an address here, as far as anybody remembers.
    pub(super) fn has_served(&self, mac: Mac) -> bool {
        self.served.known.contains(&mac)
    }

    /// The leases that run, with their ends.
    pub(super) fn bound(&self) -> impl Iterator<Item = (Ipv4Addr, Mac, Instant)> {
        self.slots.iter().filter_map(|(address, slot)| match (&slot.state, slot.mac) {
            (State::Bound { until }, Some(mac)) => Some((*address, mac, *until)),
            _ => None,
        })
    }

    /// The earliest moment at which something is due.
    pub(super) fn alarm(&self) -> Option<Instant> {
        self.alarms.first().map(|(at, _)| *at)
    }

    /// The next address at which something is due by now.
    pub(super) fn due(&mut self, now: Instant) -> Option<Ipv4Addr> {
        self.alarms.first().filter(|(at, _)| *at <= now).map(|(_, address)| *address)
    }

    /// An address for a client that has none: its last one, the one that is kept for it, the one that it asks for, or
    /// the one that lay idle longest. `None` if all are taken.
    pub(super) fn find(&mut self, now: Instant, mac: Mac, asked: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
        let last = self.of(mac);
        let kept = self.kept.get(&mac).copied();
        let wanted = [last, kept, asked].into_iter().flatten();
        let taken = wanted.into_iter().find(|address| self.is_free_for(*address, mac));
        let idle = || self.free.first().map(|(_, address)| *address);
        taken.or_else(idle).or_else(|| self.stale_offer(now, mac))
    }

    /// Whether this client may have this address now, as far as the table knows.
    pub(super) fn is_free_for(&self, address: Ipv4Addr, mac: Mac) -> bool {
        let Some(slot) = self.slots.get(&address) else { return false };
        let is_kept = slot.kept_for.is_some_and(|other| other != mac);
        matches!(slot.state, State::Free) && !is_kept
    }

    /// The oldest offer that nobody took; for a listed phone whose own address is bad, any offer to a stranger.
    fn stale_offer(&self, now: Instant, mac: Mac) -> Option<Ipv4Addr> {
        let is_listed = self.kept.contains_key(&mac);
        let takeable = |at: Instant| is_listed || now.saturating_duration_since(at) >= STALE_OFFER;
        let stale = self.offers.iter().take_while(|(at, _)| takeable(*at)).map(|(_, address)| *address);
        let is_kept =
            |address: &Ipv4Addr| self.slots.get(address).is_some_and(|slot| slot.kept_for.is_some());
        { stale }.find(|address| !is_kept(address))
    }

    /// Put an address into a state, in the hands of `mac`. Whatever else that client had is given up.
    pub(super) fn put(&mut self, address: Ipv4Addr, mac: Mac, state: State) {
        if let Some(other) = self.of(mac).filter(|other| *other != address) {
            let is_bad = matches!(self.slots.get(&other), Some(Slot { state: State::Bad, .. }));
            if !is_bad {
                self.set(other, State::Free);
            }
        }
        let Some(slot) = self.slots.get_mut(&address) else { return };
        if let Some(before) = slot.mac.replace(mac).filter(|before| *before != mac)
            && self.by_mac.get(&before) == Some(&address)
        {
            self.by_mac.remove(&before);
        }
        self.by_mac.insert(mac, address);
        if matches!(state, State::Bound { .. }) {
            self.served.add(mac);
        }
        self.set(address, state);
    }

    /// Put an address into a state; who has it, or had it last, stays.
    pub(super) fn set(&mut self, address: Ipv4Addr, state: State) {
        let Some(slot) = self.slots.get_mut(&address) else { return };
        if let Some(at) = slot.alarm.take() {
            self.alarms.remove(&(at, address));
        }
        if let State::Offered { at } = slot.state {
            self.offers.remove(&(at, address));
        }
        self.free.remove(&(slot.idle_since, address));
        slot.alarm = match &state {
            State::Free | State::Bad => None,
            State::Checking { at, .. } => Some(*at),
            State::Offered { at } => Some(*at + OFFER),
            State::Bound { until } => Some(*until),
        };
        match &state {
            State::Free if slot.kept_for.is_none() => {
                self.clock += 1;
                slot.idle_since = self.clock;
                self.free.insert((slot.idle_since, address));
            }
            State::Offered { at } => drop(self.offers.insert((*at, address))),
            _ => {}
        }
        slot.state = state;
        if let Some(at) = slot.alarm {
            self.alarms.insert((at, address));
        }
    }

    /// Somebody uses this address who did not get it here.
    pub(super) fn spoil(&mut self, now: Instant, address: Ipv4Addr) {
        let Some(slot) = self.slots.get_mut(&address) else { return };
        if let Some(mac) = slot.mac.take()
            && self.by_mac.get(&mac) == Some(&address)
        {
            self.by_mac.remove(&mac);
        }
        self.set(address, State::Bad);
        if let Some(slot) = self.slots.get_mut(&address) {
            slot.alarm = Some(now + BAD);
            self.alarms.insert((now + BAD, address));
        }
    }

    /// A lease from before a restart. One outside the pool is taken in all the same, as far as there is room.
    pub(super) fn restore(&mut self, address: Ipv4Addr, mac: Mac, until: Instant) {
        self.add(address, None);
        let is_free = matches!(self.slots.get(&address), Some(Slot { state: State::Free, .. }));
        if is_free && self.of(mac).is_none() {
            self.put(address, mac, State::Bound { until });
        }
    }

    #[cfg(test)]
    pub(super) fn check(&self) {
        for (mac, address) in &self.by_mac {
            assert_eq!(self.slots[address].mac, Some(*mac), "{mac} leads to an address that is not its own");
        }
        let free = self.slots.values().filter(|s| matches!(s.state, State::Free) && s.kept_for.is_none());
        assert_eq!(free.count(), self.free.len());
        let offers = self.slots.values().filter(|slot| matches!(slot.state, State::Offered { .. })).count();
        assert_eq!(offers, self.offers.len());
        assert_eq!(self.slots.values().filter(|slot| slot.alarm.is_some()).count(), self.alarms.len());
        assert!(self.slots.len() <= MOST && self.by_mac.len() <= self.slots.len());
    }
}
