//! What macOS (and its relatives) say of themselves, through the tools that come with them.

pub(super) mod dhcp_client;
pub(super) mod firewall;
pub(super) mod neighbours;
pub(super) mod origins;
pub(super) mod ports;
pub(super) mod rights;
