//! As much of Markdown as the documents need: what lies in fences, headings, anchors, links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A document of the project.
pub(crate) struct Document {
    /// Its path below the project's folder.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// One document, with line ends as they are in the repository.
pub(crate) fn read(name: &str) -> Document {
    let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Document { name: name.to_owned(), text: text.replace("\r\n", "\n") }
}

/// All documents: those beside the README, and those in `docs/`.
pub(crate) fn all() -> Vec<Document> {
    let mut names: Vec<String> = Vec::new();
    for folder in ["", "docs/"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name).extension().is_some_and(|end| end == "md") {
                names.push(format!("{folder}{name}"));
            }
        }
    }
    names.sort();
    names.iter().map(|name| read(name)).collect()
}

impl Document {
    /// The lines with whether each lies in a fence, and in one of which language.
    fn lines(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        let mut fence: Option<&str> = None;
        self.text.lines().filter_map(move |line| {
            let Some(language) = line.trim_start().strip_prefix("```") else { return Some((fence, line)) };
            fence = if fence.is_some() { None } else { Some(language.trim()) };
            None
        })
    }

    /// The lines in fences of that language.
    pub(crate) fn fenced(&self, language: &str) -> Vec<&str> {
        self.lines().filter(|(fence, _)| *fence == Some(language)).map(|(_, line)| line).collect()
    }

    /// The lines outside all fences.
    pub(crate) fn prose(&self) -> Vec<&str> {
        self.lines().filter(|(fence, _)| fence.is_none()).map(|(_, line)| line).collect()
    }

    /// What a link can point to in this document: headings as the hosting names them, and explicit anchors.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for line in self.prose() {
            if let Some(id) = line.strip_prefix("<a id=\"").and_then(|rest| rest.split_once('"')) {
                assert!(found.insert(id.0.to_owned()), "{}: the anchor {} is there twice", self.name, id.0);
            }
            let Some(heading) = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')) else {
                continue;
            };
            let slug = slug(heading);
            let count = seen.entry(slug.clone()).or_default();
            found.insert(if *count == 0 { slug } else { format!("{slug}-{count}") });
            *count += 1;
        }
        found
    }

    /// Where its links and pictures lead.
    pub(crate) fn links(&self) -> Vec<String> {
        let mut found = Vec::new();
        for line in self.prose() {
            let mut rest = line;
            while let Some((_, after)) = rest.split_once("](") {
                let (target, after) =
                    after.split_once(')').unwrap_or_else(|| panic!("{}: an open link in: {line}", self.name));
                found.push(target.to_owned());
                rest = after;
            }
        }
        found
    }
}

/// A heading as part of an address: small letters, digits, hyphens for blanks, nothing else.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}
