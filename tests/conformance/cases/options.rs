//! RFC 2347: how options are offered, accepted, refused and left out.

use super::Case;
use crate::client::{CALM, Client, Found, Heard, ensure};
use crate::subject::{Subject, content};

pub(crate) const CASES: &[Case] = &[
    Case { name: "2347: options that are granted come in an OACK before any block", run: oack_first },
    Case { name: "2347: nothing is in the OACK that was not asked for", run: only_what_was_asked },
    Case { name: "2347: an option that nobody knows is left out", run: unknown_left_out },
    Case { name: "2347: names of options are known in any case", run: any_case },
    Case { name: "2347: no block comes before ACK 0", run: waits_for_ack_0 },
    Case { name: "2347: an ERROR for the OACK ends the transfer", run: refused_offer },
    Case { name: "2347: an OACK that nobody acknowledges is sent again", run: oack_repeated },
    Case { name: "1350/4: a repeated request is the same transfer", run: repeated_request },
    Case { name: "2347: an option given twice counts once, as the OACK says it", run: given_twice },
    Case { name: "2347: only ACK 0 accepts the offer", run: only_ack_0 },
    Case { name: "2347: a request whose last option is cut off is served", run: cut_off },
];

fn oack_first(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[("blksize", "1024"), ("tsize", "0"), ("windowsize", "2"), CALM])?;
    let (_, granted) = client.oack()?;
    ensure!(granted.len() == 4, "{granted:?}");
    Ok(())
}

fn only_what_was_asked(subject: &Subject) -> Found {
    for name in ["blksize", "tsize", "timeout", "windowsize"] {
        let client = Client::new(subject)?;
        client.ask("big", &[(name, "20")])?;
        let (_, granted) = client.oack()?;
        ensure!(granted.len() == 1 && granted[0].0 == name, "{granted:?} for {name}");
    }
    Ok(())
}

fn unknown_left_out(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[("x-rate", "9"), CALM, ("multicast", "")])?;
    let (_, granted) = client.oack()?;
    ensure!(granted.len() == 1 && granted[0].0 == "timeout", "{granted:?}");
    let client = Client::new(subject)?;
    client.ask("big", &[("x-rate", "9")])?;
    client.block(1).map(|_| ())
}

fn any_case(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[("BLKSIZE", "1024"), ("TSize", "0")])?;
    let (_, granted) = client.oack()?;
    ensure!(granted.len() == 2, "{granted:?}");
    Ok(())
}

fn waits_for_ack_0(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[CALM])?;
    let (from, _) = client.oack()?;
    client.quiet("the OACK, which is not acknowledged yet")?;
    client.ack(from, 0)?;
    client.block(1).map(|_| ())
}

fn refused_offer(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[("tsize", "0"), CALM])?;
    let (from, _) = client.oack()?;
    client.error(from, 8)?;
    client.quiet("the client refused the options")
}

fn oack_repeated(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[("blksize", "1024")])?;
    let first = client.oack()?;
    let second = client.oack()?;
    ensure!(first == second, "{first:?}, then {second:?}");
    client.ack(first.0, 0)?;
    client.block(1).map(|_| ())
}

fn repeated_request(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[CALM])?;
    let (first, _) = client.oack()?;
    client.ask("big", &[CALM])?;
    let (second, _) = client.oack()?;
    ensure!(first == second, "answers from {first} and from {second}");
    client.ack(first, 0)?;
    client.block(1)?;
    client.ask("big", &[CALM])?;
    client.quiet("a late copy of the request")?;
    client.ack(first, 1)?;
    client.block(2).map(|_| ())
}

fn given_twice(subject: &Subject) -> Found {
    let options = [("blksize", "1024"), ("blksize", "600")];
    let fetched = Client::new(subject)?.fetch("big", "octet", &options)?;
    let granted = fetched.oack.unwrap_or_default();
    ensure!(granted.len() == 1, "{granted:?}");
    ensure!(
        granted[0].1 == fetched.blocks[0].to_string(),
        "{granted:?}, and a block of {}",
        fetched.blocks[0]
    );
    ensure!(fetched.octets == content("big"), "other octets");
    Ok(())
}

fn only_ack_0(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("big", &[CALM])?;
    let (from, _) = client.oack()?;
    for block in [1, 2, 65_535] {
        client.ack(from, block)?;
    }
    client.quiet("ACKs that accept nothing")?;
    client.ack(from, 0)?;
    client.block(1).map(|_| ())
}

fn cut_off(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    for rest in [&b"timeout\x00120\0blksize\0"[..], b"timeout\x00120\0blksize\x0010", b"timeout\x00120\0b"] {
        let mut datagram = b"\0\x01big\0octet\0".to_vec();
        datagram.extend_from_slice(rest);
        client.send(client.server, &datagram)?;
        match client.hear()? {
            (from, Heard::Oack(granted)) => {
                ensure!(granted == [("timeout".to_owned(), "120".to_owned())], "{granted:?}");
                client.error(from, 0)?;
                client.strays()?;
            }
            (_, other) => return Err(format!("{other:?}")),
        }
    }
    Ok(())
}
