//! The phones of a session, a line each: address, model, bar, percent, rate, and the stage in words.
//!
//! A pure function of the fleet and the time. The words alone tell the story; bar and colour only repeat it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

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
    let wide = area.width >= 100;
    let widths = [
        Constraint::Length(15),
        Constraint::Length(9),
        Constraint::Length(if wide { 24 } else { 16 }),
        Constraint::Length(5),
        Constraint::Length(9),
        Constraint::Fill(1),
    ];
    let [address, model, gauge, percent, rate, words] = Layout::horizontal(widths).spacing(1).areas(area);
    frame.render_widget(phone.address().to_string(), address);
    frame.render_widget(model_words(phone.models()), model);
    let style = style(phone.stage(), color);
    frame.render_widget(Span::styled(bar(phone.share(), gauge.width), style), gauge);
    frame.render_widget(format!("{:3.0} %", (phone.share() * 100.0).floor()), percent);
    let loading = phone.stage() == Stage::Loading;
    let pace = phone.rate().filter(|rate| loading && *rate >= 500.0).map(rate_words);
    frame.render_widget(pace.unwrap_or_default(), rate);
    let text = if area.width >= 130 { phone.words() } else { short_words(phone) };
    frame.render_widget(Span::styled(text, style), words);
}

/// The stage where there is no room for a sentence.
fn short_words(phone: &PhoneNow<'_>) -> String {
    match (phone.stage(), phone.file_of()) {
        (Stage::Loading, Some((nth, of))) => format!("loading, file {nth} of {of}"),
        (stage, _) => stage.to_string(),
    }
}

/// Models that ask for the same file cannot be told apart: the first, with a sign that it may be its sibling.
fn model_words(models: &[String]) -> String {
    match models {
        [] => String::new(),
        [model] => model.clone(),
        [first, ..] => format!("{first}…"),
    }
}

/// A bar of `width` columns in eighths of a column, on a ground that shows where it ends.
fn bar(share: f64, width: u16) -> String {
    const PARTS: [char; 8] = ['·', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let width = usize::from(width);
    let mut left = share.clamp(0.0, 1.0) * width as f64;
    let mut text = String::with_capacity(3 * width);
    for _ in 0..width {
        let part =
            PARTS.iter().enumerate().rev().find(|(n, _)| left * 8.0 >= *n as f64).map_or('·', |(_, c)| *c);
        text.push(if left >= 1.0 { '█' } else { part });
        left = (left - 1.0).max(0.0);
    }
    text
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

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::fleet::Models;
    use crate::journal::{Event, Patience, Record, ServedImage, ServedLoad};

    #[test]
    fn a_bar_grows_from_nothing_to_full_and_never_shrinks() {
        assert_eq!((bar(0.0, 4), bar(1.0, 4)), ("····".into(), "████".into()));
        assert_eq!((bar(0.5, 4), bar(0.3, 4)), ("██··".into(), "█▏··".into()));
        assert_eq!(bar(f64::NAN, 2).chars().count(), 2);
        let filled = |n: u32| bar(f64::from(n) / 100.0, 10).chars().filter(|c| *c == '█').count();
        assert!((1..=100).all(|n| filled(n) >= filled(n - 1)));
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(1_800_000_000_000 + seconds * 1000)
    }

    /// Thirty phones at different points of one load.
    fn fleet() -> Fleet {
        let mut fleet = Fleet::new(Models::from_iter([("term45.default.loads", "45", "7945G")]));
        let images = ["jar", "cnu", "apps", "dsp", "cvm"];
        let images = images.map(|name| ServedImage { name: format!("{name}45.sbn"), octets: 1_000_000 });
        let load = ServedLoad {
            load: "SCCP45.8-5-2S".into(),
            family: "45".into(),
            default_load_files: vec!["term45.default.loads".into()],
            manifest: "SCCP45.8-5-2S.loads".into(),
            images: images.into(),
        };
        let patience = Patience { within_file: 30_000, between_files: 180_000, writing_flash: 600_000 };
        let started = Event::Started {
            version: "0".into(),
            command: "serve".into(),
            serving: "10.1.1.5:69".into(),
            loads: vec![load],
            patience,
        };
        let mut records = vec![(0, started)];
        for n in 0..30_u8 {
            let phone = IpAddr::from([10, 1, 1, 100 + n]);
            let names =
                ["term45.default.loads", "jar45.sbn", "cnu45.sbn", "apps45.sbn", "dsp45.sbn", "cvm45.sbn"];
            for (file, name) in names.iter().enumerate().take(usize::from(n % 7)) {
                let (transfer, octets) = (u64::from(n) * 10 + file as u64, 1_000_000);
                let (file, name) = (file as u64, (*name).to_owned());
                records.push((
                    file,
                    Event::Asked { phone, transfer, file: name, octets, blksize: 512, window: 1 },
                ));
                if n % 5 != 4 || file < 3 {
                    records.push((
                        file,
                        Event::Served { phone, transfer, octets, millis: 900, retransmissions: 0 },
                    ));
                }
            }
        }
        for (second, event) in records {
            fleet.apply(&Record { at: at(second), event });
        }
        fleet
    }

    fn screen(fleet: &Fleet, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, frame.area(), fleet, at(20), true)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn the_table_at_each_size() {
        for (width, height) in [(80, 12), (100, 16), (160, 36)] {
            insta::assert_snapshot!(format!("table_{width}x{height}"), screen(&fleet(), width, height));
        }
    }

    #[test]
    fn no_phone_yet_and_no_room_are_no_trouble() {
        assert!(screen(&Fleet::new(Models::default()), 80, 5).contains("Waiting for the first phone"));
        for (width, height) in [(1, 1), (3, 2), (20, 3), (40, 1)] {
            screen(&fleet(), width, height);
        }
    }
}
