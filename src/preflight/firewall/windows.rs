//! The Windows firewall: profiles and rules as its programming interface tells them, never as text for people.

use super::NAME;
use super::rule::{OwnRule, RULE, delete_command};
use crate::preflight::check::{Check, State};

/// UDP, in numbers of protocols; 256 stands for any.
const UDP: i32 = 17;
const ANY: i32 = 256;

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WindowsFirewall {
    /// The profiles of the networks that the machine is in now.
    pub active: Vec<Profile>,
    /// The enabled rules about what comes in that name this program, or every program and UDP.
    pub rules: Vec<Rule>,
    /// Enabled rules that could not be read: what they block or let in is not known.
    pub unreadable: usize,
    /// The rule that this program adds, if it is there.
    pub own: Option<OwnRule>,
    /// Whether rules of this machine count: a domain's policy may ignore them. `None` where it is not told.
    pub local_rules_count: Option<bool>,
}

/// A profile that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Which.
    pub kind: ProfileKind,
    /// Whether it filters at all.
    pub enabled: bool,
    /// Whether it blocks all that comes in, whatever the rules say.
    pub blocks_all: bool,
    /// Whether what no rule speaks of is blocked: the usual way.
    pub blocks_by_default: bool,
}

/// Which profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileKind {
    /// A network with a domain controller.
    Domain,
    /// A network that somebody called private.
    Private,
    /// Any other, and every network without a gateway: an isolated bench.
    Public,
}

impl ProfileKind {
    /// The bit by which rules name it.
    pub fn bit(self) -> i32 {
        match self {
            Self::Domain => 1,
            Self::Private => 2,
            Self::Public => 4,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Domain => "Domain",
            Self::Private => "Private",
            Self::Public => "Public",
        }
    }
}

/// An enabled rule about what comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Whether it lets in; otherwise it blocks.
    pub allows: bool,
    /// The program that it is for; `None` for every program.
    pub program: Option<String>,
    /// Number of the protocol; 256 for any.
    pub protocol: i32,
    /// The ports that it is for, `69,1000-2000`; empty or `*` for any.
    pub ports: String,
    /// The profiles that it is for, as bits.
    pub profiles: i32,
    /// The addresses that it lets in or blocks, as the system writes them: `*`, `LocalSubnet`, `10.0.0.0/8`.
    pub remote: String,
    /// The addresses of this machine that it is for; `*` for all.
    pub local: String,
    /// The kinds of interface that it is for: `All`, or some of `Lan`, `Wireless`, `RemoteAccess`.
    pub interfaces: String,
    /// What else it asks for, in words: connections that prove who they are, for example.
    pub asks_for: Option<String>,
}

impl Rule {
    /// What keeps it from counting for every phone in the subnet, in words; `None` if nothing does.
    fn limit(&self) -> Option<String> {
        let is_any = |list: &str, words: &[&str]| {
            let list = list.trim();
            list.is_empty()
                || list.split(',').any(|part| words.iter().any(|word| part.trim().eq_ignore_ascii_case(word)))
        };
        if !is_any(&self.remote, &["*", "LocalSubnet", "LocalSubnet4", "Any"]) {
            return Some(format!("for the addresses {} only", self.remote));
        }
        if !is_any(&self.local, &["*", "Any"]) {
            return Some(format!("for this laptop's addresses {} only", self.local));
        }
        if !is_any(&self.interfaces, &["All"]) {
            return Some(format!("for interfaces of the kind {} only", self.interfaces));
        }
        self.asks_for.clone()
    }

    fn covers(&self, profile: Profile, program: &str, port: u16) -> bool {
        let same = |named: &String| named.trim_matches('"').eq_ignore_ascii_case(program);
        self.profiles & profile.kind.bit() != 0
            && [UDP, ANY].contains(&self.protocol)
            && self.program.as_ref().is_none_or(same)
            && ports(&self.ports, port)
    }
}

/// Whether a list of ports has one.
fn ports(list: &str, port: u16) -> bool {
    let list = list.trim();
    list.is_empty()
        || list == "*"
        || list.split(',').any(|part| {
            let (low, high) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
            matches!((low.parse::<u16>(), high.parse::<u16>()), (Ok(low), Ok(high)) if (low..=high).contains(&port))
        })
}

/// The command that adds the rule by hand.
pub(super) fn command(program: &str) -> String {
    format!(
        "Or by hand, as administrator: `netsh advfirewall firewall add rule name=\"{RULE}\" dir=in action=allow program=\"{program}\" protocol=udp profile=any remoteip=localsubnet`."
    )
}

pub(super) fn check(firewall: &WindowsFirewall, program: &str, port: u16) -> Check {
    let on: Vec<Profile> = firewall.active.iter().copied().filter(|profile| profile.enabled).collect();
    if firewall.active.is_empty() {
        let reason = "the Windows firewall names no profile: this laptop is in no network that it knows";
        let next = vec!["Plug the cable in, give the interface its address, and check again.".to_owned()];
        return Check::new(NAME, State::Unknown, "firewall-unclear", reason, next);
    }
    if on.is_empty() {
        return Check::ok(NAME, "firewall-off", "the Windows firewall is off in the networks of this laptop");
    }
    let offer = || {
        vec![
            "Let loadlift add a rule until it ends, as administrator: w in the wizard, or `loadlift serve` with `--open-firewall`.".to_owned(),
            command(program),
        ]
    };
    for profile in on {
        let kind = profile.kind.words();
        if profile.blocks_all {
            let reason = format!(
                "the Windows firewall blocks all that comes in (profile {kind}), whatever its rules say"
            );
            let next =
                "Take the tick off `Block all incoming connections` in the firewall's settings.".into();
            return Check::new(NAME, State::Bad, "firewall-blocks-all", reason, vec![next]);
        }
        let about = || firewall.rules.iter().filter(|rule| rule.covers(profile, program, port));
        if let Some(block) = about().find(|rule| !rule.allows) {
            return blocked(block, profile, program);
        }
        // A rule that cannot be read may be the one that blocks: nothing is said to be let in on the strength of the rest.
        if firewall.unreadable > 0 {
            let reason = format!(
                "{} rules of the Windows firewall cannot be read; whether one of them blocks loadlift (profile {kind}) cannot be told",
                firewall.unreadable
            );
            let next = "See for certain as administrator: right-click loadlift, `Run as administrator`, and check again.";
            return Check::new(
                NAME,
                State::Unknown,
                "firewall-unclear",
                reason,
                vec![next.into(), command(program)],
            );
        }
        if !profile.blocks_by_default {
            continue;
        }
        if !about().any(|rule| rule.allows && rule.limit().is_none()) {
            if let Some((rule, limit)) = about().find_map(|rule| Some((rule, rule.limit()?))) {
                let reason = format!(
                    "the rule `{}` of the Windows firewall lets phones in (profile {kind}) {limit}; whether they are among them cannot be told",
                    rule.name
                );
                return Check::new(NAME, State::Unknown, "firewall-limited-rule", reason, offer());
            }
            let reason = format!(
                "the Windows firewall (profile {kind}) lets no phone in: it has no rule for this program"
            );
            return Check::new(NAME, State::Bad, "firewall-no-rule", reason, offer());
        }
        if firewall.local_rules_count == Some(false) {
            let reason = format!("the domain's policy ignores the rules of this machine (profile {kind})");
            let next = "Ask whoever keeps the policy, or use a network outside the domain.".into();
            return Check::new(NAME, State::Warn, "firewall-policy", reason, vec![next]);
        }
    }
    Check::ok(NAME, "firewall-lets-in", "the Windows firewall lets phones in to this program")
}

/// A rule blocks, for every phone or for some.
fn blocked(block: &Rule, profile: Profile, program: &str) -> Check {
    let (name, kind) = (&block.name, profile.kind.words());
    // Without the program's name the command would take every rule of that name.
    let named = block.program.as_ref().map_or_else(String::new, |_| format!(" program=\"{program}\""));
    let next = vec![format!("Remove that rule, as administrator: `{}{named}`.", delete_command(name))];
    let Some(limit) = block.limit() else {
        let reason = format!(
            "the rule `{name}` of the Windows firewall blocks loadlift (profile {kind}), and a block is stronger than a permission"
        );
        return Check::new(NAME, State::Bad, "firewall-block-rule", reason, next);
    };
    let reason = format!(
        "the rule `{name}` of the Windows firewall blocks loadlift (profile {kind}) {limit}; whether phones are among them cannot be told"
    );
    Check::new(NAME, State::Warn, "firewall-block-rule", reason, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = r"C:\Tools\loadlift.exe";

    fn public() -> Profile {
        Profile { kind: ProfileKind::Public, enabled: true, blocks_all: false, blocks_by_default: true }
    }

    fn rule(allows: bool, program: Option<&str>) -> Rule {
        Rule {
            name: "loadlift.exe".into(),
            allows,
            program: program.map(str::to_owned),
            protocol: UDP,
            ports: "*".into(),
            profiles: 4,
            remote: "*".into(),
            local: "*".into(),
            interfaces: "All".into(),
            asks_for: None,
        }
    }

    fn firewall(profile: Profile, rules: &[Rule]) -> WindowsFirewall {
        WindowsFirewall { active: vec![profile], rules: rules.to_vec(), ..WindowsFirewall::default() }
    }

    fn judged(profile: Profile, rules: &[Rule]) -> Check {
        check(&firewall(profile, rules), PROGRAM, 69)
    }

    #[test]
    fn without_a_rule_the_usual_firewall_blocks_and_a_rule_is_offered() {
        let check = judged(public(), &[]);
        assert_eq!((check.state, check.code), (State::Bad, "firewall-no-rule"));
        assert!(check.next[0].contains("--open-firewall") && check.next[1].contains(PROGRAM), "{check:?}");
        assert_eq!(judged(Profile { enabled: false, ..public() }, &[]).code, "firewall-off");
        assert_eq!(judged(Profile { blocks_by_default: false, ..public() }, &[]).state, State::Ok);
    }

    #[test]
    fn a_rule_counts_for_its_program_its_ports_its_protocol_and_its_profile() {
        let allow = rule(true, Some(r"c:\tools\LOADLIFT.exe"));
        assert_eq!(judged(public(), std::slice::from_ref(&allow)).code, "firewall-lets-in");
        assert_eq!(judged(public(), &[rule(true, None)]).code, "firewall-lets-in");
        for other in [
            Rule { profiles: 2, ..allow.clone() },
            Rule { protocol: 6, ..allow.clone() },
            Rule { ports: "80,100-200".into(), ..allow.clone() },
            rule(true, Some(r"C:\other.exe")),
        ] {
            assert_eq!(judged(public(), std::slice::from_ref(&other)).code, "firewall-no-rule", "{other:?}");
        }
    }

    #[test]
    fn a_block_is_stronger_than_a_permission_and_block_all_than_both() {
        let rules = [rule(true, Some(PROGRAM)), rule(false, Some(PROGRAM))];
        let check = judged(public(), &rules);
        assert_eq!((check.state, check.code), (State::Bad, "firewall-block-rule"));
        assert!(check.next[0].contains("delete rule"), "{check:?}");
        let all = Profile { blocks_all: true, ..public() };
        assert_eq!(judged(all, &rules[..1]).code, "firewall-blocks-all");
    }

    #[test]
    fn a_permission_for_some_is_no_permission_for_all_and_no_refusal_either() {
        let allow = rule(true, Some(PROGRAM));
        for limited in [
            Rule { remote: "192.168.7.0/255.255.255.0".into(), ..allow.clone() },
            Rule { local: "10.20.0.9".into(), ..allow.clone() },
            Rule { interfaces: "Wireless".into(), ..allow.clone() },
            Rule { asks_for: Some("for connections that prove who they are only".into()), ..allow.clone() },
        ] {
            let check = judged(public(), std::slice::from_ref(&limited));
            assert_eq!((check.state, check.code), (State::Unknown, "firewall-limited-rule"), "{limited:?}");
            assert!(check.reason.contains(" only; whether they are among them"), "{check:?}");
            assert_eq!(judged(public(), &[limited, allow.clone()]).code, "firewall-lets-in");
        }
        let subnet = Rule { remote: "LocalSubnet".into(), ..allow };
        assert_eq!(judged(public(), &[subnet]).code, "firewall-lets-in");
        let some = Rule { remote: "10.9.9.9/255.255.255.255".into(), ..rule(false, None) };
        let check = judged(public(), &[rule(true, None), some]);
        assert_eq!((check.state, check.code), (State::Warn, "firewall-block-rule"), "{check:?}");
        assert!(!check.next[0].contains("program="), "a rule for every program has none to name: {check:?}");
    }

    #[test]
    fn rules_that_cannot_be_read_are_never_taken_for_rules_that_do_not_block() {
        let unreadable = WindowsFirewall { unreadable: 2, ..firewall(public(), &[rule(true, None)]) };
        let found = check(&unreadable, PROGRAM, 69);
        assert_eq!((found.state, found.code), (State::Unknown, "firewall-unclear"));
        assert!(found.reason.starts_with("2 rules"), "{found:?}");
        let open =
            WindowsFirewall { active: vec![Profile { blocks_by_default: false, ..public() }], ..unreadable };
        assert_eq!(check(&open, PROGRAM, 69).state, State::Unknown, "one of them may block all the same");
    }

    #[test]
    fn a_machine_in_two_networks_is_as_open_as_the_stricter_profile() {
        let private = Profile { kind: ProfileKind::Private, ..public() };
        let rules = vec![Rule { profiles: 2, ..rule(true, Some(PROGRAM)) }];
        let both = WindowsFirewall { active: vec![private, public()], rules, ..WindowsFirewall::default() };
        let found = check(&both, PROGRAM, 69);
        assert!(found.code == "firewall-no-rule" && found.reason.contains("profile Public"), "{found:?}");
        let nowhere = WindowsFirewall::default();
        assert_eq!(check(&nowhere, PROGRAM, 69).code, "firewall-unclear", "no network, and so no profile");
    }

    #[test]
    fn a_domain_that_ignores_local_rules_is_named() {
        let ignored =
            WindowsFirewall { local_rules_count: Some(false), ..firewall(public(), &[rule(true, None)]) };
        assert_eq!(check(&ignored, PROGRAM, 69).code, "firewall-policy");
    }
}
