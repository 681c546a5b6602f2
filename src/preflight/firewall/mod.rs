//! Whether the firewall of this laptop lets phones in: from what each system tells of its own.
//!
//! A read of our own files never leaves the machine, so it passes every firewall: it proves nothing here.

mod firewalld;
mod linux;
mod macos;
mod nft;
mod ufw;
mod windows;

pub use linux::LinuxFirewall;
pub use macos::MacFirewall;
pub use windows::{Profile, ProfileKind, RULE, RULE_DESCRIPTION, Rule, WindowsFirewall};

use super::check::{Check, State};
use super::interface::Interface;

const NAME: &str = "firewall";

/// What is known of the firewall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Firewall {
    /// Linux: what its tools say.
    Linux(LinuxFirewall),
    /// Windows: profiles and rules; or why they cannot be read.
    Windows(Result<WindowsFirewall, String>),
    /// macOS: what its application firewall says.
    MacOs(MacFirewall),
}

/// What a tool said, or why it said nothing.
pub type Told = Result<String, Untold>;

/// Why a tool said nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// It is not installed.
    Missing,
    /// It speaks to the administrator only.
    NoRights,
    /// It failed otherwise; in its own words.
    Failed(String),
}

/// Whether phones are let in through the interface, to the service's port and to the ports that data goes over.
pub(super) fn check(firewall: &Firewall, interface: &Interface, port: u16, program: &str) -> Check {
    match firewall {
        Firewall::Linux(linux) => linux::check(linux, interface, port),
        Firewall::Windows(Ok(known)) => windows::check(known, program, port),
        Firewall::Windows(Err(why)) => Check::new(
            NAME,
            State::Unknown,
            "firewall-unknown",
            format!("the Windows firewall cannot be read: {why}"),
            vec![windows::command(program)],
        ),
        Firewall::MacOs(mac) => macos::check(mac, program),
    }
}
