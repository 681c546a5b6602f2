//! nftables: would a phone's request, and then its acknowledgement, come through? From `nft -j list ruleset`.
//!
//! Follows the rules as the kernel does, for two packets that are known in part. What it does not understand may match
//! or not; then it says so instead of guessing. Total on any text.

use std::net::Ipv4Addr;

use serde_json::Value;

/// Chains that may follow each other; the kernel allows 16.
const DEPTH: usize = 16;

/// A packet, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet<'a> {
    /// Where it comes in.
    pub(super) interface: &'a str,
    /// The subnet that it comes from.
    pub(super) subnet: (Ipv4Addr, u8),
    /// Where it goes to.
    pub(super) to: Ipv4Addr,
    /// Its port here.
    pub(super) port: u16,
    /// Whether it answers something that we sent.
    pub(super) established: bool,
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It comes through.
    Passes,
    /// It is dropped or rejected, by this chain: `inet filter input (policy)`.
    Blocked(String),
    /// It depends on something that is not understood.
    Unclear,
    /// The text is not what `nft -j` writes.
    Unreadable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Yes,
    No,
    Maybe,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Accept,
    Drop,
    /// Behind the last rule, or returned.
    On,
    Unclear,
}

struct Ruleset<'a> {
    all: &'a [Value],
    packet: Packet<'a>,
}

/// Follow one packet through every chain that it meets on its way in.
pub(super) fn fate(text: &str, packet: Packet<'_>) -> Fate {
    let Ok(parsed) = serde_json::from_str::<Value>(text) else { return Fate::Unreadable };
    let Some(all) = parsed.get("nftables").and_then(Value::as_array) else { return Fate::Unreadable };
    let rules = Ruleset { all, packet };
    let mut unclear = false;
    for chain in all.iter().filter_map(|item| item.get("chain")) {
        let hook = chain.get("hook").and_then(Value::as_str).unwrap_or_default();
        let kind = chain.get("type").and_then(Value::as_str).unwrap_or_default();
        let family = text_of(chain, "family");
        if kind != "filter" || !["prerouting", "input"].contains(&hook) || !["ip", "inet"].contains(&family) {
            continue;
        }
        let (table, name) = (text_of(chain, "table"), text_of(chain, "name"));
        let drops = chain.get("policy").and_then(Value::as_str) == Some("drop");
        match rules.walk(family, table, name, 0) {
            Verdict::Accept => {}
            Verdict::On if !drops => {}
            Verdict::On => return Fate::Blocked(format!("{family} {table} {name}, by its policy")),
            Verdict::Drop => return Fate::Blocked(format!("{family} {table} {name}")),
            Verdict::Unclear => unclear = true,
        }
    }
    if unclear { Fate::Unclear } else { Fate::Passes }
}

/// The first chain of that kind that decides about what comes in: where a rule is to be put.
pub(super) fn input_chain(text: &str) -> Option<String> {
    let parsed: Value = serde_json::from_str(text).ok()?;
    let mut chains = parsed.get("nftables")?.as_array()?.iter().filter_map(|item| item.get("chain"));
    let chain = chains.find(|chain| {
        text_of(chain, "hook") == "input"
            && text_of(chain, "policy") == "drop"
            && ["ip", "inet"].contains(&text_of(chain, "family"))
    })?;
    Some([text_of(chain, "family"), text_of(chain, "table"), text_of(chain, "name")].join(" "))
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

impl Ruleset<'_> {
    fn walk(&self, family: &str, table: &str, chain: &str, depth: usize) -> Verdict {
        if depth == DEPTH {
            return Verdict::Unclear;
        }
        let mut may_accept = false;
        let mut may_drop = false;
        let settle = |verdict: Verdict, may_accept: bool, may_drop: bool| match verdict {
            Verdict::Accept if may_drop => Verdict::Unclear,
            Verdict::Drop if may_accept => Verdict::Unclear,
            Verdict::On if may_accept || may_drop => Verdict::Unclear,
            verdict => verdict,
        };
        let here = |rule: &&Value| {
            text_of(rule, "family") == family
                && text_of(rule, "table") == table
                && text_of(rule, "chain") == chain
        };
        for rule in self.all.iter().filter_map(|item| item.get("rule")).filter(here) {
            let parts = rule.get("expr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let mut matches = Match::Yes;
            for part in parts {
                let (verdict, returns) = match self.part(part, family, table, depth) {
                    Part::Matches(Match::No) => break,
                    Part::Matches(Match::Maybe) => {
                        matches = Match::Maybe;
                        continue;
                    }
                    Part::Matches(Match::Yes) => continue,
                    Part::Decides(verdict, returns) => (verdict, returns),
                };
                match (verdict, matches) {
                    (Verdict::On, Match::Yes) if returns => return settle(Verdict::On, may_accept, may_drop),
                    (Verdict::On, Match::Maybe) if returns => (may_accept, may_drop) = (true, true),
                    (Verdict::On, _) => {}
                    (verdict @ (Verdict::Accept | Verdict::Drop), Match::Yes) => {
                        return settle(verdict, may_accept, may_drop);
                    }
                    (Verdict::Accept, _) => may_accept = true,
                    (Verdict::Drop, _) => may_drop = true,
                    (Verdict::Unclear, _) => (may_accept, may_drop) = (true, true),
                }
            }
        }
        settle(Verdict::On, may_accept, may_drop)
    }

    fn part(&self, part: &Value, family: &str, table: &str, depth: usize) -> Part {
        let Some((kind, value)) = part.as_object().and_then(|object| object.iter().next()) else {
            return Part::Matches(Match::Maybe);
        };
        let to = |value: &Value| self.walk(family, table, text_of(value, "target"), depth + 1);
        match kind.as_str() {
            "match" => Part::Matches(self.matches(value)),
            "accept" => Part::Decides(Verdict::Accept, false),
            "drop" | "reject" => Part::Decides(Verdict::Drop, false),
            "return" => Part::Decides(Verdict::On, true),
            "jump" => Part::Decides(to(value), false),
            "goto" => Part::Decides(to(value), true),
            "vmap" => self.verdict_map(value, family, table, depth),
            // They count, write or mark, and let the packet go on.
            "counter" | "log" | "comment" | "mangle" | "notrack" | "ct helper" => Part::Matches(Match::Yes),
            // Limits, extensions of iptables, sets that change, queues.
            _ => Part::Matches(Match::Maybe),
        }
    }

    /// `ct state vmap { established : accept, … }`.
    fn verdict_map(&self, value: &Value, family: &str, table: &str, depth: usize) -> Part {
        let entries = value.get("data").and_then(|data| data.get("set")).and_then(Value::as_array);
        let (Some(key), Some(entries)) = (value.get("key"), entries) else {
            return Part::Matches(Match::Maybe);
        };
        let mut unclear = false;
        for entry in entries {
            let Some([wanted, verdict]) = entry.as_array().map(Vec::as_slice) else {
                return Part::Matches(Match::Maybe);
            };
            match self.compare(key, wanted) {
                Match::No => {}
                Match::Maybe => unclear = true,
                Match::Yes if unclear => return Part::Decides(Verdict::Unclear, false),
                Match::Yes => return self.part(verdict, family, table, depth),
            }
        }
        if unclear { Part::Decides(Verdict::Unclear, false) } else { Part::Matches(Match::Yes) }
    }

    fn matches(&self, value: &Value) -> Match {
        let (Some(left), Some(right)) = (value.get("left"), value.get("right")) else { return Match::Maybe };
        let found = self.compare(left, right);
        match (text_of(value, "op"), found) {
            ("==" | "in", found) => found,
            ("!=", Match::Yes) => Match::No,
            ("!=", Match::No) => Match::Yes,
            _ => Match::Maybe,
        }
    }

    /// Whether what `left` stands for in the packet is, or is in, `right`.
    fn compare(&self, left: &Value, right: &Value) -> Match {
        match right {
            Value::String(name) if name.starts_with('@') => return self.in_named_set(left, name),
            Value::Array(all) => return any_of(all.iter().map(|one| self.compare(left, one))),
            Value::Object(object) => {
                if let Some(all) = object.get("set").and_then(Value::as_array) {
                    return any_of(all.iter().map(|one| self.compare(left, one)));
                }
                if let Some(element) = object.get("elem").and_then(|element| element.get("val")) {
                    return self.compare(left, element);
                }
            }
            _ => {}
        }
        let packet = &self.packet;
        let what = |kind: &str, key: &str| left.get(kind).map(|left| text_of(left, key));
        if let Some(key) = what("meta", "key") {
            let is = |text: &str| right.as_str().map_or(Match::Maybe, |right| yes(right == text));
            return match key {
                "iifname" | "iif" => match right.as_str() {
                    Some(name) => yes(name
                        .strip_suffix('*')
                        .map_or(name == packet.interface, |begin| packet.interface.starts_with(begin))),
                    None => Match::Maybe,
                },
                "l4proto" => right.as_str().map_or(number(right, 17), |_| is("udp")),
                "protocol" => is("ip"),
                "nfproto" => is("ipv4"),
                "pkttype" => {
                    right.as_str().map_or(Match::Maybe, |kind| yes(["host", "unicast"].contains(&kind)))
                }
                _ => Match::Maybe,
            };
        }
        if let (Some(protocol), Some(field)) = (what("payload", "protocol"), what("payload", "field")) {
            return match (protocol, field) {
                ("udp" | "th", "dport") => number(right, packet.port),
                ("tcp" | "sctp" | "dccp" | "icmp" | "icmpv6" | "ip6" | "ah" | "esp", _) => Match::No,
                ("ip", "protocol") => right.as_str().map_or(number(right, 17), |name| yes(name == "udp")),
                ("ip", "saddr") => {
                    network(right).map_or(Match::Maybe, |wanted| within(packet.subnet, wanted))
                }
                ("ip", "daddr") => {
                    network(right).map_or(Match::Maybe, |wanted| within((packet.to, 32), wanted))
                }
                // The phone's own port is any.
                _ => Match::Maybe,
            };
        }
        if what("ct", "key") == Some("state") {
            return match right.as_str() {
                Some("established") => yes(packet.established),
                Some("new") => yes(!packet.established),
                Some(_) => Match::No,
                None => Match::Maybe,
            };
        }
        Match::Maybe
    }

    fn in_named_set(&self, left: &Value, name: &str) -> Match {
        let name = name.trim_start_matches('@');
        let sets = self.all.iter().filter_map(|item| item.get("set"));
        let Some(set) = sets.into_iter().find(|set| text_of(set, "name") == name) else {
            return Match::Maybe;
        };
        match set.get("elem").and_then(Value::as_array) {
            Some(all) => any_of(all.iter().map(|one| self.compare(left, one))),
            None => Match::No,
        }
    }
}

enum Part {
    Matches(Match),
    /// A verdict, and whether the chain ends with it though it decides nothing.
    Decides(Verdict, bool),
}

fn yes(is: bool) -> Match {
    if is { Match::Yes } else { Match::No }
}

fn any_of(all: impl Iterator<Item = Match>) -> Match {
    let mut found = Match::No;
    for one in all {
        match one {
            Match::Yes => return Match::Yes,
            Match::Maybe => found = Match::Maybe,
            Match::No => {}
        }
    }
    found
}

/// A number, a range, or the name of a port that is of interest here.
fn number(right: &Value, own: u16) -> Match {
    if let Some(number) = right.as_u64() {
        return yes(number == u64::from(own));
    }
    if let Some([low, high]) = right.get("range").and_then(Value::as_array).map(Vec::as_slice)
        && let (Some(low), Some(high)) = (low.as_u64(), high.as_u64())
    {
        return yes((low..=high).contains(&u64::from(own)));
    }
    match right.as_str() {
        Some("tftp") => yes(own == 69),
        Some("bootps") => yes(own == 67),
        Some(name) => name.parse().map_or(Match::Maybe, |number: u16| yes(number == own)),
        None => Match::Maybe,
    }
}

/// An address or a prefix.
fn network(right: &Value) -> Option<(Ipv4Addr, u8)> {
    if let Some(prefix) = right.get("prefix") {
        let bits = u8::try_from(prefix.get("len")?.as_u64()?).ok()?;
        return Some((text_of(prefix, "addr").parse().ok()?, bits));
    }
    Some((right.as_str()?.parse().ok()?, 32))
}

/// Whether every address of one network is in the other: partly is perhaps.
fn within(one: (Ipv4Addr, u8), other: (Ipv4Addr, u8)) -> Match {
    let mask = |bits: u8| u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
    let same = |bits: u8| u32::from(one.0) & mask(bits) == u32::from(other.0) & mask(bits);
    if one.1 >= other.1 {
        yes(same(other.1))
    } else if same(one.1) {
        Match::Maybe
    } else {
        Match::No
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn packet(port: u16, established: bool) -> Packet<'static> {
        let subnet = (Ipv4Addr::new(10, 20, 0, 0), 24);
        Packet { interface: "eth0", subnet, to: Ipv4Addr::new(10, 20, 0, 5), port, established }
    }

    fn ruleset(policy: &str, rules: &[Value]) -> String {
        let chain = json!({"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1,
            "type": "filter", "hook": "input", "prio": 0, "policy": policy}});
        let rule = |expr: &Value| json!({"rule": {"family": "inet", "table": "filter", "chain": "input", "expr": expr}});
        let mut all = vec![json!({"metainfo": {"json_schema_version": 1}}), chain];
        all.extend(rules.iter().map(rule));
        json!({"nftables": all}).to_string()
    }

    fn dport(right: &Value) -> Value {
        json!({"match": {"op": "==", "left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": right}})
    }

    #[test]
    fn no_rules_or_an_accepting_policy_let_everything_in() {
        assert_eq!(fate(r#"{"nftables": [{"metainfo": {}}]}"#, packet(69, false)), Fate::Passes);
        assert_eq!(fate(&ruleset("accept", &[]), packet(69, false)), Fate::Passes);
        assert_eq!(fate("Error: syntax", packet(69, false)), Fate::Unreadable);
    }

    #[test]
    fn default_deny_drops_unless_a_rule_accepts_the_port_and_the_state() {
        let denied = Fate::Blocked("inet filter input, by its policy".into());
        assert_eq!(fate(&ruleset("drop", &[]), packet(69, false)), denied);
        assert_eq!(input_chain(&ruleset("drop", &[])).as_deref(), Some("inet filter input"));
        let lo = json!([{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}}, {"accept": null}]);
        let tftp = json!([dport(&json!({"set": [67, 69]})), {"counter": {"packets": 0}}, {"accept": null}]);
        let open = ruleset("drop", &[lo.clone(), tftp.clone()]);
        assert_eq!(fate(&open, packet(69, false)), Fate::Passes);
        assert_eq!(fate(&open, packet(40_000, true)), denied, "not stateful: data ports stay shut");
        let stateful = json!([{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, {"accept": null}]);
        let open = ruleset("drop", &[stateful, lo, tftp]);
        assert_eq!(fate(&open, packet(40_000, true)), Fate::Passes);
    }

    #[test]
    fn jumps_maps_ranges_subnets_and_other_interfaces_are_followed() {
        let jump = json!({"nftables": [
            {"chain": {"family": "ip", "table": "t", "name": "in", "type": "filter", "hook": "input", "prio": 0, "policy": "accept"}},
            {"chain": {"family": "ip", "table": "t", "name": "more"}},
            {"rule": {"family": "ip", "table": "t", "chain": "in", "expr": [
                {"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set": [["established", {"accept": null}], ["invalid", {"drop": null}]]}}}]}},
            {"rule": {"family": "ip", "table": "t", "chain": "in", "expr": [{"jump": {"target": "more"}}]}},
            {"rule": {"family": "ip", "table": "t", "chain": "in", "expr": [{"reject": {"type": "icmp"}}]}},
            {"rule": {"family": "ip", "table": "t", "chain": "more", "expr": [
                {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.0.0.0", "len": 8}}}},
                {"match": {"op": "!=", "left": {"meta": {"key": "iifname"}}, "right": "wlan*"}},
                dport(&json!({"range": [60, 70]})), {"accept": null}]}},
        ]})
        .to_string();
        assert_eq!(fate(&jump, packet(69, false)), Fate::Passes);
        assert_eq!(fate(&jump, packet(500, true)), Fate::Passes);
        assert_eq!(fate(&jump, packet(500, false)), Fate::Blocked("ip t in".into()));
        let wlan = Packet { interface: "wlan0", ..packet(69, false) };
        assert_eq!(fate(&jump, wlan), Fate::Blocked("ip t in".into()));
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        let limited = json!([dport(&json!(69)), {"limit": {"rate": 5}}, {"accept": null}]);
        assert_eq!(fate(&ruleset("drop", std::slice::from_ref(&limited)), packet(69, false)), Fate::Unclear);
        let accepted = json!([dport(&json!(69)), {"accept": null}]);
        assert_eq!(fate(&ruleset("drop", &[limited, accepted]), packet(69, false)), Fate::Passes);
        let extension = json!([{"xt": {"type": "match", "name": "multiport"}}, {"drop": null}]);
        assert_eq!(fate(&ruleset("accept", &[extension]), packet(69, false)), Fate::Unclear);
        let looping = json!([{"jump": {"target": "input"}}]);
        assert_eq!(fate(&ruleset("accept", &[looping]), packet(69, false)), Fate::Unclear);
    }

    proptest! {
        #[test]
        fn any_text_has_a_fate(text in ".{0,400}", port in any::<u16>()) {
            fate(&text, packet(port, false));
        }
    }
}
