//! Interface: which one the phones hang on, and the proof that a phone's question through it gets an answer.

use std::net::Ipv4Addr;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::{Hits, Scene};
use crate::preflight::{self, State};
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::list::{self, Columns, Row};
use crate::ui::widgets::problem::{self, sentence};
use crate::wizard::{Check, CheckedInterface, Interface, InterfaceDraft, Mode, Spot};

/// Longest line that is pleasant to read.
const READABLE: u16 = 104;
/// How sure it is that a phone takes a load by configuration (docs/BENCH.md says it at length).
const OFFER_IS_INFERRED: &str = "Not seen on hardware by us. From sources: what it asks for. Inferred: that it heeds our file. Where it does not work, reset the phone.";

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let theme = scene.theme;
    let draft = &scene.model.interface;
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, theme);
    column.heading("Which interface do the phones hang on?");
    column.gap_if_room(8);
    // A reason that was cut in the list is said below it; one that was not need not be said twice.
    let mut whole = false;
    match &draft.interfaces {
        None => column.line("Looking at the interfaces of this laptop."),
        Some(Err(problem)) => problem::draw(&mut column, problem),
        Some(Ok(list)) if list.is_empty() => {
            column.line("No interface has an IPv4 address.");
            column.text(
                "Plug in the cable to the phones, give the interface an address, and press r.",
                theme.heading,
                2,
            );
        }
        Some(Ok(list)) => {
            let picked = draft.check.address();
            let name =
                list.iter().map(|interface| text::width(&interface.name)).max().unwrap_or(0).clamp(6, 20);
            let rows: Vec<Row> = list.iter().map(|interface| row(interface, picked, name, scene)).collect();
            // While one chooses, the reasons count; afterwards what was checked needs the room.
            let choosing = draft.check == Check::None;
            // What is known of the offer by configuration takes two lines more; a command for others, what it needs.
            let asked = if draft.unset.is_some() { 2 } else { 0 };
            let offered = if scene.model.by_configuration { 2 } else { 0 };
            let below = if choosing { 6 } else { 7 } + asked + offered;
            let most = column.lines_left().saturating_sub(below).max(3);
            let columns = Columns { badge: 0, name: name + 2 + 18, wrap: choosing };
            let drawn = list::draw(&mut column, &rows, Some(draft.row), columns, most);
            whole = drawn.whole;
            for (area, row) in drawn.places {
                hits.add(area, Spot::Row(row));
            }
        }
    }
    if let Some(problem) = &draft.unset {
        problem::draw(&mut column, problem);
    } else if scene.model.mode == Mode::Recover {
        if draft.current().is_some() {
            by_configuration(&mut column, scene);
        }
        if let Some(offer) = &draft.offer {
            let line = format!("{} has no address; a sets one for the job.", offer.interface);
            column.text(&line, theme.hint, 1);
        }
    }
    column.gap_if_room(5);
    let rest = warnings(&mut column, draft, scene);
    let here = draft.current().map(|interface| interface.address);
    match &draft.check {
        Check::None if whole => {}
        Check::None => doubt(&mut column, draft.current()),
        _ if draft.check.address() != here && !draft.check.is_busy() => {
            if !whole {
                doubt(&mut column, draft.current());
            }
        }
        Check::Running(_, address) => {
            column.line(format!(
                "{} opening the port on {address}, and reading a file through it",
                theme.symbols.going
            ));
        }
        Check::Good(checked) => proof(&mut column, checked, scene),
        Check::Starting(_, checked) => {
            proof(&mut column, checked, scene);
            column.line(format!("{} starting the service", theme.symbols.going));
        }
        Check::Bad(_, problem) => problem::draw(&mut column, problem),
    }
    fine(&mut column, &rest, scene);
}

/// The switch for phones that need no reset, and how sure that is.
fn by_configuration(column: &mut Column<'_, '_>, scene: &Scene<'_>) {
    let theme = column.theme;
    let whom = match scene.model.listed() {
        0 => "to all that ask".to_owned(),
        listed => format!("to the {listed} listed"),
    };
    if !scene.model.by_configuration {
        let line = format!("[ ] Phones that still boot (n): load without a reset, {whom}");
        return column.text(&line, theme.hint, 1);
    }
    let line = format!("Phones that still boot (n): load offered without a reset, {whom}");
    column.hanging(Span::styled("[x] ", theme.warn), &line, theme.warn, 1);
    column.hanging("    ", OFFER_IS_INFERRED, theme.hint, 2);
}

/// What was found out and needs a hand, the worst first and with its next step. Answers what is fine.
fn warnings<'d>(
    column: &mut Column<'_, '_>,
    draft: &'d InterfaceDraft,
    scene: &Scene<'_>,
) -> Vec<&'d preflight::Check> {
    let theme = scene.theme;
    let (fine, wrong): (Vec<_>, Vec<_>) =
        preflight::worst_first(&draft.checks).into_iter().partition(|check| check.state == State::Ok);
    // What was checked leaves room for itself.
    let room = column.lines_left() >= 16;
    for (nth, check) in wrong.iter().enumerate() {
        let (mark, style) = match check.state {
            State::Bad => (theme.symbols.bad, theme.bad),
            State::Warn => (theme.symbols.warn, theme.warn),
            State::Ok | State::Unknown => (theme.symbols.dot, theme.hint),
        };
        let most = if nth == 0 || room { 2 } else { 1 };
        column.hanging(Span::styled(format!("{mark} "), style), &sentence(&check.reason), style, most);
        let steps = match (nth, room) {
            (0, true) => check.next.len(),
            (0, false) | (_, true) => 1,
            (_, false) => 0,
        };
        for (at, step) in check.next.iter().take(steps).enumerate() {
            let style = if nth == 0 && at == 0 { theme.heading } else { theme.hint };
            column.hanging(Span::styled(format!("  {} ", theme.symbols.arrow), style), step, style, 3);
        }
    }
    fine
}

/// What is fine: a line each where there is room, otherwise one line for all.
fn fine(column: &mut Column<'_, '_>, fine: &[&preflight::Check], scene: &Scene<'_>) {
    let theme = scene.theme;
    if fine.is_empty() {
        return;
    }
    let done = || Span::styled(format!("{} ", theme.symbols.done), theme.good);
    if usize::from(column.lines_left()) > fine.len() {
        for check in fine {
            column.hanging(done(), &sentence(&check.reason), Style::new(), 1);
        }
        return;
    }
    let names: Vec<&str> = fine.iter().map(|check| check.name).collect();
    column.hanging(done(), &format!("Also fine: {}.", names.join(", ")), Style::new(), 1);
}

fn row(interface: &Interface, picked: Option<Ipv4Addr>, columns: usize, scene: &Scene<'_>) -> Row {
    let theme = scene.theme;
    let is_picked = picked == Some(interface.address);
    let mark = if is_picked {
        (theme.symbols.checked, theme.progress)
    } else {
        (theme.symbols.unchecked, Style::new())
    };
    let reason = match &interface.doubt {
        None if interface.about.is_empty() => format!("{} suitable", theme.symbols.done),
        None => format!("{} {}", theme.symbols.done, interface.about),
        Some(doubt) => format!("{} {doubt}", theme.symbols.warn),
    };
    Row {
        mark: Some(mark),
        name: format!("{:<columns$}  {}/{}", interface.name, interface.address, interface.prefix),
        reason,
        ..Row::default()
    }
}

/// What speaks against the interface under the cursor, in full.
fn doubt(column: &mut Column<'_, '_>, interface: Option<&Interface>) {
    let theme = column.theme;
    if let Some(doubt) = interface.and_then(|interface| interface.doubt.as_ref()) {
        let mark = Span::styled(format!("{} ", theme.symbols.warn), theme.warn);
        column.hanging(mark, &sentence(doubt), theme.warn, 3);
    }
}

/// What the check showed: the same questions that a phone asks.
fn proof(column: &mut Column<'_, '_>, checked: &CheckedInterface, scene: &Scene<'_>) {
    let theme = column.theme;
    let port = match scene.model.mode {
        Mode::Rehearse => "A UDP port".to_owned(),
        _ => format!("UDP port {}", scene.model.port()),
    };
    let done = || Span::styled(format!("{} ", theme.symbols.done), theme.good);
    column.hanging(
        done(),
        &format!("{port} on {} is free, and this program may use it.", checked.address),
        Style::new(),
        2,
    );
    let read = format!(
        "{} came back through {}: {} octets in {} ms, the same as served.",
        checked.file, checked.address, checked.octets, checked.millis
    );
    column.hanging(done(), &read, Style::new(), if column.lines_left() < 4 { 1 } else { 2 });
    if !scene.model.interface.checks.is_empty() {
        return; // they say the rest
    }
    if let Some(doubt) = &checked.doubt {
        column.hanging(Span::styled(format!("{} ", theme.symbols.warn), theme.warn), doubt, theme.warn, 2);
    }
    column.gap_if_room(3);
    column.text(
        "This address stays fixed for the whole session, whatever the laptop's other interfaces do.",
        theme.hint,
        2,
    );
}
