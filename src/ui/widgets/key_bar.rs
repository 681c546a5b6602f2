//! The keys that do something now, in one line. Help and quit are pinned to the right and never drop off; on a narrow
//! screen the labels of the others go before their keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::theme::Theme;

/// A key and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key as it is written: `Enter`, `↑↓`.
    pub key: String,
    /// What it does, a word or two.
    pub label: String,
    /// Whether it must never drop off: help and quit.
    pub pinned: bool,
}

/// Draw the bar: the first hints are the most important ones.
pub fn draw(frame: &mut Frame<'_>, area: Rect, hints: &[Hint], theme: &Theme) {
    let area = area.intersection(frame.area());
    let (left, right) = lines(hints, area.width.into(), theme);
    let columns = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    let right_area = Rect { x: area.right() - columns, width: columns, ..area };
    frame.render_widget(left, Rect { width: area.width - columns, ..area });
    frame.render_widget(right, right_area);
}

/// The two halves of the bar, as they fit into so many columns.
fn lines(hints: &[Hint], room: usize, theme: &Theme) -> (Line<'static>, Line<'static>) {
    let (pinned, others): (Vec<&Hint>, Vec<&Hint>) = hints.iter().partition(|hint| hint.pinned);
    let mut labelled_pins = pinned.len();
    // The pinned labels are the last to go: they are the way out for somebody who knows no key.
    let least: usize = others.iter().map(|hint| Span::raw(hint.key.as_str()).width() + 2).sum();
    while labelled_pins > 0
        && half(&pinned, pinned.len(), labelled_pins, theme).width() + least.min(room / 2) > room
    {
        labelled_pins -= 1;
    }
    let right = half(&pinned, pinned.len(), labelled_pins, theme);
    let room = room.saturating_sub(right.width() + 2);
    let mut shown = others.len();
    let mut labelled = others.len();
    loop {
        let left = half(&others, shown, labelled.min(shown), theme);
        if left.width() <= room || shown == 0 {
            return (left, right);
        }
        if labelled > 0 {
            labelled -= 1;
        } else {
            shown -= 1;
        }
    }
}

fn half(hints: &[&Hint], shown: usize, labelled: usize, theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    for (nth, hint) in hints.iter().take(shown).enumerate() {
        if nth > 0 {
            spans.push(Span::raw(if nth <= labelled { "  " } else { " " }));
        }
        spans.push(Span::styled(hint.key.clone(), theme.key));
        if nth < labelled {
            spans.push(Span::raw(format!(" {}", hint.label)));
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(key: &str, label: &str, pinned: bool) -> Hint {
        Hint { key: key.into(), label: label.into(), pinned }
    }

    fn shown(room: usize) -> String {
        let hints = [
            hint("Enter", "next", false),
            hint("Esc", "back", false),
            hint("Tab", "next server", false),
            hint("c", "copy", false),
            hint("?", "help", true),
            hint("q", "quit", true),
        ];
        let (left, right) = lines(&hints, room, &Theme::default());
        assert!(left.width() + right.width() <= room.max(right.width()), "{room}");
        format!("{left} | {right}")
    }

    #[test]
    fn labels_drop_before_keys_and_help_and_quit_stay() {
        assert_eq!(shown(80), "Enter next  Esc back  Tab next server  c copy | ? help  q quit");
        assert_eq!(shown(50), "Enter next  Esc back  Tab c | ? help  q quit");
        assert_eq!(shown(37), "Enter next  Esc Tab c | ? help  q quit");
        assert_eq!(shown(16), "Enter Esc | ? q");
        assert_eq!(shown(2), " | ? q");
    }
}
