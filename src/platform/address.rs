//! Giving a network card an address for the time of a job, and taking it away again, by the system's own command.
//!
//! The command is shown before it is run. The address is not written into the system's settings where that can be
//! helped: a laptop that is switched off in the middle has forgotten it.

use std::net::Ipv4Addr;
use std::process::Command;

use crate::error::{Advice, printable};

/// An address that a card is to have for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The system's name of the card.
    pub interface: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Bits of the network mask.
    pub prefix: u8,
}

/// Why the address was not set or taken away.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Only an administrator may.
    #[error("no permission to change the address of {interface}")]
    NoRights {
        /// The card.
        interface: String,
        /// The command that an administrator has to run.
        command: String,
    },
    /// The command did not do it.
    #[error("`{command}` did not work: {why}")]
    Failed {
        /// The command.
        command: String,
        /// What it said.
        why: String,
    },
}

impl Advice for AddressError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoRights { .. } => "address-no-rights",
            Self::Failed { .. } => "address-not-set",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::NoRights { command, .. } if cfg!(windows) => vec![
                "Start loadlift as administrator: right-click it, `Run as administrator`.".into(),
                format!("Or run this as administrator, and start again: `{command}`"),
            ],
            Self::NoRights { command, .. } => vec![
                format!("Run this, and start again without `--set-address`: `sudo {command}`"),
                "Or start loadlift with `sudo`.".into(),
            ],
            Self::Failed { .. } => {
                vec!["Set the address by hand in the system's network settings, and start again.".into()]
            }
        }
    }
}

impl Plan {
    /// The command that sets it, as one would type it.
    pub fn command(&self) -> String {
        shown(&self.set_words())
    }

    /// The command that takes it away again.
    pub fn undo_command(&self) -> String {
        shown(&self.undo_words())
    }

    /// Set it. What comes back takes it away again when it is dropped.
    pub fn set(self) -> Result<SetAddress, AddressError> {
        for words in self.set_words() {
            self.run(&words)?;
        }
        Ok(SetAddress { plan: self, is_set: true })
    }

    #[cfg(target_os = "linux")]
    fn set_words(&self) -> Vec<Vec<String>> {
        let Self { interface, address, prefix } = self;
        vec![
            words(&["ip", "address", "add", &format!("{address}/{prefix}"), "dev", interface]),
            words(&["ip", "link", "set", interface, "up"]),
        ]
    }

    #[cfg(target_os = "linux")]
    fn undo_words(&self) -> Vec<Vec<String>> {
        let Self { interface, address, prefix } = self;
        vec![words(&["ip", "address", "del", &format!("{address}/{prefix}"), "dev", interface])]
    }

    #[cfg(windows)]
    fn set_words(&self) -> Vec<Vec<String>> {
        let (name, address) = (format!("name={}", self.interface), format!("address={}", self.address));
        let mask = format!("mask={}", self.mask());
        // `active` is forgotten at the next start of Windows.
        let set = ["netsh", "interface", "ipv4", "set", "address", &name, "source=static", &address, &mask];
        vec![[words(&set), words(&["store=active"])].concat()]
    }

    #[cfg(windows)]
    fn undo_words(&self) -> Vec<Vec<String>> {
        let name = format!("name={}", self.interface);
        vec![words(&["netsh", "interface", "ipv4", "set", "address", &name, "source=dhcp", "store=active"])]
    }

    #[cfg(not(any(target_os = "linux", windows)))]
    fn set_words(&self) -> Vec<Vec<String>> {
        let (address, mask) = (self.address.to_string(), self.mask().to_string());
        vec![words(&["ifconfig", &self.interface, "inet", &address, "netmask", &mask, "alias"])]
    }

    #[cfg(not(any(target_os = "linux", windows)))]
    fn undo_words(&self) -> Vec<Vec<String>> {
        vec![words(&["ifconfig", &self.interface, "inet", &self.address.to_string(), "-alias"])]
    }

    #[cfg_attr(target_os = "linux", expect(dead_code, reason = "Linux writes the bits of the mask"))]
    fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32))).unwrap_or(0))
    }

    fn run(&self, words: &[String]) -> Result<(), AddressError> {
        let command = shown(&[words.to_vec()]);
        let failed = |why: String| AddressError::Failed { command: command.clone(), why };
        let (program, arguments) = words.split_first().ok_or_else(|| failed("it is empty".to_owned()))?;
        let output = Command::new(path_of(program)).args(arguments).env("LC_ALL", "C").output();
        let output = output.map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stderr, output.stdout].map(|octets| String::from_utf8_lossy(&octets).into_owned());
        let lower = said.concat().to_lowercase();
        if ["permitted", "permission", "elevation", "administrator"].iter().any(|word| lower.contains(word)) {
            let command = self.command();
            return Err(AddressError::NoRights { interface: self.interface.clone(), command });
        }
        let line = said.iter().flat_map(|text| text.lines()).find(|line| !line.trim().is_empty());
        Err(failed(printable(line.unwrap_or("no reason given").trim(), 160)))
    }
}

/// The system's own tools: this may run as root, so the path of the environment does not count where there is another.
fn path_of(program: &str) -> std::path::PathBuf {
    let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];
    let paths = folders.iter().map(|folder| std::path::Path::new(folder).join(program));
    { paths }.find(|path| path.exists()).unwrap_or_else(|| program.into())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

/// Commands as one would type them.
fn shown(commands: &[Vec<String>]) -> String {
    let quoted = |word: &String| match word.split_once('=') {
        Some((key, value)) if value.contains(' ') => format!("{key}=\"{value}\""),
        _ if word.contains(' ') => format!("\"{word}\""),
        _ => word.clone(),
    };
    let line = |words: &Vec<String>| words.iter().map(quoted).collect::<Vec<_>>().join(" ");
    commands.iter().map(line).collect::<Vec<_>>().join(" && ")
}

/// An address that this program has set. Dropping it takes it away.
#[derive(Debug)]
pub struct SetAddress {
    plan: Plan,
    is_set: bool,
}

impl SetAddress {
    /// One that an earlier, killed session has set, and that is to go with this one.
    pub fn taken_over(plan: Plan) -> Self {
        Self { plan, is_set: true }
    }

    /// What was set.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Take it away now.
    pub fn undo(&mut self) -> Result<(), AddressError> {
        if !std::mem::take(&mut self.is_set) {
            return Ok(());
        }
        self.plan.undo_words().iter().try_for_each(|words| self.plan.run(words))
    }
}

impl Drop for SetAddress {
    fn drop(&mut self) {
        if let Err(error) = self.undo() {
            tracing::warn!(%error, "the address is still there");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_shown_as_one_would_type_it_and_its_undoing_too() {
        let plan = Plan { interface: "Ethernet 2".into(), address: [10, 150, 0, 1].into(), prefix: 22 };
        let (set, undo) = (plan.command(), plan.undo_command());
        if cfg!(windows) {
            assert_eq!(
                set,
                "netsh interface ipv4 set address name=\"Ethernet 2\" source=static address=10.150.0.1 mask=255.255.252.0 store=active"
            );
            assert!(undo.ends_with("source=dhcp store=active"), "{undo}");
        } else if cfg!(target_os = "linux") {
            assert_eq!(
                set,
                "ip address add 10.150.0.1/22 dev \"Ethernet 2\" && ip link set \"Ethernet 2\" up"
            );
            assert_eq!(undo, "ip address del 10.150.0.1/22 dev \"Ethernet 2\"");
        } else {
            assert_eq!(set, "ifconfig \"Ethernet 2\" inet 10.150.0.1 netmask 255.255.252.0 alias");
            assert_eq!(undo, "ifconfig \"Ethernet 2\" inet 10.150.0.1 -alias");
        }
    }

    #[test]
    fn a_card_that_is_not_there_is_a_failure_with_the_systems_own_words() {
        if crate::platform::under_wine() {
            return; // Its `netsh` does nothing, and calls that well done.
        }
        let plan = Plan { interface: "no-such-card".into(), address: [10, 150, 0, 1].into(), prefix: 22 };
        let error = plan.set().unwrap_err();
        assert!(["address-not-set", "address-no-rights"].contains(&error.code()), "{error}");
        assert!(!error.advice().is_empty());
    }
}
