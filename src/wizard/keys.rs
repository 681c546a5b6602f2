//! The one key table. What is in it works now; what is not in it does nothing now. The session asks it what a key
//! does, the key bar and the help show it.

use super::asking::Asking;
use super::bench::BenchState;
use super::dialog::Dialog;
use super::interface::Check;
use super::key::Key;
use super::model::{Model, WelcomeDraft};
use super::msg::Moment;
use super::option150::{Option150Draft, Option150Focus};
use super::path::{PathFocus, families};
use super::replay::Playing;
use super::step::{Mode, Step};
use crate::catalog::Catalog;
use crate::journal::Phase;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Show the help, or close it.
    Help,
    /// Leave the program; asks where something hangs on it.
    Quit,
    /// The system's own way to interrupt: the second one within two seconds leaves without asking.
    Interrupt,
    /// Show what happened.
    Log,
    /// Go on.
    Next,
    /// Go back.
    Back,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// Ten rows up.
    PageUp,
    /// Ten rows down.
    PageDown,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// The choice before this one.
    Previous,
    /// The choice behind this one.
    Following,
    /// Pick or leave out.
    Toggle,
    /// Show or hide the details.
    Details,
    /// Begin to type a path.
    TypePath,
    /// Complete the path.
    Complete,
    /// The next text field.
    NextField,
    /// Look once more.
    Again,
    /// Let phones in through the firewall.
    OpenFirewall,
    /// The DHCP server behind this one.
    NextServer,
    /// The DHCP server before this one.
    PreviousServer,
    /// Ask DHCP, or stop asking it.
    AskDhcp,
    /// Go on against DHCP, in words.
    Override,
    /// Copy what is shown.
    Copy,
    /// The next beat of the reset.
    Beat,
    /// The reset from its beginning.
    RestartReset,
    /// Whether the coach goes through the code by itself.
    Pace,
    /// The next model for the coach.
    NextModel,
    /// Another order of the table.
    Sort,
    /// Another part of the table.
    Filter,
    /// The recording stands still, or goes on.
    Pause,
    /// The recording goes faster.
    Faster,
    /// The recording goes slower.
    Slower,
    /// To the next change of the recording.
    Skip,
    /// Say who works and where.
    TypeSite,
    /// Ask phones by their own pages.
    AskPhones,
    /// There is no DHCP server here: be one.
    Bench,
    /// Give a card an address.
    SetAddress,
    /// Answer the client that got no answer last.
    LetIn,
    /// Offer the load to phones that still boot, or do not.
    ByConfiguration,
    /// The earlier session's option 150 is back.
    Settle,
    /// Yes.
    Yes,
    /// No.
    No,
    /// The mouse for the program, or for marking text.
    Mouse,
    /// The key edits the text field.
    Edit,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The key.
    pub key: Key,
    /// What it does, in a word or three.
    pub label: &'static str,
    /// What it does, for the program.
    pub action: Action,
    /// Whether it has a place in the key bar; the help shows all.
    pub in_bar: bool,
}

/// What a key does at this moment; `None` for nothing.
pub fn find(model: &Model, at: Moment<'_>, key: Key) -> Option<Action> {
    let listed =
        table(model, at).into_iter().find(|binding| binding.key == key).map(|binding| binding.action);
    // Typed letters are too many for a table.
    listed.or_else(|| model.field().is_some_and(|field| field.takes(key)).then_some(Action::Edit))
}

/// The keys that do something at this moment, the most important first: help and quit never drop off a short bar.
pub fn table(model: &Model, at: Moment<'_>) -> Vec<Binding> {
    let mut keys = Keys { all: Vec::new() };
    if model.dialog.is_none() {
        return of_step(model, at);
    }
    match &model.dialog {
        Some(Dialog::Help) => {
            keys.bar(Key::Esc, "close help", Action::No);
            keys.more(Key::Char('?'), "close help", Action::Help);
            keys.more(Key::Enter, "close help", Action::No);
            keys.more(Key::Char('q'), "close help", Action::No);
            keys.more(Key::Ctrl('c'), "interrupt", Action::Interrupt);
        }
        Some(Dialog::Log(scrolled)) => {
            keys.bar(Key::Esc, "close log", Action::No);
            keys.more(Key::Char('l'), "close log", Action::Log);
            keys.more(Key::Enter, "close log", Action::No);
            keys.more(Key::Char('q'), "close log", Action::No);
            let lines = model.log.lines().len();
            if scrolled + 1 < lines {
                keys.bar(Key::Up, "earlier", Action::Up);
                keys.more(Key::PageUp, "ten lines earlier", Action::PageUp);
            }
            if *scrolled > 0 {
                keys.bar(Key::Down, "later", Action::Down);
                keys.more(Key::PageDown, "ten lines later", Action::PageDown);
            }
            keys.more(Key::Ctrl('c'), "interrupt", Action::Interrupt);
        }
        Some(Dialog::Ask(ask)) => {
            keys.bar(Key::Enter, ask.yes(), Action::Yes);
            keys.bar(Key::Esc, ask.no(), Action::No);
            keys.more(Key::Char('y'), ask.yes(), Action::Yes);
            keys.more(Key::Char('n'), ask.no(), Action::No);
            keys.more(Key::Ctrl('c'), "interrupt", Action::Interrupt);
        }
        None => {}
    }
    keys.mouse(model);
    keys.all
}

/// The keys of the step, whatever lies over it.
pub fn of_step(model: &Model, at: Moment<'_>) -> Vec<Binding> {
    let mut keys = Keys { all: Vec::new() };
    if let Some(playing) = &model.playing {
        replay_keys(&mut keys, model, playing, at);
        return keys.all;
    }
    let typing = model.field_of_step().is_some();
    keys.bar(Key::Char('?'), "help", Action::Help);
    if typing {
        keys.bar(Key::Ctrl('c'), "quit", Action::Interrupt);
    } else {
        keys.bar(Key::Char('q'), "quit", Action::Quit);
        keys.more(Key::Char('h'), "help", Action::Help);
        keys.more(Key::Ctrl('c'), "quit", Action::Interrupt);
    }
    keys.more(Key::F(1), "help", Action::Help);
    step_keys(&mut keys, model, at);
    if !typing {
        keys.bar(Key::Char('l'), "log", Action::Log);
    }
    keys.more(Key::Ctrl('l'), "log", Action::Log);
    keys.mouse(model);
    if let Some(field) = model.field_of_step() {
        for (key, label) in [
            (Key::Backspace, "erase"),
            (Key::Delete, "erase behind"),
            (Key::Left, "cursor left"),
            (Key::Right, "cursor right"),
            (Key::Home, "to the beginning"),
            (Key::End, "to the end"),
            (Key::Ctrl('u'), "erase all before"),
        ] {
            if field.takes(key) && !keys.has(key) {
                keys.more(key, label, Action::Edit);
            }
        }
    }
    keys.all
}

struct Keys {
    all: Vec<Binding>,
}

impl Keys {
    fn has(&self, key: Key) -> bool {
        self.all.iter().any(|binding| binding.key == key)
    }

    fn bar(&mut self, key: Key, label: &'static str, action: Action) {
        self.all.push(Binding { key, label, action, in_bar: true });
    }

    fn more(&mut self, key: Key, label: &'static str, action: Action) {
        self.all.push(Binding { key, label, action, in_bar: false });
    }

    fn mouse(&mut self, model: &Model) {
        let label = if model.mouse { "let the mouse mark text" } else { "use the mouse here" };
        self.more(Key::F(2), label, Action::Mouse);
    }

    /// Up and down through `count` rows.
    fn rows(&mut self, row: usize, count: usize, label: &'static str) {
        if row > 0 {
            self.bar(Key::Up, label, Action::Up);
        }
        if row + 1 < count {
            self.bar(Key::Down, label, Action::Down);
        }
    }

    /// The larger moves through `count` rows.
    fn pages(&mut self, row: usize, count: usize) {
        if row > 0 {
            self.more(Key::PageUp, "ten up", Action::PageUp);
            self.more(Key::Home, "first", Action::First);
        }
        if row + 1 < count {
            self.more(Key::PageDown, "ten down", Action::PageDown);
            self.more(Key::End, "last", Action::Last);
        }
    }
}

fn step_keys(keys: &mut Keys, model: &Model, at: Moment<'_>) {
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
            if !model.report.asking && super::proofs::phones_to_ask(at).next().is_some() {
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
fn replay_keys(keys: &mut Keys, model: &Model, playing: &Playing, at: Moment<'_>) {
    keys.bar(Key::Char('?'), "help", Action::Help);
    keys.bar(Key::Char('q'), "leave", Action::Quit);
    keys.more(Key::Ctrl('c'), "leave", Action::Interrupt);
    keys.bar(Key::Char(' '), if playing.paused { "go on" } else { "pause" }, Action::Pause);
    keys.bar(Key::Right, "next change", Action::Skip);
    let (faster, slower) = playing.can_change();
    if faster {
        keys.bar(Key::Char('+'), "faster", Action::Faster);
    }
    if slower {
        keys.bar(Key::Char('-'), "slower", Action::Slower);
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
    let models = model.step.serving().map_or(0, |serving| super::coach::models(&serving.loads.loads).len());
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
