//! RFC 1350 sections 2, 4 and 6, and RFC 1123 section 4.2.3.1: how blocks and ACKs follow each other.

use std::time::Duration;

use super::Case;
use crate::client::{CALM, Client, Found, Heard, ensure};
use crate::now;
use crate::subject::{Subject, content};

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "1350/4: a transfer has a port of its own, or the request port in single-port mode",
        run: own_port,
    },
    Case { name: "1350/2: the first block has number 1", run: begins_with_one },
    Case { name: "1350/2: every octet arrives, in blocks of 512 and a shorter one", run: whole_file },
    Case { name: "1350/6: a file of whole blocks ends with an empty one", run: exact_multiple },
    Case { name: "1350/6: an empty file is one empty block", run: empty_file },
    Case { name: "1350/2: no block is sent before the ACK of the one before", run: lock_step },
    Case { name: "1350/2: a block that nobody acknowledges is sent again", run: repeats },
    Case { name: "1123/4.2.3.2: repeats to a silent client come ever later", run: backs_off },
    Case { name: "1350/6: after the last ACK, and its copies, nothing is sent", run: quiet_at_the_end },
    Case { name: "1123/4.2.3.1: a repeated ACK is not answered with data", run: repeated_ack },
    Case {
        name: "1123/4.2.3.1: with every ACK sent twice no block is sent twice",
        run: sorcerers_apprentice,
    },
    Case { name: "1350/1: netascii has CR LF for LF and CR NUL for CR", run: netascii },
    Case { name: "1350/5: a mode is known in any case", run: mode_in_any_case },
    Case { name: "1350/4: two transfers to one host do not mix", run: two_transfers },
    Case { name: "1350/5: block numbers wrap to 0 and the file goes on", run: wraps },
    Case { name: "1350/2: an ACK with octets behind it is an ACK", run: padded_ack },
];

fn own_port(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[])?;
    let (from, ..) = client.data()?;
    let same = from.port() == subject.address.port();
    ensure!(same == subject.single_port, "the answer came from {from}, asked was {}", subject.address);
    ensure!(from.ip() == subject.address.ip(), "the answer came from another address, {from}");
    Ok(())
}

fn begins_with_one(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[])?;
    client.block(1).map(|_| ())
}

fn whole_file(subject: &Subject) -> Found {
    for name in ["big", "term45.default.loads", "one", "short"] {
        let fetched = Client::new(subject)?.fetch(name, "octet", &[])?;
        ensure!(fetched.octets == content(name), "{name} arrived with other octets");
        let (last, full) = fetched.blocks.split_last().ok_or("no blocks")?;
        ensure!(
            full.iter().all(|block| *block == 512) && *last < 512,
            "blocks of {name}: {:?}",
            fetched.blocks
        );
        ensure!(fetched.oack.is_none(), "an OACK that nobody asked for");
    }
    Ok(())
}

fn exact_multiple(subject: &Subject) -> Found {
    for (options, blocks) in [(&[][..], vec![512, 512, 0]), (&[("blksize", "1024")], vec![1024, 0])] {
        let fetched = Client::new(subject)?.fetch("exact", "octet", options)?;
        ensure!(fetched.blocks == blocks, "blocks of {:?} instead of {blocks:?}", fetched.blocks);
    }
    Ok(())
}

fn empty_file(subject: &Subject) -> Found {
    let fetched = Client::new(subject)?.fetch("empty", "octet", &[])?;
    ensure!(fetched.blocks == [0], "blocks of {:?}", fetched.blocks);
    Ok(())
}

fn lock_step(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    for block in 1..=3 {
        client.block(block)?;
        client.quiet("one block, which is not acknowledged yet")?;
        client.ack(to, block)?;
    }
    Ok(())
}

fn repeats(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[])?;
    let to = client.block(1)?;
    client.block(1)?;
    client.ack(to, 1)?;
    let (_, block, octets) = client.data()?;
    let (_, again, the_same) = client.data()?;
    ensure!(block == 2 && again == 2 && octets == the_same, "blocks {block} and {again} after ACK 1");
    Ok(())
}

fn backs_off(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[])?;
    client.block(1)?;
    let since = now();
    client.block(1)?;
    client.block(1)?;
    // A late reading only makes it longer.
    ensure!(since.elapsed() > Duration::from_millis(150), "two repeats within {:?}", since.elapsed());
    Ok(())
}

fn quiet_at_the_end(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("term45.default.loads", &[])?;
    client.block(1)?;
    client.ack(to, 1)?;
    client.block(2)?;
    for _ in 0..3 {
        client.ack(to, 2)?;
    }
    client.quiet("the last ACK and its copies")
}

fn repeated_ack(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    client.block(1)?;
    client.ack(to, 1)?;
    client.block(2)?;
    client.ack(to, 1)?;
    client.ack(to, 0)?;
    client.quiet("a repeated ACK")?;
    client.ack(to, 2)?;
    client.block(3).map(|_| ())
}

fn sorcerers_apprentice(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[("blksize", "1024")])?;
    let mut blocks = 0;
    loop {
        let (_, block, octets) = client.data()?;
        blocks += 1;
        ensure!(block == blocks, "block {block} is packet {blocks}: something was sent twice");
        client.ack(to, block)?;
        client.ack(to, block)?;
        if octets.len() < 1024 {
            return client.quiet("the end");
        }
    }
}

fn netascii(subject: &Subject) -> Found {
    let fetched = Client::new(subject)?.fetch("Lines.txt", "netascii", &[])?;
    let mut want = Vec::new();
    for octet in content("Lines.txt") {
        match octet {
            b'\n' => want.extend_from_slice(b"\r\n"),
            b'\r' => want.extend_from_slice(b"\r\0"),
            octet => want.push(octet),
        }
    }
    ensure!(fetched.octets == want, "the text arrived with other line ends");
    Ok(())
}

fn mode_in_any_case(subject: &Subject) -> Found {
    for mode in ["OCTET", "OcTeT"] {
        let fetched = Client::new(subject)?.fetch("short", mode, &[])?;
        ensure!(fetched.octets == content("short"), "{mode} is not octet");
    }
    Ok(())
}

fn two_transfers(subject: &Subject) -> Found {
    let clients = [Client::new(subject)?, Client::new(subject)?];
    let names = ["big", "wrap"];
    let mut to = Vec::new();
    for (client, name) in clients.iter().zip(names) {
        client.ask(name, &[CALM])?;
        let (from, _) = client.oack()?;
        client.ack(from, 0)?;
        to.push(from);
    }
    for block in 1..=20_u16 {
        for ((client, name), to) in clients.iter().zip(names).zip(&to) {
            let (_, number, octets) = client.data()?;
            let start = (usize::from(block) - 1) * 512;
            let right = number == block && octets == content(name)[start..start + 512];
            ensure!(right, "{name}: block {number} where {block} was expected, or another file's octets");
            client.ack(*to, block)?;
        }
    }
    Ok(())
}

fn wraps(subject: &Subject) -> Found {
    let options = [("blksize", "8"), ("windowsize", "32")];
    let fetched = Client::new(subject)?.fetch("wrap", "octet", &options)?;
    ensure!(fetched.blocks.len() == 75_001, "{} blocks", fetched.blocks.len());
    ensure!(fetched.octets == content("wrap"), "other octets");
    Ok(())
}

fn padded_ack(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    client.block(1)?;
    let mut padded = vec![0, 4, 0, 1];
    padded.resize(46, 0);
    client.send(to, &padded)?;
    match client.hear()? {
        (_, Heard::Data(2, _)) => Ok(()),
        (_, other) => Err(format!("{other:?}")),
    }
}
