//! What the program noted, the latest at the bottom: for the curious, and for a call with support.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::error::printable;
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::dialog::boxed;

/// Draw the last lines of a log over the area. `back` is how many lines the technician scrolled up.
pub fn draw(frame: &mut Frame<'_>, area: Rect, title: &str, lines: &[String], back: usize, theme: &Theme) {
    let inner = boxed(frame, area, title, theme.heading, theme);
    let mut column = Column::new(frame, inner, theme);
    if lines.is_empty() {
        column.line("Nothing was noted yet.");
        return;
    }
    let room = usize::from(column.lines_left());
    let end = lines.len().saturating_sub(back).max(room.min(lines.len()));
    for line in &lines[end.saturating_sub(room)..end] {
        let fitted = text::fit(&printable(line, 400), column.width(), theme.symbols.cut);
        column.line(fitted);
    }
}
