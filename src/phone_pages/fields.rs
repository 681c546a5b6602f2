//! Names and values out of a page that may be broken: XML elements, or the cells of an HTML table.

use std::collections::BTreeMap;

use crate::error::printable;

/// Longest value that is kept, in characters.
const LONGEST_VALUE: usize = 80;
/// Fields of one page that are looked at; the longest page of a phone has some sixty.
const MOST_FIELDS: usize = 400;

/// The fields of a page, by name: lower case, letters and digits only, so that `App Load ID` is `apploadid`.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Read whatever is there. The first value of a name counts.
    pub(super) fn read(page: &[u8]) -> Self {
        let text = decode(page);
        let mut fields = Self::default();
        let mut cells: Vec<String> = Vec::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find('<') {
            let (before, tag) = rest.split_at(at);
            cells.extend(value(before));
            if cells.len() > MOST_FIELDS {
                break;
            }
            let (tag, after) = tag[1..].split_once('>').unwrap_or((&tag[1..], ""));
            rest = after;
            let name = fold(tag.split_whitespace().next().unwrap_or_default());
            if tag.starts_with('/') || name.is_empty() {
                continue;
            }
            // Up to the next tag, whichever it is: a closing tag that is missing costs nothing but itself.
            if let Some(value) = value(after.split('<').next().unwrap_or_default()) {
                fields.put(name, value);
            }
        }
        // In HTML the name is a cell of its own, and the next one that is not empty is its value.
        for pair in cells.windows(2) {
            fields.put(fold(&pair[0]), pair[1].clone());
        }
        fields
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn put(&mut self, name: String, value: String) {
        if self.0.len() < 2 * MOST_FIELDS && !name.is_empty() {
            self.0.entry(name).or_insert(value);
        }
    }
}

/// `None` for one that says nothing.
fn value(raw: &str) -> Option<String> {
    let text = entities(raw);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}' || c == ':');
    (!text.is_empty()).then(|| printable(text, LONGEST_VALUE))
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(LONGEST_VALUE)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// The five entities of XML and the blank of HTML; others stay as they are written.
fn entities(text: &str) -> String {
    const KNOWN: [(&str, &str); 6] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&nbsp;", " "), ("&amp;", "&")];
    let cut: String = text.chars().take(LONGEST_VALUE * 8).collect();
    KNOWN.iter().fold(cut, |text, (entity, sign)| text.replace(entity, sign))
}

/// UTF-16 with its mark, UTF-8, or else ISO 8859-1, in which every octet is a character. What the page declares does
/// not count: some phones declare one and send the other.
fn decode(page: &[u8]) -> String {
    let units = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = page[2..].chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match page {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => match std::str::from_utf8(page) {
            Ok(text) => text.to_owned(),
            Err(_) => page.iter().map(|&octet| char::from(octet)).collect(),
        },
    }
}
