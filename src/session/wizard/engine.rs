//! The session behind the wizard: it tells the model what happens, and closes everything at the end.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use super::{Closing, Input, Options, Screen};
use crate::catalog::Catalog;
use crate::firmware::problem::Problem;
use crate::fleet::Fleet;
use crate::journal::{Event, Record};
use crate::net::naming::ByAddress;
use crate::net::phones::{Players, Ports};
use crate::net::tftp::FromWire;
use crate::platform::clock::WallClock;
use crate::report::{Builder, Report};
use crate::session::service::Listener;
use crate::session::{Ending, Front, Session, models};
use crate::store::{logs, sessions};
use crate::timestamp::Timestamp;
use crate::wizard::{Key, Mode, Model, Moment, Msg, Settings};

/// The model, and everything that it wants done is done with.
pub(super) struct Engine {
    pub(super) options: Options,
    pub(super) model: Model,
    pub(super) session: Session,
    /// The open port; `None` before and after serving.
    pub(super) listener: Option<Listener>,
    /// The simulated phones, and whose port is whose.
    pub(super) players: Option<Players>,
    pub(super) ports: Arc<Ports>,
    /// In which mode the session was begun; `None` before anything was served.
    pub(super) begun: Option<Mode>,
    /// The DHCP server of the bench, and a borrowed address.
    pub(super) bench: super::bench::Bench,
    /// The rule that was added to the firewall, and the program that it lets in.
    pub(super) rule: Option<(String, String)>,
    /// The probe for option 150 that runs.
    pub(super) asking: Option<AbortHandle>,
    /// What is being fetched.
    pub(super) fetching: Option<AbortHandle>,
    pub(super) told: Told,
    pub(super) answers: UnboundedSender<Msg>,
    /// The picture is out of date.
    pub(super) dirty: bool,
    pub(super) leaving: bool,
    pub(super) interrupted: bool,
}

/// What the session put on record since it was last asked; and the report of all of it.
#[derive(Default)]
pub(super) struct Told {
    records: Vec<Record>,
    pub(super) report: Builder,
}

impl Front for Told {
    fn record(&mut self, record: &Record, _: &Fleet) -> io::Result<()> {
        self.report.apply(record);
        self.records.push(record.clone());
        Ok(())
    }

    fn tick(&mut self, _: &Fleet, _: Timestamp) -> io::Result<()> {
        Ok(())
    }
}

impl Told {
    fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// A session without phones and without a log.
pub(super) fn empty_session() -> Session {
    let fleet = Fleet::new(models(Catalog::embedded()));
    Session::new(fleet, Arc::new(ByAddress), WallClock::start(), None)
}

impl Engine {
    /// The wizard at its first screen, with the first effects under way.
    pub(super) fn begin(options: Options) -> (Self, UnboundedReceiver<Msg>) {
        let (answers, receiver) = unbounded_channel();
        let (mode, port, mouse) = (options.mode, options.port, options.mouse);
        let model = Model::new(Settings { mode, port, mouse, listed: options.phones.len() });
        let first = model.start();
        let mut engine = Self {
            options,
            model,
            session: empty_session(),
            listener: None,
            players: None,
            ports: Arc::new(Ports::default()),
            begun: None,
            bench: super::bench::Bench::default(),
            rule: None,
            asking: None,
            fetching: None,
            told: Told::default(),
            answers,
            dirty: true,
            leaving: false,
            interrupted: false,
        };
        engine.close_leftover_firewall();
        for effect in first {
            engine.run_effect(None, effect);
        }
        (engine, receiver)
    }

    /// Tell the model something, and do what it wants done.
    pub(super) fn tell(&mut self, screen: &mut dyn Screen, msg: Msg) {
        self.interrupted |= matches!(msg, Msg::Interrupted | Msg::Terminated | Msg::Key(Key::Ctrl('c')));
        // A technician who goes on after Ctrl-C did not end the program by it.
        if matches!(&msg, Msg::Key(key) if *key != Key::Ctrl('c')) {
            self.interrupted = false;
        }
        if matches!(msg, Msg::BenchStarted(_, Ok(()))) {
            self.take_bench();
        }
        let moment = Moment { now: self.session.now(), fleet: self.session.fleet() };
        let effects = self.model.update(moment, msg);
        self.dirty = true;
        for effect in effects {
            self.run_effect(Some(screen), effect);
        }
        self.tell_records();
    }

    /// What was put on record goes to the model too: its log pane shows it.
    fn tell_records(&mut self) {
        for record in std::mem::take(&mut self.told.records) {
            self.dirty = true;
            let moment = Moment { now: self.session.now(), fleet: self.session.fleet() };
            let effects = self.model.update(moment, Msg::Recorded(Box::new(record)));
            debug_assert!(effects.is_empty(), "a record wants nothing done");
        }
    }

    /// Put something on record, and wait until it is on the disk.
    pub(super) fn note(&mut self, event: Event) {
        // The front is a list in memory: it can always be written to.
        let _ = self.session.note(event, &mut self.told);
        self.session.sync();
        self.tell_records();
    }

    pub(super) fn take_input(&mut self, screen: &mut dyn Screen, input: Input) -> io::Result<()> {
        match input {
            Input::Key(Key::Ctrl('z')) => {
                screen.suspend()?;
                self.dirty = true;
            }
            Input::Key(key) => self.tell(screen, Msg::Key(key)),
            Input::Pasted(text) => self.tell(screen, Msg::Pasted(text)),
            Input::Clicked { column, line } => {
                // What is drawn nowhere can be pressed nowhere.
                if let Some(spot) = screen.spot(column, line) {
                    self.tell(screen, Msg::Clicked(spot));
                }
            }
            Input::Wheel { up } => self.tell(screen, Msg::Wheel { up }),
            Input::Resized => {
                screen.redraw()?;
                self.dirty = true;
            }
        }
        Ok(())
    }

    pub(super) fn take_wire(&mut self, screen: &mut dyn Screen, taken: usize, batch: &mut Vec<FromWire>) {
        let mut failed = (taken == 0).then(|| "the server has ended".to_owned());
        for event in batch.drain(..) {
            if let FromWire::Stopped(message) = &event {
                failed = Some(message.clone());
            }
            let _ = self.session.absorb(event, &mut self.told);
        }
        self.tell_records();
        if let Some(message) = failed {
            self.listener = None;
            let advice = vec!["Go back to the step Interface, and serve again.".into()];
            self.tell(screen, Msg::ServiceFailed(Problem { code: "server-stopped", message, advice }));
        }
    }

    /// Some time has passed. Says whether the picture moves.
    pub(super) fn tick(&mut self, screen: &mut dyn Screen) -> bool {
        let _ = self.session.tick(&mut self.told);
        let dirty = self.dirty || !self.told.is_empty();
        let had_notice = self.model.notice.is_some();
        self.tell(screen, Msg::Tick);
        let moves = self.model.moves(self.session.now()) || had_notice != self.model.notice.is_some();
        self.dirty = dirty;
        moves || self.session.fleet().summary(self.session.now()).under_way() > 0
    }

    /// Stop everything, put the end on record, and save the report of it.
    pub(super) fn close(mut self) -> Closing {
        self.players = None;
        self.stop_asking();
        if let Some(mut listener) = self.listener.take() {
            // What had already happened belongs into the log.
            while let Ok(event) = listener.events.try_recv() {
                let _ = self.session.absorb(event, &mut self.told);
            }
        }
        self.stop_bench();
        self.give_back_address();
        self.close_firewall();
        let mut files = Vec::new();
        let mut undone = Vec::new();
        if self.begun.is_some() {
            files = self.end_session();
            undone = self.told.report.report().undone;
            if self.begun == Some(Mode::Rehearse) {
                undone.clear(); // nothing of it was real
            }
        }
        let ending = if self.interrupted { Ending::Interrupted } else { Ending::Done };
        Closing { ending, files, undone }
    }

    /// Put the end of the session on record. Answers the files that it leaves.
    pub(super) fn end_session(&mut self) -> Vec<String> {
        let summary = self.session.fleet().summary(self.session.now());
        let undone = self.told.report.report().undone;
        let _ = self.session.tick(&mut self.told);
        self.note(Event::Ended { back: summary.back(), seen: summary.seen(), undone });
        match self.save_report() {
            Ok(files) => files,
            Err(problem) => {
                tracing::warn!(code = problem.code, message = %problem.message, "the report is not saved");
                self.session.log_path().map(|path| path.to_string_lossy().into_owned()).into_iter().collect()
            }
        }
    }

    /// Save the report as it stands beside the log. Answers all files of the session.
    pub(super) fn save_report(&self) -> Result<Vec<String>, Problem> {
        let report = self.told.report.report();
        let Some(log) = self.session.log_path() else {
            return Err(Problem {
                code: "no-session-log",
                message: "there is no session log, and so no place for the report".into(),
                advice: vec!["Copy the report from the screen: press c.".into()],
            });
        };
        let report = Report { session: logs::name(log), ..report };
        let saved = sessions::save_report(log, &report);
        let mut files = saved.map_err(|error| Problem::of(&error))?;
        files.push(log.to_owned());
        Ok(files.iter().map(|path: &PathBuf| path.to_string_lossy().into_owned()).collect())
    }
}
