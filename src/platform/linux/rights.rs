//! The right to open low ports, from `/proc`.

use std::fs;
use std::path::Path;

use crate::preflight::{LowPorts, Mount, Rights};

/// The number of `CAP_NET_BIND_SERVICE` (`linux/capability.h`).
const BIND_SERVICE: u64 = 10;

pub(in crate::platform) fn read(program: String) -> Rights {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let low_ports = low_ports(&status, &first);
    let mount = mount_of(&mounts, Path::new(&program));
    Rights { program, low_ports, mount }
}

fn low_ports(status: &str, first: &str) -> LowPorts {
    let field = |name: &str| {
        status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let capabilities = field("CapEff").and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0);
    let root = field("Uid").and_then(|ids| ids.split_whitespace().nth(1)) == Some("0");
    let first: Option<u16> = first.trim().parse().ok();
    if capabilities & (1 << BIND_SERVICE) != 0 {
        // Root without the right is a root of a container.
        if root { LowPorts::Root } else { LowPorts::Capability }
    } else if let Some(first) = first.filter(|first| *first <= 69) {
        LowPorts::From(first)
    } else {
        LowPorts::Not(first)
    }
}

/// The mount that the file lies on: the one with the longest path (proc(5), `/proc/pid/mountinfo`).
fn mount_of(mounts: &str, file: &Path) -> Option<Mount> {
    let mount = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        let fields: Vec<&str> = before.split(' ').collect();
        let at = unescape(fields.get(4)?);
        let nosuid = fields.get(5)?.split(',').any(|option| option == "nosuid");
        file.starts_with(&at).then(|| Mount {
            kind: after.split(' ').next().unwrap_or("").to_owned(),
            at,
            nosuid,
        })
    };
    // Of two at the same place the later one lies on top.
    mounts.lines().filter_map(mount).max_by_key(|mount| mount.at.len())
}

/// Blanks and the like stand as `\040`.
fn unescape(text: &str) -> String {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'\\').then(|| tail.get(..3)).flatten();
        let code = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        if let Some(octet) = code {
            octets.push(octet);
            rest = tail.get(3..).unwrap_or_default();
        } else {
            octets.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_a_capability_and_the_systems_own_limit_are_told_apart() {
        let status =
            |uid: &str, capabilities: &str| format!("Name:\tx\nUid:\t{uid}\nCapEff:\t{capabilities}\n");
        let own = "1000\t1000\t1000\t1000";
        assert_eq!(low_ports(&status("0\t0\t0\t0", "000001ffffffffff"), "1024\n"), LowPorts::Root);
        assert_eq!(low_ports(&status(own, "0000000000000400"), "1024"), LowPorts::Capability);
        assert_eq!(low_ports(&status(own, "0000000000000000"), "67"), LowPorts::From(67));
        assert_eq!(low_ports(&status(own, "0000000000000000"), "1024"), LowPorts::Not(Some(1024)));
        assert_eq!(low_ports("", ""), LowPorts::Not(None));
    }

    #[test]
    fn the_mount_of_a_file_is_the_longest_that_leads_to_it() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
                      40 22 8:17 / /media/my\\040stick rw,nosuid,nodev - vfat /dev/sdb1 rw\n";
        let stick = mount_of(mounts, Path::new("/media/my stick/loadlift")).unwrap();
        assert_eq!(stick, Mount { at: "/media/my stick".into(), kind: "vfat".into(), nosuid: true });
        assert_eq!(mount_of(mounts, Path::new("/media/my sticker/x")).unwrap().kind, "ext4");
    }
}
