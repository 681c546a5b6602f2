//! The isolated bench in the wizard: the choice "no DHCP server here" in the step Option 150, an address for a card
//! that has none, and clients that are let in by hand.
//!
//! On the bench there is no option 150 to announce, to confirm or to put back.

use std::net::Ipv4Addr;

use super::asking::Proof;
use super::dialog::{Ask, Dialog, Tone};
use super::model::{Model, ReportDraft};
use super::msg::{Effect, Moment, Ticket};
use super::step::{Announced, Finished, Mode, Step, WentBack};
use crate::firmware::problem::Problem;
use crate::fleet::Mac;
use crate::journal::Option150;

/// How the bench stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BenchState {
    /// This laptop is no DHCP server.
    #[default]
    Off,
    /// It listens for others, and begins if there is none.
    Starting(Ticket),
    /// It was begun; the mark says whether it still is on.
    Begun,
}

/// An address that a card without one can be given for the time of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressOffer {
    /// Name of the card.
    pub interface: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Bits of the network mask.
    pub prefix: u8,
    /// The command that sets it.
    pub command: String,
    /// The command that takes it away again.
    pub undo: String,
}

impl Model {
    /// Whether the isolated bench can be chosen now.
    pub fn can_bench(&self) -> bool {
        matches!(self.step, Step::Option150(_))
            && self.mode == Mode::Recover
            && self.bench == BenchState::Off
            && self.option150.announced.is_none()
    }

    /// Whether this is a job on the bench.
    pub fn is_bench(&self) -> bool {
        self.bench == BenchState::Begun
    }

    /// The client that got no answer last, and can be let in.
    pub fn stranger(at: Moment<'_>) -> Option<(Mac, String)> {
        at.fleet.bench().filter(|bench| bench.stopped.is_none())?.strangers.last().cloned()
    }

    /// Ask first: it is the one thing here that can do harm to others.
    pub(super) fn propose_bench(&mut self) {
        if let Some(serving) = self.step.serving() {
            let (interface, address) = (serving.interface.name.clone(), serving.interface.address);
            let listed = self.listed();
            self.dialog = Some(Dialog::Ask(Ask::Bench { interface, address, listed }));
        }
    }

    /// The technician says that the network is cut off.
    pub(super) fn begin_bench(&mut self) -> Vec<Effect> {
        let mut effects = self.stop_asking();
        let ticket = self.ticket();
        if let Step::Option150(serving) = &self.step {
            let (interface, address) = (serving.interface.name.clone(), serving.interface.address);
            self.bench = BenchState::Starting(ticket);
            effects.push(Effect::StartBench { ticket, interface, address });
        }
        effects
    }

    /// It runs, or a guard said no.
    pub(super) fn bench_started(
        &mut self,
        at: Moment<'_>,
        ticket: Ticket,
        outcome: Result<(), Problem>,
    ) -> Vec<Effect> {
        if self.bench != BenchState::Starting(ticket) {
            // Begun for a step that was left: nobody wants it.
            let is_unwanted = outcome.is_ok() && self.bench != BenchState::Begun;
            return if is_unwanted { vec![Effect::StopBench] } else { Vec::new() };
        }
        match outcome {
            Ok(()) => {
                self.bench = BenchState::Begun;
                let words = "this laptop gives addresses to the phones now: switch them off and on";
                self.say(at.now, Tone::Good, words, Vec::new());
                self.go_on_with_bench(at);
            }
            Err(problem) => {
                self.bench = BenchState::Off;
                self.log.take_problem(at.now, &problem);
                self.refuse(at.now, &problem);
            }
        }
        Vec::new()
    }

    /// To the phones: there is nothing to change on any server.
    pub(super) fn go_on_with_bench(&mut self, at: Moment<'_>) {
        let Step::Option150(serving) = self.step.clone() else { return };
        if let Some(family) = self.path.family_number() {
            self.transfer.coach.begin_with(&serving.loads.loads, &family);
        }
        let announced = Announced {
            value: serving.interface.address,
            before: Option150::Absent,
            by: None,
            confirmed: at.now,
            proof: Proof::Bench,
        };
        self.step = Step::Transfer(serving, announced);
    }

    /// The job is done: DHCP ends, and the report is made. Nothing is put back.
    pub(super) fn end_bench(&mut self, at: Moment<'_>) -> Vec<Effect> {
        let Step::SwitchBack(serving, announced, finished) = self.step.clone() else { return Vec::new() };
        let ticket = self.ticket();
        self.report = ReportDraft { awaited: Some(ticket), ..ReportDraft::default() };
        let went_back = WentBack { to: Option150::Absent, by: None, at: at.now, proof: Proof::Bench };
        self.step = Step::Report(serving, announced, finished, went_back);
        vec![Effect::StopBench, Effect::MakeReport(ticket)]
    }

    /// What goes on record when the technician ends a job on the bench too early.
    pub(super) fn bench_ended_early(phones: &[String]) -> String {
        match phones.len() {
            0 => "the job on the bench ends before any phone asked".to_owned(),
            n => format!(
                "the job on the bench ends while {n} of the phones are not back: {}",
                phones.join("; ")
            ),
        }
    }

    /// What the step behind the phones says on the bench, a paragraph each.
    pub fn after_bench(finished: &Finished) -> Vec<String> {
        let mut text = Vec::new();
        if let Finished::Insisted(phones) = finished
            && !phones.is_empty()
        {
            text.push(match phones.len() {
                1 => "1 phone is not back: leave its power on until it is.".to_owned(),
                n => format!("{n} of the phones are not back: leave their power on until they are."),
            });
        }
        text.extend([
            "There is no option 150 to switch back here: no other DHCP server was ever told anything.".to_owned(),
            "Carry the phones to their own network. There they take their address and option 150 from its DHCP server, and their load from CUCM.".to_owned(),
            "It can wait for them there: take this laptop along. `loadlift phone ADDRESS` asks a phone which load it runs and which TFTP server it believes in.".to_owned(),
            "DHCP ends when you go on; an address that loadlift set is taken away when you leave.".to_owned(),
        ]);
        text
    }
}
