//! The neighbour table: which hardware address is behind an address of the own network.

use std::io;
use std::net::Ipv4Addr;

use super::system;
use crate::fleet::Mac;

/// The table as it stands; entries that were never answered are left out. Needs no rights. It may name a neighbour that
/// left; and for an address of another network it names the router, so only those of the own subnet count.
pub fn table() -> io::Result<Vec<(Ipv4Addr, Mac)>> {
    let mut table = system::neighbours::table()?;
    table.retain(|(_, mac)| mac.0 != [0; 6] && mac.0 != [0xff; 6]);
    Ok(table)
}
