//! `loadlift option150 commands`: what to type on a DHCP server, with the addresses filled in.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use serde_json::json;

use crate::catalog::{Catalog, DhcpServer, DhcpServerError, Purpose, Rendered, commands};
use crate::error::{Advice, printable};
use crate::headless::page::Page;

/// Columns of the labels in front of facts.
const LABELS: usize = 14;

/// Show what to type on a DHCP server to set option 150, or to put it back
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CommandsArgs {
    /// List the kinds of DHCP servers
    #[arg(long)]
    pub list: bool,
    /// Kind of DHCP server, such as cisco-ios, windows or dnsmasq
    #[arg(long, value_name = "KIND", required_unless_present = "list", conflicts_with = "list")]
    pub server: Option<String>,
    /// Addresses that option 150 is to name, with commas between; with --restore also `none`
    #[arg(long, value_name = "A[,B]", required_unless_present = "list", conflicts_with = "list")]
    pub value: Option<String>,
    /// Put the value of before back, instead of setting a new one
    #[arg(long, conflicts_with = "list")]
    pub restore: bool,
    /// What the server hands out at present, or `none`; steps that then do not apply are left out
    #[arg(long, value_name = "A[,B]", conflicts_with = "list")]
    pub now: Option<String>,
    /// Answer with one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Why there are no commands to show.
#[derive(Debug, thiserror::Error)]
pub enum Option150Error {
    /// No such server.
    #[error(transparent)]
    Server(#[from] DhcpServerError),
    /// No server was named.
    #[error("no DHCP server is named")]
    NoServer,
    /// Not an address.
    #[error("`{text}` is not an IPv4 address")]
    Address {
        /// What was given.
        text: String,
    },
    /// An address that no phone can ask.
    #[error("{address} is no address that a phone could ask")]
    Unusable {
        /// The address.
        address: Ipv4Addr,
    },
    /// Nothing to set.
    #[error("no address is given that option 150 is to name")]
    NoValue,
    /// The answer could not be written.
    #[error("the answer could not be written: {0}")]
    Write(#[from] io::Error),
}

impl Advice for Option150Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Server(wrong) => wrong.code(),
            Self::NoServer => "option150-no-server",
            Self::Address { .. } => "option150-not-an-address",
            Self::Unusable { .. } => "option150-unusable-address",
            Self::NoValue => "option150-no-value",
            Self::Write(_) => "output",
        }
    }

    fn advice(&self) -> Vec<String> {
        let line = match self {
            Self::Server(wrong) => return wrong.advice(),
            Self::NoServer => {
                "`loadlift option150 commands --list` shows the kinds of servers for `--server`."
            }
            Self::Address { .. } => {
                "Give addresses like `10.1.1.5` or `10.1.1.10,10.1.1.11`: option 150 holds no names."
            }
            Self::Unusable { .. } => {
                "Give the address of this laptop on the phones' network, or the TFTP servers of CUCM."
            }
            Self::NoValue => {
                "Give the laptop's address with `--value`. To take option 150 away: `--restore --value none`."
            }
            Self::Write(_) => "Write to a place with room, or to the terminal.",
        };
        vec![line.to_owned()]
    }
}

/// Answer on `out`, as text or as one line of JSON.
pub(super) fn run(args: &CommandsArgs, out: &mut impl Write) -> Result<(), Option150Error> {
    let catalog = Catalog::embedded();
    if args.list {
        return Ok(list(catalog, args.json, out)?);
    }
    let kind = args.server.as_deref().ok_or(Option150Error::NoServer)?;
    let answer = Answer {
        server: catalog.expect_dhcp_server(kind)?,
        restore: args.restore,
        values: addresses(args.value.as_deref().ok_or(Option150Error::NoValue)?)?,
        now: args.now.as_deref().map(addresses).transpose()?,
    };
    if answer.values.is_empty() && !args.restore {
        return Err(Option150Error::NoValue);
    }
    if args.json {
        answer.write_json(out)?;
    } else {
        answer.write_text(out)?;
    }
    Ok(())
}

/// Addresses with commas or blanks between; `none` for no address.
pub(super) fn addresses(text: &str) -> Result<Vec<Ipv4Addr>, Option150Error> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        let address: Ipv4Addr =
            word.parse().map_err(|_| Option150Error::Address { text: printable(word, 40) })?;
        if address.is_unspecified() || address.is_broadcast() || address.is_multicast() {
            return Err(Option150Error::Unusable { address });
        }
        found.push(address);
    }
    if found.is_empty() { Err(Option150Error::NoValue) } else { Ok(found) }
}

fn list(catalog: &Catalog, json: bool, out: &mut impl Write) -> io::Result<()> {
    if json {
        return writeln!(out, "{}", json!({ "servers": catalog.dhcp_servers() }));
    }
    let mut page = Page::new(out);
    page.heading("DHCP servers, as `--server` takes them")?;
    page.gap()?;
    for server in catalog.dhcp_servers() {
        let also =
            if server.also.is_empty() { String::new() } else { format!(", also {}", server.also.join(", ")) };
        let sure = server.confidence().words();
        page.hanging(&format!("  {}", server.id), LABELS + 8, &format!("{}{also} ({sure})", server.name))?;
    }
    Ok(())
}

/// What is to be shown.
struct Answer<'a> {
    server: &'a DhcpServer,
    restore: bool,
    values: Vec<Ipv4Addr>,
    now: Option<Vec<Ipv4Addr>>,
}

impl Answer<'_> {
    fn render(&self, purpose: Purpose) -> Rendered {
        commands(self.server, purpose, &self.values, self.now.as_deref())
    }

    fn purpose(&self) -> Purpose {
        if self.restore { Purpose::Restore } else { Purpose::Set }
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let change = self.render(self.purpose());
        let answer = json!({
            "server": self.server.id,
            "name": self.server.name,
            "place": self.server.place,
            "purpose": self.purpose(),
            "values": self.values,
            "read": self.render(Purpose::Read),
            "change": change,
            "check": self.render(Purpose::Check),
            "confidence_words": change.confidence_words(),
        });
        writeln!(out, "{answer}")
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let mut page = Page::new(out);
        let (read, change, check) =
            (self.render(Purpose::Read), self.render(self.purpose()), self.render(Purpose::Check));
        page.heading(&self.title())?;
        page.gap()?;
        page.hanging("  Where", LABELS, &format!("{}.", self.server.place))?;
        page.hanging(
            "  How sure",
            LABELS,
            &format!("{} ({}; {}).", change.confidence_words(), change.source, change.checked),
        )?;
        for blank in blanks([&read, &change, &check]) {
            page.hanging(&format!("  {}", blank.0), LABELS, &format!("{}.", blank.1))?;
        }
        if !self.restore {
            section(&mut page, "Look first, and write the old value down", &read)?;
        }
        let what = match (self.restore, self.values.is_empty()) {
            (false, _) => "Set",
            (true, false) => "Put back",
            (true, true) => "Take away",
        };
        section(&mut page, what, &change)?;
        section(&mut page, "Let it take effect, and look", &check)?;
        page.heading("Keep in mind")?;
        for note in &change.notes {
            page.hanging("  - ", 4, note)?;
        }
        let last = if self.restore {
            "Phones keep the value that they have until they renew their lease or are switched off and on."
                .to_owned()
        } else {
            self.way_back()
        };
        page.hanging("  - ", 4, &last)
    }

    fn title(&self) -> String {
        let name = &self.server.name;
        match (self.restore, self.values.is_empty()) {
            (false, _) => format!("{name}: set option 150 to {}", listed(&self.values)),
            (true, false) => format!("{name}: put option 150 back to {}", listed(&self.values)),
            (true, true) => format!("{name}: take option 150 away, as there was none"),
        }
    }

    /// How to undo it, with the old value if it is known.
    fn way_back(&self) -> String {
        let old = match &self.now {
            None => "OLD-VALUE".to_owned(),
            Some(now) if now.is_empty() => "none".to_owned(),
            Some(now) => now.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        };
        format!(
            "Put the old value back when the phones are done: `loadlift option150 commands --server {} --restore --value {old}` shows how.",
            self.server.id
        )
    }
}

/// What the technician fills in, each once.
fn blanks(rendered: [&Rendered; 3]) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    for blank in rendered.into_iter().flat_map(|rendered| &rendered.blanks) {
        if !found.iter().any(|(mark, _)| *mark == blank.mark) {
            found.push((&blank.mark, &blank.meaning));
        }
    }
    found
}

fn section(page: &mut Page<impl Write>, title: &str, rendered: &Rendered) -> io::Result<()> {
    page.heading(title)?;
    if let Some(unknown) = &rendered.unknown {
        return page.paragraph(2, unknown);
    }
    for step in &rendered.steps {
        if let Some(say) = &step.say {
            page.paragraph(2, say)?;
        }
        for line in &step.lines {
            page.verbatim(4, line)?;
        }
    }
    Ok(())
}

fn listed(values: &[Ipv4Addr]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::headless::page::WIDTH;

    fn args(server: &str, value: &str) -> CommandsArgs {
        CommandsArgs { server: Some(server.into()), value: Some(value.into()), ..CommandsArgs::default() }
    }

    fn text(args: &CommandsArgs) -> String {
        let mut out = Vec::new();
        run(args, &mut out).unwrap_or_else(|wrong| panic!("{args:?}: {wrong}"));
        String::from_utf8(out).unwrap()
    }

    fn json(args: &CommandsArgs) -> Value {
        serde_json::from_str(&text(&CommandsArgs { json: true, ..args.clone() })).unwrap()
    }

    #[test]
    fn the_page_for_a_windows_server() {
        insta::assert_snapshot!(text(&args("windows", "10.1.1.5")));
    }

    #[test]
    fn the_page_for_putting_two_addresses_back_on_a_palo_alto() {
        let args = CommandsArgs { restore: true, ..args("palo-alto", "10.20.0.10, 10.20.0.11") };
        insta::assert_snapshot!(text(&args));
    }

    #[test]
    fn pages_fit_80_columns_but_for_lines_to_be_typed() {
        let list = CommandsArgs { list: true, ..CommandsArgs::default() };
        let mut pages = vec![text(&list)];
        for server in Catalog::embedded().dhcp_servers() {
            for (value, restore) in [("10.1.1.5", false), ("10.20.0.10,10.20.0.11", true), ("none", true)] {
                pages.push(text(&CommandsArgs { restore, ..args(&server.id, value) }));
            }
        }
        for page in pages {
            for line in page.lines() {
                let typed = line.starts_with("    ") && !line.starts_with("     ");
                assert!(typed || line.chars().count() <= WIDTH, "`{line}`");
                assert_eq!(line.trim_end(), line);
            }
            assert!(!page.contains("\n\n\n") && !page.ends_with("\n\n"), "{page}");
        }
    }

    #[test]
    fn what_is_inferred_or_unknown_says_so() {
        assert!(text(&args("pfsense", "10.1.1.5")).contains("inferred, not seen in any source"));
        let unifi = text(&args("unifi", "10.1.1.5"));
        assert!(unifi.contains("looked for, and not found") && unifi.contains("is not known"), "{unifi}");
        assert!(text(&args("ios", "10.1.1.5")).contains("3 sources"));
    }

    #[test]
    fn the_way_back_names_the_old_value() {
        let set = |now: Option<&str>| {
            let page = text(&CommandsArgs { now: now.map(Into::into), ..args("ios", "10.1.1.5") });
            page.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(set(Some("10.20.0.10,10.20.0.11")).contains("--restore --value 10.20.0.10,10.20.0.11`"));
        assert!(set(Some("none")).contains("--restore --value none`"));
        assert!(set(None).contains("--restore --value OLD-VALUE`"));
    }

    #[test]
    fn json_has_the_lines_and_how_sure_they_are() {
        let answer = json(&args("cisco-ios", "10.1.1.5"));
        assert_eq!((&answer["server"], &answer["purpose"]), (&json!("cisco-ios"), &json!("set")));
        assert_eq!(answer["change"]["steps"][0]["lines"][2], "option 150 ip 10.1.1.5");
        assert_eq!(answer["change"]["blanks"][0]["mark"], "<POOL>");
        assert_eq!(answer["change"]["confidence"], "confirmed-3");
        let list = json(&CommandsArgs { list: true, ..CommandsArgs::default() });
        assert_eq!(list["servers"].as_array().map(Vec::len), Some(21));
    }

    #[test]
    fn wrong_arguments_say_what_to_give_instead() {
        for (given, code) in [
            (args("novell", "10.1.1.5"), "dhcp-server-unknown"),
            (args("ios", "cucm.example"), "option150-not-an-address"),
            (args("ios", "10.1.1.5,10.1.1"), "option150-not-an-address"),
            (args("ios", "0.0.0.0"), "option150-unusable-address"),
            (args("ios", "none"), "option150-no-value"),
            (args("ios", ","), "option150-no-value"),
            (CommandsArgs { now: Some("x".into()), ..args("ios", "10.1.1.5") }, "option150-not-an-address"),
            (CommandsArgs::default(), "option150-no-server"),
        ] {
            let wrong = run(&given, &mut Vec::new()).expect_err("no answer");
            assert_eq!(wrong.code(), code, "{given:?}: {wrong}");
            assert!(!wrong.advice().is_empty() && !wrong.to_string().ends_with('.'), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_asks_for_a_server_and_a_value_or_for_the_list() {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: CommandsArgs,
        }
        let parses = |line: &str| <Cli as clap::Parser>::try_parse_from(line.split(' ')).is_ok();
        for line in ["c --list", "c --list --json", "c --server ios --value 10.1.1.5 --restore --now none"] {
            assert!(parses(line), "{line}");
        }
        for line in ["c", "c --server ios", "c --value 10.1.1.5", "c --list --server ios"] {
            assert!(!parses(line), "{line}");
        }
    }
}
