//! What a request asks for beside the file, and what we grant of it (RFC 2347, 2348, 2349, 7440).
//!
//! An option that is unknown, or whose value makes no sense, is left out of the answer, as RFC 2347 has it: the
//! phone still gets its file, by the plain protocol. An option given twice counts as given first.

use super::packet::{Options, encode_option_ack};

/// Block size of the plain protocol, in octets (RFC 1350).
pub const PLAIN_BLOCK: u16 = 512;
/// Smallest and largest block size that may be asked for (RFC 2348).
pub const BLOCK_SIZES: std::ops::RangeInclusive<u16> = 8..=65464;
/// Octets of a datagram that are not file: IPv4 header, UDP header, TFTP header.
const OVERHEAD: u16 = 20 + 8 + 4;

/// What this server is willing to grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Willing {
    /// Whether options are looked at; if not, every transfer is plain: blocks of 512, no OACK.
    pub options: bool,
    /// Largest block size granted, in octets.
    pub blksize: u16,
    /// Largest window granted, in blocks.
    pub window: u16,
}

impl Willing {
    /// Larger windows gain nothing on a LAN, and one spoofed request must not draw a flood.
    const WINDOW: u16 = 64;

    /// For a path whose largest packet has `mtu` octets: blocks that need no IP fragments. A phone's loader may
    /// not put fragments together, and one lost fragment costs the whole block.
    pub fn for_mtu(mtu: u32) -> Self {
        let room = u16::try_from(mtu).unwrap_or(u16::MAX).saturating_sub(OVERHEAD);
        Self { options: true, blksize: room.clamp(PLAIN_BLOCK, *BLOCK_SIZES.end()), window: Self::WINDOW }
    }

    /// Ignore all options: for clients or networks that cannot live with them.
    pub fn plain() -> Self {
        Self { options: false, blksize: PLAIN_BLOCK, window: 1 }
    }
}

/// The outcome of a negotiation. A field is `Some` if its option goes into the OACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Granted {
    blksize: Option<u16>,
    window: Option<u16>,
    timeout: Option<u8>,
    tsize: Option<u64>,
}

impl Granted {
    /// Settle the options of a request for a file of `octets` octets (as they travel in the mode asked for).
    pub fn settle(asked: &Options<'_>, octets: u64, willing: Willing) -> Self {
        let mut granted = Self::default();
        if !willing.options {
            return granted;
        }
        let mut seen = [false; 4];
        for (name, value) in asked.iter() {
            let known = [&b"blksize"[..], b"windowsize", b"timeout", b"tsize"];
            let Some(which) = known.iter().position(|known| name.eq_ignore_ascii_case(known)) else {
                continue;
            };
            if std::mem::replace(&mut seen[which], true) {
                continue;
            }
            let Some(value) = number(value) else { continue };
            match which {
                0 if value >= u64::from(*BLOCK_SIZES.start()) => {
                    granted.blksize = Some(at_most(value, willing.blksize));
                }
                1 if value >= 1 => granted.window = Some(at_most(value, willing.window)),
                2 => granted.timeout = u8::try_from(value).ok().filter(|&seconds| seconds >= 1),
                3 => granted.tsize = Some(octets),
                _ => {}
            }
        }
        granted
    }

    /// Whether the transfer begins with an OACK.
    pub fn needs_option_ack(&self) -> bool {
        *self != Self::default()
    }

    /// Block size that holds, in octets.
    pub fn blksize(&self) -> u16 {
        self.blksize.unwrap_or(PLAIN_BLOCK)
    }

    /// Window that holds, in blocks.
    pub fn window(&self) -> u16 {
        self.window.unwrap_or(1)
    }

    /// Seconds between repeats that the client asked for (RFC 2349).
    pub fn timeout(&self) -> Option<u8> {
        self.timeout
    }

    /// Blocks of no octets, which cannot be negotiated: any use of it divides by zero.
    #[cfg(test)]
    pub(super) fn impossible() -> Self {
        Self { blksize: Some(0), ..Self::default() }
    }

    /// Append the OACK.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let pairs = [
            ("blksize", self.blksize.map(u64::from)),
            ("windowsize", self.window.map(u64::from)),
            ("timeout", self.timeout.map(u64::from)),
            ("tsize", self.tsize),
        ];
        encode_option_ack(out, pairs.into_iter().filter_map(|(name, value)| Some((name, value?))));
    }
}

/// A decimal number of any length; too large for `u64` counts as the largest.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |n: u64, digit| n.saturating_mul(10).saturating_add(u64::from(digit - b'0'))))
}

fn at_most(value: u64, limit: u16) -> u16 {
    u16::try_from(value).map_or(limit, |value| value.min(limit))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::packet::{Packet, RequestKind, encode_request};
    use super::*;

    fn settle(pairs: &[(&str, &str)], willing: Willing) -> Granted {
        let mut datagram = Vec::new();
        encode_request(&mut datagram, RequestKind::Read, "a", "octet", pairs);
        let Ok(Packet::Read(request)) = Packet::decode(&datagram) else { panic!("not a read request") };
        Granted::settle(&request.options, 1000, willing)
    }

    fn answer(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut out = Vec::new();
        settle(pairs, Willing::for_mtu(1500)).encode(&mut out);
        let Ok(Packet::OptionAck { options }) = Packet::decode(&out) else { panic!("not an OACK") };
        let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
        options.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    fn one(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.into(), value.into())]
    }

    #[test]
    fn each_option_is_granted_within_its_range_and_left_out_otherwise() {
        for (name, value, want) in [
            ("blksize", "8", Some("8")),
            ("blksize", "1428", Some("1428")),
            ("BlkSize", "1428", Some("1428")),
            ("blksize", "65464", Some("1468")),
            ("blksize", "65536", Some("1468")),
            ("blksize", "99999999999999999999999999", Some("1468")),
            ("blksize", "7", None),
            ("blksize", "0", None),
            ("blksize", "-1", None),
            ("blksize", "abc", None),
            ("blksize", "", None),
            ("blksize", "5 12", None),
            ("windowsize", "16", Some("16")),
            ("windowsize", "65535", Some("64")),
            ("windowsize", "0", None),
            ("timeout", "1", Some("1")),
            ("timeout", "255", Some("255")),
            ("timeout", "0", None),
            ("timeout", "256", None),
            ("tsize", "0", Some("1000")),
            ("tsize", "77", Some("1000")),
            ("tsize", "x", None),
            ("multicast", "", None),
        ] {
            let want = want.map_or(vec![], |want| one(&name.to_lowercase(), want));
            assert_eq!(answer(&[(name, value)]), want, "{name}={value}");
        }
    }

    #[test]
    fn an_option_given_twice_counts_as_given_first_and_the_answer_says_what_holds() {
        let pairs = [("blksize", "1024"), ("blksize", "512")];
        assert_eq!(answer(&pairs), one("blksize", "1024"));
        assert_eq!(settle(&pairs, Willing::for_mtu(1500)).blksize(), 1024);
    }

    #[test]
    fn plain_service_grants_nothing() {
        let granted = settle(&[("blksize", "1428"), ("tsize", "0"), ("windowsize", "8")], Willing::plain());
        assert!(!granted.needs_option_ack());
        assert_eq!((granted.blksize(), granted.window()), (512, 1));
    }

    #[test]
    fn blocks_fit_the_path_and_loopback_takes_the_largest() {
        assert_eq!(Willing::for_mtu(1500).blksize, 1468);
        assert_eq!(Willing::for_mtu(65_536).blksize, 65464);
        assert_eq!(Willing::for_mtu(68).blksize, 512);
    }

    proptest! {
        #[test]
        fn no_value_is_granted_outside_what_was_asked_and_what_we_are_willing_to(
            blksize in 0u64..200_000, window in 0u64..200_000, mtu in 0u32..100_000,
        ) {
            let willing = Willing::for_mtu(mtu);
            let granted = settle(
                &[("blksize", &blksize.to_string()), ("windowsize", &window.to_string())], willing);
            if let Some(size) = granted.blksize {
                prop_assert!(BLOCK_SIZES.contains(&size) && u64::from(size) <= blksize && size <= willing.blksize);
            }
            if let Some(size) = granted.window {
                prop_assert!(size >= 1 && u64::from(size) <= window && size <= willing.window);
            }
        }
    }
}
