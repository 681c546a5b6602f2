//! Faults while serving: the program is killed at any moment, its log is taken away, strangers flood it, the system
//! gives no more descriptors. Serving goes on, the technician is told, and the next start knows the truth.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use loadlift::journal::{Event, How, Option150, Patience, Record};
use loadlift::report::Report;
use loadlift::store::sessions::{self, SessionLog};
use loadlift::tftp::packet::{self, RequestKind};
use loadlift::timestamp::Timestamp;
use support::{Fetch, fetch};

const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);
/// Tells this very program that it is the one to be killed: the folder of its log, and its seed.
const VICTIM: &str = "LOADLIFT_TEST_VICTIM";

/// What a session of this seed puts on record, without end.
fn events(seed: u64) -> impl Iterator<Item = Event> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let patience = Patience { within_file: 1, between_files: 1, writing_flash: 1 };
    let (version, command, serving) = ("1".into(), "recover".into(), "10.1.1.5:69".into());
    let started = Event::Started { version, command, serving, loads: Vec::new(), patience };
    let phone = IpAddr::from([10, 1, 1, 20]);
    let mut transfer = 0;
    let rest = std::iter::from_fn(move || {
        Some(match dice.u8(0..12) {
            0 => Event::Option150Announced {
                value: LAPTOP,
                before: Option150::Addresses(vec![LAPTOP]),
                how: How::ByHand,
            },
            1 => Event::Option150Confirmed { value: LAPTOP, by: None, how: How::ByHand, why: None },
            2 => Event::Option150Back {
                to: Option150::Absent,
                by: Some("A. B.".into()),
                how: How::ByHand,
                why: None,
            },
            n => {
                transfer += 1;
                let file = "x".repeat(usize::from(n) * 400);
                Event::Asked { phone, transfer, file, octets: 1, blksize: 512, window: 1 }
            }
        })
    });
    std::iter::once(started).chain(rest)
}

fn record(n: usize, event: Event) -> Record {
    Record { at: Timestamp::from_unix_millis(1_795_437_901_000 + n as u64), event }
}

/// Not a test of its own: what `a_session_that_is_killed…` starts and kills.
#[test]
#[ignore = "the victim of another test"]
fn victim() {
    let Ok(what) = std::env::var(VICTIM) else { return };
    let (seed, folder) = what.split_once(' ').unwrap();
    let mut log =
        SessionLog::create(Path::new(folder), "recover", record(0, events(0).next().unwrap()).at).unwrap();
    let mut out = std::io::stdout();
    for (n, event) in events(seed.parse().unwrap()).enumerate() {
        log.append(&record(n, event)).unwrap();
        writeln!(out, "\nwritten {n}").unwrap();
    }
}

#[test]
fn a_session_that_is_killed_at_any_moment_leaves_a_log_that_tells_the_truth() {
    let program = std::env::current_exe().unwrap();
    for seed in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut child = Command::new(&program)
            .args(["--ignored", "--exact", "victim", "--nocapture"])
            .env(VICTIM, format!("{seed} {}", folder.path().display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = dice.usize(1..120);
        let mut written = 0;
        while written < wanted {
            let line = lines.next().unwrap().unwrap();
            if let Some(n) = line.strip_prefix("written ") {
                written = n.parse::<usize>().unwrap() + 1;
            }
        }
        // Somewhere in what comes next: it writes on all the while.
        for _ in 0..dice.u32(0..20_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let entry = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let text = fs::read(entry.path()).unwrap();
        let whole: Vec<&[u8]> = text.split_inclusive(|octet| *octet == b'\n').collect();
        let records: Vec<Record> =
            whole.iter().filter_map(|line| serde_json::from_slice(line).ok()).collect();
        assert!(
            records.len() >= written,
            "seed {seed}: {written} were said to be written, {} are",
            records.len()
        );
        assert!(whole.len() - records.len() <= 1, "seed {seed}: more than one line is no record");
        let want: Vec<Record> =
            events(seed).enumerate().map(|(n, e)| record(n, e)).take(records.len()).collect();
        assert_eq!(records, want, "seed {seed}: half a line was read, or one is missing");

        let truth = loadlift::wizard::unfinished(&want);
        let found = sessions::unfinished(folder.path(), None);
        assert_eq!(found.first().map(|found| found.left.clone()), truth, "seed {seed}");
        assert_eq!(Report::of(&records).phones.len(), Report::of(&want).phones.len(), "seed {seed}");
        // The next start puts it right, behind whatever was cut off.
        let back = Event::Option150Back { to: Option150::Absent, by: None, how: How::ByHand, why: None };
        sessions::append_to(&entry.path(), &record(written, back)).unwrap();
        assert!(sessions::unfinished(folder.path(), None).is_empty(), "seed {seed}");
    }
}

/// `loadlift serve --json` on loopback; ended when dropped.
struct Served {
    child: Child,
    lines: Option<BufReader<ChildStdout>>,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Served {
    fn start(octets: usize, wrap: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("files")).unwrap();
        fs::write(folder.path().join("files/a"), vec![7; octets]).unwrap();
        let words = [wrap, &[env!("CARGO_BIN_EXE_loadlift")]].concat();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .args(["serve", "--json", "--address", "127.0.0.1", "--port", "0", "--files"])
            .arg(folder.path().join("files"))
            .arg("--session-dir")
            .arg(folder.path().join("sessions"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut started = String::new();
        while !started.contains("\"started\"") {
            started.clear();
            assert!(lines.read_line(&mut started).unwrap() > 0, "the service did not start");
        }
        let record: serde_json::Value = serde_json::from_str(&started).unwrap();
        let address = record["serving"].as_str().unwrap().parse().unwrap();
        Self { child, lines: Some(lines), address, folder }
    }

    /// Read on, on a thread: else it would wait for its reader. Answers with all lines at its end.
    fn listen(&mut self) -> std::thread::JoinHandle<Vec<String>> {
        let lines = self.lines.take().unwrap();
        std::thread::spawn(move || lines.lines().map_while(Result::ok).collect())
    }

    fn log(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.folder.path().join("sessions")).unwrap();
        entries.next().unwrap().unwrap().path()
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

#[test]
fn a_service_that_is_killed_has_written_down_all_that_it_said() {
    for seed in 0..12 {
        let mut served = Served::start(200_000, &[]);
        let said = served.listen();
        let address = served.address;
        let phones: Vec<_> = (0..4).map(|_| std::thread::spawn(move || fetch_briefly(address))).collect();
        for _ in 0..fastrand::Rng::with_seed(seed).u32(0..2_000_000) {
            std::hint::spin_loop();
        }
        served.kill();
        for phone in phones {
            phone.join().unwrap();
        }
        let text = fs::read_to_string(served.log()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let records = lines.iter().filter(|line| serde_json::from_str::<Record>(line).is_ok()).count();
        assert!(lines.len() - records <= 1, "seed {seed}: {text}");
        for line in said.join().unwrap().iter().filter(|line| line.ends_with('}')) {
            assert!(text.contains(line.as_str()), "seed {seed}: it said {line}, and did not write it down");
        }
    }
}

/// Fetch until the server is gone.
fn fetch_briefly(server: SocketAddr) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut packet = Vec::new();
    packet::encode_request(&mut packet, RequestKind::Read, "a", "octet", &[]);
    let mut to = server;
    let mut inbox = [0; 600];
    while socket.send_to(&packet, to).is_ok() {
        let Ok((_, from)) = socket.recv_from(&mut inbox) else { return };
        to = from;
        packet.clear();
        packet.extend_from_slice(&[0, 4, inbox[2], inbox[3]]);
    }
}

#[cfg(unix)] // Windows lets nobody delete an open log.
#[test]
fn a_session_folder_that_is_taken_away_is_told_and_serving_goes_on() {
    let mut served = Served::start(2000, &[]);
    fs::remove_dir_all(served.folder.path().join("sessions")).unwrap();
    let lines = served.lines.take().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok).filter(|line| line.contains("written any more")) {
            tell.send(line).unwrap();
        }
    });
    let line = (0..300).find_map(|_| {
        // Something must happen for it to be written down; a few times a second is enough.
        fetch(served.address, "nothing").unwrap_err();
        told.recv_timeout(Duration::from_millis(100)).ok()
    });
    let line = line.expect("nobody is told");
    assert!(line.contains("\"trouble\"") && line.contains("serving goes on"), "{line}");
    assert_eq!(fetch(served.address, "a").unwrap().len(), 2000);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs root"]
fn a_full_disk_is_told_and_serving_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files/a"), vec![7; 2000]).unwrap();
    let script = format!(
        "mkdir {0}/sessions && mount -t tmpfs -o size=16k none {0}/sessions && exec {1} serve --json --address 127.0.0.1 \
         --port 0 --files {0}/files --session-dir {0}/sessions",
        folder.path().display(),
        env!("CARGO_BIN_EXE_loadlift")
    );
    let mut child = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut line, mut address) = (String::new(), None);
    for _ in 0..2000 {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the service ended");
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        if let Some(serving) = record["serving"].as_str() {
            address = Some(serving.parse::<SocketAddr>().unwrap());
        }
        if line.contains("cannot be written any more") {
            break;
        }
        if let Some(address) = address {
            fetch(address, "nothing").unwrap_err();
        }
    }
    assert!(line.contains("cannot be written any more"), "never told");
    assert_eq!(fetch(address.unwrap(), "a").unwrap().len(), 2000);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn few_descriptors_are_enough_for_any_number_of_phones() {
    let mut served = Served::start(3000, &["sh", "-c", "ulimit -n 32; exec \"$@\"", "sh"]);
    let heard = served.listen();
    let open = || fs::read_dir(format!("/proc/{}/fd", served.child.id())).unwrap().count();
    let before = open();
    let phones: Vec<UdpSocket> =
        (0..300).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
    for phone in &phones {
        phone.send_to(b"\0\x01a\0octet\0", served.address).unwrap();
    }
    for phone in &phones {
        phone.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        // Whatever else is on loopback may have had the port before.
        while phone.recv(&mut [0; 600]).unwrap() != 516 {}
    }
    assert_eq!(open(), before, "descriptors for phones");
    assert_eq!(fetch(served.address, "a").unwrap().len(), 3000);
    served.kill();
    heard.join().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_flood_from_fifty_thousand_ports_stops_no_phone_and_fills_neither_memory_nor_log() {
    const PORTS: u32 = 50_000;
    let mut served = Served::start(400_000, &[]);
    let heard = served.listen();
    let memory = |what: &str| -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", served.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    };
    let phone = Fetch { blksize: None, window: None };
    assert_eq!(phone.fetch(served.address, "a").unwrap().len(), 400_000);
    let before = memory("VmRSS:");
    let (done, sent) = (AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut request = Vec::new();
            let options = [("timeout", "255"), ("windowsize", "64")];
            packet::encode_request(&mut request, RequestKind::Read, "a", "octet", &options);
            while !done.load(Ordering::Relaxed) || sent.load(Ordering::Relaxed) < PORTS {
                let n = sent.fetch_add(1, Ordering::Relaxed);
                let port = 1024 + u16::try_from(n % PORTS).unwrap();
                let host = Ipv4Addr::new(127, 0, 1, 1 + u8::try_from(n / PORTS % 200).unwrap());
                // A port that is taken is passed over; whoever is behind one is gone at once.
                if let Ok(stranger) = UdpSocket::bind((host, port)) {
                    let _ = stranger.send_to(&request, served.address);
                }
            }
        });
        let got = phone.fetch(served.address, "a");
        done.store(true, Ordering::Relaxed);
        assert_eq!(got.map(|octets| octets.len()), Ok(400_000));
    });
    let grown = memory("VmHWM:").saturating_sub(before);
    // The endpoint's own bound, and as much again for the session's events, the fleet and the log on their way.
    let most = 4 * loadlift::tftp::MOST_OCTETS as u64;
    assert!(grown <= most, "{grown} octets more in a flood of {} requests", sent.load(Ordering::Relaxed));
    // What the flood left in the socket's buffer may still push out a transfer that was never acknowledged, if this machine
    // is slow to acknowledge it. A phone asks again then.
    let afterwards = (0..5).find_map(|_| phone.fetch(served.address, "a").ok());
    assert_eq!(afterwards.map(|octets| octets.len()), Some(400_000), "after the flood");
    let log = fs::metadata(served.log()).unwrap().len();
    assert!(log < 4 << 20, "a log of {log} octets");
    served.kill();
    let told = heard.join().unwrap();
    assert!(told.iter().any(|line| line.contains("floods the TFTP port")), "nobody is told of the flood");
}
