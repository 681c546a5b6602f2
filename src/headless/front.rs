//! The fronts of a session without a screen: a line for each change, or a JSON object for each event.

use std::io::{self, Write};

use crate::error::printable;
use crate::fleet::Fleet;
use crate::journal::{Event, Record};
use crate::preflight;
use crate::session::Front;
use crate::timestamp::Timestamp;

/// Which events get a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Changes of a phone's stage: a recovery.
    Stages,
    /// Each file that was asked for: a plain folder is served, and stages mean nothing.
    Files,
}

/// Words for a record as one line, without its end; `None` for what is not worth a line.
pub fn line(record: &Record, began: Timestamp, detail: Detail) -> Option<String> {
    let seconds = record.at.since(began).as_secs();
    let clock = format!("{:3}:{:02}", seconds / 60, seconds % 60);
    let text = match (&record.event, detail) {
        (Event::Stage { phone, mac, model, words, .. }, Detail::Stages) => {
            let model = model.as_deref().map(|model| format!(" {model}")).unwrap_or_default();
            let mac = mac.map(|mac| format!(" {mac}")).unwrap_or_default();
            format!("{phone}{model}{mac}: {words}")
        }
        (Event::Proof { phone, proof }, Detail::Stages) => format!("{phone}: {}", proof.words(None)),
        (Event::Served { phone, octets, millis, transfer, .. }, Detail::Files) => {
            format!("{phone} took {octets} octets in {:.1} s (transfer {transfer})", *millis as f64 / 1000.0)
        }
        (Event::Asked { phone, file, octets, transfer, .. }, Detail::Files) => {
            format!("{phone} asks for {} of {octets} octets (transfer {transfer})", printable(file, 80))
        }
        (Event::Refused { phone, file, reason }, Detail::Files) => {
            format!("{phone} asked for {}: {}", printable(file, 80), reason)
        }
        (Event::Aborted { phone, transfer, message, .. }, Detail::Files) => {
            format!("{phone} ended transfer {transfer}: {}", printable(message, 80))
        }
        (Event::Unanswered { phone, transfer, .. }, Detail::Files) => {
            format!("{phone} stopped answering (transfer {transfer})")
        }
        (Event::Faulted { phone, transfer, .. }, _) => {
            format!("{phone}: transfer {transfer} was ended by a fault of loadlift; please report it")
        }
        (Event::Dhcp(dhcp), _) => printable(&dhcp.words()?, 400),
        (Event::Trouble { message }, _) => printable(message, 400),
        (Event::Symptom { title, next, code }, _) => {
            let mut lines = vec![format!("{title} [{code}]")];
            lines.extend(next.iter().map(|step| format!("        - {step}")));
            lines.join("\n")
        }
        (Event::Neighbour { .. }, _) => return None,
        (other, _) => printable(&preflight::words(other)?, 400),
    };
    Some(format!("{clock}  {text}"))
}

/// One line for each change.
pub struct Lines<W> {
    out: W,
    began: Timestamp,
    detail: Detail,
}

impl<W: Write> Lines<W> {
    /// Lines to `out`, with the time since `began` before each.
    pub fn new(out: W, began: Timestamp, detail: Detail) -> Self {
        Self { out, began, detail }
    }
}

impl<W: Write> Front for Lines<W> {
    fn record(&mut self, record: &Record, _: &Fleet) -> io::Result<()> {
        match line(record, self.began, self.detail) {
            Some(line) => writeln!(self.out, "{line}").and_then(|()| self.out.flush()),
            None => Ok(()),
        }
    }

    fn tick(&mut self, _: &Fleet, _: Timestamp) -> io::Result<()> {
        Ok(())
    }
}

/// One JSON object a line for each record, the same as in the session log.
pub struct JsonLines<W> {
    out: W,
}

impl<W: Write> JsonLines<W> {
    /// JSON lines to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Front for JsonLines<W> {
    fn record(&mut self, record: &Record, _: &Fleet) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }

    fn tick(&mut self, _: &Fleet, _: Timestamp) -> io::Result<()> {
        Ok(())
    }
}
