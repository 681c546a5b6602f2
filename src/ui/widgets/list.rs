//! A list to choose from: each row with its badge and a reason, and "3 of 12" below, so that nothing hides unsaid.

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
}

/// The rows that are in sight: as many as fit, with the selected one among them and its neighbours around it.
pub fn window(all: usize, selected: usize, room: usize) -> std::ops::Range<usize> {
    let room = room.min(all);
    let first = selected.saturating_sub(room / 2).min(all - room);
    first..first + room
}

/// Draw the list into at most `most` lines, one of which says how many rows there are if not all are in sight.
pub fn draw(column: &mut Column<'_, '_>, rows: &[Row], selected: Option<usize>, columns: Columns, most: u16) {
    let theme = column.theme;
    let most = most.min(column.lines_left());
    let crowded = rows.len() > most.into();
    let room = if crowded { most.saturating_sub(1).max(1) } else { most };
    let seen = window(rows.len(), selected.unwrap_or(0), room.into());
    for (nth, row) in rows.iter().enumerate().take(seen.end).skip(seen.start) {
        let width = column.width();
        column.line(line(row, selected == Some(nth), columns, width, theme));
    }
    if crowded && most > 1 {
        column.line(position(&seen, rows.len(), selected, theme));
    }
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

fn line(row: &Row, selected: bool, columns: Columns, width: usize, theme: &Theme) -> Line<'static> {
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
    if used + pad < width {
        let reason = text::fit(&row.reason, width - used - pad, cut);
        spans.push(Span::raw(format!("{}{reason}", " ".repeat(pad))));
    }
    Line::from(spans)
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
