//! Who holds a UDP port of this machine.

use std::io;

use super::system;
use crate::preflight::Holder;

/// The programs that hold UDP port `port`, once for each address that they hold it on, by process; none if it is free.
///
/// Reads the system's own tables and opens nothing. Without the rights of the administrator some systems tell only
/// the account (Linux) or nothing (macOS) of another user's program: then there is a [`Holder`] without a name, or none.
/// `Err` when the table cannot be read.
pub fn holders(port: u16) -> io::Result<Vec<Holder>> {
    system::ports::holders(port)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;
    use crate::platform::under_wine;

    #[test]
    fn a_port_that_this_very_program_holds_is_found_with_its_process_id() {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let found = holders(address.port()).unwrap();
        if under_wine() && found.iter().any(|holder| holder.pid.is_none()) {
            return; // Wine 8 has the port in its table, and no process.
        }
        let own = found.iter().find(|holder| holder.pid == Some(std::process::id()));
        let own = own.unwrap_or_else(|| panic!("not among {found:?}"));
        assert!(own.program.as_deref().is_some_and(|name| name.contains("loadlift")), "{own:?}");
    }
}
