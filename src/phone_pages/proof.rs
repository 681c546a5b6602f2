//! What came of asking a phone, and its words.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Facts;
use crate::fleet::Mac;

/// What a phone's own pages said, or why there is nothing. Never a guess: a phone whose web access is off is silent,
/// and silence proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// It says this.
    Says(Facts),
    /// Nothing that can be used came back.
    Nothing(Silence),
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silence {
    /// Nobody answered, or the connection was refused.
    NoAnswer,
    /// It took the connection, or began to answer, and did not come to an end.
    Unfinished,
    /// It wants a password.
    Locked,
    /// Something answered that is no page of a phone.
    NotAPhone,
    /// The answer is too long or breaks the protocol.
    Refused,
    /// Another device has that address now.
    OtherDevice,
}

impl Silence {
    /// In a technician's words, without a full stop.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAnswer => "does not answer (web access off?)",
            Self::Unfinished => "began to answer and did not finish",
            Self::Locked => "wants a password for its web pages",
            Self::NotAPhone => "answers, but not with the pages of a phone",
            Self::Refused => "answers with something that is not to be trusted",
            Self::OtherDevice => "another device answers at its address",
        }
    }
}

impl Proof {
    /// The same, if it is the phone that was meant: an address can pass to another device.
    #[must_use]
    pub fn of_phone(self, meant: Option<Mac>) -> Self {
        match (&self, meant) {
            (Self::Says(Facts { mac: Some(mac), .. }), Some(meant)) if *mac != meant => {
                Self::Nothing(Silence::OtherDevice)
            }
            _ => self,
        }
    }

    /// In one line without a full stop: `confirmed: runs SCCP45.8-5-2S, asks 10.1.1.10`. `laptop` is the address that
    /// phones must not ask any more.
    pub fn words(&self, laptop: Option<Ipv4Addr>) -> String {
        let facts = match self {
            Self::Says(facts) => facts,
            Self::Nothing(silence) => return silence.words().to_owned(),
        };
        let asks = facts.tftp.first();
        match (facts.runs(), asks) {
            (Some(runs), Some(asks)) if Some(*asks) == laptop => {
                format!("runs {runs}, but still asks this laptop ({asks})")
            }
            (Some(runs), Some(asks)) => format!("confirmed: runs {runs}, asks {asks}"),
            (Some(runs), None) => format!("runs {runs}; does not say whom it asks"),
            (None, Some(asks)) if Some(*asks) == laptop => format!("still asks this laptop ({asks})"),
            (None, Some(asks)) => format!("asks {asks}; does not say what it runs"),
            (None, None) => "answers, and does not say what it runs".to_owned(),
        }
    }

    /// Whether the phone says what it runs, and that it no longer asks `laptop`.
    pub fn is_confirmed(&self, laptop: Option<Ipv4Addr>) -> bool {
        match self {
            Self::Says(facts) => {
                facts.runs().is_some() && facts.tftp.first().is_some_and(|asks| Some(*asks) != laptop)
            }
            Self::Nothing(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_phone_says_is_confirmed() {
        let laptop = Some(Ipv4Addr::new(10, 1, 1, 5));
        let mut facts = Facts { version: Some("SCCP45.8-5-2S".into()), ..Facts::default() };
        let says = |facts: &Facts| Proof::Says(facts.clone());
        assert_eq!(says(&facts).words(laptop), "runs SCCP45.8-5-2S; does not say whom it asks");
        assert!(!says(&facts).is_confirmed(laptop));
        facts.tftp = vec![Ipv4Addr::new(10, 1, 1, 10)];
        assert_eq!(says(&facts).words(laptop), "confirmed: runs SCCP45.8-5-2S, asks 10.1.1.10");
        assert!(says(&facts).is_confirmed(laptop));
        facts.tftp = vec![Ipv4Addr::new(10, 1, 1, 5)];
        assert_eq!(says(&facts).words(laptop), "runs SCCP45.8-5-2S, but still asks this laptop (10.1.1.5)");
        assert!(!says(&facts).is_confirmed(laptop));
        assert_eq!(Proof::Nothing(Silence::NoAnswer).words(laptop), "does not answer (web access off?)");
    }

    #[test]
    fn another_device_at_the_address_proves_nothing_of_the_phone() {
        let mac = |last| Some(Mac([0, 0x1b, 0x2a, 0xaa, 0, last]));
        let proof = Proof::Says(Facts { mac: mac(1), version: Some("x".into()), ..Facts::default() });
        assert_eq!(proof.clone().of_phone(mac(1)), proof);
        assert_eq!(proof.clone().of_phone(None), proof);
        assert_eq!(proof.of_phone(mac(2)), Proof::Nothing(Silence::OtherDevice));
    }
}
