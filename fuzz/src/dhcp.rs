//! DHCP: a message from anywhere, and a probe that is told anything at any time.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use loadlift::dhcp::{Expected, Goal, Input, Message, Ports, Probe, RawOption, Setup, Subnet, judge};
use loadlift::fleet::Mac;

use super::script::Script;

/// Try one input: an octet that chooses between a single message and a conversation, then either.
pub fn check(input: &[u8]) {
    match input.split_first() {
        Some((0, message)) => one_message(message),
        Some((_, script)) => conversation(&mut Script::new(script)),
        None => {}
    }
}

fn one_message(octets: &[u8]) {
    let Ok(message) = Message::decode(octets) else { return };
    let _ = message.kind();
    for code in 0..=255 {
        let _ = message.address(code);
    }
    let again = Message::decode(&message.encode()).expect("what is written reads back");
    assert_eq!(again.joined(150), message.joined(150));
    assert_eq!((again.xid, again.yiaddr, again.mac), (message.xid, message.yiaddr, message.mac));
}

fn conversation(script: &mut Script<'_>) {
    let now = Instant::now();
    let flags = script.octet();
    let setup = Setup {
        mac: Mac([2, 0, 0, 0, 0, 1]),
        address: (flags & 1 == 0).then_some(Ipv4Addr::new(10, 1, 1, 5)),
        network: Some(Subnet::of(Ipv4Addr::new(10, 1, 1, 5), 24)),
        lease_server: (flags & 8 != 0).then_some(Ipv4Addr::new(10, 1, 1, 2)),
        servers: vec![Ipv4Addr::new(10, 1, 1, 1); usize::from(flags >> 1 & 7)],
        subnet: (flags & 16 != 0).then(|| Subnet::of(Ipv4Addr::new(10, 2, 0, 0), script.octet())),
        vendor_class: "Cisco Systems, Inc. IP Phone CP-7945G".into(),
        xid: 1,
        ports: Ports {
            address: flags & 32 == 0,
            any: flags & 64 == 0,
            relay: flags & 128 == 0,
            system: flags & 4 == 0,
        },
    };
    let Ok(mut probe) = Probe::new(now, setup) else { return };
    let mut moment = now;
    let mut questions = Vec::new();
    for _ in 0..200 {
        while let Some(transmit) = probe.poll_transmit(moment) {
            let question = Message::decode(&transmit.octets).expect("our own question reads back");
            questions.push((transmit.method, transmit.to, question));
        }
        assert!(questions.len() <= 64, "more questions than are promised");
        let Some(deadline) = probe.deadline() else { break };
        if script.is_over() {
            moment = moment.max(deadline);
            probe.handle(moment, Input::Timeout);
            continue;
        }
        let from = SocketAddrV4::new(Ipv4Addr::new(10, 1, 1, script.octet() % 3), 67);
        match script.octet() % 5 {
            0 => probe.handle(moment, Input::Packet { from, octets: script.long_piece() }),
            1 if !questions.is_empty() => {
                // A reply to one of our questions, with options of anybody's making.
                let mut reply = questions[usize::from(script.octet()) % questions.len()].2.encode();
                reply[0] = 2;
                reply.truncate(240);
                reply.extend_from_slice(&[53, 1, 2 + 3 * (script.octet() % 2)]);
                reply.extend_from_slice(script.piece());
                probe.handle(moment, Input::Packet { from, octets: &reply });
            }
            4 => {
                let (code, data) = (script.octet(), script.piece().to_vec());
                probe.handle(moment, Input::System { options: &[RawOption { code, data }] });
            }
            2 if !questions.is_empty() => {
                let (method, to, _) = questions[usize::from(script.octet()) % questions.len()];
                probe.handle(moment, Input::Unsent { method, to });
            }
            _ => {
                moment += Duration::from_millis(u64::from(script.octet()) * 8);
                probe.handle(moment, Input::Timeout);
            }
        }
    }
    let laptop = Some(Ipv4Addr::new(10, 1, 1, 5));
    for goal in [Goal::Look, Goal::Laptop, Goal::Before] {
        for before in [None, Some(vec![]), Some(vec![Ipv4Addr::new(10, 1, 1, 2)])] {
            let expected = Expected { laptop, before, subnet: None, goal };
            assert!(!judge(probe.answers(), &expected).sentence.is_empty());
        }
    }
}
