//! A wizard for tests, driven by keys alone: effects are answered at once by a shell that always succeeds, unless a
//! test says otherwise. Fleets are built by applying records, as a session builds them.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use loadlift::catalog::Catalog;
use loadlift::dhcp::{Answer, Method};
use loadlift::firmware::archive::{self, Budget};
use loadlift::firmware::load::{self, Reading};
use loadlift::firmware::problem::Problem;
use loadlift::fleet::{Fleet, Mac};
use loadlift::journal::{Event, Option150, Patience, Record, Refusal, ServedImage, ServedLoad};
use loadlift::preflight::{Check, State};
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use loadlift::report::Report;
use loadlift::session::models;
use loadlift::timestamp::Timestamp;
use loadlift::ui::screens::{self, Hits, Scene};
use loadlift::ui::theme::Theme;
use loadlift::wizard::{
    CheckedInterface, DhcpQuestion, Effect, Heard, Interface, Key, Left, Mode, Model, Moment, Msg, Played,
    Settings, StepKind, Ticket, Unfinished,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

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

/// A laptop as many are: good, but for the firewall of Windows, and a hotspot on port 67.
pub(crate) fn checks() -> Vec<Check> {
    let ok = |name, reason: &str| Check {
        name,
        state: State::Ok,
        reason: reason.into(),
        next: Vec::new(),
        code: "fine",
    };
    vec![
        ok("interface", "Ethernet (10.1.1.5): wire, 1 Gbit/s, address by DHCP"),
        ok("address", "10.1.1.5 is from DHCP: leave the cable in, so that it stays; it is watched"),
        ok("routes", "the default route leads through Wi-Fi; phones are answered through Ethernet"),
        ok("rights", "Windows lets every program open port 69"),
        Check {
            name: "port-67",
            state: State::Warn,
            reason: "UDP port 67 is held by svchost.exe (process 3120); only a bench without DHCP needs it".into(),
            next: vec!["On 67: switch off Internet Connection Sharing and mobile hotspot: `net stop SharedAccess`.".into()],
            code: "bench-port-taken",
        },
        Check {
            name: "firewall",
            state: State::Bad,
            reason: "the Windows firewall (profile Public) lets no phone in: it has no rule for this program".into(),
            next: vec![
                "Let loadlift add a rule until it ends, as administrator: w in the wizard, or `loadlift serve` with `--open-firewall`.".into(),
                "Or by hand, as administrator: `netsh advfirewall firewall add rule name=\"loadlift: phones in this subnet (temporary)\" dir=in action=allow program=\"C:\\Tools\\loadlift.exe\" protocol=udp profile=any remoteip=localsubnet`.".into(),
            ],
            code: "firewall-no-rule",
        },
    ]
}

fn started(loads: Vec<ServedLoad>) -> Event {
    Event::Started {
        version: "0.1.0".into(),
        command: "recover".into(),
        serving: format!("{LAPTOP}:69"),
        loads,
        patience: Patience { within_file: 20_000, between_files: 180_000, writing_flash: 900_000 },
    }
}

fn interfaces() -> Vec<Interface> {
    let interface = |name: &str, last: u8, prefix: u8, doubt: Option<&str>| Interface {
        name: name.into(),
        address: if prefix == 24 { Ipv4Addr::new(10, 1, 1, last) } else { Ipv4Addr::new(169, 254, 7, last) },
        prefix,
        doubt: doubt.map(str::to_owned),
        about: "wire, 1 Gbit/s, address by DHCP".into(),
    };
    vec![
        interface("Ethernet", 5, 24, None),
        interface("Wi-Fi", 77, 24, Some("looks like Wi-Fi; phones are reached by cable")),
        interface("vEthernet (WSL)", 9, 24, Some("looks virtual (VPN, virtual machine or container)")),
        interface(
            "Ethernet 2",
            20,
            16,
            Some("has no real address (169.254…): set one by hand or plug in the cable"),
        ),
    ]
}

fn checked(interface: &Interface) -> CheckedInterface {
    CheckedInterface {
        name: interface.name.clone(),
        address: interface.address,
        doubt: interface.doubt.clone(),
        file: "term45.default.loads".into(),
        octets: 660,
        millis: 2,
    }
}

pub(crate) fn forbidden() -> Problem {
    Problem {
        code: "dhcp-port-forbidden",
        message: "no permission to open UDP port 68, from which DHCP is asked".into(),
        advice: vec!["Start the program with `sudo`.".into()],
    }
}

pub(crate) fn port_taken() -> Problem {
    Problem {
        code: "port-taken",
        message: "UDP port 69 on 10.1.1.5 is already taken by Tftpd64 (process 4711)".into(),
        advice: vec![
            "Close Tftpd64, then press Enter to check again.".into(),
            "If it runs as a service, stop it in the list of services.".into(),
        ],
    }
}

pub(crate) fn unfinished() -> Unfinished {
    Unfinished {
        log: "sessions/2026-11-20T16-02-11/session.jsonl".into(),
        left: Left {
            value: Ipv4Addr::new(10, 1, 1, 9),
            before: Option150::Addresses(vec![Ipv4Addr::new(10, 1, 1, 2), Ipv4Addr::new(10, 1, 1, 3)]),
            since: Timestamp::from_unix_millis(BEGAN - 250_000_000),
            confirmed: true,
        },
    }
}

/// Loads as a technician's Downloads folder has them: the right ones, one too new, one cut short.
pub(crate) fn reading() -> Reading {
    let catalog = Catalog::embedded();
    let recipe = |family: &str, release: &str, build: &str, octets: usize| {
        let files = catalog.default_load_files(family);
        MadeUpLoad::new(family, &files, "SCCP", release, build).with_octets(octets)
    };
    let recipes = [
        recipe("45", "8-5-2", "8-5-2TH1-9", 60_000),
        recipe("41", "8-5-2", "8-5-2TH1-9", 60_000),
        recipe("45", "9-4-2SR3-1", "9-4-2ES26", 60_000),
    ];
    let mut sets = Vec::new();
    for (nth, recipe) in recipes.iter().enumerate() {
        let mut packed = madeup::zip(&recipe.files(), Packing::Deflated).to_vec();
        let label = format!("Downloads/{}.zip", recipe.load_name());
        let opened = archive::open(&label, &packed.clone().into(), &mut Budget::default()).unwrap();
        packed.clear();
        sets.extend(opened.into_iter().map(|set| (nth, set)));
    }
    // And one whose last image never arrived.
    let cut = recipe("42", "8-5-2", "8-5-2TH1-9", 60_000);
    let files: Vec<_> = cut.files().into_iter().filter(|(name, _)| !name.starts_with("cvm")).collect();
    let packed = madeup::zip(&files, Packing::Deflated);
    let opened = archive::open("Downloads/SCCP42.8-5-2S.zip", &packed, &mut Budget::default()).unwrap();
    sets.extend(opened.into_iter().map(|set| (recipes.len(), set)));
    load::read(catalog, &sets)
}

/// The load that fleets take, with sizes as in life.
pub(crate) fn served(family: &str) -> ServedLoad {
    let catalog = Catalog::embedded();
    let image = |name: &str, octets: u64| ServedImage { name: format!("{name}.8-5-2TH1-9.sbn"), octets };
    ServedLoad {
        load: format!("SCCP{family}.8-5-2S"),
        family: family.into(),
        default_load_files: catalog.default_load_files(family).iter().map(|&file| file.to_owned()).collect(),
        manifest: format!("SCCP{family}.8-5-2S.loads"),
        images: vec![
            image(&format!("jar{family}sccp"), 402_112),
            image(&format!("cnu{family}"), 485_066),
            image(&format!("apps{family}"), 2_918_613),
            image(&format!("dsp{family}"), 335_003),
            image(&format!("cvm{family}sccp"), 2_647_459),
        ],
    }
}

/// How far a phone of a fleet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Far {
    Seen,
    Loading(usize),
    Flash,
    Back,
    Rejects,
    Missing,
    Silent,
}

impl Stage {
    /// Let the phones of a fleet ask, over the last two minutes.
    pub(crate) fn phones(&mut self, phones: &[Far]) {
        let loads = vec![served("45"), served("41")];
        let began = self.now;
        self.now = began + Duration::from_secs(125);
        let event = started(loads.clone());
        self.record(began, event);
        for (nth, far) in phones.iter().enumerate() {
            self.phone(began, nth, *far, &loads);
        }
        // What loads goes on until now, so that there is a pace.
        for half in 0..24_u64 {
            let at = began + Duration::from_millis(113_000 + half * 500);
            for (nth, far) in phones.iter().enumerate() {
                if let Far::Loading(file) = far {
                    let n = u64::try_from(nth).unwrap();
                    let all = loads[nth % 2].images[*file].octets;
                    let octets = all / 4 + (all / 2) * half / 24 / (1 + n % 5);
                    let event = Event::Progress {
                        phone: address(nth),
                        transfer: transfer(nth, file + 1),
                        octets,
                        retransmissions: u32::from(nth % 7 == 3),
                    };
                    let record = Record { at, event };
                    self.fleet.apply(&record);
                }
            }
            if half % 2 == 0 {
                let now = std::mem::replace(&mut self.now, at);
                self.tell(Msg::Tick);
                self.now = now;
            }
        }
    }

    fn phone(&mut self, began: Timestamp, nth: usize, far: Far, loads: &[ServedLoad]) {
        let phone = address(nth);
        let load = &loads[nth % 2];
        let list = match (nth % 2, nth % 4) {
            (0, 0) => "term45.default.loads",
            (0, _) => "term65.default.loads",
            (_, 1) => "term41.default.loads",
            _ => "term61.default.loads",
        };
        let mut at = began + Duration::from_millis(200 * u64::try_from(nth % 90).unwrap());
        let mut file = |stage: &mut Self, number: usize, name: &str, octets: u64, whole: bool| {
            let transfer = transfer(nth, number);
            let event = Event::Asked { phone, transfer, file: name.into(), octets, blksize: 1456, window: 1 };
            stage.record(at, event);
            at = at + Duration::from_secs(3);
            if whole {
                let event = Event::Served { phone, transfer, octets, millis: 2800, retransmissions: 0 };
                stage.record(at, event);
            }
        };
        let images = match far {
            Far::Seen => {
                self.record(
                    at,
                    Event::Refused { phone, file: "XMLDefault.cnf.xml".into(), reason: Refusal::NotFound },
                );
                return;
            }
            Far::Missing => {
                let file = "term70.default.loads".into();
                self.record(at, Event::Refused { phone, file, reason: Refusal::NotFound });
                return;
            }
            Far::Rejects => {
                file(self, 0, list, 660, true);
                file(self, 9, list, 660, true);
                return;
            }
            Far::Silent => 1,
            Far::Loading(images) => images,
            Far::Flash | Far::Back => load.images.len(),
        };
        file(self, 0, list, 660, true);
        for (number, image) in load.images.iter().enumerate().take(images) {
            file(self, number + 1, &image.name, image.octets, true);
        }
        match far {
            Far::Back => {
                let at = self.now + Duration::from_secs(0);
                let file = format!("SEP{}.cnf.xml", mac(nth));
                self.record(at, Event::Refused { phone, file, reason: Refusal::NotFound });
            }
            Far::Loading(_) | Far::Silent => {
                let image = &load.images[images];
                file(self, images + 1, &image.name, image.octets, false);
            }
            _ => {}
        }
    }
}

fn address(nth: usize) -> IpAddr {
    let [.., high, low] = u32::try_from(nth + 20).unwrap().to_be_bytes();
    IpAddr::from([10, 1, 1 + high, low])
}

fn transfer(nth: usize, number: usize) -> u64 {
    u64::try_from(nth * 10 + number + 1).unwrap()
}

fn mac(nth: usize) -> Mac {
    let [.., high, low] = u32::try_from(nth + 1).unwrap().to_be_bytes();
    Mac([0x00, 0x1b, 0x2a, 0xaa, high, low])
}

/// A fleet as one stands in the middle of an evening.
pub(crate) fn evening(count: usize) -> Vec<Far> {
    let one = |nth: usize| match nth % 20 {
        0 | 4 => Far::Loading(2),
        1 => Far::Loading(4),
        2 => Far::Loading(0),
        3 | 8 => Far::Flash,
        6 if nth == 6 => Far::Rejects,
        11 if nth == 11 => Far::Missing,
        13 if nth == 13 => Far::Silent,
        17 => Far::Seen,
        _ => Far::Back,
    };
    (0..count).map(one).collect()
}
