//! The servers that are measured, each a process alone on core 0.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use loadlift::tftp::packet::{self, RequestKind};

use crate::echo;

/// Keep a process on one core.
pub(crate) fn pin(pid: u32, core: usize) {
    let done = Command::new("taskset")
        .args(["-acp", &core.to_string(), &pid.to_string()])
        .stdout(Stdio::null())
        .status();
    assert!(done.is_ok_and(|status| status.success()), "taskset (util-linux) and two cores are needed");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Loadlift,
    SinglePort,
    /// With the live table on, in a terminal of its own.
    Screen,
    Dnsmasq,
    Echo,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loadlift => "loadlift --json",
            Self::SinglePort => "loadlift --single-port",
            Self::Screen => "loadlift, screen on",
            Self::Dnsmasq => "dnsmasq",
            Self::Echo => "echo loop",
        }
    }
}

/// A server process on core 0; ended when dropped.
pub(crate) struct Running {
    process: Child,
    /// The server itself, where `process` only stands around it.
    pid: u32,
    pub(crate) address: SocketAddr,
}

impl Running {
    pub(crate) fn start(kind: Kind, folder: &Path, blksize: usize) -> Option<Self> {
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let sessions = folder.join("sessions");
        let files = folder.join("files");
        let serve = format!(
            "serve --address 127.0.0.1 --port {port} --session-dir {} --files {}",
            sessions.display(),
            files.display()
        );
        let program = env!("CARGO_BIN_EXE_loadlift");
        let mut command = match kind {
            Kind::Loadlift | Kind::SinglePort => {
                let mut command = Command::new(program);
                command.args(serve.split(' ')).arg("--json");
                if kind == Kind::SinglePort {
                    command.arg("--single-port");
                }
                command
            }
            Kind::Screen => {
                let mut command = Command::new("script");
                command.env("TERM", "xterm-256color");
                command.args([
                    "-qfec",
                    &format!("stty rows 50 cols 160; exec {program} {serve}"),
                    "/dev/null",
                ]);
                command
            }
            Kind::Dnsmasq => {
                // dnsmasq has no option for the port; 127.0.0.3 is hardly in use.
                address = SocketAddr::from(([127, 0, 0, 3], 69));
                let mut command = Command::new("dnsmasq");
                command.args(["-k", "--conf-file=/dev/null", "--port=0", "--enable-tftp", "--tftp-max=4000"]);
                command.args(["--listen-address=127.0.0.3", "--bind-interfaces", "--user=root", "-q"]);
                command.arg(format!("--tftp-root={}", files.display()));
                command.arg("--log-facility=/dev/null");
                command
            }
            Kind::Echo => {
                let mut command = Command::new(std::env::current_exe().unwrap());
                command.env(echo::ENV, blksize.to_string());
                command
            }
        };
        let output = if kind == Kind::Echo { Stdio::piped() } else { Stdio::null() };
        let input = if kind == Kind::Screen { Stdio::piped() } else { Stdio::null() };
        let mut process = command.stdin(input).stdout(output).stderr(Stdio::null()).spawn().ok()?;
        if let Some(out) = process.stdout.take() {
            let mut line = String::new();
            BufReader::new(out).read_line(&mut line).ok()?;
            address.set_port(line.trim().parse().ok()?);
        }
        pin(process.id(), 0);
        let mut running = Self { pid: process.id(), process, address };
        if !running.answers() {
            return None;
        }
        if kind == Kind::Screen {
            let children = format!("/proc/{0}/task/{0}/children", running.pid);
            let children = std::fs::read_to_string(children).ok()?;
            running.pid = children.split_whitespace().next()?.parse().ok()?;
        }
        pin(running.pid, 0);
        Some(running)
    }

    /// Ask for a file that is not there until the server says so.
    fn answers(&self) -> bool {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut request = Vec::new();
        packet::encode_request(&mut request, RequestKind::Read, "not-there", "octet", &[]);
        (0..50).any(|_| socket.send_to(&request, self.address).is_ok() && socket.recv(&mut [0; 600]).is_ok())
    }

    /// Processor time in seconds, from /proc.
    pub(crate) fn processor(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap();
        let fields = stat.rsplit(')').next().unwrap().split_whitespace();
        let ticks: f64 = fields.skip(11).take(2).map(|field| field.parse::<f64>().unwrap_or(0.0)).sum();
        ticks / 100.0
    }

    /// Memory of its own, beside what files and programs are mapped, in octets.
    pub(crate) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
