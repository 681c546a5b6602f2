//! The driver over real sockets on loopback: bursts, vanished clients, stopping.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use loadlift::firmware::Bundle;
use loadlift::net::tftp::{FromWire, Options, Server};
use loadlift::tftp::packet::{self, Packet, RequestKind};
use loadlift::tftp::{Event, Outcome, Willing};
use support::fetch;
use tokio::sync::mpsc::UnboundedReceiver;

fn start(single_port: bool, port: u16) -> (Server, UnboundedReceiver<FromWire>, SocketAddr) {
    let mut bundle = Bundle::default();
    bundle.insert("a", Bytes::from(vec![7; 100_000]));
    let options =
        Options { address: Ipv4Addr::LOCALHOST, port, single_port, willing: Willing::for_mtu(1500) };
    let (server, events) = Server::start(Arc::new(bundle), options).unwrap();
    let address = SocketAddr::V4(server.address());
    (server, events, address)
}

fn request(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    packet::encode_request(&mut out, RequestKind::Read, name, "octet", &[]);
    out
}

#[test]
fn a_server_that_is_dropped_gives_its_port_back_at_once() {
    let (server, _events, address) = start(false, 0);
    assert_eq!(fetch(address, "a").unwrap().len(), 100_000);
    drop(server);
    let (_server, _events, again) = start(false, address.port());
    assert_eq!(again, address);
    assert_eq!(fetch(again, "A").unwrap().len(), 100_000);
}

#[test]
fn a_client_that_closes_its_port_disturbs_nobody() {
    for single_port in [false, true] {
        let (_server, _events, address) = start(single_port, 0);
        for _ in 0..20 {
            // Asks and is gone: the server's blocks meet "port unreachable".
            let gone = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            gone.send_to(&request("a"), address).unwrap();
        }
        assert_eq!(fetch(address, "a").unwrap().len(), 100_000, "single port: {single_port}");
    }
}

#[test]
fn the_session_hears_of_each_beginning_and_each_end() {
    let (server, mut events, address) = start(false, 0);
    fetch(address, "a").unwrap();
    fetch(address, "b").unwrap_err();
    let mut told = Vec::new();
    while told.len() < 3 {
        if let Some(FromWire::Event(_, event)) = events.blocking_recv() {
            told.push(match event {
                Event::Began { file, octets, .. } => format!("began {file} {octets}"),
                Event::Ended { outcome, octets, .. } => {
                    assert_eq!(outcome, Outcome::Served);
                    format!("served {octets}")
                }
                Event::Refused { file, .. } => format!("refused {file}"),
            });
        }
    }
    // The last ACK and the next request arrive at different ports, so either may be read first.
    told.sort();
    assert_eq!(told, ["began a 100000", "refused b", "served 100000"]);
    drop(server);
    assert!(events.blocking_recv().is_none(), "the channel ends with the server");
}

#[test]
fn a_thousand_requests_in_one_instant_are_all_answered() {
    let root = std::process::Command::new("id").arg("-u").output();
    if cfg!(target_os = "linux") && !root.is_ok_and(|id| id.stdout == b"0\n") {
        eprintln!("skipped: without root Linux keeps the receive buffer small (net.core.rmem_max)");
        return;
    }
    let (_server, _events, address) = start(false, 0);
    let sockets: Vec<_> = (0..10)
        .map(|_| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            socket
        })
        .collect();
    for n in 0..1000 {
        sockets[n % 10].send_to(&request(&format!("no-{n}")), address).unwrap();
    }
    let mut inbox = [0; 600];
    for (n, socket) in sockets.iter().enumerate() {
        for answer in 0..100 {
            let octets =
                socket.recv(&mut inbox).unwrap_or_else(|e| panic!("socket {n}, answer {answer}: {e}"));
            assert!(matches!(Packet::decode(&inbox[..octets]), Ok(Packet::Error { code: 1, .. })));
        }
    }
}
