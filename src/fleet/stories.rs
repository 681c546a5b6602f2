//! Each stage as a little log.

use std::time::Duration;

use super::telling::{Tale, address};
use super::{Mac, Stage};
use crate::journal::{Event, Refusal};

const MAC: &str = "001B2AAA0001";

#[test]
fn a_phone_that_asks_for_its_settings_only_is_seen() {
    let mut tale = Tale::begin();
    tale.starts(7, MAC);
    let phone = tale.phone(7);
    assert_eq!((phone.stage(), phone.mac()), (Stage::Seen, MAC.parse::<Mac>().ok()));
    assert_eq!((phone.file_of(), phone.total()), (None, 0));
    assert!(phone.advice()[0].contains("Factory-reset"), "{:?}", phone.advice());
    tale.wait(10_000);
    assert_eq!(tale.stage(7), Stage::Seen);
}

#[test]
fn a_healthy_phone_loads_writes_flash_and_is_back() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    assert_eq!(tale.stage(7), Stage::Loading);
    let phone = tale.phone(7);
    assert_eq!((phone.family(), phone.models()), (Some("45"), &["7945G".to_owned()][..]));
    assert_eq!(phone.file_of(), Some((1, 6)));

    for (nth, image) in (2..).zip(Tale::images("45")) {
        tale.wait(20);
        let transfer = tale.asks(7, &image);
        tale.wait(2);
        tale.progress(7, transfer, Tale::octets(&image) / 2);
        let phone = tale.phone(7);
        assert_eq!(
            (phone.stage(), phone.file(), phone.file_of()),
            (Stage::Loading, Some(&*image), Some((nth, 6)))
        );
        assert_eq!(phone.words(), format!("loading file {nth} of 6: {image}"));
        tale.wait(2);
        tale.served(7, transfer, &image);
    }
    let phone = tale.phone(7);
    assert_eq!((phone.stage(), phone.octets(), phone.total()), (Stage::WritingFlash, 7_000_000, 7_000_000));
    assert!(phone.share() >= 1.0, "{}", phone.share());
    assert_eq!(phone.retransmissions(), 6);
    assert!(phone.words().contains("do not unplug"), "{}", phone.words());

    tale.wait(300);
    assert_eq!(tale.stage(7), Stage::WritingFlash);
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Back);
    tale.wait(100_000);
    assert_eq!(tale.stage(7), Stage::Back);
    assert_eq!(tale.fleet.summary(tale.now).to_string(), "1 phone: 1 back");
}

#[test]
fn a_capital_j_in_a_name_makes_no_difference() {
    let mut tale = Tale::begin();
    tale.gets(7, "/TERM45.default.loads");
    tale.gets(7, "Jar45sccp.8-5-2TH1-9.sbn");
    assert_eq!((tale.phone(7).file_of(), tale.phone(7).octets()), (Some((2, 6)), 600_000));
}

#[test]
fn two_whole_default_load_files_and_no_image_are_a_rejected_load() {
    let mut tale = Tale::begin();
    tale.gets(7, "term65.default.loads");
    assert_eq!(tale.stage(7), Stage::Loading);
    tale.gets(7, "term65.default.loads");
    assert_eq!(tale.stage(7), Stage::Rejected);
    tale.wait(140);
    assert_eq!(tale.stage(7), Stage::Rejected, "the pause between two pairs is no other trouble");
    tale.asks(7, "term65.default.loads");
    assert_eq!(tale.stage(7), Stage::Rejected);
    let advice = tale.phone(7).advice().join("\n");
    assert!(advice.contains("8.5(2)") && advice.contains("Load rejected HC"), "{advice}");
    assert!(tale.phone(7).words().contains("term65.default.loads 2 times"), "{}", tale.phone(7).words());
}

#[test]
fn a_rejected_phone_that_asks_for_an_image_is_loading() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.gets(7, "term45.default.loads");
    tale.wait(120);
    tale.gets(7, "term45.default.loads");
    tale.asks(7, &Tale::images("45")[0]);
    assert_eq!(tale.stage(7), Stage::Loading);
}

#[test]
fn a_manifest_fetched_at_every_start_and_never_followed_by_an_image_is_rejected_too() {
    let mut tale = Tale::begin();
    for _ in 0..2 {
        tale.starts(7, MAC);
        tale.gets(7, "SCCP45.8-5-2S.loads");
        tale.wait(60);
    }
    assert_eq!(tale.stage(7), Stage::Rejected);
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Rejected);
}

#[test]
fn a_phone_told_by_its_settings_to_take_the_load_comes_back_without_a_reset() {
    let mut tale = Tale::begin();
    tale.starts(7, MAC);
    tale.gets_all(7, "SCCP45.8-5-2S.loads", "45");
    assert_eq!((tale.stage(7), tale.phone(7).family()), (Stage::WritingFlash, Some("45")));
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Back);
}

#[test]
fn a_file_that_is_not_in_the_set_is_named() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.is_refused(7, "Jar45sccp.8-4-2.sbn");
    assert_eq!(tale.stage(7), Stage::MissingFile);
    // It still asks for the next image, and then closes its port (PHONES.md 4.1).
    let transfer = tale.asks(7, &Tale::images("45")[1]);
    assert_eq!(tale.stage(7), Stage::MissingFile);
    tale.goes_silent(7, transfer, 512, false);
    tale.wait(1000);
    assert_eq!(tale.stage(7), Stage::MissingFile);
    let phone = tale.phone(7);
    assert_eq!(phone.missing().collect::<Vec<_>>(), ["Jar45sccp.8-4-2.sbn"]);
    assert!(phone.words().contains("Jar45sccp.8-4-2.sbn"), "{}", phone.words());
    assert!(phone.advice()[0].contains("Jar45sccp.8-4-2.sbn"), "{:?}", phone.advice());
}

#[test]
fn a_phone_of_a_family_that_is_not_served_is_told_so() {
    let mut tale = Tale::begin();
    tale.is_refused(9, "term75.default.loads");
    let phone = tale.phone(9);
    assert_eq!((phone.stage(), phone.family()), (Stage::MissingFile, Some("75")));
    assert!(phone.words().contains("7975G of family 75"), "{}", phone.words());
    assert!(phone.advice()[0].contains("family 75 (7975G)"), "{:?}", phone.advice());
    tale.is_refused(8, "SCCP45.9-4-2SR3-1S.loads");
    assert_eq!(tale.stage(8), Stage::MissingFile);
    assert!(tale.phone(8).words().contains("SCCP45.9-4-2SR3-1S.loads"), "{}", tale.phone(8).words());
}

#[test]
fn quiet_between_files_is_patience_first_and_stuck_later_and_a_request_revises_it() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.gets(7, &Tale::images("45")[0]);
    tale.wait(120);
    assert_eq!(tale.stage(7), Stage::Loading);
    tale.wait(1);
    assert_eq!(tale.stage(7), Stage::Stuck);
    assert!(tale.phone(7).words().contains("2 min"), "{}", tale.phone(7).words());
    tale.asks(7, &Tale::images("45")[1]);
    assert_eq!(tale.stage(7), Stage::Loading);
}

#[test]
fn quiet_for_too_long_after_the_last_image_is_stuck_and_not_done() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.wait(601);
    assert_eq!(tale.stage(7), Stage::Stuck);
    assert!(tale.phone(7).advice().join(" ").contains("option 150"), "{:?}", tale.phone(7).advice());
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Back);
}

#[test]
fn a_phone_that_stops_in_the_middle_of_a_file_is_silent() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    let image = &Tale::images("45")[0];
    let transfer = tale.asks(7, image);
    tale.wait(3);
    tale.progress(7, transfer, 51_200);
    tale.wait(15);
    assert_eq!(tale.stage(7), Stage::Loading);
    // A sample without news is no sign of life.
    tale.progress(7, transfer, 51_200);
    tale.wait(1);
    assert_eq!(tale.stage(7), Stage::Silent);
    assert!(tale.phone(7).words().contains(image), "{}", tale.phone(7).words());
    tale.goes_silent(7, transfer, 51_200, false);
    tale.wait(5000);
    assert_eq!(tale.stage(7), Stage::Silent);
    assert_eq!(tale.phone(7).octets(), 51_200);
    // Its cable is put back: it begins again, and nothing of the old try is counted.
    tale.asks(7, "term45.default.loads");
    assert_eq!((tale.stage(7), tale.phone(7).octets()), (Stage::Loading, 0));
}

#[test]
fn a_question_for_the_size_is_no_failure() {
    let mut tale = Tale::begin();
    for file in ["term45.default.loads", &Tale::images("45")[0]] {
        let transfer = tale.asks(7, file);
        tale.record(Event::Aborted {
            phone: address(7),
            transfer,
            octets: 0,
            code: 8,
            message: "size known".into(),
            retransmissions: 0,
        });
        tale.wait(1);
        assert_eq!(tale.stage(7), Stage::Loading, "{file}");
        tale.gets(7, file);
    }
    assert_eq!(tale.phone(7).octets(), 600_000);
    tale.wait(200);
    assert!(tale.phone(7).words().starts_with("stuck after jar"), "{}", tale.phone(7).words());
}

#[test]
fn a_transfer_that_the_phone_ends_is_told_with_its_code() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    let transfer = tale.asks(7, &Tale::images("45")[0]);
    tale.record(Event::Aborted {
        phone: address(7),
        transfer,
        octets: 1024,
        code: 3,
        message: "disk full".into(),
        retransmissions: 0,
    });
    tale.wait(121);
    assert_eq!(tale.stage(7), Stage::Stuck);
    assert!(tale.phone(7).words().contains("error 3 (disk full)"), "{}", tale.phone(7).words());
}

#[test]
fn a_phone_whose_very_last_ack_is_missing_is_not_called_silent_while_it_may_write_flash() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    let images = Tale::images("45");
    let (last, before) = images.split_last().unwrap();
    for image in before {
        tale.gets(7, image);
    }
    let transfer = tale.asks(7, last);
    tale.progress(7, transfer, Tale::octets(last) - 600);
    tale.wait(40);
    assert_eq!(tale.stage(7), Stage::Silent, "more than one block is missing");
    tale.progress(7, transfer, Tale::octets(last) - 100);
    tale.wait(40);
    assert_eq!(tale.stage(7), Stage::WritingFlash);
    assert!(tale.phone(7).advice()[0].contains("Do not unplug"));
}

#[test]
fn a_lost_last_ack_does_not_make_a_file_less_whole() {
    for late in [false, true] {
        let mut tale = Tale::begin();
        for file in std::iter::once("term45.default.loads".to_owned()).chain(Tale::images("45")) {
            let transfer = tale.asks(7, &file);
            if !late {
                tale.goes_silent(7, transfer, Tale::octets(&file) - 100, true);
            }
        }
        assert_eq!(tale.stage(7), if late { Stage::Loading } else { Stage::WritingFlash });
        tale.starts(7, MAC);
        assert_eq!(tale.stage(7), Stage::Back, "late {late}");
        assert_eq!(tale.phone(7).octets(), 7_000_000);
    }
}

#[test]
fn a_phone_that_closed_its_port_before_our_repeat_had_the_file() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    for image in Tale::images("45") {
        let transfer = tale.asks(7, &image);
        tale.record(Event::Aborted {
            phone: address(7),
            transfer,
            octets: Tale::octets(&image) - 100,
            code: 5,
            message: "unknown transfer".into(),
            retransmissions: 1,
        });
    }
    assert_eq!(tale.stage(7), Stage::WritingFlash);
}

#[test]
fn a_file_taken_for_whole_that_was_not_takes_the_conclusion_back() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    let images = Tale::images("45");
    for image in &images[..4] {
        tale.gets(7, image);
    }
    let transfer = tale.asks(7, &images[4]);
    tale.progress(7, transfer, 10_240);
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Back);
    tale.goes_silent(7, transfer, 10_240, false);
    assert_eq!(tale.stage(7), Stage::Seen);
    assert!(tale.phone(7).words().contains("4 of 5 images"), "{}", tale.phone(7).words());
}

#[test]
fn a_phone_that_starts_before_it_has_everything_is_not_back() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    tale.gets(7, &Tale::images("45")[0]);
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Seen);
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Back);
}

#[test]
fn a_phone_already_at_its_last_images_when_the_program_starts_still_comes_back() {
    let mut tale = Tale::begin();
    for image in &Tale::images("45")[3..] {
        tale.gets(7, image);
    }
    assert_eq!(tale.stage(7), Stage::WritingFlash);
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Back);
}

#[test]
fn a_phone_that_begins_again_after_all_images_goes_round() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.wait(60);
    tale.gets(7, "term45.default.loads");
    tale.gets(7, "term45.default.loads");
    assert_eq!(tale.stage(7), Stage::RoundAgain, "it took images before: that is no refusal");
    assert_eq!((tale.phone(7).rounds(), tale.phone(7).octets()), (1, 0));
    tale.asks(7, &Tale::images("45")[0]);
    assert_eq!(tale.stage(7), Stage::Loading);
    assert!(tale.phone(7).words().ends_with("(round 2)"), "{}", tale.phone(7).words());
    for image in Tale::images("45") {
        tale.gets(7, &image);
    }
    tale.starts(7, MAC);
    assert_eq!(tale.stage(7), Stage::Back);
}

#[test]
fn a_phone_that_is_back_and_reset_once_more_loads_afresh() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts(7, MAC);
    tale.wait(600);
    tale.asks(7, "term45.default.loads");
    assert_eq!((tale.stage(7), tale.phone(7).rounds(), tale.fleet.len()), (Stage::Loading, 0, 1));
}

#[test]
fn a_phone_that_is_back_and_asks_for_one_more_load_stays_back() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.starts(7, MAC);
    tale.is_refused(7, "SCCP45.9-4-2SR3-1S.loads");
    tale.is_refused(7, "ringlist.xml");
    assert_eq!(tale.stage(7), Stage::Back);
}

#[test]
fn a_busy_server_and_a_write_request_say_nothing_about_a_load() {
    let mut tale = Tale::begin();
    for reason in [Refusal::Busy, Refusal::Write, Refusal::Malformed] {
        tale.record(Event::Refused { phone: address(7), file: "term45.default.loads".into(), reason });
    }
    assert_eq!(
        (tale.stage(7), tale.phone(7).words()),
        (Stage::Seen, "seen; it asks for term45.default.loads".into())
    );
}

#[test]
fn an_image_that_is_longer_on_the_wire_counts_no_more_than_its_size() {
    let mut tale = Tale::begin();
    let image = Tale::images("45")[0].clone();
    let transfer = tale.asks(7, &image);
    tale.progress(7, transfer, 700_000); // netascii
    assert_eq!(tale.phone(7).octets(), 600_000);
}

#[test]
fn an_estimate_comes_after_some_seconds_and_only_while_it_loads() {
    let mut tale = Tale::begin();
    tale.gets(7, "term45.default.loads");
    let image = Tale::images("45")[2].clone();
    let transfer = tale.asks(7, &image);
    for second in 1..=20 {
        tale.wait(1);
        tale.progress(7, transfer, second * 100_000);
        assert_eq!(tale.phone(7).estimate().is_some(), second >= 4, "second {second}");
    }
    let phone = tale.phone(7);
    assert_eq!(phone.rate().map(f64::round), Some(100_000.0));
    assert_eq!(phone.estimate(), Some(Duration::from_secs(50)));
    tale.wait(20);
    assert_eq!((tale.stage(7), tale.phone(7).estimate()), (Stage::Silent, None));
}
