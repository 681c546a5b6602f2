//! Asking DHCP in the steps Option 150 and Switch back: what is asked, what was heard, and what it proves.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::msg::Ticket;
use crate::dhcp::{Answer, Expected, Goal, Method, State, Subnet, Verdict, judge};
use crate::firmware::problem::Problem;
use crate::journal::{Event, Option150, Phase, Said};
use crate::timestamp::Timestamp;

/// Answers of one probe that go on record; a network has a server or two.
const RECORDED: usize = 12;

/// What DHCP is asked through the chosen interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DhcpQuestion {
    /// Name of the interface.
    pub interface: String,
    /// Its address, the one that phones are served from.
    pub address: Ipv4Addr,
    /// Servers to ask by name, beside the whole wire.
    pub servers: Vec<Ipv4Addr>,
    /// The phones' subnet, if it is not that of the interface.
    pub subnet: Option<Subnet>,
    /// In a rehearsal there is no DHCP: what the made-up server hands out. `None` where DHCP is really asked.
    pub played: Option<Played>,
}

/// What a made-up DHCP server hands out: it follows what the technician says to have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Played {
    /// What it hands out before anybody touches it.
    Untouched,
    /// This.
    Changed(Option150),
}

/// What was heard when a probe was over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// The answers, in the order in which they came.
    pub answers: Vec<Answer>,
    /// The ways that questions went.
    pub methods: Vec<Method>,
    /// What these ways cannot see, sentences.
    pub blind: Vec<String>,
}

/// How asking stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Asking {
    /// Nothing was asked yet.
    #[default]
    Never,
    /// It runs.
    Running(Running),
    /// The technician stopped it, or left the step.
    Stopped,
    /// It could not be asked: why, and what to do.
    Failed(Problem),
    /// It is over.
    Done(Box<Asked>),
}

/// A probe that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The question that it answers.
    pub(super) ticket: Ticket,
    /// At which point of the work.
    pub phase: Phase,
    /// The subnet that is asked about, if not that of the interface.
    pub subnet: Option<Subnet>,
    /// How long it still listens; `None` until it began.
    pub left: Option<Duration>,
    /// The answers so far.
    pub answers: Vec<Answer>,
}

/// A probe that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// When it was over.
    pub at: Timestamp,
    /// At which point of the work it was asked.
    pub phase: Phase,
    /// The subnet that was asked about, if not that of the interface.
    pub subnet: Option<Subnet>,
    /// What was heard.
    pub heard: Heard,
    /// What it was compared with: what option 150 named before the work, as far as anybody knew.
    pub before: Option150,
    /// What it means.
    pub verdict: Verdict,
    /// Whether the old value was filled in from an earlier session's log.
    pub from_earlier: bool,
}

/// How it is known that option 150 is as a step wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// DHCP was asked, and said so.
    Probed {
        /// When.
        at: Timestamp,
        /// The servers that said so.
        servers: Vec<Ipv4Addr>,
    },
    /// The technician goes on against DHCP, or without it.
    Overridden {
        /// Why, in words.
        why: String,
    },
    /// This laptop is the DHCP server itself, on an isolated bench.
    Bench,
}

impl Proof {
    /// The technician's words, where DHCP does not say it.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Probed { .. } | Self::Bench => None,
            Self::Overridden { why } => Some(why),
        }
    }
}

impl Asking {
    /// The probe that runs.
    pub fn running(&self) -> Option<&Running> {
        match self {
            Self::Running(running) => Some(running),
            _ => None,
        }
    }

    /// The probe that is over.
    pub fn done(&self) -> Option<&Asked> {
        match self {
            Self::Done(asked) => Some(asked),
            _ => None,
        }
    }

    /// The probe that this answer belongs to, if somebody still waits for it.
    pub(super) fn awaited(&mut self, ticket: Ticket) -> Option<&mut Running> {
        match self {
            Self::Running(running) if running.ticket == ticket => Some(running),
            _ => None,
        }
    }
}

impl Asked {
    /// Judge what was heard. `before` is what option 150 named before the work, as far as anybody knows.
    pub(super) fn new(
        at: Timestamp,
        running: &Running,
        heard: Heard,
        laptop: Ipv4Addr,
        before: &Option150,
    ) -> Self {
        let Running { phase, subnet, .. } = *running;
        let goal = match phase {
            Phase::Before => Goal::Look,
            Phase::During => Goal::Laptop,
            Phase::After => Goal::Before,
        };
        let known = before.known().map(<[Ipv4Addr]>::to_vec);
        let expected = Expected { laptop: Some(laptop), before: known, subnet, goal };
        let verdict = judge(&heard.answers, &expected);
        Self { at, phase, subnet, heard, before: before.clone(), verdict, from_earlier: false }
    }

    /// What DHCP hands out; not known where servers disagree or nobody answered.
    pub fn value(&self) -> Option150 {
        Option150::of(self.verdict.option_150.as_deref())
    }

    /// The servers that answered.
    pub fn servers(&self) -> Vec<Ipv4Addr> {
        let mut servers: Vec<Ipv4Addr> = self.heard.answers.iter().map(|answer| answer.server).collect();
        servers.sort_unstable();
        servers.dedup();
        servers
    }

    /// What it proves, if it proves what the step wants.
    pub(super) fn proof(&self) -> Option<Proof> {
        let reached = self.verdict.is_reached;
        reached.then(|| Proof::Probed { at: self.at, servers: self.servers() })
    }

    pub(super) fn event(&self) -> Event {
        Event::Option150Probed {
            phase: self.phase,
            state: self.verdict.state,
            value: self.value(),
            reached: self.verdict.is_reached,
            subnet: self.subnet,
            answers: self.heard.answers.iter().take(RECORDED).map(Said::of).collect(),
        }
    }

    /// What it means, a sentence.
    pub fn sentence(&self) -> String {
        match (self.phase, self.verdict.state, &self.verdict.option_150) {
            (Phase::Before, State::SomethingElse, Some(_)) => format!("Option 150 names {}.", self.value()),
            (Phase::During, State::CallManager, _) => {
                format!("Option 150 names {} still, as before.", self.value())
            }
            (Phase::After, State::CallManager, _) => {
                format!("Option 150 names {} again, as before.", self.value())
            }
            (Phase::After, State::ThisLaptop, _) => {
                format!("Option 150 names this laptop still: {}.", self.value())
            }
            (Phase::After, State::SomethingElse, Some(_)) if self.before == Option150::Unknown => {
                format!("Option 150 names {}; what it named before is not known.", self.value())
            }
            (Phase::After, State::SomethingElse, Some(_)) => {
                format!("Option 150 names {}, which is not what it named before.", self.value())
            }
            _ => self.verdict.sentence.clone(),
        }
    }

    /// What to do now, a sentence or two. `ask` and `insist` are the keys that ask again and that go on without DHCP.
    pub fn next(&self, ask: &str, insist: &str) -> String {
        let next = match (self.phase, self.verdict.state) {
            (_, _) if self.verdict.is_reached => match self.phase {
                Phase::After => "Press Enter for the report; it says when phones hear of it.",
                _ => "Press Enter, and reset the phones.",
            },
            (Phase::Before, State::NobodyAnswered) => {
                return format!(
                    "Check cable and VLAN, or name server or voice subnet at Ask also; {ask} asks again. Or type it, then Enter."
                );
            }
            (_, State::NobodyAnswered) => {
                return format!(
                    "Check cable and VLAN, or name server or voice subnet at Ask also; {ask} asks again, {insist} goes on without DHCP."
                );
            }
            (Phase::Before, State::NoOption150) => {
                "Noted: there is none to put back. Press Enter, then set it."
            }
            (Phase::Before, State::ThisLaptop) if self.from_earlier => {
                "The old value is filled in from the earlier session's log. Check it, then press Enter."
            }
            (Phase::Before, State::ThisLaptop) => {
                "Type at Named before what it named before that, so that it can be put back; then Enter."
            }
            (Phase::Before, State::SomethingElse) if self.verdict.option_150.is_none() => {
                "Phones cannot read that. Type at Named before what to put back, then press Enter."
            }
            (Phase::Before, State::ServersDisagree) => {
                "Find out which server the phones ask; type its value at Named before, then press Enter."
            }
            (Phase::Before, State::CallManager | State::SomethingElse) => {
                "Noted as what to put back. Press Enter, then change it as shown."
            }
            (Phase::During, State::CallManager | State::NoOption150) => {
                "Not changed yet, or not saved there. Set it as shown; Enter asks again."
            }
            (Phase::During, State::SomethingElse) => {
                "It must name this laptop first, or alone. Set it as shown; Enter asks again."
            }
            (_, State::ServersDisagree) => {
                "Change all servers alike, or wait until they have copied: phones take the first answer. Enter asks again."
            }
            (Phase::After, State::ThisLaptop) => {
                "Not changed back yet, or not saved there. Restore it as shown; Enter asks again."
            }
            (Phase::After, _) if self.before == Option150::Unknown => {
                return format!(
                    "If that is right, type it at Names again; Enter asks again. Or {insist}, and say why."
                );
            }
            (Phase::After, _) => {
                return format!(
                    "Restore it as shown; Enter asks again. If this is right, {insist} and say why."
                );
            }
            (Phase::During, State::ThisLaptop) => "Press Enter, and reset the phones.",
        };
        next.to_owned()
    }
}

/// What one server says, all its answers of the same content together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Which server.
    pub server: Ipv4Addr,
    /// What it says of option 150, as text.
    pub says: String,
    /// How it was asked.
    pub methods: Vec<Method>,
    /// The subnet that it spoke about, if that was seen.
    pub scope: Option<Subnet>,
    /// The relay that it came through.
    pub relay: Option<Ipv4Addr>,
    /// How long a lease would run.
    pub lease: Option<Duration>,
    /// Whether a phone would be told so; otherwise only other devices are.
    pub to_phones: bool,
}

/// The answers of a probe by server and content, in the order in which they came.
pub fn voices(answers: &[Answer]) -> Vec<Voice> {
    let mut voices: Vec<Voice> = Vec::new();
    for answer in answers {
        let says = match &answer.option_150_unreadable {
            Some(text) => format!("`{text}`, no list of addresses"),
            None if answer.option_150.is_empty() => "no option 150".to_owned(),
            None => Option150::Addresses(answer.option_150.clone()).to_string(),
        };
        let known = voices.iter_mut().find(|voice| voice.server == answer.server && voice.says == says);
        if let Some(known) = known {
            if !known.methods.contains(&answer.method) {
                known.methods.push(answer.method);
            }
            known.scope = known.scope.or(answer.scope);
            known.relay = known.relay.or(answer.relay);
            known.lease = known.lease.or(answer.lease);
            known.to_phones |= answer.as_phone;
            continue;
        }
        voices.push(Voice {
            server: answer.server,
            says,
            methods: vec![answer.method],
            scope: answer.scope,
            relay: answer.relay,
            lease: answer.lease,
            to_phones: answer.as_phone,
        });
    }
    voices
}
