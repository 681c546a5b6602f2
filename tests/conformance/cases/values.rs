//! RFC 2348 and 2349: block sizes, file sizes, intervals.

use std::time::Duration;

use super::Case;
use crate::client::{Client, Found, Heard, ensure, request};
use crate::now;
use crate::subject::{Subject, content};

pub(crate) const CASES: &[Case] = &[
    Case { name: "2348: blocks have the size that was granted", run: sizes_hold },
    Case { name: "2348: no more is granted than was asked for", run: never_more },
    Case { name: "2348: a block size under 8 is not granted", run: too_small },
    Case { name: "2348: a block size over 65464 is not granted as it is", run: too_large },
    Case { name: "2348: what is no number is not granted", run: no_numbers },
    Case { name: "2349: tsize is answered with the octets of the file", run: tsize },
    Case { name: "2349: tsize in netascii is what will travel", run: tsize_netascii },
    Case { name: "2349: the interval that was granted is kept", run: interval_kept },
    Case { name: "2349: an interval outside 1 to 255 is not granted", run: interval_range },
];

/// What is granted of one option.
fn granted(subject: &Subject, name: &str, value: &str) -> Found<Option<u64>> {
    let client = Client::new(subject)?;
    client.ask("big", &[(name, value)])?;
    match client.hear()? {
        (from, Heard::Oack(options)) => {
            client.error(from, 8)?;
            ensure!(options.len() == 1 && options[0].0 == name, "{options:?} for {name}={value}");
            options[0].1.parse().map(Some).map_err(|_| format!("{options:?}"))
        }
        (from, Heard::Data(1, _)) => client.error(from, 0).map(|()| None),
        (_, other) => Err(format!("{other:?} for {name}={value}")),
    }
}

fn sizes_hold(subject: &Subject) -> Found {
    for size in ["8", "511", "513", "1024", "1428", "1468", "65464"] {
        let name = if size == "8" { "term45.default.loads" } else { "big" };
        let fetched = Client::new(subject)?.fetch(name, "octet", &[("blksize", size)])?;
        let told = fetched.oack.unwrap_or_default();
        ensure!(
            told.len() == 1 && told[0].1 == fetched.blocks[0].to_string(),
            "{told:?}, and {:?}",
            fetched.blocks[0]
        );
        ensure!(size == "65464" || told[0].1 == size, "{size} became {told:?}");
        ensure!(fetched.octets == content(name), "other octets in blocks of {size}");
    }
    Ok(())
}

fn never_more(subject: &Subject) -> Found {
    for size in [8, 9, 100, 500, 1000] {
        let got = granted(subject, "blksize", &size.to_string())?;
        ensure!(got.is_none_or(|got| got <= size), "{got:?} for {size}");
    }
    Ok(())
}

fn too_small(subject: &Subject) -> Found {
    for size in ["0", "1", "7"] {
        ensure!(granted(subject, "blksize", size)?.is_none(), "a block size of {size} is granted");
    }
    Ok(())
}

fn too_large(subject: &Subject) -> Found {
    for size in ["65465", "65535", "65536", "4294967304", "99999999999999999999999999"] {
        let got = granted(subject, "blksize", size)?;
        ensure!(got.is_none_or(|got| (8..=65_464).contains(&got)), "{got:?} for {size}");
    }
    Ok(())
}

fn no_numbers(subject: &Subject) -> Found {
    for name in ["blksize", "timeout", "windowsize", "tsize"] {
        for value in ["", "-1", "abc", "12x", " 12", "0x200", "1.5", "-99999999999999999999"] {
            let got = granted(subject, name, value)?;
            ensure!(got.is_none(), "{name}={value} is granted as {got:?}");
        }
    }
    Ok(())
}

fn tsize(subject: &Subject) -> Found {
    for asked in ["0", "77", "99999999999999999999999"] {
        let got = granted(subject, "tsize", asked)?;
        ensure!(got == Some(100_000), "{got:?} for {asked}");
    }
    Ok(())
}

fn tsize_netascii(subject: &Subject) -> Found {
    let fetched = Client::new(subject)?.fetch("Lines.txt", "netascii", &[("tsize", "0")])?;
    let told = fetched.oack.unwrap_or_default();
    let came = fetched.octets.len();
    ensure!(told.len() == 1 && told[0].1 == came.to_string(), "{told:?} was told, {came} came");
    Ok(())
}

fn interval_kept(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.send(client.server, &request("big", "octet", &[("timeout", "2")]))?;
    client.oack()?;
    let since = now();
    client.oack()?;
    // A late reading of the first only makes it shorter; that much late it is not.
    ensure!(since.elapsed() > Duration::from_millis(900), "repeated after {:?}, not 2 s", since.elapsed());
    Ok(())
}

fn interval_range(subject: &Subject) -> Found {
    for (value, want) in [("1", Some(1)), ("255", Some(255)), ("0", None), ("256", None), ("257", None)] {
        let got = granted(subject, "timeout", value)?;
        ensure!(got == want, "{got:?} for {value}");
    }
    let huge = granted(subject, "timeout", "18446744073709551617")?;
    ensure!(huge.is_none(), "{huge:?} for an interval of five hundred thousand million years");
    Ok(())
}
