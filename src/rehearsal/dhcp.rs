//! The DHCP of a rehearsal: a made-up server that real questions are put to under virtual time, since nothing of a
//! rehearsal leaves the machine. What it hands out as option 150 follows what the technician says to have changed.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use crate::dhcp::options::code;
use crate::dhcp::packet::Op;
use crate::dhcp::{Answer, Input, Message, MessageType, Port, Ports, Probe, Setup, Subnet, Transmit};
use crate::fleet::Mac;
use crate::journal::Option150;

/// The made-up server.
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 20, 0, 1);
/// The made-up call managers: a publisher and a subscriber, as is usual.
const CALL_MANAGERS: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 1, 1, 10), Ipv4Addr::new(10, 1, 1, 11)];
/// The lease that it offers, in seconds: what many sites have.
const LEASE: u32 = 8 * 3600;
/// It looks whether an address is free before it offers it, as real ones do.
const OFFER_AFTER: Duration = Duration::from_secs(1);
/// It answers an INFORM at once.
const ACK_AFTER: Duration = Duration::from_millis(20);
/// The network card that asks: of the block for private use.
const CARD: Mac = Mac([2, 0, 0, 0, 0, 1]);

/// A made-up DHCP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimDhcp {
    option_150: Vec<Ipv4Addr>,
}

impl SimDhcp {
    /// The server before anybody touched it: option 150 names the made-up call managers.
    pub fn untouched() -> Self {
        Self { option_150: CALL_MANAGERS.to_vec() }
    }

    /// The server after somebody changed it.
    pub fn changed(value: &Option150) -> Self {
        Self { option_150: value.known().unwrap_or(&CALL_MANAGERS).to_vec() }
    }

    /// What it answers to a question, and how much later; nothing to what is no question to it.
    pub fn answer(&self, question: &[u8], subnet: Option<Subnet>) -> Option<(Duration, Vec<u8>)> {
        let question = Message::decode(question).ok().filter(|message| message.op == Op::Request)?;
        let (kind, after) = match question.kind()? {
            MessageType::Discover => (MessageType::Offer, OFFER_AFTER),
            MessageType::Inform => (MessageType::Ack, ACK_AFTER),
            _ => return None,
        };
        let network = subnet.map_or(SERVER.to_bits() & 0xffff_ff00, |subnet| subnet.address().to_bits());
        let host = |number: u32| Ipv4Addr::from_bits(network.saturating_add(number));
        let mut reply = Message::request(kind, question.xid, question.mac);
        reply.op = Op::Reply;
        reply = reply
            .with(code::SERVER_ID, SERVER.octets())
            .with(code::SUBNET_MASK, [255, 255, 255, 0])
            .with(code::ROUTER, host(1).octets());
        if kind == MessageType::Offer {
            reply.yiaddr = host(100);
            reply = reply.with(code::LEASE_TIME, LEASE.to_be_bytes());
        }
        if !self.option_150.is_empty() {
            let octets: Vec<u8> = self.option_150.iter().flat_map(Ipv4Addr::octets).collect();
            reply = reply.with(code::TFTP_ADDRESSES, octets);
        }
        Some((after, reply.encode()))
    }

    /// Put the whole question to it, from `now` on: the answers with their times, and how long the question takes.
    ///
    /// The same machine asks that asks real servers.
    pub fn ask(
        &self,
        now: Instant,
        servers: Vec<Ipv4Addr>,
        subnet: Option<Subnet>,
        vendor_class: String,
    ) -> (Vec<Answer>, Duration) {
        let setup = Setup {
            mac: CARD,
            address: Some(Ipv4Addr::new(10, 20, 0, 5)),
            network: None,
            servers,
            lease_server: None,
            subnet,
            vendor_class,
            xid: 1,
            ports: Ports { address: true, any: true, ..Ports::default() },
        };
        let Ok(mut probe) = Probe::new(now, setup) else { return (Vec::new(), Duration::ZERO) };
        let mut due: Vec<(Instant, Vec<u8>)> = Vec::new();
        let mut at = now;
        while let Some(deadline) = probe.deadline() {
            while let Some(Transmit { to, octets, port, .. }) = probe.poll_transmit(at) {
                let is_heard = to.ip().is_broadcast() || *to.ip() == SERVER;
                if let Some((after, reply)) =
                    self.answer(&octets, subnet).filter(|_| is_heard && port != Port::Relay)
                {
                    due.push((at + after, reply));
                }
            }
            let deadline = probe.deadline().unwrap_or(deadline);
            due.sort_by_key(|(at, _)| *at);
            let next = due.first().map(|(at, _)| *at).filter(|next| *next <= deadline);
            at = next.unwrap_or(deadline);
            if next.is_some() {
                let (_, octets) = due.remove(0);
                let from = SocketAddrV4::new(SERVER, 67);
                probe.handle(at, Input::Packet { from, octets: &octets });
            } else {
                probe.handle(at, Input::Timeout);
            }
        }
        (probe.answers().to_vec(), at.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dhcp::{Expected, Goal, State, judge};
    use crate::platform::clock;

    fn ask(server: &SimDhcp, subnet: Option<Subnet>) -> (Vec<Answer>, Duration) {
        server.ask(clock::now(), Vec::new(), subnet, "Cisco Systems, Inc. IP Phone CP-7945G".into())
    }

    #[test]
    fn it_names_what_it_was_told_to_and_the_real_machine_hears_it() {
        let laptop = Ipv4Addr::LOCALHOST;
        let expected = |before| Expected { laptop: Some(laptop), before, subnet: None, goal: Goal::Laptop };
        let (answers, took) = ask(&SimDhcp::untouched(), None);
        assert_eq!(judge(&answers, &expected(Some(CALL_MANAGERS.to_vec()))).state, State::CallManager);
        assert!(took >= Duration::from_secs(5), "a technician learns to wait: {took:?}");
        assert!(answers.iter().any(|answer| answer.lease == Some(Duration::from_secs(28_800))));
        let changed = SimDhcp::changed(&Option150::Addresses(vec![laptop]));
        assert!(judge(&ask(&changed, None).0, &expected(None)).is_reached);
        let absent = SimDhcp::changed(&Option150::Absent);
        assert_eq!(judge(&ask(&absent, None).0, &expected(None)).state, State::NoOption150);
    }

    #[test]
    fn it_answers_for_the_voice_subnet_too() {
        let voice: Subnet = "10.21.0.0/24".parse().unwrap();
        let (answers, _) = ask(&SimDhcp::untouched(), Some(voice));
        assert!(!answers.is_empty() && answers.iter().all(|answer| answer.is_about(voice)), "{answers:?}");
    }
}
