//! Half an hour of waves of phones with loss and unplugging: `cargo bench --bench soak`. Memory must stay flat, no
//! descriptor may be left, and every phone that stays plugged in must have its file whole.
//!
//! `MINUTES=30`, `PHONES=300`, `LOSS=2` (percent, each way), `UNPLUGGED=10` (percent of the phones).
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, prints what it sees, and ends by a panic where something is wrong"
)]

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the soak looks into /proc, which only Linux has");
}

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{BufRead as _, BufReader};
    use std::net::{Ipv4Addr, SocketAddr, UdpSocket as StdSocket};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use loadlift::tftp::packet::{self, Packet, RequestKind};
    use mio::net::UdpSocket;
    use mio::{Events, Interest, Poll, Token};

    const FILE: &str = "apps45.bench.sbn";
    const OCTETS: usize = 400_000;
    /// A phone repeats its last packet after this long.
    const REPEAT: Duration = Duration::from_millis(500);

    fn number(name: &str, default: usize) -> usize {
        std::env::var(name).map_or(default, |text| text.parse().unwrap())
    }

    struct Phone {
        socket: UdpSocket,
        peer: SocketAddr,
        packet: Vec<u8>,
        got: Vec<u8>,
        block: u16,
        heard: Instant,
        /// After so many octets somebody pulls the cable.
        unplugged_at: usize,
        over: bool,
    }

    struct Server(Child);

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    impl Server {
        /// Memory of its own in KiB, and open descriptors.
        fn holds(&self) -> (u64, usize) {
            let proc = format!("/proc/{}", self.0.id());
            let status = std::fs::read_to_string(format!("{proc}/status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
            let descriptors = std::fs::read_dir(format!("{proc}/fd")).unwrap().count();
            (line.trim().trim_end_matches(" kB").parse().unwrap(), descriptors)
        }
    }

    pub(super) fn main() {
        let until = Instant::now() + Duration::from_secs(60 * number("MINUTES", 30) as u64);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("files")).unwrap();
        let image: Vec<u8> = (0..OCTETS).map(|i| u8::try_from((i * 31 + i / 251) % 256).unwrap()).collect();
        std::fs::write(folder.path().join("files").join(FILE), &image).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_loadlift"))
            .args(["serve", "--json", "--address", "127.0.0.1", "--port", "0", "--files"])
            .arg(folder.path().join("files"))
            .arg("--session-dir")
            .arg(folder.path().join("sessions"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address: SocketAddr = record["serving"].as_str().unwrap().parse().unwrap();
        // Its lines must be read, or it would wait for the reader.
        std::thread::spawn(move || lines.lines().for_each(drop));
        let server = Server(child);

        let mut dice = fastrand::Rng::with_seed(7);
        let (mut waves, mut whole, mut gone) = (0, 0, 0);
        let mut samples = Vec::new();
        while Instant::now() < until {
            let (arrived, left) = wave(address, &image, &mut dice);
            (waves, whole, gone) = (waves + 1, whole + arrived, gone + left);
            let (memory, descriptors) = server.holds();
            samples.push((memory, descriptors));
            println!(
                "wave {waves}: {arrived} whole, {left} unplugged; {memory} KiB, {descriptors} descriptors"
            );
        }
        // The first waves fill queues and maps to the size that they keep.
        let settled = &samples[samples.len() / 4..];
        let (first, last) = settled.split_at(settled.len() / 2);
        let median = |part: &[(u64, usize)]| {
            let mut memory: Vec<u64> = part.iter().map(|(memory, _)| *memory).collect();
            memory.sort_unstable();
            memory[memory.len() / 2]
        };
        println!("{waves} waves: {whole} files whole, {gone} phones unplugged");
        println!("memory: {} KiB in the first half, {} KiB in the second", median(first), median(last));
        assert!(median(last) <= median(first) + 1024, "memory grows");
        assert!(settled.iter().all(|(_, descriptors)| *descriptors == settled[0].1), "descriptors are left");
    }

    fn wave(server: SocketAddr, image: &[u8], dice: &mut fastrand::Rng) -> (usize, usize) {
        let (count, loss) = (number("PHONES", 300), number("LOSS", 2));
        let mut poll = Poll::new().unwrap();
        let mut request = Vec::new();
        packet::encode_request(&mut request, RequestKind::Read, FILE, "octet", &[("blksize", "1428")]);
        let mut phones: Vec<Phone> = (0..count)
            .map(|n| {
                let socket = StdSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
                socket.set_nonblocking(true).unwrap();
                let mut socket = UdpSocket::from_std(socket);
                poll.registry().register(&mut socket, Token(n), Interest::READABLE).unwrap();
                let unplugged = dice.usize(0..100) < number("UNPLUGGED", 10);
                Phone {
                    socket,
                    peer: server,
                    packet: request.clone(),
                    got: Vec::new(),
                    block: 0,
                    // Not all in the same instant.
                    heard: Instant::now().checked_sub(REPEAT.mul_f64(dice.f64())).unwrap(),
                    unplugged_at: if unplugged { dice.usize(0..OCTETS) } else { usize::MAX },
                    over: false,
                }
            })
            .collect();
        let (mut running, mut whole, mut gone) = (count, 0, 0);
        let mut events = Events::with_capacity(count);
        let mut inbox = [0; 2048];
        while running > 0 {
            // Interrupted when somebody halts the bench for a while; then nothing was ready.
            if poll.poll(&mut events, Some(Duration::from_millis(50))).is_err() {
                continue;
            }
            for event in &events {
                let phone = &mut phones[event.token().0];
                while let Ok((octets, from)) = phone.socket.recv_from(&mut inbox) {
                    if phone.over || dice.usize(0..100) < loss || !phone.take(&inbox[..octets], from) {
                        continue;
                    }
                    if phone.got.len() >= phone.unplugged_at {
                        (phone.over, running, gone) = (true, running - 1, gone + 1);
                        continue;
                    }
                    if dice.usize(0..100) >= loss {
                        let _ = phone.socket.send_to(&phone.packet, phone.peer);
                    }
                    if octets < 1428 + 4 && phone.block > 0 {
                        assert!(phone.got == image, "a phone has other octets");
                        (phone.over, running, whole) = (true, running - 1, whole + 1);
                    }
                }
            }
            let now = Instant::now();
            for phone in phones.iter_mut().filter(|phone| !phone.over && now - phone.heard > REPEAT) {
                phone.heard = now;
                let _ = phone.socket.send_to(&phone.packet, phone.peer);
            }
        }
        (whole, gone)
    }

    impl Phone {
        /// Whether it is something new.
        fn take(&mut self, datagram: &[u8], from: SocketAddr) -> bool {
            match Packet::decode(datagram) {
                Ok(Packet::OptionAck { .. }) if self.block == 0 => {}
                Ok(Packet::Data { block, octets }) if block == self.block.wrapping_add(1) => {
                    self.got.extend_from_slice(octets);
                    self.block = block;
                }
                _ => return false,
            }
            self.peer = from;
            self.heard = Instant::now();
            self.packet.clear();
            packet::encode_ack(&mut self.packet, self.block);
            true
        }
    }
}
