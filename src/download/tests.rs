//! The machine against servers that cut, change, lie and lead astray; nothing sleeps and nothing is sent.

use proptest::prelude::*;

use super::*;
use crate::error::Advice as _;

const MOST: u64 = 1 << 20;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "wherever a tag stands it can be missing")]
fn tag(name: &str) -> Option<Validator> {
    Some(Validator::Etag(format!("\"{name}\"")))
}

/// A server with one file, and what it does wrong.
struct Server {
    file: Vec<u8>,
    version: &'static str,
    /// Whether it knows ranges.
    ranges: bool,
    /// After how many octets it cuts each connection.
    cut: Option<usize>,
    /// After how many requests the file becomes another.
    changes_after: Option<u32>,
    requests: u32,
}

impl Server {
    fn new(file: &[u8]) -> Self {
        Self { file: file.to_vec(), version: "a", ranges: true, cut: None, changes_after: None, requests: 0 }
    }

    fn answer(&mut self, request: &Request) -> (Head, Vec<u8>) {
        self.requests += 1;
        if self.changes_after == Some(self.requests) {
            self.file = self.file.iter().map(|octet| octet ^ 0xff).chain([7]).collect();
            self.version = "b";
        }
        let validator = tag(self.version);
        let total = self.file.len() as u64;
        let still_same = request.if_range.is_none() || request.if_range == validator;
        let mut head = Head { status: 200, length: Some(total), validator, ..Head::default() };
        let mut body = self.file.clone();
        if self.ranges && request.from > 0 && still_same {
            let range = |first| Some(ContentRange { first, total: Some(total) });
            if request.from >= total {
                return (Head { status: 416, range: range(0), length: None, ..head }, Vec::new());
            }
            body.drain(..usize::try_from(request.from).unwrap());
            head = Head { status: 206, range: range(request.from), length: None, ..head };
        }
        body.truncate(self.cut.unwrap_or(body.len()));
        (head, body)
    }
}

/// Run a download to its end against a server. Answers the file, or why there is none.
fn run(server: &mut Server, mut kept: Vec<u8>, partial: Partial) -> Result<Vec<u8>, DownloadError> {
    let mut download = Download::new(url("http://mirror.example/x.zip"), partial, MOST);
    let mut request = download.request();
    loop {
        let (head, body) = server.answer(&request);
        let mut next = download.head(&head)?;
        if let Next::Read { keep, .. } = &next {
            kept.truncate(usize::try_from(*keep).unwrap());
            kept.extend_from_slice(&body);
            download.wrote(body.len() as u64)?;
            next = download.ended()?;
        }
        request = match next {
            Next::Ask(request) | Next::Follow(request) => request,
            Next::Wait { .. } => download.request(),
            Next::Whole { octets } => {
                assert_eq!(octets, kept.len() as u64);
                return Ok(kept);
            }
            Next::Read { .. } => unreachable!("read above"),
        };
    }
}

fn part(octets: usize, version: &str) -> Partial {
    Partial { octets: octets as u64, validator: tag(version), total: Some(100) }
}

fn file() -> Vec<u8> {
    (0..100).collect()
}

#[test]
fn an_old_half_of_the_same_file_is_continued_at_any_octet() {
    for octets in 0..=100 {
        let mut server = Server::new(&file());
        let got = run(&mut server, file()[..octets].to_vec(), part(octets, "a"));
        assert_eq!(got, Ok(file()), "from {octets}");
        assert_eq!(server.requests, 1, "from {octets}");
    }
}

#[test]
fn a_file_that_changed_is_never_glued_to_an_old_half() {
    for octets in 1..=100 {
        let got = run(&mut Server::new(&file()), vec![0xee; octets], part(octets, "old"));
        assert_eq!(got, Ok(file()), "from {octets}");
        // A server that ignores `If-Range` is told by its validator.
        let mut download = Download::new(url("http://x.example/"), part(octets, "old"), MOST);
        download.request();
        let range = Some(ContentRange { first: octets as u64, total: Some(100) });
        let head = Head { status: 206, range, validator: tag("a"), ..Head::default() };
        let Ok(Next::Ask(again)) = download.head(&head) else { panic!("from {octets}") };
        assert_eq!((again.from, again.if_range), (0, None));
    }
}

#[test]
fn a_half_without_a_validator_is_thrown_away() {
    let partial = Partial { octets: 50, validator: None, total: Some(100) };
    let mut download = Download::new(url("http://x.example/"), partial, MOST);
    assert_eq!(download.request().from, 0);
}

#[test]
fn a_server_without_ranges_sends_all_of_it_again() {
    let mut server = Server { ranges: false, ..Server::new(&file()) };
    assert_eq!(run(&mut server, file()[..40].to_vec(), part(40, "a")), Ok(file()));
}

#[test]
fn a_line_that_breaks_over_and_over_still_brings_the_whole_file() {
    for cut in 1..=101 {
        let mut server = Server { cut: Some(cut), ..Server::new(&file()) };
        assert_eq!(run(&mut server, Vec::new(), Partial::default()), Ok(file()), "cut every {cut}");
        let changing = Server { cut: Some(cut), changes_after: Some(2), ..Server::new(&file()) };
        let mut server = changing;
        let got = run(&mut server, Vec::new(), Partial::default()).unwrap();
        assert_eq!(got, server.file, "cut every {cut}, and changed on the way");
    }
}

#[test]
fn a_connection_that_brings_nothing_is_tried_a_few_times_with_longer_waits() {
    let mut download = Download::new(url("http://x.example/"), Partial::default(), MOST);
    let mut waits = Vec::new();
    let end = loop {
        download.request();
        match download.broke("nobody answers") {
            Ok(Next::Wait { time, .. }) => waits.push(time.as_millis()),
            other => break other,
        }
    };
    assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16000]);
    assert_eq!(end.unwrap_err().code(), "download-given-up");
}

#[test]
fn a_server_that_always_sends_too_little_is_given_up() {
    let mut download = Download::new(url("http://x.example/"), Partial::default(), MOST);
    let head = Head { status: 200, length: Some(100), ..Head::default() };
    let end = (0..50).find_map(|_| {
        download.request();
        download.head(&head).unwrap();
        download.wrote(60).unwrap();
        download.ended().err()
    });
    assert_eq!(end.unwrap().code(), "download-given-up");
}

#[test]
fn a_server_that_wants_to_be_left_alone_is_left_alone_within_reason() {
    let mut download = Download::new(url("http://x.example/"), Partial::default(), MOST);
    download.request();
    let busy =
        |seconds| Head { status: 503, retry_after: Some(Duration::from_secs(seconds)), ..Head::default() };
    let Ok(Next::Wait { time, .. }) = download.head(&busy(7)) else { panic!() };
    assert_eq!(time, Duration::from_secs(7));
    let Ok(Next::Wait { time, .. }) = download.head(&busy(86_400)) else { panic!() };
    assert_eq!(time, LONGEST_WAIT);
}

#[test]
fn redirects_are_followed_and_take_no_secrets_along() {
    let mut download = Download::new(url("https://portal.example/get?id=1"), Partial::default(), MOST);
    assert!(download.request().is_same_origin);
    let to = |location: &str| Head { status: 302, location: Some(location.into()), ..Head::default() };
    let Ok(Next::Follow(request)) = download.head(&to("/files/x.zip")) else { panic!() };
    assert_eq!((request.url.as_str(), request.is_same_origin), ("https://portal.example/files/x.zip", true));
    let Ok(Next::Follow(request)) = download.head(&to("https://cdn.example/x.zip")) else { panic!() };
    assert!(!request.is_same_origin);
    for (location, code) in [
        ("https://portal.example/get?id=1", "download-redirect-loop"),
        ("http://cdn.example/x.zip", "download-leads-away"),
        ("file:///etc/passwd", "download-leads-away"),
    ] {
        assert_eq!(download.clone().head(&to(location)).unwrap_err().code(), code, "{location}");
    }
    let on_and_on = (0..20).find_map(|n| download.head(&to(&format!("https://cdn.example/{n}"))).err());
    assert_eq!(on_and_on.unwrap().code(), "download-redirect-loop");
}

#[test]
fn answers_that_are_no_file_end_it_with_their_reason() {
    for (status, code) in [
        (401, "download-needs-login"),
        (403, "download-needs-login"),
        (404, "download-not-there"),
        (418, "download-refused"),
        (416, "download-refused"),
    ] {
        let mut download = Download::new(url("http://x.example/"), Partial::default(), MOST);
        download.request();
        let error = download.head(&Head { status, ..Head::default() }).unwrap_err();
        assert_eq!(error.code(), code, "{status}");
    }
}

#[test]
fn too_much_is_refused_before_and_while_it_comes() {
    let mut download = Download::new(url("http://x.example/"), Partial::default(), 1000);
    download.request();
    let head = |length| Head { status: 200, length, ..Head::default() };
    assert_eq!(download.clone().head(&head(Some(1001))).unwrap_err().code(), "download-too-large");
    download.clone().head(&head(None)).unwrap();
    assert_eq!(download.clone().wrote(1001).unwrap_err().code(), "download-too-large");
    download.head(&head(Some(10))).unwrap();
    assert_eq!(download.wrote(11).unwrap_err().code(), "download-protocol");
}

#[test]
fn secrets_of_an_address_are_not_shown() {
    let secret = url("https://ann:pw@files.example/x.zip?sig=abc#top");
    assert_eq!(shown(&secret), "https://files.example/x.zip?…");
}

proptest! {
    /// Whatever a server answers, what is called whole has the length that was promised, and it ends.
    #[test]
    fn no_answer_makes_it_panic_or_go_on_for_ever(
        answers in prop::collection::vec((prop_oneof![Just(200_u16), Just(206), Just(416), Just(302), Just(503), 100..600_u16],
            prop::option::of(0..200_u64), prop::option::of((0..200_u64, prop::option::of(0..200_u64))), 0..250_u64), 1..60),
        octets in 0..150_u64,
    ) {
        let partial = Partial { octets, validator: tag("a"), total: Some(120) };
        let mut download = Download::new(url("http://x.example/"), partial, 200);
        download.request();
        for (status, length, range, body) in answers {
            let range = range.map(|(first, total)| ContentRange { first, total });
            let location = Some(format!("/{body}"));
            let head = Head { status, length, range, validator: tag("a"), location, ..Head::default() };
            match download.head(&head) {
                Err(_) => return Ok(()),
                Ok(Next::Read { keep, partial }) => {
                    prop_assert_eq!(keep, partial.octets);
                    if download.wrote(body).is_err() { return Ok(()) }
                    match download.ended() {
                        Ok(Next::Whole { octets }) => {
                            let (have, total) = download.so_far();
                            prop_assert!(octets == have && total.is_none_or(|total| total == have));
                            return Ok(());
                        }
                        Ok(_) => { download.request(); }
                        Err(_) => return Ok(()),
                    }
                }
                Ok(Next::Whole { octets }) => {
                    prop_assert_eq!(download.so_far(), (octets, Some(octets)));
                    return Ok(());
                }
                Ok(Next::Wait { .. }) => { download.request(); }
                Ok(Next::Ask(_) | Next::Follow(_)) => {}
            }
        }
    }
}
