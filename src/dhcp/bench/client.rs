//! Who a DHCP client is: a Cisco phone by its vendor class, or by its MAC and what it asks for; one that was let in by
//! hand; or a stranger, who gets no answer.
//!
//! What phones say is data (`assets/dhcp-clients.toml`).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::wire::{Ask, code};
use crate::error::printable;
use crate::fleet::Mac;

/// Longest vendor class that is kept, in characters.
const MAX_CLASS: usize = 60;
/// Clients that can be let in by hand, so that a list cannot grow without bound.
const MAX_LET_IN: usize = 4096;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// It is served.
    Served {
        /// Its model, if its vendor class names one of the catalog.
        model: Option<String>,
    },
    /// It gets no answer.
    Stranger(WhyStranger),
}

/// Why a client gets no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyStranger {
    /// Its vendor class is that of something else.
    OtherClass,
    /// It names no vendor class, and its MAC is not one of Cisco's.
    OtherMac,
    /// A MAC of Cisco's without a phone's class, and it does not ask for option 150.
    NoOption150,
    /// It calls itself as switches and routers of the same maker do.
    Switch,
}

impl WhyStranger {
    /// The reason in words, to follow a MAC.
    pub fn words(self) -> &'static str {
        match self {
            Self::OtherClass => "says that it is something else than a Cisco phone",
            Self::OtherMac => "does not say what it is, and its MAC is not one of Cisco's",
            Self::NoOption150 => "is a Cisco device that does not ask for option 150",
            Self::Switch => "calls itself as a Cisco switch or router does",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test reads where each entry is from"))]
struct File {
    schema: u32,
    phone_class: Vec<Beginning>,
    bare_class: Bare,
    no_phone_id: Vec<Beginning>,
    mac_blocks: Blocks,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test reads where each entry is from"))]
struct Beginning {
    begins: String,
    source: String,
    checked: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test reads where each entry is from"))]
struct Bare {
    text: String,
    source: String,
    checked: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "a test reads where each entry is from"))]
struct Blocks {
    source: String,
    checked: String,
    first_octets: String,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../assets/dhcp-clients.toml"))
        .expect("the embedded table parses: a test beside this line reads it")
});

static BLOCKS: LazyLock<BTreeSet<[u8; 3]>> = LazyLock::new(|| {
    let block = |text: &str| u32::from_str_radix(text, 16).ok().map(u32::to_be_bytes);
    let blocks = FILE.mac_blocks.first_octets.split_whitespace().filter_map(block);
    blocks.map(|[_, a, b, c]| [a, b, c]).collect()
});

/// Knows phones, and whom somebody let in.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    /// Vendor class and model, as the catalog has them.
    models: Vec<(String, String)>,
    by_hand: BTreeSet<Mac>,
}

impl Clients {
    /// From pairs of vendor class and model, and the MACs that are served whatever they say.
    pub fn new(
        models: impl IntoIterator<Item = (String, String)>,
        let_in: impl IntoIterator<Item = Mac>,
    ) -> Self {
        let mut models: Vec<_> = models.into_iter().collect();
        // The longest first: `CP-7941G-GE` begins like `CP-7941G`.
        models.sort_by_key(|(class, _)| std::cmp::Reverse(class.len()));
        Self { models, by_hand: let_in.into_iter().take(MAX_LET_IN).collect() }
    }

    /// From now on this one is served, whatever it says.
    pub fn let_in(&mut self, mac: Mac) {
        if self.by_hand.len() < MAX_LET_IN {
            self.by_hand.insert(mac);
        }
    }

    /// Who sent this.
    pub(super) fn judge(&self, ask: &Ask) -> Client {
        let class = ask.vendor_class.as_deref().unwrap_or_default();
        let served = Client::Served { model: self.model(class) };
        let is_phone = FILE.phone_class.iter().any(|known| class.starts_with(&known.begins));
        if is_phone || self.by_hand.contains(&ask.mac) {
            return served;
        }
        if !class.is_empty() && class != FILE.bare_class.text {
            return Client::Stranger(WhyStranger::OtherClass);
        }
        let [a, b, c, ..] = ask.mac.0;
        if !BLOCKS.contains(&[a, b, c]) {
            return Client::Stranger(WhyStranger::OtherMac);
        }
        // The first octet of a client identifier is its type.
        let id = ask.client_id.as_deref().and_then(|id| id.get(1..)).unwrap_or_default();
        if FILE.no_phone_id.iter().any(|known| id.starts_with(known.begins.as_bytes())) {
            return Client::Stranger(WhyStranger::Switch);
        }
        if !ask.wants.contains(&code::TFTP_ADDRESSES) {
            return Client::Stranger(WhyStranger::NoOption150);
        }
        served
    }

    fn model(&self, class: &str) -> Option<String> {
        let named = |(known, _): &&(String, String)| class.starts_with(known.as_str());
        self.models.iter().find(named).map(|(_, model)| model.clone())
    }
}

/// A vendor class as it is kept: without the NUL octet that phones put behind it, and printable.
pub(super) fn class_text(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    printable(text.trim_end_matches('\0').trim(), MAX_CLASS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dhcp::{Message, MessageType};

    const CISCO: Mac = Mac([0x00, 0x1b, 0x2a, 0xaa, 0, 1]);
    const OTHER: Mac = Mac([0x02, 0, 0, 0, 0, 1]);

    fn clients() -> Clients {
        let model = |class: &str, model: &str| (class.to_owned(), model.to_owned());
        Clients::new(
            [
                model("Cisco Systems, Inc. IP Phone CP-7941G", "7941G"),
                model("Cisco Systems, Inc. IP Phone CP-7941G-GE", "7941G-GE"),
                model("Cisco Systems, Inc. IP Phone CP-7945G", "7945G"),
            ],
            [Mac([6; 6])],
        )
    }

    fn judge(mac: Mac, class: Option<&[u8]>, wants: &[u8], id: Option<&[u8]>) -> Client {
        let mut message =
            Message::request(MessageType::Discover, 1, mac).with(code::PARAMETER_LIST, wants.to_vec());
        if let Some(class) = class {
            message = message.with(code::VENDOR_CLASS, class.to_vec());
        }
        if let Some(id) = id {
            message = message.with(code::CLIENT_ID, id.to_vec());
        }
        clients().judge(&Ask::of(&message))
    }

    fn served(model: Option<&str>) -> Client {
        Client::Served { model: model.map(str::to_owned) }
    }

    #[test]
    fn the_table_parses_names_its_sources_and_knows_the_block_of_a_real_phone() {
        assert_eq!(FILE.schema, 1);
        for entry in FILE.phone_class.iter().chain(&FILE.no_phone_id) {
            assert!(!entry.begins.is_empty() && !entry.source.is_empty() && !entry.checked.is_empty());
        }
        assert!(!FILE.bare_class.source.is_empty() && !FILE.bare_class.checked.is_empty());
        assert!(!FILE.mac_blocks.source.is_empty() && !FILE.mac_blocks.checked.is_empty());
        let written = FILE.mac_blocks.first_octets.split_whitespace().count();
        assert_eq!(
            (BLOCKS.len(), written),
            (1043, 1043),
            "a block is no six hexadecimal digits, or there twice"
        );
        assert!(BLOCKS.contains(&[0x00, 0x1b, 0x2a]));
    }

    #[test]
    fn a_phones_vendor_class_is_enough_and_tells_the_model_with_or_without_its_nul() {
        for class in
            [&b"Cisco Systems, Inc. IP Phone CP-7945G\0"[..], b"Cisco Systems, Inc. IP Phone CP-7945G"]
        {
            assert_eq!(judge(OTHER, Some(class), &[], None), served(Some("7945G")));
        }
        let gigabit = b"Cisco Systems, Inc. IP Phone CP-7941G-GE\0";
        assert_eq!(judge(OTHER, Some(gigabit), &[], None), served(Some("7941G-GE")));
        assert_eq!(judge(OTHER, Some(b"Cisco Systems, Inc. IP Phone 7912"), &[], None), served(None));
        assert_eq!(judge(OTHER, Some(b"Cisco Systems Inc. Wireless Phone 7921"), &[], None), served(None));
    }

    #[test]
    fn without_a_phones_class_the_mac_and_the_wish_for_option_150_have_to_agree() {
        let stranger = Client::Stranger;
        for class in [None, Some(&b"Cisco Systems, Inc."[..]), Some(b"")] {
            assert_eq!(judge(CISCO, class, &[1, 66, 150], None), served(None));
            assert_eq!(judge(CISCO, class, &[1, 66], None), stranger(WhyStranger::NoOption150));
            assert_eq!(judge(OTHER, class, &[1, 66, 150], None), stranger(WhyStranger::OtherMac));
        }
        assert_eq!(judge(CISCO, Some(b"MSFT 5.0"), &[150], None), stranger(WhyStranger::OtherClass));
        let id = b"\0cisco-001b.2aaa.0001-Vl1";
        assert_eq!(judge(CISCO, None, &[150], Some(id)), stranger(WhyStranger::Switch));
        assert_eq!(judge(CISCO, None, &[150], Some(b"")), served(None));
    }

    #[test]
    fn whoever_was_let_in_by_hand_is_served_whatever_it_says() {
        assert_eq!(judge(Mac([6; 6]), Some(b"MSFT 5.0"), &[], None), served(None));
    }
}
