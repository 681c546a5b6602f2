//! The timeline: a bar for each phone, over the time of the session, with what became of option 150.

use std::fmt::Write as _;

use super::axis::Axis;
use super::{Page, clock, escaped};
use crate::fleet::Stage;
use crate::report::{PhoneReport, Report};
use crate::timestamp::Timestamp;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 850.0;
const TOP: f64 = 30.0;
const ROW: f64 = 17.0;
const BAR: f64 = 11.0;
/// Rows of one picture: what fits a printed page. More phones get more pictures, each with its axis.
const ROWS: usize = 45;

/// Stages that look alike, with their words.
const LEGEND: [(&str, &str); 5] = [
    ("seen", "seen"),
    ("loading", "loading"),
    ("writing", "writing flash"),
    ("back", "back"),
    ("trouble", "needs a hand"),
];

pub(super) fn write(page: &mut Page, report: &Report) {
    if report.phones.is_empty() {
        return;
    }
    page.open("p class=\"legend\"");
    for (class, words) in LEGEND {
        let square = format!(
            "<svg viewBox=\"0 0 14 10\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"14\" height=\"10\"/></svg>"
        );
        page.raw(&format!("<span>{square}{words}</span>\n"));
    }
    page.close("p");
    for (nth, phones) in report.phones.chunks(ROWS).enumerate() {
        picture(page, report, phones, nth * ROWS);
    }
}

fn picture(page: &mut Page, report: &Report, phones: &[PhoneReport], before: usize) {
    let axis = Axis::of(report, LEFT, RIGHT);
    let bottom = TOP + ROW * phones.len() as f64;
    let height = bottom + 20.0;
    let first = before + 1;
    let label = format!("Timeline of phones {first} to {} of {}", before + phones.len(), report.phones.len());
    page.open(&format!("svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{label}\""));
    for (x, text) in axis.ticks() {
        page.raw(&format!(
            "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\n"
        ));
        let y = bottom + 14.0;
        page.raw(&format!(
            "<text class=\"small\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{text}</text>\n"
        ));
    }
    for (row, phone) in phones.iter().enumerate() {
        line(page, report, phone, &axis, TOP + ROW * row as f64);
    }
    for (row, (at, words)) in turning_points(report).into_iter().enumerate() {
        let (x, y) = (axis.x(at), 10.0 + 11.0 * (row % 2) as f64);
        let anchor = if x > f64::midpoint(LEFT, RIGHT) { "end" } else { "start" };
        page.raw(&format!(
            "<line class=\"event\" x1=\"{x:.1}\" y1=\"{y}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>\n"
        ));
        let shift = if anchor == "end" { x - 4.0 } else { x + 4.0 };
        page.raw(&format!(
            "<text class=\"small\" x=\"{shift:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{words}</text>\n"
        ));
    }
    page.close("svg");
}

/// When option 150 changed.
fn turning_points(report: &Report) -> Vec<(Timestamp, &'static str)> {
    let option150 = &report.option150;
    let during = option150.during.as_ref().map(|during| (during.at, "option 150 names this laptop"));
    let after = option150.after.as_ref().map(|after| (after.at, "option 150 is back"));
    during.into_iter().chain(after).collect()
}

fn line(page: &mut Page, report: &Report, phone: &PhoneReport, axis: &Axis, y: f64) {
    let base = y + BAR;
    page.raw(&format!(
        "<text x=\"{:.1}\" y=\"{base}\" text-anchor=\"end\">{}</text>\n",
        LEFT - 8.0,
        escaped(&phone.name())
    ));
    let until = report.until.unwrap_or(phone.last_heard);
    let mut stages = phone.stages.clone();
    if stages.first().is_none_or(|(at, _)| *at > phone.first_heard) {
        stages.insert(0, (phone.first_heard, Stage::Seen));
    }
    let ends = stages.iter().skip(1).map(|(at, _)| *at).chain([until]);
    for ((began, stage), ended) in stages.iter().zip(ends) {
        let (from, to) = (axis.x(*began), axis.x(ended));
        // What is over is a thin line: nothing happens any more.
        let (top, height) = if *stage == Stage::Back { (y + 4.0, BAR - 6.0) } else { (y + 1.0, BAR) };
        let mut tip = String::new();
        let _ = write!(tip, "{stage} {} to {}", clock(*began), clock(ended));
        let class = class(*stage);
        let width = (to - from).max(1.0);
        page.raw(&format!(
            "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height}\"><title>{tip}</title></rect>\n"
        ));
    }
    let word = escaped(&phone.stage.to_string());
    page.raw(&format!("<text x=\"{:.1}\" y=\"{base}\">{word}</text>\n", RIGHT + 8.0));
}

fn class(stage: Stage) -> &'static str {
    match stage {
        Stage::Seen => "seen",
        Stage::Loading => "loading",
        Stage::WritingFlash => "writing",
        Stage::Back => "back",
        _ => "trouble",
    }
}
