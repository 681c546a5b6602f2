//! Reset and transfer, the heart: the keypad that leads through the reset, and the phones as they come.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Scene;
use crate::catalog::Catalog;
use crate::fleet::{PhoneNow, Summary};
use crate::preflight::{self, Symptom};
use crate::timestamp::Timestamp;
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::keypad::{self, Keypad};
use crate::ui::widgets::problem::sentence;
use crate::ui::widgets::spark::{self, Throughput};
use crate::ui::widgets::{fleet, phone, stages};
use crate::wizard::{Beat, CoachView, Filter, Sort, Turn, throughput};

/// From so many columns on the details stand beside the table.
const BESIDE: u16 = 130;
/// Lines of the keypad where there is plenty.
const ROOMY: u16 = 13;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>) {
    let draft = &scene.model.transfer;
    let Some(serving) = scene.model.step.serving() else { return };
    let coach = draft.coach.view(&serving.loads.loads, scene.at.now);
    let mut column = Column::new(frame, room, scene.theme);
    let summary = scene.at.fleet.summary(scene.at.now);
    if let Some(coach) = &coach {
        draw_coach(&mut column, coach, scene, &summary);
    }
    let fleet_area = column.rest();
    draw_phones(frame, fleet_area, scene, &summary);
}

/// The keypad: whole while a reset is under way, or before the first phone; otherwise in two lines.
fn draw_coach(column: &mut Column<'_, '_>, coach: &CoachView<'_>, scene: &Scene<'_>, summary: &Summary) {
    let theme = scene.theme;
    let draft = &scene.model.transfer;
    let idle = matches!(draft.coach.beat, Beat::Step(0) | Beat::Done);
    let room = column.lines_left();
    let model = format!("{} ({})", coach.model.model, coach.model.default_load_file.value);
    let title = match draft.coach.beat {
        Beat::Step(0) if summary.seen() == 0 => format!("Reset a {model}"),
        Beat::Step(0) => format!("Reset the next {model}"),
        _ => format!("Resetting a {model}"),
    };
    if draft.details && room < 30 {
        return; // the phone in question has all the room
    }
    column.heading(&title);
    if idle && summary.seen() > 0 && room < 28 {
        let words = match draft.coach.beat {
            Beat::Done => "The code is in. Space begins with the next phone.",
            _ => "Space leads through it: hold # at power-up, then 1 2 3 4 5 6 7 8 9 * 0 #",
        };
        column.text(words, Style::new(), 1);
        column.gap_if_room(8);
        return;
    }
    let keypad = keypad(coach, scene);
    if room >= 16 {
        column.gap();
    }
    // Before the first phone there is nothing else to see.
    let alone = if summary.seen() == 0 { room.saturating_sub(4) } else { keypad::TALL };
    let lines = if room >= 28 { ROOMY } else { alone.clamp(keypad::TALL, ROOMY) };
    let area = column.take(lines);
    keypad::draw(column.frame, area, &keypad, theme);
    column.gap_if_room(8);
}

fn keypad<'c>(coach: &'c CoachView<'c>, scene: &Scene<'_>) -> Keypad<'c> {
    let turn = |turn: Turn| match turn {
        Turn::Past => keypad::Turn::Past,
        Turn::Now => keypad::Turn::Now,
        Turn::Later => keypad::Turn::Later,
    };
    let window = coach.window.map(|window| (coach.seconds_left.unwrap_or(window), window));
    Keypad {
        steps: coach.steps.iter().map(|(step, at)| (*step, turn(*at))).collect(),
        code: coach.code.iter().map(|(key, at)| (*key, turn(*at))).collect(),
        press: coach.press,
        hold: coach.hold,
        lamps: coach.lamps,
        window: window.filter(|_| scene.model.transfer.coach.beat != Beat::Done),
        cautions: coach.cautions.iter().map(|caution| caution.title.as_str()).collect(),
        afterwards: "Done. It asks for its load within a minute, and appears below. Leave its power alone.",
        millis: scene.at.now.unix_millis(),
    }
}

/// The table of phones, with the details of one beside it or instead of it.
fn draw_phones(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, summary: &Summary) {
    let theme = scene.theme;
    let draft = &scene.model.transfer;
    let (fleet, now) = (scene.at.fleet, scene.at.now);
    let mut column = Column::new(frame, room, theme);
    let seen = scene
        .model
        .step
        .announced()
        .and_then(|announced| preflight::symptom(Catalog::embedded(), fleet, announced.confirmed, now));
    if let Some(symptom) = &seen {
        draw_symptom(&mut column, symptom);
    }
    if summary.seen() == 0 {
        if seen.is_some() {
            return;
        }
        column.line(Line::from(vec![
            Span::styled("No phone has asked yet.", theme.heading),
            Span::raw("  It appears here with its first request."),
        ]));
        return;
    }
    let width = column.width();
    let wide = room.width >= BESIDE && room.height >= 8;
    head(&mut column, summary, width, scene);
    let rows = draft.rows(fleet, now);
    let selected = draft.row(&rows);
    let current = selected.and_then(|row| fleet.phone(*rows.get(row)?, now));
    let mut table_area = column.rest();
    if let Some(current) = current.filter(|_| draft.details) {
        let history = history(&current, scene);
        if !wide {
            phone::draw(&mut column, &current, &history, now);
            return;
        }
        let right = Rect { x: table_area.right().saturating_sub(54), width: 54, ..table_area };
        table_area.width = table_area.width.saturating_sub(57);
        phone::draw(&mut Column::new(column.frame, right, theme), &current, &history, now);
    }
    let phones: Vec<PhoneNow<'_>> = rows.iter().filter_map(|id| fleet.phone(*id, now)).collect();
    let filter = (draft.filter != Filter::All).then(|| draft.filter.label());
    let order = (draft.sort != Sort::default()).then(|| draft.sort.label());
    // A cursor that nobody moved would only draw the eye to a phone that means nothing.
    let marked = selected.filter(|_| draft.selected.is_some() || draft.details);
    let table = fleet::Table { phones: &phones, all: fleet.len(), selected: marked, order, filter };
    let mut column = Column::new(frame, table_area, theme);
    fleet::draw(&mut column, &table);
    // One phone alone has the room for its details, whether they were asked for or not.
    if let (Some(only), true, false) = (current, phones.len() == 1, draft.details) {
        column.gap();
        phone::draw(&mut column, &only, &history(&only, scene), now);
    }
}

/// What the phones' silence, or their deafness, points at.
fn draw_symptom(column: &mut Column<'_, '_>, symptom: &Symptom) {
    let theme = column.theme;
    let mark = Span::styled(format!("{} ", theme.symbols.warn), theme.warn);
    column.hanging(mark, &sentence(&symptom.title), theme.warn, 2);
    // Beside a table of phones the likeliest must do.
    let most =
        if column.lines_left() > 12 { symptom.next.len() } else { usize::from(column.lines_left()).min(3) };
    for (nth, step) in symptom.next.iter().take(most).enumerate() {
        let style = if nth == 0 { theme.heading } else { theme.hint };
        column.hanging(Span::styled(format!("  {} ", theme.symbols.arrow), style), step, style, 2);
    }
}

/// The phones by stage, and how fast it goes.
fn head(column: &mut Column<'_, '_>, summary: &Summary, width: usize, scene: &Scene<'_>) {
    let theme = scene.theme;
    let (fleet, now) = (scene.at.fleet, scene.at.now);
    column.line(stages::summary(summary, width, theme));
    if column.lines_left() < 6 {
        return;
    }
    let samples: Vec<f64> = scene.model.transfer.history.iter().map(|octets| *octets as f64).collect();
    let total: u64 = fleet.phones(now).fold(0, |sum, phone| sum.saturating_add(phone.octets()));
    let rate = throughput(fleet, now) as f64;
    let flow = Throughput { samples: &samples, now: rate, total: total as f64 };
    column.line(spark::line(&flow, width.min(96), theme));
}

/// What is on record of a phone.
fn history(phone: &PhoneNow<'_>, scene: &Scene<'_>) -> Vec<(Timestamp, String)> {
    let addresses: Vec<String> = std::iter::once(phone.address())
        .chain(phone.earlier_addresses().iter().copied())
        .map(|address| address.to_string())
        .collect();
    let about = |line: &str| {
        addresses.iter().any(|a| {
            line.strip_prefix(a.as_str())
                .is_some_and(|r| !r.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
        })
    };
    let words = |line: &str| match (line.split_once(": "), line.split_once(' ')) {
        (Some((_, words)), _) | (None, Some((_, words))) => words.to_owned(),
        (None, None) => line.to_owned(),
    };
    let lines = scene.model.log.lines().filter(|(_, line)| about(line));
    lines.map(|(at, line)| (*at, text::fit(&words(line), 200, "~"))).collect()
}
