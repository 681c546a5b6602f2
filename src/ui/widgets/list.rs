//! A list to choose from: each row with its badge and a reason, and "3 of 12" below, so that nothing hides unsaid.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;

/// One row.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// A mark in front: picked, checked. One column.
    pub mark: Option<(&'static str, Style)>,
    /// What is to be said of it, in a word or two.
    pub badge: String,
    /// How the badge looks.
    pub badge_style: Style,
    /// Its name.
    pub name: String,
    /// Why, or what else.
    pub reason: String,
}

/// How the columns of a list are laid out.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Columns of the badge; 0 for none.
    pub badge: usize,
    /// Columns of the name at most.
    pub name: usize,
    /// Whether reasons go on below themselves where there is room for all of them. Not where the one in question
    /// stands in full beside the list.
    pub wrap: bool,
}

/// What was drawn of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Where each row is, for the mouse.
    pub places: Vec<(Rect, usize)>,
    /// Whether every reason is there to its last word.
    pub whole: bool,
}

/// The rows that are in sight: as many as fit, with the selected one among them and its neighbours around it.
pub fn window(all: usize, selected: usize, room: usize) -> std::ops::Range<usize> {
    let room = room.min(all);
    let first = selected.saturating_sub(room / 2).min(all - room);
    first..first + room
}

/// Draw the list into at most `most` lines, one of which says how many rows there are if not all are in sight.
/// What does not fit is cut between two words.
pub fn draw(
    column: &mut Column<'_, '_>,
    rows: &[Row],
    selected: Option<usize>,
    columns: Columns,
    most: u16,
) -> Drawn {
    let theme = column.theme;
    let most = most.min(column.lines_left());
    let mut places = Vec::new();
    let width = column.width();
    let whole: Vec<Vec<Line<'static>>> = rows
        .iter()
        .enumerate()
        .map(|(nth, row)| wrapped(row, selected == Some(nth), columns, width, theme))
        .collect();
    let whole_fits = whole.iter().map(Vec::len).sum::<usize>() <= most.into();
    if whole_fits && (columns.wrap || whole.iter().all(|lines| lines.len() < 2)) {
        for (nth, lines) in whole.into_iter().enumerate() {
            let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
            places.push((Rect { height, ..column.rest() }, nth));
            for line in lines {
                column.line(line);
            }
        }
        return Drawn { places, whole: true };
    }
    let crowded = rows.len() > most.into();
    let room = if crowded { most.saturating_sub(1).max(1) } else { most };
    let seen = window(rows.len(), selected.unwrap_or(0), room.into());
    for (nth, row) in rows.iter().enumerate().take(seen.end).skip(seen.start) {
        places.push((Rect { height: 1, ..column.rest() }, nth));
        column.line(line(row, selected == Some(nth), columns, width, theme));
    }
    if crowded && most > 1 {
        column.line(position(&seen, rows.len(), selected, theme));
    }
    Drawn { places, whole: false }
}

/// `↑↓ 3 of 12`.
pub fn position(
    seen: &std::ops::Range<usize>,
    all: usize,
    selected: Option<usize>,
    theme: &Theme,
) -> Line<'static> {
    let up = if seen.start > 0 { theme.symbols.up } else { " " };
    let down = if seen.end < all { theme.symbols.down } else { " " };
    let place = match selected {
        Some(selected) => format!("{} of {all}", selected + 1),
        None => format!("{} to {} of {all}", seen.start + 1, seen.end),
    };
    Line::from(Span::styled(format!("  {up}{down} {place}"), theme.hint))
}

/// A row with all of its reason.
fn wrapped(row: &Row, selected: bool, columns: Columns, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let (spans, used) = head(row, selected, columns, width, theme);
    // The sign in front of a reason stands alone.
    let (sign, reason) = match row.reason.split_once(' ') {
        Some((sign, reason)) if text::width(sign) == 1 => (format!("{sign} "), reason),
        _ => (String::new(), row.reason.as_str()),
    };
    let indent = used + text::width(&sign);
    if indent >= width {
        return vec![Line::from(spans)];
    }
    let mut lines = text::wrap(reason, width - indent).into_iter();
    let mut first = Line::from(spans);
    first.push_span(Span::raw(format!("{sign}{}", lines.next().unwrap_or_default())));
    let further = lines.map(|line| Line::from(format!("{}{line}", " ".repeat(indent))));
    std::iter::once(first).chain(further).collect()
}

fn line(row: &Row, selected: bool, columns: Columns, width: usize, theme: &Theme) -> Line<'static> {
    let (mut spans, used) = head(row, selected, columns, width, theme);
    if used < width {
        spans.push(Span::raw(text::fit_words(&row.reason, width - used, theme.symbols.cut)));
    }
    Line::from(spans)
}

/// A row up to its reason, and the columns that it takes.
fn head(
    row: &Row,
    selected: bool,
    columns: Columns,
    width: usize,
    theme: &Theme,
) -> (Vec<Span<'static>>, usize) {
    let cut = theme.symbols.cut;
    let pointer = if selected { theme.symbols.now } else { " " };
    let mut spans = vec![Span::styled(format!("{pointer} "), theme.progress)];
    if let Some((mark, style)) = row.mark {
        spans.push(Span::styled(format!("{mark} "), style));
    }
    if columns.badge > 0 {
        let badge = text::fit(&row.badge, columns.badge, cut);
        let pad = columns.badge.saturating_sub(text::width(&badge)) + 2;
        spans.push(Span::styled(badge, row.badge_style));
        spans.push(Span::raw(" ".repeat(pad)));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let name = text::fit_middle(&row.name, columns.name.min(width.saturating_sub(used)), cut);
    let pad = columns.name.saturating_sub(text::width(&name)) + 2;
    spans.push(Span::styled(name, if selected { theme.selected } else { Style::new() }));
    let used: usize = spans.iter().map(Span::width).sum();
    let pad = pad.min(width.saturating_sub(used));
    spans.push(Span::raw(" ".repeat(pad)));
    (spans, used + pad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_always_in_sight() {
        assert_eq!(window(12, 0, 5), 0..5);
        assert_eq!(window(12, 6, 5), 4..9);
        assert_eq!(window(12, 11, 5), 7..12);
        assert_eq!(window(2, 1, 5), 0..2);
        for all in 0..20 {
            for room in 1..8 {
                for selected in 0..all {
                    assert!(window(all, selected, room).contains(&selected), "{all} {selected} {room}");
                }
            }
        }
    }
}
