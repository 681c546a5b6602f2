//! BOOTP and DHCP messages (RFC 951, 2131, 2132): decode is total on any octets, options stay raw.

use std::net::Ipv4Addr;

use super::options::{self, END, PAD, RawOption, code};
use crate::fleet::Mac;

const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Octets before the options, the cookie included.
const FIXED: usize = 240;
const SNAME: std::ops::Range<usize> = 44..108;
const FILE: std::ops::Range<usize> = 108..236;
/// Relays and servers may drop anything shorter (RFC 1542 section 2.1).
const LEAST_OCTETS: usize = 300;
/// Longer than any answer that a server sends on Ethernet, even in fragments.
pub const MAX_OCTETS: usize = 4096;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// A client.
    Request,
    /// A server, or a relay on its behalf.
    Reply,
}

/// Kind of a DHCP message (option 53).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    /// A client looks for servers.
    Discover,
    /// A server offers an address and options.
    Offer,
    /// A server confirms, or answers an INFORM.
    Ack,
    /// A server refuses.
    Nak,
    /// A client that has an address asks for options alone.
    Inform,
    /// Any other, among them REQUEST, which this program never sends.
    Other(u8),
}

impl MessageType {
    fn from_octet(octet: u8) -> Self {
        match octet {
            1 => Self::Discover,
            2 => Self::Offer,
            5 => Self::Ack,
            6 => Self::Nak,
            8 => Self::Inform,
            other => Self::Other(other),
        }
    }

    /// Its number on the wire.
    pub fn octet(self) -> u8 {
        match self {
            Self::Discover => 1,
            Self::Offer => 2,
            Self::Ack => 5,
            Self::Nak => 6,
            Self::Inform => 8,
            Self::Other(other) => other,
        }
    }
}

/// Why octets are no DHCP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The fixed part is not whole.
    #[error("{octets} octets are too few for a DHCP message")]
    TooShort {
        /// Length of what came.
        octets: usize,
    },
    /// Nobody sends that much.
    #[error("{octets} octets are too many for a DHCP message")]
    TooLong {
        /// Length of what came.
        octets: usize,
    },
    /// Neither request nor reply.
    #[error("operation {op} is neither request nor reply")]
    Operation {
        /// The operation.
        op: u8,
    },
    /// No options: plain BOOTP, or something else altogether.
    #[error("the magic cookie of DHCP is missing")]
    NoCookie,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub op: Op,
    /// Relays passed.
    pub hops: u8,
    /// Transaction, chosen by the client.
    pub xid: u32,
    /// Seconds since the client began to ask.
    pub secs: u16,
    /// Whether the answer must be broadcast.
    pub broadcast: bool,
    /// The client's own address, if it has one.
    pub ciaddr: Ipv4Addr,
    /// The address that the server offers.
    pub yiaddr: Ipv4Addr,
    /// The next server to boot from.
    pub siaddr: Ipv4Addr,
    /// The relay nearest to the client.
    pub giaddr: Ipv4Addr,
    /// The client's hardware address.
    pub mac: Mac,
    /// Options in the order in which they stand: first the field of options, then `file`, then `sname`, as far as
    /// option 52 says that they hold options. The same code may come several times.
    pub options: Vec<RawOption>,
    /// Whether the last option was cut off, and left out.
    pub is_cut: bool,
}

impl Message {
    /// A client's message with nothing in it yet.
    pub fn request(kind: MessageType, xid: u32, mac: Mac) -> Self {
        let none = Ipv4Addr::UNSPECIFIED;
        Self {
            op: Op::Request,
            hops: 0,
            xid,
            secs: 0,
            broadcast: false,
            ciaddr: none,
            yiaddr: none,
            siaddr: none,
            giaddr: none,
            mac,
            options: vec![RawOption { code: code::MESSAGE_TYPE, data: vec![kind.octet()] }],
            is_cut: false,
        }
    }

    /// Add an option.
    #[must_use]
    pub fn with(mut self, code: u8, data: impl Into<Vec<u8>>) -> Self {
        self.options.push(RawOption { code, data: data.into() });
        self
    }

    /// Read a message. Options that are cut off end the reading; what stood before them is kept.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        if octets.len() < FIXED {
            return Err(DecodeError::TooShort { octets: octets.len() });
        }
        if octets.len() > MAX_OCTETS {
            return Err(DecodeError::TooLong { octets: octets.len() });
        }
        let op = match octets[0] {
            1 => Op::Request,
            2 => Op::Reply,
            op => return Err(DecodeError::Operation { op }),
        };
        if octets[236..FIXED] != COOKIE {
            return Err(DecodeError::NoCookie);
        }
        let mut options = Vec::new();
        let mut is_cut = options::walk(&octets[FIXED..], &mut options);
        // Option 52 counts in the field of options alone; inside `file` and `sname` it would lead in circles.
        let overload = options.iter().find(|option| option.code == code::OVERLOAD);
        let overload = overload.and_then(|option| option.data.first().copied()).unwrap_or(0);
        for (bit, field) in [(1, FILE), (2, SNAME)] {
            if overload <= 3 && overload & bit != 0 {
                is_cut |= options::walk(&octets[field], &mut options);
            }
        }
        Ok(Self {
            op,
            hops: octets[3],
            xid: u32::from_be_bytes(four(octets, 4)),
            secs: u16::from_be_bytes([octets[8], octets[9]]),
            broadcast: octets[10] & 0x80 != 0,
            ciaddr: four(octets, 12).into(),
            yiaddr: four(octets, 16).into(),
            siaddr: four(octets, 20).into(),
            giaddr: four(octets, 24).into(),
            mac: Mac([octets[28], octets[29], octets[30], octets[31], octets[32], octets[33]]),
            options,
            is_cut,
        })
    }

    /// Write the message. An option of more than 255 octets becomes several (RFC 3396).
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; FIXED];
        out[0] = if self.op == Op::Request { 1 } else { 2 };
        (out[1], out[2], out[3]) = (1, 6, self.hops); // Ethernet, six octets of hardware address
        out[4..8].copy_from_slice(&self.xid.to_be_bytes());
        out[8..10].copy_from_slice(&self.secs.to_be_bytes());
        out[10] = if self.broadcast { 0x80 } else { 0 };
        for (at, address) in [(12, self.ciaddr), (16, self.yiaddr), (20, self.siaddr), (24, self.giaddr)] {
            out[at..at + 4].copy_from_slice(&address.octets());
        }
        out[28..34].copy_from_slice(&self.mac.0);
        out[236..FIXED].copy_from_slice(&COOKIE);
        for option in &self.options {
            options::write(option, &mut out);
        }
        out.push(END);
        out.resize(out.len().max(LEAST_OCTETS), PAD);
        out
    }

    /// The kind of message; `None` without a readable option 53.
    pub fn kind(&self) -> Option<MessageType> {
        let data = self.first(code::MESSAGE_TYPE)?;
        (data.len() == 1).then(|| MessageType::from_octet(data[0]))
    }
}

fn four(octets: &[u8], at: usize) -> [u8; 4] {
    [octets[at], octets[at + 1], octets[at + 2], octets[at + 3]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dhcp::options::Addresses;

    const MAC: Mac = Mac([0x00, 0x1b, 0x2a, 0xaa, 0x00, 0x01]);

    fn reply() -> Message {
        let mut reply = Message::request(MessageType::Ack, 7, MAC);
        reply.op = Op::Reply;
        reply
    }

    /// A reply whose option 150 stands in `file` or `sname`.
    fn overloaded(overload: u8, field: std::ops::Range<usize>) -> Vec<u8> {
        let mut octets = reply().with(code::OVERLOAD, [overload]).encode();
        let option = [code::OVERLOAD, 1, 3, code::TFTP_ADDRESSES, 4, 10, 20, 0, 5, END];
        octets[field.start..field.start + option.len()].copy_from_slice(&option);
        octets
    }

    #[test]
    fn options_go_on_in_file_and_sname_only_where_option_52_says_so() {
        let found = |octets: &[u8]| Message::decode(octets).unwrap().address(code::TFTP_ADDRESSES).is_some();
        assert!(found(&overloaded(1, FILE)) && found(&overloaded(2, SNAME)) && found(&overloaded(3, SNAME)));
        assert!(
            !found(&overloaded(2, FILE)) && !found(&overloaded(1, SNAME)) && !found(&overloaded(0, FILE))
        );
        assert!(!found(&overloaded(7, FILE)), "no such overload");
    }

    #[test]
    fn a_cut_option_is_left_out_and_said_to_be_cut() {
        let mut octets =
            reply().with(code::ROUTER, [10, 20, 0, 1]).with(code::TFTP_ADDRESSES, [1; 8]).encode();
        octets.truncate(FIXED + 3 + 6 + 2 + 4);
        let read = Message::decode(&octets).unwrap();
        assert!(read.is_cut && read.address(code::ROUTER).is_some());
        assert_eq!(read.addresses(code::TFTP_ADDRESSES), Addresses::Absent);
        octets.truncate(FIXED + 3 + 6 + 1);
        assert!(Message::decode(&octets).unwrap().is_cut, "a code without a length");
    }

    #[test]
    fn what_is_no_dhcp_message_says_why() {
        let good = reply().encode();
        assert!(good.len() >= LEAST_OCTETS);
        assert_eq!(Message::decode(&good[..239]), Err(DecodeError::TooShort { octets: 239 }));
        assert_eq!(Message::decode(&vec![2; 4097]), Err(DecodeError::TooLong { octets: 4097 }));
        let mut bad = good.clone();
        bad[0] = 3;
        assert_eq!(Message::decode(&bad), Err(DecodeError::Operation { op: 3 }));
        bad = good;
        bad[236] = 0;
        assert_eq!(Message::decode(&bad), Err(DecodeError::NoCookie));
    }

    fn options() -> impl Strategy<Value = Vec<RawOption>> {
        let option = (1..=254_u8, prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(code, data)| RawOption { code, data });
        // Option 52 would let `file` and `sname` be read as well; they have their own test.
        let other = option.prop_filter("no overload", |option| option.code != code::OVERLOAD);
        prop::collection::vec(other, 0..20)
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused_and_never_more_comes_out_than_went_in(
            mut octets in prop::collection::vec(any::<u8>(), 0..2000),
            dress in any::<bool>(),
            overload in any::<u8>(),
        ) {
            if dress && octets.len() > FIXED + 3 {
                octets[0] = 2;
                octets[236..FIXED].copy_from_slice(&COOKIE);
                octets[FIXED..FIXED + 3].copy_from_slice(&[code::OVERLOAD, 1, overload]);
            }
            if let Ok(message) = Message::decode(&octets) {
                let held: usize = message.options.iter().map(|option| option.data.len() + 2).sum();
                prop_assert!(held <= octets.len(), "{held} octets of options in {}", octets.len());
                for code in 0..=255 {
                    let _ = (message.addresses(code), message.address(code), message.joined(code));
                }
                let _ = message.kind();
            }
        }

        #[test]
        fn a_message_reads_back_as_it_was_written(
            xid in any::<u32>(), secs in any::<u16>(), broadcast in any::<bool>(), hops in any::<u8>(),
            addresses in any::<[u32; 4]>(), mac in any::<[u8; 6]>(), options in options(),
        ) {
            let [ciaddr, yiaddr, siaddr, giaddr] = addresses.map(Ipv4Addr::from_bits);
            let sent = Message {
                op: Op::Reply, hops, xid, secs, broadcast, ciaddr, yiaddr, siaddr, giaddr,
                mac: Mac(mac), options, is_cut: false,
            };
            let octets = sent.encode();
            prop_assume!(octets.len() <= MAX_OCTETS);
            prop_assert_eq!(Message::decode(&octets), Ok(sent));
        }
    }
}
