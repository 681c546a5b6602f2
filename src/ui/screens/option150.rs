//! Option 150: the address that DHCP must name, large; what it named before; and the commands for the DHCP server.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Hits, Scene};
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::{address, problem};
use crate::wizard::{Option150Draft, Option150Focus, ServerCommands, Spot, TextField};

/// Columns of the labels.
const LABEL: usize = 15;
/// Longest line that is pleasant to read.
const READABLE: u16 = 104;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let theme = scene.theme;
    let draft = &scene.model.option150;
    let Some(serving) = scene.model.step.serving() else { return };
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, theme);
    column.heading("Let option 150 name this laptop.");
    column.gap_if_room(14);
    address::draw(&mut column, serving.interface.address);
    column.gap_if_room(9);
    let placeholder = "don't know; the call manager's address, as a rule";
    hits.lines(column.rest(), [Spot::Row(0), Spot::Row(1)]);
    fields(&mut column, draft, "Named before", placeholder);
    column.gap_if_room(6);
    let set = scene.model.server().map(|server| (server.set.clone(), server));
    if let Some((lines, server)) = set {
        hits.lines(column.rest(), [Spot::Row(2)]);
        commands(&mut column, &server, &lines, draft, scene.model.servers().len(), "To set it");
    }
}

/// The old value and who confirms it.
pub(super) fn fields(column: &mut Column<'_, '_>, draft: &Option150Draft, label: &str, placeholder: &str) {
    let theme = column.theme;
    let mut put = |label: &str, text: &TextField, focused: bool, placeholder: &str| {
        let field = Field {
            label,
            label_columns: LABEL,
            text: text.text(),
            cursor: text.cursor(),
            focused,
            placeholder,
        };
        let line = field::line(&field, column.width(), theme);
        column.line(line);
    };
    put(label, &draft.value, draft.focus == Option150Focus::Value, placeholder);
    put("Confirmed by", &draft.by, draft.focus == Option150Focus::By, "a name, for the report");
    if let Err(wrong) = draft.parsed() {
        problem::draw(column, &wrong);
    }
}

/// The commands of one DHCP server, and its place among those that are known.
pub(super) fn commands(
    column: &mut Column<'_, '_>,
    server: &ServerCommands,
    lines: &[String],
    draft: &Option150Draft,
    servers: usize,
    label: &str,
) {
    let theme = column.theme;
    let focused = draft.focus == Option150Focus::Servers;
    let mark = if focused { theme.symbols.now } else { " " };
    let name = if focused { theme.selected } else { theme.heading };
    let mut head =
        vec![Span::raw(format!("{mark} {label:<LABEL$}")), Span::styled(server.name.clone(), name)];
    if servers > 1 {
        head.push(Span::raw(format!("   {} of {servers}; Tab for the next", draft.server % servers + 1)));
    }
    column.line(Line::from(head));
    let reserve = u16::from(!server.notes.is_empty() || server.confidence.is_some());
    let room = usize::from(column.lines_left().saturating_sub(reserve)).max(1);
    // Commands stand further in than what is said about them.
    let mut shown: Vec<(String, Style)> = Vec::new();
    for line in lines {
        let is_command = line.starts_with(' ');
        let (indent, style) = if is_command { (6, theme.progress) } else { (4, Style::new()) };
        for (nth, line) in text::wrap(line, column.width().saturating_sub(indent)).into_iter().enumerate() {
            let further = if nth > 0 && is_command { 2 } else { 0 };
            shown.push((format!("{}{line}", " ".repeat(indent + further)), style));
        }
    }
    let hidden = shown.len().saturating_sub(room);
    if hidden > 0 {
        shown.truncate(room.saturating_sub(1));
        let more = format!("    {} {} more lines; copying takes all", theme.symbols.cut, hidden + 1);
        shown.push((more, theme.heading));
    }
    for (line, style) in shown {
        let line = text::fit(&line, column.width(), theme.symbols.cut);
        column.line(Span::styled(line, style));
    }
    for note in &server.notes {
        column.hanging(format!("    {} ", theme.symbols.dot), note, Style::new(), 2);
    }
    if let Some(confidence) = &server.confidence {
        let mark = Span::styled(format!("    {} ", theme.symbols.warn), theme.warn);
        column.hanging(mark, &format!("How sure: {confidence}."), Style::new(), 2);
    }
}
