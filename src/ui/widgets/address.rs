//! The address that option 150 must name, large: somebody else may have to read it across the room.

use std::net::Ipv4Addr;

use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::glyphs;

/// Draw the address in large digits if they fit, and below it the same in hexadecimal, as some servers want it.
pub fn draw(column: &mut Column<'_, '_>, address: Ipv4Addr) {
    let theme = column.theme;
    let text = address.to_string();
    let fits = |lines: &[String], least: u16| {
        lines.iter().all(|line| text::width(line) + 2 <= column.width()) && column.lines_left() >= least
    };
    let small = glyphs::small(&text, theme.symbols).map(Vec::from).filter(|lines| fits(lines, 5));
    let larger = glyphs::larger(&text, theme.symbols).map(Vec::from).filter(|lines| fits(lines, 30));
    for line in larger.or(small).unwrap_or_default() {
        column.line(Line::from(Span::styled(format!("  {line}"), theme.progress.patch(theme.heading))));
    }
    column.gap_if_room(24);
    column.line(Line::from(format!("  {address}   in hexadecimal {}", hexadecimal(address))));
}

/// `0A010105`.
pub fn hexadecimal(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("{a:02X}{b:02X}{c:02X}{d:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hexadecimal_form_has_eight_digits() {
        assert_eq!(hexadecimal(Ipv4Addr::new(10, 1, 1, 5)), "0A010105");
    }
}
