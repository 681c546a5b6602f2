//! The options of a DHCP message, raw as they stood on the wire (RFC 2132, 3396): total on any octets.
//!
//! Deliberately without a typed value for each option: a decoder that expects one address in option 150 loses it, and
//! all that follows, when there are two.

use std::net::Ipv4Addr;

use super::packet::Message;

/// Option codes that this program sends or reads (RFC 2132, 3011, 5859).
pub mod code {
    /// Subnet mask.
    pub const SUBNET_MASK: u8 = 1;
    /// Routers.
    pub const ROUTER: u8 = 3;
    /// Domain name servers.
    pub const DNS: u8 = 6;
    /// Domain name.
    pub const DOMAIN: u8 = 15;
    /// NTP servers.
    pub const NTP: u8 = 42;
    /// Lease time in seconds.
    pub const LEASE_TIME: u8 = 51;
    /// Options go on in `file`, `sname` or both.
    pub const OVERLOAD: u8 = 52;
    /// Kind of message.
    pub const MESSAGE_TYPE: u8 = 53;
    /// Which server speaks.
    pub const SERVER_ID: u8 = 54;
    /// Options that the client would like.
    pub const PARAMETER_LIST: u8 = 55;
    /// Largest message that the client takes.
    pub const MAX_SIZE: u8 = 57;
    /// What kind of device the client is.
    pub const VENDOR_CLASS: u8 = 60;
    /// TFTP server, as text.
    pub const TFTP_NAME: u8 = 66;
    /// Boot file, as text.
    pub const BOOT_FILE: u8 = 67;
    /// The subnet that the client asks about (RFC 3011).
    pub const SUBNET_SELECTION: u8 = 118;
    /// TFTP servers, as a list of addresses (RFC 5859).
    pub const TFTP_ADDRESSES: u8 = 150;
}

/// Filling between options.
pub(super) const PAD: u8 = 0;
/// The last option of a field.
pub(super) const END: u8 = 255;

/// One option as it was on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawOption {
    /// Its code; neither pad nor end.
    pub code: u8,
    /// Its data, at most 255 octets as received.
    pub data: Vec<u8>,
}

/// A list of addresses in an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addresses {
    /// The option is not there.
    Absent,
    /// As many as there are, at least one.
    List(Vec<Ipv4Addr>),
    /// The option is there, but its length is no multiple of four, or zero: somebody configured text or a number.
    Unreadable(Vec<u8>),
}

/// Collect the options of one field. `true` if the last one runs over the end of it.
pub(super) fn walk(mut field: &[u8], options: &mut Vec<RawOption>) -> bool {
    loop {
        match field {
            [] | [END, ..] => return false,
            [PAD, rest @ ..] => field = rest,
            [code, length, rest @ ..] => {
                let Some((data, rest)) = rest.split_at_checked(usize::from(*length)) else { return true };
                options.push(RawOption { code: *code, data: data.to_vec() });
                field = rest;
            }
            [_] => return true,
        }
    }
}

/// Write one option. One of more than 255 octets becomes several (RFC 3396).
pub(super) fn write(option: &RawOption, out: &mut Vec<u8>) {
    let mut parts = option.data.chunks(255);
    let mut part = parts.next().unwrap_or_default();
    loop {
        let length = u8::try_from(part.len()).expect("a chunk of at most 255");
        out.extend([option.code, length]);
        out.extend_from_slice(part);
        let Some(next) = parts.next() else { return };
        part = next;
    }
}

/// Reading the options of a message.
impl Message {
    /// The first option of a code: for options of a fixed length, which nobody splits.
    pub fn first(&self, code: u8) -> Option<&[u8]> {
        self.options.iter().find(|option| option.code == code).map(|option| option.data.as_slice())
    }

    /// All options of a code put together (RFC 3396): for lists and texts, which may be split anywhere.
    pub fn joined(&self, code: u8) -> Option<Vec<u8>> {
        let mut parts = self.options.iter().filter(|option| option.code == code).peekable();
        parts.peek()?;
        Some(parts.flat_map(|option| option.data.iter().copied()).collect())
    }

    /// An option that is a list of addresses.
    pub fn addresses(&self, code: u8) -> Addresses {
        let Some(data) = self.joined(code) else { return Addresses::Absent };
        let (fours, rest) = data.as_chunks::<4>();
        if fours.is_empty() || !rest.is_empty() {
            return Addresses::Unreadable(data);
        }
        Addresses::List(fours.iter().copied().map(Ipv4Addr::from).collect())
    }

    /// An option that is one address; the first one if somebody gave a list.
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        match self.addresses(code) {
            Addresses::List(list) => list.first().copied(),
            Addresses::Absent | Addresses::Unreadable(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dhcp::packet::{MessageType, Op};
    use crate::fleet::Mac;

    fn reply() -> Message {
        let mut reply = Message::request(MessageType::Ack, 7, Mac([0x00, 0x1b, 0x2a, 0xaa, 0x00, 0x01]));
        reply.op = Op::Reply;
        reply
    }

    #[test]
    fn two_addresses_in_option_150_are_read_and_so_is_what_follows_them() {
        let sent = reply()
            .with(code::TFTP_ADDRESSES, [10, 20, 0, 10, 10, 20, 0, 11])
            .with(code::ROUTER, [10, 20, 0, 1]);
        let read = Message::decode(&sent.encode()).unwrap();
        assert_eq!(
            read.addresses(code::TFTP_ADDRESSES),
            Addresses::List(vec![Ipv4Addr::new(10, 20, 0, 10), Ipv4Addr::new(10, 20, 0, 11)])
        );
        assert_eq!(read.address(code::ROUTER), Some(Ipv4Addr::new(10, 20, 0, 1)));
    }

    #[test]
    fn a_list_that_was_split_inside_an_address_is_put_together() {
        let sent = reply()
            .with(code::TFTP_ADDRESSES, [10, 20, 0, 10, 10, 20])
            .with(code::ROUTER, [10, 20, 0, 1])
            .with(code::TFTP_ADDRESSES, [0, 11]);
        let read = Message::decode(&sent.encode()).unwrap();
        let Addresses::List(list) = read.addresses(code::TFTP_ADDRESSES) else { panic!("{read:?}") };
        assert_eq!(list, [Ipv4Addr::new(10, 20, 0, 10), Ipv4Addr::new(10, 20, 0, 11)]);
        // The kind of message is one octet; a second one does not lengthen it.
        let twice = reply().with(code::MESSAGE_TYPE, [6]);
        assert_eq!(Message::decode(&twice.encode()).unwrap().kind(), Some(MessageType::Ack));
    }

    #[test]
    fn text_in_option_150_is_not_taken_for_addresses_unless_it_has_their_length() {
        let read = |data: &[u8]| {
            Message::decode(&reply().with(code::TFTP_ADDRESSES, data).encode())
                .unwrap()
                .addresses(code::TFTP_ADDRESSES)
        };
        assert_eq!(read(b"10.20.0.5"), Addresses::Unreadable(b"10.20.0.5".to_vec()));
        assert_eq!(read(b""), Addresses::Unreadable(Vec::new()));
        assert_eq!(reply().addresses(code::TFTP_ADDRESSES), Addresses::Absent);
    }

    proptest! {
        #[test]
        fn a_long_option_is_split_and_put_together(data in prop::collection::vec(any::<u8>(), 0..1200)) {
            let octets = reply().with(code::TFTP_NAME, data.clone()).encode();
            let read = Message::decode(&octets).unwrap();
            prop_assert_eq!(read.joined(code::TFTP_NAME), Some(data));
        }
    }
}
