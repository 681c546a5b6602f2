//! One answer of one DHCP server, reduced to what matters for option 150.

use std::net::Ipv4Addr;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::options::{Addresses, code};
use super::packet::Message;
use super::subnet::Subnet;
use crate::error::printable;

/// Longest text of an option that is kept, in characters.
const MAX_TEXT: usize = 100;

/// How a question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// DHCPINFORM to one server: its answer passes most firewalls, since it comes from whom we asked.
    InformUnicast,
    /// DHCPINFORM to everybody on the wire.
    InformBroadcast,
    /// DHCPDISCOVER as a phone sends it, answered by broadcast.
    Discover,
    /// DHCPDISCOVER in the manner of a relay, from port 67: for machines whose port 68 is not to be had.
    DiscoverAsRelay,
    /// The operating system's own DHCP client asked for us. It may answer from memory, and it cannot say that it is
    /// a phone.
    System,
}

impl Method {
    /// Its name for people; fits behind "asked by".
    pub fn words(self) -> &'static str {
        match self {
            Self::InformUnicast => "INFORM to the server",
            Self::InformBroadcast => "INFORM by broadcast",
            Self::Discover => "DISCOVER",
            Self::DiscoverAsRelay => "DISCOVER as a relay",
            Self::System => "the system's DHCP client",
        }
    }

    /// Whether it goes the way that a phone goes, so that its answer counts most.
    pub fn is_discover(self) -> bool {
        matches!(self, Self::Discover | Self::DiscoverAsRelay)
    }
}

/// What a server said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Which server, by its own word (option 54); the sender where it does not say.
    pub server: Ipv4Addr,
    /// How it was asked.
    pub method: Method,
    /// Whether it was asked as a phone, with the vendor class of one. Some servers tell only phones.
    pub as_phone: bool,
    /// The TFTP servers, in their order; empty if there is no option 150, or it cannot be read.
    pub option_150: Vec<Ipv4Addr>,
    /// An option 150 that is no list of addresses, as text or in hexadecimal.
    pub option_150_unreadable: Option<String>,
    /// The TFTP server as text, printable.
    pub option_66: Option<String>,
    /// The next server to boot from (`siaddr`).
    pub next_server: Option<Ipv4Addr>,
    /// The first router.
    pub router: Option<Ipv4Addr>,
    /// How long a lease would run, in seconds; only in answers to a DISCOVER.
    #[serde(rename = "lease_seconds", serialize_with = "seconds")]
    pub lease: Option<Duration>,
    /// The relay that the answer came through.
    pub relay: Option<Ipv4Addr>,
    /// The subnet that the answer is about, by the offered address or the router.
    pub scope: Option<Subnet>,
    /// Whether the answer was cut off: what is missing may have stood in the rest.
    pub is_cut: bool,
    /// From the start of the probe to the answer, in milliseconds.
    #[serde(rename = "after_millis", serialize_with = "millis")]
    pub after: Duration,
}

/// The question that a reply answers, and how it came.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// How it was asked.
    pub method: Method,
    /// Whether it was asked as a phone.
    pub as_phone: bool,
    /// Who sent the reply.
    pub from: Ipv4Addr,
    /// The address that stood in `giaddr` of our question, if any.
    pub giaddr: Option<Ipv4Addr>,
    /// The network that we are in, for a reply that has a router and no mask.
    pub network: Option<Subnet>,
    /// From the start of the probe to the reply.
    pub after: Duration,
}

impl Answer {
    /// Reduce a reply to what matters.
    pub fn from_reply(reply: &Message, asking: &Asking) -> Self {
        let Asking { method, as_phone, from, giaddr: own, network, after } = *asking;
        let given = |address: Ipv4Addr| (!address.is_unspecified()).then_some(address);
        let server = reply.address(code::SERVER_ID).and_then(given).unwrap_or(from);
        let (option_150, option_150_unreadable) = match reply.addresses(code::TFTP_ADDRESSES) {
            Addresses::Absent => (Vec::new(), None),
            Addresses::List(list) => (list, None),
            Addresses::Unreadable(data) => (Vec::new(), Some(shown(&data))),
        };
        let text = |code| {
            let data = reply.joined(code)?;
            let text = String::from_utf8_lossy(&data);
            let text = text.trim_end_matches('\0');
            (!text.is_empty()).then(|| printable(text, MAX_TEXT))
        };
        let router = reply.address(code::ROUTER).and_then(given);
        let place = given(reply.yiaddr).or(router);
        let mask = reply.address(code::SUBNET_MASK);
        let lease = reply.first(code::LEASE_TIME).and_then(|data| <[u8; 4]>::try_from(data).ok());
        let relay = match given(reply.giaddr).filter(|relay| Some(*relay) != own) {
            Some(relay) => Some(relay),
            // A server answers from its own address; a relay passes on from its own.
            None => (from != server && own.is_none()).then_some(from),
        };
        Self {
            server,
            method,
            as_phone,
            option_150,
            option_150_unreadable,
            option_66: text(code::TFTP_NAME),
            next_server: given(reply.siaddr),
            router,
            lease: lease.map(|seconds| Duration::from_secs(u32::from_be_bytes(seconds).into())),
            relay,
            scope: place.and_then(|place| match mask {
                Some(mask) => Subnet::by_mask(place, mask),
                None => network.filter(|network| network.contains(place)),
            }),
            is_cut: reply.is_cut,
            after,
        }
    }

    /// Whether it is about that subnet: the offered address or the router lies in it. An answer that does not show
    /// what it is about proves nothing; one server was seen to answer for another subnet without a word.
    pub fn is_about(&self, subnet: Subnet) -> bool {
        match self.scope {
            Some(scope) => scope.contains(subnet.address()) || subnet.contains(scope.address()),
            None => self.router.is_some_and(|router| subnet.contains(router)),
        }
    }

    /// Whether two answers say the same, whatever the time that they took.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let untimed = |answer: &Self| Self { after: Duration::ZERO, ..answer.clone() };
        untimed(self) == untimed(other)
    }
}

/// Data that is no list of addresses: as text if it is text, else in hexadecimal.
fn shown(data: &[u8]) -> String {
    let text = std::str::from_utf8(data).ok().map(|text| text.trim_end_matches('\0'));
    if let Some(text) = text.filter(|text| text.chars().all(|c| c.is_ascii_graphic() || c == ' ')) {
        return printable(text, MAX_TEXT);
    }
    let octets: Vec<String> = data.iter().take(MAX_TEXT).map(|octet| format!("{octet:02X}")).collect();
    printable(&octets.concat(), MAX_TEXT)
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs()).serialize(serializer)
}

fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dhcp::packet::{MessageType, Op};
    use crate::fleet::Mac;

    const SERVER: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 1);
    const RELAY: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 254);

    fn reply() -> Message {
        let mut reply = Message::request(MessageType::Offer, 7, Mac([2; 6]));
        reply.op = Op::Reply;
        reply.with(code::SERVER_ID, SERVER.octets())
    }

    fn read(reply: &Message, from: Ipv4Addr, own: Option<Ipv4Addr>) -> Answer {
        let asking = Asking {
            method: Method::Discover,
            as_phone: true,
            from,
            giaddr: own,
            network: "10.20.0.0/24".parse().ok(),
            after: Duration::ZERO,
        };
        Answer::from_reply(reply, &asking)
    }

    #[test]
    fn a_relay_shows_in_giaddr_or_as_the_sender() {
        assert_eq!(read(&reply(), SERVER, None).relay, None);
        assert_eq!(read(&reply(), RELAY, None).relay, Some(RELAY));
        let mut relayed = reply();
        relayed.giaddr = RELAY;
        assert_eq!(read(&relayed, SERVER, None).relay, Some(RELAY));
        assert_eq!(read(&relayed, SERVER, Some(RELAY)).relay, None, "we were that relay ourselves");
    }

    #[test]
    fn an_unreadable_option_150_is_shown_as_what_it_is() {
        let read = |data: &[u8]| read(&reply().with(code::TFTP_ADDRESSES, data), SERVER, None);
        assert_eq!(read(b"10.20.0.5\0").option_150_unreadable.as_deref(), Some("10.20.0.5"));
        assert_eq!(read(&[10, 20, 0, 5, 0]).option_150_unreadable.as_deref(), Some("0A14000500"));
        assert_eq!(read(b"\x1b[2J\x07").option_150_unreadable.as_deref(), Some("1B5B324A07"));
        assert_eq!(read(&[10, 20, 0, 5]).option_150_unreadable, None);
    }

    #[test]
    fn the_scope_is_proven_by_the_offered_address_or_the_router() {
        let asked: Subnet = "10.21.0.0/24".parse().unwrap();
        let mask = [255, 255, 254, 0];
        let mut offer = reply().with(code::SUBNET_MASK, mask);
        assert!(!read(&offer, SERVER, None).is_about(asked), "it shows no place");
        offer.yiaddr = Ipv4Addr::new(10, 21, 1, 100);
        assert!(read(&offer, SERVER, None).is_about(asked), "the server's mask is wider");
        offer.yiaddr = Ipv4Addr::new(10, 20, 0, 100);
        assert!(!read(&offer, SERVER, None).is_about(asked));
        let routed = reply().with(code::ROUTER, [10, 21, 0, 1]);
        let elsewhere = read(&routed, SERVER, None);
        assert!(elsewhere.is_about(asked) && elsewhere.scope.is_none(), "no mask, but a router in it");
        let here = read(&reply().with(code::ROUTER, [10, 20, 0, 1]), SERVER, None);
        assert_eq!(here.scope, "10.20.0.0/24".parse().ok(), "no mask, but the router of our own network");
    }

    #[test]
    fn texts_lose_their_trailing_nul_and_control_characters() {
        let named = read(&reply().with(code::TFTP_NAME, *b"cucm\x1b[2J\0\0"), SERVER, None);
        assert_eq!(named.option_66.as_deref(), Some("cucm\u{fffd}[2J"));
        assert_eq!(read(&reply().with(code::TFTP_NAME, *b"\0"), SERVER, None).option_66, None);
    }

    #[test]
    fn json_has_the_fields_that_scripts_read() {
        let mut offer = reply()
            .with(code::TFTP_ADDRESSES, [10, 1, 1, 10, 10, 1, 1, 11])
            .with(code::SUBNET_MASK, [255, 255, 255, 0])
            .with(code::LEASE_TIME, 3600_u32.to_be_bytes());
        offer.yiaddr = Ipv4Addr::new(10, 20, 0, 100);
        let json = serde_json::to_value(read(&offer, SERVER, None)).unwrap();
        assert_eq!(json["option_150"], serde_json::json!(["10.1.1.10", "10.1.1.11"]));
        assert_eq!((&json["method"], &json["scope"]), (&"discover".into(), &"10.20.0.0/24".into()));
        assert_eq!((&json["lease_seconds"], &json["after_millis"]), (&3600.into(), &0.into()));
        assert!(json["option_66"].is_null() && json["next_server"].is_null() && json["router"].is_null());
    }
}
