//! How option 150 is read, set and put back on each DHCP server: `assets/dhcp/*.toml`, one file a product.
//!
//! Texts are templates: `{value}` and its kin are filled in by [`commands`](super::dhcp_commands::commands), what
//! only the technician knows (the name of a pool) is a blank of the server's own, and `{{` stands for a brace.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::check::{Checked, once, require};
use super::evidence::{Confidence, Evidence};

/// A DHCP server product and what to do on it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DhcpServer {
    pub(super) schema: u32,
    /// Its name on the command line: `cisco-ios`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Other words that people use for it.
    pub also: Vec<String>,
    /// Where lines are typed, or pages found; no sentence.
    pub place: String,
    /// How one address is written: `{address}` with what belongs around it.
    pub(super) each: String,
    /// What stands between two addresses.
    pub(super) joined_by: String,
    /// How many addresses it takes at most; `None` where no limit is known.
    pub most: Option<usize>,
    /// What to beware of; templates.
    pub(super) notes: Vec<String>,
    /// Where the whole comes from; each way has its own as well.
    pub evidence: Evidence,
    /// What the technician fills in: name in the templates, what it means.
    #[serde(default)]
    pub(super) blanks: BTreeMap<String, String>,
    /// How to read the present value.
    pub(super) read: Way,
    /// How to set it.
    pub(super) set: Way,
    /// How to put an earlier value back.
    pub(super) restore: Way,
    /// How to take the option away where there was none before.
    pub(super) remove: Way,
    /// How to make a change take effect, and look at it.
    pub(super) check: Way,
}

/// How to do one thing on a server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Way {
    /// What to do, in order.
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    /// In place of steps: that nobody knows, a sentence.
    pub(super) unknown: Option<String>,
    /// Where this comes from.
    pub(super) evidence: Evidence,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// What to do, in words; a template.
    pub(super) say: Option<String>,
    /// What to type, or to write into a file; templates.
    #[serde(default)]
    pub(super) lines: Vec<String>,
    /// When the step is to be done.
    #[serde(default)]
    pub(super) when: When,
}

/// When a step is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum When {
    /// Always.
    #[default]
    Always,
    /// If the server has no option 150 yet, or nobody knows.
    NoValue,
    /// If the server has an option 150 already, or nobody knows.
    ValueThere,
    /// If one address is written.
    Single,
    /// If several addresses are written.
    Several,
}

/// What the renderer fills in by itself.
pub(super) mod hole {
    /// The addresses as the server wants them.
    pub(in crate::catalog) const VALUE: &str = "value";
    /// The addresses in hexadecimal, `0A010105`.
    pub(in crate::catalog) const HEX: &str = "hex";
    /// The same with colons, `0A:01:01:05`.
    pub(in crate::catalog) const COLONS: &str = "colons";
    /// The addresses that stand there at present.
    pub(in crate::catalog) const NOW: &str = "now";
    /// One address, inside [`super::DhcpServer::each`] alone.
    pub(in crate::catalog) const ADDRESS: &str = "address";
}

/// Part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// Something to fill in, by name.
    Hole(&'a str),
}

/// Take a template apart; `None` where a brace has no partner.
pub(super) fn pieces(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        pieces.push(Piece::Text(before));
        let doubled = from.starts_with("{{") || from.starts_with("}}");
        rest = if doubled {
            pieces.push(Piece::Text(&from[..1]));
            &from[2..]
        } else {
            let (name, after) = from.strip_prefix('{')?.split_once('}')?;
            pieces.push(Piece::Hole(name));
            after
        };
    }
    pieces.push(Piece::Text(rest));
    Some(pieces)
}

/// A name as it is compared: without regard to case, and with `-` for what people put between words.
pub(super) fn key(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

impl DhcpServer {
    /// Whether that is one of its names.
    pub(super) fn is_called(&self, asked: &str) -> bool {
        let asked = key(asked);
        self.names().any(|name| key(name) == asked)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [&self.id, &self.name].into_iter().chain(&self.also).map(String::as_str)
    }

    /// Whether it is known how option 150 is set here.
    pub fn is_known(&self) -> bool {
        self.set.unknown.is_none()
    }

    /// How sure it is that setting works as described.
    pub fn confidence(&self) -> Confidence {
        self.set.evidence.confidence
    }

    fn ways(&self) -> [(&'static str, &Way); 5] {
        [
            ("read", &self.read),
            ("set", &self.set),
            ("restore", &self.restore),
            ("remove", &self.remove),
            ("check", &self.check),
        ]
    }
}

/// For lists: who it is, and how sure the rest is.
impl Serialize for DhcpServer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut out = serializer.serialize_struct("DhcpServer", 6)?;
        out.serialize_field("server", &self.id)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("also", &self.also)?;
        out.serialize_field("known", &self.is_known())?;
        out.serialize_field("confidence", &self.confidence())?;
        out.serialize_field("source", &self.set.evidence.source)?;
        out.end()
    }
}

/// The cross-check of all servers.
pub(super) fn check_all(servers: &[DhcpServer]) -> Checked {
    // A word may lead to one server only; that one may have it twice (`Kea` and `kea`).
    let words: Vec<String> =
        servers.iter().flat_map(|server| server.names().map(key).collect::<BTreeSet<_>>()).collect();
    once("dhcp", "DHCP server", words.iter().map(String::as_str))?;
    servers.iter().try_for_each(check_one)
}

fn check_one(server: &DhcpServer) -> Checked {
    let file = format!("dhcp/{}.toml", server.id);
    let fail = |name: &str, why: String| require(false, &file, name, why);
    if key(&server.id) != server.id {
        return fail(&server.id, "an id has small letters, digits and single hyphens".into());
    }
    if holes(&server.each) != Some(vec![hole::ADDRESS]) {
        return fail("each", "one address is written with `{address}`, once".into());
    }
    require(server.most != Some(0), &file, "most", "it takes no address at all")?;

    let mut used = Vec::new();
    for note in &server.notes {
        used.extend(known_holes(server, &file, "notes", note)?);
    }
    for (name, way) in server.ways() {
        let is_unknown = way.evidence.confidence == Confidence::Unknown;
        if way.unknown.is_some() != way.steps.is_empty() || way.unknown.is_some() != is_unknown {
            return fail(name, "either steps, or a sentence that nobody knows, with that confidence".into());
        }
        let mut here = Vec::new();
        for step in &way.steps {
            if step.say.is_none() && step.lines.is_empty() {
                return fail(name, "a step that says nothing".into());
            }
            let depends_on_what_is_there = matches!(step.when, When::NoValue | When::ValueThere);
            if depends_on_what_is_there && step.say.is_none() {
                return fail(name, "a step that is not always done says so in words".into());
            }
            for text in step.say.iter().chain(&step.lines) {
                here.extend(known_holes(server, &file, name, text)?);
            }
        }
        let writes = here.iter().any(|hole| [hole::VALUE, hole::HEX, hole::COLONS].contains(hole));
        let must_write = ["set", "restore"].contains(&name) && way.unknown.is_none();
        if must_write && !writes {
            return fail(name, "it writes no value".into());
        }
        if name == "remove" && writes {
            return fail(name, "to remove a value there is none to write".into());
        }
        used.extend(here);
    }
    for blank in server.blanks.keys() {
        require(used.contains(&blank.as_str()), &file, blank, "this blank is used nowhere")?;
        let ours = [hole::VALUE, hole::HEX, hole::COLONS, hole::NOW, hole::ADDRESS];
        require(!ours.contains(&blank.as_str()), &file, blank, "this is filled in already")?;
    }
    Ok(())
}

fn holes(template: &str) -> Option<Vec<&str>> {
    let name = |piece| if let Piece::Hole(name) = piece { Some(name) } else { None };
    Some(pieces(template)?.into_iter().filter_map(name).collect())
}

/// The names in a template, each of which must be filled in by somebody.
fn known_holes<'a>(
    server: &DhcpServer,
    file: &str,
    name: &str,
    template: &'a str,
) -> Result<Vec<&'a str>, super::CatalogError> {
    let found = holes(template);
    require(found.is_some(), file, name, format!("a brace without partner in `{template}`"))?;
    let found = found.unwrap_or_default();
    for hole in &found {
        let ours = [hole::VALUE, hole::HEX, hole::COLONS, hole::NOW].contains(hole);
        let known = ours || server.blanks.contains_key(*hole);
        require(known, file, name, format!("nothing is known about `{{{hole}}}`"))?;
    }
    Ok(found)
}
