//! One phone in detail: its images as its own row of check boxes shows them, what was sent again, its history, and
//! what to do now.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::fleet::{ImageNow, PhoneNow};
use crate::timestamp::Timestamp;
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::{bar, fleet, stages};

/// Columns of the labels.
const LABEL: usize = 10;

/// Draw what is known of a phone. `history` is what was on record of it, the oldest first.
pub fn draw(
    column: &mut Column<'_, '_>,
    phone: &PhoneNow<'_>,
    history: &[(Timestamp, String)],
    now: Timestamp,
) {
    let theme = column.theme;
    let (mark, style) = stages::look(phone.stage(), theme);
    let mac = fleet::mac(phone);
    let mut who = vec![Span::styled(phone.address().to_string(), theme.heading)];
    for part in [phone.models().join(" or "), mac].iter().filter(|part| !part.is_empty()) {
        who.push(Span::raw(format!("  {part}")));
    }
    column.line(Line::from(who));
    column.hanging(Span::styled(format!("{mark} "), style), &phone.words(), style, 3);

    let advice = phone.advice();
    for (nth, step) in advice.iter().enumerate() {
        let role = if nth == 0 { theme.heading } else { theme.hint };
        column.hanging(Span::styled(format!("{} ", theme.symbols.arrow), role), step, role, 3);
    }
    if phone.images().next().is_some() {
        column.gap_if_room(6);
    }
    for image in phone.images() {
        let width = column.width();
        column.line(check_box(&image, width, theme));
    }
    column.gap_if_room(4);
    let quiet = now.since(phone.last_heard()).as_secs();
    fact(column, "Load", phone.load().unwrap_or("not known yet"));
    fact(column, "Heard", &if quiet == 0 { "just now".to_owned() } else { format!("{quiet} s ago") });
    fact(
        column,
        "Sent again",
        &text::count(usize::try_from(phone.retransmissions()).unwrap_or(usize::MAX), "packet"),
    );
    if !phone.earlier_addresses().is_empty() {
        let earlier: Vec<String> = phone.earlier_addresses().iter().map(ToString::to_string).collect();
        fact(column, "Before at", &earlier.join(", "));
    }
    if history.is_empty() || column.lines_left() < 3 {
        return;
    }
    column.gap();
    column.heading("History");
    let room = usize::from(column.lines_left());
    for (at, words) in &history[history.len().saturating_sub(room)..] {
        let clock = at.to_string();
        let clock = clock.get(11..19).unwrap_or("");
        let words = text::fit(words, column.width().saturating_sub(LABEL), theme.symbols.cut);
        column.line(format!("{clock:<LABEL$}{words}"));
    }
}

fn fact(column: &mut Column<'_, '_>, label: &str, text: &str) {
    column.fact(label, LABEL + 2, text, Style::new(), 2);
}

/// `■ apps  2.9 MB  ━━━━━━────`.
fn check_box(image: &ImageNow<'_>, width: usize, theme: &Theme) -> Line<'static> {
    let symbols = theme.symbols;
    let (mark, style, words) = match (image.whole, image.asked) {
        (true, _) => (symbols.checked, theme.good, "served".to_owned()),
        (false, true) => {
            let share = image.octets as f64 / image.total.max(1) as f64;
            (symbols.partly, theme.progress, format!("{:.0}%", (share.min(0.99) * 100.0).floor()))
        }
        (false, false) => (symbols.unchecked, Style::new(), String::new()),
    };
    let stem = image.name.split('.').next().unwrap_or("");
    let name = text::fit(if width >= 60 { image.name } else { stem }, width.saturating_sub(2), symbols.cut);
    let columns = if width >= 60 { 26 } else { 12 };
    let mut spans = vec![Span::styled(format!("{mark} "), style), Span::raw(format!("{name:<columns$}"))];
    spans.push(Span::raw(format!("{:>8}  ", text::octets(image.total as f64))));
    let used: usize = spans.iter().map(Span::width).sum();
    if width > used + 16 {
        let share = if image.whole { 1.0 } else { image.octets as f64 / image.total.max(1) as f64 };
        spans.extend(bar::spans(share, (width - used - 8).min(16), style, theme));
        spans.push(Span::raw(" "));
    }
    spans.push(Span::styled(words, style));
    Line::from(spans)
}
