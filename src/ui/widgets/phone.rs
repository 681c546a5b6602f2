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
use crate::wizard::LogLine;

/// Columns of the clock in front of a line of history.
const LABEL: usize = 10;
/// Lines of the history that are worth making room for.
const HISTORY: usize = 8;

/// Lines that all of it takes in that width, with the latest lines of the history.
pub fn lines(phone: &PhoneNow<'_>, history: &[&LogLine], width: usize) -> u16 {
    let wrapped = |text: &str| text::wrap(text, width.saturating_sub(2).max(1)).len();
    let advice: usize = phone.advice().iter().map(|step| wrapped(step)).sum();
    let past = if history.is_empty() { 0 } else { history.len().min(HISTORY) + 2 };
    let images = phone.images().count();
    let all = 1 + wrapped(&phone.words()) + advice + images + 2 + past;
    u16::try_from(all).unwrap_or(u16::MAX)
}

/// Draw what is known of a phone. `history` is what was on record of it, the oldest first.
pub fn draw(column: &mut Column<'_, '_>, phone: &PhoneNow<'_>, history: &[&LogLine], now: Timestamp) {
    let theme = column.theme;
    let (mark, style) = stages::look(phone.stage(), theme);
    let mac = fleet::mac(phone);
    let mut who = vec![Span::styled(phone.address().to_string(), theme.heading)];
    for part in [phone.models().join(" or "), mac].iter().filter(|part| !part.is_empty()) {
        who.push(Span::raw(format!("  {part}")));
    }
    let earlier: Vec<String> = phone.earlier_addresses().iter().map(ToString::to_string).collect();
    if !earlier.is_empty() {
        who.push(Span::raw(format!("  before at {}", earlier.join(", "))));
    }
    column.line(Line::from(who));
    column.hanging(Span::styled(format!("{mark} "), style), &phone.words(), style, 3);

    let advice = phone.advice();
    for (nth, step) in advice.iter().enumerate() {
        let role = if nth == 0 { theme.heading } else { theme.hint };
        column.hanging(Span::styled(format!("{} ", theme.symbols.arrow), role), step, role, 3);
    }
    let images = u16::try_from(phone.images().count()).unwrap_or(u16::MAX);
    let width = column.width();
    if column.lines_left() < images.saturating_add(4) {
        // As the phone itself shows them: in one row.
        let row = phone.images().map(|image| in_row(&image, theme)).collect::<Vec<_>>().join("  ");
        column.text(&row, Style::new(), 2);
    } else {
        if images > 0 {
            column.gap_if_room(images.saturating_add(6));
        }
        for image in phone.images() {
            column.line(check_box(&image, width, theme));
        }
    }
    facts(column, phone, now);
    if history.is_empty() || column.lines_left() < 2 {
        return;
    }
    column.gap_if_room(4);
    let past = history.len();
    let room = usize::from(column.lines_left().saturating_sub(1));
    let place =
        if past > room { format!("History, the last {room} of {past}") } else { "History".to_owned() };
    column.heading(&place);
    for (at, words) in &history[past.saturating_sub(room)..] {
        let clock = at.to_string();
        let clock = clock.get(11..19).unwrap_or("");
        let words = text::fit_words(words, column.width().saturating_sub(LABEL), theme.symbols.cut);
        column.line(format!("{clock:<LABEL$}{words}"));
    }
}

/// Lines that the short form takes.
pub fn short_lines(phone: &PhoneNow<'_>) -> u16 {
    u16::try_from(phone.images().count() + 1).unwrap_or(u16::MAX)
}

/// What the phone does and its images, for a place where who it is was said already.
pub fn draw_short(column: &mut Column<'_, '_>, phone: &PhoneNow<'_>) {
    let theme = column.theme;
    let (mark, style) = stages::look(phone.stage(), theme);
    let images = phone.images().count();
    let words = usize::from(column.lines_left()).saturating_sub(images).clamp(1, 3);
    column.hanging(Span::styled(format!("{mark} "), style), &phone.words(), style, words);
    for image in phone.images() {
        let width = column.width();
        column.line(check_box(&image, width, theme));
    }
}

/// Which load it takes, since when it is quiet, what had to be sent again: in one line where it fits.
fn facts(column: &mut Column<'_, '_>, phone: &PhoneNow<'_>, now: Timestamp) {
    let heard = match now.since(phone.last_heard()).as_secs() {
        0 => "heard just now".to_owned(),
        seconds @ ..120 => format!("heard {seconds} s ago"),
        seconds => format!("heard {} min ago", seconds / 60),
    };
    let again = match usize::try_from(phone.retransmissions()).unwrap_or(usize::MAX) {
        0 => "nothing".to_owned(),
        packets => text::count(packets, "packet"),
    };
    let load = phone.load().unwrap_or("load not known yet");
    column.gap_if_room(4);
    let words = format!("{load} {dot} {heard} {dot} {again} sent again", dot = column.theme.symbols.dot);
    column.text(&words, Style::new(), 2);
}

/// `▣ apps45 72%`.
fn in_row(image: &ImageNow<'_>, theme: &Theme) -> String {
    let stem = image.name.split('.').next().unwrap_or("");
    match (image.whole, image.asked) {
        (true, _) => format!("{} {stem}", theme.symbols.checked),
        (false, true) => {
            let share = image.octets as f64 / image.total.max(1) as f64;
            format!("{} {stem} {:.0}%", theme.symbols.partly, (share.min(0.99) * 100.0).floor())
        }
        (false, false) => format!("{} {stem}", theme.symbols.unchecked),
    }
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
