//! The isolated bench by hand, in a real terminal and in network namespaces that the test makes and takes away itself:
//! the wizard from a card without an address to phones that came up by DHCP and were loaded, and what `serve --bench`
//! takes for a yes. Linux and root; needs `tmux`. Nothing outside the namespaces is touched.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod netns_lab;
mod support;

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use loadlift::catalog::Catalog;
use loadlift::dhcp::{Message, MessageType, options::code};
use loadlift::fleet::Mac;
use loadlift::journal::{Dhcp, Event, Record};
use loadlift::rehearsal::End;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use netns_lab::{Lab, crowd, wait_for};
use support::has;
use support::terminal::{Terminal, records};
use support::walk::to_the_interface;

/// What a card without an address is offered.
const OFFERED: Ipv4Addr = Ipv4Addr::new(10, 150, 0, 1);
const PHONES: u16 = 3;

/// A bench: a laptop whose wired card has no address, and a place where the phones are.
fn bench() -> Lab {
    let lab = Lab::new();
    lab.ip("lap", &["addr", "flush", "dev", "eth0"]);
    lab.ip("srv", &["addr", "flush", "dev", "eth0"]);
    lab.ip("rogue", &["addr", "flush", "dev", "eth0"]);
    let files = Catalog::embedded().default_load_files("45");
    let load = MadeUpLoad::new("45", &files, "SCCP", "8-5-2", "8-5-2TH1-9").with_octets(60_000);
    let folder = lab.file("work");
    fs::create_dir_all(&folder).unwrap();
    let zip = folder.join(format!("{}.zip", load.load_name()));
    fs::write(zip, madeup::zip(&load.files(), Packing::Deflated)).unwrap();
    lab
}

/// The program on the laptop, in a terminal.
fn terminal(lab: &Lab, words: &str) -> Terminal {
    let program = format!(
        "env -C {folder} HOME={folder} ip netns exec {space} {program} {words}",
        folder = lab.file("work").display(),
        space = lab.space("lap"),
        program = env!("CARGO_BIN_EXE_loadlift"),
    );
    Terminal::start(100, 30, &program)
}

fn sessions(lab: &Lab) -> PathBuf {
    lab.file("sessions")
}

/// What a command at the laptop says.
fn says(lab: &Lab, program: &str, words: &[&str]) -> String {
    let output = lab.inside("lap", program).args(words).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn addresses(lab: &Lab) -> String {
    says(lab, "ip", &["-4", "-o", "addr", "show", "dev", "eth0"])
}

/// Whether somebody at the laptop holds the port of DHCP servers.
fn dhcp_is_on(lab: &Lab) -> bool {
    says(lab, "cat", &["/proc/net/udp"]).contains(":0043 ")
}

fn dhcp(records: &[Record]) -> Vec<&Dhcp> {
    let dhcp = records.iter().filter_map(|record| match &record.event {
        Event::Dhcp(dhcp) => Some(dhcp),
        _ => None,
    });
    dhcp.collect()
}

/// A laptop of somebody's asks for an address, once.
fn a_stranger_asks(lab: &Lab) {
    lab.at("srv", || {
        let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        socket.set_broadcast(true).unwrap();
        socket2::SockRef::from(&socket).bind_device(Some(b"eth0")).unwrap();
        let message = Message::request(MessageType::Discover, 9, Mac([2, 0, 0, 0, 0, 9]))
            .with(code::VENDOR_CLASS, *b"MSFT 5.0");
        socket.send_to(&message.encode(), (Ipv4Addr::BROADCAST, 67)).unwrap();
    });
}

#[test]
#[ignore = "needs root"]
fn the_wizard_sets_an_address_becomes_the_dhcp_server_recovers_phones_and_leaves_all_as_it_was() {
    if !has("tmux", "tmux") {
        return;
    }
    let lab = bench();
    let list: Vec<String> = (0..PHONES).map(|n| format!("001B2ABB{n:04X} 7945G")).collect();
    fs::write(lab.file("work/floor.txt"), list.join("\n")).unwrap();
    let terminal = terminal(&lab, &format!("--phones floor.txt --session-dir {}", sessions(&lab).display()));
    to_the_interface(&terminal);

    // A card without an address gets one, after the command was seen; a no changes nothing.
    terminal.until(&["eth0 has no address", "a set an address"]);
    terminal.keys(&["a"]);
    terminal.until(&["ip address add 10.150.0.1/22 dev eth0", "ip address del 10.150.0.1/22 dev eth0"]);
    terminal.keys(&["Escape"]);
    terminal.until(&["Which interface do the phones hang on?"]);
    assert_eq!(addresses(&lab), "");
    terminal.keys(&["a"]);
    terminal.until(&["Enter  run it"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Which interface do the phones hang on?", "10.150.0.1/22"]);
    assert!(addresses(&lab).contains("10.150.0.1/22"));
    terminal.keys(&["n"]);
    terminal.until(&["[x] Phones that still boot", "to the 3 listed", "Not seen on hardware by us"]);
    terminal.keys(&["Home"]);
    terminal.until_it("the cursor is on the new address", |screen| {
        screen.lines().any(|line| line.contains('▸') && line.contains("10.150.0.1/22"))
    });
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter serve here"]);
    terminal.keys(&["Enter"]);

    // The bench is begun only by a yes of its own.
    terminal.until(&["No DHCP server here?"]);
    terminal.keys(&["b"]);
    terminal.until(&[
        "Is this bench cut off from every other network?",
        "10.150.0.1 on eth0",
        "The 3 phones on",
    ]);
    terminal.keys(&["Escape"]);
    terminal.until(&["No DHCP server here?"]);
    assert!(!dhcp_is_on(&lab), "nobody said yes");
    terminal.keys(&["b"]);
    terminal.until(&["Enter  yes, it is cut off"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["listening for other DHCP servers"]);
    terminal.until(&["[DHCP ON 10.150.0.1]", "No phone has asked yet"]);
    assert!(dhcp_is_on(&lab));

    // Somebody's laptop gets no answer and is let in by hand; the phones come up and are loaded.
    a_stranger_asks(&lab);
    terminal.until(&["i let in"]);
    terminal.keys(&["i"]);
    terminal.until(&["Answer this client too?", "020000000009 says MSFT 5.0"]);
    terminal.keys(&["Enter"]);
    let came = lab.at("srv", || crowd::comes_up(PHONES, OFFERED, 22));
    // On the list each has an address of its own.
    let own: Vec<Ipv4Addr> = (2..).take(usize::from(PHONES)).map(|n| Ipv4Addr::new(10, 150, 0, n)).collect();
    assert_eq!(came.given.values().copied().collect::<Vec<_>>(), own);
    assert!(came.phones.iter().all(|phone| phone.end() == Some(&End::Back)), "{:?}", came.given);
    terminal.until(&["3 of 3 phones back"]);
    terminal.resize(50, 12);
    terminal.until(&["DHCP ON 10.150.0.1"]);
    terminal.resize(100, 30);
    terminal.until(&["3 of 3 phones back", "Enter phones are done"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["The phones go to their own network.", "[DHCP ON 10.150.0.1]", "Enter end DHCP"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["The report", "DHCP OFF: the job is over", "Enter leave"]);
    wait_for("the port of DHCP servers given back", || (!dhcp_is_on(&lab)).then_some(()));
    assert!(addresses(&lab).contains("10.150.0.1/22"), "files are served until the end");
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);
    assert_eq!(addresses(&lab), "", "the address was taken away");

    let records = records(&sessions(&lab));
    let told = dhcp(&records);
    let count = |is_it: fn(&Dhcp) -> bool| told.iter().filter(|dhcp| is_it(dhcp)).count();
    assert_eq!(count(|dhcp| matches!(dhcp, Dhcp::AddressSet { prefix: 22, .. })), 1, "{told:?}");
    assert_eq!(count(|dhcp| matches!(dhcp, Dhcp::Started { .. })), 1, "{told:?}");
    assert_eq!(count(|dhcp| matches!(dhcp, Dhcp::LetIn { .. })), 1, "{told:?}");
    assert_eq!(count(|dhcp| matches!(dhcp, Dhcp::Leased { .. })), usize::from(PHONES), "{told:?}");
    assert_eq!(count(|dhcp| matches!(dhcp, Dhcp::Stopped { .. })), 1, "{told:?}");
    assert!(matches!(told.last(), Some(Dhcp::AddressRemoved { .. })), "{told:?}");
    let offered = records.iter().find_map(|record| match &record.event {
        Event::ConfigurationOffered { phones, .. } => Some(phones.len()),
        _ => None,
    });
    assert_eq!(offered, Some(usize::from(PHONES)));
    let ended = records.iter().rev().find_map(|record| match &record.event {
        Event::Ended { back, seen, undone } => Some((*back, *seen, undone.clone())),
        _ => None,
    });
    let (back, seen, undone) = ended.unwrap();
    assert_eq!((back, seen), (usize::from(PHONES), usize::from(PHONES)));
    assert!(!undone.iter().any(|line| line.contains("Option 150")), "{undone:?}");
}

/// What is typed for a yes where the command asks for one. With an address that is to be set it asks twice.
#[test]
#[ignore = "needs root"]
fn serve_bench_takes_yes_for_a_yes_and_nothing_else() {
    if !has("tmux", "tmux") {
        return;
    }
    let lab = bench();
    let words = format!(
        "serve SCCP45.8-5-2S.zip --bench --interface eth0 --set-address 10.150.0.1/22 --session-dir {}",
        sessions(&lab).display()
    );
    for word in ["", "y", "no", "yes please", "ja"] {
        let terminal = terminal(&lab, &words);
        terminal.until(&["ip address add 10.150.0.1/22 dev eth0", "Run it?", "Type `yes` and Enter:"]);
        if !word.is_empty() {
            terminal.keys(&[word]);
        }
        terminal.keys(&["Enter"]);
        let screen = terminal.until(&["was not confirmed", "it-is-over"]);
        assert!(screen.contains("rc=2"), "`{word}`: {screen}");
        assert_eq!(addresses(&lab), "", "`{word}` set an address");
    }
    // A yes to the address is none to DHCP.
    let asked = terminal(&lab, &words);
    asked.until(&["Run it?"]);
    asked.keys(&["yes", "Enter"]);
    asked.until(&["Is this bench cut off from every other network?"]);
    assert!(addresses(&lab).contains("10.150.0.1/22") && !dhcp_is_on(&lab));
    asked.keys(&["y", "Enter"]);
    let screen = asked.until(&["was not confirmed", "it-is-over"]);
    assert!(screen.contains("rc=2") && !dhcp_is_on(&lab), "{screen}");
    assert_eq!(addresses(&lab), "", "the address was taken away again");

    let confirmed = terminal(&lab, &words);
    for question in ["Run it?", "Is this bench cut off from every other network?"] {
        confirmed.until(&[question]);
        confirmed.keys(&[" YES", "Enter"]);
    }
    confirmed.until(&["DHCP ON 10.150.0.1"]);
    assert!(dhcp_is_on(&lab));
    confirmed.keys(&["C-c"]);
    confirmed.until(&["it-is-over"]);
    assert!(!dhcp_is_on(&lab));
    assert_eq!(addresses(&lab), "", "the address was taken away at the end");
}
