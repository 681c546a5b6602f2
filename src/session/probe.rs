//! Asking DHCP for option 150 from start to end: choose the interface, ask, judge.

use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::time::Duration;

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
    /// The interface that was asked through.
    pub interface: Interface,
    /// The answers, and what could not be seen.
    pub asked: Asked,
    /// What it means.
    pub verdict: Verdict,
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
    mut watch: impl FnMut(&[Answer], Duration) -> ControlFlow<()>,
) -> Result<Finding, AskError> {
    let interface = interfaces::choose(question.interface.as_deref(), question.address)?;
    // Servers that tell only phones look at the beginning, which all models share.
    let model = catalog.models().first().expect("the cross-check knows models");
    let wanted = Wanted {
        address: interface.address,
        servers: question.servers,
        subnet: question.subnet,
        vendor_class: model.vendor_class.value.clone(),
    };
    let asked = dhcp::ask(wanted, |probe, now| watch(probe.answers(), probe.remaining(now)))?;
    let expected = Expected {
        laptop: Some(question.laptop.unwrap_or(interface.address)),
        before: question.before,
        subnet: question.subnet,
        goal: question.goal,
    };
    let verdict = judge(&asked.answers, &expected);
    Ok(Finding { interface, asked, verdict })
}
