//! One line of text that is being typed, with a cursor. Knows nothing of what the text means.

use super::key::Key;

/// Longest text that a field takes, in characters: longer than any path that a technician would type.
const LONGEST: usize = 1024;

/// A text field. The cursor stands between characters, `0..=length`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextField {
    text: String,
    /// In characters, not octets.
    cursor: usize,
}

impl TextField {
    /// A field with a text in it and the cursor behind it.
    pub fn with(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.chars().count(), text }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many characters stand before the cursor.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Put another text in, with the cursor behind it.
    pub fn set(&mut self, text: impl Into<String>) {
        *self = Self::with(text);
    }

    /// Put in what was typed or pasted, at the cursor. Control characters are left out: a pasted line end must not
    /// send a form.
    pub fn insert(&mut self, typed: &str) {
        for c in typed.chars().filter(|c| !c.is_control()) {
            if self.text.chars().count() >= LONGEST {
                return;
            }
            self.text.insert(self.octet(self.cursor), c);
            self.cursor += 1;
        }
    }

    /// Whether [`Self::edit`] would change something.
    pub fn takes(&self, key: Key) -> bool {
        match key {
            Key::Char(c) => !c.is_control() && self.text.chars().count() < LONGEST,
            Key::Left | Key::Home | Key::Backspace | Key::Ctrl('u') => self.cursor > 0,
            Key::Right | Key::End | Key::Delete => self.cursor < self.text.chars().count(),
            _ => false,
        }
    }

    /// Take an editing key; anything else changes nothing.
    pub fn edit(&mut self, key: Key) {
        if !self.takes(key) {
            return;
        }
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::Left => self.cursor -= 1,
            Key::Right => self.cursor += 1,
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = self.text.chars().count(),
            Key::Backspace => {
                self.cursor -= 1;
                self.text.remove(self.octet(self.cursor));
            }
            Key::Delete => {
                self.text.remove(self.octet(self.cursor));
            }
            // The whole line up to the cursor, as shells do it.
            Key::Ctrl('u') => {
                self.text.drain(..self.octet(self.cursor));
                self.cursor = 0;
            }
            _ => {}
        }
    }

    fn octet(&self, character: usize) -> usize {
        self.text.char_indices().nth(character).map_or(self.text.len(), |(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_typed_and_erased_at_the_cursor() {
        let mut field = TextField::default();
        field.insert("8.5(2)\r\n");
        for key in
            [Key::Left, Key::Backspace, Key::Char('3'), Key::Home, Key::Char('ü'), Key::Right, Key::Delete]
        {
            field.edit(key);
        }
        assert_eq!((field.text(), field.cursor()), ("ü85(3)", 2));
        field.edit(Key::Ctrl('u'));
        assert_eq!((field.text(), field.cursor()), ("5(3)", 0));
    }

    proptest! {
        #[test]
        fn a_field_changes_by_exactly_the_keys_that_it_takes(
            text in "[a-zä€]{0,6}",
            keys in prop::collection::vec(prop::sample::select(vec![
                Key::Char('é'), Key::Left, Key::Right, Key::Home, Key::End, Key::Backspace, Key::Delete,
                Key::Ctrl('u'), Key::Up, Key::Enter,
            ]), 0..20),
        ) {
            let mut field = TextField::with(text);
            for key in keys {
                let before = field.clone();
                let takes = field.takes(key);
                field.edit(key);
                prop_assert_eq!(field != before, takes, "{} in {:?}", key, before);
                prop_assert!(field.cursor() <= field.text().chars().count());
            }
        }
    }
}
