//! Holders of UDP ports: the socket tables name the inode, and whoever has that socket open holds the port.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::preflight::Holder;

/// One socket of the table.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    address: IpAddr,
    port: u16,
    uid: u32,
    inode: u64,
}

pub(in crate::platform) fn holders(port: u16) -> io::Result<Vec<Holder>> {
    let mut entries = table(&fs::read_to_string("/proc/self/net/udp")?);
    // A machine without IPv6 has no such table.
    entries.extend(table(&fs::read_to_string("/proc/self/net/udp6").unwrap_or_default()));
    entries.retain(|entry| entry.port == port);
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let processes = processes(&entries);
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut found = Vec::new();
    for entry in &entries {
        let holder = Holder {
            address: Some(entry.address),
            pid: None,
            program: None,
            user: Some(user(&passwd, entry.uid)),
        };
        match processes.get(&entry.inode) {
            None => found.push(holder),
            Some(pids) => found.extend(pids.iter().map(|pid| Holder {
                pid: Some(*pid),
                program: program(*pid),
                ..holder.clone()
            })),
        }
    }
    found.sort_by_key(|holder| holder.pid);
    Ok(found)
}

/// The lines of `/proc/net/udp` or `/proc/net/udp6` (Linux: `Documentation/networking/proc_net_tcp.rst`).
fn table(text: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, port) = fields.get(1)?.split_once(':')?;
        Some(Entry {
            address: address_of(address)?,
            port: u16::from_str_radix(port, 16).ok()?,
            uid: fields.get(7)?.parse().ok()?,
            inode: fields.get(9)?.parse().ok()?,
        })
    };
    text.lines().skip(1).filter_map(entry).collect()
}

/// Each group of eight digits is a word of the address as the machine's memory has it.
fn address_of(digits: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let group = digits.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(group, 16).ok()?.to_ne_bytes())
    };
    match digits.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut octets = [0; 16];
            for (at, chunk) in octets.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(at)?);
            }
            Some(IpAddr::from(Ipv6Addr::from(octets)).to_canonical())
        }
        _ => None,
    }
}

/// Which processes have which of these sockets open. Those of other users stay hidden without the right to see them.
fn processes(entries: &[Entry]) -> BTreeMap<u64, Vec<u32>> {
    let mut found: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let Ok(all) = fs::read_dir("/proc") else { return found };
    for pid in all.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        // The process may be gone by now, or another user's.
        let Ok(open) = fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        for target in open.flatten().filter_map(|file| fs::read_link(file.path()).ok()) {
            let inode = target.to_str().and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']'));
            let Some(inode) = inode.and_then(|inode| inode.parse().ok()) else { continue };
            if entries.iter().any(|entry| entry.inode == inode) {
                let pids = found.entry(inode).or_default();
                if !pids.contains(&pid) {
                    pids.push(pid);
                }
            }
        }
    }
    found
}

fn program(pid: u32) -> Option<String> {
    let file = fs::read_link(format!("/proc/{pid}/exe")).ok();
    let name = file.as_ref().and_then(|file| file.file_name()?.to_str());
    // An updated program runs on from its deleted file.
    let name = name.map(|name| name.trim_end_matches(" (deleted)").to_owned());
    name.or_else(|| Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned()))
}

fn user(passwd: &str, uid: u32) -> String {
    let uid = uid.to_string();
    let name = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    };
    passwd.lines().find_map(name).unwrap_or(uid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_tables_of_both_protocols_are_read() {
        let four = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
             1045: 0501140A:0045 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 52331 2 0000000000000000 0\n\
             short line\n";
        let entry = Entry { address: [10, 20, 1, 5].into(), port: 69, uid: 1000, inode: 52331 };
        assert_eq!(table(four), [entry]);
        let six = "header\n1: 00000000000000000000000000000000:0043 0:0 07 0:0 0:0 0 0 0 77 2 0 0\n\
                   2: 0000000000000000FFFF00000501140A:0045 0:0 07 0:0 0:0 0 0 0 78 2 0 0\n";
        let addresses: Vec<IpAddr> = table(six).into_iter().map(|entry| entry.address).collect();
        assert_eq!(addresses, [IpAddr::from(Ipv6Addr::UNSPECIFIED), IpAddr::from([10, 20, 1, 5])]);
    }

    #[test]
    fn an_account_has_its_name_or_its_number() {
        let passwd = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n";
        assert_eq!(user(passwd, 65534), "nobody");
        assert_eq!(user(passwd, 1001), "1001");
    }
}
