//! Which models ask for which default load file: a table that the caller fills from the catalog.
//!
//! The fleet itself knows no model: what it says about one comes from here.

use std::collections::BTreeMap;

use super::requests::fold;

/// Default load file to family and models. An empty table is allowed; phones then have no model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Models(BTreeMap<String, Asker>);

/// Who asks for a default load file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asker {
    /// Family number as in the names of its files, `45`.
    pub family: String,
    /// The models, in the order of the table; more than one where they cannot be told apart.
    pub models: Vec<String>,
}

impl Models {
    /// Note that `model` of `family` asks for `default_load_file`.
    pub fn add(&mut self, default_load_file: &str, family: &str, model: &str) {
        let asker = self.0.entry(fold(default_load_file)).or_default();
        family.clone_into(&mut asker.family);
        if !asker.models.iter().any(|known| known == model) {
            asker.models.push(model.to_owned());
        }
    }

    /// The family of a model.
    pub fn family_of(&self, model: &str) -> Option<&str> {
        let of = |asker: &&Asker| asker.models.iter().any(|known| known == model);
        self.0.values().find(of).map(|asker| asker.family.as_str())
    }

    /// Who asks for this file; case and a leading `/` do not matter.
    pub fn asker(&self, default_load_file: &str) -> Option<&Asker> {
        self.0.get(&fold(default_load_file))
    }
}

impl<F: AsRef<str>, G: AsRef<str>, M: AsRef<str>> FromIterator<(F, G, M)> for Models {
    /// From triples of default load file, family and model.
    fn from_iter<T: IntoIterator<Item = (F, G, M)>>(triples: T) -> Self {
        let mut models = Self::default();
        for (file, family, model) in triples {
            models.add(file.as_ref(), family.as_ref(), model.as_ref());
        }
        models
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_share_a_default_load_file_are_all_named() {
        let models: Models = [
            ("term41.default.loads", "41", "7941G"),
            ("term41.default.loads", "41", "7941G-GE"),
            ("term41.default.loads", "41", "7941G"),
            ("term70.default.loads", "70", "7970G"),
        ]
        .into_iter()
        .collect();
        let asker = models.asker("/Term41.default.loads").unwrap();
        assert_eq!((asker.family.as_str(), asker.models.len()), ("41", 2));
        assert_eq!(models.asker("term45.default.loads"), None);
    }
}
