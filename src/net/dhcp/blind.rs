//! What a way of asking cannot see, in sentences.

use std::io;
use std::net::Ipv4Addr;

use super::sockets::Card;
use crate::dhcp::options::code;
use crate::dhcp::probe::Ignored;
use crate::dhcp::{Answer, Method, Ports, RawOption};
use crate::error::printable;

/// What could not be heard by the ports that were open, and what the answers show about the rest.
pub(super) fn spots(
    ports: Ports,
    holder: Option<&str>,
    methods: &[Method],
    answers: &[Answer],
    ignored: Ignored,
) -> Vec<String> {
    let by = |method| answers.iter().any(|answer| answer.method == method);
    let mut blind = Vec::new();
    if !ports.any {
        blind.push(format!(
            "UDP port 68 is held by {}, which does not share it: answers sent to everybody are not heard.",
            holder.unwrap_or("another program")
        ));
    }
    if methods.contains(&Method::DiscoverAsRelay) {
        blind.push("DHCP was asked in the manner of a relay; a switch with DHCP snooping drops that.".into());
    }
    if methods.contains(&Method::System) {
        blind.push(
            "This system's own DHCP client was asked. It may answer from memory, cannot say that it is a phone, and tells of one server only."
                .into(),
        );
    }
    if ports.any && by(Method::InformUnicast) && !by(Method::Discover) && !by(Method::InformBroadcast) {
        blind.push(
            "Only servers asked by name answered. A firewall on this machine may drop what is sent to everybody, so a second DHCP server would not be seen."
                .into(),
        );
    } else if methods.contains(&Method::Discover) && by(Method::InformBroadcast) && !by(Method::Discover) {
        blind.push(
            "No server answered a DISCOVER, which is what a phone sends; a firewall on this machine may have dropped the answers."
                .into(),
        );
    }
    if ignored.surplus > 0 {
        blind.push(format!(
            "{} answers more than are kept came. Something floods this network with DHCP, and may have drowned a server.",
            ignored.surplus
        ));
    }
    blind
}

/// What came of asking the system's own DHCP client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BySystem {
    /// It was not asked.
    NotAsked,
    /// It was asked, and has not answered.
    Silent,
    /// It refused, in its own words.
    Refused(String),
    /// It answered without a word about TFTP servers.
    Nothing,
    /// It answered; what, is among the answers.
    Answered,
}

impl BySystem {
    pub(super) fn of(answer: &io::Result<Vec<RawOption>>) -> Self {
        let tells = |option: &RawOption| [code::TFTP_ADDRESSES, code::TFTP_NAME].contains(&option.code);
        match answer {
            Err(error) => Self::Refused(error.to_string()),
            Ok(options) if options.iter().any(tells) => Self::Answered,
            Ok(_) => Self::Nothing,
        }
    }

    /// What is to be said, so that its silence is never read as an answer.
    pub(super) fn words(&self) -> Option<String> {
        Some(match self {
            Self::NotAsked | Self::Answered => return None,
            Self::Silent => "This system's own DHCP client did not answer in time.".to_owned(),
            Self::Refused(why) => format!(
                "This system's own DHCP client refused the question: {}. That says nothing about the DHCP servers here.",
                printable(why, 160).trim_end_matches('.')
            ),
            Self::Nothing => "This system's own DHCP client told of neither option 150 nor option 66. It may not have asked for them, so that is no answer.".to_owned(),
        })
    }
}

/// What the address of the card, or its lack, does to answers. `strictness` is that of the kernel's reverse path filter.
pub(super) fn of_card(card: &Card, strictness: Option<u8>) -> Option<String> {
    let name = &card.name;
    let filter = |strictness: u8| {
        format!(
            "the reverse path filter of this system (rp_filter = {strictness}) drops answers: `sudo sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.{name}.rp_filter=0` opens it"
        )
    };
    match (card.address, strictness) {
        (None, None) => Some(format!("{name} has no address, so DHCP was asked by DISCOVER alone.")),
        (None, Some(strictness)) => Some(format!(
            "{name} has no address, and {} until the next start; better give the interface an address.",
            filter(strictness)
        )),
        (Some(own), Some(1)) if own.is_link_local() => Some(format!(
            "{name} has only {own}, and {} until the next start; better give the interface an address.",
            filter(1)
        )),
        (Some(own), _) if own.is_link_local() => Some(link_local(name, own)),
        (Some(_), Some(1)) => Some(format!(
            "Answers of servers that this machine would not reach through {name} are lost: {}.",
            filter(1)
        )),
        _ => None,
    }
}

fn link_local(name: &str, own: Ipv4Addr) -> String {
    format!(
        "{name} has only {own}: no DHCP server gave it an address, and servers may not answer questions from there."
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fleet::Mac;

    const ALL: Ports = Ports { address: true, any: true, relay: false, system: false };

    fn answer(method: Method) -> Answer {
        Answer {
            server: Ipv4Addr::new(10, 20, 0, 1),
            method,
            as_phone: true,
            option_150: Vec::new(),
            option_150_unreadable: None,
            option_66: None,
            next_server: None,
            router: None,
            lease: None,
            relay: None,
            scope: None,
            is_cut: false,
            after: Duration::ZERO,
        }
    }

    fn told(ports: Ports, methods: &[Method], answered: &[Method]) -> String {
        let answers: Vec<Answer> = answered.iter().map(|method| answer(*method)).collect();
        spots(ports, Some("dhcpcd (process 812)"), methods, &answers, Ignored::default()).join("\n")
    }

    #[test]
    fn what_cannot_be_heard_is_said_and_nothing_else() {
        let (discover, unicast, broadcast) =
            (Method::Discover, Method::InformUnicast, Method::InformBroadcast);
        assert_eq!(told(ALL, &[discover, broadcast], &[discover, broadcast]), "");
        assert_eq!(told(ALL, &[discover, broadcast], &[]), "");
        assert!(told(ALL, &[discover, unicast], &[unicast]).contains("A firewall"));
        assert!(
            told(ALL, &[discover, broadcast], &[broadcast, unicast])
                .contains("No server answered a DISCOVER")
        );
        let relay = told(Ports { relay: true, ..Ports::default() }, &[Method::DiscoverAsRelay], &[]);
        assert!(
            relay.contains("held by dhcpcd (process 812)")
                && relay.contains("not heard")
                && relay.contains("snooping"),
            "{relay}"
        );
        assert!(told(ALL, &[discover, Method::System], &[]).contains("from memory"));
        let flood = Ignored { surplus: 7, ..Ignored::default() };
        assert!(spots(ALL, None, &[], &[], flood)[0].starts_with("7 answers more"));
    }

    #[test]
    fn a_refusal_of_the_systems_client_is_told_and_never_read_as_an_answer() {
        let option = |code| RawOption { code, data: vec![10, 1, 1, 10] };
        let of = |answer: io::Result<Vec<RawOption>>| BySystem::of(&answer).words().unwrap_or_default();
        assert_eq!(of(Ok(vec![option(code::TFTP_ADDRESSES)])), "");
        assert!(of(Ok(vec![option(code::ROUTER)])).contains("that is no answer"));
        assert!(of(Ok(Vec::new())).contains("neither option 150 nor option 66"));
        let refused = of(Err(io::Error::other("access is denied.")));
        assert!(refused.contains("refused the question: access is denied. That says"), "{refused}");
        assert!(BySystem::Silent.words().unwrap_or_default().contains("in time"));
        assert_eq!(BySystem::NotAsked.words(), None);
    }

    #[test]
    fn a_card_without_a_good_address_is_warned_of_as_far_as_the_kernel_drops_answers() {
        let of = |address: Option<[u8; 4]>, strictness| {
            let card = Card {
                name: "eth0".into(),
                index: 2,
                mac: Mac([2; 6]),
                address: address.map(Into::into),
                network: None,
            };
            of_card(&card, strictness).unwrap_or_default()
        };
        assert_eq!(of(Some([10, 20, 0, 5]), None), "");
        assert_eq!(of(Some([10, 20, 0, 5]), Some(2)), "");
        assert!(of(Some([10, 20, 0, 5]), Some(1)).contains("rp_filter = 1"));
        assert!(of(None, None).contains("DISCOVER alone"));
        assert!(of(None, Some(2)).contains("rp_filter = 2"));
        assert!(of(Some([169, 254, 1, 2]), Some(1)).contains("rp_filter = 1"));
        assert!(
            of(Some([169, 254, 1, 2]), Some(2)).contains("169.254.1.2")
                && !of(Some([169, 254, 1, 2]), None).contains("rp")
        );
        for address in [None, Some([169, 254, 1, 2]), Some([10, 20, 0, 5])] {
            for strictness in [None, Some(1), Some(2)] {
                let text = of(address, strictness);
                assert!(text.is_empty() || text.ends_with('.'), "{text}");
            }
        }
    }
}
