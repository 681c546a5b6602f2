//! RFC 7440: windows of blocks.

use super::Case;
use crate::client::{Client, Found, ensure};
use crate::subject::{Subject, content};

pub(crate) const CASES: &[Case] = &[
    Case { name: "7440/3: a whole window goes out for one ACK", run: whole_window },
    Case { name: "7440/3: no more than a window is under way", run: no_more },
    Case { name: "7440/4: after a gap it goes on behind the block that the ACK names", run: gap },
    Case { name: "7440/4: a window whose first block was lost is sent again at once", run: first_lost },
    Case { name: "1123/4.2.3.1: repeated ACKs of a window do not multiply", run: no_multiplying },
    Case { name: "7440/3: a window of 0 is not granted", run: no_empty_window },
    Case { name: "7440/3: one request does not draw a flood", run: bounded },
    Case { name: "7440/3: every octet arrives with any window", run: whole_file },
];

/// These blocks, in whatever order: a busy machine may turn packets round on their way from one of its cores to another.
fn blocks(client: &Client, wanted: std::ops::RangeInclusive<u16>) -> Found {
    let mut heard =
        wanted.clone().map(|_| client.data().map(|(_, block, _)| block)).collect::<Found<Vec<u16>>>()?;
    heard.sort_unstable();
    ensure!(heard.iter().copied().eq(wanted.clone()), "blocks {heard:?} instead of {wanted:?}");
    Ok(())
}

fn whole_window(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[("windowsize", "4")])?;
    blocks(&client, 1..=4)?;
    client.ack(to, 4)?;
    blocks(&client, 5..=8)
}

fn no_more(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[("windowsize", "4")])?;
    blocks(&client, 1..=4)?;
    client.quiet("a whole window")?;
    client.ack(to, 4)?;
    blocks(&client, 5..=8)?;
    client.quiet("the next window")
}

fn gap(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[("windowsize", "4")])?;
    blocks(&client, 1..=4)?;
    // Later than a round trip: a server may take what comes sooner for a word on what it sent before.
    client.quiet("a whole window")?;
    client.ack(to, 2)?;
    blocks(&client, 3..=6)?;
    client.quiet("a window that begins behind the gap")
}

fn first_lost(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[("windowsize", "4")])?;
    blocks(&client, 1..=4)?;
    client.ack(to, 4)?;
    blocks(&client, 5..=8)?;
    client.quiet("the next window")?;
    client.ack(to, 4)?;
    blocks(&client, 5..=8)
}

fn no_multiplying(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[("windowsize", "4")])?;
    blocks(&client, 1..=4)?;
    for _ in 0..20 {
        client.ack(to, 0)?;
    }
    let strays = client.strays()?;
    ensure!(strays.len() <= 4, "{} packets for copies of one ACK", strays.len());
    Ok(())
}

fn no_empty_window(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("short", &[("windowsize", "0")])?;
    client.block(1).map(|_| ())
}

fn bounded(subject: &Subject) -> Found {
    for asked in ["65", "65535", "65536", "4294967297"] {
        let client = Client::new(subject)?;
        client.ask("big", &[("windowsize", asked)])?;
        let (from, granted) = client.oack()?;
        client.error(from, 8)?;
        let got = granted.first().and_then(|(_, value)| value.parse::<u64>().ok());
        ensure!(got.is_some_and(|got| (1..=64).contains(&got)), "{granted:?} for {asked}");
    }
    Ok(())
}

fn whole_file(subject: &Subject) -> Found {
    for window in ["1", "2", "7", "64"] {
        for size in ["512", "1000"] {
            let options = [("windowsize", window), ("blksize", size)];
            let fetched = Client::new(subject)?.fetch("big", "octet", &options)?;
            ensure!(fetched.octets == content("big"), "other octets with a window of {window}");
        }
    }
    Ok(())
}
