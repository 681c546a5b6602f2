//! The report as Markdown: plain enough for a ticket, and for a screen.

use std::fmt::Write as _;

use super::{AskedReport, Confirmed, PhoneReport, Report};
use crate::error::printable;
use crate::journal::{How, Phase};
use crate::timestamp::Timestamp;

/// Write it.
pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    let mark = if report.rehearsal { "REHEARSAL: " } else { "" };
    line(&mut out, &format!("# {mark}Recovery of {}", count(report.phones.len())));
    line(&mut out, "");
    if report.rehearsal {
        line(&mut out, "Phones, loads and DHCP were made up; nothing real was touched.");
        line(&mut out, "");
    }
    let began = report.began.map(when).unwrap_or_default();
    let until = report.until.map(when).unwrap_or_default();
    line(
        &mut out,
        &format!("- Result: {} of {} back on the new load", report.back(), count(report.phones.len())),
    );
    line(&mut out, &format!("- Time: {began} to {until}"));
    if !report.ended {
        line(&mut out, "- The session had not ended when this was written.");
    }
    line(&mut out, &format!("- Program: loadlift {} ({})", report.version, report.command));
    option150(&mut out, report);
    if !report.undone.is_empty() {
        heading(&mut out, "Left to do");
        for undone in &report.undone {
            line(&mut out, &format!("- {}", clean(undone)));
        }
    }
    phones(&mut out, report);
    served(&mut out, report);
    for (title, entries) in [("Decided by hand", &report.overrides), ("Trouble", &report.troubles)] {
        if !entries.is_empty() {
            heading(&mut out, title);
        }
        for (at, what) in entries {
            line(&mut out, &format!("- {}: {}", when(*at), clean(what)));
        }
    }
    out
}

fn option150(out: &mut String, report: &Report) {
    let option150 = &report.option150;
    heading(out, "Option 150");
    let asked = |phase| option150.asked_at(phase);
    match &option150.before {
        Some(before) => line(out, &format!("- Before: {}", confirmed(before, asked(Phase::Before)))),
        None => line(out, &format!("- Before: not on record{}", unconfirmed(asked(Phase::Before)))),
    }
    match &option150.during {
        Some(during) => line(out, &format!("- During: {}", confirmed(during, asked(Phase::During)))),
        None => line(out, &format!("- During: never confirmed{}", unconfirmed(asked(Phase::During)))),
    }
    match &option150.after {
        Some(after) => line(out, &format!("- After: {}", confirmed(after, asked(Phase::After)))),
        None => line(out, &format!("- After: never confirmed back{}", unconfirmed(asked(Phase::After)))),
    }
    for reminder in option150.reminders() {
        line(out, &format!("- {}", clean(&reminder)));
    }
}

/// What DHCP said where nobody came to confirm anything.
fn unconfirmed(asked: Option<&AskedReport>) -> String {
    match asked {
        None => String::new(),
        Some(asked) if asked.answers.is_empty() => {
            format!("; DHCP was asked {}, and nobody answered", when(asked.at))
        }
        Some(asked) => {
            format!("; asked of DHCP {}: {} ({})", when(asked.at), asked.value, asked.told_by())
        }
    }
}

/// A value, how it is known, and by whom; where it is somebody's word, what DHCP said beside it.
fn confirmed<T: std::fmt::Display>(confirmed: &Confirmed<T>, asked: Option<&AskedReport>) -> String {
    let by = confirmed.by.as_deref().map(|by| format!(" by {}", clean(by))).unwrap_or_default();
    let said = asked.map(|asked| {
        if asked.answers.is_empty() {
            format!("DHCP was asked {}, and nobody answered", when(asked.at))
        } else {
            format!("asked of DHCP {}: {}", when(asked.at), asked.told_by())
        }
    });
    match (confirmed.how, said) {
        (How::Probed, Some(said)) => {
            let by = if by.is_empty() { String::new() } else { format!("; confirmed{by}") };
            format!("{} ({said}{by})", confirmed.value)
        }
        (How::Probed, None) => format!("{} (asked of DHCP{by}, {})", confirmed.value, when(confirmed.at)),
        (How::ByHand, said) => {
            let why = confirmed.why.as_deref().map(|why| format!(", because: {}", clean(why)));
            let said = match (said, asked) {
                (Some(said), Some(asked)) if !asked.answers.is_empty() => {
                    format!("; {said}, option 150 {}", asked.value)
                }
                (Some(said), _) => format!("; {said}"),
                (None, _) => "; DHCP was not asked".to_owned(),
            };
            let why = why.unwrap_or_default();
            format!("{} (by hand{by}, {}{why}{said})", confirmed.value, when(confirmed.at))
        }
    }
}

fn phones(out: &mut String, report: &Report) {
    heading(out, "Phones");
    if report.phones.is_empty() {
        line(out, "No phone asked for anything.");
        return;
    }
    line(out, "| phone | model | address | state | octets | sent again |");
    line(out, "| --- | --- | --- | --- | --- | --- |");
    for phone in &report.phones {
        let mac = phone.mac.map_or_else(|| "-".to_owned(), |mac| mac.to_string());
        let models = if phone.models.is_empty() { "-".to_owned() } else { phone.models.join(" or ") };
        let PhoneReport { address, stage, octets, total, retransmissions, .. } = phone;
        line(
            out,
            &format!("| {mac} | {models} | {address} | {stage} | {octets} of {total} | {retransmissions} |"),
        );
    }
    line(out, "");
    for phone in &report.phones {
        let name = phone.mac.map_or_else(|| phone.address.to_string(), |mac| mac.to_string());
        let stages: Vec<String> =
            phone.stages.iter().map(|(at, stage)| format!("{stage} {}", clock(*at))).collect();
        line(out, &format!("- {name}: {}. {}", clean(&phone.words), stages.join(", ")));
    }
}

fn served(out: &mut String, report: &Report) {
    heading(out, "Served");
    if let Some(serving) = &report.serving {
        let interface =
            serving.interface.as_deref().map(|name| format!(" ({})", clean(name))).unwrap_or_default();
        let read =
            serving.read_back.as_deref().map(|file| format!(", {} was read back through it", clean(file)));
        line(out, &format!("- At {}{interface}{}", serving.at, read.unwrap_or_default()));
    }
    for load in &report.loads {
        let verdict = if load.verdict.is_empty() { String::new() } else { format!(" ({})", load.verdict) };
        let source =
            if load.source.is_empty() { String::new() } else { format!(", from {}", clean(&load.source)) };
        line(out, &format!("- {}{verdict}{source}", clean(&load.load)));
        for image in &load.images {
            let hash = load.sha256.iter().find(|(name, _)| *name == image.name);
            let hash = hash.map(|(_, hash)| format!(", SHA-256 {hash}")).unwrap_or_default();
            line(out, &format!("  - {}: {} octets{hash}", clean(&image.name), image.octets));
        }
    }
}

fn heading(out: &mut String, title: &str) {
    let _ = write!(out, "\n## {title}\n\n");
}

fn line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn count(phones: usize) -> String {
    if phones == 1 { "1 phone".to_owned() } else { format!("{phones} phones") }
}

/// Text from outside: no control characters, and no cell of a table more than there is.
fn clean(text: &str) -> String {
    printable(text, 400).replace('|', "/")
}

/// `2026-11-23 12:45:01 UTC`.
fn when(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {} UTC", text.get(..10).unwrap_or_default(), text.get(11..19).unwrap_or_default())
}

fn clock(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}
