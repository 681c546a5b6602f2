//! What is known about phones, releases, archives and DHCP servers: `assets/*.toml`, embedded, typed, parsed once.
//!
//! Every fact about a phone lives in those files, with its source, how sure it is, and when it was checked. There is
//! none in the code. A catalog that exists has been cross-checked: what one entry names, another one defines.

mod archives;
mod causes;
mod check;
mod dhcp;
mod dhcp_commands;
mod dhcp_error;
mod error;
mod evidence;
mod foreign;
mod holders;
mod model_error;
mod patience;
mod pattern;
mod phones;
mod resets;
mod symptoms;
mod versions;

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

pub use archives::KnownArchive;
pub use causes::{Cause, Shown};
pub use dhcp::DhcpServer;
pub use dhcp_commands::{Blank, Purpose, Rendered, RenderedStep, commands};
pub use dhcp_error::DhcpServerError;
pub use error::CatalogError;
pub use evidence::{Confidence, Day, Evidence, Fact};
pub use foreign::{Foreign, ForeignModel};
pub use holders::KnownHolder;
pub use model_error::ModelError;
pub use phones::{ArchiveStem, Family, HardwareComp, Model};
pub use resets::{Blink, Caution, ColorOf, LampColor, LampPlace, Lamps, OtherCode, Outcome, Reset};
pub use symptoms::{KnownSymptom, Sees};
pub use versions::{
    AfterReset, Bridge, BuildDates, BuildEra, BuildTag, Built, CucmLoad, Disagreement, Ladder, ProtocolStep,
    Shipped, Versions, Window,
};

use crate::firmware::{ArchiveName, Protocol, Release};
use crate::journal::Patience;

/// The schema of the files that this program reads.
const SCHEMA: u32 = 1;

/// The files as they were embedded: name below `assets/`, text. `build.rs` lists them, so that a phone or a DHCP server
/// is added by a file alone.
pub const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// Everything that is known. Immutable; usually [`Catalog::embedded`].
#[derive(Debug, Clone)]
pub struct Catalog {
    families: Vec<Family>,
    models: Vec<Model>,
    resets: Vec<Reset>,
    cautions: Vec<Caution>,
    outcomes: Vec<Outcome>,
    versions: Versions,
    archives: Vec<KnownArchive>,
    foreign: Vec<Foreign>,
    shown: Vec<Shown>,
    causes: Vec<Cause>,
    patience: Patience,
    holders: Vec<KnownHolder>,
    symptoms: Vec<KnownSymptom>,
    dhcp_servers: Vec<DhcpServer>,
}

impl Catalog {
    /// The catalog inside this program.
    pub fn embedded() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| Self::parse(EMBEDDED).expect("a test parses the embedded files"))
    }

    /// Read and cross-check a catalog from files, given as names below `assets/` and texts, in any order.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, CatalogError> {
        let mut families = Vec::new();
        let mut models = Vec::new();
        for (name, text) in files.iter().filter(|(name, _)| name.starts_with("phones/")) {
            let file: phones::PhonesFile = read(name, text)?;
            expect_schema(name, file.schema)?;
            models.extend(file.phones.into_iter().map(|phone| phone.into_model(&file.family)));
            check::family_is_in_its_file(name, &file.family)?;
            families.push(file.family);
        }
        families.sort_by(|a, b| a.number.cmp(&b.number));
        models.sort_by(|a, b| a.model.cmp(&b.model));

        let mut dhcp_servers = Vec::new();
        for (name, text) in files.iter().filter(|(name, _)| name.starts_with("dhcp/")) {
            let server: DhcpServer = read(name, text)?;
            expect_schema(name, server.schema)?;
            check::require(
                *name == format!("dhcp/{}.toml", server.id),
                name,
                &server.id,
                "the file is not called after the server",
            )?;
            dhcp_servers.push(server);
        }
        dhcp_servers.sort_by_key(|server| server.name.to_lowercase());

        let resets: resets::ResetsFile = find("resets.toml", files)?;
        let versions: Versions = find("versions.toml", files)?;
        let archives: archives::ArchivesFile = find("archives.toml", files)?;
        let foreign: foreign::ForeignFile = find("foreign.toml", files)?;
        let causes: causes::CausesFile = find("causes.toml", files)?;
        let patience: patience::PatienceFile = find("patience.toml", files)?;
        let holders: holders::HoldersFile = find("holders.toml", files)?;
        let symptoms: symptoms::SymptomsFile = find("symptoms.toml", files)?;
        for (file, schema) in [
            ("resets.toml", resets.schema),
            ("versions.toml", versions.schema),
            ("archives.toml", archives.schema),
            ("foreign.toml", foreign.schema),
            ("causes.toml", causes.schema),
            ("patience.toml", patience.schema),
            ("holders.toml", holders.schema),
            ("symptoms.toml", symptoms.schema),
        ] {
            expect_schema(file, schema)?;
        }
        let one_of_many = |name: &str| name.starts_with("phones/") || name.starts_with("dhcp/");
        let known = |name: &str| one_of_many(name) || EMBEDDED.iter().any(|(known, _)| *known == name);
        if let Some((name, _)) = files.iter().find(|(name, _)| !known(name)) {
            return Err(CatalogError::UnknownFile { file: (*name).to_owned() });
        }

        let catalog = Self {
            families,
            models,
            resets: resets.resets,
            cautions: resets.cautions,
            outcomes: resets.outcomes,
            versions,
            archives: archives.archives,
            foreign: foreign.foreign,
            shown: causes.shown,
            causes: causes.causes,
            patience: patience.patience(),
            holders: holders.holders,
            symptoms: symptoms.symptoms,
            dhcp_servers,
        };
        check::references(&catalog)?;
        Ok(catalog)
    }

    /// All models of the series, by name.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The program of that file name, if it is known to hold ports that this one needs.
    pub fn port_holder(&self, program: &str) -> Option<&KnownHolder> {
        self.holders.iter().find(|holder| holder.is(program))
    }

    /// What the silence of phones can mean.
    pub fn symptoms(&self) -> &[KnownSymptom] {
        &self.symptoms
    }

    /// All families, by number.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The model that somebody means by `7945`, `7945G`, `CP-7945G` or `7941g-ge`, in any case.
    pub fn model(&self, name: &str) -> Option<&Model> {
        let asked = phones::key(name);
        let named = |wanted: &str| self.models.iter().find(|model| phones::key(&model.model) == wanted);
        // The 7971 exists with Gigabit Ethernet alone, and people leave the `-GE` out.
        named(&asked).or_else(|| named(&format!("{asked}ge")))
    }

    /// The model outside the series that somebody means, with what it is and why it is of no use here.
    pub fn foreign_model(&self, name: &str) -> Option<(&Foreign, &ForeignModel)> {
        let asked = phones::key(name);
        self.foreign
            .iter()
            .flat_map(|foreign| foreign.models.iter().map(move |model| (foreign, model)))
            .find(|(_, model)| phones::key(&model.model) == asked)
    }

    /// The family of that number.
    pub fn family(&self, number: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.number == number)
    }

    /// The models of a family, by name.
    pub fn models_of_family<'a>(&'a self, number: &str) -> impl Iterator<Item = &'a Model> {
        self.models.iter().filter(move |model| model.family == number)
    }

    /// The models whose loader asks for that default load file, without regard to case: one model, or one and its
    /// Gigabit Ethernet sibling.
    pub fn models_by_default_load_file<'a>(&'a self, file: &str) -> impl Iterator<Item = &'a Model> {
        self.models.iter().filter(move |model| model.default_load_file.value.eq_ignore_ascii_case(file))
    }

    /// The default load files of a family, each once, by name.
    pub fn default_load_files<'a>(&'a self, family: &str) -> Vec<&'a str> {
        let mut files: Vec<&str> =
            self.models_of_family(family).map(|model| model.default_load_file.value.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// The family of the models in an archive's name; `None` if they are of none or of several.
    pub fn family_of_archive(&self, archive: &ArchiveName) -> Option<&Family> {
        let mut families = archive.models.iter().map(|model| self.model(model).map(|model| &model.family));
        let first = families.next()??;
        families.all(|family| family == Some(first)).then(|| self.family(first))?
    }

    /// The reset procedure of a model.
    pub fn reset_for(&self, model: &Model) -> &Reset {
        self.reset(&model.reset).expect("the cross-check resolved it")
    }

    /// The reset procedure of a model while it has a very old load.
    pub fn reset_of_old_loads(&self, model: &Model) -> Option<&Reset> {
        model.reset_of_old_loads.as_deref().and_then(|id| self.reset(id))
    }

    fn reset(&self, id: &str) -> Option<&Reset> {
        self.resets.iter().find(|reset| reset.id == id)
    }

    /// What to beware of with a model: first its own, then what holds for every model.
    pub fn cautions_for<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = &'a Caution> {
        let own =
            model.cautions.iter().filter_map(|id| self.cautions.iter().find(|caution| &caution.id == id));
        own.chain(self.cautions.iter().filter(|caution| caution.every_model))
    }

    /// How a reset of that model can go wrong: first what is its own, then what can happen to any.
    pub fn outcomes_for<'a>(&'a self, model: &'a Model) -> impl Iterator<Item = &'a Outcome> {
        let own = self.outcomes.iter().filter(|outcome| outcome.models.contains(&model.model));
        own.chain(self.outcomes.iter().filter(|outcome| outcome.models.is_empty()))
    }

    /// The window, the hops, the builds.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The release whose images carry that build tag (`8-5-2TH1-9`), without regard to case.
    pub fn release_for_build(&self, tag: &str) -> Option<&BuildTag> {
        self.versions.builds.iter().find(|build| build.tag.eq_ignore_ascii_case(tag))
    }

    /// What a version of CUCM (`7.1(3)`) hands out, as far as it is known.
    pub fn cucm_load(&self, version: &str) -> Option<&CucmLoad> {
        self.versions.cucm.iter().find(|cucm| cucm.version == version.trim())
    }

    /// All archives that were seen in public.
    pub fn known_archives(&self) -> &[KnownArchive] {
        &self.archives
    }

    /// The archives that bring a release to a family, builds aside.
    pub fn known_archives_of<'a>(
        &'a self,
        family: &str,
        protocol: Protocol,
        release: Release,
    ) -> impl Iterator<Item = &'a KnownArchive> {
        self.archives.iter().filter(move |a| {
            a.family == family && a.protocol == protocol && a.release.is_same_release(&release)
        })
    }

    /// What a file is that is not of this series, by its name. Folders before the name do not matter.
    pub fn foreign_file(&self, name: &str) -> Option<&Foreign> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        self.foreign.iter().find(|foreign| foreign.has_file(name))
    }

    /// All that is known not to be of this series.
    pub fn foreign(&self) -> &[Foreign] {
        &self.foreign
    }

    /// Words on the display and what they mean.
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }

    /// Why a phone does not take its load.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// All DHCP servers whose commands are known or were looked for, by name.
    pub fn dhcp_servers(&self) -> &[DhcpServer] {
        &self.dhcp_servers
    }

    /// The DHCP server that somebody means by `cisco-ios`, `Cisco IOS`, `ios` or `cme`, in any case.
    pub fn dhcp_server(&self, kind: &str) -> Option<&DhcpServer> {
        self.dhcp_servers.iter().find(|server| server.is_called(kind))
    }

    /// How long a phone may be silent.
    pub fn patience(&self) -> Patience {
        self.patience
    }
}

fn find<T: DeserializeOwned>(name: &str, files: &[(&str, &str)]) -> Result<T, CatalogError> {
    match files.iter().find(|(file, _)| *file == name) {
        Some((_, text)) => read(name, text),
        None => Err(CatalogError::MissingFile { file: name.to_owned() }),
    }
}

fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, CatalogError> {
    toml::from_str(text).map_err(|wrong| CatalogError::Unreadable {
        file: file.to_owned(),
        line: wrong.span().map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
        message: wrong.message().to_owned(),
    })
}

fn expect_schema(file: &str, schema: u32) -> Result<(), CatalogError> {
    if schema == SCHEMA { Ok(()) } else { Err(CatalogError::Schema { file: file.to_owned(), schema }) }
}

#[cfg(test)]
mod tests;
