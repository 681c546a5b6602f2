//! Path: which phones, what is on them, what CUCM hands out; and live below it the loads in between, with reasons.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Scene;
use crate::catalog::Catalog;
use crate::firmware::Plan;
use crate::firmware::path::{Hop, HopKind};
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::problem;
use crate::wizard::{PathDraft, PathFocus, TextField, families};

/// Columns of the labels.
const LABEL: usize = 18;
/// Longest line that is pleasant to read.
const READABLE: u16 = 96;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>) {
    let draft = &scene.model.path;
    let answer = draft.answer();
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, scene.theme);
    column.heading("Which load must the phones take first?");
    column.gap_if_room(12);
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

fn draw_plan(column: &mut Column<'_, '_>, draft: &PathDraft, plan: &Plan<'_>) {
    let theme = column.theme;
    column.line(way(column, draft, plan));
    column.gap_if_room(6);
    column.text(&plan.summary, Style::new(), 3);
    for (nth, hop) in plan.hops.iter().enumerate() {
        column.gap_if_room(4);
        let from = if hop.kind == HopKind::Target { "from CUCM" } else { "from this laptop" };
        let style =
            if hop.kind == HopKind::Target { theme.heading } else { theme.progress.patch(theme.heading) };
        column.line(Line::from(vec![
            Span::raw(format!("{}. ", nth + 1)),
            Span::styled(name(hop), style),
            Span::raw(format!("   {}, {from}", kind(hop.kind))),
        ]));
        let most = if column.lines_left() > 8 { 4 } else { 2 };
        column.hanging("   ", &hop.reason, theme.hint, most);
    }
    for cause in plan.causes.iter().take(usize::from(column.lines_left()) / 2) {
        column.hanging(format!("{} ", theme.symbols.dot), &cause.title, theme.heading, 1);
        column.hanging("  ", &cause.test, theme.hint, 1);
    }
    if plan.notes.is_empty() || column.lines_left() < 3 {
        return;
    }
    column.gap();
    for note in &plan.notes {
        column.hanging(format!("{} ", theme.symbols.dot), note, theme.hint, 3);
    }
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
