//! The steps Option 150 and Switch back: what DHCP must say, what it said before, and the word of the technician.

use std::net::Ipv4Addr;

use super::asking::{Asking, Proof};
use super::field::TextField;
use crate::catalog::{Catalog, Confidence, DhcpServer, Purpose, Rendered, RenderedStep, commands};
use crate::dhcp::Subnet;
use crate::dhcp::questions::MAX_NAMED;
use crate::error::printable;
use crate::firmware::problem::Problem;
use crate::journal::Option150;
use crate::timestamp::Timestamp;

/// What to do on one kind of DHCP server, with the addresses filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCommands {
    /// The product: `Cisco IOS`, `ISC dhcpd`.
    pub name: String,
    /// To let option 150 name this laptop.
    pub set: Commands,
    /// To put back what it named before.
    pub restore: Commands,
}

/// One way to change option 150.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commands {
    /// Words, and below them what is to be typed, indented by two.
    pub shown: Vec<String>,
    /// What is to be typed, and nothing else: for the clipboard.
    pub lines: Vec<String>,
    /// What to fill in, and what to beware of.
    pub notes: Vec<String>,
    /// A mark of two or three words behind the name where it is not beyond doubt: `inferred`.
    pub mark: Option<&'static str>,
    /// How sure this is, in words; `None` where it is beyond doubt.
    pub confidence: Option<String>,
}

/// What is being edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Option150Focus {
    /// The value before, or the value that it went back to.
    Value,
    /// Who confirms it.
    By,
    /// Whom to ask beside the wire.
    Also,
    /// The commands: no field, so that letters are keys.
    #[default]
    Servers,
}

impl Option150Focus {
    pub(super) const ALL: [Self; 4] = [Self::Value, Self::By, Self::Also, Self::Servers];
}

/// What was entered so far, right or wrong, and what DHCP said; of both steps alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Option150Draft {
    /// Where the cursor is.
    pub focus: Option150Focus,
    /// What option 150 named before; in Switch back, what it must name again.
    pub value: TextField,
    /// Who confirms it; may stay empty.
    pub by: TextField,
    /// Whom to ask beside the wire: DHCP servers, and the phones' subnet.
    pub also: TextField,
    /// Why the technician goes on against DHCP.
    pub why: TextField,
    /// Whether that is being typed.
    pub overriding: bool,
    /// The DHCP server that is shown, as an index.
    pub server: usize,
    /// When the technician was told to change it, and what it named before. What remains is to ask DHCP.
    pub announced: Option<(Timestamp, Option150)>,
    /// The technician says that it was changed.
    pub changed: bool,
    /// How asking DHCP stands.
    pub asking: Asking,
    /// That option 150 is as the step wants it.
    pub proof: Option<Proof>,
    /// What DHCP put into [`Self::value`]; whatever else stands there is the technician's.
    pub(super) filled: Option<String>,
}

impl Default for Option150Draft {
    fn default() -> Self {
        Self {
            focus: Option150Focus::default(),
            value: TextField::default(),
            by: TextField::default(),
            also: TextField::default(),
            why: TextField::default(),
            overriding: false,
            server: usual_server(),
            announced: None,
            changed: false,
            asking: Asking::default(),
            proof: None,
            filled: None,
        }
    }
}

impl Option150Draft {
    /// What the value comes to.
    pub fn parsed(&self) -> Result<Option150, Problem> {
        parse(self.value.text())
    }

    /// Who confirms it, if somebody put a name in.
    pub fn by(&self) -> Option<String> {
        let by = printable(self.by.text().trim(), 80);
        (!by.is_empty()).then_some(by)
    }

    /// Why the technician goes on against DHCP, once it is a reason: two words at least.
    pub fn reason(&self) -> Option<String> {
        let why = printable(self.why.text().trim(), 300);
        (why.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count() >= 2)
            .then_some(why)
    }

    /// Whether the value is what DHCP said, and not what somebody typed.
    pub fn is_as_probed(&self) -> bool {
        self.filled.as_deref() == Some(self.value.text())
    }

    /// Put in what DHCP names, unless somebody typed something else.
    pub(super) fn fill(&mut self, value: &Option150) {
        if !self.value.is_empty() && !self.is_as_probed() {
            return;
        }
        let text = as_typed(value);
        self.value.set(text.clone());
        self.filled = Some(text);
    }

    /// Whatever DHCP said, and what followed from it, is over; what was typed stays.
    pub(super) fn forget_dhcp(&mut self) {
        let Self { value, by, also, why, server, filled, .. } = std::mem::take(self);
        *self = Self { value, by, also, why, server, filled, ..Self::default() };
    }

    /// The field that takes letters now.
    pub fn field(&self) -> Option<&TextField> {
        match self.focus {
            _ if self.overriding => Some(&self.why),
            Option150Focus::Value => Some(&self.value),
            Option150Focus::By => Some(&self.by),
            Option150Focus::Also => Some(&self.also),
            Option150Focus::Servers => None,
        }
    }

    pub(super) fn field_mut(&mut self) -> Option<&mut TextField> {
        match self.focus {
            _ if self.overriding => Some(&mut self.why),
            Option150Focus::Value => Some(&mut self.value),
            Option150Focus::By => Some(&mut self.by),
            Option150Focus::Also => Some(&mut self.also),
            Option150Focus::Servers => None,
        }
    }
}

/// An option 150 as somebody would type it.
pub(super) fn as_typed(value: &Option150) -> String {
    match value {
        Option150::Absent => "none".to_owned(),
        value => value.to_string(),
    }
}

/// The address as the four octets of the option, in hexadecimal: `0A010105`.
pub fn hex(address: Ipv4Addr) -> String {
    let [a, b, c, d] = address.octets();
    format!("{a:02X}{b:02X}{c:02X}{d:02X}")
}

/// An option 150 as somebody types it: addresses with blanks or commas between them, `none`, or nothing and
/// `don't know` for what nobody knows.
pub fn parse(text: &str) -> Result<Option150, Problem> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["", "?", "unknown", "not known", "don't know", "dont know"]) {
        return Ok(Option150::Unknown);
    }
    if is(&["none", "not set", "absent", "-"]) {
        return Ok(Option150::Absent);
    }
    let mut addresses = Vec::new();
    for part in text.split([',', ';', ' ', '\t']).filter(|part| !part.is_empty()) {
        let wrong = |what: &str| Problem {
            code: "option-150-not-an-address",
            message: format!("`{}` is not {what}", printable(part, 40)),
            advice: vec!["Type IPv4 addresses with blanks between them, or `none`, or `don't know`.".into()],
        };
        let address: Ipv4Addr = part.parse().map_err(|_| wrong("an IPv4 address"))?;
        if address.is_unspecified()
            || address.is_broadcast()
            || address.is_multicast()
            || address.is_loopback()
        {
            return Err(wrong("the address of a server"));
        }
        addresses.push(address);
    }
    if addresses.is_empty() {
        return Ok(Option150::Unknown); // nothing but commas
    }
    Ok(Option150::Addresses(addresses))
}

/// Whom to ask beside the wire, as somebody types it: DHCP servers by address, and the phones' subnet as
/// `10.21.0.0/24`.
pub fn parse_also(text: &str) -> Result<(Vec<Ipv4Addr>, Option<Subnet>), Problem> {
    let (mut servers, mut subnet) = (Vec::new(), None);
    for part in text.split([',', ';', ' ', '\t']).filter(|part| !part.is_empty()) {
        let wrong = |what: String| Problem {
            code: "dhcp-not-askable",
            message: what,
            advice: vec!["Type the phones' subnet as 10.21.0.0/24, a DHCP server as 10.21.0.1.".into()],
        };
        let shown = printable(part, 40);
        if part.contains('/') {
            let parsed = part.parse().map_err(|_| wrong(format!("`{shown}` is not a subnet")))?;
            if subnet.replace(parsed).is_some() {
                return Err(wrong("one subnet can be asked about at a time".into()));
            }
            continue;
        }
        let server: Ipv4Addr =
            part.parse().map_err(|_| wrong(format!("`{shown}` is neither an address nor a subnet")))?;
        if server.is_unspecified() || server.is_broadcast() || server.is_multicast() || server.is_loopback() {
            return Err(wrong(format!("`{shown}` is not the address of a server")));
        }
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    if servers.len() > MAX_NAMED {
        return Err(Problem {
            code: "dhcp-too-many-servers",
            message: format!("{} servers are more than the {MAX_NAMED} that can be asked", servers.len()),
            advice: vec!["Name the ones that serve the phones' subnet.".into()],
        });
    }
    Ok((servers, subnet))
}

/// The commands for every DHCP server that is known, with these values filled in.
pub fn server_commands(laptop: Ipv4Addr, before: &Option150) -> Vec<ServerCommands> {
    let one = |server: &DhcpServer| {
        let set = commands(server, Purpose::Set, &[laptop], before.known());
        // While it is set, option 150 names this laptop.
        let restore = commands(server, Purpose::Restore, before.known().unwrap_or_default(), Some(&[laptop]));
        let mut restore = Commands::of(&restore);
        // With nothing to put back there are no lines yet: they must not say that the option is to be removed.
        if *before == Option150::Unknown {
            let shown = vec![NOT_KNOWN.to_owned()];
            restore = Commands { shown, lines: vec![], notes: vec![], mark: None, confidence: None };
        }
        ServerCommands { name: server.name.clone(), set: Commands::of(&set), restore }
    };
    Catalog::embedded().dhcp_servers().iter().map(one).collect()
}

impl Commands {
    fn of(way: &Rendered) -> Self {
        let blanks = way.blanks.iter().map(|blank| format!("{}: {}", blank.mark, blank.meaning));
        let firm = way.confidence.is_firm();
        Self {
            shown: in_words(way),
            lines: way.lines().map(str::to_owned).collect(),
            notes: blanks.chain(way.notes.iter().cloned()).collect(),
            mark: match way.confidence {
                _ if firm => None,
                Confidence::Single => Some("one source"),
                Confidence::Inferred => Some("inferred"),
                Confidence::Conflict => Some("sources disagree"),
                _ => Some("not known"),
            },
            confidence: (!firm).then(|| way.confidence_words()),
        }
    }

    /// What goes to the clipboard; where a server has nothing but pages to click through, what is to be done there.
    pub fn copied(&self) -> String {
        if self.lines.is_empty() { self.shown.join("\n") } else { self.lines.join("\n") }
    }
}

/// In place of commands, as long as nobody said what is to be put back.
const NOT_KNOWN: &str = "Type the call manager's address above, or `none` if option 150 was not set: the commands follow from it.";

fn in_words(way: &Rendered) -> Vec<String> {
    let step = |step: &RenderedStep| {
        let lines = step.lines.iter().map(|line| format!("  {line}"));
        step.say.iter().cloned().chain(lines).collect::<Vec<_>>()
    };
    way.unknown.iter().cloned().chain(way.steps.iter().flat_map(step)).collect()
}

/// Where the choice of DHCP servers begins: call managers mostly stand beside routers of the same maker.
fn usual_server() -> usize {
    Catalog::embedded().dhcp_servers().iter().position(|server| server.id == "cisco-ios").unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_old_value_is_one_or_more_addresses_or_none_or_not_known() {
        for (text, value) in [
            ("10.1.1.2", "10.1.1.2"),
            (" 10.1.1.2,10.1.1.3 ; 10.1.1.4", "10.1.1.2, 10.1.1.3, 10.1.1.4"),
            ("None", "not set"),
            ("", "not known"),
            ("don't know", "not known"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), value, "{text}");
        }
        for text in
            ["10.1.1", "10.1.1.256", "cucm", "0.0.0.0", "10.1.1.2 255.255.255.255", "127.0.0.1", ", ,x"]
        {
            assert_eq!(parse(text).unwrap_err().code, "option-150-not-an-address", "{text}");
        }
    }

    #[test]
    fn servers_and_one_subnet_can_be_typed_in_any_order() {
        let (servers, subnet) = parse_also(" 10.1.1.1, 10.21.0.0/24;10.1.1.1 10.1.1.2").unwrap();
        assert_eq!(servers, [Ipv4Addr::new(10, 1, 1, 1), Ipv4Addr::new(10, 1, 1, 2)]);
        assert_eq!(subnet.map(|subnet| subnet.to_string()).as_deref(), Some("10.21.0.0/24"));
        assert_eq!(parse_also(" , "), Ok((Vec::new(), None)));
        for (text, code) in [
            ("voice", "dhcp-not-askable"),
            ("10.21.0.0/24 10.22.0.0/24", "dhcp-not-askable"),
            ("10.21.0.0/x", "dhcp-not-askable"),
            ("255.255.255.255", "dhcp-not-askable"),
            ("10.1.1.1 10.1.1.2 10.1.1.3 10.1.1.4 10.1.1.5", "dhcp-too-many-servers"),
        ] {
            assert_eq!(parse_also(text).unwrap_err().code, code, "{text}");
        }
    }

    #[test]
    fn the_hexadecimal_form_has_eight_digits() {
        assert_eq!(hex(Ipv4Addr::new(10, 1, 1, 5)), "0A010105");
    }

    #[test]
    fn every_server_is_shown_with_the_addresses_filled_in() {
        let before = Option150::Addresses(vec![Ipv4Addr::new(10, 9, 9, 9)]);
        let all = server_commands(Ipv4Addr::new(10, 1, 1, 5), &before);
        assert!(all.len() > 10);
        let usual = &all[Option150Draft::default().server];
        assert!(
            usual.set.lines.iter().any(|line| line.contains("150") && line.contains("10.1.1.5")),
            "{usual:?}"
        );
        assert!(usual.restore.lines.iter().any(|line| line.contains("10.9.9.9")), "{usual:?}");
        let unknown = server_commands(Ipv4Addr::new(10, 1, 1, 5), &Option150::Unknown);
        assert!(
            unknown.iter().all(|server| server.restore.lines.is_empty() && server.restore.shown.len() == 1)
        );
        assert!(all.iter().all(|server| !server.set.shown.is_empty() && !server.restore.shown.is_empty()));
    }

    #[test]
    fn doubt_and_hexadecimal_reach_the_screen_for_both_ways() {
        let before = Option150::Addresses(vec![Ipv4Addr::new(10, 9, 9, 9)]);
        let all = server_commands(Ipv4Addr::new(10, 1, 1, 5), &before);
        let known = Catalog::embedded().dhcp_servers();
        for (shown, server) in all.iter().zip(known) {
            for (given, purpose) in [(&shown.set, Purpose::Set), (&shown.restore, Purpose::Restore)] {
                let firm =
                    commands(server, purpose, &[Ipv4Addr::new(10, 1, 1, 5)], None).confidence.is_firm();
                assert_eq!((given.mark.is_none(), given.confidence.is_none()), (firm, firm), "{shown:?}");
            }
        }
        let noted = |name: &str, way: fn(&ServerCommands) -> &Commands, hex: &str| {
            let server = all.iter().find(|server| server.name.contains(name)).unwrap();
            assert!(way(server).notes.concat().contains(hex), "{name}: {server:?}");
        };
        for name in ["FortiGate", "MikroTik"] {
            noted(name, |server| &server.set, "0A010105");
            noted(name, |server| &server.restore, "0A090909");
        }
        assert!(all.iter().any(|server| server.set.mark == Some("inferred")));
    }

    proptest! {
        #[test]
        fn addresses_read_back_as_they_are_shown(octets in prop::collection::vec(prop::array::uniform4(1u8..=126), 1..5)) {
            let value = Option150::Addresses(octets.into_iter().map(Ipv4Addr::from).collect());
            prop_assert_eq!(parse(&value.to_string()).unwrap(), value);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = parse(&text);
            let _ = parse_also(&text);
        }
    }
}
