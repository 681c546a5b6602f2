//! The report as Markdown: plain enough for a ticket, and for a screen.

use std::fmt::Write as _;

use super::{AskedReport, Confirmed, PhoneReport, Report, SiteReport};
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
    if let Some(who) = &report.who {
        line(&mut out, &format!("- Who: {}", clean(who)));
    }
    if let Some(place) = &report.place {
        line(&mut out, &format!("- Where: {}", clean(place)));
    }
    let began = report.began.map(when).unwrap_or_default();
    let until = report.until.map(when).unwrap_or_default();
    line(
        &mut out,
        &format!("- Result: {} of {} back on the new load", report.back(), count(report.phones.len())),
    );
    if report.phones.iter().any(|phone| phone.proof.is_some()) {
        let confirmed = report.confirmed();
        line(&mut out, &format!("- Confirmed by the phones' own pages: {confirmed}"));
    }
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
    mishaps(&mut out, report);
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
    heading(out, "Option 150");
    for (when, says) in option150_lines(report) {
        line(out, &format!("- {when}: {says}"));
    }
    for reminder in report.option150.reminders() {
        line(out, &format!("- {}", clean(&reminder)));
    }
}

/// What option 150 named before, during and after, each with how it is known.
pub(super) fn option150_lines(report: &Report) -> [(&'static str, String); 3] {
    let option150 = &report.option150;
    let asked = |phase| option150.asked_at(phase);
    let or = |confirmed: Option<String>, otherwise: &str, phase| {
        confirmed.unwrap_or_else(|| format!("{otherwise}{}", unconfirmed(asked(phase))))
    };
    let before = option150.before.as_ref().map(|before| confirmed(before, asked(Phase::Before)));
    let during = option150.during.as_ref().map(|during| confirmed(during, asked(Phase::During)));
    let after = option150.after.as_ref().map(|after| confirmed(after, asked(Phase::After)));
    let [no_before, no_during, no_after] = if option150.bench {
        [
            "an isolated bench",
            "this laptop, which was the DHCP server of an isolated bench",
            "nothing to put back: on their own network phones are told by its DHCP",
        ]
    } else {
        ["not on record", "never confirmed", "never confirmed back"]
    };
    [
        ("Before", or(before, no_before, Phase::Before)),
        ("During", or(during, no_during, Phase::During)),
        ("After", or(after, no_after, Phase::After)),
    ]
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
    table(out, report.phones.iter());
    line(out, "");
    for phone in &report.phones {
        let stages: Vec<String> =
            phone.stages.iter().map(|(at, stage)| format!("{stage} {}", clock(*at))).collect();
        line(out, &format!("- {}: {}. {}", phone.name(), clean(&phone.words), stages.join(", ")));
        if let Some(proof) = &phone.proof {
            line(out, &format!("  - its own pages, asked {}: {}", clock(proof.at), clean(&proof.words)));
        }
    }
}

fn table<'p>(out: &mut String, phones: impl Iterator<Item = &'p PhoneReport>) {
    line(out, "| phone | model | address | state | octets | sent again |");
    line(out, "| --- | --- | --- | --- | --- | --- |");
    for phone in phones {
        let mac = phone.mac.map_or_else(|| "-".to_owned(), |mac| mac.to_string());
        let models = if phone.models.is_empty() { "-".to_owned() } else { phone.model() };
        let PhoneReport { address, stage, octets, total, retransmissions, .. } = phone;
        line(
            out,
            &format!("| {mac} | {models} | {address} | {stage} | {octets} of {total} | {retransmissions} |"),
        );
    }
}

/// What went wrong with phones, and what was advised then; the same advice once.
fn mishaps(out: &mut String, report: &Report) {
    if report.phones.iter().all(|phone| phone.mishaps.is_empty()) {
        return;
    }
    heading(out, "What went wrong");
    let mut told: Vec<&[String]> = Vec::new();
    for phone in &report.phones {
        for mishap in &phone.mishaps {
            line(out, &format!("- {} {}: {}", when(mishap.at), phone.name(), clean(&mishap.words)));
            if told.contains(&&mishap.advice[..]) {
                continue;
            }
            told.push(&mishap.advice);
            for advice in &mishap.advice {
                line(out, &format!("  - {}", clean(advice)));
            }
        }
    }
}

/// Several sessions: what became of all phones first, then each session.
pub(super) fn site(site: &SiteReport) -> String {
    let mut out = String::new();
    let places: Vec<String> = site.places().into_iter().map(clean).collect();
    let place = if places.is_empty() { String::new() } else { format!(" at {}", places.join(", ")) };
    line(&mut out, &format!("# Recovery of {}{place}", count(site.phones.len())));
    line(&mut out, "");
    line(
        &mut out,
        &format!("- Result: {} of {} back on the new load", site.back(), count(site.phones.len())),
    );
    line(&mut out, &format!("- Sessions: {}", site.sessions.len()));
    for report in &site.sessions {
        let began = report.began.map(when).unwrap_or_default();
        let (back, phones) = (report.back(), count(report.phones.len()));
        line(&mut out, &format!("  - {began}: {back} of {phones} back ({})", clean(&report.session)));
    }
    heading(&mut out, "Phones of all sessions, each as it stood last");
    if site.phones.is_empty() {
        line(&mut out, "No phone asked for anything.");
    } else {
        table(&mut out, site.phones.iter().map(|phone| &phone.phone));
    }
    for report in &site.sessions {
        line(&mut out, "");
        // One level down: the page has one title.
        for text in write(report).lines() {
            let deeper = if text.starts_with('#') { "#" } else { "" };
            line(&mut out, &format!("{deeper}{text}"));
        }
    }
    out
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
