//! Welcome: what this is, what to do with it, and what an earlier session left behind.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Hits, Scene};
use crate::ui::widgets::column::Column;
use crate::ui::widgets::dialog::boxed;
use crate::wizard::{Spot, Unfinished, WelcomeDraft};

/// Longest line that is pleasant to read.
const READABLE: u16 = 92;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let theme = scene.theme;
    let draft = &scene.model.welcome;
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, theme);
    if let Some(unfinished) = draft.unfinished.first() {
        banner(&mut column, unfinished, draft.unfinished.len());
        column.gap_if_room(8);
    }
    // Where room is short, the two sentences say what the heading does.
    if column.lines_left() > 8 {
        column.heading("Bring Cisco 7900-series phones out of Auth Fail.");
        column.gap_if_room(14);
    }
    column.text(
        "This laptop serves the intermediate load that such a phone accepts, and watches it being taken. Then CUCM can hand out what the phone refused before.",
        Style::new(),
        3,
    );
    column.gap_if_room(6);
    let airy = column.lines_left() >= 20;
    for (nth, choice) in WelcomeDraft::CHOICES.iter().enumerate() {
        let selected = nth == draft.row;
        let mark = if selected { theme.symbols.now } else { " " };
        let name = if selected { theme.selected.patch(theme.heading) } else { theme.heading };
        hits.add(Rect { height: 2, ..column.rest() }.intersection(column.rest()), Spot::Row(nth));
        column.line(Line::from(vec![
            Span::styled(format!("{mark} "), theme.progress),
            Span::styled(choice.title, name),
        ]));
        column.hanging("    ", choice.says, Style::new(), 1);
        if airy {
            column.gap();
        }
    }
    if column.lines_left() < 4 {
        return;
    }
    column.gap_if_room(4);
    column.heading("Have ready");
    let dot = format!("{} ", theme.symbols.dot);
    for line in [
        "the firmware archive of the phones' family, best of release 8.5(2)",
        "a way to change option 150 on the DHCP server, or somebody who can",
        "a network cable into the phones' VLAN",
    ] {
        column.hanging(dot.clone(), line, Style::new(), 2);
    }
}

/// What an earlier session left behind: it concerns every phone on that network.
fn banner(column: &mut Column<'_, '_>, unfinished: &Unfinished, count: usize) {
    let theme = column.theme;
    let left = &unfinished.left;
    let since = left.since.to_string();
    let since = since.get(..16).unwrap_or(&since).replace('T', " ");
    let area = column.take(6);
    let title = format!("{} Option 150 was never confirmed back", theme.symbols.warn);
    let inner = boxed(column.frame, area, &title, theme.warn, theme);
    let mut inside = Column::new(column.frame, inner, theme);
    let names = if left.confirmed { "names" } else { "was to name" };
    inside.line(format!("Since {since} UTC it {names} this laptop, {}.", left.value));
    inside.line(Line::from(vec![
        Span::raw("Before that it named "),
        Span::styled(left.before.to_string(), theme.heading),
        Span::raw("."),
    ]));
    let more = if count > 1 { format!(" {} more after it.", count - 1) } else { String::new() };
    inside.line(format!("Put it back on the DHCP server, then press b.{more}"));
    inside.line(format!("Log: {}", unfinished.log));
}
