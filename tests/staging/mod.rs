//! What the tests of `loadlift stage` share: running it, made-up loads, and what must be in a kit.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use loadlift::download::sha256;
use loadlift::kit::Kit;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use serde_json::Value;

/// What the archive is called: like none that was published, since it is none of those.
pub(crate) const NAME: &str = "7945-intermediate.zip";

pub(crate) fn archive() -> Vec<u8> {
    madeup::zip(&MadeUpLoad::sample().files(), Packing::Stored).to_vec()
}

pub(crate) fn archive_of(family: &str, files: &[&str]) -> Vec<u8> {
    let load = MadeUpLoad::new(family, files, "SCCP", "8-5-2", "8-5-2TH1-9").with_octets(50_000);
    madeup::zip(&load.files(), Packing::Deflated).to_vec()
}

pub(crate) fn command(kit: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    command.args(["stage", "--no-program", "--json", "--into"]).arg(kit).args(arguments);
    // A proxy of the machine's own is no part of these tests.
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code, and the lines of the answer.
pub(crate) fn stage(kit: &Path, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    answer(&command(kit, arguments).output().unwrap())
}

pub(crate) fn answer(output: &Output) -> (Option<i32>, Vec<Value>) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")));
    let lines: Vec<Value> = lines.collect();
    assert!(
        !lines.is_empty() || !output.stderr.is_empty(),
        "it ends with {:?} and says nothing",
        output.status
    );
    (output.status.code(), lines)
}

/// The code of the problem that the only source has.
pub(crate) fn problem(lines: &[Value]) -> &str {
    lines.iter().find_map(|line| line["problem"]["code"].as_str()).unwrap_or("none")
}

pub(crate) fn kit(folder: &Path) -> Kit {
    Kit::parse(&fs::read_to_string(folder.join("kit.toml")).unwrap()).unwrap()
}

/// Names in `loads` that anything could read; what is hidden does not count.
pub(crate) fn loads(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("loads"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// Nothing of a download is left but what counts.
pub(crate) fn assert_holds(folder: &Path, octets: &[u8]) {
    assert_eq!(loads(folder), [NAME]);
    assert_eq!(fs::read(folder.join("loads").join(NAME)).unwrap(), octets);
    let file = &kit(folder).files[0];
    assert_eq!((file.octets, file.sha256.as_str()), (octets.len() as u64, sha256(octets).as_str()));
    assert_eq!(file.loads[0].verdict, "intermediate");
}

/// The program, as it lies in a kit.
pub(crate) fn in_kit(kit: &Path) -> PathBuf {
    let program = kit.join(format!("loadlift{}", std::env::consts::EXE_SUFFIX));
    if fs::hard_link(env!("CARGO_BIN_EXE_loadlift"), &program).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_loadlift"), &program).unwrap();
    }
    program
}
