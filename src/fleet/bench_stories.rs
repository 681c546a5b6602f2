//! Phones on the bench, known from their first DISCOVER; and phones that take the load by configuration.

use super::Stage;
use super::telling::{Tale, address};
use crate::dhcp::bench::WhyStranger;
use crate::fleet::Mac;
use crate::journal::{Dhcp, Event};

const ONE: &str = "001B2AAA0001";
const TWO: &str = "001B2AAA0002";
const MANIFEST: &str = "SCCP45.8-5-2S.loads";

fn mac(text: &str) -> Mac {
    text.parse().unwrap()
}

impl Tale {
    fn asks_dhcp(&mut self, phone: u8, mac: &str, model: Option<&str>) {
        let (mac, model) = (mac.parse().unwrap(), model.map(str::to_owned));
        self.record(Event::Dhcp(Dhcp::Asked { mac, phone: address(phone), model, vendor_class: None }));
    }

    fn has_lease(&mut self, phone: u8, mac: &str, model: Option<&str>) {
        let (mac, model) = (mac.parse().unwrap(), model.map(str::to_owned));
        self.record(Event::Dhcp(Dhcp::Leased { mac, phone: address(phone), model }));
    }

    /// A start of a phone that is given `XMLDefault.cnf.xml`.
    fn starts_with_an_offer(&mut self, phone: u8, mac: &str) {
        for name in [format!("CTLSEP{mac}.tlv"), format!("ITLSEP{mac}.tlv"), format!("SEP{mac}.cnf.xml")] {
            self.is_refused(phone, &name);
        }
        self.gets(phone, "XMLDefault.cnf.xml");
    }
}

#[test]
fn a_phone_is_known_from_its_first_discover_with_mac_model_and_address() {
    let mut tale = Tale::begin();
    tale.asks_dhcp(7, ONE, Some("7965G"));
    let phone = tale.phone(7);
    assert_eq!((phone.mac(), phone.stage(), phone.family()), (Some(mac(ONE)), Stage::Seen, Some("45")));
    assert_eq!(
        (phone.models(), phone.words().as_str()),
        (&["7965G".to_owned()][..], "asks DHCP for an address")
    );
    tale.has_lease(7, ONE, Some("7965G"));
    assert_eq!(tale.phone(7).words(), "has its address so far");

    tale.gets_all(7, "term65.default.loads", "45");
    tale.starts(7, ONE);
    assert_eq!((tale.fleet.len(), tale.stage(7)), (1, Stage::Back));
}

#[test]
fn a_phone_that_gets_another_address_after_its_reset_is_the_same_phone_before_it_says_its_name() {
    let mut tale = Tale::begin();
    tale.has_lease(7, ONE, None);
    tale.gets(7, "term45.default.loads");
    tale.asks_dhcp(8, ONE, None);
    tale.has_lease(8, ONE, None);
    for image in Tale::images("45") {
        tale.gets(8, &image);
    }
    assert_eq!((tale.fleet.len(), tale.stage(8)), (1, Stage::WritingFlash));
    assert_eq!(tale.phone(8).earlier_addresses(), [address(7)]);
}

#[test]
fn a_phone_that_loads_already_when_dhcp_names_it_keeps_what_it_has() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.gets(7, &Tale::images("45")[0]);
    tale.has_lease(7, ONE, None);
    assert_eq!((tale.fleet.len(), tale.stage(7), tale.phone(7).mac()), (1, Stage::Loading, Some(mac(ONE))));
}

#[test]
fn an_address_that_dhcp_gives_to_the_next_phone_is_the_next_phones() {
    let mut tale = Tale::begin();
    tale.has_lease(7, ONE, None);
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts(7, ONE);
    tale.asks_dhcp(7, TWO, None);
    tale.gets(7, "term45.default.loads");
    assert_eq!((tale.fleet.len(), tale.fleet.summary(tale.now).back()), (2, 1));
    assert_eq!((tale.phone(7).mac(), tale.stage(7)), (Some(mac(TWO)), Stage::Loading));
}

#[test]
fn the_mark_says_whether_dhcp_is_on_and_strangers_are_listed_until_they_are_let_in() {
    let mut tale = Tale::begin();
    assert!(tale.fleet.bench().is_none());
    let ends = tale.now + std::time::Duration::from_secs(3600);
    tale.record(Event::Dhcp(Dhcp::Started {
        interface: "eth0".into(),
        address: [10, 1, 1, 250].into(),
        pool: 50,
        restored: 0,
        ends,
    }));
    assert_eq!(tale.fleet.bench().unwrap().mark(), "DHCP ON 10.1.1.250");
    for n in 0..100 {
        let mac = Mac([2, 0, 0, 0, 0, n]);
        let why = WhyStranger::OtherClass;
        tale.record(Event::Dhcp(Dhcp::Stranger { mac, vendor_class: Some("MSFT 5.0".into()), why }));
    }
    let strangers = &tale.fleet.bench().unwrap().strangers;
    assert_eq!(
        (strangers.len(), strangers.last()),
        (32, Some(&(Mac([2, 0, 0, 0, 0, 99]), "MSFT 5.0".into())))
    );
    tale.record(Event::Dhcp(Dhcp::LetIn { mac: Mac([2, 0, 0, 0, 0, 99]) }));
    assert_eq!(tale.fleet.bench().unwrap().strangers.len(), 31);
    tale.record(Event::Dhcp(Dhcp::Stopped { why: "its hours are over".into() }));
    assert_eq!(tale.fleet.bench().unwrap().mark(), "DHCP OFF: its hours are over");
}

#[test]
fn by_configuration_a_phone_goes_from_its_settings_to_the_load_and_back_to_its_settings() {
    let mut tale = Tale::begin();
    tale.starts_with_an_offer(7, ONE);
    assert_eq!(tale.stage(7), Stage::Seen);
    assert!(tale.phone(7).words().starts_with("has a configuration that names the load;"));
    tale.wait(2);
    tale.gets(7, MANIFEST);
    assert_eq!(tale.stage(7), Stage::Loading);
    for image in Tale::images("45") {
        tale.wait(5);
        tale.gets(7, &image);
    }
    assert_eq!(tale.stage(7), Stage::WritingFlash);
    tale.wait(60);
    tale.starts_with_an_offer(7, ONE);
    assert_eq!(tale.stage(7), Stage::Back);
    // It has the configuration again and asks for no image: done, and not "ignores it".
    tale.wait(3600);
    assert_eq!(tale.stage(7), Stage::Back);
}

#[test]
fn a_phone_that_refuses_the_load_by_configuration_and_one_that_ignores_it_are_told_apart() {
    let mut tale = Tale::begin();
    tale.starts_with_an_offer(7, ONE); // refuses: takes the manifest and starts its old load
    tale.gets(7, MANIFEST);
    tale.starts_with_an_offer(8, TWO); // ignores: asks for nothing
    tale.wait(20);
    tale.starts_with_an_offer(7, ONE);
    assert_eq!((tale.stage(7), tale.stage(8)), (Stage::Seen, Stage::Seen), "too early to tell");
    tale.wait(125);
    assert_eq!((tale.stage(7), tale.stage(8)), (Stage::Rejected, Stage::Ignores));
    assert!(tale.phone(7).words().contains("once"), "{}", tale.phone(7).words());
    assert!(tale.phone(8).words().ends_with("has not asked for it for 2 min"), "{}", tale.phone(8).words());
    // A second fetch says it at once.
    tale.gets(7, MANIFEST);
    assert_eq!(tale.stage(7), Stage::Rejected);
    assert!(tale.phone(7).words().contains("2 times"));
    // Whoever asks after all, or is reset, is under way.
    tale.gets(8, "term45.default.loads");
    assert_eq!(tale.stage(8), Stage::Loading);
}

#[test]
fn a_phone_that_was_not_offered_anything_is_only_seen_however_long() {
    let mut tale = Tale::begin();
    tale.starts(7, ONE);
    tale.wait(3600);
    assert_eq!(tale.stage(7), Stage::Seen);
}

#[test]
fn a_reset_phone_among_phones_by_configuration_is_back_as_ever() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts_with_an_offer(7, ONE);
    assert_eq!(tale.stage(7), Stage::Back);
}
