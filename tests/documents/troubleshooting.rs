//! `docs/TROUBLESHOOTING.md` has a section for each code that an error can carry, headed by the message as it is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use loadlift::catalog::Catalog;
use loadlift::error::codes::CODES;

use crate::markdown::{read, root};
use crate::renew::compare;
use crate::scan::{self, Said};

const NAME: &str = "docs/TROUBLESHOOTING.md";
const BEGIN: &str = "<!-- made from assets/symptoms.toml and assets/causes.toml -->\n";
const END: &str = "<!-- end of what is made -->\n";

/// A section of the document.
#[derive(Debug, Default)]
struct Section {
    /// The heading, and the other messages below it.
    messages: BTreeSet<String>,
    /// Its other lines.
    body: Vec<String>,
}

fn sections() -> BTreeMap<String, Section> {
    let mut document = read(NAME);
    let (_, messages) = document.text.split_once(END).expect("the mark behind the tables");
    document.text = messages.to_owned();
    let mut found: BTreeMap<String, Section> = BTreeMap::new();
    let mut code = None;
    for line in document.prose() {
        if let Some((id, _)) = line.strip_prefix("<a id=\"").and_then(|rest| rest.split_once('"')) {
            code = Some(id.to_owned());
            assert!(found.insert(id.to_owned(), Section::default()).is_none(), "{id} has two sections");
        } else if line.starts_with("# ") || line.starts_with("## ") {
            code = None;
        } else if let Some(section) = code.as_ref().and_then(|code| found.get_mut(code)) {
            match line.strip_prefix("### ").or_else(|| line.strip_prefix("> ")) {
                Some(message) => _ = section.messages.insert(message.to_owned()),
                None => section.body.push(line.to_owned()),
            }
        } else {
            assert!(!line.starts_with("### "), "a section without its code: {line}");
        }
    }
    found
}

fn said() -> BTreeMap<String, Said> {
    scan::codes(&scan::sources(&root()))
}

#[test]
fn the_list_of_codes_has_every_code_of_the_sources_and_no_other() {
    let said = said();
    let listed: BTreeSet<&str> = CODES.iter().copied().collect();
    let used: BTreeSet<&str> = said.keys().map(String::as_str).collect();
    let not_listed: Vec<_> = used.difference(&listed).map(|&code| (code, &said[code].files)).collect();
    assert!(not_listed.is_empty(), "codes that are missing in src/error/codes.rs: {not_listed:?}");
    let left_behind: Vec<_> = listed.difference(&used).collect();
    assert!(left_behind.is_empty(), "codes in src/error/codes.rs that no error carries: {left_behind:?}");
    assert!(CODES.is_sorted() && listed.len() == CODES.len(), "src/error/codes.rs is sorted, each code once");
    assert!(used.len() > 150, "the sources were read: {}", used.len());
}

#[test]
fn every_code_has_its_section_and_every_section_a_code() {
    let sections = sections();
    let without: Vec<_> = CODES.iter().filter(|&&code| !sections.contains_key(code)).collect();
    assert!(without.is_empty(), "codes without a section in {NAME}: {without:?}");
    let foreign: Vec<_> = sections.keys().filter(|code| !CODES.contains(&code.as_str())).collect();
    assert!(foreign.is_empty(), "sections of {NAME} for codes that no error carries: {foreign:?}");
    for (code, section) in &sections {
        let text = section.body.join("\n");
        assert!(
            text.contains(&format!("Code `{code}`. ")),
            "the section of {code} names its code and says what it means"
        );
        assert!(text.lines().any(|line| line.starts_with("- ")), "the section of {code} says what to do");
        assert!(!section.messages.is_empty(), "the section of {code} is headed by the message");
    }
}

#[test]
fn sections_are_headed_by_the_messages_as_they_are_shown() {
    let sources = scan::sources(&root());
    let said = scan::codes(&sources);
    let sections = sections();
    let mut wrong = Vec::new();
    for (code, said) in &said {
        let Some(section) = sections.get(code) else { continue }; // another test's matter
        for message in said.messages.difference(&section.messages) {
            wrong.push(format!("{code}: not in its section: {message}"));
        }
        for message in section.messages.difference(&said.messages) {
            // Words that are put together elsewhere are looked for in all sources.
            let parts = message.split('…').map(str::trim).filter(|part| part.len() > 3);
            let is_there = |part: &str| sources.iter().any(|(_, text)| text.contains(part));
            if !said.open || !parts.clone().all(is_there) {
                wrong.push(format!("{code}: nobody says: {message}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{NAME} and the messages differ:\n{}", wrong.join("\n"));
}

#[test]
fn the_sources_are_read_as_they_are_meant() {
    let source = r#"
        #[derive(Debug, thiserror::Error)]
        pub enum Wrong {
            /// Words, with a brace {.
            #[error("`{}` has {what} }}", path.display())]
            One { what: String },
            #[error(transparent)]
            Two(#[from] Other),
            #[error("{}", if *many { "several" } else { "none" })]
            Three { many: bool },
        }
        impl Advice for Wrong {
            fn code(&self) -> &'static str {
                match self {
                    Self::One { .. } => "one",
                    Self::Two(error) => error.code(),
                    Self::Three { .. } => {
                        "three"
                    }
                }
            }
        }
        fn made() { told(Problem { code: "four", message: format!("{name} is \
            gone"), advice: vec![] }) }
        fn passed() { told(Problem { code: "five", message, advice: vec!["x".into()] }) }
    "#;
    let said = scan::codes(&[("a.rs".into(), source.into())]);
    let of = |code: &str| said[code].messages.iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(said.keys().map(String::as_str).collect::<Vec<_>>(), ["five", "four", "one", "three"]);
    assert_eq!(of("one"), ["`…` has … }"]);
    assert_eq!(of("three"), ["none", "several"]);
    assert_eq!(of("four"), ["… is gone"]);
    assert!(of("five").is_empty() && said["five"].open && !said["four"].open);
}

#[test]
fn the_tables_of_symptoms_are_what_the_assets_say() {
    let there = read(NAME).text;
    let (before, rest) = there.split_once(BEGIN).expect("the mark where the tables begin");
    let (_, after) = rest.split_once(END).expect("the mark where they end");
    compare(NAME, &format!("{before}{BEGIN}\n{}\n{END}{after}", symptoms()));
}

/// What is seen, what is shown and what is behind it.
fn symptoms() -> String {
    let catalog = Catalog::embedded();
    let mut out = String::from("## Symptoms\n\n### loadlift says\n");
    for symptom in catalog.symptoms() {
        let _ = write!(out, "\n#### {}\n\nCode `{}`.\n\n", symptom.title, symptom.id);
        for next in &symptom.next {
            let _ = writeln!(out, "- {next}");
        }
        let _ = writeln!(out, "\n*From: {}.*", symptom.evidence.source);
    }
    out.push_str("\n### The phone shows\n\n| on its display | meaning | sure |\n| --- | --- | --- |\n");
    for shown in catalog.shown() {
        let sure = shown.evidence.confidence.words();
        let _ = writeln!(out, "| {} | {} | {sure} |", cell(&shown.text), cell(&shown.means));
    }
    out.push_str(
        "\n### What can be behind it\n\n| cause | on the wire | on the phone | how to find out | sure |\n",
    );
    out.push_str("| --- | --- | --- | --- | --- |\n");
    for cause in catalog.causes() {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            cell(&cause.title),
            cell(&cause.wire),
            cell(&cause.phone),
            cell(&cause.test),
            cause.evidence.confidence.words()
        );
    }
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*")
}
