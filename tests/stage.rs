//! `loadlift stage` against web servers on loopback that cut, change, lie, lead astray and lock; and what is in the kit
//! then. Whatever happens, nothing half-written ever counts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod support;
mod web;

use std::fs;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use loadlift::download::{Partial, sha256};
use loadlift::fetch::{Fetcher, News, Settings};
use loadlift::kit::Kit;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use loadlift::store::incoming::Incoming;
use serde_json::Value;
use web::{File, Web, send};

const NAME: &str = "cmterm-7945_7965-sccp.8-5-2.zip";

fn archive() -> Vec<u8> {
    madeup::zip(&MadeUpLoad::sample().files(), Packing::Stored).to_vec()
}

fn archive_of(family: &str, files: &[&str]) -> Vec<u8> {
    let load = MadeUpLoad::new(family, files, "SCCP", "8-5-2", "8-5-2TH1-9").with_octets(50_000);
    madeup::zip(&load.files(), Packing::Deflated).to_vec()
}

fn command(kit: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    command.args(["stage", "--no-program", "--json", "--into"]).arg(kit).args(arguments);
    // A proxy of the machine's own is no part of these tests.
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

type Answer = Box<dyn Fn(&web::Asked, &mut dyn web::Stream) -> std::io::Result<()> + Send + Sync>;

/// Exit code, and the lines of the answer.
fn stage(kit: &Path, arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    answer(&command(kit, arguments).output().unwrap())
}

fn answer(output: &Output) -> (Option<i32>, Vec<Value>) {
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
fn problem(lines: &[Value]) -> &str {
    lines.iter().find_map(|line| line["problem"]["code"].as_str()).unwrap_or("none")
}

fn kit(folder: &Path) -> Kit {
    Kit::parse(&fs::read_to_string(folder.join("kit.toml")).unwrap()).unwrap()
}

/// Names in `loads` that anything could read; what is hidden does not count.
fn loads(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("loads"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// Nothing of a download is left but what counts.
fn assert_holds(folder: &Path, octets: &[u8]) {
    assert_eq!(loads(folder), [NAME]);
    assert_eq!(fs::read(folder.join("loads").join(NAME)).unwrap(), octets);
    let file = &kit(folder).files[0];
    assert_eq!((file.octets, file.sha256.as_str()), (octets.len() as u64, sha256(octets).as_str()));
    assert_eq!(file.loads[0].verdict, "intermediate");
}

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

#[test]
fn a_program_that_was_killed_goes_on_where_it_stopped_and_left_nothing_that_counts() {
    let octets = archive();
    let file = File::new(octets.clone());
    let (reached, wait) = mpsc::channel();
    let reached = std::sync::Mutex::new(reached);
    let half = octets.len() / 2;
    let server = Arc::clone(&file);
    let first = AtomicUsize::new(0);
    let web = Web::start(move |asked, stream| {
        if first.fetch_add(1, Ordering::SeqCst) > 0 {
            return server.answer(asked, stream);
        }
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"one\"\r\n\r\n",
            server.octets.len()
        )?;
        stream.write_all(&server.octets[..half])?;
        stream.flush()?;
        reached.lock().unwrap().send(()).unwrap();
        // The line hangs until the other side is gone.
        let _ = stream.read(&mut [0]);
        Ok(())
    });
    let folder = tempfile::tempdir().unwrap();
    let url = web.url(&format!("/{NAME}"));
    let mut child: Child = command(folder.path(), &[&url]).spawn().unwrap();
    wait.recv_timeout(Duration::from_secs(60)).unwrap();
    // Until the octets are on the disk.
    let incoming = folder.path().join("loads/.incoming");
    let so_far = || {
        let parts = fs::read_dir(&incoming).ok()?.flatten().map(|entry| entry.path().join("part"));
        parts.filter_map(|part| fs::metadata(part).ok()).map(|data| data.len()).max()
    };
    while so_far() != Some(half as u64) {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
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

#[test]
fn what_is_no_load_is_named_for_what_it_is_and_does_not_count() {
    let login = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please log in</body></html>";
    let cases: [(&str, Answer, &str); 7] = [
        (
            "a log-in page",
            Box::new(move |_, s| send(s, "200 OK", &["Content-Type: text/html"], login)),
            "web-page",
        ),
        ("locked", Box::new(|_, s| send(s, "401 Unauthorized", &[], b"")), "download-needs-login"),
        ("gone", Box::new(|_, s| send(s, "404 Not Found", &[], b"")), "download-not-there"),
        (
            "a circle",
            Box::new(|asked, s| send(s, "302 Found", &[&format!("Location: {}", asked.path)], b"")),
            "download-redirect-loop",
        ),
        (
            "packed",
            Box::new(|_, s| send(s, "200 OK", &["Content-Encoding: gzip"], b"xx")),
            "download-protocol",
        ),
        (
            "too large",
            Box::new(|_, s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")),
            "download-too-large",
        ),
        (
            "leads into the disk",
            Box::new(|_, s| send(s, "302 Found", &["Location: file:///etc/hostname"], b"")),
            "download-leads-away",
        ),
    ];
    for (name, answer, code) in cases {
        let web = Web::start(answer);
        let folder = tempfile::tempdir().unwrap();
        let (exit, lines) = stage(folder.path(), &[&web.url(&format!("/{NAME}"))]);
        assert_eq!((exit, problem(&lines)), (Some(1), code), "{name}: {lines:?}");
        assert_eq!(loads(folder.path()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_redirect_is_shown_and_headers_stay_with_the_server_that_was_named() {
    let file = File::new(archive());
    let other = Web::of(Arc::clone(&file));
    let to = format!("Location: {}", other.url(&format!("/{NAME}")));
    let web = Web::start(move |_, stream| send(stream, "302 Found", &[&to], b""));
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("cookies.txt");
    // The cookie belongs to the address, whatever the port.
    fs::write(&jar, "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tabc\n").unwrap();
    let kit = folder.path().join("kit");
    let url = web.url("/get");
    let header = "Authorization: Bearer secret";
    let (code, lines) = stage(&kit, &[&url, "--header", header, "--cookie-file", jar.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert!(lines[0]["redirected"].as_str().unwrap().ends_with(NAME), "{lines:?}");
    let (named, led_to) = (&web.asked()[0], &other.asked()[0]);
    assert_eq!(named.header("authorization"), Some("Bearer secret"));
    assert_eq!(led_to.header("authorization"), None);
    assert_eq!((named.header("cookie"), led_to.header("cookie")), (Some("session=abc"), Some("session=abc")));
    assert_eq!(loads(&kit), [NAME]);
}

#[test]
fn published_sums_are_checked_and_a_wrong_one_keeps_the_file_out() {
    let web = Web::of(File::new(archive()));
    let url = web.url(&format!("/{NAME}"));
    let folder = tempfile::tempdir().unwrap();
    let (code, lines) = stage(folder.path(), &[&url, "--md5", &"0".repeat(32)]);
    assert_eq!((code, problem(&lines)), (Some(1), "sum-differs"));
    assert_eq!(loads(folder.path()), Vec::<String>::new());
    let (code, _) = stage(folder.path(), &[&url, "--sha256", &sha256(&archive())]);
    assert_eq!(code, Some(0));
    let output = command(folder.path(), &[&url, "--sha1", "abc"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "half a sum is wrong use");
    let output = command(folder.path(), &[&url, &url, "--md5", &"0".repeat(32)]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "one sum for two files is wrong use");
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
    assert_eq!(loads(&kit_folder), ["SCCP42.8-5-2S", NAME]);
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

/// Fetch with settings of one's own; the octets, and what was told.
fn fetch(url: &str, settings: &Settings) -> Result<(Vec<u8>, Vec<News>), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut incoming = Incoming::open(folder.path(), url).unwrap();
    assert_eq!(incoming.partial(), Partial::default());
    let mut told = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fetcher = Fetcher::new(settings).map_err(|error| error.to_string())?;
    let whole = runtime.block_on(fetcher.fetch(&url.parse().unwrap(), &mut incoming, |news| told.push(news)));
    whole.map_err(|error| error.to_string())?;
    Ok((incoming.octets().unwrap(), told))
}

#[test]
fn a_server_that_stops_in_the_middle_and_keeps_the_line_is_asked_anew() {
    let octets = archive();
    let file = File::new(octets.clone());
    let count = AtomicUsize::new(0);
    let web = Web::start(move |asked, stream| {
        if count.fetch_add(1, Ordering::SeqCst) > 0 {
            return file.answer(asked, stream);
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"one\"\r\n\r\n", file.octets.len())?;
        stream.write_all(&file.octets[..1000])?;
        stream.flush()?;
        let _ = stream.read(&mut [0]);
        Ok(())
    });
    let settings = Settings { idle: Duration::from_millis(300), ..Settings::default() };
    let (got, told) = fetch(&web.url("/x.zip"), &settings).unwrap();
    assert_eq!(got, octets);
    assert!(told.contains(&News::Resumed { from: 1000 }), "{told:?}");
    assert!(
        told.iter().any(|news| matches!(news, News::Retry { why, .. } if why.contains("too long"))),
        "{told:?}"
    );
}

#[test]
fn a_slow_drip_is_waited_for_as_long_as_it_drips() {
    // Every pause is shorter than the patience, all of them together are longer.
    let octets: Vec<u8> = (0..60).collect();
    let body = octets.clone();
    let web = Web::start(move |_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())?;
        let (_never, pause) = mpsc::channel::<()>();
        for octet in &body {
            stream.write_all(&[*octet])?;
            stream.flush()?;
            let _ = pause.recv_timeout(Duration::from_millis(20));
        }
        Ok(())
    });
    let settings = Settings { idle: Duration::from_millis(800), ..Settings::default() };
    assert_eq!(fetch(&web.url("/x"), &settings).unwrap().0, octets);
}

#[test]
fn tls_with_an_authority_of_the_firms_own_works_once_it_is_named() {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let file = File::new(archive());
    let web = Web::start_with(
        move |asked, stream| file.answer(asked, stream),
        move |stream| {
            let connection =
                rustls::ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
            Ok(Box::new(rustls::StreamOwned::new(connection, stream)))
        },
    );
    let folder = tempfile::tempdir().unwrap();
    let url = format!("https://localhost:{}/{NAME}", web.address.port());
    let kit = folder.path().join("kit");
    let (code, lines) = stage(&kit, &[&url]);
    assert_eq!((code, problem(&lines)), (Some(1), "certificate-unknown"), "{lines:?}");
    let pem = folder.path().join("ca.pem");
    fs::write(&pem, authority_pem).unwrap();
    let (code, lines) = stage(&kit, &[&url, "--ca-file", pem.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_holds(&kit, &archive());
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let file = File::new(archive());
    let proxy = Web::of(file);
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &[&format!("http://mirror.invalid/{NAME}")]);
    command.env("http_proxy", proxy.url(""));
    let (code, lines) = answer(&command.output().unwrap());
    assert_eq!(code, Some(0), "{lines:?}");
    // A proxy is asked for the whole address.
    assert_eq!(proxy.asked()[0].path, format!("http://mirror.invalid/{NAME}"));
}

#[test]
fn offline_nothing_is_contacted_by_flag_or_by_kit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/{NAME}", listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), &["--offline", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("offline"), "{output:?}");

    // The same program from within a kit that says so, without any flag.
    let kit_folder = folder.path().join("kit");
    let local = folder.path().join(NAME);
    fs::write(&local, archive()).unwrap();
    assert_eq!(stage(&kit_folder, &[local.to_str().unwrap(), "--kit-offline"]).0, Some(0));
    let program = in_kit(&kit_folder);
    let output = Command::new(program).args(["stage", "--no-program", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("offline"), "{output:?}");
    let nobody = listener.accept().unwrap_err();
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
}

/// The program, as it lies in a kit.
fn in_kit(kit: &Path) -> PathBuf {
    let program = kit.join(format!("loadlift{}", std::env::consts::EXE_SUFFIX));
    if fs::hard_link(env!("CARGO_BIN_EXE_loadlift"), &program).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_loadlift"), &program).unwrap();
    }
    program
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

#[test]
fn nginx_serves_ranges_and_they_are_used() {
    if !support::has("nginx", "nginx") && !Path::new("/usr/sbin/nginx").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("www");
    fs::create_dir(&root).unwrap();
    let octets = archive();
    fs::write(root.join(NAME), &octets).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let base = folder.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {base}/{kind};"))
        .concat();
    let config = format!(
        "daemon off; master_process off; pid {base}/pid; error_log {base}/error.log;\n\
         events {{}}\nhttp {{ access_log {base}/access.log; {temporary}\n\
         server {{ listen 127.0.0.1:{port}; root {base}/www; limit_rate_after 0; }} }}\n"
    );
    fs::write(folder.path().join("nginx.conf"), config).unwrap();
    let nginx = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
    let mut server = Command::new(nginx)
        .args(["-e", "stderr", "-p", folder.path().to_str().unwrap(), "-c"])
        .arg(folder.path().join("nginx.conf"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = loadlift::platform::clock::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(server.try_wait().unwrap().is_none(), "nginx ended");
        assert!(deadline.elapsed() < Duration::from_secs(60), "nginx does not listen");
        std::thread::yield_now();
    }
    let url = format!("http://127.0.0.1:{port}/{NAME}");
    let kit_folder = folder.path().join("kit");
    // Half of it is there already, with the tag that nginx gives the file.
    let head = support::run_within(30, Command::new("curl").args(["-sI", &url])).unwrap_or_default();
    let etag =
        head.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap_or_default().trim().to_owned();
    if !etag.is_empty() {
        let mut incoming = Incoming::open(&kit_folder.join("loads"), &url).unwrap();
        let validator = loadlift::download::Validator::of(Some(&etag), None);
        let partial = Partial { octets: 0, validator, total: Some(octets.len() as u64) };
        incoming.begin(0, &partial).unwrap();
        incoming.write(&octets[..octets.len() / 2]).unwrap();
    }
    let (code, lines) = stage(&kit_folder, &[&url]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(code, Some(0), "{lines:?}");
    assert_holds(&kit_folder, &octets);
    if !etag.is_empty() {
        assert_eq!(lines[0]["resumed"], octets.len() / 2, "{lines:?}");
        let log = fs::read_to_string(folder.path().join("access.log")).unwrap();
        assert!(log.contains("\" 206 "), "{log}");
    }
}

/// Run a script as root in a mount namespace of its own.
#[cfg(target_os = "linux")]
fn with_own_mounts(script: &str) -> Output {
    Command::new("unshare").args(["--mount", "sh", "-ec", script]).stdin(Stdio::null()).output().unwrap()
}

#[cfg(target_os = "linux")]
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

#[cfg(target_os = "linux")]
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
