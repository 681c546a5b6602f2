//! The probe under virtual time: its timetable, and what it makes of honest servers.

mod sim_dhcp;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use loadlift::dhcp::options::code;
use loadlift::dhcp::{
    Expected, Goal, Input, Message, Method, Port, Ports, Probe, ProbeError, RawOption, Setup, State, Subnet,
    judge,
};
use loadlift::platform::clock;
use sim_dhcp::{ALL_PORTS, CUCM, Habit, LAPTOP, ROGUE, SERVER, SimServer, run, setup, timetable};

fn lists(probe: &Probe) -> Vec<(Ipv4Addr, Method, &[Ipv4Addr])> {
    probe.answers().iter().map(|a| (a.server, a.method, a.option_150.as_slice())).collect()
}

#[test]
fn where_nobody_answers_each_question_is_asked_twice_and_then_it_ends() {
    let (probe, sent) = run(Setup { servers: vec![SERVER], ..setup() }, &[]);
    let once = [
        (0, Method::InformUnicast, Port::Address),
        (100, Method::InformBroadcast, Port::Address),
        (200, Method::InformUnicast, Port::Address),
        (300, Method::Discover, Port::Any),
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
    // Four questions, as the server was known by name, and none that its answers gave rise to.
    assert_eq!(sent.len(), 5, "{:?}", timetable(&sent));
    assert_eq!(repeated, [(2100, Method::InformBroadcast, Port::Address)]);
    let expected = Expected { laptop: Some(LAPTOP), goal: Goal::Laptop, ..Expected::default() };
    assert!(judge(probe.answers(), &expected).is_reached);
}

#[test]
fn a_server_that_pings_for_three_seconds_before_it_offers_is_heard() {
    let slow = SimServer { offers_after: Duration::from_secs(3), ..SimServer::new(SERVER, &CUCM) };
    let (probe, sent) = run(Setup { ports: Ports { any: true, ..Ports::default() }, ..setup() }, &[slow]);
    let offer = probe.answers().iter().find(|answer| answer.method == Method::Discover).unwrap();
    assert_eq!((offer.option_150.as_slice(), offer.after), (&CUCM[..], Duration::from_millis(3200)));
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
    let named = Setup { servers: vec![SERVER], ..setup() };
    let of_lease = Setup { lease_server: Some(SERVER), ..setup() };
    let both = Setup { servers: vec![SERVER], lease_server: Some(SERVER), ..setup() };
    for known in [named, of_lease, both] {
        let (probe, _) = run(known, std::slice::from_ref(&far));
        assert!(lists(&probe).iter().all(|(_, method, _)| *method == Method::InformUnicast));
        assert_eq!(probe.answers().len(), 2, "as a phone, and not as one");
    }
    let (probe, _) = run(setup(), &[far]);
    assert!(probe.answers().is_empty());
}

#[test]
fn a_server_that_shows_itself_is_asked_by_name_as_well_and_apart_from_the_rest() {
    let (probe, sent) = run(setup(), &[SimServer::new(SERVER, &CUCM), SimServer::new(ROGUE, &[LAPTOP])]);
    let named: Vec<_> = sent
        .iter()
        .filter(|(_, packet)| packet.method == Method::InformUnicast)
        .map(|(_, p)| *p.to.ip())
        .collect();
    assert_eq!(named, [SERVER, ROGUE], "once each, since each answered");
    let by_name = probe.answers().iter().filter(|answer| answer.method == Method::InformUnicast);
    assert_eq!(by_name.map(|answer| answer.server).collect::<Vec<_>>(), [SERVER, ROGUE]);
    let apart = sent.windows(2).all(|pair| pair[1].0 >= pair[0].0 + Duration::from_millis(100));
    assert!(apart, "{:?}", timetable(&sent));
}

#[test]
fn the_systems_own_client_is_asked_where_nobody_answers_or_no_port_is_open_and_its_word_proves_nothing() {
    let with_system = |ports| Setup { ports: Ports { system: true, ..ports }, ..setup() };
    let start = clock::now();
    let late = start + Duration::from_millis(3500);
    let mut probe = Probe::new(start, with_system(ALL_PORTS)).unwrap();
    while probe.poll_transmit(start).is_some() {}
    assert!(!probe.poll_system(start), "questions of our own first");
    while probe.poll_transmit(late).is_some() {}
    assert_eq!(probe.deadline(), Some(late));
    assert!(probe.poll_system(late) && !probe.poll_system(late), "once");

    let (probe, _) = run(with_system(ALL_PORTS), &[SimServer::new(SERVER, &CUCM)]);
    assert!(!probe.methods().contains(&Method::System), "somebody answered");

    let alone = Setup { lease_server: Some(SERVER), ..with_system(Ports::default()) };
    let mut probe = Probe::new(start, alone).unwrap();
    assert!(probe.poll_transmit(start).is_none() && probe.poll_system(start));
    let router = RawOption { code: code::ROUTER, data: SERVER.octets().to_vec() };
    probe.handle(late, Input::System { options: &[router] });
    assert!(probe.answers().is_empty(), "a memory of other things is no word on option 150");
    let options = [
        RawOption { code: code::TFTP_ADDRESSES, data: LAPTOP.octets().to_vec() },
        RawOption { code: code::ROUTER, data: SERVER.octets().to_vec() },
    ];
    probe.handle(late, Input::System { options: &options });
    assert_eq!(
        (lists(&probe).as_slice(), probe.methods()),
        (&[(SERVER, Method::System, &[LAPTOP][..])][..], vec![Method::System])
    );
    let answer = &probe.answers()[0];
    assert_eq!((answer.as_phone, answer.relay, answer.scope), (false, None, setup().network));
    let expected = Expected { laptop: Some(LAPTOP), goal: Goal::Laptop, ..Expected::default() };
    let verdict = judge(probe.answers(), &expected);
    assert_eq!((verdict.state, verdict.is_reached), (State::ThisLaptop, false), "it may be a memory");
    assert!(verdict.notes.iter().any(|note| note.contains("from memory")), "{:?}", verdict.notes);
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

    let far: Ipv4Addr = [10, 30, 0, 1].into();
    let (_, sent) = run(Setup { ports: relay, lease_server: Some(far), ..setup() }, &[]);
    assert_eq!(*sent[0].1.to.ip(), far, "no router passes on what claims to come from one");
    let (_, sent) = run(Setup { ports: relay, lease_server: Some(SERVER), ..setup() }, &[]);
    assert_eq!(*sent[0].1.to.ip(), Ipv4Addr::BROADCAST, "a second server here is to be heard as well");

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
    let now = start + Duration::from_millis(200);
    let sent: Vec<_> = std::iter::from_fn(|| probe.poll_transmit(now)).collect();
    let discover = sent.last().unwrap();
    assert_eq!((sent.len(), discover.method), (3, Method::Discover));
    probe.handle(now, Input::Unsent { method: discover.method, to: discover.to });
    let mut later = Vec::new();
    while let Some(packet) = probe.poll_transmit(start + Duration::from_secs(5)) {
        later.push(packet.method);
    }
    assert!(!later.is_empty() && !later.contains(&Method::Discover), "{later:?}");
    assert_eq!(probe.methods(), [Method::InformBroadcast]);
}
