//! A small web server for tests: one file, and everything that servers and lines do wrong with it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first octet that is wanted.
    pub(crate) fn from(&self) -> usize {
        let range = self
            .header("range")
            .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
        range.unwrap_or(0)
    }
}

/// A stream that can be written to, plain or TLS.
pub(crate) trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

type Answer = dyn Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync;

/// A server on loopback, for as long as the test runs.
pub(crate) struct Web {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Web {
    /// Answer each request with `answer`.
    pub(crate) fn start(
        answer: impl Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(answer, |stream| Ok(Box::new(stream)))
    }

    /// The same, over whatever `wrap` makes of a connection.
    pub(crate) fn start_with(
        answer: impl Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> io::Result<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has ports");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, wrap): (Arc<Answer>, _) = (Arc::new(answer), Arc::new(wrap));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, wrap, log) = (Arc::clone(&answer), Arc::clone(&wrap), Arc::clone(&log));
                // What goes wrong on a connection is the other side's to see.
                thread::spawn(move || serve(stream, &*wrap, &*answer, &log));
            }
        });
        Self { address, asked }
    }

    /// A server of one file under every path.
    pub(crate) fn of(file: Arc<File>) -> Self {
        Self::start(move |asked, stream| file.answer(asked, stream))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no test panics with it").clone()
    }
}

fn serve(
    stream: TcpStream,
    wrap: &dyn Fn(TcpStream) -> io::Result<Box<dyn Stream>>,
    answer: &Answer,
    log: &Mutex<Vec<Asked>>,
) -> io::Result<()> {
    let mut stream = wrap(stream)?;
    let mut request = Vec::new();
    let mut octet = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut octet)? == 0 {
            return Ok(());
        }
        request.push(octet[0]);
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let mut lines = text.lines();
    let path = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let headers =
        lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let asked = Asked { path, headers };
    log.lock().expect("no test panics with it").push(asked.clone());
    answer(&asked, &mut *stream)?;
    stream.flush()
}

/// Answer with a status, some headers and a body; the connection closes behind it.
pub(crate) fn send(stream: &mut dyn Stream, status: &str, headers: &[&str], body: &[u8]) -> io::Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len())?;
    for header in headers {
        write!(stream, "{header}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(body)
}

/// A file as an honest server has it.
pub(crate) struct File {
    pub(crate) octets: Vec<u8>,
    pub(crate) etag: &'static str,
}

impl File {
    pub(crate) fn new(octets: Vec<u8>) -> Arc<Self> {
        Arc::new(Self { octets, etag: "\"one\"" })
    }

    /// All of it, or the part that is wanted.
    pub(crate) fn answer(&self, asked: &Asked, stream: &mut dyn Stream) -> io::Result<()> {
        self.answer_cut(asked, stream, usize::MAX)
    }

    /// The same, but the line breaks after so many octets of the body.
    pub(crate) fn answer_cut(&self, asked: &Asked, stream: &mut dyn Stream, cut: usize) -> io::Result<()> {
        let all = self.octets.len();
        let same = asked.header("if-range").is_none_or(|tag| tag == self.etag);
        let from = if same { asked.from() } else { 0 };
        if from > 0 && from >= all {
            let range = format!("Content-Range: bytes */{all}");
            return send(
                stream,
                "416 Range Not Satisfiable",
                &[&range, &format!("ETag: {}", self.etag)],
                b"",
            );
        }
        let body = &self.octets[from..];
        let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\nETag: {}\r\n",
            body.len(),
            self.etag
        )?;
        if from > 0 {
            write!(stream, "Content-Range: bytes {from}-{}/{all}\r\n", all - 1)?;
        }
        stream.write_all(b"\r\n")?;
        stream.write_all(&body[..body.len().min(cut)])
    }
}
