//! Why DHCP could not be asked.

use std::io;

use crate::dhcp::ProbeError;
use crate::error::Advice;

/// Why DHCP could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum DhcpError {
    /// A loopback, a tunnel: nobody answers DHCP there.
    #[error("the interface {interface} has no hardware address to ask DHCP with")]
    NoHardwareAddress {
        /// Its name, or its address.
        interface: String,
    },
    /// Low ports are for privileged programs here.
    #[error("no permission to open UDP port {port}, from which DHCP is asked")]
    Forbidden {
        /// The port.
        port: u16,
    },
    /// Other programs have the ports, and do not share them.
    #[error("no UDP port is free to ask DHCP from: {why}")]
    NoPort {
        /// Who holds them, port by port.
        why: String,
    },
    /// Nothing can be asked.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// The system gave no readiness queue.
    #[error("the system does not let the probe start: {0}")]
    System(#[from] io::Error),
}

impl Advice for DhcpError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoHardwareAddress { .. } => "dhcp-no-hardware-address",
            Self::Forbidden { .. } => "dhcp-port-forbidden",
            Self::NoPort { .. } => "dhcp-port-taken",
            Self::Probe(wrong) => wrong.code(),
            Self::System(_) => "dhcp-not-started",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::NoHardwareAddress { .. } => {
                vec!["Choose the wired interface towards the phones (`--interface NAME` on the command line).".into()]
            }
            Self::Forbidden { .. } if cfg!(target_os = "linux") => vec![
                "Start the program with `sudo`.".into(),
                "Or give it the right once: `sudo setcap cap_net_bind_service=ep PATH-TO-loadlift`.".into(),
            ],
            Self::Forbidden { port } if cfg!(windows) => {
                vec![format!(
                    "Another program may hold port {port} for itself: `netstat -abno -p UDP` shows it."
                )]
            }
            Self::Forbidden { .. } => vec!["Start the program with `sudo`.".into()],
            Self::NoPort { .. } => vec![
                "The system's DHCP client may hold the port while it looks for an address: wait until the interface has one, and ask again.".into(),
                "Or close the program that holds the port.".into(),
            ],
            Self::Probe(wrong) => wrong.advice(),
            Self::System(_) => vec!["Close other programs and ask again.".into()],
        }
    }
}
