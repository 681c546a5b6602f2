//! What lies where in a picture, as far as the mouse can press it: noted down while the picture is drawn, so that
//! there is one layout and not two.

use ratatui::layout::{Position, Rect};

use crate::wizard::Spot;

/// The spots of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits(Vec<(Rect, Spot)>);

impl Hits {
    /// Something was drawn there.
    pub(super) fn add(&mut self, area: Rect, spot: Spot) {
        if !area.is_empty() {
            self.0.push((area, spot));
        }
    }

    /// Lines below each other, each with what it is.
    pub(super) fn lines(&mut self, first: Rect, spots: impl IntoIterator<Item = Spot>) {
        for (y, spot) in (first.y..).zip(spots) {
            self.add(Rect { y, height: 1, ..first }, spot);
        }
    }

    /// Something lies over all of that area: what was drawn below it cannot be pressed.
    pub(super) fn cover(&mut self, area: Rect) {
        self.0.retain(|(below, _)| !area.intersects(*below));
    }

    /// What lies there; what was drawn last lies on top.
    pub fn at(&self, column: u16, line: u16) -> Option<Spot> {
        let at = Position { x: column, y: line };
        self.0.iter().rev().find(|(area, _)| area.contains(at)).map(|(_, spot)| *spot)
    }

    /// All spots with their areas.
    pub fn iter(&self) -> impl Iterator<Item = (Rect, Spot)> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_top_is_pressed_and_nothing_below_a_dialog() {
        let mut hits = Hits::default();
        hits.lines(Rect::new(2, 3, 10, 5), [Spot::Row(0), Spot::Row(1)]);
        assert_eq!(
            [hits.at(2, 3), hits.at(11, 4), hits.at(12, 4), hits.at(5, 5)],
            [Some(Spot::Row(0)), Some(Spot::Row(1)), None, None]
        );
        hits.add(Rect::new(5, 4, 1, 1), Spot::Row(7));
        assert_eq!(hits.at(5, 4), Some(Spot::Row(7)));
        hits.cover(Rect::new(0, 4, 80, 1));
        assert_eq!([hits.at(5, 4), hits.at(5, 3)], [None, Some(Spot::Row(0))]);
    }
}
