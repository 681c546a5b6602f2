//! What the silence of phones means while they are served: the symptom table, read over the fleet.

use std::time::Duration;

use crate::catalog::{Catalog, KnownSymptom, Sees};
use crate::fleet::Fleet;
use crate::timestamp::Timestamp;

/// Something between the phones and this laptop, likely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symptom {
    /// Stable, kebab-case: names the section of `docs/TROUBLESHOOTING.md`.
    pub code: &'static str,
    /// What is to be seen, in one line.
    pub title: String,
    /// What to do, in the order of likelihood.
    pub next: Vec<String>,
}

/// The symptom that is to be seen now, if any. `since` is when phones could find this laptop.
pub fn symptom(
    catalog: &'static Catalog,
    fleet: &Fleet,
    since: Timestamp,
    now: Timestamp,
) -> Option<Symptom> {
    let found = catalog.symptoms().iter().find(|known| is_seen(known, fleet, since, now))?;
    let title = match found.sees {
        Sees::NoRequest => format!("{} for {} minutes", found.title, now.since(since).as_secs() / 60),
        Sees::NoAcknowledgement => found.title.clone(),
    };
    Some(Symptom { code: &found.id, title, next: found.next.clone() })
}

fn is_seen(known: &KnownSymptom, fleet: &Fleet, since: Timestamp, now: Timestamp) -> bool {
    match known.sees {
        Sees::NoRequest => {
            fleet.is_empty() && now.since(since) >= Duration::from_secs(u64::from(known.minutes) * 60)
        }
        // One phone with a bad cable is no firewall: where others get through, it is that phone's own matter.
        Sees::NoAcknowledgement => {
            let mut deaf = false;
            for phone in fleet.phones(now) {
                if phone.has_acknowledged() {
                    return false;
                }
                deaf |= phone.unacknowledged() >= known.count;
            }
            deaf
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Event, Record};

    fn after(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(1_795_438_800_000) + Duration::from_secs(seconds)
    }

    fn now(fleet: &Fleet, seconds: u64) -> Option<&'static str> {
        symptom(Catalog::embedded(), fleet, after(0), after(seconds)).map(|symptom| symptom.code)
    }

    fn apply(fleet: &mut Fleet, seconds: u64, event: Event) {
        fleet.apply(&Record { at: after(seconds), event });
    }

    fn asked(last: u8, transfer: u64) -> Event {
        Event::Asked {
            phone: [10, 1, 1, last].into(),
            transfer,
            file: "term45.default.loads".into(),
            octets: 660,
            blksize: 512,
            window: 1,
        }
    }

    fn unanswered(last: u8, transfer: u64, octets: u64) -> Event {
        let phone = [10, 1, 1, last].into();
        Event::Unanswered { phone, transfer, octets, retransmissions: 7, all_sent: false }
    }

    #[test]
    fn five_minutes_without_any_request_are_told_and_the_first_request_ends_it() {
        let mut fleet = Fleet::new(crate::fleet::Models::default());
        assert_eq!(now(&fleet, 299), None);
        let symptom = symptom(Catalog::embedded(), &fleet, after(0), after(420)).unwrap();
        assert_eq!(symptom.code, "no-request");
        assert_eq!(symptom.title, "no phone has asked for anything for 7 minutes");
        assert!(symptom.next[0].contains("option 150"), "{symptom:?}");
        apply(&mut fleet, 421, asked(20, 1));
        assert_eq!(now(&fleet, 422), None);
    }

    #[test]
    fn a_phone_that_never_acknowledges_a_block_points_at_the_data_ports() {
        let mut fleet = Fleet::new(crate::fleet::Models::default());
        apply(&mut fleet, 1, asked(20, 1));
        apply(&mut fleet, 9, unanswered(20, 1, 0));
        assert_eq!(now(&fleet, 10), None, "once is a lost cable");
        apply(&mut fleet, 12, asked(20, 2));
        apply(&mut fleet, 20, unanswered(20, 2, 0));
        assert_eq!(now(&fleet, 21), Some("one-block"));
        apply(&mut fleet, 22, asked(21, 3));
        apply(&mut fleet, 30, unanswered(21, 3, 512));
        assert_eq!(now(&fleet, 31), None, "another phone gets through: it is the first one's own matter");
    }
}
