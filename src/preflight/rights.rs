//! The right to open low ports: who has it, and the exact command that grants it.

use super::check::{Check, State, System};

/// What is known of the right to open ports below 1024.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The path of this program's file.
    pub program: String,
    /// Whether low ports may be opened.
    pub low_ports: LowPorts,
    /// Where the program's file lies, if that decides what can be granted to it (Linux).
    pub mount: Option<Mount>,
}

/// Whether and by what right low ports may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LowPorts {
    /// No right is needed: Windows.
    Free,
    /// The administrator may: root.
    Root,
    /// Linux: this program's file has, or was started with, `CAP_NET_BIND_SERVICE`.
    Capability,
    /// Linux: `net.ipv4.ip_unprivileged_port_start` is this low.
    From(u16),
    /// Only the administrator may, and this is not he. With the first port that anybody may open, where one can be told.
    Not(Option<u16>),
}

/// The file system that the program lies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is mounted: `/media/stick`.
    pub at: String,
    /// Its type: `vfat`, `ext4`.
    pub kind: String,
    /// Mounted so that rights of files do not count (`nosuid`).
    pub nosuid: bool,
}

impl Mount {
    /// Whether a right that is written to a file there has no effect, or cannot even be written.
    fn grants_nothing(&self) -> bool {
        // File systems of USB sticks have no place for it.
        self.nosuid
            || ["vfat", "exfat", "msdos", "fuseblk", "ntfs", "ntfs3", "iso9660", "9p"]
                .contains(&self.kind.as_str())
    }
}

impl LowPorts {
    /// Whether a port may be opened by that right.
    fn covers(self, port: u16) -> bool {
        match self {
            Self::Free | Self::Root | Self::Capability => true,
            Self::From(first) | Self::Not(Some(first)) => port >= first,
            Self::Not(None) => port >= 1024,
        }
    }
}

/// Whether the service's port may be opened.
pub(super) fn check(rights: &Rights, system: System, port: u16) -> Check {
    let name = "rights";
    let good = |reason: String| Check::ok(name, "rights-good", reason);
    if rights.low_ports.covers(port) {
        return match rights.low_ports {
            LowPorts::Free => good("Windows lets every program open port 69".into()),
            LowPorts::Root => good("this program runs as the administrator".into()),
            LowPorts::Capability => good("this program has the right to open low ports".into()),
            LowPorts::From(first) => good(format!("this system lets everybody open ports from {first} on")),
            LowPorts::Not(_) => good(format!("port {port} needs no right")),
        };
    }
    let reason = format!("port {port} is for the administrator here, and this program does not run as one");
    Check::new(name, State::Bad, "port-forbidden", reason, right_advice(rights, system, port))
}

/// The exact commands that give the right, the least far-reaching first.
pub fn right_advice(rights: &Rights, system: System, port: u16) -> Vec<String> {
    match system {
        System::Windows => Vec::new(),
        System::MacOs => {
            vec![format!("Start it again as the administrator: `sudo {}`", shell(&rights.program))]
        }
        System::Linux => {
            let program = shell(&rights.program);
            let sysctl = format!(
                "Or, until the next restart and for every program: `sudo sysctl net.ipv4.ip_unprivileged_port_start={}`.",
                port.min(67)
            );
            match rights.mount.as_ref().filter(|mount| mount.grants_nothing()) {
                None => vec![
                    format!(
                        "Give this file the right once, and start it again: `sudo setcap cap_net_bind_service=ep {program}` (an update of the file loses it)."
                    ),
                    sysctl,
                    format!("Or start it with `sudo {program}`."),
                ],
                Some(mount) => {
                    let why =
                        if mount.nosuid { "is mounted without such rights" } else { "keeps no such rights" };
                    vec![
                        format!(
                            "{} ({}) {why}, as USB sticks do: copy the program to the disk first, and give the copy the right: `cp {program} ~/loadlift && sudo setcap cap_net_bind_service=ep ~/loadlift`.",
                            mount.at, mount.kind
                        ),
                        sysctl,
                        format!("Or start it with `sudo {program}`."),
                    ]
                }
            }
        }
    }
}

/// A path as a shell takes it.
fn shell(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+~".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(low_ports: LowPorts, mount: Option<Mount>) -> Rights {
        Rights { program: "/opt/loadlift/loadlift".into(), low_ports, mount }
    }

    #[test]
    fn every_way_to_the_right_is_seen_and_without_it_the_command_names_the_real_file() {
        for (low_ports, state) in [
            (LowPorts::Free, State::Ok),
            (LowPorts::Root, State::Ok),
            (LowPorts::Capability, State::Ok),
            (LowPorts::From(67), State::Ok),
            (LowPorts::From(70), State::Bad),
            (LowPorts::Not(Some(1024)), State::Bad),
            (LowPorts::Not(None), State::Bad),
        ] {
            let check = check(&rights(low_ports, None), System::Linux, 69);
            assert_eq!(check.state, state, "{low_ports:?}");
            assert_eq!(check.next.is_empty(), state == State::Ok);
        }
        let disk = Mount { at: "/".into(), kind: "ext4".into(), nosuid: false };
        let next = check(&rights(LowPorts::Not(None), Some(disk)), System::Linux, 69).next;
        assert!(next[0].contains("`sudo setcap cap_net_bind_service=ep /opt/loadlift/loadlift`"), "{next:?}");
        assert!(next[1].contains("ip_unprivileged_port_start=67"), "{next:?}");
    }

    #[test]
    fn on_a_stick_the_program_has_to_be_copied_first() {
        for (kind, nosuid) in [("vfat", false), ("exfat", true), ("ext4", true)] {
            let mount = Mount { at: "/media/stick".into(), kind: kind.into(), nosuid };
            let mut rights = rights(LowPorts::Not(Some(1024)), Some(mount));
            rights.program = "/media/stick/load lift's".into();
            let next = right_advice(&rights, System::Linux, 69);
            assert!(
                next[0].contains(r"`cp '/media/stick/load lift'\''s' ~/loadlift && sudo setcap"),
                "{next:?}"
            );
        }
    }
}
