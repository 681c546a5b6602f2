//! What the name in a request says by itself: settings, a default load file, a manifest, an image.
//!
//! The names are data (`assets/requests.toml`). Which load a file belongs to is the fleet's business, not this one's.

use std::sync::LazyLock;

use serde::Deserialize;

use super::mac::Mac;

/// What the name of a file says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Settings that a running phone asks for: CTL, ITL, `SEP<MAC>`, `XMLDefault`.
    Settings,
    /// `term45.default.loads`: what a phone asks for after a reset.
    DefaultLoadFile,
    /// `SCCP45.8-5-2S.loads`: what a phone asks for when its settings name another load.
    Manifest,
    /// An image of a load, `.sbn`.
    Image,
    /// Anything else: ring tones, languages, a stranger's guess.
    Other,
}

/// A request for settings, as phones make it when they start.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    /// The name with `{mac}` in the place of the phone's MAC.
    name: String,
    /// Part of every start; otherwise only some phones ask for it.
    #[serde(default = "yes")]
    pub at_start: bool,
    /// Asked for only when the request before it was refused.
    #[serde(default)]
    pub after_refusal: bool,
    /// Where this is known from.
    pub source: String,
    /// When that was looked up.
    pub checked: String,
}

fn yes() -> bool {
    true
}

impl SettingsRequest {
    /// The name that the phone with this MAC asks for.
    pub fn name_for(&self, mac: Mac) -> String {
        self.name.replace("{mac}", &mac.to_string())
    }

    /// Whether a phone, whatever its MAC, means this by `folded` (a name from [`fold`]).
    fn is_meant_by(&self, folded: &str) -> bool {
        let pattern = self.name.to_ascii_lowercase();
        match pattern.split_once("{mac}") {
            None => pattern == folded,
            Some((before, after)) => folded
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .is_some_and(|mac| mac.len() == 12 && mac.bytes().all(|b| b.is_ascii_hexdigit())),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test reads where each entry is from"))]
struct Requests {
    schema: u32,
    settings: Vec<SettingsRequest>,
    endings: Endings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test reads where each entry is from"))]
struct Endings {
    default_load_file: String,
    manifest: String,
    image: String,
    source: String,
    checked: String,
}

static REQUESTS: LazyLock<Requests> = LazyLock::new(|| {
    toml::from_str(include_str!("../../assets/requests.toml"))
        .expect("the embedded table parses: a test beside this line reads it")
});

/// The settings that phones ask for, in the order of a start.
pub fn settings() -> &'static [SettingsRequest] {
    &REQUESTS.settings
}

/// Whether a file of this name is settings: a phone asks for them when it starts, and a call manager has them.
pub fn asks_for_settings(name: &str) -> bool {
    named(name) == Named::Settings
}

/// A name as names are compared: one leading `/` or `./` removed, letters folded to lower case.
pub(super) fn fold(name: &str) -> String {
    name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(name).to_lowercase()
}

/// What a name says by itself.
pub(super) fn named(name: &str) -> Named {
    let folded = fold(name);
    let endings = &REQUESTS.endings;
    if REQUESTS.settings.iter().any(|request| request.is_meant_by(&folded)) {
        Named::Settings
    } else if folded.ends_with(&endings.default_load_file) {
        Named::DefaultLoadFile
    } else if folded.ends_with(&endings.manifest) {
        Named::Manifest
    } else if folded.ends_with(&endings.image) {
        Named::Image
    } else {
        Named::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_parses_and_names_its_sources() {
        assert_eq!(REQUESTS.schema, 1);
        for request in settings() {
            assert!(!request.source.is_empty() && !request.checked.is_empty(), "{request:?}");
        }
        assert!(!REQUESTS.endings.source.is_empty() && !REQUESTS.endings.checked.is_empty());
    }

    #[test]
    fn each_name_is_told_apart_without_regard_to_case() {
        for (name, want) in [
            ("CTLSEP001B2AAA0001.tlv", Named::Settings),
            ("/itlsep001b2aaa0001.TLV", Named::Settings),
            ("SEP001B2AAA0001.cnf.xml.sgn", Named::Settings),
            ("XMLDefault.cnf.xml", Named::Settings),
            ("SEP001B2AAA000.cnf.xml", Named::Other),
            ("SEP001B2AAA000G.cnf.xml", Named::Other),
            ("./Term45.default.loads", Named::DefaultLoadFile),
            ("SCCP45.8-5-2S.loads", Named::Manifest),
            ("Jar45sccp.8-5-2TH1-9.sbn", Named::Image),
            ("ringlist.xml", Named::Other),
            ("", Named::Other),
        ] {
            assert_eq!(named(name), want, "{name}");
        }
    }

    #[test]
    fn a_settings_request_reads_back_as_settings_of_that_phone() {
        let mac = Mac([0x02, 0x79, 0x45, 0, 0, 9]);
        for request in settings() {
            let name = request.name_for(mac);
            assert_eq!(named(&name), Named::Settings, "{name}");
            assert_eq!(Mac::in_file_name(&name), name.contains("SEP").then_some(mac), "{name}");
        }
    }
}
