//! Everything that a screen shows and a key changes, in one value.

use super::bench::BenchState;
use super::dialog::{Dialog, Notice, Tone};
use super::field::TextField;
use super::interface::InterfaceDraft;
use super::loads::LoadDraft;
use super::log::Log;
use super::msg::{Effect, Ticket};
use super::option150::{Option150Draft, ServerCommands, server_commands};
use super::path::PathDraft;
use super::replay::Playing;
use super::step::{Mode, Step, StepKind};
use super::transfer::TransferDraft;
use super::unfinished::Unfinished;
use crate::firmware::problem::Problem;
use crate::journal::Option150;
use crate::report::Report;
use crate::timestamp::Timestamp;

/// What is settled before the first screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How the wizard begins; the technician can choose otherwise.
    pub mode: Mode,
    /// The UDP port that phones ask, 69. A rehearsal lets the system choose one.
    pub port: u16,
    /// Whether the mouse works in the program; otherwise it marks text, as the terminal has it.
    pub mouse: bool,
    /// Phones on the list that was given (`--phones FILE`); 0 without one.
    pub listed: usize,
}

/// A line of the first screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WelcomeChoice {
    /// What it leads to.
    pub mode: Mode,
    /// Its name.
    pub title: &'static str,
    /// What it is, in a sentence.
    pub says: &'static str,
}

/// The first screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WelcomeDraft {
    /// The row of the cursor.
    pub row: usize,
    /// Earlier sessions that never confirmed option 150 back, the latest first.
    pub unfinished: Vec<Unfinished>,
}

impl WelcomeDraft {
    /// What there is to choose.
    pub const CHOICES: [WelcomeChoice; 3] = [
        WelcomeChoice {
            mode: Mode::Recover,
            title: "Recover phones",
            says: "Step by step from Auth Fail to a phone that registers again.",
        },
        WelcomeChoice {
            mode: Mode::Rehearse,
            title: "Rehearse",
            says: "The same steps with simulated phones; nothing leaves this machine.",
        },
        WelcomeChoice {
            mode: Mode::Inspect,
            title: "Look into a load",
            says: "What a firmware archive holds, and whether it can serve.",
        },
    ];
}

/// Who works and where: asked once, and put on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteField {
    /// Who.
    Who,
    /// Where.
    Place,
}

impl ReportDraft {
    pub(super) fn field(&self) -> Option<&TextField> {
        Some(match self.typing? {
            SiteField::Who => &self.who,
            SiteField::Place => &self.place,
        })
    }

    pub(super) fn field_mut(&mut self) -> Option<&mut TextField> {
        Some(match self.typing? {
            SiteField::Who => &mut self.who,
            SiteField::Place => &mut self.place,
        })
    }
}

/// The last screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReportDraft {
    /// The report, once it is made.
    pub report: Option<Report>,
    /// Where it was saved, and the session log.
    pub files: Vec<String>,
    /// Why it could not be saved.
    pub problem: Option<Problem>,
    /// Lines scrolled down.
    pub scroll: usize,
    /// Who works.
    pub who: TextField,
    /// Where.
    pub place: TextField,
    /// Which of the two is being typed.
    pub typing: Option<SiteField>,
    /// Phones are being asked by their own pages.
    pub asking: bool,
    pub(super) awaited: Option<Ticket>,
}

/// The wizard.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What it is used for.
    pub mode: Mode,
    /// Where the technician is.
    pub step: Step,
    /// The first screen.
    pub welcome: WelcomeDraft,
    /// The step Path.
    pub path: PathDraft,
    /// The step Load.
    pub load: LoadDraft,
    /// The step Interface.
    pub interface: InterfaceDraft,
    /// The step Option 150.
    pub option150: Option150Draft,
    /// The step Reset and transfer.
    pub transfer: TransferDraft,
    /// The step Switch back.
    pub switch_back: Option150Draft,
    /// The step Report.
    pub report: ReportDraft,
    /// What lies over the step.
    pub dialog: Option<Dialog>,
    /// What just happened, until it is read.
    pub notice: Option<Notice>,
    /// The address that phones ask is not there: what is wrong, and what to do, for as long as it is so.
    pub away: Option<String>,
    /// Whether this laptop is the DHCP server of an isolated bench.
    pub bench: BenchState,
    /// Whether phones that still boot are offered the load by configuration.
    pub by_configuration: bool,
    /// What happened so far.
    pub log: Log,
    /// How a recording is played; `None` where the session is not one.
    pub playing: Option<Playing>,
    /// Whether the mouse works in the program; otherwise it marks text, as the terminal has it.
    pub mouse: bool,
    pub(super) settings: Settings,
    pub(super) tickets: u64,
    pub(super) notices: u64,
    /// When somebody last pressed Ctrl-C.
    pub(super) interrupted: Option<Timestamp>,
}

impl Model {
    /// The wizard at its first screen.
    pub fn new(settings: Settings) -> Self {
        let row = WelcomeDraft::CHOICES.iter().position(|choice| choice.mode == settings.mode).unwrap_or(0);
        Self {
            mode: settings.mode,
            step: Step::Welcome,
            welcome: WelcomeDraft { row, unfinished: Vec::new() },
            path: PathDraft::default(),
            load: LoadDraft::default(),
            interface: InterfaceDraft::default(),
            option150: Option150Draft::default(),
            transfer: TransferDraft::default(),
            switch_back: Option150Draft::default(),
            report: ReportDraft::default(),
            dialog: None,
            notice: None,
            away: None,
            bench: BenchState::Off,
            by_configuration: false,
            log: Log::default(),
            playing: None,
            mouse: settings.mouse,
            settings,
            tickets: 0,
            notices: 0,
            interrupted: None,
        }
    }

    /// What is to be done before the first key.
    pub fn start(&self) -> Vec<Effect> {
        vec![Effect::FindUnfinished]
    }

    /// The steps of the rail, in order; the current one is `self.step.kind()`.
    pub fn rail(&self) -> &'static [StepKind] {
        self.mode.steps()
    }

    /// The commands for each DHCP server at this step, with the addresses filled in; none at other steps.
    pub fn servers(&self) -> Vec<ServerCommands> {
        match &self.step {
            Step::Option150(serving) => {
                let before = self.option150.parsed().unwrap_or(Option150::Unknown);
                server_commands(serving.interface.address, &before)
            }
            Step::SwitchBack(_, announced, _) => {
                let back = self.switch_back.parsed().unwrap_or_else(|_| announced.before.clone());
                server_commands(announced.value, &back)
            }
            _ => Vec::new(),
        }
    }

    /// The DHCP server that is shown.
    pub fn server(&self) -> Option<ServerCommands> {
        let mut servers = self.servers();
        let count = servers.len().max(1);
        let at = match &self.step {
            Step::SwitchBack(..) => self.switch_back.server,
            _ => self.option150.server,
        };
        (!servers.is_empty()).then(|| servers.swap_remove(at % count))
    }

    /// The text field that takes letters now.
    pub fn field(&self) -> Option<&TextField> {
        if self.dialog.is_some() { None } else { self.field_of_step() }
    }

    /// The text field of the step, whatever lies over the step.
    pub(super) fn field_of_step(&self) -> Option<&TextField> {
        if self.playing.is_some() {
            return None;
        }
        match &self.step {
            Step::Path => self.path.field(),
            Step::Load => self.load.typing.then_some(&self.load.path),
            Step::Option150(_) => self.option150.field(),
            Step::SwitchBack(..) => self.switch_back.field(),
            Step::Report(..) => self.report.field(),
            _ => None,
        }
    }

    pub(super) fn field_mut(&mut self) -> Option<&mut TextField> {
        if self.dialog.is_some() || self.playing.is_some() {
            return None;
        }
        match &self.step {
            Step::Path => self.path.field_mut(),
            Step::Load => self.load.typing.then_some(&mut self.load.path),
            Step::Option150(_) => self.option150.field_mut(),
            Step::SwitchBack(..) => self.switch_back.field_mut(),
            Step::Report(..) => self.report.field_mut(),
            _ => None,
        }
    }

    /// Whether the picture changes by mere time: then ticks are worth drawing.
    pub fn moves(&self, now: Timestamp) -> bool {
        matches!(self.step, Step::Transfer(..)) && self.transfer.coach.moves(now)
    }

    /// The UDP port that is to be served on; 0 lets the system choose.
    pub fn port(&self) -> u16 {
        if self.mode == Mode::Rehearse { 0 } else { self.settings.port }
    }

    /// Phones on the technician's list; 0 without one.
    pub fn listed(&self) -> usize {
        self.settings.listed
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    pub(super) fn say(&mut self, now: Timestamp, tone: Tone, text: impl Into<String>, advice: Vec<String>) {
        self.notices += 1;
        self.notice = Some(Notice { tone, text: text.into(), advice, at: now, nth: self.notices });
    }

    pub(super) fn refuse(&mut self, now: Timestamp, problem: &Problem) {
        self.say(now, Tone::Bad, problem.message.clone(), problem.advice.clone());
    }
}
