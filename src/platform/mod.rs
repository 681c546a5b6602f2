//! What differs from one operating system to the next, and the one place where clocks are read.
//!
//! Every function has a Windows, a Linux and a macOS form; nothing outside this room asks which system it is.

pub mod clock;
pub mod keys;
pub mod ports;
pub mod signals;
pub mod sockets;

#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod system;

#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;

#[cfg(not(any(target_os = "linux", windows)))]
#[path = "macos/mod.rs"]
mod system;
