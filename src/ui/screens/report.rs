//! Report: what was done, on the screen and in the session's folder.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Scene;
use crate::error::printable;
use crate::journal::{How, Phase};
use crate::report::{Confirmed, Option150Report};
use crate::timestamp::Timestamp;
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::field::{self, Field};
use crate::ui::widgets::problem;
use crate::wizard::SiteField;

pub(super) fn draw(frame: &mut Frame<'_>, room: Rect, scene: &Scene<'_>) {
    let theme = scene.theme;
    let draft = &scene.model.report;
    let mut column = Column::new(frame, room, theme);
    let Some(report) = &draft.report else {
        column.heading("Writing the report.");
        return;
    };
    column.heading("The report");
    if let Some(typing) = draft.typing {
        let fields = [
            (SiteField::Who, "Who", &draft.who, "who worked here"),
            (SiteField::Place, "Where", &draft.place, "the site, the building, the room"),
        ];
        for (which, label, text, placeholder) in fields {
            let (text, cursor, focused) = (text.text(), text.cursor(), typing == which);
            let field = Field { label, label_columns: 6, text, cursor, focused, placeholder };
            let width = column.width();
            column.line(field::line(&field, width, theme));
        }
    }
    for file in saved(&draft.files) {
        let line = format!("saved: {}", printable(&file, 400));
        let fitted = text::fit_middle(&line, column.width().saturating_sub(2), theme.symbols.cut);
        column.line(Line::from(vec![
            Span::styled(format!("{} ", theme.symbols.done), theme.good),
            Span::raw(fitted),
        ]));
    }
    if let Some(wrong) = &draft.problem {
        problem::draw(&mut column, wrong);
    }
    column.gap_if_room(14);
    if scene.model.is_bench() {
        let mark = Span::styled(format!("{} ", theme.symbols.done), theme.good);
        let words =
            "An isolated bench: this laptop was the DHCP server, and no option 150 was changed anywhere.";
        column.hanging(mark, words, Style::new(), 2);
    } else {
        option_150(&mut column, &report.option150);
    }
    column.gap_if_room(6);
    let markdown = report.markdown();
    let lines: Vec<&str> = markdown.lines().collect();
    let crowded = lines.len() > column.lines_left().into();
    let room = usize::from(column.lines_left()).saturating_sub(usize::from(crowded)).max(1);
    let first = draft.scroll.min(lines.len().saturating_sub(room));
    for line in lines.iter().skip(first).take(room) {
        let style = if line.starts_with('#') { theme.heading } else { Style::new() };
        let fitted = text::fit(&printable(line, 400), column.width(), theme.symbols.cut);
        column.line(Span::styled(fitted, style));
    }
    if crowded {
        let last = (first + room).min(lines.len());
        let up = if first > 0 { theme.symbols.up } else { " " };
        let down = if last < lines.len() { theme.symbols.down } else { " " };
        column.line(format!("{up}{down} lines {} to {last} of {}", first + 1, lines.len()));
    }
}

/// The files; those that differ only in the ending as one: `x.md, .csv, .json, .html, .jsonl`.
fn saved(files: &[String]) -> Vec<String> {
    let mut out: Vec<(&str, String)> = Vec::new();
    for file in files {
        let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        match out.last_mut() {
            Some((before, line)) if *before == stem && !ending.contains(['/', '\\']) => {
                line.push_str(", .");
                line.push_str(ending);
            }
            _ => out.push((stem, file.clone())),
        }
    }
    out.into_iter().map(|(_, line)| line).collect()
}

/// Before, during and after, as asked of DHCP, a line each; and what is left to do about phones.
fn option_150(column: &mut Column<'_, '_>, option150: &Option150Report) {
    fn known<T: ToString>(known: &Confirmed<T>) -> (String, How, Timestamp, Option<&str>) {
        (known.value.to_string(), known.how, known.at, known.by.as_deref())
    }
    let theme = column.theme;
    let lines = [
        ("before", Phase::Before, option150.before.as_ref().map(known)),
        ("during", Phase::During, option150.during.as_ref().map(known)),
        ("after", Phase::After, option150.after.as_ref().map(known)),
    ];
    let longest = lines.iter().filter_map(|(_, _, known)| known.as_ref());
    let longest = longest.map(|(value, ..)| text::width(value)).max().unwrap_or(0);
    for (nth, (name, phase, known)) in lines.into_iter().enumerate() {
        let label = if nth == 0 { "Option 150" } else { "" };
        let (value, how, at, by) = match known {
            Some((value, how, at, by)) => (value, Some(how), Some(at), by),
            None => ("not on record".to_owned(), None, None, None),
        };
        let by = by.map(|by| format!(", {}", printable(by, 80))).unwrap_or_default();
        let asked = option150.asked_at(phase);
        let (mark, style, said) = match (how, asked) {
            (Some(How::Probed), Some(asked)) => {
                (theme.symbols.done, theme.good, format!("{}  {}", clock(Some(asked.at)), asked.told_by()))
            }
            (Some(How::Probed), None) => (theme.symbols.done, theme.good, clock(at)),
            (Some(How::ByHand), _) => (theme.symbols.warn, theme.warn, format!("{}  by hand", clock(at))),
            (None, _) => (theme.symbols.warn, theme.warn, String::new()),
        };
        let head = format!("{label:<11}{mark} {name:<7} ");
        let room = column.width().saturating_sub(text::width(&head));
        let rest = text::fit(&format!("{value:<longest$}  {said}{by}"), room, theme.symbols.cut);
        column.line(Line::from(vec![Span::styled(head, style), Span::raw(rest)]));
    }
    for reminder in option150.reminders() {
        let mark = Span::styled(format!("{} ", theme.symbols.arrow), theme.heading);
        let most = if column.lines_left() > 12 { 3 } else { 1 };
        column.hanging(mark, &printable(&reminder, 600), Style::new(), most);
    }
}

fn clock(at: Option<Timestamp>) -> String {
    at.map(|at| at.to_string().get(11..19).unwrap_or_default().to_owned()).unwrap_or_default()
}
