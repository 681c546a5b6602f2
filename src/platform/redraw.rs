//! Whether lines on the terminal can be drawn over.

use std::io::{self, IsTerminal as _};

/// Whether stderr is a terminal that moves its cursor when it is told to. Windows' own console does so only once that is
/// switched on, and prints the orders as text before.
pub fn is_possible() -> bool {
    io::stderr().is_terminal() && takes_orders()
}

#[cfg(windows)]
fn takes_orders() -> bool {
    crossterm::ansi_support::supports_ansi()
}

#[cfg(not(windows))]
fn takes_orders() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}
