//! A transfer ended: whole, or not, or perhaps only its last ACK was lost.

use crate::fleet::phone::{Standing, Transfer};
use crate::fleet::run::Mishap;
use crate::fleet::{Fleet, PhoneId};
use crate::timestamp::Timestamp;

/// "Unknown transfer id" (RFC 1350, appendix): the phone has closed the port that we still send to.
const UNKNOWN_TRANSFER: u16 = 5;

impl Fleet {
    /// The last octet was acknowledged.
    pub(super) fn served(&mut self, at: Timestamp, number: u64, retransmissions: u32) -> Option<PhoneId> {
        let id = self.by_transfer.remove(&number)?;
        let phone = self.phones.get_mut(&id)?;
        phone.progress(at, number, u64::MAX, retransmissions);
        let transfer = phone.take(number, retransmissions)?;
        phone.heard(at);
        phone.whole(at, &transfer);
        Some(id)
    }

    /// The phone ended it with an error packet.
    pub(super) fn aborted(
        &mut self,
        at: Timestamp,
        number: u64,
        octets: u64,
        retransmissions: u32,
        mishap: Mishap,
    ) -> Option<PhoneId> {
        let id = *self.by_transfer.get(&number)?;
        let phone = self.phones.get_mut(&id)?;
        phone.progress(at, number, octets, retransmissions);
        phone.heard(at);
        let transfer = phone.transfers.iter().find(|transfer| transfer.number == number)?;
        let probe = transfer.acked == 0;
        // The phone took the last blocks, its ACK was lost, and it closed its port: our repeat met nobody.
        let closed =
            matches!(mishap, Mishap::Aborted { code: UNKNOWN_TRANSFER, .. }) && at_its_end(transfer, octets);
        self.by_transfer.remove(&number);
        let transfer = phone.take(number, retransmissions)?;
        if closed && !probe {
            phone.whole(at, &transfer);
        } else if !probe && transfer.standing == Standing::Open {
            phone.not_whole(&transfer, mishap);
        }
        Some(id)
    }

    /// The phone stopped answering.
    pub(super) fn unanswered(
        &mut self,
        at: Timestamp,
        number: u64,
        octets: u64,
        retransmissions: u32,
        all_sent: bool,
    ) -> Option<PhoneId> {
        let id = *self.by_transfer.get(&number)?;
        let transfer = self.phones.get(&id)?.transfers.iter().find(|transfer| transfer.number == number)?;
        // A transfer that another request from the same port cut short may have been at its end too.
        if !all_sent && !at_its_end(transfer, octets) {
            return self.ended(at, number, octets, retransmissions, Mishap::Unanswered);
        }
        self.by_transfer.remove(&number);
        let phone = self.phones.get_mut(&id)?;
        // Nobody was heard here: what is counted was acknowledged earlier.
        let transfer = phone.take(number, retransmissions)?;
        phone.whole(at, &transfer);
        Some(id)
    }

    /// It ended before the file was whole.
    pub(super) fn ended(
        &mut self,
        at: Timestamp,
        number: u64,
        octets: u64,
        retransmissions: u32,
        mishap: Mishap,
    ) -> Option<PhoneId> {
        let id = self.by_transfer.remove(&number)?;
        let phone = self.phones.get_mut(&id)?;
        let heard = phone.heard;
        phone.progress(at, number, octets, retransmissions);
        phone.heard = heard;
        let transfer = phone.take(number, retransmissions)?;
        phone.not_whole(&transfer, mishap);
        Some(id)
    }
}

/// Whether something was acknowledged and all the rest was on its way: what lacks is less than a window.
fn at_its_end(transfer: &Transfer, octets: u64) -> bool {
    let acked = transfer.acked.max(octets.min(transfer.octets));
    acked > 0 && transfer.octets - acked < transfer.flight.max(1)
}
