//! What only Windows has: its names and paths, its folders for programs' data. Under Wine, and on Windows itself.
#![cfg(windows)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use serde_json::Value;
use support::serving::Serving;
use support::{fetch, run_within};

/// No published name: an archive under one is refused where it differs from the published one.
const ARCHIVE: &str = "7945 load.zip";

fn archive() -> Vec<u8> {
    madeup::zip(&MadeUpLoad::sample().files(), Packing::Stored).to_vec()
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    format!("{:?} {}{}", output.status, text(&output.stdout), text(&output.stderr))
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// What `inspect` finds at a path, as somebody in this folder types it.
fn loads_at(path: &str, within: &Path) -> Vec<String> {
    let output = program().args(["inspect", "--json", path]).current_dir(within).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{path}: {error}: {}", said(&output)));
    let loads = answer["loads"].as_array().unwrap();
    loads.iter().map(|load| load["load"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_path_is_understood_in_every_way_in_which_windows_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("Übung 2 – Ключ 電話");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join(ARCHIVE), archive()).unwrap();
    let whole = inner.join(ARCHIVE).to_str().unwrap().to_owned();
    assert!(whole.as_bytes()[1] == b':' && whole.contains('\\'), "{whole}");
    let (drive, behind_drive) = whole.split_at(2);
    let relative = format!(".\\Übung 2 – Ключ 電話\\{ARCHIVE}");
    let ways = [
        whole.clone(),
        whole.replace('\\', "/"),
        whole.to_lowercase(),
        format!("\\\\?\\{whole}"),
        format!("{}{behind_drive}", drive.to_lowercase()),
        relative.clone(),
        relative.replace('\\', "/"),
        format!("..\\{}{}", folder.path().file_name().unwrap().to_str().unwrap(), &relative[1..]),
        // Windows drops dots and blanks at the end of a name.
        format!("{whole}. "),
        inner.to_str().unwrap().to_owned(),
        format!("{}\\", inner.display()),
    ];
    for way in ways {
        assert_eq!(loads_at(&way, folder.path()), ["SCCP45.8-5-2S"], "{way}");
    }
}

#[test]
fn a_path_of_more_than_260_characters_is_read_served_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut long = folder.path().to_owned();
    for part in 0..8 {
        long.push(format!("{part}-{}", "a folder with a long name ".repeat(2).trim()));
    }
    assert!(long.as_os_str().len() > 400, "{}", long.display());
    fs::create_dir_all(&long).unwrap();
    let path = long.join(ARCHIVE);
    fs::write(&path, archive()).unwrap();
    assert_eq!(loads_at(path.to_str().unwrap(), folder.path()), ["SCCP45.8-5-2S"]);

    let kit = long.join("kit");
    let output =
        program().args(["stage", "--no-program", "--json", "--into"]).args([&kit, &path]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(fs::read(kit.join("loads").join(ARCHIVE)).unwrap(), archive());
    assert_eq!(loads_at(kit.to_str().unwrap(), folder.path()), ["SCCP45.8-5-2S"]);

    let sessions = long.join("sessions");
    let play = [
        "rehearse",
        "--headless",
        "--phones",
        "1",
        "--speed",
        "500",
        "--scenario",
        "all-well",
        "--session-dir",
    ];
    let output = program().args(play).arg(&sessions).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(logs(&sessions).len(), 1);
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect()
}

#[test]
fn names_that_mean_a_device_are_no_files_and_never_become_any() {
    let folder = tempfile::tempdir().unwrap();
    // Whatever the ending and the case: these are devices, not loads, and none makes the program wait for keys.
    for device in ["NUL", "nul.zip", "con.zip", "CONIN$", "AUX", "com1.zip", "lpt9"] {
        let said = run_within(60, program().args(["inspect", "--json", device])).unwrap_err();
        assert!(!said.contains("did not end") && !said.contains("\"load\":"), "{said}");
    }
    // As `\\?\` allows them to exist: a stick that another system wrote may have such files.
    let path = PathBuf::from(format!("\\\\?\\{}\\aux.zip", folder.path().display()));
    if fs::write(&path, archive()).is_ok() {
        let kit = folder.path().join("kit");
        let output = program()
            .args(["stage", "--no-program", "--json", "--into"])
            .args([&kit, &path])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let names: Vec<String> = fs::read_dir(kit.join("loads"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        assert_eq!(names, ["_aux.zip"]);
    }
}

#[test]
fn a_name_that_a_phone_asks_for_never_becomes_a_path() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files").join("Ringlist.xml"), "<Rings/>").unwrap();
    let files = folder.path().join("files");
    let mut serving = Serving::start(&["--files", files.to_str().unwrap()], &folder.path().join("sessions"));
    let address = serving.address;
    assert_eq!(fetch(address, "RINGLIST.XML").unwrap(), b"<Rings/>");
    let whole = folder.path().join("secret.txt").display().to_string();
    for name in
        ["..\\secret.txt", "../secret.txt", &whole, "CON", "nul.xml", "Ringlist.xml.", "Ringlist.xml::$DATA"]
    {
        assert!(fetch(address, name).unwrap_err().starts_with("error 1"), "{name}");
    }
    serving.process.end();
}

/// The program with a user's folders of its own.
fn of_somebody(home: &Path) -> Command {
    let mut command = program();
    command.env("USERPROFILE", home);
    command.env("APPDATA", home.join("AppData\\Roaming")).env("LOCALAPPDATA", home.join("AppData\\Local"));
    command
}

#[test]
fn session_logs_lie_in_the_users_folder_for_programs_data_and_are_found_there_again() {
    let home = tempfile::tempdir().unwrap();
    let sessions = home.path().join("AppData\\Roaming\\loadlift\\sessions");
    let files = home.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join(ARCHIVE), archive()).unwrap();
    let mut command = of_somebody(home.path());
    command.args(["serve", "--json", "--address", "127.0.0.1", "--port", "0"]).arg(files.join(ARCHIVE));
    let mut serving = Serving::of(&mut command);
    serving.process.end();
    let [log] = &logs(&sessions)[..] else { panic!("one session, one log in {}", sessions.display()) };
    assert!(fs::read_to_string(log).unwrap().starts_with('{'));

    let output = of_somebody(home.path()).args(["report", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ended"], false, "the program was killed");
}
