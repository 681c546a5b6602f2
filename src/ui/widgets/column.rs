//! A column of lines from top to bottom that stops where the room ends: the screens write into it and never count.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ui::text;
use crate::ui::theme::Theme;

/// What is left of an area while lines are put into it.
pub struct Column<'a, 'b> {
    /// Where the lines go.
    pub frame: &'a mut Frame<'b>,
    /// How they look.
    pub theme: &'a Theme,
    area: Rect,
}

impl<'a, 'b> Column<'a, 'b> {
    /// An empty column.
    pub fn new(frame: &'a mut Frame<'b>, area: Rect, theme: &'a Theme) -> Self {
        let area = area.intersection(frame.area());
        Self { frame, theme, area }
    }

    /// The room that is left.
    pub fn rest(&self) -> Rect {
        self.area
    }

    /// Lines that are left.
    pub fn lines_left(&self) -> u16 {
        self.area.height
    }

    /// Columns of a line.
    pub fn width(&self) -> usize {
        self.area.width.into()
    }

    /// So many lines of the room, or what there is.
    pub fn take(&mut self, height: u16) -> Rect {
        let taken = Rect { height: height.min(self.area.height), ..self.area };
        self.area.y = self.area.y.saturating_add(taken.height);
        self.area.height -= taken.height;
        taken
    }

    /// So many lines from the bottom of the room.
    pub fn take_bottom(&mut self, height: u16) -> Rect {
        let height = height.min(self.area.height);
        self.area.height -= height;
        Rect { y: self.area.y + self.area.height, height, ..self.area }
    }

    /// One line; cut where the room ends.
    pub fn line<'l>(&mut self, line: impl Into<Line<'l>>) {
        let area = self.take(1);
        self.frame.render_widget(line.into(), area);
    }

    /// A blank line.
    pub fn gap(&mut self) {
        self.take(1);
    }

    /// A blank line where there is room for it beside `needed` lines.
    pub fn gap_if_room(&mut self, needed: u16) {
        if self.area.height > needed {
            self.gap();
        }
    }

    /// A title.
    pub fn heading(&mut self, text: &str) {
        let fitted = text::fit(text, self.width(), self.theme.symbols.cut);
        self.line(Span::styled(fitted, self.theme.heading));
    }

    /// Text over as many lines as it takes, but no more than `most`.
    pub fn text(&mut self, text: &str, style: Style, most: usize) {
        self.hanging("", text, style, most);
    }

    /// Text behind a mark, its further lines below its first.
    pub fn hanging<'l>(&mut self, mark: impl Into<Span<'l>>, text: &str, style: Style, most: usize) {
        let mark = mark.into();
        let indent = mark.width();
        let room = self.width().saturating_sub(indent).max(1);
        let mut lines = text::wrap(text, room);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = text::fit(last, room.saturating_sub(1), "");
                last.push_str(self.theme.symbols.cut);
            }
        }
        let blank = " ".repeat(indent);
        for (nth, line) in lines.into_iter().enumerate() {
            let mark = if nth == 0 { mark.clone() } else { Span::raw(blank.clone()) };
            self.line(Line::from(vec![mark, Span::styled(line, style)]));
        }
    }

    /// A label and what it says, in columns of their own.
    pub fn fact(&mut self, label: &str, columns: usize, text: &str, style: Style, most: usize) {
        self.hanging(format!("{label:<columns$}"), text, style, most);
    }

    /// A line across.
    pub fn rule(&mut self) {
        let line = self.theme.symbols.across.repeat(self.width());
        let style = self.theme.rule;
        self.line(Span::styled(line, style));
    }
}
