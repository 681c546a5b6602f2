//! Puts recognised files together into loads, and explains what is left over.
//!
//! A manifest makes a load; its images and default load files are looked for beside it first, then in the other
//! sets of the same PATH. What is left over is explained too: default load files without a manifest, images that
//! nothing names, files that are not of this series.

use std::collections::BTreeMap;

use super::choose::{Leniency, choose};
use super::draft::Place;
use super::problem::LoadProblem;
use super::recognise::Content;
use super::shelf::{Book, Shelf};
use super::verdict::listed;
use super::{Load, Published, Reading, Verdict};
use crate::catalog::{Catalog, Foreign};
use crate::error::{Advice as _, printable};
use crate::firmware::archive::FileSet;
use crate::firmware::load_name::strip_suffix;
use crate::firmware::problem::Problem;

/// Entries of one set that are spelled out for one reason; the rest is counted.
const SPELLED_OUT: usize = 3;

/// Say what loads are in `sets`; each set comes with the index of the PATH that it was found under.
pub fn read(catalog: &Catalog, sets: &[(usize, FileSet)]) -> Reading {
    let shelves: Vec<Shelf<'_>> = sets.iter().map(|(path, set)| Shelf::new(catalog, *path, set)).collect();
    let mut reading = Reading::default();
    let mut of_path: BTreeMap<usize, bool> = BTreeMap::new();
    // Manifests of every shelf come first: a default load file may belong to one that lies elsewhere.
    let mut loads: Vec<Vec<Load>> =
        shelves.iter().map(|shelf| by_manifests(&place(catalog, shelf, &shelves))).collect();
    for (shelf, loads) in shelves.iter().zip(&mut loads) {
        loads.extend(without_manifest(&place(catalog, shelf, &shelves)));
        let of_the_series = !loads.is_empty();
        foreign(shelf, of_the_series, loads, &mut reading.problems);
        *of_path.entry(shelf.path).or_default() |= !loads.is_empty();
    }
    for shelf in &shelves {
        left_over(shelf, &mut reading.problems);
    }
    reading.loads = loads.into_iter().flatten().collect();
    for path in of_path.iter().filter(|(_, found)| !**found).map(|(path, _)| *path) {
        if let Some(shelf) = shelves.iter().find(|shelf| shelf.path == path) {
            reading
                .problems
                .push(Problem::of(&LoadProblem::NoLoad { source_name: shelf.set.source.clone() }));
        }
    }
    // What would be left out if everything whole that was found were served together.
    let collisions = choose(&reading.loads, Leniency::AnyRelease).left_out;
    reading.problems.extend(collisions.into_iter().filter(|problem| problem.code == "collision"));
    reading
}

fn place<'a, 's>(catalog: &'a Catalog, shelf: &'s Shelf<'a>, shelves: &'s [Shelf<'a>]) -> Place<'a, 's> {
    let others = shelves.iter().filter(|other| other.path == shelf.path && !std::ptr::eq(*other, shelf));
    Place { catalog, shelf, others: others.collect() }
}

/// One load for each manifest.
fn by_manifests<'a>(place: &Place<'a, '_>) -> Vec<Load> {
    let mut manifests: Vec<&Book<'a>> = Vec::new();
    for book in &place.shelf.books {
        if !matches!(book.recognised.content, Content::Manifest(..)) {
            continue;
        }
        book.used.set(true);
        // Of several with one identity, the one with the right name on disk speaks; the others are reported there.
        match manifests.iter_mut().find(|other| other.recognised.is_called(&book.recognised.identity)) {
            None => manifests.push(book),
            Some(other) if other.recognised.is_renamed() && !book.recognised.is_renamed() => *other = book,
            Some(_) => {}
        }
    }
    let load = |book: &&Book<'a>| match &book.recognised.content {
        Content::Manifest(name, manifest) => {
            Some(place.clone().by_manifest(&book.recognised, name.as_ref(), manifest))
        }
        _ => None,
    };
    manifests.iter().filter_map(load).collect()
}

/// Default load files that no manifest claims: one load for each list of images.
fn without_manifest(place: &Place<'_, '_>) -> Vec<Load> {
    let mut loads = Vec::new();
    for book in &place.shelf.books {
        // Making a load out of one default load file uses up its twins, so this is asked again each time.
        let Content::DefaultLoadFile(list) = &book.recognised.content else { continue };
        if !book.used.get() {
            loads.push(place.clone().by_default_load_file(book, list));
        }
    }
    loads
}

/// Files that are not of this series: a load of their own where there is none of the series, else a remark.
fn foreign(shelf: &Shelf<'_>, of_the_series: bool, loads: &mut Vec<Load>, problems: &mut Vec<Problem>) {
    let mut kinds: Vec<(&Foreign, &str)> = Vec::new();
    for book in &shelf.books {
        let Content::Foreign(foreign) = book.recognised.content else { continue };
        let name = book.recognised.identity.as_str();
        match kinds.iter_mut().find(|(kind, _)| kind.id == foreign.id) {
            None => kinds.push((foreign, name)),
            // Among the files of a load the manifest tells most.
            Some(kind) if strip_suffix(name, ".loads").is_some() => kind.1 = name,
            Some(_) => {}
        }
    }
    // The kind that names models tells more than one that only knows an ending.
    kinds.sort_by_key(|(kind, _)| kind.models.is_empty());
    let remarks = kinds.iter().map(|(kind, name)| LoadProblem::Foreign {
        name: printable(name, 80),
        what: kind.what.clone(),
        why: kind.why.clone(),
    });
    let remarks: Vec<Problem> = remarks.map(|remark| Problem::of(&remark)).collect();
    if of_the_series {
        problems.extend(remarks);
    } else if let [(kind, name), ..] = kinds[..] {
        loads.push(Load {
            name: printable(strip_suffix(name, ".loads").unwrap_or(name), 80),
            family: None,
            protocol: None,
            release: None,
            verdict: Verdict::Foreign,
            recommended: false,
            reason: format!("This is {}. {}", kind.what, kind.why),
            models: Vec::new(),
            default_load_files: Vec::new(),
            images: Vec::new(),
            hardware_comp: None,
            published: Published::Unknown,
            problems: remarks,
            source: shelf.set.source.clone(),
            manifest: String::new(),
            files: Vec::new(),
        });
    }
}

/// Images that nothing names, and entries that were left out and that no load has spoken of.
fn left_over(shelf: &Shelf<'_>, problems: &mut Vec<Problem>) {
    let unnamed: Vec<&str> = shelf
        .books
        .iter()
        .filter(|book| matches!(book.recognised.content, Content::Image(_)) && !book.used.get())
        .map(|book| book.recognised.identity.as_str())
        .collect();
    // Where the list itself cannot be read, that is what has to be said, and it has been.
    let unreadable = shelf.books.iter().any(|book| {
        matches!(book.recognised.content, Content::Manifest(_, Err(_)) | Content::DefaultLoadFile(Err(_)))
    });
    if !unnamed.is_empty() && !unreadable {
        let source_name = shelf.set.source.clone();
        problems.push(Problem::of(&LoadProblem::Unnamed { source_name, names: listed(&unnamed) }));
    }
    let mut of_code: BTreeMap<&str, usize> = BTreeMap::new();
    for error in shelf.untold() {
        let count = of_code.entry(error.code()).or_default();
        *count += 1;
        if *count <= SPELLED_OUT {
            problems.push(Problem::of(error));
        }
    }
    for (code, count) in of_code {
        if count > SPELLED_OUT
            && let Some(last) = problems.iter().rposition(|problem| problem.code == code)
        {
            let more = count - SPELLED_OUT;
            let rest = format!(", and so it is with {more} more in `{}`", shelf.set.source);
            problems[last].message.push_str(&rest);
        }
    }
}
