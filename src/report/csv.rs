//! The report as CSV (RFC 4180): one row a phone, the same columns whatever happened.

use super::{PhoneReport, Report};
use crate::fleet::Stage;
use crate::phone_pages::{Facts, Proof};
use crate::timestamp::Timestamp;

/// The columns; their names are a promise.
const COLUMNS: [&str; 24] = [
    "session",
    "who",
    "place",
    "mac",
    "address",
    "model",
    "load",
    "stage",
    "words",
    "first_heard",
    "loading",
    "writing_flash",
    "back",
    "seconds",
    "octets",
    "octets_of_load",
    "octets_sent",
    "retransmissions",
    "mishaps",
    "proof",
    "confirmed",
    "runs",
    "asks",
    "serial",
];

/// Write a row for each phone, with the session that it is of.
pub(super) fn write<'r>(phones: impl IntoIterator<Item = (&'r Report, &'r PhoneReport)>) -> String {
    let mut out = String::new();
    row(&mut out, COLUMNS.map(str::to_owned));
    for (report, phone) in phones {
        {
            let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
            let back = phone.came_to(Stage::Back);
            let took = back.map(|back| back.since(phone.first_heard).as_secs().to_string());
            let facts = match phone.proof.as_ref().map(|proof| &proof.proof) {
                Some(Proof::Says(facts)) => facts.clone(),
                _ => Facts::default(),
            };
            let mishaps: Vec<String> = phone.mishaps.iter().map(|mishap| mishap.words.clone()).collect();
            let asks: Vec<String> = facts.tftp.iter().map(ToString::to_string).collect();
            let confirmed = phone.proof.as_ref().map(|proof| if proof.confirmed { "yes" } else { "no" });
            row(
                &mut out,
                [
                    report.session.clone(),
                    report.who.clone().unwrap_or_default(),
                    report.place.clone().unwrap_or_default(),
                    phone.mac.map(|mac| mac.to_string()).unwrap_or_default(),
                    phone.address.to_string(),
                    phone.model(),
                    phone.load.clone().unwrap_or_default(),
                    phone.stage.to_string(),
                    phone.words.clone(),
                    phone.first_heard.to_string(),
                    at(phone.came_to(Stage::Loading)),
                    at(phone.came_to(Stage::WritingFlash)),
                    at(back),
                    took.unwrap_or_default(),
                    phone.octets.to_string(),
                    phone.total.to_string(),
                    phone.sent.to_string(),
                    phone.retransmissions.to_string(),
                    mishaps.join("; "),
                    phone.proof.as_ref().map(|proof| proof.words.clone()).unwrap_or_default(),
                    confirmed.unwrap_or_default().to_owned(),
                    facts.runs().unwrap_or_default().to_owned(),
                    asks.join(" "),
                    facts.serial.clone().unwrap_or_default(),
                ],
            );
        }
    }
    out
}

fn row<const N: usize>(out: &mut String, cells: [String; N]) {
    out.push_str(&cells.map(|cell| quoted(&cell)).join(","));
    out.push_str("\r\n");
}

/// A cell. Text from outside that a spreadsheet would take for a formula gets a mark in front.
fn quoted(cell: &str) -> String {
    let cell = crate::error::printable(cell, 2000);
    let formula = cell.starts_with(['=', '+', '-', '@']);
    let cell = if formula { format!("'{cell}") } else { cell };
    if cell.contains(['"', ',', ';', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_its_row_and_is_no_formula() {
        assert_eq!(quoted("a,b \"c\""), "\"a,b \"\"c\"\"\"");
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted("a\r\nb"), "a\u{fffd}\u{fffd}b");
        assert_eq!(quoted("SCCP45.8-5-2S"), "SCCP45.8-5-2S");
    }
}
