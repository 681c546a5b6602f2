//! The files of one set, recognised, and who has used them.

use std::cell::Cell;

use super::Published;
use super::archives;
use super::recognise::{Content, Recognised, recognise};
use crate::catalog::Catalog;
use crate::firmware::archive::{EntryError, FileSet};
use crate::firmware::manifest::Manifest;

/// One set of files that lie together.
pub(super) struct Shelf<'a> {
    /// Index of the PATH that it was found under.
    pub(super) path: usize,
    pub(super) set: &'a FileSet,
    pub(super) books: Vec<Book<'a>>,
    /// For each entry that was left out, whether a load has said so.
    told: Vec<Cell<bool>>,
    /// What the published digests say of the archive.
    pub(super) published: Published,
}

/// A recognised file, and whether a load uses it.
pub(super) struct Book<'a> {
    pub(super) recognised: Recognised<'a>,
    pub(super) used: Cell<bool>,
}

impl<'a> Shelf<'a> {
    pub(super) fn new(catalog: &'a Catalog, path: usize, set: &'a FileSet) -> Self {
        let book = |file| Book { recognised: recognise(catalog, file), used: Cell::new(false) };
        let books: Vec<_> = set.files.iter().map(book).collect();
        // A digest over megabytes is worth its time only where there is something to say about it.
        let of_interest = books.iter().any(|book| matches!(book.recognised.content, Content::Manifest(..)));
        let published = match &set.archive {
            Some(archive) if of_interest => archives::published(catalog, archive),
            _ => Published::Unknown,
        };
        Self { path, set, books, told: vec![Cell::new(false); set.refused.len()], published }
    }

    /// The files that were signed as `name`.
    pub(super) fn signed_as<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Book<'a>> {
        self.books.iter().filter(move |book| book.recognised.is_called(name))
    }

    /// The file that lies under `name` but was signed with another one.
    pub(super) fn impostor(&self, name: &str) -> Option<&Recognised<'a>> {
        let called = |book: &&Book<'a>| book.recognised.file.name.eq_ignore_ascii_case(name);
        self.books.iter().filter(called).map(|book| &book.recognised).find(|book| book.is_renamed())
    }

    /// Why the entry `name` was left out, if it was. From now on a load has said so.
    pub(super) fn refusal(&self, name: &str) -> Option<&'a EntryError> {
        self.refusal_where(|refused| refused.eq_ignore_ascii_case(name))
    }

    /// Why the first entry whose name fits was left out. From now on a load has said so.
    pub(super) fn refusal_where(&self, fits: impl Fn(&str) -> bool) -> Option<&'a EntryError> {
        let at = self.set.refused.iter().position(|refusal| fits(&refusal.name))?;
        self.told[at].set(true);
        Some(&self.set.refused[at].error)
    }

    /// Entries that were left out and that no load has spoken of.
    pub(super) fn untold(&self) -> impl Iterator<Item = &'a EntryError> {
        let set = self.set;
        self.told.iter().zip(&set.refused).filter(|(told, _)| !told.get()).map(|(_, refusal)| &refusal.error)
    }

    /// The name of a manifest here that names the same images as `list`.
    pub(super) fn owner_of(&self, list: &Manifest) -> Option<&str> {
        self.books.iter().find_map(|book| match &book.recognised.content {
            Content::Manifest(_, Ok(manifest)) if manifest.names_same_images(list) => {
                Some(book.recognised.identity.as_str())
            }
            _ => None,
        })
    }
}
