//! Keys and mouse from the terminal, read on a thread of their own: only presses (Windows reports releases too), as
//! the wizard names them; and what was pasted in one piece, which Windows' consoles do not say.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::wizard::Key;

/// What the terminal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted in one piece.
    Pasted(String),
    /// The mouse was pressed on a cell, counted from 0.
    Clicked {
        /// From the left.
        column: u16,
        /// From the top.
        line: u16,
    },
    /// The mouse wheel was turned.
    Wheel {
        /// Away from the hand: towards what is above.
        up: bool,
    },
    /// The terminal has another size.
    Resized,
}

/// Who hears what the terminal says: whoever asked last. `None` until the thread that reads has begun, and once it has
/// ended.
static HEARS: Mutex<Option<UnboundedSender<Input>>> = Mutex::new(None);

/// Begin to read; whoever read before hears nothing more. The receiver ends when the terminal is gone.
///
/// One thread reads as long as the program runs: there is no portable way to wake it, and two would take keys from
/// each other.
pub fn read() -> io::Result<UnboundedReceiver<Input>> {
    let (sender, receiver) = unbounded_channel();
    let mut hears = HEARS.lock().unwrap_or_else(PoisonError::into_inner);
    if hears.is_none() {
        thread::Builder::new().name("keys".into()).spawn(|| {
            let ended = pass_on();
            *HEARS.lock().unwrap_or_else(PoisonError::into_inner) = None;
            tracing::info!(?ended, "no more keys from this terminal");
        })?;
    }
    *hears = Some(sender);
    Ok(receiver)
}

/// Read until the terminal is gone.
fn pass_on() -> io::Result<()> {
    let mut bursts = Bursts::default();
    loop {
        let said = input(event::read()?);
        let more = PASTES_AS_KEYS && event::poll(bursts.patience())?;
        for input in bursts.take(said, more) {
            // Nobody may be listening at the moment.
            if let Some(hears) = &*HEARS.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = hears.send(input);
            }
        }
    }
}

/// Whether a paste comes as if somebody had typed it, as Windows' consoles have it; elsewhere the terminal marks it.
const PASTES_AS_KEYS: bool = cfg!(windows);
/// So many characters at once are no typing: the thread that reads takes each key before the next can be pressed.
const BURST: usize = 3;
/// How long a burst may pause. A long paste comes in several parts.
const PAUSE: Duration = Duration::from_millis(5);

/// Finds in what comes as keys what was pasted: then a line end in it sends no form, and no letter of it is a command.
#[derive(Debug, Default)]
struct Bursts {
    /// What has come without a pause so far, as keys.
    typed: Vec<Key>,
}

impl Bursts {
    /// How long to wait for more of what has begun.
    fn patience(&self) -> Duration {
        if self.typed.is_empty() { Duration::ZERO } else { PAUSE }
    }

    /// Take what the terminal said. `more`: there is more to be read already. Answers what is known by now.
    fn take(&mut self, said: Option<Input>, more: bool) -> Vec<Input> {
        let other = match said {
            Some(Input::Key(key)) if character(key).is_some() => {
                self.typed.push(key);
                None
            }
            other => other,
        };
        let mut known = Vec::new();
        if other.is_some() || !more {
            let typed = std::mem::take(&mut self.typed);
            if typed.len() < BURST {
                known.extend(typed.into_iter().map(Input::Key));
            } else {
                known.push(Input::Pasted(typed.into_iter().filter_map(character).collect()));
            }
        }
        known.extend(other);
        known
    }
}

/// What a key is in a text.
fn character(key: Key) -> Option<char> {
    match key {
        Key::Char(c) => Some(c),
        Key::Enter => Some('\n'),
        Key::Tab => Some('\t'),
        _ => None,
    }
}

fn input(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) => pressed(key).map(Input::Key),
        Event::Paste(text) => Some(Input::Pasted(text)),
        Event::Resize(..) => Some(Input::Resized),
        Event::Mouse(mouse) => pointed(mouse),
        _ => None,
    }
}

fn pointed(event: MouseEvent) -> Option<Input> {
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            Some(Input::Clicked { column: event.column, line: event.row })
        }
        MouseEventKind::ScrollUp => Some(Input::Wheel { up: true }),
        MouseEventKind::ScrollDown => Some(Input::Wheel { up: false }),
        _ => None,
    }
}

fn pressed(event: KeyEvent) -> Option<Key> {
    // A key that is held repeats; that it was let go is of no interest.
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(match event.code {
        // AltGr comes as Control and Alt together on Windows, and types a character.
        KeyCode::Char(c) if control && !alt => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(_) if alt && !control => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Key::BackTab,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::F(n) => Key::F(n),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_count_and_releases_do_not() {
        let event = |kind| Event::Key(KeyEvent::new_with_kind(KeyCode::Enter, KeyModifiers::NONE, kind));
        assert_eq!(input(event(KeyEventKind::Press)), Some(Input::Key(Key::Enter)));
        assert_eq!(input(event(KeyEventKind::Release)), None);
    }

    /// What is heard of words that come at once, each of them without a pause.
    fn heard(words: &[&str]) -> Vec<Input> {
        let mut bursts = Bursts::default();
        let mut heard = Vec::new();
        for word in words {
            let mut letters = word.chars().peekable();
            while let Some(c) = letters.next() {
                let key = match c {
                    '\n' => Key::Enter,
                    '^' => Key::Up,
                    c => Key::Char(c),
                };
                // A key comes with the news that it was let go.
                heard.extend(bursts.take(Some(Input::Key(key)), true));
                heard.extend(bursts.take(None, letters.peek().is_some()));
            }
        }
        heard
    }

    #[test]
    fn what_comes_at_once_was_pasted_and_its_line_end_is_no_enter() {
        let pasted = |text: &str| vec![Input::Pasted(text.into())];
        assert_eq!(heard(&["\"C:\\my loads\\x.zip\"\n"]), pasted("\"C:\\my loads\\x.zip\"\n"));
        assert_eq!(heard(&["quit"]), pasted("quit"), "no letter of it is a command");
        let keys = |keys: &[Key]| keys.iter().map(|key| Input::Key(*key)).collect::<Vec<_>>();
        assert_eq!(heard(&["q", "u", "i", "t", "\n"]).len(), 5, "typed, each by itself");
        assert_eq!(heard(&["8\n"]), keys(&[Key::Char('8'), Key::Enter]));
        assert_eq!(heard(&["^^^"]), keys(&[Key::Up, Key::Up, Key::Up]), "held down");
        let both = [pasted("abc"), keys(&[Key::Up]), pasted("def")].concat();
        assert_eq!(heard(&["abc^def"]), both, "in the order in which it came");
    }

    #[test]
    fn the_left_button_and_the_wheel_count_and_nothing_else_of_a_mouse() {
        let event = |kind| {
            let modifiers = KeyModifiers::NONE;
            input(Event::Mouse(MouseEvent { kind, column: 3, row: 5, modifiers }))
        };
        let left = MouseButton::Left;
        assert_eq!(event(MouseEventKind::Down(left)), Some(Input::Clicked { column: 3, line: 5 }));
        assert_eq!(event(MouseEventKind::ScrollDown), Some(Input::Wheel { up: false }));
        for kind in [
            MouseEventKind::Up(left),
            MouseEventKind::Drag(left),
            MouseEventKind::Moved,
            MouseEventKind::Down(MouseButton::Right),
        ] {
            assert_eq!(event(kind), None, "{kind:?}");
        }
    }

    #[test]
    fn control_and_altgr_are_told_apart() {
        let key = |c, modifiers| pressed(KeyEvent::new(KeyCode::Char(c), modifiers));
        assert_eq!(key('C', KeyModifiers::CONTROL), Some(Key::Ctrl('c')));
        assert_eq!(key('\\', KeyModifiers::CONTROL | KeyModifiers::ALT), Some(Key::Char('\\')));
        assert_eq!(key('x', KeyModifiers::ALT), None);
    }
}
