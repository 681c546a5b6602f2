//! A wizard for tests, driven by keys alone: effects are answered at once by a shell that always succeeds, unless a
//! test says otherwise. Fleets are built by applying records, as a session builds them.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod given;
mod phones;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use loadlift::catalog::Catalog;
use loadlift::dhcp::{Answer, Method};
use loadlift::firmware::load::Reading;
use loadlift::firmware::problem::Problem;
use loadlift::fleet::Fleet;
use loadlift::journal::{Event, Record};
use loadlift::preflight::Check;
use loadlift::report::Report;
use loadlift::session::models;
use loadlift::timestamp::Timestamp;
use loadlift::ui::screens::{self, Hits, Scene};
use loadlift::ui::theme::Theme;
use loadlift::wizard::{
    DhcpQuestion, Effect, Heard, Interface, Key, Mode, Model, Moment, Msg, Played, Settings, StepKind,
    Ticket, Unfinished,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use given::{checked, interfaces, started};
#[allow(unused_imports, reason = "each test file uses its own part")]
pub(crate) use given::{checks, forbidden, port_taken, reading, served, unfinished};
#[allow(unused_imports, reason = "each test file uses its own part")]
pub(crate) use phones::{Far, evening};

/// 2026-11-23 13:00 UTC.
pub(crate) const BEGAN: u64 = 1_795_438_800_000;
const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);

/// A wizard with its shell.
pub(crate) struct Stage {
    pub(crate) model: Model,
    pub(crate) fleet: Fleet,
    pub(crate) now: Timestamp,
    pub(crate) reading: Arc<Reading>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) port_taken: bool,
    /// What else is found out about the laptop; nothing is answered while it is empty.
    pub(crate) checks: Vec<Check>,
    pub(crate) unfinished: Vec<Unfinished>,
    pub(crate) dhcp: Dhcp,
    /// The shell takes its time: nothing is answered.
    pub(crate) slow: bool,
    /// Everything that the wizard wanted done so far.
    pub(crate) done: Vec<Effect>,
    records: Vec<Record>,
}

impl Stage {
    pub(crate) fn new(mode: Mode) -> Self {
        Self::with_list(mode, 0)
    }

    /// A wizard that was given a list of so many phones.
    pub(crate) fn with_list(mode: Mode, listed: usize) -> Self {
        let mut stage = Self {
            model: Model::new(Settings { mode, port: 69, mouse: true, listed }),
            fleet: Fleet::new(models(Catalog::embedded())),
            now: Timestamp::from_unix_millis(BEGAN),
            reading: Arc::new(reading()),
            interfaces: interfaces(),
            port_taken: false,
            checks: Vec::new(),
            unfinished: Vec::new(),
            dhcp: Dhcp::Obedient,
            slow: false,
            done: Vec::new(),
            records: Vec::new(),
        };
        let effects = stage.model.start();
        stage.answer(effects);
        stage
    }

    /// A wizard that has just come to a step by the straight way.
    pub(crate) fn at(mode: Mode, step: StepKind) -> Self {
        let mut stage = Self::new(mode);
        stage.go_to(step);
        stage
    }

    pub(crate) fn go_to(&mut self, step: StepKind) {
        for _ in 0..40 {
            if self.model.step.kind() == step {
                return;
            }
            self.press(Key::Enter);
        }
        panic!("stuck at {:?}: {:?}", self.model.step.kind(), self.model.notice);
    }

    pub(crate) fn press(&mut self, key: Key) {
        self.tell(Msg::Key(key));
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.press(Key::Char(c));
        }
    }

    pub(crate) fn pass(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
        self.tell(Msg::Tick);
    }

    pub(crate) fn tell(&mut self, msg: Msg) {
        let effects = self.model.update(Moment { now: self.now, fleet: &self.fleet }, msg);
        self.answer(effects);
    }

    /// What is on record so far.
    pub(crate) fn events(&self) -> Vec<&Event> {
        self.records.iter().map(|record| &record.event).collect()
    }

    /// Something happened on the wire.
    pub(crate) fn record(&mut self, at: Timestamp, event: Event) {
        let record = Record { at, event };
        self.fleet.apply(&record);
        self.records.push(record.clone());
        self.tell(Msg::Recorded(Box::new(record)));
    }

    fn answer(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.done.push(effect.clone());
            if self.slow {
                continue;
            }
            match effect {
                Effect::FindUnfinished => self.tell(Msg::Unfinished(self.unfinished.clone())),
                Effect::FindLoads(ticket, _) | Effect::ReadLoads(ticket, _) => {
                    self.tell(Msg::LoadsRead(ticket, Arc::clone(&self.reading)));
                }
                Effect::ListInterfaces(ticket, _) => {
                    self.tell(Msg::Interfaces(ticket, Ok(self.interfaces.clone())));
                }
                Effect::CheckInterface { ticket, interface, .. } => {
                    let checked = if self.port_taken { Err(port_taken()) } else { Ok(checked(&interface)) };
                    self.tell(Msg::InterfaceChecked(ticket, checked));
                }
                Effect::Preflight { ticket, .. } => {
                    self.tell(Msg::Preflight(ticket, self.checks.clone()));
                }
                Effect::StartService { ticket, loads, .. } => {
                    let event = started(loads.loads.clone());
                    self.record(self.now, event);
                    self.tell(Msg::ServiceStarted(ticket, Ok(SocketAddrV4::new(LAPTOP, 69))));
                }
                Effect::AskDhcp(ticket, question) => self.answer_dhcp(ticket, &question),
                Effect::Journal(event) => self.record(self.now, event),
                Effect::MakeReport(ticket) => {
                    let report = Report::of(&self.records);
                    let files = vec!["sessions/2026-11-23T13-00-00/report.md".to_owned()];
                    self.tell(Msg::ReportMade(ticket, Box::new(report), Ok(files)));
                }
                _ => {}
            }
        }
    }

    /// DHCP answers at once, one server after another.
    fn answer_dhcp(&mut self, ticket: Ticket, question: &DhcpQuestion) {
        let heard = match &self.dhcp {
            Dhcp::Obedient => {
                let named = match &question.played {
                    Some(Played::Changed(value)) => value.known().unwrap().to_vec(),
                    None if self.model.option150.changed && !self.model.switch_back.changed => {
                        vec![question.address]
                    }
                    Some(Played::Untouched) | None => vec![CUCM],
                };
                Ok(vec![offer(1, &named), inform(1, &named)])
            }
            Dhcp::Says(answers) => Ok(answers.clone()),
            Dhcp::Fails(problem) => Err(problem.clone()),
        };
        let heard = heard.map(|answers| {
            for (nth, answer) in answers.iter().enumerate() {
                let left = Duration::from_millis(5_900 - 400 * u64::try_from(nth).unwrap());
                self.tell(Msg::DhcpWaits(ticket, left));
                self.tell(Msg::DhcpAnswered(ticket, Box::new(answer.clone())));
            }
            Heard { answers, methods: vec![Method::Discover, Method::InformBroadcast], blind: Vec::new() }
        });
        self.tell(Msg::DhcpAsked(ticket, heard));
    }

    /// The question that DHCP was last asked.
    pub(crate) fn asked(&self) -> Option<(Ticket, DhcpQuestion)> {
        self.done.iter().rev().find_map(|effect| match effect {
            Effect::AskDhcp(ticket, question) => Some((*ticket, question.clone())),
            _ => None,
        })
    }

    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment { now: self.now, fleet: &self.fleet }
    }

    /// The screen as it is drawn at a size.
    pub(crate) fn buffer(&self, width: u16, height: u16, theme: &Theme) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.draw(&mut terminal, theme);
        terminal.backend().buffer().clone()
    }

    /// Draw the screen once more.
    pub(crate) fn draw(&self, terminal: &mut Terminal<TestBackend>, theme: &Theme) -> Hits {
        let scene = Scene { model: &self.model, at: self.moment(), theme };
        let mut hits = Hits::default();
        terminal.draw(|frame| hits = screens::draw(frame, &scene)).unwrap();
        hits
    }

    /// What lies where on the screen at a size, for the mouse.
    pub(crate) fn hits(&self, width: u16, height: u16) -> Hits {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.draw(&mut terminal, &Theme::default())
    }

    /// Press the mouse where a text stands on the screen of 80x24.
    pub(crate) fn click(&mut self, text: &str) {
        let screen = self.text(80, 24);
        let place = screen.lines().enumerate().find_map(|(y, line)| {
            let before = line.split_once(text)?.0.chars().count();
            Some((u16::try_from(before).unwrap(), u16::try_from(y).unwrap()))
        });
        let (column, line) = place.unwrap_or_else(|| panic!("no `{text}` on\n{screen}"));
        let spot = self.hits(80, 24).at(column, line);
        self.tell(Msg::Clicked(spot.unwrap_or_else(|| panic!("`{text}` cannot be pressed on\n{screen}"))));
    }

    /// Its text alone, a line for each line of the screen.
    pub(crate) fn text(&self, width: u16, height: u16) -> String {
        text(&self.buffer(width, height, &Theme::default()))
    }
}

/// What DHCP does on this stage.
#[derive(Debug, Clone)]
pub(crate) enum Dhcp {
    /// It says what the technician says to have told it.
    Obedient,
    /// It says this.
    Says(Vec<Answer>),
    /// It cannot be asked.
    Fails(Problem),
}

/// What option 150 names before anybody touches it.
pub(crate) const CUCM: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 2);

/// What a server offers to a phone.
pub(crate) fn offer(server: u8, option_150: &[Ipv4Addr]) -> Answer {
    Answer {
        server: Ipv4Addr::new(10, 1, 1, server),
        method: Method::Discover,
        as_phone: true,
        option_150: option_150.to_vec(),
        option_150_unreadable: None,
        option_66: None,
        next_server: None,
        router: Some(Ipv4Addr::new(10, 1, 1, 1)),
        lease: Some(Duration::from_secs(3600)),
        relay: None,
        scope: "10.1.1.0/24".parse().ok(),
        is_cut: false,
        after: Duration::from_millis(1004),
    }
}

/// What it tells somebody who has an address already.
pub(crate) fn inform(server: u8, option_150: &[Ipv4Addr]) -> Answer {
    let method = Method::InformBroadcast;
    Answer { method, lease: None, after: Duration::from_millis(3), ..offer(server, option_150) }
}

/// The text of a screen.
pub(crate) fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
