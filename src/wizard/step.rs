//! The steps as types: each carries the proofs that the steps before it yielded. Only the checker makes a proof, so
//! a step cannot be reached without what it stands on.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use super::asking::Proof;
use crate::firmware::Bundle;
use crate::journal::{Event, Option150, ServedLoad};
use crate::timestamp::Timestamp;

/// A step without its proofs: for the rail, and to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// What this is, and what to do.
    Welcome,
    /// Which load the phones need, and why.
    Path,
    /// Which loads are served.
    Load,
    /// Where they are served.
    Interface,
    /// DHCP names this laptop.
    Option150,
    /// Phones are reset and load.
    Transfer,
    /// DHCP names the call manager again.
    SwitchBack,
    /// What was done.
    Report,
}

impl StepKind {
    /// All steps, in their order.
    pub const ALL: [Self; 8] = [
        Self::Welcome,
        Self::Path,
        Self::Load,
        Self::Interface,
        Self::Option150,
        Self::Transfer,
        Self::SwitchBack,
        Self::Report,
    ];

    /// Its name on the rail.
    pub fn title(self) -> &'static str {
        match self {
            Self::Welcome => "Welcome",
            Self::Path => "Path",
            Self::Load => "Load",
            Self::Interface => "Interface",
            Self::Option150 => "Option 150",
            Self::Transfer => "Reset and transfer",
            Self::SwitchBack => "Switch back",
            Self::Report => "Report",
        }
    }
}

/// What the wizard is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Real phones.
    Recover,
    /// Simulated phones and made-up loads on this machine alone. Every screen says so.
    Rehearse,
    /// A look into loads, nothing else.
    Inspect,
}

impl Mode {
    /// The steps of this mode.
    pub fn steps(self) -> &'static [StepKind] {
        match self {
            Self::Recover | Self::Rehearse => &StepKind::ALL,
            Self::Inspect => &[StepKind::Welcome, StepKind::Load],
        }
    }

    /// The mark that every screen carries, if it must.
    pub fn mark(self) -> Option<&'static str> {
        (self == Self::Rehearse).then_some("REHEARSAL")
    }
}

/// Where the technician is.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing is known yet.
    Welcome,
    /// Asking which phones.
    Path,
    /// Choosing loads.
    Load,
    /// Choosing the interface for loads that were checked.
    Interface(CheckedLoads),
    /// The service runs; DHCP must name it.
    Option150(Serving),
    /// Option 150 names this laptop; phones are reset.
    Transfer(Serving, Announced),
    /// Phones are done, or the technician insists.
    SwitchBack(Serving, Announced, Finished),
    /// Option 150 is back.
    Report(Serving, Announced, Finished, WentBack),
}

impl Step {
    /// Which step it is.
    pub fn kind(&self) -> StepKind {
        match self {
            Self::Welcome => StepKind::Welcome,
            Self::Path => StepKind::Path,
            Self::Load => StepKind::Load,
            Self::Interface(_) => StepKind::Interface,
            Self::Option150(_) => StepKind::Option150,
            Self::Transfer(..) => StepKind::Transfer,
            Self::SwitchBack(..) => StepKind::SwitchBack,
            Self::Report(..) => StepKind::Report,
        }
    }

    /// What is served, from the moment that it is.
    pub fn serving(&self) -> Option<&Serving> {
        match self {
            Self::Welcome | Self::Path | Self::Load | Self::Interface(_) => None,
            Self::Option150(serving)
            | Self::Transfer(serving, _)
            | Self::SwitchBack(serving, ..)
            | Self::Report(serving, ..) => Some(serving),
        }
    }

    /// What is known of option 150 since it was announced.
    pub fn announced(&self) -> Option<&Announced> {
        match self {
            Self::Transfer(_, announced)
            | Self::SwitchBack(_, announced, _)
            | Self::Report(_, announced, ..) => Some(announced),
            _ => None,
        }
    }
}

/// Proof: loads that were read, checked and chosen, as they will be served.
#[derive(Debug, Clone)]
pub struct CheckedLoads {
    /// The files, by name. Shared with the server, never copied.
    pub bundle: Arc<Bundle>,
    /// The loads that they make up.
    pub loads: Vec<ServedLoad>,
    /// Loads that were picked and are not served, with the reason, a sentence each.
    pub left_out: Vec<String>,
    /// What the session log says about each of them, and what was decided against the program's advice.
    pub(super) facts: Vec<Event>,
}

impl PartialEq for CheckedLoads {
    /// The same files: the very same set, not one that looks like it.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bundle, &other.bundle) && self.loads == other.loads
    }
}

/// Proof: the service's port was free, and a file was read through this address as a phone would read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedInterface {
    /// Name of the interface.
    pub name: String,
    /// The address that phones ask: pinned, whatever the system would choose later.
    pub address: Ipv4Addr,
    /// What speaks against it all the same.
    pub doubt: Option<String>,
    /// The file that was read.
    pub file: String,
    /// Its octets, the same as served.
    pub octets: u64,
    /// How long the reading took, in milliseconds.
    pub millis: u64,
}

/// Proof: the loads are served at this address.
#[derive(Debug, Clone, PartialEq)]
pub struct Serving {
    /// What is served.
    pub loads: CheckedLoads,
    /// Where.
    pub interface: CheckedInterface,
    /// Address and port that phones ask.
    pub at: SocketAddrV4,
    /// Since when.
    pub since: Timestamp,
}

/// Proof: option 150 names this laptop. DHCP says so, or the technician insists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// What it names now.
    pub value: Ipv4Addr,
    /// What it named before.
    pub before: Option150,
    /// Who confirmed it, if a name was given.
    pub by: Option<String>,
    /// When that was confirmed.
    pub confirmed: Timestamp,
    /// How that is known.
    pub proof: Proof,
}

/// Proof: nothing keeps the technician from switching option 150 back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// Every phone that was seen is back on the new load.
    AllBack,
    /// The technician insists; the phones that were not done, in words, are on record.
    Insisted(Vec<String>),
}

/// Proof: option 150 names again what it named before. DHCP says so, or the technician insists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentBack {
    /// What it names now.
    pub to: Option150,
    /// Who confirmed it, if a name was given.
    pub by: Option<String>,
    /// When that was confirmed.
    pub at: Timestamp,
    /// How that is known.
    pub proof: Proof,
}
