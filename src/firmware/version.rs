//! Releases of the series: every spelling that phones, CUCM and archives use, read into one ordered type.
//!
//! A release is `8.5(2)SR1` to people and `8-5-2SR1` in file names. The tags in image names (`8-4-1-23`, `8-5-2TH1-9`)
//! are *not* releases and have no order; the catalog maps the known ones. Whether a release is old or new enough
//! is not decided here but in the room `window`.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::version_cursor::{Cursor, Wrong};
use super::version_error::{NameError, shown};

/// Longest text that is looked at, in octets.
pub(super) const MAX_TEXT: usize = 120;
/// How many build numbers a name may have; `8-0-4ES4-0-1S` has two.
const MAX_BUILDS: usize = 3;

/// The call control protocol that a load speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Skinny, CUCM's own protocol.
    Sccp,
    /// SIP.
    Sip,
}

impl Protocol {
    /// As image and archive names write it: `sccp`, `sip`.
    pub fn lower(self) -> &'static str {
        match self {
            Self::Sccp => "sccp",
            Self::Sip => "sip",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sccp => "SCCP",
            Self::Sip => "SIP",
        })
    }
}

/// What sets a release apart from the base release of the same three numbers.
///
/// The order is that of the variants: base, then special builds, then service releases. The place of a special
/// build is not documented anywhere; see [`Release::compare`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Special {
    /// The base release.
    Base,
    /// `ES`: a special build for a few customers.
    SpecialBuild(u16),
    /// `SR`: a service release.
    ServiceRelease(u16),
}

/// The build numbers behind a release, `3` in `9-4-2SR4-3S`; none in most names of 8.x.
///
/// No number sorts before any number, so `[]` < `[0]` < `[0, 1]` < `[1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
struct Build([Option<u16>; MAX_BUILDS]);

/// A firmware release. `Display` writes `8.5(2)SR1`, and with `{:#}` the build as well: `9.4(2)SR4-3`.
///
/// `Ord` is total and agrees with `Eq`: the three numbers, then base, ES, SR, then the build. Where that order
/// is a convention of ours rather than a known fact, [`Release::compare`] says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    major: u16,
    minor: u16,
    maintenance: u16,
    special: Special,
    build: Build,
}

/// The order of two releases, and whether it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The same as [`Ord`] answers.
    pub ordering: Ordering,
    /// `false` where the order hangs on the undocumented place of a special build, or on a build number that
    /// only one of the two names.
    pub certain: bool,
}

impl Release {
    /// First number: 8 in `8.5(2)SR1`.
    pub fn major(&self) -> u16 {
        self.major
    }

    /// Second number: 5 in `8.5(2)SR1`.
    pub fn minor(&self) -> u16 {
        self.minor
    }

    /// Number in brackets: 2 in `8.5(2)SR1`.
    pub fn maintenance(&self) -> u16 {
        self.maintenance
    }

    /// Base release, special build or service release.
    pub fn special(&self) -> Special {
        self.special
    }

    /// The same release with no build numbers: `9-4-2SR4-3` becomes `9.4(2)SR4`.
    #[must_use]
    pub fn without_build(self) -> Self {
        Self { build: Build::default(), ..self }
    }

    /// Whether both are the same release, whatever their build numbers.
    pub fn is_same_release(&self, other: &Self) -> bool {
        self.without_build() == other.without_build()
    }

    /// Compare, and say whether the answer is known.
    pub fn compare(&self, other: &Self) -> Comparison {
        let numbers = |r: &Self| (r.major, r.minor, r.maintenance);
        let is_special_build = |r: &Self| matches!(r.special, Special::SpecialBuild(_));
        let certain = if self == other || numbers(self) != numbers(other) {
            true
        } else if is_special_build(self) || is_special_build(other) {
            false
        } else {
            self.special != other.special || (self.build.is_given() && other.build.is_given())
        };
        Comparison { ordering: self.cmp(other), certain }
    }

    /// The release as file names write it, with its build: `9-4-2SR4-3`. Reads back as the same value.
    pub fn token(&self) -> String {
        format!("{}-{}-{}{}{}", self.major, self.minor, self.maintenance, self.special, self.build)
    }

    /// Read a release from the front of `cursor`, up to and without the `S` that ends the name of a load.
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Wrong> {
        let major = cursor.number()?;
        let in_brackets = cursor.eat(".");
        if !in_brackets && !cursor.eat("-") {
            return Err(Wrong::Shape);
        }
        let minor = cursor.number()?;
        if !cursor.eat(if in_brackets { "(" } else { "-" }) {
            return Err(Wrong::Shape);
        }
        let maintenance = cursor.number()?;
        if in_brackets && !cursor.eat(")") {
            return Err(Wrong::Shape);
        }
        // `9-4-2-1SR3-1` stands in archive names for what the manifest calls `9-4-2SR3-1`: with a service
        // release behind it, a number in this place says nothing.
        let mut build = read_build(cursor)?;
        if in_brackets {
            cursor.skip_blanks();
        }
        let special = if cursor.eat_before_digit("SR") {
            Special::ServiceRelease(cursor.number()?)
        } else if cursor.eat_before_digit("ES") {
            Special::SpecialBuild(cursor.number()?)
        } else if cursor.eat_before_digit("TH") || cursor.eat_before_digit("TR") {
            return Err(Wrong::BuildTag);
        } else {
            Special::Base
        };
        if matches!(special, Special::ServiceRelease(0) | Special::SpecialBuild(0)) {
            return Err(Wrong::Shape);
        }
        if special != Special::Base {
            build = read_build(cursor)?;
        }
        Ok(Self { major, minor, maintenance, special, build })
    }
}

/// The numbers that follow, each behind a dash.
fn read_build(cursor: &mut Cursor<'_>) -> Result<Build, Wrong> {
    let mut build = Build::default();
    for place in &mut build.0 {
        if !cursor.eat("-") {
            return Ok(build);
        }
        *place = Some(cursor.number()?);
    }
    Ok(build)
}

impl Build {
    fn is_given(self) -> bool {
        self.0[0].is_some()
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().flatten().try_for_each(|number| write!(f, "-{number}"))
    }
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => Ok(()),
            Self::SpecialBuild(number) => write!(f, "ES{number}"),
            Self::ServiceRelease(number) => write!(f, "SR{number}"),
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}({}){}", self.major, self.minor, self.maintenance, self.special)?;
        if f.alternate() { write!(f, "{}", self.build) } else { Ok(()) }
    }
}

impl FromStr for Release {
    type Err = NameError;

    /// Reads `8.5(2)SR1`, `8-5-2SR1`, `9-4-2SR3-1S`, `8-0-4ES4-0-1S`, `7-2-1-0S` and `9-4-2-1SR3-1`, in any case,
    /// with blanks around them.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let trimmed = within_bounds(text)?;
        let mut cursor = Cursor::new(trimmed);
        let release = Self::read(&mut cursor).map_err(|wrong| wrong.about_release(trimmed))?;
        cursor.eat("S");
        if cursor.is_at_end() { Ok(release) } else { Err(NameError::NotARelease { text: shown(trimmed) }) }
    }
}

/// With the build, so that it reads back as the same value: `9.4(2)SR4-3`.
impl Serialize for Release {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:#}"))
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The text without the blanks around it, if there is any and not too much of it.
pub(super) fn within_bounds(text: &str) -> Result<&str, NameError> {
    match text.trim() {
        "" => Err(NameError::Empty),
        long if long.len() > MAX_TEXT => Err(NameError::TooLong { text: shown(long) }),
        trimmed => Ok(trimmed),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::version_cursor::MAX_NUMBER;
    use super::*;
    use crate::error::Advice as _;

    /// Any release that the type can hold.
    pub(in crate::firmware) fn any_release() -> impl Strategy<Value = Release> {
        let special = prop_oneof![
            3 => Just(Special::Base),
            1 => (1..=9_u16).prop_map(Special::SpecialBuild),
            2 => (1..=9_u16).prop_map(Special::ServiceRelease),
        ];
        let build = prop_oneof![
            3 => Just(Build::default()),
            1 => (0..=9_u16).prop_map(|a| Build([Some(a), None, None])),
            1 => (0..=9_u16, 0..=9_u16).prop_map(|(a, b)| Build([Some(a), Some(b), None])),
        ];
        (prop_oneof![6..=9_u16, 0..=MAX_NUMBER], 0..=6_u16, 0..=6_u16, special, build).prop_map(
            |(major, minor, maintenance, special, build)| Release {
                major,
                minor,
                maintenance,
                special,
                build,
            },
        )
    }

    fn release(text: &str) -> Release {
        text.parse().unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
    }

    #[test]
    fn every_spelling_of_a_release_is_read() {
        for (text, shows) in [
            ("8.5(2)", "8.5(2)"),
            ("8.5(2)SR1", "8.5(2)SR1"),
            ("8.5(2) SR1", "8.5(2)SR1"),
            ("  8.5(2)sr1\t", "8.5(2)SR1"),
            // The S belongs to file names, and does no harm here.
            ("8.5(2)S", "8.5(2)"),
            ("8-5-2", "8.5(2)"),
            ("8-5-2S", "8.5(2)"),
            ("8-5-2SR1", "8.5(2)SR1"),
            ("8-5-2sr1s", "8.5(2)SR1"),
            ("9-4-2SR3-1S", "9.4(2)SR3"),
            ("9-4-2SR3-1", "9.4(2)SR3"),
            ("9-4-2-1SR3-1", "9.4(2)SR3"),
            ("9-3-1SR1-1S", "9.3(1)SR1"),
            ("8-0-4ES4-0-1S", "8.0(4)ES4"),
            ("7-2-1-0S", "7.2(1)"),
            ("7-0-3-0S", "7.0(3)"),
            ("14.2(1)", "14.2(1)"),
        ] {
            assert_eq!(release(text).to_string(), shows, "{text}");
        }
        assert_eq!(release("9-4-2-1SR3-1"), release("9-4-2SR3-1S"), "the archive's odd spelling");
        assert_eq!(format!("{:#}", release("9-4-2SR4-3S")), "9.4(2)SR4-3");
    }

    #[test]
    fn what_is_not_a_release_is_refused_with_what_one_looks_like() {
        for text in [
            "8",
            "8.5",
            "8.5(2",
            "8.5()",
            "8-5",
            "8-5-",
            "8-5-2-",
            "8.5.2",
            "8.5(2)SR",
            "8.5(2)SR0",
            "8-5-2SR",
            "8-5-2SRS",
            "8-5-2X",
            "8-5-2S.loads",
            "-8-5-2",
            "+8.5(2)",
            "8-5-2-1-2-3-4",
            "٨.٥(٢)",
            "8-5-2SS",
        ] {
            let wrong = text.parse::<Release>().expect_err(text);
            assert!(matches!(wrong, NameError::NotARelease { .. }), "{text}: {wrong:?}");
            assert!(wrong.advice()[0].contains("8.5(2)SR1"), "{text}");
        }
        assert_eq!("  ".parse::<Release>(), Err(NameError::Empty));
        assert!(matches!("8.5(1000)".parse::<Release>(), Err(NameError::NumberTooLarge { .. })));
        assert!(matches!(
            "99999999999999999999-5-2".parse::<Release>(),
            Err(NameError::NumberTooLarge { .. })
        ));
        assert!(matches!("8-5-2TH1-9".parse::<Release>(), Err(NameError::BuildTag { .. })));
        assert!(matches!("8".repeat(121).parse::<Release>(), Err(NameError::TooLong { .. })));
    }

    #[test]
    fn releases_stand_in_the_order_of_the_field() {
        let ladder = [
            "6.0(3)",
            "7.0(3)",
            "8.2(2)",
            "8.3(1)",
            "8.3(2)",
            "8.3(3)",
            "8.3(3)SR2",
            "8.3(4)SR1",
            "8.3(5)",
            "8.4(1)",
            "8.4(4)",
            "8.5(1)",
            "8.5(2)",
            "8.5(2)ES1",
            "8.5(2)SR1",
            "8.5(3)",
            "9.0(3)",
            "9.3(1)SR4",
            "9.4(2)SR3-1",
            "9.4(2)SR3-2",
            "9.4(2)SR4",
            "10.1(1)",
        ];
        for pair in ladder.windows(2) {
            assert!(release(pair[0]) < release(pair[1]), "{} before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn the_place_of_a_special_build_is_never_called_certain() {
        for (a, b, certain) in [
            ("8.5(2)ES1", "8.5(2)", false),
            ("8.5(2)ES1", "8.5(2)SR1", false),
            ("8.5(2)ES1", "8.5(2)ES2", false),
            ("8.5(2)ES1", "8.5(1)SR9", true),
            ("8.5(2)ES1", "8.5(2)ES1", true),
            ("8.5(2)", "8.5(2)SR1", true),
            ("9.4(2)SR3", "9.4(2)SR3-1", false),
            ("9.4(2)SR3-1", "9.4(2)SR3-2", true),
            ("9.4(2)SR3-1", "9.4(2)SR4", true),
        ] {
            assert_eq!(release(a).compare(&release(b)).certain, certain, "{a} with {b}");
            assert_eq!(release(b).compare(&release(a)).certain, certain, "{b} with {a}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_releases_is_total(a in any_release(), b in any_release(), c in any_release()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse(), "antisymmetric: {:#} {:#}", a, b);
            prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal, "agrees with Eq: {:#} {:#}", a, b);
            if a <= b && b <= c {
                prop_assert!(a <= c, "transitive: {:#} {:#} {:#}", a, b, c);
            }
            prop_assert_eq!(a.compare(&b).ordering, a.cmp(&b));
            prop_assert_eq!(a.compare(&b).certain, b.compare(&a).certain);
        }

        #[test]
        fn a_release_reads_back_as_it_was_written(r in any_release()) {
            for text in [r.token(), format!("{}S", r.token()), format!("{r:#}"), r.token().to_lowercase()] {
                prop_assert_eq!(text.parse::<Release>(), Ok(r), "{}", text);
            }
            prop_assert_eq!(r.to_string().parse::<Release>(), Ok(r.without_build()));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = text.parse::<Release>();
        }

        #[test]
        fn nearly_right_text_is_read_or_refused_but_never_a_panic(text in "[0-9]{0,4}[-.][0-9]{0,3}[-(][0-9]{0,3}[)]?[-SRETH0-9 ]{0,8}") {
            if let Ok(release) = text.parse::<Release>() {
                prop_assert_eq!(release.token().parse::<Release>(), Ok(release), "{}", text);
            }
        }
    }
}
