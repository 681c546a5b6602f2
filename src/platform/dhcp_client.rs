//! The system's own DHCP client: what it knows, whether it asks for us, and how to open a socket beside it.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use socket2::Socket;

use super::system;
use crate::dhcp::RawOption;

/// How long to try again for port 68 where the client holds it alone, but only while it asks something itself.
pub const PATIENCE: Duration = system::dhcp_client::PATIENCE;

/// Whether the client takes questions of other programs: [`ask`].
pub const TAKES_QUESTIONS: bool = cfg!(windows);

/// Make a socket send by one card alone, whatever the default route, and as far as the system can do that hear by it
/// alone. Call it before binding. `name` is the system's own name of the card, on Windows its GUID.
pub fn tie_to_card(socket: &Socket, name: &str, index: u32) -> io::Result<()> {
    system::dhcp_client::tie_to_card(socket, name, index)
}

/// The server from which a card has the address `address`; `None` if it has it from elsewhere, or nobody says.
/// May take some seconds where a tool has to be asked.
pub fn lease_server(name: &str, index: u32, address: Ipv4Addr) -> Option<Ipv4Addr> {
    system::dhcp_client::lease_server(name, index, address)
}

/// How strictly the kernel drops what comes by a card that it would not answer by (`rp_filter` of Linux): 1 strict,
/// 2 loose; `None` where it does not, and on other systems.
pub fn reverse_path_filter(name: &str) -> Option<u8> {
    system::dhcp_client::reverse_path_filter(name)
}

/// Have the client ask for options by a card. It asks with an INFORM of its own, or answers from memory. Blocks for
/// as long as it likes; an error where [`TAKES_QUESTIONS`] is false.
pub fn ask(name: &str, codes: &[u8]) -> io::Result<Vec<RawOption>> {
    system::dhcp_client::ask(name, codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_is_not_there_has_no_lease_and_cannot_be_asked_by() {
        assert_eq!(lease_server("no-such-card", 9999, Ipv4Addr::new(10, 20, 0, 5)), None);
        assert!(ask("no-such-card", &[150]).is_err());
    }
}
