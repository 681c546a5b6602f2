//! Report: what was done, on the screen and in the session's folder.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Scene;
use crate::error::printable;
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::problem;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>) {
    let theme = scene.theme;
    let draft = &scene.model.report;
    let mut column = Column::new(frame, room, theme);
    let Some(report) = &draft.report else {
        column.heading("Writing the report.");
        return;
    };
    column.heading("The report");
    for file in &draft.files {
        let line = format!("saved: {}", printable(file, 400));
        let fitted = text::fit_middle(&line, column.width().saturating_sub(2), theme.symbols.cut);
        column.line(Line::from(vec![
            Span::styled(format!("{} ", theme.symbols.done), theme.good),
            Span::raw(fitted),
        ]));
    }
    if let Some(wrong) = &draft.problem {
        problem::draw(&mut column, wrong);
    }
    column.gap_if_room(6);
    let markdown = report.markdown();
    let lines: Vec<&str> = markdown.lines().collect();
    let crowded = lines.len() > column.lines_left().into();
    let room = usize::from(column.lines_left()).saturating_sub(usize::from(crowded)).max(1);
    let first = draft.scroll.min(lines.len().saturating_sub(room));
    for line in lines.iter().skip(first).take(room) {
        let style = if line.starts_with('#') { theme.heading } else { Style::new() };
        let fitted = text::fit(&printable(line, 400), column.width(), theme.symbols.cut);
        column.line(Span::styled(fitted, style));
    }
    if crowded {
        let last = (first + room).min(lines.len());
        let up = if first > 0 { theme.symbols.up } else { " " };
        let down = if last < lines.len() { theme.symbols.down } else { " " };
        column.line(format!("{up}{down} lines {} to {last} of {}", first + 1, lines.len()));
    }
}
