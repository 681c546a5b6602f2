//! Simulated phones against the plainest server that there can be, so that what they ask for is seen undisturbed.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::madeup::MadeUpLoad;
use super::wire::RunEnd;
use super::{Character, End, Server, SimPhone, Temperament, Tempo, Wire};
use crate::fleet::Mac;
use crate::tftp::packet::{self, Packet};

/// Answers each packet with the next one, repeats nothing, knows no options, forgets nobody.
#[derive(Default)]
struct Naive {
    files: BTreeMap<String, Bytes>,
    running: BTreeMap<SocketAddr, Bytes>,
    out: VecDeque<(SocketAddr, Vec<u8>)>,
    /// Who asked for what, as it was on the wire.
    asked: Vec<(IpAddr, String)>,
}

impl Naive {
    fn with(load: &MadeUpLoad) -> Self {
        let files = load.files().into_iter().map(|(name, file)| (name.to_lowercase(), file)).collect();
        Self { files, ..Self::default() }
    }

    fn send(&mut self, to: SocketAddr, block: u16) {
        let Some(file) = self.running.get(&to) else { return };
        let start = usize::from(block - 1) * 512;
        if start > file.len() {
            return;
        }
        let mut out = Vec::new();
        packet::encode_data(&mut out, block, &file[start..file.len().min(start + 512)]);
        self.out.push_back((to, out));
    }
}

impl Server for Naive {
    fn receive(&mut self, _: Instant, from: SocketAddr, _: u16, octets: &[u8]) {
        match Packet::decode(octets) {
            Ok(Packet::Read(request)) => {
                let name = String::from_utf8_lossy(request.name).into_owned();
                self.asked.push((from.ip(), name.clone()));
                if let Some(file) = self.files.get(&name.to_lowercase()) {
                    self.running.insert(from, file.clone());
                    self.send(from, 1);
                } else {
                    let mut out = Vec::new();
                    packet::encode_error(&mut out, 1, "no such file");
                    self.out.push_back((from, out));
                }
            }
            Ok(Packet::Ack { block }) => self.send(from, block + 1),
            _ => {}
        }
    }

    fn timeout(&mut self, _: Instant) {}

    fn poll_transmit(&mut self, _: Instant, out: &mut Vec<u8>) -> Option<(u16, SocketAddr)> {
        let (to, packet) = self.out.pop_front()?;
        *out = packet;
        Some((4000, to))
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }
}

fn phone(now: Instant, temperament: Temperament, seed: u64) -> SimPhone {
    let who = Character {
        model: "7945G".into(),
        default_load_file: "term45.default.loads".into(),
        mac: Mac([2, 0x79, 0, 0, 0, 1]),
        addresses: [Ipv4Addr::new(10, 1, 1, 7).into(), Ipv4Addr::new(10, 1, 1, 8).into()],
        temperament,
    };
    SimPhone::new(now, who, Tempo::LIFE, seed)
}

/// A phone's whole life on a perfect network.
fn play(server: &mut Naive, temperament: Temperament) -> (SimPhone, RunEnd) {
    #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
    let now = Instant::now();
    let mut phones = [phone(now, temperament, 1)];
    let run = Wire::seeded(1, now).run(server, &mut phones, Duration::from_secs(7200));
    let [phone] = phones;
    (phone, run)
}

const LOAD: [&str; 6] = [
    "term45.default.loads",
    "jar45sccp.8-5-2TH1-9.sbn",
    "cnu45.8-5-2TH1-9.sbn",
    "apps45.8-5-2TH1-9.sbn",
    "dsp45.8-5-2TH1-9.sbn",
    "cvm45sccp.8-5-2TH1-9.sbn",
];
const START: [&str; 5] = [
    "CTLSEP027900000001.tlv",
    "ITLSEP027900000001.tlv",
    "ITLFile.tlv",
    "SEP027900000001.cnf.xml",
    "XMLDefault.cnf.xml",
];

#[test]
fn a_polite_phone_asks_in_the_order_of_real_ones() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    let (phone, run) = play(&mut server, Temperament::Polite);
    assert_eq!(phone.asked(), [&LOAD[..], &START].concat());
    assert_eq!((phone.end(), phone.done(), run.quiet), (Some(&End::Back), true, true));
    assert_eq!(phone.flash().len(), LOAD.len());
    assert!(run.took > Duration::from_secs(60), "it has to restart: {:?}", run.took);
}

#[test]
fn a_phone_with_settings_of_its_own_does_not_ask_for_the_default_ones() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    server.files.insert(START[3].to_lowercase(), Bytes::from_static(b"<device/>"));
    let (phone, _) = play(&mut server, Temperament::Polite);
    assert_eq!(phone.asked(), [&LOAD[..], &START[..4]].concat());
}

#[test]
fn the_order_is_that_of_the_list_and_not_a_habit() {
    let load = MadeUpLoad::new("70", &["term45.default.loads"], "SIP", "8-4-2", "8-4-1-23")
        .with_octets(20_000)
        .with_capital_jar();
    let mut server = Naive::with(&load);
    let (phone, _) = play(&mut server, Temperament::Polite);
    assert_eq!(phone.asked()[1..3], ["Jar70sip.8-4-1-23.sbn", "cnu70.8-4-1-23.sbn"]);
    assert_eq!(phone.end(), Some(&End::Back));
}

#[test]
fn a_capital_j_is_asked_for_whatever_the_list_says() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    let (phone, _) = play(&mut server, Temperament::CapitalJ);
    assert_eq!(phone.asked()[1], "Jar45sccp.8-5-2TH1-9.sbn");
}

#[test]
fn a_rejecting_phone_asks_for_the_list_in_pairs_and_for_no_image() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    let (phone, run) = play(&mut server, Temperament::Rejecting);
    assert_eq!(phone.asked(), [LOAD[0]; 4]);
    assert_eq!(phone.end(), Some(&End::Rejected));
    assert!((90..300).contains(&run.took.as_secs()), "{:?}", run.took);
}

#[test]
fn a_phone_that_moves_was_known_before_its_reset_and_has_another_address_after_its_restart() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    let (phone, _) = play(&mut server, Temperament::NewAddress);
    assert_eq!(phone.asked(), [&START[..], &LOAD, &START].concat());
    let old = IpAddr::from(Ipv4Addr::new(10, 1, 1, 7));
    let from_old = server.asked.iter().filter(|(from, _)| *from == old).count();
    assert_eq!((from_old, server.asked.len()), (11, 16));
}

#[test]
fn a_size_probing_phone_asks_for_each_file_twice() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    let (phone, _) = play(&mut server, Temperament::SizeProbing);
    assert_eq!(phone.asked()[..4], [LOAD[0], LOAD[0], LOAD[1], LOAD[1]]);
    assert_eq!((phone.end(), phone.flash().len()), (Some(&End::Back), 6));
}

#[test]
fn an_unplugged_phone_stops_in_the_middle_and_a_mute_one_at_once() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    let (phone, run) = play(&mut server, Temperament::Unplugged);
    let Some(End::Unplugged(image)) = phone.end() else { panic!("{:?}", phone.end()) };
    assert_eq!(phone.asked().last(), Some(image));
    assert!(phone.flash().iter().all(|flashed| flashed.name != *image));
    assert!(run.quiet && phone.deadline().is_none());
    let last = u32::try_from(phone.asked().len() - 1).unwrap();
    assert!(phone.has_left(last) && !phone.is_open(last), "the server goes on speaking to its port");

    let (phone, _) = play(&mut server, Temperament::Mute);
    assert!(phone.has_left(0) && !phone.is_open(0));
    assert_eq!(
        (phone.asked(), phone.end(), phone.flash().len()),
        (&[LOAD[0].to_owned()][..], Some(&End::Mute), 0)
    );
}

#[test]
fn after_a_refused_image_it_glances_at_the_next_and_stops() {
    let mut server = Naive::with(&MadeUpLoad::sample());
    server.files.remove(&LOAD[1].to_lowercase());
    let (phone, _) = play(&mut server, Temperament::Polite);
    assert_eq!(phone.asked(), &LOAD[..3]);
    assert_eq!((phone.end(), phone.flash().len()), (Some(&End::Missing(LOAD[1].into())), 1));
    assert_eq!(
        [0, 1, 2].map(|port| phone.has_left(port)),
        [false, false, true],
        "only the one of the glance"
    );
}

#[test]
fn without_its_list_or_with_a_spoilt_one_it_gets_nowhere() {
    let mut server = Naive::default();
    let (phone, _) = play(&mut server, Temperament::Polite);
    assert_eq!(
        (phone.asked(), phone.end()),
        (&[LOAD[0].to_owned(), LOAD[0].into()][..], Some(&End::Missing(LOAD[0].into())))
    );

    server.files.insert(LOAD[0].into(), Bytes::from_static(b"<html>not found</html>"));
    let (phone, _) = play(&mut server, Temperament::Polite);
    assert_eq!(phone.end(), Some(&End::Unreadable));
}

#[test]
fn a_server_that_never_answers_is_given_up_after_some_restarts() {
    struct Deaf;
    impl Server for Deaf {
        fn receive(&mut self, _: Instant, _: SocketAddr, _: u16, _: &[u8]) {}
        fn timeout(&mut self, _: Instant) {}
        fn poll_transmit(&mut self, _: Instant, _: &mut Vec<u8>) -> Option<(u16, SocketAddr)> {
            None
        }
        fn deadline(&self) -> Option<Instant> {
            None
        }
    }
    #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
    let now = Instant::now();
    let mut phones = [phone(now, Temperament::Polite, 1)];
    let run = Wire::seeded(1, now).run(&mut Deaf, &mut phones, Duration::from_secs(7200));
    assert_eq!((phones[0].end(), run.quiet), (Some(&End::Unanswered(LOAD[0].into())), true));
}

#[test]
fn the_same_seed_gives_the_same_run_and_a_lossy_wire_loses_its_share() {
    #[expect(clippy::disallowed_methods, reason = "an arbitrary origin; from there on time is virtual")]
    let now = Instant::now();
    let run = |seed| {
        let mut phones = [phone(now, Temperament::Slow, seed)];
        let wire = Wire::seeded(seed, now).losing(0.1).doubling(0.1).reordering(0.1);
        let mut wire = wire.delaying(Duration::from_millis(1), Duration::from_millis(1));
        wire.run(&mut Naive::with(&MadeUpLoad::sample()), &mut phones, Duration::from_secs(7200))
    };
    let first = run(1);
    assert_eq!(run(1), first);
    assert_ne!(run(2), first);
    let share = first.lost as f64 / first.sent as f64;
    assert!((0.05..0.15).contains(&share), "{first:?}");
}
