//! The neighbour table, from `/proc/net/arp` of the own network namespace.

use std::fs;
use std::io;
use std::net::Ipv4Addr;

use crate::fleet::Mac;

/// The entry was answered (Linux: `ATF_COM` in `linux/if_arp.h`).
const COMPLETE: u32 = 2;

pub(in crate::platform) fn table() -> io::Result<Vec<(Ipv4Addr, Mac)>> {
    Ok(parse(&fs::read_to_string("/proc/self/net/arp")?))
}

fn parse(text: &str) -> Vec<(Ipv4Addr, Mac)> {
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let flags = u32::from_str_radix(fields.get(2)?.trim_start_matches("0x"), 16).ok()?;
        (flags & COMPLETE != 0).then_some(())?;
        Some((fields.first()?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    text.lines().skip(1).filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answered_entries_count_and_others_do_not() {
        let text = "IP address       HW type     Flags       HW address            Mask     Device\n\
                    10.1.1.20        0x1         0x2         00:1b:2a:aa:00:01     *        eth0\n\
                    10.1.1.21        0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                    10.1.1.22        0x1         0x6         00:1b:2a:aa:00:03     *        eth0\n\
                    cut short\n";
        let mac = |last| Mac([0, 0x1b, 0x2a, 0xaa, 0, last]);
        let expected = [([10, 1, 1, 20].into(), mac(1)), ([10, 1, 1, 22].into(), mac(3))];
        assert_eq!(parse(text), expected);
    }
}
