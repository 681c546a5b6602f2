//! The phone's keypad with the key to press now, the code as far as it is keyed in, the lamps as they blink, and the
//! time that the phone still waits. Made to be read from two metres away, with one hand on a phone.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::lamps::{self, Lit};
use crate::ui::widgets::{bar, glyphs};

/// Keys of the pad, row by row.
const PAD: [[char; 3]; 4] = [['1', '2', '3'], ['4', '5', '6'], ['7', '8', '9'], ['*', '0', '#']];
/// Lines and columns of the pad with its frame.
pub const TALL: u16 = 9;
const PAD_COLUMNS: u16 = 19;
/// The same without.
const SHORT: u16 = 4;
const SHORT_COLUMNS: u16 = 11;
/// Columns for the key to press, large.
const LARGE_COLUMNS: u16 = 14;

/// How far a part of the procedure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It was done.
    Past,
    /// It is to be done now.
    Now,
    /// It comes later.
    Later,
}

/// What the technician is to do at this moment.
#[derive(Debug, Clone)]
pub struct Keypad<'a> {
    /// The steps before the code, in order.
    pub steps: Vec<(&'a str, Turn)>,
    /// The keys of the code, in order.
    pub code: Vec<(char, Turn)>,
    /// The key to press now.
    pub press: Option<char>,
    /// Whether it is held, not pressed once.
    pub hold: bool,
    /// What the lamps do now, and the same in words.
    pub lamps: Option<(Lit, &'a str)>,
    /// Seconds that the phone still waits for the code, and those that it waits in all.
    pub window: Option<(u64, u64)>,
    /// What to beware of before power is touched, one line each.
    pub cautions: Vec<&'a str>,
    /// What comes after the code.
    pub afterwards: &'a str,
    /// The time, in milliseconds: lamps blink by it.
    pub millis: u64,
}

impl Keypad<'_> {
    fn is_keying(&self) -> bool {
        self.code.iter().any(|(_, turn)| *turn == Turn::Now)
    }

    fn is_done(&self) -> bool {
        self.code.iter().all(|(_, turn)| *turn == Turn::Past)
    }

    /// What to do now, in a sentence.
    fn action(&self) -> String {
        if let (true, Some(key)) = (self.is_keying(), self.press) {
            return format!("Press {} now.", spelled(key));
        }
        match self.steps.iter().find(|(_, turn)| *turn == Turn::Now) {
            Some((step, _)) => (*step).to_owned(),
            None => self.afterwards.to_owned(),
        }
    }
}

/// A key as it is said: nobody calls `*` an asterisk.
fn spelled(key: char) -> String {
    match key {
        '*' => "* (star)".to_owned(),
        '#' => "# (hash)".to_owned(),
        key => key.to_string(),
    }
}

/// Draw the pad at the left, the key to press large beside it, and the words at the right.
pub fn draw(frame: &mut Frame<'_>, area: Rect, keypad: &Keypad<'_>, theme: &Theme) {
    let area = area.intersection(frame.area());
    let (pad_columns, framed) = match () {
        () if area.height >= TALL && area.width >= PAD_COLUMNS + 24 => (PAD_COLUMNS, true),
        () if area.height >= SHORT && area.width >= SHORT_COLUMNS + 24 => (SHORT_COLUMNS, false),
        () => (0, false),
    };
    let mut x = area.x;
    if pad_columns > 0 {
        let pad = Rect { width: pad_columns, ..area };
        if framed {
            draw_framed(frame, pad, keypad, theme);
        } else {
            draw_short(frame, pad, keypad, theme);
        }
        x += pad_columns + 3;
    }
    let left = area.right().saturating_sub(x);
    if framed && keypad.press.is_some() && left >= LARGE_COLUMNS + 24 {
        draw_large(frame, Rect { x, width: LARGE_COLUMNS, ..area }, keypad, theme);
        x += LARGE_COLUMNS + 2;
    }
    let words = Rect { x, width: area.right().saturating_sub(x), ..area };
    draw_words(&mut Column::new(frame, words, theme), keypad);
}

fn key_style(key: char, keypad: &Keypad<'_>, theme: &Theme) -> Style {
    if keypad.press == Some(key) {
        theme.selected.patch(theme.progress).patch(theme.heading)
    } else {
        Style::new()
    }
}

fn draw_framed(frame: &mut Frame<'_>, area: Rect, keypad: &Keypad<'_>, theme: &Theme) {
    let symbols = theme.symbols;
    let across = symbols.across.repeat(5);
    let [from_below, from_above, from_right, from_left, crossing] = symbols.joints;
    let [top_left, top_right, bottom_left, bottom_right] = symbols.corners;
    let rule =
        |[left, middle, right]: [&str; 3]| format!("{left}{across}{middle}{across}{middle}{across}{right}");
    let mut column = Column::new(frame, area, theme);
    for (nth, keys) in PAD.iter().enumerate() {
        let ends =
            if nth == 0 { [top_left, from_below, top_right] } else { [from_right, crossing, from_left] };
        column.line(Span::styled(rule(ends), theme.rule));
        let mut spans = vec![Span::styled(symbols.upright, theme.rule)];
        for key in keys {
            spans.push(Span::styled(format!("  {key}  "), key_style(*key, keypad, theme)));
            spans.push(Span::styled(symbols.upright, theme.rule));
        }
        column.line(Line::from(spans));
    }
    column.line(Span::styled(rule([bottom_left, from_above, bottom_right]), theme.rule));
}

fn draw_short(frame: &mut Frame<'_>, area: Rect, keypad: &Keypad<'_>, theme: &Theme) {
    let mut column = Column::new(frame, area, theme);
    for keys in PAD {
        let mut spans = Vec::new();
        for key in keys {
            let [left, right] = if keypad.press == Some(key) { ["[", "]"] } else { [" ", " "] };
            spans.push(Span::styled(format!("{left}{key}{right}"), key_style(key, keypad, theme)));
            spans.push(Span::raw(" "));
        }
        column.line(Line::from(spans));
    }
}

fn draw_large(frame: &mut Frame<'_>, area: Rect, keypad: &Keypad<'_>, theme: &Theme) {
    let Some(key) = keypad.press else { return };
    let Some(lines) = glyphs::large(key, theme.symbols) else { return };
    let style = theme.progress.patch(theme.heading);
    let mut column = Column::new(frame, area, theme);
    let middle = |line: &str| " ".repeat(usize::from(LARGE_COLUMNS).saturating_sub(text::width(line)) / 2);
    let title = if keypad.hold { "HOLD" } else { "PRESS" };
    column.line(Span::styled(format!("{}{title}", middle(title)), theme.heading));
    column.gap();
    for line in &lines {
        column.line(Span::styled(format!("{}{line}", middle(line)), style));
    }
}

fn draw_words(column: &mut Column<'_, '_>, keypad: &Keypad<'_>) {
    let theme = column.theme;
    let keying = keypad.is_keying();
    // All steps where they fit; otherwise the one that counts.
    let all: usize =
        keypad.steps.iter().map(|(step, _)| text::wrap(step, column.width().saturating_sub(4)).len()).sum();
    let lamps = if keypad.lamps.is_some() { 3 } else { 0 };
    let cautions = if keypad.press.is_none() { keypad.cautions.len() } else { 0 };
    if all + 4 + lamps + cautions <= column.lines_left().into() {
        draw_steps(column, keypad);
    } else {
        column.text(&keypad.action(), theme.heading, if keying { 1 } else { 3 });
    }
    column.gap_if_room(3);
    column.line(code(keypad, theme));
    if let Some((_, all)) = keypad.window.filter(|_| !keying && !keypad.is_done()) {
        column.text(&format!("The phone waits {all} s for the code."), theme.hint, 2);
    }
    if let Some((left, all)) = keypad.window.filter(|_| keying) {
        let words = format!(" {left} s left");
        let columns = column.width().saturating_sub(text::width(&words)).min(24);
        let style = if left * 3 <= all { theme.bad } else { theme.progress };
        let [full, rest] = bar::spans(left as f64 / all.max(1) as f64, columns, style, theme);
        column.line(Line::from(vec![full, rest, Span::styled(words, style)]));
    }
    if let Some((lit, words)) = keypad.lamps {
        column.gap_if_room(3);
        column.line(Line::from(lamps::spans(lit, keypad.millis, theme)));
        column.text(words, Style::new(), 2);
    }
    if keypad.press.is_none() && !keypad.is_done() {
        for caution in &keypad.cautions {
            column.hanging(
                Span::styled(format!("{} ", theme.symbols.warn), theme.warn),
                caution,
                theme.warn,
                2,
            );
        }
    }
}

fn draw_steps(column: &mut Column<'_, '_>, keypad: &Keypad<'_>) {
    let theme = column.theme;
    let symbols = theme.symbols;
    let code_turn = match () {
        () if keypad.is_done() => Turn::Past,
        () if keypad.is_keying() => Turn::Now,
        () => Turn::Later,
    };
    let last = match keypad.press.filter(|_| code_turn == Turn::Now) {
        Some(key) => format!("Key in the code: press {} now.", spelled(key)),
        None => "Key in the code.".to_owned(),
    };
    let steps = keypad.steps.iter().map(|(step, turn)| (*step, *turn)).chain([(last.as_str(), code_turn)]);
    for (step, turn) in steps {
        let (mark, mark_style, style) = match turn {
            Turn::Past => (symbols.done, theme.good, Style::new()),
            Turn::Now => (symbols.now, theme.progress, theme.heading),
            Turn::Later => (symbols.later, Style::new(), Style::new()),
        };
        column.hanging(Span::styled(format!("{mark} "), mark_style), step, style, 3);
    }
    if keypad.is_done() {
        column.text(keypad.afterwards, theme.heading, 3);
    }
}

/// The code with the key of now between brackets: ` 1  2  3 [4] 5 `.
fn code(keypad: &Keypad<'_>, theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    let mut after_now = false;
    for (key, turn) in &keypad.code {
        let (left, style) = match turn {
            Turn::Past => (" ", theme.good),
            Turn::Now => ("[", theme.selected),
            Turn::Later => (" ", Style::new()),
        };
        let left = if after_now { "]" } else { left };
        after_now = *turn == Turn::Now;
        spans.push(Span::raw(left));
        spans.push(Span::styled(key.to_string(), style));
    }
    spans.push(Span::raw(if after_now { "]" } else { " " }));
    if keypad.is_done() {
        spans.push(Span::styled(format!(" {}", theme.symbols.done), theme.good));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keying(at: usize) -> Keypad<'static> {
        let turn = |nth: usize| match nth.cmp(&at) {
            std::cmp::Ordering::Less => Turn::Past,
            std::cmp::Ordering::Equal => Turn::Now,
            std::cmp::Ordering::Greater => Turn::Later,
        };
        let code: Vec<_> = "123456789*0#".chars().enumerate().map(|(nth, key)| (key, turn(nth))).collect();
        let press = code.iter().find(|(_, turn)| *turn == Turn::Now).map(|(key, _)| *key);
        Keypad {
            steps: vec![("Hold # down.", Turn::Past)],
            code,
            press,
            hold: false,
            lamps: None,
            window: Some((42, 60)),
            cautions: vec![],
            afterwards: "Wait.",
            millis: 0,
        }
    }

    #[test]
    fn the_key_of_now_stands_between_brackets_so_that_no_colour_is_needed() {
        let theme = Theme::default();
        assert_eq!(code(&keying(0), &theme).to_string(), "[1]2 3 4 5 6 7 8 9 * 0 # ");
        assert_eq!(code(&keying(9), &theme).to_string(), " 1 2 3 4 5 6 7 8 9[*]0 # ");
        assert_eq!(code(&keying(12), &theme).to_string(), " 1 2 3 4 5 6 7 8 9 * 0 #  ✓");
        assert_eq!(keying(9).action(), "Press * (star) now.");
    }
}
