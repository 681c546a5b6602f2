//! RFC 1350 sections 4, 5 and 7: who is refused, how, and who is not disturbed by it.

use super::Case;
use crate::client::{Client, Found, Heard, ensure, request};
use crate::subject::Subject;

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "1350/4: a packet from another port does not move the transfer on",
        run: stranger_moves_nothing,
    },
    Case { name: "1350/4: a packet from another port gets error 5", run: stranger_is_told },
    Case { name: "1350/4: a packet from another port does not end the transfer", run: stranger_ends_nothing },
    Case { name: "1350/4: an ERROR is never answered", run: errors_unanswered },
    Case { name: "1350/5: a file that is not there is error 1", run: not_found },
    Case { name: "1350/5: the text of an ERROR is ended by NUL", run: error_text_is_ended },
    Case { name: "1350/5: a request to write is error 2 and takes nothing", run: no_writing },
    Case { name: "1350/5: a mode that is none is refused", run: unknown_mode },
    Case { name: "1350/7: an ERROR of the client ends the transfer", run: client_error_ends },
    Case { name: "1350/5: a request whose texts are not ended is error 4", run: unended },
    Case { name: "1350/5: a request without a name is refused", run: no_name },
];

fn stranger_moves_nothing(subject: &Subject) -> Found {
    let (client, stranger) = (Client::new(subject)?, Client::new(subject)?);
    let to = client.begin("big", &[])?;
    client.block(1)?;
    stranger.ack(to, 1)?;
    stranger.strays()?;
    client.quiet("a stranger's ACK")?;
    client.ack(to, 1)?;
    client.block(2).map(|_| ())
}

fn stranger_is_told(subject: &Subject) -> Found {
    let (client, stranger) = (Client::new(subject)?, Client::new(subject)?);
    let to = client.begin("big", &[])?;
    stranger.ack(to, 1)?;
    stranger.refused(5)
}

fn stranger_ends_nothing(subject: &Subject) -> Found {
    let (client, stranger) = (Client::new(subject)?, Client::new(subject)?);
    let to = client.begin("big", &[])?;
    client.block(1)?;
    stranger.ack(to, 1)?;
    stranger.error(to, 3)?;
    stranger.strays()?;
    client.ack(to, 1)?;
    client.block(2).map(|_| ())
}

fn errors_unanswered(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.error(subject.address, 1)?;
    client.quiet("an ERROR to the request port")?;
    let other = Client::new(subject)?;
    let to = other.begin("big", &[])?;
    client.error(to, 5)?;
    client.quiet("an ERROR to a transfer's port")
}

fn not_found(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    for name in ["nothing", "big.", "bi", "term45.default.loads2"] {
        client.ask(name, &[("tsize", "0")])?;
        client.refused(1)?;
    }
    Ok(())
}

fn error_text_is_ended(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.ask("nothing", &[])?;
    match client.hear()? {
        (_, Heard::Error(_, text)) if text.len() > 1 && text.find('\0') == Some(text.len() - 1) => Ok(()),
        (_, other) => Err(format!("{other:?}")),
    }
}

fn no_writing(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    for mode in ["octet", "netascii"] {
        let mut datagram = request("new-file", mode, &[("tsize", "3")]);
        datagram[1] = 2;
        client.send(client.server, &datagram)?;
        client.refused(2)?;
    }
    client.ask("new-file", &[])?;
    client.refused(1)
}

fn unknown_mode(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    for mode in ["mail", "", "octets", "binary"] {
        client.send(client.server, &request("short", mode, &[]))?;
        match client.hear()? {
            (_, Heard::Error(..)) => {}
            (_, other) => return Err(format!("{other:?} for the mode `{mode}`")),
        }
    }
    Ok(())
}

fn client_error_ends(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    let to = client.begin("big", &[])?;
    client.block(1)?;
    client.error(to, 3)?;
    client.ack(to, 1)?;
    let strays = client.strays()?;
    let none = strays.iter().all(|heard| matches!(heard, Heard::Error(5, _)));
    ensure!(none, "{strays:?} after the client's own ERROR");
    Ok(())
}

fn unended(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    for datagram in [&b"\0\x01short"[..], b"\0\x01short\0octet", b"\0\x01"] {
        client.send(client.server, datagram)?;
        client.refused(4)?;
    }
    Ok(())
}

fn no_name(subject: &Subject) -> Found {
    let client = Client::new(subject)?;
    client.send(client.server, b"\0\x01\0octet\0")?;
    match client.hear()? {
        (_, Heard::Error(..)) => Ok(()),
        (_, other) => Err(format!("{other:?} for no name at all")),
    }
}
