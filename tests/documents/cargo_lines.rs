//! `cargo` lines of documents, in fences and in sentences, name tests, benches and fuzz targets that exist.

use std::fs;
use std::path::{Path, PathBuf};

use crate::markdown::{all, root};
use crate::shell;

#[test]
fn cargo_lines_name_what_is_there() {
    let mut count = 0;
    for document in all() {
        let mut texts = document.blocks("sh");
        texts.extend(document.spans());
        for words in texts.iter().flat_map(|text| shell::commands(text)) {
            if words[0] == "cargo" {
                count += 1;
                let wrong = missing(&words);
                assert!(wrong.is_none(), "{}: `{}`: {}", document.name, words.join(" "), wrong.unwrap());
            }
        }
    }
    assert!(count > 5, "the documents were read: {count} cargo lines");
}

/// What a line names that is not there.
fn missing(words: &[String]) -> Option<String> {
    words.windows(2).find_map(|pair| {
        let (kind, name) = (pair[0].as_str(), pair[1].as_str());
        let there = match kind {
            "--test" => is_in("tests", name),
            "--bench" => is_in("benches", name),
            "--example" => is_in("examples", name),
            "run" if words[1] == "fuzz" => is_named_in("fuzz/Cargo.toml", name),
            "--profile" => is_profile(name),
            _ => return None,
        };
        (!there && !shell::has_placeholder(name)).then(|| format!("there is no {kind} {name}"))
    })
}

fn is_in(folder: &str, name: &str) -> bool {
    let folder = root().join(folder);
    folder.join(format!("{name}.rs")).is_file() || folder.join(name).join("main.rs").is_file()
}

fn is_named_in(manifest: &str, name: &str) -> bool {
    let text = fs::read_to_string(root().join(manifest)).unwrap_or_default();
    text.lines().any(|line| line == format!("name = \"{name}\""))
}

fn is_profile(name: &str) -> bool {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    ["dev", "release", "test", "bench"].contains(&name) || text.contains(&format!("[profile.{name}]"))
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let missing = |line: &str| missing(&shell::commands(line)[0]);
    for line in
        ["cargo test --test documents", "OCTETS=3 cargo bench --bench loss  # beside others", "cargo test"]
    {
        assert_eq!(missing(line), None, "{line}");
    }
    for line in [
        "cargo test --test none",
        "cargo bench --bench none",
        "cargo fuzz run none",
        "cargo build --profile no",
    ] {
        assert!(missing(line).is_some(), "{line}");
    }
}

#[test]
fn what_needs_root_is_run_by_the_ci() {
    let script = fs::read_to_string(root().join(".ci/run")).unwrap();
    let words: Vec<&str> = script.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let mut count = 0;
    for entry in fs::read_dir(root().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        if files_of(&path)
            .iter()
            .any(|file| fs::read_to_string(file).unwrap().contains("#[ignore = \"needs root"))
        {
            count += 1;
            let suite = path.file_stem().unwrap().to_str().unwrap();
            assert!(words.contains(&suite), "`.ci/run` leaves out the ignored tests of {suite}");
        }
    }
    assert!(count > 5, "the suites were read: {count} need root");
}

/// The files of a suite, which is one file or a folder with a `main.rs`; none for a folder that suites share.
fn files_of(suite: &Path) -> Vec<PathBuf> {
    if suite.is_file() {
        return vec![suite.to_owned()];
    }
    if !suite.join("main.rs").is_file() {
        return Vec::new();
    }
    fs::read_dir(suite).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
}
