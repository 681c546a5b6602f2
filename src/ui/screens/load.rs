//! Load: what was found, each with its badge and its reason; what is picked; and what is inside the one in question.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Hits, Scene};
use crate::error::printable;
use crate::firmware::load::{Load, LoadImage, Published, Verdict};
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::list::{self, Columns, Row};
use crate::ui::widgets::problem;
use crate::wizard::{LoadDraft, Mode, Spot};

/// Columns of the labels of details.
const LABEL: usize = 12;
/// Columns of the details where they stand beside the list: a line of an image with its digest.
const DETAILS: u16 = 68;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let draft = &scene.model.load;
    let inspecting = scene.model.mode == Mode::Inspect;
    // Beside each other where there is room for two columns; otherwise the details below the list.
    let beside = room.width >= 124;
    let list_area = if beside { Rect { width: room.width - DETAILS - 3, ..room } } else { room };
    let mut column = Column::new(frame, list_area, scene.theme);
    column.heading(if inspecting { "What is in these loads?" } else { "Which load do the phones get?" });
    // Below the list the details get the room, and the list keeps the load in question.
    let narrow = draft.details && !beside && column.lines_left() < 20;
    if !narrow {
        column.gap_if_room(8);
    }
    let rows = rows(draft, inspecting, scene.theme);
    let all = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let details = draft.details || beside;
    let most = if narrow { 2 } else { column.lines_left().saturating_sub(8).max(3) };
    let selected = (!draft.typing).then_some(draft.row).filter(|_| !draft.is_on_path());
    if rows.is_empty() {
        empty(&mut column, draft);
    } else {
        let name = rows.iter().map(|row| text::width(&row.name)).max().unwrap_or(0).clamp(13, 22);
        let columns = Columns { badge: 14, name, wrap: false };
        let most = if beside { most } else { most.min(all.saturating_add(1)) };
        for (area, row) in list::draw(&mut column, &rows, selected, columns, most).places {
            hits.add(area, Spot::Row(row));
        }
    }
    if !narrow || draft.typing || draft.is_on_path() {
        hits.lines(column.rest(), [Spot::Row(rows.len())]);
        path_line(&mut column, draft);
    }
    if draft.typing {
        completions(&mut column, draft);
    }
    for problem in draft.problems.iter().take(2).filter(|_| draft.loads.is_empty()) {
        column.gap_if_room(4);
        problem::draw(&mut column, problem);
    }
    let Some(load) = draft.current().filter(|_| !draft.typing) else { return };
    if beside {
        let left = list_area.width + 3;
        let area = Rect { x: room.x + left, width: room.width - left, ..room };
        inside(&mut Column::new(frame, area, scene.theme), load, true);
    } else {
        column.gap_if_room(3);
        inside(&mut column, load, details);
    }
}

fn rows(draft: &LoadDraft, inspecting: bool, theme: &Theme) -> Vec<Row> {
    let row = |(nth, load): (usize, &Load)| {
        let (badge, badge_style) = badge(load, theme);
        let mark = match (inspecting, draft.picked.contains(&nth)) {
            (true, _) => None,
            (false, true) => Some((theme.symbols.checked, theme.good)),
            (false, false) if load.is_whole() => Some((theme.symbols.unchecked, Style::new())),
            (false, false) => Some((" ", Style::new())),
        };
        let overridden = if draft.overridden.contains(&nth) { "picked by you: " } else { "" };
        let reason = format!("{overridden}{}", load.reason);
        Row { mark, badge, badge_style, name: printable(&load.name, 60), reason }
    };
    draft.loads.iter().enumerate().map(row).collect()
}

fn badge(load: &Load, theme: &Theme) -> (String, Style) {
    let (mark, style, words) = match load.verdict {
        Verdict::Intermediate if load.recommended => (theme.symbols.done, theme.good, "recommended"),
        Verdict::Intermediate => (theme.symbols.done, theme.good, "intermediate"),
        Verdict::TooOld => (theme.symbols.warn, theme.warn, "too old"),
        Verdict::TooNew => (theme.symbols.warn, theme.warn, "too new"),
        Verdict::Uncertain => (theme.symbols.warn, theme.warn, "uncertain"),
        Verdict::Incomplete => (theme.symbols.bad, theme.bad, "incomplete"),
        Verdict::Damaged => (theme.symbols.bad, theme.bad, "damaged"),
        Verdict::Foreign => (theme.symbols.bad, theme.bad, "foreign"),
    };
    (format!("{mark} {words}"), style)
}

fn empty(column: &mut Column<'_, '_>, draft: &LoadDraft) {
    if draft.fetching.is_some() {
        column.line("It comes into the kit of this program, and stays there for the next phones.");
        return;
    }
    if draft.is_busy() || !draft.searched {
        column.line("Looking beside the program, in `loads`, here, and in Downloads.");
        return;
    }
    column.line("No load was found.");
    column.text(
        "A load comes as an archive such as cmterm-7945_7965-sccp.8-5-2.zip, or as a folder with its files.",
        Style::new(),
        2,
    );
}

/// The line behind the last load: it takes a path.
fn path_line(column: &mut Column<'_, '_>, draft: &LoadDraft) {
    let theme = column.theme;
    let width = column.width();
    if draft.typing {
        let (text, cursor) = (draft.path.text(), draft.path.cursor());
        let placeholder = "an archive, a folder or a web address";
        let field = Field { label: "Path", label_columns: 6, text, cursor, focused: true, placeholder };
        column.line(field::line(&field, width, theme));
        if let Some(fetching) = &draft.fetching {
            column.hanging(Span::raw("  "), &printable(fetching, 200), Style::new(), 2);
        }
        return;
    }
    let on_it = draft.is_on_path();
    let mark = if on_it { theme.symbols.now } else { " " };
    column.line(Line::from(vec![
        Span::styled(format!("{mark} "), theme.progress),
        Span::styled(
            "Another place: type a path or a web address",
            if on_it { theme.selected } else { Style::new() },
        ),
    ]));
}

fn completions(column: &mut Column<'_, '_>, draft: &LoadDraft) {
    let shown = usize::from(column.lines_left()).saturating_sub(1).min(8);
    for choice in draft.completions.iter().take(shown) {
        let text = text::fit_middle(
            &printable(choice, 400),
            column.width().saturating_sub(8),
            column.theme.symbols.cut,
        );
        column.line(format!("        {text}"));
    }
    if draft.completions.len() > shown {
        column.line(format!("        {shown} of {}", draft.completions.len()));
    }
}

/// What is in a load: its reason always, its images, dates and digests where they were asked for.
fn inside(column: &mut Column<'_, '_>, load: &Load, details: bool) {
    let theme = column.theme;
    let (badge, style) = badge(load, theme);
    column.line(Line::from(vec![
        Span::styled(printable(&load.name, 60), theme.heading),
        Span::raw("   "),
        Span::styled(badge, style),
    ]));
    column.text(&load.reason, Style::new(), if details { 5 } else { 4 });
    column.gap_if_room(12);
    let mut fact = |label: &str, text: &str, most: usize| {
        if !text.is_empty() {
            column.fact(label, LABEL, text, Style::new(), most);
        }
    };
    fact("Found in", &load.source, 2);
    fact("For", &load.models.join(", "), 2);
    if !details {
        return;
    }
    if let Published::Same(name) = &load.published {
        fact("Archive", &format!("the published {name}, octet for octet"), 2);
    }
    column.gap_if_room(u16::try_from(load.images.len() + 2).unwrap_or(u16::MAX));
    let room = usize::from(column.lines_left());
    let shown = if load.images.len() > room { room.saturating_sub(1) } else { load.images.len() };
    for image in load.images.iter().take(shown) {
        let width = column.width();
        column.line(image_line(image, width, theme));
    }
    if shown < load.images.len() {
        column.line(format!("  {shown} of {}", text::count(load.images.len(), "image")));
    }
    for problem in &load.problems {
        column.gap_if_room(5);
        if column.lines_left() < 2 {
            break;
        }
        if load.is_whole() { problem::draw_note(column, problem) } else { problem::draw(column, problem) }
    }
}

/// `✓ jar45sccp.8-5-2TH1-9.sbn   402 kB  2009-06-03  5f3a…`.
fn image_line(image: &LoadImage, width: usize, theme: &Theme) -> Line<'static> {
    let (mark, style) = super::frame::checked(image.complete, theme);
    let name = text::fit_middle(&printable(&image.name, 128), 26.min(width / 2), theme.symbols.cut);
    let octets = image.octets.map_or_else(|| "missing".to_owned(), |octets| text::octets(octets as f64));
    let built = image.built.map(|at| at.to_string().chars().take(10).collect::<String>()).unwrap_or_default();
    let digest: String = image.sha256.as_deref().unwrap_or("").chars().take(16).collect();
    let facts = format!("{name:<26} {octets:>8}  {built:<10}  {digest}");
    Line::from(vec![
        Span::styled(format!("{mark} "), style),
        Span::raw(text::fit(facts.trim_end(), width.saturating_sub(2), theme.symbols.cut)),
    ])
}
