//! ufw: from `ufw status verbose`, asked for in English.

use std::net::Ipv4Addr;

/// Whether a phone's request comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ufw {
    /// It is switched off.
    Inactive,
    /// A rule or the default lets it in.
    Lets,
    /// Denied by default, and no rule lets it in; or a rule denies it.
    Blocks,
    /// The text is not what `ufw` writes.
    Unreadable,
}

/// The first rule that fits decides, as in ufw itself.
pub(super) fn judge(text: &str, interface: &str, subnet: (Ipv4Addr, u8), port: u16) -> Ufw {
    let mut lines = text.lines();
    match lines.next().map(str::trim) {
        Some("Status: inactive") => return Ufw::Inactive,
        Some("Status: active") => {}
        _ => return Ufw::Unreadable,
    }
    let rules = lines.clone().skip_while(|line| !line.starts_with("--"));
    for rule in rules.skip(1) {
        if let Some(lets) = fits(rule, interface, subnet, port) {
            return if lets { Ufw::Lets } else { Ufw::Blocks };
        }
    }
    let default = lines.find_map(|line| line.strip_prefix("Default: "));
    match default.and_then(|line| line.split_whitespace().next()) {
        Some("allow") => Ufw::Lets,
        Some(_) => Ufw::Blocks,
        None => Ufw::Unreadable,
    }
}

/// `69/udp on eth0             ALLOW IN    10.20.0.0/24`: whether it lets the packet in, if it is about it.
fn fits(rule: &str, interface: &str, subnet: (Ipv4Addr, u8), port: u16) -> Option<bool> {
    let (to, action, from) =
        [("ALLOW IN", true), ("DENY IN", false), ("REJECT IN", false), ("LIMIT IN", true)]
            .into_iter()
            .find_map(|(word, lets)| {
                rule.split_once(word).map(|(to, from)| (to.trim(), lets, from.trim()))
            })?;
    // IPv6 is not spoken here.
    if to.contains("(v6)") || from.contains("(v6)") {
        return None;
    }
    let (what, on) = to.split_once(" on ").map_or((to, None), |(what, on)| (what.trim(), Some(on.trim())));
    if on.is_some_and(|on| on != interface) {
        return None;
    }
    // An address may stand before the port; only what is for every address is understood without doubt.
    let ports = what.split_whitespace().last().unwrap_or("Anywhere");
    let (ports, protocol) =
        ports.split_once('/').map_or((ports, "any"), |(ports, protocol)| (ports, protocol));
    let about = (protocol == "udp" || protocol == "any") && (ports == "Anywhere" || has(ports, port));
    (about && source(from, subnet)).then_some(action)
}

/// `69`, `67,69`, `60:70`, `tftp`.
fn has(ports: &str, port: u16) -> bool {
    ports.split(',').any(|part| match part.split_once(':') {
        Some((low, high)) => matches!((low.parse::<u16>(), high.parse::<u16>()), (Ok(low), Ok(high)) if (low..=high).contains(&port)),
        None => part.parse() == Ok(port) || (part.eq_ignore_ascii_case("tftp") && port == 69),
    })
}

fn source(from: &str, subnet: (Ipv4Addr, u8)) -> bool {
    let from = from.split('#').next().unwrap_or("").trim();
    if from == "Anywhere" {
        return true;
    }
    let (address, bits) = from.split_once('/').unwrap_or((from, "32"));
    let (Ok(address), Ok(bits)) = (address.parse::<Ipv4Addr>(), bits.parse::<u8>()) else { return false };
    let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
    bits <= subnet.1 && u32::from(address) & mask == u32::from(subnet.0) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIVE: &str = "\
Status: active
Logging: on (low)
Default: deny (incoming), allow (outgoing), disabled (routed)
New profiles: skip

To                         Action      From
--                         ------      ----
22/tcp                     ALLOW IN    Anywhere
69/udp on eth1             ALLOW IN    Anywhere
60:69/udp                  ALLOW IN    10.20.0.0/16               # phones
22/tcp (v6)                ALLOW IN    Anywhere (v6)
";

    fn at(text: &str, interface: &str, third: u8) -> Ufw {
        judge(text, interface, (Ipv4Addr::new(10, third, 0, 0), 24), 69)
    }

    #[test]
    fn a_rule_counts_for_its_interface_its_ports_and_its_source() {
        assert_eq!(at(ACTIVE, "eth0", 20), Ufw::Lets);
        assert_eq!(at(ACTIVE, "eth0", 21), Ufw::Blocks);
        assert_eq!(at(ACTIVE, "eth1", 21), Ufw::Lets);
        assert_eq!(judge(ACTIVE, "eth0", (Ipv4Addr::new(10, 20, 0, 0), 24), 70), Ufw::Blocks);
    }

    #[test]
    fn inactive_open_by_default_and_foreign_text_are_told_apart() {
        assert_eq!(at("Status: inactive\n", "eth0", 1), Ufw::Inactive);
        let open = ACTIVE.replace("deny (incoming)", "allow (incoming)");
        assert_eq!(at(&open, "eth0", 1), Ufw::Lets);
        let denied =
            open.replace("22/tcp                     ALLOW IN", "69                         DENY IN");
        assert_eq!(at(&denied, "eth0", 1), Ufw::Blocks);
        assert_eq!(at("ERROR: You need to be root", "eth0", 1), Ufw::Unreadable);
    }
}
