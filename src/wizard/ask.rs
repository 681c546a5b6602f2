//! What the wizard does about DHCP in the steps Option 150 and Switch back: it asks, takes what comes, and lets nobody
//! go on until DHCP says so or the technician says in words why not.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::asking::{Asked, Asking, DhcpQuestion, Heard, Played, Proof, Running};
use super::dialog::Tone;
use super::model::{Model, ReportDraft};
use super::msg::{Effect, Moment, Ticket};
use super::option150::{Option150Draft, Option150Focus, parse_also};
use super::step::{Announced, Mode, Step, WentBack};
use crate::dhcp::{Answer, State};
use crate::firmware::problem::Problem;
use crate::journal::{Event, How, Option150, Phase};

impl Model {
    /// What was entered and heard at this step, if it is one that asks DHCP.
    pub fn option150_draft(&self) -> Option<&Option150Draft> {
        match &self.step {
            Step::Option150(_) => Some(&self.option150),
            Step::SwitchBack(..) => Some(&self.switch_back),
            _ => None,
        }
    }

    pub(super) fn option150_draft_mut(&mut self) -> Option<&mut Option150Draft> {
        match &self.step {
            Step::Option150(_) => Some(&mut self.option150),
            Step::SwitchBack(..) => Some(&mut self.switch_back),
            _ => None,
        }
    }

    /// At which point of the work DHCP would be asked now.
    pub fn phase(&self) -> Option<Phase> {
        match &self.step {
            Step::Option150(_) if self.option150.announced.is_none() => Some(Phase::Before),
            Step::Option150(_) => Some(Phase::During),
            Step::SwitchBack(..) => Some(Phase::After),
            _ => None,
        }
    }

    /// What option 150 named before the work, as far as anybody knows; in Switch back, what it must name again.
    fn known_before(&self, phase: Phase) -> Option150 {
        let typed = |draft: &Option150Draft| draft.parsed().unwrap_or(Option150::Unknown);
        match (&self.step, phase) {
            (_, Phase::Before) => Option150::Unknown,
            // Where nobody knew it before, what the technician types now is what it must name.
            (Step::SwitchBack(_, announced, _), _) if announced.before == Option150::Unknown => {
                typed(&self.switch_back)
            }
            (Step::SwitchBack(_, announced, _), _) => announced.before.clone(),
            _ => match &self.option150.announced {
                Some((_, before)) => before.clone(),
                None => typed(&self.option150),
            },
        }
    }

    /// Ask DHCP.
    pub(super) fn ask(&mut self, at: Moment<'_>) -> Vec<Effect> {
        let (Some(phase), Some(serving)) = (self.phase(), self.step.serving()) else { return Vec::new() };
        let (interface, address) = (serving.interface.name.clone(), serving.interface.address);
        let played = (self.mode == Mode::Rehearse).then(|| self.played(address));
        let also = self.option150_draft().map(|draft| parse_also(draft.also.text()));
        let (servers, subnet) = match also {
            Some(Err(problem)) => {
                self.refuse(at.now, &problem);
                return Vec::new();
            }
            also => also.and_then(Result::ok).unwrap_or_default(),
        };
        let ticket = self.ticket();
        if let Some(draft) = self.option150_draft_mut() {
            let running = Running { ticket, phase, subnet, left: None, answers: Vec::new() };
            draft.asking = Asking::Running(running);
        }
        vec![Effect::AskDhcp(ticket, DhcpQuestion { interface, address, servers, subnet, played })]
    }

    /// What the made-up DHCP server of a rehearsal hands out: what the technician says to have told it.
    fn played(&self, laptop: Ipv4Addr) -> Played {
        if self.switch_back.changed {
            // A value that was never known is back as soon as somebody says so.
            return match self.known_before(Phase::After) {
                Option150::Unknown => Played::Untouched,
                before => Played::Changed(before),
            };
        }
        if self.option150.changed {
            return Played::Changed(Option150::Addresses(vec![laptop]));
        }
        Played::Untouched
    }

    /// The technician has changed option 150 on the server, or says so: ask whether DHCP says the same.
    pub(super) fn ask_after_change(&mut self, at: Moment<'_>) -> Vec<Effect> {
        self.forget_the_other_end();
        if let Some(draft) = self.option150_draft_mut() {
            draft.changed = true;
        }
        self.ask(at)
    }

    /// Option 150 is changed at one end of the work: whatever proved the other end is over.
    fn forget_the_other_end(&mut self) {
        let other = match self.step {
            Step::Option150(_) => &mut self.switch_back,
            _ => &mut self.option150,
        };
        (other.proof, other.asking) = (None, Asking::Never);
        if matches!(self.step, Step::Option150(_)) {
            self.switch_back.changed = false;
        }
    }

    /// Ask once more, or stop what runs.
    pub(super) fn ask_or_stop(&mut self, at: Moment<'_>) -> Vec<Effect> {
        let stopped = self.stop_asking();
        if stopped.is_empty() { self.ask(at) } else { stopped }
    }

    /// Stop what runs; its answers are no longer wanted.
    pub(super) fn stop_asking(&mut self) -> Vec<Effect> {
        let running = self.option150_draft_mut().filter(|draft| draft.asking.running().is_some());
        let Some(draft) = running else { return Vec::new() };
        draft.asking = Asking::Stopped;
        vec![Effect::StopAsking]
    }

    /// A field of a step that asks DHCP was edited.
    pub(super) fn forget_what_followed(&mut self) {
        let is_before = matches!(self.step, Step::Option150(_));
        let Some(draft) = self.option150_draft_mut().filter(|draft| !draft.overriding) else { return };
        match draft.focus {
            // The old value is part of what was announced.
            Option150Focus::Value if is_before => draft.announced = None,
            // What was judged by the old text, or asked of others, proves nothing any more.
            Option150Focus::Value | Option150Focus::Also => draft.proof = None,
            Option150Focus::By | Option150Focus::Servers => {}
        }
    }

    pub(super) fn dhcp_answered(&mut self, ticket: Ticket, answer: Answer) {
        let draft = self.option150_draft_mut();
        if let Some(running) = draft.and_then(|draft| draft.asking.awaited(ticket)) {
            running.answers.push(answer);
        }
    }

    pub(super) fn dhcp_waits(&mut self, ticket: Ticket, left: Duration) {
        let draft = self.option150_draft_mut();
        if let Some(running) = draft.and_then(|draft| draft.asking.awaited(ticket)) {
            running.left = Some(left);
        }
    }

    /// A probe is over: judge it, remember it, and put it on record.
    pub(super) fn dhcp_asked(
        &mut self,
        at: Moment<'_>,
        ticket: Ticket,
        heard: Result<Heard, Problem>,
    ) -> Vec<Effect> {
        let laptop = self.step.serving().map(|serving| serving.interface.address);
        let awaited = self.option150_draft_mut().and_then(|draft| draft.asking.awaited(ticket));
        let (Some(laptop), Some(running)) = (laptop, awaited.cloned()) else { return Vec::new() };
        let before = self.known_before(running.phase);
        let from_log = self.left_by_earlier(laptop);
        let Some(draft) = self.option150_draft_mut() else { return Vec::new() };
        match heard {
            Err(problem) => {
                draft.asking = Asking::Failed(problem.clone());
                draft.proof = None;
                let message = format!("DHCP could not be asked: {}", problem.message);
                vec![Effect::Journal(Event::Trouble { message })]
            }
            Ok(heard) => {
                let mut asked = Asked::new(at.now, &running, heard, laptop, &before);
                if running.phase == Phase::Before {
                    let named = match (asked.verdict.state, from_log) {
                        // An earlier session was cut short: what it found is what has to be put back.
                        (State::ThisLaptop, Some(before)) => {
                            asked.from_earlier = true;
                            Some(before)
                        }
                        (State::ThisLaptop, None) => None,
                        _ => asked.verdict.option_150.as_deref().map(|named| Option150::of(Some(named))),
                    };
                    if let Some(named) = named {
                        draft.fill(&named);
                    }
                } else {
                    draft.proof = asked.proof();
                }
                let (event, reached) = (asked.event(), asked.verdict.is_reached);
                draft.asking = Asking::Done(Box::new(asked));
                if reached {
                    // Even if somebody only looked.
                    self.forget_the_other_end();
                }
                vec![Effect::Journal(event)]
            }
        }
    }

    /// What an earlier session that never ended says that option 150 named before it named this laptop.
    fn left_by_earlier(&self, laptop: Ipv4Addr) -> Option<Option150> {
        let left = self.welcome.unfinished.iter().map(|unfinished| &unfinished.left);
        let mut known = left.filter(|left| left.value == laptop && left.before != Option150::Unknown);
        known.next().map(|left| left.before.clone())
    }

    /// The technician is told to let option 150 name this laptop.
    pub(super) fn announce(&mut self, at: Moment<'_>) -> Vec<Effect> {
        let Some(value) = self.step.serving().map(|serving| serving.interface.address) else {
            return Vec::new();
        };
        let before = match self.option150.parsed() {
            Ok(before) => before,
            Err(problem) => {
                self.refuse(at.now, &problem);
                return Vec::new();
            }
        };
        if matches!(&before, Option150::Addresses(addresses) if addresses.contains(&value)) {
            let advice =
                vec!["Type what it named before that: the call manager. Then it can be put back.".into()];
            self.say(at.now, Tone::Bad, format!("{value} is this laptop"), advice);
            return Vec::new();
        }
        self.option150.announced = Some((at.now, before.clone()));
        let how = if self.option150.is_as_probed() { How::Probed } else { How::ByHand };
        vec![Effect::Journal(Event::Option150Announced { value, before, how })]
    }

    /// Begin to type why to go on against DHCP.
    pub(super) fn begin_override(&mut self) {
        if let Some(draft) = self.option150_draft_mut() {
            draft.overriding = true;
        }
    }

    /// The technician's words stand against DHCP: on record, and on the way.
    pub(super) fn insist(&mut self, at: Moment<'_>) -> Vec<Effect> {
        let Some(draft) = self.option150_draft_mut() else { return Vec::new() };
        let Some(why) = draft.reason() else {
            let advice =
                vec!["It stands in the report: `bench without DHCP`, `changed for the floor below`.".into()];
            self.say(at.now, Tone::Bad, "say in a few words why", advice);
            return Vec::new();
        };
        draft.overriding = false;
        let heard = match &draft.asking {
            Asking::Done(asked) => asked.sentence(),
            Asking::Failed(problem) => format!("DHCP could not be asked: {}.", problem.message),
            Asking::Never | Asking::Stopped | Asking::Running(_) => "DHCP was not asked.".to_owned(),
        };
        let claim = match &self.step {
            Step::SwitchBack(..) => "option 150 is taken to be back".to_owned(),
            step => format!(
                "option 150 is taken to name {}",
                step.serving().map(|serving| serving.interface.address.to_string()).unwrap_or_default()
            ),
        };
        let what = format!("{claim}: {why}. {heard}");
        let proof = Proof::Overridden { why };
        // Whoever goes back does not have to say it again.
        if let Some(draft) = self.option150_draft_mut() {
            draft.proof = Some(proof.clone());
        }
        let mut effects = vec![Effect::Journal(Event::Override { what })];
        effects.extend(self.confirm(at, proof));
        effects
    }

    /// The step is done: what proves it goes on record, and the next step begins.
    pub(super) fn confirm(&mut self, at: Moment<'_>, proof: Proof) -> Vec<Effect> {
        let how = if proof.why().is_some() { How::ByHand } else { How::Probed };
        let why = proof.why().map(str::to_owned);
        match self.step.clone() {
            Step::Option150(serving) => {
                let Some((_, before)) = self.option150.announced.clone() else { return Vec::new() };
                let (value, by) = (serving.interface.address, self.option150.by());
                let mut effects =
                    vec![Effect::Journal(Event::Option150Confirmed { value, by: by.clone(), how, why })];
                if self.mode == Mode::Rehearse && !self.transfer.phones_begun {
                    self.transfer.phones_begun = true;
                    effects.push(Effect::StartPhones);
                }
                if let Some(family) = self.path.family_number() {
                    self.transfer.coach.begin_with(&serving.loads.loads, &family);
                }
                let announced = Announced { value, before, by, confirmed: at.now, proof };
                self.step = Step::Transfer(serving, announced);
                effects
            }
            Step::SwitchBack(serving, announced, finished) => {
                let to = self.named_again(&announced);
                let by = self.switch_back.by();
                let ticket = self.ticket();
                self.report = ReportDraft { awaited: Some(ticket), ..ReportDraft::default() };
                let event = Event::Option150Back { to: to.clone(), by: by.clone(), how, why };
                let went_back = WentBack { to, by, at: at.now, proof };
                self.step = Step::Report(serving, announced, finished, went_back);
                vec![Effect::Journal(event), Effect::MakeReport(ticket)]
            }
            _ => Vec::new(),
        }
    }

    /// What option 150 names in the end: what DHCP says, unless that is this laptop still; else the technician's word.
    fn named_again(&self, announced: &Announced) -> Option150 {
        let heard = self.switch_back.asking.done().map(Asked::value);
        let is_laptop =
            |value: &Option150| value.known().is_some_and(|named| named.contains(&announced.value));
        match heard {
            Some(value) if value != Option150::Unknown && !is_laptop(&value) => value,
            _ => self.switch_back.parsed().unwrap_or_else(|_| announced.before.clone()),
        }
    }
}
