//! Socket settings that each operating system has in a way of its own.

use std::io;

use socket2::Socket;

/// Make sure that no other program shares the port with us, and that one phone's "port unreachable" is not an
/// error of the whole socket. Call it before binding.
///
/// - Windows lets a second program bind the same port unless `SO_EXCLUSIVEADDRUSE` is set, and reports an ICMP
///   "port unreachable" for any earlier datagram as `WSAECONNRESET` of the next receive unless
///   `SIO_UDP_CONNRESET` is off.
/// - Elsewhere a UDP port is exclusive unless both sides ask to share it, and an unconnected socket hears nothing
///   of ICMP.
pub fn make_exclusive(socket: &Socket) -> io::Result<()> {
    system::make_exclusive(socket)
}

/// Ask for a receive buffer of `octets`, and say what the system gave. Never an error: a small buffer only means
/// that phones may have to ask twice.
pub fn widen_receive_buffer(socket: &Socket, octets: usize) -> usize {
    // The request is silently cut to what an ordinary user may have.
    let _ = socket.set_recv_buffer_size(octets);
    if socket.recv_buffer_size().unwrap_or(0) < octets {
        system::force_receive_buffer(socket, octets);
    }
    socket.recv_buffer_size().unwrap_or(0)
}

#[cfg(windows)]
mod system {
    use std::io;
    use std::os::windows::io::AsRawSocket;
    use std::ptr;

    use socket2::Socket;
    use windows_sys::Win32::Networking::WinSock::{
        SIO_UDP_CONNRESET, SO_EXCLUSIVEADDRUSE, SOCKET, SOCKET_ERROR, SOL_SOCKET, WSAIoctl, setsockopt,
    };

    use crate::platform::system::length_of;

    #[expect(unsafe_code, reason = "two socket settings that no safe crate offers")]
    pub(super) fn make_exclusive(socket: &Socket) -> io::Result<()> {
        let raw = SOCKET::try_from(socket.as_raw_socket()).map_err(io::Error::other)?;
        let yes: i32 = 1;
        // SAFETY: `raw` is open for as long as `socket` is borrowed; the value is an i32 of the length given.
        let set = unsafe {
            let length = length_of::<i32>().cast_signed();
            setsockopt(raw, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, ptr::from_ref(&yes).cast(), length)
        };
        if set == SOCKET_ERROR {
            return Err(io::Error::last_os_error());
        }
        let (no, mut returned): (u32, u32) = (0, 0);
        // SAFETY: as above; the input is a u32 (BOOL) of the length given, there is no output buffer, and the call
        // is synchronous, since no overlapped structure is passed.
        let set = unsafe {
            WSAIoctl(
                raw,
                SIO_UDP_CONNRESET,
                ptr::from_ref(&no).cast(),
                length_of::<u32>(),
                ptr::null_mut(),
                0,
                &raw mut returned,
                ptr::null_mut(),
                None,
            )
        };
        if set == SOCKET_ERROR {
            // Older systems and Wine may not know it; the driver also ignores the error that it would prevent.
            tracing::debug!(error = %io::Error::last_os_error(), "SIO_UDP_CONNRESET is not to be had");
        }
        Ok(())
    }

    /// Windows gives what is asked for.
    pub(super) fn force_receive_buffer(_: &Socket, _: usize) {}
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;

    use socket2::Socket;

    #[expect(clippy::unnecessary_wraps, reason = "the Windows form can fail")]
    pub(super) fn make_exclusive(_: &Socket) -> io::Result<()> {
        Ok(())
    }

    /// Root may go beyond `net.core.rmem_max`.
    pub(super) fn force_receive_buffer(socket: &Socket, octets: usize) {
        // Refused without the right to; then the smaller buffer stands.
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size_force(socket, octets);
    }
}

#[cfg(not(any(windows, target_os = "linux")))]
mod system {
    use std::io;

    use socket2::Socket;

    #[expect(clippy::unnecessary_wraps, reason = "the Windows form can fail")]
    pub(super) fn make_exclusive(_: &Socket) -> io::Result<()> {
        Ok(())
    }

    /// The limit is the system's own, for everybody.
    pub(super) fn force_receive_buffer(_: &Socket, _: usize) {}
}

#[cfg(test)]
mod tests {
    use socket2::{Domain, Type};

    use super::*;

    #[test]
    fn a_port_that_is_ours_cannot_be_bound_again() {
        let first = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        make_exclusive(&first).unwrap();
        first.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();

        let second = Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        make_exclusive(&second).unwrap();
        assert!(second.bind(&first.local_addr().unwrap()).is_err());
    }
}
