//! Faults around the service: its log is taken away, the disk is full, the system gives no more descriptors, strangers
//! flood it. Serving goes on, and the technician is told. On Linux, where all this can be brought about and measured.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use loadlift::tftp::packet::{self, RequestKind};
use support::serving::Serving;
use support::{Fetch, fetch};

/// A service on loopback with one file `a`, started by the words before the program's own.
fn served(folder: &Path, octets: usize, before: &[&str]) -> Serving {
    fs::create_dir(folder.join("files")).unwrap();
    fs::write(folder.join("files/a"), vec![7; octets]).unwrap();
    let words = [before, &[env!("CARGO_BIN_EXE_loadlift")]].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    let files = folder.join("files");
    Serving::by(command, Ipv4Addr::LOCALHOST, &["--files", files.to_str().unwrap()], &folder.join("sessions"))
}

fn log_in(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("sessions")).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn a_session_folder_that_is_taken_away_is_told_and_serving_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = served(folder.path(), 2000, &[]);
    fs::remove_dir_all(folder.path().join("sessions")).unwrap();
    let lines = served.lines();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.filter(|line| line.contains("written any more")) {
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
    let mut served = Serving::of(Command::new("unshare").args(["--mount", "sh", "-c", &script]));
    let address = served.address;
    // Each request makes a line or two, so that one is always on its way.
    let mut lines = served.lines();
    let told = (0..2000).any(|_| {
        fetch(address, "nothing").unwrap_err();
        lines.next().expect("the service ended").contains("cannot be written any more")
    });
    assert!(told, "nobody is told");
    assert_eq!(fetch(address, "a").unwrap().len(), 2000);
}

#[test]
fn few_descriptors_are_enough_for_any_number_of_phones() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = served(folder.path(), 3000, &["sh", "-c", "ulimit -n 32; exec \"$@\"", "sh"]);
    let heard = served.listen();
    let open = || fs::read_dir(format!("/proc/{}/fd", served.process.id())).unwrap().count();
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
    served.process.end();
    heard.join().unwrap();
}

#[test]
fn a_flood_from_fifty_thousand_ports_stops_no_phone_and_fills_neither_memory_nor_log() {
    const PORTS: u32 = 50_000;
    let folder = tempfile::tempdir().unwrap();
    let mut served = served(folder.path(), 400_000, &[]);
    let heard = served.listen();
    let memory = |what: &str| -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", served.process.id())).unwrap();
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
    // What the flood left in the socket's buffer pushes out its own host's requests, and no phone's.
    assert_eq!(phone.fetch(served.address, "a").map(|octets| octets.len()), Ok(400_000), "after the flood");
    let log = fs::metadata(log_in(folder.path())).unwrap().len();
    assert!(log < 4 << 20, "a log of {log} octets");
    served.process.end();
    let told = heard.join().unwrap();
    assert!(told.iter().any(|line| line.contains("floods the TFTP port")), "nobody is told of the flood");
}
