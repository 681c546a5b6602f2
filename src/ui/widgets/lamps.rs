//! The lamps of a phone as they blink: the sign to let go of `#`, and the sign that the code was taken.
//!
//! A pure function of the time. The words beside the lamps say the same.

use ratatui::text::Span;

use crate::ui::theme::Theme;

/// How lamps behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lamps {
    /// Line buttons light one after another.
    Walk,
    /// The lamp on the handset flashes.
    Flash,
    /// The same, faster.
    FlashFast,
    /// Nobody described it.
    Unknown,
}

impl Lamps {
    /// From the words of the catalog.
    pub fn of(words: Option<&str>) -> Self {
        match words {
            Some(words) if words.contains("handset") && words.contains("faster") => Self::FlashFast,
            Some(words) if words.contains("handset") => Self::Flash,
            Some(words) if words.contains("line buttons") => Self::Walk,
            _ => Self::Unknown,
        }
    }
}

/// Line buttons that are drawn, whatever the model has.
const BUTTONS: u64 = 6;
/// How long one line button is lit, in milliseconds.
const STEP: u64 = 350;

/// The lamps at a moment; nothing where nobody knows.
pub fn spans(lamps: Lamps, millis: u64, theme: &Theme) -> Vec<Span<'static>> {
    let lamp = |lit: bool| {
        if lit { Span::styled(theme.symbols.lit, theme.warn) } else { Span::raw(theme.symbols.dark) }
    };
    match lamps {
        Lamps::Walk => {
            let walking = millis / STEP % BUTTONS;
            (0..BUTTONS).flat_map(|nth| [lamp(nth == walking), Span::raw(" ")]).collect()
        }
        Lamps::Flash => vec![lamp((millis / 500).is_multiple_of(2)), Span::raw(" ")],
        Lamps::FlashFast => vec![lamp((millis / 200).is_multiple_of(2)), Span::raw(" ")],
        Lamps::Unknown => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn shown(lamps: Lamps, millis: u64) -> String {
        spans(lamps, millis, &Theme::default()).iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn line_buttons_walk_and_a_handset_lamp_flashes() {
        assert_eq!(shown(Lamps::Walk, 0), "● ○ ○ ○ ○ ○ ");
        assert_eq!(shown(Lamps::Walk, 800), "○ ○ ● ○ ○ ○ ");
        assert_eq!([shown(Lamps::Flash, 0), shown(Lamps::Flash, 600)], ["● ", "○ "]);
    }

    #[test]
    fn every_description_in_the_catalog_has_its_lamps() {
        let catalog = Catalog::embedded();
        let of = |model: &str| {
            let model = catalog.model(model).unwrap_or_else(|| panic!("no {model}"));
            let reset = catalog.reset_for(model);
            let words = |fact: &Option<crate::catalog::Fact<String>>| {
                Lamps::of(fact.as_ref().map(|f| f.value.as_str()))
            };
            (words(&reset.lamps_waiting), words(&reset.lamps_after))
        };
        assert_eq!(of("7945"), (Lamps::Walk, Lamps::Walk));
        assert_eq!(of("7911"), (Lamps::Flash, Lamps::FlashFast));
        assert_eq!(of("7931"), (Lamps::Unknown, Lamps::Unknown));
    }
}
