//! Switch back: how the phones did, and option 150 as it must be again, with the old value filled in.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::{Hits, Scene, bench, dhcp, option150};
use crate::journal::Option150;
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::{address, stages};
use crate::wizard::{Finished, Spot, Step};

/// Longest line that is pleasant to read.
const READABLE: u16 = 104;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let Step::SwitchBack(_, announced, finished) = &scene.model.step else { return };
    if scene.model.is_bench() {
        return bench::after(frame, room, scene, finished);
    }
    let theme = scene.theme;
    let draft = &scene.model.switch_back;
    let mut column = Column::new(frame, Rect { width: room.width.min(READABLE), ..room }, theme);
    let summary = scene.at.fleet.summary(scene.at.now);
    match finished {
        Finished::AllBack => {
            let done = match summary.back() {
                1 => "The phone is done.".to_owned(),
                back => format!("All {back} phones are done."),
            };
            let line =
                format!("{} {done} Now let option 150 name the call manager again.", theme.symbols.done);
            column.text(&line, theme.good.patch(theme.heading), 2);
        }
        Finished::Insisted(phones) => {
            column.heading("Let option 150 name the call manager again.");
            let words = match phones.len() {
                0 => "No phone has come back yet.".to_owned(),
                open => format!("{} not done; serving goes on until you leave.", text::count(open, "phone")),
            };
            column.hanging(
                Span::styled(format!("{} ", theme.symbols.warn), theme.warn),
                &words,
                theme.warn,
                2,
            );
        }
    }
    let width = column.width();
    column.line(stages::summary(&summary, width, theme));
    column.gap_if_room(13);
    let again = draft.parsed().unwrap_or_else(|_| announced.before.clone());
    if let Option150::Addresses(addresses) = &again
        && let [only] = addresses.as_slice()
        && column.lines_left() > 21
    {
        address::draw(&mut column, *only);
        column.gap_if_room(9);
    }
    dhcp::draw(&mut column, scene, draft);
    column.gap_if_room(11);
    if !draft.overriding {
        hits.lines(column.rest(), (0..3).map(Spot::Row));
    }
    option150::fields(&mut column, draft, "Names again", "none, or the call manager's address");
    column.gap_if_room(7);
    if draft.overriding {
        return dhcp::why(&mut column, draft);
    }
    let servers = scene.model.servers().len();
    if let Some(server) = scene.model.server() {
        hits.lines(column.rest(), [Spot::Row(3)]);
        option150::commands(&mut column, &server.name, &server.restore, draft, servers, "To restore it");
    }
}
