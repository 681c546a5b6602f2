//! What is added to a session after its end: who worked and where, and what the phones' own pages say.

use std::path::Path;

use crate::journal::{Event, Record};
use crate::platform::clock::WallClock;
use crate::store::sessions::{self, SessionLogError};

/// Put something on record in the log of an earlier session, as of now, and wait until it is on the disk.
pub fn note(log: &Path, event: Event) -> Result<Record, SessionLogError> {
    let record = Record { at: WallClock::start().now(), event };
    sessions::append_to(log, &record).map(|()| record)
}
