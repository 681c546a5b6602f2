//! Plain text for people, 80 columns wide: headings, paragraphs, numbered steps, labelled lines. No colour, no
//! symbols that a console may lack, so that it reads the same on a screen, in a file and in a ticket.

use std::io::{self, Write};

/// Columns of a page.
pub const WIDTH: usize = 80;

/// Writes laid-out text. One blank line stands between two blocks, and none at the beginning or the end.
#[derive(Debug)]
pub struct Page<W> {
    out: W,
    is_empty: bool,
}

impl<W: Write> Page<W> {
    /// An empty page.
    pub fn new(out: W) -> Self {
        Self { out, is_empty: true }
    }

    /// Begin a block: a blank line, except at the top.
    pub fn gap(&mut self) -> io::Result<()> {
        if !self.is_empty {
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// A heading, with a blank line before it.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        self.gap()?;
        self.hanging("", 0, text)
    }

    /// A paragraph that begins `indent` columns from the left.
    pub fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.hanging(&" ".repeat(indent), indent, text)
    }

    /// A line that is to be typed or copied as it is, however long: breaking it would break it.
    pub fn verbatim(&mut self, indent: usize, line: &str) -> io::Result<()> {
        self.is_empty = false;
        writeln!(self.out, "{:indent$}{line}", "")
    }

    /// A text behind a lead such as `  1. ` or `  Lamps  `; its further lines begin at column `indent`.
    pub fn hanging(&mut self, lead: &str, indent: usize, text: &str) -> io::Result<()> {
        self.is_empty = false;
        let mut line = format!("{lead:<indent$}");
        let mut is_fresh = true;
        for word in text.split_whitespace() {
            let room = WIDTH.saturating_sub(line.chars().count() + usize::from(!is_fresh));
            if !is_fresh && word.chars().count() > room {
                writeln!(self.out, "{}", line.trim_end())?;
                line = " ".repeat(indent);
                is_fresh = true;
            }
            if !is_fresh {
                line.push(' ');
            }
            line.push_str(word);
            is_fresh = false;
        }
        writeln!(self.out, "{}", line.trim_end())
    }
}

/// A number with a comma between each three digits: `5,214,755`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(write: impl FnOnce(&mut Page<&mut Vec<u8>>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Page::new(&mut out)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_hangs_behind_its_lead() {
        let text = page(|page| {
            page.heading("One")?;
            page.hanging("  1. ", 5, &"word ".repeat(20))?;
            page.heading("Two")
        });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "One");
        assert!(lines[1].starts_with("  1. word word") && lines[2].starts_with("     word"), "{text}");
        assert_eq!(lines[3..], ["", "Two"]);
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!([0, 999, 1000, 5_214_755].map(grouped), ["0", "999", "1,000", "5,214,755"]);
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_is_too_wide(words in prop::collection::vec("[a-zé]{1,30}", 0..60), indent in 0..20_usize) {
            let text = page(|page| page.paragraph(indent, &words.join(" ")));
            prop_assert_eq!(text.split_whitespace().collect::<Vec<_>>(), words);
            prop_assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{}", text);
        }
    }
}
