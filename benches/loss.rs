//! One file over a link that loses one packet in a hundred, beside the servers of today in the same run:
//! `cargo bench --bench loss`.
//!
//! The link is in user space (0.5 ms and 1 % loss each way unless the environment says otherwise), the client repeats
//! its last packet after a second, all servers run at the same time, each with a link of its own and the same dice.
//! A server that is not on this machine, or may not open its port, is left out, and the table says so.
//!
//! `OCTETS=8000000`, `BLKSIZE=1428`, `LOSS=1`, `DELAY_US=500`, `SEED=7`; `TFTPD_HPA=PATH` names tftpd-hpa's `in.tftpd`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, prints its table, and ends by a panic where it cannot measure"
)]

#[path = "../tests/relay/mod.rs"]
mod relay;
#[path = "../tests/support/mod.rs"]
mod support;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use relay::{Relay, Weather};
use support::Fetch;

const FILE: &str = "apps45.bench.sbn";

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

struct Server {
    name: &'static str,
    address: SocketAddr,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(name: &'static str, address: SocketAddr, command: &mut Command) -> Option<Self> {
        let process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let server = Self { name, address, process };
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        // Ask for a file that is not there until the server says so.
        let request = b"\0\x01not-there\0octet\0";
        (0..50)
            .any(|_| socket.send_to(request, address).is_ok() && socket.recv(&mut [0; 600]).is_ok())
            .then_some(server)
    }
}

fn servers(folder: &Path) -> Vec<(&'static str, Option<Server>)> {
    let free = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let at = |last, port| SocketAddr::from(([127, 0, 0, last], port));
    let mut servers = Vec::new();
    let port = free();
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    command.args(["serve", "--json", "--address", "127.0.0.1", "--port", &port.to_string()]);
    command.arg("--session-dir").arg(folder.join("sessions")).arg("--files").arg(folder.join("files"));
    servers.push(("loadlift", Server::start("loadlift", at(1, port), &mut command)));
    let files = folder.join("files");
    let port = free();
    // atftpd's package has a program of the same name, and Debian installs only one of them.
    let program = std::env::var_os("TFTPD_HPA").unwrap_or_else(|| "in.tftpd".into());
    let mut command = Command::new(program);
    command.args(["-L", "-u", "root", "-s", "--address", &format!("127.0.0.1:{port}")]).arg(&files);
    servers.push(("tftpd-hpa", Server::start("tftpd-hpa", at(1, port), &mut command)));
    // dnsmasq has no option for the port; 127.0.0.3 is hardly in use.
    let mut command = Command::new("dnsmasq");
    command.args(["-k", "--conf-file=/dev/null", "--port=0", "--enable-tftp", "--user=root", "-q"]);
    command.args(["--listen-address=127.0.0.3", "--bind-interfaces", "--log-facility=/dev/null"]);
    command.arg(format!("--tftp-root={}", files.display()));
    servers.push(("dnsmasq", Server::start("dnsmasq", at(3, 69), &mut command)));
    let port = free();
    let mut command = Command::new("atftpd");
    command.args(["--daemon", "--no-fork", "--user", "root", "--group", "root", "--logfile", "/dev/null"]);
    command.args(["--bind-address", "127.0.0.1", "--port", &port.to_string()]).arg(&files);
    servers.push(("atftpd", Server::start("atftpd", at(1, port), &mut command)));
    servers
}

fn main() {
    let octets = usize::try_from(number("OCTETS", 8_000_000)).unwrap();
    let blksize = usize::try_from(number("BLKSIZE", 1428)).unwrap();
    let (loss, seed) = (number("LOSS", 1), number("SEED", 7));
    let delay = Duration::from_micros(number("DELAY_US", 500));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("files")).unwrap();
    let image: Vec<u8> = (0..octets).map(|i| u8::try_from((i * 31 + i / 251) % 256).unwrap()).collect();
    std::fs::write(folder.path().join("files").join(FILE), &image).unwrap();
    println!("{octets} octets in blocks of {blksize}, {delay:?} and {loss} % loss each way, seed {seed}");
    let phone = Fetch { blksize: (blksize != 512).then_some(blksize), window: None };
    let fetch = |server: &Server, loss: u64| {
        let weather =
            Weather { delay, loss: f64::from(u32::try_from(loss).unwrap()) / 100.0, ..Weather::default() };
        let link = Relay::start(Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, server.address, weather, seed);
        let began = Instant::now();
        let got = phone.fetch(link.front, FILE);
        let words = match &got {
            Ok(got) if *got == image => String::new(),
            Ok(got) => format!("wrong: {} octets", got.len()),
            Err(error) => error.clone(),
        };
        (began.elapsed().as_secs_f64(), words)
    };
    let servers = servers(folder.path());
    if let Some(server) = servers.iter().find_map(|(_, server)| server.as_ref()) {
        println!("{:12} {:>8.1} s without loss", server.name, fetch(server, 0).0);
    }
    let mut results: Vec<(&str, f64, String)> = std::thread::scope(|scope| {
        let running: Vec<_> = servers
            .iter()
            .filter_map(|(name, server)| Some((*name, server.as_ref()?)))
            .map(|(name, server)| (name, scope.spawn(move || fetch(server, loss))))
            .collect();
        running
            .into_iter()
            .map(|(name, thread)| {
                let (took, words) = thread.join().unwrap();
                (name, took, words)
            })
            .collect()
    });
    let ours = results.iter().find(|(name, ..)| *name == "loadlift").map_or(f64::NAN, |(_, took, _)| *took);
    results.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (name, took, words) in results {
        println!("{name:12} {took:>8.1} s {:>6.1} times as long {words}", took / ours);
    }
    for (name, server) in &servers {
        if server.is_none() {
            println!("{name:12} not measured: it did not start here");
        }
    }
}
