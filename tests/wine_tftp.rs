//! The Windows program under Wine serves clients of this system over real UDP: foreign ones, over a link that loses, and
//! such that vanish. Whatever one of them does, the others get every octet.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod relay;
mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use loadlift::tftp::packet::{self, Packet, RequestKind};
use relay::{Relay, Weather};
use support::serving::Serving;
use support::wine::{self, UnderWine};
use support::{Fetch, fetch, has, run_within};

/// A service of a made-up load of this many octets, and what it serves.
fn serve(program: &str, folder: &Path, octets: usize) -> (UnderWine, Vec<(String, Vec<u8>)>) {
    let set = MadeUpLoad::sample().with_octets(octets);
    let archive = folder.join("cmterm-7945_7965-sccp.8-5-2.zip");
    fs::write(&archive, madeup::zip(&set.files(), Packing::Deflated)).unwrap();
    let serving = Serving::by(
        wine::command(program),
        Ipv4Addr::LOCALHOST,
        &[&wine::as_windows(&archive)],
        Path::new(&wine::as_windows(&folder.join("sessions"))),
    );
    let files = set.files().into_iter().map(|(name, octets)| (name, octets.to_vec())).collect();
    (UnderWine(serving), files)
}

/// The command of a foreign client that fetches a name into a file.
type Client<'a> = dyn Fn(&str, &str) -> Command + 'a;

#[test]
fn foreign_clients_fetch_a_whole_set_from_the_windows_program() {
    let Some(program) = wine::program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (serving, files) = serve(program, folder.path(), 600_000);
    let port = serving.0.address.port().to_string();
    let clients: [(&str, &str, &Client<'_>); 3] = [
        ("tftp", "tftp-hpa", &|name, to| {
            let mut command = Command::new("tftp");
            command.args(["-m", "binary", "127.0.0.1", &port, "-c", "get", name, to]);
            command
        }),
        ("curl", "curl", &|name, to| {
            let mut command = Command::new("curl");
            command.args(["--silent", "--show-error", "--tftp-blksize", "1428", "--output", to]);
            command.arg(format!("tftp://127.0.0.1:{port}/{name}"));
            command
        }),
        ("atftp", "atftp", &|name, to| {
            let mut command = Command::new("atftp");
            command.args(["--get", "--remote-file", name, "--local-file", to, "127.0.0.1", &port]);
            command
        }),
    ];
    for (client, package, fetch) in clients {
        if !has(client, package) {
            continue;
        }
        for (name, octets) in &files {
            let to = folder.path().join(format!("{client}-{name}"));
            let mut command = fetch(name, to.to_str().unwrap());
            run_within(60, command.current_dir(folder.path()))
                .unwrap_or_else(|e| panic!("{client}, {name}: {e}"));
            assert!(fs::read(&to).unwrap() == *octets, "{client}, {name}");
        }
    }
}

#[test]
fn a_link_that_loses_doubles_and_reorders_both_ways_costs_time_and_no_octet() {
    let Some(program) = wine::program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (serving, files) = serve(program, folder.path(), 300_000);
    let weather = Weather {
        delay: Duration::from_millis(1),
        jitter: Duration::from_millis(2),
        loss: 0.05,
        duplication: 0.02,
        reordering: 0.02,
    };
    let link = Relay::start(Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, serving.0.address, weather, 8);
    let clients = [Fetch { blksize: None, window: None }, Fetch { blksize: Some(1024), window: Some(4) }];
    thread::scope(|scope| {
        for client in clients {
            let (link, files) = (&link, &files);
            scope.spawn(move || {
                for (name, octets) in files {
                    let got =
                        client.fetch(link.front, name).unwrap_or_else(|e| panic!("{client:?}, {name}: {e}"));
                    assert!(got == *octets, "{client:?}, {name}");
                }
            });
        }
    });
    assert!(link.lost() > 10, "the link lost {} datagrams", link.lost());
}

fn request(name: &str) -> Vec<u8> {
    let mut packet = Vec::new();
    packet::encode_request(&mut packet, RequestKind::Read, name, "octet", &[]);
    packet
}

/// A client that takes so many blocks of a file and is gone, its port with it: what comes after meets nobody.
fn vanish_after(blocks: u16, server: SocketAddr, name: &str) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket.send_to(&request(name), server).unwrap();
    let mut inbox = [0; 2048];
    let mut taken = 0;
    while taken < blocks {
        let (octets, from) = socket.recv_from(&mut inbox).unwrap();
        let Ok(Packet::Data { block, .. }) = Packet::decode(&inbox[..octets]) else { panic!("no block") };
        taken = block;
        let mut ack = Vec::new();
        packet::encode_ack(&mut ack, block);
        socket.send_to(&ack, from).unwrap();
    }
}

/// On Windows "port unreachable" is an error of the server's own socket (`WSAECONNRESET`) unless it is told otherwise.
#[test]
fn clients_that_vanish_and_ports_that_answer_unreachable_end_nothing_but_their_own_transfer() {
    let Some(program) = wine::program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut serving, files) = serve(program, folder.path(), 200_000);
    let server = serving.0.address;
    let (name, octets) = files.iter().max_by_key(|(_, octets)| octets.len()).unwrap();
    thread::scope(|scope| {
        let steady = scope.spawn(|| Fetch { blksize: Some(512), window: None }.fetch(server, name));
        for _ in 0..40 {
            // Asks and is gone: already the first block meets nobody.
            vanish_after(0, server, name);
        }
        for blocks in [1, 3, 20] {
            vanish_after(blocks, server, name);
        }
        assert!(steady.join().unwrap().unwrap() == *octets, "whoever stays gets every octet");
    });
    for (name, octets) in &files {
        assert!(fetch(server, name).unwrap() == *octets, "{name}");
    }
    assert!(fetch(server, "no-such-file").unwrap_err().starts_with("error 1"));
    assert!(serving.0.process.try_wait().unwrap().is_none(), "it serves on");
}
