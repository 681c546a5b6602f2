//! The wizard's screens of the isolated bench and of phones that need no reset, as they are drawn at the sizes that
//! count.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod screens_stage;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use loadlift::dhcp::bench::WhyStranger;
use loadlift::firmware::problem::Problem;
use loadlift::fleet::Mac;
use loadlift::journal::{Dhcp, Event};
use loadlift::wizard::{AddressOffer, BenchState, Effect, Key, Mode, Msg, StepKind, Ticket};
use screens_stage::{Stage, served};

const SIZES: [(u16, u16); 4] = [(80, 24), (100, 30), (160, 50), (50, 12)];
const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);

fn shots(name: &str, stage: &Stage) {
    for (width, height) in SIZES {
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), stage.text(width, height));
    }
}

/// The words of a screen as one text, whatever lines they stand in; of the steps beside them only the first line.
fn words(stage: &Stage, (width, height): (u16, u16)) -> String {
    let text = stage.text(width, height);
    let beside = if width >= 100 { 17 } else { 0 };
    let lines = text.lines().enumerate();
    let text: String = lines
        .flat_map(|(nth, line)| line.chars().skip(if nth == 0 { 0 } else { beside }).chain(['\n']))
        .collect();
    let words = text.split_whitespace().filter(|word| !"│┌├└┐┤┘─┼".contains(word));
    words.collect::<Vec<_>>().join(" ")
}

fn mac(n: u8) -> Mac {
    Mac([0x00, 0x1b, 0x2a, 0xaa, 0, n])
}

fn phone(n: u8) -> IpAddr {
    IpAddr::from([10, 1, 1, 5 + n])
}

/// The question to the shell that is still open.
fn begun(stage: &Stage) -> Ticket {
    let asked = stage.done.iter().rev().find_map(|effect| match effect {
        Effect::StartBench { ticket, .. } => Some(*ticket),
        _ => None,
    });
    asked.unwrap_or_else(|| panic!("no bench was begun"))
}

/// A wizard whose bench is being begun.
fn starting(listed: usize) -> Stage {
    let mut stage = Stage::with_list(Mode::Recover, listed);
    stage.go_to(StepKind::Option150);
    stage.press(Key::Char('b'));
    stage.press(Key::Enter);
    stage
}

/// A wizard at the phones, with DHCP on.
fn running() -> Stage {
    let mut stage = starting(0);
    let ticket = begun(&stage);
    let ends = stage.now + Duration::from_secs(4 * 3600);
    let started =
        Dhcp::Started { interface: "Ethernet".into(), address: LAPTOP, pool: 1000, restored: 0, ends };
    stage.record(stage.now, Event::Dhcp(started));
    stage.tell(Msg::BenchStarted(ticket, Ok(())));
    assert_eq!(stage.model.step.kind(), StepKind::Transfer);
    stage.pass(10_000);
    stage
}

fn asks(stage: &mut Stage, n: u8, model: &str) {
    let model = Some(model.to_owned());
    stage.record(
        stage.now,
        Event::Dhcp(Dhcp::Asked { mac: mac(n), phone: phone(n), model, vendor_class: None }),
    );
}

fn has_lease(stage: &mut Stage, n: u8, model: &str) {
    let model = Some(model.to_owned());
    stage.record(stage.now, Event::Dhcp(Dhcp::Leased { mac: mac(n), phone: phone(n), model }));
}

fn gets(stage: &mut Stage, n: u8, number: u64, name: &str, octets: u64) {
    let (phone, transfer) = (phone(n), u64::from(n) * 100 + number);
    let asked = Event::Asked { phone, transfer, file: name.into(), octets, blksize: 1456, window: 1 };
    stage.record(stage.now, asked);
    stage.now = stage.now + Duration::from_secs(2);
    stage.record(stage.now, Event::Served { phone, transfer, octets, millis: 1900, retransmissions: 0 });
}

fn is_back(stage: &mut Stage, n: u8) {
    gets(stage, n, 0, "term45.default.loads", 660);
    for (number, image) in (1..).zip(served("45").images) {
        gets(stage, n, number, &image.name, image.octets);
    }
    let file = format!("SEP{}.cnf.xml", mac(n));
    let reason = loadlift::journal::Refusal::NotFound;
    stage.record(stage.now, Event::Refused { phone: phone(n), file, reason });
}

/// Phones in every state that only the bench sees, and one client that is no phone.
fn phones(stage: &mut Stage) {
    for n in 1..=3 {
        has_lease(stage, n, "7945G");
    }
    is_back(stage, 1);
    gets(stage, 2, 0, "term45.default.loads", 660);
    has_lease(stage, 4, "7965G");
    asks(stage, 5, "7965G");
    let (mac, why) = (Mac([0x3c, 0x97, 0x0e, 1, 2, 3]), WhyStranger::OtherClass);
    let stranger = Dhcp::Stranger { mac, vendor_class: Some("MSFT 5.0".into()), why };
    stage.record(stage.now, Event::Dhcp(stranger));
    stage.pass(1_000);
}

fn offer() -> AddressOffer {
    AddressOffer {
        interface: "Ethernet 2".into(),
        address: [10, 150, 0, 1].into(),
        prefix: 22,
        command: "netsh interface ipv4 set address name=\"Ethernet 2\" source=static address=10.150.0.1 mask=255.255.252.0 store=active".into(),
        undo: "netsh interface ipv4 set address name=\"Ethernet 2\" source=dhcp store=active".into(),
    }
}

/// A wizard at the interfaces, one of which has no address.
fn without_address() -> Stage {
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    let asked = stage.done.iter().rev().find_map(|effect| match effect {
        Effect::OfferAddress(ticket) => Some(*ticket),
        _ => None,
    });
    stage.tell(Msg::AddressOffered(asked.unwrap(), Some(offer())));
    stage
}

#[test]
fn the_bench_is_a_choice_with_a_confirmation_of_its_own() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Option150);
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        assert!(
            text.contains("No DHCP server here? b makes this laptop one, on an isolated bench."),
            "{text}"
        );
    }
    shots("bench-choice", &stage);
    stage.press(Key::Char('b'));
    shots("bench-confirm", &stage);
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in ["Is this bench cut off from every other network?", "does harm.", "yes, it is cut off"] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
    stage.press(Key::Esc);
    assert!(
        !stage.done.iter().any(|effect| matches!(effect, Effect::StartBench { .. })),
        "it was not confirmed"
    );
    assert_eq!(stage.model.bench, BenchState::Off);
}

#[test]
fn with_a_list_the_confirmation_says_whom_it_is_for() {
    let mut stage = Stage::with_list(Mode::Recover, 12);
    stage.go_to(StepKind::Option150);
    stage.press(Key::Char('b'));
    let text = words(&stage, (80, 24));
    assert!(text.contains("The 12 phones on the list"), "{text}");
    shots("bench-confirm-list", &stage);
}

#[test]
fn while_it_listens_for_others_it_says_so_and_a_guard_that_says_no_is_read_whole() {
    let mut stage = starting(0);
    shots("bench-listening", &stage);
    let ticket = begun(&stage);
    let problem = Problem {
        code: "bench-other-server",
        message: "no DHCP server is started: another DHCP server is on this network: 10.1.1.2".into(),
        advice: vec![
            "If that server belongs to the network: do not use the bench; let it name this laptop (`loadlift option150 commands`).".into(),
            "If the bench is to be isolated: unplug whatever leads to that server, and start again.".into(),
        ],
    };
    stage.tell(Msg::BenchStarted(ticket, Err(problem)));
    assert_eq!(stage.model.bench, BenchState::Off);
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in ["another DHCP server is on this network: 10.1.1.2", "and start again."] {
            assert!(text.contains(part), "{part}\n{}", stage.text(size.0, size.1));
        }
    }
    shots("bench-refused", &stage);
}

#[test]
fn the_table_shows_phones_from_their_first_discover_on() {
    let mut stage = running();
    shots("bench-empty", &stage);
    asks(&mut stage, 1, "7945G");
    stage.pass(1_000);
    let text = words(&stage, (80, 24));
    assert!(text.contains("asks DHCP for an address") && text.contains("10.1.1.6"), "{text}");
    shots("bench-first-discover", &stage);

    let mut stage = running();
    phones(&mut stage);
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in ["DHCP ON 10.1.1.5", "asks DHCP for an address", "has its address", "i let in"] {
            assert!(text.contains(part), "{part} at {size:?}\n{}", stage.text(size.0, size.1));
        }
    }
    shots("bench-phones", &stage);
    stage.press(Key::Char('i'));
    shots("bench-let-in", &stage);
}

#[test]
fn leases_that_a_restart_would_forget_are_said_on_the_screen_and_not_in_the_log_alone() {
    let mut stage = running();
    let message = "the leases cannot be saved to `E:\\sessions\\bench-leases.json`: access denied; a restart of loadlift forgets them";
    stage.record(stage.now, Event::Trouble { message: message.into() });
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        assert!(text.contains("The leases cannot be saved to"), "{}", stage.text(size.0, size.1));
    }
    shots("bench-leases-lost", &stage);
}

/// At every size, over every step and below whatever lies over it.
#[test]
fn the_mark_that_dhcp_is_on_never_leaves_the_screen() {
    let mut stage = running();
    phones(&mut stage);
    let mut seen = 0;
    let mut check = |stage: &Stage, what: &str| {
        seen += 1;
        for width in 7..=200 {
            for height in [1, 2, 5, 12, 18, 24, 50] {
                let text = stage.text(width, height);
                assert!(text.contains("DHCP ON"), "{what} at {width}x{height}\n{text}");
                let whole = width >= 20;
                assert!(!whole || text.contains("DHCP ON 10.1.1.5"), "{what} at {width}x{height}\n{text}");
            }
        }
    };
    check(&stage, "phones");
    for (key, what) in [(Key::Char('?'), "help"), (Key::Char('l'), "log"), (Key::Char('q'), "leaving")] {
        stage.press(key);
        check(&stage, what);
        stage.press(Key::Esc);
    }
    stage.press(Key::Enter);
    check(&stage, "the question whether to end it");
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::SwitchBack);
    check(&stage, "what comes after");
    stage.press(Key::Esc);
    stage.press(Key::Esc);
    if stage.model.dialog.is_some() {
        stage.press(Key::Enter);
    }
    assert_eq!(stage.model.step.kind(), StepKind::Option150);
    check(&stage, "back at the choice");
    shots("bench-begun", &stage);
    assert_eq!(seen, 7);
}

#[test]
fn when_it_stops_by_itself_it_says_why_for_as_long_as_it_is_so() {
    let mut stage = running();
    phones(&mut stage);
    let why = "another DHCP server is on this network: 10.1.1.2".to_owned();
    stage.record(stage.now, Event::Dhcp(Dhcp::Stopped { why }));
    stage.pass(60_000);
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in ["DHCP OFF", "another DHCP server is on this network: 10.1.1.2", "Files are served on."] {
            assert!(text.contains(part), "{part} at {size:?}\n{}", stage.text(size.0, size.1));
        }
    }
    shots("bench-stopped", &stage);
}

#[test]
fn what_comes_instead_of_switching_back_stands_whole() {
    let mut stage = running();
    for n in 1..=3 {
        has_lease(&mut stage, n, "7945G");
        is_back(&mut stage, n);
    }
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::SwitchBack, "all are back, and nothing is asked");
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in [
            "There is no option 150 to switch back here",
            "Carry the phones to their own network.",
            "It can wait for them there",
            "believes in.",
        ] {
            assert!(text.contains(part), "{part} at {size:?}\n{}", stage.text(size.0, size.1));
        }
    }
    shots("bench-after", &stage);
    stage.press(Key::Enter);
    assert_eq!(stage.model.step.kind(), StepKind::Report);
    stage.record(stage.now, Event::Dhcp(Dhcp::Stopped { why: "the job is over".into() }));
    assert!(!stage.text(80, 24).contains("not on record"), "{}", stage.text(80, 24));
    shots("bench-report", &stage);

    let mut stage = running();
    phones(&mut stage);
    stage.press(Key::Enter);
    shots("bench-end-early", &stage);
    stage.press(Key::Enter);
    shots("bench-after-early", &stage);
}

#[test]
fn an_address_is_set_after_the_command_was_seen_and_its_end_is_told() {
    let mut stage = without_address();
    shots("bench-address-offer", &stage);
    stage.press(Key::Char('a'));
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in [&*offer().command, "And at the end:", &offer().undo, "run it"] {
            assert!(text.contains(part), "{part} at {size:?}\n{}", stage.text(size.0, size.1));
        }
    }
    shots("bench-address-command", &stage);
    stage.press(Key::Enter);
    assert!(stage.done.contains(&Effect::SetAddress(offer())));
    stage.tell(Msg::AddressSet(Ok(())));
    shots("bench-address-set", &stage);
    assert!(
        words(&stage, (80, 24)).contains("the address is set until loadlift ends")
            || words(&stage, (80, 24)).contains("The address is set until loadlift ends")
    );
}

#[test]
fn without_rights_the_command_and_how_to_get_them_stay_on_the_screen() {
    let mut stage = without_address();
    stage.press(Key::Char('a'));
    stage.press(Key::Enter);
    let problem = Problem {
        code: "address-no-rights",
        message: "no permission to change the address of eth1".into(),
        advice: vec![
            "Start loadlift with `sudo`.".into(),
            "Or set it yourself, and look again: `sudo ip address add 10.150.0.1/22 dev eth1 && sudo ip link set eth1 up`".into(),
        ],
    };
    stage.tell(Msg::AddressSet(Err(problem)));
    stage.pass(60_000);
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in
            ["with `sudo`", "`sudo ip address add 10.150.0.1/22 dev eth1 && sudo ip link set eth1 up`"]
        {
            assert!(text.contains(part), "{part} at {size:?}\n{}", stage.text(size.0, size.1));
        }
    }
    shots("bench-address-no-rights", &stage);
    // Somebody did: what was wrong is not said any more.
    stage.press(Key::Char('r'));
    assert!(!words(&stage, (80, 24)).contains("no permission to change"));
}

#[test]
fn the_offer_by_configuration_is_a_switch_that_says_how_sure_it_is() {
    let mut stage = Stage::at(Mode::Recover, StepKind::Interface);
    shots("offer-off", &stage);
    stage.press(Key::Char('n'));
    for size in [(80, 24), (100, 30), (160, 50)] {
        let text = words(&stage, size);
        for part in ["[x] Phones that still boot", "to all that ask", "Not seen on hardware by us"] {
            assert!(text.contains(part), "{part} at {size:?}\n{}", stage.text(size.0, size.1));
        }
    }
    shots("offer-on", &stage);
    stage.press(Key::Enter);
    shots("offer-checked", &stage);
    let text = words(&stage, (80, 24));
    assert!(text.contains("Not seen on hardware by us"), "{}", stage.text(80, 24));

    let mut stage = Stage::with_list(Mode::Recover, 12);
    stage.go_to(StepKind::Interface);
    assert!(!stage.model.by_configuration, "a list alone offers nothing");
    stage.press(Key::Char('n'));
    assert!(words(&stage, (80, 24)).contains("to the 12 listed"));
    shots("offer-list", &stage);
    stage.press(Key::Char('n'));
    assert!(!stage.model.by_configuration);
}
