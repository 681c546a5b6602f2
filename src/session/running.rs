//! The loop of a session: events from the wire, ticks, and the wish to end, in one place.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

use super::{Ending, Front, Session};
use crate::net::tftp::FromWire;
use crate::platform::signals::Wishes;

/// How often progress is read and the front may draw.
const TICK: Duration = Duration::from_millis(100);
/// Events taken in before the clock has its turn.
const BATCH: usize = 1024;

/// Run until `done` says so (it is asked whenever something changed, and at each tick), or until somebody ends it.
///
/// `Err` only if the front cannot be written to, as when the reader of a pipe is gone.
pub async fn run(
    session: &mut Session,
    events: &mut UnboundedReceiver<FromWire>,
    front: &mut dyn Front,
    done: &mut dyn FnMut(&Session) -> bool,
    wishes: &mut Wishes,
) -> io::Result<Ending> {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let mut ended = None;
        tokio::select! {
            biased;
            _ = wishes.next() => ended = Some(Ending::Interrupted),
            _ = ticks.tick() => session.tick(front)?,
            taken = events.recv_many(&mut batch, BATCH) => {
                if taken == 0 {
                    return Ok(Ending::Stopped);
                }
                for event in batch.drain(..) {
                    if matches!(event, FromWire::Stopped(_)) {
                        ended = Some(Ending::Stopped);
                    }
                    session.absorb(event, front)?;
                }
            }
        }
        if ended.is_none() && done(session) {
            ended = Some(Ending::Done);
        }
        if let Some(ending) = ended {
            // What had already happened belongs into the log and onto the screen.
            while let Ok(event) = events.try_recv() {
                session.absorb(event, front)?;
            }
            session.tick(front)?;
            return Ok(ending);
        }
    }
}
