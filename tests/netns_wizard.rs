//! The wizard's whole loop in a real terminal, against a real DHCP server, in network namespaces that the test makes
//! and takes away itself: asked before, changed, asked, a phone loaded, changed back, asked, reported. Linux and root;
//! needs `dnsmasq` and `tmux`. Nothing outside the namespaces is touched.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod netns_lab;
mod support;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use loadlift::catalog::Catalog;
use loadlift::journal::{Event, How, Option150, Phase, Record};
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use loadlift::tftp::packet::{self, RequestKind};
use netns_lab::servers::{Product, Scope};
use netns_lab::{CUCM, LAPTOP, Lab, wait_for};
use support::terminal::{Terminal, records};
use support::walk::to_the_interface;
use support::{fetch_from, has};

/// The second place on the LAN is where the phone stands.
const PHONE: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 2);

/// The intermediate load that the technician has downloaded.
fn load() -> MadeUpLoad {
    let files = Catalog::embedded().default_load_files("45");
    MadeUpLoad::new("45", &files, "SCCP", "8-5-2", "8-5-2TH1-9").with_octets(60_000)
}

/// The wizard on the laptop, in a terminal; the load lies where it is started.
fn wizard(lab: &Lab, columns: u16, lines: u16) -> Terminal {
    let folder = lab.file("work");
    fs::create_dir_all(&folder).unwrap();
    let zip = folder.join(format!("{}.zip", load().load_name()));
    fs::write(zip, madeup::zip(&load().files(), Packing::Deflated)).unwrap();
    let program = format!(
        "env -C {folder} HOME={folder} ip netns exec {space} {program} --session-dir {sessions}",
        folder = folder.display(),
        space = lab.space("lap"),
        program = env!("CARGO_BIN_EXE_loadlift"),
        sessions = sessions(lab).display(),
    );
    Terminal::start(columns, lines, &program)
}

fn sessions(lab: &Lab) -> PathBuf {
    lab.file("sessions")
}

/// The report as it was saved.
fn saved(lab: &Lab, extension: &str) -> String {
    let files = fs::read_dir(sessions(lab)).unwrap().flatten().map(|entry| entry.path());
    let is_it = |path: &PathBuf| path.extension().is_some_and(|found| found == extension);
    fs::read_to_string(files.into_iter().find(is_it).unwrap()).unwrap()
}

/// A new configuration, and the server started anew, as somebody does it who changes option 150.
fn configure(lab: &mut Lab, option_150: &str) {
    lab.stop("srv");
    lab.serve("srv", Product::Dnsmasq, Scope::naming(option_150));
}

/// The phone's own name for itself: it must be that of its card, since the laptop knows its neighbours.
fn mac(lab: &Lab) -> String {
    lab.mac("rogue", "eth0").replace(':', "").to_uppercase()
}

/// A phone fetches the whole load as phones do, starts on it and asks for its settings.
fn phone_loads(lab: &Lab) {
    let settings = format!("SEP{}.cnf.xml", mac(lab));
    lab.at("rogue", move || {
        let server = SocketAddr::new(LAPTOP.parse().unwrap(), 69);
        assert!(!fetch_from(PHONE, server, "term45.default.loads").unwrap().is_empty());
        for (name, octets) in load()
            .files()
            .iter()
            .filter(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "sbn"))
        {
            assert_eq!(fetch_from(PHONE, server, name).unwrap(), &octets[..], "{name}");
        }
        let settings = fetch_from(PHONE, server, &settings);
        assert!(settings.unwrap_err().contains("error 1"), "this laptop has no settings");
    });
}

/// Whether somebody holds port 68 on the laptop.
fn port_68_is_held(lab: &Lab) -> bool {
    let sockets = lab.inside("lap", "cat").arg("/proc/net/udp").output().unwrap();
    String::from_utf8_lossy(&sockets.stdout).contains(":0044 ")
}

/// Without the programs that this needs the case is skipped, aloud; in CI that is a failure.
fn can_run() -> bool {
    Product::Dnsmasq.is_here() && has("tmux", "tmux")
}

/// From the first screen to the step Option 150.
fn to_option_150(terminal: &Terminal) {
    to_the_interface(terminal);
    terminal.until(&["10.20.0.5", "Enter check"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter serve here"]);
    terminal.keys(&["Enter"]);
}

/// What DHCP named before is taken down.
fn put_on_record(terminal: &Terminal) {
    terminal.keys(&["Enter"]);
    terminal.until(&["the old value is on record", "Enter it is set"]);
}

/// The DHCP server is told to name the laptop, the wizard finds it so and goes on to the phones.
fn to_the_phones(lab: &mut Lab, terminal: &Terminal) {
    configure(lab, LAPTOP);
    terminal.keys(&["Enter"]);
    terminal.until(&["Option 150 names this laptop: 10.20.0.5", "Enter go on"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["No phone has asked yet"]);
}

/// What DHCP was found to say, in order: when in the work, what, and whether that was what it was asked for.
fn probed(records: &[Record]) -> Vec<(Phase, String, bool)> {
    let probed = records.iter().filter_map(|record| match &record.event {
        Event::Option150Probed { phase, value, reached, .. } => Some((*phase, value.to_string(), *reached)),
        _ => None,
    });
    probed.collect()
}

#[test]
#[ignore = "needs root"]
fn dhcp_itself_says_before_during_and_after_and_nothing_goes_on_until_it_does() {
    if !can_run() {
        return;
    }
    let mut lab = Lab::new();
    configure(&mut lab, CUCM);
    let terminal = wizard(&lab, 100, 30);

    to_option_150(&terminal);
    terminal.until(&["asking through eth0", "s left"]);
    terminal.until(&["10.20.0.1 says 10.1.1.10, 10.1.1.11", "scope 10.20.0.0/24", "Enter set it now"]);
    put_on_record(&terminal);
    // A technician who claims it too early is told better.
    terminal.keys(&["Enter"]);
    terminal.until(&["names 10.1.1.10, 10.1.1.11 still", "Enter it is set"]);
    to_the_phones(&mut lab, &terminal);
    phone_loads(&lab);
    terminal.until(&["1 of 1 phone back"]);
    terminal.keys(&["Enter"]);

    terminal.until(&["Names again    10.1.1.10, 10.1.1.11", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Option 150 names this laptop still", "Enter it is back"]);
    configure(&mut lab, CUCM);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.1.1.10, 10.1.1.11 again, as before", "Enter go on"]);
    terminal.keys(&["Enter"]);

    let report = terminal.until(&["before", "during", "after", "Enter leave"]);
    let line = |word: &str| report.lines().find(|line| line.contains(word)).unwrap_or_default().to_owned();
    assert!(line(" before ").contains("10.1.1.10, 10.1.1.11") && line(" before ").contains("10.20.0.1 by"));
    assert!(line(" during ").contains("10.20.0.5 ") && line(" during ").contains("10.20.0.1 by"), "{report}");
    assert!(line(" after ").contains("10.1.1.10, 10.1.1.11") && line(" after ").contains("10.20.0.1 by"));
    assert!(report.contains("half of their lease of 1 h") && report.contains(&mac(&lab)), "{report}");
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);

    let records = records(&sessions(&lab));
    let call_managers = "10.1.1.10, 10.1.1.11".to_owned();
    assert_eq!(
        probed(&records),
        [
            (Phase::Before, call_managers.clone(), false),
            (Phase::During, call_managers.clone(), false),
            (Phase::During, LAPTOP.to_owned(), true),
            (Phase::After, LAPTOP.to_owned(), false),
            (Phase::After, call_managers.clone(), true),
        ]
    );
    let back = records.iter().find_map(|record| match &record.event {
        Event::Option150Back { to, how, .. } => Some((to.to_string(), *how)),
        _ => None,
    });
    assert_eq!(back, Some((call_managers, How::Probed)));
    let markdown = saved(&lab, "md");
    for line in [
        "- Before: 10.1.1.10, 10.1.1.11 (asked of DHCP ",
        "- During: 10.20.0.5 (asked of DHCP ",
        "- After: 10.1.1.10, 10.1.1.11 (asked of DHCP ",
    ] {
        assert!(markdown.contains(line), "{line}\n{markdown}");
    }
    let json: serde_json::Value = serde_json::from_str(&saved(&lab, "json")).unwrap();
    assert_eq!(json["option150"]["renewal"]["renews_after_seconds"], 1800);
    assert_eq!(json["option150"]["asked"].as_array().map(Vec::len), Some(3), "{json:#}");
    assert_eq!(json["phones"][0]["stage"], "back");
    lab.stop("srv");
    assert_eq!(lab.leases("srv", Product::Dnsmasq), Vec::<String>::new(), "the wizard left a lease");
}

#[test]
#[ignore = "needs root"]
fn where_nobody_answers_asking_can_be_stopped_and_the_technician_goes_on_in_words() {
    if !can_run() {
        return;
    }
    let lab = Lab::new();
    let terminal = wizard(&lab, 80, 24);
    to_option_150(&terminal);
    terminal.until(&["asking through eth0", "s left", "v stop asking"]);
    assert!(port_68_is_held(&lab), "the probe listens");
    terminal.keys(&["v"]);
    terminal.until(&["asking was stopped", "v ask DHCP"]);
    wait_for("the port of the system's own DHCP client given back", || {
        (!port_68_is_held(&lab)).then_some(())
    });
    terminal.keys(&["v"]);
    terminal.until(&["No DHCP server answered.", "Enter set it now"]);

    // The old value by hand, with the letters going into the field.
    terminal.keys(&["Up", "Up", "Up"]);
    terminal.until(&["F5 ask DHCP"]);
    terminal.keys(&["10.9.9.9", "Enter"]);
    terminal.until(&["Enter it is set"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["No DHCP server answered.", "^O"]);
    terminal.keys(&["C-o"]);
    terminal.until(&["Because"]);
    terminal.keys(&["bench without DHCP", "Enter"]);
    terminal.until(&["no phone has asked yet"]);
    phone_loads(&lab);
    terminal.until(&["1 of 1 phone back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Names again    10.9.9.9", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["No DHCP server answered.", "o override"]);
    terminal.keys(&["o"]);
    terminal.until(&["Because"]);
    terminal.keys(&["the bench is taken apart", "Enter"]);
    terminal.until(&["by hand", "Enter leave"]);
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);

    let records = records(&sessions(&lab));
    let overrides: Vec<&str> = records
        .iter()
        .filter_map(|record| match &record.event {
            Event::Override { what } => Some(what.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(overrides.len(), 2, "{overrides:?}");
    assert!(overrides[0].contains("bench without DHCP") && overrides[0].contains("No DHCP server answered"));
    let back = records.iter().find_map(|record| match &record.event {
        Event::Option150Back { to, how, why, .. } => Some((to.clone(), *how, why.clone())),
        _ => None,
    });
    let to = Option150::Addresses(vec![Ipv4Addr::new(10, 9, 9, 9)]);
    assert_eq!(back, Some((to, How::ByHand, Some("the bench is taken apart".into()))));
    let markdown = saved(&lab, "md");
    assert!(markdown.contains("because: bench without DHCP; DHCP was asked"), "{markdown}");
}

#[test]
#[ignore = "needs root"]
fn when_the_address_leaves_the_wizard_says_so_serves_nobody_and_goes_on_once_it_is_back() {
    if !can_run() {
        return;
    }
    let mut lab = Lab::new();
    configure(&mut lab, CUCM);
    let terminal = wizard(&lab, 100, 30);
    to_option_150(&terminal);
    terminal.until(&["scope 10.20.0.0/24", "Enter set it now"]);
    put_on_record(&terminal);
    to_the_phones(&mut lab, &terminal);

    // The laptop gets another address, as from a DHCP server that has forgotten it. With a prefix of its own: Linux
    // takes the secondary addresses of a prefix away with the first.
    let own = format!("{LAPTOP}/24");
    lab.ip("lap", &["addr", "add", "10.20.0.77/25", "dev", "eth0"]);
    lab.ip("lap", &["addr", "del", &own, "dev", "eth0"]);
    terminal.until(&["eth0 lost the address 10.20.0.5", "10.20.0.77"]);
    std::thread::scope(|scope| {
        // It asks all the while, and is served as soon as somebody is there.
        let lab = &lab;
        let phone = scope.spawn(move || {
            lab.at("rogue", || {
                fetch_from(PHONE, SocketAddr::new(LAPTOP.parse().unwrap(), 69), "term45.default.loads")
            })
        });
        let unanswered = lab.at("srv", || {
            let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
            socket.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
            let mut packet = Vec::new();
            packet::encode_request(&mut packet, RequestKind::Read, "term45.default.loads", "octet", &[]);
            let _ = socket.send_to(&packet, ("10.20.0.77", 69));
            socket.recv_from(&mut [0; 600]).is_err()
        });
        assert!(unanswered, "nobody is served through an address that option 150 does not name");
        lab.ip("lap", &["addr", "add", &own, "dev", "eth0"]);
        terminal.until_it("10.20.0.5 is back, and the warning gone", |screen| {
            screen.contains("10.20.0.5 is back") && !screen.contains("lost the address")
        });
        assert!(!phone.join().unwrap().unwrap().is_empty());
    });
    phone_loads(&lab);
    terminal.until(&["1 of 1 phone back"]);
    terminal.keys(&["q"]);
    terminal.until(&["Leave loadlift?"]);
    terminal.keys(&["Enter"]);
    terminal.is_sane(0);

    let events: Vec<Event> = records(&sessions(&lab)).into_iter().map(|record| record.event).collect();
    let gone = Event::AddressGone {
        interface: "eth0".into(),
        address: LAPTOP.parse().unwrap(),
        now: vec![Ipv4Addr::new(10, 20, 0, 77)],
    };
    let back = Event::AddressBack { address: LAPTOP.parse().unwrap() };
    let at = |wanted: &Event| events.iter().position(|event| event == wanted);
    assert!(at(&gone).is_some() && at(&gone) < at(&back), "{events:?}");
    let markdown = saved(&lab, "md");
    assert!(
        markdown.contains("eth0 lost the address 10.20.0.5") && markdown.contains("10.20.0.5 is back"),
        "{markdown}"
    );
}
