//! Holders of UDP ports, from the stack's table with the process of each socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER, NO_ERROR,
};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedUdpTable, MIB_UDP6ROW_OWNER_PID, MIB_UDPROW_OWNER_PID, UDP_TABLE_OWNER_PID,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, QueryFullProcessImageNameW,
};

use crate::preflight::Holder;

/// How often a table that grew meanwhile is asked for again.
const TRIES: usize = 5;
/// The process that Windows calls System: drivers hold ports in its name.
const SYSTEM: u32 = 4;

pub(in crate::platform) fn holders(port: u16) -> io::Result<Vec<Holder>> {
    let four = rows::<MIB_UDPROW_OWNER_PID>(AF_INET)?;
    // A machine without IPv6 has no such table.
    let six = rows::<MIB_UDP6ROW_OWNER_PID>(AF_INET6).unwrap_or_default();
    let four = four.iter().map(|row| {
        let address = Ipv4Addr::from(row.dwLocalAddr.to_ne_bytes());
        (row.dwLocalPort, IpAddr::from(address), row.dwOwningPid)
    });
    let six = six
        .iter()
        .map(|row| (row.dwLocalPort, IpAddr::from(Ipv6Addr::from(row.ucLocalAddr)), row.dwOwningPid));
    let mut found: Vec<Holder> = four
        .chain(six)
        // The port stands in the first two octets, in the order of the network.
        .filter(|(local, ..)| {
            let [high, low, ..] = local.to_ne_bytes();
            u16::from_be_bytes([high, low]) == port
        })
        .map(|(_, address, pid)| {
            // 0 stands for a holder that is gone, or whom the system does not tell.
            let pid = (pid != 0).then_some(pid);
            Holder { address: Some(address), pid, program: pid.and_then(program), user: None }
        })
        .collect();
    found.sort_by_key(|holder| holder.pid);
    Ok(found)
}

/// The rows of the table of one protocol.
#[expect(unsafe_code, reason = "the system's table has no safe form")]
fn rows<Row: Copy>(family: u16) -> io::Result<Vec<Row>> {
    let mut octets = 0;
    // In units of eight octets, so that the rows are aligned.
    let mut buffer: Vec<u64> = Vec::new();
    for _ in 0..TRIES {
        let at = if buffer.is_empty() { ptr::null_mut() } else { buffer.as_mut_ptr().cast() };
        // SAFETY: `at` is null with a length of 0, or points to `octets` octets that are ours to write.
        let answer =
            unsafe { GetExtendedUdpTable(at, &raw mut octets, 0, u32::from(family), UDP_TABLE_OWNER_PID, 0) };
        match answer {
            NO_ERROR if buffer.is_empty() => return Ok(Vec::new()),
            NO_ERROR => break,
            ERROR_INSUFFICIENT_BUFFER | ERROR_INVALID_PARAMETER if octets > 0 => {
                buffer = vec![0; (octets as usize).div_ceil(8)];
                octets = u32::try_from(buffer.len() * 8).map_err(io::Error::other)?;
            }
            code => return Err(io::Error::from_raw_os_error(code.cast_signed())),
        }
    }
    let Some(first) = buffer.first() else { return Ok(Vec::new()) };
    // The number of rows comes first, then the rows, all of them made of 32-bit words.
    let [a, b, c, d, ..] = first.to_ne_bytes();
    let room = (buffer.len() * 8 - size_of::<u32>()) / size_of::<Row>();
    let count = (u32::from_ne_bytes([a, b, c, d]) as usize).min(room);
    let start = buffer.as_ptr().cast::<u8>();
    let row = |at: usize| {
        // SAFETY: `count` rows behind the first word lie within the buffer, as just worked out; they are plain numbers.
        unsafe { start.add(size_of::<u32>() + at * size_of::<Row>()).cast::<Row>().read_unaligned() }
    };
    Ok((0..count).map(row).collect())
}

/// The file name of a process's program; `None` where we may not know it.
#[expect(unsafe_code, reason = "another process's program has no safe form")]
pub(super) fn program(pid: u32) -> Option<String> {
    if pid == SYSTEM {
        return Some("System".to_owned());
    }
    // SAFETY: no pointers; the handle is closed below.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) };
    if process.is_null() {
        return None;
    }
    let mut path = [0_u16; 1024];
    let mut length = 1024;
    // SAFETY: the buffer has `length` places, which the call lowers to what it wrote.
    let known = unsafe { QueryFullProcessImageNameW(process, 0, path.as_mut_ptr(), &raw mut length) };
    // SAFETY: the handle is ours and open.
    unsafe { CloseHandle(process) };
    if known == 0 {
        return None;
    }
    let path = String::from_utf16_lossy(path.get(..length as usize)?);
    path.rsplit(['\\', '/']).next().map(str::to_owned)
}
