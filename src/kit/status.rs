//! Which models can be recovered with a kit, and what the others lack.

use serde::Serialize;

use super::Kit;
use crate::catalog::Catalog;
use crate::firmware::{Protocol, Verdict};

/// One model, as a kit serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelStatus {
    /// The model, `7945G`.
    pub model: String,
    /// Its family.
    pub family: String,
    /// The intermediate loads in the kit that can serve it, with the file that each is in.
    pub loads: Vec<(String, String)>,
    /// What is missing, a sentence each; empty if it can be recovered.
    pub missing: Vec<String>,
}

/// What the kit means for each model of the catalog, by what its description says.
pub fn status(kit: &Kit, catalog: &Catalog) -> Vec<ModelStatus> {
    let one = |model: &crate::catalog::Model| {
        let all = || kit.files.iter().flat_map(|file| file.loads.iter().map(move |load| (file, load)));
        let of_family = || all().filter(|(_, load)| load.family.as_deref() == Some(&model.family));
        let is_good = |verdict: &str| verdict == Verdict::Intermediate.word();
        let serving =
            of_family().filter(|(_, load)| is_good(&load.verdict) && load.models.contains(&model.model));
        let mut loads: Vec<(String, String)> =
            serving.map(|(file, load)| (load.load.clone(), file.path.clone())).collect();
        // A load in a folder is many files.
        loads.dedup_by(|one, other| one.0 == other.0);
        let mut missing = Vec::new();
        if loads.is_empty() {
            for (file, load) in of_family() {
                let why = if is_good(&load.verdict) {
                    format!("lacks {}, which this model asks for first", model.default_load_file.value)
                } else {
                    format!("is {}", load.verdict.replace('-', " "))
                };
                let line = format!("{} in {} {why}.", load.load, file.path);
                if !missing.contains(&line) {
                    missing.push(line);
                }
            }
            let release = catalog.versions().window.recommended;
            let mut known = catalog.known_archives_of(&model.family, Protocol::Sccp, release);
            missing.push(match known.next() {
                Some(archive) => format!("Stage {} (or another load of the window).", archive.shown_name()),
                None => format!("Stage an SCCP load {release} for family {}.", model.family),
            });
        }
        ModelStatus { model: model.model.clone(), family: model.family.clone(), loads, missing }
    };
    catalog.models().iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{KitFile, KitLoad};
    use crate::timestamp::Timestamp;

    fn file(path: &str, load: &str, family: &str, verdict: &str, models: &[&str]) -> KitFile {
        KitFile {
            path: path.into(),
            octets: 1,
            sha256: String::new(),
            source: String::new(),
            date: Timestamp::default(),
            published: None,
            loads: vec![KitLoad {
                load: load.into(),
                release: None,
                family: Some(family.into()),
                verdict: verdict.into(),
                models: models.iter().map(|&model| model.to_owned()).collect(),
            }],
        }
    }

    #[test]
    fn every_model_is_either_served_or_says_what_it_lacks() {
        let catalog = Catalog::embedded();
        let mut kit = Kit::default();
        kit.put_file(file("loads/45.zip", "SCCP45.8-5-2S", "45", "intermediate", &["7945G"]));
        kit.put_file(file("loads/42.zip", "SCCP42.9-4-2S", "42", "too-new", &["7942G", "7962G"]));
        let all = status(&kit, catalog);
        assert_eq!(all.len(), 14);
        let of = |model: &str| all.iter().find(|status| status.model == model).unwrap();
        assert_eq!(of("7945G").loads, [("SCCP45.8-5-2S".to_owned(), "loads/45.zip".to_owned())]);
        assert_eq!(of("7945G").missing, Vec::<String>::new());
        assert!(of("7965G").missing[0].contains("lacks term65.default.loads"), "{:?}", of("7965G"));
        assert!(of("7942G").missing[0].contains("is too new"), "{:?}", of("7942G"));
        assert!(of("7942G").missing[1].contains("cmterm-7942_7962-sccp.8-5-2.zip"), "{:?}", of("7942G"));
        for status in &all {
            assert_eq!(status.loads.is_empty(), !status.missing.is_empty(), "{status:?}");
        }
    }
}
