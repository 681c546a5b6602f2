//! The lamps of a phone as they blink: the sign to let go of `#`, and the sign that the code was taken.
//!
//! A pure function of the time and of what the catalog knows. The words beside the lamps say the same.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::catalog::{Blink, LampColor, LampPlace};
use crate::ui::theme::Theme;

/// What lamps do on one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lit {
    /// Which lamps.
    pub place: LampPlace,
    /// How they blink.
    pub blink: Blink,
    /// Their colour, if it is known.
    pub color: Option<LampColor>,
}

/// Line buttons that are drawn, however many the model has.
const BUTTONS: u64 = 6;
/// How long one line button is lit, in milliseconds.
const STEP: u64 = 350;
/// How long a lamp that flashes is lit, and the same for one that flashes faster.
const FLASH: [u64; 2] = [500, 200];

/// The lamps at a moment.
pub fn spans(lit: Lit, millis: u64, theme: &Theme) -> Vec<Span<'static>> {
    let style = match lit.color {
        Some(LampColor::Amber) => theme.warn,
        Some(LampColor::Red) => theme.bad,
        Some(LampColor::Green) => theme.good,
        None => Style::new(),
    };
    let lamps = match lit.place {
        LampPlace::LineButtons => BUTTONS,
        LampPlace::Handset => 1,
    };
    let is_lit = |nth: u64| match lit.blink {
        Blink::OneAfterAnother => millis / STEP % lamps == nth,
        Blink::Flashes => (millis / FLASH[0]).is_multiple_of(2),
        Blink::FlashesFaster => (millis / FLASH[1]).is_multiple_of(2),
    };
    let lamp = |nth: u64| {
        if is_lit(nth) { Span::styled(theme.symbols.lit, style) } else { Span::raw(theme.symbols.dark) }
    };
    (0..lamps).flat_map(|nth| [lamp(nth), Span::raw(" ")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(place: LampPlace, blink: Blink, millis: u64) -> String {
        let lit = Lit { place, blink, color: None };
        spans(lit, millis, &Theme::default()).iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn line_buttons_walk_and_a_handset_lamp_flashes() {
        let walk = |millis| shown(LampPlace::LineButtons, Blink::OneAfterAnother, millis);
        assert_eq!([walk(0), walk(800)], ["● ○ ○ ○ ○ ○ ", "○ ○ ● ○ ○ ○ "]);
        let flash = |blink, millis| shown(LampPlace::Handset, blink, millis);
        assert_eq!([flash(Blink::Flashes, 0), flash(Blink::Flashes, 600)], ["● ", "○ "]);
        assert_eq!([flash(Blink::FlashesFaster, 0), flash(Blink::FlashesFaster, 250)], ["● ", "○ "]);
    }

    #[test]
    fn a_lamp_has_the_colour_that_is_known_and_none_that_is_not() {
        let theme = Theme::default();
        let style = |color| {
            let lit = Lit { place: LampPlace::Handset, blink: Blink::Flashes, color };
            spans(lit, 0, &theme)[0].style
        };
        assert_eq!(style(Some(LampColor::Amber)), theme.warn);
        assert_eq!(style(Some(LampColor::Red)), theme.bad);
        assert_eq!(style(None), Style::new());
    }
}
