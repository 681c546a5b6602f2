//! The commands in documents are run. Whatever stands in a fence marked `sh` and begins with `loadlift` is parsed by the
//! program's own definition of its command line, and then run beside example files, in the order of the document.
//!
//! Only parsed is what needs a network, a terminal or a phone, never ends by itself, or has a placeholder in it, like
//! `<ADDRESS>`: see [`is_only_parsed`]. Commands and switches that a sentence names have to exist too. `cargo` lines
//! are another test's matter (`cargo_lines.rs`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use clap::error::{Error, ErrorKind};
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};

use crate::markdown::{Document, all, root};
use crate::scan;
use crate::shell;

/// The archive that the documents speak of.
const ARCHIVE: &str = "cmterm-7945_7965-sccp.8-5-2.zip";

#[test]
fn commands_in_documents_are_ones_that_the_program_has() {
    let mut count = 0;
    for document in all() {
        for (line, words) in commands(&document) {
            count += 1;
            if let Err(wrong) = understood(&words) {
                panic!("{}: `{line}`: {wrong}", document.name);
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
fn commands_in_sentences_are_ones_that_the_program_has() {
    for document in all().into_iter().filter(tells_of_today) {
        for span in document.spans() {
            for words in shell::commands(&span).iter().filter_map(|words| loadlift(words)) {
                if let Some(wrong) = understood(&words).err().filter(is_of_names) {
                    panic!("{}: `{span}`: {wrong}", document.name);
                }
            }
        }
    }
}

#[test]
fn commands_that_the_program_itself_names_are_ones_that_it_has() {
    let mut count = 0;
    for (file, source) in scan::sources(&root()) {
        for text in scan::texts(&source).iter().filter(|text| text.matches('`').count() % 2 == 0) {
            for span in text.split('`').skip(1).step_by(2) {
                // What is filled in is a placeholder too.
                let span = span.replace('{', "<").replace('}', ">");
                for words in shell::commands(&span).iter().filter_map(|words| loadlift(words)) {
                    count += 1;
                    if let Some(wrong) = understood(&words).err().filter(is_of_names) {
                        panic!("{file}: `{span}`: {wrong}");
                    }
                }
            }
        }
    }
    assert!(count > 20, "the sources were read: {count} commands");
}

/// Whether the names are wrong: a sentence has a command without all that it needs, and values by a word.
fn is_of_names(wrong: &Error) -> bool {
    matches!(wrong.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand)
}

#[test]
fn switches_in_sentences_are_ones_that_the_program_has() {
    let mut known = BTreeSet::new();
    switches(&loadlift::cli::command(), &mut known);
    for document in all().into_iter().filter(tells_of_today) {
        for span in document.spans().iter().filter(|span| span.starts_with("--") && !span.starts_with("---"))
        {
            let switch = span.split([' ', '=']).next().unwrap();
            assert!(known.contains(switch), "{}: `{span}` is no switch of loadlift", document.name);
        }
    }
}

/// The changelog tells what was so in its day, and the release's own document has scripts with switches of theirs.
fn tells_of_today(document: &Document) -> bool {
    !["CHANGELOG.md", "packaging/README.md"].contains(&document.name.as_str())
}

fn switches(command: &clap::Command, found: &mut BTreeSet<String>) {
    found.extend(command.get_arguments().filter_map(clap::Arg::get_long).map(|name| format!("--{name}")));
    found.extend(["--help", "--version"].map(str::to_owned));
    command.get_subcommands().for_each(|sub| switches(sub, found));
}

/// What a placeholder may stand for: one of these has to fit.
const EXAMPLES: &[&str] = &["example", "10.1.1.5", "5", "7945", "10.1.1.0/24", "001B2AAA0001", "8.5(2)"];

/// Ask the program's own definition of its command line.
fn understood(words: &[String]) -> Result<(), Error> {
    let mut first = None;
    for example in EXAMPLES {
        let filled = words.iter().map(|word| shell::filled(word, example));
        match loadlift::cli::command().try_get_matches_from(filled) {
            Ok(_) => return Ok(()),
            Err(told) if matches!(told.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
                return Ok(());
            }
            Err(wrong) => _ = first.get_or_insert(wrong),
        }
    }
    first.map_or(Ok(()), Err)
}

#[test]
fn placeholders_stand_for_what_fits() {
    let words = |line: &str| loadlift(&shell::commands(line)[0]).unwrap();
    understood(&words("sudo loadlift serve <ARCHIVE> --interface <NAME OF IT> --until-done <N>")).unwrap();
    understood(&words("loadlift phone <ADDRESS>")).unwrap();
    understood(&words("cargo run -- rehearse")).unwrap();
    assert_eq!(loadlift(&shell::commands("cargo run --example shell_files -- folder")[0]), None);
    assert!(understood(&words("loadlift serve <ARCHIVE> --no-such-switch")).is_err());
    assert!(
        is_only_parsed(&words("loadlift inspect <ARCHIVE>")) && !is_only_parsed(&words("loadlift keys 7945"))
    );
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
    if words.iter().any(|word| shell::has_placeholder(word)) {
        return true;
    }
    match words.get(1).map(String::as_str) {
        None | Some("check" | "serve" | "phone" | "replay") => true,
        Some("option150") => has("probe"),
        Some("rehearse") => !has("--headless") && !has("--list"),
        Some("stage") => words.iter().any(|word| word.starts_with("http")),
        Some(_) => false,
    }
}

/// What a document says is to be typed, in its order, and the words of it.
fn commands(document: &Document) -> Vec<(String, Vec<String>)> {
    let typed = document.blocks("sh").iter().flat_map(|block| shell::commands(block)).collect::<Vec<_>>();
    typed.iter().filter_map(|words| loadlift(words)).map(|words| (words.join(" "), words)).collect()
}

/// The words, if they call loadlift, also by a path or by `cargo run --`.
fn loadlift(words: &[String]) -> Option<Vec<String>> {
    let (program, rest) = words.split_first()?;
    let is_run = program == "cargo" && rest.first().is_some_and(|word| word == "run");
    if is_run && rest.iter().any(|word| word == "--example") {
        return None; // another program
    }
    let arguments = if is_run {
        &rest[rest.iter().position(|word| word == "--")? + 1..]
    } else {
        (program.rsplit(['/', '\\']).next()?.trim_end_matches(".exe") == "loadlift").then_some(rest)?
    };
    Some(std::iter::once("loadlift".to_owned()).chain(arguments.iter().cloned()).collect())
}

/// The example: the archive, a folder `Downloads` with one, a kit made of it, and a session.
fn prepare(folder: &Path) {
    let archive = madeup::zip(&MadeUpLoad::sample().files(), Packing::Deflated);
    fs::write(folder.join(ARCHIVE), &archive).unwrap();
    fs::create_dir(folder.join("Downloads")).unwrap();
    // Under a name of its own: by the published archive's name `stage` expects the published octets.
    fs::write(folder.join("Downloads").join("SCCP45.8-5-2S.zip"), &archive).unwrap();
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
