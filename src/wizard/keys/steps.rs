//! Which keys each step has, as it stands.

use super::super::asking::Asking;
use super::super::bench::BenchState;
use super::super::interface::Check;
use super::super::key::Key;
use super::super::model::{Model, WelcomeDraft};
use super::super::msg::Moment;
use super::super::option150::{Option150Draft, Option150Focus};
use super::super::path::{PathFocus, families};
use super::super::replay::Playing;
use super::super::step::{Mode, Step};
use super::{Action, Keys};
use crate::catalog::Catalog;
use crate::journal::Phase;

pub(super) fn step_keys(keys: &mut Keys, model: &Model, at: Moment<'_>) {
    match &model.step {
        Step::Welcome => {
            keys.bar(Key::Enter, "begin", Action::Next);
            keys.rows(model.welcome.row, WelcomeDraft::CHOICES.len(), "choose");
            if !model.welcome.unfinished.is_empty() {
                keys.bar(Key::Char('b'), "option 150 is back", Action::Settle);
            }
        }
        Step::Path => {
            keys.bar(Key::Enter, "next", Action::Next);
            keys.bar(Key::Esc, "back", Action::Back);
            let row = PathFocus::ALL.iter().position(|focus| *focus == model.path.focus).unwrap_or(0);
            keys.rows(row, PathFocus::ALL.len(), "field");
            keys.more(Key::Tab, "next field", Action::NextField);
            let paragraphs = model.path.paragraphs();
            if model.path.scroll + 1 < paragraphs {
                keys.more(Key::PageDown, "reasons: on", Action::PageDown);
            }
            if model.path.scroll > 0 {
                keys.more(Key::PageUp, "reasons: back", Action::PageUp);
            }
            if model.path.focus == PathFocus::Family {
                if model.path.family > 0 {
                    keys.bar(Key::Left, "family", Action::Previous);
                }
                if model.path.family + 1 < families(Catalog::embedded()).len() {
                    keys.bar(Key::Right, "family", Action::Following);
                }
            }
        }
        Step::Load => load_keys(keys, model),
        Step::Interface(_) => interface_keys(keys, model),
        Step::Option150(_) => {
            let draft = &model.option150;
            if matches!(model.bench, BenchState::Starting(_)) {
                keys.bar(Key::Esc, "do not", Action::Back);
                return;
            }
            if model.is_bench() {
                keys.bar(Key::Enter, "go on", Action::Next);
                keys.bar(Key::Esc, "back", Action::Back);
                return;
            }
            let enter = match (&draft.announced, &draft.proof) {
                (None, _) => "set it now",
                (Some(_), None) => "it is set",
                (Some(_), Some(_)) => "go on",
            };
            option150_keys(keys, draft, enter, draft.announced.is_some(), model.servers().len());
            if model.can_bench() {
                // In a field letters are text.
                let key = if draft.field().is_some() { Key::Ctrl('b') } else { Key::Char('b') };
                keys.bar(key, "isolated bench", Action::Bench);
            }
        }
        Step::Transfer(..) => transfer_keys(keys, model, at),
        Step::SwitchBack(..) => {
            if model.is_bench() {
                keys.bar(Key::Enter, "end DHCP", Action::Next);
                keys.bar(Key::Esc, "back", Action::Back);
                return;
            }
            let draft = &model.switch_back;
            let enter = if draft.proof.is_some() { "go on" } else { "it is back" };
            option150_keys(keys, draft, enter, true, model.servers().len());
        }
        Step::Report(..) => {
            if model.report.typing.is_some() {
                keys.bar(Key::Enter, "put on record", Action::Next);
                keys.bar(Key::Esc, "as it was", Action::Back);
                keys.bar(Key::Tab, "other field", Action::NextField);
                return;
            }
            keys.bar(Key::Enter, "leave", Action::Quit);
            keys.bar(Key::Esc, "back", Action::Back);
            keys.bar(Key::Char('w'), "who and where", Action::TypeSite);
            if !model.report.asking && super::super::proofs::phones_to_ask(at).next().is_some() {
                keys.bar(Key::Char('v'), "ask the phones", Action::AskPhones);
            }
            if let Some(report) = &model.report.report {
                keys.bar(Key::Char('c'), "copy", Action::Copy);
                let lines = report.markdown().lines().count();
                keys.rows(model.report.scroll, lines, "scroll");
                keys.pages(model.report.scroll, lines);
            }
        }
    }
}

/// A recording: nothing can be decided, much can be looked at.
pub(super) fn replay_keys(keys: &mut Keys, model: &Model, playing: &Playing, at: Moment<'_>) {
    keys.bar(Key::Char('?'), "help", Action::Help);
    keys.bar(Key::Char('q'), "leave", Action::Quit);
    keys.more(Key::Ctrl('c'), "leave", Action::Interrupt);
    if at.now < playing.until {
        keys.bar(Key::Char(' '), if playing.paused { "go on" } else { "pause" }, Action::Pause);
        keys.bar(Key::Right, "next change", Action::Skip);
        let (faster, slower) = playing.can_change();
        if faster {
            keys.bar(Key::Char('+'), "faster", Action::Faster);
        }
        if slower {
            keys.bar(Key::Char('-'), "slower", Action::Slower);
        }
    }
    match &model.step {
        Step::Transfer(..) => look_keys(keys, model, at),
        Step::Report(..) => {
            let lines = model.report.report.as_ref().map_or(0, |report| report.markdown().lines().count());
            keys.rows(model.report.scroll, lines, "scroll");
            keys.pages(model.report.scroll, lines);
        }
        _ => {}
    }
    keys.bar(Key::Char('l'), "log", Action::Log);
}

fn load_keys(keys: &mut Keys, model: &Model) {
    let draft = &model.load;
    if draft.typing {
        if !draft.path.text().trim().is_empty() && !draft.is_busy() {
            keys.bar(Key::Enter, "read it", Action::Next);
        }
        let label = if draft.fetching.is_some() { "stop fetching" } else { "back to the list" };
        keys.bar(Key::Esc, label, Action::Back);
        keys.bar(Key::Tab, "complete", Action::Complete);
        return;
    }
    if draft.is_on_path() {
        // While the first search runs the list is empty: whoever presses Enter twice means the loads, not a path.
        if !draft.is_busy() || !draft.loads.is_empty() {
            keys.bar(Key::Enter, "type a path", Action::TypePath);
        }
    } else if model.mode == Mode::Inspect {
        keys.bar(Key::Enter, "details", Action::Details);
    } else if !draft.is_busy() {
        keys.bar(Key::Enter, "next", Action::Next);
    }
    keys.bar(Key::Esc, "back", Action::Back);
    if let Some(load) = draft.current() {
        if model.mode != Mode::Inspect {
            let picked = draft.picked.contains(&draft.row);
            let label = if picked { "leave out" } else { "pick" };
            // A load that can never be served has no such key: the reason stands beside it.
            if picked || load.is_whole() {
                keys.bar(Key::Char(' '), label, Action::Toggle);
            }
        }
        keys.bar(Key::Char('d'), "details", Action::Details);
    }
    keys.bar(Key::Char('p'), "path", Action::TypePath);
    keys.rows(draft.row, draft.rows(), "choose");
    keys.pages(draft.row, draft.rows());
    if !draft.is_busy() {
        keys.bar(Key::Char('r'), "look again", Action::Again);
    }
}

fn interface_keys(keys: &mut Keys, model: &Model) {
    let draft = &model.interface;
    let busy = draft.check.is_busy();
    if draft.proof().is_some() {
        keys.bar(Key::Enter, "serve here", Action::Next);
    } else if draft.current().is_some() && !busy {
        let again = matches!(&draft.check, Check::Bad(address, _) if Some(*address) == draft.current().map(|i| i.address));
        keys.bar(Key::Enter, if again { "check again" } else { "check" }, Action::Next);
    }
    keys.bar(Key::Esc, "back", Action::Back);
    if !busy {
        if draft.offer.is_some() && model.mode == Mode::Recover {
            keys.bar(Key::Char('a'), "set an address", Action::SetAddress);
        }
        if draft.current().is_some() && model.mode == Mode::Recover {
            let label = if model.by_configuration { "resets only" } else { "without a reset" };
            keys.more(Key::Char('n'), label, Action::ByConfiguration);
        }
        if draft.wants_rule() {
            keys.bar(Key::Char('w'), "open firewall", Action::OpenFirewall);
        }
        keys.rows(draft.row, draft.list().len(), "choose");
        keys.pages(draft.row, draft.list().len());
        if draft.awaited.is_none() {
            keys.bar(Key::Char('r'), "look again", Action::Again);
        }
    }
}

fn option150_keys(
    keys: &mut Keys,
    draft: &Option150Draft,
    enter: &'static str,
    is_due: bool,
    servers: usize,
) {
    if draft.overriding {
        if draft.reason().is_some() {
            keys.bar(Key::Enter, "go on by my word", Action::Next);
        }
        keys.bar(Key::Esc, "rather ask DHCP", Action::Back);
        return;
    }
    let runs = draft.asking.running().is_some();
    if !runs {
        keys.bar(Key::Enter, enter, Action::Next);
    }
    keys.bar(Key::Esc, "back", Action::Back);
    // In a field letters are text.
    let typing = draft.field().is_some();
    let ask = if runs { "stop asking" } else { "ask DHCP" };
    if typing {
        keys.bar(Key::F(5), ask, Action::AskDhcp);
    } else {
        keys.bar(Key::Char('v'), ask, Action::AskDhcp);
        keys.more(Key::F(5), ask, Action::AskDhcp);
    }
    // DHCP has the first word: only then somebody's own can stand against it.
    let has_spoken = match &draft.asking {
        Asking::Done(asked) => draft.changed || asked.phase != Phase::Before,
        Asking::Failed(_) => true,
        Asking::Never | Asking::Stopped | Asking::Running(_) => draft.changed,
    };
    if has_spoken && is_due && draft.proof.is_none() && !runs {
        if typing {
            keys.bar(Key::Ctrl('o'), "override", Action::Override);
        } else {
            keys.bar(Key::Char('o'), "override", Action::Override);
            keys.more(Key::Ctrl('o'), "override", Action::Override);
        }
    }
    if servers > 1 {
        keys.bar(Key::Tab, "server", Action::NextServer);
        keys.more(Key::BackTab, "server before", Action::PreviousServer);
    }
    if draft.focus == Option150Focus::Servers {
        if servers > 1 {
            keys.more(Key::Right, "server", Action::NextServer);
            keys.more(Key::Left, "server before", Action::PreviousServer);
        }
        keys.bar(Key::Char('c'), "copy", Action::Copy);
    } else {
        keys.bar(Key::Ctrl('y'), "copy", Action::Copy);
    }
    let row = Option150Focus::ALL.iter().position(|focus| *focus == draft.focus).unwrap_or(0);
    keys.rows(row, Option150Focus::ALL.len(), "field");
}

fn transfer_keys(keys: &mut Keys, model: &Model, at: Moment<'_>) {
    let draft = &model.transfer;
    let enter = if model.is_bench() { "phones are done" } else { "switch back" };
    keys.bar(Key::Enter, enter, Action::Next);
    if model.is_bench() && Model::stranger(at).is_some() {
        keys.bar(Key::Char('i'), "let in", Action::LetIn);
    }
    keys.bar(Key::Esc, "back", Action::Back);
    keys.bar(Key::Char(' '), "next step", Action::Beat);
    let rows = draft.rows(at.fleet, at.now);
    if !rows.is_empty() {
        if draft.details {
            keys.bar(Key::Left, "close details", Action::Details);
        } else {
            keys.bar(Key::Right, "details", Action::Details);
        }
        let label = if draft.details { "close details" } else { "details" };
        keys.more(Key::Char('d'), label, Action::Details);
    }
    if draft.coach.has_begun() {
        keys.bar(Key::Char('x'), "reset anew", Action::RestartReset);
    }
    if let Some(row) = draft.row(&rows) {
        keys.rows(row, rows.len(), "phone");
        keys.pages(row, rows.len());
    }
    if !at.fleet.is_empty() {
        keys.bar(Key::Char('f'), "filter", Action::Filter);
        keys.bar(Key::Char('s'), "sort", Action::Sort);
    }
    let models =
        model.step.serving().map_or(0, |serving| super::super::coach::models(&serving.loads.loads).len());
    if models > 1 {
        keys.bar(Key::Char('m'), "model", Action::NextModel);
    }
    let label = if draft.coach.paces { "code: only by Space" } else { "code: by itself" };
    keys.more(Key::Char('a'), label, Action::Pace);
}

/// Looking at the fleet of a recording, whose arrows to the side belong to the recording.
fn look_keys(keys: &mut Keys, model: &Model, at: Moment<'_>) {
    let draft = &model.transfer;
    let rows = draft.rows(at.fleet, at.now);
    if let Some(row) = draft.row(&rows) {
        keys.bar(Key::Char('d'), if draft.details { "close details" } else { "details" }, Action::Details);
        keys.rows(row, rows.len(), "phone");
        keys.pages(row, rows.len());
    }
    if !at.fleet.is_empty() {
        keys.bar(Key::Char('f'), "filter", Action::Filter);
        keys.bar(Key::Char('s'), "sort", Action::Sort);
    }
}
