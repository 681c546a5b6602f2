//! What differs from one operating system to the next, and the one place where clocks are read.
//!
//! Every function has a Windows, a Linux and a macOS form; nothing outside this room asks which system it is.

pub mod clock;
pub mod dhcp_client;
pub mod keys;
pub mod signals;
pub mod sockets;
