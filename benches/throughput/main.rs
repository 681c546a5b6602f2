//! TFTP throughput over loopback, beside dnsmasq and an echo loop in the same run: `cargo bench --bench throughput`.
//!
//! The server alone on one core, all phones on another, servers alternating, medians of several rounds and their
//! spread. The echo loop is what the kernel alone costs: one socket that answers each packet with the next block,
//! without transfers, timers or look-ups. Linux with `taskset`; without dnsmasq (or the right to open port 69 for it)
//! the rest is measured, and the table says so.
//!
//! `PARTS="crowd alone burst screen flood"` chooses what is measured; `PHONES="50 200 500 1000"`,
//! `BLKSIZES="512 1428"`, `ROUNDS=5`, `MEGABYTES=200` how. The ratios are medians over the rounds, each round's servers beside each other.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "a bench reads the clock, prints its table, and ends by a panic where it cannot measure"
)]

#[cfg(target_os = "linux")]
mod echo;
#[cfg(target_os = "linux")]
mod parts;
#[cfg(target_os = "linux")]
mod phones;
#[cfg(target_os = "linux")]
mod servers;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the throughput bench pins processes to cores with taskset, which only Linux has");
}

#[cfg(target_os = "linux")]
fn main() {
    if let Ok(blksize) = std::env::var(echo::ENV) {
        return echo::serve(blksize.parse().unwrap());
    }
    servers::pin(std::process::id(), 1);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("files")).unwrap();
    std::fs::write(folder.path().join("files").join(phones::FILE), phones::image()).unwrap();
    let wanted = std::env::var("PARTS").unwrap_or_else(|_| "crowd alone burst screen flood".into());
    for part in wanted.split_whitespace() {
        match part {
            "crowd" => parts::crowd(folder.path()),
            "alone" => parts::alone(folder.path()),
            "burst" => parts::burst(folder.path()),
            "screen" => parts::screen(folder.path()),
            "flood" => parts::flood(folder.path()),
            other => panic!("there is no part `{other}`"),
        }
    }
}
