//! `serve --offer-by-configuration` as it is started, over real sockets: who is given which configuration, and who is
//! left alone.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use serde_json::Value;
use support::fetch;

/// A listed phone, and one that is not.
const LISTED: &str = "SEP001B2AAA0001.cnf.xml";
const FOREIGN: &str = "SEP001B2AAA0002.cnf.xml";
const DEFAULT: &str = "XMLDefault.cnf.xml";

/// A running service.
struct Serving {
    child: Child,
    at: SocketAddr,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn loadlift(folder: &Path, words: &[&str]) -> Command {
    let load = MadeUpLoad::new("45", &["term45.default.loads"], "SCCP", "8-5-2", "8-5-2TH1-9");
    let zip = folder.join("load.zip");
    if !zip.exists() {
        fs::write(&zip, madeup::zip(&load.with_octets(60_000).files(), Packing::Deflated)).unwrap();
        fs::write(folder.join("floor.txt"), "MAC model\n001B2AAA0001 7945G\n").unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    command.current_dir(folder).args(words).stdin(Stdio::null());
    command
}

const SERVE: [&str; 9] =
    ["serve", "load.zip", "--address", "127.0.0.1", "--port", "0", "--json", "--session-dir", "sessions"];

fn serve(folder: &Path, words: &[&str]) -> Serving {
    let mut command = loadlift(folder, &[&SERVE, words].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started = lines.find_map(|line| {
        let record: Value = serde_json::from_str(&line.unwrap()).unwrap();
        (record["event"] == "started").then(|| record["serving"].as_str().unwrap().to_owned())
    });
    // Nobody reads on; a pipe that is closed would end the service.
    std::mem::forget(lines);
    Serving { child, at: started.unwrap().parse().unwrap() }
}

fn text(serving: &Serving, name: &str) -> String {
    String::from_utf8(fetch(serving.at, name).unwrap()).unwrap()
}

#[track_caller]
fn is_not_found(serving: &Serving, name: &str) {
    let refused = fetch(serving.at, name).unwrap_err();
    assert!(refused.contains("error 1"), "{name}: {refused}");
}

#[test]
fn with_a_list_the_listed_phone_is_given_its_load_and_a_foreign_one_gets_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(folder.path(), &["--offer-by-configuration", "--phones", "floor.txt"]);
    let own = text(&serving, LISTED);
    assert!(own.contains("<loadInformation>SCCP45.8-5-2S</loadInformation>"), "{own}");
    for name in [FOREIGN, DEFAULT, "CTLSEP001B2AAA0001.tlv"] {
        is_not_found(&serving, name);
    }
    // A phone that was reset is served as ever, listed or not.
    assert!(!fetch(serving.at, "term45.default.loads").unwrap().is_empty());
}

#[test]
fn without_a_list_every_phone_is_given_the_default_with_the_number_of_its_model_and_none_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(folder.path(), &["--offer-by-configuration"]);
    let all = text(&serving, DEFAULT);
    assert!(all.contains("<loadInformation435 ") && all.contains("SCCP45.8-5-2S"), "{all}");
    is_not_found(&serving, LISTED);
}

#[test]
fn without_the_switch_no_phone_that_boots_is_offered_anything() {
    let folder = tempfile::tempdir().unwrap();
    let serving = serve(folder.path(), &[]);
    for name in [LISTED, DEFAULT] {
        is_not_found(&serving, name);
    }
}

#[test]
fn a_list_that_would_be_overlooked_is_refused_with_where_it_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| -> (Option<i32>, String) {
        let Output { status, stderr, .. } = loadlift(folder.path(), words).output().unwrap();
        (status.code(), String::from_utf8_lossy(&stderr).into_owned())
    };
    let alone = run(&[&SERVE[..], &["--phones", "floor.txt"]].concat());
    assert!(alone.0 == Some(2) && alone.1.contains("changes nothing"), "{alone:?}");
    let before = run(&[&["--phones", "floor.txt"], &SERVE[..], &["--offer-by-configuration"]].concat());
    assert!(before.0 == Some(2) && before.1.contains("behind the command"), "{before:?}");
    // The wizard's list is read before there is a screen.
    let missing = run(&["--phones", "no-such-list.txt"]);
    assert!(missing.0 == Some(2) && missing.1.contains("no-such-list.txt"), "{missing:?}");
    let wizard = run(&["--phones", "floor.txt"]);
    assert!(wizard.1.contains("the wizard needs a terminal"), "{wizard:?}");
}
