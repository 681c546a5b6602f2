//! The neighbour table, from `arp -an`.

use std::io;
use std::net::Ipv4Addr;

use crate::fleet::Mac;
use crate::platform::tool;
use crate::preflight::firewall::Untold;

pub(in crate::platform) fn table() -> io::Result<Vec<(Ipv4Addr, Mac)>> {
    let told = tool::ask("arp", &["-an"]).map_err(|why| match why {
        Untold::Missing => io::ErrorKind::NotFound.into(),
        Untold::NoRights => io::ErrorKind::PermissionDenied.into(),
        Untold::Failed(why) => io::Error::other(why),
    })?;
    Ok(parse(&told))
}

/// `? (10.1.1.20) at 0:1b:2a:aa:0:1 on en0 ifscope [ethernet]`: zeroes in front are left out.
fn parse(text: &str) -> Vec<(Ipv4Addr, Mac)> {
    let entry = |line: &str| {
        let (_, rest) = line.split_once('(')?;
        let (address, rest) = rest.split_once(") at ")?;
        let mut octets = [0; 6];
        let mut parts = rest.split_whitespace().next()?.split(':');
        for octet in &mut octets {
            *octet = u8::from_str_radix(parts.next()?, 16).ok()?;
        }
        Some((address.parse().ok()?, Mac(octets)))
    };
    text.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answered_entries_count_and_others_do_not() {
        let text = "? (10.1.1.20) at 0:1b:2a:aa:0:1 on en0 ifscope [ethernet]\n\
                    ? (10.1.1.21) at (incomplete) on en0 ifscope [ethernet]\n";
        assert_eq!(parse(text), [([10, 1, 1, 20].into(), Mac([0, 0x1b, 0x2a, 0xaa, 0, 1]))]);
    }
}
