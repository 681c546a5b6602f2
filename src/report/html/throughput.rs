//! The curve of throughput over the time of the session.

use std::fmt::Write as _;

use super::Page;
use super::axis::Axis;
use crate::report::Report;
use crate::timestamp::Timestamp;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 850.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 132.0;

pub(super) fn write(page: &mut Page, report: &Report) {
    let curve = &report.curve;
    if curve.octets.iter().all(|&octets| octets == 0) {
        return;
    }
    let axis = Axis::of(report, LEFT, RIGHT);
    let top = round_up(curve.peak());
    let y = |rate: f64| BOTTOM - (rate / top).clamp(0.0, 1.0) * (BOTTOM - TOP);
    let height = BOTTOM + 20.0;
    page.open(&format!(
        "svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"Throughput, at most {}\"",
        rate(curve.peak())
    ));
    for share in [0.0, 0.5, 1.0] {
        let (at, text) = (y(top * share), rate(top * share));
        page.raw(&format!(
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{RIGHT}\" y2=\"{at:.1}\"/>\n"
        ));
        let base = at + 4.0;
        let x = LEFT - 8.0;
        page.raw(&format!(
            "<text class=\"small\" x=\"{x}\" y=\"{base:.1}\" text-anchor=\"end\">{text}</text>\n"
        ));
    }
    for (x, text) in axis.ticks() {
        let base = BOTTOM + 14.0;
        page.raw(&format!(
            "<text class=\"small\" x=\"{x:.1}\" y=\"{base}\" text-anchor=\"middle\">{text}</text>\n"
        ));
    }
    let moment = |step: usize| {
        let millis = curve.step_millis.saturating_mul(step as u64);
        Timestamp::from_unix_millis(curve.from.unix_millis().saturating_add(millis))
    };
    let mut path = format!("M{:.1} {BOTTOM}", axis.x(curve.from));
    for (step, octets) in curve.octets.iter().enumerate() {
        let at = y(*octets as f64 * 1000.0 / curve.step_millis.max(1) as f64);
        // Steps, not a line from point to point: a step is a mean, and its edges are the truth.
        let _ = write!(path, "L{:.1} {at:.1}L{:.1} {at:.1}", axis.x(moment(step)), axis.x(moment(step + 1)));
    }
    let _ = write!(path, "L{:.1} {BOTTOM}Z", axis.x(moment(curve.octets.len())));
    page.raw(&format!("<path class=\"area\" d=\"{path}\"/>\n"));
    page.close("svg");
}

/// The next of 1, 2, 5, 10, … that is not smaller.
fn round_up(most: f64) -> f64 {
    let mut unit = 1000.0;
    loop {
        for step in [1.0, 2.0, 5.0] {
            if most <= unit * step {
                return unit * step;
            }
        }
        unit *= 10.0;
    }
}

/// `20 MB/s`, `500 kB/s`.
pub(super) fn rate(octets_a_second: f64) -> String {
    if octets_a_second >= 1e6 {
        format!("{} MB/s", (octets_a_second / 1e5).round() / 10.0)
    } else {
        format!("{:.0} kB/s", octets_a_second / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_round_number_above_the_peak() {
        assert_eq!(
            [0.0, 1000.0, 1001.0, 4.9e6].map(|most| rate(round_up(most))),
            ["1 kB/s", "1 kB/s", "2 kB/s", "5 MB/s"]
        );
    }
}
