//! The words of a verdict: the sentence, the next step, and what else a technician should know.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::answer::{Answer, Method};
use super::verdict::{Expected, Goal, State, best};

/// What one server says of option 150.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Saying {
    List(Vec<Ipv4Addr>),
    Unreadable(String),
}

impl Saying {
    pub(super) fn of(answer: &Answer) -> Self {
        match &answer.option_150_unreadable {
            Some(text) => Self::Unreadable(text.clone()),
            None => Self::List(answer.option_150.clone()),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::List(list) if list.is_empty() => "no option 150".into(),
            Self::List(list) => listed(list),
            Self::Unreadable(text) => format!("`{text}`, which is no list of addresses"),
        }
    }
}

/// The parts of a verdict's words.
pub(super) struct Told<'a> {
    pub(super) expected: &'a Expected,
    pub(super) state: State,
    pub(super) sayings: &'a [(Ipv4Addr, Saying)],
    pub(super) saying: Option<&'a Saying>,
}

impl Told<'_> {
    pub(super) fn sentence(&self, anybody: bool) -> String {
        let words = self.saying.map(Saying::words).unwrap_or_default();
        match (self.state, self.expected.subnet) {
            (State::NobodyAnswered, Some(subnet)) if anybody => {
                format!("DHCP answered, but not for {subnet}: what phones there are told was not seen.")
            }
            (State::NobodyAnswered, Some(subnet)) => format!("No DHCP server answered for {subnet}."),
            (State::NobodyAnswered, None) => "No DHCP server answered.".into(),
            (State::NoOption150, _) if self.expected.before.as_ref().is_some_and(Vec::is_empty) => {
                "DHCP hands out no option 150, as before.".into()
            }
            (State::NoOption150, _) => "DHCP hands out no option 150.".into(),
            (State::ThisLaptop, _) => format!("Option 150 names this laptop: {words}."),
            (State::CallManager, _) => format!("Option 150 names the call manager, as before: {words}."),
            (State::SomethingElse, _) => format!("Option 150 is {words}{}.", self.else_than()),
            (State::ServersDisagree, _) => {
                let each: Vec<String> =
                    self.sayings.iter().map(|(server, s)| format!("{server} says {}", s.words())).collect();
                format!("DHCP contradicts itself: {}.", each.join("; "))
            }
        }
    }

    /// What it should have been, as far as that is known.
    fn else_than(&self) -> String {
        let Saying::List(list) = self.saying.expect("a state with a saying") else { return String::new() };
        match self.expected.laptop {
            Some(laptop) if list.contains(&laptop) => {
                ": this laptop is in the list, but not first, and phones ask the first".into()
            }
            Some(laptop) => format!(", not this laptop ({laptop})"),
            None => String::new(),
        }
    }

    pub(super) fn next(&self, is_reached: bool) -> String {
        let laptop = self.expected.laptop.map_or_else(|| "ADDRESS".to_owned(), |laptop| laptop.to_string());
        let set = format!("`loadlift option150 commands --server KIND --value {laptop}` shows how.");
        let back = match self.expected.before.as_deref() {
            Some([]) => "none".to_owned(),
            Some(before) => before.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            None => "OLD-VALUE".to_owned(),
        };
        let restore =
            format!("`loadlift option150 commands --server KIND --restore --value {back}` shows how.");
        match (self.state, self.expected.goal) {
            (State::NobodyAnswered, _) => {
                "Check the cable and the VLAN of the port; if a firewall on this machine may drop broadcasts, name the server with `--server A`."
                    .into()
            }
            (State::ServersDisagree, _) => {
                "Change every server alike, or wait until they have copied from each other, and look again: a phone takes the answer that comes first."
                    .into()
            }
            (_, Goal::Laptop) if is_reached => "Reset the phones now.".into(),
            (_, Goal::Before) if is_reached => {
                "Nothing is left to change. Phones take the old value when they renew their lease, or when they are switched off and on."
                    .into()
            }
            (_, Goal::Before) => format!("Put the old value back: {restore}"),
            (State::ThisLaptop, Goal::Look) => {
                format!("Phones that are reset now ask this laptop. When they are done, put the old value back: {restore}")
            }
            (State::CallManager | State::SomethingElse, Goal::Look) => {
                format!("To load phones, write this value down and make option 150 name this laptop: {set}")
            }
            (_, Goal::Laptop) | (State::NoOption150, Goal::Look) => {
                format!("Make option 150 name this laptop: {set}")
            }
        }
    }
}

/// What else a technician should know.
pub(super) fn notes(
    relevant: &[&Answer],
    by_server: &BTreeMap<Ipv4Addr, Vec<&Answer>>,
    of_other_scopes: usize,
) -> Vec<String> {
    let mut notes = Vec::new();
    for (server, answers) in by_server {
        let best = best(answers);
        let differs = |answer: &&&Answer| best.iter().all(|b| Saying::of(b) != Saying::of(answer));
        let told_others = answers.iter().filter(|answer| !answer.as_phone).find(differs);
        if let Some(other) = told_others {
            notes.push(format!(
                "{server} tells phones something else than other devices, which hear {}.",
                Saying::of(other).words()
            ));
        }
        if let Some(other) = answers.iter().filter(|answer| answer.as_phone).find(differs) {
            notes.push(format!(
                "Asked by {}, {server} says {}; what a phone gets by DISCOVER counts.",
                other.method.words(),
                Saying::of(other).words()
            ));
        }
        let list = best.first().map(|answer| answer.option_150.as_slice()).unwrap_or_default();
        let name = best.iter().find_map(|answer| answer.option_66.as_deref());
        if let (Some(first), Some(name)) = (list.first(), name)
            && name != first.to_string()
        {
            notes.push(format!(
                "{server} also hands out option 66 (`{name}`). Phones are said to heed option 150 first."
            ));
        }
        if answers.iter().all(|answer| answer.method == Method::System) {
            notes.push(
                "It comes from this system's own DHCP client, perhaps from memory: it does not prove that it is so now."
                    .into(),
            );
        } else if answers.iter().all(|answer| !answer.as_phone) {
            notes.push(format!("{server} did not answer when it was asked as a phone asks."));
        }
    }
    if let Some(answer) = relevant.iter().find(|answer| answer.is_cut) {
        notes.push(format!("An answer of {} was cut off; the rest of it is not known.", answer.server));
    }
    let mut scopes: Vec<String> = relevant.iter().filter_map(|a| a.scope).map(|s| s.to_string()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    if !scopes.is_empty() {
        notes.push(format!(
            "This is what DHCP says in {}. Phones in another VLAN may be told something else.",
            scopes.join(" and ")
        ));
    }
    if of_other_scopes > 0 {
        notes.push("Answers that are not about the subnet asked for were left out.".into());
    }
    notes
}

/// The first few addresses; a message can hold a thousand.
fn listed(list: &[Ipv4Addr]) -> String {
    let shown: Vec<String> = list.iter().take(8).map(ToString::to_string).collect();
    let more = list.len() - shown.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}
