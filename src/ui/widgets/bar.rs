//! A bar that fills, or drains. No label on it: without colour a label would hide the part beneath it.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::ui::theme::Theme;

/// A bar of so many columns for a share of 0 to 1: the filled part and the rest.
///
/// Full only at 1, empty only at 0: a bar never says more than is true.
pub fn spans(share: f64, columns: usize, style: Style, theme: &Theme) -> [Span<'static>; 2] {
    let filled = filled(share, columns);
    [
        Span::styled(theme.symbols.full.repeat(filled), style),
        Span::styled(theme.symbols.rest.repeat(columns - filled), theme.rule),
    ]
}

fn filled(share: f64, columns: usize) -> usize {
    if share >= 1.0 {
        return columns;
    }
    let nearest = (0..=columns).rev().find(|filled| *filled as f64 <= share * columns as f64).unwrap_or(0);
    let least = usize::from(share > 0.0).min(columns);
    nearest.clamp(least, columns.saturating_sub(1).max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_all_is_there_and_empty_only_when_nothing_is() {
        let columns = [f64::NAN, -1.0, 0.0, 0.001, 0.5, 0.999, 1.0, 2.0].map(|share| filled(share, 10));
        assert_eq!(columns, [0, 0, 0, 1, 5, 9, 10, 10]);
        assert_eq!([filled(0.5, 0), filled(0.5, 1), filled(1.0, 0)], [0, 1, 0]);
    }
}
