//! A line of text that is being typed, with its cursor where the next letter goes.

use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;

/// What stands in the field.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// What it is for.
    pub label: &'a str,
    /// Columns of the label, so that fields below each other align.
    pub label_columns: usize,
    /// What was typed.
    pub text: &'a str,
    /// Characters before the cursor.
    pub cursor: usize,
    /// Whether typing goes here.
    pub focused: bool,
    /// What stands there while nothing was typed: what then holds.
    pub placeholder: &'a str,
}

/// The field as one line. The end that is being typed at stays in sight.
pub fn line(field: &Field<'_>, room: usize, theme: &Theme) -> Line<'static> {
    let mark = if field.focused { theme.symbols.now } else { " " };
    let head = format!("{mark} {:<1$}", field.label, field.label_columns);
    let room = room.saturating_sub(text::width(&head)).max(1);
    let style = if field.focused { theme.heading } else { theme.hint };
    let mut spans = vec![Span::styled(head, style)];
    if !field.focused {
        let shown = if field.text.is_empty() { field.placeholder } else { field.text };
        spans.push(Span::raw(text::fit(shown, room, theme.symbols.cut)));
        return Line::from(spans);
    }
    let characters: Vec<char> = field.text.chars().collect();
    let cursor = field.cursor.min(characters.len());
    // Scroll so that the cursor and a little before it are in sight.
    let before: String = characters[..cursor].iter().collect();
    let mut from = 0;
    while text::width(&before) + 2 > room + text::width(&characters[..from].iter().collect::<String>())
        && from < cursor
    {
        from += 1;
    }
    let before: String = characters[from..cursor].iter().collect();
    if field.text.is_empty() {
        // The cursor lies over the first letter, so that fields below each other stay aligned.
        let mut letters = field.placeholder.chars();
        let under = letters.next().unwrap_or(' ').to_string();
        let rest = text::fit(letters.as_str(), room.saturating_sub(text::width(&under)), theme.symbols.cut);
        spans.push(Span::styled(under, theme.selected));
        spans.push(Span::raw(rest));
        return Line::from(spans);
    }
    let under: String = characters.get(cursor).map_or_else(|| " ".to_owned(), char::to_string);
    let after: String = characters.iter().skip(cursor + 1).collect();
    let left = room.saturating_sub(text::width(&before) + text::width(&under));
    spans.push(Span::styled(before, theme.heading));
    spans.push(Span::styled(under, theme.selected));
    spans.push(Span::styled(text::fit(&after, left, theme.symbols.cut), theme.heading));
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, cursor: usize, room: usize) -> Line<'static> {
        let field =
            Field { label: "Load", label_columns: 6, text, cursor, focused: true, placeholder: "not known" };
        line(&field, room, &Theme::default())
    }

    #[test]
    fn the_cursor_is_reversed_and_stays_in_sight() {
        assert_eq!(shown("8.3(2)", 6, 40).to_string(), "▸ Load  8.3(2) ");
        assert_eq!(shown("", 0, 40).to_string(), "▸ Load  not known");
        let long = shown("C:\\Users\\tech\\Downloads\\cmterm-7945_7965-sccp.8-5-2.zip", 55, 24);
        assert_eq!(long.to_string(), "▸ Load  sccp.8-5-2.zip ");
    }

    proptest! {
        #[test]
        fn a_field_stays_in_its_room(text in ".{0,40}", cursor in 0..50_usize, room in 12..50_usize) {
            let line = shown(&text, cursor, room);
            let reversed = |span: &&Span<'_>| span.style == Theme::default().selected;
            prop_assert_eq!(line.spans.iter().filter(reversed).count(), 1);
            prop_assert!(line.width() <= room + 1, "{}", line);
        }
    }
}
