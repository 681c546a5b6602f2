//! How a stage of a recovery looks: its mark and its role. The words say the same.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::fleet::{Stage, Summary};
use crate::ui::text;
use crate::ui::theme::Theme;

/// The mark of a stage and how the stage looks.
pub fn look(stage: Stage, theme: &Theme) -> (&'static str, Style) {
    match stage {
        stage if stage.is_trouble() => (theme.symbols.bad, theme.bad),
        Stage::Loading => (theme.symbols.going, theme.progress),
        Stage::WritingFlash => (theme.symbols.warn, theme.warn),
        Stage::Back => (theme.symbols.done, theme.good),
        _ => (theme.symbols.later, theme.hint),
    }
}

/// `12 phones   ✗ 1 stuck   › 3 loading   ! 1 writing flash   ✓ 7 back`, trouble first. On a narrow screen all that is
/// trouble counts as one, and then the total goes: the title of the screen has it.
pub fn summary(summary: &Summary, room: usize, theme: &Theme) -> Line<'static> {
    let mut each: Vec<(Stage, usize, String)> =
        summary.iter().map(|(stage, count)| (stage, count, stage.to_string())).collect();
    each.sort_by_key(|(stage, ..)| stage.urgency());
    let trouble = summary.in_trouble();
    let mut grouped = each.clone();
    grouped.retain(|(stage, ..)| !stage.is_trouble());
    if trouble > 0 {
        grouped.insert(0, (Stage::Stuck, trouble, "in trouble".to_owned()));
    }
    let total = Span::styled(text::count(summary.seen(), "phone"), theme.heading);
    let all = line(Some(&total), &each, "   ", theme);
    if all.width() <= room {
        return all;
    }
    let fewer = line(Some(&total), &grouped, "  ", theme);
    if fewer.width() <= room { fewer } else { line(None, &grouped, "  ", theme) }
}

fn line(
    total: Option<&Span<'static>>,
    stages: &[(Stage, usize, String)],
    between: &'static str,
    theme: &Theme,
) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = total.cloned().into_iter().collect();
    for (stage, count, name) in stages {
        let (mark, style) = look(*stage, theme);
        if !spans.is_empty() {
            spans.push(Span::raw(between));
        }
        spans.push(Span::styled(format!("{mark} {count} {name}"), style));
    }
    Line::from(spans)
}
