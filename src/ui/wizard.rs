//! The wizard on a terminal: the screens, drawn where the loop of the session wants them.

use std::io;

use super::screens::{self, Hits, Scene};
use super::symbols::Charset;
use super::terminal::{DrawOn, Screen as Terminal, Size};
use super::theme::{Background, Theme};
use crate::fleet::Fleet;
use crate::session::wizard::Screen;
use crate::timestamp::Timestamp;
use crate::wizard::{Model, Moment, Spot};

/// The wizard's screens on the terminal. Dropping it gives the terminal back.
pub struct OnTerminal {
    terminal: Terminal,
    theme: Theme,
    /// What lies where in the last picture.
    hits: Hits,
}

impl OnTerminal {
    /// Take the terminal over, and the mouse if `mouse` says so. Colours follow `NO_COLOR` and `COLORFGBG`; signs
    /// follow `ascii` and the system.
    pub fn take(on: DrawOn, size: Option<Size>, ascii: bool, mouse: bool) -> io::Result<Self> {
        let color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let background = Background::from_colorfgbg(std::env::var("COLORFGBG").ok().as_deref());
        let terminal = Terminal::take(on, size, mouse)?;
        let charset = Charset::of_this_terminal(ascii);
        Ok(Self { terminal, theme: Theme::new(color, background, charset), hits: Hits::default() })
    }
}

impl Screen for OnTerminal {
    fn draw(&mut self, model: &Model, fleet: &Fleet, now: Timestamp) -> io::Result<()> {
        let scene = Scene { model, at: Moment { now, fleet }, theme: &self.theme };
        let hits = &mut self.hits;
        self.terminal.draw(|frame| *hits = screens::draw(frame, &scene))
    }

    fn redraw(&mut self) -> io::Result<()> {
        self.terminal.redraw()
    }

    fn spot(&self, column: u16, line: u16) -> Option<Spot> {
        self.hits.at(column, line)
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.terminal.mouse(on)
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        self.terminal.copy(text)
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.terminal.suspend().map(|_| ())
    }
}
