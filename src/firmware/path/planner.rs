//! How a plan is made: stepping stones for very old loads, the intermediate load across the change of the key, a release
//! in between that some source asks for, a step of its own for the protocol, and last what CUCM hands out.

use super::{Hop, HopKind, Plan, Question, Verdict};
use crate::catalog::{Catalog, Evidence, Family};
use crate::firmware::load_name::{LoadName, StatedLoad};
use crate::firmware::version::{Protocol, Release};
use crate::firmware::window::{Standing, judge};

/// A question with what is needed to answer it.
pub(super) struct Planner<'a, 'q> {
    pub(super) catalog: &'a Catalog,
    pub(super) question: &'q Question<'q>,
    /// The family that model and names agree on.
    pub(super) family: Option<String>,
}

impl<'a> Planner<'a, '_> {
    pub(super) fn plan(&self) -> Plan<'a> {
        let target = self.question.target.release;
        if let Some(phone) = self.phone_release() {
            // A build that only one of the two names tells nothing apart.
            let comparison = phone.compare(&target);
            let is_target =
                phone.is_same_release(&target) && (comparison.ordering.is_eq() || !comparison.certain);
            if is_target && self.protocol_change().is_none() {
                return self.answer(Verdict::SameLoad, Vec::new());
            }
            if phone > target && !is_target {
                return self.answer(Verdict::GoingBack, vec![self.target_hop()]);
            }
        }
        let mut hops = self.stepping_stones();
        self.add_intermediate(&mut hops);
        self.add_bridges(&mut hops);
        self.add_protocol_step(&mut hops);
        let verdict = if hops.is_empty() { Verdict::NoHopNeeded } else { Verdict::HopsNeeded };
        hops.push(self.target_hop());
        self.answer(verdict, hops)
    }

    fn answer(&self, verdict: Verdict, hops: Vec<Hop>) -> Plan<'a> {
        let is_explained = hops.iter().any(|hop| hop.kind == HopKind::Intermediate);
        let causes =
            self.catalog.causes().iter().filter(|cause| !is_explained && !cause.key_change).collect();
        Plan {
            verdict,
            summary: self.summary(verdict, &hops),
            causes,
            notes: self.notes(verdict, &hops),
            hops,
        }
    }

    /// Protocol on the phone and of the target, if both are known and differ.
    fn protocol_change(&self) -> Option<(Protocol, Protocol)> {
        let from = self.question.phone.as_ref()?.protocol?;
        let to = self.question.target.protocol?;
        (from != to).then_some((from, to))
    }

    /// The protocol to stay on before the target. A phone of unknown protocol goes the target's way.
    fn protocol_before_target(&self) -> Option<Protocol> {
        self.question.phone.as_ref().and_then(|phone| phone.protocol).or(self.question.target.protocol)
    }

    fn phone_release(&self) -> Option<Release> {
        self.question.phone.as_ref().map(|phone| phone.release)
    }

    /// Whether the phone surely knows the new key. A special build beside the last release of the window does; one
    /// beside the first release may not.
    fn phone_knows_new_key(&self) -> bool {
        self.phone_release().is_some_and(|release| {
            let comparison = release.without_build().compare(&self.catalog.versions().window.first);
            comparison.certain && comparison.ordering.is_ge()
        })
    }

    /// Whether a phone with the old key alone surely accepts the target.
    fn old_phones_accept_target(&self) -> bool {
        let comparison =
            self.question.target.release.without_build().compare(&self.catalog.versions().window.last);
        comparison.certain && comparison.ordering.is_le()
    }

    fn hop(&self, kind: HopKind, release: Release, reason: String, evidence: &Evidence) -> Hop {
        let protocol = self.protocol_before_target();
        Hop {
            kind,
            release,
            protocol,
            load: self.load(protocol, release),
            reason,
            evidence: Some(evidence.clone()),
        }
    }

    fn load(&self, protocol: Option<Protocol>, release: Release) -> Option<LoadName> {
        LoadName::new(protocol?, self.family.as_deref()?, release)
    }

    fn target_hop(&self) -> Hop {
        let StatedLoad { release, protocol, .. } = self.question.target;
        let protocol = protocol.or_else(|| self.protocol_before_target());
        let reason =
            "It is what CUCM hands out: switch option 150 back, and the phone fetches it from there.".into();
        Hop {
            kind: HopKind::Target,
            release,
            protocol,
            load: self.load(protocol, release),
            reason,
            evidence: None,
        }
    }

    fn stepping_stones(&self) -> Vec<Hop> {
        let (Some(family), Some(phone)) = (&self.family, self.phone_release()) else { return Vec::new() };
        let target = self.question.target.release;
        let mut hops = Vec::new();
        for ladder in &self.catalog.versions().ladders {
            if !ladder.families.contains(family) || phone >= ladder.phones_before {
                continue;
            }
            for step in ladder.steps.iter().filter(|step| phone < **step && **step < target.without_build()) {
                let reason = format!(
                    "{phone} is very old: the phones in the one report of such a recovery went by way of {}.",
                    listed(&ladder.steps)
                );
                hops.push(self.hop(HopKind::SteppingStone, *step, reason, &ladder.evidence));
            }
        }
        hops
    }

    fn add_intermediate(&self, hops: &mut Vec<Hop>) {
        if self.phone_knows_new_key() || self.old_phones_accept_target() {
            return;
        }
        let window = &self.catalog.versions().window;
        let target = self.question.target.release;
        let target_is = match judge(self.catalog, &target).standing {
            Standing::TooNew => format!("{target} is signed with the new key alone"),
            _ => format!("{target} may be signed with the new key alone"),
        };
        let phone = match self.phone_release() {
            Some(phone) if judge(self.catalog, &phone).standing == Standing::Uncertain => {
                format!("nobody can tell whether {phone} knows that key")
            }
            Some(phone) => {
                format!("a phone below {} such as yours with {phone} does not know that key", window.first)
            }
            None => format!("a phone below {} does not know that key", window.first),
        };
        let reason = format!(
            "{target_is}, and {phone}. {} is accepted with the old key and knows the new one.",
            window.recommended
        );
        hops.push(self.hop(HopKind::Intermediate, window.recommended, reason, &window.evidence));
    }

    fn add_bridges(&self, hops: &mut Vec<Hop>) {
        let Some(phone) = self.phone_release() else { return };
        let target = self.question.target.release;
        let recommended = self.catalog.versions().window.recommended;
        for bridge in &self.catalog.versions().bridges {
            let applies =
                bridge.phones_from <= phone && phone < bridge.phones_before && target >= bridge.targets_from;
            let is_bridged = hops.iter().any(|hop| hop.release >= bridge.over);
            if applies && !is_bridged {
                let reason = format!("One source says: {}. {recommended} does that.", bridge.says);
                hops.push(self.hop(HopKind::Bridge, recommended, reason, &bridge.evidence));
            }
        }
    }

    fn add_protocol_step(&self, hops: &mut Vec<Hop>) {
        let Some((from, to)) = self.protocol_change() else { return };
        let target = self.question.target.release;
        // With the release unchanged, or with a hop before it that stays on the old protocol, the last step is plain.
        if !hops.is_empty() || self.phone_release().is_none_or(|phone| phone.is_same_release(&target)) {
            return;
        }
        let rules = &self.catalog.versions().protocol_steps;
        if let Some(rule) = rules.iter().find(|rule| rule.from == from && rule.to == to) {
            let reason = format!("One source says: {}.", rule.says);
            hops.push(self.hop(HopKind::ProtocolStep, target, reason, &rule.evidence));
        }
    }

    /// A release, with its protocol where the path changes it.
    fn in_words(&self, release: Release, protocol: Option<Protocol>) -> String {
        match protocol.filter(|_| self.protocol_change().is_some()) {
            Some(protocol) => format!("{protocol} {release}"),
            None => release.to_string(),
        }
    }

    fn summary(&self, verdict: Verdict, hops: &[Hop]) -> String {
        let target = self.question.target.release;
        let window = &self.catalog.versions().window;
        match verdict {
            Verdict::HopsNeeded => {
                let before = &hops[..hops.len() - 1];
                let first = self.in_words(before[0].release, before[0].protocol);
                let target = self.in_words(target, self.question.target.protocol);
                match (before.len(), &self.question.phone) {
                    (1, Some(phone)) => {
                        let phone = self.in_words(phone.release, phone.protocol);
                        format!("One hop before {target}: from {phone} go to {first} first.")
                    }
                    (1, None) => format!(
                        "The load on the phone is not known, so plan for an old one: go to {first} first, then to \
                         {target}."
                    ),
                    (count, _) => {
                        let releases: Vec<Release> = before.iter().map(|hop| hop.release).collect();
                        format!("{count} hops before {target}: {}.", listed(&releases))
                    }
                }
            }
            Verdict::NoHopNeeded => match self.phone_release() {
                Some(phone) if self.phone_knows_new_key() => format!(
                    "No hop needed: {phone} is not older than {}, so it knows the key of {target}. Auth Fail must have another cause.",
                    window.first
                ),
                _ => format!(
                    "No hop needed: old phones accept every load up to {}, and so {target}. Auth Fail must have another cause.",
                    window.last
                ),
            },
            Verdict::SameLoad => {
                format!(
                    "The phone has {target} already, and no hop is needed. Auth Fail must have another cause."
                )
            }
            Verdict::GoingBack => format!(
                "{target} is older than the load on the phone. No source describes a hop for going back; Auth Fail \
                 may have another cause."
            ),
        }
    }

    fn notes(&self, verdict: Verdict, hops: &[Hop]) -> Vec<String> {
        let (versions, target) = (self.catalog.versions(), self.question.target.release);
        let standing = |release: &Release| judge(self.catalog, release).standing;
        let is_bridged = hops.iter().any(|hop| hop.kind == HopKind::Intermediate);
        let mut notes = Vec::new();
        if !is_bridged {
            notes.push(format!("{} That is {}.", versions.after_reset.says, versions.window.recommended));
        }
        if let Some((from, to)) = self.protocol_change().filter(|_| hops.len() > 1) {
            notes.push(format!("Stay on {from} until the last step: {to} comes with {target} only."));
        }
        if is_bridged {
            notes.extend(self.hardware_note());
        }
        if let Some(conflict) = judge(self.catalog, &target).conflict {
            notes.push(format!("Sources disagree about {target}. {conflict}"));
        }
        for (what, release) in [("on the phone", self.phone_release()), ("of CUCM", Some(target))] {
            if let Some(release) = release.filter(|release| standing(release) == Standing::Uncertain) {
                notes.push(format!(
                    "The load {what}, {release}, is a special build. Where it stands is not published, and the path \
                     takes the safe way."
                ));
            }
        }
        if verdict == Verdict::NoHopNeeded && standing(&target) == Standing::TooOld {
            notes.push(format!(
                "{target} itself does not know the new key: when CUCM's load changes, a hop will be needed."
            ));
        }
        notes.extend(self.ladder_notes());
        notes
    }

    /// Late hardware may refuse the intermediate load, and look like an old loader on the wire.
    fn hardware_note(&self) -> Option<String> {
        let grown =
            |family: &&Family| family.hardware_comps.iter().any(|comp| comp.value.is_some_and(|n| n > 1));
        let family = self.catalog.family(self.family.as_deref()?).filter(grown)?;
        let models: Vec<&str> =
            self.catalog.models_of_family(&family.number).map(|m| m.model.as_str()).collect();
        Some(format!(
            "A {} built late may refuse {} because its hardware is newer, perhaps with Load rejected HC on its \
             display. Then a 9.x load is the thing to try.",
            models.join(" or "),
            self.catalog.versions().window.recommended
        ))
    }

    /// What is still open about very old loads. Known models and loads have their steps in the plan.
    fn ladder_notes(&self) -> impl Iterator<Item = String> {
        self.catalog.versions().ladders.iter().filter_map(|ladder| {
            let of_family = self.family.as_ref().map(|family| ladder.families.contains(family));
            let very_old = self.phone_release().map(|phone| phone < ladder.phones_before);
            if !matches!((of_family, very_old), (None, None | Some(true)) | (Some(true), None)) {
                return None;
            }
            let models: Vec<&str> = ladder
                .families
                .iter()
                .flat_map(|family| self.catalog.models_of_family(family))
                .map(|model| model.model.as_str())
                .collect();
            Some(format!(
                "A {} with a load before {} needs more hops: {} come first.",
                models.join(" or "),
                ladder.phones_before,
                listed(&ladder.steps)
            ))
        })
    }
}

/// `7.0(3), then 8.2(2)`.
fn listed(releases: &[Release]) -> String {
    releases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", then ")
}
