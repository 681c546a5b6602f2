//! Phones that take their load by configuration, without a reset: what they read in it, and what they do then
//! (PHONES.md 4.1, 5).

use std::collections::VecDeque;

use super::life::Life;
use super::phone::Character;
use super::script::{Act, End, Fetch, Kind, start};
use crate::catalog::Catalog;

/// What a phone makes of a configuration that names another load than its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heed {
    /// It fetches the load's manifest, and does as the manifest says.
    Takes,
    /// It fetches the manifest, does not trust it, and starts its old load again.
    Refuses,
    /// It goes on with what it has.
    Ignores,
}

/// From power-up: a start like any other.
pub(super) fn opening(who: &Character, life: &'static Life) -> VecDeque<Act> {
    let mut script = VecDeque::from([Act::Wait(&life.arrival)]);
    script.extend(start(who, life));
    // Nobody offered anything.
    script.push_back(Act::End(End::Ignored));
    script
}

/// After a configuration came whole.
pub(super) fn heed(who: &Character, how: Heed, life: &'static Life, load: &str, round: u32) -> VecDeque<Act> {
    let manifest = Fetch { name: format!("{load}.loads"), kind: Kind::List };
    match how {
        Heed::Takes => VecDeque::from([Act::Wait(&life.before_settings), Act::Fetch(manifest)]),
        Heed::Ignores => VecDeque::from([Act::End(End::Ignored)]),
        // It tries twice, like a phone after a reset.
        Heed::Refuses if round < 2 => {
            let mut script = VecDeque::from([Act::Wait(&life.before_settings), Act::Fetch(manifest)]);
            script.push_back(Act::Wait(&life.ask_again));
            script.extend(start(who, life));
            script
        }
        Heed::Refuses => VecDeque::from([Act::End(End::Rejected)]),
    }
}

/// The load that a configuration names for this phone: in its own file, or by the number of its model in the one for
/// all. Reads no more of the form than that.
pub(super) fn named_load(text: &[u8], who: &Character) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let number = Catalog::embedded().model(&who.model).map(|model| model.device_number.value);
    let own = "<loadInformation>".to_owned();
    let by_number = number.map(|number| format!("<loadInformation{number} "));
    let content = [Some(own), by_number].into_iter().flatten().find_map(|tag| {
        let rest = text.split_once(tag.as_str())?.1;
        Some(if tag.ends_with('>') { rest } else { rest.split_once('>')?.1 })
    })?;
    let load = content.split('<').next()?.trim();
    (!load.is_empty()).then(|| load.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Mac;
    use crate::rehearsal::Temperament;

    fn who(model: &str) -> Character {
        Character {
            model: model.into(),
            default_load_file: "term45.default.loads".into(),
            mac: Mac([2; 6]),
            addresses: [[10, 1, 1, 1].into(); 2],
            temperament: Temperament::ByConfiguration,
        }
    }

    #[test]
    fn a_phone_finds_its_load_by_its_own_file_or_by_its_number() {
        let all = b"<Default><loadInformation435 model=\"x\">SCCP45.8-5-2S</loadInformation435></Default>";
        assert_eq!(named_load(all, &who("7945G")).as_deref(), Some("SCCP45.8-5-2S"));
        assert_eq!(named_load(all, &who("7965G")), None);
        let own = b"<device><loadInformation> SCCP45.8-5-2S </loadInformation></device>";
        assert_eq!(named_load(own, &who("7965G")).as_deref(), Some("SCCP45.8-5-2S"));
        assert_eq!(named_load(b"<loadInformation></loadInformation>", &who("7965G")), None);
        assert_eq!(named_load(b"\xff", &who("7965G")), None);
    }
}
