//! What the answers mean: one state, one sentence, the next step.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::answer::{Answer, Method};
use super::subnet::Subnet;
use super::words::{Saying, Told, notes};

/// What DHCP says about option 150, all servers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// No server answered, or none for the subnet that was asked about.
    NobodyAnswered,
    /// There is no option 150.
    #[serde(rename = "no-option-150")]
    NoOption150,
    /// It names this laptop first.
    ThisLaptop,
    /// It names what it named before.
    CallManager,
    /// It names something else, or cannot be read.
    SomethingElse,
    /// One server says this, the other that.
    ServersDisagree,
}

/// What the technician is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goal {
    /// Nothing: just look.
    #[default]
    Look,
    /// Option 150 is to name this laptop.
    Laptop,
    /// Option 150 is to be what it was before.
    Before,
}

/// What to compare the answers with.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The address that phones are served from.
    pub laptop: Option<Ipv4Addr>,
    /// What option 150 named before the work began: empty if there was none, `None` if nobody looked.
    pub before: Option<Vec<Ipv4Addr>>,
    /// The subnet that was asked about, if not the interface's own.
    pub subnet: Option<Subnet>,
    /// What is to be reached.
    pub goal: Goal,
}

/// What it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// In a word.
    pub state: State,
    /// In a sentence.
    pub sentence: String,
    /// What to do now, a sentence.
    pub next: String,
    /// What else was seen, sentences.
    pub notes: Vec<String>,
    /// The addresses that option 150 names, where all servers agree.
    pub option_150: Option<Vec<Ipv4Addr>>,
    /// Whether the goal is reached.
    pub is_reached: bool,
}

/// Judge the answers of a probe.
///
/// The goal is reached only if every server says the same. What counts of a server is its answer to a DISCOVER asked
/// as a phone, since that is the way of a phone; where there is none, its answer to an INFORM asked as a phone; else
/// the one to a plain INFORM.
pub fn judge(answers: &[Answer], expected: &Expected) -> Verdict {
    let about = |answer: &&Answer| expected.subnet.is_none_or(|subnet| answer.is_about(subnet));
    let relevant: Vec<&Answer> = answers.iter().filter(about).collect();
    let mut by_server: BTreeMap<Ipv4Addr, Vec<&Answer>> = BTreeMap::new();
    for answer in &relevant {
        by_server.entry(answer.server).or_default().push(answer);
    }
    let mut sayings: Vec<(Ipv4Addr, Saying)> = Vec::new();
    for (server, answers) in &by_server {
        for answer in best(answers) {
            let saying = (*server, Saying::of(answer));
            if !sayings.contains(&saying) {
                sayings.push(saying);
            }
        }
    }
    let first = sayings.first().map(|(_, saying)| saying.clone());
    let agree = sayings.iter().all(|(_, saying)| Some(saying) == first.as_ref());
    let state = match &first {
        None => State::NobodyAnswered,
        Some(_) if !agree => State::ServersDisagree,
        Some(Saying::Unreadable(_)) => State::SomethingElse,
        Some(Saying::List(list)) => classify(list, expected),
    };
    let told = Told { expected, state, sayings: &sayings, saying: first.as_ref() };
    let option_150 = match &first {
        Some(Saying::List(list)) if agree => Some(list.clone()),
        _ => None,
    };
    // What the system's own client says may be a memory: it proves nothing about now.
    let is_proven = relevant.iter().any(|answer| answer.method != Method::System);
    let is_reached = match expected.goal {
        _ if !is_proven => false,
        Goal::Look => false,
        Goal::Laptop => state == State::ThisLaptop,
        Goal::Before => option_150.is_some() && same_set(option_150.as_deref(), expected.before.as_deref()),
    };
    Verdict {
        state,
        sentence: told.sentence(!answers.is_empty()),
        next: told.next(is_reached),
        notes: notes(&relevant, &by_server, answers.len() - relevant.len()),
        option_150,
        is_reached,
    }
}

fn classify(list: &[Ipv4Addr], expected: &Expected) -> State {
    let Some(first) = list.first() else { return State::NoOption150 };
    if expected.laptop == Some(*first) {
        State::ThisLaptop
    } else if same_set(Some(list), expected.before.as_deref()) {
        State::CallManager
    } else {
        State::SomethingElse
    }
}

/// The answers of one server that go the way of a phone most closely.
pub(super) fn best<'a>(answers: &[&'a Answer]) -> Vec<&'a Answer> {
    let rank = |answer: &Answer| match (answer.as_phone, answer.method.is_discover()) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => 2,
    };
    let least = answers.iter().map(|answer| rank(answer)).min();
    answers.iter().copied().filter(|answer| Some(rank(answer)) == least).collect()
}

/// The order of two call managers is the customer's matter; that the same ones are there is ours.
fn same_set(now: Option<&[Ipv4Addr]>, before: Option<&[Ipv4Addr]>) -> bool {
    let sorted = |list: &[Ipv4Addr]| {
        let mut list = list.to_vec();
        list.sort_unstable();
        list.dedup();
        list
    };
    match (now, before) {
        (Some(now), Some(before)) => sorted(now) == sorted(before),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::dhcp::Method;

    const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 5);
    const PUBLISHER: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 10);
    const SUBSCRIBER: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 11);

    fn answer(server: u8, option_150: &[Ipv4Addr]) -> Answer {
        Answer {
            server: Ipv4Addr::new(10, 20, 0, server),
            method: Method::Discover,
            as_phone: true,
            option_150: option_150.to_vec(),
            option_150_unreadable: None,
            option_66: None,
            next_server: None,
            router: Some(Ipv4Addr::new(10, 20, 0, 1)),
            lease: None,
            relay: None,
            scope: "10.20.0.0/24".parse().ok(),
            is_cut: false,
            after: Duration::ZERO,
        }
    }

    fn expected(goal: Goal) -> Expected {
        Expected { laptop: Some(LAPTOP), before: Some(vec![PUBLISHER, SUBSCRIBER]), subnet: None, goal }
    }

    fn states(answers: &[Answer]) -> State {
        judge(answers, &expected(Goal::Look)).state
    }

    #[test]
    fn each_state_has_its_answers() {
        assert_eq!(states(&[]), State::NobodyAnswered);
        assert_eq!(states(&[answer(1, &[])]), State::NoOption150);
        assert_eq!(states(&[answer(1, &[LAPTOP])]), State::ThisLaptop);
        assert_eq!(states(&[answer(1, &[LAPTOP, PUBLISHER])]), State::ThisLaptop, "phones ask the first");
        assert_eq!(states(&[answer(1, &[PUBLISHER, SUBSCRIBER])]), State::CallManager);
        assert_eq!(states(&[answer(1, &[SUBSCRIBER, PUBLISHER])]), State::CallManager);
        assert_eq!(states(&[answer(1, &[PUBLISHER])]), State::SomethingElse, "one of two is missing");
        assert_eq!(states(&[answer(1, &[PUBLISHER, LAPTOP])]), State::SomethingElse);
        assert_eq!(states(&[answer(1, &[LAPTOP]), answer(2, &[LAPTOP])]), State::ThisLaptop);
        assert_eq!(states(&[answer(1, &[LAPTOP]), answer(2, &[PUBLISHER])]), State::ServersDisagree);
        assert_eq!(states(&[answer(1, &[LAPTOP]), answer(2, &[])]), State::ServersDisagree);
        let text = Answer { option_150_unreadable: Some("10.20.0.5".into()), ..answer(1, &[]) };
        assert_eq!(states(&[text]), State::SomethingElse);
    }

    #[test]
    fn the_goal_is_reached_only_when_every_server_says_so() {
        let reached = |answers: &[Answer], goal| judge(answers, &expected(goal)).is_reached;
        let (laptop, before) = (answer(1, &[LAPTOP]), answer(2, &[PUBLISHER, SUBSCRIBER]));
        assert!(reached(std::slice::from_ref(&laptop), Goal::Laptop));
        assert!(!reached(&[laptop.clone(), before.clone()], Goal::Laptop));
        assert!(!reached(&[laptop.clone(), before.clone()], Goal::Before));
        assert!(reached(std::slice::from_ref(&before), Goal::Before));
        assert!(!reached(&[], Goal::Laptop) && !reached(&[], Goal::Before));
        assert!(!reached(&[laptop], Goal::Before));

        let none_before = Expected { before: Some(Vec::new()), ..expected(Goal::Before) };
        assert!(judge(&[answer(1, &[])], &none_before).is_reached, "there was none, and there is none");
        let nobody_looked = Expected { before: None, ..expected(Goal::Before) };
        assert!(!judge(&[before], &nobody_looked).is_reached);
        let unreadable = Answer { option_150_unreadable: Some("x".into()), ..answer(1, &[]) };
        assert!(!judge(&[unreadable], &none_before).is_reached, "unreadable is not absent");
    }

    #[test]
    fn what_a_phone_gets_counts_and_what_others_get_is_a_note() {
        let plain = Answer { as_phone: false, method: Method::InformBroadcast, ..answer(1, &[]) };
        let verdict = judge(&[plain.clone(), answer(1, &[LAPTOP])], &expected(Goal::Laptop));
        assert_eq!((verdict.state, verdict.is_reached), (State::ThisLaptop, true));
        assert!(verdict.notes[0].contains("tells phones something else"), "{:?}", verdict.notes);

        let inform = Answer { method: Method::InformUnicast, ..answer(1, &[PUBLISHER]) };
        let verdict = judge(&[inform, answer(1, &[LAPTOP])], &expected(Goal::Laptop));
        assert_eq!(verdict.state, State::ThisLaptop);
        assert!(verdict.notes[0].contains("what a phone gets by DISCOVER counts"), "{:?}", verdict.notes);

        let alone = judge(&[plain], &expected(Goal::Look));
        assert!(alone.notes[0].contains("asked as a phone asks"), "{:?}", alone.notes);
    }

    #[test]
    fn answers_about_another_subnet_prove_nothing() {
        let voice = Expected { subnet: "10.21.0.0/24".parse().ok(), ..expected(Goal::Laptop) };
        let verdict = judge(&[answer(1, &[LAPTOP])], &voice);
        assert_eq!((verdict.state, verdict.is_reached), (State::NobodyAnswered, false));
        assert!(verdict.sentence.contains("not for 10.21.0.0/24"), "{}", verdict.sentence);
        let there = Answer { scope: "10.21.0.0/24".parse().ok(), ..answer(1, &[LAPTOP]) };
        let verdict = judge(&[answer(1, &[PUBLISHER]), there], &voice);
        assert!(verdict.is_reached, "{verdict:?}");
        assert!(verdict.notes.iter().any(|note| note.contains("left out")), "{:?}", verdict.notes);
    }

    #[test]
    fn every_state_has_one_sentence_and_a_next_step_for_every_goal() {
        let unreadable = Answer { option_150_unreadable: Some("tftp".into()), ..answer(1, &[]) };
        let cases: [&[Answer]; 8] = [
            &[],
            &[answer(1, &[])],
            &[answer(1, &[LAPTOP])],
            &[answer(1, &[PUBLISHER, SUBSCRIBER])],
            &[answer(1, &[Ipv4Addr::new(9, 9, 9, 9)])],
            &[answer(1, &[PUBLISHER, LAPTOP])],
            &[unreadable],
            &[answer(1, &[LAPTOP]), answer(2, &[PUBLISHER])],
        ];
        for answers in cases {
            for goal in [Goal::Look, Goal::Laptop, Goal::Before] {
                for before in [None, Some(Vec::new()), Some(vec![PUBLISHER, SUBSCRIBER])] {
                    let verdict = judge(answers, &Expected { before, ..expected(goal) });
                    for text in [&verdict.sentence, &verdict.next].into_iter().chain(&verdict.notes) {
                        assert!(text.ends_with('.') && !text.contains(".."), "{goal:?}: {text}");
                        assert!(text.chars().next().is_some_and(|c| !c.is_lowercase()), "{goal:?}: {text}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_way_back_is_written_out_with_the_old_value() {
        let next = judge(&[answer(1, &[LAPTOP])], &expected(Goal::Before)).next;
        assert!(next.contains("--restore --value 10.1.1.10,10.1.1.11`"), "{next}");
        let none = Expected { before: Some(Vec::new()), ..expected(Goal::Before) };
        let next = judge(&[answer(1, &[LAPTOP])], &none).next;
        assert!(next.contains("--restore --value none`"), "{next}");
    }
}
