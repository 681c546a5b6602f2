//! The firewalls of Linux: the kernel's rules where they may be read, otherwise what ufw and firewalld say of themselves.

use std::net::Ipv4Addr;

use super::firewalld::{self, Zone};
use super::nft::{self, Fate, Packet};
use super::ufw::{self, Ufw};
use super::{NAME, Told, Untold};
use crate::preflight::check::{Check, State};
use crate::preflight::interface::Interface;

/// A port that data may go over: none that a rule would name by chance.
const DATA_PORT: u16 = 47_391;

/// What the tools of a Linux machine say, each asked for in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinuxFirewall {
    /// `nft -j list ruleset`.
    pub nft: Told,
    /// `ufw status verbose`.
    pub ufw: Told,
    /// `firewall-cmd --zone=Z --list-all` for the zone of the interface.
    pub firewalld: Told,
    /// `iptables -S INPUT`: asked where `nft` has nothing to say, and where the older kernel tables are in use, which
    /// `nft` does not show.
    pub iptables: Told,
    /// Services that are known to filter and that run: `ufw`, `firewalld`, `nftables`.
    pub services: Vec<String>,
}

pub(super) fn check(firewall: &LinuxFirewall, interface: &Interface, port: u16) -> Check {
    let subnet = (interface.address, interface.prefix);
    let ufw = firewall.ufw.as_deref().map(|text| ufw::judge(text, &interface.name, subnet, port));
    let zone = firewall.firewalld.as_deref().map(|text| firewalld::judge(text, port));
    let next = || advice(firewall, interface, port, ufw.as_ref().ok(), zone.as_ref().ok());
    if let Ok(rules) = &firewall.nft {
        let packet = |port, established| Packet {
            interface: &interface.name,
            subnet,
            to: interface.address,
            port,
            established,
        };
        let request = nft::fate(rules, packet(port, false));
        let data = nft::fate(rules, packet(DATA_PORT, true));
        match (request, data) {
            // The older tables filter beside nft's.
            (Fate::Passes, Fate::Passes) if !matches!(firewall.iptables, Err(Untold::Missing)) => {
                return match &firewall.iptables {
                    Ok(rules) => by_iptables(rules, port, next()),
                    Err(why) => {
                        let why = if let Untold::Failed(why) = why { why } else { "not without rights" };
                        let reason =
                            format!("the older tables of iptables are in use and cannot be read: {why}");
                        Check::new(NAME, State::Unknown, "firewall-no-rights", reason, next())
                    }
                };
            }
            (Fate::Passes, Fate::Passes) => {
                let words = "the firewall lets phones in: to port 69, and to the ports that data goes over";
                return Check::ok(NAME, "firewall-lets-in", words.replace("69", &port.to_string()));
            }
            (Fate::Blocked(chain), _) => {
                let reason = format!("the firewall drops what phones send to UDP port {port} ({chain})");
                return Check::new(NAME, State::Bad, "firewall-blocks", reason, next());
            }
            (_, Fate::Blocked(chain)) => {
                let reason = format!(
                    "the firewall lets requests in, and drops the phones' answers to data ({chain}): it knows no established connections"
                );
                let mut steps = vec![format!(
                    "Let answers in: `sudo nft insert rule {} ct state established,related accept`.",
                    chain_name(rules)
                )];
                steps.push("Or serve with `--single-port`: then all goes over one port.".into());
                return Check::new(NAME, State::Bad, "firewall-blocks-data", reason, steps);
            }
            _ => {}
        }
    }
    match (&ufw, &zone) {
        (Ok(Ufw::Blocks), _) => {
            let reason = format!("ufw denies what phones send to UDP port {port}");
            return Check::new(NAME, State::Bad, "firewall-blocks", reason, next());
        }
        (Ok(Ufw::Lets), _) => {
            return Check::ok(NAME, "firewall-lets-in", format!("ufw lets phones in to UDP port {port}"));
        }
        (_, Ok(Zone::Blocks(zone))) => {
            let reason = format!("firewalld (zone {zone}) keeps phones from UDP port {port}");
            return Check::new(NAME, State::Bad, "firewall-blocks", reason, next());
        }
        (_, Ok(Zone::Lets(zone))) => {
            let reason = format!("firewalld (zone {zone}) lets phones in to UDP port {port}");
            return Check::ok(NAME, "firewall-lets-in", reason);
        }
        _ => {}
    }
    unclear(firewall, port, next())
}

/// Nothing decides: say what is known, and what would tell more.
fn unclear(firewall: &LinuxFirewall, port: u16, next: Vec<String>) -> Check {
    if firewall.nft.is_ok() {
        let reason = format!(
            "the firewall has rules about which it cannot be told whether they let UDP port {port} in"
        );
        return Check::new(NAME, State::Unknown, "firewall-unclear", reason, next);
    }
    if let Ok(rules) = &firewall.iptables {
        return by_iptables(rules, port, next);
    }
    unread(firewall, port, next)
}

/// What the chain of iptables for what comes in does with a request.
fn by_iptables(rules: &str, port: u16, next: Vec<String>) -> Check {
    let open = rules.lines().next() == Some("-P INPUT ACCEPT");
    let filters = rules.lines().any(|rule| rule.contains("-j ") && !rule.contains("-j ACCEPT"));
    let named = rules.lines().any(|rule| {
        rule.contains(&format!("--dport {port} ")) && rule.contains("-p udp") && rule.contains("-j ACCEPT")
    });
    if (open && !filters) || named {
        return Check::ok(NAME, "firewall-lets-in", format!("iptables lets phones in to UDP port {port}"));
    }
    if !open && !filters {
        let reason = format!("iptables drops what phones send to UDP port {port}, by its policy");
        return Check::new(NAME, State::Bad, "firewall-blocks", reason, next);
    }
    let reason =
        format!("iptables has rules about which it cannot be told whether they let UDP port {port} in");
    Check::new(NAME, State::Unknown, "firewall-unclear", reason, next)
}

/// No rules could be read at all.
fn unread(firewall: &LinuxFirewall, port: u16, next: Vec<String>) -> Check {
    if !firewall.services.is_empty() {
        let names = firewall.services.join(" and ");
        let reason =
            format!("{names} is on; whether it lets UDP port {port} in cannot be told without rights");
        let mut steps = vec!["See for certain: `sudo loadlift check`.".to_owned()];
        steps.extend(next);
        return Check::new(NAME, State::Unknown, "firewall-no-rights", reason, steps);
    }
    let missing = |told: &Told| matches!(told, Err(Untold::Missing));
    if [&firewall.nft, &firewall.ufw, &firewall.firewalld, &firewall.iptables].into_iter().all(missing) {
        return Check::ok(
            NAME,
            "firewall-none",
            "no firewall is installed on this machine that is known here",
        );
    }
    let why = [&firewall.nft, &firewall.iptables, &firewall.ufw, &firewall.firewalld].into_iter().find_map(
        |told| match told {
            Err(Untold::Failed(why)) => Some(why.clone()),
            _ => None,
        },
    );
    let reason = match why {
        Some(why) => format!("the firewall cannot be read: {why}"),
        None => "the firewall's rules cannot be read without rights".to_owned(),
    };
    let steps = vec!["See for certain: `sudo loadlift check`.".into()];
    Check::new(NAME, State::Unknown, "firewall-no-rights", reason, steps)
}

/// The exact command, in the words of whoever manages the rules.
fn advice(
    firewall: &LinuxFirewall,
    interface: &Interface,
    port: u16,
    ufw: Option<&Ufw>,
    zone: Option<&Zone>,
) -> Vec<String> {
    let Interface { name, address, prefix, .. } = interface;
    let runs = |service: &str| firewall.services.iter().any(|running| running == service);
    if matches!(ufw, Some(Ufw::Blocks | Ufw::Lets)) || runs("ufw") {
        return vec![
            format!("Let phones in: `sudo ufw allow in on {name} to any port {port} proto udp`."),
            format!("Afterwards: `sudo ufw delete allow in on {name} to any port {port} proto udp`."),
        ];
    }
    if matches!(zone, Some(Zone::Blocks(_) | Zone::Lets(_))) || runs("firewalld") {
        let zone = match zone {
            Some(Zone::Blocks(zone) | Zone::Lets(zone)) => format!("--zone={zone} "),
            _ => String::new(),
        };
        return vec![format!(
            "Let phones in until the next restart: `sudo firewall-cmd {zone}--add-port={port}/udp`."
        )];
    }
    if let Ok(rules) = &firewall.nft {
        let chain = chain_name(rules);
        return vec![format!(
            "Let phones in until the next restart: `sudo nft insert rule {chain} iifname \"{name}\" udp dport {port} accept`."
        )];
    }
    let network = Ipv4Addr::from(
        u32::from(*address) & u32::MAX.checked_shl(32 - u32::from((*prefix).min(32))).unwrap_or(0),
    );
    vec![format!(
        "Let phones in: `sudo iptables -I INPUT -i {name} -s {network}/{prefix} -p udp --dport {port} -j ACCEPT`."
    )]
}

fn chain_name(rules: &str) -> String {
    nft::input_chain(rules).unwrap_or_else(|| "inet filter input".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::interface::testing::wire;

    const DENY: &str = r#"{"nftables": [{"metainfo": {"version": "1.0.6"}},
        {"table": {"family": "inet", "name": "filter", "handle": 1}},
        {"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
        {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 2, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": "lo"}}, {"accept": null}]}}]}"#;

    fn nothing() -> LinuxFirewall {
        let missing = || Err(Untold::Missing);
        LinuxFirewall {
            nft: missing(),
            ufw: missing(),
            firewalld: missing(),
            iptables: missing(),
            services: Vec::new(),
        }
    }

    fn judged(firewall: &LinuxFirewall) -> Check {
        check(firewall, &wire("eth0", [10, 20, 0, 5]), 69)
    }

    #[test]
    fn the_kernels_rules_decide_and_the_step_is_in_the_words_of_who_manages_them() {
        let denied = LinuxFirewall { nft: Ok(DENY.into()), ..nothing() };
        let plain = judged(&denied);
        assert_eq!((plain.state, plain.code), (State::Bad, "firewall-blocks"));
        assert!(
            plain.next[0].contains("nft insert rule inet filter input iifname \"eth0\" udp dport 69 accept")
        );
        let by_ufw = LinuxFirewall { services: vec!["ufw".into()], ..denied.clone() };
        assert!(judged(&by_ufw).next[0].contains("sudo ufw allow in on eth0 to any port 69 proto udp"));
        let zone = "home (active)\n  target: default\n  services: ssh\n  ports: \n";
        let by_firewalld = LinuxFirewall { firewalld: Ok(zone.into()), ..denied };
        assert!(judged(&by_firewalld).next[0].contains("firewall-cmd --zone=home --add-port=69/udp"));
        let open = LinuxFirewall { nft: Ok(DENY.replace("drop", "accept")), ..nothing() };
        assert_eq!(judged(&open).state, State::Ok);
    }

    #[test]
    fn requests_that_come_in_and_answers_that_do_not_are_told() {
        let rule = r#"{"rule": {"family": "inet", "table": "filter", "chain": "input", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": 69}}, {"accept": null}]}}]}"#;
        let nft = format!("{},{rule}", DENY.strip_suffix("]}").unwrap());
        let check = judged(&LinuxFirewall { nft: Ok(nft), ..nothing() });
        assert_eq!((check.state, check.code), (State::Bad, "firewall-blocks-data"));
    }

    #[test]
    fn without_rights_it_is_said_what_runs_and_that_it_cannot_be_told() {
        let firewall = LinuxFirewall {
            nft: Err(Untold::NoRights),
            ufw: Err(Untold::NoRights),
            services: vec!["ufw".into()],
            ..nothing()
        };
        let check = judged(&firewall);
        assert_eq!((check.state, check.code), (State::Unknown, "firewall-no-rights"));
        assert!(check.reason.starts_with("ufw is on;") && check.next[0].contains("sudo"), "{check:?}");
        let silent = LinuxFirewall { nft: Err(Untold::NoRights), ..nothing() };
        assert_eq!(judged(&silent).code, "firewall-no-rights");
        assert_eq!(judged(&nothing()).code, "firewall-none");
    }

    #[test]
    fn ufw_and_firewalld_decide_where_the_kernel_may_not_be_asked() {
        let nft = Err(Untold::NoRights);
        let ufw = Ok("Status: active\nDefault: deny (incoming), allow (outgoing)\n".into());
        let check = judged(&LinuxFirewall { nft: nft.clone(), ufw, ..nothing() });
        assert_eq!((check.state, check.code), (State::Bad, "firewall-blocks"));
        let zone = "public\n  target: default\n  services: ssh tftp\n";
        let check = judged(&LinuxFirewall { nft, firewalld: Ok(zone.into()), ..nothing() });
        assert_eq!(check.state, State::Ok);
    }

    #[test]
    fn the_older_tables_count_beside_nft_which_does_not_show_them() {
        let open = LinuxFirewall { nft: Ok(DENY.replace("drop", "accept")), ..nothing() };
        let with = |iptables: Told| judged(&LinuxFirewall { iptables, ..open.clone() });
        assert_eq!(with(Ok("-P INPUT DROP\n".into())).code, "firewall-blocks");
        assert_eq!(with(Ok("-P INPUT ACCEPT\n".into())).code, "firewall-lets-in");
        let unread = with(Err(Untold::Failed("iptables-legacy is not here".into())));
        assert_eq!((unread.state, unread.code), (State::Unknown, "firewall-no-rights"));
        assert!(unread.reason.contains("iptables-legacy is not here"), "{unread:?}");
    }

    #[test]
    fn iptables_decides_where_there_is_nothing_else() {
        let with = |rules: &str| judged(&LinuxFirewall { iptables: Ok(rules.into()), ..nothing() }).state;
        assert_eq!(with("-P INPUT ACCEPT\n"), State::Ok);
        assert_eq!(with("-P INPUT DROP\n"), State::Bad);
        assert_eq!(with("-P INPUT DROP\n-A INPUT -p udp -m udp --dport 69 -j ACCEPT\n"), State::Ok);
        assert_eq!(with("-P INPUT ACCEPT\n-A INPUT -j REJECT\n"), State::Unknown);
    }
}
