//! The manifest of a load (`SCCP45.8-5-2S.loads`) and its twin, the default load file (`term45.default.loads`):
//! a signed header, then lines of text that name the images.
//!
//! It deliberately draws no release from the text: the comment holds a build tag, not a release (PHONES.md 0, 2).

use crate::error::{Advice, printable};
use crate::firmware::damage::TextMode;
use crate::firmware::signed::{SignedError, SignedHeader, is_file_name};

/// Images that a manifest may name before it stops being believable; real ones name five.
pub const MAX_IMAGES: usize = 16;
/// A comment that marks a load that this program made up for a rehearsal.
pub const MADE_UP_MARK: &str = "made up by loadlift";

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Original name from the signed header, `SCCP45.8-5-2S.loads`.
    pub name: String,
    /// The images in the order of the file, which is the order in which a phone asks for them. The case is the
    /// manifest's own: some say `Jar…` where the file on disk is `jar…`.
    pub images: Vec<String>,
    /// `#HARDWARE_COMP_1`: grows with releases; a phone with newer hardware is said to refuse a lower one.
    pub hardware_comp: Option<u32>,
    /// The build tag that a comment line names, `8-5-2TH1-9`. Not the release.
    pub build_comment: Option<String>,
    /// Whether a comment says that the load was made up for a rehearsal: no real phone accepts it.
    pub made_up: bool,
}

/// Why a file is not a manifest that could be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Its signed header is missing or wrong.
    #[error(transparent)]
    Signed(#[from] SignedError),
    /// The line ends were changed on the way.
    #[error("the list was damaged by a transfer as text ({0})")]
    TextMode(TextMode),
    /// A line is neither a comment nor the name of a file.
    #[error("line {line} of the list is not a file name: `{text}`")]
    Line {
        /// Number of the line behind the header, from 1.
        line: usize,
        /// The line, made printable.
        text: String,
    },
    /// It names the same image twice.
    #[error("the list names `{name}` twice")]
    Twice {
        /// The image.
        name: String,
    },
    /// Its last line has no end. The sizes of 26 real files leave no room for such a line.
    #[error("the list is cut off within its last line")]
    CutOff,
    /// It names no image: as a rule it is cut off.
    #[error("the list names no image")]
    NoImages,
    /// It names more images than any load has.
    #[error("the list names more than {MAX_IMAGES} images")]
    TooMany,
}

impl Advice for ManifestError {
    fn code(&self) -> &'static str {
        match self {
            Self::Signed(error) => error.code(),
            Self::TextMode(_) => "text-mode",
            Self::CutOff | Self::NoImages => "truncated",
            Self::Line { .. } | Self::Twice { .. } | Self::TooMany => "damaged",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Signed(error) => error.advice(),
            Self::TextMode(_) => {
                vec!["Fetch the file again in binary mode, or take it from the original archive.".into()]
            }
            _ => vec!["Take the file from the original archive again.".into()],
        }
    }
}

impl Manifest {
    /// Read a manifest or default load file. Total on any octets.
    pub fn parse(file: &[u8]) -> Result<Self, ManifestError> {
        let header = SignedHeader::parse(file)?;
        let body = header.body(file);
        line_ends(body)?;
        if !body.is_empty() && !body.ends_with(b"\r\n") {
            return Err(ManifestError::CutOff);
        }
        let mut manifest = Self {
            name: header.original_name,
            images: Vec::new(),
            hardware_comp: None,
            build_comment: None,
            made_up: false,
        };
        for (line, text) in (1..).zip(body.split(|&octet| octet == b'\n')) {
            // Real lists end some names in a blank (PHONES.md 3.2).
            let text = text.trim_ascii();
            if let Some(comment) = text.strip_prefix(b"#") {
                manifest.comment(comment);
            } else if !text.is_empty() {
                manifest.image(line, text)?;
            }
        }
        if manifest.images.is_empty() {
            return Err(ManifestError::NoImages);
        }
        Ok(manifest)
    }

    /// Whether two lists name the same images, without regard to case and order.
    pub fn names_same_images(&self, other: &Self) -> bool {
        self.images.len() == other.images.len() && self.images.iter().all(|name| other.names(name))
    }

    /// Whether the list names `image`, without regard to case.
    pub fn names(&self, image: &str) -> bool {
        self.images.iter().any(|name| name.eq_ignore_ascii_case(image))
    }

    fn image(&mut self, line: usize, text: &[u8]) -> Result<(), ManifestError> {
        let name = String::from_utf8_lossy(text);
        if !is_file_name(text) {
            return Err(ManifestError::Line { line, text: printable(&name, 60) });
        }
        if self.names(&name) {
            return Err(ManifestError::Twice { name: name.into_owned() });
        }
        if self.images.len() == MAX_IMAGES {
            return Err(ManifestError::TooMany);
        }
        self.images.push(name.into_owned());
        Ok(())
    }

    /// Comments are for people, so one that cannot be read is passed over.
    fn comment(&mut self, comment: &[u8]) {
        let text = printable(String::from_utf8_lossy(comment).trim(), 120);
        if let Some(number) = text.strip_prefix("HARDWARE_COMP_1") {
            self.hardware_comp = number.trim().parse().ok().or(self.hardware_comp);
        } else if let Some((_, build)) = text.split_once("load version ") {
            self.build_comment = Some(build.trim().to_owned()).filter(|build| !build.is_empty());
        }
        self.made_up |= text.contains(MADE_UP_MARK);
    }
}

/// Real manifests have CR LF throughout (PHONES.md 3.2). The signature covers them, so a phone refuses others.
fn line_ends(body: &[u8]) -> Result<(), ManifestError> {
    for (at, _) in body.iter().enumerate().filter(|&(_, &octet)| octet == b'\n') {
        match &body[..at] {
            [.., b'\r', b'\r'] => return Err(ManifestError::TextMode(TextMode::LfToCrLf)),
            [.., b'\r'] => {}
            _ => return Err(ManifestError::TextMode(TextMode::CrLfToLf)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::firmware::damage::mangle;
    use crate::rehearsal::madeup::{MadeUpLoad, signed_file};

    fn of(text: &str) -> Result<Manifest, ManifestError> {
        Manifest::parse(&signed_file("SCCP45.8-5-2S.loads", text.as_bytes()))
    }

    #[test]
    fn a_manifest_names_its_images_in_order_without_the_trailing_blanks() {
        let text = "#\r\n# load version 8-5-2TH1-9\r\n#\r\n#HARDWARE_COMP_1 7\r\n\r\nJar45sccp.8-5-2TH1-9.sbn\r\n\
                    cnu45.8-5-2TH1-9.sbn\r\ndsp45.8-5-2TH1-9.sbn \r\ncvm45sccp.8-5-2TH1-9.sbn \r\n";
        let manifest = of(text).unwrap();
        assert_eq!(manifest.name, "SCCP45.8-5-2S.loads");
        assert_eq!(
            manifest.images,
            [
                "Jar45sccp.8-5-2TH1-9.sbn",
                "cnu45.8-5-2TH1-9.sbn",
                "dsp45.8-5-2TH1-9.sbn",
                "cvm45sccp.8-5-2TH1-9.sbn"
            ]
        );
        assert_eq!((manifest.hardware_comp, manifest.made_up), (Some(7), false));
        assert_eq!(manifest.build_comment.as_deref(), Some("8-5-2TH1-9"));
        assert!(manifest.names("jar45sccp.8-5-2th1-9.SBN"));
    }

    #[test]
    fn a_comment_may_be_nonsense_but_the_last_line_needs_its_end() {
        let manifest = of("#HARDWARE_COMP_1 many\r\n#\x1b\r\na.sbn\r\n").unwrap();
        assert_eq!((manifest.images.len(), manifest.hardware_comp), (1, None));
        assert_eq!(of("a.sbn\r\nb.sbn"), Err(ManifestError::CutOff));
        assert_eq!(of("a.sbn\r\nb.sbn \r"), Err(ManifestError::CutOff));
    }

    #[test]
    fn changed_line_ends_are_named_as_what_they_are() {
        for (_, file) in MadeUpLoad::sample().manifests() {
            for (how, mangled) in [
                (TextMode::LfToCrLf, mangle::lf_to_cr_lf(&file)),
                (TextMode::CrLfToLf, mangle::cr_lf_to_lf(&file)),
                (TextMode::CrLfToLf, mangle::without_cr(&file)),
            ] {
                match Manifest::parse(&mangled) {
                    Err(
                        ManifestError::TextMode(found) | ManifestError::Signed(SignedError::TextMode(found)),
                    ) => {
                        assert_eq!(found, how);
                    }
                    other => panic!("{how}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn each_way_to_break_a_list_has_its_own_name() {
        assert_eq!(of(""), Err(ManifestError::NoImages));
        assert_eq!(of("# only\r\n#\r\n"), Err(ManifestError::NoImages));
        assert_eq!(
            of("a.sbn\r\n../b.sbn\r\n"),
            Err(ManifestError::Line { line: 2, text: "../b.sbn".into() })
        );
        assert_eq!(of("a.sbn\r\nA.sbn\r\n"), Err(ManifestError::Twice { name: "A.sbn".into() }));
        let many: String = (b'a'..).take(MAX_IMAGES + 1).flat_map(|n| [char::from(n), '\r', '\n']).collect();
        assert_eq!(of(&many), Err(ManifestError::TooMany));
    }

    proptest! {
        #[test]
        fn any_octets_behind_a_header_are_a_manifest_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..500)) {
            if let Ok(manifest) = Manifest::parse(&signed_file("a.loads", &body)) {
                prop_assert!(manifest.images.iter().all(|name| is_file_name(name.as_bytes())));
            }
        }

        #[test]
        fn every_list_reads_back_as_it_was_written(
            names in proptest::collection::hash_set("[a-z0-9]{1,20}\\.sbn", 1..MAX_IMAGES), comp in proptest::option::of(0_u32..99),
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let mut lines: Vec<String> = comp.iter().map(|n| format!("#HARDWARE_COMP_1 {n}")).collect();
            lines.extend(names.iter().enumerate().map(|(n, name)| name.clone() + &" ".repeat(n % 3)));
            let manifest = of(&(lines.join("\r\n") + "\r\n")).expect("a true list");
            prop_assert_eq!(manifest.images, names);
            prop_assert_eq!(manifest.hardware_comp, comp);
        }
    }
}
