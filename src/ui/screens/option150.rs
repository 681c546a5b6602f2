//! Option 150: the address that DHCP must name, large; what it named before; and the commands for the DHCP server.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::dhcp::LABEL;
use super::{Hits, Scene, bench, dhcp};
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::{address, problem};
use crate::wizard::{
    Action, BenchState, Commands, Option150Draft, Option150Focus, Spot, TextField, parse_also,
};

/// Longest line that is pleasant to read.
const READABLE: u16 = 104;
/// From so many lines on the address stands there in large digits.
const LARGE_FROM: u16 = 20;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    if scene.model.bench != BenchState::Off {
        return bench::instead_of_commands(frame, room, scene);
    }
    let theme = scene.theme;
    let draft = &scene.model.option150;
    let Some(serving) = scene.model.step.serving() else { return };
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, theme);
    let own = serving.interface.address;
    if column.lines_left() >= LARGE_FROM {
        column.heading("Let option 150 name this laptop.");
        column.gap_if_room(23);
        address::draw(&mut column, own);
    } else {
        let hexadecimal = address::hexadecimal(own);
        column.heading(&format!("Let option 150 name this laptop: {own}, in hexadecimal {hexadecimal}."));
    }
    if scene.model.can_bench() {
        let key = dhcp::key_for(scene, Action::Bench);
        let words = format!("No DHCP server here? {key} makes this laptop one, on an isolated bench.");
        column.text(&words, theme.hint, 1);
    }
    column.gap_if_room(13);
    dhcp::draw(&mut column, scene, draft);
    column.gap_if_room(11);
    let placeholder = "don't know; the call manager's address, as a rule";
    if !draft.overriding {
        hits.lines(column.rest(), (0..3).map(Spot::Row));
    }
    fields(&mut column, draft, "Named before", placeholder);
    column.gap_if_room(7);
    if draft.overriding {
        return dhcp::why(&mut column, draft);
    }
    let servers = scene.model.servers().len();
    if let Some(server) = scene.model.server() {
        hits.lines(column.rest(), [Spot::Row(3)]);
        commands(&mut column, &server.name, &server.set, draft, servers, "To set it");
    }
}

/// The old value, who confirms it, and whom to ask.
pub(super) fn fields(column: &mut Column<'_, '_>, draft: &Option150Draft, label: &str, placeholder: &str) {
    let theme = column.theme;
    let mut put = |label: &str, text: &TextField, focus: Option150Focus, placeholder: &str| {
        let field = Field {
            label,
            label_columns: LABEL,
            text: text.text(),
            cursor: text.cursor(),
            focused: draft.focus == focus && !draft.overriding,
            placeholder,
        };
        let line = field::line(&field, column.width(), theme);
        column.line(line);
    };
    put(label, &draft.value, Option150Focus::Value, placeholder);
    put("Confirmed by", &draft.by, Option150Focus::By, "a name, for the report");
    let also = "voice subnet like 10.21.0.0/24, DHCP servers like 10.1.1.1";
    put("Ask also", &draft.also, Option150Focus::Also, also);
    let wrong = draft.parsed().err().or_else(|| parse_also(draft.also.text()).err());
    if let Some(wrong) = wrong {
        problem::draw(column, &wrong);
    }
}

/// The commands of one DHCP server, and its place among those that are known.
pub(super) fn commands(
    column: &mut Column<'_, '_>,
    name: &str,
    commands: &Commands,
    draft: &Option150Draft,
    servers: usize,
    label: &str,
) {
    let theme = column.theme;
    let focused = draft.focus == Option150Focus::Servers;
    let mark = if focused { theme.symbols.now } else { " " };
    let style = if focused { theme.selected } else { theme.heading };
    let mut head = vec![Span::raw(format!("{mark} {label:<LABEL$}")), Span::styled(name.to_owned(), style)];
    // Whoever reads two metres away must see that first, not behind the last line.
    if let Some(doubt) = commands.mark {
        head.push(Span::styled(format!(" {} {doubt}", theme.symbols.warn), theme.warn));
    }
    if servers > 1 {
        head.push(Span::raw(format!("   {} of {servers}; Tab for the next", draft.server % servers + 1)));
    }
    column.line(Line::from(head));
    let reserve = u16::from(!commands.notes.is_empty()) + u16::from(commands.confidence.is_some());
    let room = usize::from(column.lines_left().saturating_sub(reserve)).max(1);
    // Commands stand further in than what is said about them.
    let mut shown: Vec<(String, Style)> = Vec::new();
    for line in &commands.shown {
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
    // How sure it is comes first: of the notes there may be more than there is room for.
    if let Some(confidence) = &commands.confidence {
        let mark = Span::styled(format!("    {} ", theme.symbols.warn), theme.warn);
        column.hanging(mark, &format!("How sure: {confidence}."), Style::new(), 2);
    }
    for note in &commands.notes {
        column.hanging(format!("    {} ", theme.symbols.dot), note, Style::new(), 2);
    }
}
