//! One transfer under virtual time: every rule of the RFCs as a case, and a seeded lossy link around a receiver.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "in a test a panic is the report, and block numbers wrap on purpose"
)]

mod link;
mod lossy;
mod rules;

use std::time::Instant;

use bytes::Bytes;
use loadlift::tftp::options::{Granted, Willing};
use loadlift::tftp::packet::{self, Packet, RequestKind};

fn image(octets: usize) -> Bytes {
    (0..octets).map(|i| (i * 31 + i / 251) as u8).collect::<Vec<_>>().into()
}

fn granted(options: &[(&str, &str)], octets: usize) -> Granted {
    let mut datagram = Vec::new();
    packet::encode_request(&mut datagram, RequestKind::Read, "a", "octet", options);
    let Ok(Packet::Read(request)) = Packet::decode(&datagram) else { panic!("not a read request") };
    Granted::settle(&request.options, octets as u64, Willing::for_mtu(65_536))
}

#[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
fn origin() -> Instant {
    Instant::now()
}
