//! A question in the middle of the screen, over everything else.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::glyphs::centred;
use crate::wizard::Key;

/// What is asked or shown.
#[derive(Debug, Clone)]
pub struct Dialog<'a> {
    /// What it is about.
    pub title: &'a str,
    /// Whether something can be lost.
    pub grave: bool,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// Things that it is about, one line each.
    pub items: Vec<String>,
    /// Keys, as they are written, and what they do.
    pub keys: Vec<(Key, String, String)>,
}

/// Draw the dialog in the middle of the area. Answers where each key is, for the mouse.
pub fn draw(frame: &mut Frame<'_>, area: Rect, dialog: &Dialog<'_>, theme: &Theme) -> Vec<(Rect, Key)> {
    let columns = area.width.saturating_sub(4).clamp(1, 76);
    let room = usize::from(columns.saturating_sub(6)).max(1);
    let text_lines: usize = dialog.lines.iter().map(|line| text::wrap(line, room).len()).sum();
    let items = dialog.items.len() + usize::from(!dialog.items.is_empty());
    let lines = u16::try_from(text_lines + items + dialog.keys.len() + 5).unwrap_or(u16::MAX);
    let style = if dialog.grave { theme.bad } else { theme.heading };
    let inner = boxed(frame, centred(area, columns, lines), dialog.title, style, theme);
    let mut column = Column::new(frame, inner, theme);
    column.gap();
    let keys = u16::try_from(dialog.keys.len()).unwrap_or(u16::MAX);
    let keys_area = column.take_bottom(keys.saturating_add(1).min(column.lines_left()));
    for line in &dialog.lines {
        column.text(line, Style::new(), 8);
    }
    if !dialog.items.is_empty() {
        column.gap();
    }
    for item in &dialog.items {
        let item = format!("{} {item}", theme.symbols.dot);
        let item = text::fit(&item, column.width(), theme.symbols.cut);
        column.line(item);
    }
    let mut column = Column::new(frame, keys_area, theme);
    let widest = dialog.keys.iter().map(|(_, name, _)| text::width(name)).max().unwrap_or(0);
    let mut places = Vec::new();
    for (key, name, label) in &dialog.keys {
        let pad = " ".repeat(widest.saturating_sub(text::width(name)) + 2);
        let line =
            Line::from(vec![Span::styled(name.clone(), theme.key), Span::raw(format!("{pad}{label}"))]);
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
        places.push((Rect { height: 1, width, ..column.rest() }.intersection(column.rest()), *key));
        column.line(line);
    }
    places
}

/// An empty box with a title, over whatever was there; answers the room inside, two columns from its sides.
pub fn boxed(frame: &mut Frame<'_>, area: Rect, title: &str, style: Style, theme: &Theme) -> Rect {
    let area = area.intersection(frame.area());
    frame.render_widget(Clear, area);
    let symbols = theme.symbols;
    let [top_left, top_right, bottom_left, bottom_right] = symbols.corners;
    let across = usize::from(area.width.saturating_sub(2));
    let title = text::fit(title, across.saturating_sub(4), symbols.cut);
    let left = across.saturating_sub(text::width(&title) + 3);
    let top = Line::from(vec![
        Span::raw(format!("{top_left}{}", symbols.across)),
        Span::styled(format!(" {title} "), style),
        Span::raw(format!("{}{top_right}", symbols.across.repeat(left))),
    ]);
    let line = |y: u16| Rect { y, height: 1, ..area }.intersection(area);
    frame.render_widget(top, line(area.y));
    for y in area.y.saturating_add(1)..area.bottom().saturating_sub(1) {
        frame.render_widget(symbols.upright, line(y));
        let right = Rect { x: area.right().saturating_sub(1), y, width: 1, height: 1 };
        frame.render_widget(symbols.upright, right.intersection(area));
    }
    if area.height > 1 {
        let bottom = format!("{bottom_left}{}{bottom_right}", symbols.across.repeat(across));
        frame.render_widget(bottom, line(area.bottom() - 1));
    }
    Rect {
        x: area.x.saturating_add(3).min(area.right()),
        y: area.y.saturating_add(1).min(area.bottom()),
        width: area.width.saturating_sub(6),
        height: area.height.saturating_sub(2),
    }
}
