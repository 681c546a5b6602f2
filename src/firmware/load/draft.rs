//! One load in the making: its images and default load files are looked up, and everything that is found wrong is
//! noted, before anything is judged.

use super::archives;
use super::problem::LoadProblem;
use super::recognise::{Content, Recognised};
use super::shelf::{Book, Shelf};
use super::verdict;
use super::{Load, LoadImage, Verdict};
use crate::catalog::{Catalog, Family};
use crate::firmware::archive::SetFile;
use crate::firmware::image::{Image, ImageError};
use crate::firmware::manifest::{Manifest, ManifestError};
use crate::firmware::{LoadName, Protocol};

/// Where a load is put together: the shelf with its manifest, and the others of the same PATH.
#[derive(Clone)]
pub(super) struct Place<'a, 's> {
    pub(super) catalog: &'a Catalog,
    pub(super) shelf: &'s Shelf<'a>,
    pub(super) others: Vec<&'s Shelf<'a>>,
}

/// A load in the making.
pub(super) struct Draft<'a, 's> {
    place: Place<'a, 's>,
    pub(super) load: Load,
    pub(super) name: Option<LoadName>,
    pub(super) family: Option<&'a Family>,
    pub(super) problems: Vec<LoadProblem>,
}

impl<'a, 's> Place<'a, 's> {
    /// The load that the manifest in `book` makes.
    pub(super) fn by_manifest(
        self,
        book: &Recognised<'a>,
        name: Option<&LoadName>,
        manifest: &Result<Manifest, ManifestError>,
    ) -> Load {
        let shown = name.map_or_else(|| shown(&book.identity), LoadName::to_string);
        let mut draft = Draft::new(self, shown);
        draft.load.manifest.clone_from(&book.identity);
        draft.note_name(book);
        match name {
            Some(name) => draft.take_name(name),
            None => draft.problems.push(LoadProblem::NoRelease { name: shown_file(book) }),
        }
        match manifest {
            Ok(manifest) => {
                draft.family = draft.family.or_else(|| draft.family_by_images(manifest));
                draft.take(&book.identity, book.file);
                draft.fill(manifest);
            }
            Err(error) => {
                draft.problems.push(LoadProblem::Manifest { name: shown_file(book), error: error.clone() });
                draft.fill_without_manifest();
            }
        }
        verdict::judge_draft(draft)
    }

    /// The load that a default load file without a manifest speaks for.
    pub(super) fn by_default_load_file(
        self,
        book: &Book<'a>,
        list: &Result<Manifest, ManifestError>,
    ) -> Load {
        let mut draft = Draft::new(self, shown(&book.recognised.identity));
        book.used.set(true);
        match list {
            Ok(list) => {
                draft.family = draft.family_by_images(list);
                draft.load.family = draft.family.map(|family| family.number.clone());
                let refused = |name: &str| {
                    name.parse::<LoadName>()
                        .is_ok_and(|name| Some(name.family()) == draft.load.family.as_deref())
                };
                let problem = match draft.place.shelf.refusal_where(refused) {
                    Some(error) => LoadProblem::Refused { error: error.clone() },
                    None => LoadProblem::ManifestMissing {
                        build: list
                            .build_comment
                            .as_deref()
                            .and_then(|tag| draft.place.catalog.release_for_build(tag))
                            .map(|build| build.release),
                    },
                };
                draft.problems.push(problem);
                draft.fill(list);
            }
            Err(error) => {
                let models = draft.place.catalog.models_by_default_load_file(&book.recognised.identity);
                let family = models.map(|model| &model.family).next();
                draft.load.family = family.cloned();
                draft.family = family.and_then(|family| draft.place.catalog.family(family));
                draft
                    .problems
                    .push(LoadProblem::Manifest { name: shown_file(&book.recognised), error: error.clone() });
            }
        }
        verdict::judge_draft(draft)
    }

    fn shelves(&self) -> impl Iterator<Item = &'s Shelf<'a>> + use<'a, 's> {
        std::iter::once(self.shelf).chain(self.others.clone())
    }
}

impl<'a, 's> Draft<'a, 's> {
    fn new(place: Place<'a, 's>, name: String) -> Self {
        let load = Load {
            name,
            family: None,
            protocol: None,
            release: None,
            verdict: Verdict::Uncertain,
            recommended: false,
            reason: String::new(),
            models: Vec::new(),
            default_load_files: Vec::new(),
            images: Vec::new(),
            hardware_comp: None,
            published: place.shelf.published.clone(),
            problems: Vec::new(),
            source: place.shelf.set.source.clone(),
            manifest: String::new(),
            files: Vec::new(),
        };
        Self { place, load, name: None, family: None, problems: Vec::new() }
    }

    pub(super) fn catalog(&self) -> &'a Catalog {
        self.place.catalog
    }

    fn take_name(&mut self, name: &LoadName) {
        self.load.family = Some(name.family().to_owned());
        self.load.protocol = name.protocol();
        self.load.release = Some(name.release());
        self.family = self.place.catalog.family(name.family());
        if let Some(archive) = &self.place.shelf.set.archive {
            let published = &self.place.shelf.published;
            self.problems.extend(archives::remarks(self.place.catalog, archive, published, name));
        }
        self.name = Some(name.clone());
    }

    /// Look up everything that `list` names, and the default load files that go with it.
    fn fill(&mut self, list: &Manifest) {
        self.load.hardware_comp = list.hardware_comp;
        if list.made_up {
            self.problems.push(LoadProblem::MadeUp);
        }
        self.check_list(list);
        for name in &list.images {
            let image = self.image(name);
            self.load.images.push(image);
        }
        self.default_load_files(list);
    }

    /// The manifest cannot be read. A default load file of the family names the same images, so that the rest of
    /// the load can be looked at all the same; where none can be read either, that belongs to this load too.
    fn fill_without_manifest(&mut self) {
        let Some(family) = self.family else { return };
        let here = self.place.shelf;
        let names = self.place.catalog.default_load_files(&family.number);
        let twins = || names.iter().flat_map(|name| here.signed_as(name));
        let readable = twins().find_map(|book| match &book.recognised.content {
            Content::DefaultLoadFile(Ok(list)) => Some(list),
            _ => None,
        });
        if let Some(list) = readable {
            return self.fill(list);
        }
        for book in twins() {
            if let Content::DefaultLoadFile(Err(error)) = &book.recognised.content {
                book.used.set(true);
                let name = shown_file(&book.recognised);
                self.problems.push(LoadProblem::Manifest { name, error: error.clone() });
            }
        }
    }

    /// Compare the list with what every load of the family has.
    fn check_list(&mut self, list: &Manifest) {
        let (Some(family), Some(protocol)) = (self.family, self.load.protocol) else { return };
        let stems = family.image_stems(protocol);
        let is_of =
            |stems: &[String], name: &str| stems.iter().any(|other| other.eq_ignore_ascii_case(stem(name)));
        for name in &list.images {
            let of_another = || {
                let all = self.place.catalog.families().iter();
                all.flat_map(|family| {
                    [Protocol::Sccp, Protocol::Sip].map(|protocol| family.image_stems(protocol))
                })
                .any(|stems| is_of(&stems, name))
            };
            if !is_of(&stems, name) && of_another() {
                let family = family.number.clone();
                self.problems.push(LoadProblem::WrongFamily { family, name: shown(name) });
            }
        }
        for wanted in stems {
            if !list.images.iter().any(|name| stem(name).eq_ignore_ascii_case(&wanted)) {
                self.problems.push(LoadProblem::ListsTooFew { stem: wanted });
            }
        }
    }

    fn image(&mut self, name: &str) -> LoadImage {
        for shelf in self.place.shelves() {
            let whole = |book: &&Book<'a>| matches!(book.recognised.content, Content::Image(Ok(_)));
            let mut copies: Vec<&Book<'a>> = shelf.signed_as(name).collect();
            // A whole copy before a broken one, the rightly named one before a renamed one.
            copies.sort_by_key(|book| (!whole(book), book.recognised.is_renamed()));
            let Some(&book) = copies.first() else { continue };
            for copy in &copies {
                copy.used.set(true);
            }
            let differ = |other: &&&Book<'a>| other.recognised.file.octets != book.recognised.file.octets;
            if copies.iter().filter(|other| whole(other)).any(|other| differ(&other)) {
                self.problems.push(LoadProblem::Contradiction { name: shown(name) });
            }
            return self.image_in(&book.recognised);
        }
        let absent =
            LoadImage { name: name.to_owned(), octets: None, sha256: None, built: None, complete: false };
        let problem = self.absence(name).unwrap_or_else(|| LoadProblem::ImageMissing { name: shown(name) });
        self.problems.push(problem);
        absent
    }

    fn image_in(&mut self, book: &Recognised<'a>) -> LoadImage {
        if book.is_renamed() {
            self.note_name(book);
        }
        let file = book.file;
        let parsed: Result<Image, ImageError> = match &book.content {
            Content::Image(parsed) => parsed.clone(),
            _ => Image::parse(&file.octets),
        };
        let mut image = LoadImage {
            name: book.identity.clone(),
            octets: Some(file.octets.len() as u64),
            sha256: Some(archives::sha256(&file.octets)),
            built: None,
            complete: false,
        };
        match parsed {
            Ok(parsed) => {
                image.built = parsed.built;
                image.complete = true;
                self.take(&book.identity, file);
            }
            Err(error) => self.problems.push(LoadProblem::Image { name: shown_file(book), error }),
        }
        image
    }

    /// The default load files of the family, and any other that names the same images.
    fn default_load_files(&mut self, list: &Manifest) {
        let of_family: Vec<&'a str> = match self.family {
            Some(family) => self.place.catalog.default_load_files(&family.number),
            None => Vec::new(),
        };
        for name in &of_family {
            self.default_load_file(name, list);
        }
        let here = self.place.shelf;
        for book in &here.books {
            if let Content::DefaultLoadFile(Ok(other)) = &book.recognised.content
                && !of_family.iter().any(|name| book.recognised.is_called(name))
                && other.names_same_images(list)
            {
                self.take_default_load_file(book);
            }
        }
    }

    fn default_load_file(&mut self, name: &str, list: &Manifest) {
        let mut foreign = None;
        for shelf in self.place.shelves() {
            let mut copies: Vec<&Book<'a>> = shelf.signed_as(name).collect();
            copies.sort_by_key(|book| book.recognised.is_renamed());
            for book in copies {
                match &book.recognised.content {
                    Content::DefaultLoadFile(Ok(other)) if other.names_same_images(list) => {
                        self.take_default_load_file(book);
                        return;
                    }
                    Content::DefaultLoadFile(Ok(other)) => foreign = foreign.or(Some(other)),
                    Content::DefaultLoadFile(Err(error)) => {
                        book.used.set(true);
                        let name = shown_file(&book.recognised);
                        self.problems.push(LoadProblem::Manifest { name, error: error.clone() });
                        return;
                    }
                    _ => {}
                }
            }
        }
        let problem = match foreign {
            Some(other) => {
                let owner = self.place.shelves().find_map(|shelf| shelf.owner_of(other));
                let other = match (owner, &other.build_comment) {
                    (Some(owner), _) => shown(owner.strip_suffix(".loads").unwrap_or(owner)),
                    (None, Some(build)) => format!("a load with the build tag {build}"),
                    (None, None) => "another load".to_owned(),
                };
                LoadProblem::DefaultLoadFileOfOther { name: name.to_owned(), other }
            }
            None => self.absence(name).unwrap_or_else(|| {
                let models = self.place.catalog.models_by_default_load_file(name);
                let models: Vec<_> = models.map(|model| model.model.as_str()).collect();
                LoadProblem::DefaultLoadFileMissing { name: name.to_owned(), models: models.join(", ") }
            }),
        };
        self.problems.push(problem);
    }

    fn take_default_load_file(&mut self, book: &Book<'a>) {
        let recognised = &book.recognised;
        for shelf in self.place.shelves() {
            for twin in shelf.signed_as(&recognised.identity) {
                if twin.recognised.file.octets == recognised.file.octets {
                    twin.used.set(true);
                }
            }
        }
        self.note_name(recognised);
        self.take(&recognised.identity, recognised.file);
        self.load.default_load_files.push(recognised.identity.clone());
        for model in self.place.catalog.models_by_default_load_file(&recognised.identity) {
            self.load.models.push(model.model.clone());
        }
    }

    /// Why a file of that name is not there, where more is known than that.
    fn absence(&self, name: &str) -> Option<LoadProblem> {
        self.place.shelves().find_map(|shelf| {
            let refused = shelf.refusal(name).map(|error| LoadProblem::Refused { error: error.clone() });
            refused.or_else(|| {
                let original = shown(&shelf.impostor(name)?.identity);
                Some(LoadProblem::Impostor { name: shown(name), original })
            })
        })
    }

    /// Say when a file has another name on disk, or when another file claims its name.
    fn note_name(&mut self, book: &Recognised<'a>) {
        if book.is_renamed() {
            let (name, original) = (shown(&book.file.name), shown(&book.identity));
            self.problems.push(LoadProblem::Renamed { name, original });
        }
        let mut copies = self.place.shelf.signed_as(&book.identity);
        if copies.any(|other| other.recognised.file.octets != book.file.octets) {
            let problem = LoadProblem::Contradiction { name: shown_file(book) };
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    fn take(&mut self, name: &str, file: &SetFile) {
        self.load.files.push((name.to_owned(), file.octets.clone()));
    }

    /// The family whose images the list names, whatever the protocol.
    fn family_by_images(&self, list: &Manifest) -> Option<&'a Family> {
        self.place.catalog.families().iter().find(|family| {
            [Protocol::Sccp, Protocol::Sip].iter().any(|protocol| {
                let stems = family.image_stems(*protocol);
                list.images
                    .iter()
                    .all(|name| stems.iter().any(|other| other.eq_ignore_ascii_case(stem(name))))
            })
        })
    }
}

/// What the name of an image begins with: `jar45sccp` in `jar45sccp.8-5-2TH1-9.sbn`.
fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

fn shown(name: &str) -> String {
    crate::error::printable(name, 80)
}

fn shown_file(book: &Recognised<'_>) -> String {
    shown(&book.identity)
}
