//! The wizard's loop: keys, answers, the wire, time and the system's wishes go to the model; what the model wants
//! done is done; and a screen draws it, when something changed and at most twenty times a second.
//!
//! Decides nothing: that is the model's. A slow terminal never slows a phone, because the server has its own thread.

mod asking;
mod bench;
mod effects;
mod engine;
mod outside;
mod places;

use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use self::engine::Engine;
use super::Ending;
use super::rehearsal::Plan;
use crate::fetch::Reach;
use crate::fleet::{Fleet, Listed};
use crate::net::tftp::FromWire;
use crate::platform::clock;
pub use crate::platform::keys::{Input, read as read_keys};
use crate::platform::signals::{Wish, Wishes};
use crate::timestamp::Timestamp;
use crate::wizard::{Mode, Model, Msg, Spot};

/// The shortest time between two pictures.
const FRAME: Duration = Duration::from_millis(50);
/// How often progress is read while phones are served.
const TICK: Duration = Duration::from_millis(100);
/// While nothing moves, this many ticks pass between two pictures: words such as "silent for 45 s" change by time.
const SLOW: u32 = 10;
/// Events taken in before the clock has its turn.
const BATCH: usize = 1024;
/// How long work that nobody waits for any more may keep the program from ending.
const AFTER_WORK: Duration = Duration::from_millis(200);

/// What draws the wizard.
pub trait Screen {
    /// Draw the whole; only called when something changed.
    fn draw(&mut self, model: &Model, fleet: &Fleet, now: Timestamp) -> io::Result<()>;
    /// The terminal has another size, or somebody else wrote on it: draw everything anew the next time.
    fn redraw(&mut self) -> io::Result<()>;
    /// What lies under that cell of the last picture, as far as it can be pressed.
    fn spot(&self, column: u16, line: u16) -> Option<Spot>;
    /// Ask the terminal for the mouse, or leave it to the terminal.
    fn mouse(&mut self, on: bool) -> io::Result<()>;
    /// Copy text to the terminal's clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Give the terminal back until the program is continued (Ctrl-Z); where there is no such thing, do nothing.
    fn suspend(&mut self) -> io::Result<()>;
}

/// How the wizard begins.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it is used for; the technician can choose otherwise.
    pub mode: Mode,
    /// The UDP port that phones ask.
    pub port: u16,
    /// Whether the mouse works in the program from the start.
    pub mouse: bool,
    /// Whether servers may be contacted for loads.
    pub reach: Reach,
    /// Folder for session logs and reports, if not the usual one.
    pub session_dir: Option<PathBuf>,
    /// A list of phones: they alone are offered the load by configuration, and each has an address of its own on the
    /// bench. Empty without one.
    pub phones: Vec<Listed>,
    /// What a rehearsal plays.
    pub plan: Plan,
}

/// What is to be said on the terminal once it is given back.
#[derive(Debug, Clone)]
pub struct Closing {
    /// How it ended.
    pub ending: Ending,
    /// The session log and the report, as far as they were written.
    pub files: Vec<String>,
    /// What is left to do, a sentence each.
    pub undone: Vec<String>,
}

/// Run the wizard until the technician leaves or the system ends it.
///
/// `Err` if there is no runtime, or if the terminal cannot be drawn on any more; the session log is closed properly
/// all the same.
pub fn run(options: Options, screen: &mut dyn Screen, keys: UnboundedReceiver<Input>) -> io::Result<Closing> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let closing = runtime.block_on(run_loop(options, screen, keys));
    runtime.shutdown_timeout(AFTER_WORK);
    closing
}

/// What the loop wakes up for.
enum Happening {
    Wish(Wish),
    Input(Option<Input>),
    Wire(usize),
    Answer(Option<Msg>),
    Tick,
    Draw,
}

async fn run_loop(
    options: Options,
    screen: &mut dyn Screen,
    mut keys: UnboundedReceiver<Input>,
) -> io::Result<Closing> {
    let mut wishes = Wishes::listen();
    let (mut engine, mut answers) = Engine::begin(options);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch: Vec<FromWire> = Vec::with_capacity(BATCH);
    let mut quiet = 0;
    let mut draw_at: Instant = clock::now().into();
    let mut drawn = Ok(());
    while !engine.leaving && drawn.is_ok() {
        let happening = {
            let ticking = engine.model.notice.is_some() || engine.listener.is_some();
            let wire = async {
                match &mut engine.listener {
                    Some(listener) => listener.events.recv_many(&mut batch, BATCH).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                wish = wishes.next() => Happening::Wish(wish),
                // Before the keys: whoever holds a key down must still see what it does.
                () = sleep_until(draw_at), if engine.dirty => Happening::Draw,
                input = keys.recv() => Happening::Input(input),
                answer = answers.recv() => Happening::Answer(answer),
                _ = ticks.tick(), if ticking => Happening::Tick,
                taken = pin!(wire) => Happening::Wire(taken),
            }
        };
        match happening {
            Happening::Wish(Wish::Interrupt) => engine.tell(screen, Msg::Interrupted),
            // A terminal that is gone cannot be asked anything either.
            Happening::Wish(Wish::End) | Happening::Input(None) => engine.tell(screen, Msg::Terminated),
            Happening::Input(Some(input)) => drawn = engine.take_input(screen, input),
            Happening::Wire(taken) => engine.take_wire(screen, taken, &mut batch),
            Happening::Answer(answer) => {
                if let Some(answer) = answer {
                    engine.tell(screen, answer);
                }
            }
            Happening::Tick => {
                quiet += 1;
                if engine.tick(screen) || quiet >= SLOW {
                    (engine.dirty, quiet) = (true, 0);
                }
            }
            Happening::Draw => {
                engine.dirty = false;
                drawn = screen.draw(&engine.model, engine.session.fleet(), engine.session.now());
                draw_at = Instant::from(clock::now()) + FRAME;
            }
        }
    }
    let closing = engine.close();
    drawn.map(|()| closing)
}

/// Open the firewall as the key for it does, before anything is served, and leave.
#[cfg(test)]
pub(super) fn open_and_close_the_firewall(
    session_dir: &std::path::Path,
    rule: super::rule::RuleHeld,
) -> Closing {
    let options = Options {
        mode: Mode::Recover,
        port: 0,
        mouse: false,
        reach: Reach::default(),
        session_dir: Some(session_dir.to_owned()),
        phones: Vec::new(),
        plan: Plan::of(&crate::rehearsal::cast::scenarios()[0]),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_or_else(
        |error| Closing { ending: Ending::Done, files: Vec::new(), undone: vec![error.to_string()] },
        |runtime| {
            runtime.block_on(async {
                let (mut engine, _answers) = engine::Engine::begin(options);
                engine.rule = rule;
                engine.run_effect(None, crate::wizard::Effect::OpenFirewall);
                engine.close()
            })
        },
    )
}
