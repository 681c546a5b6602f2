//! Asks phones for their own web pages: plain HTTP to the phone that was named, and to nothing else. No proxy is used
//! and no redirect is followed; time and size have limits, and many phones are asked at once.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::fleet::Mac;
use crate::phone_pages::{Facts, PAGES, Proof, Reply, ReplyError, Silence};

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until a phone takes the connection. One that is there does it at once; one that is not never does.
    pub connect: Duration,
    /// Until a page is there. Phones build a page in a second or two while they have little else to do.
    pub page: Duration,
    /// Phones that are asked at one time.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), page: Duration::from_secs(6), at_once: 64 }
    }
}

/// Ask one phone. `meant` is the phone that should be there.
pub async fn ask(phone: SocketAddr, meant: Option<Mac>, limits: Limits) -> Proof {
    let mut facts = Facts::default();
    for (nth, pages) in PAGES.iter().enumerate() {
        match either(phone, pages, limits, &mut facts).await {
            Ok(()) => {}
            // What it said before stands, even if its second page does not come.
            Err(_) if nth > 0 => {}
            Err(silence) => return Proof::Nothing(silence),
        }
    }
    Proof::Says(facts).of_phone(meant)
}

/// Ask several, and hand each answer to `told` as it comes, with the phone's place in the list.
pub async fn ask_all(
    phones: Vec<(SocketAddr, Option<Mac>)>,
    limits: Limits,
    mut told: impl FnMut(usize, Proof),
) {
    let mut waiting = phones.into_iter().enumerate();
    let mut asked = JoinSet::new();
    loop {
        while asked.len() < limits.at_once.max(1)
            && let Some((nth, (phone, meant))) = waiting.next()
        {
            asked.spawn(async move { (nth, ask(phone, meant, limits).await) });
        }
        match asked.join_next().await {
            None => return,
            Some(Ok((nth, proof))) => told(nth, proof),
            // A fault in asking one phone is not the others'.
            Some(Err(error)) => tracing::warn!(%error, "a phone was not asked"),
        }
    }
}

/// Take in the first page of a pair that is one of a phone.
async fn either(phone: SocketAddr, pages: &[&str], limits: Limits, facts: &mut Facts) -> Result<(), Silence> {
    let mut reason = Silence::NotAPhone;
    for page in pages {
        match get(phone, page, limits).await {
            Ok(octets) if facts.read(&octets) => return Ok(()),
            Ok(_) | Err(Failed::Reply(ReplyError::NoSuchPage)) => {}
            Err(Failed::Reply(ReplyError::Locked)) => reason = Silence::Locked,
            Err(Failed::Reply(ReplyError::Unusable)) => return Err(Silence::Refused),
            Err(Failed::Reply(ReplyError::CutOff) | Failed::Unfinished) => return Err(Silence::Unfinished),
            Err(Failed::NoAnswer) => return Err(Silence::NoAnswer),
        }
    }
    Err(reason)
}

/// Why a page was not got.
enum Failed {
    NoAnswer,
    Unfinished,
    Reply(ReplyError),
}

async fn get(phone: SocketAddr, page: &str, limits: Limits) -> Result<Vec<u8>, Failed> {
    let connected = timeout(limits.connect, TcpStream::connect(phone)).await;
    let Ok(Ok(mut stream)) = connected else { return Err(Failed::NoAnswer) };
    let mut reply = Reply::default();
    match timeout(limits.page, exchange(&mut stream, phone, page, &mut reply)).await {
        Err(_) | Ok(Err(Exchange::Broken)) => Err(Failed::Unfinished),
        Ok(Err(Exchange::Reply(error))) => Err(Failed::Reply(error)),
        Ok(Ok(())) => reply.page().map_err(Failed::Reply),
    }
}

enum Exchange {
    Broken,
    Reply(ReplyError),
}

async fn exchange(
    stream: &mut TcpStream,
    phone: SocketAddr,
    page: &str,
    reply: &mut Reply,
) -> Result<(), Exchange> {
    // HTTP/1.0: the simplest of these servers know nothing newer, and end the connection behind the page.
    let request = format!(
        "GET {page} HTTP/1.0\r\nHost: {}\r\nUser-Agent: loadlift\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        phone.ip()
    );
    stream.write_all(request.as_bytes()).await.map_err(|_| Exchange::Broken)?;
    let mut octets = [0; 4096];
    loop {
        match stream.read(&mut octets).await {
            Ok(0) => return Ok(()),
            Ok(length) => {
                if reply.take(&octets[..length]).map_err(Exchange::Reply)? {
                    return Ok(());
                }
            }
            // Some servers reset the connection instead of closing it; what came before may be whole.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
            Err(_) => return Err(Exchange::Broken),
        }
    }
}
