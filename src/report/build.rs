//! From records to a report, one record after another.

use std::collections::BTreeMap;

use super::curve::Gauge;
use super::{
    AskedReport, Confirmed, InterfaceReport, LoadReport, Mishap, PhoneReport, Proven, Renewal, Report,
};
use crate::catalog::Catalog;
use crate::fleet::{Fleet, PhoneId, Stage};
use crate::journal::{Dhcp, Event, Phase, Record};
use crate::preflight::{self, firewall::delete_command};
use crate::timestamp::Timestamp;
use crate::wizard::REHEARSAL;

/// Troubles that a report lists at most; more of them say nothing new.
const TROUBLES: usize = 50;
/// Mishaps of one phone that a report lists at most, and changes of its stage.
const MISHAPS: usize = 20;
const STAGES: usize = 200;

/// A report that is being made.
#[derive(Debug, Clone, PartialEq)]
pub struct Builder {
    report: Report,
    fleet: Fleet,
    phones: BTreeMap<PhoneId, Heard>,
    gauge: Gauge,
    ended_undone: Option<Vec<String>>,
    /// The rule of the firewall that is still there, as far as the log knows.
    rule: Option<(String, Rule)>,
}

/// What the log knows of a rule that nobody has taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// It was about to be added, and no more was written.
    Announced,
    /// It was added.
    Added,
    /// It is an earlier run's.
    LeftOver,
}

/// What a report keeps of a phone beside what the fleet knows.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    first: Timestamp,
    stages: Vec<(Timestamp, Stage)>,
    mishaps: Vec<Mishap>,
    sent: u64,
}

impl Heard {
    fn new(first: Timestamp) -> Self {
        Self { first, stages: Vec::new(), mishaps: Vec::new(), sent: 0 }
    }

    /// Two phones turned out to be one.
    fn merge(&mut self, other: Self) {
        self.first = self.first.min(other.first);
        self.sent = self.sent.saturating_add(other.sent);
        self.stages.extend(other.stages);
        self.stages.sort_by_key(|(at, _)| *at);
        self.mishaps.extend(other.mishaps);
        self.mishaps.sort_by_key(|mishap| mishap.at);
    }
}

impl Default for Builder {
    fn default() -> Self {
        let catalog = Catalog::embedded();
        let asks = |model: &crate::catalog::Model| {
            (model.default_load_file.value.clone(), model.family.clone(), model.model.clone())
        };
        Self {
            report: Report::default(),
            fleet: Fleet::new(catalog.models().iter().map(asks).collect()),
            phones: BTreeMap::new(),
            gauge: Gauge::default(),
            ended_undone: None,
            rule: None,
        }
    }
}

impl Builder {
    /// Take in one record.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of record, none of them long")]
    pub fn apply(&mut self, record: &Record) {
        let at = record.at;
        let about = self.fleet.apply(record);
        let fresh = self.gauge.apply(record);
        if let Some(id) = about {
            let heard = self.phones.entry(id).or_insert_with(|| Heard::new(at));
            heard.sent = heard.sent.saturating_add(fresh);
            self.merge_into(id);
        }
        let report = &mut self.report;
        report.began.get_or_insert(at);
        // What is added to a log afterwards does not make the session longer.
        if !matches!(
            record.event,
            Event::Site { .. }
                | Event::Proof { .. }
                | Event::Option150Back { .. }
                | Event::FirewallClosed { .. }
        ) {
            report.until = Some(at);
            report.ended = false;
        }
        match &record.event {
            Event::Started { version, command, serving, loads, .. } => {
                report.version.clone_from(version);
                report.command.clone_from(command);
                report.rehearsal = command == REHEARSAL;
                report.serving = Some(InterfaceReport { at: serving.clone(), ..InterfaceReport::default() });
                report.loads = loads
                    .iter()
                    .map(|load| LoadReport {
                        load: load.load.clone(),
                        family: load.family.clone(),
                        images: load.images.clone(),
                        ..LoadReport::default()
                    })
                    .collect();
            }
            Event::LoadChosen { load, verdict, source, sha256 } => {
                if let Some(served) = report.loads.iter_mut().find(|served| served.load == *load) {
                    served.verdict.clone_from(verdict);
                    served.source.clone_from(source);
                    served.sha256.clone_from(sha256);
                }
            }
            Event::InterfaceChecked { interface, file, .. } => {
                let serving = report.serving.get_or_insert_default();
                serving.interface = Some(interface.clone());
                serving.read_back = Some(file.clone());
            }
            Event::Option150Announced { before, how, .. } => {
                let before = Confirmed { value: before.clone(), at, by: None, how: *how, why: None };
                report.option150.before = Some(before);
                report.option150.after = None;
                // What was heard in an earlier round says nothing about this one.
                report.option150.asked.retain(|asked| asked.phase == Phase::Before);
            }
            Event::Option150Probed { phase, state, value, reached, subnet, answers } => {
                let (value, answers) = (value.clone(), answers.clone());
                let asked = AskedReport {
                    phase: *phase,
                    at,
                    state: *state,
                    value,
                    reached: *reached,
                    subnet: *subnet,
                    answers,
                };
                let all = &mut report.option150.asked;
                all.retain(|known| known.phase != *phase);
                all.push(asked);
                all.sort_by_key(|asked| asked.phase);
            }
            Event::Option150Confirmed { value, by, how, why } => {
                let (by, why) = (by.clone(), why.clone());
                report.option150.during = Some(Confirmed { value: *value, at, by, how: *how, why });
                report.option150.after = None;
            }
            Event::Option150Back { to, by, how, why } => {
                let (value, by, why) = (to.clone(), by.clone(), why.clone());
                report.option150.after = Some(Confirmed { value, at, by, how: *how, why });
            }
            Event::Site { who, place } => {
                report.who = who.clone().or(report.who.take());
                report.place = place.clone().or(report.place.take());
            }
            Event::Dhcp(_) | Event::ConfigurationOffered { .. } => {
                report.option150.bench |= matches!(record.event, Event::Dhcp(Dhcp::Started { .. }));
                report.overrides.extend(of_bench(&record.event).map(|words| (at, words)));
            }
            Event::Override { what } => report.overrides.push((at, what.clone())),
            Event::FirewallOpening { rule, .. } => {
                report.overrides.extend(preflight::words(&record.event).map(|words| (at, words)));
                self.rule = Some((rule.clone(), Rule::Announced));
            }
            Event::FirewallOpened { rule, .. } => {
                // What it was about to do it has done.
                if matches!(&self.rule, Some((_, Rule::Announced))) {
                    report.overrides.pop();
                }
                report.overrides.extend(preflight::words(&record.event).map(|words| (at, words)));
                self.rule = Some((rule.clone(), Rule::Added));
            }
            Event::FirewallClosed { .. } => {
                report.overrides.extend(preflight::words(&record.event).map(|words| (at, words)));
                self.rule = None;
            }
            // Both are at the start of a session: there is room for them.
            Event::FirewallNotOpened { .. } => {
                if matches!(&self.rule, Some((_, Rule::Announced))) {
                    report.overrides.pop();
                }
                report.troubles.extend(preflight::words(&record.event).map(|words| (at, words)));
                self.rule = None;
            }
            Event::FirewallLeftOver { rule, stays, .. } => {
                report.troubles.extend(preflight::words(&record.event).map(|words| (at, words)));
                self.rule = stays.is_some().then(|| (rule.clone(), Rule::LeftOver));
            }
            Event::AddressGone { .. } | Event::AddressBack { .. } | Event::Symptom { .. }
                if report.troubles.len() < TROUBLES =>
            {
                report.troubles.extend(preflight::words(&record.event).map(|words| (at, words)));
            }
            Event::Trouble { message } if report.troubles.len() < TROUBLES => {
                report.troubles.push((at, message.clone()));
            }
            Event::Stage { phone, stage, words, .. } => {
                if let Some(phone) = self.fleet.at_address(*phone, at) {
                    let heard = self.phones.entry(phone.id()).or_insert_with(|| Heard::new(at));
                    if heard.stages.len() < STAGES {
                        heard.stages.push((at, *stage));
                    }
                    if stage.is_trouble() && heard.mishaps.len() < MISHAPS {
                        let words = words.clone();
                        // By the same records the fleet comes to the same conclusion, and knows what helps.
                        let advice = if phone.stage() == *stage { phone.advice() } else { Vec::new() };
                        heard.mishaps.push(Mishap { at, stage: *stage, words, advice });
                    }
                }
            }
            Event::Ended { undone, .. } => {
                report.ended = true;
                self.ended_undone = Some(undone.clone());
            }
            _ => {}
        }
    }

    /// What was kept for phones that turned out to be `id` belongs to it.
    fn merge_into(&mut self, id: PhoneId) {
        if self.phones.len() <= self.fleet.len() {
            return;
        }
        let now = Timestamp::default();
        let gone: Vec<PhoneId> =
            self.phones.keys().copied().filter(|known| self.fleet.phone(*known, now).is_none()).collect();
        for other in gone {
            if let (Some(other), Some(heard)) = (self.phones.remove(&other), self.phones.get_mut(&id)) {
                heard.merge(other);
            }
        }
    }

    /// The report up to here.
    pub fn report(&self) -> Report {
        let now = self.report.until.unwrap_or_default();
        let proven = |phone: &crate::fleet::PhoneNow<'_>| {
            let (at, proof) = phone.proof()?;
            let laptop = phone.laptop();
            let (words, confirmed) = (proof.words(laptop), proof.is_confirmed(laptop));
            Some(Proven { at, proof: proof.clone(), words, confirmed })
        };
        let nothing = Heard::new(now);
        let heard = |id: PhoneId| self.phones.get(&id).unwrap_or(&nothing);
        let phone = |phone: crate::fleet::PhoneNow<'_>| PhoneReport {
            first_heard: heard(phone.id()).first,
            // A phone that never acknowledges the end of a file has it all the same, as its next request shows.
            sent: heard(phone.id()).sent.max(phone.octets()),
            mishaps: heard(phone.id()).mishaps.clone(),
            proof: proven(&phone),
            address: phone.address(),
            mac: phone.mac(),
            models: phone.models().to_vec(),
            load: phone.load().map(str::to_owned),
            stage: phone.stage(),
            words: phone.words(),
            stages: heard(phone.id()).stages.clone(),
            octets: phone.octets(),
            total: phone.total(),
            retransmissions: phone.retransmissions(),
            last_heard: phone.last_heard(),
        };
        let phones: Vec<PhoneReport> = self.fleet.phones(now).map(phone).collect();
        let undone = self.undone(&phones);
        let mut option150 = self.report.option150.clone();
        if option150.after.is_some() {
            option150.renewal = renewal(&option150.asked);
            let name = |phone: &PhoneReport| {
                phone
                    .mac
                    .map_or_else(|| phone.address.to_string(), |mac| format!("{mac} ({})", phone.address))
            };
            option150.power_cycle = phones.iter().map(name).collect();
        }
        Report { option150, phones, undone, curve: self.gauge.curve(), ..self.report.clone() }
    }

    /// What is left to do, by the records alone.
    fn undone(&self, phones: &[PhoneReport]) -> Vec<String> {
        let open = phones.iter().filter(|phone| !matches!(phone.stage, Stage::Back | Stage::Seen));
        let mut undone: Vec<String> =
            open.map(|phone| format!("{}: {}", phone.address, phone.words)).collect();
        let option150 = &self.report.option150;
        let touched = option150.during.is_some() || option150.before.is_some();
        let is_back =
            option150.after.is_some() || option150.asked_at(Phase::After).is_some_and(|asked| asked.reached);
        if touched && !is_back {
            undone.push("Option 150 was never confirmed back: make it name the call manager again.".into());
        } else if !touched && let Some(said) = &self.ended_undone {
            // A session of the command line, which knows of option 150 only that it must go back.
            undone.extend(said.iter().filter(|line| line.contains("ption 150")).cloned());
        }
        if let Some((rule, state)) = &self.rule {
            let is = if *state == Rule::Announced { "may be" } else { "is" };
            undone.push(format!(
                "The rule `{rule}` {is} in the firewall still: the next loadlift takes it away, or do it as administrator: `{}`.",
                delete_command(rule)
            ));
        }
        undone
    }
}

/// The lease that phones most probably hold: they got it while option 150 named this laptop.
fn renewal(asked: &[AskedReport]) -> Option<Renewal> {
    let seen = |phase: Phase| {
        let mut answers = asked.iter().filter(|asked| asked.phase == phase).flat_map(|asked| &asked.answers);
        answers.find_map(|said| said.lease_seconds)
    };
    let lease_seconds = [Phase::During, Phase::After, Phase::Before].into_iter().find_map(seen)?;
    Some(Renewal { lease_seconds, renews_after_seconds: lease_seconds / 2 })
}

impl Report {
    /// The report of a whole log.
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>) -> Self {
        let mut builder = Builder::default();
        records.into_iter().for_each(|record| builder.apply(record));
        builder.report()
    }
}

/// What the technician decided about DHCP on the bench and about the way without a reset, in words.
fn of_bench(event: &Event) -> Option<String> {
    match event {
        Event::Dhcp(
            dhcp @ (Dhcp::Started { .. }
            | Dhcp::Stopped { .. }
            | Dhcp::Relayed { .. }
            | Dhcp::LetIn { .. }
            | Dhcp::AddressSet { .. }
            | Dhcp::AddressRemoved { .. }),
        ) => dhcp.words(),
        Event::ConfigurationOffered { phones, .. } => Some(match phones.len() {
            0 => "phones that still boot were offered the load by configuration".to_owned(),
            listed => format!("{listed} listed phones were offered the load by configuration"),
        }),
        _ => None,
    }
}
