//! The characters beyond letters that the screens use: three sets, one per kind of terminal.
//!
//! Each set says the same. The middle one keeps to WGL4, the characters that every font of Windows' console has.

use crate::session::console::{self, Signs};

/// How rich the terminal's font is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Charset {
    /// Letters, digits and signs of a typewriter (`--ascii`).
    Ascii,
    /// Box drawing and blocks that every font of Windows' console has (WGL4).
    Console,
    /// All that today's terminals draw.
    #[default]
    Unicode,
}

impl Charset {
    /// The set for the terminal that this program runs in, once it is taken over.
    pub fn of_this_terminal(ascii: bool) -> Self {
        match (ascii, console::signs()) {
            (true, _) | (false, Signs::Typewriter) => Self::Ascii,
            (false, Signs::Common) => Self::Console,
            (false, Signs::All) => Self::Unicode,
        }
    }
}

/// Characters by what they stand for. Each is one column wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    /// Done, good, checked.
    pub done: &'static str,
    /// Wrong, refused, in trouble.
    pub bad: &'static str,
    /// To be careful with.
    pub warn: &'static str,
    /// The current one.
    pub now: &'static str,
    /// To come.
    pub later: &'static str,
    /// Under way.
    pub going: &'static str,
    /// Around a choice that can be turned: before and behind it.
    pub turn: [&'static str; 2],
    /// Between two things in one line.
    pub dot: &'static str,
    /// From one to the next.
    pub arrow: &'static str,
    /// More above.
    pub up: &'static str,
    /// More below.
    pub down: &'static str,
    /// The filled part of a bar.
    pub full: &'static str,
    /// The rest of a bar.
    pub rest: &'static str,
    /// A check box with nothing in it.
    pub unchecked: &'static str,
    /// A check box with something, but not all, in it.
    pub partly: &'static str,
    /// A checked box.
    pub checked: &'static str,
    /// A lamp that is lit.
    pub lit: &'static str,
    /// A lamp that is dark.
    pub dark: &'static str,
    /// Text was cut here.
    pub cut: &'static str,
    /// A horizontal line.
    pub across: &'static str,
    /// A vertical line.
    pub upright: &'static str,
    /// Corners of a box: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Where lines meet: from below, from above, from the right, from the left, from all sides.
    pub joints: [&'static str; 5],
    /// Heights of a sparkline, from nothing to full.
    pub levels: &'static [&'static str],
    /// Halves of a character cell for large digits: upper, lower, both.
    pub halves: Option<[&'static str; 3]>,
}

const UNICODE: Symbols = Symbols {
    done: "✓",
    bad: "✗",
    warn: "!",
    now: "▸",
    later: "·",
    going: "›",
    turn: ["‹", "›"],
    dot: "·",
    arrow: "→",
    up: "↑",
    down: "↓",
    full: "━",
    rest: "─",
    unchecked: "□",
    partly: "▣",
    checked: "■",
    lit: "●",
    dark: "○",
    cut: "…",
    across: "─",
    upright: "│",
    corners: ["┌", "┐", "└", "┘"],
    joints: ["┬", "┴", "├", "┤", "┼"],
    levels: &[" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    halves: Some(["▀", "▄", "█"]),
};

const CONSOLE: Symbols = Symbols {
    done: "√",
    bad: "×",
    now: "►",
    full: "■",
    rest: "·",
    partly: "▪",
    levels: &[" ", "▄", "█"],
    ..UNICODE
};

const ASCII: Symbols = Symbols {
    done: "+",
    bad: "x",
    warn: "!",
    now: ">",
    later: ".",
    going: ">",
    turn: ["<", ">"],
    dot: "-",
    arrow: ">",
    up: "^",
    down: "v",
    full: "#",
    rest: ".",
    unchecked: "_",
    partly: "o",
    checked: "X",
    lit: "O",
    dark: ".",
    cut: "~",
    across: "-",
    upright: "|",
    corners: ["+", "+", "+", "+"],
    joints: ["+", "+", "+", "+", "+"],
    levels: &[" ", ".", ":", "|", "#"],
    halves: None,
};

impl Symbols {
    /// The set for a kind of terminal.
    pub fn of(charset: Charset) -> &'static Self {
        match charset {
            Charset::Ascii => &ASCII,
            Charset::Console => &CONSOLE,
            Charset::Unicode => &UNICODE,
        }
    }

    /// The level of a sparkline for a share of 0 to 1; anything above nothing is seen.
    pub fn level(&self, share: f64) -> &'static str {
        let top = self.levels.len().saturating_sub(1);
        if share <= 0.0 || share.is_nan() {
            return self.levels.first().copied().unwrap_or(" ");
        }
        let nth = (1..=top).find(|nth| share <= *nth as f64 / top as f64).unwrap_or(top);
        self.levels.get(nth).copied().unwrap_or(" ")
    }
}

#[cfg(test)]
mod tests {
    use ratatui::text::Span;

    use super::*;

    fn all(symbols: &Symbols) -> Vec<&'static str> {
        let mut all = vec![
            symbols.done,
            symbols.bad,
            symbols.warn,
            symbols.now,
            symbols.later,
            symbols.going,
            symbols.dot,
            symbols.arrow,
            symbols.up,
            symbols.down,
            symbols.full,
            symbols.rest,
            symbols.unchecked,
            symbols.partly,
            symbols.checked,
            symbols.lit,
            symbols.dark,
            symbols.cut,
            symbols.across,
            symbols.upright,
        ];
        all.extend(symbols.turn);
        all.extend(symbols.corners);
        all.extend(symbols.joints);
        all.extend(symbols.levels);
        all.extend(symbols.halves.into_iter().flatten());
        all
    }

    #[test]
    fn every_symbol_is_one_column_wide_so_that_columns_stay_aligned() {
        for charset in [Charset::Ascii, Charset::Console, Charset::Unicode] {
            for symbol in all(Symbols::of(charset)) {
                assert_eq!(Span::raw(symbol).width(), 1, "{charset:?} `{symbol}`");
            }
        }
        assert!(all(Symbols::of(Charset::Ascii)).iter().all(|symbol| symbol.is_ascii()));
    }

    #[test]
    fn a_level_rises_with_its_share() {
        let symbols = Symbols::of(Charset::Unicode);
        let levels: Vec<_> =
            [f64::NAN, 0.0, 0.001, 0.5, 0.99, 1.0, 7.0].map(|share| symbols.level(share)).into();
        assert_eq!(levels, [" ", " ", "▁", "▄", "█", "█", "█"]);
    }
}
