//! Walks behind the switch back and around it: phones prove what they run, who and where goes on record, and a load is
//! fetched from an address.

mod screens_stage;

use std::sync::Arc;

use loadlift::firmware::Reading;
use loadlift::journal::Event;
use loadlift::phone_pages::{Facts, Proof, Silence};
use loadlift::wizard::{Effect, Key, Mode, Msg, SiteField, StepKind};
use screens_stage::{CUCM, Far, Stage};

/// At the report, with two phones that are back and one that is not.
fn at_report() -> Stage {
    let mut stage = Stage::at(Mode::Recover, StepKind::Transfer);
    stage.phones(&[Far::Back, Far::Back, Far::Rejects]);
    stage.press(Key::Enter);
    // One phone is not done: the technician insists.
    stage.press(Key::Enter);
    stage.go_to(StepKind::Report);
    stage
}

#[test]
fn phones_that_are_back_are_asked_after_the_switch_back_and_the_table_says_what_they_answered() {
    let mut stage = at_report();
    let asked = stage.done.iter().find_map(|effect| match effect {
        Effect::AskPhones(phones, Mode::Recover) => Some(phones.clone()),
        _ => None,
    });
    let asked = asked.unwrap();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(stage.model.report.asking);
    let facts = Facts {
        mac: asked[0].1,
        version: Some("SCCP45.8-5-2S".into()),
        tftp: vec![CUCM],
        ..Facts::default()
    };
    stage.tell(Msg::PhoneSaid(asked[0].0, Proof::Says(facts)));
    stage.tell(Msg::PhoneSaid(asked[1].0, Proof::Nothing(Silence::NoAnswer)));
    stage.tell(Msg::PhonesAsked);
    assert!(!stage.model.report.asking);
    let words: Vec<String> = stage.fleet.phones(stage.now).map(|phone| phone.words()).collect();
    assert!(words.contains(&format!("confirmed: runs SCCP45.8-5-2S, asks {CUCM}")), "{words:?}");
    assert!(words.contains(&"back; does not answer (web access off?)".to_owned()), "{words:?}");
    let report = stage.model.report.report.clone().unwrap();
    assert_eq!(report.confirmed(), 1);
    assert!(report.markdown().contains("confirmed: runs SCCP45.8-5-2S"), "{}", report.markdown());
    // And once more whenever it is wanted: phones that were just switched on do not answer yet.
    stage.press(Key::Char('v'));
    assert!(matches!(stage.done.last(), Some(Effect::AskPhones(..))));
}

#[test]
fn who_and_where_is_typed_once_and_goes_on_record() {
    let mut stage = at_report();
    stage.press(Key::Char('w'));
    assert_eq!(stage.model.report.typing, Some(SiteField::Who));
    stage.type_text("Ann");
    stage.press(Key::Tab);
    stage.type_text("Hall 3");
    assert!(stage.text(80, 24).contains("Hall 3"));
    stage.press(Key::Enter);
    let site = Event::Site { who: Some("Ann".into()), place: Some("Hall 3".into()) };
    assert!(stage.events().contains(&&site), "{:?}", stage.events());
    let report = stage.model.report.report.clone().unwrap();
    assert_eq!((report.who.as_deref(), report.place.as_deref()), (Some("Ann"), Some("Hall 3")));
    // Typed again it begins with what is known, and Esc leaves it as it was.
    stage.press(Key::Char('w'));
    assert_eq!(stage.model.report.who.text(), "Ann");
    stage.press(Key::Esc);
    assert_eq!((stage.model.step.kind(), stage.model.report.typing), (StepKind::Report, None));
}

#[test]
fn a_load_is_fetched_from_an_address_with_its_progress_and_can_be_stopped() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Load);
    stage.slow = true;
    stage.press(Key::Char('p'));
    stage.type_text("https://mirror.example/x.zip");
    stage.press(Key::Enter);
    let Some(Effect::ReadLoads(ticket, typed)) = stage.done.last().cloned() else {
        panic!("{:?}", stage.done)
    };
    assert_eq!(typed, ["https://mirror.example/x.zip"]);
    stage.tell(Msg::Fetching(ticket, "2.0 of 4.0 MB (50 %), 0.5 MB/s, 4 s left".into()));
    for (width, height) in [(80, 24), (100, 30), (160, 50)] {
        let text = stage.text(width, height);
        assert!(text.contains("2.0 of 4.0 MB (50 %)") && text.contains("stop fetching"), "{text}");
        assert!(text.contains("can be taken up again") && !text.contains("Looking beside"), "{text}");
    }
    stage.press(Key::Esc);
    assert!(matches!(stage.done.last(), Some(Effect::StopFetching)));
    assert_eq!(stage.model.load.fetching, None);
    // What comes now is too late.
    let before = stage.model.load.loads.len();
    stage.tell(Msg::Fetching(ticket, "100 %".into()));
    stage.tell(Msg::LoadsRead(ticket, Arc::new(Reading::default())));
    assert_eq!((stage.model.load.fetching.clone(), stage.model.load.loads.len()), (None, before));
}
