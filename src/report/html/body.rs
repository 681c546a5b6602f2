//! The parts of the page, in the order in which a reader asks: how it went, what is left, who, when, what.

use super::{Page, clock, escaped, throughput, timeline, when};
use crate::fleet::Stage;
use crate::report::markdown::option150_lines;
use crate::report::{PhoneReport, Report, SiteReport};
use crate::timestamp::Timestamp;

/// The title of a session.
pub(super) fn title(report: &Report) -> String {
    let mark = if report.rehearsal { "Rehearsal: " } else { "" };
    format!("{mark}Recovery of {}", count(report.phones.len()))
}

/// The title of several sessions.
pub(super) fn site_title(site: &SiteReport) -> String {
    let places = site.places();
    let place = if places.is_empty() { String::new() } else { format!(" at {}", places.join(", ")) };
    format!("Recovery of {}{place}", count(site.phones.len()))
}

/// All of one session. Its heading is of `level`, and those of its parts one below.
pub(super) fn write(page: &mut Page, report: &Report, level: u8) {
    let part = format!("h{}", level + 1);
    page.text(&format!("h{level}"), &title(report));
    if report.rehearsal {
        page.text(
            "p class=\"mark\"",
            "A rehearsal: phones, loads and DHCP were made up; nothing real was touched.",
        );
    }
    if !report.ended {
        page.text(
            "p class=\"mark\"",
            "The session had not ended when this was written: it shows how far it came.",
        );
    }
    facts(page, report);
    tally(page, report);
    if !report.undone.is_empty() {
        page.text(&part, "Left to do");
        list(page, "ul class=\"todo\"", report.undone.iter().map(String::as_str));
    }
    if !report.phones.is_empty() {
        page.text(&part, "Timeline (UTC)");
        timeline::write(page, report);
        throughput::write(page, report);
    }
    page.text(&part, "Phones");
    phones(page, report.phones.iter());
    mishaps(page, report, &part);
    option150(page, report, &part);
    served(page, report, &part);
    for (title, entries) in
        [("Decided by hand", &report.overrides), ("Trouble on the laptop", &report.troubles)]
    {
        if !entries.is_empty() {
            page.text(&part, title);
            let lines: Vec<String> =
                entries.iter().map(|(at, what)| format!("{}: {what}", when(*at))).collect();
            list(page, "ul", lines.iter().map(String::as_str));
        }
    }
    if level == 1 {
        footer(page, &report.version);
    }
}

/// The head of several sessions.
pub(super) fn write_site(page: &mut Page, site: &SiteReport, title: &str) {
    page.text("h1", title);
    page.open("div class=\"tally\"");
    tile(page, &site.phones.len().to_string(), "phones");
    tile(page, &site.back().to_string(), "back on the new load");
    tile(page, &site.sessions.len().to_string(), "sessions");
    page.close("div");
    page.text("h2", "Phones of all sessions, each as it stood last");
    phones(page, site.phones.iter().map(|phone| &phone.phone));
    footer(page, env!("CARGO_PKG_VERSION"));
}

fn facts(page: &mut Page, report: &Report) {
    page.open("dl class=\"facts\"");
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            page.text("dt", name);
            page.text("dd", value);
        }
    };
    fact("Who", report.who.as_deref().unwrap_or_default());
    fact("Where", report.place.as_deref().unwrap_or_default());
    if let (Some(began), Some(until)) = (report.began, report.until) {
        let took = span(began, until);
        fact("When", &format!("{} to {} UTC ({took})", when(began), when(until)));
    }
    fact("Session", &report.session);
    fact("Program", &format!("loadlift {} ({})", report.version, report.command));
    page.close("dl");
}

fn tally(page: &mut Page, report: &Report) {
    let trouble = report.phones.iter().filter(|phone| phone.stage.is_trouble()).count();
    page.open("div class=\"tally\"");
    tile(page, &format!("{} of {}", report.back(), report.phones.len()), "back on the new load");
    tile(page, &report.confirmed().to_string(), "confirmed by their own pages");
    tile(page, &trouble.to_string(), "need a hand");
    let sent: u64 = report.phones.iter().map(|phone| phone.sent).sum();
    tile(page, &octets(sent), "taken by phones");
    tile(page, &throughput::rate(report.curve.peak()), "at the most");
    page.close("div");
}

fn tile(page: &mut Page, number: &str, says: &str) {
    page.raw(&format!("<div><b>{}</b><span>{}</span></div>\n", escaped(number), escaped(says)));
}

fn phones<'p>(page: &mut Page, phones: impl Iterator<Item = &'p PhoneReport>) {
    let phones: Vec<&PhoneReport> = phones.collect();
    if phones.is_empty() {
        page.text("p", "No phone asked for anything.");
        return;
    }
    page.raw("<div class=\"scroll\"><table>\n<thead><tr><th>Phone</th><th>Model</th><th>Address</th><th>State</th>");
    page.raw("<th>First heard</th><th>Back</th><th>Took</th><th class=\"number\">Taken</th>");
    page.raw("<th class=\"number\">Sent again</th><th>Proof</th></tr></thead>\n<tbody>\n");
    for phone in phones {
        let class = match phone.stage {
            Stage::Back => "good",
            stage if stage.is_trouble() => "bad",
            _ => "warn",
        };
        let back = phone.came_to(Stage::Back);
        let took = back.map_or_else(|| "-".to_owned(), |at| span(phone.first_heard, at));
        let proof = phone
            .proof
            .as_ref()
            .map_or_else(|| "not asked".to_owned(), |proof| format!("{} ({})", proof.words, clock(proof.at)));
        page.open("tr");
        page.text("td class=\"fixed\"", &phone.mac.map_or_else(|| "-".to_owned(), |mac| mac.to_string()));
        page.text("td", &phone.model());
        page.text("td class=\"fixed\"", &phone.address.to_string());
        page.text(&format!("td class=\"{class}\""), &phone.stage.to_string());
        page.text("td", &clock(phone.first_heard));
        page.text("td", &back.map_or_else(|| "-".to_owned(), clock));
        page.text("td class=\"fixed\"", &took);
        page.text("td class=\"number fixed\"", &octets(phone.sent));
        page.text("td class=\"number\"", &phone.retransmissions.to_string());
        page.text("td class=\"wide\"", &proof);
        page.close("tr");
    }
    page.raw("</tbody></table></div>\n");
}

fn mishaps(page: &mut Page, report: &Report, part: &str) {
    if report.phones.iter().all(|phone| phone.mishaps.is_empty()) {
        return;
    }
    page.text(part, "What went wrong, and what was advised");
    let mut told: Vec<&[String]> = Vec::new();
    page.open("ul");
    for phone in &report.phones {
        for mishap in &phone.mishaps {
            page.raw("<li>");
            page.text("span", &format!("{} {}: {}", clock(mishap.at), phone.name(), mishap.words));
            // The same advice over and over hides what is new.
            if !mishap.advice.is_empty() && !told.contains(&&mishap.advice[..]) {
                told.push(&mishap.advice);
                list(page, "ul", mishap.advice.iter().map(String::as_str));
            }
            page.close("li");
        }
    }
    page.close("ul");
}

fn option150(page: &mut Page, report: &Report, part: &str) {
    page.text(part, "Option 150");
    page.open("dl class=\"facts\"");
    for (when, says) in option150_lines(report) {
        page.text("dt", when);
        page.text("dd", &says);
    }
    page.close("dl");
    let reminders = report.option150.reminders();
    if !reminders.is_empty() {
        list(page, "ul", reminders.iter().map(String::as_str));
    }
}

fn served(page: &mut Page, report: &Report, part: &str) {
    page.text(part, "Served");
    if let Some(serving) = &report.serving {
        let interface = serving.interface.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
        let read = serving.read_back.as_deref().map(|file| format!("; {file} was read back through it"));
        page.text("p", &format!("At {}{interface}{}", serving.at, read.unwrap_or_default()));
    }
    for load in &report.loads {
        let verdict = if load.verdict.is_empty() { String::new() } else { format!(" ({})", load.verdict) };
        let source = if load.source.is_empty() { String::new() } else { format!(", from {}", load.source) };
        page.text("p", &format!("{}{verdict}{source}", load.load));
        page.open("ul class=\"files\"");
        for image in &load.images {
            let hash = load.sha256.iter().find(|(name, _)| *name == image.name);
            let hash = hash.map(|(_, hash)| format!(", SHA-256 <code>{}</code>", escaped(hash)));
            let (name, size) = (escaped(&image.name), image.octets);
            page.raw(&format!("<li>{name}: {size} octets{}</li>\n", hash.unwrap_or_default()));
        }
        page.close("ul");
    }
}

fn list<'t>(page: &mut Page, tag: &str, lines: impl Iterator<Item = &'t str>) {
    page.open(tag);
    for line in lines {
        page.text("li", line);
    }
    page.close(tag.split(' ').next().unwrap_or(tag));
}

fn footer(page: &mut Page, version: &str) {
    page.text("footer", &format!("Written by loadlift {version} from the session log. All times are UTC."));
}

fn count(phones: usize) -> String {
    if phones == 1 { "1 phone".to_owned() } else { format!("{phones} phones") }
}

/// `45 s`, `3 min 20 s`, `2 h 5 min`.
fn span(from: Timestamp, to: Timestamp) -> String {
    match to.since(from).as_secs() {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// `12.3 MB`.
fn octets(octets: u64) -> String {
    match octets {
        ..1000 => format!("{octets} B"),
        1000..1_000_000 => format!("{:.0} kB", octets as f64 / 1e3),
        _ => format!("{:.1} MB", octets as f64 / 1e6),
    }
}
