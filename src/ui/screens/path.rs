//! Path: which phones, what is on them, what CUCM hands out; and live below it the loads in between, with reasons.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Hits, Scene};
use crate::catalog::Catalog;
use crate::firmware::Plan;
use crate::firmware::path::{Hop, HopKind};
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::problem;
use crate::wizard::{PathDraft, PathFocus, Spot, TextField, families};

/// Columns of the labels.
const LABEL: usize = 18;
/// Longest line that is pleasant to read.
const READABLE: u16 = 96;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let draft = &scene.model.path;
    let answer = draft.answer();
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, scene.theme);
    column.heading("Which load must the phones take first?");
    column.gap_if_room(12);
    hits.lines(column.rest(), (0..3).map(Spot::Row));
    family(&mut column, draft);
    typed(&mut column, "Load on the phone", &draft.phone, draft.focus == PathFocus::Phone, "don't know");
    typed(&mut column, "CUCM hands out", &draft.cucm, draft.focus == PathFocus::Cucm, "needed: 8.5(2)SR1");
    column.gap_if_room(8);
    match (answer.wrong(), &answer.plan) {
        (Some(wrong), _) => problem::draw(&mut column, wrong),
        (None, Some(Ok(plan))) => draw_plan(&mut column, draft, plan),
        _ => {}
    }
}

fn family(column: &mut Column<'_, '_>, draft: &PathDraft) {
    let theme = column.theme;
    let choices = families(Catalog::embedded());
    let focused = draft.focus == PathFocus::Family;
    let Some(choice) = choices.get(draft.family) else { return };
    let mark = if focused { theme.symbols.now } else { " " };
    let label = match &choice.number {
        Some(number) => format!("{} (family {number})", choice.label),
        None => choice.label.clone(),
    };
    let style = if focused { theme.selected } else { Style::new() };
    let [before, behind] = theme.symbols.turn;
    let head = format!("{mark} {:<LABEL$}", "Phones");
    let place = format!("   {} of {}", draft.family + 1, choices.len());
    column.line(Line::from(vec![
        Span::styled(head, if focused { theme.heading } else { theme.hint }),
        Span::raw(if focused { format!("{before} ") } else { String::new() }),
        Span::styled(label, style),
        Span::raw(if focused { format!(" {behind}{place}") } else { String::new() }),
    ]));
}

fn typed(column: &mut Column<'_, '_>, label: &str, text: &TextField, focused: bool, placeholder: &str) {
    let field =
        Field { label, label_columns: LABEL, text: text.text(), cursor: text.cursor(), focused, placeholder };
    let line = field::line(&field, column.width(), column.theme);
    column.line(line);
}

/// The way in one line, and below it the paragraphs of the answer from the first one that was not scrolled away.
fn draw_plan(column: &mut Column<'_, '_>, draft: &PathDraft, plan: &Plan<'_>) {
    let theme = column.theme;
    column.line(way(column, draft, plan));
    column.gap_if_room(9);
    let paragraphs = paragraphs(plan, theme, column.width());
    let first = draft.scroll.min(paragraphs.len().saturating_sub(1));
    let room = usize::from(column.lines_left());
    let all: usize = paragraphs.iter().map(Vec::len).sum();
    let airy = first == 0 && all + paragraphs.len() <= room;
    let crowded = first > 0 || all > room;
    let mut left = room - usize::from(crowded && room > 1);
    let mut shown = first;
    for lines in paragraphs.iter().skip(first) {
        // A paragraph is shown whole; only the first one is cut, where nothing else would be seen.
        if lines.len() > left && shown > first {
            break;
        }
        left = left.saturating_sub(lines.len());
        for line in lines.iter().take(room) {
            column.line(line.clone());
        }
        if airy {
            column.gap();
        }
        shown += 1;
    }
    if crowded {
        let more = paragraphs.len() - shown;
        let words = match (first, more) {
            (0, _) => format!("{} PgDn: the reasons go on", theme.symbols.down),
            (_, 0) => format!("{} PgUp: back to the beginning", theme.symbols.up),
            _ => format!("{}{} PgUp, PgDn: more reasons", theme.symbols.up, theme.symbols.down),
        };
        column.line(words);
    }
}

/// The summary, the hops, other causes, notes: as many as [`PathDraft::paragraphs`] counts.
fn paragraphs(plan: &Plan<'_>, theme: &Theme, room: usize) -> Vec<Vec<Line<'static>>> {
    let indented = |head: Span<'static>, text: &str, style: Style| -> Vec<Line<'static>> {
        let indent = head.width();
        let lines = text::wrap(text, room.saturating_sub(indent).max(1)).into_iter().enumerate();
        let head = |nth| if nth == 0 { head.clone() } else { Span::raw(" ".repeat(indent)) };
        lines.map(|(nth, line)| Line::from(vec![head(nth), Span::styled(line, style)])).collect()
    };
    let dot = || Span::raw(format!("{} ", theme.symbols.dot));
    let mut all = vec![indented(Span::raw(""), &plan.summary, Style::new())];
    for (nth, hop) in plan.hops.iter().enumerate() {
        let is_target = hop.kind == HopKind::Target;
        let from = if is_target { "from CUCM" } else { "from this laptop" };
        let style = if is_target { theme.heading } else { theme.progress.patch(theme.heading) };
        let mut lines = vec![Line::from(vec![
            Span::raw(format!("{}. ", nth + 1)),
            Span::styled(name(hop), style),
            Span::raw(format!("   {}, {from}", kind(hop.kind))),
        ])];
        lines.extend(indented(Span::raw("   "), &hop.reason, theme.hint));
        all.push(lines);
    }
    for cause in &plan.causes {
        let mut lines = indented(dot(), &cause.title, theme.heading);
        lines.extend(indented(Span::raw("  "), &cause.test, theme.hint));
        all.push(lines);
    }
    all.extend(plan.notes.iter().map(|note| indented(dot(), note, theme.hint)));
    all
}

/// The whole way in one line: `8.3(2) → 8.5(2) → 8.5(2)SR1`.
fn way(column: &Column<'_, '_>, draft: &PathDraft, plan: &Plan<'_>) -> Line<'static> {
    let theme = column.theme;
    let from = draft.phone.text().trim();
    let mut spans =
        vec![Span::styled(if from.is_empty() { "an unknown load" } else { from }.to_owned(), theme.heading)];
    for hop in &plan.hops {
        let style =
            if hop.kind == HopKind::Target { theme.heading } else { theme.progress.patch(theme.heading) };
        spans.push(Span::raw(format!("  {}  ", theme.symbols.arrow)));
        spans.push(Span::styled(hop.release.to_string(), style));
    }
    let room = column.width();
    while Line::from(spans.clone()).width() > room && spans.len() > 1 {
        spans.pop();
    }
    if let [only] = spans.as_mut_slice() {
        *only = Span::styled(text::fit(&only.content, room, theme.symbols.cut), only.style);
    }
    Line::from(spans)
}

fn name(hop: &Hop) -> String {
    hop.load.as_ref().map_or_else(|| hop.release.to_string(), ToString::to_string)
}

fn kind(kind: HopKind) -> &'static str {
    match kind {
        HopKind::SteppingStone => "a step for very old phones",
        HopKind::Intermediate => "the intermediate load",
        HopKind::Bridge => "a release in between",
        HopKind::ProtocolStep => "the same protocol first",
        HopKind::Target => "the load that they need in the end",
    }
}
