//! What Windows says of itself: its console, the tables of its network stack, its firewall.

pub(super) mod console;
pub(super) mod dhcp_client;
pub(super) mod firewall;
pub(super) mod neighbours;
pub(super) mod origins;
pub(super) mod ports;
pub(super) mod rights;

/// How long a type is, in octets, as Windows wants to be told.
#[expect(clippy::cast_possible_truncation, reason = "nothing that Windows is handed has 4 GB")]
pub(super) const fn length_of<T>() -> u32 {
    size_of::<T>() as u32
}
