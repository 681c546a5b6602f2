//! Keys and mouse from the terminal, read on a thread of their own: only presses (Windows reports releases too), as
//! the wizard names them.

use std::io;
use std::thread;

use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

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

/// Begin to read. The receiver ends when the terminal is gone. The thread waits for a key as long as the program
/// runs: there is no portable way to wake it, and nothing that it holds.
pub fn read() -> io::Result<UnboundedReceiver<Input>> {
    let (sender, receiver) = unbounded_channel();
    thread::Builder::new().name("keys".into()).spawn(move || {
        loop {
            match event::read() {
                Ok(event) => {
                    if let Some(input) = input(event)
                        && sender.send(input).is_err()
                    {
                        return;
                    }
                }
                Err(error) => {
                    tracing::info!(%error, "no more keys from this terminal");
                    return;
                }
            }
        }
    })?;
    Ok(receiver)
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
