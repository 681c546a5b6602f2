//! `docs/DHCP.md` is what `assets/dhcp/` says, with example addresses filled in.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use loadlift::catalog::{Blank, Catalog, DhcpServer, Purpose, Rendered, commands};

use crate::renew::compare;

const NAME: &str = "docs/DHCP.md";
/// The laptop in the examples.
const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);
/// What option 150 named before, in the examples.
const BEFORE: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 1, 1, 10), Ipv4Addr::new(10, 1, 1, 11)];

/// What holds for every server.
const HEAD: &str = "\
# Option 150 on DHCP servers

This page is made from `assets/dhcp/`. The program shows the same with your own addresses filled in: in the wizard's
steps Option 150 and Switch back, and with

```sh
loadlift option150 commands --list
loadlift option150 commands --server cisco-ios --value 10.1.1.5
loadlift option150 commands --server cisco-ios --restore --value 10.1.1.10,10.1.1.11
```

| here | stands for | in `assets/dhcp/` |
| --- | --- | --- |
| `10.1.1.5` | the laptop, on the phones' network | `{value}` |
| `10.1.1.10`, `10.1.1.11` | what option 150 named before: the TFTP servers of CUCM | `{value}` |
| `0A010105`, `0A:01:01:05` | the same addresses in hexadecimal, two digits for each number | `{hex}`, `{colons}` |
| `<NOW>` | what the server has at present; the program fills it in where DHCP told | `{now}` |
| `<POOL>` and its like | what only you know; each server says what | its own `[blanks]` |

*Sure* says where a way comes from: so many independent sources, one source, or inferred, which means that nobody was found
who tried it. Check each line of those.

## The traps

- **Write the old value down before you change anything.** loadlift asks DHCP and keeps what it hears. Nobody's memory stands
  for it.
- **Option 150 is a list of addresses**, not a text and not a name. Two addresses are eight octets.
- **The scope counts.** Set it in the scope of the phones' own VLAN. The laptop's VLAN is usually another one:
  `loadlift option150 probe --subnet 10.21.0.0/24` asks for the phones'.
- **Option 150 goes before option 66.** Where a site uses 66 alone, set 150 for the evening, and take it away at the end.
- **A second server answers too.** In a failover pair, both must say the same. `loadlift option150 probe` shows each server
  by itself.
- **A reset phone asks anew.** Phones that were not reset keep the old value until half of their lease is over, or until
  they lose their power. The same holds after the switch back.
- **Never leave it set.** A phone that asks a laptop that has gone home registers nowhere.

## The servers
";

#[test]
fn the_page_on_dhcp_servers_is_what_the_assets_give() {
    compare(NAME, &page());
}

#[test]
fn every_server_is_on_the_page_with_how_sure_it_is() {
    let page = page();
    for server in Catalog::embedded().dhcp_servers() {
        let (_, after) = page
            .split_once(&format!("\n## {}\n", server.name))
            .unwrap_or_else(|| panic!("{} has no section", server.name));
        let section = after.split("\n## ").next().unwrap_or_default();
        assert!(section.contains(&format!("`--server {}`", server.id)), "{}", server.id);
        assert!(section.contains(&server.place), "{}: where", server.id);
        if server.is_known() {
            assert!(
                section.contains("10.1.1.5") || section.contains("0A"),
                "{}: the laptop's address",
                server.id
            );
            assert!(section.contains("### Set") && section.contains("### Put back"), "{}", server.id);
        }
        assert!(section.contains("*Sure:"), "{}: how sure it is", server.id);
    }
}

fn page() -> String {
    let servers = Catalog::embedded().dhcp_servers();
    let mut out = HEAD.to_owned();
    out.push_str("\n| server | `--server` | also called | sure of setting it |\n| --- | --- | --- | --- |\n");
    for server in servers {
        let also = server.also.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let sure = commands(server, Purpose::Set, &[LAPTOP], None).confidence_words();
        let _ = writeln!(out, "| {} | `{}` | {also} | {sure} |", server.name, server.id);
    }
    for server in servers {
        section(&mut out, server);
    }
    out
}

fn section(out: &mut String, server: &DhcpServer) {
    let _ = write!(out, "\n## {}\n\n`--server {}`. {}.\n", server.name, server.id, server.place);
    let ways = [
        ("Look first", commands(server, Purpose::Read, &[LAPTOP], None)),
        ("Set", commands(server, Purpose::Set, &[LAPTOP], None)),
        ("Put back", commands(server, Purpose::Restore, &BEFORE, Some(&[LAPTOP]))),
        ("Take away, where there was none", commands(server, Purpose::Restore, &[], Some(&[LAPTOP]))),
        ("Let it take effect, and look", commands(server, Purpose::Check, &[LAPTOP], None)),
    ];
    let mut blanks: Vec<&Blank> = Vec::new();
    for blank in ways.iter().flat_map(|(_, way)| &way.blanks) {
        if !blanks.iter().any(|known| known.mark == blank.mark) {
            blanks.push(blank);
        }
    }
    if !blanks.is_empty() {
        out.push('\n');
    }
    for blank in blanks {
        let _ = writeln!(out, "- `{}`: {}", blank.mark, escaped(&blank.meaning));
    }
    for (title, rendered) in &ways {
        way(out, title, rendered);
    }
    // Notes go with setting; those of putting back say the same, but where fewer addresses fit.
    let mut notes: Vec<&String> = Vec::new();
    for note in ways[1].1.notes.iter().chain(&ways[2].1.notes) {
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    if !notes.is_empty() {
        out.push_str("\n**Keep in mind**\n\n");
    }
    for note in notes {
        let _ = writeln!(out, "- {}", escaped(note));
    }
}

fn way(out: &mut String, title: &str, rendered: &Rendered) {
    let _ = write!(out, "\n### {title}\n");
    if let Some(unknown) = &rendered.unknown {
        let _ = write!(out, "\n{}\n", escaped(unknown));
    }
    for step in &rendered.steps {
        if let Some(say) = &step.say {
            let _ = write!(out, "\n{}\n", escaped(say));
        }
        if !step.lines.is_empty() {
            let _ = write!(out, "\n```text\n{}\n```\n", step.lines.join("\n"));
        }
    }
    let _ = write!(
        out,
        "\n*Sure: {} ({}; {}).*\n",
        rendered.confidence_words(),
        escaped(&rendered.source),
        rendered.checked
    );
}

/// Angle brackets outside of code would be taken for HTML, asterisks for emphasis.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for c in text.chars() {
        in_code ^= c == '`';
        if !in_code && ['<', '*', '_'].contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
