//! A client that speaks packet by packet and judges what it hears.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use loadlift::tftp::packet::{self, Packet, RequestKind};

use crate::subject::Subject;

/// What a case finds: nothing, or what is wrong.
pub(crate) type Found<T = ()> = Result<T, String>;

/// How long an answer may take. Long, since nothing depends on it but the time to notice that none comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);
/// A name that no server has: the question behind [`Client::strays`].
const NOWHERE: &str = "there-is-no-such-file";
/// Keeps the server from repeating anything while a case looks for packets that must not come.
pub(crate) const CALM: (&str, &str) = ("timeout", "120");

/// Fail unless it holds.
macro_rules! ensure {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err(format!($($words)+));
        }
    };
}
pub(crate) use ensure;

/// A packet that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    Data(u16, Vec<u8>),
    Oack(Vec<(String, String)>),
    Error(u16, String),
    Other(Vec<u8>),
}

/// A file as it was fetched.
pub(crate) struct Fetched {
    pub(crate) octets: Vec<u8>,
    pub(crate) oack: Option<Vec<(String, String)>>,
    /// Sizes of the blocks, in order.
    pub(crate) blocks: Vec<usize>,
    pub(crate) from: SocketAddr,
}

/// A socket that asks one server.
pub(crate) struct Client {
    pub(crate) socket: UdpSocket,
    pub(crate) server: SocketAddr,
}

impl Client {
    pub(crate) fn new(subject: &Subject) -> Found<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        let kept = socket.try_clone().map_err(|error| error.to_string())?;
        subject.asked_from.lock().unwrap().push(kept);
        Ok(Self { socket, server: subject.address })
    }

    pub(crate) fn send(&self, to: SocketAddr, datagram: &[u8]) -> Found {
        self.socket.send_to(datagram, to).map(|_| ()).map_err(|error| error.to_string())
    }

    pub(crate) fn ask(&self, name: &str, options: &[(&str, &str)]) -> Found {
        self.send(self.server, &request(name, "octet", options))
    }

    pub(crate) fn ack(&self, to: SocketAddr, block: u16) -> Found {
        let mut datagram = Vec::new();
        packet::encode_ack(&mut datagram, block);
        self.send(to, &datagram)
    }

    pub(crate) fn error(&self, to: SocketAddr, code: u16) -> Found {
        let mut datagram = Vec::new();
        packet::encode_error(&mut datagram, code, "no");
        self.send(to, &datagram)
    }

    /// The next packet, and where it came from.
    pub(crate) fn hear(&self) -> Found<(SocketAddr, Heard)> {
        let mut inbox = vec![0; 65_536];
        let (octets, from) = self.socket.recv_from(&mut inbox).map_err(|_| "no answer".to_owned())?;
        Ok((from, heard(&inbox[..octets])))
    }

    /// The next packet, which must be a block.
    pub(crate) fn data(&self) -> Found<(SocketAddr, u16, Vec<u8>)> {
        match self.hear()? {
            (from, Heard::Data(block, octets)) => Ok((from, block, octets)),
            (_, other) => Err(format!("{other:?} instead of a block")),
        }
    }

    /// The next packet, which must be this block.
    pub(crate) fn block(&self, number: u16) -> Found<SocketAddr> {
        let (from, block, _) = self.data()?;
        ensure!(block == number, "block {block} instead of {number}");
        Ok(from)
    }

    /// The next packet, which must be an OACK.
    pub(crate) fn oack(&self) -> Found<(SocketAddr, Vec<(String, String)>)> {
        match self.hear()? {
            (from, Heard::Oack(options)) => Ok((from, options)),
            (_, other) => Err(format!("{other:?} instead of an OACK")),
        }
    }

    /// The next packet, which must be an ERROR with this code.
    pub(crate) fn refused(&self, code: u16) -> Found {
        match self.hear()? {
            (_, Heard::Error(got, _)) if got == code => Ok(()),
            (_, other) => Err(format!("{other:?} instead of error {code}")),
        }
    }

    /// What the server has to say beside the answer to a question that is asked now. Two questions, since a server
    /// may have looked at its request port before the other: after the second it has seen all that was sent before.
    pub(crate) fn strays(&self) -> Found<Vec<Heard>> {
        let mut strays = Vec::new();
        for _ in 0..2 {
            self.ask(NOWHERE, &[])?;
            loop {
                let (from, heard) = self.hear()?;
                match heard {
                    Heard::Error(1, _) if from == self.server => break,
                    other => strays.push(other),
                }
            }
        }
        Ok(strays)
    }

    /// Nothing may come by now.
    pub(crate) fn quiet(&self, after: &str) -> Found {
        let strays = self.strays()?;
        ensure!(strays.is_empty(), "{} packets after {after}, the first {:?}", strays.len(), strays[0]);
        Ok(())
    }

    /// Begin a transfer with the options and [`CALM`]; the OACK is accepted, and block 1 is on its way.
    pub(crate) fn begin(&self, name: &str, options: &[(&str, &str)]) -> Found<SocketAddr> {
        let mut all = options.to_vec();
        all.push(CALM);
        self.ask(name, &all)?;
        let (from, _) = self.oack()?;
        self.ack(from, 0)?;
        Ok(from)
    }

    /// Fetch a file whole, as an honest client does. A repeated block is passed over.
    pub(crate) fn fetch(&self, name: &str, mode: &str, options: &[(&str, &str)]) -> Found<Fetched> {
        self.send(self.server, &request(name, mode, options))?;
        self.take_all(options)
    }

    /// The same, once it was asked for.
    pub(crate) fn take_all(&self, options: &[(&str, &str)]) -> Found<Fetched> {
        let (mut blksize, mut window) = (512_usize, 1_u64);
        let mut fetched = Fetched { octets: Vec::new(), oack: None, blocks: Vec::new(), from: self.server };
        let (mut expected, mut in_window) = (1_u64, 0);
        loop {
            let (from, heard) = self.hear()?;
            match heard {
                Heard::Oack(granted) if expected == 1 => {
                    for (option, value) in &granted {
                        ensure!(
                            options.iter().any(|(asked, _)| asked.eq_ignore_ascii_case(option)),
                            "{option} is granted and was not asked for"
                        );
                        let number = value.parse::<u64>().map_err(|_| format!("{option} is {value}"))?;
                        match option.as_str() {
                            "blksize" => blksize = usize::try_from(number).unwrap_or(0),
                            "windowsize" => window = number,
                            _ => {}
                        }
                    }
                    fetched.oack = Some(granted);
                    self.ack(from, 0)?;
                }
                Heard::Data(block, octets) if u64::from(block) == expected % 65_536 => {
                    ensure!(octets.len() <= blksize, "a block of {} octets, not {blksize}", octets.len());
                    ensure!(
                        expected == 1 || from == fetched.from,
                        "block {block} came from {from}, those before from {}",
                        fetched.from
                    );
                    fetched.from = from;
                    let is_last = octets.len() < blksize;
                    fetched.blocks.push(octets.len());
                    fetched.octets.extend(octets);
                    expected += 1;
                    in_window += 1;
                    if is_last || in_window == window {
                        in_window = 0;
                        self.ack(from, block)?;
                    }
                    if is_last {
                        return Ok(fetched);
                    }
                }
                // Repeated, because this machine was busy: the ACK that is on its way says what is here.
                Heard::Data(block, _)
                    if (1..=2 * window).contains(&((expected + 65_536 - u64::from(block)) % 65_536)) => {}
                other => return Err(format!("{other:?} where block {expected} was expected")),
            }
        }
    }
}

pub(crate) fn request(name: &str, mode: &str, options: &[(&str, &str)]) -> Vec<u8> {
    let mut datagram = Vec::new();
    packet::encode_request(&mut datagram, RequestKind::Read, name, mode, options);
    datagram
}

fn heard(datagram: &[u8]) -> Heard {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    match Packet::decode(datagram) {
        Ok(Packet::Data { block, octets }) => Heard::Data(block, octets.to_vec()),
        Ok(Packet::OptionAck { options }) => {
            Heard::Oack(options.iter().map(|(name, value)| (text(name), text(value))).collect())
        }
        // With its NUL, if it has one: that is a rule of its own.
        Ok(Packet::Error { code, .. }) => Heard::Error(code, text(&datagram[4..])),
        _ => Heard::Other(datagram.to_vec()),
    }
}
