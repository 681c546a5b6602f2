//! A recording on the wizard's screens: the log is read once, then time and keys move it.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

use super::Ending;
use super::models;
use super::wizard::{Input, Screen};
use crate::catalog::Catalog;
use crate::fleet::Fleet;
use crate::platform::clock;
use crate::platform::signals::Wishes;
use crate::store::logs::{self, LogError};
use crate::wizard::Key;
use crate::wizard::replay::Player;

/// The time between two pictures while it moves.
const FRAME: Duration = Duration::from_millis(50);

/// Read a log for playing, at so many times the speed of life.
pub fn read(log: &Path, speed: u32) -> Result<Player, LogError> {
    let mut records = Vec::new();
    logs::read(log, |record| records.push(record))?;
    let fleet = Fleet::new(models(Catalog::embedded()));
    Player::new(&logs::name(log), records, fleet, speed)
        .ok_or_else(|| LogError::NotALog { path: log.to_owned() })
}

/// Play until somebody leaves. `Err` if the terminal cannot be drawn on.
pub fn run(
    mut player: Player,
    screen: &mut dyn Screen,
    mut keys: UnboundedReceiver<Input>,
) -> io::Result<Ending> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut wishes = Wishes::listen();
        let mut frames = interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut before = clock::now();
        let mut dirty = true;
        loop {
            tokio::select! {
                biased;
                _ = wishes.next() => return Ok(Ending::Interrupted),
                input = keys.recv() => match input {
                    None => return Ok(Ending::Interrupted),
                    Some(Input::Key(Key::Ctrl('z'))) => {
                        screen.suspend()?;
                        // The time away is no part of the recording.
                        before = clock::now();
                        dirty = true;
                    }
                    Some(Input::Key(key)) => {
                        if player.press(key) {
                            return Ok(Ending::Done);
                        }
                        dirty = true;
                    }
                    Some(Input::Pasted(_) | Input::Clicked { .. } | Input::Wheel { .. }) => {}
                    Some(Input::Resized) => {
                        screen.redraw()?;
                        dirty = true;
                    }
                },
                _ = frames.tick() => {
                    let now = clock::now();
                    dirty |= player.pass(now.saturating_duration_since(before));
                    before = now;
                    if std::mem::take(&mut dirty) {
                        screen.draw(player.model(), player.fleet(), player.now())?;
                    }
                }
            }
        }
    })
}
