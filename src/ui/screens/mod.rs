//! The wizard's screens: one pure function of the model for each step, inside one frame that never moves.
//!
//! ```text
//! ┌ loadlift ─────────────────── what is served, how many are back ┐   80 columns: the rail is one line on top
//! │ rail   │ the step: one thing to decide, and what it stands on  │
//! │        ├───────────────────────────────────────────────────────┤
//! │        │ checked · now · otherwise                             │
//! └ keys ───────────────────────────────────────── help ─── quit ──┘
//! ```
//!
//! Draws, decides nothing, cannot fail, and holds at any size.

mod bench;
mod dhcp;
mod frame;
mod guide;
mod hits;
mod interface;
mod load;
mod option150;
mod over;
mod path;
mod report;
mod switch_back;
mod transfer;
mod welcome;

use ratatui::Frame;

use crate::ui::theme::Theme;
use crate::wizard::{Model, Moment, StepKind};

pub use frame::{LEAST_COLUMNS, LEAST_LINES};
pub use hits::Hits;

/// What a screen is drawn from.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The wizard.
    pub model: &'a Model,
    /// The time, and the phones.
    pub at: Moment<'a>,
    /// How it looks.
    pub theme: &'a Theme,
}

/// Draw the wizard as it stands; answers what lies where, for the mouse.
pub fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>) -> Hits {
    let mut hits = Hits::default();
    let Some(frame::Rooms { step: room, over }) = frame::draw(frame, scene, &mut hits) else { return hits };
    match scene.model.step.kind() {
        StepKind::Welcome => welcome::draw(frame, room, scene, &mut hits),
        StepKind::Path => path::draw(frame, room, scene, &mut hits),
        StepKind::Load => load::draw(frame, room, scene, &mut hits),
        StepKind::Interface => interface::draw(frame, room, scene, &mut hits),
        StepKind::Option150 => option150::draw(frame, room, scene, &mut hits),
        StepKind::Transfer => transfer::draw(frame, room, scene, &mut hits),
        StepKind::SwitchBack => switch_back::draw(frame, room, scene, &mut hits),
        StepKind::Report => report::draw(frame, room, scene),
    }
    over::draw(frame, over, scene, &mut hits);
    hits
}
