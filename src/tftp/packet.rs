//! TFTP packets: decode and encode, total on any octets (RFC 1350 section 5, RFC 2347).

/// Octets before the data of a DATA packet.
pub const DATA_HEADER: usize = 4;

/// What a packet is, as its first two octets say.
mod opcode {
    pub(super) const READ: u16 = 1;
    pub(super) const WRITE: u16 = 2;
    pub(super) const DATA: u16 = 3;
    pub(super) const ACK: u16 = 4;
    pub(super) const ERROR: u16 = 5;
    pub(super) const OACK: u16 = 6;
}

/// A decoded packet that borrows from the datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// A request to read.
    Read(Request<'a>),
    /// A request to write.
    Write(Request<'a>),
    /// One block of the file. A block shorter than the block size is the last.
    Data {
        /// Block number as on the wire, from 1, wrapping to 0 after 65,535.
        block: u16,
        /// The octets.
        octets: &'a [u8],
    },
    /// Everything up to and including this block has arrived.
    Ack {
        /// Block number as on the wire.
        block: u16,
    },
    /// The other side ends the transfer.
    Error {
        /// Error code (RFC 1350 appendix, RFC 2347 for 8).
        code: u16,
        /// Its text, as sent.
        message: &'a [u8],
    },
    /// The server's answer to the options of a request (RFC 2347).
    OptionAck {
        /// Name and value pairs, undecoded.
        options: Options<'a>,
    },
}

/// A read or write request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// The name as sent: any octets but NUL.
    pub name: &'a [u8],
    /// The mode as sent.
    pub mode: &'a [u8],
    /// Options behind it.
    pub options: Options<'a>,
}

/// Name and value pairs at the end of a request or an OACK, each ended by NUL (RFC 2347).
///
/// A pair that is cut off is as if it were not there: RFC 2347 has a server ignore what it does not understand,
/// and a peer that answers such a request with silence costs the phone its boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options<'a>(&'a [u8]);

impl<'a> Options<'a> {
    /// The pairs in the order of the packet.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (name, after) = split_nul(rest)?;
            let (value, after) = split_nul(after)?;
            rest = after;
            Some((name, value))
        })
    }

    /// Whether no octet follows the mode.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a datagram is not a TFTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Shorter than its opcode asks for.
    #[error("the packet is cut off")]
    Truncated,
    /// An opcode that no RFC gives.
    #[error("unknown opcode {0}")]
    Opcode(u16),
    /// A name or a mode without the NUL that ends it.
    #[error("a text in the packet is not ended")]
    Unterminated,
    /// The name is empty.
    #[error("the request names no file")]
    NoName,
}

impl<'a> Packet<'a> {
    /// Decode a datagram. Never panics, whatever it holds, and takes time linear in its length.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, Malformed> {
        let (code, body) = split_u16(datagram)?;
        match code {
            opcode::READ => Request::decode(body).map(Self::Read),
            opcode::WRITE => Request::decode(body).map(Self::Write),
            opcode::DATA => split_u16(body).map(|(block, octets)| Self::Data { block, octets }),
            // Octets behind the block number are ignored: some clients pad their ACKs to the smallest frame.
            opcode::ACK => split_u16(body).map(|(block, _)| Self::Ack { block }),
            opcode::ERROR => {
                let (code, text) = split_u16(body)?;
                // The closing NUL is often missing in the field; the code alone says enough.
                let message = split_nul(text).map_or(text, |(message, _)| message);
                Ok(Self::Error { code, message })
            }
            opcode::OACK => Ok(Self::OptionAck { options: Options(body) }),
            other => Err(Malformed::Opcode(other)),
        }
    }
}

impl<'a> Request<'a> {
    fn decode(body: &'a [u8]) -> Result<Self, Malformed> {
        let (name, rest) = split_nul(body).ok_or(Malformed::Unterminated)?;
        if name.is_empty() {
            return Err(Malformed::NoName);
        }
        let (mode, rest) = split_nul(rest).ok_or(Malformed::Unterminated)?;
        Ok(Self { name, mode, options: Options(rest) })
    }
}

fn split_u16(octets: &[u8]) -> Result<(u16, &[u8]), Malformed> {
    octets
        .split_first_chunk()
        .map(|(head, rest)| (u16::from_be_bytes(*head), rest))
        .ok_or(Malformed::Truncated)
}

fn split_nul(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = octets.iter().position(|&octet| octet == 0)?;
    Some((&octets[..at], &octets[at + 1..]))
}

/// Error codes that this server sends (RFC 1350 appendix).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    /// 0: see the text.
    Undefined = 0,
    /// 1: no such file.
    FileNotFound = 1,
    /// 2: writing is not allowed here.
    AccessViolation = 2,
    /// 4: not a TFTP operation that makes sense here.
    IllegalOperation = 4,
    /// 5: no transfer belongs to this sender.
    UnknownTransfer = 5,
}

/// Append a request. `kind` is [`RequestKind::Read`] or write; names and values must not hold NUL.
pub fn encode_request(
    out: &mut Vec<u8>,
    kind: RequestKind,
    name: &str,
    mode: &str,
    options: &[(&str, &str)],
) {
    let code = match kind {
        RequestKind::Read => opcode::READ,
        RequestKind::Write => opcode::WRITE,
    };
    out.extend_from_slice(&code.to_be_bytes());
    for text in [name, mode] {
        push_text(out, text.as_bytes());
    }
    for (name, value) in options {
        push_text(out, name.as_bytes());
        push_text(out, value.as_bytes());
    }
}

/// Which way a request wants the file to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// From the server.
    Read,
    /// To the server.
    Write,
}

/// Append a DATA packet.
pub fn encode_data(out: &mut Vec<u8>, block: u16, octets: &[u8]) {
    out.extend_from_slice(&opcode::DATA.to_be_bytes());
    out.extend_from_slice(&block.to_be_bytes());
    out.extend_from_slice(octets);
}

/// Append an ACK packet.
pub fn encode_ack(out: &mut Vec<u8>, block: u16) {
    out.extend_from_slice(&opcode::ACK.to_be_bytes());
    out.extend_from_slice(&block.to_be_bytes());
}

/// Append an ERROR packet.
pub fn encode_error(out: &mut Vec<u8>, code: u16, message: &str) {
    out.extend_from_slice(&opcode::ERROR.to_be_bytes());
    out.extend_from_slice(&code.to_be_bytes());
    push_text(out, message.as_bytes());
}

/// Append an OACK packet.
pub fn encode_option_ack<'n>(out: &mut Vec<u8>, options: impl IntoIterator<Item = (&'n str, u64)>) {
    out.extend_from_slice(&opcode::OACK.to_be_bytes());
    for (name, value) in options {
        push_text(out, name.as_bytes());
        push_text(out, value.to_string().as_bytes());
    }
}

fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    debug_assert!(!text.contains(&0), "a text with NUL would end early on the wire");
    out.extend_from_slice(text);
    out.push(0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_octets_decode_to_a_packet_or_an_error(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Ok(Packet::Read(request) | Packet::Write(request)) = Packet::decode(&octets) {
                prop_assert!(request.options.iter().count() <= octets.len());
            }
        }

        #[test]
        fn a_request_reads_back_as_it_was_written(
            name in "[^\0]{1,80}", mode in "[a-z]{1,8}",
            options in proptest::collection::vec(("[a-z]{1,10}", "[0-9]{0,6}"), 0..5),
        ) {
            let pairs: Vec<_> = options.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let mut out = Vec::new();
            encode_request(&mut out, RequestKind::Read, &name, &mode, &pairs);
            let Ok(Packet::Read(request)) = Packet::decode(&out) else {
                return Err(TestCaseError::fail("not a read request"));
            };
            prop_assert_eq!(request.name, name.as_bytes());
            prop_assert_eq!(request.mode, mode.as_bytes());
            let back: Vec<_> = request.options.iter().collect();
            let want: Vec<_> = pairs.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())).collect();
            prop_assert_eq!(back, want);
        }

        #[test]
        fn a_block_reads_back_as_it_was_written(block: u16, octets in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut out = Vec::new();
            encode_data(&mut out, block, &octets);
            prop_assert_eq!(Packet::decode(&out), Ok(Packet::Data { block, octets: &octets }));
        }
    }

    #[test]
    fn each_way_to_break_a_packet_has_its_own_name() {
        for (octets, want) in [
            (&b""[..], Malformed::Truncated),
            (b"\0", Malformed::Truncated),
            (b"\0\x04\0", Malformed::Truncated),
            (b"\0\x03\0", Malformed::Truncated),
            (b"\0\x05\0", Malformed::Truncated),
            (b"\0\x07\0\0", Malformed::Opcode(7)),
            (b"\0\x01abc", Malformed::Unterminated),
            (b"\0\x01abc\0octet", Malformed::Unterminated),
            (b"\0\x01\0octet\0", Malformed::NoName),
        ] {
            assert_eq!(Packet::decode(octets), Err(want), "{octets:?}");
        }
    }

    #[test]
    fn an_option_cut_off_is_as_if_it_were_not_there() {
        let Ok(Packet::Read(request)) = Packet::decode(b"\0\x01a\0octet\0blksize\x001428\0tsize") else {
            panic!("not a read request");
        };
        let options: Vec<_> = request.options.iter().collect();
        assert_eq!(options, [(&b"blksize"[..], &b"1428"[..])]);
    }

    #[test]
    fn an_error_needs_no_closing_nul_and_an_ack_may_be_padded() {
        assert_eq!(Packet::decode(b"\0\x05\0\x08no"), Ok(Packet::Error { code: 8, message: b"no" }));
        assert_eq!(Packet::decode(b"\0\x04\0\x09\0\0\0\0"), Ok(Packet::Ack { block: 9 }));
    }
}
