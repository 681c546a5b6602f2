//! What `loadlift stage` makes of a kit: published sums, names, programs, two runs at once.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod staging;
mod web;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use loadlift::download::sha256;
use loadlift::rehearsal::madeup::MadeUpLoad;
use serde_json::Value;
use staging::*;
use web::{File, Web};

#[test]
fn published_sums_are_checked_and_a_wrong_one_keeps_the_file_out() {
    let web = Web::of(File::new(archive()));
    let url = web.url(&format!("/{NAME}"));
    let folder = tempfile::tempdir().unwrap();
    let zeros = "0".repeat(32);
    let (code, lines) = stage(folder.path(), &[&url, "--md5", &zeros]);
    assert_eq!((code, problem(&lines)), (Some(1), "sum-differs"));
    assert_eq!(loads(folder.path()), Vec::<String>::new());
    let (code, lines) = stage(folder.path(), &[&url, "--sha256", &sha256(&archive())]);
    assert_eq!((code, &lines[0]["checked"]), (Some(0), &Value::from("SHA-256")));
    let output = command(folder.path(), &[&url, "--sha1", "abc"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "half a sum is wrong use");
    let output = command(folder.path(), &[&url, &url, "--md5", &zeros]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "one sum for two files is wrong use");
    let says = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(says.contains("which is for which") && says.contains("--md5 NAME=HEX"), "{says}");
}

#[test]
fn sums_of_several_sources_go_by_their_order_by_name_or_by_a_list() {
    let other = archive_of("42", &["term42.default.loads", "term62.default.loads"]);
    let (one, two) = (Web::of(File::new(archive())), Web::of(File::new(other.clone())));
    let (one, two) = (one.url(&format!("/{NAME}")), two.url("/42.zip?sig=secret"));
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (sha256(&archive()), sha256(&other));
    let run = |arguments: &[&str]| {
        let kit = tempfile::tempdir().unwrap();
        let mut all = vec![one.as_str(), two.as_str()];
        all.extend(arguments);
        let (code, lines) = stage(kit.path(), &all);
        (code, lines, loads(kit.path()))
    };
    let (code, lines, there) = run(&["--sha256", &first, "--sha256", &second]);
    assert_eq!((code, there), (Some(0), vec!["42.zip".into(), NAME.to_owned()]), "{lines:?}");
    let (code, lines, there) = run(&["--sha256", &second, "--sha256", &first]);
    assert_eq!((code, there), (Some(1), vec![]), "the wrong way round: {lines:?}");

    let named = format!("42.zip={second}");
    let (code, lines, there) = run(&["--sha256", &named]);
    assert_eq!((code, there.len()), (Some(0), 2), "{lines:?}");
    let wrong = format!("42.zip={first}");
    let (code, lines, there) = run(&["--sha256", &wrong]);
    assert_eq!((code, there), (Some(1), vec![NAME.to_owned()]), "{lines:?}");
    assert_eq!(problem(&lines), "sum-differs");
    let nobody = command(folder.path(), &[&one, "--sha256", &named]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(2), "a sum of no source");

    let list = folder.path().join("SHA256SUMS");
    fs::write(&list, format!("# loads\n{first} *{NAME}\n{second}  ./42.zip\n{second}  more.zip\n")).unwrap();
    let list_at = list.to_str().unwrap().to_owned();
    assert_eq!(run(&["--sums", &list_at]).0, Some(0));
    fs::write(&list, format!("{second}  42.zip\n")).unwrap();
    let (code, lines, there) = run(&["--sums", &list_at]);
    assert_eq!((code, problem(&lines), there), (Some(1), "sum-not-listed", vec!["42.zip".to_owned()]));
    let file = folder.path().join(NAME);
    fs::write(&file, archive()).unwrap();
    fs::write(&list, format!("{second}  {NAME}\n")).unwrap();
    let kit = folder.path().join("kit");
    let (code, lines) = stage(&kit, &[file.to_str().unwrap(), "--sums", &list_at]);
    assert_eq!((code, problem(&lines)), (Some(1), "sum-differs"), "files of one's own are compared too");
}

#[test]
fn an_archive_under_a_published_name_is_compared_with_the_catalog_without_asking() {
    let folder = tempfile::tempdir().unwrap();
    let downloads = folder.path().join("Downloads");
    fs::create_dir(&downloads).unwrap();
    let known = downloads.join("cmterm-7945_7965-sccp.8-5-2.zip");
    fs::write(&known, archive()).unwrap();
    let web = Web::of(File::new(archive()));
    let kit = folder.path().join("kit");
    for source in [known.to_str().unwrap(), &web.url("/cmterm-7945_7965-sccp.8-5-2.zip")] {
        let (code, lines) = stage(&kit, &[source]);
        assert_eq!((code, problem(&lines)), (Some(1), "archive-differs"), "{lines:?}");
        let says = lines[0]["problem"]["message"].as_str().unwrap();
        assert!(
            says.contains("SHA-1") && says.contains("e7599cec19c6a750414d9488bd27f82d45ad5860"),
            "{says}"
        );
        assert_eq!(loads(&kit), Vec::<String>::new());
    }
    // In a folder it is told by name, whatever else is there.
    fs::write(downloads.join("42.zip"), archive_of("42", &["term42.default.loads", "term62.default.loads"]))
        .unwrap();
    let (code, lines) = stage(&kit, &[downloads.to_str().unwrap()]);
    assert_eq!((code, problem(&lines)), (Some(1), "archive-differs"), "{lines:?}");
    assert_eq!(loads(&kit), ["42.zip"]);
    // Whoever has the vendor's own sum knows better than the catalog.
    let (code, lines) = stage(&kit, &[known.to_str().unwrap(), "--sha256", &sha256(&archive())]);
    assert_eq!(code, Some(0), "{lines:?}");
}

/// A file that begins as a program for some system, and says that it is loadlift.
fn program(head: &[u8]) -> Vec<u8> {
    let mut octets = head.to_vec();
    octets.resize(300, 0);
    octets.extend_from_slice(b"loadlift: this file is the program itself");
    octets
}

fn windows() -> Vec<u8> {
    let mut head = vec![0; 0x86];
    head[..2].copy_from_slice(b"MZ");
    head[0x3c] = 0x80;
    head[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
    program(&head)
}

fn macos() -> Vec<u8> {
    program(&[0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1])
}

fn linux_arm() -> Vec<u8> {
    let mut head = vec![0; 20];
    head[..6].copy_from_slice(b"\x7fELF\x02\x01");
    head[18] = 183;
    program(&head)
}

/// Programs for two other systems than this one: what each is called by whoever had it before, and in a kit.
fn of_others() -> [(&'static str, &'static str, Vec<u8>); 2] {
    let windows = ("Loadlift-windows-0.9.exe", "loadlift.exe", windows());
    let macos = ("loadlift-macos-arm64", "loadlift-macos-arm64", macos());
    let linux = ("Loadlift-0.9-arm", "loadlift-linux-arm64", linux_arm());
    if cfg!(windows) {
        [linux, macos]
    } else if cfg!(target_os = "macos") {
        [windows, linux]
    } else {
        [windows, macos]
    }
}

/// The answer of `kit verify` or `kit status`, and how it ended.
fn kit_says(kit: &Path, what: &str) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    let output = command.args(["kit", what, "--json"]).arg(kit).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// The systems without a program.
fn missing(says: &Value) -> Vec<&str> {
    let systems = says["systems"].as_array().unwrap().iter();
    systems.filter(|it| it["program"].is_null()).map(|it| it["system"].as_str().unwrap()).collect()
}

#[test]
fn programs_for_several_systems_are_known_by_their_headers_and_put_where_they_belong() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, octets: Vec<u8>| {
        let path = folder.path().join(name);
        fs::write(&path, octets).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (mac, arm) = (at("from-a-mac", macos()), at("x.bin", linux_arm()));
    let web = Web::of(File::new(windows()));
    let kit_folder = folder.path().join("kit");
    // From a mirror, as a file among the sources, and by the option.
    let (code, lines) = stage(&kit_folder, &[&web.url("/loadlift-0.9.exe"), &mac, "--program", &arm]);
    assert_eq!(code, Some(0), "{lines:?}");
    let paths: Vec<String> = kit(&kit_folder).programs.into_iter().map(|program| program.path).collect();
    assert_eq!(paths, ["loadlift-linux-arm64", "loadlift-macos-arm64", "loadlift.exe"]);
    assert_eq!(fs::read(kit_folder.join("loadlift.exe")).unwrap(), windows());
    assert_eq!(loads(&kit_folder), Vec::<String>::new());
    let readme = fs::read_to_string(kit_folder.join("README.txt")).unwrap();
    for name in ["loadlift.exe", "loadlift-linux-arm64", "loadlift-macos-arm64", "no program for Linux"] {
        assert!(readme.contains(name), "{name}: {readme}");
    }
    let (code, says) = kit_says(&kit_folder, "verify");
    assert_eq!((code, missing(&says)), (Some(0), vec!["linux-x86"]), "{says}");
    assert_eq!(missing(&kit_says(&kit_folder, "status").1), ["linux-x86"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(kit_folder.join("loadlift-linux-arm64")).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "it can be started");
    }
    // A program that is not there as it was staged runs nowhere.
    fs::write(kit_folder.join("loadlift.exe"), &windows()[1..]).unwrap();
    let (code, says) = kit_says(&kit_folder, "verify");
    assert_eq!((code, missing(&says)), (Some(1), vec!["windows-x86", "linux-x86"]), "{says}");

    let mut other = windows();
    other.truncate(300);
    let (code, lines) = stage(&kit_folder, &[&at("setup.exe", other)]);
    assert_eq!((code, problem(&lines)), (Some(1), "not-loadlift"), "{lines:?}");
}

#[test]
fn programs_that_lie_beside_the_running_one_go_into_the_kit_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let own = in_kit(folder.path());
    let others = of_others();
    for (name, _, octets) in &others {
        fs::write(folder.path().join(name), octets).unwrap();
    }
    let mut stranger = linux_arm();
    stranger.truncate(300);
    fs::write(folder.path().join("loadlift-like"), stranger).unwrap();
    fs::write(folder.path().join("loadlift-notes.txt"), "buy milk").unwrap();
    let load = folder.path().join(NAME);
    fs::write(&load, archive()).unwrap();
    let kit_folder = folder.path().join("kit");
    let run = |program: &Path, into: &Path| {
        let mut command = Command::new(program);
        command.arg("stage").arg(&load).arg("--into").arg(into).stdin(Stdio::null()).output().unwrap()
    };
    let output = run(&own, &kit_folder);
    let says = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{says}");
    let paths: Vec<String> = kit(&kit_folder).programs.into_iter().map(|program| program.path).collect();
    let names = others.each_ref().map(|(_, name, _)| *name);
    assert!(names.iter().all(|name| paths.iter().any(|path| path == name)), "{paths:?}");
    assert_eq!(paths.len(), 3, "this one, and the two for other systems: {paths:?}");
    assert!(says.contains("Programs in it: "), "{says}");
    assert_eq!(kit_says(&kit_folder, "verify").0, Some(0));

    // From within the kit nothing that changed is taken for good.
    fs::write(kit_folder.join(names[1]), &others[0].2).unwrap();
    let mut inside = paths.iter().filter(|path| !names.contains(&path.as_str()));
    let inside = kit_folder.join(inside.next().unwrap());
    assert_eq!(run(&inside, &kit_folder).status.code(), Some(0));
    let (code, says) = kit_says(&kit_folder, "verify");
    assert_eq!((code, says["findings"][0]["path"].as_str()), (Some(1), Some(names[1])), "{says}");
}

#[test]
fn two_runs_at_once_on_the_same_kit_do_not_spoil_each_other() {
    let (reached, wait) = mpsc::channel();
    let reached = std::sync::Mutex::new(reached);
    let (go, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let file = File::new(archive());
    let served = Arc::clone(&file);
    let slow = Web::start(move |asked, stream| {
        reached.lock().unwrap().send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
        served.answer(asked, stream)
    });
    let folder = tempfile::tempdir().unwrap();
    let url = slow.url(&format!("/{NAME}"));
    let first = command(folder.path(), &[&url]).spawn().unwrap();
    wait.recv_timeout(Duration::from_secs(60)).unwrap();
    // The same file is refused, another one gets in, both while the first run is under way.
    let (code, lines) = stage(folder.path(), &[&url]);
    assert_eq!((code, problem(&lines)), (Some(1), "being-fetched"));
    let other = Web::of(File::new(archive_of("42", &["term42.default.loads", "term62.default.loads"])));
    assert_eq!(stage(folder.path(), &[&other.url("/42.zip")]).0, Some(0));
    go.send(()).unwrap();
    assert_eq!(answer(&first.wait_with_output().unwrap()).0, Some(0));
    assert_eq!(loads(folder.path()), ["42.zip", NAME]);
    assert_eq!(kit(folder.path()).files.len(), 2);
}

#[test]
fn files_and_folders_are_staged_too_and_the_same_file_once() {
    let folder = tempfile::tempdir().unwrap();
    let downloads = folder.path().join("Downloads");
    fs::create_dir_all(downloads.join("unpacked")).unwrap();
    fs::write(downloads.join(NAME), archive()).unwrap();
    fs::write(downloads.join("holiday.zip"), "no zip").unwrap();
    let loose = MadeUpLoad::new(
        "42",
        &["term42.default.loads", "term62.default.loads"],
        "SCCP",
        "8-5-2",
        "8-5-2TH1-9",
    );
    for (name, octets) in loose.with_octets(50_000).files() {
        fs::write(downloads.join("unpacked").join(name), octets).unwrap();
    }
    let kit_folder = folder.path().join("kit");
    let (code, lines) = stage(&kit_folder, &[downloads.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_eq!(loads(&kit_folder), [NAME, "SCCP42.8-5-2S"]);
    let again = downloads.join("copy.zip");
    fs::write(&again, archive()).unwrap();
    let (code, lines) = stage(&kit_folder, &[again.to_str().unwrap()]);
    assert_eq!((code, &lines[0]["was_there"]), (Some(0), &Value::Bool(true)));
    let verified =
        Command::new(env!("CARGO_BIN_EXE_loadlift")).args(["kit", "verify"]).arg(&kit_folder).output();
    let verified = verified.unwrap();
    let text = String::from_utf8(verified.stdout).unwrap();
    assert_eq!(verified.status.code(), Some(0), "{text}");
    assert!(text.contains("4 of 14 models can be recovered"), "{text}");
}

#[test]
fn another_file_of_the_same_name_does_not_take_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let one = Web::of(File::new(archive()));
    let other = Web::of(File::new(archive_of("42", &["term42.default.loads", "term62.default.loads"])));
    assert_eq!(stage(folder.path(), &[&one.url("/x.zip")]).0, Some(0));
    assert_eq!(stage(folder.path(), &[&other.url("/x.zip")]).0, Some(0));
    assert_eq!(loads(folder.path()), ["x-2.zip", "x.zip"]);
    assert_eq!(fs::read(folder.path().join("loads/x.zip")).unwrap(), archive());
}

#[test]
fn from_within_a_kit_the_program_uses_it_by_itself_and_writes_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let (kit_folder, home) = (folder.path().join("kit"), folder.path().join("home"));
    fs::create_dir(&home).unwrap();
    let local = folder.path().join(NAME);
    fs::write(&local, archive()).unwrap();
    assert_eq!(stage(&kit_folder, &[local.to_str().unwrap()]).0, Some(0));
    let program = in_kit(&kit_folder);
    let run = |arguments: &[&str]| {
        Command::new(&program)
            .args(arguments)
            .envs([("HOME", &home), ("XDG_DATA_HOME", &home), ("APPDATA", &home), ("LOCALAPPDATA", &home)])
            .current_dir(&home)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let status = run(&["kit", "status"]);
    assert_eq!(status.status.code(), Some(0), "{status:?}");
    // Staging again needs no `--into`.
    assert_eq!(run(&["stage", "--no-program", local.to_str().unwrap()]).status.code(), Some(0));
    // A session that ends at once, by an address that this machine does not have, leaves nothing behind; one that
    // runs leaves its log in the kit.
    let mut serving = Command::new(&program)
        .args(["serve", "--address", "127.0.0.1", "--port", "0", "--json"])
        .arg(kit_folder.join("loads"))
        .env("HOME", &home)
        .current_dir(&home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(serving.stdout.take().unwrap()), &mut first)
        .unwrap();
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(first.contains("started"), "{first}");
    assert_eq!(fs::read_dir(kit_folder.join("sessions")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&home).unwrap().count(), 0, "something was written elsewhere");
}
