//! One download as a state machine: which request comes next, whether what was kept from before still fits, when to try
//! again, and when what came is whole. No socket, file or clock: the shell asks, and tells what came back.
//!
//! The rules that matter: an old half is continued only if the server says, by the same validator, that it is still
//! the same file; and nothing counts as whole unless its length is what was promised.

mod cookies;
mod error;
mod head;
mod known;
mod sum_list;
mod sums;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

pub use cookies::Cookies;
pub use error::DownloadError;
pub use head::{ContentRange, Head, Validator};
pub use known::{Known, known};
pub use sum_list::{Expected, Sums};
pub use sums::{Algorithm, Sum, SumError, sha256};

/// Tries without progress before it is given up.
const TRIES: u32 = 6;
/// Tries in all, however much came with each: a server that cuts every few octets is no way to get a file.
const TRIES_IN_ALL: u32 = 2000;
/// Redirects that are followed; browsers follow twenty.
const REDIRECTS: usize = 10;
/// The first wait before another try, doubled at each without progress.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait, also where the server asks for more.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What is kept of a file that did not come whole, and by what a server knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Partial {
    /// Octets that are there.
    pub octets: u64,
    /// By what the server tells this version of the file from others; without it nothing is continued.
    pub validator: Option<Validator>,
    /// Octets of the whole, if they are known.
    pub total: Option<u64>,
}

/// A request that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The address.
    pub url: Url,
    /// The first octet that is wanted; 0 is all of it.
    pub from: u64,
    /// Continue only if the file is still this one; otherwise send all of it.
    pub if_range: Option<Validator>,
    /// Whether the address is on the server that was named: only there belong cookies and headers of the user's.
    pub is_same_origin: bool,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Make this request, and tell its head.
    Ask(Request),
    /// Read the body, and write it behind so many octets of the file; anything after them is thrown away first.
    Read {
        /// Octets to keep.
        keep: u64,
        /// What is to be remembered for continuing later.
        partial: Partial,
    },
    /// Wait, then ask for the next request.
    Wait {
        /// How long.
        time: Duration,
        /// Why, in words.
        why: String,
    },
    /// The server leads to another address. Show it, and make this request.
    Follow(Request),
    /// All is there.
    Whole {
        /// Octets of it.
        octets: u64,
    },
}

/// One download.
#[derive(Debug, Clone)]
pub struct Download {
    named: Url,
    url: Url,
    visited: Vec<Url>,
    partial: Partial,
    /// Octets that were there when the request went out.
    asked_from: u64,
    /// The most that was ever there: only what goes beyond it is progress.
    farthest: u64,
    most: u64,
    tries: u32,
    all_tries: u32,
}

impl Download {
    /// Fetch `url`, with what is left of an earlier attempt, and at most `most` octets.
    pub fn new(url: Url, partial: Partial, most: u64) -> Self {
        Self {
            named: url.clone(),
            url,
            visited: Vec::new(),
            partial,
            asked_from: 0,
            farthest: 0,
            most,
            tries: 0,
            all_tries: 0,
        }
    }

    /// The request that comes next.
    pub fn request(&mut self) -> Request {
        self.all_tries += 1;
        let continues = self.partial.octets > 0 && self.partial.validator.is_some();
        self.asked_from = if continues { self.partial.octets } else { 0 };
        Request {
            url: self.url.clone(),
            from: self.asked_from,
            if_range: self.partial.validator.clone().filter(|_| continues),
            is_same_origin: self.url.origin() == self.named.origin(),
        }
    }

    /// Octets that are there, and octets of the whole if they are known.
    pub fn so_far(&self) -> (u64, Option<u64>) {
        (self.partial.octets, self.partial.total)
    }

    /// The address that the octets come from.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The head of the answer.
    pub fn head(&mut self, head: &Head) -> Result<Next, DownloadError> {
        match head.status {
            200 => self.all_of_it(head),
            206 => self.a_part(head),
            416 => self.nothing_left(head),
            301 | 302 | 303 | 307 | 308 => self.redirect(head),
            401 | 403 | 407 => Err(DownloadError::NeedsLogin { status: head.status }),
            404 | 410 => Err(DownloadError::NotThere { status: head.status }),
            408 | 425 | 429 | 500 | 502 | 503 | 504 => {
                self.again(head.retry_after, format!("the server answers {}", head.status))
            }
            status => Err(DownloadError::Status { status }),
        }
    }

    fn all_of_it(&mut self, head: &Head) -> Result<Next, DownloadError> {
        if head.is_encoded {
            return Err(DownloadError::Encoded);
        }
        self.check_size(head.length)?;
        // Whatever was kept is of another version, or the server cannot continue.
        self.partial = Partial { octets: 0, validator: head.validator.clone(), total: head.length };
        Ok(Next::Read { keep: 0, partial: self.partial.clone() })
    }

    fn a_part(&mut self, head: &Head) -> Result<Next, DownloadError> {
        let Some(range) = head.range else { return self.start_over() };
        let same_file = head.validator.is_none() || head.validator == self.partial.validator;
        let same_size = match (range.total, self.partial.total) {
            (Some(now), Some(before)) => now == before,
            _ => true,
        };
        if self.asked_from == 0
            || range.first != self.asked_from
            || !same_file
            || !same_size
            || head.is_encoded
        {
            return self.start_over();
        }
        self.check_size(range.total)?;
        self.partial.total = range.total.or(self.partial.total);
        Ok(Next::Read { keep: self.asked_from, partial: self.partial.clone() })
    }

    /// The server has nothing behind what is there: it may be whole already, or the file became shorter.
    fn nothing_left(&mut self, head: &Head) -> Result<Next, DownloadError> {
        let total = head.range.and_then(|range| range.total);
        let same_file = head.validator.is_none() || head.validator == self.partial.validator;
        if self.asked_from > 0 && total == Some(self.asked_from) && same_file {
            self.partial.total = total;
            return Ok(Next::Whole { octets: self.asked_from });
        }
        if self.asked_from == 0 {
            return Err(DownloadError::Status { status: head.status });
        }
        self.start_over()
    }

    /// What was kept does not fit: from the first octet again.
    fn start_over(&mut self) -> Result<Next, DownloadError> {
        if self.asked_from == 0 {
            return Err(DownloadError::Protocol { what: "it sends a part, though all was asked for".into() });
        }
        self.partial = Partial::default();
        self.tries += 1;
        if self.tries > TRIES {
            return Err(DownloadError::GivenUp { why: "it never sends the part that was asked for".into() });
        }
        Ok(Next::Ask(self.request()))
    }

    fn redirect(&mut self, head: &Head) -> Result<Next, DownloadError> {
        let to = head.location.as_deref().and_then(|location| self.url.join(location).ok());
        let Some(to) = to else {
            return Err(DownloadError::Protocol { what: "it leads elsewhere and does not say where".into() });
        };
        if !matches!(to.scheme(), "http" | "https") {
            return Err(DownloadError::LeadsAway { to: shown(&to) });
        }
        if self.url.scheme() == "https" && to.scheme() == "http" {
            return Err(DownloadError::Unprotected { to: shown(&to) });
        }
        self.visited.push(std::mem::replace(&mut self.url, to));
        if self.visited.contains(&self.url) || self.visited.len() > REDIRECTS {
            return Err(DownloadError::RedirectLoop { to: shown(&self.url) });
        }
        Ok(Next::Follow(self.request()))
    }

    /// So many octets of the body were written.
    pub fn wrote(&mut self, octets: u64) -> Result<(), DownloadError> {
        self.partial.octets = self.partial.octets.saturating_add(octets);
        if self.partial.octets > self.farthest {
            (self.farthest, self.tries) = (self.partial.octets, 0);
        }
        match self.partial.total {
            Some(total) if self.partial.octets > total => Err(DownloadError::Protocol {
                what: format!("it sends more than the {total} octets that it announced"),
            }),
            _ => self.check_size(Some(self.partial.octets)).map(|_| ()),
        }
    }

    /// The body ended as bodies end.
    pub fn ended(&mut self) -> Result<Next, DownloadError> {
        match self.partial.total {
            Some(total) if self.partial.octets < total => self.broke("the connection ended too early"),
            _ => Ok(Next::Whole { octets: self.partial.octets }),
        }
    }

    /// The connection broke, or never came to be.
    pub fn broke(&mut self, why: &str) -> Result<Next, DownloadError> {
        self.again(None, why.to_owned())
    }

    /// Try again after a while.
    fn again(&mut self, asked: Option<Duration>, why: String) -> Result<Next, DownloadError> {
        self.tries += 1;
        if self.tries > TRIES || self.all_tries > TRIES_IN_ALL {
            return Err(DownloadError::GivenUp { why });
        }
        let wait = FIRST_WAIT.saturating_mul(1 << (self.tries - 1).min(16)).min(LONGEST_WAIT);
        Ok(Next::Wait { time: asked.unwrap_or(wait).min(LONGEST_WAIT), why })
    }

    fn check_size(&self, octets: Option<u64>) -> Result<u64, DownloadError> {
        match octets {
            Some(octets) if octets > self.most => Err(DownloadError::TooLarge { most: self.most }),
            octets => Ok(octets.unwrap_or(0)),
        }
    }
}

/// An address as it may be shown and written down: without name and password, and without what stands behind `?`,
/// where share links carry their secret.
pub fn shown(url: &Url) -> String {
    let mut bare = url.clone();
    // An address that cannot have a name and a password has none to take away.
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare.set_fragment(None);
    let had_query = bare.query().is_some();
    bare.set_query(None);
    let text = crate::error::printable(bare.as_str(), 300);
    if had_query { format!("{text}?…") } else { text }
}

#[cfg(test)]
mod tests;
