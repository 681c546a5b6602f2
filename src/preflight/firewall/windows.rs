//! The Windows firewall: profiles and rules as its programming interface tells them, never as text for people.

use super::NAME;
use crate::preflight::check::{Check, State};

/// The name of the rule that this program adds when the technician says so. By it the rule is found again.
pub const RULE: &str = "loadlift: phones in this subnet (temporary)";

/// What that rule says of itself in Windows' own list of rules, to somebody who never heard of this program. Windows takes
/// no `|` in it.
pub const RULE_DESCRIPTION: &str = "Lets Cisco phones in this laptop's own subnet fetch their firmware from loadlift by \
     UDP (TFTP). loadlift added this rule when the technician asked for it, and takes it away when it ends. If loadlift is \
     not running, this rule is left over from a run that was cut off and can be deleted.";

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
}

impl Rule {
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
            let reason = format!(
                "the rule `{}` of the Windows firewall blocks loadlift (profile {kind}), and a block is stronger than a permission",
                block.name
            );
            let next = format!(
                "Remove that rule, as administrator: `netsh advfirewall firewall delete rule name=\"{}\" program=\"{program}\"`.",
                block.name
            );
            return Check::new(NAME, State::Bad, "firewall-block-rule", reason, vec![next]);
        }
        if !profile.blocks_by_default {
            continue;
        }
        let allowed = about().any(|rule| rule.allows);
        if !allowed {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_says_to_whoever_finds_it_what_it_is_for_and_that_it_can_go() {
        for words in ["loadlift", "UDP", "own subnet", "can be deleted"] {
            assert!(RULE_DESCRIPTION.contains(words), "{words}");
        }
        // What the firewall refuses in a name or a description.
        assert!(![RULE, RULE_DESCRIPTION].iter().any(|text| text.contains('|') || text.contains("  ")));
    }

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
        }
    }

    fn judged(profile: Profile, rules: &[Rule]) -> Check {
        let firewall =
            WindowsFirewall { active: vec![profile], rules: rules.to_vec(), local_rules_count: None };
        check(&firewall, PROGRAM, 69)
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
}
