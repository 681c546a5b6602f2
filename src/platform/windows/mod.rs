//! What Windows says of itself: the tables of its network stack, and its firewall.

pub(super) mod ports;
