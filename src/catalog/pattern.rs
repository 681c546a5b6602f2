//! Patterns of file names: `*` stands for any characters, everything else for itself without regard to case.

/// Whether `name` fits `pattern` from end to end. Takes time in proportion to both lengths at worst.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go on when a later character does not fit: behind the last `*`, one character further in the name.
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(c) if c.eq_ignore_ascii_case(&name[n]) => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    p = after;
                    n = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_letters_match_in_any_case() {
        for (pattern, name) in [
            ("*.cop", "x.COP"),
            ("P003*", "p00308010200.bin"),
            ("a*b*c", "aXbYbc"),
            ("*", ""),
            ("**", "x"),
            ("", ""),
            ("os79xx.txt", "OS79XX.TXT"),
            ("*a*", "bab"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("*.cop", "x.cop.sgn"), ("P003*", "xP003"), ("a*b*c", "acb"), ("", "x"), ("a", ""), ("a*", "b")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_fits_itself_and_every_pattern_made_from_it(head in "[a-z.]{0,6}", middle in any::<String>(), tail in "[a-z.]{0,6}") {
            let name = format!("{head}{middle}{tail}");
            let (star, upper) = (format!("{head}*{tail}"), format!("{}*", head.to_uppercase()));
            prop_assert!(fits(&star, &name), "{} {}", star, name);
            prop_assert!(fits(&upper, &name), "{} {}", upper, name);
        }
    }
}
