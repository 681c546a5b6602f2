//! All keys of this moment, from the one table of keys: over the screen, until any key is pressed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::dialog::boxed;
use crate::ui::widgets::glyphs::centred;

/// Keys that belong together.
#[derive(Debug, Clone)]
pub struct Section<'a> {
    /// What they are for.
    pub title: &'a str,
    /// Key, and what it does.
    pub keys: Vec<(String, String)>,
}

/// Draw the sections; the words of this step come first.
pub fn draw(frame: &mut Frame<'_>, area: Rect, words: &[&str], sections: &[Section<'_>], theme: &Theme) {
    let columns = area.width.saturating_sub(4).clamp(1, 76);
    let room = usize::from(columns.saturating_sub(6)).max(1);
    let texts: usize = words.iter().map(|words| text::wrap(words, room).len()).sum();
    let keys: usize = sections.iter().map(|section| section.keys.len() + 2).sum();
    let lines = u16::try_from(texts + keys + 3).unwrap_or(u16::MAX);
    let inner = boxed(frame, centred(area, columns, lines), "Help", theme.heading, theme);
    let mut column = Column::new(frame, inner, theme);
    let crowded = usize::from(column.lines_left()) < texts + keys;
    for words in words {
        column.text(words, theme.hint, if crowded { 2 } else { usize::MAX });
    }
    let widest = sections.iter().flat_map(|s| &s.keys).map(|(key, _)| text::width(key)).max().unwrap_or(0);
    for section in sections {
        if !crowded {
            column.gap();
        }
        column.heading(section.title);
        for (key, label) in &section.keys {
            let pad = " ".repeat(widest.saturating_sub(text::width(key)) + 2);
            let label = text::fit(label, room.saturating_sub(widest + 4), theme.symbols.cut);
            column.line(Line::from(vec![
                Span::raw("  "),
                Span::styled(key.clone(), theme.key),
                Span::raw(format!("{pad}{label}")),
            ]));
        }
    }
}
