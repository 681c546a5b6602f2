//! The probe under virtual time, fed by liars, floods and broken servers: what nobody can make it do.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod sim_dhcp;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use loadlift::dhcp::options::code;
use loadlift::dhcp::packet::Op;
use loadlift::dhcp::probe::LISTEN;
use loadlift::dhcp::{
    Answer, Expected, Input, Message, MessageType, Method, Port, Ports, Probe, Setup, State, Subnet, judge,
};
use loadlift::fleet::Mac;
use loadlift::platform::clock;
use proptest::prelude::*;
use sim_dhcp::{CLASS, CUCM, LAPTOP, ROGUE, SERVER, SimServer, run, setup, timetable};

/// A probe that has asked everything once, and one of its questions with a good answer to it.
fn asked_once() -> (Instant, Probe, Message) {
    let start = clock::now();
    let mut probe = Probe::new(start, setup()).unwrap();
    let now = start + Duration::from_millis(500);
    let mut answer = None;
    while let Some(packet) = probe.poll_transmit(now) {
        if packet.method == Method::Discover {
            let (_, octets) = SimServer::new(SERVER, &CUCM).answer(&packet, 1).unwrap();
            answer = Message::decode(&octets).ok();
        }
    }
    (now, probe, answer.unwrap())
}

fn feed(probe: &mut Probe, now: Instant, message: &Message) {
    let octets = message.encode();
    probe.handle(now, Input::Packet { from: SocketAddrV4::new(SERVER, 67), octets: &octets });
}

#[test]
fn answers_to_other_questions_and_other_clients_are_ignored_and_counted() {
    let (now, mut probe, good) = asked_once();
    let mut wrong = vec![good.clone(); 4];
    wrong[0].xid = good.xid.wrapping_add(77);
    wrong[1].mac = Mac([2, 0, 0, 0, 0, 6]);
    wrong[2].op = Op::Request;
    wrong[3].options[0].data = vec![MessageType::Nak.octet()];
    for (n, message) in (1..).zip(&wrong) {
        feed(&mut probe, now, message);
        assert_eq!((probe.answers().len(), probe.ignored().foreign), (0, n));
    }
    let mut ack = good.clone();
    ack.options[0].data = vec![MessageType::Ack.octet()];
    feed(&mut probe, now, &ack);
    assert!(probe.answers().is_empty(), "an ACK of somebody's lease is no answer to a DISCOVER");
    probe.handle(now, Input::Packet { from: SocketAddrV4::new(SERVER, 67), octets: b"hello" });
    assert_eq!(probe.ignored().malformed, 1);
    feed(&mut probe, now, &good);
    feed(&mut probe, now, &good);
    assert_eq!(probe.answers().len(), 1, "the same twice is one");
}

#[test]
fn a_flood_of_answers_is_bounded_and_one_liar_cannot_crowd_the_others_out() {
    let (now, mut probe, good) = asked_once();
    for n in 0..500_u16 {
        let [high, low] = n.to_be_bytes();
        feed(&mut probe, now, &good.clone().with(code::TFTP_ADDRESSES, [9, 9, high, low]));
    }
    assert!(probe.answers().len() <= 8, "{}", probe.answers().len());
    let mut other = good.clone();
    other.options.retain(|option| option.code != code::SERVER_ID);
    let octets = other.encode();
    probe.handle(now, Input::Packet { from: SocketAddrV4::new(ROGUE, 67), octets: &octets });
    assert!(probe.answers().iter().any(|answer| answer.server == ROGUE));
    for n in 0..2000_u16 {
        let [high, low] = n.to_be_bytes();
        let mut many = good.clone();
        many.options.retain(|option| option.code != code::SERVER_ID);
        feed(&mut probe, now, &many.with(code::SERVER_ID, [10, 99, high, low]));
    }
    assert!(probe.answers().len() <= 48 && probe.ignored().surplus > 2000, "{:?}", probe.ignored());
    assert_eq!(judge(probe.answers(), &Expected::default()).state, State::ServersDisagree);
}

#[test]
fn nobody_can_make_it_ask_a_stranger_or_more_than_a_few() {
    let (now, mut probe, good) = asked_once();
    let mut named = good.clone();
    named.options.retain(|option| option.code != code::SERVER_ID);
    let strangers: [[u8; 4]; 6] =
        [[8, 8, 8, 8], [255; 4], [224, 0, 0, 1], [127, 0, 0, 1], [0; 4], LAPTOP.octets()];
    for stranger in strangers {
        feed(&mut probe, now, &named.clone().with(code::SERVER_ID, stranger));
    }
    for n in 1..200 {
        feed(&mut probe, now, &named.clone().with(code::SERVER_ID, [10, 66, 6, n]));
    }
    let mut asked = Vec::new();
    while let Some(packet) = probe.poll_transmit(now + Duration::from_secs(5)) {
        asked.extend((packet.method == Method::InformUnicast).then_some(*packet.to.ip()));
    }
    let private = |n| Ipv4Addr::new(10, 66, 6, n);
    // The one without a server of its own to name counts as the sender itself.
    assert_eq!(asked[..4], [SERVER, private(1), private(2), private(3)]);
    assert_eq!(asked[4..], asked[..4], "each once more, since nobody answered");
}

#[test]
fn waking_early_or_late_is_harmless_and_nothing_counts_after_the_end() {
    let (now, mut probe, good) = asked_once();
    probe.handle(now, Input::Timeout);
    assert!(probe.deadline().is_some());
    assert!(probe.remaining(now) > Duration::from_secs(5), "it listens for at least five seconds");
    let end = now + LISTEN;
    feed(&mut probe, end, &good);
    assert!(probe.answers().is_empty() && probe.deadline().is_none());
    assert_eq!((probe.poll_transmit(end), probe.remaining(end)), (None, Duration::ZERO));
}

fn any_setup() -> impl Strategy<Value = Setup> {
    let address = prop::option::of(any::<[u8; 4]>());
    let ports = (any::<bool>(), any::<bool>(), any::<bool>());
    let servers = prop::collection::vec(any::<[u8; 4]>(), 0..10);
    (address, ports, servers, any::<[u8; 6]>(), any::<u32>(), any::<bool>()).prop_map(
        |(own, (address, any, relay), servers, mac, xid, subnet)| Setup {
            mac: Mac(mac),
            address: own.map(Into::into),
            network: own.map(|own| Subnet::of(own.into(), 24)),
            lease_server: servers.last().map(|server: &[u8; 4]| (*server).into()),
            servers: servers.into_iter().map(Into::into).collect(),
            subnet: subnet.then(|| "10.21.0.0/24".parse().unwrap()),
            vendor_class: CLASS.into(),
            xid,
            ports: Ports { address, any, relay, system: xid % 2 == 0 },
        },
    )
}

proptest! {
    #[test]
    fn whatever_it_is_told_it_sends_a_handful_of_questions_as_itself_and_never_a_request(setup in any_setup()) {
        let (mac, own, ports, named) = (setup.mac, setup.address, setup.ports, setup.servers.clone());
        prop_assume!(Probe::new(clock::now(), setup.clone()).is_ok());
        let (_, sent) = run(setup, &[]);
        prop_assert!(sent.len() <= 14, "{} packets", sent.len());
        let mut xids = BTreeMap::new();
        let mut discovers = 0;
        for (at, packet) in &sent {
            let question = Message::decode(&packet.octets).unwrap();
            prop_assert!(*at <= Duration::from_secs(3));
            prop_assert!(packet.octets.len() >= 300, "relays drop shorter ones");
            prop_assert_eq!((question.op, question.mac), (Op::Request, mac));
            let kind = question.kind().unwrap();
            prop_assert!(matches!(kind, MessageType::Discover | MessageType::Inform), "{:?}", kind);
            prop_assert_eq!(question.first(code::PARAMETER_LIST).unwrap(), [1, 3, 6, 15, 42, 66, 67, 150]);
            prop_assert_eq!(packet.to.port(), 67);
            let to = *packet.to.ip();
            prop_assert!(to == Ipv4Addr::BROADCAST || named.contains(&to), "asked {}", to);
            if kind == MessageType::Discover {
                discovers += 1;
                prop_assert!(question.broadcast && question.ciaddr.is_unspecified());
            } else {
                prop_assert_eq!(Some(question.ciaddr), own);
            }
            let open = match packet.port { Port::Address => ports.address, Port::Any => ports.any, Port::Relay => ports.relay };
            prop_assert!(open, "{:?} is closed", packet.port);
            *xids.entry(question.xid).or_insert(0) += 1;
        }
        prop_assert!(discovers <= 2, "{} DISCOVERs", discovers);
        prop_assert!(xids.values().all(|times| *times <= 2));
        let apart = sent.windows(2).all(|pair| pair[1].0 >= pair[0].0 + Duration::from_millis(100));
        prop_assert!(apart, "packets too close together: {:?}", timetable(&sent));
    }

    #[test]
    fn no_octets_whatever_make_it_panic_grow_or_send_more(
        datagrams in prop::collection::vec((any::<u32>(), prop::collection::vec(any::<u8>(), 0..700)), 0..80),
    ) {
        let (now, mut probe, good) = asked_once();
        for (seed, noise) in datagrams {
            // Half of them are good answers with noise where their options end.
            let octets = if seed % 2 == 0 { noise } else {
                let mut octets = good.encode();
                octets.truncate(240 + (seed as usize / 2) % 40);
                octets.extend(noise);
                octets
            };
            probe.handle(now, Input::Packet { from: SocketAddrV4::new(SERVER, 67), octets: &octets });
            prop_assert!(probe.answers().len() <= 48);
        }
        let kept: usize = probe.answers().iter().map(|answer| answer.option_150.len()).sum();
        prop_assert!(kept <= 48 * 1024);
        let verdict = judge(probe.answers(), &Expected { laptop: Some(LAPTOP), ..Expected::default() });
        prop_assert!(!verdict.sentence.is_empty() && !verdict.sentence.contains('\x1b'));
        prop_assert!(!verdict.notes.iter().any(|note| note.contains('\x1b')));
        let _: Vec<Answer> = probe.answers().to_vec();
        let mut more = 0;
        while probe.poll_transmit(now + Duration::from_secs(5)).is_some() {
            more += 1;
        }
        prop_assert!(more <= 3 + 8, "{} more", more);
    }
}
