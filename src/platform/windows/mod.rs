//! What Windows says of itself: the tables of its network stack, and its firewall.

pub(super) mod dhcp_client;
pub(super) mod firewall;
pub(super) mod neighbours;
pub(super) mod origins;
pub(super) mod ports;
pub(super) mod rights;
