//! A phone's MAC address, as phones write it into the names that they ask for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A MAC address; written as twelve capital hexadecimal digits (`001B2AAA0001`), as in `SEP001B2AAA0001`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

/// Not a MAC address: anything but twelve hexadecimal digits, with or without `:`, `-` or `.` between them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a MAC address")]
pub struct NotAMac(String);

impl Mac {
    /// The MAC in the name of a per-phone file, whatever comes before and after it:
    /// `SEP<MAC>.cnf.xml`, `CTLSEP<MAC>.tlv`, `ITLSEP<MAC>.tlv`, with any case and path before it.
    pub fn in_file_name(name: &str) -> Option<Self> {
        let upper = name.to_ascii_uppercase();
        let at = upper.find("SEP")? + 3;
        upper.get(at..at + 12)?.parse().ok()
    }
}

impl FromStr for Mac {
    type Err = NotAMac;

    fn from_str(text: &str) -> Result<Self, NotAMac> {
        let wrong = || NotAMac(crate::error::printable(text, 32));
        let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b':' | b'-' | b'.')).collect();
        if digits.len() != 12 {
            return Err(wrong());
        }
        let mut octets = [0; 6];
        for (octet, pair) in octets.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            if !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(wrong());
            }
            *octet = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(octets))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02X}"))
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_names_itself_in_its_configuration_requests() {
        let mac = Some(Mac([0x00, 0x1b, 0x2a, 0xaa, 0x00, 0x01]));
        for name in ["SEP001B2AAA0001.cnf.xml", "CTLSEP001B2AAA0001.tlv", "/itlsep001b2aaa0001.tlv"] {
            assert_eq!(Mac::in_file_name(name), mac, "{name}");
        }
        for name in
            ["XMLDefault.cnf.xml", "SEP", "SEP001B2AAA00", "SEPé01B2AAA0001.cnf.xml", "SEP+01B2AAA0001"]
        {
            assert_eq!(Mac::in_file_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_mac_reads_back_as_it_was_written() {
        let mac: Mac = "00:1b:2a:aa:00:01".parse().unwrap();
        assert_eq!(mac.to_string().parse(), Ok(mac));
        assert!("00:1b:2a:aa:00".parse::<Mac>().is_err());
    }
}
