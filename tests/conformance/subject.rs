//! What is tried: a server, whatever it is, with a known set of files.

use std::any::Any;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use loadlift::firmware::Bundle;
use loadlift::net::tftp::{Options, Server};
use loadlift::tftp::Willing;

use crate::defect::Defect;
use crate::naive::Naive;

/// Names and sizes of the files of every subject.
pub(crate) const FILES: [(&str, usize); 8] = [
    ("empty", 0),
    ("one", 1),
    ("short", 511),
    ("exact", 1024),
    ("term45.default.loads", 660),
    ("Lines.txt", 3000),
    ("big", 100_000),
    ("wrap", 600_000),
];

/// What such a file holds. Line ends of all kinds are in it, and no two neighbouring blocks are alike.
pub(crate) fn content(name: &str) -> Vec<u8> {
    let octets = FILES.iter().find(|(known, _)| *known == name).map_or(0, |(_, octets)| *octets);
    (0..octets)
        .map(|i| match i % 89 {
            13 => b'\r',
            14 | 57 => b'\n',
            _ => u8::try_from((i * 31 + i / 251 + i / 65_536) % 256).unwrap_or(0),
        })
        .collect()
}

/// A running server.
pub(crate) struct Subject {
    pub(crate) address: SocketAddr,
    pub(crate) single_port: bool,
    /// Every socket that ever asked: its port must not be another client's while the server still repeats to it.
    pub(crate) asked_from: Mutex<Vec<UdpSocket>>,
    /// The server ends when this is dropped.
    _kept: Box<dyn Any>,
}

impl Subject {
    /// The product.
    pub(crate) fn product(single_port: bool) -> Self {
        let mut bundle = Bundle::default();
        for (name, _) in FILES {
            bundle.insert(name, content(name).into());
        }
        let willing = Willing::for_mtu(1500);
        let options = Options { address: Ipv4Addr::LOCALHOST, port: 0, single_port, willing };
        let (server, events) = Server::start(Arc::new(bundle), options).unwrap();
        let address = SocketAddr::V4(server.address());
        Self { address, single_port, asked_from: Mutex::default(), _kept: Box::new((server, events)) }
    }

    /// The small server of these tests, right or with a defect.
    pub(crate) fn naive(defect: Option<Defect>) -> Self {
        let naive = Naive::start(defect);
        Self {
            address: naive.address,
            single_port: false,
            asked_from: Mutex::default(),
            _kept: Box::new(naive),
        }
    }
}
