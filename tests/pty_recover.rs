//! Recovery in a real terminal, from Welcome to Report: a load from an archive, a port of this machine, and a phone that
//! is a TFTP client of a few lines. Nothing leaves the loopback address.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

use loadlift::catalog::Catalog;
use loadlift::journal::Event;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use rustix::process::Signal;
use support::terminal::{Terminal, at_home, records};
use support::{fetch, has};

/// A made-up load of a family, packed as its archive is, where the wizard looks for loads.
fn put_load(folder: &Path, family: &str, archive: &str) -> Vec<String> {
    let files = Catalog::embedded().default_load_files(family);
    let recipe = MadeUpLoad::new(family, &files, "SCCP", "8-5-2", "8-5-2TH1-9").with_octets(200_000);
    let files = recipe.files();
    fs::create_dir_all(folder.join("loads")).unwrap();
    fs::write(folder.join("loads").join(archive), madeup::zip(&files, Packing::Deflated)).unwrap();
    // A phone asks for its default load file, and then for the images in the manifest's order.
    let images = files.iter().map(|(name, _)| name).filter(|name| !name.contains(".loads"));
    images.cloned().collect()
}

/// A port that is free on the loopback address, held until the socket is dropped.
fn taken_port() -> (UdpSocket, u16) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

fn recover(folder: &Path, port: u16) -> String {
    let program = env!("CARGO_BIN_EXE_loadlift");
    at_home(folder, &format!("{program} --port {port} --session-dir {}/sessions", folder.display()))
}

/// Put the cursor on the loopback address, wherever the list has it.
fn choose_loopback(terminal: &Terminal) {
    let mut screen = terminal.until(&["Which interface", "127.0.0.1"]);
    for _ in 0..30 {
        let cursor = |screen: &str| {
            let line = screen.lines().find(|line| line.contains("▸ □") || line.contains("▸ ■"));
            line.unwrap_or_default().to_owned()
        };
        let before = cursor(&screen);
        if before.contains("127.0.0.1") {
            return;
        }
        terminal.keys(&["Down"]);
        screen =
            terminal.until_it(&format!("the cursor leaves `{before}`"), |screen| cursor(screen) != before);
    }
    panic!("no loopback address in the list\n{screen}");
}

/// Option 150 named the call manager, and names this laptop now. Nobody answers DHCP on loopback, so it is by
/// somebody's word.
fn set_option_150(terminal: &Terminal) {
    terminal.until(&["7F000001", "Enter set it now"]);
    terminal.keys(&["Up", "Up", "Up"]);
    terminal.until(&["▸ Named before"]);
    terminal.keys(&["10.20.0.2", "Enter"]);
    terminal.until(&["Enter it is set"]);
    by_somebodys_word(terminal);
    terminal.until(&["no phone has asked yet"]);
}

fn by_somebodys_word(terminal: &Terminal) {
    terminal.until(&["override"]);
    terminal.keys(&["C-o"]);
    terminal.until(&["Because"]);
    terminal.keys(&["a bench of one machine", "Enter"]);
}

#[test]
fn a_recovery_goes_from_welcome_to_report_past_a_port_that_somebody_else_holds() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let images = put_load(folder.path(), "45", "cmterm-7945_7965-sccp.8-5-2.zip");
    let (holder, port) = taken_port();
    let terminal = Terminal::start(80, 24, &recover(folder.path(), port));
    terminal.until(&["▸ Recover phones", "Enter begin"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["8.5(2)SR1", "Enter next"]);
    terminal.keys(&["Enter"]);
    let screen = terminal.until(&["SCCP45.8-5-2S", "1 picked", "Enter next"]);
    assert!(!screen.contains("REHEARSAL"), "{screen}");
    terminal.keys(&["Enter"]);
    choose_loopback(&terminal);
    terminal.keys(&["Enter"]);
    terminal.until(&[&format!("{port}"), "taken", "Enter check again"]);
    drop(holder);
    terminal.keys(&["Enter"]);
    terminal.until(&["came back", "Enter serve here"]);
    terminal.keys(&["Enter"]);
    set_option_150(&terminal);

    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    fetch(server, "term45.default.loads").unwrap();
    for image in &images {
        fetch(server, image).unwrap();
    }
    terminal.until(&["do not unplug"]);
    terminal.keys(&["q"]);
    terminal.until(&["Leave loadlift?", "127.0.0.1", "Option 150 still names"]);
    terminal.keys(&["Escape"]);
    fetch(server, "SEP001B2AAA0001.cnf.xml").unwrap_err();
    terminal.until(&["1 of 1 phone back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.20.0.2", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    by_somebodys_word(&terminal);
    terminal.until(&["1 of 1 phone", "Enter leave"]);
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);

    let records = records(&folder.path().join("sessions"));
    assert!(matches!(&records[0].event, Event::Started { command, .. } if command == "recover"));
    for (what, is_there) in [
        (
            "the load",
            records
                .iter()
                .any(|r| matches!(&r.event, Event::LoadChosen { load, .. } if load == "SCCP45.8-5-2S")),
        ),
        ("the interface", records.iter().any(|r| matches!(r.event, Event::InterfaceChecked { .. }))),
        ("option 150", records.iter().any(|r| matches!(r.event, Event::Option150Confirmed { .. }))),
        ("option 150 back", records.iter().any(|r| matches!(r.event, Event::Option150Back { .. }))),
    ] {
        assert!(is_there, "{what} is not on record");
    }
    assert!(matches!(&records.last().unwrap().event, Event::Ended { back: 1, seen: 1, .. }));
}

#[test]
fn a_killed_recovery_is_remembered_by_the_next_start_until_it_is_settled() {
    if !has("tmux", "tmux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    put_load(folder.path(), "45", "cmterm-7945_7965-sccp.8-5-2.zip");
    let (holder, port) = taken_port();
    drop(holder);
    let terminal = Terminal::start(80, 24, &recover(folder.path(), port));
    terminal.until(&["Enter begin"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["8.5(2)SR1", "Enter next"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["1 picked", "Enter next"]);
    terminal.keys(&["Enter"]);
    choose_loopback(&terminal);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter serve here"]);
    terminal.keys(&["Enter"]);
    set_option_150(&terminal);
    terminal.signal(Signal::KILL);
    terminal.until(&["rc=137"]);

    let terminal = Terminal::start(80, 24, &recover(folder.path(), port));
    terminal.until(&["never confirmed back", "127.0.0.1", "10.20.0.2", "press b"]);
    terminal.keys(&["b"]);
    terminal.until(&["It is on record that option 150 is back"]);
    terminal.keys(&["q"]);
    terminal.is_sane(0);
    let terminal = Terminal::start(80, 24, &recover(folder.path(), port));
    terminal.until(&["no earlier session on this laptop left option 150 behind"]);
    terminal.keys(&["q"]);
    terminal.is_sane(0);
}
