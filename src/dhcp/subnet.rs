//! A subnet as technicians write it: `10.21.0.0/24`, or its address alone.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Advice, printable};

/// A network address and the bits of its mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    address: Ipv4Addr,
    prefix: u8,
}

/// Not a subnet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a subnet")]
pub struct NotASubnet(String);

impl Advice for NotASubnet {
    fn code(&self) -> &'static str {
        "not-a-subnet"
    }

    fn advice(&self) -> Vec<String> {
        vec!["Give the phones' subnet like `10.21.0.0/24`.".into()]
    }
}

impl Subnet {
    /// The subnet of `prefix` bits that an address lies in.
    pub fn of(address: Ipv4Addr, prefix: u8) -> Self {
        let prefix = prefix.min(32);
        Self { address: Ipv4Addr::from_bits(address.to_bits() & bits(prefix)), prefix }
    }

    /// The subnet that an address lies in, by a mask as DHCP gives it; `None` for a mask with holes.
    pub fn by_mask(address: Ipv4Addr, mask: Ipv4Addr) -> Option<Self> {
        let ones = mask.to_bits().leading_ones();
        let prefix = u8::try_from(ones).unwrap_or(32);
        (bits(prefix) == mask.to_bits() && prefix > 0).then(|| Self::of(address, prefix))
    }

    /// Its network address.
    pub fn address(self) -> Ipv4Addr {
        self.address
    }

    /// Whether an address lies in it.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        Self::of(address, self.prefix).address == self.address
    }
}

fn bits(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

impl FromStr for Subnet {
    type Err = NotASubnet;

    /// Without a prefix it counts as one of 24 bits, which is nearly always right for phones.
    fn from_str(text: &str) -> Result<Self, NotASubnet> {
        let wrong = || NotASubnet(printable(text, 40));
        let (address, prefix) = match text.trim().split_once('/') {
            None => (text.trim(), 24),
            Some((address, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                (address, digits.parse().map_err(|_| wrong())?)
            }
            Some(_) => return Err(wrong()),
        };
        let address: Ipv4Addr = address.parse().map_err(|_| wrong())?;
        if !(1..=32).contains(&prefix) || address.is_unspecified() {
            return Err(wrong());
        }
        Ok(Self::of(address, prefix))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Serialize for Subnet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subnet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_is_read_as_people_write_it() {
        for (text, read) in [
            ("10.21.0.0/24", "10.21.0.0/24"),
            ("10.21.0.0", "10.21.0.0/24"),
            (" 10.21.3.7/16 ", "10.21.0.0/16"),
            ("10.1.1.5/32", "10.1.1.5/32"),
        ] {
            assert_eq!(text.parse::<Subnet>().map(|s| s.to_string()).as_deref(), Ok(read), "{text}");
        }
        for text in ["", "voice", "10.21.0.0/0", "10.21.0.0/33", "10.21.0.0/+8", "0.0.0.0/8", "10.21.0/24"] {
            assert!(text.parse::<Subnet>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_mask_with_holes_is_none() {
        let address = Ipv4Addr::new(10, 20, 3, 4);
        let by = |mask: [u8; 4]| Subnet::by_mask(address, mask.into()).map(|s| s.to_string());
        assert_eq!(by([255, 255, 254, 0]).as_deref(), Some("10.20.2.0/23"));
        assert_eq!(by([255, 255, 255, 255]).as_deref(), Some("10.20.3.4/32"));
        assert_eq!((by([0; 4]), by([255, 0, 255, 0])), (None, None));
    }
}
