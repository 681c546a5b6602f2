//! The keys that do something now, in one line, each with what it does. Help and quit are pinned to the right and never
//! drop off; of the others the last ones go where there is no room. The help has them all.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;
use crate::wizard::Key;

/// Keys of one kind and what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The keys, each as it is written: `Enter`; `↑` and `↓`.
    pub keys: Vec<(Key, String)>,
    /// What they do, a word or two.
    pub label: String,
    /// Whether it must never drop off: help and quit.
    pub pinned: bool,
}

/// Columns between two hints.
const GAP: usize = 2;

impl Hint {
    /// Columns of a hint.
    fn width(&self, between: &str) -> usize {
        let keys: usize = self.keys.iter().map(|(_, key)| text::width(key)).sum();
        keys + text::width(between) * self.keys.len().saturating_sub(1) + 1 + text::width(&self.label)
    }
}

/// Draw the bar: the first hints are the most important ones. Answers where each key is, for the mouse.
pub fn draw(frame: &mut Frame<'_>, area: Rect, hints: &[Hint], theme: &Theme) -> Vec<(Rect, Key)> {
    let area = area.intersection(frame.area());
    let (left, right) = halves(hints, area.width.into(), theme);
    let columns = u16::try_from(width(&right, theme)).unwrap_or(u16::MAX).min(area.width);
    let right_area = Rect { x: area.right() - columns, width: columns, ..area };
    let mut places = put(frame, Rect { width: area.width - columns, ..area }, &left, theme);
    places.extend(put(frame, right_area, &right, theme));
    places
}

/// What stands between two keys of one hint: arrows have names where there are only letters.
fn between(theme: &Theme) -> &'static str {
    if theme.symbols.halves.is_none() { "/" } else { "" }
}

fn width(hints: &[&Hint], theme: &Theme) -> usize {
    let each: usize = hints.iter().map(|hint| hint.width(between(theme))).sum();
    each + GAP * hints.len().saturating_sub(1)
}

/// The two halves of the bar, as they fit into so many columns.
fn halves<'h>(hints: &'h [Hint], room: usize, theme: &Theme) -> (Vec<&'h Hint>, Vec<&'h Hint>) {
    let (right, mut left): (Vec<&Hint>, Vec<&Hint>) = hints.iter().partition(|hint| hint.pinned);
    let room = room.saturating_sub(width(&right, theme) + GAP);
    while width(&left, theme) > room {
        left.pop();
    }
    (left, right)
}

fn put(frame: &mut Frame<'_>, area: Rect, hints: &[&Hint], theme: &Theme) -> Vec<(Rect, Key)> {
    let mut places = Vec::new();
    let mut spans = Vec::new();
    let mut used = 0;
    for (nth, hint) in hints.iter().enumerate() {
        let mut add = |span: Span<'static>| {
            let columns = span.width();
            let x = area.x.saturating_add(u16::try_from(used).unwrap_or(u16::MAX));
            let width = u16::try_from(columns).unwrap_or(u16::MAX);
            used += columns;
            spans.push(span);
            Rect { x, width, ..area }.intersection(area)
        };
        if nth > 0 {
            add(Span::raw(" ".repeat(GAP)));
        }
        for (nth, (key, name)) in hint.keys.iter().enumerate() {
            if nth > 0 {
                add(Span::styled(between(theme), theme.key));
            }
            places.push((add(Span::styled(name.clone(), theme.key)), *key));
        }
        let label = add(Span::raw(format!(" {}", hint.label)));
        // The words press the first of the keys.
        places.extend(hint.keys.first().map(|(key, _)| (label, *key)));
    }
    frame.render_widget(Line::from(spans), area);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(key: Key, label: &str, pinned: bool) -> Hint {
        Hint { keys: vec![(key, key.to_string())], label: label.into(), pinned }
    }

    fn shown(room: usize) -> String {
        let hints = [
            hint(Key::Enter, "next", false),
            hint(Key::Esc, "back", false),
            hint(Key::Tab, "next server", false),
            hint(Key::Char('c'), "copy", false),
            hint(Key::Char('?'), "help", true),
            hint(Key::Char('q'), "quit", true),
        ];
        let theme = Theme::default();
        let (left, right) = halves(&hints, room, &theme);
        assert!(width(&left, &theme) + width(&right, &theme) <= room.max(width(&right, &theme)), "{room}");
        let words = |half: &[&Hint]| {
            half.iter()
                .map(|hint| format!("{} {}", hint.keys[0].1, hint.label))
                .collect::<Vec<_>>()
                .join("  ")
        };
        format!("{} | {}", words(&left), words(&right))
    }

    #[test]
    fn every_key_says_what_it_does_and_the_last_ones_drop_first_but_never_help_and_quit() {
        assert_eq!(shown(80), "Enter next  Esc back  Tab next server  c copy | ? help  q quit");
        assert_eq!(shown(54), "Enter next  Esc back  Tab next server | ? help  q quit");
        assert_eq!(shown(40), "Enter next  Esc back | ? help  q quit");
        assert_eq!(shown(14), " | ? help  q quit");
        assert_eq!(shown(2), " | ? help  q quit");
    }
}
