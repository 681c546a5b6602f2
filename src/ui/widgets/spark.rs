//! The throughput of the last minute as a row of small columns, with the totals beside it.

use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Throughput<'a> {
    /// Octets a second, oldest first, one sample a column.
    pub samples: &'a [f64],
    /// Octets a second now.
    pub now: f64,
    /// Octets in all.
    pub total: f64,
}

/// The totals and the sparkline in one line: `4.2 MB/s   96 MB in all   ▁▂▅▇▆`.
pub fn line(throughput: &Throughput<'_>, room: usize, theme: &Theme) -> Line<'static> {
    let totals = format!("{}   {} in all", text::rate(throughput.now), text::octets(throughput.total));
    let columns = room.saturating_sub(text::width(&totals) + 3).min(60);
    let recent = throughput.samples.len().saturating_sub(columns);
    let samples = throughput.samples.get(recent..).unwrap_or(&[]);
    let top = samples.iter().copied().fold(1.0, f64::max);
    let spark: String = samples.iter().map(|sample| theme.symbols.level(sample / top)).collect();
    Line::from(vec![
        Span::raw(text::fit(&totals, room, theme.symbols.cut)),
        Span::raw("   "),
        Span::styled(spark, theme.progress),
    ])
}
