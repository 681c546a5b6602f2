//! Sessions that never confirmed option 150 back: what the next start must say.

use std::net::Ipv4Addr;

use crate::journal::{Event, Option150, Phase, Record};
use crate::timestamp::Timestamp;

/// What an earlier session left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The session log, as the shell names it.
    pub log: String,
    /// What is known from it.
    pub left: Left,
}

/// What a session left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What option 150 names, as far as that session knew.
    pub value: Ipv4Addr,
    /// What it named before: what it should name again.
    pub before: Option150,
    /// Since when.
    pub since: Timestamp,
    /// Whether the technician confirmed it; otherwise it was only announced, and may never have been done.
    pub confirmed: bool,
}

/// What a session left behind, from its records; `None` if option 150 was never touched or is back.
///
/// Rehearsals touch nothing. The order of the records counts, not their times: a laptop's clock can be set.
pub fn unfinished<'r>(records: impl IntoIterator<Item = &'r Record>) -> Option<Left> {
    let mut left: Option<Left> = None;
    // It stays known after option 150 went back: a technician may change it once more.
    let mut known = Option150::Unknown;
    for record in records {
        let at = record.at;
        match &record.event {
            Event::Started { command, .. } if command == REHEARSAL => return None,
            Event::Option150Announced { value, before, .. } => {
                // Announced once more: what was confirmed before stands until it is taken back.
                let confirmed = left.as_ref().is_some_and(|left| left.confirmed && left.value == *value);
                let since = left.filter(|_| confirmed).map_or(at, |left| left.since);
                known = before.clone();
                left = Some(Left { value: *value, before: before.clone(), since, confirmed });
            }
            Event::Option150Confirmed { value, .. } => {
                left = Some(Left { value: *value, before: known.clone(), since: at, confirmed: true });
            }
            // DHCP said so, whether or not somebody came to confirm it.
            Event::Option150Probed { phase: Phase::During, reached: true, value, .. } => {
                if let Some(value) = value.known().and_then(<[Ipv4Addr]>::first) {
                    left = Some(Left { value: *value, before: known.clone(), since: at, confirmed: true });
                }
            }
            Event::Option150Probed { phase: Phase::After, reached: true, .. }
            | Event::Option150Back { .. } => left = None,
            _ => {}
        }
    }
    left
}

/// The command of a rehearsal, as its log's first record names it.
pub const REHEARSAL: &str = "rehearse";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{How, Patience};

    const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);

    fn records(events: &[Event]) -> Vec<Record> {
        (0..)
            .zip(events)
            .map(|(n, event)| Record { at: Timestamp::from_unix_millis(n), event: event.clone() })
            .collect()
    }

    fn announced() -> Event {
        let before = Option150::Addresses(vec![Ipv4Addr::new(10, 1, 1, 2)]);
        Event::Option150Announced { value: LAPTOP, before, how: How::Probed }
    }

    fn confirmed() -> Event {
        Event::Option150Confirmed { value: LAPTOP, by: None, how: How::ByHand, why: None }
    }

    fn back() -> Event {
        Event::Option150Back { to: Option150::Absent, by: None, how: How::ByHand, why: None }
    }

    fn started(command: &str) -> Event {
        let patience = Patience { within_file: 1, between_files: 1, writing_flash: 1 };
        Event::Started {
            version: "1".into(),
            command: command.into(),
            serving: String::new(),
            loads: vec![],
            patience,
        }
    }

    #[test]
    fn a_session_that_was_killed_after_option_150_was_confirmed_says_which_value_and_since_when() {
        let left = unfinished(&records(&[started("recover"), announced(), confirmed()])).unwrap();
        assert_eq!((left.value, left.since.unix_millis(), left.confirmed), (LAPTOP, 2, true));
        assert_eq!(left.before.to_string(), "10.1.1.2");
    }

    #[test]
    fn one_that_was_only_announced_may_have_been_done() {
        assert!(!unfinished(&records(&[announced()])).unwrap().confirmed);
    }

    #[test]
    fn what_went_back_or_never_was_needs_no_banner() {
        assert_eq!(unfinished(&records(&[announced(), confirmed(), back()])), None);
        assert_eq!(unfinished(&records(&[started("recover")])), None);
        assert_eq!(unfinished(&records(&[started(REHEARSAL), announced(), confirmed()])), None);
        let again = unfinished(&records(&[announced(), confirmed(), back(), announced(), confirmed()]));
        assert_eq!(again.unwrap().since.unix_millis(), 4);
    }
}
