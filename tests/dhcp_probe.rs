//! The probe under virtual time: its timetable, what it accepts, and what nobody can make it do.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use loadlift::dhcp::options::code;
use loadlift::dhcp::packet::Op;
use loadlift::dhcp::probe::{LISTEN, ProbeError};
use loadlift::dhcp::{
    Answer, Expected, Goal, Input, Message, MessageType, Method, Port, Ports, Probe, Setup, State, Subnet,
    Transmit, judge,
};
use loadlift::fleet::Mac;
use loadlift::platform::clock;
use proptest::prelude::*;

const MAC: Mac = Mac([0x02, 0, 0, 0, 0, 5]);
const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 5);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 1);
const ROGUE: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 2);
const CUCM: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 1, 1, 10), Ipv4Addr::new(10, 1, 1, 11)];
const CLASS: &str = "Cisco Systems, Inc. IP Phone CP-7945G";
const ALL_PORTS: Ports = Ports { address: true, any: true, relay: true };

fn setup() -> Setup {
    Setup {
        mac: MAC,
        address: Some(LAPTOP),
        servers: Vec::new(),
        subnet: None,
        vendor_class: CLASS.into(),
        xid: 0xffff_fffe, // wraps on the way
        ports: ALL_PORTS,
    }
}

/// What is odd about a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    Plain,
    /// Tells option 150 to phones alone.
    PhonesOnly,
    /// Hears nothing that is broadcast.
    FarAway,
    /// Answers for its first scope where option 118 asks for another one.
    DeafTo118,
    /// Loses the first packet of each kind.
    LosesFirst,
}

/// A DHCP server as the lab showed them.
#[derive(Clone)]
struct SimServer {
    id: Ipv4Addr,
    option_150: Vec<Ipv4Addr>,
    /// How long it checks an address before it offers it.
    offers_after: Duration,
    habit: Habit,
    /// Its other scope, for option 118.
    voice: Option<(Subnet, Vec<Ipv4Addr>)>,
}

impl SimServer {
    fn new(id: Ipv4Addr, option_150: &[Ipv4Addr]) -> Self {
        Self {
            id,
            option_150: option_150.to_vec(),
            offers_after: Duration::ZERO,
            habit: Habit::Plain,
            voice: None,
        }
    }

    fn answer(&self, sent: &Transmit, times_asked: u32) -> Option<(Duration, Vec<u8>)> {
        let to_us = *sent.to.ip() == self.id
            || (*sent.to.ip() == Ipv4Addr::BROADCAST && self.habit != Habit::FarAway);
        if !to_us || (self.habit == Habit::LosesFirst && times_asked == 1) {
            return None;
        }
        let question = Message::decode(&sent.octets).unwrap();
        let is_discover = question.kind() == Some(MessageType::Discover);
        let kind = if is_discover { MessageType::Offer } else { MessageType::Ack };
        let mut reply = Message::request(kind, question.xid, question.mac);
        reply.op = Op::Reply;
        reply.giaddr = question.giaddr;
        let asked = question.address(code::SUBNET_SELECTION).filter(|_| self.habit != Habit::DeafTo118);
        let voice = self.voice.as_ref().filter(|(subnet, _)| asked == Some(subnet.address()));
        let (net, list) = match voice {
            Some((subnet, list)) => (subnet.address().octets(), list),
            None => ([10, 20, 0, 0], &self.option_150),
        };
        if is_discover {
            reply.yiaddr = Ipv4Addr::new(net[0], net[1], net[2], 100);
            reply = reply.with(code::LEASE_TIME, 3600_u32.to_be_bytes());
        }
        reply = reply
            .with(code::SERVER_ID, self.id.octets())
            .with(code::SUBNET_MASK, [255, 255, 255, 0])
            .with(code::ROUTER, [net[0], net[1], net[2], 1]);
        let is_phone = question.first(code::VENDOR_CLASS).is_some_and(|class| class.starts_with(b"Cisco"));
        if !list.is_empty() && (is_phone || self.habit != Habit::PhonesOnly) {
            let octets: Vec<u8> = list.iter().flat_map(Ipv4Addr::octets).collect();
            reply = reply.with(code::TFTP_ADDRESSES, octets);
        }
        Some((if is_discover { self.offers_after } else { Duration::ZERO }, reply.encode()))
    }
}

/// Everything that a probe sent, with the time since its start.
type Sent = Vec<(Duration, Transmit)>;

/// Run a probe to its end against servers. Nothing sleeps.
fn run(setup: Setup, servers: &[SimServer]) -> (Probe, Sent) {
    let start = clock::now();
    let mut probe = Probe::new(start, setup).unwrap();
    let mut sent = Vec::new();
    let mut under_way: BTreeMap<(Instant, usize), (Ipv4Addr, Vec<u8>)> = BTreeMap::new();
    let mut asked: BTreeMap<(usize, Method, bool), u32> = BTreeMap::new();
    let mut now = start;
    for _ in 0..1000 {
        while let Some(packet) = probe.poll_transmit(now) {
            let is_phone = Message::decode(&packet.octets).unwrap().first(code::VENDOR_CLASS).is_some();
            for (n, server) in servers.iter().enumerate() {
                let times = asked.entry((n, packet.method, is_phone)).or_insert(0);
                *times += 1;
                if let Some((delay, octets)) = server.answer(&packet, *times) {
                    under_way.insert((now + delay, under_way.len() + sent.len() * 100), (server.id, octets));
                }
            }
            sent.push((now - start, packet));
        }
        let Some(deadline) = probe.deadline() else { return (probe, sent) };
        match under_way.first_key_value() {
            Some(((at, _), _)) if *at <= deadline => {
                let ((at, _), (from, octets)) = under_way.pop_first().unwrap();
                now = now.max(at);
                probe.handle(now, Input::Packet { from: SocketAddrV4::new(from, 67), octets: &octets });
            }
            _ => {
                now = now.max(deadline);
                probe.handle(now, Input::Timeout);
            }
        }
    }
    panic!("the probe does not end");
}

fn timetable(sent: &Sent) -> Vec<(u128, Method, Port)> {
    sent.iter().map(|(at, packet)| (at.as_millis(), packet.method, packet.port)).collect()
}

fn lists(probe: &Probe) -> Vec<(Ipv4Addr, Method, &[Ipv4Addr])> {
    probe.answers().iter().map(|a| (a.server, a.method, a.option_150.as_slice())).collect()
}

#[test]
fn where_nobody_answers_each_question_is_asked_twice_and_then_it_ends() {
    let (probe, sent) = run(Setup { servers: vec![SERVER], ..setup() }, &[]);
    let once = [
        (0, Method::InformUnicast, Port::Address),
        (100, Method::Discover, Port::Any),
        (200, Method::InformBroadcast, Port::Address),
        (300, Method::InformUnicast, Port::Address),
    ];
    let again = once.map(|(at, method, port)| (at + 2000, method, port));
    assert_eq!(timetable(&sent), [once, again].concat());
    assert!(probe.answers().is_empty() && probe.deadline().is_none());
    assert_eq!(sent[0].1.to, SocketAddrV4::new(SERVER, 67));
    assert_eq!(sent[1].1.to, SocketAddrV4::new(Ipv4Addr::BROADCAST, 67));
}

#[test]
fn what_was_answered_is_not_asked_again_but_for_the_broadcast_inform() {
    let (probe, sent) = run(Setup { servers: vec![SERVER], ..setup() }, &[SimServer::new(SERVER, &[LAPTOP])]);
    let repeated: Vec<_> = timetable(&sent).into_iter().filter(|(at, _, _)| *at >= 2000).collect();
    assert_eq!(repeated, [(2200, Method::InformBroadcast, Port::Address)]);
    let expected = Expected { laptop: Some(LAPTOP), goal: Goal::Laptop, ..Expected::default() };
    assert!(judge(probe.answers(), &expected).is_reached);
}

#[test]
fn a_server_that_pings_for_three_seconds_before_it_offers_is_heard() {
    let slow = SimServer { offers_after: Duration::from_secs(3), ..SimServer::new(SERVER, &CUCM) };
    let (probe, sent) = run(Setup { ports: Ports { any: true, ..Ports::default() }, ..setup() }, &[slow]);
    let offer = probe.answers().iter().find(|answer| answer.method == Method::Discover).unwrap();
    assert_eq!((offer.option_150.as_slice(), offer.after), (&CUCM[..], Duration::from_secs(3)));
    assert_eq!(sent.iter().filter(|(_, packet)| packet.method == Method::Discover).count(), 2);
}

#[test]
fn a_lost_question_is_made_good_by_its_repeat() {
    let lossy = SimServer { habit: Habit::LosesFirst, ..SimServer::new(SERVER, &CUCM) };
    let (probe, _) = run(setup(), &[lossy]);
    assert!(lists(&probe).contains(&(SERVER, Method::Discover, &CUCM)), "{:?}", lists(&probe));
    assert!(lists(&probe).contains(&(SERVER, Method::InformBroadcast, &CUCM)), "{:?}", lists(&probe));
}

#[test]
fn a_server_that_tells_phones_alone_is_read_right() {
    let picky = SimServer { habit: Habit::PhonesOnly, ..SimServer::new(SERVER, &CUCM) };
    let (probe, _) = run(setup(), &[picky]);
    let verdict = judge(probe.answers(), &Expected { before: Some(CUCM.to_vec()), ..Expected::default() });
    assert_eq!(verdict.state, State::CallManager);
    assert!(verdict.notes.iter().any(|note| note.contains("tells phones something else")), "{verdict:?}");
}

#[test]
fn two_servers_are_both_heard_and_their_disagreement_is_said() {
    let slow = SimServer { offers_after: Duration::from_secs(3), ..SimServer::new(SERVER, &CUCM) };
    let (probe, _) = run(setup(), &[slow, SimServer::new(ROGUE, &[LAPTOP])]);
    let verdict = judge(probe.answers(), &Expected { laptop: Some(LAPTOP), ..Expected::default() });
    assert_eq!(verdict.state, State::ServersDisagree, "{verdict:?}");
    assert!(verdict.sentence.contains("10.20.0.2 says 10.20.0.5"), "{}", verdict.sentence);
}

#[test]
fn a_far_server_is_asked_by_name_alone() {
    let far = SimServer { habit: Habit::FarAway, ..SimServer::new(SERVER, &CUCM) };
    let (probe, _) = run(Setup { servers: vec![SERVER], ..setup() }, std::slice::from_ref(&far));
    assert!(lists(&probe).iter().all(|(_, method, _)| *method == Method::InformUnicast));
    assert_eq!(probe.answers().len(), 2, "as a phone, and not as one");
    let (probe, _) = run(setup(), &[far]);
    assert!(probe.answers().is_empty());
}

#[test]
fn another_scope_is_asked_by_option_118_and_an_answer_for_the_own_one_does_not_count() {
    let voice: Subnet = "10.21.0.0/24".parse().unwrap();
    let server = SimServer { voice: Some((voice, vec![LAPTOP])), ..SimServer::new(SERVER, &CUCM) };
    let expected = Expected {
        laptop: Some(LAPTOP),
        before: Some(CUCM.to_vec()),
        subnet: Some(voice),
        goal: Goal::Laptop,
    };
    let asking = || Setup { subnet: Some(voice), ..setup() };
    let (probe, sent) = run(asking(), std::slice::from_ref(&server));
    for (_, packet) in &sent {
        let question = Message::decode(&packet.octets).unwrap();
        assert_eq!(question.address(code::SUBNET_SELECTION), Some(voice.address()));
    }
    assert!(judge(probe.answers(), &expected).is_reached);

    let (probe, _) = run(asking(), &[SimServer { habit: Habit::DeafTo118, ..server }]);
    let verdict = judge(probe.answers(), &expected);
    assert_eq!((verdict.state, verdict.is_reached), (State::NobodyAnswered, false), "{verdict:?}");
}

#[test]
fn without_port_68_it_asks_as_a_relay_and_without_an_address_by_discover_alone() {
    let relay = Ports { relay: true, ..Ports::default() };
    let (probe, sent) = run(Setup { ports: relay, ..setup() }, &[SimServer::new(SERVER, &CUCM)]);
    assert_eq!(timetable(&sent), [(0, Method::DiscoverAsRelay, Port::Relay)]);
    let question = Message::decode(&sent[0].1.octets).unwrap();
    assert_eq!((question.giaddr, question.hops), (LAPTOP, 1));
    assert_eq!(probe.answers()[0].relay, None, "we are no relay on the way");

    let (_, sent) = run(Setup { address: None, ..setup() }, &[]);
    assert!(sent.iter().all(|(_, packet)| packet.method == Method::Discover), "{sent:?}");

    let fails = |setup| Probe::new(clock::now(), setup).unwrap_err();
    assert_eq!(fails(Setup { ports: Ports::default(), ..setup() }), ProbeError::NoPort);
    let bare = Setup { address: None, ports: Ports { address: true, ..Ports::default() }, ..setup() };
    assert_eq!(fails(bare), ProbeError::NoAddress);
}

#[test]
fn what_cannot_be_sent_is_not_tried_again_and_not_claimed() {
    let start = clock::now();
    let mut probe = Probe::new(start, setup()).unwrap();
    assert!(probe.methods().contains(&Method::Discover));
    let first = probe.poll_transmit(start).unwrap();
    assert_eq!(first.method, Method::Discover);
    probe.handle(start, Input::Unsent { method: first.method, to: first.to });
    let mut later = Vec::new();
    while let Some(packet) = probe.poll_transmit(start + Duration::from_secs(5)) {
        later.push(packet.method);
    }
    assert!(!later.is_empty() && !later.contains(&Method::Discover), "{later:?}");
    assert_eq!(probe.methods(), [Method::InformBroadcast]);
}

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
            servers: servers.into_iter().map(Into::into).collect(),
            subnet: subnet.then(|| "10.21.0.0/24".parse().unwrap()),
            vendor_class: CLASS.into(),
            xid,
            ports: Ports { address, any, relay },
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
        prop_assert!(more <= 3);
    }
}
