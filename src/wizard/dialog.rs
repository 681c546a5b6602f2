//! What can lie over a step: a question, the help, the log. And the one line that says what just happened.

use std::collections::VecDeque;

use crate::firmware::problem::Problem;
use crate::journal::{Event, How, Option150, Record};
use crate::preflight;
use crate::timestamp::Timestamp;

/// What lies over the step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialog {
    /// The keys of the step, and what it is for.
    Help,
    /// What happened, the latest last; scrolled up by so many lines.
    Log(usize),
    /// A question that has to be answered first.
    Ask(Ask),
}

/// A question. Enter says yes, Esc says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Leave the program?
    Quit {
        /// The phones that load or write flash, in words.
        phones: Vec<String>,
        /// What option 150 must name again, if it names this laptop still.
        option150: Option<Option150>,
    },
    /// Leave the table of phones? Serving goes on.
    LeaveTransfer {
        /// The phones that load or write flash, in words.
        phones: Vec<String>,
    },
    /// Go back to the interfaces, and stop serving?
    StopService {
        /// The phones that load or write flash, in words.
        phones: Vec<String>,
    },
    /// Serve a load that is not what the phones need?
    UseAnyway {
        /// Its name.
        load: String,
        /// Why not.
        reason: String,
    },
    /// Switch back though phones are not done?
    Insist {
        /// Those phones, in words; none if no phone was seen at all.
        phones: Vec<String>,
    },
}

impl Ask {
    /// The question.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Quit { .. } => "Leave loadlift?",
            Self::LeaveTransfer { .. } => "Go back while phones are at work?",
            Self::StopService { .. } => "Stop serving?",
            Self::UseAnyway { .. } => "Serve this load all the same?",
            Self::Insist { .. } => "Switch back already?",
        }
    }

    /// What depends on the answer, a paragraph each.
    pub fn text(&self) -> Vec<String> {
        match self {
            Self::Quit { phones, option150 } => {
                let mut text = Vec::new();
                if !phones.is_empty() {
                    text.push(format!("{} in the middle of it. Without this laptop they stop.", count(phones)));
                }
                if let Some(before) = option150 {
                    text.push(format!(
                        "Option 150 still names this laptop. It must name the call manager again ({before}); the next start will remind you."
                    ));
                }
                text
            }
            Self::LeaveTransfer { phones } => vec![
                format!("{} at work. Serving goes on; leave their power alone.", count(phones)),
            ],
            Self::StopService { phones } if phones.is_empty() => {
                vec!["Phones that ask from now on get no answer until it is started again.".into()]
            }
            Self::StopService { phones } => {
                vec![format!("{} in the middle of it. They stop, and have to be reset once more.", count(phones))]
            }
            Self::UseAnyway { load, reason } => {
                vec![format!("{load}: {reason}"), "It goes on record that you decided so.".into()]
            }
            Self::Insist { phones } if phones.is_empty() => vec![
                "No phone has come back yet, because none has asked. Once option 150 is back, none will find this laptop."
                    .into(),
            ],
            Self::Insist { phones } => vec![
                format!("{} not done. Serving goes on, but a phone that starts anew asks the call manager.", count(phones)),
            ],
        }
    }

    /// The phones that it is about, in words.
    pub fn phones(&self) -> &[String] {
        match self {
            Self::Quit { phones, .. }
            | Self::LeaveTransfer { phones }
            | Self::StopService { phones }
            | Self::Insist { phones } => phones,
            Self::UseAnyway { .. } => &[],
        }
    }

    /// What Enter does.
    pub fn yes(&self) -> &'static str {
        match self {
            Self::Quit { .. } => "leave",
            Self::LeaveTransfer { .. } => "go back",
            Self::StopService { .. } => "stop serving",
            Self::UseAnyway { .. } => "serve it",
            Self::Insist { .. } => "switch back",
        }
    }

    /// What Esc does.
    pub fn no(&self) -> &'static str {
        match self {
            Self::UseAnyway { .. } => "leave it out",
            _ => "stay",
        }
    }
}

fn count(phones: &[String]) -> String {
    match phones.len() {
        1 => "1 phone is".to_owned(),
        n => format!("{n} phones are"),
    }
}

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something worked.
    Good,
    /// Something to know.
    Hint,
    /// Something was refused, or went wrong.
    Bad,
}

/// One line about what just happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// What.
    pub text: String,
    /// What to do now; may be empty.
    pub advice: Vec<String>,
    /// When.
    pub at: Timestamp,
    /// Counted up, so that the same thing said again is seen to be said again.
    pub(super) nth: u64,
}

/// Lines of the log pane that are kept.
const LINES: usize = 500;

/// What happened, in lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    lines: VecDeque<(Timestamp, String)>,
}

impl Log {
    /// The lines, the latest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &(Timestamp, String)> + ExactSizeIterator {
        self.lines.iter()
    }

    pub(super) fn take(&mut self, record: &Record) {
        if let Some(line) = line(&record.event) {
            self.push(record.at, line);
        }
    }

    pub(super) fn take_problem(&mut self, at: Timestamp, problem: &Problem) {
        self.push(at, problem.message.clone());
    }

    fn push(&mut self, at: Timestamp, line: String) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        self.lines.push_back((at, line));
    }
}

fn known(how: How) -> &'static str {
    match how {
        How::ByHand => "confirmed by hand",
        How::Probed => "by DHCP's own word",
    }
}

/// A record in one line; `None` for what happens too often to be read.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { serving, loads, .. } => {
            let loads: Vec<&str> = loads.iter().map(|load| load.load.as_str()).collect();
            format!("serving {} on {serving}", loads.join(", "))
        }
        Event::Refused { phone, file, reason } => format!("{phone} did not get {file} ({reason:?})"),
        Event::Aborted { phone, octets: 1.., message, .. } => format!("{phone} ended a transfer: {message}"),
        Event::Unanswered { phone, .. } => format!("{phone} stopped answering"),
        Event::Faulted { phone, .. } => {
            format!("{phone}: a transfer was ended by a fault of loadlift; please report it")
        }
        Event::Stage { phone, mac, words, .. } => {
            let mac = mac.map(|mac| format!(" {mac}")).unwrap_or_default();
            format!("{phone}{mac}: {words}")
        }
        Event::Trouble { message } => message.clone(),
        Event::LoadChosen { load, source, .. } => format!("{load} from {source} is checked"),
        Event::InterfaceChecked { interface, address, .. } => {
            format!("{address} ({interface}): a file was read through it")
        }
        Event::Option150Announced { value, before, .. } => {
            format!("option 150 is to name {value}; before: {before}")
        }
        Event::Option150Probed { value, answers, .. } => match answers.as_slice() {
            [] => "DHCP was asked, and nobody answered".to_owned(),
            _ if *value == Option150::Unknown => "DHCP was asked: no single answer".to_owned(),
            [first, ..] => format!("DHCP was asked: option 150 is {value} ({})", first.server),
        },
        Event::Option150Confirmed { value, how, .. } => {
            format!("option 150 names {value}, {}", known(*how))
        }
        Event::Option150Back { to, how, .. } => format!("option 150 is back ({to}), {}", known(*how)),
        Event::Dhcp(dhcp) => return dhcp.words(),
        Event::ConfigurationOffered { phones, .. } => match phones.len() {
            0 => "phones that still boot are offered the load by configuration".to_owned(),
            listed => format!("{listed} listed phones are offered the load by configuration"),
        },
        Event::Override { what } => format!("decided by hand: {what}"),
        Event::Ended { back, seen, .. } => format!("ended: {back} of {seen} phones are back"),
        Event::Asked { .. } | Event::Progress { .. } | Event::Served { .. } | Event::Aborted { .. } => {
            return None;
        }
        other => preflight::words(other)?,
    })
}
