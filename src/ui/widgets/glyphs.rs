//! Large digits, for somebody two metres away: one bitmap font, in two sizes.

use ratatui::layout::Rect;

use crate::ui::symbols::Symbols;

/// Rows of a glyph in pixels.
const ROWS: usize = 5;

/// The pixels of a character, row by row, `#` for a set one; `None` for what the font does not have.
fn bitmap(c: char) -> Option<[&'static str; ROWS]> {
    Some(match c {
        '0' => ["###", "# #", "# #", "# #", "###"],
        '1' => ["## ", " # ", " # ", " # ", "###"],
        '2' => ["###", "  #", "###", "#  ", "###"],
        '3' => ["###", "  #", " ##", "  #", "###"],
        '4' => ["# #", "# #", "###", "  #", "  #"],
        '5' => ["###", "#  ", "###", "  #", "###"],
        '6' => ["###", "#  ", "###", "# #", "###"],
        '7' => ["###", "  #", "  #", "  #", "  #"],
        '8' => ["###", "# #", "###", "# #", "###"],
        '9' => ["###", "# #", "###", "  #", "###"],
        '.' => [" ", " ", " ", " ", "#"],
        '*' => ["     ", "# # #", " ### ", "# # #", "     "],
        '#' => [" # # ", "#####", " # # ", "#####", " # # "],
        _ => return None,
    })
}

/// Lines of [`small`].
pub const SMALL_LINES: u16 = 3;
/// Lines of [`large`].
pub const LARGE_LINES: u16 = 5;

/// A text of digits and dots in three lines; `None` if the font lacks one of its characters.
pub fn small(text: &str, symbols: &Symbols) -> Option<[String; 3]> {
    let Some([upper, lower, both]) = symbols.halves else { return seven_segments(text) };
    let mut lines: [String; 3] = Default::default();
    for (nth, c) in text.chars().enumerate() {
        let bitmap = bitmap(c)?;
        for (line, out) in lines.iter_mut().enumerate() {
            if nth > 0 {
                out.push(' ');
            }
            let above = bitmap[line * 2].bytes();
            let below = bitmap.get(line * 2 + 1).map(|row| row.bytes());
            let mut below = below.into_iter().flatten();
            for pixel in above {
                out.push_str(match (pixel, below.next().unwrap_or(b' ')) {
                    (b'#', b'#') => both,
                    (b'#', _) => upper,
                    (_, b'#') => lower,
                    _ => " ",
                });
            }
        }
    }
    Some(lines)
}

/// The same with underscores and bars, as on a pocket calculator.
fn seven_segments(text: &str) -> Option<[String; 3]> {
    let mut lines: [String; 3] = Default::default();
    for (nth, c) in text.chars().enumerate() {
        let rows = match c {
            '0' => [" _ ", "| |", "|_|"],
            '1' => ["   ", "  |", "  |"],
            '2' => [" _ ", " _|", "|_ "],
            '3' => [" _ ", " _|", " _|"],
            '4' => ["   ", "|_|", "  |"],
            '5' => [" _ ", "|_ ", " _|"],
            '6' => [" _ ", "|_ ", "|_|"],
            '7' => [" _ ", "  |", "  |"],
            '8' => [" _ ", "|_|", "|_|"],
            '9' => [" _ ", "|_|", " _|"],
            '.' => [" ", " ", "."],
            _ => return None,
        };
        for (out, row) in lines.iter_mut().zip(rows) {
            if nth > 0 && c != '.' {
                out.push(' ');
            }
            out.push_str(row);
        }
    }
    Some(lines)
}

/// A text of digits and dots in five lines, twice as large as [`small`].
pub fn larger(text: &str, symbols: &Symbols) -> Option<[String; ROWS]> {
    let mut lines: [String; ROWS] = Default::default();
    for (nth, c) in text.chars().enumerate() {
        for (out, row) in lines.iter_mut().zip(large(c, symbols)?) {
            if nth > 0 {
                out.push_str("  ");
            }
            out.push_str(&row);
        }
    }
    Some(lines)
}

/// One character in five lines, each pixel two columns wide.
pub fn large(c: char, symbols: &Symbols) -> Option<[String; ROWS]> {
    let both = symbols.halves.map_or("#", |[_, _, both]| both).repeat(2);
    let rows = bitmap(c)?;
    Some(rows.map(|row| row.chars().map(|pixel| if pixel == '#' { both.as_str() } else { "  " }).collect()))
}

/// A rectangle of that size in the middle of another, or what of it there is.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::symbols::Charset;
    use crate::ui::text::width;

    #[test]
    fn every_key_and_every_address_can_be_drawn_large() {
        for charset in [Charset::Ascii, Charset::Console, Charset::Unicode] {
            let symbols = Symbols::of(charset);
            for key in "123456789*0#".chars() {
                let lines = large(key, symbols).unwrap_or_else(|| panic!("no {key}"));
                assert!(lines.iter().all(|line| width(line) == width(&lines[0])), "{key}");
            }
            let lines = small("255.255.255.255", symbols).unwrap();
            assert!(lines.iter().all(|line| width(line) == width(&lines[0])), "{lines:?}");
            assert!(width(&lines[0]) <= 60);
        }
        assert_eq!(small("10.x", Symbols::of(Charset::Unicode)), None);
    }

    #[test]
    fn digits_read_as_digits() {
        let lines = small("1.9", Symbols::of(Charset::Unicode)).unwrap();
        assert_eq!(lines, ["▀█    █▀█", " █    ▀▀█", "▀▀▀ ▀ ▀▀▀"]);
        let lines = small("10", Symbols::of(Charset::Ascii)).unwrap();
        assert_eq!(lines, ["     _ ", "  | | |", "  | |_|"]);
    }
}
