//! The neighbour table, from the network stack.

use std::io;
use std::net::Ipv4Addr;
use std::ptr;
use std::slice;

use windows_sys::Win32::Foundation::NO_ERROR;
use windows_sys::Win32::NetworkManagement::IpHelper::{FreeMibTable, GetIpNetTable2, MIB_IPNET_TABLE2};
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, NlnsDelay, NlnsPermanent, NlnsProbe, NlnsReachable, NlnsStale,
};

use crate::fleet::Mac;

#[expect(unsafe_code, reason = "the system's table has no safe form")]
pub(in crate::platform) fn table() -> io::Result<Vec<(Ipv4Addr, Mac)>> {
    let mut table: *mut MIB_IPNET_TABLE2 = ptr::null_mut();
    // SAFETY: the call sets `table` to memory that is given back below, or fails and leaves it alone.
    let answer = unsafe { GetIpNetTable2(AF_INET, &raw mut table) };
    if answer != NO_ERROR || table.is_null() {
        return Err(io::Error::from_raw_os_error(answer.cast_signed()));
    }
    // SAFETY: the table has `NumEntries` rows behind its number, as its documentation says; it lives until it is freed.
    let rows = unsafe {
        let count = (*table).NumEntries as usize;
        slice::from_raw_parts(
            (&raw const (*table).Table)
                .cast::<windows_sys::Win32::NetworkManagement::IpHelper::MIB_IPNET_ROW2>(),
            count,
        )
    };
    let answered = [NlnsReachable, NlnsStale, NlnsDelay, NlnsProbe, NlnsPermanent];
    let found = rows
        .iter()
        .filter(|row| answered.contains(&row.State) && row.PhysicalAddressLength == 6)
        .map(|row| {
            // SAFETY: only rows of IPv4 were asked for, and every address of theirs has this form.
            let address = unsafe { row.Address.Ipv4.sin_addr.S_un.S_addr };
            let mut mac = [0; 6];
            mac.copy_from_slice(&row.PhysicalAddress[..6]);
            (Ipv4Addr::from(address.to_ne_bytes()), Mac(mac))
        })
        .collect();
    // SAFETY: the table is ours, and nothing points into it any more.
    unsafe { FreeMibTable(table.cast()) };
    Ok(found)
}
