//! The program as its users meet it: exit codes, what goes to stdout and what to stderr, JSON for programs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use serde_json::Value;
use support::fetch;
use support::serving::Serving;

fn loadlift(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadlift")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

/// Exit code, stdout and stderr as one text for a snapshot.
fn shown(arguments: &[&str]) -> String {
    let output = loadlift(arguments);
    let code = output.status.code().map_or("none".to_owned(), |code| code.to_string());
    format!("exit {code}\n--- stdout\n{}--- stderr\n{}", text(&output.stdout), text(&output.stderr))
}

fn json(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = loadlift(arguments);
    let answer = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error} in {}", text(&output.stdout)));
    (output.status.code(), answer)
}

/// A folder with a good load, one that is too new and one that is cut off.
struct Loads {
    folder: tempfile::TempDir,
}

impl Loads {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let zip = |load: &MadeUpLoad| madeup::zip(&load.files(), Packing::Deflated);
        let good = zip(&MadeUpLoad::sample());
        fs::write(folder.path().join("good.zip"), &good).unwrap();
        fs::write(folder.path().join("cut.zip"), &good[..good.len() / 2]).unwrap();
        let files = ["term42.default.loads", "term62.default.loads"];
        let new = MadeUpLoad::new("42", &files, "SCCP", "8-5-3", "8-5-3TH1-6").with_octets(60_000);
        fs::write(folder.path().join("new.zip"), zip(&new)).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

#[test]
fn inspect_answers_for_programs_with_the_promised_object() {
    let loads = Loads::new();
    let (code, answer) = json(&["inspect", "--json", &loads.path("good.zip")]);
    assert_eq!(code, Some(0));
    let load = &answer["loads"][0];
    for (key, want) in [
        ("load", "SCCP45.8-5-2S"),
        ("family", "45"),
        ("protocol", "SCCP"),
        ("release", "8.5(2)"),
        ("verdict", "intermediate"),
    ] {
        assert_eq!(load[key], want, "{key}");
    }
    assert_eq!(load["recommended"], true);
    assert_eq!(load["models"], serde_json::json!(["7945G", "7965G"]));
    assert_eq!(load["default_load_files"].as_array().unwrap().len(), 2);
    let images = load["images"].as_array().unwrap();
    assert_eq!(images.len(), 5);
    for image in images {
        assert_eq!(image["sha256"].as_str().unwrap().len(), 64);
        assert_eq!(image["complete"], true);
        assert!(image["name"].is_string() && image["size"].is_u64() && image["built"].is_string());
    }
    for key in ["reason", "hardware_comp", "problems", "source"] {
        assert!(load.get(key).is_some(), "{key} is missing");
    }
    assert_eq!(answer["problems"], serde_json::json!([]));
}

#[test]
fn inspect_ends_with_1_for_a_load_that_cannot_serve_and_with_2_for_a_path_that_is_not_there() {
    let loads = Loads::new();
    let (code, answer) = json(&["inspect", "--json", &loads.path("new.zip")]);
    assert_eq!((code, &answer["loads"][0]["verdict"]), (Some(1), &Value::from("too-new")));
    let (code, answer) = json(&["inspect", "--json", &loads.path("cut.zip")]);
    assert_eq!(code, Some(1));
    assert_eq!(answer["problems"][0]["code"], "archive-cut-off", "{answer}");
    let (code, answer) = json(&["inspect", "--json", &loads.path("good.zip"), &loads.path("new.zip")]);
    assert_eq!((code, answer["loads"].as_array().unwrap().len()), (Some(1), 2));
    let (code, answer) = json(&["inspect", "--json", &loads.path("none.zip")]);
    assert_eq!((code, &answer["problems"][0]["code"]), (Some(2), &Value::from("path-not-found")));
    let output = loadlift(&["inspect", &loads.path("none.zip")]);
    let words = text(&output.stderr);
    assert!(
        words.starts_with("error: ") && words.contains("none.zip") && words.contains("\nhint: "),
        "{words}"
    );
}

#[test]
fn path_and_keys_as_they_are_read() {
    let cases: [(&str, &[&str]); 8] = [
        ("path_one_hop", &["path", "--phone", "8.3(2)", "--target", "8.5(2)SR1", "--model", "7945"]),
        ("path_no_hop", &["path", "--phone", "8.4(4)", "--target", "9.4(2)SR3"]),
        ("path_very_old", &["path", "--phone", "6.0(3)", "--target", "9.4(2)SR1", "--model", "7970"]),
        ("path_unknown_phone", &["path", "--target", "8.5(2)SR1"]),
        ("path_not_a_load", &["path", "--phone", "newest", "--target", "8.5(2)SR1"]),
        ("keys_7906", &["keys", "7906"]),
        ("keys_7970", &["keys", "CP-7970G"]),
        ("keys_foreign", &["keys", "7940"]),
    ];
    for (name, arguments) in cases {
        insta::assert_snapshot!(name, shown(arguments), &arguments.join(" "));
    }
}

#[test]
fn path_and_keys_answer_programs_too() {
    let (code, answer) = json(&["path", "--json", "--phone", "8.3(2)", "--target", "8.5(2)SR1"]);
    assert_eq!(code, Some(0));
    let hops: Vec<_> = answer["hops"].as_array().unwrap().iter().map(|hop| hop["release"].clone()).collect();
    assert_eq!(hops, ["8.5(2)", "8.5(2)SR1"]);
    let (code, answer) = json(&["keys", "--json", "7945"]);
    assert_eq!((code, &answer["reset"]["code"]["value"]), (Some(0), &Value::from("123456789*0#")));
}

#[test]
fn wrong_use_ends_with_2_and_says_what_would_be_right() {
    for arguments in [
        &[][..],
        &["nonsense"],
        &["serve"],
        &["serve", "--files", "x", "y"],
        &["serve", "--files", "no-such-folder"],
        &["path"],
        &["keys", "7912"],
        &["rehearse", "--scenario", "none"],
        &["rehearse", "--loss", "90"],
    ] {
        let output = loadlift(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn serve_refuses_what_would_cost_a_phone_its_boot_with_the_reason() {
    let loads = Loads::new();
    let serve = |arguments: &[&str]| {
        let mut all = vec!["serve", "--address", "127.0.0.1", "--port", "0"];
        all.extend_from_slice(arguments);
        let output = loadlift(&all);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        text(&output.stderr)
    };
    let words = serve(&[&loads.path("new.zip")]);
    assert!(words.contains("8.5(3) is too new") && words.contains("--any-release"), "{words}");
    let words = serve(&["--any-release", &loads.path("cut.zip")]);
    assert!(words.contains("cut.zip") && !words.contains("`--any-release` serves"), "{words}");
}

fn sessions(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn serve_brings_a_phone_back_and_ends_by_itself() {
    let loads = Loads::new();
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(&["--until-done", "1", &loads.path("good.zip")], folder.path());
    let set = MadeUpLoad::sample();
    let term = fetch(serving.address, "TERM45.Default.Loads").unwrap();
    assert_eq!(term, set.manifests().into_iter().find(|(name, _)| name.starts_with("term45")).unwrap().1);
    for (name, octets) in set.images() {
        assert!(fetch(serving.address, &name).unwrap() == octets, "{name}");
    }
    let refused = fetch(serving.address, "SEP001B2AAA0001.cnf.xml").unwrap_err();
    assert!(refused.starts_with("error 1"), "{refused}");

    assert_eq!(serving.process.wait().unwrap().code(), Some(0));
    let events = serving.events();
    let stages: Vec<&str> = events.iter().filter_map(|e| e["stage"].as_str()).collect();
    // This phone restarts in no time: its request for settings may be read before its last ACK.
    assert_eq!((stages.first(), stages.last()), (Some(&"loading"), Some(&"back")), "{stages:?}");
    for event in &events {
        assert!(event["event"].is_string() && event["at"].is_string(), "{event}");
    }
    let back = events.iter().find(|e| e["stage"] == "back").unwrap();
    assert_eq!((&back["phone"], &back["mac"]), (&"127.0.0.1".into(), &"001B2AAA0001".into()));
    assert_eq!(events.last().unwrap()["event"], "ended");
    let [log] = &sessions(folder.path())[..] else { panic!("one session, one log") };
    assert_eq!(fs::read_to_string(log).unwrap().lines().count(), events.len() + 1);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_says_what_is_left_to_do() {
    use std::io::Read as _;

    let loads = Loads::new();
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(&[&loads.path("good.zip")], folder.path());
    fetch(serving.address, "term65.default.loads").unwrap();
    support::signal(serving.process.id(), rustix::process::Signal::INT).unwrap();
    assert_eq!(serving.process.wait().unwrap().code(), Some(130));
    let mut words = String::new();
    serving.process.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert!(words.contains("Option 150 still names this laptop"), "{words}");
    let events = serving.events();
    let ended = events.last().unwrap();
    assert_eq!((&ended["event"], &ended["seen"]), (&"ended".into(), &1.into()));
    assert_eq!(ended["undone"].as_array().unwrap().len(), 2, "{ended}");
}

#[test]
fn a_plain_folder_is_served_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files").join("XMLDefault.cnf.xml"), "<Default/>").unwrap();
    let files = folder.path().join("files");
    let mut serving = Serving::start(&["--files", files.to_str().unwrap()], &folder.path().join("sessions"));
    assert_eq!(fetch(serving.address, "xmldefault.cnf.xml").unwrap(), b"<Default/>");
    assert!(fetch(serving.address, "../sessions").unwrap_err().starts_with("error 1"));
    // What appears later was not there when the service began.
    fs::write(files.join("late"), "x").unwrap();
    assert!(fetch(serving.address, "late").unwrap_err().starts_with("error 1"));
    serving.process.end();
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let holder = std::net::UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let loads = Loads::new();
    let sessions = loads.path("sessions");
    let output = loadlift(&[
        "serve",
        "--address",
        "127.0.0.1",
        "--port",
        &port,
        "--session-dir",
        &sessions,
        &loads.path("good.zip"),
    ]);
    let words = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words}");
    // Who holds it is named where the system says so.
    let taken = ["held by", "already taken"].map(|how| format!("UDP port {port} on 127.0.0.1 is {how}"));
    assert!(taken.iter().any(|words_for_it| words.contains(words_for_it)), "{words}");
}

#[test]
fn a_rehearsal_ends_with_a_table_and_0_when_every_phone_got_where_it_must() {
    let output =
        loadlift(&["rehearse", "--headless", "--phones", "3", "--speed", "500", "--scenario", "all-well"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(out.contains("3 of 3 phones got where they must get"), "{out}");
    assert!(err.starts_with("REHEARSAL"), "{err}");
    let list = text(&loadlift(&["rehearse", "--list"]).stdout);
    assert!(list.contains("default") && list.contains("lossy"), "{list}");
}
