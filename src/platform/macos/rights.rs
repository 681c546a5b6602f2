//! The right to open low ports: a single address needs root, though the wildcard needs no right since macOS 10.14.

use crate::preflight::{LowPorts, Rights};

pub(in crate::platform) fn read(program: String) -> Rights {
    let root = rustix::process::geteuid().is_root();
    let low_ports = if root { LowPorts::Root } else { LowPorts::Not(Some(1024)) };
    Rights { program, low_ports, mount: None }
}
