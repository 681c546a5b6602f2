//! What the model wants done, done. Whatever can take long runs on a thread of its own and answers later.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use super::Screen;
use super::engine::{Engine, Told};
use super::outside::is_address;
use super::places;
use crate::catalog::Catalog;
use crate::firmware::load::Reading;
use crate::firmware::problem::Problem;
use crate::journal::{Event, Record};
use crate::net::interfaces::{self, Unsuitable};
use crate::net::naming::{ByAddress, Naming};
use crate::net::phones::{Players, Ports};
use crate::net::self_read;
use crate::platform::{self, clock::WallClock};
use crate::rehearsal::Tempo;
use crate::session::configuration::ByConfiguration;
use crate::session::preflight;
use crate::session::rehearsal;
use crate::session::service::{Listener, Listening};
use crate::session::{Session, models};
use crate::store::sessions::{self, SessionLog};
use crate::wizard::{
    CheckedInterface, CheckedLoads, Effect, Interface, Mode, Msg, REHEARSAL, Ticket, Unfinished,
};

/// The command of a recovery, as its log names it.
const RECOVERY: &str = "recover";

impl Engine {
    /// Do one thing. `screen` is `None` only before the first picture.
    pub(super) fn run_effect(&mut self, screen: Option<&mut (dyn Screen + '_)>, effect: Effect) {
        match effect {
            Effect::FindUnfinished => {
                let asked = self.options.session_dir.clone();
                self.later(move || Msg::Unfinished(find_unfinished(asked.as_deref(), None)));
            }
            Effect::FindLoads(ticket, Mode::Rehearse) => {
                let (octets, seed) = (self.options.plan.octets, self.options.plan.seed);
                self.later(move || Msg::LoadsRead(ticket, Arc::new(made_up(octets, seed))));
            }
            Effect::FindLoads(ticket, _) => {
                self.later(move || Msg::LoadsRead(ticket, Arc::new(places::find_loads())));
            }
            Effect::ReadLoads(ticket, paths) if is_address(&paths) => self.fetch(ticket, &paths[0]),
            Effect::StopFetching => self.stop_fetching(),
            Effect::AskPhones(phones, mode) => self.ask_phones(phones, mode),
            Effect::ReadLoads(ticket, paths) => {
                self.later(move || Msg::LoadsRead(ticket, Arc::new(places::read_loads(&paths))));
            }
            Effect::CompletePath(ticket, text) => self.later(move || {
                let (text, choices) = places::complete(&text);
                Msg::Completed(ticket, text, choices)
            }),
            Effect::ListInterfaces(ticket, mode) => {
                self.later(move || Msg::Interfaces(ticket, list_interfaces(mode)));
            }
            Effect::CheckInterface { ticket, interface, port, loads } => {
                self.later(move || Msg::InterfaceChecked(ticket, check_interface(&interface, port, &loads)));
            }
            Effect::Preflight { ticket, address, port } => self.later(move || {
                // An address that just left is what the check of the interface itself says.
                let checks = preflight::around(Catalog::embedded(), address, port).unwrap_or_default();
                Msg::Preflight(ticket, checks)
            }),
            Effect::OpenFirewall => self.open_firewall(),
            Effect::StartService { ticket, interface, port, loads, mode, by_configuration } => {
                let listening = Listening {
                    address: Some(interface.address),
                    port,
                    by_configuration: by_configuration
                        .then(|| ByConfiguration { phones: self.options.phones.clone() }),
                    ..Listening::default()
                };
                self.start_service(ticket, &listening, &loads, mode);
            }
            Effect::StartBench { ticket, interface, address } => {
                self.start_bench(ticket, interface, address);
            }
            Effect::StopBench => self.stop_bench(),
            Effect::LetIn(mac) => self.let_in(mac),
            Effect::OfferAddress(ticket) => self.offer_address(ticket),
            Effect::SetAddress(offer) => self.set_address(offer),
            Effect::StopService => {
                self.stop_bench();
                self.players = None;
                self.listener = None;
            }
            Effect::AskDhcp(ticket, question) => self.ask_dhcp(ticket, question),
            Effect::StopAsking => self.stop_asking(),
            Effect::StartPhones => self.start_phones(),
            Effect::Journal(event) => self.note(event),
            Effect::Settle(unfinished, event) => self.settle(unfinished, event),
            Effect::Mouse(on) => {
                // A terminal without a mouse is none the worse for being asked.
                let _ = screen.map(|screen| screen.mouse(on));
            }
            Effect::Copy(text) => {
                let copied = screen.map_or(Ok(()), |screen| screen.copy(&text));
                let copied = copied.map_err(|error| Problem {
                    code: "not-copied",
                    message: format!("the terminal did not take it: {error}"),
                    advice: vec!["Mark it with the mouse.".into()],
                });
                self.answer(Msg::Copied(copied));
            }
            Effect::MakeReport(ticket) => {
                let report = Box::new(self.told.report.report());
                let saved = self.save_report();
                self.answer(Msg::ReportMade(ticket, report, saved));
            }
            Effect::Quit => self.leaving = true,
        }
    }

    /// An answer that is there already: it goes the way of all answers, behind the effects of this update.
    pub(super) fn answer(&self, msg: Msg) {
        // The loop, which holds the other end, is what is running this.
        let _ = self.answers.send(msg);
    }

    /// Work that may take long, on a thread of its own.
    pub(super) fn later(&self, work: impl FnOnce() -> Msg + Send + 'static) {
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            // Nobody listens any more once the technician has left.
            let _ = answers.send(work());
        });
    }

    fn start_service(&mut self, ticket: Ticket, listening: &Listening, loads: &CheckedLoads, mode: Mode) {
        let catalog = Catalog::embedded();
        let life = catalog.patience();
        self.ports = Arc::new(Ports::default());
        let (command, patience, naming): (_, _, Arc<dyn Naming>) = if mode == Mode::Rehearse {
            let patience = Tempo::times(self.options.plan.speed).patience(life);
            (REHEARSAL, patience, Arc::clone(&self.ports) as _)
        } else {
            (RECOVERY, life, Arc::new(ByAddress))
        };
        let listener = match Listener::open(&loads.bundle, &loads.loads, listening, command, patience) {
            Ok(listener) => listener,
            Err(error) => return self.answer(Msg::ServiceStarted(ticket, Err(Problem::of(&error)))),
        };
        if self.begun != Some(mode) {
            self.begin_session(command, mode);
            // It was added before there was a log to say so.
            if let Some((rule, program)) = self.rule.clone() {
                self.note(Event::FirewallOpened { rule, program });
            }
            self.note_borrowed();
        }
        self.session.set_naming(naming);
        self.session.set_interface(listener.interface());
        self.note(listener.started().clone());
        if let Some(offered) = listener.offered().cloned() {
            self.note(offered);
        }
        self.answer(Msg::ServiceStarted(ticket, Ok(listener.address())));
        self.listener = Some(listener);
    }

    /// Add a rule to the firewall, because the technician said so. Fast enough to be waited for.
    fn open_firewall(&mut self) {
        let opened = preflight::open_firewall();
        if let Ok((rule, program)) = &opened {
            self.rule = Some((rule.clone(), program.clone()));
            if self.begun.is_some() {
                self.note(Event::FirewallOpened { rule: rule.clone(), program: program.clone() });
            }
        }
        self.answer(Msg::FirewallOpened(opened.map(|_| ())));
    }

    /// Take the rule away again, and put that on record.
    pub(super) fn close_firewall(&mut self) {
        let Some((rule, _)) = self.rule.take() else { return };
        let event = match preflight::close_firewall() {
            Ok(_) => Event::FirewallClosed { rule },
            Err(problem) => Event::Trouble { message: problem.message },
        };
        self.note(event);
    }

    /// A rule that an earlier, killed run left in the firewall goes away, and the technician is told.
    pub(super) fn close_leftover_firewall(&self) {
        if !platform::firewall::OFFERS_RULE {
            return;
        }
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            let problem = match preflight::close_firewall() {
                Ok(false) => return,
                Ok(true) => Problem {
                    code: "firewall-rule-left",
                    message: "an earlier loadlift left its rule in the firewall; it is taken away".into(),
                    advice: vec!["Nothing is left to do.".into()],
                },
                Err(problem) => problem,
            };
            // Nobody listens any more once the technician has left.
            let _ = answers.send(Msg::Warned(problem));
        });
    }

    /// A session of its own for what is served from now on. Without a log the phones are recovered all the same.
    fn begin_session(&mut self, command: &str, mode: Mode) {
        if self.begun.is_some() {
            self.end_session();
        }
        self.told = Told::default();
        let clock = WallClock::start();
        let folder = sessions::folder(self.options.session_dir.as_deref());
        let log = folder.and_then(|folder| SessionLog::create(&folder, command, clock.now()));
        let problem = log.as_ref().err().map(Problem::of);
        let fleet = crate::fleet::Fleet::new(models(Catalog::embedded()));
        self.session = Session::new(fleet, Arc::new(ByAddress), clock, log.ok());
        self.begun = Some(mode);
        if let Some(problem) = problem {
            self.answer(Msg::Warned(problem));
        }
    }

    /// The simulated phones begin.
    fn start_phones(&mut self) {
        let (Some(listener), Some(serving)) = (&self.listener, self.model.step.serving()) else { return };
        let plan = &self.options.plan;
        let cast = rehearsal::cast(plan, &serving.loads.loads);
        match Players::start(cast, listener.address(), plan.loss, plan.seed, Arc::clone(&self.ports)) {
            // When they are through is of no interest here: the technician looks at them.
            Ok((players, _)) => self.players = Some(players),
            Err(error) => {
                let error = rehearsal::RehearsalError::from(error);
                self.answer(Msg::Warned(Problem::of(&error)));
            }
        }
    }

    fn settle(&self, unfinished: Unfinished, event: crate::journal::Event) {
        let record = Record { at: self.session.now(), event };
        let asked = self.options.session_dir.clone();
        let own = self.session.log_path().map(Path::to_owned);
        self.later(move || {
            let settled = sessions::append_to(Path::new(&unfinished.log), &record);
            Msg::Settled(match settled {
                Ok(()) => Ok(find_unfinished(asked.as_deref(), own.as_deref())),
                Err(error) => Err(Problem::of(&error)),
            })
        });
    }
}

fn find_unfinished(asked: Option<&Path>, own: Option<&Path>) -> Vec<Unfinished> {
    sessions::folder(asked).map(|folder| sessions::unfinished(&folder, own)).unwrap_or_default()
}

fn made_up(octets: usize, seed: u64) -> Reading {
    match rehearsal::made_up_loads(octets, seed) {
        Ok(loads) => Reading { loads, problems: Vec::new() },
        Err(error) => Reading { loads: Vec::new(), problems: vec![Problem::of(&error)] },
    }
}

fn list_interfaces(mode: Mode) -> Result<Vec<Interface>, Problem> {
    let mut all = interfaces::list().map_err(|error| Problem::of(&error))?;
    let rehearsal = mode == Mode::Rehearse;
    if rehearsal {
        // Nothing of a rehearsal leaves this machine.
        all.retain(|interface| interface.unsuitable == Some(Unsuitable::Loopback));
    }
    let one = |interface: interfaces::Interface| Interface {
        doubt: interface.unsuitable.filter(|_| !rehearsal).map(|reason| reason.words().to_owned()),
        about: interface.about(),
        name: interface.name,
        address: interface.address,
        prefix: interface.prefix,
    };
    Ok(all.into_iter().map(one).collect())
}

/// Open the port as the service will, and read a default load file through the address as a phone will.
fn check_interface(
    interface: &Interface,
    port: u16,
    loads: &CheckedLoads,
) -> Result<CheckedInterface, Problem> {
    let listening = Listening { address: Some(interface.address), port, ..Listening::default() };
    let listener =
        Listener::open(&loads.bundle, &loads.loads, &listening, "check", Catalog::embedded().patience())
            .map_err(|error| Problem::of(&error))?;
    let asked_first = loads.loads.iter().flat_map(|load| &load.default_load_files).next();
    let file = asked_first.and_then(|name| loads.bundle.get(name)).or_else(|| loads.bundle.iter().next());
    let Some(file) = file else {
        return Err(Problem {
            code: "nothing-to-serve",
            message: "there is no file to be served".into(),
            advice: vec!["Go back and pick a load.".into()],
        });
    };
    debug_assert_ne!(interface.address, Ipv4Addr::UNSPECIFIED, "an interface has an address");
    let took =
        self_read::read(listener.address(), &file.name, &file.octets).map_err(|error| Problem::of(&error))?;
    Ok(CheckedInterface {
        name: interface.name.clone(),
        address: interface.address,
        doubt: interface.doubt.clone(),
        file: file.name.clone(),
        octets: file.octets.len() as u64,
        millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    })
}
