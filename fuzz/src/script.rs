//! An input read as a script: numbers and pieces of it, and zeros after its end.

/// What is left of an input.
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    /// Whether nothing is left.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next octet.
    pub(crate) fn octet(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// The next two octets as a number.
    pub(crate) fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.octet(), self.octet()])
    }

    /// A piece whose length is the next octet.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.octet());
        self.take(length)
    }

    /// A piece whose length is the next two octets.
    pub(crate) fn long_piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.number());
        self.take(length)
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (piece, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        piece
    }
}
