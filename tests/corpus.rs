//! What the fuzzer tries, tried over its committed corpus: `fuzz/seeds/TARGET/*`, among them every input that ever
//! broke something. And a fixed number of random changes to each, so that the targets themselves are seen to work.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    reason = "the fuzz targets are a crate of their own"
)]

#[path = "../fuzz/src/lib.rs"]
#[expect(clippy::panic, clippy::disallowed_methods, reason = "a broken promise is a panic; time is virtual")]
mod fuzz;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use fuzz::{TARGETS, Target};

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// Change an input a little, as a fuzzer does.
fn changed(dice: &mut fastrand::Rng, mut input: Vec<u8>) -> Vec<u8> {
    for _ in 0..dice.usize(1..8) {
        let at = dice.usize(0..=input.len());
        match dice.u8(0..5) {
            0 => input.insert(at, dice.u8(..)),
            1 if at < input.len() => drop(input.remove(at)),
            2 if at < input.len() => input[at] ^= 1 << dice.u8(0..8),
            3 if at < input.len() => input[at] = *dice.choice(&[0, 1, 0x7f, 0x80, 0xff]).unwrap(),
            4 => input.truncate(at.max(1)),
            _ => {}
        }
    }
    input
}

fn try_all((name, check): Target, changes: usize) {
    let seeds = seeds(name);
    assert!(seeds.len() >= 5, "only {} seeds for {name}", seeds.len());
    for (seed, input) in seeds {
        let mut dice = fastrand::Rng::with_seed(7);
        for n in 0..=changes {
            let input = if n == 0 { input.clone() } else { changed(&mut dice, input.clone()) };
            let tried = catch_unwind(|| check(&input));
            assert!(tried.is_ok(), "{name}: seed {seed}, change {n} breaks a promise: {input:02x?}");
        }
    }
}

#[test]
fn every_target_keeps_its_promises_over_the_corpus() {
    for target in TARGETS {
        try_all(*target, 4);
    }
}

#[test]
fn a_target_that_breaks_its_promise_is_reported_with_the_input() {
    let broken: Target = ("packet", |input| assert!(input.len() < 4, "too long"));
    assert!(catch_unwind(|| try_all(broken, 0)).is_err());
}
