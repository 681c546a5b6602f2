//! Aggregate TFTP throughput over loopback, beside dnsmasq in the same run: `cargo bench --bench throughput`.
//!
//! The server alone on one core, all phones on another, servers alternating, medians of several rounds. Linux with
//! `taskset`; without dnsmasq (or the right to open port 69 for it) only loadlift is measured, and it says so.
//!
//! Settings come from the environment: `PHONES="50 200"`, `BLKSIZES="512 1428"`, `ROUNDS=3`, `MEGABYTES=400`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "a bench reads the clock, prints its table, and ends by a panic where it cannot measure"
)]

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the throughput bench pins processes to cores with taskset, which only Linux has");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt::Write as _;
    use std::net::{Ipv4Addr, SocketAddr, UdpSocket as StdSocket};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use loadlift::tftp::packet::{self, Packet, RequestKind};
    use mio::net::UdpSocket;
    use mio::{Events, Interest, Poll, Token};

    const FILE: &str = "apps45.bench.sbn";
    const OCTETS: usize = 3_000_000;

    pub(super) fn main() {
        let phones = numbers("PHONES", "50 200");
        let blksizes = numbers("BLKSIZES", "512 1428");
        let rounds = numbers("ROUNDS", "3")[0];
        let volume = numbers("MEGABYTES", "400")[0] * 1_000_000;
        pin(std::process::id(), 1);

        let folder = tempfile::tempdir().unwrap();
        let image: Vec<u8> = (0..OCTETS).map(|i| (i * 31 + i / 251) as u8).collect();
        std::fs::write(folder.path().join(FILE), &image).unwrap();

        let kinds = [Kind::Loadlift, Kind::LoadliftSinglePort, Kind::Dnsmasq];
        println!(
            "{:22} {:>6} {:>7} {:>9} {:>15} {:>9} {:>8} {:>9} {:>8}",
            "server", "phones", "blksize", "MB/s", "spread", "blocks/s", "CPU s/GB", "RSS MB", "ratio"
        );
        for &blksize in &blksizes {
            for &count in &phones {
                let fetches = (volume / OCTETS).max(count);
                let mut results: Vec<Vec<Measured>> = vec![Vec::new(); kinds.len()];
                for _ in 0..rounds {
                    for (kind, results) in kinds.iter().zip(&mut results) {
                        if let Some(server) = Running::start(*kind, folder.path()) {
                            results.push(measure(&server, count, fetches, blksize, &image));
                        }
                    }
                }
                let baseline = median(&results[2], |m| m.rate);
                for (kind, results) in kinds.iter().zip(&results) {
                    if results.is_empty() {
                        println!("{:22} not measured: it did not start here", kind.name());
                        continue;
                    }
                    let rate = median(results, |m| m.rate).unwrap();
                    let low = results.iter().map(|m| m.rate).fold(f64::MAX, f64::min);
                    let high = results.iter().map(|m| m.rate).fold(0.0, f64::max);
                    let mut ratio = String::from("-");
                    if let Some(base) = baseline {
                        ratio.clear();
                        write!(ratio, "{:.2}", rate / base).unwrap();
                    }
                    println!(
                        "{:22} {count:>6} {blksize:>7} {:>9.1} {:>15} {:>9.0} {:>8.2} {:>9.1} {ratio:>8}",
                        kind.name(),
                        rate / 1e6,
                        format!("{:.0}..{:.0}", low / 1e6, high / 1e6),
                        rate / blksize as f64,
                        median(results, |m| m.cpu_per_gb).unwrap(),
                        median(results, |m| m.rss).unwrap() / 1e6,
                    );
                }
            }
        }
    }

    fn numbers(name: &str, default: &str) -> Vec<usize> {
        let text = std::env::var(name).unwrap_or_else(|_| default.into());
        text.split_whitespace().map(|word| word.parse().unwrap()).collect()
    }

    fn pin(pid: u32, core: usize) {
        let done = Command::new("taskset")
            .args(["-cp", &core.to_string(), &pid.to_string()])
            .stdout(Stdio::null())
            .status();
        assert!(done.is_ok_and(|status| status.success()), "taskset (util-linux) and two cores are needed");
    }

    #[derive(Clone, Copy)]
    enum Kind {
        Loadlift,
        LoadliftSinglePort,
        Dnsmasq,
    }

    impl Kind {
        fn name(self) -> &'static str {
            match self {
                Self::Loadlift => "loadlift",
                Self::LoadliftSinglePort => "loadlift --single-port",
                Self::Dnsmasq => "dnsmasq",
            }
        }
    }

    /// A server process on core 0; ended when dropped.
    struct Running {
        process: Child,
        address: SocketAddr,
    }

    impl Running {
        fn start(kind: Kind, folder: &Path) -> Option<Self> {
            let free = StdSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let (address, mut command) = match kind {
                Kind::Loadlift | Kind::LoadliftSinglePort => {
                    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
                    command.args(["serve", "--json", "--address", "127.0.0.1", "--port", &free.to_string()]);
                    command.arg("--session-dir").arg(folder.join("sessions"));
                    command.arg("--files").arg(folder);
                    if matches!(kind, Kind::LoadliftSinglePort) {
                        command.arg("--single-port");
                    }
                    (SocketAddr::from((Ipv4Addr::LOCALHOST, free)), command)
                }
                Kind::Dnsmasq => {
                    // dnsmasq has no option for the port; 127.0.0.3 is hardly in use.
                    let mut command = Command::new("dnsmasq");
                    command.args([
                        "-k",
                        "--conf-file=/dev/null",
                        "--port=0",
                        "--enable-tftp",
                        "--tftp-max=4000",
                    ]);
                    command.args(["--listen-address=127.0.0.3", "--bind-interfaces", "--user=root", "-q"]);
                    command.arg(format!("--tftp-root={}", folder.display()));
                    command.arg("--log-facility=/dev/null");
                    (SocketAddr::from(([127, 0, 0, 3], 69)), command)
                }
            };
            let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
            pin(process.id(), 0);
            let running = Self { process, address };
            running.answers().then_some(running)
        }

        /// Ask for a file that is not there until the server says so.
        fn answers(&self) -> bool {
            let socket = StdSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            let mut request = Vec::new();
            packet::encode_request(&mut request, RequestKind::Read, "not-there", "octet", &[]);
            (0..50)
                .any(|_| socket.send_to(&request, self.address).is_ok() && socket.recv(&mut [0; 600]).is_ok())
        }

        /// Processor time in seconds and resident memory in octets, from /proc.
        fn usage(&self) -> (f64, f64) {
            let read =
                |what: &str| std::fs::read_to_string(format!("/proc/{}/{what}", self.process.id())).unwrap();
            let stat = read("stat");
            let fields: Vec<f64> = stat
                .rsplit(')')
                .next()
                .unwrap()
                .split_whitespace()
                .map(|f| f.parse().unwrap_or(0.0))
                .collect();
            let status = read("status");
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            let kib: f64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
            ((fields[11] + fields[12]) / 100.0, kib * 1024.0)
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }

    #[derive(Clone)]
    struct Measured {
        rate: f64,
        cpu_per_gb: f64,
        rss: f64,
    }

    fn median(results: &[Measured], value: impl Fn(&Measured) -> f64) -> Option<f64> {
        let mut values: Vec<f64> = results.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    /// One simulated phone that only fetches: lock-step, a repeat after a second without an answer.
    struct Phone {
        socket: UdpSocket,
        at: usize,
        block: u16,
        peer: SocketAddr,
        packet: Vec<u8>,
        heard: Instant,
        busy: bool,
    }

    fn measure(server: &Running, phones: usize, fetches: usize, blksize: usize, image: &[u8]) -> Measured {
        let mut poll = Poll::new().unwrap();
        let start = Instant::now();
        let (cpu_before, _) = server.usage();
        let mut left = fetches;
        let mut crowd: Vec<Phone> = (0..phones)
            .map(|n| {
                let mut socket = UdpSocket::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
                poll.registry().register(&mut socket, Token(n), Interest::READABLE).unwrap();
                let mut phone = Phone {
                    socket,
                    at: 0,
                    block: 0,
                    peer: server.address,
                    packet: Vec::with_capacity(100),
                    heard: start,
                    busy: false,
                };
                phone.begin(&mut left, server.address, blksize);
                phone
            })
            .collect();

        let mut inbox = vec![0; 65_536];
        let mut events = Events::with_capacity(phones);
        let mut running = phones;
        while running > 0 {
            poll.poll(&mut events, Some(Duration::from_millis(250))).unwrap();
            for event in &events {
                let phone = &mut crowd[event.token().0];
                // Stop reading at the first block that is new: its successor is not under way yet, and reading on
                // would only cost a system call.
                while let Ok((octets, from)) = phone.socket.recv_from(&mut inbox) {
                    match phone.take(&inbox[..octets], from, image, blksize) {
                        Step::Stale => {}
                        Step::Progress => break,
                        Step::Whole => {
                            // A fresh port for each file, as real phones have it.
                            let mut socket =
                                UdpSocket::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
                            poll.registry().deregister(&mut phone.socket).unwrap();
                            poll.registry().register(&mut socket, event.token(), Interest::READABLE).unwrap();
                            phone.socket = socket;
                            if !phone.begin(&mut left, server.address, blksize) {
                                running -= 1;
                            }
                            break;
                        }
                    }
                }
            }
            if events.is_empty() {
                for phone in crowd.iter_mut().filter(|p| p.busy && p.heard.elapsed() > Duration::from_secs(1))
                {
                    phone.heard = Instant::now();
                    let _ = phone.socket.send_to(&phone.packet, phone.peer);
                }
            }
        }
        let took = start.elapsed().as_secs_f64();
        let (cpu, rss) = server.usage();
        let volume = (fetches * image.len()) as f64;
        Measured { rate: volume / took, cpu_per_gb: (cpu - cpu_before) / volume * 1e9, rss }
    }

    enum Step {
        Stale,
        Progress,
        Whole,
    }

    impl Phone {
        fn begin(&mut self, left: &mut usize, server: SocketAddr, blksize: usize) -> bool {
            self.busy = *left > 0;
            if !self.busy {
                return false;
            }
            *left -= 1;
            (self.at, self.block, self.peer) = (0, 0, server);
            self.packet.clear();
            let size = blksize.to_string();
            let options = [("blksize", size.as_str())];
            let options = if blksize == 512 { &[][..] } else { &options[..] };
            packet::encode_request(&mut self.packet, RequestKind::Read, FILE, "octet", options);
            self.heard = Instant::now();
            self.socket.send_to(&self.packet, server).unwrap();
            true
        }

        fn take(&mut self, datagram: &[u8], from: SocketAddr, image: &[u8], blksize: usize) -> Step {
            let whole = match Packet::decode(datagram).unwrap() {
                Packet::OptionAck { .. } if self.block == 0 => false,
                Packet::Data { block, octets } if block == self.block.wrapping_add(1) => {
                    assert_eq!(octets, &image[self.at..self.at + octets.len()], "a block with wrong octets");
                    self.at += octets.len();
                    self.block = block;
                    octets.len() < blksize
                }
                Packet::Error { message, .. } => panic!("refused: {}", String::from_utf8_lossy(message)),
                _ => return Step::Stale,
            };
            self.peer = from;
            self.heard = Instant::now();
            self.packet.clear();
            packet::encode_ack(&mut self.packet, self.block);
            let _ = self.socket.send_to(&self.packet, from);
            if whole { Step::Whole } else { Step::Progress }
        }
    }
}
