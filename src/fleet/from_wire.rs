//! What the TFTP endpoint reports, in the words of the session log.

use std::net::IpAddr;

use crate::journal::Event;
use crate::tftp::{self, Outcome};

/// The log's event for an event of the endpoint, about the phone at `phone`. When it happened, and which phone is
/// behind the peer's address and port, is for the caller to say.
///
/// A transfer that the same port left for another request ([`Outcome::Superseded`]) is one that went unanswered: the
/// fleet sees from the octets whether it was at its end.
pub fn from_wire(event: &tftp::Event, phone: IpAddr) -> Event {
    match event {
        tftp::Event::Began { transfer, file, octets, blksize, window, .. } => Event::Asked {
            phone,
            transfer: *transfer,
            file: (**file).to_owned(),
            octets: *octets,
            blksize: *blksize,
            window: *window,
        },
        tftp::Event::Refused { file, reason, .. } => {
            Event::Refused { phone, file: file.clone(), reason: *reason }
        }
        tftp::Event::Ended { transfer, outcome, octets, retransmissions, took, .. } => {
            let (transfer, octets, retransmissions) = (*transfer, *octets, *retransmissions);
            match outcome {
                Outcome::Served => {
                    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                    Event::Served { phone, transfer, octets, millis, retransmissions }
                }
                Outcome::Aborted { code, message } => Event::Aborted {
                    phone,
                    transfer,
                    octets,
                    code: *code,
                    message: message.clone(),
                    retransmissions,
                },
                Outcome::Unanswered { all_sent } => {
                    Event::Unanswered { phone, transfer, octets, retransmissions, all_sent: *all_sent }
                }
                Outcome::Superseded => {
                    Event::Unanswered { phone, transfer, octets, retransmissions, all_sent: false }
                }
                Outcome::Faulted => Event::Faulted { phone, transfer, octets },
            }
        }
    }
}
