//! The phones, a line each: who, where, how far, how fast, and the stage in words. Columns by the width there is.
//!
//! The words alone tell the story; bar, mark and colour only repeat it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::fleet::{PhoneNow, Stage};
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::{bar, list, stages};

/// What is drawn.
pub struct Table<'a> {
    /// The phones in the order of their lines.
    pub phones: &'a [PhoneNow<'a>],
    /// All phones, shown or filtered away.
    pub all: usize,
    /// The line that is selected.
    pub selected: Option<usize>,
    /// The order in words, if it is not the usual one.
    pub order: Option<&'a str>,
    /// What is shown of all phones, in words, if not all are.
    pub filter: Option<&'a str>,
}

/// A column of the table; some with their own width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Mac,
    Model(usize),
    Address(usize),
    File,
    Bar(usize),
    Percent,
    Rate,
    Left,
    Words,
}

impl Cell {
    fn title(self) -> &'static str {
        match self {
            Self::Mac => "MAC",
            Self::Model(_) => "Model",
            Self::Address(_) => "Address",
            Self::File => "File",
            Self::Bar(_) | Self::Percent => "",
            Self::Rate => "Rate",
            Self::Left => "Left",
            Self::Words => "Stage",
        }
    }

    /// Columns on the screen; those of the words are the least, they get what the others leave.
    fn columns(self) -> usize {
        match self {
            Self::Mac => 12,
            Self::File | Self::Left => 5,
            Self::Model(columns) | Self::Address(columns) | Self::Bar(columns) => columns,
            Self::Percent => 4,
            Self::Rate => 8,
            Self::Words => WORDS,
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::File | Self::Percent | Self::Rate | Self::Left)
    }
}

/// Least columns for the words.
const WORDS: usize = 24;
/// The cursor, the mark of the stage, a blank.
const MARKS: usize = 3;
/// Columns of a short bar and of a long one.
const BARS: [usize; 2] = [8, 24];

/// The columns for a width: who and what are always there; the others come as there is room, the telling ones first.
fn cells(width: usize, model: usize, address: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Address(address), Cell::Words];
    let needs = |cells: &[Cell]| MARKS + cells.iter().map(|cell| cell.columns() + 1).sum::<usize>();
    let telling = [
        Cell::Percent,
        Cell::Bar(BARS[0]),
        Cell::Model(model),
        Cell::File,
        Cell::Rate,
        Cell::Left,
        Cell::Mac,
        Cell::Bar(BARS[1]),
    ];
    for cell in telling {
        let mut more = cells.clone();
        more.retain(|have| {
            have.title() != cell.title() || !matches!((have, cell), (Cell::Bar(_), Cell::Bar(_)))
        });
        more.push(cell);
        if needs(&more) > width + 1 {
            break;
        }
        cells = more;
    }
    cells.sort_by_key(|cell| match cell {
        Cell::Mac => 0,
        Cell::Model(_) => 1,
        Cell::Address(_) => 2,
        Cell::File => 3,
        Cell::Bar(_) => 4,
        Cell::Percent => 5,
        Cell::Rate => 6,
        Cell::Left => 7,
        Cell::Words => 8,
    });
    cells
}

/// Columns that the widest of these phones needs, between the title's and `most`.
fn widest(table: &Table<'_>, title: &str, most: usize, of: impl Fn(&PhoneNow<'_>) -> usize) -> usize {
    table.phones.iter().map(of).max().unwrap_or(0).clamp(text::width(title) + 1, most)
}

/// Columns of an address, without writing it out: this is asked for every phone of every frame.
fn address_columns(address: IpAddr) -> usize {
    let digits = |octet: u8| match octet {
        100.. => 3,
        10.. => 2,
        _ => 1,
    };
    match address {
        IpAddr::V4(v4) => v4.octets().into_iter().map(digits).sum::<usize>() + 3,
        IpAddr::V6(_) => 39,
    }
}

/// Draw the head, the phones that fit, and their place among all if some are out of sight. Answers the line of the
/// first phone that is seen, and which are, for the mouse.
pub fn draw(column: &mut Column<'_, '_>, table: &Table<'_>) -> (Rect, Range<usize>) {
    let theme = column.theme;
    let model = widest(table, "Model", 9, |phone| models_columns(phone.models()));
    let address = widest(table, "Address", 15, |phone| address_columns(phone.address()));
    let cells = cells(column.width(), model, address);
    if column.lines_left() > 3 {
        let width = column.width();
        column.line(head(&cells, table, width, theme));
    }
    let crowded = table.phones.len() > column.lines_left().into();
    let filtered = table.phones.len() < table.all;
    let foot = u16::from((crowded || filtered) && column.lines_left() > 1);
    let room = column.lines_left().saturating_sub(foot);
    let seen = list::window(table.phones.len(), table.selected.unwrap_or(0), room.into());
    let first = column.rest();
    for (nth, phone) in table.phones.iter().enumerate().take(seen.end).skip(seen.start) {
        let width = column.width();
        column.line(row(phone, table.selected == Some(nth), &cells, width, theme));
    }
    if foot > 0 {
        let mut place = match (table.phones.len(), table.filter) {
            (0, Some(_)) => Line::from("    None of the phones."),
            _ => list::position(&seen, table.phones.len(), table.selected, theme),
        };
        if let (true, Some(filter)) = (filtered, table.filter) {
            place.push_span(Span::raw(format!(
                "   filter: {filter}; {} in all",
                text::count(table.all, "phone")
            )));
        }
        column.line(place);
    }
    (first, seen)
}

fn head(cells: &[Cell], table: &Table<'_>, width: usize, theme: &Theme) -> Line<'static> {
    let mut out = " ".repeat(MARKS);
    for (nth, cell) in cells.iter().enumerate() {
        if nth > 0 {
            out.push(' ');
        }
        let title = match (cell, table.order) {
            (Cell::Words, Some(order)) => format!("{}   by {order}", cell.title()),
            _ => cell.title().to_owned(),
        };
        let columns =
            if *cell == Cell::Words { width.saturating_sub(text::width(&out)) } else { cell.columns() };
        out.push_str(&pad(&title, columns, cell.is_number(), theme));
    }
    Line::from(Span::styled(out, theme.heading))
}

fn pad(text: &str, columns: usize, to_the_right: bool, theme: &Theme) -> String {
    let text = text::fit(text, columns, theme.symbols.cut);
    let blanks = " ".repeat(columns.saturating_sub(text::width(&text)));
    if to_the_right { format!("{blanks}{text}") } else { format!("{text}{blanks}") }
}

fn row(phone: &PhoneNow<'_>, selected: bool, cells: &[Cell], width: usize, theme: &Theme) -> Line<'static> {
    let stage = phone.stage();
    let (mark, style) = stages::look(stage, theme);
    let first = if selected { theme.selected } else { Style::new() };
    let pointer = if selected { theme.symbols.now } else { " " };
    let mut spans = vec![Span::styled(pointer, theme.progress), Span::styled(mark, style), Span::raw(" ")];
    for (nth, cell) in cells.iter().enumerate() {
        if nth > 0 {
            spans.push(Span::raw(" "));
        }
        let columns = cell.columns();
        let put = |text: &str| pad(text, columns, cell.is_number(), theme);
        let style_of_first = if nth == 0 { first } else { Style::new() };
        match cell {
            Cell::Mac => spans.push(Span::styled(put(&mac(phone)), style_of_first)),
            Cell::Model(_) => spans.push(Span::styled(put(&models(phone.models())), style_of_first)),
            Cell::Address(_) => spans.push(Span::styled(put(&phone.address().to_string()), style_of_first)),
            Cell::File => {
                let file = phone.file_of().map(|(nth, all)| format!("{nth}/{all}"));
                spans.push(Span::raw(put(&file.unwrap_or_default())));
            }
            Cell::Bar(columns) => spans.extend(bar::spans(phone.share(), *columns, style, theme)),
            Cell::Percent => spans.push(Span::raw(put(&percent(phone)))),
            Cell::Rate => {
                let pace = phone.rate().filter(|_| stage == Stage::Loading).map(text::rate);
                spans.push(Span::raw(put(&pace.unwrap_or_default())));
            }
            Cell::Left => {
                spans.push(Span::raw(put(&phone.estimate().map(text::clock).unwrap_or_default())));
            }
            Cell::Words => {
                let used: usize = spans.iter().map(Span::width).sum();
                let words = words(phone, width.saturating_sub(used));
                spans.push(Span::styled(
                    text::fit(&words, width.saturating_sub(used), theme.symbols.cut),
                    style,
                ));
            }
        }
    }
    Line::from(spans)
}

/// The stage in words for a room: all of it where it fits, and otherwise the part that matters most.
fn words<'p>(phone: &PhoneNow<'p>, room: usize) -> Cow<'p, str> {
    let long = phone.words();
    if text::width(&long) <= room {
        return long.into();
    }
    match phone.stage() {
        Stage::Loading => {
            let stem = phone.file().and_then(|file| file.split('.').next()).unwrap_or("");
            format!("loading {stem}").into()
        }
        Stage::WritingFlash if room >= 28 => "writing flash: do not unplug".into(),
        Stage::WritingFlash => "do not unplug".into(),
        Stage::Back => "back: recovered".into(),
        Stage::Rejected => "rejects the load".into(),
        Stage::MissingFile => match phone.missing().last() {
            Some(file) if text::width(file) + 9 <= room => format!("asks for {file}").into(),
            Some(file) => format!("asks for {}", file.split('.').next().unwrap_or(file)).into(),
            None => "asks for a missing file".into(),
        },
        // How long, if the words end with it.
        stage => match long.rsplit_once(" for ") {
            Some((_, span)) if stage.is_trouble() => format!("{stage} for {span}").into(),
            _ => stage.to_string().into(),
        },
    }
}

/// The MAC, once the phone named itself.
pub fn mac(phone: &PhoneNow<'_>) -> String {
    phone.mac().map(|mac| mac.to_string()).unwrap_or_default()
}

/// The models that a phone can be, in few letters: `7945G`, and `7941G/-GE` where two share a default load file.
pub fn models(models: &[String]) -> String {
    let Some((first, others)) = models.split_first() else { return String::new() };
    let mut out = first.clone();
    for other in others {
        out.push('/');
        out.push_str(other.strip_prefix(first.as_str()).unwrap_or(other));
    }
    out
}

fn models_columns(models: &[String]) -> usize {
    match models {
        [] => 0,
        [only] => text::width(only),
        several => text::width(&self::models(several)),
    }
}

/// `42%`, without ever rounding up to what is not there yet.
pub fn percent(phone: &PhoneNow<'_>) -> String {
    match phone.total() {
        0 => String::new(),
        _ => format!("{:.0}%", (phone.share() * 100.0).floor()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_as_there_is_room_and_words_always() {
        let titles =
            |width: usize| cells(width, 9, 10).iter().map(|cell| cell.title()).collect::<Vec<_>>().join(" ");
        assert_eq!(titles(20), "Address Stage");
        assert_eq!(titles(78), "Model Address File   Rate Stage");
        assert_eq!(titles(84), "Model Address File   Rate Left Stage");
        assert_eq!(titles(120), "MAC Model Address File   Rate Left Stage");
        for width in 44..200 {
            let cells = cells(width, 9, 15);
            let used: usize = cells.iter().map(|cell| cell.columns() + 1).sum::<usize>() + MARKS - 1;
            assert!(width >= used, "{width}");
            assert!(cells.len() < 9 || cells.contains(&Cell::Bar(24)) || width < 125, "{width}");
        }
    }

    #[test]
    fn the_columns_of_an_address_are_counted_as_it_is_written() {
        for address in ["1.2.3.4", "10.20.100.255", "255.255.255.255", "0.10.99.101"] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(address_columns(address), address.to_string().len(), "{address}");
        }
    }

    #[test]
    fn models_that_share_a_default_load_file_are_both_named() {
        let names = |names: &[&str]| models(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["7941G", "7941G-GE"]), "7941G/-GE");
        assert_eq!(names(&["7945G"]), "7945G");
        assert_eq!(names(&[]), "");
    }
}
