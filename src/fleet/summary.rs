//! How many phones stand at each stage, and how many of them are done or need a hand.

use std::collections::BTreeMap;
use std::fmt;

use super::stage::Stage;

/// Counts by stage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary(BTreeMap<Stage, usize>);

impl Summary {
    /// Phones at one stage.
    pub fn at(&self, stage: Stage) -> usize {
        self.0.get(&stage).copied().unwrap_or(0)
    }

    /// All phones.
    pub fn seen(&self) -> usize {
        self.0.values().sum()
    }

    /// Phones that are recovered.
    pub fn back(&self) -> usize {
        self.at(Stage::Back)
    }

    /// Phones on their way: leave them alone.
    pub fn under_way(&self) -> usize {
        self.at(Stage::Loading) + self.at(Stage::WritingFlash)
    }

    /// Phones that somebody has to look after.
    pub fn in_trouble(&self) -> usize {
        self.0.iter().filter(|(stage, _)| stage.is_trouble()).map(|(_, count)| count).sum()
    }

    /// The stages that any phone is at, with their counts, in the order of [`Stage`].
    pub fn iter(&self) -> impl Iterator<Item = (Stage, usize)> {
        self.0.iter().map(|(stage, count)| (*stage, *count))
    }
}

impl FromIterator<Stage> for Summary {
    fn from_iter<T: IntoIterator<Item = Stage>>(stages: T) -> Self {
        let mut counts = BTreeMap::new();
        for stage in stages {
            *counts.entry(stage).or_default() += 1;
        }
        Self(counts)
    }
}

impl fmt::Display for Summary {
    /// `3 phones: 1 loading, 2 back`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.seen();
        write!(f, "{seen} {}", if seen == 1 { "phone" } else { "phones" })?;
        for (nth, (stage, count)) in self.iter().enumerate() {
            write!(f, "{} {count} {stage}", if nth == 0 { ":" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_read_as_a_sentence() {
        let none: Summary = [].into_iter().collect();
        assert_eq!(none.to_string(), "0 phones");
        let some: Summary = [Stage::Back, Stage::Loading, Stage::Back, Stage::Silent, Stage::WritingFlash]
            .into_iter()
            .collect();
        assert_eq!(some.to_string(), "5 phones: 1 loading, 1 writing flash, 2 back, 1 silent");
        assert_eq!((some.seen(), some.back(), some.under_way(), some.in_trouble()), (5, 2, 2, 1));
    }
}
