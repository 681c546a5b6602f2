//! The one update: what happened comes in, what is to be done goes out.

use std::time::Duration;

use super::bench::BenchState;
use super::dialog::{Ask, Dialog, Tone};
use super::interface::Check;
use super::key::Key;
use super::keys::{self, Action};
use super::loads::Picking;
use super::model::{Model, SiteField};
use super::msg::{Effect, Moment, Msg, Spot};
use super::option150::{Option150Draft, Option150Focus};
use super::path::PathFocus;
use super::step::{Mode, Serving, Step, StepKind};
use crate::firmware::problem::Problem;
use crate::journal::{Event, How};

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

    fn act(&mut self, at: Moment<'_>, action: Action) -> Vec<Effect> {
        match action {
            Action::Help => self.toggle_dialog(Dialog::Help),
            Action::Log => self.toggle_dialog(Dialog::Log(0)),
            Action::Quit => return self.quit(at),
            Action::Interrupt => return self.interrupt(at),
            Action::Next => return self.next(at),
            Action::Back => return self.back(at),
            Action::Yes => return self.yes(at),
            Action::No => self.dialog = None,
            Action::Up => self.move_by(at, |row| row.saturating_sub(1)),
            Action::Down => self.move_by(at, |row| row + 1),
            Action::PageUp if self.is_on_path() => self.scroll_path(-1),
            Action::PageDown if self.is_on_path() => self.scroll_path(1),
            Action::PageUp => self.move_by(at, |row| row.saturating_sub(PAGE)),
            Action::PageDown => self.move_by(at, |row| row + PAGE),
            Action::First => self.move_by(at, |_| 0),
            Action::Last => self.move_by(at, |_| usize::MAX),
            Action::Previous | Action::Following => {
                let by = if action == Action::Previous { -1 } else { 1 };
                self.path.family = self.path.family.saturating_add_signed(by);
                self.path.scroll = 0;
            }
            Action::NextField if self.step.kind() == StepKind::Report => {
                self.report.typing = match self.report.typing {
                    Some(SiteField::Who) => Some(SiteField::Place),
                    _ => Some(SiteField::Who),
                };
            }
            Action::TypeSite => self.type_site(),
            Action::AskPhones => return self.ask_phones(at),
            Action::NextField => {
                let row = PathFocus::ALL.iter().position(|focus| *focus == self.path.focus).unwrap_or(0);
                self.path.focus = PathFocus::ALL[(row + 1) % PathFocus::ALL.len()];
            }
            Action::Toggle => self.pick(at),
            Action::Details => match self.step.kind() {
                StepKind::Transfer => self.transfer.details = !self.transfer.details,
                _ => self.load.details = !self.load.details,
            },
            Action::TypePath => {
                self.load.row = self.load.loads.len();
                self.load.typing = true;
            }
            Action::Complete => {
                let ticket = self.ticket();
                self.load.completing = Some(ticket);
                return vec![Effect::CompletePath(ticket, self.load.path.text().to_owned())];
            }
            Action::Again => return self.look_again(),
            Action::OpenFirewall => return vec![Effect::OpenFirewall],
            Action::NextServer | Action::PreviousServer => self.turn_server(action == Action::NextServer),
            Action::AskDhcp => return self.ask_or_stop(at),
            Action::Override => self.begin_override(),
            Action::Copy => return self.copy(),
            Action::Mouse => {
                self.mouse = !self.mouse;
                let words = if self.mouse {
                    "the mouse works here again"
                } else {
                    "the mouse marks text now; F2 brings it back here"
                };
                self.say(at.now, Tone::Good, words, Vec::new());
                return vec![Effect::Mouse(self.mouse)];
            }
            Action::Bench => self.propose_bench(),
            Action::SetAddress => {
                self.dialog = self.interface.offer.clone().map(|offer| Dialog::Ask(Ask::SetAddress(offer)));
            }
            Action::LetIn => {
                self.dialog = Self::stranger(at).map(|(mac, says)| Dialog::Ask(Ask::LetIn { mac, says }));
            }
            Action::ByConfiguration => self.by_configuration = !self.by_configuration,
            Action::Settle => return self.settle(),
            Action::Beat | Action::RestartReset | Action::Pace | Action::NextModel => self.coach(at, action),
            Action::Sort => self.transfer.sort = self.transfer.sort.next(),
            Action::Filter => self.transfer.filter = self.transfer.filter.next(),
            Action::Pause | Action::Faster | Action::Slower | Action::Skip => self.play(action),
            Action::Edit => {}
        }
        Vec::new()
    }

    /// The pace of a recording.
    fn play(&mut self, action: Action) {
        let Some(playing) = &mut self.playing else { return };
        match action {
            Action::Pause => playing.paused = !playing.paused,
            Action::Faster => playing.faster(),
            Action::Slower => playing.slower(),
            _ => playing.skipping = true,
        }
    }

    fn is_on_path(&self) -> bool {
        self.dialog.is_none() && matches!(self.step, Step::Path)
    }

    fn toggle_dialog(&mut self, dialog: Dialog) {
        let open = self
            .dialog
            .as_ref()
            .is_some_and(|open| std::mem::discriminant(open) == std::mem::discriminant(&dialog));
        self.dialog = (!open).then_some(dialog);
    }

    fn move_by(&mut self, at: Moment<'_>, to: impl Fn(usize) -> usize) {
        let within = |row: usize, count: usize| to(row).min(count.saturating_sub(1));
        if let Some(Dialog::Log(scrolled)) = &mut self.dialog {
            // Upwards is back in time.
            let lines = self.log.lines().len();
            let top = lines.saturating_sub(1).saturating_sub(*scrolled);
            *scrolled = lines.saturating_sub(1).saturating_sub(within(top, lines));
            return;
        }
        match &self.step {
            Step::Welcome => {
                self.welcome.row = within(self.welcome.row, super::WelcomeDraft::CHOICES.len());
            }
            Step::Path => {
                let row = PathFocus::ALL.iter().position(|focus| *focus == self.path.focus).unwrap_or(0);
                self.path.focus = PathFocus::ALL[within(row, PathFocus::ALL.len())];
            }
            Step::Load => self.load.row = within(self.load.row, self.load.rows()),
            Step::Interface(_) => {
                self.interface.row = within(self.interface.row, self.interface.list().len());
            }
            Step::Option150(_) => move_focus(&mut self.option150, within),
            Step::SwitchBack(..) => move_focus(&mut self.switch_back, within),
            Step::Transfer(..) => {
                let rows = self.transfer.rows(at.fleet, at.now);
                let row = self.transfer.row(&rows).map(|row| within(row, rows.len()));
                self.transfer.selected = row.and_then(|row| rows.get(row).copied());
            }
            Step::Report(..) => {
                let lines = self.report.report.as_ref().map_or(0, |report| report.markdown().lines().count());
                self.report.scroll = within(self.report.scroll, lines);
            }
        }
    }

    fn pick(&mut self, at: Moment<'_>) {
        let picking = self.load.toggle();
        let Some(load) = self.load.current() else { return };
        let (name, reason) = (load.name.clone(), load.reason.clone());
        match picking {
            Picking::Done => {}
            Picking::Against => self.dialog = Some(Dialog::Ask(Ask::UseAnyway { load: name, reason })),
            Picking::Refused => {
                self.say(at.now, Tone::Bad, format!("{name} is never served: {reason}"), Vec::new());
            }
        }
    }

    fn look_again(&mut self) -> Vec<Effect> {
        let ticket = self.ticket();
        if self.step.kind() == StepKind::Interface {
            self.interface.awaited = Some(ticket);
            self.interface.check = Check::None;
            self.interface.checks.clear();
            self.interface.unset = None;
            return self.list_interfaces(ticket);
        }
        self.load.awaited = Some(ticket);
        vec![Effect::FindLoads(ticket, self.mode)]
    }

    fn turn_server(&mut self, forward: bool) {
        let count = self.servers().len().max(1);
        let draft = match self.step {
            Step::SwitchBack(..) => &mut self.switch_back,
            _ => &mut self.option150,
        };
        draft.server = (draft.server + if forward { 1 } else { count - 1 }) % count;
    }

    fn copy(&mut self) -> Vec<Effect> {
        let text = match &self.step {
            Step::Option150(_) => self.server().map(|server| server.set.copied()),
            Step::SwitchBack(..) => self.server().map(|server| server.restore.copied()),
            Step::Report(..) => self.report.report.as_ref().map(crate::report::Report::markdown),
            _ => None,
        };
        text.map(Effect::Copy).into_iter().collect()
    }

    /// The technician says that an earlier session's option 150 is back.
    fn settle(&mut self) -> Vec<Effect> {
        let Some(unfinished) = self.welcome.unfinished.first().cloned() else { return Vec::new() };
        let to = unfinished.left.before.clone();
        vec![Effect::Settle(unfinished, Event::Option150Back { to, by: None, how: How::ByHand, why: None })]
    }

    fn coach(&mut self, at: Moment<'_>, action: Action) {
        let Some(serving) = self.step.serving() else { return };
        let loads = &serving.loads.loads;
        let coach = &mut self.transfer.coach;
        match action {
            Action::Beat => coach.step(loads, at.now),
            Action::RestartReset => coach.restart(),
            Action::NextModel => coach.next_model(loads),
            _ => coach.paces = !coach.paces,
        }
    }

    /// The family whose loads are picked by themselves; `None` for all.
    pub(super) fn wanted_family(&self) -> Option<String> {
        if self.mode == Mode::Inspect { None } else { self.path.family_number() }
    }
}

fn move_focus(draft: &mut Option150Draft, within: impl Fn(usize, usize) -> usize) {
    let row = Option150Focus::ALL.iter().position(|focus| *focus == draft.focus).unwrap_or(0);
    draft.focus = Option150Focus::ALL[within(row, Option150Focus::ALL.len())];
}
