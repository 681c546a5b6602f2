//! The path: from the load on a phone to the load that CUCM hands out, hop by hop, and why.
//!
//! A hop is a load that must run on the phone before the next one. When none is needed, Auth Fail has another
//! cause, and the plan names the candidates. The rules are data (`assets/versions.toml`); `planner` is their logic.

mod planner;
#[cfg(test)]
mod tests;

use serde::Serialize;

use self::planner::Planner;
use super::load_name::{LoadName, StatedLoad};
use super::version::{Protocol, Release};
use crate::catalog::{Catalog, Cause, Evidence, Model};
use crate::error::Advice;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The load on the phone; `None` if nobody knows.
    pub phone: Option<StatedLoad>,
    /// The load that CUCM hands out.
    pub target: StatedLoad,
    /// The model, if it is known.
    pub model: Option<&'a Model>,
}

/// A question that cannot be answered because its parts contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A load of another family than the model's.
    #[error("{what} is of family {family}, but the {model} takes loads of family {expected}")]
    OtherFamily {
        /// `the load on the phone` or `the target`.
        what: &'static str,
        /// Family of the load.
        family: String,
        /// The model.
        model: String,
        /// Family of the model.
        expected: String,
    },
    /// The two loads are of different families.
    #[error("the load on the phone is of family {phone}, and the target is of family {target}")]
    TwoFamilies {
        /// Family of the load on the phone.
        phone: String,
        /// Family of the target.
        target: String,
    },
    /// A family that the catalog does not have.
    #[error("family {family} is not of this series")]
    UnknownFamily {
        /// The family.
        family: String,
        /// The families of the series.
        known: Vec<String>,
    },
}

impl Advice for PathError {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherFamily { .. } => "path-other-family",
            Self::TwoFamilies { .. } => "path-two-families",
            Self::UnknownFamily { .. } => "path-unknown-family",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::OtherFamily { expected, .. } => vec![
                format!(
                    "Give a load whose name begins with SCCP{expected} or SIP{expected}, or the release alone."
                ),
                "Check the model on the back of the phone.".into(),
            ],
            Self::TwoFamilies { .. } => {
                vec!["A phone only takes loads of its own family: give the releases alone, or correct one name.".into()]
            }
            Self::UnknownFamily { known, .. } => {
                vec![format!("The families of the series are {}.", known.join(", "))]
            }
        }
    }
}

/// What the plan comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At least one load must come before the target.
    HopsNeeded,
    /// The phone takes the target as it is: Auth Fail has another cause.
    NoHopNeeded,
    /// The phone has the target already: Auth Fail has another cause.
    SameLoad,
    /// The target is older than the load on the phone. No source describes a hop for that.
    GoingBack,
}

/// Why a load is on the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopKind {
    /// A step that a very old phone needs before the window.
    SteppingStone,
    /// The intermediate load: it bridges the change of the key.
    Intermediate,
    /// A release that must come in between for another reason than the key.
    Bridge,
    /// The same protocol first, because the target changes it.
    ProtocolStep,
    /// The load that CUCM hands out.
    Target,
}

/// One load on the path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hop {
    /// Why it is there.
    pub kind: HopKind,
    /// Its release.
    pub release: Release,
    /// Its protocol, where it is known.
    pub protocol: Option<Protocol>,
    /// Its name, where family and protocol are known.
    pub load: Option<LoadName>,
    /// Why, in a sentence.
    pub reason: String,
    /// Where the rule comes from; `None` for the target, which CUCM decides.
    pub evidence: Option<Evidence>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan<'a> {
    /// What it comes to.
    pub verdict: Verdict,
    /// The same in a sentence or two.
    pub summary: String,
    /// The loads in order; the last one is the target. Empty if the phone has the target already.
    ///
    /// Releases rise from one hop to the next, or stay while the protocol changes; only
    /// [`Verdict::GoingBack`] has a single hop that falls.
    pub hops: Vec<Hop>,
    /// What else may cause Auth Fail. Empty if the path crosses the change of the key, which explains it.
    pub causes: Vec<&'a Cause>,
    /// What to keep in mind, a sentence or two each.
    pub notes: Vec<String>,
}

/// Work out the path.
pub fn plan<'a>(catalog: &'a Catalog, question: &Question<'_>) -> Result<Plan<'a>, PathError> {
    let family = family(catalog, question)?;
    Ok(Planner { catalog, question, family }.plan())
}

/// The family that model and names agree on.
fn family(catalog: &Catalog, question: &Question<'_>) -> Result<Option<String>, PathError> {
    let phone = question.phone.as_ref().and_then(|phone| phone.family.clone());
    let target = question.target.family.clone();
    for family in [&phone, &target].into_iter().flatten() {
        if catalog.family(family).is_none() {
            let known = catalog.families().iter().map(|family| family.number.clone()).collect();
            return Err(PathError::UnknownFamily { family: family.clone(), known });
        }
    }
    if let Some(model) = question.model {
        for (what, family) in [("the load on the phone", &phone), ("the target", &target)] {
            if let Some(family) = family.as_ref().filter(|family| **family != model.family) {
                let (model, expected) = (model.model.clone(), model.family.clone());
                return Err(PathError::OtherFamily { what, family: family.clone(), model, expected });
            }
        }
        return Ok(Some(model.family.clone()));
    }
    match (phone, target) {
        (Some(phone), Some(target)) if phone != target => Err(PathError::TwoFamilies { phone, target }),
        (phone, target) => Ok(target.or(phone)),
    }
}
