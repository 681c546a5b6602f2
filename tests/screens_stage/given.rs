//! What a laptop has on the evening that the tests play: interfaces, checks, loads, a session that never ended.

use std::net::Ipv4Addr;

use loadlift::catalog::Catalog;
use loadlift::firmware::archive::{self, Budget};
use loadlift::firmware::load::{self, Reading};
use loadlift::firmware::problem::Problem;
use loadlift::journal::{Event, Option150, Patience, ServedImage, ServedLoad};
use loadlift::preflight::{Check, State};
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use loadlift::timestamp::Timestamp;
use loadlift::wizard::{CheckedInterface, Interface, Left, Unfinished};

use super::{BEGAN, LAPTOP};

/// A laptop as many are: good, but for the firewall of Windows, and a hotspot on port 67.
pub(crate) fn checks() -> Vec<Check> {
    let ok = |name, reason: &str| Check {
        name,
        state: State::Ok,
        reason: reason.into(),
        next: Vec::new(),
        code: "fine",
    };
    vec![
        ok("interface", "Ethernet (10.1.1.5): wire, 1 Gbit/s, address by DHCP"),
        ok("address", "10.1.1.5 is from DHCP: leave the cable in, so that it stays; it is watched"),
        ok("routes", "the default route leads through Wi-Fi; phones are answered through Ethernet"),
        ok("rights", "Windows lets every program open port 69"),
        Check {
            name: "port-67",
            state: State::Warn,
            reason: "UDP port 67 is held by svchost.exe (process 3120); only a bench without DHCP needs it".into(),
            next: vec!["On 67: switch off Internet Connection Sharing and mobile hotspot: `net stop SharedAccess`.".into()],
            code: "bench-port-taken",
        },
        Check {
            name: "firewall",
            state: State::Bad,
            reason: "the Windows firewall (profile Public) lets no phone in: it has no rule for this program".into(),
            next: vec![
                "Let loadlift add a rule until it ends, as administrator: w in the wizard, or `loadlift serve` with `--open-firewall`.".into(),
                "Or by hand, as administrator: `netsh advfirewall firewall add rule name=\"loadlift: phones in this subnet (temporary)\" dir=in action=allow program=\"C:\\Tools\\loadlift.exe\" protocol=udp profile=any remoteip=localsubnet`.".into(),
            ],
            code: "firewall-no-rule",
        },
    ]
}

pub(super) fn started(loads: Vec<ServedLoad>) -> Event {
    Event::Started {
        version: "0.1.0".into(),
        command: "recover".into(),
        serving: format!("{LAPTOP}:69"),
        loads,
        patience: Patience { within_file: 20_000, between_files: 180_000, writing_flash: 900_000 },
    }
}

pub(super) fn interfaces() -> Vec<Interface> {
    let interface = |name: &str, last: u8, prefix: u8, doubt: Option<&str>| Interface {
        name: name.into(),
        address: if prefix == 24 { Ipv4Addr::new(10, 1, 1, last) } else { Ipv4Addr::new(169, 254, 7, last) },
        prefix,
        doubt: doubt.map(str::to_owned),
        about: "wire, 1 Gbit/s, address by DHCP".into(),
    };
    vec![
        interface("Ethernet", 5, 24, None),
        interface("Wi-Fi", 77, 24, Some("looks like Wi-Fi; phones are reached by cable")),
        interface("vEthernet (WSL)", 9, 24, Some("looks virtual (VPN, virtual machine or container)")),
        interface(
            "Ethernet 2",
            20,
            16,
            Some("has no real address (169.254…): set one by hand or plug in the cable"),
        ),
    ]
}

pub(super) fn checked(interface: &Interface) -> CheckedInterface {
    CheckedInterface {
        name: interface.name.clone(),
        address: interface.address,
        doubt: interface.doubt.clone(),
        file: "term45.default.loads".into(),
        octets: 660,
        millis: 2,
    }
}

pub(crate) fn forbidden() -> Problem {
    Problem {
        code: "dhcp-port-forbidden",
        message: "no permission to open UDP port 68, from which DHCP is asked".into(),
        advice: vec!["Start the program with `sudo`.".into()],
    }
}

pub(crate) fn port_taken() -> Problem {
    Problem {
        code: "port-taken",
        message: "UDP port 69 on 10.1.1.5 is already taken by Tftpd64 (process 4711)".into(),
        advice: vec![
            "Close Tftpd64, then press Enter to check again.".into(),
            "If it runs as a service, stop it in the list of services.".into(),
        ],
    }
}

pub(crate) fn unfinished() -> Unfinished {
    Unfinished {
        log: "sessions/2026-11-20T16-02-11/session.jsonl".into(),
        left: Left {
            value: Ipv4Addr::new(10, 1, 1, 9),
            before: Option150::Addresses(vec![Ipv4Addr::new(10, 1, 1, 2), Ipv4Addr::new(10, 1, 1, 3)]),
            since: Timestamp::from_unix_millis(BEGAN - 250_000_000),
            confirmed: true,
        },
    }
}

/// Loads as a technician's Downloads folder has them: the right ones, one too new, one cut short.
pub(crate) fn reading() -> Reading {
    let catalog = Catalog::embedded();
    let recipe = |family: &str, release: &str, build: &str, octets: usize| {
        let files = catalog.default_load_files(family);
        MadeUpLoad::new(family, &files, "SCCP", release, build).with_octets(octets)
    };
    let recipes = [
        recipe("45", "8-5-2", "8-5-2TH1-9", 60_000),
        recipe("41", "8-5-2", "8-5-2TH1-9", 60_000),
        recipe("45", "9-4-2SR3-1", "9-4-2ES26", 60_000),
    ];
    let mut sets = Vec::new();
    for (nth, recipe) in recipes.iter().enumerate() {
        let mut packed = madeup::zip(&recipe.files(), Packing::Deflated).to_vec();
        let label = format!("Downloads/{}.zip", recipe.load_name());
        let opened = archive::open(&label, &packed.clone().into(), &mut Budget::default()).unwrap();
        packed.clear();
        sets.extend(opened.into_iter().map(|set| (nth, set)));
    }
    // And one whose last image never arrived.
    let cut = recipe("42", "8-5-2", "8-5-2TH1-9", 60_000);
    let files: Vec<_> = cut.files().into_iter().filter(|(name, _)| !name.starts_with("cvm")).collect();
    let packed = madeup::zip(&files, Packing::Deflated);
    let opened = archive::open("Downloads/SCCP42.8-5-2S.zip", &packed, &mut Budget::default()).unwrap();
    sets.extend(opened.into_iter().map(|set| (recipes.len(), set)));
    load::read(catalog, &sets)
}

/// The load that fleets take, with sizes as in life.
pub(crate) fn served(family: &str) -> ServedLoad {
    let catalog = Catalog::embedded();
    let image = |name: &str, octets: u64| ServedImage { name: format!("{name}.8-5-2TH1-9.sbn"), octets };
    ServedLoad {
        load: format!("SCCP{family}.8-5-2S"),
        family: family.into(),
        default_load_files: catalog.default_load_files(family).iter().map(|&file| file.to_owned()).collect(),
        manifest: format!("SCCP{family}.8-5-2S.loads"),
        images: vec![
            image(&format!("jar{family}sccp"), 402_112),
            image(&format!("cnu{family}"), 485_066),
            image(&format!("apps{family}"), 2_918_613),
            image(&format!("dsp{family}"), 335_003),
            image(&format!("cvm{family}sccp"), 2_647_459),
        ],
    }
}
