//! Whole transfers over bad links, and with phones that pause.

use std::time::Duration;

use loadlift::tftp::transfer::Outcome;

use super::image;
use super::link::{Pauses, link, run, run_with_pauses};

#[test]
fn an_image_survives_loss_duplication_and_reordering_at_every_block_and_window_size() {
    for seed in 0..30 {
        for options in [&[][..], &[("blksize", "1428")], &[("blksize", "1024"), ("windowsize", "8")]] {
            let (outcome, got, took, _) = run(100_000, options, link(seed, 0.05, 0.05, 3));
            let story = format!("seed {seed}, {options:?}, {outcome:?}");
            assert!(matches!(outcome, Outcome::Served | Outcome::Unanswered { all_sent: true }), "{story}");
            assert!(got == image(100_000), "{story}: {} octets arrived, not those sent", got.len());
            assert!(took < Duration::from_secs(120), "{story} took {took:?}");
        }
    }
}

#[test]
fn a_lost_packet_costs_tens_of_milliseconds_and_not_seconds() {
    let (_, _, clean, _) = run(1_000_000, &[], link(1, 0.0, 0.0, 0));
    for seed in 0..5 {
        let (_, _, took, _) = run(1_000_000, &[], link(seed, 0.01, 0.0, 0));
        assert!(took < clean * 2, "seed {seed}: {took:?} with 1 % loss each way, {clean:?} without");
    }
}

#[test]
fn duplicated_packets_never_multiply() {
    for seed in 0..10 {
        for options in [&[][..], &[("windowsize", "8")]] {
            let (outcome, got, _, packets) = run(200_000, options, link(seed, 0.0, 1.0, 0));
            assert_eq!((outcome, got.len()), (Outcome::Served, 200_000), "seed {seed}, {options:?}");
            let blocks = 200_000 / 512 + 2;
            // Plain: not one more. With a window the receiver answers every duplicate with an ACK that may name a
            // gap, and each such ACK may send a part of the window again: linear in the window, never a cascade.
            let most = if options.is_empty() { blocks } else { 8 * blocks };
            assert!(packets <= most, "seed {seed}, {options:?}: {packets} packets for {blocks} blocks");
        }
    }
}

#[test]
fn one_packet_in_five_lost_is_slow_but_arrives() {
    for seed in 0..10 {
        let (outcome, got, took, _) = run(200_000, &[], link(seed, 0.2, 0.0, 0));
        assert!(got == image(200_000), "seed {seed}: {} octets, {outcome:?}, {took:?}", got.len());
    }
}

const EIGHT_MB: usize = 8_000_000;

#[test]
fn eight_megabytes_with_one_percent_lost_each_way_take_at_most_twice_as_long_and_with_five_six_times() {
    // A round trip of 1 ms; the phone itself repeats only after a second.
    let (_, _, clean, _) = run(EIGHT_MB, &[], link(1, 0.0, 0.0, 0));
    assert!((Duration::from_secs(15)..Duration::from_secs(17)).contains(&clean), "{clean:?} without loss");
    for (loss, times) in [(0.01, 2), (0.05, 6)] {
        for seed in 0..2 {
            let (outcome, got, took, _) = run(EIGHT_MB, &[], link(seed, loss, 0.0, 0));
            assert!(got == image(EIGHT_MB), "seed {seed}, {outcome:?}: other octets");
            assert!(took <= clean * times, "seed {seed}, loss {loss}: {took:?}, and {clean:?} without");
        }
    }
}

#[test]
fn eight_megabytes_arrive_with_one_packet_in_five_lost_each_way() {
    let (outcome, got, took, _) = run(EIGHT_MB, &[], link(3, 0.2, 0.0, 0));
    assert!(got == image(EIGHT_MB), "{outcome:?} after {took:?}: {} octets", got.len());
}

#[test]
fn a_phone_that_writes_flash_between_blocks_is_not_taken_for_a_loss() {
    for millis in [300, 700, 1500, 3000] {
        let pauses: Pauses = (1..20).map(|n| (n * 90, Duration::from_millis(millis))).collect();
        let count = u32::try_from(pauses.len()).unwrap();
        for options in [&[][..], &[("blksize", "1428")], &[("windowsize", "8")]] {
            let ran = run_with_pauses(EIGHT_MB / 8, options, link(1, 0.0, 0.0, 0), pauses.clone());
            assert_eq!(ran.outcome, Outcome::Served, "{millis} ms, {options:?}");
            assert!(ran.got == image(EIGHT_MB / 8), "{millis} ms, {options:?}: other octets");
            let window = if options.first().is_some_and(|(name, _)| *name == "windowsize") { 8 } else { 1 };
            let most = 5 * count * window;
            assert!(
                ran.repeats <= most,
                "{} repeats in {count} pauses of {millis} ms, {options:?}",
                ran.repeats
            );
        }
    }
}
