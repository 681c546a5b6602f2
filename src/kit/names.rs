//! Names of files in a kit: what comes from outside must be a plain name on every system that the stick may be put
//! into.

use crate::error::printable;

/// Longest name, in characters; every file system takes that.
const LONGEST: usize = 120;
/// Names that mean a device on Windows, whatever their ending; numbered ports come on top.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A name from outside as a plain file name; `None` if nothing is left of it.
pub fn file_name(name: &str) -> Option<String> {
    let decoded = percent_decoded(name);
    let last = decoded.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String =
        printable(last, LONGEST)
            .chars()
            .map(|c| {
                if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{fffd}' | '…') {
                    '_'
                } else {
                    c
                }
            })
            .collect();
    // Windows drops blanks and dots at the end; a dot in front hides.
    let bare = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let stem = bare.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    // Windows takes the small raised digits for digits here.
    let numbered = |port: &str| {
        let digit = |rest: &str| rest.parse::<u8>().is_ok() || ["¹", "²", "³"].contains(&rest);
        stem.strip_prefix(port).is_some_and(|rest| rest.chars().count() == 1 && digit(rest))
    };
    let device = DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt");
    (!bare.is_empty()).then(|| if device { format!("_{bare}") } else { bare.to_owned() })
}

fn percent_decoded(name: &str) -> String {
    let mut octets = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| first == b'%');
        octets.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&octets).into_owned()
}

/// The nth other name for a file whose name is taken: `x-2.zip`.
pub fn another_name(name: &str, nth: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}-{nth}.{ending}"),
        None => format!("{name}-{nth}"),
    }
}

/// Whether a path in a `kit.toml` stays inside the kit: parts with `/` between them, none of them special.
pub fn is_safe_path(path: &str) -> bool {
    !path.is_empty()
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_from_outside_is_a_plain_name_on_every_system() {
        let name = |text: &str| file_name(text);
        assert_eq!(
            name("cmterm-7945_7965-sccp.8-5-2.zip").as_deref(),
            Some("cmterm-7945_7965-sccp.8-5-2.zip")
        );
        assert_eq!(name("a%20b.zip").as_deref(), Some("a b.zip"));
        assert_eq!(name("..%2f..%2fetc%2fpasswd").as_deref(), Some("passwd"));
        assert_eq!(name("C:\\temp\\x?.zip").as_deref(), Some("x_.zip"));
        assert_eq!(name("nul.zip").as_deref(), Some("_nul.zip"));
        assert_eq!(name("com1").as_deref(), Some("_com1"));
        for device in ["CON", "con .zip", "CONIN$", "conout$.txt", "LPT9.tar.gz", "com³", "AUX. ."] {
            let safe = name(device).unwrap();
            assert!(safe.starts_with('_'), "`{device}` became `{safe}`");
        }
        assert_eq!(name("common.zip").as_deref(), Some("common.zip"));
        assert_eq!(name(".hidden. ").as_deref(), Some("hidden"));
        assert_eq!(name("../.."), None);
        assert_eq!(another_name("a.b.zip", 2), "a.b-2.zip");
    }

    #[test]
    fn a_path_that_leads_out_of_the_kit_is_none() {
        assert!(is_safe_path("loads/SCCP45.8-5-2S/jar45.sbn"));
        for path in ["../x", "/etc/passwd", "loads/../../x", "C:/x", "loads\\x", "", "loads//x", "./x"] {
            assert!(!is_safe_path(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_safe_one(name in "\\PC{0,40}|[./\\\\%a-c0-9]{0,12}") {
            if let Some(name) = file_name(&name) {
                prop_assert!(is_safe_path(&name), "{}", name);
                prop_assert!(!name.contains('/') && !name.starts_with('.'), "{}", name);
            }
        }
    }
}
