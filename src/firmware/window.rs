//! The window: whether a release can serve as the intermediate load, and the reason in one sentence.
//!
//! Old or new key cannot be read from a file, so the release decides. Which releases bridge the change of the key
//! stands in `assets/versions.toml`; nothing here knows a number.

use serde::{Deserialize, Serialize};

use super::version::Release;
use crate::catalog::{Catalog, Window};

/// Where a release stands to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It does not know the new key: a phone that runs it refuses CUCM's load.
    TooOld,
    /// Old phones accept it, and it knows the new key.
    Intermediate,
    /// Signed with the new key alone: an old phone refuses it.
    TooNew,
    /// Nothing published tells.
    Uncertain,
}

/// What is to be said about a release as the intermediate load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Where it stands.
    pub standing: Standing,
    /// Whether it is the one to use. Implies [`Standing::Intermediate`].
    pub recommended: bool,
    /// Why, in one plain sentence.
    pub reason: String,
    /// Where sources disagree about it, in one sentence.
    pub conflict: Option<String>,
}

/// Judge a release. Its build numbers do not matter.
pub fn judge(catalog: &Catalog, release: &Release) -> Judgement {
    let window = &catalog.versions().window;
    let bare = release.without_build();
    let standing = standing(window, &bare);
    let recommended = standing == Standing::Intermediate && bare == window.recommended;
    let Window { first, last, recommended: best, too_new_from, .. } = window;
    let reason = match standing {
        Standing::TooOld => {
            format!(
                "{release} is too old: only loads from {first} on know the new key that CUCM's load is signed with."
            )
        }
        Standing::Intermediate if recommended => {
            format!(
                "{release} is the recommended intermediate load: old phones accept it, and it knows the new key."
            )
        }
        Standing::Intermediate => {
            format!(
                "{release} lies between {first} and {last}, which old phones accept and which know the new key; {best} is the safest of them."
            )
        }
        Standing::TooNew => {
            format!(
                "{release} is too new: loads from {too_new_from} on are signed with the new key alone, which a phone below {first} refuses."
            )
        }
        Standing::Uncertain => {
            format!(
                "{release} is a special build, and nothing published tells on which side of the change of the key it lies."
            )
        }
    };
    let conflict = catalog
        .versions()
        .disagreements
        .iter()
        .find(|d| d.first <= bare && bare < d.before)
        .map(|d| d.says.clone());
    Judgement { standing, recommended, reason, conflict }
}

/// `release` without its build numbers.
fn standing(window: &Window, release: &Release) -> Standing {
    let [first, last, new] =
        [window.first, window.last, window.too_new_from].map(|bound| release.compare(&bound));
    if first.certain && first.ordering.is_lt() {
        Standing::TooOld
    } else if new.certain && new.ordering.is_ge() {
        Standing::TooNew
    } else if first.certain && last.certain && last.ordering.is_le() {
        Standing::Intermediate
    } else {
        Standing::Uncertain
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::version::tests::any_release;
    use super::*;

    fn judged(text: &str) -> Judgement {
        judge(Catalog::embedded(), &text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}")))
    }

    #[test]
    fn the_window_runs_from_8_3_3_up_to_and_including_8_5_2() {
        use Standing::{Intermediate, TooNew, TooOld, Uncertain};
        for (text, standing) in [
            ("6.0(3)", TooOld),
            ("8.3(1)", TooOld),
            ("8.3(2)", TooOld),
            ("8.3(2)SR9", TooOld),
            ("8.3(3)", Intermediate),
            ("8.3(3)SR2", Intermediate),
            ("8.3(5)", Intermediate),
            ("8.4(4)", Intermediate),
            ("8.4(2)ES7", Intermediate),
            ("8.5(1)", Intermediate),
            ("8.5(2)", Intermediate),
            ("8-5-2-1S", Intermediate),
            ("8.5(2)SR1", TooNew),
            ("8.5(2)SR2", TooNew),
            ("8.5(3)", TooNew),
            ("9.4(2)SR4-3", TooNew),
            ("8.5(2)ES1", Uncertain),
            ("8.3(3)ES1", Uncertain),
        ] {
            assert_eq!(judged(text).standing, standing, "{text}");
        }
    }

    #[test]
    fn one_release_alone_is_recommended() {
        assert!(judged("8.5(2)").recommended);
        for text in ["8.5(1)", "8.4(4)", "8.5(2)SR1", "8.5(2)ES1", "8.5(3)"] {
            assert!(!judged(text).recommended, "{text}");
        }
    }

    #[test]
    fn it_says_where_sources_disagree() {
        assert!(judged("8.5(2)SR1").conflict.is_some_and(|says| says.contains("middle step")));
        assert!(judged("8.4(4)").conflict.is_some_and(|says| says.contains("8.5(1)")));
        assert!(judged("8.3(3)SR2").conflict.is_some());
        for text in ["8.5(2)", "8.5(1)", "8.5(3)", "8.3(2)", "8.5(2)SR2"] {
            assert_eq!(judged(text).conflict, None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_judgement_has_one_sentence_that_names_the_release(release in any_release()) {
            let judgement = judge(Catalog::embedded(), &release);
            prop_assert!(judgement.reason.starts_with(&release.to_string()), "{}", judgement.reason);
            prop_assert!(judgement.reason.ends_with('.') && !judgement.reason.contains(". "), "{}", judgement.reason);
            prop_assert!(!judgement.recommended || judgement.standing == Standing::Intermediate);
        }

        #[test]
        fn standing_never_falls_back_as_releases_rise(a in any_release(), b in any_release()) {
            let rank = |r: &Release| match judge(Catalog::embedded(), r).standing {
                Standing::TooOld => Some(0),
                Standing::Intermediate => Some(1),
                Standing::TooNew => Some(2),
                Standing::Uncertain => None,
            };
            if let (true, Some(of_a), Some(of_b)) = (a <= b, rank(&a), rank(&b)) {
                prop_assert!(of_a <= of_b, "{:#} {} {:#} {}", a, of_a, b, of_b);
            }
        }
    }
}
