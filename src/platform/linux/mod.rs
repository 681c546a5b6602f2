//! What Linux says of itself: `/proc`, netlink, and the tools of its firewalls.

pub(super) mod ports;
