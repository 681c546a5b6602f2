//! What to do on a DHCP server, with the addresses filled in: pure text, for every front alike.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::dhcp::{DhcpServer, Piece, Way, When, hole, pieces};
use super::evidence::{Confidence, Day};

/// What is to be done to option 150.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Look at the present value.
    Read,
    /// Make it name these addresses: this laptop.
    Set,
    /// Make it name these addresses again; with none, take the option away.
    Restore,
    /// Let a change take effect, and look at it on the server.
    Check,
}

/// What to do, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rendered {
    /// What to do, in order; empty if nobody knows.
    pub steps: Vec<RenderedStep>,
    /// That nobody knows, a sentence.
    pub unknown: Option<String>,
    /// What the technician fills in: every `<POOL>` in the steps and notes, in the order of its appearance.
    pub blanks: Vec<Blank>,
    /// What to beware of, sentences.
    pub notes: Vec<String>,
    /// How sure it is.
    pub confidence: Confidence,
    /// Where it comes from.
    pub source: String,
    /// When that was last looked at.
    pub checked: Day,
}

/// One step, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenderedStep {
    /// What to do, in words.
    pub say: Option<String>,
    /// What to type, or to write into a file.
    pub lines: Vec<String>,
}

/// Something that only the technician knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blank {
    /// As it stands in the text: `<POOL>`.
    pub mark: String,
    /// What goes there; no sentence.
    pub meaning: String,
}

impl Rendered {
    /// All that is to be typed, without the words between.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| &step.lines).map(String::as_str)
    }

    /// How sure it is, in words: a warning where less than two sources stand behind it.
    pub fn confidence_words(&self) -> String {
        match self.confidence {
            Confidence::Confirmed(_) | Confidence::Measured(_) => self.confidence.words(),
            Confidence::Single => "one source; check the result".into(),
            Confidence::Inferred => "inferred, not seen in any source; check each line".into(),
            Confidence::Conflict => "sources disagree; check each line".into(),
            Confidence::Unknown => "looked for, and not found".into(),
        }
    }
}

/// What to do on `server` for `purpose`.
///
/// `values` are the addresses to write: the laptop's to set, the remembered ones to restore; none to restore where
/// there was no option 150. `before` is what the server hands out at present, `None` if nobody knows: steps that
/// depend on it are then all shown, and say so in words.
pub fn commands(
    server: &DhcpServer,
    purpose: Purpose,
    values: &[Ipv4Addr],
    before: Option<&[Ipv4Addr]>,
) -> Rendered {
    let way = match purpose {
        Purpose::Read => &server.read,
        Purpose::Set => &server.set,
        Purpose::Restore if values.is_empty() => &server.remove,
        Purpose::Restore => &server.restore,
        Purpose::Check => &server.check,
    };
    let taken = &values[..values.len().min(server.most.unwrap_or(usize::MAX))];
    let mut writer = Writer { server, values: taken, before, blanks: Vec::new() };
    let steps = writer.steps(way);
    let mut notes: Vec<String> = Vec::new();
    if taken.len() < values.len() {
        let left_out: Vec<String> = values[taken.len()..].iter().map(ToString::to_string).collect();
        notes.push(format!(
            "{} takes no more than {} addresses: {} is left out.",
            server.name,
            taken.len(),
            left_out.join(", ")
        ));
    }
    if matches!(purpose, Purpose::Set | Purpose::Restore) {
        notes.extend(server.notes.iter().map(|note| writer.fill(note)));
    }
    Rendered {
        steps,
        unknown: way.unknown.clone(),
        blanks: writer.blanks,
        notes,
        confidence: way.evidence.confidence,
        source: way.evidence.source.clone(),
        checked: way.evidence.checked,
    }
}

/// Fills templates in, and collects what is left blank.
struct Writer<'a> {
    server: &'a DhcpServer,
    values: &'a [Ipv4Addr],
    before: Option<&'a [Ipv4Addr]>,
    blanks: Vec<Blank>,
}

impl Writer<'_> {
    fn steps(&mut self, way: &Way) -> Vec<RenderedStep> {
        let mut steps = Vec::new();
        let (values, before) = (self.values, self.before);
        for step in way.steps.iter().filter(|step| applies(step.when, values, before)) {
            let say = step.say.as_deref().map(|say| self.fill(say));
            let lines = step.lines.iter().map(|line| self.fill(line)).collect();
            steps.push(RenderedStep { say, lines });
        }
        steps
    }

    fn fill(&mut self, template: &str) -> String {
        let pieces = pieces(template).expect("the cross-check took every template apart");
        let mut out = String::with_capacity(template.len() + 16);
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Hole(name) => out.push_str(&self.hole(name)),
            }
        }
        out
    }

    fn hole(&mut self, name: &str) -> String {
        let values = self.values;
        match name {
            hole::VALUE | hole::HEX | hole::COLONS if values.is_empty() => {
                self.blank("value", "the address that option 150 is to name")
            }
            hole::VALUE => self.written(values),
            hole::HEX => hex(values, ""),
            hole::COLONS => hex(values, ":"),
            hole::NOW => match self.before {
                Some(now) if !now.is_empty() => self.written(now),
                _ => self.blank("now", "the value that the server has at present"),
            },
            name => {
                let meaning = self.server.blanks.get(name).map(String::as_str).unwrap_or_default();
                self.blank(name, meaning)
            }
        }
    }

    fn written(&self, values: &[Ipv4Addr]) -> String {
        let address = format!("{{{}}}", hole::ADDRESS);
        let each = |value: &Ipv4Addr| self.server.each.replace(&address, &value.to_string());
        values.iter().map(each).collect::<Vec<_>>().join(&self.server.joined_by)
    }

    fn blank(&mut self, name: &str, meaning: &str) -> String {
        // Angle brackets and capitals: no server takes it for a name by mistake, and the eye finds it.
        let mark = format!("<{}>", name.to_uppercase());
        if !self.blanks.iter().any(|blank| blank.mark == mark) {
            self.blanks.push(Blank { mark: mark.clone(), meaning: meaning.to_owned() });
        }
        mark
    }
}

fn applies(when: When, values: &[Ipv4Addr], before: Option<&[Ipv4Addr]>) -> bool {
    match when {
        When::Always => true,
        When::NoValue => before.is_none_or(<[_]>::is_empty),
        When::ValueThere => before.is_none_or(|now| !now.is_empty()),
        When::Single => values.len() <= 1,
        When::Several => values.len() > 1,
    }
}

/// Option 150 as it is on the wire (RFC 5859), two capital digits an octet.
fn hex(values: &[Ipv4Addr], between: &str) -> String {
    let octets = values.iter().flat_map(Ipv4Addr::octets);
    octets.map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);
    const CUCM: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 20, 0, 10), Ipv4Addr::new(10, 20, 0, 11)];

    fn server(kind: &str) -> &'static DhcpServer {
        Catalog::embedded().dhcp_server(kind).unwrap_or_else(|| panic!("{kind}"))
    }

    fn typed(kind: &str, purpose: Purpose, values: &[Ipv4Addr], before: Option<&[Ipv4Addr]>) -> Vec<String> {
        commands(server(kind), purpose, values, before).lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_server_writes_two_addresses_in_its_own_way() {
        for (kind, line) in [
            ("cisco-ios", "option 150 ip 10.20.0.10 10.20.0.11"),
            ("cisco-asa", "dhcpd option 150 ip 10.20.0.10 10.20.0.11 interface <INTERFACE>"),
            (
                "windows-powershell",
                "Set-DhcpServerv4OptionValue -ScopeId <SCOPE> -OptionId 150 -Value 10.20.0.10,10.20.0.11",
            ),
            (
                "windows-netsh",
                r"netsh dhcp server \\<SERVER> scope <SCOPE> set optionvalue 150 IPADDRESS 10.20.0.10 10.20.0.11",
            ),
            ("isc-dhcpd", "option tftp-servers 10.20.0.10, 10.20.0.11;"),
            ("kea", r#"{ "name": "tftp150", "data": "10.20.0.10, 10.20.0.11" }"#),
            ("dnsmasq", "dhcp-option=150,10.20.0.10,10.20.0.11"),
            ("mikrotik", r#"/ip dhcp-server option set [find code=150] value="'10.20.0.10''10.20.0.11'""#),
            ("fortigate", r#"set ip "10.20.0.10" "10.20.0.11""#),
            (
                "junos",
                "set access address-assignment pool <POOL> family inet dhcp-attributes option 150 array ip-address [ 10.20.0.10 10.20.0.11 ]",
            ),
            ("huawei", "option 150 ip-address 10.20.0.10 10.20.0.11"),
        ] {
            let lines = typed(kind, Purpose::Restore, &CUCM, Some(&[LAPTOP]));
            assert!(lines.iter().any(|have| have == line), "{kind}: {lines:#?}");
        }
    }

    #[test]
    fn what_was_not_there_before_is_taken_away_again() {
        assert_eq!(
            typed("cisco-ios", Purpose::Restore, &[], Some(&[LAPTOP])),
            ["configure terminal", "ip dhcp pool <POOL>", "no option 150", "end"]
        );
        assert!(
            typed("edgeos", Purpose::Restore, &[], Some(&[LAPTOP]))[0]
                .ends_with(r#""option option-150 10.1.1.5;""#)
        );
    }

    #[test]
    fn steps_follow_what_the_server_has_at_present() {
        let set = |before| typed("mikrotik", Purpose::Set, &[LAPTOP], before);
        let changes = r#"/ip dhcp-server option set [find code=150] value="'10.1.1.5'""#;
        assert_eq!(set(Some(&CUCM)), [changes]);
        assert_eq!(set(Some(&[])).len(), 2);
        assert!(!set(Some(&[])).iter().any(|line| line == changes));
        assert_eq!(set(None).len(), 3, "nobody knows: both, each with its words");
    }

    #[test]
    fn blanks_are_marked_and_explained_once() {
        let rendered = commands(server("fortigate"), Purpose::Set, &[LAPTOP], None);
        let marks: Vec<&str> = rendered.blanks.iter().map(|blank| blank.mark.as_str()).collect();
        assert_eq!(marks, ["<ID>", "<ENTRY>"]);
        assert!(rendered.notes.iter().any(|note| note.contains("\"0A010105\"")), "{:?}", rendered.notes);
        let unset = commands(server("dnsmasq"), Purpose::Set, &[], None);
        assert_eq!(unset.lines().collect::<Vec<_>>(), ["dhcp-option=150,<VALUE>"]);
    }

    #[test]
    fn too_many_addresses_are_left_out_aloud() {
        let three = [LAPTOP, CUCM[0], CUCM[1]];
        let rendered = commands(server("cisco-asa"), Purpose::Restore, &three, None);
        assert!(rendered.lines().any(|line| line.contains("10.1.1.5 10.20.0.10 interface")), "{rendered:?}");
        assert!(rendered.notes[0].contains("no more than 2") && rendered.notes[0].contains("10.20.0.11"));
    }

    #[test]
    fn nothing_that_is_to_be_filled_in_stays_in_braces() {
        for server in Catalog::embedded().dhcp_servers() {
            for purpose in [Purpose::Read, Purpose::Set, Purpose::Restore, Purpose::Check] {
                for values in [&[][..], &[LAPTOP], &CUCM] {
                    let rendered = commands(server, purpose, values, None);
                    let words = rendered.steps.iter().filter_map(|step| step.say.as_deref());
                    let texts =
                        words.chain(rendered.lines()).chain(rendered.notes.iter().map(String::as_str));
                    for text in texts {
                        let is_kea = server.id == "kea";
                        assert!(is_kea || !text.contains(['{', '}']), "{} {purpose:?}: {text}", server.id);
                        for mark in text.split('<').skip(1).filter_map(|rest| rest.split_once('>')) {
                            let mark = format!("<{}>", mark.0);
                            let known =
                                rendered.blanks.iter().any(|b| b.mark == mark && !b.meaning.is_empty());
                            assert!(known, "{} {purpose:?}: {mark} is not explained", server.id);
                        }
                    }
                    assert_eq!(rendered.steps.is_empty(), rendered.unknown.is_some(), "{}", server.id);
                }
            }
        }
    }
}
