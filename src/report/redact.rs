//! Addresses and MACs out of a finished report, wherever they stand in it: in columns, and in the middle of words.
//!
//! The same address is replaced by the same name throughout, so that a reader can still follow who is who.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::Format;
use crate::fleet::Mac;

/// Names given so far.
#[derive(Debug, Default)]
struct Names {
    addresses: BTreeMap<String, usize>,
    macs: BTreeMap<Mac, usize>,
}

/// A report in `format` without IPv4 and IPv6 addresses and without MACs.
pub fn redact(report: &str, format: Format) -> String {
    let mut names = Names::default();
    if format != Format::Json {
        return names.scrub(report);
    }
    // In JSON the texts are looked at as they are, not as they are escaped.
    match serde_json::from_str(report) {
        Ok(value) => {
            let value = names.scrub_value(value);
            serde_json::to_string_pretty(&value).expect("a value that was read becomes JSON again")
        }
        Err(_) => names.scrub(report),
    }
}

impl Names {
    fn scrub_value(&mut self, value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::String(text) => Value::String(self.scrub(&text)),
            Value::Array(all) => all.into_iter().map(|value| self.scrub_value(value)).collect(),
            Value::Object(map) => Value::Object(
                map.into_iter().map(|(key, value)| (self.scrub(&key), self.scrub_value(value))).collect(),
            ),
            other => other,
        }
    }

    fn scrub(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        let mut before = None;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if let Some((length, name)) = self.found(before, rest) {
                out.push_str(&name);
                at += length;
                before = text[..at].chars().next_back();
            } else {
                out.push(c);
                at += c.len_utf8();
                before = Some(c);
            }
        }
        out
    }

    /// What stands at the beginning of `rest`: its length in octets, and the name for it.
    fn found(&mut self, before: Option<char>, rest: &str) -> Option<(usize, String)> {
        let hex_before = before.is_some_and(|c| c.is_ascii_hexdigit());
        let digit_before = before.is_some_and(|c| c.is_ascii_digit() || c == '.');
        if let Some((length, mac)) = named_mac(rest).or_else(|| (!hex_before).then(|| mac(before, rest))?) {
            let next = self.macs.len() + 1;
            let number = *self.macs.entry(mac).or_insert(next);
            return Some((length, format!("mac-{number}")));
        }
        let (length, address) = (!hex_before)
            .then(|| ipv6(rest))
            .flatten()
            .or_else(|| (!digit_before).then(|| ipv4(rest)).flatten())?;
        let next = self.addresses.len() + 1;
        let number = *self.addresses.entry(address).or_insert(next);
        Some((length, format!("address-{number}")))
    }
}

/// `SEP001B2AAA0001`, as phones are called; the MAC goes, and with it what marks the name as one.
fn named_mac(rest: &str) -> Option<(usize, Mac)> {
    let digits = rest.get(3..15)?;
    let named = rest.get(..3)?.eq_ignore_ascii_case("sep") && digits.bytes().all(|b| b.is_ascii_hexdigit());
    named.then(|| digits.parse().ok().map(|mac| (15, mac)))?
}

/// `001B2AAA0001`, `00:1b:2a:aa:00:01`, `00-1b-…`, `001b.2aaa.0001`.
fn mac(before: Option<char>, rest: &str) -> Option<(usize, Mac)> {
    for (length, separator, every) in [(17, b':', 2), (17, b'-', 2), (14, b'.', 4), (12, 0, 12)] {
        let Some(text) = rest.get(..length) else { continue };
        let fits = text.bytes().enumerate().all(|(at, octet)| match (at + 1) % (every + 1) {
            0 if separator != 0 => octet == separator,
            _ => octet.is_ascii_hexdigit(),
        });
        let follows = rest[length..].chars().next();
        let goes_on =
            follows.is_some_and(|c| c.is_ascii_hexdigit() || (separator == 0 && c.is_alphanumeric()));
        let bare_in_word = separator == 0 && before.is_some_and(char::is_alphanumeric);
        if fits && !goes_on && !bare_in_word {
            return Some((length, text.parse().ok()?));
        }
    }
    None
}

fn ipv4(rest: &str) -> Option<(usize, String)> {
    let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    // A full stop behind an address ends the sentence.
    let text = rest[..length].trim_end_matches('.');
    let address: Ipv4Addr = text.parse().ok()?;
    Some((text.len(), address.to_string()))
}

fn ipv6(rest: &str) -> Option<(usize, String)> {
    let length = rest.find(|c: char| !c.is_ascii_hexdigit() && c != ':' && c != '.').unwrap_or(rest.len());
    let mut text = &rest[..length];
    if text.matches(':').count() < 2 {
        return None;
    }
    // What follows an address may look as if it belonged to it: a colon, a full stop.
    loop {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Some((text.len(), address.to_string()));
        }
        text = text.strip_suffix([':', '.'])?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> String {
        redact(text, Format::Markdown)
    }

    #[test]
    fn addresses_and_macs_go_in_every_notation_and_the_same_gets_the_same_name() {
        assert_eq!(
            plain(
                "10.1.1.20: SEP001B2AAA0001 at 10.1.1.20:69. (00:1b:2a:aa:00:01) fe80::1%3, 001b.2aaa.0002"
            ),
            "address-1: mac-1 at address-1:69. (mac-1) address-2%3, mac-2"
        );
        assert_eq!(plain("SEP001B2AAA0001.cnf.xml CTLSEP001B2AAA0001.tlv"), "mac-1.cnf.xml CTLmac-1.tlv");
        assert_eq!(plain("http://10.1.1.1/x.zip, ends 10.1.1.2."), "http://address-1/x.zip, ends address-2.");
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        for text in [
            "SCCP45.8-5-2S jar45sccp.8-5-2TH1-9.sbn 8.5(2)SR1",
            "2026-11-23 12:45:01 UTC, 12:45:01, 1.5.3",
            "e7599cec19c6a750414d9488bd27f82d45ad5860",
            "loadlift 0.1.0 (serve), 1,234,567 octets",
        ] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn json_stays_json_and_loses_them_in_texts_too() {
        let text = "{\"phone\":\"10.1.1.20\",\"words\":\"\\u001b10.1.1.20 says\",\"n\":1}";
        let out: serde_json::Value = serde_json::from_str(&redact(text, Format::Json)).unwrap();
        assert_eq!(out["phone"], "address-1");
        assert_eq!(out["words"], "\u{1b}address-1 says");
    }

    proptest! {
        #[test]
        fn no_address_survives_in_any_surroundings(
            octets in any::<[u8; 4]>(), mac in any::<[u8; 6]>(), before in "[ (<\"'=/a-z]{0,3}", after in "[ )>\"',;/:%]{0,3}",
        ) {
            let address = Ipv4Addr::from(octets).to_string();
            let bare = Mac(mac).to_string();
            let colons = mac.map(|octet| format!("{octet:02x}")).join(":");
            let out = plain(&format!("{before}{address}{after} {bare} x{after}{colons}{after} SEP{bare}"));
            prop_assert!(!out.contains(&address), "{}", out);
            prop_assert!(!out.contains(&bare), "{}", out);
            prop_assert!(!out.contains(&colons), "{}", out);
        }

        #[test]
        fn any_text_is_taken(text in "\\PC{0,80}") {
            plain(&text);
        }
    }
}
