//! What the application firewall of macOS says.

use std::process::{Command, Stdio};

pub(in crate::platform) use crate::platform::no_rule::{close, open, own_rule};
use crate::preflight::firewall::{Firewall, MacFirewall, Told, Untold};

const TOOL: &str = "/usr/libexec/ApplicationFirewall/socketfilterfw";

pub(in crate::platform) fn read(_: &str, program: &str) -> Firewall {
    Firewall::MacOs(MacFirewall {
        state: ask(&["--getglobalstate"]),
        block_all: ask(&["--getblockall"]),
        program: ask(&["--getappblocked", program]),
    })
}

fn ask(words: &[&str]) -> Told {
    let output = Command::new(TOOL).args(words).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(_) => Err(Untold::NoRights),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Untold::Missing),
        Err(error) => Err(Untold::Failed(error.to_string())),
    }
}
