//! The path as the field knows it, and the laws that every path keeps.

use proptest::prelude::*;

use super::*;
use crate::firmware::version::tests::any_release;
use crate::firmware::window::{Standing, judge};

fn catalog() -> &'static Catalog {
    Catalog::embedded()
}

fn stated(text: &str) -> StatedLoad {
    text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

fn try_path(phone: &str, target: &str, model: &str) -> Result<Plan<'static>, PathError> {
    let phone = (!phone.is_empty()).then(|| stated(phone));
    let model = (!model.is_empty()).then(|| catalog().model(model).unwrap_or_else(|| panic!("{model}")));
    plan(catalog(), &Question { phone, target: stated(target), model })
}

fn path(phone: &str, target: &str, model: &str) -> Plan<'static> {
    try_path(phone, target, model).unwrap_or_else(|wrong| panic!("{phone} {target} {model}: {wrong}"))
}

/// The hops in one line: full names where they are known.
fn hops(plan: &Plan<'_>) -> String {
    let name = |hop: &Hop| hop.load.as_ref().map_or_else(|| hop.release.to_string(), ToString::to_string);
    plan.hops.iter().map(name).collect::<Vec<_>>().join(" > ")
}

#[test]
fn the_case_of_the_first_report_goes_by_way_of_the_recommended_load() {
    let plan = path("8.3(2)", "8.5(2)SR1", "");
    assert_eq!((plan.verdict, hops(&plan).as_str()), (Verdict::HopsNeeded, "8.5(2) > 8.5(2)SR1"));
    assert_eq!(plan.hops[0].kind, HopKind::Intermediate);
    assert!(plan.hops[0].reason.contains("8.3(2)"), "{}", plan.hops[0].reason);
    assert!(plan.causes.is_empty());
    assert!(plan.notes.iter().any(|note| note.contains("disagree")), "{:?}", plan.notes);
}

#[test]
fn names_and_models_give_the_hops_their_full_names() {
    assert_eq!(hops(&path("SCCP45.8-3-2S", "SCCP45.9-4-2SR3-1S", "")), "SCCP45.8-5-2S > SCCP45.9-4-2SR3-1S");
    assert_eq!(hops(&path("8.3(2)", "SIP41.9-4-2SR3-1S", "7961")), "SIP41.8-5-2S > SIP41.9-4-2SR3-1S");
    assert_eq!(hops(&path("8.3(2)", "9.0(3)", "7961")), "8.5(2) > 9.0(3)", "no protocol is known");
}

#[test]
fn a_phone_that_knows_the_key_has_another_trouble() {
    for (phone, target) in
        [("8.4(4)", "8.5(2)SR1"), ("8.5(2)", "9.4(2)SR3"), ("8.5(3)", "9.4(2)SR3"), ("8.5(2)ES1", "8.5(3)")]
    {
        let plan = path(phone, target, "");
        assert_eq!((plan.verdict, plan.hops.len()), (Verdict::NoHopNeeded, 1), "{phone} {target}");
        assert!(
            plan.causes.len() > 5 && plan.causes.iter().all(|cause| !cause.key_change),
            "{phone} {target}"
        );
        assert!(
            plan.notes.iter().any(|note| note.contains("factory reset") && note.contains("8.5(2)")),
            "{:?}",
            plan.notes
        );
        assert!(plan.summary.contains("another cause"), "{}", plan.summary);
    }
}

#[test]
fn an_old_phone_takes_loads_up_to_the_window_without_a_hop() {
    for target in ["8.5(2)", "8.4(4)", "8.3(3)SR2"] {
        assert_eq!(path("8.3(2)", target, "7945").verdict, Verdict::NoHopNeeded, "{target}");
        assert_eq!(path("", target, "7945").verdict, Verdict::NoHopNeeded, "{target}");
    }
    let plan = path("8.0(3)", "8.3(2)", "7945");
    assert_eq!(plan.verdict, Verdict::NoHopNeeded);
    assert!(plan.notes.iter().any(|note| note.contains("itself does not know")), "{:?}", plan.notes);
}

#[test]
fn an_unknown_load_is_planned_for_as_an_old_one() {
    let plan = path("", "9.4(2)SR3", "7945");
    assert_eq!((plan.verdict, hops(&plan).as_str()), (Verdict::HopsNeeded, "8.5(2) > 9.4(2)SR3"));
    assert!(plan.summary.contains("not known"), "{}", plan.summary);
    assert!(plan.notes.iter().any(|note| note.contains("Load rejected HC")), "{:?}", plan.notes);
    assert!(!plan.notes.iter().any(|note| note.contains("7970G")), "{:?}", plan.notes);
}

#[test]
fn a_very_old_7970_walks_more_steps_and_an_unknown_phone_hears_of_them() {
    assert_eq!(hops(&path("6.0(3)", "8.5(2)SR1", "7970")), "7.0(3) > 8.2(2) > 8.5(2) > 8.5(2)SR1");
    assert_eq!(hops(&path("7.0(3)", "8.5(2)SR1", "7971")), "8.2(2) > 8.5(2) > 8.5(2)SR1");
    assert_eq!(hops(&path("6.0(3)", "8.2(2)", "7970")), "7.0(3) > 8.2(2)");
    assert_eq!(hops(&path("SIP70.8-2-1S", "SIP70.8-5-3S", "")), "SIP70.8-5-2S > SIP70.8-5-3S");
    assert_eq!(hops(&path("6.0(3)", "8.5(2)SR1", "7941")), "8.5(2) > 8.5(2)SR1");
    for (phone, model) in [("6.0(3)", ""), ("", ""), ("", "7970")] {
        let plan = path(phone, "8.5(2)SR1", model);
        assert!(
            plan.notes.iter().any(|note| note.contains("7970G or 7971G-GE")),
            "{phone} {model}: {:?}",
            plan.notes
        );
    }
}

#[test]
fn from_8_3_to_9_0_a_step_lies_in_between_even_with_the_new_key() {
    let plan = path("8.3(5)", "9.0(3)", "7941");
    assert_eq!(plan.hops[0].kind, HopKind::Bridge);
    assert_eq!(hops(&plan), "8.5(2) > 9.0(3)");
    assert!(!plan.causes.is_empty(), "the step does not explain Auth Fail");
    assert_eq!(hops(&path("8.3(2)", "9.0(3)", "7941")), "8.5(2) > 9.0(3)", "one hop serves both");
    assert_eq!(path("8.4(1)", "9.0(3)", "7941").verdict, Verdict::NoHopNeeded);
}

#[test]
fn from_sccp_to_sip_and_another_release_is_two_steps() {
    assert_eq!(hops(&path("SCCP75.8-3-2S", "SIP75.8-4-4S", "")), "SCCP75.8-4-4S > SIP75.8-4-4S");
    assert_eq!(hops(&path("SCCP75.8-3-2S", "SIP75.9-4-2SR3-1S", "")), "SCCP75.8-5-2S > SIP75.9-4-2SR3-1S");
    assert_eq!(hops(&path("SCCP75.8-5-2S", "SIP75.8-5-2S", "")), "SIP75.8-5-2S");
    assert_eq!(hops(&path("SIP75.8-3-2S", "SCCP75.8-4-4S", "")), "SCCP75.8-4-4S");
    let plan = path("SCCP75.8-3-2S", "SIP75.8-4-4S", "");
    assert!(plan.notes.iter().any(|note| note.starts_with("Stay on SCCP")), "{:?}", plan.notes);
    assert_eq!(plan.summary, "One hop before SIP 8.4(4): from SCCP 8.3(2) go to SCCP 8.4(4) first.");
}

#[test]
fn the_same_load_and_an_older_one_are_said_to_be_that() {
    let plan = path("SCCP45.9-4-2SR3-1S", "9.4(2)SR3", "");
    assert_eq!((plan.verdict, plan.hops.len()), (Verdict::SameLoad, 0));
    assert!(!plan.causes.is_empty());
    let plan = path("9.4(2)SR3", "8.5(2)SR1", "7945");
    assert_eq!((plan.verdict, hops(&plan).as_str()), (Verdict::GoingBack, "8.5(2)SR1"));
    assert_eq!(path("9.4(2)SR4-3", "9.4(2)SR4-1", "").verdict, Verdict::GoingBack);
}

#[test]
fn a_special_build_takes_the_safe_way_and_says_so() {
    for (phone, target) in [("8.3(2)", "8.5(2)ES1"), ("8.3(3)ES1", "8.5(2)SR1")] {
        let plan = path(phone, target, "7945");
        assert_eq!(plan.hops[0].kind, HopKind::Intermediate, "{phone} {target}");
        assert!(plan.notes.iter().any(|note| note.contains("special build")), "{:?}", plan.notes);
    }
}

#[test]
fn parts_of_a_question_that_contradict_each_other_are_refused() {
    for (phone, target, model, code) in [
        ("SCCP45.8-3-2S", "8.5(2)SR1", "7941", "path-other-family"),
        ("8.3(2)", "SCCP41.8-5-2SR1S", "7945", "path-other-family"),
        ("SCCP45.8-3-2S", "SCCP41.8-5-2SR1S", "", "path-two-families"),
        ("8.3(2)", "SCCP40.8-5-2SR1S", "", "path-unknown-family"),
    ] {
        let wrong = try_path(phone, target, model).expect_err(phone);
        assert_eq!(wrong.code(), code, "{wrong}");
        assert!(!wrong.advice().is_empty());
    }
}

/// A load as a user may state it.
fn any_stated() -> impl Strategy<Value = StatedLoad> {
    let protocol = prop_oneof![Just(None), Just(Some(Protocol::Sccp)), Just(Some(Protocol::Sip))];
    (any_release(), protocol).prop_map(|(release, protocol)| StatedLoad { release, protocol, family: None })
}

proptest! {
    #[test]
    fn every_path_rises_and_ends_in_the_target(
        phone in prop::option::of(any_stated()),
        target in any_stated(),
        model in prop::option::of(0..14_usize),
    ) {
        let model = model.map(|at| &catalog().models()[at]);
        let question = Question { phone: phone.clone(), target: target.clone(), model };
        let plan = plan(catalog(), &question).expect("no names, no contradiction");
        let start = phone.as_ref().map(|phone| (phone.release, phone.protocol));
        match plan.verdict {
            Verdict::SameLoad => prop_assert!(plan.hops.is_empty()),
            Verdict::GoingBack => prop_assert_eq!(plan.hops.len(), 1),
            verdict => {
                prop_assert_eq!(verdict == Verdict::HopsNeeded, plan.hops.len() > 1);
                let walk: Vec<_> = start.into_iter().chain(plan.hops.iter().map(|hop| (hop.release, hop.protocol))).collect();
                for pair in walk.windows(2) {
                    let ((before, was), (after, is)) = (pair[0], pair[1]);
                    // Two builds of one release count as one where only one of them is known.
                    let rises = before < after || (before.is_same_release(&after) && was != is);
                    prop_assert!(rises, "{before:#} {was:?} to {after:#} {is:?} in {}", hops(&plan));
                }
            }
        }
        if let Some(last) = plan.hops.last() {
            prop_assert_eq!(last.release, target.release);
            prop_assert_eq!(last.kind, HopKind::Target);
        }
    }

    #[test]
    fn no_path_crosses_the_change_of_the_key_without_a_load_of_the_window(
        phone in prop::option::of(any_stated()),
        target in any_stated(),
        model in prop::option::of(0..14_usize),
    ) {
        let model = model.map(|at| &catalog().models()[at]);
        let plan = plan(catalog(), &Question { phone: phone.clone(), target, model }).expect("no contradiction");
        let standing = |release: &Release| judge(catalog(), release).standing;
        let mut knows_new_key = phone.is_some_and(|phone| {
            let first = phone.release.without_build().compare(&catalog().versions().window.first);
            first.certain && first.ordering.is_ge()
        });
        if matches!(plan.verdict, Verdict::HopsNeeded | Verdict::NoHopNeeded) {
            for hop in &plan.hops {
                let needs_new_key = matches!(standing(&hop.release), Standing::TooNew);
                prop_assert!(knows_new_key || !needs_new_key, "{} before its time in {}", hop.release, hops(&plan));
                knows_new_key |= matches!(standing(&hop.release), Standing::Intermediate | Standing::TooNew);
            }
        }
    }

    #[test]
    fn every_sentence_of_a_plan_is_whole(phone in prop::option::of(any_stated()), target in any_stated()) {
        let plan = plan(catalog(), &Question { phone, target, model: None }).expect("no contradiction");
        let reasons = plan.hops.iter().map(|hop| &hop.reason);
        for sentence in std::iter::once(&plan.summary).chain(&plan.notes).chain(reasons) {
            prop_assert!(sentence.ends_with('.') && !sentence.contains("..") && !sentence.contains("  "), "{}", sentence);
        }
    }
}
