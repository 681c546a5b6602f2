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

/// All documents of the project, in whatever folder they lie; what was built or is hidden is none of them.
pub(crate) fn all() -> Vec<Document> {
    let mut names: Vec<String> = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let is_ours = !name.starts_with("target") && (!name.starts_with('.') || name == ".github");
            if entry.file_type().unwrap().is_dir() {
                folders.extend(is_ours.then(|| format!("{folder}{name}/")));
            } else if Path::new(&name).extension().is_some_and(|end| end == "md") {
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

    /// The texts in fences of that language, without the blanks in front of their lines.
    pub(crate) fn blocks(&self, language: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut inside = false;
        for (fence, line) in self.lines() {
            let now = fence == Some(language);
            if now && !inside {
                found.push(String::new());
            }
            if let (true, Some(block)) = (now, found.last_mut()) {
                block.push_str(line.trim_start());
                block.push('\n');
            }
            inside = now;
        }
        found
    }

    /// What stands as code in sentences and tables. One may go on in the next line.
    pub(crate) fn spans(&self) -> Vec<String> {
        let paragraphs = self.prose().join("\n");
        let paragraphs = paragraphs.split("\n\n");
        let spans = paragraphs.flat_map(|text| text.split('`').skip(1).step_by(2));
        spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
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

#[test]
fn code_is_found_in_fences_and_in_sentences() {
    let text =
        "Do `a\nb`, or:\n\n1. so\n\n   ```sh\n   loadlift keys 7945\n   ```\n\n```text\n`x`\n```\n| `c` |\n";
    let document = Document { name: "a.md".into(), text: text.into() };
    assert_eq!(document.blocks("sh"), ["loadlift keys 7945\n"]);
    assert_eq!(document.spans(), ["a b", "c"]);
}
