//! The commands in documents are run. Whatever stands in a fence marked `sh` and begins with `loadlift` is parsed by the
//! program's own definition of its command line, and then run beside example files, in the order of the document.
//!
//! Only parsed is what needs a network, a terminal or a phone, or never ends by itself: see [`is_only_parsed`].

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};

use crate::markdown::{Document, all};

/// The archive that the documents speak of.
const ARCHIVE: &str = "cmterm-7945_7965-sccp.8-5-2.zip";

#[test]
fn commands_in_documents_are_ones_that_the_program_has() {
    let mut count = 0;
    for document in all() {
        for (line, words) in commands(&document) {
            count += 1;
            if let Err(wrong) = loadlift::cli::command().try_get_matches_from(&words) {
                let told = [clap::error::ErrorKind::DisplayHelp, clap::error::ErrorKind::DisplayVersion];
                assert!(told.contains(&wrong.kind()), "{}: `{line}`: {wrong}", document.name);
            }
        }
    }
    assert!(count > 20, "the documents were read: {count} commands");
}

#[test]
fn a_flag_that_the_program_does_not_have_is_found() {
    let document = Document {
        name: "a.md".into(),
        text:
            "```sh\nloadlift report --formt html\nloadlift keys\ncargo test\n```\n```text\nloadlift x\n```\n"
                .into(),
    };
    let found = commands(&document);
    assert_eq!(found.len(), 2, "{found:?}");
    for (line, words) in found {
        assert!(loadlift::cli::command().try_get_matches_from(&words).is_err(), "{line}");
    }
}

#[test]
fn words_are_split_as_a_shell_does() {
    assert_eq!(words(r#"a "8.3(2)" 'x y' "" F:\kit"#), ["a", "8.3(2)", "x y", "", r"F:\kit"]);
}

#[test]
fn commands_in_documents_do_what_they_say() {
    let mut ran = 0;
    for document in all() {
        let found = commands(&document);
        if found.iter().all(|(_, words)| is_only_parsed(words)) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        for (line, words) in found.iter().filter(|(_, words)| !is_only_parsed(words)) {
            let output = run(folder.path(), &words[1..]);
            let (out, err) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(
                output.status.success(),
                "{}: `{line}` ends with {}\n{out}\n{err}",
                document.name,
                output.status
            );
            ran += 1;
        }
    }
    assert!(ran > 10, "the documents were read: {ran} commands ran");
}

/// What cannot be run in a test: it needs a network, a phone or a terminal, or it ends when somebody ends it.
fn is_only_parsed(words: &[String]) -> bool {
    let has = |word: &str| words.iter().any(|given| given == word);
    match words.get(1).map(String::as_str) {
        None | Some("check" | "serve" | "phone" | "replay") => true,
        Some("option150") => has("probe"),
        Some("rehearse") => !has("--headless") && !has("--list"),
        Some("stage") => words.iter().any(|word| word.starts_with("http")),
        Some(_) => false,
    }
}

/// The lines of a document that are to be typed, in its order, and their words.
fn commands(document: &Document) -> Vec<(String, Vec<String>)> {
    let lines = document.fenced("sh").into_iter().map(str::trim);
    let lines = lines.map(|line| line.strip_prefix("sudo ").unwrap_or(line));
    let typed = lines.filter(|line| *line == "loadlift" || line.starts_with("loadlift "));
    typed.map(|line| (line.to_owned(), words(line))).collect()
}

fn words(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => found.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    found
}

/// The example: the archive, a folder `Downloads` with a copy of it, a kit made of it, and a session.
fn prepare(folder: &Path) {
    let archive = madeup::zip(&MadeUpLoad::sample().files(), Packing::Deflated);
    fs::write(folder.join(ARCHIVE), &archive).unwrap();
    fs::create_dir(folder.join("Downloads")).unwrap();
    fs::write(folder.join("Downloads").join(ARCHIVE), &archive).unwrap();
    let done = run(folder, &["stage", "--no-program", "Downloads", "--into", "kit"].map(str::to_owned));
    assert!(done.status.success(), "the example's kit: {}", String::from_utf8_lossy(&done.stderr));
    let sessions = sessions(folder);
    let rehearse = ["rehearse", "--headless", "--scenario", "all-well", "--phones", "2", "--speed", "500"];
    let mut words: Vec<String> = rehearse.map(str::to_owned).to_vec();
    words.extend(["--megabytes", "1", "--session-dir", &sessions].map(str::to_owned));
    let done = run(folder, &words);
    assert!(done.status.success(), "the example's session: {}", String::from_utf8_lossy(&done.stderr));
}

/// Where the program keeps sessions if the example is somebody's home.
fn sessions(folder: &Path) -> String {
    let home = if cfg!(windows) {
        "AppData/Roaming"
    } else if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".local/share"
    };
    folder.join(home).join("loadlift").join("sessions").to_str().unwrap().to_owned()
}

fn run(folder: &Path, arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("HOME", folder).env("USERPROFILE", folder).env("APPDATA", folder.join("AppData/Roaming"));
    command.env_remove("XDG_DATA_HOME").output().unwrap()
}
