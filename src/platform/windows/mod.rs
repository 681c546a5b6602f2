//! What Windows says of itself: its console, the tables of its network stack, its firewall.

pub(super) mod console;
pub(super) mod dhcp_client;
pub(super) mod firewall;
pub(super) mod neighbours;
pub(super) mod origins;
pub(super) mod ports;
pub(super) mod rights;
