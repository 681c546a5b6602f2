//! What several tests share: foreign programs and whether they must be there.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "in a test a panic is the report, and a skip is said aloud"
)]

pub(crate) mod serving;
#[cfg(unix)]
pub(crate) mod terminal;
#[cfg(unix)]
pub(crate) mod walk;
#[cfg(target_os = "linux")]
pub(crate) mod wine;

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use loadlift::tftp::packet::{self, Packet, RequestKind};

/// Send a signal to a process.
#[cfg(unix)]
pub(crate) fn signal(process: u32, signal: rustix::process::Signal) -> rustix::io::Result<()> {
    let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(process.expect("the number of a process"), signal)
}

/// Whether a foreign program is on this machine. With `LOADLIFT_REQUIRE_PEERS` set (CI) a missing one is a failure;
/// without it the case is skipped, and says so.
pub(crate) fn has(program: &str, package: &str) -> bool {
    let found = Command::new(program).arg("--version").stdin(Stdio::null()).output().is_ok();
    if !found {
        assert!(
            std::env::var_os("LOADLIFT_REQUIRE_PEERS").is_none(),
            "`{program}` is needed here: install the package {package}"
        );
        eprintln!("skipped: no `{program}` on this machine (package {package})");
    }
    found
}

/// Run a command to its end within `seconds`; its output if it succeeded.
pub(crate) fn run_within(seconds: u64, command: &mut Command) -> Result<String, String> {
    let shown = format!("{command:?}");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{shown}: {error}"))?;
    let (mut out, mut err) = (child.stdout.take(), child.stderr.take());
    let (done, wait) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        // What cannot be read is not needed: the files that arrived are compared.
        let _ = out.as_mut().map(|out| out.read_to_string(&mut text));
        let _ = err.as_mut().map(|err| err.read_to_string(&mut text));
        let _ = done.send(());
        text
    });
    let in_time = wait.recv_timeout(Duration::from_secs(seconds)).is_ok();
    if !in_time {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("{shown}: {error}"))?;
    let text = reader.join().unwrap_or_else(|_| panic!("the reader of {shown} panicked"));
    match (in_time, status.success()) {
        (true, true) => Ok(text),
        (true, false) => Err(format!("{shown} ended with {status}: {text}")),
        (false, _) => Err(format!("{shown} did not end within {seconds} s: {text}")),
    }
}

/// A plain TFTP client on loopback.
pub(crate) fn fetch(server: SocketAddr, name: &str) -> Result<Vec<u8>, String> {
    fetch_from(Ipv4Addr::LOCALHOST, server, name)
}

/// A plain TFTP client of a few lines at an address of its own: fetch `name` in blocks of 512, repeating an unanswered
/// packet after a second.
pub(crate) fn fetch_from(own: Ipv4Addr, server: SocketAddr, name: &str) -> Result<Vec<u8>, String> {
    let socket = UdpSocket::bind((own, 0)).map_err(|e| e.to_string())?;
    socket.set_read_timeout(Some(Duration::from_secs(1))).map_err(|e| e.to_string())?;
    let mut packet = Vec::new();
    packet::encode_request(&mut packet, RequestKind::Read, name, "octet", &[]);
    let (mut to, mut got, mut expected, mut repeats) = (server, Vec::new(), 1u16, 0);
    let mut inbox = [0; 2048];
    loop {
        socket.send_to(&packet, to).map_err(|e| e.to_string())?;
        match socket.recv_from(&mut inbox) {
            Err(_) if repeats == 30 => return Err(format!("no answer after {} octets", got.len())),
            Err(_) => repeats += 1,
            Ok((octets, from)) => match Packet::decode(&inbox[..octets]) {
                Ok(Packet::Data { block, octets }) if block == expected => {
                    got.extend_from_slice(octets);
                    (to, repeats) = (from, 0);
                    expected = expected.wrapping_add(1);
                    packet.clear();
                    packet::encode_ack(&mut packet, block);
                    if octets.len() < 512 {
                        socket.send_to(&packet, to).map_err(|e| e.to_string())?;
                        return Ok(got);
                    }
                }
                Ok(Packet::Error { code, message }) => {
                    return Err(format!("error {code}: {}", String::from_utf8_lossy(message)));
                }
                _ => {}
            },
        }
    }
}

/// A client of a few lines more: block size and window as asked for, a repeat after a second, and it goes back to what
/// it has when something is missing (RFC 7440).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fetch {
    pub(crate) blksize: Option<usize>,
    pub(crate) window: Option<usize>,
}

impl Fetch {
    /// Fetch `name`; an error after a minute without anything new.
    pub(crate) fn fetch(&self, server: SocketAddr, name: &str) -> Result<Vec<u8>, String> {
        let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        // Under all addresses of loopback at once it would hear what others there were sent, who are gone by now.
        let own = if server.ip().is_loopback() {
            SocketAddr::new(server.ip(), 0).to_string()
        } else {
            any.to_owned()
        };
        let socket = UdpSocket::bind(own).map_err(|e| e.to_string())?;
        socket.set_read_timeout(Some(Duration::from_secs(1))).map_err(|e| e.to_string())?;
        let sizes = [("blksize", self.blksize), ("windowsize", self.window)]
            .map(|(name, value)| (name, value.map(|value| value.to_string())));
        let options: Vec<(&str, &str)> =
            sizes.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        let mut packet = Vec::new();
        packet::encode_request(&mut packet, RequestKind::Read, name, "octet", &options);
        let (blksize, window) = (self.blksize.unwrap_or(512), self.window.unwrap_or(1));
        let (mut to, mut got, mut expected, mut in_window, mut repeats) = (server, Vec::new(), 1_u64, 0, 0);
        let mut send = true;
        let mut inbox = [0; 2048];
        loop {
            if send {
                socket.send_to(&packet, to).map_err(|e| e.to_string())?;
            }
            send = false;
            let Ok((octets, from)) = socket.recv_from(&mut inbox) else {
                repeats += 1;
                if repeats == 60 {
                    return Err(format!("no answer after {} octets", got.len()));
                }
                send = true;
                continue;
            };
            if to != server && from != to {
                continue; // an answer to a copy of the request
            }
            match Packet::decode(&inbox[..octets]) {
                Ok(Packet::OptionAck { .. }) if expected == 1 => (to, send) = (from, true),
                Ok(Packet::Data { block, octets }) => {
                    to = from;
                    let is_next = u64::from(block) == expected % 65_536;
                    if is_next {
                        got.extend_from_slice(octets);
                        (expected, in_window, repeats) = (expected + 1, in_window + 1, 0);
                    }
                    let last = is_next && octets.len() < blksize;
                    // The last block again: its ACK was lost. Within a window: something is missing.
                    let again = u64::from(block) == (expected - 1) % 65_536 && !is_next;
                    send = last || in_window == window || again || !is_next && window > 1 && in_window > 0;
                    if last {
                        packet.clear();
                        packet::encode_ack(&mut packet, block);
                        socket.send_to(&packet, to).map_err(|e| e.to_string())?;
                        return Ok(got);
                    }
                }
                Ok(Packet::Error { code, message }) => {
                    return Err(format!("error {code}: {}", String::from_utf8_lossy(message)));
                }
                _ => {}
            }
            if to != server {
                packet.clear();
                packet::encode_ack(&mut packet, u16::try_from((expected - 1) % 65_536).unwrap_or_default());
            }
            if send {
                in_window = 0;
            }
        }
    }
}
