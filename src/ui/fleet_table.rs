//! The phones of a session below scrolling lines: the summary and the table of the wizard, for commands without it.
//!
//! A pure function of the fleet and the time.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::symbols::Charset;
use super::theme::{Background, Theme};
use super::widgets::column::Column;
use super::widgets::{fleet, stages};
use crate::fleet::{Fleet, PhoneNow};
use crate::timestamp::Timestamp;

/// Lines that the table needs beside the phones' own: the summary and the head above, the place below.
pub const FRAME_LINES: u16 = 4;

/// What the terminal can show.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Colours.
    pub color: bool,
    /// Signs.
    pub charset: Charset,
}

/// Draw the summary and as many phones as fit: those that need a hand first, then those under way, then the rest.
pub fn draw(frame: &mut Frame<'_>, area: Rect, fleet: &Fleet, now: Timestamp, look: Look) {
    let theme = Theme::new(look.color, Background::Dark, look.charset);
    let mut column = Column::new(frame, area, &theme);
    if let Some(bench) = fleet.bench() {
        let style = if bench.stopped.is_none() { theme.warn } else { theme.bad };
        column.text(&bench.mark(), style, 1);
    }
    if fleet.is_empty() {
        column.line("Waiting for the first phone. Reset one now: the keys are above.");
        return;
    }
    let room = column.width();
    column.line(stages::summary(&fleet.summary(now), room, &theme));
    let mut phones: Vec<PhoneNow<'_>> = fleet.phones(now).collect();
    phones.sort_by_cached_key(|phone| (phone.stage().urgency(), phone.id()));
    let table =
        fleet::Table { phones: &phones, all: phones.len(), selected: None, order: None, filter: None };
    fleet::draw(&mut column, &table);
}
