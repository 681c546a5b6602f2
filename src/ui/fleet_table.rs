//! The phones of a session, a line each: address, model, bar, percent, rate, and the stage in words.
//!
//! A pure function of the fleet and the time. The words alone tell the story; bar and colour only repeat it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Gauge;

use crate::fleet::{Fleet, PhoneNow, Stage};
use crate::timestamp::Timestamp;

/// Lines that the table needs beside the phones' own: the summary above, the count of hidden ones below.
pub const FRAME_LINES: u16 = 2;

/// Draw the summary and as many phones as fit: those that need a hand first, then those under way, then the rest.
pub fn draw(frame: &mut Frame<'_>, area: Rect, fleet: &Fleet, now: Timestamp, color: bool) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    let line = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    if fleet.is_empty() {
        frame.render_widget("Waiting for the first phone. Reset one now: the keys are above.", line(0));
        return;
    }
    frame.render_widget(Line::from(fleet.summary(now).to_string()).style(Modifier::BOLD), line(0));

    let mut phones: Vec<PhoneNow<'_>> = fleet.phones(now).collect();
    phones.sort_by_key(|phone| (urgency(phone.stage()), phone.id()));
    let room = usize::from(area.height.saturating_sub(FRAME_LINES)).max(1);
    for (y, phone) in (1..area.height).zip(phones.iter().take(room)) {
        draw_phone(frame, line(y), phone, color);
    }
    let shown = phones.len().min(room);
    if shown < phones.len() && area.height > FRAME_LINES {
        frame.render_widget(format!("… {shown} of {} shown", phones.len()), line(area.height - 1));
    }
}

fn draw_phone(frame: &mut Frame<'_>, area: Rect, phone: &PhoneNow<'_>, color: bool) {
    let bar_width = if area.width >= 100 { 24 } else { 12 };
    let widths = [
        Constraint::Length(15),
        Constraint::Length(9),
        Constraint::Length(bar_width),
        Constraint::Length(5),
        Constraint::Length(9),
        Constraint::Fill(1),
    ];
    let [address, model, bar, percent, rate, words] = Layout::horizontal(widths).spacing(1).areas(area);
    frame.render_widget(phone.address().to_string(), address);
    frame.render_widget(phone.models().first().map_or("", String::as_str), model);
    let style = style(phone.stage(), color);
    // No label on the bar: without colour it would hide the part of the bar beneath it.
    let gauge = Gauge::default().ratio(phone.share().clamp(0.0, 1.0)).label("").use_unicode(true);
    frame.render_widget(gauge.gauge_style(style), bar);
    frame.render_widget(format!("{:3.0} %", (phone.share() * 100.0).floor()), percent);
    let pace = phone.rate().filter(|_| phone.stage() == Stage::Loading).map(rate_words);
    frame.render_widget(pace.unwrap_or_default(), rate);
    frame.render_widget(Line::from(Span::styled(phone.words(), style)), words);
}

fn rate_words(octets_a_second: f64) -> String {
    if octets_a_second >= 1e6 {
        format!("{:.1} MB/s", octets_a_second / 1e6)
    } else {
        format!("{:.0} kB/s", octets_a_second / 1e3)
    }
}

/// The order on the screen.
fn urgency(stage: Stage) -> u8 {
    match stage {
        stage if stage.is_trouble() => 0,
        Stage::Loading => 1,
        Stage::WritingFlash => 2,
        Stage::Back => 3,
        _ => 4,
    }
}

fn style(stage: Stage, color: bool) -> Style {
    if !color {
        return Style::default();
    }
    match stage {
        stage if stage.is_trouble() => Style::from(Color::Red),
        Stage::Loading => Style::from(Color::Cyan),
        Stage::WritingFlash => Style::from(Color::Yellow),
        Stage::Back => Style::from(Color::Green),
        _ => Style::default(),
    }
}
