//! What each action does to the model.

use super::super::dialog::{Ask, Dialog, Tone};
use super::super::interface::Check;
use super::super::keys::Action;
use super::super::loads::Picking;
use super::super::model::{Model, SiteField};
use super::super::msg::{Effect, Moment};
use super::super::option150::{Option150Draft, Option150Focus};
use super::super::path::PathFocus;
use super::super::step::{Mode, Step, StepKind};
use super::PAGE;
use crate::journal::{Event, How};

impl Model {
    pub(super) fn act(&mut self, at: Moment<'_>, action: Action) -> Vec<Effect> {
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

    pub(super) fn move_by(&mut self, at: Moment<'_>, to: impl Fn(usize) -> usize) {
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
                self.welcome.row = within(self.welcome.row, super::super::WelcomeDraft::CHOICES.len());
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

    pub(super) fn look_again(&mut self) -> Vec<Effect> {
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
    pub(in crate::wizard) fn wanted_family(&self) -> Option<String> {
        if self.mode == Mode::Inspect { None } else { self.path.family_number() }
    }
}

fn move_focus(draft: &mut Option150Draft, within: impl Fn(usize, usize) -> usize) {
    let row = Option150Focus::ALL.iter().position(|focus| *focus == draft.focus).unwrap_or(0);
    draft.focus = Option150Focus::ALL[within(row, Option150Focus::ALL.len())];
}
