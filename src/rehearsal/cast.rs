//! Who takes part in a rehearsal: named scenarios from `assets/scenarios.toml`, and the phones of one of them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

use serde::Deserialize;

use super::life::{FILE, Tempo};
use super::phone::{Character, SimPhone};
use super::temperament::Temperament;
use crate::fleet::Mac;

/// A rehearsal with a name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is asked for by.
    pub name: String,
    /// What it shows, in one line.
    pub description: String,
    /// How many phones take part unless the user says otherwise.
    pub phones: usize,
    /// Share of datagrams that get lost unless the user says otherwise, 0 to 1.
    pub loss: f64,
    /// Shares of the temperaments.
    pub mix: BTreeMap<Temperament, u32>,
}

/// All scenarios, in the order of the file; the first is the one for whoever names none.
pub fn scenarios() -> &'static [Scenario] {
    &FILE.scenarios
}

/// The scenario of that name.
pub fn scenario(name: &str) -> Option<&'static Scenario> {
    scenarios().iter().find(|scenario| scenario.name == name)
}

/// What a phone of the cast can be: a model and what it asks for after its reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `7945G`.
    pub model: String,
    /// `term45.default.loads`.
    pub default_load_file: String,
}

impl Scenario {
    /// The temperaments of `phones` phones: each kind of the mix at least once if there is room for it, the rest
    /// by share, in an order that the seed shuffles.
    pub fn temperaments(&self, phones: usize, seed: u64) -> Vec<Temperament> {
        let mut dealt: Vec<(Temperament, usize, u32)> = self
            .mix
            .iter()
            .filter(|(_, share)| **share > 0)
            .map(|(kind, share)| (*kind, 0, *share))
            .collect();
        for _ in 0..phones {
            // Whoever is furthest behind its share (D'Hondt's rule); at first everybody once, larger shares first.
            let behind =
                |count: usize, share: u32| f64::from(share) / (count as f64 + f64::from(u8::from(count > 0)));
            let next = dealt.iter_mut().max_by(|a, b| {
                let first = (a.1 == 0).cmp(&(b.1 == 0));
                first.then(behind(a.1, a.2).total_cmp(&behind(b.1, b.2))).then(b.0.cmp(&a.0))
            });
            if let Some((_, count, _)) = next {
                *count += 1;
            }
        }
        let mut all: Vec<Temperament> =
            dealt.into_iter().flat_map(|(kind, count, _)| std::iter::repeat_n(kind, count)).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut all);
        all
    }

    /// The phones of a rehearsal. `parts` are dealt out in turn; `addresses` gives the nth phone (from 0) its address
    /// and the one that it may have after its restart.
    pub fn cast(
        &self,
        now: Instant,
        phones: usize,
        seed: u64,
        tempo: Tempo,
        parts: &[Part],
        addresses: impl Fn(usize) -> [IpAddr; 2],
    ) -> Vec<SimPhone> {
        let temperaments = self.temperaments(phones, seed);
        let actors = temperaments.into_iter().zip(parts.iter().cycle()).enumerate();
        let phone = |(nth, (temperament, part)): (usize, (Temperament, &Part))| {
            let number = u32::try_from(nth).unwrap_or(u32::MAX).to_be_bytes();
            let who = Character {
                model: part.model.clone(),
                default_load_file: part.default_load_file.clone(),
                // Locally administered: no real phone has such a MAC.
                mac: Mac([0x02, 0x79, number[0], number[1], number[2], number[3]]),
                addresses: addresses(nth),
                temperament,
            };
            let own = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(nth as u64);
            SimPhone::new(now, who, tempo, own)
        };
        actors.map(phone).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_scenario_can_be_played() {
        let mut names = BTreeSet::new();
        for scenario in scenarios() {
            assert!(names.insert(&scenario.name), "{} is there twice", scenario.name);
            assert!((0.0..0.5).contains(&scenario.loss), "{}", scenario.name);
            assert!(!scenario.description.is_empty() && scenario.phones > 0, "{}", scenario.name);
            assert_eq!(scenario.temperaments(scenario.phones, 1).len(), scenario.phones);
        }
        assert_eq!(scenarios()[0].name, "default");
        for name in ["default", "all-well", "rejected", "mixed-bench", "lossy"] {
            assert!(scenario(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_default_scenario_has_every_temperament() {
        let scenario = scenario("default").unwrap();
        let dealt: BTreeSet<_> = scenario.temperaments(scenario.phones, 7).into_iter().collect();
        assert_eq!(dealt, BTreeSet::from(Temperament::ALL));
    }

    #[test]
    fn a_mix_is_dealt_out_by_its_shares_and_shuffled_by_its_seed() {
        let scenario = scenario("mixed-bench").unwrap();
        let count = |all: &[Temperament], one| all.iter().filter(|temperament| **temperament == one).count();
        let dealt = scenario.temperaments(400, 1);
        assert!(
            (180..=220).contains(&count(&dealt, Temperament::Polite)),
            "{}",
            count(&dealt, Temperament::Polite)
        );
        assert!((8..=12).contains(&count(&dealt, Temperament::Mute)), "{}", count(&dealt, Temperament::Mute));
        assert_eq!(dealt, scenario.temperaments(400, 1));
        assert_ne!(dealt, scenario.temperaments(400, 2));
        assert_eq!(scenario.temperaments(3, 1).len(), 3);
        assert_eq!(scenario.temperaments(0, 1), []);
    }
}
