//! One TFTP packet: decoding is total, an answer stays within what was asked and granted, and what is written reads
//! back.

use loadlift::tftp::options::{BLOCK_SIZES, Granted, Willing};
use loadlift::tftp::packet::{self, Packet, RequestKind};

/// Try one datagram.
pub fn check(input: &[u8]) {
    match Packet::decode(input) {
        Ok(Packet::Read(request)) => {
            for willing in [Willing::for_mtu(1500), Willing::for_mtu(65_536), Willing::plain()] {
                let granted = Granted::settle(&request.options, 4711, willing);
                assert!(BLOCK_SIZES.contains(&granted.blksize()));
                assert!(granted.blksize() <= willing.blksize.max(512));
                assert!((1..=willing.window).contains(&granted.window()));
                assert!(granted.timeout() != Some(0));
                let mut answer = Vec::new();
                granted.encode(&mut answer);
                let Ok(Packet::OptionAck { options }) = Packet::decode(&answer) else {
                    panic!("our own OACK does not read back")
                };
                let offered = options.iter().count();
                assert!(offered <= 4 && (offered > 0) == granted.needs_option_ack());
                for (name, _) in options.iter() {
                    let asked = request.options.iter().any(|(asked, _)| asked.eq_ignore_ascii_case(name));
                    assert!(asked, "an option is granted that was not asked for");
                }
            }
            let texts = (std::str::from_utf8(request.name), std::str::from_utf8(request.mode));
            if let (Ok(name), Ok(mode)) = texts {
                let mut again = Vec::new();
                packet::encode_request(&mut again, RequestKind::Read, name, mode, &[]);
                let Ok(Packet::Read(back)) = Packet::decode(&again) else {
                    panic!("a request does not read back")
                };
                assert_eq!((back.name, back.mode), (request.name, request.mode));
            }
        }
        Ok(Packet::Data { block, octets }) => {
            let mut again = Vec::new();
            packet::encode_data(&mut again, block, octets);
            assert_eq!(again, input);
        }
        Ok(Packet::Ack { block }) => {
            let mut again = Vec::new();
            packet::encode_ack(&mut again, block);
            assert!(input.starts_with(&again));
        }
        Ok(Packet::OptionAck { options }) => assert!(options.iter().count() <= input.len()),
        Ok(Packet::Write(_) | Packet::Error { .. }) | Err(_) => {}
    }
}
