//! What every error that a user can meet carries beside its message: a stable code, and what to do now.
//!
//! Deliberately without any rendering of its own: fronts turn an [`Advice`] into a line, a panel or JSON.

pub mod codes;

/// An error with a name that never changes and with the next step for the technician.
///
/// `Display` says what happened, in one lower-case line without a full stop.
pub trait Advice: std::error::Error {
    /// Stable, kebab-case, listed in [`codes::CODES`]: names the section of `docs/TROUBLESHOOTING.md` and the `code`
    /// field of JSON output.
    fn code(&self) -> &'static str;

    /// What to do now, likeliest fix first; each line is one thing to do.
    fn advice(&self) -> Vec<String>;
}

/// Text from outside (a packet, an archive) made safe to print or log: control characters become `\u{fffd}`,
/// and what is longer than `limit` characters ends in `…`.
///
/// A terminal obeys escape sequences wherever they come from, so every front passes foreign text through here.
pub fn printable(text: &str, limit: usize) -> String {
    let clean = |c: char| if c.is_control() || is_invisible(c) { '\u{fffd}' } else { c };
    let mut out: String = text.chars().take(limit).map(clean).collect();
    if text.chars().nth(limit).is_some() {
        out.push('…');
    }
    out
}

/// Characters that reorder or hide text: bidirectional controls, zero-width marks, the byte order mark.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_move_the_cursor_or_grow_without_bound() {
        assert_eq!(printable("a\x1b[2Jb\u{202e}c", 80), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("abc", 3), "abc");
    }
}
