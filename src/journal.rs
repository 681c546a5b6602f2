//! The session log's vocabulary: everything that happens in a session, one JSON object a line.
//!
//! Pure data. What is on the wire is here as it was seen; what was concluded from it ([`Event::Stage`]) is written
//! beside it for readers of the log, and is ignored when a log is replayed: the same wire events give the same
//! conclusions. Opening files and stamping the time is the shell's business.

mod dhcp;
mod option150;
mod service;

use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

pub use dhcp::Dhcp;
pub use option150::{How, Option150, Phase, Said};
pub use service::{Patience, Refusal, ServedImage, ServedLoad};

use crate::dhcp::{State, Subnet};
use crate::fleet::{Mac, Stage};
use crate::phone_pages::Proof;
use crate::timestamp::Timestamp;

/// One line of a session log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What can happen in a session. The tag `event` of each JSON object is the kebab-case name of the variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The service began. A replay learns from it which files make up a load.
    Started {
        /// The program's version.
        version: String,
        /// `serve`, `rehearse`: the command that wrote this log.
        command: String,
        /// Address and port that phones ask, `10.1.1.5:69`.
        serving: String,
        /// The loads that are served.
        loads: Vec<ServedLoad>,
        /// Thresholds of silence that held in this session.
        patience: Patience,
    },
    /// A phone asked for a file of the set, and its transfer began.
    Asked {
        /// The phone's address.
        phone: IpAddr,
        /// Number of the transfer, counted from 1 within the session.
        transfer: u64,
        /// The name as the set has it.
        file: String,
        /// Octets that the transfer will carry.
        octets: u64,
        /// Block size in octets, as agreed.
        blksize: u16,
        /// Blocks sent before an ACK is waited for (RFC 7440), 1 for the plain protocol.
        window: u16,
    },
    /// How far a running transfer is: an occasional sample, not every block.
    Progress {
        /// The phone's address.
        phone: IpAddr,
        /// Number of the transfer.
        transfer: u64,
        /// Octets acknowledged so far.
        octets: u64,
        /// Packets that had to be sent again so far.
        retransmissions: u32,
    },
    /// A file was acknowledged to its last octet.
    Served {
        /// The phone's address.
        phone: IpAddr,
        /// Number of the transfer.
        transfer: u64,
        /// Octets acknowledged.
        octets: u64,
        /// From the request to the last ACK, in milliseconds.
        millis: u64,
        /// Packets that had to be sent again.
        retransmissions: u32,
    },
    /// A phone asked for something that it did not get.
    Refused {
        /// The phone's address.
        phone: IpAddr,
        /// The name as it was asked for, made printable.
        file: String,
        /// Why.
        reason: Refusal,
    },
    /// The phone ended a transfer with an error packet. At `octets` 0 it is often a mere question for the size.
    Aborted {
        /// The phone's address.
        phone: IpAddr,
        /// Number of the transfer.
        transfer: u64,
        /// Octets acknowledged until then.
        octets: u64,
        /// TFTP error code of the phone's packet (RFC 1350, appendix).
        code: u16,
        /// Its text, made printable.
        message: String,
        /// Packets that had to be sent again.
        retransmissions: u32,
    },
    /// The phone stopped answering, and the transfer was given up after bounded retries.
    Unanswered {
        /// The phone's address.
        phone: IpAddr,
        /// Number of the transfer.
        transfer: u64,
        /// Octets acknowledged until then.
        octets: u64,
        /// Packets that had to be sent again.
        retransmissions: u32,
        /// Whether the last octet had been sent: perhaps only the final ACK was lost.
        all_sent: bool,
    },
    /// The transfer was ended by a fault of this program's own. The other phones go on.
    Faulted {
        /// The phone's address.
        phone: IpAddr,
        /// Number of the transfer.
        transfer: u64,
        /// Octets acknowledged until then.
        octets: u64,
    },
    /// A conclusion from the events before it: a phone reached another stage.
    Stage {
        /// The phone's address.
        phone: IpAddr,
        /// Its MAC, once it named itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mac: Option<Mac>,
        /// Its model, once it asked for a default load file that only one model asks for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
        /// The stage.
        stage: Stage,
        /// The same in words for a technician.
        words: String,
    },
    /// Something of this laptop's own went wrong: its network, its disk.
    Trouble {
        /// What, in one sentence.
        message: String,
    },
    /// The address that phones ask left this machine: nobody is served until it is back.
    AddressGone {
        /// Name of the interface that had it; empty if it is not known.
        interface: String,
        /// The address.
        address: Ipv4Addr,
        /// What the interface has now.
        now: Vec<Ipv4Addr>,
    },
    /// The address is back, and phones are served again.
    AddressBack {
        /// The address.
        address: Ipv4Addr,
    },
    /// The neighbour table names the hardware address of a phone that did not name itself.
    Neighbour {
        /// The phone's address.
        phone: IpAddr,
        /// Its MAC.
        mac: Mac,
    },
    /// What phones do, or do not do, points at something between them and this laptop.
    Symptom {
        /// Its name in the symptom table.
        code: String,
        /// What is to be seen.
        title: String,
        /// What to do, in the order of likelihood.
        next: Vec<String>,
    },
    /// A rule was added to the firewall of this laptop, because the technician said so.
    FirewallOpened {
        /// Its name.
        rule: String,
        /// The program that it lets in.
        program: String,
    },
    /// That rule was taken away again.
    FirewallClosed {
        /// Its name.
        rule: String,
    },
    /// A load was read, checked and chosen to be served.
    LoadChosen {
        /// Its name, `SCCP45.8-5-2S`.
        load: String,
        /// The word for its verdict, `intermediate`.
        verdict: String,
        /// Where it was found.
        source: String,
        /// SHA-256 of each image in lower-case hexadecimal, by name, in the order of the manifest.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sha256: Vec<(String, String)>,
    },
    /// The service was read through the address that phones ask, as a phone would.
    InterfaceChecked {
        /// Name of the interface.
        interface: String,
        /// The address that phones ask.
        address: Ipv4Addr,
        /// The file that was read back.
        file: String,
        /// Its octets; they are the same that are served.
        octets: u64,
    },
    /// The technician was told to let option 150 name this laptop, and says what it named before.
    Option150Announced {
        /// What it is to name: this laptop.
        value: Ipv4Addr,
        /// What it named before.
        before: Option150,
        /// How that is known.
        #[serde(default)]
        how: How,
    },
    /// DHCP was asked what option 150 names.
    Option150Probed {
        /// At which point of the work.
        phase: Phase,
        /// What the answers come to.
        state: State,
        /// What all servers agree on; not known where they do not, or nobody answered.
        value: Option150,
        /// Whether that is what this point of the work asks for; the point before it asks for nothing.
        reached: bool,
        /// The subnet that was asked about, if not that of the interface.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subnet: Option<Subnet>,
        /// What each server said, the first answers only.
        answers: Vec<Said>,
    },
    /// Option 150 names this laptop.
    Option150Confirmed {
        /// What it names now.
        value: Ipv4Addr,
        /// Who says so, if a name was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// How that is known.
        how: How,
        /// Why it counts against what DHCP says, in the words of whoever decided so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Option 150 no longer names this laptop.
    Option150Back {
        /// What it names now.
        to: Option150,
        /// Who says so, if a name was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// How that is known.
        how: How,
        /// Why it counts against what DHCP says, in the words of whoever decided so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Who works, and where, in the technician's own words; what is not said is as it was.
    Site {
        /// Who.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<String>,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// A phone was asked by its own web pages what it runs and whom it asks.
    Proof {
        /// The phone's address.
        phone: IpAddr,
        /// What it said, or why there is nothing.
        proof: Proof,
    },
    /// The laptop is the DHCP server of an isolated bench.
    Dhcp(Dhcp),
    /// Phones that still boot are offered the load by their configuration.
    ConfigurationOffered {
        /// To these alone; to every phone that asks if empty.
        phones: Vec<Mac>,
        /// The files that are served for it.
        files: Vec<String>,
    },
    /// The technician decided otherwise than the program would have.
    Override {
        /// What, in one sentence.
        what: String,
    },
    /// The session ended.
    Ended {
        /// Phones that are back.
        back: usize,
        /// Phones seen in all.
        seen: usize,
        /// What was left undone, a sentence each; empty if nothing was.
        undone: Vec<String>,
    },
}
