//! Reading a release letter by letter: numbers within bounds, words without regard to case.

use super::version_error::{NameError, shown};

/// Largest number in a release. The largest one seen in public is 26, in a build tag.
pub(super) const MAX_NUMBER: u16 = 999;

/// Why reading stopped.
pub(super) enum Wrong {
    /// Something else than expected came.
    Shape,
    /// A number above [`MAX_NUMBER`].
    Number,
    /// The letters of a build tag.
    BuildTag,
}

impl Wrong {
    pub(super) fn about_release(self, text: &str) -> NameError {
        let text = shown(text);
        match self {
            Self::Shape => NameError::NotARelease { text },
            Self::Number => NameError::NumberTooLarge { text },
            Self::BuildTag => NameError::BuildTag { text },
        }
    }
}

/// What is still unread of a name.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.as_bytes() }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Step over `word`, without regard to case, if it is next.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        match self.rest.split_at_checked(word.len()) {
            Some((head, rest)) if head.eq_ignore_ascii_case(word.as_bytes()) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Step over `word` if it is next and a digit follows it: the `S` at the end of a name is no `SR`.
    pub(super) fn eat_before_digit(&mut self, word: &str) -> bool {
        self.rest.get(word.len()).is_some_and(u8::is_ascii_digit) && self.eat(word)
    }

    pub(super) fn number(&mut self) -> Result<u16, Wrong> {
        let digits = self.rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
        if digits == 0 {
            return Err(Wrong::Shape);
        }
        let (head, rest) = self.rest.split_at(digits);
        self.rest = rest;
        head.iter()
            .try_fold(0_u16, |sum, digit| {
                let sum = sum.checked_mul(10)?.checked_add(u16::from(digit - b'0'))?;
                (sum <= MAX_NUMBER).then_some(sum)
            })
            .ok_or(Wrong::Number)
    }
}
