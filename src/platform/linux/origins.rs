//! Whether an address was leased, from the kernel: an address with a lifetime is (rtnetlink, `RTM_GETADDR`).

use std::io;
use std::net::Ipv4Addr;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, sendto, socket};

use crate::preflight::Origin;

/// Numbers of `linux/netlink.h`, `linux/rtnetlink.h` and `linux/if_addr.h`.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_GETADDR: u16 = 22;
const RTM_NEWADDR: u16 = 20;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_F_PERMANENT: u8 = 0x80;
/// Octets of the heads: `nlmsghdr`, `ifaddrmsg`, `rtattr`.
const HEAD: usize = 16;
const ADDRESS: usize = 8;
const ATTRIBUTE: usize = 4;
/// Answers come in pieces of this size at the most.
const PIECE: usize = 32 * 1024;
/// More pieces than any machine has addresses for.
const PIECES: usize = 1000;

pub(in crate::platform) fn origin(address: Ipv4Addr, dhcp: Option<bool>) -> Origin {
    match permanent(address) {
        Ok(Some(false)) => Origin::Dhcp,
        // Some DHCP clients (udhcpc) set no lifetime; then what else is known of the interface counts.
        Ok(Some(true)) if dhcp != Some(true) => Origin::ByHand,
        _ if dhcp == Some(true) => Origin::Dhcp,
        _ => Origin::Unknown,
    }
}

/// Whether the address stays for good; `None` if the machine does not have it.
fn permanent(address: Ipv4Addr) -> io::Result<Option<bool>> {
    // The protocol of routes is number 0, the default of the family.
    let socket = socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    let mut question = Vec::with_capacity(HEAD + ADDRESS);
    question.extend(24_u32.to_ne_bytes());
    question.extend(RTM_GETADDR.to_ne_bytes());
    question.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
    question.extend([0; 8]);
    // ifaddrmsg: the family, and nothing that would narrow it down further.
    question.extend([2, 0, 0, 0, 0, 0, 0, 0]);
    sendto(&socket, &question, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut piece = vec![0; PIECE];
    for _ in 0..PIECES {
        let (octets, _) = recv(&socket, &mut piece[..], RecvFlags::empty())?;
        match look(piece.get(..octets).unwrap_or_default(), address) {
            Look::Found(permanent) => return Ok(Some(permanent)),
            Look::Over => return Ok(None),
            Look::On => {}
        }
    }
    Ok(None)
}

#[derive(Debug, PartialEq, Eq)]
enum Look {
    Found(bool),
    On,
    Over,
}

/// Look for the address in one piece of the answer.
fn look(mut piece: &[u8], address: Ipv4Addr) -> Look {
    while let Some((head, _)) = piece.split_at_checked(HEAD) {
        let octets = u32::from_ne_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let kind = u16::from_ne_bytes([head[4], head[5]]);
        if kind == NLMSG_DONE || kind == NLMSG_ERROR || octets < HEAD || octets > piece.len() {
            return Look::Over;
        }
        if let Some(permanent) = permanent_in(&piece[HEAD..octets], address).filter(|_| kind == RTM_NEWADDR) {
            return Look::Found(permanent);
        }
        // Messages begin at multiples of four octets.
        piece = piece.get(octets.next_multiple_of(4)..).unwrap_or_default();
    }
    Look::On
}

/// Whether this message is about the address, and if so whether it stays for good.
fn permanent_in(message: &[u8], address: Ipv4Addr) -> Option<bool> {
    let (head, mut rest) = message.split_at_checked(ADDRESS)?;
    let permanent = head[2] & IFA_F_PERMANENT != 0;
    while let Some((attribute, _)) = rest.split_at_checked(ATTRIBUTE) {
        let octets = usize::from(u16::from_ne_bytes([attribute[0], attribute[1]]));
        let kind = u16::from_ne_bytes([attribute[2], attribute[3]]);
        let value = rest.get(ATTRIBUTE..octets)?;
        if [IFA_ADDRESS, IFA_LOCAL].contains(&kind) && value == address.octets() {
            return Some(permanent);
        }
        rest = rest.get(octets.next_multiple_of(4)..).unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_loopback_address_is_for_good_and_a_foreign_one_is_not_here() {
        assert_eq!(permanent(Ipv4Addr::LOCALHOST).unwrap(), Some(true));
        // TEST-NET-1 (RFC 5737) is on no machine.
        assert_eq!(permanent(Ipv4Addr::new(192, 0, 2, 1)).unwrap(), None);
        assert_eq!(origin(Ipv4Addr::LOCALHOST, None), Origin::ByHand);
        assert_eq!(origin(Ipv4Addr::LOCALHOST, Some(true)), Origin::Dhcp);
    }

    #[test]
    fn an_address_with_a_lifetime_is_leased() {
        let mut message = vec![32, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        message.extend([2, 24, 0, 0, 1, 0, 0, 0]);
        message.extend([8, 0, 2, 0, 10, 20, 0, 5]);
        if cfg!(target_endian = "little") {
            assert_eq!(look(&message, Ipv4Addr::new(10, 20, 0, 5)), Look::Found(false));
            assert_eq!(look(&message, Ipv4Addr::new(10, 20, 0, 6)), Look::On);
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_looked_through(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            look(&octets, Ipv4Addr::LOCALHOST);
        }
    }
}
