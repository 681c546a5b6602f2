//! The set that is served: names to octets, looked up without regard to case. Nothing else can be asked for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;

/// One file of a [`Bundle`], shared by every transfer that reads it.
#[derive(Debug)]
pub struct BundleFile {
    /// The name with the case that the archive, or better the signed header, gives it.
    pub name: String,
    /// What is served in octet mode: exactly what was verified.
    pub octets: Bytes,
    netascii: OnceLock<Bytes>,
}

impl BundleFile {
    /// The file as netascii (RFC 764 line ends, RFC 1350 section 1): LF becomes CR LF, CR becomes CR NUL.
    ///
    /// Converted once, at the first request for it, and kept: at most twice the octets of the file.
    pub fn netascii(&self) -> Bytes {
        self.netascii.get_or_init(|| to_netascii(&self.octets)).clone()
    }
}

fn to_netascii(octets: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(octets.len() + octets.len() / 16);
    for &octet in octets {
        match octet {
            b'\n' => out.extend_from_slice(b"\r\n"),
            b'\r' => out.extend_from_slice(b"\r\0"),
            other => out.push(other),
        }
    }
    out.into()
}

/// The files that a server offers: a name is a key into this map and never a path.
#[derive(Debug, Default)]
pub struct Bundle {
    files: BTreeMap<String, BundleFile>,
}

impl Bundle {
    /// The key of a name: one leading `/` or `./` removed, letters folded to lower case.
    ///
    /// Phones ask for `Jar45sccp…` where the archive holds `jar45sccp…`, and some put a `/` before a name.
    fn key(name: &str) -> String {
        let name = name.strip_prefix("./").or_else(|| name.strip_prefix('/')).unwrap_or(name);
        name.to_lowercase()
    }

    /// Put a file into the set. Answers `false`, and changes nothing, if a file of that name (without regard to
    /// case) is there already.
    pub fn insert(&mut self, name: impl Into<String>, octets: Bytes) -> bool {
        let name = name.into();
        let key = Self::key(&name);
        if self.files.contains_key(&key) {
            return false;
        }
        self.files.insert(key, BundleFile { name, octets, netascii: OnceLock::new() });
        true
    }

    /// The same files and some more; the octets are shared, not copied. One of a name that is there already is left
    /// out.
    #[must_use]
    pub fn with(&self, more: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let mut whole = Self::default();
        for file in self.iter() {
            whole.insert(file.name.clone(), file.octets.clone());
        }
        for (name, octets) in more {
            whole.insert(name, octets);
        }
        whole
    }

    /// The file that a phone means by `asked`; `None` is "file not found".
    pub fn get(&self, asked: &str) -> Option<&BundleFile> {
        self.files.get(&Self::key(asked))
    }

    /// All files, in the order of their folded names.
    pub fn iter(&self) -> impl Iterator<Item = &BundleFile> {
        self.files.values()
    }

    /// How many files the set has.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is nothing to serve.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Octets of all files together.
    pub fn octets(&self) -> u64 {
        self.files.values().map(|file| file.octets.len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_without_regard_to_case_and_with_one_leading_slash() {
        let mut bundle = Bundle::default();
        assert!(bundle.insert("jar45sccp.8-5-2TH1-9.sbn", Bytes::from_static(b"jar")));
        assert!(!bundle.insert("JAR45SCCP.8-5-2TH1-9.SBN", Bytes::from_static(b"other")));
        for asked in ["Jar45sccp.8-5-2TH1-9.sbn", "/jar45sccp.8-5-2TH1-9.sbn", "./JAR45sccp.8-5-2th1-9.sbn"] {
            assert_eq!(bundle.get(asked).unwrap().octets.as_ref(), b"jar", "{asked}");
        }
        for asked in ["../jar45sccp.8-5-2TH1-9.sbn", "", "/", "//jar45sccp.8-5-2TH1-9.sbn", "c:jar45"] {
            assert!(bundle.get(asked).is_none(), "{asked}");
        }
    }

    #[test]
    fn netascii_ends_lines_with_cr_lf_and_guards_a_bare_cr() {
        let mut bundle = Bundle::default();
        bundle.insert("a", Bytes::from_static(b"one\ntwo\r\n\r"));
        assert_eq!(bundle.get("a").unwrap().netascii().as_ref(), b"one\r\ntwo\r\0\r\n\r\0");
    }
}
