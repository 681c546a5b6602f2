//! Reading a file of our own service as a phone would: the proof that the port answers and that the address is right.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use crate::error::Advice;
use crate::platform::clock;
use crate::tftp::packet::{self, Packet, RequestKind};

/// How long an answer may take before the packet is sent again.
const PATIENCE: Duration = Duration::from_millis(400);
/// How often a packet is sent before the reading is given up.
const TRIES: usize = 5;
/// Octets of a full block: the plain protocol, which every phone speaks.
const BLOCK: usize = 512;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SelfReadError {
    /// The system gives no socket on that address.
    #[error("no socket on {address} to read our own service with: {source}")]
    Socket {
        /// The address.
        address: Ipv4Addr,
        /// The system's own words.
        source: io::Error,
    },
    /// Nothing came back.
    #[error("our own service on {server} does not answer on this machine")]
    NoAnswer {
        /// Address and port.
        server: SocketAddrV4,
    },
    /// It answered with an error.
    #[error("our own service on {server} refuses `{file}`: {message}")]
    Refused {
        /// Address and port.
        server: SocketAddrV4,
        /// The file.
        file: String,
        /// The text of the error packet.
        message: String,
    },
    /// Other octets came back than are served: somebody else answers.
    #[error("`{file}` came back from {server} with other octets than are served")]
    Differs {
        /// Address and port.
        server: SocketAddrV4,
        /// The file.
        file: String,
    },
}

impl Advice for SelfReadError {
    fn code(&self) -> &'static str {
        match self {
            Self::Socket { .. } => "self-read-no-socket",
            Self::NoAnswer { .. } => "self-read-no-answer",
            Self::Refused { .. } => "self-read-refused",
            Self::Differs { .. } => "self-read-differs",
        }
    }

    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Socket { .. } => "Check that the interface still has this address.",
            Self::NoAnswer { .. } => {
                "A firewall on this machine may drop UDP: allow loadlift, then check again."
            }
            Self::Refused { .. } | Self::Differs { .. } => {
                "Another TFTP service may answer on this machine: close it, then check again."
            }
        };
        vec![advice.to_owned()]
    }
}

/// Read `file` from `server` through `server`'s own address, and compare it with `expected`. Blocks; takes a few
/// milliseconds, or two seconds where nothing answers. Answers how long it took.
pub fn read(server: SocketAddrV4, file: &str, expected: &[u8]) -> Result<Duration, SelfReadError> {
    let address = *server.ip();
    let no_socket = |source| SelfReadError::Socket { address, source };
    let began = clock::now();
    let socket = UdpSocket::bind(SocketAddrV4::new(address, 0)).map_err(no_socket)?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(no_socket)?;
    let mut outgoing = Vec::new();
    packet::encode_request(&mut outgoing, RequestKind::Read, file, "octet", &[]);
    let mut to = SocketAddr::V4(server);
    let (mut got, mut block, mut tries) = (Vec::new(), 1_u16, 0);
    let mut inbox = [0; 2048];
    loop {
        if tries == TRIES {
            return Err(SelfReadError::NoAnswer { server });
        }
        tries += 1;
        socket.send_to(&outgoing, to).map_err(no_socket)?;
        let Ok((octets, from)) = socket.recv_from(&mut inbox) else { continue };
        match Packet::decode(&inbox[..octets]) {
            Ok(Packet::Data { block: this, octets }) if this == block => {
                got.extend_from_slice(octets);
                if !expected.starts_with(&got) {
                    return Err(SelfReadError::Differs { server, file: file.to_owned() });
                }
                (to, tries) = (from, 0);
                outgoing.clear();
                packet::encode_ack(&mut outgoing, block);
                block = block.wrapping_add(1);
                if octets.len() < BLOCK {
                    // Lost or not, the server gives up waiting for this ACK by itself.
                    let _ = socket.send_to(&outgoing, to);
                    break;
                }
            }
            Ok(Packet::Error { message, .. }) => {
                let message = crate::error::printable(&String::from_utf8_lossy(message), 80);
                return Err(SelfReadError::Refused { server, file: file.to_owned(), message });
            }
            _ => {}
        }
    }
    if got == expected {
        Ok(clock::now().saturating_duration_since(began))
    } else {
        Err(SelfReadError::Differs { server, file: file.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::firmware::Bundle;
    use crate::net::tftp::{Options, Server};
    use crate::tftp::Willing;

    fn serve(octets: &'static [u8]) -> (Server, SocketAddrV4) {
        let mut bundle = Bundle::default();
        bundle.insert("a.loads", bytes::Bytes::from_static(octets));
        let options = Options {
            address: Ipv4Addr::LOCALHOST,
            port: 0,
            single_port: false,
            willing: Willing::for_mtu(1500),
        };
        let (server, _) = Server::start(Arc::new(bundle), options).unwrap();
        let address = server.address();
        (server, address)
    }

    #[test]
    fn a_file_of_our_own_comes_back_octet_for_octet() {
        let octets: &'static [u8] = &[7; 1024];
        let (_server, address) = serve(octets);
        read(address, "a.loads", octets).unwrap();
        assert_eq!(read(address, "a.loads", &[8; 1024]).unwrap_err().code(), "self-read-differs");
        assert_eq!(read(address, "a.loads", &[7; 1025]).unwrap_err().code(), "self-read-differs");
        assert_eq!(read(address, "b.loads", octets).unwrap_err().code(), "self-read-refused");
    }
}
