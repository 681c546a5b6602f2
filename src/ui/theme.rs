//! Roles, not colours: what a piece of text is for decides how it looks.
//!
//! Only the terminal's own sixteen colours, so that the technician's palette holds; REVERSED for what is selected; no
//! background fills and no dark grey text. Words and symbols carry the meaning, and with `NO_COLOR` they carry it alone.

use ratatui::style::{Color, Modifier, Style};

use super::symbols::{Charset, Symbols};

/// What the terminal's background is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Background {
    /// Dark, or nobody knows.
    #[default]
    Dark,
    /// Light: yellow and cyan would be hard to read on it.
    Light,
}

impl Background {
    /// From the variable `COLORFGBG` that some terminals set: `15;0` is white on black.
    pub fn from_colorfgbg(value: Option<&str>) -> Self {
        let background = value.and_then(|value| value.rsplit(';').next()?.trim().parse::<u8>().ok());
        match background {
            Some(7 | 9..=15) => Self::Light,
            _ => Self::Dark,
        }
    }
}

/// How everything looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Under way: bars, the current step.
    pub progress: Style,
    /// Done, checked, recovered.
    pub good: Style,
    /// Careful.
    pub warn: Style,
    /// Wrong: somebody has to do something.
    pub bad: Style,
    /// Explanations beside the matter.
    pub hint: Style,
    /// What a part of the screen is about.
    pub heading: Style,
    /// The chosen one of several.
    pub selected: Style,
    /// Keys in the key bar and in sentences.
    pub key: Style,
    /// Lines that separate; they may fade, text may not.
    pub rule: Style,
    /// Characters for this terminal.
    pub symbols: &'static Symbols,
    /// Whether it may use colours.
    pub color: bool,
}

impl Theme {
    /// A theme for a terminal. Without `color`, weight and reversal remain.
    pub fn new(color: bool, background: Background, charset: Charset) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let in_color = |dark: Color, light: Color| match (color, background) {
            (false, _) => plain,
            (true, Background::Dark) => plain.fg(dark),
            (true, Background::Light) => plain.fg(light),
        };
        Self {
            progress: in_color(Color::Cyan, Color::Blue),
            good: in_color(Color::Green, Color::Green),
            warn: in_color(Color::Yellow, Color::Magenta),
            bad: in_color(Color::LightRed, Color::Red).add_modifier(Modifier::BOLD),
            hint: plain,
            heading: bold,
            selected: plain.add_modifier(Modifier::REVERSED),
            key: bold,
            rule: plain.add_modifier(Modifier::DIM),
            symbols: Symbols::of(charset),
            color,
        }
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(true, Background::Dark, Charset::Unicode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(theme: &Theme) -> [Style; 9] {
        [
            theme.progress,
            theme.good,
            theme.warn,
            theme.bad,
            theme.hint,
            theme.heading,
            theme.selected,
            theme.key,
            theme.rule,
        ]
    }

    #[test]
    fn no_role_fills_a_background_or_leaves_the_sixteen_colours() {
        for color in [true, false] {
            for background in [Background::Dark, Background::Light] {
                for role in roles(&Theme::new(color, background, Charset::Unicode)) {
                    assert_eq!(role.bg, None);
                    let gray = [Color::DarkGray, Color::Gray, Color::Black, Color::White];
                    assert!(role.fg.is_none_or(|fg| color && !gray.contains(&fg)), "{role:?}");
                    assert!(!matches!(role.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{role:?}");
                }
            }
        }
    }

    #[test]
    fn without_colour_a_selection_still_shows() {
        let theme = Theme::new(false, Background::Dark, Charset::Ascii);
        assert!(theme.selected.add_modifier.contains(Modifier::REVERSED));
        assert!(roles(&theme).iter().all(|role| role.fg.is_none()));
    }

    #[test]
    fn the_background_is_read_from_the_terminals_own_word() {
        for (value, background) in [
            (None, Background::Dark),
            (Some("15;0"), Background::Dark),
            (Some("0;15"), Background::Light),
            (Some("0;default;15"), Background::Light),
            (Some("0;7"), Background::Light),
            (Some("12;8"), Background::Dark),
            (Some("nonsense"), Background::Dark),
        ] {
            assert_eq!(Background::from_colorfgbg(value), background, "{value:?}");
        }
    }
}
