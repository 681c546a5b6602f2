//! The report as one page of HTML that stands by itself: styles and pictures are in it, nothing is fetched, and no
//! script runs. It follows the reader's choice of light or dark, and prints in black on white.

mod axis;
mod body;
mod throughput;
mod timeline;

use std::fmt::Write as _;

use super::{Report, SiteReport};
use crate::error::printable;
use crate::timestamp::Timestamp;

const STYLE: &str = include_str!("style.css");
/// Longest text from outside that is shown.
const LONGEST: usize = 400;

/// The page of one session.
pub(super) fn session(report: &Report) -> String {
    let mut page = Page::begin(&body::title(report));
    body::write(&mut page, report, 1);
    page.end()
}

/// The page of several sessions: all phones first, then each session.
pub(super) fn site(site: &SiteReport) -> String {
    let title = body::site_title(site);
    let mut page = Page::begin(&title);
    body::write_site(&mut page, site, &title);
    for report in &site.sessions {
        page.open("section class=\"session\"");
        body::write(&mut page, report, 2);
        page.close("section");
    }
    page.end()
}

/// A page that is being written. Everything that is not markup of this module goes through [`escaped`].
struct Page {
    out: String,
}

impl Page {
    fn begin(title: &str) -> Self {
        let mut page = Self { out: String::new() };
        page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        // Nothing may be fetched, whatever a text from outside contains.
        page.raw(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
        );
        page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
        let _ = writeln!(page.out, "<title>{}</title>", escaped(title));
        let _ = write!(page.out, "<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n");
        page
    }

    fn end(mut self) -> String {
        self.raw("</main>\n</body>\n</html>\n");
        self.out
    }

    /// Markup as it is.
    fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    fn open(&mut self, tag: &str) {
        let _ = writeln!(self.out, "<{tag}>");
    }

    fn close(&mut self, tag: &str) {
        let _ = writeln!(self.out, "</{tag}>");
    }

    /// An element with a text. `tag` may carry attributes.
    fn text(&mut self, tag: &str, text: &str) {
        let name = tag.split(' ').next().unwrap_or(tag);
        let _ = writeln!(self.out, "<{tag}>{}</{name}>", with_code(&escaped(text)));
    }
}

/// Text made safe inside an element and inside a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text, LONGEST).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// What stands between backticks as code. The text is escaped already.
fn with_code(escaped: &str) -> String {
    let parts: Vec<&str> = escaped.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped.to_owned(); // one backtick too many: not markup
    }
    let part = |(n, part): (usize, &&str)| {
        if n % 2 == 1 { format!("<code>{part}</code>") } else { (*part).to_owned() }
    };
    parts.iter().enumerate().map(part).collect()
}

/// `2026-11-23 12:45:01`, in UTC.
fn when(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {}", text.get(..10).unwrap_or_default(), clock(at))
}

/// `12:45:01`.
fn clock(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(
            escaped("<img src=x onerror=\"a('b')\">&"),
            "&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;"
        );
        assert_eq!(escaped("a\u{202e}b"), "a\u{fffd}b");
        assert_eq!(with_code("try `--plain` or `x`"), "try <code>--plain</code> or <code>x</code>");
        assert_eq!(with_code("one ` alone"), "one ` alone");
    }
}
