//! A list of phones as people write it: a MAC a line, with its model behind it where that is known. Pure: reading the
//! file is the shell's business.

use super::mac::Mac;
use crate::error::{Advice, printable};

/// Phones that a list can have; more is a mistake.
pub const MAX_LISTED: usize = 2000;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The phone.
    pub mac: Mac,
    /// What stands behind it: its model, as somebody calls it.
    pub model: Option<String>,
}

/// Why a text is no list of phones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// A line without a MAC.
    #[error("line {line} of the list of phones is not a MAC address: `{text}`")]
    NotAMac {
        /// Counted from 1.
        line: usize,
        /// What stands there, printable.
        text: String,
    },
    /// The same phone twice with different models.
    #[error("line {line} of the list of phones has {mac} with another model than before")]
    Twice {
        /// Counted from 1.
        line: usize,
        /// The phone.
        mac: Mac,
    },
    /// No line with a MAC.
    #[error("the list of phones is empty")]
    Empty,
    /// More lines than anybody means.
    #[error("the list of phones is longer than {MAX_LISTED} lines")]
    TooLong,
}

impl Advice for ListError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAMac { .. } => "phones-not-a-mac",
            Self::Twice { .. } => "phones-twice",
            Self::Empty => "phones-empty",
            Self::TooLong => "phones-too-long",
        }
    }

    fn advice(&self) -> Vec<String> {
        vec![
            "Write one phone a line: its MAC as on the label, and its model behind it, like `001B2AAA0001 7945`."
                .into(),
        ]
    }
}

/// Read a list. `#` begins a remark; a first line with headings is passed over; `SEP` before a MAC is allowed.
pub fn parse(text: &str) -> Result<Vec<Listed>, ListError> {
    let mut found: Vec<Listed> = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let content = line.split('#').next().unwrap_or_default().trim();
        let mut words = content
            .split([' ', '\t', ',', ';'])
            .map(|word| word.trim_matches('"'))
            .filter(|word| !word.is_empty());
        let Some(first) = words.next() else { continue };
        let bare = first.strip_prefix("SEP").or_else(|| first.strip_prefix("sep")).unwrap_or(first);
        let Ok(mac) = bare.parse::<Mac>() else {
            if found.is_empty() && first.to_ascii_lowercase().starts_with("mac") {
                continue;
            }
            return Err(ListError::NotAMac { line: index + 1, text: printable(content, 40) });
        };
        let model = words.next().map(|model| printable(model, 20));
        let is_full = found.len() >= MAX_LISTED;
        match found.iter_mut().find(|known| known.mac == mac) {
            Some(known) if known.model.is_some() && model.is_some() && known.model != model => {
                return Err(ListError::Twice { line: index + 1, mac });
            }
            Some(known) => known.model = known.model.take().or(model),
            None if is_full => return Err(ListError::TooLong),
            None => found.push(Listed { mac, model }),
        }
    }
    if found.is_empty() { Err(ListError::Empty) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_is_read_as_people_write_it() {
        let text = "MAC;Model\n# the third floor\n001B2AAA0001 7945\n00:1b:2a:aa:00:02,\"CP-7965G\"\n\nSEP001B2AAA0003 # by the door\n001B2AAA0001\n";
        let found = parse(text).unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.mac.to_string(), one.model.as_deref())).collect();
        let expected = [
            ("001B2AAA0001".to_owned(), Some("7945")),
            ("001B2AAA0002".to_owned(), Some("CP-7965G")),
            ("001B2AAA0003".to_owned(), None),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_no_list_is_named_with_its_line() {
        let wrong = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(
            wrong("001B2AAA0001\n7945\n"),
            "line 2 of the list of phones is not a MAC address: `7945`"
        );
        assert_eq!(parse("# nothing\n"), Err(ListError::Empty));
        assert!(wrong("001B2AAA0001 7945\n001B2AAA0001 7965\n").starts_with("line 2"));
        let long: Vec<String> = (0..=MAX_LISTED).map(|n| format!("00000000{n:04X}")).collect();
        assert_eq!(parse(&long.join("\n")), Err(ListError::TooLong));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
