//! The cross-check: what one entry names, another one defines, and nothing contradicts anything else.
//!
//! Runs whenever a catalog is made, so that a catalog from a folder is held to the same as the embedded one.

use std::collections::HashSet;

use super::{Catalog, CatalogError, Family, KnownArchive, dhcp, phones};
use crate::firmware::ArchiveName;

pub(super) type Checked = Result<(), CatalogError>;

/// Images of a load.
const IMAGES: usize = 5;

pub(super) fn require(holds: bool, file: &str, name: &str, why: impl Into<String>) -> Checked {
    if holds {
        return Ok(());
    }
    Err(CatalogError::Contradiction { file: file.to_owned(), name: name.to_owned(), why: why.into() })
}

pub(super) fn once<'a>(file: &str, what: &'static str, names: impl IntoIterator<Item = &'a str>) -> Checked {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(name.to_ascii_lowercase())) {
        Some(name) => Err(CatalogError::Twice { file: file.to_owned(), what, name: name.to_owned() }),
        None => Ok(()),
    }
}

fn resolved(exists: bool, file: &str, what: &'static str, name: &str) -> Checked {
    if exists {
        Ok(())
    } else {
        Err(CatalogError::Unresolved { file: file.to_owned(), what, name: name.to_owned() })
    }
}

fn file_of(family: &str) -> String {
    format!("phones/{family}.toml")
}

pub(super) fn family_is_in_its_file(file: &str, family: &Family) -> Checked {
    let number = &family.number;
    let two_digits = number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
    require(two_digits, file, number, "a family number has two digits")?;
    require(file == file_of(number), file, number, "the file is not called after the family")
}

pub(super) fn references(catalog: &Catalog) -> Checked {
    models(catalog)?;
    families(catalog)?;
    resets(catalog)?;
    versions(catalog)?;
    catalog.archives.iter().try_for_each(|archive| known_archive(catalog, archive))?;
    foreign(catalog)?;
    causes(catalog)?;
    dhcp::check_all(&catalog.dhcp_servers)?;
    let patience = catalog.patience;
    let grows = 0 < patience.within_file
        && patience.within_file < patience.between_files
        && patience.between_files < patience.writing_flash;
    require(grows, "patience.toml", "writing_flash", "the three thresholds do not grow from one to the next")
}

fn families(catalog: &Catalog) -> Checked {
    once("phones", "family", catalog.families.iter().map(|family| family.number.as_str()))?;
    for family in &catalog.families {
        let (file, number) = (file_of(&family.number), family.number.as_str());
        require(catalog.models_of_family(number).next().is_some(), &file, number, "the family has no model")?;
        require(!family.protocols.is_empty(), &file, number, "the family has no protocol")?;
        require(family.images.len() == IMAGES, &file, number, "a load has five images")?;
        once(&file, "image", family.images.iter().map(String::as_str))?;
        for image in &family.images {
            require(image.contains(number), &file, image, "the image is not called after the family")?;
        }
        for archive in &family.archives {
            require(
                family.protocols.contains(&archive.protocol),
                &file,
                &archive.stem,
                "the family has no load of that protocol",
            )?;
            for stem in std::iter::once(&archive.stem).chain(&archive.also_spelled) {
                let name = format!("{stem}.{}.zip", catalog.versions.window.recommended.token());
                let read: Option<ArchiveName> = name.parse().ok();
                let fits = read.is_some_and(|read| {
                    read.protocol == archive.protocol
                        && catalog.family_of_archive(&read).is_some_and(|found| found.number == number)
                });
                require(
                    fits,
                    &file,
                    stem,
                    "the name does not read as an archive of this family and protocol",
                )?;
            }
        }
    }
    Ok(())
}

fn models(catalog: &Catalog) -> Checked {
    let keys: Vec<String> = catalog.models.iter().map(|model| phones::key(&model.model)).collect();
    once("phones", "model", keys.iter().map(String::as_str))?;
    let numbers: Vec<String> =
        catalog.models.iter().map(|model| model.device_number.value.to_string()).collect();
    once("phones", "device number", numbers.iter().map(String::as_str))?;
    once("phones", "vendor class", catalog.models.iter().map(|model| model.vendor_class.value.as_str()))?;
    for model in &catalog.models {
        let (file, name) = (file_of(&model.family), model.model.as_str());
        resolved(catalog.reset(&model.reset).is_some(), &file, "reset", &model.reset)?;
        if let Some(reset) = &model.reset_of_old_loads {
            let old = catalog.reset(reset);
            resolved(old.is_some(), &file, "reset", reset)?;
            let bounded = old.is_some_and(|old| old.loads_below.is_some());
            require(bounded, &file, reset, "a reset of old loads says below which load it holds")?;
        }
        for caution in &model.cautions {
            resolved(catalog.cautions.iter().any(|known| &known.id == caution), &file, "caution", caution)?;
        }
        let default = &model.default_load_file.value;
        let digits = default.strip_prefix("term").and_then(|rest| rest.strip_suffix(".default.loads"));
        let shape =
            digits.is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()));
        require(shape, &file, name, format!("`{default}` is not the name of a default load file"))?;
        let of_model = digits.is_some_and(|digits| name.get(2..4) == Some(digits));
        require(of_model, &file, name, format!("`{default}` does not carry the model's digits"))?;
        require(
            model.vendor_class.value.ends_with(&format!("CP-{name}")),
            &file,
            name,
            "the vendor class does not end in the model",
        )?;
    }
    Ok(())
}

fn resets(catalog: &Catalog) -> Checked {
    let file = "resets.toml";
    once(file, "reset", catalog.resets.iter().map(|reset| reset.id.as_str()))?;
    once(file, "caution", catalog.cautions.iter().map(|caution| caution.id.as_str()))?;
    let is_key = |c: char| c.is_ascii_digit() || c == '*' || c == '#';
    for reset in &catalog.resets {
        require(!reset.steps.is_empty(), file, &reset.id, "no steps")?;
        let codes =
            std::iter::once(&reset.code.value).chain(reset.other_codes.iter().map(|other| &other.code));
        for code in codes {
            require(
                !code.is_empty() && code.chars().all(is_key),
                file,
                &reset.id,
                format!("`{code}` is no code"),
            )?;
        }
        let ranges = [&reset.hold_seconds, &reset.duration_minutes];
        let rising = ranges.into_iter().flatten().all(|range| range.value[0] <= range.value[1]);
        require(rising, file, &reset.id, "a range that ends before it begins")?;
        for lamps in [&reset.lamps_waiting, &reset.lamps_after].into_iter().flatten() {
            for model in lamps.value.colors.iter().flat_map(|of| &of.models) {
                resolved(catalog.models.iter().any(|known| &known.model == model), file, "model", model)?;
            }
        }
        let used = |id: &str| {
            catalog.models.iter().any(|m| m.reset == id || m.reset_of_old_loads.as_deref() == Some(id))
        };
        require(used(&reset.id), file, &reset.id, "no model has this reset")?;
    }
    for caution in &catalog.cautions {
        let used = catalog.models.iter().any(|model| model.cautions.contains(&caution.id));
        require(
            used != caution.every_model,
            file,
            &caution.id,
            "either some models name it, or it holds for every model",
        )?;
    }
    for outcome in &catalog.outcomes {
        for model in &outcome.models {
            resolved(catalog.models.iter().any(|known| &known.model == model), file, "model", model)?;
        }
    }
    Ok(())
}

fn versions(catalog: &Catalog) -> Checked {
    let (file, versions) = ("versions.toml", &catalog.versions);
    let window = &versions.window;
    let rising = window.first <= window.recommended
        && window.recommended <= window.last
        && window.last < window.too_new_from;
    require(rising, file, "window", "first, recommended, last and too_new_from are not in this order")?;
    for disagreement in &versions.disagreements {
        require(disagreement.first < disagreement.before, file, "disagreement", "it is about no release")?;
    }
    for ladder in &versions.ladders {
        for family in &ladder.families {
            resolved(catalog.family(family).is_some(), file, "family", family)?;
        }
        let rising = ladder.steps.windows(2).all(|pair| pair[0] < pair[1]);
        let ends = ladder.steps.last().is_some_and(|last| *last < window.first);
        require(rising && ends, file, "ladder", "the steps do not rise towards the window")?;
        require(ladder.phones_before <= window.first, file, "ladder", "it reaches into the window")?;
    }
    for bridge in &versions.bridges {
        let rising = bridge.phones_from < bridge.phones_before
            && bridge.phones_before <= bridge.over
            && bridge.over < bridge.targets_from;
        require(rising, file, "bridge", "phones, the release in between and targets are not in this order")?;
        let spanned = bridge.over <= window.recommended && window.recommended < bridge.targets_from;
        require(spanned, file, "bridge", "the recommended load is no step on it")?;
    }
    for cucm in &versions.cucm {
        resolved(catalog.family(cucm.load.family()).is_some(), file, "family", cucm.load.family())?;
    }
    for step in &versions.protocol_steps {
        require(step.from != step.to, file, "protocol_step", "it changes nothing")?;
    }
    once(file, "build", versions.builds.iter().map(|build| build.tag.as_str()))?;
    let dates = &versions.build_dates;
    require(
        dates.old_side_until < dates.new_key_from,
        file,
        "build_dates",
        "the two days are not in this order",
    )?;
    for built in &versions.built {
        let name = built.release.to_string();
        require(built.first <= built.last, file, &name, "it was finished before it was begun")?;
        let side = if built.release <= window.last {
            built.last <= dates.old_side_until
        } else {
            built.first >= dates.new_key_from
        };
        require(side, file, &name, "its build date lies on the other side of the change of the key")?;
    }
    Ok(())
}

fn known_archive(catalog: &Catalog, archive: &KnownArchive) -> Checked {
    let (file, name) = ("archives.toml", archive.shown_name());
    require(
        archive.name.is_some() != archive.name_pattern.is_some(),
        file,
        name,
        "a name or a pattern, not both",
    )?;
    resolved(catalog.family(&archive.family).is_some(), file, "family", &archive.family)?;
    let read: Option<ArchiveName> = name.replace('*', "").parse().ok();
    let fits = read.is_some_and(|read| {
        read.protocol == archive.protocol
            && read.release.is_same_release(&archive.release)
            && catalog.family_of_archive(&read).is_some_and(|family| family.number == archive.family)
    });
    require(fits, file, name, "its name tells another family, protocol or release")?;
    for (digest, digits) in [(&archive.md5, 32), (&archive.sha1, 40), (&archive.sha256, 64)] {
        let hex = |d: &String| d.len() == digits && d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        require(digest.as_ref().is_none_or(hex), file, name, format!("a digest without {digits} digits"))?;
    }
    Ok(())
}

fn foreign(catalog: &Catalog) -> Checked {
    let file = "foreign.toml";
    once(file, "entry", catalog.foreign.iter().map(|foreign| foreign.id.as_str()))?;
    for foreign in &catalog.foreign {
        require(!foreign.files.is_empty(), file, &foreign.id, "it has no file")?;
        for model in &foreign.models {
            let ours = catalog.model(&model.model).is_some();
            require(!ours, file, &model.model, "this model is of the series")?;
        }
        for ours in names_of_the_series(catalog) {
            require(
                !foreign.has_file(&ours),
                file,
                &foreign.id,
                format!("a pattern fits `{ours}`, which is of the series"),
            )?;
        }
    }
    Ok(())
}

/// One name of each kind of file, for every family.
fn names_of_the_series(catalog: &Catalog) -> Vec<String> {
    let release = catalog.versions.window.recommended.token();
    let mut names: Vec<String> =
        catalog.models.iter().map(|model| model.default_load_file.value.clone()).collect();
    for family in &catalog.families {
        for protocol in &family.protocols {
            names.push(format!("{protocol}{}.{release}S.loads", family.number));
            names.extend(family.image_stems(*protocol).iter().map(|stem| format!("{stem}.{release}.sbn")));
        }
        names.extend(family.archives.iter().map(|archive| format!("{}.{release}.zip", archive.stem)));
    }
    names
}

fn causes(catalog: &Catalog) -> Checked {
    let file = "causes.toml";
    once(file, "cause", catalog.causes.iter().map(|cause| cause.id.as_str()))?;
    once(file, "shown", catalog.shown.iter().map(|shown| shown.text.as_str()))?;
    let key_changes = catalog.causes.iter().filter(|cause| cause.key_change).count();
    require(key_changes == 1, file, "key_change", "exactly one cause is the change of the key itself")
}
