//! Gathers the entries of one archive into sets, one for each folder, and keeps the limits.

use std::collections::BTreeMap;
use std::io::{self, Read};

use bytes::Bytes;

use super::error::shown;
use super::name::EntryName;
use super::{ArchiveError, Budget, EntryError, FREE_OCTETS, FileSet, Refusal, SetFile};

/// The entries of one archive so far.
pub(super) struct Collector<'b> {
    label: String,
    archive: SetFile,
    budget: &'b mut Budget,
    /// Octets that may still come out of this archive, by its ratio alone.
    plausible: u64,
    folders: BTreeMap<String, Folder>,
}

#[derive(Default)]
struct Folder {
    /// By folded name. `None` where two entries contradict each other, so that a third cannot win.
    files: BTreeMap<String, Option<SetFile>>,
    refused: Vec<Refusal>,
}

impl<'b> Collector<'b> {
    pub(super) fn new(label: &str, archive: &Bytes, budget: &'b mut Budget) -> Self {
        let plausible = FREE_OCTETS.saturating_add(budget.ratio.saturating_mul(archive.len() as u64));
        let name = label.rsplit('/').next().unwrap_or(label).to_owned();
        let archive = SetFile { name, octets: archive.clone() };
        Self { label: shown(label), archive, budget, plausible, folders: BTreeMap::new() }
    }

    /// What the archive is called, safe to print.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// Octets that may still come.
    pub(super) fn allowance(&self) -> u64 {
        self.plausible.min(self.budget.octets)
    }

    /// Files that may still come.
    pub(super) fn entries_left(&self) -> usize {
        self.budget.entries
    }

    /// Which limit the archive has passed when it yields more than [`Collector::allowance`].
    pub(super) fn too_much(&self) -> ArchiveError {
        let name = self.label.clone();
        if self.plausible < self.budget.octets {
            ArchiveError::Bomb { name, ratio: self.budget.ratio }
        } else {
            ArchiveError::TooLarge { name }
        }
    }

    pub(super) fn too_many(&self) -> ArchiveError {
        ArchiveError::TooManyEntries { name: self.label.clone() }
    }

    /// Count an entry and look at its name. `None`: it is litter, or its name was refused, and there is nothing
    /// more to do with it.
    pub(super) fn begin(&mut self, raw_name: &[u8]) -> Result<Option<EntryName>, ArchiveError> {
        self.budget.entries = self.budget.entries.checked_sub(1).ok_or_else(|| self.too_many())?;
        match EntryName::parse(raw_name) {
            Ok(name) => Ok(Some(name).filter(|name| !name.is_litter())),
            Err(why) => {
                let name = shown(&String::from_utf8_lossy(raw_name));
                let error = EntryError::Name { name: name.clone(), why };
                self.folders.entry(String::new()).or_default().refused.push(Refusal { name, error });
                Ok(None)
            }
        }
    }

    /// Leave an entry out; `error` is made from its printable name.
    pub(super) fn refuse(&mut self, name: &EntryName, error: impl FnOnce(String) -> EntryError) {
        let folder = self.folders.entry(name.folder.clone()).or_default();
        folder.refused.push(Refusal { name: name.name.clone(), error: error(shown(&name.name)) });
    }

    /// Read an entry to its end and take it. A reading error is for the caller to explain.
    pub(super) fn read(
        &mut self,
        name: &EntryName,
        declared: u64,
        entry: impl Read,
    ) -> Result<io::Result<()>, ArchiveError> {
        let limit = self.budget.entry_octets.min(self.allowance());
        // What the archive declares is a hint for the first allocation, and no more.
        let hint = usize::try_from(declared.min(limit).min(8 << 20)).unwrap_or(0);
        let mut octets = Vec::with_capacity(hint);
        let outcome = entry.take(limit + 1).read_to_end(&mut octets);
        self.spend(octets.len() as u64)?;
        if octets.len() as u64 > limit {
            self.refuse(name, |name| EntryError::TooLarge { name });
            return Ok(Ok(()));
        }
        Ok(outcome.map(|_| self.put(name, octets.into())))
    }

    /// Take an entry that shares the archive's own octets.
    pub(super) fn take(&mut self, name: &EntryName, octets: Bytes) -> Result<(), ArchiveError> {
        if octets.len() as u64 > self.budget.entry_octets {
            self.refuse(name, |name| EntryError::TooLarge { name });
            return Ok(());
        }
        self.spend(octets.len() as u64)?;
        self.put(name, octets);
        Ok(())
    }

    fn spend(&mut self, octets: u64) -> Result<(), ArchiveError> {
        if octets > self.allowance() {
            return Err(self.too_much());
        }
        self.plausible -= octets;
        self.budget.octets -= octets;
        Ok(())
    }

    fn put(&mut self, name: &EntryName, octets: Bytes) {
        let folder = self.folders.entry(name.folder.clone()).or_default();
        let file = SetFile { name: name.name.clone(), octets };
        let Some(place) = folder.files.get_mut(&file.name.to_lowercase()) else {
            folder.files.insert(file.name.to_lowercase(), Some(file));
            return;
        };
        // The same file twice does no harm. Two files that both claim a name are no longer either of them.
        if let Some(first) = place
            && first.octets != file.octets
        {
            let error = EntryError::Twice { name: shown(&first.name), other: shown(&file.name) };
            folder.refused.push(Refusal { name: file.name, error });
            *place = None;
        }
    }

    /// Everything that was gathered.
    pub(super) fn into_sets(self) -> Result<Vec<FileSet>, ArchiveError> {
        let Self { label, archive, folders, .. } = self;
        if folders.is_empty() {
            return Err(ArchiveError::Empty { name: label });
        }
        let set = |(path, folder): (String, Folder)| FileSet {
            source: if path.is_empty() { label.clone() } else { format!("{label}/{}", shown(&path)) },
            archive: Some(archive.clone()),
            files: folder.files.into_values().flatten().collect(),
            refused: folder.refused,
        };
        Ok(folders.into_iter().map(set).collect())
    }
}
