//! The right to open low ports, and where the program's file lies.

use super::system;
use crate::preflight::Rights;

/// What this process may, and what could be granted to its file.
pub fn read() -> Rights {
    system::rights::read(super::own_path())
}
