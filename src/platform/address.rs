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

/// Whose command it is. Each is made everywhere, so that each is tested everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Linux,
    Windows,
    MacOs,
}

impl System {
    /// The one that this program runs on.
    const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "linux") {
        Self::Linux
    } else {
        Self::MacOs
    };

    /// How somebody who may not run the command gets it run; `command` as one would type it.
    fn rights(self, command: &str) -> Vec<String> {
        match self {
            Self::Windows => vec![
                "Start loadlift as administrator: right-click it, `Run as administrator`.".into(),
                format!(
                    "Or set it yourself in a command prompt of an administrator, and look again: `{command}`"
                ),
            ],
            Self::Linux | Self::MacOs => vec![
                "Start loadlift with `sudo`.".into(),
                format!(
                    "Or set it yourself, and look again: `sudo {}`",
                    command.replace(" && ", " && sudo ")
                ),
            ],
        }
    }
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
            Self::NoRights { command, .. } => System::HERE.rights(command),
            Self::Failed { .. } => {
                vec!["Set the address by hand in the system's network settings, and look again.".into()]
            }
        }
    }
}

impl Plan {
    /// The command that sets it, as one would type it.
    pub fn command(&self) -> String {
        shown(&self.set_words(System::HERE))
    }

    /// The command that takes it away again.
    pub fn undo_command(&self) -> String {
        shown(&self.undo_words(System::HERE))
    }

    /// Set it. What comes back takes it away again when it is dropped.
    pub fn set(self) -> Result<SetAddress, AddressError> {
        for words in self.set_words(System::HERE) {
            self.run(&words)?;
        }
        Ok(SetAddress { plan: self, is_set: true })
    }

    fn set_words(&self, system: System) -> Vec<Vec<String>> {
        let Self { interface, address, prefix } = self;
        match system {
            System::Linux => vec![
                words(&["ip", "address", "add", &format!("{address}/{prefix}"), "dev", interface]),
                words(&["ip", "link", "set", interface, "up"]),
            ],
            System::Windows => {
                let (name, mask) = (format!("name={interface}"), format!("mask={}", self.mask()));
                let address = format!("address={address}");
                let set = ["netsh", "interface", "ipv4", "set", "address", &name, "source=static"];
                // `active` is forgotten at the next start of Windows.
                vec![[words(&set), words(&[&address, &mask, "store=active"])].concat()]
            }
            System::MacOs => {
                let (address, mask) = (address.to_string(), self.mask().to_string());
                vec![words(&["ifconfig", interface, "inet", &address, "netmask", &mask, "alias"])]
            }
        }
    }

    fn undo_words(&self, system: System) -> Vec<Vec<String>> {
        let Self { interface, address, prefix } = self;
        vec![match system {
            System::Linux => {
                words(&["ip", "address", "del", &format!("{address}/{prefix}"), "dev", interface])
            }
            System::Windows => {
                let name = format!("name={interface}");
                words(&["netsh", "interface", "ipv4", "set", "address", &name, "source=dhcp", "store=active"])
            }
            System::MacOs => words(&["ifconfig", interface, "inet", &address.to_string(), "-alias"]),
        }]
    }

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
        if is_about_rights(&said.concat()) {
            let command = self.command();
            return Err(AddressError::NoRights { interface: self.interface.clone(), command });
        }
        let line = said.iter().flat_map(|text| text.lines()).find(|line| !line.trim().is_empty());
        Err(failed(printable(line.unwrap_or("no reason given").trim(), 160)))
    }
}

/// Whether a command was refused for want of rights. On a Windows in another language it is not told apart: the command
/// and what it said are shown all the same.
fn is_about_rights(said: &str) -> bool {
    let said = said.to_lowercase();
    ["permitted", "permission", "elevation", "administrator"].iter().any(|word| said.contains(word))
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
        self.plan.undo_words(System::HERE).iter().try_for_each(|words| self.plan.run(words))
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

    fn plan(interface: &str) -> Plan {
        Plan { interface: interface.into(), address: [10, 150, 0, 1].into(), prefix: 22 }
    }

    #[test]
    fn on_each_system_the_command_is_shown_as_one_would_type_it_and_its_undoing_too() {
        let plan = plan("Ethernet 2");
        for (system, set, undo) in [
            (
                System::Windows,
                "netsh interface ipv4 set address name=\"Ethernet 2\" source=static address=10.150.0.1 mask=255.255.252.0 store=active",
                "netsh interface ipv4 set address name=\"Ethernet 2\" source=dhcp store=active",
            ),
            (
                System::Linux,
                "ip address add 10.150.0.1/22 dev \"Ethernet 2\" && ip link set \"Ethernet 2\" up",
                "ip address del 10.150.0.1/22 dev \"Ethernet 2\"",
            ),
            (
                System::MacOs,
                "ifconfig \"Ethernet 2\" inet 10.150.0.1 netmask 255.255.252.0 alias",
                "ifconfig \"Ethernet 2\" inet 10.150.0.1 -alias",
            ),
        ] {
            assert_eq!(shown(&plan.set_words(system)), set, "{system:?}");
            assert_eq!(shown(&plan.undo_words(system)), undo, "{system:?}");
        }
    }

    #[test]
    fn without_rights_each_system_says_how_to_get_them_and_the_whole_command() {
        let rights = |system: System| system.rights(&shown(&plan("eth0").set_words(system))).join("\n");
        let windows = rights(System::Windows);
        assert!(
            windows.contains("Run as administrator") && windows.contains("`netsh interface"),
            "{windows}"
        );
        // Each of the two commands wants the rights.
        let linux = rights(System::Linux);
        let both = "`sudo ip address add 10.150.0.1/22 dev eth0 && sudo ip link set eth0 up`";
        assert!(linux.contains("with `sudo`") && linux.contains(both), "{linux}");
        assert!(rights(System::MacOs).contains("`sudo ifconfig eth0 inet 10.150.0.1"), "{linux}");
    }

    #[test]
    fn what_the_systems_say_to_whoever_may_not_is_understood() {
        for said in [
            "RTNETLINK answers: Operation not permitted",
            "ifconfig: ioctl (SIOCAIFADDR): permission denied",
            "The requested operation requires elevation (Run as administrator).",
        ] {
            assert!(is_about_rights(said), "{said}");
        }
        assert!(!is_about_rights("Cannot find device \"eth7\""));
    }

    #[test]
    fn a_card_that_is_not_there_is_a_failure_with_the_systems_own_words() {
        if crate::platform::under_wine() {
            return; // Its `netsh` does nothing, and calls that well done.
        }
        let error = plan("no-such-card").set().unwrap_err();
        assert!(["address-not-set", "address-no-rights"].contains(&error.code()), "{error}");
        assert!(!error.advice().is_empty());
    }
}
