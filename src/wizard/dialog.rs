//! What can lie over a step: a question, the help, the log. And the one line that says what just happened.

use std::net::Ipv4Addr;

use super::bench::AddressOffer;
use crate::fleet::Mac;
use crate::journal::Option150;
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
    /// Be the DHCP server of an isolated bench?
    Bench {
        /// The card towards the phones.
        interface: String,
        /// This laptop's address there.
        address: Ipv4Addr,
        /// Phones on the technician's list; 0 without one.
        listed: usize,
    },
    /// Give a card an address for the time of the job?
    SetAddress(AddressOffer),
    /// Answer a client that is no phone by what it says?
    LetIn {
        /// Which.
        mac: Mac,
        /// What it says that it is; may be empty.
        says: String,
    },
    /// End a job on the bench though phones are not done?
    EndBench {
        /// Those phones, in words; none if no phone was seen at all.
        phones: Vec<String>,
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
            Self::Bench { .. } => "Is this bench cut off from every other network?",
            Self::SetAddress(_) => "Give this card an address?",
            Self::LetIn { .. } => "Answer this client too?",
            Self::EndBench { .. } => "End the job already?",
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
            Self::Bench { interface, address, listed } => {
                let mut text = vec![
                    format!("This laptop ({address} on {interface}) becomes the DHCP server: Cisco phones get their address and option 150 from it, nobody else gets an answer."),
                ];
                if *listed > 0 {
                    let phones = if *listed == 1 { "The phone".to_owned() } else { format!("The {listed} phones") };
                    text.push(format!("{phones} on the list may say what they like, and each has an address that nobody else gets."));
                }
                text.push("On a network that leads anywhere else a second DHCP server does harm. It listens for others first; it ends as soon as one shows up, and after some hours in any case.".into());
                text
            }
            Self::SetAddress(offer) => vec![
                format!("{} gets {}/{} until loadlift ends. It runs:", offer.interface, offer.address, offer.prefix),
                offer.command.clone(),
                format!("And at the end: {}", offer.undo),
            ],
            Self::LetIn { mac, says } => {
                let says = if says.is_empty() { "nothing of itself" } else { says };
                vec![format!("{mac} says {says}. It gets an address and option 150 like a phone.")]
            }
            Self::EndBench { phones } if phones.is_empty() => {
                vec!["No phone has come back yet. Once DHCP ends here, none gets an address.".into()]
            }
            Self::EndBench { phones } => vec![
                format!("{} not done. Serving goes on until you leave, but a phone that starts anew gets no address.", count(phones)),
            ],
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
            | Self::EndBench { phones }
            | Self::Insist { phones } => phones,
            Self::UseAnyway { .. } | Self::Bench { .. } | Self::SetAddress(_) | Self::LetIn { .. } => &[],
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
            Self::Bench { .. } => "yes, it is cut off",
            Self::SetAddress(_) => "run it",
            Self::LetIn { .. } => "let it in",
            Self::EndBench { .. } => "end it",
        }
    }

    /// What Esc does.
    pub fn no(&self) -> &'static str {
        match self {
            Self::UseAnyway { .. } | Self::LetIn { .. } => "leave it out",
            Self::Bench { .. } | Self::SetAddress(_) => "no",
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
