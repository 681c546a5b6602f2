//! The documents are true: links lead somewhere, commands are ones that the program has, every error has its section,
//! and what is made from the assets is what they give.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

#[path = "documents/bounds.rs"]
mod bounds;
#[path = "documents/cargo_lines.rs"]
mod cargo_lines;
#[path = "documents/commands.rs"]
mod commands;
#[path = "documents/data_only.rs"]
mod data_only;
#[path = "documents/dhcp.rs"]
mod dhcp;
#[path = "documents/links.rs"]
mod links;
#[path = "documents/markdown.rs"]
mod markdown;
#[path = "documents/renew.rs"]
mod renew;
#[path = "documents/scan.rs"]
mod scan;
#[path = "documents/shell.rs"]
mod shell;
#[path = "documents/troubleshooting.rs"]
mod troubleshooting;
