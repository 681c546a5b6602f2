//! What happened, in words: for the log pane, and apart for each phone.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

use crate::firmware::problem::Problem;
use crate::fleet;
use crate::journal::{Event, How, Option150, Record};
use crate::preflight;
use crate::timestamp::Timestamp;

/// Lines of the log pane that are kept.
const LINES: usize = 500;
/// Lines that are kept of one phone: a whole recovery leaves about a dozen.
const LINES_OF_A_PHONE: usize = 40;
/// Addresses of which lines are kept: more than a laptop serves, so that strangers cannot make it grow.
const PHONES: usize = 2048;

/// A line, and when it happened.
pub type LogLine = (Timestamp, String);

/// What happened, in lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    lines: VecDeque<LogLine>,
    phones: BTreeMap<IpAddr, VecDeque<Entry>>,
}

/// A line about one phone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    line: LogLine,
    /// The transfer that the phone asks for in it, and its file.
    transfer: Option<(u64, String)>,
}

impl Log {
    /// The lines, the latest last.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &LogLine> + ExactSizeIterator {
        self.lines.iter()
    }

    /// What happened to a phone that had these addresses, the latest last.
    pub fn of_phone(&self, addresses: impl IntoIterator<Item = IpAddr>) -> Vec<&LogLine> {
        let lines = addresses.into_iter().filter_map(|address| self.phones.get(&address));
        let mut lines: Vec<&LogLine> = lines.flatten().map(|entry| &entry.line).collect();
        lines.sort_by_key(|(at, _)| *at);
        lines
    }

    pub(super) fn take(&mut self, record: &Record) {
        if let Some(line) = line(&record.event) {
            push(&mut self.lines, LINES, (record.at, line));
        }
        match &record.event {
            Event::Asked { phone, transfer, file, .. } => {
                let transfer = Some((*transfer, file.clone()));
                self.take_of_phone(*phone, Entry { line: (record.at, format!("asks for {file}")), transfer });
            }
            Event::Served { phone, transfer, millis, retransmissions, .. } => {
                self.served(*phone, *transfer, *millis, *retransmissions);
            }
            event => {
                if let Some((phone, line)) = line_of_phone(event) {
                    self.take_of_phone(phone, Entry { line: (record.at, line), transfer: None });
                }
            }
        }
    }

    fn take_of_phone(&mut self, phone: IpAddr, entry: Entry) {
        if self.phones.len() < PHONES || self.phones.contains_key(&phone) {
            push(self.phones.entry(phone).or_default(), LINES_OF_A_PHONE, entry);
        }
    }

    /// What the phone asked for it has: one line says both.
    fn served(&mut self, phone: IpAddr, number: u64, millis: u64, packets: u32) {
        let entries = self.phones.get_mut(&phone).into_iter().flatten();
        let is_it = |entry: &&mut Entry| entry.transfer.as_ref().is_some_and(|(n, _)| *n == number);
        let Some(Entry { line: (_, line), transfer: Some((_, file)) }) = entries.rev().find(is_it) else {
            return;
        };
        let again = match packets {
            0 => String::new(),
            1 => ", 1 packet sent again".to_owned(),
            packets => format!(", {packets} packets sent again"),
        };
        *line = format!("took {file} in {}{again}", seconds(millis));
    }

    pub(super) fn take_problem(&mut self, at: Timestamp, problem: &Problem) {
        push(&mut self.lines, LINES, (at, problem.message.clone()));
    }
}

fn push<T>(lines: &mut VecDeque<T>, most: usize, line: T) {
    if lines.len() == most {
        lines.pop_front();
    }
    lines.push_back(line);
}

/// A record in one line; `None` for what happens too often to be read.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { serving, loads, .. } => {
            let loads: Vec<&str> = loads.iter().map(|load| load.load.as_str()).collect();
            format!("serving {} on {serving}", loads.join(", "))
        }
        Event::Stage { phone, mac, words, .. } => {
            let mac = mac.map(|mac| format!(" {mac}")).unwrap_or_default();
            format!("{phone}{mac}: {words}")
        }
        Event::Trouble { message } => message.clone(),
        Event::LoadChosen { load, source, .. } => format!("{load} from {source} is checked"),
        Event::InterfaceChecked { interface, address, .. } => {
            format!("{address} ({interface}): a file was read through it")
        }
        Event::Option150Announced { value, before, .. } => {
            format!("option 150 is to name {value}; before: {before}")
        }
        Event::Option150Probed { value, answers, .. } => match answers.as_slice() {
            [] => "DHCP was asked, and nobody answered".to_owned(),
            _ if *value == Option150::Unknown => "DHCP was asked: no single answer".to_owned(),
            [first, ..] => format!("DHCP was asked: option 150 is {value} ({})", first.server),
        },
        Event::Option150Confirmed { value, how, .. } => {
            format!("option 150 names {value}, {}", known(*how))
        }
        Event::Option150Back { to, how, .. } => format!("option 150 is back ({to}), {}", known(*how)),
        Event::Dhcp(dhcp) => return dhcp.words(),
        Event::ConfigurationOffered { phones, .. } => match phones.len() {
            0 => "phones that still boot are offered the load by configuration".to_owned(),
            listed => format!("{listed} listed phones are offered the load by configuration"),
        },
        Event::Override { what } => format!("decided by hand: {what}"),
        Event::Ended { back, seen, .. } => format!("ended: {back} of {seen} phones are back"),
        // Every phone asks for its settings when it starts, and none are here: that is no news.
        Event::Refused { file, .. } if fleet::asks_for_settings(file) => return None,
        Event::Refused { .. } | Event::Aborted { .. } | Event::Unanswered { .. } | Event::Faulted { .. } => {
            let (phone, line) = line_of_phone(event)?;
            format!("{phone} {line}")
        }
        Event::Proof { phone, proof } => format!("{phone}: {}", proof.words(None)),
        Event::Asked { .. } | Event::Progress { .. } | Event::Served { .. } | Event::Site { .. } => {
            return None;
        }
        other => preflight::words(other)?,
    })
}

fn known(how: How) -> &'static str {
    match how {
        How::ByHand => "confirmed by hand",
        How::Probed => "by DHCP's own word",
    }
}

/// What a record says of one phone, without its address in front.
fn line_of_phone(event: &Event) -> Option<(IpAddr, String)> {
    Some(match event {
        Event::Refused { phone, file, .. } if fleet::asks_for_settings(file) => {
            (*phone, format!("asks for its settings ({file})"))
        }
        Event::Refused { phone, file, reason } => (*phone, format!("did not get {file}: {reason}")),
        Event::Aborted { phone, octets: 1.., message, .. } => {
            (*phone, format!("ended a transfer: {message}"))
        }
        Event::Unanswered { phone, .. } => (*phone, "stopped answering".to_owned()),
        Event::Faulted { phone, .. } => {
            (*phone, "lost a transfer by a fault of loadlift; please report it".to_owned())
        }
        Event::Stage { phone, words, .. } => (*phone, words.clone()),
        Event::Proof { phone, proof } => (*phone, format!("its own pages: {}", proof.words(None))),
        _ => return None,
    })
}

/// `40 ms`, `2.8 s`, `12 s`.
fn seconds(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..10_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        millis => format!("{} s", millis / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Refusal;

    fn record(at: u64, event: Event) -> Record {
        Record { at: Timestamp::from_unix_millis(at), event }
    }

    fn refused(phone: IpAddr, file: &str, reason: Refusal) -> Event {
        Event::Refused { phone, file: file.into(), reason }
    }

    #[test]
    fn a_refusal_is_said_in_words_and_settings_are_no_news() {
        let phone = IpAddr::from([10, 1, 1, 20]);
        let mut log = Log::default();
        log.take(&record(1, refused(phone, "term70.default.loads", Refusal::NotFound)));
        log.take(&record(2, refused(phone, "SEP001B2AAA0001.cnf.xml", Refusal::NotFound)));
        log.take(&record(3, refused(phone, "ringlist.xml", Refusal::Busy)));
        let lines: Vec<&str> = log.lines().map(|(_, line)| line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "10.1.1.20 did not get term70.default.loads: no such file here",
                "10.1.1.20 did not get ringlist.xml: refused, too many transfers at once"
            ]
        );
        assert!(lines.iter().all(|line| !line.contains("NotFound")));
    }

    #[test]
    fn the_history_of_a_phone_follows_it_through_its_addresses_in_the_order_of_time() {
        let [old, new, other] = [20, 21, 22].map(|last| IpAddr::from([10, 1, 1, last]));
        let mut log = Log::default();
        log.take(&record(5, refused(new, "SEP001B2AAA0001.cnf.xml", Refusal::NotFound)));
        log.take(&record(1, refused(old, "term70.default.loads", Refusal::NotFound)));
        log.take(&record(2, refused(other, "term70.default.loads", Refusal::NotFound)));
        let lines: Vec<&str> = log.of_phone([new, old]).into_iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "did not get term70.default.loads: no such file here",
                "asks for its settings (SEP001B2AAA0001.cnf.xml)"
            ]
        );
    }

    #[test]
    fn a_file_that_was_asked_for_and_served_is_one_line() {
        let phone = IpAddr::from([10, 1, 1, 20]);
        let mut log = Log::default();
        for (number, file) in [(1, "term45.default.loads"), (2, "jar45sccp.8-5-2TH1-9.sbn")] {
            let (file, octets) = (file.into(), 660);
            log.take(&record(
                number,
                Event::Asked { phone, transfer: number, file, octets, blksize: 512, window: 1 },
            ));
        }
        log.take(&record(
            3,
            Event::Served { phone, transfer: 1, octets: 660, millis: 420, retransmissions: 2 },
        ));
        let lines: Vec<&str> = log.of_phone([phone]).into_iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(
            lines,
            [
                "took term45.default.loads in 420 ms, 2 packets sent again",
                "asks for jar45sccp.8-5-2TH1-9.sbn"
            ]
        );
    }

    #[test]
    fn neither_strangers_nor_one_phone_make_it_grow_without_end() {
        let mut log = Log::default();
        for nth in 0..3000_u32 {
            log.take(&record(1, refused(IpAddr::from(nth.to_be_bytes()), "x", Refusal::NotFound)));
            log.take(&record(1, refused(IpAddr::from([0; 4]), "x", Refusal::NotFound)));
        }
        assert_eq!((log.lines.len(), log.phones.len()), (LINES, PHONES));
        assert!(log.phones.values().all(|lines| lines.len() <= LINES_OF_A_PHONE));
    }
}
