//! The step Path: which phones, which load is on them, which one CUCM hands out; and live what follows from that.

use super::field::TextField;
use crate::catalog::Catalog;
use crate::error::Advice as _;
use crate::firmware::path::{self, Question};
use crate::firmware::problem::Problem;
use crate::firmware::{Plan, StatedLoad};

/// What CUCM 7.1(3) hands out: the case that brings most phones here.
const USUAL_TARGET: &str = "8.5(2)SR1";

/// What is being edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PathFocus {
    /// The family.
    #[default]
    Family,
    /// The load on the phone.
    Phone,
    /// The load that CUCM hands out.
    Cucm,
}

impl PathFocus {
    pub(super) const ALL: [Self; 3] = [Self::Family, Self::Phone, Self::Cucm];
}

/// What was entered so far, right or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDraft {
    /// Where the cursor is.
    pub focus: PathFocus,
    /// Index into [`families`].
    pub family: usize,
    /// The load on the phone; empty for "don't know".
    pub phone: TextField,
    /// The load that CUCM hands out.
    pub cucm: TextField,
    /// Paragraphs of the answer scrolled away, see [`PathDraft::paragraphs`].
    pub scroll: usize,
}

impl Default for PathDraft {
    fn default() -> Self {
        Self {
            focus: PathFocus::default(),
            family: 0,
            phone: TextField::default(),
            cucm: TextField::with(USUAL_TARGET),
            scroll: 0,
        }
    }
}

/// A line of the choice of families.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyChoice {
    /// Its number; `None` for "several, or don't know".
    pub number: Option<String>,
    /// In words: `45: 7945G, 7965G`.
    pub label: String,
}

/// The families to choose from, "several" first.
pub fn families(catalog: &Catalog) -> Vec<FamilyChoice> {
    let several = FamilyChoice { number: None, label: "several, or don't know".into() };
    let family = |family: &crate::catalog::Family| {
        let models: Vec<_> = catalog.models_of_family(&family.number).map(|m| m.model.as_str()).collect();
        FamilyChoice { number: Some(family.number.clone()), label: models.join(", ") }
    };
    std::iter::once(several).chain(catalog.families().iter().map(family)).collect()
}

/// What follows from a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct PathAnswer {
    /// What is wrong with the load on the phone.
    pub phone: Option<Problem>,
    /// What is wrong with the load that CUCM hands out.
    pub cucm: Option<Problem>,
    /// The hops; or why they contradict each other. `None` while a field is wrong.
    pub plan: Option<Result<Plan<'static>, Problem>>,
}

impl PathAnswer {
    /// The first thing that is wrong.
    pub fn wrong(&self) -> Option<&Problem> {
        let plan = self.plan.as_ref().and_then(|plan| plan.as_ref().err());
        self.phone.as_ref().or(self.cucm.as_ref()).or(plan)
    }
}

impl PathDraft {
    /// The chosen family; `None` for several.
    pub fn family_number(&self) -> Option<String> {
        families(Catalog::embedded()).into_iter().nth(self.family)?.number
    }

    /// The field that takes letters now.
    pub fn field(&self) -> Option<&TextField> {
        match self.focus {
            PathFocus::Family => None,
            PathFocus::Phone => Some(&self.phone),
            PathFocus::Cucm => Some(&self.cucm),
        }
    }

    pub(super) fn field_mut(&mut self) -> Option<&mut TextField> {
        match self.focus {
            PathFocus::Family => None,
            PathFocus::Phone => Some(&mut self.phone),
            PathFocus::Cucm => Some(&mut self.cucm),
        }
    }

    /// The paragraphs of the answer: its summary, its hops, other causes, notes. None while something is wrong.
    pub fn paragraphs(&self) -> usize {
        match self.answer().plan {
            Some(Ok(plan)) => 1 + plan.hops.len() + plan.causes.len() + plan.notes.len(),
            _ => 0,
        }
    }

    /// Work out the path. Cheap enough for every key press.
    pub fn answer(&self) -> PathAnswer {
        let catalog = Catalog::embedded();
        let phone = stated(self.phone.text());
        let cucm = stated(self.cucm.text()).and_then(|stated| {
            stated.ok_or_else(|| Problem {
                code: "path-no-target",
                message: "the load that CUCM hands out is needed".into(),
                advice: vec![
                    "CUCM shows it under Device, Device Settings, Device Defaults; its TFTP server has the file."
                        .into(),
                ],
            })
        });
        let (phone, cucm) = match (phone, cucm) {
            (Ok(phone), Ok(cucm)) => (phone, cucm),
            (phone, cucm) => return PathAnswer { phone: phone.err(), cucm: cucm.err(), plan: None },
        };
        let family = self.family_number();
        let model = family.as_deref().and_then(|family| catalog.models_of_family(family).next());
        let plan = path::plan(catalog, &Question { phone, target: cucm, model });
        PathAnswer { phone: None, cucm: None, plan: Some(plan.map_err(|error| Problem::of(&error))) }
    }
}

/// A load as it was typed; nothing, a question mark and "don't know" are `None`.
fn stated(text: &str) -> Result<Option<StatedLoad>, Problem> {
    let text = text.trim();
    let unknown = ["", "?", "unknown", "don't know", "dont know"];
    if unknown.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Ok(None);
    }
    text.parse::<StatedLoad>().map(Some).map_err(|error| Problem {
        code: error.code(),
        message: error.to_string(),
        advice: error.advice(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::path::Verdict;

    fn draft(family: usize, phone: &str, cucm: &str) -> PathDraft {
        let (phone, cucm) = (TextField::with(phone), TextField::with(cucm));
        PathDraft { family, phone, cucm, ..PathDraft::default() }
    }

    #[test]
    fn the_defaults_already_give_the_usual_path() {
        let answer = PathDraft::default().answer();
        assert_eq!(answer.wrong(), None);
        let plan = answer.plan.unwrap().unwrap();
        assert_eq!(plan.verdict, Verdict::HopsNeeded);
        assert_eq!(plan.hops[0].release.to_string(), "8.5(2)");
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_a_contradiction_below_them() {
        assert!(draft(0, "8.x", "8.5(2)SR1").answer().phone.is_some());
        assert!(draft(0, "8.3(2)", "").answer().cucm.is_some());
        let several = families(Catalog::embedded());
        let of_42 = several.iter().position(|f| f.number.as_deref() == Some("42")).unwrap();
        let answer = draft(of_42, "SCCP45.8-3-2S", "8.5(2)SR1").answer();
        assert_eq!(answer.wrong().unwrap().code, "path-other-family");
        assert_eq!(draft(0, "don't know", "9.4(2)SR3").answer().wrong(), None);
    }
}
