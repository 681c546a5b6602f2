//! What is measured, a table each.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use loadlift::tftp::packet::{self, RequestKind};

use crate::phones::{Crowd, FILE, Measured, OCTETS, image, measure};
use crate::servers::{Kind, Running};

fn numbers(name: &str, default: &str) -> Vec<usize> {
    let text = std::env::var(name).unwrap_or_else(|_| default.into());
    text.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

fn rounds() -> usize {
    numbers("ROUNDS", "5")[0]
}

fn median(results: &[Measured], value: impl Fn(&Measured) -> f64) -> f64 {
    let mut values: Vec<f64> = results.iter().map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Measure the kinds in turn, several times over.
fn rounds_of(kinds: &[Kind], folder: &Path, crowd: Crowd) -> Vec<Vec<Measured>> {
    let image = image();
    let mut results: Vec<Vec<Measured>> = vec![Vec::new(); kinds.len()];
    for _ in 0..rounds() {
        for (kind, results) in kinds.iter().zip(&mut results) {
            if let Some(server) = Running::start(*kind, folder, crowd.blksize) {
                results.push(measure(&server, crowd, &image));
            }
        }
    }
    results
}

fn table(kinds: &[Kind], results: &[Vec<Measured>], crowd: Crowd) {
    // Each round is a pair of its own: a machine that is slower for a while is so for both.
    let beside = |mine: &[Measured], kind: Kind| {
        let place = kinds.iter().position(|other| *other == kind);
        let others = place.map_or(&[][..], |place| &results[place]);
        let mut ratios: Vec<f64> =
            mine.iter().zip(others).map(|(mine, other)| mine.rate / other.rate).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
    };
    for (kind, results) in kinds.iter().zip(results) {
        if results.is_empty() {
            println!("{:22} not measured: it did not start here", kind.name());
            continue;
        }
        let rate = median(results, |m| m.rate);
        let low = results.iter().map(|m| m.rate).fold(f64::MAX, f64::min);
        let high = results.iter().map(|m| m.rate).fold(0.0, f64::max);
        println!(
            "{:22} {:>6} {:>7} {:>6} {:>8.1} {:>12} {:>9.0} {:>8.2} {:>8.1} {:>7} {:>8.2} {:>9.2} {:>7.2}",
            kind.name(),
            crowd.phones,
            crowd.blksize,
            crowd.window,
            rate / 1e6,
            format!("{:.0}..{:.0}", low / 1e6, high / 1e6),
            rate / crowd.blksize as f64,
            median(results, |m| m.cpu_per_gb),
            median(results, |m| m.memory) / 1e6,
            results.iter().map(|m| m.repeats).max().unwrap_or(0),
            median(results, |m| m.unfairness),
            beside(results, Kind::Dnsmasq),
            beside(results, Kind::Echo),
        );
    }
}

fn headline(what: &str) {
    println!("\n{what}");
    println!(
        "{:22} {:>6} {:>7} {:>6} {:>8} {:>12} {:>9} {:>8} {:>8} {:>7} {:>8} {:>9} {:>7}",
        "server",
        "phones",
        "blksize",
        "window",
        "MB/s",
        "spread",
        "blocks/s",
        "CPU s/GB",
        "own MB",
        "repeats",
        "p95/med",
        "x dnsmasq",
        "x echo"
    );
}

/// Many phones at once.
pub(crate) fn crowd(folder: &Path) {
    headline("Many phones in lock-step");
    let volume = numbers("MEGABYTES", "200")[0] * 1_000_000;
    let kinds = [Kind::Loadlift, Kind::SinglePort, Kind::Dnsmasq, Kind::Echo];
    for blksize in numbers("BLKSIZES", "512 1428") {
        for phones in numbers("PHONES", "50 200 500 1000") {
            // Each phone the same number of files, so that their times can be compared.
            let fetches = (volume / OCTETS / phones).max(1) * phones;
            let crowd = Crowd { phones, fetches, blksize, window: 1 };
            table(&kinds, &rounds_of(&kinds, folder, crowd), crowd);
        }
    }
}

/// One phone: the round trip, and what a window is worth.
pub(crate) fn alone(folder: &Path) {
    headline("One phone alone");
    for blksize in [512, 1428, 8192] {
        let kinds = [Kind::Loadlift, Kind::SinglePort, Kind::Dnsmasq, Kind::Echo];
        let crowd = Crowd { phones: 1, fetches: 10, blksize, window: 1 };
        table(&kinds, &rounds_of(&kinds, folder, crowd), crowd);
    }
    let kinds = [Kind::Loadlift];
    for window in [1, 4, 16] {
        let crowd = Crowd { phones: 1, fetches: 20, blksize: 1428, window };
        table(&kinds, &rounds_of(&kinds, folder, crowd), crowd);
    }
}

/// A thousand first requests in one instant.
pub(crate) fn burst(folder: &Path) {
    println!("\nA thousand first requests in one instant: answered by the first answer, and repeated");
    for kind in [Kind::Loadlift, Kind::SinglePort, Kind::Dnsmasq] {
        let Some(server) = Running::start(kind, folder, 512) else {
            println!("{:22} not measured: it did not start here", kind.name());
            continue;
        };
        let phones: Vec<UdpSocket> =
            (0..1000).map(|_| UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
        let mut request = Vec::new();
        packet::encode_request(&mut request, RequestKind::Read, FILE, "octet", &[]);
        let began = Instant::now();
        for phone in &phones {
            phone.send_to(&request, server.address).unwrap();
        }
        let mut answered = 0;
        let mut inbox = [0; 600];
        for phone in &phones {
            // A phone repeats after a second; until then its first request must have been enough.
            let left = Duration::from_secs(1).saturating_sub(began.elapsed()).max(Duration::from_millis(1));
            phone.set_read_timeout(Some(left)).unwrap();
            answered += usize::from(phone.recv(&mut inbox).is_ok());
        }
        println!("{:22} {answered:>5} {:>5}  in {:?}", kind.name(), 1000 - answered, began.elapsed());
    }
}

/// The same with the screen on.
pub(crate) fn screen(folder: &Path) {
    headline("The screen on");
    let kinds = [Kind::Loadlift, Kind::Screen];
    for phones in [50, 200] {
        let crowd = Crowd { phones, fetches: (130 / phones).max(1) * phones, blksize: 512, window: 1 };
        table(&kinds, &rounds_of(&kinds, folder, crowd), crowd);
    }
}

/// A phone that takes a millisecond for each block, while strangers ask as fast as they can.
pub(crate) fn flood(folder: &Path) {
    println!("\nA phone that needs 1 ms for each block, alone and in a flood of half-open requests");
    for kind in [Kind::Loadlift, Kind::SinglePort, Kind::Dnsmasq] {
        let Some(server) = Running::start(kind, folder, 512) else {
            println!("{:22} not measured: it did not start here", kind.name());
            continue;
        };
        let Some(alone) = slow_phone(&server) else {
            println!("{:22} the phone was not done after {ENOUGH:?}, alone", kind.name());
            continue;
        };
        let done = AtomicBool::new(false);
        let cpu = server.processor();
        let (flooded, sent) = std::thread::scope(|scope| {
            let flooder = scope.spawn(|| strangers(&server, &done));
            let took = slow_phone(&server);
            done.store(true, Ordering::Relaxed);
            (took, flooder.join().unwrap())
        });
        let Some(flooded) = flooded else {
            println!("{:22} {alone:>6.2} s alone, not done after {ENOUGH:?} in the flood", kind.name());
            continue;
        };
        println!(
            "{:22} {:>6.2} s alone {:>6.2} s in the flood, {:.2} times; {sent} requests, {:.1} us of processor each; {:.1} MB",
            kind.name(),
            alone,
            flooded,
            flooded / alone,
            (server.processor() - cpu) / f64::from(sent) * 1e6,
            server.memory() / 1e6
        );
    }
}

/// When a phone in a flood is given up.
const ENOUGH: Duration = Duration::from_secs(40);

/// Fetch in lock-step, a millisecond later each time; in seconds, `None` if it takes too long.
fn slow_phone(server: &Running) -> Option<f64> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let began = Instant::now();
    let mut packet = Vec::new();
    packet::encode_request(&mut packet, RequestKind::Read, FILE, "octet", &[]);
    let (mut to, mut inbox, mut last) = (server.address, [0; 600], 0_u16);
    // A part of the file is enough.
    while last < 1500 {
        if began.elapsed() > ENOUGH {
            return None;
        }
        socket.send_to(&packet, to).unwrap();
        let Ok((octets, from)) = socket.recv_from(&mut inbox) else { continue };
        if octets > 4 && inbox[1] == 3 && inbox[2..4] == (last + 1).to_be_bytes() {
            (to, last) = (from, last + 1);
            packet.clear();
            packet::encode_ack(&mut packet, last);
            let until = Instant::now() + Duration::from_millis(1);
            while Instant::now() < until {
                std::thread::yield_now();
            }
        }
    }
    packet.clear();
    packet::encode_error(&mut packet, 0, "enough");
    let _ = socket.send_to(&packet, to);
    Some(began.elapsed().as_secs_f64())
}

/// Ask from fifty thousand ports, as fast as it goes; with `ENDLESS_FLOOD` on from ever new ones until the phone is done.
fn strangers(server: &Running, done: &AtomicBool) -> u32 {
    let endless = std::env::var_os("ENDLESS_FLOOD").is_some();
    // The phone shares the core with them, and must not wait for it: what counts is the server.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19);
    let mut request = Vec::new();
    packet::encode_request(&mut request, RequestKind::Read, FILE, "octet", &[]);
    let mut sent = 0;
    while sent < 50_000 || (endless && !done.load(Ordering::Relaxed)) {
        let port = 1024 + u16::try_from(sent % 50_000).unwrap();
        let host = Ipv4Addr::new(127, 0, 1, 1 + u8::try_from(sent / 50_000 % 200).unwrap());
        sent += 1;
        if let Ok(stranger) = UdpSocket::bind((host, port)) {
            let _ = stranger.send_to(&request, server.address);
        }
    }
    sent
}
