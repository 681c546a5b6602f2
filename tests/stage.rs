//! `loadlift stage` over lines that break and servers whose file changes: what is there is never glued to what is not, is
//! taken up again where it stopped, and nothing half-written ever counts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod staging;
mod support;
mod web;

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use loadlift::download::Partial;
use loadlift::store::incoming::Incoming;
use serde_json::Value;
use staging::*;
use web::{File, Web, send};

#[test]
fn a_load_from_a_mirror_is_checked_and_described_and_the_kit_says_whom_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let web = Web::of(File::new(archive()));
    let (code, lines) = stage(folder.path(), &[&web.url(&format!("/a/{NAME}?sig=secret"))]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_holds(folder.path(), &archive());
    let source = &kit(folder.path()).files[0].source;
    assert!(source.contains(NAME) && !source.contains("secret"), "{source}");
    assert!(!fs::read_to_string(folder.path().join("kit.toml")).unwrap().contains("secret"));
    let readme = fs::read_to_string(folder.path().join("README.txt")).unwrap();
    assert!(readme.contains("7945G") && readme.contains("SCCP45.8-5-2S"), "{readme}");
    assert!(folder.path().join("sessions").is_dir());

    let run = |what: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_loadlift"))
            .args(["kit", what, "--json"])
            .arg(folder.path())
            .output()
            .unwrap();
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let (code, answer) = run("verify");
    assert_eq!((code, &answer["findings"]), (Some(0), &Value::Array(Vec::new())));
    let models = answer["models"].as_array().unwrap();
    assert_eq!(models.len(), 14);
    let able: Vec<&str> = models
        .iter()
        .filter(|model| model["missing"].as_array().unwrap().is_empty())
        .map(|model| model["model"].as_str().unwrap())
        .collect();
    assert_eq!(able, ["7945G", "7965G"]);

    // One octet of the stick turns over, and it is found.
    let path = folder.path().join("loads").join(NAME);
    let mut octets = archive();
    let middle = octets.len() / 2;
    octets[middle] ^= 1;
    fs::write(&path, octets).unwrap();
    let (code, answer) = run("verify");
    assert_eq!((code, answer["findings"][0]["finding"].as_str()), (Some(1), Some("changed")));
    assert!(!answer["models"].to_string().contains("SCCP45"), "what is changed serves nobody: {answer}");
    fs::remove_file(path).unwrap();
    assert_eq!(run("verify").1["findings"][0]["finding"], "missing");
}

#[test]
fn a_line_that_breaks_at_any_octet_is_taken_up_again_there() {
    let octets = archive();
    let file = File::new(octets.clone());
    let all = octets.len();
    let cuts = [0, 1, 2, 511, 512, 4096, all / 3, all / 2, all - 2, all - 1];
    let server = Arc::clone(&file);
    // Each path is cut once, after as many octets as it says.
    let asked = Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
    let web = Web::start(move |asked_now, stream| {
        let first = asked.lock().unwrap().insert(asked_now.path.clone());
        let cut = asked_now.path.split('/').nth(1).unwrap().parse().unwrap();
        server.answer_cut(asked_now, stream, if first { cut } else { usize::MAX })
    });
    let folder = tempfile::tempdir().unwrap();
    let urls: Vec<String> = cuts.iter().map(|cut| web.url(&format!("/{cut}/{NAME}"))).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let (code, lines) = stage(folder.path(), &urls);
    assert_eq!(code, Some(0), "{lines:?}");
    // All of them are the same octets, so that one file is there; the others found it there.
    assert_holds(folder.path(), &octets);
    for cut in cuts.into_iter().filter(|&cut| cut > 0) {
        let path = format!("/{cut}/{NAME}");
        let from: Vec<usize> =
            web.asked().iter().filter(|asked| asked.path == path).map(web::Asked::from).collect();
        assert_eq!(from, [0, cut], "cut at {cut}");
    }
}

/// A server whose first answer under `path` stops after so many octets and keeps the line; everything else is answered
/// as an honest server does. Says when it stopped.
fn hanging(file: &Arc<File>, path: &'static str, after: usize) -> (Web, mpsc::Receiver<()>) {
    let (reached, wait) = mpsc::channel();
    let reached = std::sync::Mutex::new(reached);
    let (file, first) = (Arc::clone(file), AtomicUsize::new(0));
    let web = Web::start(move |asked, stream| {
        if asked.path != path || first.fetch_add(1, Ordering::SeqCst) > 0 {
            return file.answer(asked, stream);
        }
        let all = file.octets.len();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {all}\r\nETag: {}\r\n\r\n", file.etag)?;
        stream.write_all(&file.octets[..after])?;
        stream.flush()?;
        reached.lock().unwrap().send(()).unwrap();
        // The line hangs until the other side is gone.
        let _ = stream.read(&mut [0]);
        Ok(())
    });
    (web, wait)
}

/// Until so many octets of a download are on the disk.
fn until_on_disk(folder: &Path, octets: usize, child: &mut Child) {
    let incoming = folder.join("loads/.incoming");
    let so_far = || {
        let parts = fs::read_dir(&incoming).ok()?.flatten().map(|entry| entry.path().join("part"));
        parts.filter_map(|part| fs::metadata(part).ok()).map(|data| data.len()).max()
    };
    while so_far() != Some(octets as u64) {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
}

#[test]
fn a_program_that_was_killed_goes_on_where_it_stopped_and_left_nothing_that_counts() {
    let octets = archive();
    let half = octets.len() / 2;
    let (web, wait) = hanging(&File::new(octets.clone()), "/7945-intermediate.zip", half);
    let folder = tempfile::tempdir().unwrap();
    let url = web.url(&format!("/{NAME}"));
    let mut child: Child = command(folder.path(), &[&url]).spawn().unwrap();
    wait.recv_timeout(Duration::from_secs(60)).unwrap();
    until_on_disk(folder.path(), half, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(loads(folder.path()), Vec::<String>::new());
    assert_eq!(kit(folder.path()).files, []);
    let inspected = Command::new(env!("CARGO_BIN_EXE_loadlift"))
        .args(["inspect", "--json"])
        .arg(folder.path().join("loads"))
        .output()
        .unwrap();
    assert_eq!(inspected.status.code(), Some(1), "a half is no load");

    let (code, lines) = stage(folder.path(), &[&url]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_eq!(lines[0]["resumed"], half);
    assert_eq!(web.asked().iter().map(web::Asked::from).collect::<Vec<_>>(), [0, half]);
    assert_holds(folder.path(), &octets);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_complete_and_the_same_command_takes_up_the_rest() {
    use rustix::process::{Pid, Signal, kill_process};
    let octets = archive();
    let half = octets.len() / 2;
    let (web, wait) = hanging(&File::new(octets.clone()), "/7945-intermediate.zip", half);
    let other = archive_of("42", &["term42.default.loads", "term62.default.loads"]);
    let done = Web::of(File::new(other.clone()));
    let folder = tempfile::tempdir().unwrap();
    let urls = [done.url("/42.zip"), web.url(&format!("/{NAME}"))];
    let mut child = command(folder.path(), &[&urls[0], &urls[1]]).spawn().unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    assert!(first.contains("loads/42.zip"), "{first}");
    wait.recv_timeout(Duration::from_secs(60)).unwrap();
    until_on_disk(folder.path(), half, &mut child);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let says = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{says}");
    assert!(says.contains("1 of 2 sources are in the kit"), "{says}");
    assert_eq!(loads(folder.path()), ["42.zip"]);
    assert_eq!(fs::read(folder.path().join("loads/42.zip")).unwrap(), other);
    assert_eq!(kit(folder.path()).files.len(), 1);

    let (code, lines) = stage(folder.path(), &[&urls[0], &urls[1]]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_eq!(loads(folder.path()), ["42.zip", NAME]);
    assert_eq!(fs::read(folder.path().join("loads").join(NAME)).unwrap(), octets);
    let from = |web: &Web| web.asked().iter().map(web::Asked::from).collect::<Vec<_>>();
    assert_eq!(from(&web), [0, half]);
    // What is complete is not sent again: the server only says that it is still the same.
    assert_eq!(from(&done), [0, other.len()]);
    let there = lines.iter().find(|line| line["path"] == "loads/42.zip").unwrap();
    assert_eq!(there["was_there"], true, "{there}");
}

#[test]
fn a_file_that_is_whole_in_the_kit_is_fetched_anew_only_if_it_changed() {
    let (old, new) = (archive(), archive_of("42", &["term42.default.loads", "term62.default.loads"]));
    let now = Arc::new(std::sync::Mutex::new(File::new(old.clone())));
    let served = Arc::clone(&now);
    let web = Web::start(move |asked, stream| {
        let file = Arc::clone(&served.lock().unwrap());
        file.answer(asked, stream)
    });
    let folder = tempfile::tempdir().unwrap();
    let url = web.url(&format!("/{NAME}"));
    for _ in 0..3 {
        assert_eq!(stage(folder.path(), &[&url]).0, Some(0));
        assert_holds(folder.path(), &old);
    }
    *now.lock().unwrap() = Arc::new(File { octets: new.clone(), etag: "\"two\"" });
    assert_eq!(stage(folder.path(), &[&url]).0, Some(0));
    assert_eq!(loads(folder.path()), ["7945-intermediate-2.zip", NAME]);
    assert_eq!(fs::read(folder.path().join("loads/7945-intermediate-2.zip")).unwrap(), new);
    let from: Vec<usize> = web.asked().iter().map(web::Asked::from).collect();
    assert_eq!(from, [0, old.len(), old.len(), old.len()]);
    // The memory is of the file as it came. One that somebody changed on the stick is fetched.
    fs::write(folder.path().join("loads/7945-intermediate-2.zip"), "x").unwrap();
    assert_eq!(stage(folder.path(), &[&url]).0, Some(0));
    assert_eq!(web.asked().last().unwrap().from(), 0);
}

/// What an earlier run left of `url`: so many octets, and by what the server knows them.
fn left_over(folder: &Path, url: &str, octets: &[u8], total: usize) {
    let mut incoming = Incoming::open(&folder.join("loads"), url).unwrap();
    let validator = loadlift::download::Validator::of(Some("\"one\""), None);
    incoming.begin(0, &Partial { octets: 0, validator, total: Some(total as u64) }).unwrap();
    incoming.write(octets).unwrap();
}

#[test]
fn a_server_that_has_nothing_left_to_send_says_that_it_is_whole_or_that_it_is_another_file() {
    let octets = archive();
    let folder = tempfile::tempdir().unwrap();
    let web = Web::of(File::new(octets.clone()));
    let url = web.url(&format!("/{NAME}"));
    // All octets were on the disk when the run ended, under the hidden name.
    left_over(folder.path(), &url, &octets, octets.len());
    assert_eq!(stage(folder.path(), &[&url]).0, Some(0));
    assert_holds(folder.path(), &octets);
    assert_eq!(web.asked().iter().map(web::Asked::from).collect::<Vec<_>>(), [octets.len()]);

    // The file became shorter, and the server looks at the range alone.
    let body = octets.clone();
    let web = Web::start(move |asked, stream| match asked.from() {
        0 => send(stream, "200 OK", &[], &body),
        _ => send(
            stream,
            "416 Range Not Satisfiable",
            &[&format!("Content-Range: bytes */{}", body.len())],
            b"",
        ),
    });
    let folder = tempfile::tempdir().unwrap();
    let url = web.url(&format!("/{NAME}"));
    left_over(folder.path(), &url, &vec![7; octets.len() + 5], octets.len() + 5);
    assert_eq!(stage(folder.path(), &[&url]).0, Some(0));
    assert_holds(folder.path(), &octets);
}

#[test]
fn a_part_of_a_file_of_another_length_is_not_glued_to_the_old_half() {
    let octets = archive();
    let all = octets.len();
    let body = octets.clone();
    // The tag is the same, and the length is not: a server that is not to be trusted with its tags.
    let web = Web::start(move |asked, stream| match asked.from() {
        0 => send(stream, "200 OK", &["ETag: \"one\""], &body),
        from => {
            let range = format!("Content-Range: bytes {from}-{}/{}", all + 9, all + 10);
            send(stream, "206 Partial Content", &["ETag: \"one\"", &range], &vec![0; all + 10 - from])
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let url = web.url(&format!("/{NAME}"));
    left_over(folder.path(), &url, &octets[..1000], all);
    assert_eq!(stage(folder.path(), &[&url]).0, Some(0));
    assert_holds(folder.path(), &octets);
    assert_eq!(web.asked().iter().map(web::Asked::from).collect::<Vec<_>>(), [1000, 0]);
}

#[test]
fn a_file_that_changed_meanwhile_is_fetched_anew() {
    let old = File::new(archive_of("42", &["term42.default.loads", "term62.default.loads"]));
    let new = Arc::new(File { octets: archive(), etag: "\"two\"" });
    let count = AtomicUsize::new(0);
    let (served_old, served_new) = (Arc::clone(&old), Arc::clone(&new));
    let web = Web::start(move |asked, stream| match count.fetch_add(1, Ordering::SeqCst) {
        0 => served_old.answer_cut(asked, stream, served_old.octets.len() / 2),
        _ => served_new.answer(asked, stream),
    });
    let folder = tempfile::tempdir().unwrap();
    let (code, lines) = stage(folder.path(), &[&web.url(&format!("/{NAME}"))]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_holds(folder.path(), &archive());
    assert_eq!(web.asked()[1].header("if-range"), Some("\"one\""));
}

#[test]
fn a_server_without_ranges_and_one_without_a_length_are_served_by_too() {
    let octets = archive();
    let body = octets.clone();
    let count = AtomicUsize::new(0);
    let web = Web::start(move |_, stream| {
        let cut = if count.fetch_add(1, Ordering::SeqCst) == 0 { body.len() / 2 } else { body.len() };
        write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())?;
        stream.write_all(&body[..cut])
    });
    let folder = tempfile::tempdir().unwrap();
    let (code, lines) = stage(folder.path(), &[&web.url(&format!("/{NAME}"))]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_holds(folder.path(), &octets);

    let body = octets.clone();
    let web = Web::start(move |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        stream.write_all(&body)
    });
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(stage(folder.path(), &[&web.url(&format!("/{NAME}"))]).0, Some(0));
    assert_holds(folder.path(), &octets);
}

#[test]
fn a_file_that_is_cut_without_anybody_saying_so_is_no_load() {
    let octets = archive();
    let web = Web::start(move |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        stream.write_all(&octets[..octets.len() * 2 / 3])
    });
    let folder = tempfile::tempdir().unwrap();
    let (code, lines) = stage(folder.path(), &[&web.url(&format!("/{NAME}"))]);
    assert_eq!(code, Some(1), "{lines:?}");
    assert_eq!(loads(folder.path()), Vec::<String>::new());
    assert_eq!(kit(folder.path()).files, []);
}
