//! A second TFTP server, made for these tests alone: as small as the rules allow, and with a switch for every way to
//! break one of them. Without a defect it passes every case; with one the case that is about it must fail.
#![expect(
    clippy::cast_possible_truncation,
    clippy::struct_excessive_bools,
    reason = "as small as it can be; block numbers wrap on purpose"
)]

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use crate::defect::Defect::{self, *};
use crate::subject::{FILES, content};

/// How long it waits before it repeats.
const INTERVAL: Duration = Duration::from_millis(300);

/// A running server; ended when dropped.
pub(crate) struct Naive {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Transfer {
    channel: usize,
    peer: SocketAddr,
    asked: Vec<u8>,
    image: Vec<u8>,
    granted: Vec<(String, u64)>,
    blksize: usize,
    window: u64,
    interval: Duration,
    offering: bool,
    acked: u64,
    sent: u64,
    went_back: bool,
    met: bool,
    over: bool,
    repeat_at: Instant,
}

struct State {
    defect: Option<Defect>,
    files: BTreeMap<String, Vec<u8>>,
    sockets: Vec<UdpSocket>,
    transfers: HashMap<SocketAddr, Transfer>,
    next: usize,
    stopped: bool,
}

impl Naive {
    pub(crate) fn start(defect: Option<Defect>) -> Self {
        let mut poll = Poll::new().unwrap();
        let mut sockets: Vec<UdpSocket> =
            (0..3).map(|_| UdpSocket::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap()).collect();
        for (n, socket) in sockets.iter_mut().enumerate() {
            poll.registry().register(socket, Token(n), Interest::READABLE).unwrap();
        }
        let address = sockets[0].local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let files = FILES.iter().map(|(name, _)| ((*name).to_lowercase(), content(name))).collect();
        let thread = std::thread::spawn(move || {
            let (transfers, next) = (HashMap::new(), 0);
            let mut state = State { defect, files, sockets, transfers, next, stopped: false };
            let mut events = Events::with_capacity(8);
            while !stopped.load(Ordering::Relaxed) && !state.stopped {
                let waited = poll.poll(&mut events, Some(Duration::from_millis(20)));
                assert!(waited.is_ok_and(|()| true), "the poll of a test's server failed");
                state.turn();
            }
        });
        Self { address, stop, thread: Some(thread) }
    }
}

impl Drop for Naive {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A server that died of its defect has done its work.
            let _ = thread.join();
        }
    }
}

impl State {
    fn is(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    fn turn(&mut self) {
        let mut inbox = vec![0; 65_536];
        // All of the other ports before each packet of the request port: a question there is answered after what was
        // sent to the others earlier, at the latest the second one.
        loop {
            for channel in [1, 2] {
                while self.take_one(channel, &mut inbox) {}
            }
            if !self.take_one(0, &mut inbox) {
                break;
            }
        }
        let now = now();
        let due: Vec<SocketAddr> =
            self.transfers.values().filter(|t| !t.over && t.repeat_at <= now).map(|t| t.peer).collect();
        for peer in due {
            let never =
                self.is(NeverRepeats) || self.is(NeverRepeatsTheOack) && self.transfers[&peer].offering;
            if !never {
                self.send_window(peer);
            }
            if let Some(transfer) = self.transfers.get_mut(&peer) {
                transfer.repeat_at = now + transfer.interval;
            }
        }
    }

    fn take_one(&mut self, channel: usize, inbox: &mut [u8]) -> bool {
        match self.sockets[channel].recv_from(inbox) {
            Ok((octets, peer)) => self.take(channel, peer, &inbox[..octets]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(_) => {} // Windows: an earlier packet found nobody
        }
        true
    }

    fn send(&self, channel: usize, peer: SocketAddr, datagram: &[u8]) {
        // A full buffer or a vanished client: the repeat is what is for that.
        let _ = self.sockets[channel].send_to(datagram, peer);
    }

    fn error(&self, channel: usize, peer: SocketAddr, code: u8, name: &[u8]) {
        let mut datagram = vec![0, 5, 0, if self.is(RefusesWithCodeZero) { 0 } else { code }];
        datagram.extend_from_slice(b"refused");
        if self.is(EchoesNamesIntoErrors) {
            datagram.extend_from_slice(&name[..name.len().min(60_000)]);
        }
        if !self.is(DoesNotEndItsErrorText) {
            datagram.push(0);
        }
        self.send(channel, peer, &datagram);
    }

    fn take(&mut self, channel: usize, peer: SocketAddr, datagram: &[u8]) {
        match datagram {
            [0, 1, rest @ ..] if channel == 0 => self.on_request(peer, rest),
            [0, 2, ..] if channel == 0 && self.is(AcceptsWrites) => self.send(0, peer, &[0, 4, 0, 0]),
            [0, 2, ..] if channel == 0 => self.error(0, peer, 2, &[]),
            [0, 5, ..] if self.is(AnswersErrors) => self.error(channel, peer, 4, &[]),
            [0, code @ 1..=6, rest @ ..] if rest.len() >= 2 || *code == 6 => {
                self.on_packet(channel, peer, *code, rest);
            }
            _ if self.is(EndsOnNoise) => self.stopped = true,
            _ => {}
        }
    }

    fn on_request(&mut self, mut peer: SocketAddr, rest: &[u8]) {
        let mut texts: Vec<&[u8]> = rest.split(|octet| *octet == 0).collect();
        let ended = texts.pop().is_some_and(<[u8]>::is_empty);
        if texts.len() < 2 || texts[0].is_empty() && !self.is(ServesAnEmptyName) {
            if !self.is(SilentToMalformedRequests) {
                self.error(0, peer, 4, &[]);
            }
            return;
        }
        if self.is(SilentToACutOption) && !(ended && texts.len().is_multiple_of(2)) {
            return;
        }
        let Some(plain) = self.find(texts[0]) else { return self.error(0, peer, 1, texts[0]) };
        let lower = texts[1].to_ascii_lowercase();
        let mode = if self.is(KnowsModesInLowerCaseOnly) { texts[1] } else { &lower[..] };
        let image = match mode {
            b"netascii" if !self.is(SendsNetasciiAsOctet) => netascii(&plain),
            b"octet" | b"netascii" => plain.clone(),
            _ if self.is(ServesAnyMode) => plain.clone(),
            _ => return self.error(0, peer, 4, &[]),
        };
        if self.is(OneTransferForEachHost)
            && let Some(other) = self.transfers.keys().find(|known| known.ip() == peer.ip())
        {
            peer = *other;
        }
        let mut channel = 1 + self.next % 2;
        self.next += 1;
        if let Some(old) = self.transfers.get(&peer) {
            let same = old.asked == rest && !old.over;
            if same && self.is(ForgetsNothingAfterAnError) && old.met
                || !same && !old.over && self.is(IgnoresANewRequestFromTheSamePort)
            {
                return;
            }
            if same && !self.is(StartsAnotherForARepeat) {
                if !old.met {
                    self.send_window(peer);
                    if self.is(AnswersEachRequestTwice) {
                        self.send_window(peer);
                    }
                }
                return;
            }
            channel = if self.is(KeepsThePortForTheNextTransfer) { old.channel } else { 3 - old.channel };
        }
        if self.is(AnswersFromTheRequestPort) {
            channel = 0;
        }
        let tsize = if self.is(TellsTheWrongTsizeInNetascii) { plain.len() } else { image.len() };
        let granted = self.settle(&texts[2..], tsize as u64);
        let value = |name: &str| granted.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
        let mut blksize = value("blksize").map_or(512, |value| value as usize);
        if self.is(UsesTheLastOfTwo) {
            let last = texts[2..].chunks(2).rfind(|pair| pair[0].eq_ignore_ascii_case(b"blksize"));
            blksize = last.and_then(|pair| number(pair[1])).map_or(blksize, |value| value as usize);
        }
        if self.is(SaysABlksizeAndSends512) {
            blksize = 512;
        }
        let timeout = value("timeout").filter(|_| !self.is(IgnoresTheIntervalItGranted));
        let hasty = self.is(RepeatsAllTheTime);
        let interval = if hasty { Duration::ZERO } else { timeout.map_or(INTERVAL, Duration::from_secs) };
        let offering = !granted.is_empty() && !self.is(SendsNoOack);
        let window = value("windowsize").unwrap_or(1);
        let transfer = Transfer {
            channel,
            peer,
            asked: rest.to_vec(),
            image,
            granted,
            blksize: blksize.max(1),
            window,
            interval,
            offering,
            acked: 0,
            sent: 0,
            went_back: false,
            met: false,
            over: false,
            repeat_at: now() + interval,
        };
        self.transfers.insert(peer, transfer);
        self.send_window(peer);
        if self.is(AnswersEachRequestTwice) {
            self.send_window(peer);
        }
    }

    fn find(&self, name: &[u8]) -> Option<Vec<u8>> {
        let name = std::str::from_utf8(name).ok()?;
        if name.is_empty() && self.is(ServesAnEmptyName) {
            return self.files.get("short").cloned();
        }
        if self.is(KnowsNamesByCase) && FILES.iter().all(|(known, _)| *known != name) {
            return None;
        }
        let mut name = name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(name);
        if self.is(FollowsPaths) {
            name = name.rsplit(['/', '\\', ':']).next().unwrap_or(name);
        }
        self.files.get(&name.to_lowercase()).cloned()
    }

    fn settle(&self, texts: &[&[u8]], tsize: u64) -> Vec<(String, u64)> {
        let mut granted: Vec<(String, u64)> = Vec::new();
        for pair in texts.as_chunks::<2>().0 {
            let name = String::from_utf8_lossy(pair[0]).into_owned();
            let lower = name.to_lowercase();
            if self.is(KnowsOptionsInLowerCaseOnly) && name != lower
                || granted.iter().any(|(known, _)| *known == lower)
            {
                continue;
            }
            let junk = self.is(ReadsJunkAsNumbers).then_some(8);
            let Some(value) = number(pair[1]).or(junk) else { continue };
            let value = match lower.as_str() {
                "blksize" if self.is(GrantsHugeBlocks) => value.min(65_535),
                "blksize" if self.is(RoundsTheBlksizeUp) => value.clamp(512, 1468),
                "blksize" if value >= 8 || self.is(GrantsTinyBlocks) => value.min(1468),
                "windowsize" if self.is(GrantsAnyWindow) => value.min(65_535),
                "windowsize" if value > 0 || self.is(GrantsAnEmptyWindow) => value.min(64),
                "timeout" if self.is(CutsTheIntervalToAnOctet) => value % 256,
                "timeout" if (1..=255).contains(&value) => value,
                "tsize" if self.is(EchoesTheTsize) => value,
                "tsize" => tsize,
                "blksize" | "windowsize" | "timeout" => continue,
                _ if self.is(EchoesUnknownOptions) => value,
                _ => continue,
            };
            granted.push((lower, value));
        }
        if self.is(OffersWhatNobodyAskedFor) && !granted.is_empty() {
            granted.retain(|(name, _)| name != "tsize");
            granted.push(("tsize".into(), tsize));
        }
        granted
    }

    fn on_packet(&mut self, channel: usize, mut peer: SocketAddr, code: u8, rest: &[u8]) {
        let holder = self.transfers.values().find(|t| t.channel == channel && !t.over).map(|t| t.peer);
        if !self.transfers.contains_key(&peer) {
            if code == 5 {
                return;
            }
            match holder {
                Some(holder) if self.is(TakesAcksFromAnybody) => peer = holder,
                Some(holder) if self.is(EndsWhenAStrangerSpeaks) => {
                    self.transfers.remove(&holder);
                    return self.error(channel, peer, 5, &[]);
                }
                _ if self.is(SaysNothingToStrangers) => return,
                _ => return self.error(channel, peer, 5, &[]),
            }
        }
        let (falls_back, goes_on) = (self.is(FallsBackWhenRefused), self.is(GoesOnAfterAnError));
        let keeps = self.is(ForgetsNothingAfterAnError);
        let (out_of_turn, padded) = (self.is(EndsOnWhatIsOutOfTurn), self.is(IgnoresPaddedAcks));
        let Some(transfer) = self.transfers.get_mut(&peer) else { return };
        if transfer.channel != channel {
            return;
        }
        match code {
            4 if padded && rest.len() > 2 => {}
            4 => self.on_ack(peer, u16::from_be_bytes([rest[0], rest[1]])),
            5 if falls_back && transfer.offering => {
                transfer.offering = false;
                self.send_window(peer);
            }
            5 if keeps => transfer.met = true,
            5 => transfer.over = !goes_on,
            _ if out_of_turn => transfer.over = true,
            _ => {}
        }
    }

    fn on_ack(&mut self, peer: SocketAddr, block: u16) {
        let defect = self.defect;
        let is = |other: Defect| defect == Some(other);
        let Some(t) = self.transfers.get_mut(&peer) else { return };
        if t.over {
            if is(AnswersTheFinalAckAgain) && t.met {
                t.over = false;
                t.acked -= 1;
                self.send_window(peer);
            }
            return;
        }
        if t.offering {
            if block == 0 || is(TakesAnyAckForTheOffer) {
                (t.offering, t.met) = (false, true);
                self.send_window(peer);
            }
            return;
        }
        let fresh = u64::from(block.wrapping_sub((t.acked % 65_536) as u16));
        if fresh == 0 {
            let answers = if t.window == 1 {
                is(AnswersEveryRepeatedAck)
            } else {
                !is(WaitsWhenAWindowsFirstBlockIsLost)
                    && t.sent > t.acked
                    && (!t.went_back || is(AnswersEveryRepeatedAckOfAWindow))
            };
            t.went_back = true;
            if answers {
                self.send_window(peer);
            }
            return;
        }
        if fresh > t.sent - t.acked && !is(SkipsToFutureBlocks) {
            return;
        }
        let is_gap = fresh < t.sent - t.acked;
        let blocks = (t.image.len() / t.blksize + 1) as u64;
        t.acked = (t.acked + fresh).min(blocks);
        t.sent = t.sent.max(t.acked);
        (t.met, t.went_back) = (true, false);
        let skips_empty = is(LeavesOutTheEmptyLastBlock) && t.image.len().is_multiple_of(t.blksize);
        if t.acked == blocks || skips_empty && t.acked + 1 == blocks {
            t.over = true;
        } else if !(is_gap && is(WaitsAfterAGap)) {
            self.send_window(peer);
        }
    }

    /// Send what may be under way: the OACK, or the window behind the last ACK.
    fn send_window(&mut self, peer: SocketAddr) {
        let Some(t) = self.transfers.get(&peer) else { return };
        let mut packets = Vec::new();
        if t.offering {
            let mut oack = vec![0, 6];
            for (name, value) in &t.granted {
                oack.extend_from_slice(format!("{name}\0{value}\0").as_bytes());
            }
            packets.push(oack);
        }
        let blocks = (t.image.len() / t.blksize + 1) as u64;
        let mut end = t.acked + t.window;
        if self.is(RunsAhead) || self.is(SendsOneBlockMore) && t.window > 1 {
            end += 1;
        }
        if self.is(SendsOneBlockOfAWindow) {
            end = t.acked + 1;
        }
        let mut sent = t.sent;
        if !t.offering || self.is(SendsBlocksWithTheOack) {
            for block in t.acked + 1..=end.min(blocks) {
                if t.image.is_empty() && self.is(LeavesAnEmptyFileUnanswered) {
                    break;
                }
                let from = if self.is(SendsTheFirstBlockTwiceOver) && block == 2 { 0 } else { block - 1 };
                let start = from as usize * t.blksize;
                let number = match block {
                    block if self.is(BeginsWithBlockZero) => block - 1,
                    block if self.is(WrapsToBlockOne) && block > 65_535 => (block - 1) % 65_535 + 1,
                    block => block,
                };
                let mut data = vec![0, 3];
                data.extend_from_slice(&((number % 65_536) as u16).to_be_bytes());
                data.extend_from_slice(
                    &t.image[start.min(t.image.len())..(start + t.blksize).min(t.image.len())],
                );
                packets.push(data);
                sent = sent.max(block);
            }
        }
        let channel = t.channel;
        for packet in packets {
            self.send(channel, peer, &packet);
        }
        if let Some(t) = self.transfers.get_mut(&peer) {
            t.sent = sent;
            t.repeat_at = now() + t.interval;
        }
    }
}

fn number(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
    if text.is_empty() { None } else { Some(text.parse().unwrap_or(u64::MAX)) }
}

fn netascii(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for octet in plain {
        match octet {
            b'\n' => out.extend_from_slice(b"\r\n"),
            b'\r' => out.extend_from_slice(b"\r\0"),
            other => out.push(*other),
        }
    }
    out
}

#[expect(clippy::disallowed_methods, reason = "a server over real sockets needs the real time")]
fn now() -> Instant {
    Instant::now()
}
