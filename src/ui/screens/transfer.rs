//! Reset and transfer, the heart: the keypad that leads through the reset, and the phones as they come.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Hits, Scene};
use crate::catalog::{Catalog, Caution, Lamps};
use crate::fleet::{PhoneNow, Summary};
use crate::preflight::{self, Symptom};
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::keypad::{self, Keypad};
use crate::ui::widgets::lamps::Lit;
use crate::ui::widgets::problem::sentence;
use crate::ui::widgets::spark::{self, Throughput};
use crate::ui::widgets::{fleet, phone, stages};
use crate::wizard::{Beat, CoachView, Filter, LogLine, Sort, Spot, TransferDraft, Turn, throughput};

/// From so many columns on the details stand beside the table.
const BESIDE: u16 = 130;
/// Lines of the keypad where there is plenty.
const ROOMY: u16 = 11;
/// Lines of the keypad with every caution of a model below it.
const WHOLE: usize = 22;
/// Lines of a table beside the details that is worth its room: the head, two phones, and their place among all.
const LEAST_TABLE: u16 = 4;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let draft = &scene.model.transfer;
    let Some(serving) = scene.model.step.serving() else { return };
    let coach = draft.coach.view(&serving.loads.loads, scene.at.now);
    let mut column = Column::new(frame, room, scene.theme);
    let summary = scene.at.fleet.summary(scene.at.now);
    let symptom = scene.model.step.announced().and_then(|announced| {
        preflight::symptom(Catalog::embedded(), scene.at.fleet, announced.confirmed, scene.at.now)
    });
    // A recording knows what phones asked for, and not what somebody pressed on them.
    if let Some(coach) = coach.as_ref().filter(|_| scene.model.playing.is_none()) {
        draw_coach(&mut column, coach, scene, &summary, symptom.is_some());
    }
    let fleet_area = column.rest();
    draw_phones(frame, fleet_area, scene, &summary, symptom.as_ref(), hits);
}

/// The keypad: whole while a reset is under way, or before the first phone; otherwise in two lines.
/// While something seems wrong, what is wrong has the room below.
fn draw_coach(
    column: &mut Column<'_, '_>,
    coach: &CoachView<'_>,
    scene: &Scene<'_>,
    summary: &Summary,
    wrong: bool,
) {
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
    // Between two resets the table comes first: the keypad gets what it leaves. What stands between the phones and
    // this laptop is of more use than one more reset.
    let left_by_table = usize::from(room).saturating_sub(summary.seen() + 5);
    let is_scarce = room < 28 || (summary.seen() > 0 && left_by_table < WHOLE);
    if idle && (summary.seen() > 0 || wrong) && is_scarce {
        let words = match draft.coach.beat {
            Beat::Done => "The code is in. Space begins with the next phone.",
            _ => "Space leads through it: power off, hold # at power-up, 1 2 3 4 5 6 7 8 9 * 0 #",
        };
        column.text(words, Style::new(), 1);
        for caution in coach.cautions.iter().filter(|caution| !caution.every_model && is_first(draft)) {
            column.hanging(warning(theme), &caution.title, theme.warn, 1);
        }
        column.gap_if_room(8);
        return;
    }
    let mut keypad = keypad(coach, scene);
    if room >= 16 {
        column.gap();
    }
    let below = cautions_below(column, &mut keypad, coach, is_first(draft) && !wrong);
    // Before the first phone there is nothing else to see.
    let alone = if summary.seen() == 0 { column.lines_left().saturating_sub(4) } else { keypad::TALL };
    let lines = match room {
        _ if wrong || is_first(draft) && keypad.cautions.is_empty() => keypad::TALL,
        28.. => ROOMY,
        _ => alone.clamp(keypad::TALL, ROOMY),
    };
    let most = column.lines_left().saturating_sub(u16::try_from(below.len()).unwrap_or(u16::MAX));
    let area = column.take(lines.min(most.max(keypad::TALL)));
    keypad::draw(column.frame, area, &keypad, theme);
    if !below.is_empty() {
        column.gap_if_room(u16::try_from(below.len() + 1).unwrap_or(u16::MAX));
    }
    for line in below {
        column.line(line);
    }
    column.gap_if_room(8);
}

/// The power is still on: now is the time for cautions.
fn is_first(draft: &TransferDraft) -> bool {
    draft.coach.beat == Beat::Step(0)
}

fn warning(theme: &Theme) -> Span<'static> {
    Span::styled(format!("{} ", theme.symbols.warn), theme.warn)
}

/// The cautions below the keypad, whole: all of them where there is room, otherwise those of this model, while the
/// titles of the others stand beside the keypad.
fn cautions_below(
    column: &Column<'_, '_>,
    keypad: &mut Keypad<'_>,
    coach: &CoachView<'_>,
    wanted: bool,
) -> Vec<Line<'static>> {
    if !wanted {
        return Vec::new();
    }
    let theme = column.theme;
    let whole = |caution: &&Caution| {
        let text = format!("{}. {}", caution.title, caution.text);
        let lines = text::wrap(&text, column.width().min(100).saturating_sub(2)).into_iter().enumerate();
        let head = |nth| if nth == 0 { warning(theme) } else { Span::raw("  ") };
        let lines = lines.map(|(nth, line)| Line::from(vec![head(nth), Span::styled(line, theme.warn)]));
        lines.collect::<Vec<_>>()
    };
    let all: Vec<Line<'static>> = coach.cautions.iter().flat_map(whole).collect();
    if all.len() + 2 + usize::from(keypad::TALL) <= column.lines_left().into() {
        keypad.cautions.clear();
        return all;
    }
    coach.cautions.iter().filter(|caution| !caution.every_model).flat_map(whole).collect()
}

fn keypad<'c>(coach: &'c CoachView<'c>, scene: &Scene<'_>) -> Keypad<'c> {
    let turn = |turn: Turn| match turn {
        Turn::Past => keypad::Turn::Past,
        Turn::Now => keypad::Turn::Now,
        Turn::Later => keypad::Turn::Later,
    };
    let window = coach.window.map(|window| (coach.seconds_left.unwrap_or(window), window));
    let lit = |lamps: &'c Lamps| {
        let color = lamps.color_of(&coach.model.model);
        (Lit { place: lamps.place, blink: lamps.blink, color }, lamps.words.as_str())
    };
    let general = coach.cautions.iter().filter(|caution| caution.every_model);
    Keypad {
        steps: coach.steps.iter().map(|(step, at)| (*step, turn(*at))).collect(),
        code: coach.code.iter().map(|(key, at)| (*key, turn(*at))).collect(),
        press: coach.press,
        hold: coach.hold,
        lamps: coach.lamps.map(lit),
        window: window.filter(|_| scene.model.transfer.coach.beat != Beat::Done),
        cautions: general.map(|caution| caution.title.as_str()).collect(),
        afterwards: "Done. It asks for its load within a minute, and appears below. Leave its power alone.",
        millis: scene.at.now.unix_millis(),
    }
}

/// The table of phones, with the details of one beside it, below it, or instead of it.
fn draw_phones(
    frame: &mut Frame<'_>,
    room: Rect,
    scene: &Scene<'_>,
    summary: &Summary,
    symptom: Option<&Symptom>,
    hits: &mut Hits,
) {
    let theme = scene.theme;
    let draft = &scene.model.transfer;
    let (fleet, now) = (scene.at.fleet, scene.at.now);
    let mut column = Column::new(frame, room, theme);
    if let Some(symptom) = symptom {
        draw_symptom(&mut column, symptom, summary.seen() == 0);
        column.gap_if_room(8);
    }
    if summary.seen() == 0 {
        if symptom.is_some() {
            return;
        }
        column.line(Line::from(vec![
            Span::styled("No phone has asked yet.", theme.heading),
            Span::raw(if scene.model.is_bench() {
                "  It appears here when it asks for an address."
            } else {
                "  It appears here with its first request."
            }),
        ]));
        return;
    }
    let width = column.width();
    head(&mut column, summary, width, scene);
    let rows = draft.rows(fleet, now);
    let selected = draft.row(&rows);
    let current = selected.and_then(|row| fleet.phone(*rows.get(row)?, now));
    let mut table_area = column.rest();
    if let Some(current) = current.filter(|_| draft.details) {
        let history = history(&current, scene);
        let area = if room.width >= BESIDE && room.height >= 8 {
            let right = Rect { x: table_area.right().saturating_sub(54), width: 54, ..table_area };
            table_area.width = table_area.width.saturating_sub(57);
            right
        } else {
            // The table gets what the details leave, if that is enough for a few phones and there are some.
            let needed = phone::lines(&current, &history, width).saturating_add(1);
            let all = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX);
            table_area.height = table_area.height.saturating_sub(needed).min(all);
            if table_area.height < LEAST_TABLE || rows.len() < 2 {
                table_area.height = 0;
            }
            let below = column.rest();
            let gap = u16::from(table_area.height > 0);
            let y = below.y + table_area.height + gap;
            Rect { y, height: below.bottom().saturating_sub(y), ..below }
        };
        phone::draw(&mut Column::new(column.frame, area, theme), &current, &history, now);
        if table_area.is_empty() {
            return;
        }
    }
    let phones: Vec<PhoneNow<'_>> = rows.iter().filter_map(|id| fleet.phone(*id, now)).collect();
    let filter = (draft.filter != Filter::All).then(|| draft.filter.label());
    let order = (draft.sort != Sort::default()).then(|| draft.sort.label());
    // A cursor that nobody moved would only draw the eye to a phone that means nothing.
    let marked = selected.filter(|_| draft.selected.is_some() || draft.details);
    let table = fleet::Table { phones: &phones, all: fleet.len(), selected: marked, order, filter };
    let mut column = Column::new(frame, table_area, theme);
    let (first, seen) = fleet::draw(&mut column, &table);
    hits.lines(first, phones[seen].iter().map(|phone| Spot::Phone(phone.id())));
    // One phone alone has the room for its details, whether they were asked for or not.
    if let (Some(only), true, false) = (current, phones.len() == 1, draft.details) {
        let history = history(&only, scene);
        if phone::lines(&only, &[], width) < column.lines_left() {
            column.gap();
            phone::draw(&mut column, &only, &history, now);
        } else if phone::short_lines(&only) <= column.lines_left() {
            // Who it is stands in the table already.
            column.gap_if_room(phone::short_lines(&only));
            phone::draw_short(&mut column, &only);
        }
    }
}

/// What the phones' silence, or their deafness, points at.
fn draw_symptom(column: &mut Column<'_, '_>, symptom: &Symptom, alone: bool) {
    let theme = column.theme;
    let mark = Span::styled(format!("{} ", theme.symbols.warn), theme.warn);
    column.hanging(mark, &sentence(&symptom.title), theme.warn, 2);
    // Beside a table of phones the likeliest must do where there is little room.
    let most = if alone || column.lines_left() > 16 { symptom.next.len() } else { 2 };
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
fn history<'s>(phone: &PhoneNow<'_>, scene: &Scene<'s>) -> Vec<&'s LogLine> {
    let addresses = std::iter::once(phone.address()).chain(phone.earlier_addresses().iter().copied());
    scene.model.log.of_phone(addresses)
}
