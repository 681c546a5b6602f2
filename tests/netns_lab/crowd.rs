//! Phones of a bench as one program plays them, each with a MAC and an address of its own: each asks DHCP, and begins
//! with its files as soon as it has its address, whatever the others do.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use loadlift::dhcp::options::code;
use loadlift::dhcp::{Message, MessageType};
use loadlift::fleet::Mac;
use loadlift::net::phones::Players;
use loadlift::platform::clock;
use loadlift::rehearsal::{Character, SimPhone, Temperament, Tempo};
use socket2::{Domain, Socket, Type};

use super::wait_for;

pub(crate) const CLASS: &str = "Cisco Systems, Inc. IP Phone CP-7945G";
/// Phones that are switched on in the same second begin one after another.
const APART: Duration = Duration::from_millis(3);
/// A phone that heard nothing asks again.
const AGAIN: Duration = Duration::from_secs(4);
/// The longest that DHCP may take for all of them.
const PATIENCE: Duration = Duration::from_secs(90);

/// How it went.
pub(crate) struct Crowd {
    /// Who got which address.
    pub(crate) given: BTreeMap<Mac, Ipv4Addr>,
    /// The phones at their end.
    pub(crate) phones: Vec<SimPhone>,
    /// Until the first phone began with its files, until the last one had its address, until all were through.
    pub(crate) first_file: Duration,
    pub(crate) last_address: Duration,
    pub(crate) through: Duration,
}

fn mac(n: u16) -> Mac {
    let [high, low] = n.to_be_bytes();
    Mac([0x00, 0x1b, 0x2a, 0xbb, high, low])
}

/// So many phones come up at the card `eth0` of the namespace in which this runs, which has no address of its own.
pub(crate) fn comes_up(count: u16, server: Ipv4Addr, prefix: u8) -> Crowd {
    let began = clock::now();
    let (leased, ready) = channel();
    let loading = std::thread::spawn(move || {
        let mut first = None;
        let phones = load(&ready, server, prefix, || {
            first.get_or_insert_with(|| began.elapsed());
        });
        (phones, first.unwrap_or_default())
    });
    let given = all_ask(count, server, |mac, address| leased.send((mac, address)).unwrap());
    let last_address = began.elapsed();
    drop(leased);
    let (phones, first_file) = loading.join().unwrap();
    Crowd { given, phones, first_file, last_address, through: began.elapsed() }
}

/// Each phone asks, takes its offer, and asks again where an answer was lost. `leased` hears of each at once.
fn all_ask(count: u16, server: Ipv4Addr, leased: impl Fn(Mac, Ipv4Addr)) -> BTreeMap<Mac, Ipv4Addr> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
    socket.set_broadcast(true).unwrap();
    socket.bind_device(Some(b"eth0")).unwrap();
    socket.set_recv_buffer_size(4 << 20).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 68)).into()).unwrap();
    let socket: UdpSocket = socket.into();
    socket.set_read_timeout(Some(APART)).unwrap();
    let says = |kind: u8, mac: Mac| {
        let xid = u32::from(u16::from_be_bytes([mac.0[4], mac.0[5]]));
        Message::request(MessageType::Other(kind), 7_000 + xid, mac)
            .with(code::VENDOR_CLASS, CLASS.as_bytes())
            .with(code::PARAMETER_LIST, [1, 66, 6, 3, 15, 150, 35])
    };
    let send = |message: &Message| {
        socket.send_to(&message.encode(), (Ipv4Addr::BROADCAST, 67)).unwrap();
    };
    let began = clock::now();
    let mut due: Vec<_> = (0..count).map(|n| began + APART * u32::from(n)).collect();
    let mut given = BTreeMap::new();
    let mut inbox = [0; 2048];
    while given.len() < usize::from(count) && began.elapsed() < PATIENCE {
        for n in 0..count {
            let at = &mut due[usize::from(n)];
            if *at <= clock::now() && !given.contains_key(&mac(n)) {
                *at = clock::now() + AGAIN;
                send(&says(1, mac(n)));
            }
        }
        let Ok((octets, _)) = socket.recv_from(&mut inbox) else { continue };
        let Ok(reply) = Message::decode(&inbox[..octets]) else { continue };
        match reply.kind() {
            Some(MessageType::Offer) => {
                let request = says(3, reply.mac).with(50, reply.yiaddr.octets());
                send(&request.with(code::SERVER_ID, server.octets()));
            }
            Some(MessageType::Ack) if given.insert(reply.mac, reply.yiaddr).is_none() => {
                leased(reply.mac, reply.yiaddr);
            }
            _ => {}
        }
    }
    given
}

/// Give the card the address of each phone that has one now, and let the phone begin.
fn load(
    ready: &Receiver<(Mac, Ipv4Addr)>,
    server: Ipv4Addr,
    prefix: u8,
    mut begins: impl FnMut(),
) -> Vec<SimPhone> {
    let mut ip = Command::new("ip").args(["-batch", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut commands = ip.stdin.take().unwrap();
    let mut plays = Vec::new();
    while let Ok(first) = ready.recv() {
        let group: Vec<_> = std::iter::once(first).chain(ready.try_iter()).collect();
        for (_, address) in &group {
            writeln!(commands, "addr add {address}/{prefix} dev eth0").unwrap();
        }
        commands.flush().unwrap();
        for (_, address) in &group {
            wait_for("the phone's address", || UdpSocket::bind((*address, 0)).ok());
        }
        let phones = group.into_iter().map(|(mac, address)| phone(mac, address)).collect();
        begins();
        plays.push(
            Players::start(phones, SocketAddrV4::new(server, 69), 0.0, 1, std::sync::Arc::default()).unwrap(),
        );
    }
    drop(commands);
    assert!(ip.wait().unwrap().success(), "an address could not be set");
    let ended = plays.into_iter().flat_map(|(players, through)| {
        let phones = through.blocking_recv().unwrap();
        drop(players);
        phones
    });
    ended.collect()
}

/// A polite phone at that address, sixty times faster than life.
fn phone(mac: Mac, address: Ipv4Addr) -> SimPhone {
    let who = Character {
        model: "7945G".into(),
        default_load_file: "term45.default.loads".into(),
        mac,
        addresses: [address.into(), address.into()],
        temperament: Temperament::Polite,
    };
    SimPhone::new(clock::now(), who, Tempo::times(60.0), u64::from(mac.0[5]))
}
