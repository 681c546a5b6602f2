//! What the wizard is told, and what it wants done. The session runs effects and sends their results back.

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use super::asking::{DhcpQuestion, Heard};
use super::bench::AddressOffer;
use super::interface::Interface;
use super::key::Key;
use super::step::{CheckedInterface, CheckedLoads, Mode};
use super::unfinished::Unfinished;
use crate::dhcp::Answer;
use crate::firmware::Reading;
use crate::firmware::problem::Problem;
use crate::fleet::{Fleet, Mac, PhoneId};
use crate::journal::{Event, Record};
use crate::phone_pages::Proof;
use crate::preflight::Check;
use crate::report::Report;
use crate::timestamp::Timestamp;

/// The number of a question to the shell. An answer with another number than the one waited for is too late: its
/// step was left meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(super) u64);

/// The moment of an update: the time, and the phones as they are known.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The time.
    pub now: Timestamp,
    /// The phones of the session; none before anything is served.
    pub fleet: &'a Fleet,
}

/// Something that is drawn and can be pressed with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// The hint of a key: the same as pressing it.
    Key(Key),
    /// A row of the step's list, or one of its fields, from 0.
    Row(usize),
    /// A line of the table of phones, whose order may have changed since it was drawn.
    Phone(PhoneId),
}

/// What the wizard is told.
#[derive(Debug, Clone)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Pasted(String),
    /// The mouse was pressed on something that is drawn.
    Clicked(Spot),
    /// The mouse wheel was turned: up, or down.
    Wheel {
        /// Towards what is above.
        up: bool,
    },
    /// Time has passed; several times a second while something moves.
    Tick,
    /// The system wants an end: a first one asks, a second one within two seconds leaves.
    Interrupted,
    /// The system ends the program, and asks nobody.
    Terminated,
    /// Something was put on record.
    Recorded(Box<Record>),
    /// Earlier sessions that never confirmed option 150 back.
    Unfinished(Vec<Unfinished>),
    /// Loads were found or read; the paths that cannot be read, as problems of the reading.
    LoadsRead(Ticket, Arc<Reading>),
    /// What a path can be completed to.
    Completed(Ticket, String, Vec<String>),
    /// The interfaces of this machine, best first.
    Interfaces(Ticket, Result<Vec<Interface>, Problem>),
    /// The check of an interface.
    InterfaceChecked(Ticket, Result<CheckedInterface, Problem>),
    /// What else was found out about this laptop.
    Preflight(Ticket, Vec<Check>),
    /// A rule was added to the firewall, or was not.
    FirewallOpened(Result<(), Problem>),
    /// The service was started, or was not.
    ServiceStarted(Ticket, Result<SocketAddrV4, Problem>),
    /// The bench's DHCP server runs, or a guard said no.
    BenchStarted(Ticket, Result<(), Problem>),
    /// A card without an address can be given one; `None` if there is no such card.
    AddressOffered(Ticket, Option<AddressOffer>),
    /// The address was set, or was not.
    AddressSet(Result<(), Problem>),
    /// The server stopped by a fault of its own, or of the system's.
    ServiceFailed(Problem),
    /// Something went wrong beside the steps, and the technician should know.
    Warned(Problem),
    /// Text went to the terminal's clipboard, or could not.
    Copied(Result<(), Problem>),
    /// A DHCP server answered; more may follow.
    DhcpAnswered(Ticket, Box<Answer>),
    /// DHCP is listened to for so long still; told a few times a second.
    DhcpWaits(Ticket, Duration),
    /// DHCP was asked, or could not be: nothing follows.
    DhcpAsked(Ticket, Result<Heard, Problem>),
    /// The report was made, and saved unless that failed.
    ReportMade(Ticket, Box<Report>, Result<Vec<String>, Problem>),
    /// A load is being fetched: how far it is, in words.
    Fetching(Ticket, String),
    /// What a phone's own pages said.
    PhoneSaid(IpAddr, Proof),
    /// All phones were asked.
    PhonesAsked,
    /// An earlier session's log now says that option 150 is back.
    Settled(Result<Vec<Unfinished>, Problem>),
}

/// What the wizard wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read the logs of earlier sessions: [`Msg::Unfinished`].
    FindUnfinished,
    /// Find the loads beside the program, in `loads/`, in the working folder and in Downloads; in a rehearsal make
    /// them up: [`Msg::LoadsRead`].
    FindLoads(Ticket, Mode),
    /// Read the loads at these paths, as typed, or fetch them from an address: [`Msg::Fetching`], then
    /// [`Msg::LoadsRead`].
    ReadLoads(Ticket, Vec<String>),
    /// Fetch no further what [`Effect::ReadLoads`] is fetching; what is there can be taken up again.
    StopFetching,
    /// Ask these phones by their own pages: [`Msg::PhoneSaid`] for each, then [`Msg::PhonesAsked`]. In a rehearsal
    /// nobody is asked, and the simulation answers.
    AskPhones(Vec<(IpAddr, Option<Mac>)>, Mode),
    /// Complete a path that is being typed: [`Msg::Completed`].
    CompletePath(Ticket, String),
    /// List the interfaces: [`Msg::Interfaces`].
    ListInterfaces(Ticket, Mode),
    /// Open the port at that address, and read a file of our own through it: [`Msg::InterfaceChecked`].
    CheckInterface {
        /// The question.
        ticket: Ticket,
        /// The interface.
        interface: Interface,
        /// The UDP port; 0 lets the system choose.
        port: u16,
        /// What will be served.
        loads: CheckedLoads,
    },
    /// Find out what else can stand in the way at that address: [`Msg::Preflight`].
    Preflight {
        /// The question.
        ticket: Ticket,
        /// The address.
        address: Ipv4Addr,
        /// The UDP port; 0 lets the system choose.
        port: u16,
    },
    /// Let phones in through the firewall until the program ends: [`Msg::FirewallOpened`].
    OpenFirewall,
    /// Serve: [`Msg::ServiceStarted`].
    StartService {
        /// The question.
        ticket: Ticket,
        /// Where.
        interface: CheckedInterface,
        /// The UDP port; 0 lets the system choose.
        port: u16,
        /// What.
        loads: CheckedLoads,
        /// For real, or as a rehearsal.
        mode: Mode,
        /// Whether phones that still boot are offered the load by configuration.
        by_configuration: bool,
    },
    /// Listen for other DHCP servers, and be one if there is none: [`Msg::BenchStarted`].
    StartBench {
        /// The question.
        ticket: Ticket,
        /// The card.
        interface: String,
        /// Its address.
        address: Ipv4Addr,
    },
    /// End the bench's DHCP server.
    StopBench,
    /// Answer this client too, though it is no phone by what it says.
    LetIn(Mac),
    /// See whether a card has no address: [`Msg::AddressOffered`].
    OfferAddress(Ticket),
    /// Give a card an address until the program ends: [`Msg::AddressSet`].
    SetAddress(AddressOffer),
    /// Stop serving.
    StopService,
    /// Ask DHCP what option 150 names: [`Msg::DhcpAnswered`], [`Msg::DhcpWaits`], and at the end [`Msg::DhcpAsked`].
    /// Whatever is still being asked is given up.
    AskDhcp(Ticket, DhcpQuestion),
    /// Stop asking DHCP, and give its ports back.
    StopAsking,
    /// Let the simulated phones begin.
    StartPhones,
    /// Put something on record, and wait until it is on the disk.
    Journal(Event),
    /// Put something on record in an earlier session's log, and look again: [`Msg::Settled`].
    Settle(Unfinished, Event),
    /// Let the mouse work in the program, or leave it to the terminal.
    Mouse(bool),
    /// Copy text to the terminal's clipboard: [`Msg::Copied`].
    Copy(String),
    /// Make the report and save it beside the session log: [`Msg::ReportMade`].
    MakeReport(Ticket),
    /// Leave.
    Quit,
}
