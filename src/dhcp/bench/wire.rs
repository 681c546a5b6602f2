//! What a DHCP client says, reduced to what the server looks at, and the answers as messages.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::client::class_text;
use super::guard::Cleared;
use crate::dhcp::packet::{Message, MessageType, Op};
use crate::fleet::Mac;

/// Option codes that a server needs and a probe does not (RFC 2132), with the probe's.
pub(super) mod code {
    pub(crate) use crate::dhcp::options::code::*;

    /// The address that the client would like.
    pub(crate) const REQUESTED_ADDRESS: u8 = 50;
    /// Time to renew, in seconds.
    pub(crate) const RENEW_AFTER: u8 = 58;
    /// Time to ask any server, in seconds.
    pub(crate) const REBIND_AFTER: u8 = 59;
    /// What the client calls itself.
    pub(crate) const CLIENT_ID: u8 = 61;
}

/// Kinds of messages that only clients send.
pub(super) mod kind {
    pub(crate) const DISCOVER: u8 = 1;
    pub(crate) const REQUEST: u8 = 3;
    pub(crate) const DECLINE: u8 = 4;
    pub(crate) const RELEASE: u8 = 7;
    pub(crate) const INFORM: u8 = 8;
}

/// Longest client identifier that is sent back; RFC 2132 sets no limit, and nobody needs more.
const MAX_CLIENT_ID: usize = 255;

/// A client's message.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) kind: Option<u8>,
    pub(super) mac: Mac,
    pub(super) xid: u32,
    pub(super) is_broadcast: bool,
    pub(super) ciaddr: Ipv4Addr,
    /// Option 50.
    pub(super) requested: Option<Ipv4Addr>,
    /// Option 54: which server it speaks to.
    pub(super) server: Option<Ipv4Addr>,
    /// Option 60, printable.
    pub(super) vendor_class: Option<String>,
    /// Option 55.
    pub(super) wants: Vec<u8>,
    /// Option 61.
    pub(super) client_id: Option<Vec<u8>>,
}

impl Ask {
    pub(super) fn of(message: &Message) -> Self {
        let id = message.joined(code::CLIENT_ID).filter(|id| id.len() <= MAX_CLIENT_ID);
        Self {
            kind: message.kind().map(MessageType::octet),
            mac: message.mac,
            xid: message.xid,
            is_broadcast: message.broadcast,
            ciaddr: message.ciaddr,
            requested: message.address(code::REQUESTED_ADDRESS),
            server: message.address(code::SERVER_ID),
            vendor_class: message
                .joined(code::VENDOR_CLASS)
                .map(|data| class_text(&data))
                .filter(|class| !class.is_empty()),
            wants: message.joined(code::PARAMETER_LIST).unwrap_or_default(),
            client_id: id,
        }
    }

    /// What an answer has to bring back.
    pub(super) fn echo(&self) -> Echo {
        Echo { xid: self.xid, is_broadcast: self.is_broadcast, client_id: self.client_id.clone() }
    }
}

/// What an answer brings back of the question (RFC 2131 table 3, RFC 6842).
#[derive(Debug, Clone, Default)]
pub(super) struct Echo {
    pub(super) xid: u32,
    pub(super) is_broadcast: bool,
    pub(super) client_id: Option<Vec<u8>>,
}

/// Kinds of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Offer,
    Ack,
    /// To an INFORM: no address and no lease.
    Options,
    Nak,
}

/// The answer for `mac`; `address` is the one that it may have, or has.
pub(super) fn answer(
    what: Answer,
    own: &Cleared,
    lease: Duration,
    mac: Mac,
    address: Ipv4Addr,
    echo: &Echo,
) -> Vec<u8> {
    let kind = match what {
        Answer::Offer => MessageType::Offer,
        Answer::Ack | Answer::Options => MessageType::Ack,
        Answer::Nak => MessageType::Nak,
    };
    let mut reply = Message::request(kind, echo.xid, mac);
    reply.op = Op::Reply;
    reply.broadcast = echo.is_broadcast;
    let us = own.address().octets();
    reply = reply.with(code::SERVER_ID, us);
    match what {
        Answer::Nak => reply.broadcast = true,
        Answer::Options => reply.ciaddr = address,
        Answer::Offer | Answer::Ack => {
            reply.yiaddr = address;
            let seconds = |part: Duration| u32::try_from(part.as_secs()).unwrap_or(u32::MAX).to_be_bytes();
            reply = reply
                .with(code::LEASE_TIME, seconds(lease))
                .with(code::RENEW_AFTER, seconds(lease / 2))
                .with(code::REBIND_AFTER, seconds(lease * 7 / 8));
        }
    }
    if what != Answer::Nak {
        reply.siaddr = own.address();
        // All of it whatever the client asks for: some loaders ask for less than they use. Phones want a router, and
        // the laptop answers for every address that they may try.
        reply = reply
            .with(code::SUBNET_MASK, own.mask().octets())
            .with(code::ROUTER, us)
            .with(code::TFTP_NAME, own.address().to_string())
            .with(code::TFTP_ADDRESSES, us);
    }
    if let Some(id) = &echo.client_id {
        reply = reply.with(code::CLIENT_ID, id.clone());
    }
    reply.encode()
}
