//! What differs from one operating system to the next, and the one place where clocks are read.
//!
//! Every function has a Windows, a Linux and a macOS form; nothing outside this room asks which system it is.

pub mod address;
pub mod clock;
pub mod console;
pub mod datagrams;
pub mod dhcp_client;
pub mod firewall;
pub mod keys;
pub mod neighbours;
#[cfg(unix)]
mod no_rule;
pub mod origins;
pub mod ports;
pub mod redraw;
pub mod rights;
pub mod signals;
pub mod sockets;
#[cfg(unix)]
mod tool;

use crate::preflight::System;

/// The system that this program runs on.
pub fn this() -> System {
    if cfg!(windows) {
        System::Windows
    } else if cfg!(target_os = "linux") {
        System::Linux
    } else {
        System::MacOs
    }
}

/// The path of this program's own file, as the system knows it; its bare name where it does not.
pub fn own_path() -> String {
    let path = std::env::current_exe();
    path.map_or_else(|_| "loadlift".to_owned(), |path| path.to_string_lossy().into_owned())
}

/// Whether a test runs under Wine (`.ci/wine` says so), which answers some questions otherwise than Windows does.
#[cfg(test)]
pub(crate) fn under_wine() -> bool {
    std::env::var_os("LOADLIFT_UNDER_WINE").is_some()
}

#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod system;

#[cfg(windows)]
#[path = "windows/mod.rs"]
mod system;

#[cfg(not(any(target_os = "linux", windows)))]
#[path = "macos/mod.rs"]
mod system;
