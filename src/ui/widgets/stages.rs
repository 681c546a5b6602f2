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

/// `12 phones   › 3 loading   ! 1 writing flash   ✓ 8 back`: as many stages as fit, trouble first.
pub fn summary(summary: &Summary, room: usize, theme: &Theme) -> Line<'static> {
    let mut stages: Vec<(Stage, usize)> = summary.iter().collect();
    stages.sort_by_key(|(stage, _)| !stage.is_trouble());
    let mut spans = vec![Span::styled(text::count(summary.seen(), "phone"), theme.heading)];
    let mut used: usize = spans.iter().map(Span::width).sum();
    for (stage, count) in stages {
        let (mark, style) = look(stage, theme);
        let words = format!("{mark} {count} {stage}");
        used += text::width(&words) + 3;
        if used > room {
            break;
        }
        spans.push(Span::raw("   "));
        spans.push(Span::styled(words, style));
    }
    Line::from(spans)
}
