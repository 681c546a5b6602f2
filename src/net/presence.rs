//! Whether the machine still has the address that phones ask: looked at once a second while they are served.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use super::interfaces;

/// How often the address is looked for.
const EVERY: Duration = Duration::from_secs(1);

/// The address left the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Away {
    /// The interface that had it; empty if that was never known.
    pub interface: String,
    /// The address.
    pub address: Ipv4Addr,
    /// What the interface has now.
    pub now: Vec<Ipv4Addr>,
}

/// What became of the address since the last look.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It left.
    Away(Away),
    /// It is there again.
    Back,
}

/// An address under watch.
#[derive(Debug)]
pub(super) struct Presence {
    address: Ipv4Addr,
    interface: String,
    next: Option<Instant>,
    away: bool,
}

impl Presence {
    /// Watch an address that is there now. Loopback never leaves, and is not looked for.
    pub(super) fn of(address: Ipv4Addr, now: Instant) -> Self {
        let watched = !address.is_loopback() && !address.is_unspecified();
        let all = if watched { interfaces::list().unwrap_or_default() } else { Vec::new() };
        let interface = all.into_iter().find(|interface| interface.address == address);
        let interface = interface.map(|interface| interface.name).unwrap_or_default();
        Self { address, interface, next: watched.then(|| now + EVERY), away: false }
    }

    pub(super) fn address(&self) -> Ipv4Addr {
        self.address
    }

    pub(super) fn is_away(&self) -> bool {
        self.away
    }

    /// How long until the next look; `None` for never.
    pub(super) fn due(&self, now: Instant) -> Option<Duration> {
        self.next.map(|at| at.saturating_duration_since(now))
    }

    /// Look, if it is time.
    pub(super) fn look(&mut self, now: Instant) -> Option<Change> {
        self.next.filter(|at| *at <= now)?;
        self.next = Some(now + EVERY);
        self.see(interfaces::is_here(self.address))
    }

    fn see(&mut self, here: bool) -> Option<Change> {
        if here != self.away {
            return None;
        }
        self.away = !here;
        if here {
            return Some(Change::Back);
        }
        let (interface, address) = (self.interface.clone(), self.address);
        let now = if interface.is_empty() { Vec::new() } else { interfaces::addresses_of(&interface) };
        Some(Change::Away(Away { interface, address, now }))
    }

    /// The address is there, but its ports are not to be had yet: it counts as away, and is looked for again.
    pub(super) fn not_yet(&mut self) {
        self.away = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::{clock, under_wine};

    #[test]
    fn a_change_is_told_once_and_loopback_is_not_looked_for() {
        let address = Ipv4Addr::new(192, 0, 2, 1);
        let began = clock::now();
        let mut watched = Presence::of(address, began);
        assert_eq!(watched.look(began), None, "it is not time yet");
        // TEST-NET-1 (RFC 5737) is on no machine, so the first look finds it gone.
        let later = began + EVERY;
        // Wine 8 binds addresses that are nobody's.
        let change = if under_wine() { watched.see(false) } else { watched.look(later) };
        assert!(matches!(change, Some(Change::Away(away)) if away.address == address));
        assert_eq!(watched.see(false), None);
        assert_eq!(watched.see(true), Some(Change::Back));
        assert_eq!(watched.see(true), None);
        watched.not_yet();
        assert_eq!(watched.see(true), Some(Change::Back));
        assert_eq!(Presence::of(Ipv4Addr::LOCALHOST, began).due(later), None);
    }
}
