//! The one key table. What is in it works now; what is not in it does nothing now. The session asks it what a key
//! does, the key bar and the help show it.

mod action;
mod steps;

use super::dialog::Dialog;
use super::key::Key;
use super::model::Model;
use super::msg::Moment;

pub use action::Action;
use steps::{replay_keys, step_keys};

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
