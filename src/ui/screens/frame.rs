//! What stays where it is on every screen: the title, the rail, the guide, the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Hits, Scene, guide};
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::key_bar::{self, Hint};
use crate::ui::widgets::rail::{self, Rail};
use crate::wizard::{Action, Binding, Key, Spot, StepKind, keys};

/// Fewer columns than this say only that they are too few.
pub const LEAST_COLUMNS: u16 = 64;
/// Fewer lines than this say only that they are too few.
pub const LEAST_LINES: u16 = 18;
/// From so many columns on the rail is a column.
const RAIL_FROM: u16 = 100;

/// The room that the frame leaves.
pub(super) struct Rooms {
    /// For the step.
    pub(super) step: Rect,
    /// For what lies over the step: its room, and that of the guide.
    pub(super) over: Rect,
}

/// Draw the frame; answers the room for the step, or nothing on a screen that is too small for one.
pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, hits: &mut Hits) -> Option<Rooms> {
    let area = frame.area();
    if area.width < LEAST_COLUMNS || area.height < LEAST_LINES {
        too_small(frame, area, scene);
        return None;
    }
    let theme = scene.theme;
    let inset = Rect { x: area.x + 1, width: area.width - 2, ..area };
    let mut column = Column::new(frame, inset, theme);
    let room = column.width();
    column.line(title(scene, room));

    let titles: Vec<&str> = scene.model.rail().iter().map(|step| short(*step, area.width)).collect();
    let now = scene.model.rail().iter().position(|step| *step == scene.model.step.kind()).unwrap_or(0);
    let rail = Rail { titles: &titles, now };
    let beside = area.width >= RAIL_FROM;
    if !beside {
        let line = rail::line(&rail, room, theme);
        column.line(line);
    }
    rule(&mut column, area);
    let keys_area = column.take_bottom(1);
    let mut middle = column.rest();
    if beside {
        let rail_area = Rect { width: rail::COLUMNS, ..middle };
        rail::draw(
            column.frame,
            Rect { y: rail_area.y + 1, height: rail_area.height - 1, ..rail_area },
            &rail,
            theme,
        );
        let upright = Span::styled(theme.symbols.upright, theme.rule);
        for y in middle.y..middle.bottom() {
            column.frame.render_widget(&upright, Rect { x: rail_area.right() - 1, y, width: 1, height: 1 });
        }
        middle.x += rail::COLUMNS + 1;
        middle.width -= rail::COLUMNS + 1;
    }
    let over = if beside { middle } else { Rect { x: area.x, width: area.width, ..middle } };
    let mut column = Column::new(frame, middle, theme);
    let guide_lines = guide::lines(scene, column.width(), area.height);
    let guide_area = column.take_bottom(u16::try_from(guide_lines.len()).unwrap_or(3));
    let rule_area = Rect { x: over.x, width: over.right() - over.x, ..column.take_bottom(1) };
    if beside || area.height >= 24 {
        column.gap();
    }
    let step = column.rest();
    frame.render_widget(
        Span::styled(theme.symbols.across.repeat(rule_area.width.into()), theme.rule),
        rule_area,
    );
    let mut guide = Column::new(frame, guide_area, theme);
    for line in guide_lines {
        guide.line(line);
    }
    for (area, key) in key_bar::draw(frame, keys_area, &hints(scene), theme) {
        hits.add(area, Spot::Key(key));
    }
    Some(Rooms { step, over })
}

fn rule(column: &mut Column<'_, '_>, area: Rect) {
    let line = column.take(1);
    let whole = Rect { x: area.x, width: area.width, ..line };
    let text = column.theme.symbols.across.repeat(whole.width.into());
    let span = Span::styled(text, column.theme.rule);
    column.frame.render_widget(span, whole);
}

/// The name of the program, the mark of a rehearsal, and what goes on.
fn title(scene: &Scene<'_>, room: usize) -> Line<'static> {
    let theme = scene.theme;
    let mut spans = vec![Span::styled("loadlift", theme.heading)];
    if let Some(mark) = scene.model.mode.mark() {
        spans.push(Span::styled(format!("   [{mark}]"), theme.warn.patch(theme.heading)));
    }
    if let Some(bench) = scene.at.fleet.bench() {
        let style = if bench.stopped.is_none() { theme.warn } else { theme.bad };
        let mark = text::fit(&bench.mark(), room / 2, theme.symbols.cut);
        spans.push(Span::styled(format!("   [{mark}]"), style.patch(theme.heading)));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let status = text::fit(&status(scene), room.saturating_sub(used + 2), theme.symbols.cut);
    spans.push(Span::raw(" ".repeat(room.saturating_sub(used + text::width(&status)))));
    spans.push(Span::raw(status));
    Line::from(spans)
}

/// What is served where, and how many phones are back.
fn status(scene: &Scene<'_>) -> String {
    if let Some(playing) = &scene.model.playing {
        return format!("{} {} {}", playing.session, scene.theme.symbols.dot, playing.status(scene.at.now));
    }
    let Some(serving) = scene.model.step.serving() else {
        return "nothing is served yet".to_owned();
    };
    let summary = scene.at.fleet.summary(scene.at.now);
    let dot = scene.theme.symbols.dot;
    let back = match summary.seen() {
        0 => "no phone yet".to_owned(),
        seen => format!("{} of {} back", summary.back(), text::count(seen, "phone")),
    };
    format!("serving on {} {dot} {back}", serving.at)
}

/// One line, and nothing stops. A DHCP server that is on stays marked, whatever else there is no room for.
fn too_small(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let Rect { width, height, .. } = area;
    let mut words =
        vec![format!("{width}x{height} is too small; make it 80x24"), format!("too small: {width}x{height}")];
    if scene.model.step.serving().is_some() && scene.model.playing.is_none() {
        let summary = scene.at.fleet.summary(scene.at.now);
        let back = format!("{} of {} back", summary.back(), text::count(summary.seen(), "phone"));
        words.insert(0, format!("{width}x{height} is too small; make it 80x24. Serving goes on: {back}."));
        words.insert(1, format!("Too small: make it 80x24. Serving goes on, {back}."));
        words.insert(2, format!("Too small; serving goes on, {back}"));
    }
    let line = Rect { height: area.height.min(1), ..area };
    let Some(bench) = scene.at.fleet.bench().filter(|bench| bench.stopped.is_none()) else {
        let fits = words.iter().find(|words| text::width(words) <= width.into()).or(words.last());
        let words =
            fits.map(|words| text::fit(words, width.into(), scene.theme.symbols.cut)).unwrap_or_default();
        return frame.render_widget(words, line);
    };
    let style = scene.theme.warn.patch(scene.theme.heading);
    let (long, short) = (format!("[{}]", bench.mark()), "DHCP ON");
    let beside = words.iter().find(|words| text::width(&long) + 1 + text::width(words) <= width.into());
    let spans = match beside {
        Some(words) => vec![Span::styled(long, style), Span::raw(format!(" {words}"))],
        None if text::width(&long) <= width.into() => vec![Span::styled(long, style)],
        None => vec![Span::styled(text::fit(short, width.into(), scene.theme.symbols.cut), style)],
    };
    frame.render_widget(Line::from(spans), line);
}

/// The name of a step for the rail in one line.
fn short(step: StepKind, columns: u16) -> &'static str {
    match step {
        StepKind::Transfer if columns < RAIL_FROM => "Reset",
        step => step.title(),
    }
}

/// The hints of the key bar, from the one table of keys. Keys of one kind stand together: `↑↓ choose`.
fn hints(scene: &Scene<'_>) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    for binding in keys::table(scene.model, scene.at).iter().filter(|binding| binding.in_bar) {
        let key = (binding.key, key_name(binding.key, scene.theme));
        let pair = hints.iter_mut().find(|hint| hint.label == binding.label && is_arrow(binding.key));
        if let Some(pair) = pair {
            pair.keys.push(key);
        } else {
            let (label, pinned) = (binding.label.to_owned(), is_pinned(binding));
            hints.push(Hint { keys: vec![key], label, pinned });
        }
    }
    hints
}

/// Arrows have names there, and names need something between them.
fn theme_is_ascii(theme: &Theme) -> bool {
    theme.symbols.halves.is_none()
}

fn is_arrow(key: Key) -> bool {
    matches!(key, Key::Up | Key::Down | Key::Left | Key::Right)
}

fn is_pinned(binding: &Binding) -> bool {
    matches!(
        (binding.action, binding.key),
        (Action::Help | Action::Interrupt, _) | (Action::Quit, Key::Char(_))
    )
}

/// A key as it is written on this terminal.
pub(super) fn key_name(key: Key, theme: &Theme) -> String {
    match key {
        key if !theme_is_ascii(theme) => key.to_string(),
        Key::Up => "Up".into(),
        Key::Down => "Down".into(),
        Key::Left => "Left".into(),
        Key::Right => "Right".into(),
        key => key.to_string(),
    }
}

/// A mark of what was checked, and its words.
pub(super) fn checked(good: bool, theme: &Theme) -> (&'static str, Style) {
    if good { (theme.symbols.done, theme.good) } else { (theme.symbols.bad, theme.bad) }
}
