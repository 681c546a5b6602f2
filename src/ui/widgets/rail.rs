//! The rail of steps: which are done, which one is now, which are to come. A column, or one line.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;

/// Columns of the rail where it is a column.
pub const COLUMNS: u16 = 16;

/// The steps by name, and where the technician is.
#[derive(Debug, Clone, Copy)]
pub struct Rail<'a> {
    /// All steps in order.
    pub titles: &'a [&'a str],
    /// The index of the current one.
    pub now: usize,
}

impl Rail<'_> {
    fn mark<'t>(&self, nth: usize, theme: &'t Theme) -> (&'t str, Style) {
        match nth.cmp(&self.now) {
            std::cmp::Ordering::Less => (theme.symbols.done, theme.good),
            std::cmp::Ordering::Equal => (theme.symbols.now, theme.progress.patch(theme.heading)),
            std::cmp::Ordering::Greater => (theme.symbols.later, Style::new()),
        }
    }
}

/// The rail as a column, with air between the steps where there is room.
pub fn draw(frame: &mut Frame<'_>, area: Rect, rail: &Rail<'_>, theme: &Theme) {
    let mut column = Column::new(frame, area, theme);
    let roomy = usize::from(area.height) >= rail.titles.len() * 2;
    for (nth, title) in rail.titles.iter().enumerate() {
        let (mark, style) = rail.mark(nth, theme);
        let name_style = if nth == rail.now { style } else { Style::new() };
        // A long name takes the blank line below it too.
        let mut names = text::wrap(title, column.width().saturating_sub(4)).into_iter();
        let mut put = |mark: &str, name: String| {
            let mark = Span::styled(format!("{mark} "), style);
            column.line(Line::from(vec![mark, Span::styled(name, name_style)]));
        };
        put(mark, names.next().unwrap_or_default());
        if roomy {
            put(" ", names.next().unwrap_or_default());
        }
    }
}

/// The rail in one line. Where it is too long, steps that are done shrink to their mark, and the last ones go.
pub fn line(rail: &Rail<'_>, room: usize, theme: &Theme) -> Line<'static> {
    let mut shrunk = 0;
    loop {
        let line = with_shrunk(rail, shrunk, theme);
        if line.width() <= room || shrunk >= rail.now {
            return line;
        }
        shrunk += 1;
    }
}

fn with_shrunk(rail: &Rail<'_>, shrunk: usize, theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    for (nth, title) in rail.titles.iter().enumerate() {
        let (mark, style) = rail.mark(nth, theme);
        if nth > 0 {
            spans.push(Span::raw(if nth < shrunk { " " } else { "  " }));
        }
        match nth.cmp(&rail.now) {
            std::cmp::Ordering::Less if nth < shrunk => spans.push(Span::styled(mark.to_owned(), style)),
            std::cmp::Ordering::Less => {
                spans.push(Span::styled(format!("{mark} "), style));
                spans.push(Span::raw((*title).to_owned()));
            }
            std::cmp::Ordering::Equal => spans.push(Span::styled(format!("{mark} {title}"), style)),
            std::cmp::Ordering::Greater => spans.push(Span::raw((*title).to_owned())),
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: [&str; 8] =
        ["Welcome", "Path", "Load", "Interface", "Option 150", "Reset", "Switch back", "Report"];

    #[test]
    fn one_line_of_eighty_columns_always_shows_the_current_step_and_all_to_come() {
        for now in 0..TITLES.len() {
            let line = line(&Rail { titles: &TITLES, now }, 78, &Theme::default());
            assert!(line.width() <= 78, "{now}: {line}");
            for title in &TITLES[now..] {
                assert!(line.to_string().contains(title), "{now}: {line}");
            }
        }
    }
}
