//! Somebody who floods the laptop with what looks like DHCP answers, as soon as it asks.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use loadlift::dhcp::options::code;
use loadlift::dhcp::packet::Op;
use loadlift::dhcp::{Message, MessageType};
use socket2::{Domain, Socket, Type};

use super::{LAPTOP, Lab, pause};

/// What it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing that answers a question: noise, cut and overlong messages, options that lead in circles, other
    /// transactions, other hardware addresses, requests, refusals.
    Junk,
    /// Good answers by servers that do not exist, each with another option 150.
    Liars,
}

/// A flood that goes on until its end.
pub(crate) struct Flood {
    is_over: Arc<AtomicBool>,
    sender: JoinHandle<u32>,
}

impl Flood {
    /// Listen at the place of the second server, and begin when somebody asks.
    pub(crate) fn begin(lab: &Lab, kind: Kind) -> Self {
        let socket = lab.at("rogue", || {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
            socket.bind_device(Some(b"eth0")).unwrap();
            socket.set_broadcast(true).unwrap();
            socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 67)).into()).unwrap();
            socket.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            UdpSocket::from(socket)
        });
        let is_over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&is_over);
        let sender = std::thread::spawn(move || send(&socket, kind, &until));
        Self { is_over, sender }
    }

    /// End it; how many datagrams it sent.
    pub(crate) fn end(self) -> u32 {
        self.is_over.store(true, Ordering::Relaxed);
        self.sender.join().unwrap()
    }
}

fn send(socket: &UdpSocket, kind: Kind, is_over: &AtomicBool) -> u32 {
    let laptop: Ipv4Addr = LAPTOP.parse().unwrap();
    let (mut questions, mut sent, mut inbox) = (Vec::<Message>::new(), 0_u32, [0; 2048]);
    while !is_over.load(Ordering::Relaxed) {
        if let Ok((length, _)) = socket.recv_from(&mut inbox) {
            questions.extend(Message::decode(&inbox[..length]));
        }
        for _ in 0..50 {
            let Some(question) = questions.get(sent as usize % questions.len().max(1)) else { break };
            let octets = answer(kind, question, sent);
            let to = if sent.is_multiple_of(2) { laptop } else { Ipv4Addr::BROADCAST };
            // A full queue is what a flood is about.
            let _ = socket.send_to(&octets, (to, 68));
            sent += 1;
        }
        if questions.is_empty() {
            pause();
        }
    }
    sent
}

fn answer(kind: Kind, question: &Message, n: u32) -> Vec<u8> {
    let [_, a, b, c] = n.to_be_bytes();
    let is_discover = question.kind() == Some(MessageType::Discover);
    let right = if is_discover { MessageType::Offer } else { MessageType::Ack };
    let mut reply = Message::request(right, question.xid, question.mac);
    reply.op = Op::Reply;
    let liar = [10, 66, b, c];
    if kind == Kind::Liars {
        return reply.with(code::SERVER_ID, liar).with(code::TFTP_ADDRESSES, [9, a, b, c]).encode();
    }
    match n % 8 {
        0 => return (0..=c).map(|octet| octet ^ b).collect(),
        1 => return vec![2; 9000],
        2 => reply.xid = reply.xid.wrapping_add(0x1000 + n),
        3 => reply.mac.0[5] ^= 1,
        4 => reply.op = Op::Request,
        5 => reply.options[0].data = vec![MessageType::Nak.octet()],
        6 => {
            // The kind of message stands nowhere but in `file`, and an overload there points at `file` again.
            reply.options.clear();
            reply = reply.with(code::OVERLOAD, [1]);
            let mut octets = reply.encode();
            octets[108..114].copy_from_slice(&[code::OVERLOAD, 1, 3, code::OVERLOAD, 1, 3]);
            return octets;
        }
        _ => {
            let mut octets = reply.encode();
            octets.truncate(200);
            return octets;
        }
    }
    reply.with(code::SERVER_ID, liar).with(code::TFTP_ADDRESSES, [9, a, b, c]).encode()
}
