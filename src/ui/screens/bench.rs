//! The isolated bench: what the step Option 150 shows once the bench was chosen, and what comes instead of switching
//! back.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::Scene;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::stages;
use crate::wizard::{BenchState, Finished, Model};

/// Longest line that is pleasant to read.
const READABLE: u16 = 104;

/// What keeps the server from doing harm, a line each.
const GUARDS: [&str; 4] = [
    "It answers Cisco phones alone; whoever else asks is listed and gets no answer.",
    "It looks whether somebody uses an address before it gives it away.",
    "It ends for good as soon as another DHCP server speaks, or a client takes another one's offer.",
    "It ends by itself after some hours, and when you end the job.",
];

/// Instead of the commands for a DHCP server: this laptop is becoming one, or is one.
pub(super) fn instead_of_commands(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>) {
    let theme = scene.theme;
    let Some(serving) = scene.model.step.serving() else { return };
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, theme);
    let place = format!("{} on {}", serving.interface.address, serving.interface.name);
    let stopped = scene.at.fleet.bench().and_then(|bench| bench.stopped.as_ref());
    match (&scene.model.bench, stopped) {
        (BenchState::Begun, None) => {
            column.heading("This laptop is the DHCP server of the bench.");
            column.gap_if_room(10);
            column.text(&format!("Phones get their address and option 150 from {place}."), Style::new(), 2);
        }
        (BenchState::Begun, Some(why)) => {
            column.heading("The DHCP server of the bench has ended.");
            column.gap_if_room(10);
            column.hanging(Span::styled(format!("{} ", theme.symbols.bad), theme.bad), why, theme.bad, 3);
            column.text("Esc goes back to the interface; from there it can be begun anew.", theme.heading, 2);
            return;
        }
        _ => {
            column.heading("Isolated bench: listening for other DHCP servers.");
            column.gap_if_room(10);
            let words = format!(
                "{} {place}: asking the wire as a phone would. If nobody answers for some seconds, this laptop becomes the DHCP server.",
                theme.symbols.going
            );
            column.text(&words, Style::new(), 3);
        }
    }
    column.gap_if_room(7);
    for guard in GUARDS {
        column.hanging(format!("{} ", theme.symbols.dot), guard, theme.hint, 2);
    }
}

/// On the bench there is nothing to switch back: what comes instead.
pub(super) fn after(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, finished: &Finished) {
    let theme = scene.theme;
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, theme);
    column.heading("The phones go to their own network.");
    let summary = scene.at.fleet.summary(scene.at.now);
    let width = column.width();
    column.line(stages::summary(&summary, width, theme));
    for text in Model::after_bench(finished) {
        column.gap_if_room(4);
        column.text(&text, Style::new(), 4);
    }
}
