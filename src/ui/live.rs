//! A session on a terminal without taking the whole screen: lines scroll by above, the table of phones stays below.

use std::io::{self, Stderr, Write};

use ratatui::backend::CrosstermBackend;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::fleet_table::{self, Look};
use super::symbols::Charset;
use crate::fleet::Fleet;
use crate::journal::Record;
use crate::session::{Front, console};
use crate::timestamp::Timestamp;

/// Most lines that the table takes of the terminal.
const MAX_LINES: u16 = 24;

/// What a record is in one line, or nothing.
type Words = Box<dyn FnMut(&Record) -> Option<String>>;

/// The live table. Dropping it leaves the last picture and gives the cursor back.
pub struct Live {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    look: Look,
    words: Words,
}

impl Live {
    /// Begin below the cursor. `lines` is how many phones are expected; `words` says what scrolls by above.
    ///
    /// Without colours unless `color`, with the signs of a typewriter if `ascii`. `Err` on a terminal that does not say
    /// where its cursor is; lines do as well there.
    pub fn start(
        phones: usize,
        color: bool,
        ascii: bool,
        words: impl FnMut(&Record) -> Option<String> + 'static,
    ) -> io::Result<Self> {
        let (_, rows) = crossterm::terminal::size()?;
        let wanted = u16::try_from(phones).unwrap_or(MAX_LINES).saturating_add(fleet_table::FRAME_LINES);
        let height = wanted.clamp(6, MAX_LINES).min(rows.saturating_sub(1)).max(1);
        let options = TerminalOptions { viewport: Viewport::Inline(height) };
        console::draw_on();
        let look = Look { color, charset: Charset::of_this_terminal(ascii) };
        let terminal = Terminal::with_options(CrosstermBackend::new(io::stderr()), options);
        let terminal = terminal.inspect_err(|_| console::give_back())?;
        Ok(Self { terminal, look, words: Box::new(words) })
    }
}

/// Break a text at blanks into lines of at most `width` characters; a longer word is cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let line = lines.last_mut().expect("there is always a line");
            let room = width - line.chars().count();
            let visible = rest.iter().filter(|c| **c != ' ').count().max(1);
            if visible > room && !line.is_empty() {
                lines.push(String::new());
                continue;
            }
            line.extend(rest.drain(..room.min(rest.len())));
        }
    }
    lines
}

impl Front for Live {
    fn record(&mut self, record: &Record, _: &Fleet) -> io::Result<()> {
        let Some(text) = (self.words)(record) else { return Ok(()) };
        let width = self.terminal.size()?.width.max(1);
        let lines: Vec<Line<'_>> = wrap(&text, width.into()).into_iter().map(Line::from).collect();
        let height = u16::try_from(lines.len()).unwrap_or(1);
        self.terminal.insert_before(height, |buffer| Paragraph::new(lines).render(buffer.area, buffer))
    }

    fn tick(&mut self, fleet: &Fleet, now: Timestamp) -> io::Result<()> {
        let look = self.look;
        self.terminal.draw(|frame| fleet_table::draw(frame, frame.area(), fleet, now, look))?;
        Ok(())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // The program is about to end: what cannot be restored now cannot be restored at all.
        let _ = self.terminal.show_cursor();
        let _ = writeln!(io::stderr());
        console::give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_long_words_are_cut() {
        assert_eq!(wrap("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("", 4), [""]);
        for width in 1..20 {
            let text = "  0:04  10.20.0.12 7931G: all files served; writing flash";
            let lines = wrap(text, width);
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{width}: {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""), "{width}");
        }
    }
}
