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

/// Draw the sections; the words of this step come first. Keys stand in two columns where one is not enough.
pub fn draw(frame: &mut Frame<'_>, area: Rect, words: &[&str], sections: &[Section<'_>], theme: &Theme) {
    let columns = area.width.saturating_sub(4).clamp(1, 76);
    let room = usize::from(columns.saturating_sub(6)).max(1);
    let texts: usize = words.iter().map(|words| text::wrap(words, room).len()).sum();
    let needs = |across: usize| {
        let keys: usize = sections.iter().map(|section| section.keys.len().div_ceil(across) + 2).sum();
        texts + keys + 3
    };
    let across = if needs(1) > area.height.into() { 2 } else { 1 };
    let lines = u16::try_from(needs(across)).unwrap_or(u16::MAX);
    let inner = boxed(frame, centred(area, columns, lines), "Help", theme.heading, theme);
    let mut column = Column::new(frame, inner, theme);
    for words in words {
        column.text(words, theme.hint, usize::MAX);
    }
    for section in sections {
        column.gap();
        column.heading(section.title);
        let rows = section.keys.len().div_ceil(across).max(1);
        let each = room / across;
        // Down the first column, then down the second one.
        for row in 0..rows {
            let mut spans = Vec::new();
            for (first, keys) in section.keys.chunks(rows).enumerate() {
                let Some((key, label)) = keys.get(row) else { continue };
                let widest = keys.iter().map(|(key, _)| text::width(key)).max().unwrap_or(0);
                let taken: usize = spans.iter().map(Span::width).sum();
                spans.push(Span::raw(" ".repeat((first * each + 2).saturating_sub(taken))));
                spans.push(Span::styled(key.clone(), theme.key));
                let pad = " ".repeat(widest.saturating_sub(text::width(key)) + 2);
                let label = text::fit(label, each.saturating_sub(widest + 4), theme.symbols.cut);
                spans.push(Span::raw(format!("{pad}{label}")));
            }
            column.line(Line::from(spans));
        }
    }
}
