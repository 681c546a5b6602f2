//! What Linux says of itself: `/proc`, netlink, and the tools of its firewalls.

pub(super) mod dhcp_client;
pub(super) mod firewall;
pub(super) mod neighbours;
pub(super) mod origins;
pub(super) mod ports;
pub(super) mod rights;
