//! The DHCP client service of Windows: dhcpcsvc.dll, and what iphlpapi.dll knows of leases.
//!
//! Written and reviewed against Microsoft's reference of `dhcpcsdk.h`. Seen running: under Wine only, whose service
//! takes the question and answers with no options. Never seen: a Windows that answers; what its answers are made into is
//! apart, in `dhcp::of_windows`, and tested there.

use std::ffi::CStr;
use std::io;
use std::net::Ipv4Addr;
use std::os::windows::io::AsRawSocket;
use std::ptr;
use std::time::Duration;

use socket2::Socket;
use windows_sys::Win32::Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_MORE_DATA, NO_ERROR};
use windows_sys::Win32::NetworkManagement::Dhcp::{
    DHCPAPI_PARAMS, DHCPCAPI_PARAMS_ARRAY, DHCPCAPI_REQUEST_SYNCHRONOUS, DhcpCApiCleanup, DhcpCApiInitialize,
    DhcpRequestParams,
};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST, GetAdaptersAddresses,
    IP_ADAPTER_ADDRESSES_LH,
};
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, IP_UNICAST_IF, IPPROTO_IP, SOCKADDR_IN, SOCKET, SOCKET_ERROR, setsockopt,
};

use super::length_of;
use crate::dhcp::RawOption;
use crate::dhcp::of_windows::{self, Entry, FIRST_ROOM, more_room};

/// The service shares the port.
pub(in crate::platform) const PATIENCE: Duration = Duration::ZERO;
/// Tables that are longer than this are not read.
const MAX_OCTETS: u32 = 1 << 20;

/// Sends by that card. What is heard follows the address that the socket is bound to.
#[expect(unsafe_code, reason = "IP_UNICAST_IF, which no safe crate offers")]
pub(in crate::platform) fn tie_to_card(socket: &Socket, _: &str, index: u32) -> io::Result<()> {
    let raw = SOCKET::try_from(socket.as_raw_socket()).map_err(io::Error::other)?;
    let index = index.to_be();
    // SAFETY: `raw` is open for as long as `socket` is borrowed; the value is a u32 of the length given.
    let set = unsafe {
        let length = length_of::<u32>().cast_signed();
        setsockopt(raw, IPPROTO_IP, IP_UNICAST_IF, ptr::from_ref(&index).cast(), length)
    };
    if set == SOCKET_ERROR {
        // The address that the socket is bound to chooses the card as well; this is for hosts with odd routes.
        tracing::debug!(error = %io::Error::last_os_error(), "IP_UNICAST_IF is not to be had");
    }
    Ok(())
}

/// The table of adapters knows the server of each lease. An address that was set by hand has none.
#[expect(unsafe_code, reason = "GetAdaptersAddresses, which no safe crate offers with the DHCP server in it")]
pub(in crate::platform) fn lease_server(name: &str, _: u32, _: Ipv4Addr) -> Option<Ipv4Addr> {
    let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    let mut octets: u32 = 16 * 1024;
    // The table may grow between two calls; three are enough for any sane machine.
    for _ in 0..3 {
        // In units of eight octets, since the structures want that alignment.
        let mut table = vec![0_u64; (octets as usize).div_ceil(8)];
        let first = table.as_mut_ptr().cast::<IP_ADAPTER_ADDRESSES_LH>();
        // SAFETY: `first` is aligned and has room for the `octets` octets that are given as its size.
        let result =
            unsafe { GetAdaptersAddresses(AF_INET.into(), flags, ptr::null(), first, &raw mut octets) };
        match result {
            NO_ERROR => {
                // SAFETY: the call succeeded, so `first` begins a list of whole structures that lies, with all that
                // they point to, in `table`, which lives until the end of this block.
                return unsafe { server_of(first, name) };
            }
            ERROR_BUFFER_OVERFLOW if octets <= MAX_OCTETS => {}
            _ => return None,
        }
    }
    None
}

/// Walk the list of adapters.
///
/// # Safety
/// `adapter` is null or begins a list as `GetAdaptersAddresses` made it, and the list is still alive.
#[expect(unsafe_code, reason = "the list is made of pointers")]
unsafe fn server_of(mut adapter: *const IP_ADAPTER_ADDRESSES_LH, name: &str) -> Option<Ipv4Addr> {
    // SAFETY: as promised by the caller: each pointer is null or points to a whole structure.
    unsafe {
        while let Some(this) = adapter.as_ref() {
            let is_it = !this.AdapterName.is_null()
                && CStr::from_ptr(this.AdapterName.cast()).to_bytes().eq_ignore_ascii_case(name.as_bytes());
            if is_it {
                let server = this.Dhcpv4Server;
                let length = usize::try_from(server.iSockaddrLength).unwrap_or(0);
                if server.lpSockaddr.is_null() || length < size_of::<SOCKADDR_IN>() {
                    return None;
                }
                let address = server.lpSockaddr.cast::<SOCKADDR_IN>().read_unaligned();
                let server = Ipv4Addr::from(u32::from_be(address.sin_addr.S_un.S_addr));
                let is_host = !server.is_unspecified() && !server.is_broadcast();
                return (address.sin_family == AF_INET && is_host).then_some(server);
            }
            adapter = this.Next;
        }
    }
    None
}

/// One synchronous question to the service. Data come back inside our buffer, option by option.
///
/// The service answers from what its lease brought, and asks the server by an INFORM for what it lacks. The adapter is
/// named by its GUID, in braces. No class id goes with it: there it would be a user class (option 77), which is not what a
/// phone sends (option 60).
#[expect(unsafe_code, reason = "DhcpRequestParams, which no safe crate offers")]
pub(in crate::platform) fn ask(name: &str, codes: &[u8]) -> io::Result<Vec<RawOption>> {
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let mut version = 0;
    // SAFETY: the pointer is to a u32 that lives through the call.
    succeeded(unsafe { DhcpCApiInitialize(&raw mut version) })?;
    let _open = Open;
    let mut room = Some(FIRST_ROOM);
    while let Some(size) = room {
        // Standard options: flags and IsVendor are 0, and there are no data yet, as the call wants it.
        let mut wanted: Vec<DHCPAPI_PARAMS> = codes
            .iter()
            .map(|code| DHCPAPI_PARAMS { OptionId: u32::from(*code), ..DHCPAPI_PARAMS::default() })
            .collect();
        let none = DHCPCAPI_PARAMS_ARRAY { nParams: 0, Params: ptr::null_mut() };
        let array = DHCPCAPI_PARAMS_ARRAY {
            nParams: u32::try_from(wanted.len()).unwrap_or(0),
            Params: wanted.as_mut_ptr(),
        };
        let mut buffer = vec![0_u8; size as usize];
        let mut octets = size;
        // SAFETY: `name` ends in a NUL; the array has as many entries as it says; the buffer has room for `octets`; all
        // of them live through the call, which is synchronous.
        let result = unsafe {
            DhcpRequestParams(
                DHCPCAPI_REQUEST_SYNCHRONOUS,
                ptr::null_mut(),
                name.as_ptr(),
                ptr::null_mut(),
                none,
                array,
                buffer.as_mut_ptr(),
                &raw mut octets,
                ptr::null(),
            )
        };
        if result == ERROR_MORE_DATA {
            room = more_room(size, octets);
            continue;
        }
        succeeded(result)?;
        let entry = |option: &DHCPAPI_PARAMS| Entry {
            id: option.OptionId,
            at: option.Data as usize,
            octets: option.nBytesData,
        };
        let entries: Vec<Entry> = wanted.iter().map(entry).collect();
        return of_windows::options(&buffer, buffer.as_ptr() as usize, &entries).map_err(io::Error::other);
    }
    Err(io::Error::other("the DHCP client's answer keeps growing"))
}

fn succeeded(result: u32) -> io::Result<()> {
    match result {
        NO_ERROR => Ok(()),
        code => Err(io::Error::from_raw_os_error(i32::try_from(code).unwrap_or(i32::MAX))),
    }
}

/// The service is open to us until this is dropped.
struct Open;

impl Drop for Open {
    #[expect(unsafe_code, reason = "the counterpart of DhcpCApiInitialize")]
    fn drop(&mut self) {
        // SAFETY: it takes nothing, and DhcpCApiInitialize succeeded.
        unsafe { DhcpCApiCleanup() }
    }
}

/// That is a setting of Linux.
pub(in crate::platform) fn reverse_path_filter(_: &str) -> Option<u8> {
    None
}
