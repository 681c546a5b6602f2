//! Who has to go when every place is taken: whoever has ended, or else a request that nobody ever acknowledged, the
//! oldest of the host that has most of them.
//!
//! A flood of spoofed requests must not lock real phones out, and one that comes from few hosts must not push out a
//! phone that is slow to acknowledge its first block.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

/// Requests that are compared: time stays bounded, and as many phones may be slow at once.
const CANDIDATES: usize = 32;

/// A transfer by its place and its number: the place may be another's by now.
pub(super) type Entry = (usize, u64);

/// How a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has ended, and is only remembered.
    Ended,
    /// Nobody has acknowledged anything yet; who asked.
    HalfOpen(IpAddr),
    /// Somebody is there and loads.
    Met,
}

/// The order in which places may be given to a new request.
#[derive(Debug, Default)]
pub(super) struct Eviction {
    order: VecDeque<Entry>,
    /// Half-open requests of each host.
    half_open: HashMap<IpAddr, u32>,
}

impl Eviction {
    /// A request came.
    pub(super) fn begins(&mut self, entry: Entry, host: IpAddr) {
        self.order.push_back(entry);
        *self.half_open.entry(host).or_default() += 1;
    }

    /// A host acknowledged one of its requests for the first time, or one ended without that.
    pub(super) fn settles(&mut self, host: IpAddr) {
        if let Some(count) = self.half_open.get_mut(&host) {
            *count -= 1;
            if *count == 0 {
                self.half_open.remove(&host);
            }
        }
    }

    /// A transfer ended: it goes before all that have not.
    pub(super) fn ends(&mut self, entry: Entry) {
        self.order.push_front(entry);
    }

    /// The place of the one that goes. `None` if all are real. `standing` knows what is left of an entry.
    pub(super) fn choose(&mut self, standing: impl Fn(Entry) -> Option<Standing>) -> Option<usize> {
        let mut looked_at: Vec<(Entry, u32)> = Vec::new();
        while looked_at.len() < CANDIDATES
            && let Some(entry) = self.order.pop_front()
        {
            match standing(entry) {
                Some(Standing::Ended) => {
                    self.spare(looked_at);
                    return Some(entry.0);
                }
                Some(Standing::HalfOpen(host)) => {
                    looked_at.push((entry, self.half_open.get(&host).copied().unwrap_or(0)));
                }
                Some(Standing::Met) | None => {}
            }
        }
        let most = looked_at.iter().map(|&(_, count)| count).max()?;
        let oldest = looked_at.iter().position(|&(_, count)| count == most)?;
        let ((place, _), _) = looked_at.remove(oldest);
        self.spare(looked_at);
        Some(place)
    }

    /// They keep their places in the order.
    fn spare(&mut self, entries: Vec<(Entry, u32)>) {
        for (entry, _) in entries.into_iter().rev() {
            self.order.push_front(entry);
        }
    }

    /// Entries of transfers long gone would pile up: leave out those that are not `live` once there are more than `most`.
    pub(super) fn trim(&mut self, most: usize, live: impl Fn(Entry) -> bool) {
        if self.order.len() > most {
            self.order.retain(|&entry| live(entry));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    /// Requests of these hosts, in places 0, 1, 2 and so on.
    fn of(hosts: &[u8]) -> (Eviction, Vec<Option<Standing>>) {
        let mut eviction = Eviction::default();
        for (place, &n) in hosts.iter().enumerate() {
            eviction.begins((place, 0), host(n));
        }
        (eviction, hosts.iter().map(|&n| Some(Standing::HalfOpen(host(n)))).collect())
    }

    /// Who goes, one after another.
    fn order(eviction: &mut Eviction, transfers: &mut [Option<Standing>]) -> Vec<usize> {
        let mut gone = Vec::new();
        while let Some(place) = eviction.choose(|(place, _)| transfers[place]) {
            if let Some(Standing::HalfOpen(host)) = transfers[place].take() {
                eviction.settles(host);
            }
            gone.push(place);
        }
        gone
    }

    #[test]
    fn hosts_with_one_request_each_go_by_age() {
        let (mut eviction, mut transfers) = of(&[1, 2, 3]);
        assert_eq!(order(&mut eviction, &mut transfers), [0, 1, 2]);
    }

    #[test]
    fn the_host_with_most_loses_its_oldest_and_a_lone_phone_goes_last() {
        let (mut eviction, mut transfers) = of(&[1, 2, 3, 2, 3, 3]);
        assert_eq!(order(&mut eviction, &mut transfers), [2, 1, 4, 0, 3, 5]);
    }

    #[test]
    fn what_has_ended_goes_first_and_who_loads_never_does() {
        let (mut eviction, mut transfers) = of(&[1, 1, 2, 1]);
        transfers[0] = Some(Standing::Met);
        eviction.settles(host(1));
        transfers[3] = Some(Standing::Ended);
        eviction.settles(host(1));
        eviction.ends((3, 0));
        assert_eq!(order(&mut eviction, &mut transfers), [3, 1, 2]);
        assert!(eviction.half_open.is_empty(), "{eviction:?}");
    }

    #[test]
    fn many_hosts_are_looked_at_in_bounded_time() {
        // A host with two requests beyond those that are compared is not found: the oldest goes.
        let mut hosts: Vec<u8> = (0..u8::try_from(CANDIDATES).unwrap_or(u8::MAX)).collect();
        hosts.extend([200, 200]);
        let (mut eviction, transfers) = of(&hosts);
        assert_eq!(eviction.choose(|(place, _)| transfers[place]), Some(0));
        assert_eq!(eviction.order.front(), Some(&(1, 0)));
    }

    #[test]
    fn entries_of_what_is_long_gone_are_left_out() {
        let (mut eviction, _) = of(&[1, 2, 3, 4]);
        eviction.trim(4, |_| false);
        assert_eq!(eviction.order.len(), 4);
        eviction.trim(3, |(place, _)| place == 2);
        assert_eq!(eviction.order, [(2, 0)]);
    }
}
