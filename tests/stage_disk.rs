//! `loadlift stage` into a full disk, and a kit on a stick that cannot be written to. Linux and root: the test mounts both
//! where nobody else sees them.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod staging;
mod web;

use std::fs;
use std::process::{Command, Output, Stdio};

use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use staging::*;
use web::{File, Web};

/// Run a script as root in a mount namespace of its own.
fn with_own_mounts(script: &str) -> Output {
    Command::new("unshare").args(["--mount", "sh", "-ec", script]).stdin(Stdio::null()).output().unwrap()
}

#[test]
#[ignore = "needs root"]
fn a_full_disk_is_said_and_leaves_nothing_that_counts() {
    let load = MadeUpLoad::sample().with_octets(3_000_000);
    let web = Web::of(File::new(madeup::zip(&load.files(), Packing::Stored).to_vec()));
    let folder = tempfile::tempdir().unwrap();
    let (program, kit) = (env!("CARGO_BIN_EXE_loadlift"), folder.path().display());
    let url = web.url(&format!("/{NAME}"));
    let output = with_own_mounts(&format!(
        "mount -t tmpfs -o size=1m tmpfs {kit}\n\
         {program} stage --no-program --json --into {kit} {url} && exit 9\n\
         ls {kit}/loads\n\
         mount -o remount,size=16m {kit}\n\
         {program} stage --no-program --json --into {kit} {url}\n"
    ));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("disk-full"), "{text}");
    // Nothing is listed between the two; the second goes on where the first stopped.
    assert!(lines[1].contains("resumed"), "{text}");
    assert!(text.contains("SCCP45.8-5-2S"), "{text}");
}

#[test]
#[ignore = "needs root"]
fn a_stick_that_cannot_be_written_to_is_read_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (stick, home) = (folder.path().join("stick"), folder.path().join("home"));
    fs::create_dir(&home).unwrap();
    let local = folder.path().join(NAME);
    fs::write(&local, archive()).unwrap();
    assert_eq!(stage(&stick, &[local.to_str().unwrap()]).0, Some(0));
    in_kit(&stick);
    let output = with_own_mounts(&format!(
        "export HOME={home} XDG_DATA_HOME={home}; cd {home}\n\
         mount --bind {stick} {stick}; mount -o remount,ro,bind {stick}\n\
         {stick}/loadlift kit verify\n\
         {stick}/loadlift stage --no-program {local} 2>&1 && exit 9\n\
         timeout -s INT 3 {stick}/loadlift serve --address 127.0.0.1 --port 0 {stick}/loads 2>&1 || echo serve ended with $?\n",
        home = home.display(),
        stick = stick.display(),
        local = local.display()
    ));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("2 of 14 models can be recovered"), "{text}");
    assert!(text.contains("cannot be written to"), "{text}");
    assert!(text.contains("Waiting for phones") && text.contains("goes on without a session log"), "{text}");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0, "something was written elsewhere");
}
