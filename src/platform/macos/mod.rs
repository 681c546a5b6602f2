//! What macOS (and its relatives) say of themselves, through the tools that come with them.

pub(super) mod ports;
