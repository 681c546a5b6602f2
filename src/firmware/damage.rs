//! Signs that a binary file went through a transfer as text (FTP's ASCII mode, a mail or web tool), which changes
//! line ends or drops what is not text, and so ruins an image without making it look ruined.
//!
//! Only ever asked about files whose structure is already known to be wrong: these are signs, not proofs.

use std::fmt;

/// How a transfer as text changed a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMode {
    /// Each LF became CR LF, as on the way to Windows.
    LfToCrLf,
    /// Each CR LF became LF, or every CR was dropped, as on the way to Unix.
    CrLfToLf,
    /// The highest bit of each octet is gone.
    SevenBits,
    /// What is not UTF-8 was replaced, as web and mail tools do.
    Replaced,
}

impl fmt::Display for TextMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LfToCrLf => "each LF became CR LF",
            Self::CrLfToLf => "each CR LF became LF",
            Self::SevenBits => "the highest bit of each octet is gone",
            Self::Replaced => "octets that are not text were replaced",
        })
    }
}

/// Line ends that must be there before their pattern means anything.
const ENOUGH_LINE_ENDS: usize = 4;
/// LFs that must be there before the want of any CR means something: a whole manifest has more.
const ENOUGH_WITHOUT_CR: usize = 8;
/// In octets that look random one CR LF comes about every 65,536; none at all in four times as many is a sign
/// (about one time in 50 by chance, and only files already known to be wrong are asked about).
const ENOUGH_FOR_A_PAIR: usize = 4 * 65_536;
/// Octets that must be there before a missing highest bit means anything.
const ENOUGH_FOR_EIGHT_BITS: usize = 64;

/// What kind of transfer as text `file`, which is known to be wrong, has signs of.
pub fn text_mode(file: &[u8]) -> Option<TextMode> {
    let lf = count(file, |_, octet| octet == b'\n');
    let cr = count(file, |_, octet| octet == b'\r');
    let cr_lf = count(file, |before, octet| before == Some(b'\r') && octet == b'\n');
    let replaced = file.windows(3).filter(|three| *three == "\u{fffd}".as_bytes()).count();

    if replaced >= ENOUGH_LINE_ENDS && std::str::from_utf8(file).is_ok() {
        return Some(TextMode::Replaced);
    }
    if file.len() >= ENOUGH_FOR_EIGHT_BITS && file.iter().all(u8::is_ascii) {
        return Some(TextMode::SevenBits);
    }
    if lf >= ENOUGH_LINE_ENDS && cr_lf == lf {
        return Some(TextMode::LfToCrLf);
    }
    let no_pair = file.len() >= ENOUGH_FOR_A_PAIR && cr_lf == 0;
    let no_cr = lf >= ENOUGH_WITHOUT_CR && cr == 0;
    (no_pair || no_cr).then_some(TextMode::CrLfToLf)
}

fn count(file: &[u8], wanted: impl Fn(Option<u8>, u8) -> bool) -> usize {
    let mut before = None;
    let mut found = 0;
    for &octet in file {
        found += usize::from(wanted(before, octet));
        before = Some(octet);
    }
    found
}

/// What transfers as text do to a file; for tests.
#[cfg(test)]
pub(crate) mod mangle {
    pub(crate) fn lf_to_cr_lf(file: &[u8]) -> Vec<u8> {
        file.iter().flat_map(|&o| if o == b'\n' { vec![b'\r', b'\n'] } else { vec![o] }).collect()
    }

    pub(crate) fn cr_lf_to_lf(file: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for (i, &octet) in file.iter().enumerate() {
            if !(octet == b'\r' && file.get(i + 1) == Some(&b'\n')) {
                out.push(octet);
            }
        }
        out
    }

    pub(crate) fn without_cr(file: &[u8]) -> Vec<u8> {
        file.iter().copied().filter(|&o| o != b'\r').collect()
    }

    pub(crate) fn seven_bits(file: &[u8]) -> Vec<u8> {
        file.iter().map(|o| o & 0x7f).collect()
    }

    pub(crate) fn replaced(file: &[u8]) -> Vec<u8> {
        String::from_utf8_lossy(file).into_owned().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(octets: usize) -> Vec<u8> {
        let mut file = vec![0; octets];
        fastrand::Rng::with_seed(7).fill(&mut file);
        file
    }

    #[test]
    fn each_kind_of_text_transfer_leaves_its_sign_on_an_image() {
        let file = random(600_000);
        assert_eq!(text_mode(&file), None);
        assert_eq!(text_mode(&mangle::lf_to_cr_lf(&file)), Some(TextMode::LfToCrLf));
        assert_eq!(text_mode(&mangle::cr_lf_to_lf(&file)), Some(TextMode::CrLfToLf));
        assert_eq!(text_mode(&mangle::without_cr(&file)), Some(TextMode::CrLfToLf));
        assert_eq!(text_mode(&mangle::seven_bits(&file)), Some(TextMode::SevenBits));
        assert_eq!(text_mode(&mangle::replaced(&file)), Some(TextMode::Replaced));
    }

    #[test]
    fn a_few_octets_are_no_sign_of_anything() {
        assert_eq!(text_mode(b""), None);
        assert_eq!(text_mode(b"\r\n\r\n"), None);
        assert_eq!(text_mode(&random(2_000)), None);
    }
}
