//! The rule against a firewall in memory that can refuse, and against logs on disk.

use std::fs;
use std::sync::Mutex;

use super::in_memory::InMemory;
use super::*;
use crate::report::Builder;
use crate::session::service::{Listening, LogTo, Service, Setup, Site};
use crate::store::sessions::SessionLog;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(1_795_437_900_000 + seconds * 1000)
}

/// The report of a log, as `loadlift report` makes it.
fn reported(log: &Path) -> crate::report::Report {
    let mut builder = Builder::default();
    for line in fs::read_to_string(log).unwrap().lines().filter(|line| !line.is_empty()) {
        builder.apply(&serde_json::from_str(line).unwrap());
    }
    builder.report()
}

#[test]
fn the_rule_is_on_record_before_the_firewall_is_touched_and_gone_at_the_end() {
    let firewall = Arc::new(InMemory::default());
    let mut held = RuleHeld::of(Arc::clone(&firewall) as _);
    let mut events = Vec::new();
    held.open(&mut |event| events.push((firewall.has_rule(), event))).unwrap();
    assert!(matches!(&events[0], (false, Event::FirewallOpening { .. })), "{events:?}");
    assert!(matches!(&events[1], (true, Event::FirewallOpened { .. })), "{events:?}");
    held.open(&mut |event| panic!("it is there already: {event:?}")).unwrap();
    assert!(matches!(held.close(), Some(Event::FirewallClosed { .. })));
    assert!(!firewall.has_rule());
    assert_eq!(held.close(), None);
}

#[test]
fn a_rule_that_nobody_closes_goes_with_its_holder() {
    let firewall = Arc::new(InMemory::default());
    let mut held = RuleHeld::of(Arc::clone(&firewall) as _);
    held.open(&mut drop).unwrap();
    drop(held);
    assert!(!firewall.has_rule());
}

#[test]
fn a_refusal_is_on_record_in_words_and_leaves_nothing_to_be_done() {
    let firewall = Arc::new(InMemory { is_locked: true, ..InMemory::default() });
    let mut builder = Builder::default();
    let mut held = RuleHeld::of(firewall);
    let problem = held.open(&mut |event| builder.apply(&Record { at: at(0), event })).unwrap_err();
    assert_eq!(problem.code, "firewall-rule-no-rights");
    let report = builder.report();
    assert!(report.troubles[0].1.contains("administrator only"), "{:?}", report.troubles);
    assert_eq!(report.undone, Vec::<String>::new());
    let nowhere = Arc::new(InMemory { is_none: true, ..InMemory::default() });
    let problem = RuleHeld::of(nowhere).open(&mut |event| panic!("{event:?}")).unwrap_err();
    assert_eq!(problem.code, "firewall-rule-not-here");
}

#[test]
fn the_rule_of_a_loadlift_that_still_serves_is_neither_taken_over_nor_taken_away() {
    let busy = InMemory::holding(Some(4711), Some("loadlift.exe"));
    assert_eq!(left_over_in(&busy, None, at(0)), None);
    let busy = Arc::new(busy);
    let problem = RuleHeld::of(Arc::clone(&busy) as _).open(&mut |event| panic!("{event:?}")).unwrap_err();
    assert_eq!(problem.code, "firewall-rule-held");
    assert!(busy.has_rule());
}

#[test]
fn what_a_killed_run_left_is_taken_away_and_its_own_report_says_added_removed_and_when() {
    let folder = tempfile::tempdir().unwrap();
    let mut killed = SessionLog::create(folder.path(), "serve", at(0)).unwrap();
    let (rule, program) = (RULE.to_owned(), "loadlift.exe".to_owned());
    let opening = Event::FirewallOpening { rule: rule.clone(), program: program.clone() };
    killed.append(&Record { at: at(1), event: opening }).unwrap();
    let left = reported(killed.path()).undone;
    assert!(left[0].contains("may be in the firewall still") && left[0].contains("netsh"), "{left:?}");
    assert!(reported(killed.path()).overrides[0].1.contains("about to be added"));
    killed.append(&Record { at: at(2), event: Event::FirewallOpened { rule, program } }).unwrap();
    assert!(reported(killed.path()).undone[0].contains("is in the firewall still"));

    let firewall = InMemory::holding(Some(4711), None);
    let event = left_over_in(&firewall, Some(folder.path()), at(60)).unwrap();
    assert!(matches!(&event, Event::FirewallLeftOver { stays: None, .. }), "{event:?}");
    assert_eq!(left_over_problem(&event).unwrap().code, "firewall-rule-left");
    assert!(!firewall.has_rule());
    let report = reported(killed.path());
    assert_eq!(report.undone, Vec::<String>::new());
    let told: Vec<Timestamp> = report.overrides.iter().map(|(at, _)| *at).collect();
    assert_eq!(told, [at(2), at(60)], "{:?}", report.overrides);
    assert_eq!(report.until, Some(at(2)), "the session ended when it was killed");
    assert_eq!(sessions::with_a_rule_left(folder.path()), None);
}

#[test]
fn a_left_over_that_cannot_be_taken_away_is_told_with_the_command_and_stays_open_in_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut killed = SessionLog::create(folder.path(), "recover", at(0)).unwrap();
    let opened = Event::FirewallOpened { rule: RULE.into(), program: "loadlift.exe".into() };
    killed.append(&Record { at: at(1), event: opened }).unwrap();
    let locked = InMemory { is_locked: true, ..InMemory::holding(None, None) };
    let event = left_over_in(&locked, Some(folder.path()), at(60)).unwrap();
    let problem = left_over_problem(&event).unwrap();
    assert_eq!(problem.code, "firewall-rule-stays");
    assert!(problem.advice[0].contains(&delete_command(RULE)), "{problem:?}");
    assert_eq!(sessions::with_a_rule_left(folder.path()).as_deref(), Some(killed.path()));
    let mut builder = Builder::default();
    builder.apply(&Record { at: at(60), event });
    assert!(builder.report().undone[0].contains("is in the firewall still"));
}

/// The only log in a folder, whole.
fn log_in(folder: &Path) -> String {
    let logs: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    let logs: Vec<_> =
        logs.iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    fs::read_to_string(logs[0]).unwrap()
}

fn events(log: &str) -> Vec<String> {
    let name = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["event"].as_str().unwrap().to_owned()
    };
    log.lines().map(name).collect()
}

/// A firewall that looks into the log folder when it is changed: what it finds there was written before.
fn watching(folder: &Path) -> (Arc<InMemory>, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (folder, noted) = (folder.to_owned(), Arc::clone(&seen));
    let firewall = InMemory {
        on_add: Some(Box::new(move || *noted.lock().unwrap() = events(&log_in(&folder)))),
        ..InMemory::default()
    };
    (Arc::new(firewall), seen)
}

#[test]
fn serve_has_the_rule_in_its_log_before_it_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let (firewall, seen) = watching(folder.path());
    let catalog = crate::catalog::Catalog::embedded();
    let offer = crate::session::Offer { bundle: Arc::default(), loads: Vec::new(), left_out: Vec::new() };
    let setup = Setup {
        command: "serve",
        listening: Listening { address: Some([127, 0, 0, 1].into()), ..Listening::default() },
        log: LogTo::Folder(Some(folder.path().to_owned())),
        patience: catalog.patience(),
        naming: Arc::new(crate::session::ByAddress),
        site: Site::default(),
        bench: None,
    };
    let mut service = Service::start(&offer, setup).unwrap();
    service.set_rule(RuleHeld::of(Arc::clone(&firewall) as _));
    service.open_firewall().unwrap();
    assert_eq!(*seen.lock().unwrap(), ["firewall-opening"]);
    assert_eq!(events(&log_in(folder.path())), ["firewall-opening", "firewall-opened"]);
    assert!(firewall.has_rule());
    drop(service);
    assert!(!firewall.has_rule(), "a service that never ran leaves nothing behind");
}

#[test]
fn the_wizard_begins_its_log_with_the_rule_and_ends_it_with_the_report_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (firewall, seen) = watching(folder.path());
    let closing = crate::session::wizard::open_and_close_the_firewall(
        folder.path(),
        RuleHeld::of(Arc::clone(&firewall) as _),
    );
    assert_eq!(*seen.lock().unwrap(), ["firewall-opening"]);
    assert!(!firewall.has_rule());
    let log = log_in(folder.path());
    assert_eq!(events(&log), ["firewall-opening", "firewall-opened", "firewall-closed", "ended"]);
    assert_eq!(closing.undone, Vec::<String>::new());
    let markdown =
        closing.files.iter().find(|file| Path::new(file).extension().is_some_and(|end| end == "md"));
    let markdown = fs::read_to_string(markdown.unwrap()).unwrap();
    for words in ["the firewall lets phones in", "is out of the firewall again"] {
        assert!(markdown.contains(words), "{words}\n{markdown}");
    }
}
