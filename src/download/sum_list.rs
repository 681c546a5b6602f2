//! Which published sums belong to which file: by the file's name, by the order of the sources, or by a list as
//! `sha256sum` writes it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::sums::{Algorithm, Sum, SumError};
use crate::error::printable;

/// Lines of a list at most.
const MOST_LINES: usize = 10_000;

/// Published sums, each with the file that must have it.
#[derive(Debug, Default)]
pub struct Sums {
    /// For files of that name, wherever they come from.
    named: Vec<Named>,
    /// For the source at that place.
    placed: Vec<(usize, Sum)>,
    /// A list that was given. It speaks for every file: one that is not on it is not known to be good.
    list: Option<Vec<(String, Sum)>>,
}

#[derive(Debug)]
struct Named {
    name: String,
    sum: Sum,
    /// Whether a file of that name came.
    used: AtomicBool,
}

/// What is known of a source before anything is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// One file, called so.
    File(String),
    /// A folder: files whose names nobody knows yet.
    Folder,
}

impl Sums {
    /// Sort out what was typed: `HEX` for the source at the same place among those of its kind, or `NAME=HEX`.
    pub fn of(
        given: &[(Algorithm, String)],
        list: Option<&str>,
        sources: &[Expected],
    ) -> Result<Self, SumError> {
        let mut sums = Self { list: list.map(parse_list).transpose()?, ..Self::default() };
        for algorithm in Algorithm::ALL {
            let of_kind: Vec<&str> =
                given.iter().filter(|(kind, _)| *kind == algorithm).map(|(_, text)| text.as_str()).collect();
            // A sum has no `=` in it, a file's name may.
            let (named, bare): (Vec<_>, Vec<_>) = of_kind.into_iter().partition(|text| text.contains('='));
            for text in named {
                let (name, hex) = text.rsplit_once('=').unwrap_or(("", text));
                sums.name(name.trim(), Sum::parse(algorithm, hex)?, sources)?;
            }
            let bare: Vec<Sum> =
                bare.into_iter().map(|text| Sum::parse(algorithm, text)).collect::<Result<_, _>>()?;
            if !bare.is_empty() && sources.contains(&Expected::Folder) {
                return Err(SumError::OfFolder { algorithm });
            }
            if !bare.is_empty() && bare.len() != sources.len() {
                return Err(SumError::WhichFile { algorithm, sums: bare.len(), sources: sources.len() });
            }
            sums.placed.extend(bare.into_iter().enumerate());
        }
        Ok(sums)
    }

    fn name(&mut self, name: &str, sum: Sum, sources: &[Expected]) -> Result<(), SumError> {
        let fits = |source: &Expected| match source {
            Expected::File(known) => same(known, name),
            Expected::Folder => true,
        };
        if !sources.iter().any(fits) {
            let names = sources.iter().filter_map(|source| match source {
                Expected::File(known) => Some(printable(known, 80)),
                Expected::Folder => None,
            });
            return Err(SumError::NoSuchFile { name: printable(name, 80), names: names.collect() });
        }
        self.named.push(Named { name: name.to_owned(), sum, used: AtomicBool::new(false) });
        Ok(())
    }

    /// What a file must have that is called one of `names`. `place` is the place of the source that it is, and `None`
    /// for a file out of a folder.
    pub fn of_file(&self, place: Option<usize>, names: &[&str]) -> Result<Vec<Sum>, SumError> {
        let is_called = |other: &str| names.iter().any(|name| same(name, other));
        let mut sums: Vec<Sum> = Vec::new();
        for named in self.named.iter().filter(|named| is_called(&named.name)) {
            named.used.store(true, Ordering::Relaxed);
            sums.push(named.sum.clone());
        }
        sums.extend(self.placed.iter().filter(|(at, _)| Some(*at) == place).map(|(_, sum)| sum.clone()));
        if let Some(list) = &self.list {
            let before = sums.len();
            sums.extend(list.iter().filter(|(name, _)| is_called(name)).map(|(_, sum)| sum.clone()));
            if before == 0 && sums.is_empty() {
                let name = printable(names.first().copied().unwrap_or_default(), 120);
                return Err(SumError::NotListed { name });
            }
        }
        Ok(sums)
    }

    /// Names that were given a sum, and of which no file came.
    pub fn unused(&self) -> Vec<String> {
        let open = self.named.iter().filter(|named| !named.used.load(Ordering::Relaxed));
        open.map(|named| printable(&named.name, 120)).collect()
    }
}

/// Names of files on sticks have no case that counts.
fn same(one: &str, other: &str) -> bool {
    last_part(one).eq_ignore_ascii_case(last_part(other))
}

fn last_part(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// A list as `sha256sum`, `md5sum` and their like write it, or BSD's `SHA256 (name) = hex`. Which kind of sum it is
/// tells the number of its digits. Lines that are neither are comments, or a signature around it.
fn parse_list(text: &str) -> Result<Vec<(String, Sum)>, SumError> {
    let lines = text.trim_start_matches('\u{feff}').lines().take(MOST_LINES);
    let list: Vec<_> = lines.filter_map(listed).collect();
    if list.is_empty() { Err(SumError::NotAList) } else { Ok(list) }
}

fn listed(line: &str) -> Option<(String, Sum)> {
    // A backslash in front says that the name has signs in it that are written otherwise.
    let line = line.trim().trim_start_matches('\\');
    if let Some((before, hex)) = line.rsplit_once(") = ")
        && let Some((_, name)) = before.split_once(" (")
    {
        return Some((name.to_owned(), Sum::by_length(hex)?));
    }
    let (hex, name) = line.split_once(char::is_whitespace)?;
    // The star is for a file that was read as it is, which all of them are.
    let name = name.trim_start().trim_start_matches('*');
    (!name.is_empty()).then_some((name.to_owned(), Sum::by_length(hex)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Advice as _;

    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
    const SHA1: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    fn file(name: &str) -> Expected {
        Expected::File(name.to_owned())
    }

    fn sum(algorithm: Algorithm, hex: &str) -> Sum {
        Sum::parse(algorithm, hex).unwrap()
    }

    fn given(texts: &[&str]) -> Vec<(Algorithm, String)> {
        texts.iter().map(|text| (Algorithm::Md5, (*text).to_owned())).collect()
    }

    #[test]
    fn sums_go_with_the_sources_in_their_order_or_by_name() {
        let other = "0".repeat(32);
        let sources = [file("a.zip"), file("b.zip")];
        let sums = Sums::of(&given(&[MD5, &other]), None, &sources).unwrap();
        assert_eq!(sums.of_file(Some(0), &["a.zip"]), Ok(vec![sum(Algorithm::Md5, MD5)]));
        assert_eq!(sums.of_file(Some(1), &["b.zip"]), Ok(vec![sum(Algorithm::Md5, &other)]));
        let sums = Sums::of(&given(&[&format!("B.zip={MD5}")]), None, &sources).unwrap();
        assert_eq!(sums.of_file(Some(0), &["a.zip"]), Ok(vec![]));
        assert_eq!(sums.unused(), ["B.zip"]);
        assert_eq!(sums.of_file(Some(1), &["renamed.zip", "b.zip"]), Ok(vec![sum(Algorithm::Md5, MD5)]));
        assert_eq!(sums.unused(), Vec::<String>::new());
    }

    #[test]
    fn a_sum_that_could_be_meant_for_another_file_is_refused_before_anything_is_fetched() {
        let code = |texts: &[&str], sources: &[Expected]| {
            Sums::of(&given(texts), None, sources).map(drop).unwrap_err().code()
        };
        assert_eq!(code(&[MD5], &[file("a"), file("b")]), "which-sum");
        assert_eq!(code(&[MD5, MD5], &[file("a")]), "which-sum");
        assert_eq!(code(&[MD5], &[Expected::Folder]), "which-sum");
        assert_eq!(code(&[&format!("c={MD5}")], &[file("a"), file("b")]), "sum-of-no-source");
        assert_eq!(code(&["a=12"], &[file("a")]), "sum-malformed");
        // In a folder may be anything.
        let named = format!("c={MD5}");
        assert!(Sums::of(&given(&[&named]), None, &[file("a"), Expected::Folder]).is_ok());
    }

    #[test]
    fn a_list_as_tools_write_it_speaks_for_every_file() {
        let text = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n# loads\n{MD5} *./dir/a.zip\r\n{SHA1}  b c.zip\n\
             SHA1 (d (1).zip) = {SHA1}\nhello world\n"
        );
        let sums = Sums::of(&[], Some(&text), &[Expected::Folder]).unwrap();
        let of = |name: &str| sums.of_file(None, &[name]);
        assert_eq!(of("a.zip"), Ok(vec![sum(Algorithm::Md5, MD5)]));
        assert_eq!(of("b c.zip"), Ok(vec![sum(Algorithm::Sha1, SHA1)]));
        assert_eq!(of("d (1).zip"), Ok(vec![sum(Algorithm::Sha1, SHA1)]));
        assert_eq!(of("e.zip").unwrap_err().code(), "sum-not-listed");
        assert_eq!(Sums::of(&[], Some("<html>"), &[]).map(drop).unwrap_err().code(), "no-sums");
    }

    #[test]
    fn a_sum_of_ones_own_counts_for_a_file_that_is_not_on_the_list() {
        let list = format!("{SHA1}  b.zip\n");
        let sums = Sums::of(&given(&[&format!("a.zip={MD5}")]), Some(&list), &[file("a.zip")]).unwrap();
        assert_eq!(sums.of_file(Some(0), &["a.zip"]), Ok(vec![sum(Algorithm::Md5, MD5)]));
    }
}
