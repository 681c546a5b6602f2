//! Asking DHCP for option 150 from start to end: choose the interface, ask, judge; at once or in the background.

use std::io;
use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::catalog::Catalog;
use crate::dhcp::{Answer, Expected, Goal, Subnet, Verdict, judge};
use crate::error::Advice;
use crate::net::dhcp::{self, Asked, DhcpError, Wanted};
use crate::net::interfaces::{self, Interface, InterfaceError};

/// What is to be asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Name of the interface to ask through.
    pub interface: Option<String>,
    /// Its address, instead of or beside the name.
    pub address: Option<Ipv4Addr>,
    /// DHCP servers to ask by name.
    pub servers: Vec<Ipv4Addr>,
    /// The phones' subnet, if it is not that of the interface.
    pub subnet: Option<Subnet>,
    /// The address that phones are served from, if it is not that of the interface.
    pub laptop: Option<Ipv4Addr>,
    /// What option 150 named before; empty if there was none, `None` if nobody looked.
    pub before: Option<Vec<Ipv4Addr>>,
    /// What is to be reached.
    pub goal: Goal,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The interface that was asked through; its address is 0.0.0.0 if it has none.
    pub interface: Interface,
    /// The answers, and what could not be seen.
    pub asked: Asked,
    /// What it means.
    pub verdict: Verdict,
}

impl Finding {
    /// The address of the interface, if it has one.
    pub fn address(&self) -> Option<Ipv4Addr> {
        (!self.interface.address.is_unspecified()).then_some(self.interface.address)
    }
}

/// Why DHCP could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No interface was chosen.
    #[error(transparent)]
    Interface(#[from] InterfaceError),
    /// It does not work through this interface.
    #[error(transparent)]
    Dhcp(#[from] DhcpError),
}

impl Advice for AskError {
    fn code(&self) -> &'static str {
        match self {
            Self::Interface(error) => error.code(),
            Self::Dhcp(error) => error.code(),
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Interface(error) => error.advice(),
            Self::Dhcp(error) => error.advice(),
        }
    }
}

/// Ask, which takes some six seconds and blocks. `watch` hears of new answers and of the time that is left, a few
/// times a second, and may end it early.
pub fn ask(
    catalog: &Catalog,
    question: Question,
    watch: impl FnMut(&[Answer], Duration) -> ControlFlow<()>,
) -> Result<Finding, AskError> {
    let interface = match interfaces::choose(question.interface.as_deref(), question.address) {
        Err(unknown @ InterfaceError::Unknown { .. }) => bare(&question).ok_or(unknown)?,
        chosen => chosen?,
    };
    let address = (!interface.address.is_unspecified()).then_some(interface.address);
    // Servers that tell only phones look at the beginning, which all models share.
    let model = catalog.models().first().expect("the cross-check knows models");
    let wanted = Wanted {
        interface: interface.name.clone(),
        address,
        servers: question.servers,
        subnet: question.subnet,
        vendor_class: model.vendor_class.value.clone(),
    };
    let asked = dhcp::ask(wanted, watch)?;
    let expected = Expected {
        laptop: question.laptop.or(address),
        before: question.before,
        subnet: question.subnet,
        goal: question.goal,
    };
    let verdict = judge(&asked.answers, &expected);
    Ok(Finding { interface, asked, verdict })
}

/// An interface that was asked for by name and has no address: a phone has none either when it asks.
fn bare(question: &Question) -> Option<Interface> {
    let name = question.interface.clone().filter(|_| question.address.is_none())?;
    interfaces::without_address(&name)
}

/// News of a probe in the background.
#[derive(Debug)]
pub enum Probing {
    /// A server answered.
    Answer(Box<Answer>),
    /// So much time is left; a few times a second.
    Left(Duration),
    /// It is over; nothing follows.
    Done(Box<Result<Finding, AskError>>),
}

/// Ask in a thread of its own. Dropping the receiver ends the probe and gives its ports back within a fraction of a
/// second.
pub fn start(catalog: &'static Catalog, question: Question) -> io::Result<UnboundedReceiver<Probing>> {
    let (news, receiver) = unbounded_channel();
    thread::Builder::new().name("dhcp-probe".into()).spawn(move || {
        let mut told = 0;
        let finding = ask(catalog, question, |answers, left| {
            let fresh = answers[told..].iter().cloned().map(|answer| Probing::Answer(Box::new(answer)));
            let all_heard = fresh.chain([Probing::Left(left)]).all(|piece| news.send(piece).is_ok());
            told = answers.len();
            if all_heard { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        // Whoever has dropped the receiver does not want to know.
        let _ = news.send(Probing::Done(Box::new(finding)));
    })?;
    Ok(receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_in_the_background_ends_with_its_finding_and_nothing_follows() {
        let question = Question { address: Some(Ipv4Addr::LOCALHOST), ..Question::default() };
        let mut news = start(Catalog::embedded(), question).unwrap();
        let Some(Probing::Done(finding)) = news.blocking_recv() else { panic!("loopback has nobody to ask") };
        assert_eq!(finding.unwrap_err().code(), "dhcp-no-hardware-address");
        assert!(news.blocking_recv().is_none());
    }
}
