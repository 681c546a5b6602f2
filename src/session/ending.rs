//! When a session ends by itself, and how it ended.

/// What the session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Only the technician ends it.
    Interrupted,
    /// It ends when so many phones are back.
    Back(usize),
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// What it waited for has come.
    Done,
    /// Ctrl-C, or the system ends the program.
    Interrupted,
    /// The server stopped by a fault of its own, or of the system's.
    Stopped,
}
