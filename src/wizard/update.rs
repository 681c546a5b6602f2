//! The one update: what happened comes in, what is to be done goes out.

mod act;

use std::time::Duration;

use super::bench::BenchState;
use super::dialog::{Dialog, Tone};
use super::interface::Check;
use super::key::Key;
use super::keys::{self, Action};
use super::model::Model;
use super::msg::{Effect, Moment, Msg, Spot};
use super::step::{Serving, Step, StepKind};
use crate::firmware::problem::Problem;
use crate::journal::Event;

/// A notice is read by then.
const NOTICE: Duration = Duration::from_secs(8);
/// Two Ctrl-C within this time leave without a question.
pub(super) const TWICE: Duration = Duration::from_secs(2);
/// Rows of a large move.
const PAGE: usize = 10;

impl Model {
    /// Take in what happened; answers what is to be done, in this order.
    pub fn update(&mut self, at: Moment<'_>, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => self.press(at, key),
            Msg::Pasted(text) => self.paste(&text),
            Msg::Clicked(spot) => self.click(at, spot),
            Msg::Wheel { up } => {
                self.wheel(at, up);
                Vec::new()
            }
            Msg::Tick => {
                self.tick(at);
                Vec::new()
            }
            Msg::Interrupted => self.interrupt(at),
            Msg::Terminated => vec![Effect::Quit],
            Msg::Recorded(record) => {
                self.log.take(&record);
                self.heed(at, &record);
                Vec::new()
            }
            Msg::Unfinished(unfinished) => {
                self.welcome.unfinished = unfinished;
                Vec::new()
            }
            Msg::PhoneSaid(phone, proof) => vec![Effect::Journal(Event::Proof { phone, proof })],
            Msg::PhonesAsked => {
                self.report.asking = false;
                self.report_again()
            }
            Msg::Settled(unfinished) => {
                match unfinished {
                    Ok(unfinished) => {
                        self.welcome.unfinished = unfinished;
                        self.say(at.now, Tone::Good, "it is on record that option 150 is back", Vec::new());
                    }
                    Err(problem) => self.refuse(at.now, &problem),
                }
                Vec::new()
            }
            Msg::Copied(Ok(())) => {
                let advice = vec![
                    "Where the terminal does not allow that: press F2, then mark it with the mouse.".into(),
                ];
                self.say(at.now, Tone::Good, "copied to the clipboard by way of the terminal", advice);
                Vec::new()
            }
            Msg::Copied(Err(problem)) | Msg::Warned(problem) => {
                self.log.take_problem(at.now, &problem);
                self.refuse(at.now, &problem);
                Vec::new()
            }
            answer => self.answer(at, answer),
        }
    }

    /// An answer to a question: ignored if nobody waits for it any more.
    fn answer(&mut self, at: Moment<'_>, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::LoadsRead(ticket, reading) if self.load.awaited == Some(ticket) => {
                self.load.awaited = None;
                self.load.fetching = None;
                let family = self.wanted_family();
                if self.load.typing {
                    self.load.take_read(&reading, family.as_deref());
                    self.load.typing = reading.loads.is_empty();
                    if let Some(problem) = reading.problems.first().filter(|_| reading.loads.is_empty()) {
                        self.refuse(at.now, problem);
                    }
                } else {
                    self.load.take_found(&reading, family.as_deref());
                }
            }
            Msg::Fetching(ticket, words) if self.load.awaited == Some(ticket) => {
                self.load.fetching = Some(words);
            }
            Msg::Completed(ticket, text, choices) if self.load.completing == Some(ticket) => {
                self.load.completing = None;
                if self.load.typing {
                    self.load.path.set(text);
                    self.load.completions = choices;
                }
            }
            Msg::Interfaces(ticket, interfaces) if self.interface.awaited == Some(ticket) => {
                self.interface.awaited = None;
                self.interface.take(interfaces);
            }
            Msg::InterfaceChecked(ticket, outcome) => {
                if let Check::Running(awaited, address) = self.interface.check
                    && awaited == ticket
                {
                    self.interface.check = match outcome {
                        Ok(checked) => Check::Good(checked),
                        Err(problem) => Check::Bad(address, problem),
                    };
                }
            }
            Msg::Preflight(ticket, checks) if self.interface.checking == Some(ticket) => {
                self.interface.checking = None;
                self.interface.checks = checks;
            }
            Msg::FirewallOpened(Ok(())) => {
                self.say(at.now, Tone::Good, "the firewall lets phones in until loadlift ends", Vec::new());
                // The list must not go on saying otherwise.
                if let Some(address) = self.interface.check.address() {
                    return self.look_around(address);
                }
            }
            Msg::BenchStarted(ticket, outcome) => return self.bench_started(at, ticket, outcome),
            Msg::AddressOffered(ticket, offer) if self.interface.offering == Some(ticket) => {
                self.interface.offering = None;
                self.interface.offer = offer;
            }
            Msg::AddressSet(Ok(())) => {
                (self.interface.offer, self.interface.unset) = (None, None);
                self.say(at.now, Tone::Good, "the address is set until loadlift ends", Vec::new());
                if self.step.kind() == StepKind::Interface {
                    return self.look_again();
                }
            }
            Msg::ServiceStarted(ticket, outcome) => return self.service_started(at, ticket, outcome),
            Msg::DhcpAnswered(ticket, answer) => self.dhcp_answered(ticket, *answer),
            Msg::DhcpWaits(ticket, left) => self.dhcp_waits(ticket, left),
            Msg::DhcpAsked(ticket, heard) => return self.dhcp_asked(at, ticket, heard),
            // A command to be typed elsewhere has to stay on the screen for longer than news do.
            Msg::AddressSet(Err(problem)) => {
                self.log.take_problem(at.now, &problem);
                self.interface.unset = Some(problem);
            }
            Msg::ServiceFailed(problem) | Msg::FirewallOpened(Err(problem)) => {
                self.log.take_problem(at.now, &problem);
                self.refuse(at.now, &problem);
            }
            Msg::ReportMade(ticket, report, saved) if self.report.awaited == Some(ticket) => {
                self.report.awaited = None;
                self.report.report = Some(*report);
                self.report.scroll = 0;
                match saved {
                    Ok(files) => (self.report.files, self.report.problem) = (files, None),
                    Err(problem) => (self.report.files, self.report.problem) = (Vec::new(), Some(problem)),
                }
            }
            // Too late: the step that asked was left.
            _ => {}
        }
        Vec::new()
    }

    fn service_started(
        &mut self,
        at: Moment<'_>,
        ticket: super::Ticket,
        outcome: Result<std::net::SocketAddrV4, Problem>,
    ) -> Vec<Effect> {
        let Check::Starting(awaited, checked) = &self.interface.check else {
            // Started for a step that was left: nobody wants it.
            return if outcome.is_ok() { vec![Effect::StopService] } else { Vec::new() };
        };
        if *awaited != ticket {
            return Vec::new();
        }
        let checked = checked.clone();
        match (outcome, &self.step) {
            (Ok(address), Step::Interface(loads)) => {
                self.interface.check = Check::Good(checked.clone());
                let mut effects: Vec<Effect> = loads.facts.iter().cloned().map(Effect::Journal).collect();
                effects.push(Effect::Journal(Event::InterfaceChecked {
                    interface: checked.name.clone(),
                    address: checked.address,
                    file: checked.file.clone(),
                    octets: checked.octets,
                }));
                let loads = loads.clone();
                self.transfer.phones_begun = false;
                // Asked of another interface, perhaps; what was typed stays.
                for draft in [&mut self.option150, &mut self.switch_back] {
                    draft.forget_dhcp();
                }
                self.step =
                    Step::Option150(Serving { loads, interface: checked, at: address, since: at.now });
                effects.extend(self.ask(at));
                effects
            }
            (Ok(_), _) => vec![Effect::StopService],
            (Err(problem), _) => {
                self.interface.check = Check::Bad(checked.address, problem);
                Vec::new()
            }
        }
    }

    /// What a record changes on every screen: whether the address that phones ask is there.
    fn heed(&mut self, at: Moment<'_>, record: &crate::journal::Record) {
        match &record.event {
            Event::AddressGone { .. } => self.away = crate::preflight::words(&record.event),
            Event::AddressBack { .. } => {
                if let Some(words) = crate::preflight::words(&record.event) {
                    self.say(at.now, Tone::Good, words, Vec::new());
                }
                self.away = None;
            }
            Event::Started { .. } => self.away = None,
            // On the bench what goes wrong beside the phones must not be found in the log only: that leases are not
            // kept, or that it cannot be seen whether an address is used.
            Event::Trouble { message } if self.bench != BenchState::Off => {
                self.say(at.now, Tone::Hint, message.clone(), Vec::new());
            }
            _ => {}
        }
    }

    fn tick(&mut self, at: Moment<'_>) {
        if self.notice.as_ref().is_some_and(|notice| at.now.since(notice.at) > NOTICE) {
            self.notice = None;
        }
        if let Some(serving) = self.step.serving() {
            self.transfer.coach.tick(&serving.loads.loads, at.now);
            self.transfer.sample(at.fleet, at.now);
        }
    }

    fn press(&mut self, at: Moment<'_>, key: Key) -> Vec<Effect> {
        let Some(action) = keys::find(self, at, key) else { return Vec::new() };
        self.notice = None;
        if action == Action::Edit {
            self.edit(|field| field.edit(key));
            return Vec::new();
        }
        self.act(at, action)
    }

    /// The mouse only saves way: whatever it does, keys do too.
    fn click(&mut self, at: Moment<'_>, spot: Spot) -> Vec<Effect> {
        match spot {
            // What was drawn a moment ago may do nothing any more, and must not type a letter instead.
            Spot::Key(key) if keys::table(self, at).iter().any(|binding| binding.key == key) => {
                return self.press(at, key);
            }
            Spot::Row(row) if self.dialog.is_none() => {
                self.load.typing = false;
                self.move_by(at, |_| row);
            }
            Spot::Phone(phone) if self.dialog.is_none() => self.transfer.selected = Some(phone),
            Spot::Key(_) | Spot::Row(_) | Spot::Phone(_) => {}
        }
        Vec::new()
    }

    /// The wheel moves what has the focus: as far as one looks at it, a few rows; where one chooses, one row.
    fn wheel(&mut self, at: Moment<'_>, up: bool) {
        let rows = match (&self.dialog, &self.step) {
            (Some(Dialog::Log(_)), _) | (None, Step::Transfer(..) | Step::Report(..)) => 3,
            (Some(_), _) => return,
            (None, Step::Path) => {
                self.scroll_path(if up { -1 } else { 1 });
                return;
            }
            (None, _) => 1,
        };
        // A field that is being typed in keeps the focus.
        if self.field().is_none() {
            self.move_by(at, |row| if up { row.saturating_sub(rows) } else { row.saturating_add(rows) });
        }
    }

    fn scroll_path(&mut self, by: isize) {
        let last = self.path.paragraphs().saturating_sub(1);
        self.path.scroll = self.path.scroll.saturating_add_signed(by).min(last);
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        self.edit(|field| field.insert(text));
        Vec::new()
    }

    /// Change the text field; what followed from its old text no longer holds.
    fn edit(&mut self, change: impl FnOnce(&mut super::TextField)) {
        let Some(field) = self.field_mut() else { return };
        change(field);
        match self.step.kind() {
            StepKind::Path => self.path.scroll = 0,
            StepKind::Load => {
                self.load.completions.clear();
                self.load.completing = None;
            }
            StepKind::Option150 | StepKind::SwitchBack => self.forget_what_followed(),
            _ => {}
        }
    }
}
