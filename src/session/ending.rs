//! How a session ended.

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
