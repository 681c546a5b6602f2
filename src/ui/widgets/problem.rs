//! What is wrong, why, and what to do now: every error that a technician meets looks like this.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::firmware::problem::Problem;
use crate::ui::widgets::column::Column;

/// Draw a problem into the column: its message, its steps, and its code for the search in the documentation.
pub fn draw(column: &mut Column<'_, '_>, problem: &Problem) {
    let (mark, style) = (column.theme.symbols.bad, column.theme.bad);
    draw_as(column, problem, mark, style);
}

/// The same for what is worth knowing and keeps nobody from going on.
pub fn draw_note(column: &mut Column<'_, '_>, problem: &Problem) {
    let (mark, style) = (column.theme.symbols.warn, column.theme.warn);
    draw_as(column, problem, mark, style);
}

fn draw_as(column: &mut Column<'_, '_>, problem: &Problem, mark: &str, style: Style) {
    let theme = column.theme;
    column.hanging(Span::styled(format!("{mark} "), style), &sentence(&problem.message), style, 4);
    let mut advice = problem.advice.iter();
    if let Some(first) = advice.next() {
        let mark = Span::styled(format!("  {} ", theme.symbols.arrow), theme.heading);
        column.hanging(mark, first, theme.heading, 3);
    }
    for step in advice {
        column.hanging(Span::raw(format!("  {} ", theme.symbols.arrow)), step, theme.hint, 3);
    }
    column.line(Line::from(Span::styled(format!("    [{}]", problem.code), theme.hint)));
}

/// A message with a capital letter in front, as a panel of its own begins; but for a name such as `eth0`, which is not
/// `Eth0`.
pub fn sentence(message: &str) -> String {
    let first_word = message.split(' ').next().unwrap_or_default();
    if first_word.contains(|c: char| c.is_ascii_digit()) {
        return message.to_owned();
    }
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}
