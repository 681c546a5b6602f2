//! Going on, going back, leaving: the only places where the step changes.

use super::bench::BenchState;
use super::dialog::{Ask, Dialog, Tone};
use super::interface::Check;
use super::loads::LoadDraft;
use super::model::{Model, WelcomeDraft};
use super::msg::{Effect, Moment};
use super::option150::{Option150Draft, as_typed};
use super::step::{Finished, Mode, Step};
use super::transfer::{TransferDraft, busy_phones, phones_not_back};
use super::update::TWICE;
use super::{InterfaceDraft, TextField};
use crate::journal::{Event, Option150};

impl Model {
    /// Next is the only gate: what is wrong is said in place, and nothing moves.
    pub(super) fn next(&mut self, at: Moment<'_>) -> Vec<Effect> {
        match self.step.clone() {
            Step::Welcome => self.begin(),
            Step::Path => {
                if let Some(problem) = self.path.answer().wrong() {
                    self.refuse(at.now, &problem.clone());
                    return Vec::new();
                }
                self.step = Step::Load;
                self.enter_load()
            }
            Step::Load if self.load.typing => {
                let ticket = self.ticket();
                self.load.awaited = Some(ticket);
                vec![Effect::ReadLoads(ticket, vec![self.load.path.text().trim().to_owned()])]
            }
            Step::Load => self.leave_load(at),
            Step::Interface(loads) => {
                let ticket = self.ticket();
                let port = self.port();
                if let Some(interface) = self.interface.proof().cloned() {
                    self.interface.check = Check::Starting(ticket, interface.clone());
                    let (mode, by_configuration) = (self.mode, self.by_configuration);
                    return vec![Effect::StartService {
                        ticket,
                        interface,
                        port,
                        loads,
                        mode,
                        by_configuration,
                    }];
                }
                let Some(interface) = self.interface.current().cloned() else { return Vec::new() };
                self.interface.check = Check::Running(ticket, interface.address);
                let mut effects = self.look_around(interface.address);
                effects.push(Effect::CheckInterface { ticket, interface, port, loads });
                effects
            }
            Step::Option150(_) if self.bench != BenchState::Off => {
                if self.is_bench() {
                    self.go_on_with_bench(at);
                }
                Vec::new()
            }
            Step::SwitchBack(..) if self.is_bench() => self.end_bench(at),
            Step::Option150(_) | Step::SwitchBack(..) if self.is_overriding() => self.insist(at),
            Step::Option150(_) if self.option150.announced.is_none() => self.announce(at),
            Step::Option150(_) => match self.option150.proof.clone() {
                Some(proof) => self.confirm(at, proof),
                None => self.ask_after_change(at),
            },
            Step::Transfer(..) => {
                let open = phones_not_back(at.fleet, at.now);
                if open.is_empty() && at.fleet.summary(at.now).back() > 0 {
                    return self.finish(Finished::AllBack);
                }
                let phones = open;
                let ask = if self.is_bench() { Ask::EndBench { phones } } else { Ask::Insist { phones } };
                self.dialog = Some(Dialog::Ask(ask));
                Vec::new()
            }
            Step::SwitchBack(_, announced, _) => {
                if let Some(proof) = self.switch_back.proof.clone() {
                    return self.confirm(at, proof);
                }
                let to = match self.switch_back.parsed() {
                    Ok(to) => to,
                    Err(problem) => {
                        self.refuse(at.now, &problem);
                        return Vec::new();
                    }
                };
                if matches!(&to, Option150::Addresses(addresses) if addresses.contains(&announced.value)) {
                    let text = format!("that still names this laptop ({})", announced.value);
                    let advice = vec!["Type what option 150 names now: the call manager, or `none`.".into()];
                    self.say(at.now, Tone::Bad, text, advice);
                    return Vec::new();
                }
                self.ask_after_change(at)
            }
            Step::Report(..) if self.report.typing.is_some() => self.put_site(),
            Step::Report(..) => self.quit(at),
        }
    }

    /// Find out what else can stand in the way; nothing does in a rehearsal, which never leaves this machine.
    pub(super) fn look_around(&mut self, address: std::net::Ipv4Addr) -> Vec<Effect> {
        self.interface.checks.clear();
        if self.mode == Mode::Rehearse {
            return Vec::new();
        }
        let ticket = self.ticket();
        self.interface.checking = Some(ticket);
        vec![Effect::Preflight { ticket, address, port: self.port() }]
    }

    fn begin(&mut self) -> Vec<Effect> {
        let mode = WelcomeDraft::CHOICES[self.welcome.row].mode;
        if mode != self.mode {
            // Made-up loads must never get near a real phone, nor one mode's report into another's.
            self.load = LoadDraft { path: self.load.path.clone(), ..LoadDraft::default() };
            self.interface = InterfaceDraft::default();
            self.option150 = Option150Draft::default();
            self.transfer = TransferDraft::default();
            self.switch_back = Option150Draft::default();
            self.mode = mode;
        }
        if mode == Mode::Inspect {
            self.step = Step::Load;
            return self.enter_load();
        }
        self.step = Step::Path;
        Vec::new()
    }

    fn enter_load(&mut self) -> Vec<Effect> {
        if self.load.searched {
            // The family may be another one now.
            let family = self.wanted_family();
            self.load.pick_best(family.as_deref());
            return Vec::new();
        }
        let ticket = self.ticket();
        self.load.awaited = Some(ticket);
        vec![Effect::FindLoads(ticket, self.mode)]
    }

    fn leave_load(&mut self, at: Moment<'_>) -> Vec<Effect> {
        let Some(loads) = self.load.check() else {
            let advice = vec![
                "Put the firmware archive beside the program or into its folder `loads`, and press r.".into(),
                "Or press p and type where it is.".into(),
            ];
            self.say(at.now, Tone::Bad, "no load is picked that can be served", advice);
            return Vec::new();
        };
        if let Some(left_out) = loads.left_out.first() {
            self.say(at.now, Tone::Hint, left_out.clone(), Vec::new());
        }
        self.step = Step::Interface(loads);
        // What was checked was another set of files.
        self.interface.check = Check::None;
        self.interface.checks.clear();
        let ticket = self.ticket();
        self.interface.awaited = Some(ticket);
        self.list_interfaces(ticket)
    }

    /// The interfaces of this machine, and a card that could be given an address.
    pub(super) fn list_interfaces(&mut self, ticket: super::Ticket) -> Vec<Effect> {
        let mut effects = vec![Effect::ListInterfaces(ticket, self.mode)];
        if self.mode == Mode::Recover {
            let ticket = self.ticket();
            self.interface.offering = Some(ticket);
            effects.push(Effect::OfferAddress(ticket));
        }
        effects
    }

    fn is_overriding(&self) -> bool {
        self.option150_draft().is_some_and(|draft| draft.overriding)
    }

    /// Back never validates; it asks only where a phone could be hurt.
    pub(super) fn back(&mut self, at: Moment<'_>) -> Vec<Effect> {
        match self.step.clone() {
            Step::Load if self.load.typing && self.load.fetching.take().is_some() => {
                self.load.awaited = None;
                return vec![Effect::StopFetching];
            }
            Step::Load if self.load.typing => {
                self.load.typing = false;
                self.load.completing = None;
            }
            Step::Option150(_) | Step::SwitchBack(..) if self.is_overriding() => {
                if let Some(draft) = self.option150_draft_mut() {
                    draft.overriding = false;
                }
            }
            Step::Welcome => {}
            Step::Path => self.step = Step::Welcome,
            Step::Load => {
                self.load.awaited = None;
                self.step = if self.mode == Mode::Inspect { Step::Welcome } else { Step::Path };
            }
            Step::Interface(_) => return self.leave_interface(),
            Step::Option150(_) if matches!(self.bench, BenchState::Starting(_)) => {
                self.bench = BenchState::Off;
            }
            Step::Option150(_) => {
                let phones = busy_phones(at.fleet, at.now);
                if phones.is_empty() {
                    return self.stop_service();
                }
                self.dialog = Some(Dialog::Ask(Ask::StopService { phones }));
            }
            Step::Transfer(serving, _) => {
                let phones = busy_phones(at.fleet, at.now);
                if phones.is_empty() {
                    self.step = Step::Option150(serving);
                } else {
                    self.dialog = Some(Dialog::Ask(Ask::LeaveTransfer { phones }));
                }
            }
            Step::SwitchBack(serving, announced, _) => {
                let effects = self.stop_asking();
                self.step = Step::Transfer(serving, announced);
                return effects;
            }
            Step::Report(..) if self.report.typing.is_some() => self.report.typing = None,
            Step::Report(serving, announced, finished, _) => {
                self.report.awaited = None;
                self.step = Step::SwitchBack(serving, announced, finished);
            }
        }
        Vec::new()
    }

    /// An answer that is still under way is no longer wanted.
    fn leave_interface(&mut self) -> Vec<Effect> {
        self.interface.awaited = None;
        if self.interface.check.is_busy() {
            self.interface.check = Check::None;
        }
        self.step = Step::Load;
        Vec::new()
    }

    fn stop_service(&mut self) -> Vec<Effect> {
        let mut effects = self.stop_asking();
        if self.bench != BenchState::Off {
            self.bench = BenchState::Off;
            effects.push(Effect::StopBench);
        }
        if let Step::Option150(serving) = self.step.clone() {
            self.step = Step::Interface(serving.loads);
            // The port was given back: it may be taken by somebody else meanwhile.
            self.interface.check = Check::None;
        }
        effects.push(Effect::StopService);
        effects
    }

    fn finish(&mut self, finished: Finished) -> Vec<Effect> {
        if let Step::Transfer(serving, announced) = self.step.clone() {
            if self.switch_back.value.is_empty() && announced.before != Option150::Unknown {
                self.switch_back.value = TextField::with(as_typed(&announced.before));
            }
            if self.switch_back.by.is_empty() {
                self.switch_back.by = self.option150.by.clone();
            }
            if self.switch_back.also.is_empty() {
                self.switch_back.also = self.option150.also.clone();
            }
            self.switch_back.server = self.option150.server;
            self.step = Step::SwitchBack(serving, announced, finished);
        }
        Vec::new()
    }

    /// The open question is answered with yes.
    pub(super) fn yes(&mut self, _: Moment<'_>) -> Vec<Effect> {
        let Some(Dialog::Ask(ask)) = self.dialog.take() else { return Vec::new() };
        match ask {
            Ask::Quit { .. } => vec![Effect::Quit],
            Ask::LeaveTransfer { .. } => {
                if let Step::Transfer(serving, _) = self.step.clone() {
                    self.step = Step::Option150(serving);
                }
                Vec::new()
            }
            Ask::StopService { .. } => self.stop_service(),
            Ask::UseAnyway { .. } => {
                self.load.pick_against_advice();
                Vec::new()
            }
            Ask::Bench { .. } => self.begin_bench(),
            Ask::SetAddress(offer) => {
                self.interface.unset = None;
                vec![Effect::SetAddress(offer)]
            }
            Ask::LetIn { mac, .. } => vec![Effect::LetIn(mac)],
            Ask::EndBench { phones } => {
                let what = Self::bench_ended_early(&phones);
                let mut effects = vec![Effect::Journal(Event::Override { what })];
                effects.extend(self.finish(Finished::Insisted(phones)));
                effects
            }
            Ask::Insist { phones } => {
                let what = match phones.len() {
                    0 => "option 150 goes back before any phone asked".to_owned(),
                    n => format!(
                        "option 150 goes back while {n} of the phones are not back: {}",
                        phones.join("; ")
                    ),
                };
                let mut effects = vec![Effect::Journal(Event::Override { what })];
                effects.extend(self.finish(Finished::Insisted(phones)));
                effects
            }
        }
    }

    /// Leave, or ask first where something hangs on it.
    pub(super) fn quit(&mut self, at: Moment<'_>) -> Vec<Effect> {
        if self.mode == Mode::Replay {
            return vec![Effect::Quit]; // nothing hangs on a recording
        }
        let phones = if self.step.serving().is_some() { busy_phones(at.fleet, at.now) } else { Vec::new() };
        let option150 = self.option_150_to_put_back();
        if phones.is_empty() && option150.is_none() {
            return vec![Effect::Quit];
        }
        self.dialog = Some(Dialog::Ask(Ask::Quit { phones, option150 }));
        Vec::new()
    }

    /// What option 150 must name again, if it names this laptop as far as anybody knows.
    fn option_150_to_put_back(&self) -> Option<Option150> {
        if self.mode == Mode::Rehearse || self.is_bench() {
            return None;
        }
        match &self.step {
            Step::Report(..) => None,
            // DHCP itself says that it is back.
            Step::SwitchBack(..) if self.switch_back.proof.is_some() => None,
            Step::Transfer(_, announced) | Step::SwitchBack(_, announced, _) => {
                Some(announced.before.clone())
            }
            _ => self.option150.announced.as_ref().map(|(_, before)| before.clone()),
        }
    }

    /// Ctrl-C: the first one asks as `q` does, the second one within two seconds leaves.
    pub(super) fn interrupt(&mut self, at: Moment<'_>) -> Vec<Effect> {
        if self.interrupted.is_some_and(|before| at.now.since(before) <= TWICE) {
            return vec![Effect::Quit];
        }
        self.interrupted = Some(at.now);
        let effects = self.quit(at);
        if effects.is_empty() {
            self.say(at.now, Tone::Hint, "Ctrl-C once more within two seconds leaves at once", Vec::new());
        }
        effects
    }
}
