//! The program is killed at any moment: what it said is written down, and the next start knows the truth.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use loadlift::journal::{Event, How, Option150, Patience, Record};
use loadlift::report::Report;
use loadlift::store::sessions::{self, SessionLog};
use loadlift::tftp::packet::{self, RequestKind};
use loadlift::timestamp::Timestamp;
use support::serving::Serving;

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
    // Wine takes a second to start a program.
    let times = if std::env::var_os("LOADLIFT_UNDER_WINE").is_some() { 10 } else { 100 };
    for seed in 0..times {
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

/// A service on loopback with one file `a`.
fn served(folder: &Path, octets: usize) -> Serving {
    fs::create_dir(folder.join("files")).unwrap();
    fs::write(folder.join("files").join("a"), vec![7; octets]).unwrap();
    Serving::start(&["--files", folder.join("files").to_str().unwrap()], &folder.join("sessions"))
}

#[test]
fn a_service_that_is_killed_has_written_down_all_that_it_said() {
    for seed in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let mut served = served(folder.path(), 200_000);
        let said = served.listen();
        let address = served.address;
        let phones: Vec<_> = (0..4).map(|_| std::thread::spawn(move || fetch_briefly(address))).collect();
        for _ in 0..fastrand::Rng::with_seed(seed).u32(0..2_000_000) {
            std::hint::spin_loop();
        }
        served.process.end();
        for phone in phones {
            phone.join().unwrap();
        }
        let mut logs = fs::read_dir(folder.path().join("sessions")).unwrap();
        let text = fs::read_to_string(logs.next().unwrap().unwrap().path()).unwrap();
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
