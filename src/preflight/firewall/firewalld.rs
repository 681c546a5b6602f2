//! firewalld: from `firewall-cmd --zone=Z --list-all`.

/// Whether a phone's request comes in through the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Zone {
    /// The service, the port or the target lets it in.
    Lets(String),
    /// Nothing does.
    Blocks(String),
    /// The text is not what `firewall-cmd` writes.
    Unreadable,
}

pub(super) fn judge(text: &str, port: u16) -> Zone {
    let Some(zone) = text.lines().next().and_then(|line| line.split_whitespace().next()) else {
        return Zone::Unreadable;
    };
    let field = |name: &str| {
        text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    let Some(target) = field("target") else { return Zone::Unreadable };
    let service =
        port == 69 && field("services").is_some_and(|all| all.split_whitespace().any(|s| s == "tftp"));
    let has = |ports: &str| {
        ports.split_whitespace().any(|one| {
            let Some((ports, "udp")) = one.split_once('/') else { return false };
            let (low, high) = ports.split_once('-').unwrap_or((ports, ports));
            matches!((low.parse::<u16>(), high.parse::<u16>()), (Ok(low), Ok(high)) if (low..=high).contains(&port))
        })
    };
    if target == "ACCEPT" || service || field("ports").is_some_and(has) {
        Zone::Lets(zone.to_owned())
    } else {
        Zone::Blocks(zone.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "\
public (active)
  target: default
  icmp-block-inversion: no
  interfaces: eth0
  sources:
  services: dhcpv6-client ssh
  ports: 8080/tcp
  protocols:
  forward: yes
";

    #[test]
    fn a_zone_lets_tftp_in_by_service_by_port_or_by_target() {
        assert_eq!(judge(PUBLIC, 69), Zone::Blocks("public".into()));
        let lets = Zone::Lets("public".into());
        assert_eq!(judge(&PUBLIC.replace("ssh", "ssh tftp"), 69), lets);
        assert_eq!(judge(&PUBLIC.replace("8080/tcp", "60-70/udp"), 69), lets);
        assert_eq!(judge(&PUBLIC.replace("8080/tcp", "69/tcp"), 69), Zone::Blocks("public".into()));
        assert_eq!(judge(&PUBLIC.replace("default", "ACCEPT"), 69), lets);
        assert_eq!(judge("", 69), Zone::Unreadable);
        assert_eq!(judge("FirewallD is not running", 69), Zone::Unreadable);
    }
}
