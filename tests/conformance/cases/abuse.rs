//! What broken and hostile clients do, and what must not come of it.

use std::net::{Ipv4Addr, UdpSocket};

use super::Case;
use crate::client::{CALM, Client, Found, Heard, ensure, request};
use crate::subject::{Subject, content};

pub(crate) const CASES: &[Case] = &[
    Case { name: "abuse: truncated and senseless packets disturb nobody", run: noise },
    Case { name: "abuse: an ACK of a block that was not sent skips nothing", run: future_acks },
    Case { name: "abuse: names are keys and never paths", run: names },
    Case { name: "abuse: a long name draws a short answer", run: long_name },
    Case { name: "field: names match without regard to case", run: case_of_names },
    Case { name: "field: another file from the same port is served at once", run: another_file },
    Case { name: "field: the next transfer to the same port has another id", run: another_id },
    Case { name: "abuse: opcodes out of turn do not end a transfer", run: out_of_turn },
    Case {
        name: "abuse: ten thousand copies of a request draw no more answers than there are",
        run: ten_thousand,
    },
    Case {
        name: "field: a client that failed half-way gets the same file from the same port",
        run: comes_back,
    },
    Case { name: "field: a client that is gone disturbs nobody", run: goes_away },
];

fn noise(subject: &Subject) -> Found {
    let (client, other) = (Client::new(subject)?, Client::new(subject)?);
    let to = client.begin("big", &[])?;
    client.block(1)?;
    for from in [&client, &other] {
        for target in [to, subject.address] {
            let huge = vec![0xff; 65_507];
            let long_ack = [&b"\0\x04\xff\xf0"[..], &vec![0; 60_000]].concat();
            for datagram in [
                &b""[..],
                b"\0",
                b"\0\0",
                b"\0\x03",
                b"\0\x03\0",
                b"\0\x04",
                b"\0\x04\0",
                b"\0\x05",
                b"\0\x05\0",
                b"\0\x07\0\0",
                b"\x01\x04\0\x01",
                b"\xff\xff\xff\xff",
                &huge,
                &long_ack,
            ] {
                from.send(target, datagram)?;
            }
        }
    }
    other.strays()?;
    let strays = client.strays()?;
    ensure!(strays.iter().all(|heard| matches!(heard, Heard::Error(..))), "{strays:?}");
    client.ack(to, 1)?;
    client.block(2).map(|_| ())
}

fn future_acks(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    client.block(1)?;
    for block in [2, 3, 100, 196, 32_768, 65_535] {
        client.ack(to, block)?;
    }
    client.quiet("ACKs of blocks that were not sent")?;
    client.ack(to, 1)?;
    client.block(2).map(|_| ())
}

fn names(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    for name in [
        "../short",
        "..\\short",
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "x/../short",
        "./../short",
        "C:\\short",
        "c:short",
        "C:/Windows/win.ini",
        "\\\\server\\share\\short",
        "//short",
        "%2e%2e/short",
        "%73hort",
        "short%00",
        "short/",
        "short/.",
        "short ",
        "short.",
        "short::$DATA",
        ".",
        "..",
        "/",
        "CON",
        "~",
        "*",
        "sh*rt",
        "big\nshort",
    ] {
        client.ask(name, &[])?;
        match client.hear()? {
            (_, Heard::Error(1, _)) => {}
            (_, other) => return Err(format!("{other:?} for `{name}`")),
        }
    }
    for name in [&b"\xff\xfe"[..], b"short\xc3", b"\x80short", b"\xed\xa0\x80"] {
        let datagram = [&b"\0\x01"[..], name, b"\0octet\0"].concat();
        client.send(client.server, &datagram)?;
        match client.hear()? {
            (_, Heard::Error(1, _)) => {}
            (_, other) => return Err(format!("{other:?} for {name:?}")),
        }
    }
    Ok(())
}

fn long_name(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    for octets in [256, 5_000, 60_000] {
        client.ask(&"a".repeat(octets), &[])?;
        match client.hear()? {
            (_, Heard::Error(1, text)) => ensure!(text.len() <= 512, "a text of {} octets", text.len()),
            (_, other) => return Err(format!("{other:?} for a name of {octets} octets")),
        }
    }
    Ok(())
}

fn case_of_names(subject: &Subject) -> Found {
    for name in ["TERM45.default.LOADS", "/term45.Default.loads", "./term45.default.loads"] {
        let fetched = Client::new(subject)?.fetch(name, "octet", &[])?;
        ensure!(fetched.octets == content("term45.default.loads"), "{name} is something else");
    }
    Ok(())
}

fn another_file(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    client.block(1)?;
    client.ack(to, 1)?;
    client.block(2)?;
    let fetched = client.fetch("term45.default.loads", "octet", &[])?;
    ensure!(fetched.octets == content("term45.default.loads"), "the first file's octets");
    Ok(())
}

fn another_id(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let first = client.begin("big", &[])?;
    client.block(1)?;
    client.ask("term45.default.loads", &[CALM])?;
    let (second, _) = client.oack()?;
    ensure!(first != second || subject.single_port, "both transfers are at {first}");
    Ok(())
}

fn out_of_turn(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    client.block(1)?;
    let mut write = request("x", "octet", &[]);
    write[1] = 2;
    for datagram in [&b"\0\x03\0\x01data"[..], b"\0\x06blksize\x008\0", b"\0\x06", &write] {
        client.send(to, datagram)?;
    }
    if !subject.single_port {
        client.send(to, &request("short", "octet", &[]))?;
    }
    let strays = client.strays()?;
    let answers = strays.iter().filter(|heard| !matches!(heard, Heard::Error(..))).count();
    ensure!(answers == 0, "{strays:?}");
    client.ack(to, 1)?;
    client.block(2).map(|_| ())
}

fn ten_thousand(subject: &Subject) -> Found {
    const COPIES: usize = 10_000;
    let client = Client::new(subject)?;
    let mut answers = 0;
    for _ in 0..COPIES / 50 {
        // A few at a time, each time until all is answered: no buffer overflows, and what is lost is not counted.
        for _ in 0..50 {
            client.ask("big", &[CALM])?;
        }
        let heard = client.strays()?;
        ensure!(heard.iter().all(|heard| matches!(heard, Heard::Oack(_))), "{:?}", heard.first());
        answers += heard.len();
    }
    ensure!((1..=COPIES).contains(&answers), "{answers} answers to {COPIES} copies of a request");
    let fetched = Client::new(subject)?.fetch("big", "octet", &[])?;
    ensure!(fetched.octets == content("big"), "another client gets other octets");
    Ok(())
}

fn comes_back(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    client.block(1)?;
    client.ack(to, 1)?;
    client.block(2)?;
    client.error(to, 3)?;
    client.strays()?;
    client.ask("big", &[CALM])?;
    let (from, _) = client.oack()?;
    client.ack(from, 0)?;
    client.block(1).map(|_| ())
}

fn goes_away(subject: &Subject) -> Found {
    // The ports of those who are gone are free again: an answer to one must not reach another client, of this case or of
    // one beside it. macOS has but one address of loopback.
    let elsewhere = if cfg!(target_os = "macos") { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(127, 0, 0, 2) };
    let client = Client::new(subject)?;
    for _ in 0..50 {
        let gone = UdpSocket::bind((elsewhere, 0)).map_err(|error| error.to_string())?;
        gone.send_to(&request("big", "octet", &[("windowsize", "16")]), subject.address)
            .map_err(|error| error.to_string())?;
    }
    let fetched = client.fetch("big", "octet", &[("blksize", "1024")])?;
    ensure!(fetched.octets == content("big"), "other octets");
    Ok(())
}
