//! The UDP ports that the program needs: whether one is free, who holds it, and how to get it.

use std::net::{IpAddr, Ipv4Addr};

use super::check::{Check, State, System};
use super::rights::{self, Rights};
use crate::catalog::Catalog;

/// A program that holds a UDP port of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The address that it holds the port on; unspecified for all of them, `None` where the system does not say.
    pub address: Option<IpAddr>,
    /// Number of the process; `None` without the right to know.
    pub pid: Option<u32>,
    /// The program's file name, or what the system calls the process; `None` without the right to know.
    pub program: Option<String>,
    /// The account that it runs under, where the system tells it.
    pub user: Option<String>,
}

impl Holder {
    /// `dnsmasq (process 812)`, `a program of the user root`, `another program`.
    pub fn words(&self) -> String {
        match (&self.program, self.pid, &self.user) {
            (Some(program), Some(pid), _) => format!("{program} (process {pid})"),
            (Some(program), None, _) => program.clone(),
            (None, Some(pid), _) => format!("process {pid}"),
            (None, None, Some(user)) => format!("a program of the user {user}"),
            (None, None, None) => "another program".to_owned(),
        }
    }

    /// Whether it keeps the port of `address` from us.
    pub fn covers(&self, address: Ipv4Addr) -> bool {
        self.address.is_none_or(|held| held.is_unspecified() || held == IpAddr::V4(address))
    }
}

/// How the attempt to open a port ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// It was opened, for this program alone, and closed again.
    Opened,
    /// Another program has it.
    Taken,
    /// It may not be opened.
    Forbidden,
    /// The machine does not have the address.
    NoAddress,
    /// Anything else, in the system's words.
    Failed(String),
    /// It was not tried.
    NotTried,
}

/// What is known of one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortFacts {
    /// The port.
    pub port: u16,
    /// How the attempt to open it ended.
    pub opening: Opening,
    /// Who holds it, this program left out; or why that cannot be read.
    pub holders: Result<Vec<Holder>, String>,
}

impl PortFacts {
    fn holders(&self) -> &[Holder] {
        self.holders.as_deref().unwrap_or_default()
    }
}

/// All holders in words: `dnsmasq (process 812) and tftpd64.exe (process 4)`.
pub fn all_words(holders: &[Holder]) -> String {
    let mut words: Vec<String> = holders.iter().map(Holder::words).collect();
    words.dedup();
    words.join(" and ")
}

/// The exact next step against whoever holds a port: what is known of the program, or the command that names it.
pub fn holder_advice(catalog: &Catalog, system: System, port: u16, holders: &[Holder]) -> Vec<String> {
    let mut advice = Vec::new();
    for holder in holders {
        let Some(program) = &holder.program else { continue };
        let Some(known) = catalog.port_holder(program) else { continue };
        let steps = match system {
            System::Linux => &known.linux,
            System::Windows => &known.windows,
            System::MacOs => &known.macos,
        };
        if steps.is_empty() {
            continue;
        }
        advice.push(format!("{program} is {}.", known.what));
        let pid = holder.pid.map_or_else(|| "PROCESS".to_owned(), |pid| pid.to_string());
        advice.extend(steps.iter().map(|step| step.replace("PROCESS", &pid)));
        break;
    }
    if advice.is_empty() {
        advice.push(match holders.iter().find_map(|holder| Some((holder.program.as_ref()?, holder.pid?))) {
            Some((program, pid)) if system == System::Windows => {
                format!("Close {program}, or end it: `taskkill /pid {pid}`.")
            }
            Some((program, pid)) => format!("Close {program}, or end it: `sudo kill {pid}`."),
            None => format!(
                "Close the other program that holds port {port}; `{}` shows which it is.",
                holder_command(system, port)
            ),
        });
    }
    advice.push("Then check again.".into());
    advice
}

/// The command with which the administrator sees who holds a port.
pub(super) fn holder_command(system: System, port: u16) -> String {
    match system {
        System::Windows => format!("netstat -abno -p UDP | findstr :{port}"),
        System::MacOs => format!("sudo lsof -nP -iUDP:{port}"),
        System::Linux => format!("sudo ss -lunp sport = :{port}"),
    }
}

/// The port that phones ask.
pub(super) fn service(
    catalog: &Catalog,
    facts: &PortFacts,
    address: Ipv4Addr,
    rights: &Rights,
    system: System,
) -> Check {
    let name = "port-69";
    let port = facts.port;
    let (close, beside): (Vec<Holder>, Vec<Holder>) =
        facts.holders().iter().cloned().partition(|holder| holder.covers(address));
    let taken = || {
        let who = if close.is_empty() { "another program".to_owned() } else { all_words(&close) };
        let reason = format!("UDP port {port} on {address} is held by {who}");
        Check::new(name, State::Bad, "port-taken", reason, holder_advice(catalog, system, port, &close))
    };
    match &facts.opening {
        // Some systems let two programs have one port, and give each datagram to one of them.
        Opening::Opened | Opening::NotTried if !close.is_empty() => taken(),
        Opening::Opened | Opening::NotTried if !beside.is_empty() => Check::new(
            name,
            State::Warn,
            "port-beside",
            format!("{} has UDP port {port} on another address; on {address} it is free", all_words(&beside)),
            vec!["Close it if phones can reach that address too: they would get the other's files.".into()],
        ),
        Opening::Opened => Check::ok(name, "port-free", format!("UDP port {port} on {address} is free")),
        Opening::NotTried => match &facts.holders {
            Ok(_) => Check::ok(name, "port-free", format!("nobody holds UDP port {port}")),
            Err(why) => {
                let reason = format!("who holds UDP port {port} cannot be read: {why}");
                let next = format!("`{}` shows it.", holder_command(system, port));
                Check::new(name, State::Unknown, "port-unknown", reason, vec![next])
            }
        },
        Opening::Taken => taken(),
        Opening::Forbidden if system == System::Windows && close.is_empty() => Check::new(
            name,
            State::Bad,
            "port-set-aside",
            format!("Windows does not give UDP port {port} away, though no program holds it"),
            vec![
                "It is set aside: `netsh int ipv4 show excludedportrange udp` lists such ranges.".into(),
                format!(
                    "As administrator: `net stop winnat`, then `netsh int ipv4 add excludedportrange udp {port} 1`, then `net start winnat`."
                ),
            ],
        ),
        Opening::Forbidden if !close.is_empty() => taken(),
        Opening::Forbidden => {
            let reason = format!("no permission to open UDP port {port} on {address}");
            let next = rights::right_advice(rights, system, port);
            Check::new(name, State::Bad, "port-forbidden", reason, next)
        }
        Opening::NoAddress => Check::new(
            name,
            State::Bad,
            "no-such-address",
            format!("this machine has no interface with the address {address} any more"),
            vec!["Check the cable and the address of the interface.".into()],
        ),
        Opening::Failed(why) => Check::new(
            name,
            State::Bad,
            "port-not-opened",
            format!("UDP port {port} on {address} cannot be opened: {why}"),
            vec!["Choose another interface or address.".into()],
        ),
    }
}

/// The port of a DHCP server: only a bench without one needs it, so a holder is worth knowing and no more.
pub(super) fn bench(catalog: &Catalog, facts: &PortFacts, system: System) -> Check {
    let name = "port-67";
    let port = facts.port;
    match &facts.holders {
        Err(why) => {
            let reason = format!("who holds UDP port {port} cannot be read: {why}");
            Check::new(name, State::Unknown, "bench-port-unknown", reason, Vec::new())
        }
        Ok(holders) if holders.is_empty() => {
            Check::ok(name, "bench-port-free", format!("UDP port {port}, for a bench without DHCP, is free"))
        }
        Ok(holders) => {
            let reason = format!(
                "UDP port {port} is held by {}; only a bench without DHCP needs it",
                all_words(holders)
            );
            let next = holder_advice(catalog, system, port, holders);
            Check::new(name, State::Warn, "bench-port-taken", reason, next)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rights::LowPorts;
    use super::*;

    fn holder(program: &str, pid: u32, address: [u8; 4]) -> Holder {
        let address = Some(IpAddr::from(address));
        Holder { address, pid: Some(pid), program: Some(program.into()), user: Some("root".into()) }
    }

    fn judged(opening: Opening, holders: Vec<Holder>, system: System) -> Check {
        let facts = PortFacts { port: 69, opening, holders: Ok(holders) };
        let low_ports = LowPorts::Not(Some(1024));
        let rights = Rights { program: "/opt/loadlift".into(), low_ports, mount: None };
        service(Catalog::embedded(), &facts, Ipv4Addr::new(10, 1, 1, 5), &rights, system)
    }

    #[test]
    fn a_holder_is_named_as_well_as_it_is_known() {
        let all = Holder {
            address: None,
            pid: Some(812),
            program: Some("dnsmasq".into()),
            user: Some("root".into()),
        };
        assert_eq!(all.words(), "dnsmasq (process 812)");
        let nameless = Holder { program: None, ..all.clone() };
        assert_eq!(nameless.words(), "process 812");
        let foreign = Holder { pid: None, ..nameless };
        assert_eq!(foreign.words(), "a program of the user root");
        assert_eq!(Holder { user: None, ..foreign }.words(), "another program");
    }

    #[test]
    fn a_known_holder_is_stopped_by_its_own_command_and_an_unknown_one_by_its_number() {
        let check = judged(Opening::Taken, vec![holder("in.tftpd", 812, [0; 4])], System::Linux);
        assert_eq!((check.state, check.code), (State::Bad, "port-taken"));
        assert_eq!(check.reason, "UDP port 69 on 10.1.1.5 is held by in.tftpd (process 812)");
        assert!(check.next[1].contains("sudo systemctl stop tftpd-hpa"), "{:?}", check.next);
        let check = judged(Opening::Taken, vec![holder("Tftpd64.exe", 9, [0; 4])], System::Windows);
        assert!(check.next[1].contains("net stop Tftpd32_svc"), "{:?}", check.next);
        let check = judged(Opening::Taken, vec![holder("svchost.exe", 9, [0; 4])], System::Windows);
        assert!(check.next[3].contains("pid eq 9"), "{:?}", check.next);
        let check = judged(Opening::Taken, vec![holder("nc", 77, [10, 1, 1, 5])], System::Linux);
        assert_eq!(check.next, ["Close nc, or end it: `sudo kill 77`.", "Then check again."]);
    }

    #[test]
    fn a_port_that_two_programs_may_share_is_not_called_free() {
        let check = judged(Opening::Opened, vec![holder("Tftpd64.exe", 9, [0; 4])], System::Windows);
        assert_eq!(check.code, "port-taken");
        let check = judged(Opening::Opened, vec![holder("dnsmasq", 9, [192, 168, 122, 1])], System::Linux);
        assert_eq!((check.state, check.code), (State::Warn, "port-beside"));
        assert_eq!(judged(Opening::Opened, Vec::new(), System::Linux).code, "port-free");
    }

    #[test]
    fn a_forbidden_port_is_a_matter_of_rights_of_a_holder_or_of_windows() {
        let check = judged(Opening::Forbidden, Vec::new(), System::Linux);
        assert!(check.next[0].contains("sudo setcap cap_net_bind_service=ep /opt/loadlift"));
        let check = judged(Opening::Forbidden, Vec::new(), System::Windows);
        assert_eq!(check.code, "port-set-aside");
        let check = judged(Opening::Forbidden, vec![holder("svchost.exe", 4, [0; 4])], System::Windows);
        assert_eq!(check.code, "port-taken");
    }

    #[test]
    fn the_port_of_the_bench_is_worth_knowing_and_no_more() {
        let facts =
            PortFacts { port: 67, opening: Opening::NotTried, holders: Ok(vec![holder("dhcpd", 5, [0; 4])]) };
        let check = bench(Catalog::embedded(), &facts, System::Linux);
        assert_eq!((check.state, check.code), (State::Warn, "bench-port-taken"));
        let facts = PortFacts { holders: Err("no rights".into()), ..facts };
        assert_eq!(bench(Catalog::embedded(), &facts, System::Linux).state, State::Unknown);
    }
}
