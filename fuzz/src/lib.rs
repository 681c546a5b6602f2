//! What is tried with octets from anywhere, one function a target. A broken promise is a panic, which the fuzzer and
//! `tests/corpus.rs` both report.

pub mod archive;
pub mod bench;
pub mod dhcp;
pub mod endpoint;
pub mod load;
pub mod log;
pub mod packet;
pub mod pages;
mod script;

/// A target: its name, as the folder of its corpus has it, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("packet", packet::check),
    ("endpoint", endpoint::check),
    ("dhcp", dhcp::check),
    ("bench", bench::check),
    ("pages", pages::check),
    ("archive", archive::check),
    ("load", load::check),
    ("log", log::check),
];
