//! A model that somebody named and that is not of the series: what is known of it, and what is known instead.

use super::{Catalog, Model};
use crate::error::{Advice, printable};

/// Why a name leads to no model of the series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A phone that is known, but is not of the series.
    #[error("the {model} is not of this series")]
    Foreign {
        /// The model.
        model: String,
        /// Why this program can do nothing for it, a sentence.
        why: String,
        /// The models of the series.
        known: Vec<String>,
    },
    /// A name that nobody knows.
    #[error("no model `{asked}` is known")]
    Unknown {
        /// The name.
        asked: String,
        /// The models of the series.
        known: Vec<String>,
    },
}

impl Catalog {
    /// Like [`Catalog::model`], with an error that says what is known instead.
    pub fn expect_model(&self, asked: &str) -> Result<&Model, ModelError> {
        self.model(asked).ok_or_else(|| {
            let known = self.models().iter().map(|model| model.model.clone()).collect();
            match self.foreign_model(asked) {
                Some((foreign, model)) => {
                    ModelError::Foreign { model: model.model.clone(), why: foreign.why.clone(), known }
                }
                None => ModelError::Unknown { asked: printable(asked.trim(), 40), known },
            }
        })
    }
}

impl Advice for ModelError {
    fn code(&self) -> &'static str {
        match self {
            Self::Foreign { .. } => "model-foreign",
            Self::Unknown { .. } => "model-unknown",
        }
    }

    fn advice(&self) -> Vec<String> {
        let models = |known: &[String]| format!("The models of the series are {}.", known.join(", "));
        match self {
            Self::Foreign { why, known, .. } => vec![why.clone(), models(known)],
            Self::Unknown { known, .. } => {
                vec![models(known), "The model is printed on the back of the phone.".into()]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_outside_the_series_is_named_for_what_it_is() {
        let catalog = Catalog::embedded();
        assert_eq!(catalog.expect_model("cp-7945g").map(|model| model.model.as_str()), Ok("7945G"));
        let foreign = catalog.expect_model("7940").unwrap_err();
        assert_eq!(
            (foreign.code(), foreign.to_string().as_str()),
            ("model-foreign", "the 7940G is not of this series")
        );
        assert!(foreign.advice()[0].contains("OS79XX.TXT"), "{:?}", foreign.advice());
        let unknown = catalog.expect_model("9971\x1b[2J").unwrap_err();
        assert_eq!(unknown.code(), "model-unknown");
        assert!(!unknown.to_string().contains('\x1b') && unknown.advice()[0].contains("7945G"), "{unknown}");
    }
}
