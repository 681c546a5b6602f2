//! A key press, whatever terminal it comes from. Releases and repeats without a press never get here.

use std::fmt;

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A character, as it would be typed.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// A function key.
    F(u8),
    /// Control and a letter, in lower case: `Ctrl('c')`.
    Ctrl(char),
}

impl fmt::Display for Key {
    /// The key as a key bar names it: `Enter`, `^C`, `Space`, `PgUp`, `↑`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Char(' ') => "Space",
            Self::Char(c) => return write!(f, "{c}"),
            Self::Enter => "Enter",
            Self::Esc => "Esc",
            Self::Tab => "Tab",
            Self::BackTab => "Shift-Tab",
            Self::Up => "↑",
            Self::Down => "↓",
            Self::Left => "←",
            Self::Right => "→",
            Self::PageUp => "PgUp",
            Self::PageDown => "PgDn",
            Self::Home => "Home",
            Self::End => "End",
            Self::Backspace => "Backspace",
            Self::Delete => "Del",
            Self::F(n) => return write!(f, "F{n}"),
            Self::Ctrl(c) => return write!(f, "^{}", c.to_ascii_uppercase()),
        };
        f.write_str(name)
    }
}
