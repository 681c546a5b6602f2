//! What the tools of Linux' firewalls say.

pub(in crate::platform) use crate::platform::no_rule::{close, open, own_rule};
use crate::platform::tool::ask;
use crate::preflight::firewall::{Firewall, LinuxFirewall, Told, Untold};

/// Services that filter.
const SERVICES: &[&str] = &["ufw", "firewalld", "nftables"];

pub(in crate::platform) fn read(interface: &str, _: &str) -> Firewall {
    let nft = ask("nft", &["-j", "list", "ruleset"]);
    let iptables = if nft.is_ok() { older_tables() } else { ask("iptables", &["-S", "INPUT"]) };
    Firewall::Linux(LinuxFirewall {
        nft,
        ufw: ask("ufw", &["status", "verbose"]),
        firewalld: firewalld(interface),
        iptables,
        services: services(),
    })
}

/// The chain in the kernel's older tables, which `nft` does not show; `Missing` where they are not in use.
fn older_tables() -> Told {
    // Exists once one of them was made. Whoever may read nft's rules may read this.
    let names = std::fs::read_to_string("/proc/net/ip_tables_names").unwrap_or_default();
    if !names.lines().any(|name| name == "filter") {
        return Err(Untold::Missing);
    }
    ask("iptables-legacy", &["-S", "INPUT"]).map_err(|why| match why {
        Untold::Missing => Untold::Failed("the tool iptables-legacy is not here".to_owned()),
        other => other,
    })
}

/// The zone of the interface; the default one if it is in none.
fn firewalld(interface: &str) -> Told {
    let zone = ask("firewall-cmd", &[&format!("--get-zone-of-interface={interface}")]).or_else(|why| {
        if why == Untold::Missing { Err(why) } else { ask("firewall-cmd", &["--get-default-zone"]) }
    })?;
    ask("firewall-cmd", &[&format!("--zone={}", zone.trim()), "--list-all"])
}

fn services() -> Vec<String> {
    // Answers a word a line, and fails where one of them does not run: then they are asked one by one.
    let mut running: Vec<String> = SERVICES
        .iter()
        .filter(|service| ask("systemctl", &["is-active", "--quiet", service]).is_ok())
        .map(|service| (*service).to_owned())
        .collect();
    // ufw's service is over once its rules are loaded; its configuration anybody may read.
    let enabled = std::fs::read_to_string("/etc/ufw/ufw.conf")
        .is_ok_and(|text| text.lines().any(|line| line.trim().eq_ignore_ascii_case("ENABLED=yes")));
    if enabled && !running.iter().any(|service| service == "ufw") {
        running.push("ufw".to_owned());
    }
    if !enabled {
        running.retain(|service| service != "ufw");
    }
    running
}
