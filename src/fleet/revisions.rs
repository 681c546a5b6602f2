//! What is learnt late: the end of a transfer after the next request, a repeat, a word after a long silence.

use super::Stage;
use super::telling::{Tale, address};
use crate::journal::Event;

const MAC: &str = "001B2AAA0001";

#[test]
fn a_list_whose_end_is_learnt_late_is_no_sign_of_refusal_once_an_image_was_asked_for() {
    let mut tale = Tale::begin();
    let first = tale.asks(7, "term45.default.loads");
    tale.gets(7, "term45.default.loads");
    tale.asks(7, &Tale::images("45")[0]);
    tale.goes_silent(7, first, 512, true);
    // Its power is cut, and it begins again.
    tale.gets(7, "term45.default.loads");
    assert_eq!(tale.stage(7), Stage::Loading);
}

#[test]
fn a_list_that_is_missing_is_forgotten_when_another_one_is_there() {
    let mut tale = Tale::begin();
    tale.is_refused(7, "SCCP45.9-4-2SR3-1S.loads");
    assert_eq!(tale.stage(7), Stage::MissingFile);
    tale.wait(60);
    tale.asks(7, "term45.default.loads");
    assert_eq!(tale.stage(7), Stage::Loading);
}

#[test]
fn a_transfer_cut_short_by_the_next_request_from_its_port_was_at_its_end_or_not() {
    for (left, stage) in [(100, Stage::Back), (10_000, Stage::Seen)] {
        let mut tale = Tale::begin();
        tale.gets(7, "term45.default.loads");
        for image in Tale::images("45") {
            let transfer = tale.asks(7, &image);
            tale.goes_silent(7, transfer, Tale::octets(&image) - left, false);
        }
        tale.starts(7, MAC);
        assert_eq!(tale.stage(7), stage, "{left} octets left");
    }
}

#[test]
fn a_question_for_the_size_alone_is_not_told_as_an_error() {
    let mut tale = Tale::begin();
    let transfer = tale.asks(7, "term45.default.loads");
    tale.record(Event::Aborted {
        phone: address(7),
        transfer,
        octets: 0,
        code: 8,
        message: "size known".into(),
        retransmissions: 0,
    });
    tale.wait(121);
    assert_eq!(tale.phone(7).words(), "stuck after term45.default.loads: asked for nothing for 2 min");
}

#[test]
fn a_phone_that_says_anything_after_its_last_image_is_given_its_time_again() {
    let mut tale = Tale::begin();
    tale.gets_all(7, "term45.default.loads", "45");
    tale.wait(500);
    tale.is_refused(7, "ringlist.xml");
    tale.wait(200);
    assert_eq!(tale.stage(7), Stage::WritingFlash);
    tale.wait(401);
    assert_eq!(tale.stage(7), Stage::Stuck);
}
