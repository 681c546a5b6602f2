//! What holds whatever comes from the wire: no address has two owners, nobody but phones is answered, nothing grows,
//! and after the stop there is silence.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::time::Duration;

use proptest::prelude::*;

use super::lab::{LAPTOP, Lab, OWN_MAC, phone, says, settings};
use super::leases::State;
use super::wire::{code, kind};
use crate::dhcp::packet::{Message, MessageType};
use crate::fleet::Mac;

fn macs() -> impl Strategy<Value = Mac> {
    prop_oneof![8 => (0..12_u32).prop_map(phone), 1 => Just(OWN_MAC), 1 => any::<[u8; 6]>().prop_map(Mac)]
}

fn addresses() -> impl Strategy<Value = Ipv4Addr> {
    let near = (0..16_u8).prop_map(|last| Ipv4Addr::new(10, 150, 0, last));
    prop_oneof![8 => near, 2 => Just(Ipv4Addr::UNSPECIFIED), 1 => any::<[u8; 4]>().prop_map(Ipv4Addr::from)]
}

/// A client's message, sound or odd. Those that name another server are rare: they end the run.
fn messages() -> impl Strategy<Value = Message> {
    let kinds = prop_oneof![
        12 => proptest::sample::select(vec![
            kind::DISCOVER, kind::DISCOVER, kind::REQUEST, kind::REQUEST, kind::DECLINE, kind::RELEASE, kind::INFORM
        ]),
        1 => any::<u8>()
    ];
    let server = prop_oneof![20 => Just(Some(LAPTOP)), 20 => Just(None), 1 => addresses().prop_map(Some)];
    let parts =
        (kinds, macs(), addresses(), addresses(), proptest::option::of(addresses()), server, any::<bool>());
    parts.prop_map(|(kind, mac, ciaddr, giaddr, requested, server, is_phone)| {
        let mut message = if is_phone {
            says(kind, mac)
        } else {
            Message::request(MessageType::Other(kind), 5, mac).with(code::VENDOR_CLASS, *b"dhcpcd-9.4")
        };
        message.ciaddr = ciaddr;
        // Most packets are not relayed.
        message.giaddr = if giaddr.octets()[3] == 3 { giaddr } else { Ipv4Addr::UNSPECIFIED };
        if let Some(address) = requested {
            message = message.with(code::REQUESTED_ADDRESS, address.octets());
        }
        if let Some(server) = server {
            message = message.with(code::SERVER_ID, server.octets());
        }
        message
    })
}

#[derive(Debug, Clone)]
enum Step {
    Says(Box<Message>),
    Octets(Vec<u8>),
    Pass(u64),
    Moves(Ipv4Addr, Mac),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let broken =
        (messages(), any::<proptest::sample::Index>(), any::<u8>()).prop_map(|(message, at, octet)| {
            let mut octets = message.encode();
            let at = at.index(octets.len());
            octets[at] = octet;
            octets
        });
    let step = prop_oneof![
        12 => messages().prop_map(|message| Step::Says(Box::new(message))),
        3 => broken.prop_map(Step::Octets),
        1 => proptest::collection::vec(any::<u8>(), 0..400).prop_map(Step::Octets),
        6 => prop_oneof![0..400_u64, 0..90_000_u64, 0..2_000_000_u64].prop_map(Step::Pass),
        1 => (addresses(), macs()).prop_map(|(address, mac)| Step::Moves(address, mac)),
    ];
    proptest::collection::vec(step, 0..80)
}

proptest! {
    #[test]
    fn no_sequence_of_packets_breaks_the_server(steps in steps()) {
        let mut lab = Lab::new(settings(3, vec![phone(1)]));
        let pool = lab.bench.pool();
        // Which MAC holds which address, as the clients were told.
        let mut held: BTreeMap<Ipv4Addr, Mac> = BTreeMap::new();
        let mut phones: HashMap<Mac, bool> = HashMap::new();
        for step in steps {
            let was_stopped = lab.bench.stopped().is_some();
            match step {
                Step::Says(message) => {
                    let is_phone = message.first(code::VENDOR_CLASS).is_some_and(|class| class.starts_with(b"Cisco"));
                    *phones.entry(message.mac).or_default() |= is_phone;
                    lab.receive(&message.encode());
                }
                Step::Octets(octets) => {
                    if let Ok(message) = Message::decode(&octets) {
                        *phones.entry(message.mac).or_default() = true;
                    }
                    lab.receive(&octets);
                }
                Step::Pass(millis) => lab.pass(Duration::from_millis(millis)),
                Step::Moves(address, mac) => lab.neighbours.push((address, mac)),
            }
            lab.bench.leases.check();
            let heard = lab.heard();
            prop_assert!(!was_stopped || heard.is_empty(), "it speaks after its end: {heard:?}");
            for (to, reply) in heard {
                prop_assert_ne!(reply.mac, OWN_MAC);
                let known = phones.get(&reply.mac).copied().unwrap_or(false) || reply.mac == phone(1);
                prop_assert!(known, "an answer to a stranger: {reply:?}");
                prop_assert!(to.ip().is_broadcast() || to.ip().octets()[..2] == [10, 150], "an answer to {to}");
                if reply.yiaddr.is_unspecified() {
                    continue;
                }
                prop_assert!(reply.yiaddr != LAPTOP && reply.yiaddr.octets()[..2] == [10, 150]);
                if reply.kind() == Some(MessageType::Ack) {
                    held.retain(|address, mac| *mac != reply.mac || *address == reply.yiaddr);
                    held.insert(reply.yiaddr, reply.mac);
                }
            }
            // Whoever the table says has an address was told so, and is the last who was.
            for (address, mac, _) in lab.bench.leases.bound() {
                prop_assert_eq!(held.get(&address), Some(&mac));
            }
            prop_assert_eq!(lab.bench.pool(), pool);
            prop_assert!(lab.bench.leases.get(LAPTOP).is_none());
            if lab.bench.stopped().is_none() {
                let due = lab.bench.deadline();
                prop_assert!(due.is_some_and(|due| due > lab.now), "it would spin");
            }
        }
        let checking = lab.bench.leases.bound().count();
        prop_assert!(checking <= pool);
        lab.pass(Duration::from_secs(1));
        for last in 0..16 {
            let slot = lab.bench.leases.get(Ipv4Addr::new(10, 150, 0, last));
            let is_checking = slot.is_some_and(|slot| matches!(slot.state, State::Checking { .. }));
            prop_assert!(!is_checking || lab.bench.stopped().is_some(), "an address is checked for ever");
        }
    }
}
