//! Asking phones what they run and whom they ask, from start to end; and putting the answers on record.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::fleet::Mac;
use crate::net::interfaces;
use crate::net::pages::{self, Limits};
use crate::phone_pages::Proof;

/// The TCP port of a phone's web pages.
pub const PORT: u16 = 80;

/// A phone that is to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its address.
    pub address: IpAddr,
    /// Its MAC, if it is known: another device at the address is told by it.
    pub mac: Option<Mac>,
}

/// Ask phones, and hand each answer to `told` as it comes. Blocks until all have answered or had their time, which is
/// a dozen seconds for each sixty-four of them at the most.
pub fn ask(phones: &[Asked], port: u16, mut told: impl FnMut(&Asked, Proof)) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let addresses = phones.iter().map(|phone| (SocketAddr::new(phone.address, port), phone.mac)).collect();
    runtime.block_on(pages::ask_all(addresses, Limits::default(), |nth, proof| told(&phones[nth], proof)));
    Ok(())
}

/// The address of this laptop that a phone still asks, if it does.
pub fn own_address(proof: &Proof) -> Option<Ipv4Addr> {
    let Proof::Says(facts) = proof else { return None };
    let asks = facts.tftp.first()?;
    let own = interfaces::list().ok()?;
    own.iter().map(|interface| interface.address).find(|address| address == asks)
}
