//! The reset coach: which key of the sequence is to be pressed now, how long the phone still waits, what the lamps do.
//!
//! It knows nothing of the phone in the technician's hand: it goes on by Space, and through the code by itself, at a
//! pace that a thumb can follow. The procedure itself comes from the catalog.

use std::time::Duration;

use crate::catalog::{Catalog, Caution, Lamps, Model, Reset};
use crate::journal::ServedLoad;
use crate::timestamp::Timestamp;

/// How long each key of the code is shown when the coach goes on by itself.
const BEAT: Duration = Duration::from_secs(1);

/// After this time without a beat the lamps rest.
const RESTS: Duration = Duration::from_secs(120);

/// Where the technician is in the procedure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// At this step of the procedure, from 0; the code is not one of them.
    Step(usize),
    /// At this key of the code, from 0.
    Key(usize),
    /// The code is keyed in.
    Done,
}

/// The coach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coach {
    /// Index into the models that the served loads are for.
    pub model: usize,
    /// Where the technician is.
    pub beat: Beat,
    /// Whether it goes through the code by itself.
    pub paces: bool,
    /// When this beat began.
    since: Option<Timestamp>,
    /// When the phone began to wait for the code.
    code_since: Option<Timestamp>,
}

impl Default for Coach {
    fn default() -> Self {
        Self { model: 0, beat: Beat::Step(0), paces: true, since: None, code_since: None }
    }
}

/// How far a part of the procedure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It was done.
    Past,
    /// It is to be done now.
    Now,
    /// It comes later.
    Later,
}

/// What the coach says at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct CoachView<'a> {
    /// The model.
    pub model: &'a Model,
    /// Its procedure.
    pub reset: &'a Reset,
    /// What to beware of before power is touched.
    pub cautions: Vec<&'a Caution>,
    /// The steps before the code, in order.
    pub steps: Vec<(&'a str, Turn)>,
    /// The keys of the code, in order.
    pub code: Vec<(char, Turn)>,
    /// The key to press now; `#` while it is to be held.
    pub press: Option<char>,
    /// Whether that key is held, not pressed once.
    pub hold: bool,
    /// What the lamps do now.
    pub lamps: Option<&'a Lamps>,
    /// Seconds that the phone still waits for the code; 0 when that time is over.
    pub seconds_left: Option<u64>,
    /// Seconds that it waits in all.
    pub window: Option<u64>,
}

/// The models that the served loads are for, by name.
pub fn models(loads: &[ServedLoad]) -> Vec<&'static Model> {
    let served = |model: &&Model| {
        let file = &model.default_load_file.value;
        loads.iter().any(|load| load.default_load_files.iter().any(|have| have.eq_ignore_ascii_case(file)))
    };
    Catalog::embedded().models().iter().filter(served).collect()
}

impl Coach {
    /// What the coach says at `now` to somebody with a phone that one of `loads` is for; `None` if there is no model.
    pub fn view(&self, loads: &[ServedLoad], now: Timestamp) -> Option<CoachView<'static>> {
        let catalog = Catalog::embedded();
        let models = models(loads);
        let model = *models.get(self.model % models.len().max(1))?;
        let reset = catalog.reset_for(model);
        let turn = |part: Beat| match position(part).cmp(&position(self.beat)) {
            std::cmp::Ordering::Less => Turn::Past,
            std::cmp::Ordering::Equal => Turn::Now,
            std::cmp::Ordering::Greater => Turn::Later,
        };
        let before_code = steps_before_code(reset);
        let hold = matches!(self.beat, Beat::Step(n) if n > 0);
        let press = match self.beat {
            Beat::Step(0) | Beat::Done => None,
            Beat::Step(_) => Some('#'),
            Beat::Key(n) => reset.code.value.chars().nth(n),
        };
        let window = reset.window_seconds.as_ref().map(|fact| u64::from(fact.value));
        let waited = self.code_since.map(|since| now.since(since).as_secs());
        let seconds_left = window.zip(waited).map(|(window, waited)| window.saturating_sub(waited));
        let lamps = match self.beat {
            Beat::Step(0) => None,
            Beat::Step(_) | Beat::Key(_) => reset.lamps_waiting.as_ref(),
            Beat::Done => reset.lamps_after.as_ref(),
        };
        Some(CoachView {
            model,
            reset,
            cautions: catalog.cautions_for(model).collect(),
            steps: (0..before_code).map(|n| (reset.steps[n].as_str(), turn(Beat::Step(n)))).collect(),
            code: reset.code.value.chars().enumerate().map(|(n, key)| (key, turn(Beat::Key(n)))).collect(),
            press,
            hold,
            lamps: lamps.map(|fact| &fact.value),
            seconds_left: seconds_left.filter(|_| matches!(self.beat, Beat::Key(_))),
            window,
        })
    }

    /// One beat further; behind the last one the next phone begins.
    pub(super) fn step(&mut self, loads: &[ServedLoad], now: Timestamp) {
        let Some(view) = self.view(loads, now) else { return };
        let (steps, keys) = (view.steps.len(), view.code.len());
        self.beat = match self.beat {
            Beat::Step(n) if n + 1 < steps => Beat::Step(n + 1),
            Beat::Step(_) => Beat::Key(0),
            Beat::Key(n) if n + 1 < keys => Beat::Key(n + 1),
            Beat::Key(_) => Beat::Done,
            Beat::Done => Beat::Step(0),
        };
        self.since = Some(now);
        match self.beat {
            Beat::Key(0) => self.code_since = Some(now),
            Beat::Key(_) => {}
            Beat::Step(_) | Beat::Done => self.code_since = None,
        }
    }

    /// Begin with a model of this family, if one is served and nothing has begun yet.
    pub(super) fn begin_with(&mut self, loads: &[ServedLoad], family: &str) {
        if let Some(model) = models(loads).iter().position(|model| model.family == family)
            && !self.has_begun()
        {
            self.model = model;
        }
    }

    /// From the beginning: the technician was faster than the thumb.
    pub(super) fn restart(&mut self) {
        *self = Self { model: self.model, paces: self.paces, ..Self::default() };
    }

    /// Whether [`Self::restart`] would change something.
    pub(super) fn has_begun(&self) -> bool {
        self.beat != Beat::Step(0)
    }

    /// Another model, from its first step on.
    pub(super) fn next_model(&mut self, loads: &[ServedLoad]) {
        let count = models(loads).len().max(1);
        self.model = (self.model + 1) % count;
        self.restart();
    }

    /// Time has passed: through the code it goes by itself.
    pub(super) fn tick(&mut self, loads: &[ServedLoad], now: Timestamp) {
        let due = self.since.is_some_and(|since| now.since(since) >= BEAT);
        if self.paces && due && matches!(self.beat, Beat::Key(_)) {
            self.step(loads, now);
        }
    }

    /// Whether the picture changes by mere time: the window runs out, lamps blink. They rest once nobody can be
    /// waiting for them any more.
    pub fn moves(&self, now: Timestamp) -> bool {
        let recent = self.since.is_some_and(|since| now.since(since) < RESTS);
        self.beat != Beat::Step(0) && recent
    }
}

fn position(beat: Beat) -> usize {
    match beat {
        Beat::Step(n) => n,
        Beat::Key(n) => 1000 + n,
        Beat::Done => 2000,
    }
}

/// The last step of a procedure is the code itself.
fn steps_before_code(reset: &Reset) -> usize {
    reset.steps.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads() -> Vec<ServedLoad> {
        vec![ServedLoad {
            load: "SCCP45.8-5-2S".into(),
            family: "45".into(),
            default_load_files: vec!["term45.default.loads".into(), "term65.default.loads".into()],
            manifest: "SCCP45.8-5-2S.loads".into(),
            images: Vec::new(),
        }]
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(1000 * seconds)
    }

    #[test]
    fn it_leads_through_the_whole_code_and_counts_the_window_down() {
        let (loads, mut coach) = (loads(), Coach::default());
        assert_eq!(coach.view(&loads, at(0)).unwrap().press, None);
        let mut keyed = String::new();
        for second in 1..100 {
            let view = coach.view(&loads, at(second)).unwrap();
            match coach.beat {
                Beat::Step(n) => {
                    assert_eq!(view.press, (n > 0).then_some('#'));
                    coach.step(&loads, at(second));
                }
                Beat::Key(_) => {
                    keyed.extend(view.press);
                    assert!(view.seconds_left.is_some_and(|left| left > 30 && left <= 60));
                    coach.tick(&loads, at(second + 1));
                }
                Beat::Done => break,
            }
        }
        assert_eq!(keyed, "123456789*0#");
        assert!(coach.view(&loads, at(200)).unwrap().lamps.is_some());
    }

    #[test]
    fn it_waits_for_space_when_it_must_not_pace() {
        let (loads, mut coach) = (loads(), Coach { paces: false, ..Coach::default() });
        for _ in 0..4 {
            coach.step(&loads, at(1));
        }
        let before = coach.clone();
        coach.tick(&loads, at(90));
        assert_eq!(coach, before);
        assert_eq!(coach.view(&loads, at(90)).unwrap().seconds_left, Some(0));
    }

    #[test]
    fn every_model_of_the_series_can_be_led() {
        for model in Catalog::embedded().models() {
            let load = ServedLoad {
                default_load_files: vec![model.default_load_file.value.clone()],
                ..loads()[0].clone()
            };
            let view = Coach::default().view(std::slice::from_ref(&load), at(0)).unwrap();
            assert!(!view.steps.is_empty() && !view.code.is_empty(), "{}", model.model);
        }
        assert_eq!(Coach::default().view(&[], at(0)), None);
    }
}
