//! One file: what it is, by its signed header first and by its name second.

use crate::catalog::{Catalog, Foreign};
use crate::firmware::archive::SetFile;
use crate::firmware::image::{Image, ImageError};
use crate::firmware::load_name::{LoadName, strip_suffix};
use crate::firmware::manifest::{Manifest, ManifestError};
use crate::firmware::signed::SignedHeader;

/// A file and what it is.
#[derive(Debug)]
pub(super) struct Recognised<'a> {
    pub(super) file: &'a SetFile,
    /// What the signed header calls it; where that cannot be read, what it is called on disk.
    pub(super) identity: String,
    pub(super) content: Content<'a>,
}

/// What a file is.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// The manifest of a load; the name, where it reads as one of a load.
    Manifest(Option<LoadName>, Result<Manifest, ManifestError>),
    /// A default load file.
    DefaultLoadFile(Result<Manifest, ManifestError>),
    /// An image.
    Image(Result<Image, ImageError>),
    /// Something that is known not to be of this series.
    Foreign(&'a Foreign),
    /// Nothing that matters.
    Other,
}

impl Recognised<'_> {
    /// Whether the file on disk has another name than it was signed with, case aside.
    pub(super) fn is_renamed(&self) -> bool {
        !self.identity.eq_ignore_ascii_case(&self.file.name)
    }

    pub(super) fn is_called(&self, name: &str) -> bool {
        self.identity.eq_ignore_ascii_case(name)
    }
}

/// Say what `file` is.
pub(super) fn recognise<'a>(catalog: &'a Catalog, file: &'a SetFile) -> Recognised<'a> {
    let header = SignedHeader::parse(&file.octets);
    let identity = header.map_or_else(|_| file.name.clone(), |header| header.original_name);
    let content = if let Some(foreign) = catalog.foreign_file(&identity) {
        Content::Foreign(foreign)
    } else if strip_suffix(&identity, ".default.loads").is_some() {
        Content::DefaultLoadFile(Manifest::parse(&file.octets))
    } else if strip_suffix(&identity, ".loads").is_some() {
        Content::Manifest(identity.parse().ok(), Manifest::parse(&file.octets))
    } else if strip_suffix(&identity, ".sbn").is_some() {
        Content::Image(Image::parse(&file.octets))
    } else {
        Content::Other
    };
    Recognised { file, identity, content }
}

/// Whether a load, or a warning about one, can hang on a file of that name.
pub fn matters(catalog: &Catalog, name: &str) -> bool {
    let of_a_load = [".loads", ".sbn"].iter().any(|ending| strip_suffix(name, ending).is_some());
    of_a_load || catalog.foreign_file(name).is_some()
}
