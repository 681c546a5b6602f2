//! What the program noted, the latest at the bottom: for the curious, and for a call with support.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::error::printable;
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::dialog::boxed;

/// Columns of the clock in front of each line.
const CLOCK: usize = 10;

/// Draw the last lines of a log over the area, each with its clock in front. `back` is how many lines the technician scrolled up.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    lines: &[(String, &str)],
    back: usize,
    theme: &Theme,
) {
    let inner = boxed(frame, area, title, theme.heading, theme);
    let mut column = Column::new(frame, inner, theme);
    if lines.is_empty() {
        column.line("Nothing was noted yet.");
        return;
    }
    let room = usize::from(column.lines_left());
    let end = lines.len().saturating_sub(back).max(room.min(lines.len()));
    // From the latest one upwards, each whole, its further lines below its words.
    let indent = " ".repeat(CLOCK);
    let mut shown: Vec<String> = Vec::new();
    for (clock, line) in lines[..end].iter().rev() {
        let mut wrapped = text::wrap(&printable(line, 400), column.width().saturating_sub(CLOCK).max(1));
        for (nth, words) in wrapped.iter_mut().enumerate() {
            let before = if nth == 0 { format!("{clock:<CLOCK$}") } else { indent.clone() };
            words.insert_str(0, &before);
        }
        if shown.len() + wrapped.len() > room {
            break;
        }
        shown.extend(wrapped.into_iter().rev());
    }
    for line in shown.into_iter().rev() {
        column.line(line);
    }
}
