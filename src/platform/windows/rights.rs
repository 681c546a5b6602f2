//! Windows reserves no low ports for anybody.

use crate::preflight::{LowPorts, Rights};

pub(in crate::platform) fn read(program: String) -> Rights {
    Rights { program, low_ports: LowPorts::Free, mount: None }
}
