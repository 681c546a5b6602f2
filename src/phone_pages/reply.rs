//! The HTTP reply of a phone's small web server, read as it comes in. Only what such a server sends is understood;
//! everything else is refused, above all a reply that leads elsewhere.

/// Longest reply that is read, in octets, with its header. The longest page that was seen has 6 kB.
pub const LONGEST: usize = 64 << 10;

/// A reply that comes in.
#[derive(Debug, Default)]
pub struct Reply {
    octets: Vec<u8>,
}

/// Why a reply gives no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// The page is not there; an older page may be.
    #[error("the page is not there")]
    NoSuchPage,
    /// A password is wanted.
    #[error("a password is wanted")]
    Locked,
    /// It is longer than any page of a phone, or no HTTP, or leads elsewhere.
    #[error("the reply is not one of a phone")]
    Unusable,
    /// It ended before its end.
    #[error("the reply is cut off")]
    CutOff,
}

/// What the header of a reply says.
struct Header {
    status: u16,
    length: Option<usize>,
    is_chunked: bool,
    body_at: usize,
}

impl Reply {
    /// Take in what arrived. `Ok(true)`: it is whole, and nothing need be waited for.
    pub fn take(&mut self, octets: &[u8]) -> Result<bool, ReplyError> {
        if self.octets.len() + octets.len() > LONGEST {
            return Err(ReplyError::Unusable);
        }
        self.octets.extend_from_slice(octets);
        let Some(header) = self.header()? else { return Ok(false) };
        let body = &self.octets[header.body_at..];
        Ok(match header.length {
            // Chunks count where there is a length too (RFC 9112 section 6.3).
            _ if header.is_chunked => unchunked(body).is_some_and(|(_, is_whole)| is_whole),
            Some(length) => body.len() >= length,
            None => false,
        })
    }

    /// The page, now that the other side has ended or [`Reply::take`] said that it is whole.
    pub fn page(self) -> Result<Vec<u8>, ReplyError> {
        if self.octets.is_empty() {
            return Err(ReplyError::CutOff);
        }
        let Some(header) = self.header()? else {
            return Err(ReplyError::CutOff);
        };
        match header.status {
            200 => {}
            401 | 403 => return Err(ReplyError::Locked),
            404 | 405 | 501 => return Err(ReplyError::NoSuchPage),
            // What a phone says of itself is nowhere but on the phone: no redirect is followed.
            _ => return Err(ReplyError::Unusable),
        }
        let body = &self.octets[header.body_at..];
        if header.is_chunked {
            let (page, is_whole) = unchunked(body).ok_or(ReplyError::Unusable)?;
            return if is_whole { Ok(page) } else { Err(ReplyError::CutOff) };
        }
        match header.length {
            Some(length) => body.get(..length).map(<[u8]>::to_vec).ok_or(ReplyError::CutOff),
            None => Ok(body.to_vec()),
        }
    }

    /// `None` while it is not all there.
    fn header(&self) -> Result<Option<Header>, ReplyError> {
        let octets = &self.octets[..];
        let begins = b"HTTP/1.";
        let known = octets.len().min(begins.len());
        if octets[..known] != begins[..known] {
            return Err(ReplyError::Unusable);
        }
        let find =
            |end: &[u8]| octets.windows(end.len()).position(|part| part == end).map(|at| at + end.len());
        let Some(body_at) = find(b"\r\n\r\n").into_iter().chain(find(b"\n\n")).min() else { return Ok(None) };
        let text = String::from_utf8_lossy(&octets[..body_at]);
        let mut lines = text.lines();
        let status = lines.next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        let mut header =
            Header { status: status.ok_or(ReplyError::Unusable)?, length: None, is_chunked: false, body_at };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                header.length = Some(value.parse().map_err(|_| ReplyError::Unusable)?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                header.is_chunked = value.eq_ignore_ascii_case("chunked");
            }
        }
        if header.length.is_some_and(|length| length > LONGEST) {
            return Err(ReplyError::Unusable);
        }
        Ok(Some(header))
    }
}

/// The body out of its chunks (RFC 9112 section 7.1), and whether the last one is there. `None`: not chunks.
fn unchunked(mut body: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut page = Vec::new();
    loop {
        let Some(end) = body.iter().position(|&octet| octet == b'\n') else { return Some((page, false)) };
        let line = std::str::from_utf8(&body[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        body = &body[end + 1..];
        if size == 0 {
            return Some((page, true));
        }
        if size > LONGEST {
            return None;
        }
        let Some(chunk) = body.get(..size) else { return Some((page, false)) };
        page.extend_from_slice(chunk);
        body = &body[size..];
        body = body.strip_prefix(b"\r").unwrap_or(body);
        body = body.strip_prefix(b"\n").unwrap_or(body);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(octets: &[u8]) -> Result<Vec<u8>, ReplyError> {
        let mut reply = Reply::default();
        reply.take(octets)?;
        reply.page()
    }

    #[test]
    fn a_reply_is_read_with_a_length_without_one_and_in_chunks() {
        for reply in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
            "HTTP/1.0 200 OK\nServer: Allegro-Software-RomPager/3.12\n\nhello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        ] {
            assert_eq!(page(reply.as_bytes()).as_deref(), Ok(&b"hello"[..]), "{reply}");
        }
    }

    #[test]
    fn the_end_is_known_as_soon_as_it_can_be() {
        let mut reply = Reply::default();
        assert_eq!(reply.take(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"), Ok(false));
        assert_eq!(reply.take(b"lo"), Ok(true));
    }

    #[test]
    fn what_is_no_page_is_refused_with_its_reason() {
        for (reply, error) in [
            ("HTTP/1.1 404 Not Found\r\n\r\n", ReplyError::NoSuchPage),
            ("HTTP/1.1 401 Unauthorized\r\n\r\n", ReplyError::Locked),
            ("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\n\r\n", ReplyError::Unusable),
            ("SSH-2.0-OpenSSH_9.2\r\n", ReplyError::Unusable),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", ReplyError::Unusable),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", ReplyError::CutOff),
            ("HTTP/1.1 200 OK\r\n", ReplyError::CutOff),
            ("", ReplyError::CutOff),
        ] {
            assert_eq!(page(reply.as_bytes()), Err(error), "{reply}");
        }
    }

    #[test]
    fn a_reply_without_end_is_given_up() {
        let mut reply = Reply::default();
        assert_eq!(reply.take(b"HTTP/1.1 200 OK\r\n\r\n"), Ok(false));
        let more = vec![b'x'; LONGEST / 4];
        let ends = (0..5).map(|_| reply.take(&more)).find(Result::is_err);
        assert_eq!(ends, Some(Err(ReplyError::Unusable)));
    }

    proptest! {
        #[test]
        fn no_reply_makes_it_panic(octets in prop::collection::vec(any::<u8>(), 0..300), cut in 0..300_usize) {
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            for octets in [octets.clone(), [&head[..], &octets].concat()] {
                let mut reply = Reply::default();
                let (first, rest) = octets.split_at(cut.min(octets.len()));
                if reply.take(first).is_ok() && reply.take(rest).is_ok() {
                    let _ = reply.page();
                }
            }
        }
    }
}
