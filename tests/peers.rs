//! Foreign TFTP clients fetch whole sets from our server over real sockets, byte for byte.
//!
//! Our own simulator shares our misunderstandings; these do not.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use loadlift::firmware::Bundle;
use loadlift::net::tftp::{FromWire, Options, Server};
use loadlift::rehearsal::madeup::MadeUpLoad;
use loadlift::tftp::{Event, Outcome, Willing};
use support::{has, run_within};
use tokio::sync::mpsc::UnboundedReceiver;

const SECONDS: u64 = 60;

struct Bench {
    server: Server,
    events: UnboundedReceiver<FromWire>,
    files: Vec<(String, Bytes)>,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self::with(Willing::for_mtu(65_536), false)
    }

    fn with(willing: Willing, single_port: bool) -> Self {
        let mut files = MadeUpLoad::sample().with_octets(900_000).files();
        files.push(("empty.bin".into(), Bytes::new()));
        files.push(("exact.bin".into(), vec![0x5a; 512 * 16].into()));
        files.push(("lines.txt".into(), Bytes::from_static(b"one\ntwo\nthree\n")));
        let mut bundle = Bundle::default();
        for (name, octets) in &files {
            assert!(bundle.insert(name.clone(), octets.clone()), "{name} twice");
        }
        let options = Options { address: Ipv4Addr::LOCALHOST, port: 0, single_port, willing };
        let (server, events) = Server::start(Arc::new(bundle), options).unwrap();
        Self { server, events, files, folder: tempfile::tempdir().unwrap() }
    }

    fn port(&self) -> String {
        self.server.address().port().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Fetch every file with the command that `fetch` makes of name and target, and compare.
    fn fetch_all(&self, client: &str, fetch: impl Fn(&str, &str) -> Command) {
        for (name, octets) in &self.files {
            // curl 7.88 takes an empty file and then stumbles over its own unconnected socket.
            if client.starts_with("curl") && octets.is_empty() {
                continue;
            }
            let target = self.path(&format!("{client}-{name}"));
            if let Err(error) = run_within(SECONDS, fetch(name, &target).current_dir(self.folder.path())) {
                panic!("{client}, {name}: {error}");
            }
            // Some clients make no file of nothing.
            let got = fs::read(&target).unwrap_or_default();
            assert!(got == *octets, "{client}, {name}: {} octets arrived of {}", got.len(), octets.len());
        }
    }

    /// How the transfers so far ended, other than well.
    fn mishaps(&mut self) -> Vec<String> {
        let mut mishaps = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            if let FromWire::Event(_, Event::Ended { outcome, .. }) = event
                && outcome != Outcome::Served
            {
                mishaps.push(format!("{outcome:?}"));
            }
        }
        mishaps
    }
}

#[test]
fn tftp_hpa_fetches_a_whole_set_in_octet_mode() {
    if !has("tftp", "tftp-hpa") {
        return;
    }
    let bench = Bench::new();
    bench.fetch_all("tftp-hpa", |name, target| {
        let mut command = Command::new("tftp");
        command.args(["-m", "binary", "127.0.0.1", &bench.port(), "-c", "get", name, target]);
        command
    });
}

#[test]
fn tftp_hpa_reads_text_in_netascii_as_it_was_written() {
    if !has("tftp", "tftp-hpa") {
        return;
    }
    let bench = Bench::new();
    let target = bench.path("lines");
    let mut command = Command::new("tftp");
    command.args(["-m", "ascii", "127.0.0.1", &bench.port(), "-c", "get", "lines.txt", &target]);
    run_within(SECONDS, &mut command).unwrap();
    assert_eq!(fs::read_to_string(target).unwrap(), "one\ntwo\nthree\n");
}

#[test]
fn curl_fetches_a_whole_set_at_each_block_size_and_in_netascii() {
    if !has("curl", "curl") {
        return;
    }
    let bench = Bench::new();
    for size in ["512", "1428", "8192"] {
        bench.fetch_all(&format!("curl-{size}"), |name, target| {
            let mut command = Command::new("curl");
            command.args(["--silent", "--show-error", "--tftp-blksize", size, "--output", target]);
            command.arg(format!("tftp://127.0.0.1:{}/{name}", bench.port()));
            command
        });
    }
    let target = bench.path("lines");
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--use-ascii", "--output", &target]);
    command.arg(format!("tftp://127.0.0.1:{}/lines.txt", bench.port()));
    run_within(SECONDS, &mut command).unwrap();
    assert_eq!(fs::read(target).unwrap(), b"one\r\ntwo\r\nthree\r\n", "curl keeps the line ends of the wire");
}

#[test]
fn atftp_fetches_a_whole_set_with_each_option() {
    if !has("atftp", "atftp") {
        return;
    }
    let mut bench = Bench::new();
    let options = [
        vec![],
        vec!["--option", "blksize 1428"],
        vec!["--option", "blksize 8192", "--option", "tsize 0"],
        vec!["--option", "timeout 2"],
        vec!["--option", "blksize 1024", "--option", "windowsize 8"],
    ];
    for (n, options) in options.iter().enumerate() {
        bench.fetch_all(&format!("atftp-{n}"), |name, target| {
            let mut command = Command::new("atftp");
            command.args(options).args(["--get", "-r", name, "-l", target, "127.0.0.1", &bench.port()]);
            command
        });
    }
    assert_eq!(bench.mishaps(), Vec::<String>::new());
}

#[test]
fn busybox_fetches_a_whole_set() {
    if !has("busybox", "busybox") {
        return;
    }
    let bench = Bench::new();
    for size in ["512", "1428", "8192"] {
        bench.fetch_all(&format!("busybox-{size}"), |name, target| {
            let mut command = Command::new("busybox");
            command.args(["tftp", "-g", "-b", size, "-r", name, "-l", target, "127.0.0.1", &bench.port()]);
            command
        });
    }
}

#[test]
fn a_name_in_another_case_and_with_a_slash_is_found_and_a_foreign_one_is_refused() {
    if !has("curl", "curl") {
        return;
    }
    let bench = Bench::new();
    let get = |name: &str| {
        let target = bench.path("case");
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--path-as-is", "--output", &target]);
        command.arg(format!("tftp://127.0.0.1:{}/{name}", bench.port()));
        run_within(SECONDS, &mut command).map(|_| fs::read(Path::new(&target)).unwrap())
    };
    let jar = bench.files.iter().find(|(name, _)| name.starts_with("jar")).unwrap();
    for name in [jar.0.to_uppercase(), jar.0.replacen('j', "J", 1), format!("/{}", jar.0)] {
        assert!(get(&name).unwrap() == jar.1, "{name}");
    }
    for name in ["nothing", "../etc/passwd", "%2e%2e/etc/passwd"] {
        let refused = get(name).unwrap_err();
        assert!(refused.contains("exit status: 68"), "{name} is not \"file not found\" to curl: {refused}");
    }
}

#[test]
fn two_clients_at_once_and_a_restricted_service_get_the_same_octets() {
    if !has("curl", "curl") {
        return;
    }
    for (willing, single_port) in [
        (Willing::for_mtu(65_536), false),
        (Willing::for_mtu(65_536), true),
        (Willing::plain(), false),
        (Willing::plain(), true),
    ] {
        let bench = Bench::with(willing, single_port);
        std::thread::scope(|scope| {
            for client in ["curl-first", "curl-second"] {
                let bench = &bench;
                scope.spawn(move || {
                    bench.fetch_all(client, |name, target| {
                        let mut command = Command::new("curl");
                        command.args(["--silent", "--show-error", "--output", target]);
                        command.arg(format!("tftp://127.0.0.1:{}/{name}", bench.port()));
                        command
                    });
                });
            }
        });
    }
}

#[test]
fn an_upload_is_refused_with_a_clear_error() {
    if !has("curl", "curl") {
        return;
    }
    let bench = Bench::new();
    let source = bench.path("upload");
    fs::write(&source, "x").unwrap();
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--upload-file", &source]);
    command.arg(format!("tftp://127.0.0.1:{}/upload", bench.port()));
    let refused = run_within(SECONDS, &mut command).unwrap_err();
    assert!(refused.contains("exit status: 69"), "not \"access violation\" to curl: {refused}");
}
