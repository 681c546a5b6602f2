//! Reads out of the sources which codes errors can have and which messages go with each, as they are shown: whatever
//! is filled in stands as `…`. The sources are read, and not the types, so that what Windows alone can say is there
//! on every system.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What can be said under one code.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// The messages whose words stand in the source.
    pub(crate) messages: BTreeSet<String>,
    /// Whether there are messages whose words are made elsewhere.
    pub(crate) open: bool,
    /// The files that use the code.
    pub(crate) files: BTreeSet<String>,
}

/// All codes of the program.
pub(crate) fn codes(sources: &[(String, String)]) -> BTreeMap<String, Said> {
    let mut found = BTreeMap::new();
    for (file, text) in sources {
        of_types(file, text, &mut found);
        of_literals(file, text, &mut found);
        if file.starts_with("src/preflight/") {
            of_checks(file, text, &mut found);
        }
    }
    found
}

/// A check that is not well: how it stands, and its code.
fn of_checks(file: &str, text: &str, found: &mut BTreeMap<String, Said>) {
    for state in ["State::Bad,", "State::Warn,", "State::Unknown,"] {
        for (at, _) in text.match_indices(state) {
            let rest = text[at + state.len()..].trim_start();
            if rest.starts_with('"') {
                let said = found.entry(literal(rest, 0).0).or_default();
                said.files.insert(file.to_owned());
                said.open = true;
            }
        }
    }
}

/// The sources without their tests: path below `src/`, text.
pub(crate) fn sources(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
                let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
                found.push((name, text[..end].to_owned()));
            }
        }
    }
    found.sort();
    found
}

/// What implements `Advice`, with the `#[error(…)]` of the type.
fn of_types(file: &str, text: &str, found: &mut BTreeMap<String, Said>) {
    for (at, _) in text.match_indices("Advice for ") {
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        if !text[line..at].trim_start().starts_with("impl ") {
            continue; // a sentence
        }
        let name = word(&text[at + "Advice for ".len()..]);
        let body = block_after(text, at, "fn code(&self)");
        let is_struct =
            text.contains(&format!("struct {name} ")) || text.contains(&format!("struct {name}("));
        let mut add = |code: String, messages: &[String]| {
            let said = found.entry(code).or_default();
            said.files.insert(file.to_owned());
            said.messages.extend(messages.iter().cloned());
        };
        if is_struct {
            let messages = of_struct(text, name);
            literals(body).into_iter().for_each(|code| add(code, &messages));
        } else if let Some(arms) = body.find("match self {") {
            let variants = of_variants(text, name);
            let open = arms + "match self ".len();
            for (pattern, answer) in split_arms(&body[open + 1..close(body, open)]) {
                for code in literals(answer) {
                    for variant in pattern.split("Self::").skip(1).map(word) {
                        add(code.clone(), variants.get(variant).map_or(&[][..], Vec::as_slice));
                    }
                }
            }
        }
    }
}

/// `code: "…"`, with the message beside it.
fn of_literals(file: &str, text: &str, found: &mut BTreeMap<String, Said>) {
    for (at, mark) in text.match_indices("code: \"") {
        let (code, after) = literal(text, at + mark.len() - 1);
        let open = text[..at].rfind('{').unwrap();
        let rest = &text[after..close(text, open)];
        let said = found.entry(code).or_default();
        said.files.insert(file.to_owned());
        let messages = ["message: ", "why: "].iter().find_map(|mark| {
            let from = rest.find(mark)? + mark.len();
            Some(literals(&rest[from..end_of_value(rest, from)]))
        });
        let messages: Vec<String> = messages.unwrap_or_default().iter().map(|text| shown(text)).collect();
        said.open |= messages.is_empty();
        said.messages.extend(messages);
    }
}

fn of_struct(text: &str, name: &str) -> Vec<String> {
    let at = text.find(&format!("struct {name}")).unwrap();
    let Some(attribute) = text[..at].rfind("#[error(") else { return Vec::new() };
    let open = attribute + "#[error".len();
    messages(&text[open + 1..close(text, open)])
}

fn of_variants(text: &str, name: &str) -> BTreeMap<String, Vec<String>> {
    let mut variants = BTreeMap::new();
    let at = text.find(&format!("enum {name} ")).unwrap_or_else(|| panic!("where is the enum {name}?"));
    let open = at + text[at..].find('{').unwrap();
    let end = close(text, open);
    let mut from = open;
    while let Some(attribute) = text[from..end].find("#[error(") {
        let paren = from + attribute + "#[error".len();
        let after = close(text, paren);
        // Behind the attribute, past others and past documentation: the variant.
        let variant = text[after + 2..end].lines().map(str::trim);
        let variant =
            variant.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#'));
        let variant = variant.map(word).next().unwrap_or_default();
        variants.insert(variant.to_owned(), messages(&text[paren + 1..after]));
        from = after;
    }
    variants
}

/// What an `#[error(…)]` can say. One that only passes another's message on says nothing of its own.
fn messages(attribute: &str) -> Vec<String> {
    if attribute.trim() == "transparent" {
        return Vec::new();
    }
    let all: Vec<String> = literals(attribute).iter().map(|text| shown(text)).collect();
    match all.split_first() {
        Some((first, rest)) if first == "…" => rest.to_vec(),
        Some((first, _)) => vec![first.clone()],
        None => Vec::new(),
    }
}

/// A format string as it is shown, with `…` for what is filled in.
fn shown(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        if rest[at + 1..].starts_with(brace) {
            out.push_str(brace);
            rest = &rest[at + 2..];
        } else {
            if !out.ends_with('…') {
                out.push('…');
            }
            rest = rest[at..].split_once('}').map_or("", |(_, after)| after);
        }
    }
    out.push_str(rest);
    out
}

/// The arms of a `match`: pattern and answer.
fn split_arms(text: &str) -> Vec<(&str, &str)> {
    let mut arms = Vec::new();
    let mut from = 0;
    while let Some(arrow) = text[from..].find("=>").map(|at| from + at) {
        let end = end_of_value(text, arrow + 2);
        arms.push((&text[from..arrow], &text[arrow + 2..end]));
        from = (end + 1).min(text.len());
    }
    arms
}

/// Where the value ends that begins at `from`: at a comma, or behind a block.
fn end_of_value(text: &str, from: usize) -> usize {
    let mut at = from;
    while at < text.len() {
        match text.as_bytes()[at] {
            b'"' => at = literal(text, at).1,
            b'{' if text[from..at].trim().is_empty() => return close(text, at) + 1,
            b'{' | b'(' | b'[' => at = close(text, at) + 1,
            b',' => return at,
            _ => at += 1,
        }
    }
    text.len()
}

fn block_after<'a>(text: &'a str, from: usize, what: &str) -> &'a str {
    let at = from + text[from..].find(what).unwrap();
    let open = at + text[at..].find('{').unwrap();
    &text[open + 1..close(text, open)]
}

/// The partner of the bracket at `open`, past strings and comments.
fn close(text: &str, open: usize) -> usize {
    let (mut depth, mut at) = (0, open);
    while at < text.len() {
        match text.as_bytes()[at] {
            b'"' => {
                at = literal(text, at).1;
                continue;
            }
            b'/' if text[at..].starts_with("//") => at += text[at..].find('\n').unwrap_or(1),
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    panic!("a bracket without its partner: {}", &text[open..(open + 60).min(text.len())])
}

/// The string literals of a piece of source.
fn literals(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text.as_bytes()[at] == b'"' {
            let (read, after) = literal(text, at);
            found.push(read);
            at = after;
        } else if text[at..].as_bytes().starts_with(b"//") {
            at += text[at..].find('\n').unwrap_or(text.len() - at);
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// The string literal that begins at `at`, and where it has ended.
fn literal(text: &str, at: usize) -> (String, usize) {
    let mut out = String::new();
    let mut chars = text[at + 1..].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        match c {
            '"' => return (out, at + 1 + offset + 1),
            '\\' => match chars.next() {
                Some((_, '\n')) => while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                Some((_, 'n')) => out.push('\n'),
                Some((_, c)) => out.push(c),
                None => {}
            },
            c => out.push(c),
        }
    }
    (out, text.len())
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}
