//! Files from web servers that the technician named: the only room that speaks HTTP to anything but a phone.
//!
//! What a request is, and what an answer means, is decided by [`Download`]; here it is sent and written to disk.

mod error;

use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, COOKIE, ETAG, HeaderMap, HeaderName,
    HeaderValue, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE, RETRY_AFTER,
};
use reqwest::{Certificate, Client, redirect};
use url::Url;

pub use error::FetchError;

use crate::download::{self, ContentRange, Cookies, Download, Head, Next, Request, Validator};
use crate::store::incoming::Incoming;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(15);
/// How long it may send nothing, before it is asked anew.
const IDLE: Duration = Duration::from_secs(30);
/// Octets of the largest file that is fetched, if nobody said otherwise: the largest archive of these phones has a tenth.
const MOST_OCTETS: u64 = 512 << 20;

/// The authority behind a certificate is none that anybody here knows.
const UNKNOWN: &str = "nobody that this system trusts has issued its certificate";

/// Whether anything but phones and DHCP may be contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// The hosts that the technician names.
    #[default]
    Named,
    /// Nothing, because of `--offline` or because the kit says so.
    Offline,
}

/// How servers are asked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether they may be asked at all.
    pub reach: Reach,
    /// Headers for the server that is named, and for no other that it leads to: `Name: value`.
    pub headers: Vec<String>,
    /// Cookies, for the servers that they belong to.
    pub cookies: Option<Cookies>,
    /// A certificate authority of the firm's own, as PEM, beside those of the system.
    pub authority: Option<Vec<u8>>,
    /// How long a server may send nothing.
    pub idle: Duration,
    /// Largest file, in octets.
    pub most: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reach: Reach::Named,
            headers: Vec::new(),
            cookies: None,
            authority: None,
            idle: IDLE,
            most: MOST_OCTETS,
        }
    }
}

/// What happens meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something was left of an earlier run, and the server agrees that it is the same file.
    Resumed {
        /// Octets that were there.
        from: u64,
    },
    /// The server leads to another address.
    Redirected {
        /// That address, safe to print.
        to: String,
    },
    /// So much is there.
    Progress {
        /// Octets.
        octets: u64,
        /// Octets of the whole, if they are known.
        total: Option<u64>,
    },
    /// It is tried again.
    Retry {
        /// When.
        time: Duration,
        /// Why, safe to print.
        why: String,
    },
}

/// A file that is whole, but was not looked at yet.
#[derive(Debug)]
pub struct Fetched {
    /// Octets.
    pub octets: u64,
    /// What it is called: by the server, or by its address.
    pub name: String,
}

/// Asks servers.
#[derive(Debug, Clone)]
pub struct Fetcher {
    /// One that trusts the firm's own authority alone, if it is named, and one that trusts those of the system. Two,
    /// because not every system lets its own judge of certificates take another authority in.
    clients: Vec<Client>,
    headers: HeaderMap,
    cookies: Option<Cookies>,
    most: u64,
}

/// TLS is rustls with the primitives of ring. Must be said once before the first client is made; saying it again does
/// nothing.
fn install_tls() {
    // An error only says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Fetcher {
    /// Get ready to ask. Nothing is sent yet; while offline there is no fetcher, and so nothing ever can be.
    pub fn new(settings: &Settings) -> Result<Self, FetchError> {
        if settings.reach == Reach::Offline {
            return Err(FetchError::Offline);
        }
        install_tls();
        let builder = || {
            Client::builder()
                .user_agent(concat!("loadlift/", env!("CARGO_PKG_VERSION")))
                // Each one is shown, and decided on.
                .redirect(redirect::Policy::none())
                .connect_timeout(CONNECT)
                .read_timeout(settings.idle)
        };
        let mut builders = Vec::new();
        if let Some(pem) = &settings.authority {
            let authorities = Certificate::from_pem_bundle(pem).ok().filter(|all| !all.is_empty());
            builders.push(builder().tls_certs_only(authorities.ok_or(FetchError::NotACertificate)?));
        }
        builders.push(builder());
        let mut headers = HeaderMap::new();
        for line in &settings.headers {
            let parsed = line.split_once(':').and_then(|(name, value)| {
                let name: HeaderName = name.trim().parse().ok()?;
                let mut value: HeaderValue = value.trim().parse().ok()?;
                value.set_sensitive(true);
                Some((name, value))
            });
            let (name, value) = parsed.ok_or(FetchError::NotAHeader)?;
            headers.append(name, value);
        }
        let clients = builders.into_iter().map(reqwest::ClientBuilder::build).collect::<Result<_, _>>();
        let clients = clients.map_err(|error| FetchError::NotReady { why: chain(&error) })?;
        Ok(Self { clients, headers, cookies: settings.cookies.clone(), most: settings.most })
    }

    /// Fetch `url` into `incoming`, going on where an earlier run stopped.
    pub async fn fetch(
        &self,
        url: &Url,
        incoming: &mut Incoming,
        mut tell: impl FnMut(News),
    ) -> Result<Fetched, FetchError> {
        let mut download = Download::new(url.clone(), incoming.partial(), self.most);
        let mut request = download.request();
        let mut named = None;
        loop {
            let next = match self.send(&request).await {
                Err(Failed::Broken(why)) => download.broke(&why)?,
                Err(Failed::Certificate(why)) => return Err(FetchError::Certificate { why }),
                Ok(answer) => match download.head(&head(&answer))? {
                    Next::Read { keep, partial } => {
                        named = name_by_server(answer.headers()).or(named);
                        incoming.begin(keep, &partial)?;
                        if keep > 0 {
                            tell(News::Resumed { from: keep });
                        }
                        body(answer, &mut download, incoming, &mut tell).await?
                    }
                    next => next,
                },
            };
            request = match next {
                Next::Ask(request) => request,
                Next::Follow(request) => {
                    tell(News::Redirected { to: download::shown(&request.url) });
                    request
                }
                Next::Wait { time, why } => {
                    tell(News::Retry { time, why });
                    tokio::time::sleep(time).await;
                    download.request()
                }
                Next::Whole { octets } => {
                    let name = named.unwrap_or_else(|| name_by_address(url, download.url()));
                    return Ok(Fetched { octets, name });
                }
                Next::Read { .. } => unreachable!("its body was read above"),
            };
        }
    }

    /// Send a request by whoever trusts the server.
    async fn send(&self, request: &Request) -> Result<reqwest::Response, Failed> {
        let mut distrusted: Option<String> = None;
        for http in &self.clients {
            match self.send_by(http, request).await {
                Err(Failed::Certificate(why)) => {
                    // That nobody vouches for it says less than any other reason.
                    let says_more = |before: &String| before == UNKNOWN && why != UNKNOWN;
                    if distrusted.as_ref().is_none_or(says_more) {
                        distrusted = Some(why);
                    }
                }
                answer => return answer,
            }
        }
        Err(Failed::Certificate(distrusted.unwrap_or_else(|| UNKNOWN.to_owned())))
    }

    async fn send_by(&self, http: &Client, request: &Request) -> Result<reqwest::Response, Failed> {
        let mut sending = http.get(request.url.clone()).header(ACCEPT_ENCODING, "identity");
        if request.is_same_origin {
            sending = sending.headers(self.headers.clone());
        }
        if let Some(cookies) = self.cookies.as_ref().and_then(|cookies| cookies.header(&request.url)) {
            sending = sending.header(COOKIE, cookies);
        }
        if request.from > 0 {
            sending = sending.header(RANGE, format!("bytes={}-", request.from));
            if let Some(validator) = &request.if_range {
                sending = sending.header(IF_RANGE, validator.value());
            }
        }
        sending.send().await.map_err(|error| Failed::of(&error))
    }
}

/// Why there is no answer.
enum Failed {
    Broken(String),
    Certificate(String),
}

impl Failed {
    fn of(error: &reqwest::Error) -> Self {
        let why = chain(error);
        // A server that cannot prove who it is will not be able to in a second either.
        if why.contains("certificate") { Self::Certificate(of_certificate(&why)) } else { Self::Broken(why) }
    }
}

/// Why a certificate does not count, in words. What the TLS library says for other reasons can be read as it is.
fn of_certificate(why: &str) -> String {
    let bare = why.trim_start_matches("invalid peer certificate: ");
    if bare == "UnknownIssuer" {
        return UNKNOWN.to_owned();
    }
    // What the system's own judge says: `Other(OtherError("…"))`.
    match bare.strip_prefix("Other(OtherError(").and_then(|inner| inner.strip_suffix("))")) {
        Some(inner) => format!("this system does not trust its certificate: {}", inner.trim_matches('"')),
        None => bare.to_owned(),
    }
}

/// What happened in the words of the innermost cause, without the address, which can carry a secret.
fn chain(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "the server takes too long".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::eq(cause, std::ptr::from_ref(error)) {
        return "the connection failed".to_owned();
    }
    crate::error::printable(&cause.to_string(), 160)
}

/// Read a body to its end, or to where it breaks.
async fn body(
    mut answer: reqwest::Response,
    download: &mut Download,
    incoming: &mut Incoming,
    tell: &mut impl FnMut(News),
) -> Result<Next, FetchError> {
    loop {
        match answer.chunk().await {
            Ok(Some(octets)) => {
                download.wrote(octets.len() as u64)?;
                incoming.write(&octets)?;
                let (octets, total) = download.so_far();
                tell(News::Progress { octets, total });
            }
            Ok(None) => return Ok(download.ended()?),
            Err(error) => return Ok(download.broke(&chain(&error))?),
        }
    }
}

fn head(answer: &reqwest::Response) -> Head {
    let text = |name: HeaderName| answer.headers().get(name)?.to_str().ok();
    Head {
        status: answer.status().as_u16(),
        length: text(CONTENT_LENGTH).and_then(|length| length.trim().parse().ok()),
        range: text(CONTENT_RANGE).and_then(ContentRange::parse),
        validator: Validator::of(text(ETAG), text(LAST_MODIFIED)),
        location: text(LOCATION).map(str::to_owned),
        // The other form, a date, is rare, and the usual wait does as well.
        retry_after: text(RETRY_AFTER).and_then(|after| after.trim().parse().ok()).map(Duration::from_secs),
        is_encoded: text(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")),
    }
}

/// `filename` of `Content-Disposition`, cleaned.
fn name_by_server(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("content-disposition")?.to_str().ok()?;
    let name = value.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
    crate::kit::file_name(name.trim().trim_matches('"'))
}

/// The last part of the address that was named, or else of the one that it led to.
fn name_by_address(named: &Url, last: &Url) -> String {
    let last_part = |url: &Url| crate::kit::file_name(url.path_segments()?.next_back()?);
    let with_ending = |name: &String| name.contains('.');
    let (by_named, by_last) = (last_part(named), last_part(last));
    let best = by_named.clone().filter(with_ending).or(by_last.filter(with_ending)).or(by_named);
    best.unwrap_or_else(|| "download".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Advice as _;

    #[test]
    fn a_client_can_be_made_again_and_again_and_speaks_tls() {
        for _ in 0..3 {
            Fetcher::new(&Settings::default()).unwrap();
        }
        assert!(rustls::crypto::CryptoProvider::get_default().is_some());
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_said_in_words() {
        assert_eq!(of_certificate("invalid peer certificate: UnknownIssuer"), UNKNOWN);
        let system = "invalid peer certificate: Other(OtherError(\"OS Error 5\"))";
        assert_eq!(of_certificate(system), "this system does not trust its certificate: OS Error 5");
        let expired = "invalid peer certificate: certificate expired: verification time 2";
        assert_eq!(of_certificate(expired), "certificate expired: verification time 2");
    }

    #[test]
    fn while_offline_there_is_nothing_to_ask_with() {
        let error = Fetcher::new(&Settings { reach: Reach::Offline, ..Settings::default() }).unwrap_err();
        assert_eq!(error.code(), "offline");
    }

    #[test]
    fn headers_and_authorities_that_are_none_are_told_before_anything_is_sent() {
        for line in ["no colon", "bad name: x", "A: b\nC: d"] {
            let settings = Settings { headers: vec![line.into()], ..Settings::default() };
            assert_eq!(Fetcher::new(&settings).unwrap_err().code(), "not-a-header", "{line}");
        }
        let settings = Settings { authority: Some(b"no pem".to_vec()), ..Settings::default() };
        assert_eq!(Fetcher::new(&settings).unwrap_err().code(), "not-a-certificate");
    }

    #[test]
    fn a_file_is_called_by_its_address_and_never_by_a_path() {
        let url = |text: &str| Url::parse(text).unwrap();
        let name = |named: &str, last: &str| name_by_address(&url(named), &url(last));
        assert_eq!(name("http://x.example/a/b.zip?x=1", "http://x.example/c"), "b.zip");
        assert_eq!(name("http://x.example/get", "http://x.example/c.zip"), "c.zip");
        assert_eq!(name("http://x.example/", "http://x.example/"), "download");
        let mut headers = HeaderMap::new();
        headers.insert("content-disposition", "attachment; filename=\"../../etc/x.zip\"".parse().unwrap());
        assert_eq!(name_by_server(&headers).as_deref(), Some("x.zip"));
    }
}
