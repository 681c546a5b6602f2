//! The ceiling: a loop that answers each packet with the next block, and knows nothing.

use std::net::{Ipv4Addr, UdpSocket};

use crate::phones::image;

/// Tells this program that it is the echo loop: the block size in octets. It prints its port.
pub(crate) const ENV: &str = "LOADLIFT_BENCH_ECHO";

/// Answer for ever.
pub(crate) fn serve(blksize: usize) {
    let image = image();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    println!("{}", socket.local_addr().unwrap().port());
    let mut inbox = vec![0; 65_536];
    let mut outbox = Vec::with_capacity(blksize + 4);
    loop {
        let Ok((octets, from)) = socket.recv_from(&mut inbox) else { continue };
        let block = match &inbox[..octets] {
            [0, 1, rest @ ..] if rest.starts_with(b"not-there") => {
                let _ = socket.send_to(b"\0\x05\0\x01no\0", from);
                continue;
            }
            [0, 1, ..] if blksize != 512 => {
                let _ = socket.send_to(format!("\0\x06blksize\0{blksize}\0").as_bytes(), from);
                continue;
            }
            [0, 4, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => 0,
        };
        let start = block * blksize;
        if start <= image.len() {
            outbox.clear();
            outbox.extend_from_slice(&[0, 3]);
            outbox.extend_from_slice(&((block + 1) as u16).to_be_bytes());
            outbox.extend_from_slice(&image[start..(start + blksize).min(image.len())]);
            let _ = socket.send_to(&outbox, from);
        }
    }
}
