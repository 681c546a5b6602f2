//! The step Report beyond reading: what the phones' own pages say, and who worked where.

use super::field::TextField;
use super::model::{Model, SiteField};
use super::msg::{Effect, Moment};
use super::step::Step;
use crate::error::printable;
use crate::fleet::{PhoneNow, Stage};
use crate::journal::Event;

/// Longest name and place, in characters.
const LONGEST: usize = 200;

/// Phones that can prove something: those that are back.
pub(super) fn phones_to_ask(at: Moment<'_>) -> impl Iterator<Item = PhoneNow<'_>> {
    at.fleet.phones(at.now).filter(|phone| phone.stage() == Stage::Back)
}

impl Model {
    /// Ask every phone that is back what it runs and whom it asks.
    pub(super) fn ask_phones(&mut self, at: Moment<'_>) -> Vec<Effect> {
        let phones: Vec<_> = phones_to_ask(at).map(|phone| (phone.address(), phone.mac())).collect();
        if phones.is_empty() {
            return Vec::new();
        }
        self.report.asking = true;
        vec![Effect::AskPhones(phones, self.mode)]
    }

    /// The report with what was learnt since.
    pub(super) fn report_again(&mut self) -> Vec<Effect> {
        if !matches!(self.step, Step::Report(..)) {
            return Vec::new();
        }
        let ticket = self.ticket();
        self.report.awaited = Some(ticket);
        vec![Effect::MakeReport(ticket)]
    }

    /// Begin to type who works and where; who confirmed option 150 is the likeliest.
    pub(super) fn type_site(&mut self) {
        let known = self.report.report.as_ref();
        let who = known.and_then(|report| report.who.clone()).or_else(|| self.switch_back.by());
        let who = who.or_else(|| self.option150.by()).unwrap_or_default();
        let place = known.and_then(|report| report.place.clone()).unwrap_or_default();
        (self.report.who, self.report.place) = (TextField::with(who), TextField::with(place));
        self.report.typing = Some(SiteField::Who);
    }

    /// Put on record what was typed.
    pub(super) fn put_site(&mut self) -> Vec<Effect> {
        let said = |field: &TextField| {
            let text = printable(field.text().trim(), LONGEST);
            (!text.is_empty()).then_some(text)
        };
        let (who, place) = (said(&self.report.who), said(&self.report.place));
        self.report.typing = None;
        if who.is_none() && place.is_none() {
            return Vec::new();
        }
        let mut effects = vec![Effect::Journal(Event::Site { who, place })];
        effects.extend(self.report_again());
        effects
    }
}
