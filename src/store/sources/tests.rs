//! Folders, archives and single files as they are opened.

use super::opener::put;
use super::*;
use crate::error::Advice as _;
use crate::rehearsal::madeup::{self, MadeUpLoad, Packing};

fn by_ending(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "loads" | "sbn")))
}

fn opened(paths: &[PathBuf]) -> Opened {
    open(paths, &mut Budget::default(), &by_ending).unwrap()
}

fn names(set: &FileSet) -> Vec<&str> {
    let mut names: Vec<_> = set.files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_folder_an_archive_and_single_files_all_give_the_files_of_the_load() {
    let folder = tempfile::tempdir().unwrap();
    let files = MadeUpLoad::sample().files();
    let mut paths = Vec::new();
    for (name, octets) in &files {
        paths.push(folder.path().join(name));
        fs::write(paths.last().unwrap(), octets).unwrap();
    }
    fs::write(folder.path().join("notes.txt"), "not of a load").unwrap();
    let archive = folder.path().join("load.zip");
    let mut want: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    want.sort_unstable();

    let from_folder = opened(&[folder.path().to_path_buf()]);
    assert_eq!(names(&from_folder.sets[0].1), want);
    let from_files = opened(&paths);
    assert_eq!((from_files.sets.len(), names(&from_files.sets[0].1)), (1, want.clone()));
    fs::write(&archive, madeup::zip(&files, Packing::Deflated)).unwrap();
    let from_archive = opened(&[archive]);
    assert_eq!(names(&from_archive.sets[0].1), want);
    assert_eq!(from_archive.sets[0].1.source, "load.zip");
    let all = opened(&[folder.path().to_path_buf()]);
    assert_eq!(all.sets.len(), 2, "the folder and the archive in it");
    assert!(all.problems.is_empty());
}

#[test]
fn folders_are_read_two_levels_down_and_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("one/two");
    fs::create_dir_all(&deep).unwrap();
    for place in [folder.path(), &folder.path().join("one"), &deep] {
        fs::write(place.join("a.sbn"), "x").unwrap();
    }
    assert_eq!(opened(&[folder.path().to_path_buf()]).sets.len(), 2);
}

#[test]
fn a_signed_file_under_any_name_is_read_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("download (1)"), madeup::signed_file("jar45.sbn", b"")).unwrap();
    assert_eq!(names(&opened(&[folder.path().to_path_buf()]).sets[0].1), ["download (1)"]);
}

#[test]
fn archives_that_merely_lie_in_a_folder_cost_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let other = [("holiday.txt".to_owned(), Bytes::from(vec![7; 90_000]))];
    fs::write(folder.path().join("holiday.zip"), madeup::zip(&other, Packing::Stored)).unwrap();
    let mut budget = Budget::default();
    let opened = open(&[folder.path().to_path_buf()], &mut budget, &by_ending).unwrap();
    assert!(opened.sets.is_empty() && opened.problems.is_empty());
    assert_eq!(budget, Budget::default());
}

#[test]
fn a_web_page_called_zip_is_named_wherever_it_lies() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("load.zip");
    fs::write(&page, "<!DOCTYPE html><html>").unwrap();
    for path in [page, folder.path().to_path_buf()] {
        assert_eq!(opened(&[path]).problems[0].code, "web-page");
    }
}

#[test]
fn what_cannot_be_opened_is_an_error_with_a_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nothing.zip");
    let error =
        open(std::slice::from_ref(&missing), &mut Budget::default(), &by_ending).map(drop).unwrap_err();
    assert_eq!(error.code(), "path-not-found");
    assert!(error.to_string().contains("nothing.zip") && !error.advice().is_empty());

    for (kind, code) in [
        (io::ErrorKind::PermissionDenied, "path-no-permission"),
        (io::ErrorKind::InvalidInput, "path-not-found"),
        (io::ErrorKind::TimedOut, "path-unreadable"),
    ] {
        assert_eq!(SourceError::from_io(&missing, &io::Error::from(kind)).code(), code);
    }
    fs::write(&missing, [7; 50]).unwrap();
    let mut budget = Budget { octets: 49, ..Budget::default() };
    assert_eq!(open(&[missing], &mut budget, &by_ending).map(drop).unwrap_err().code(), "path-too-large");
}

#[test]
fn two_files_of_one_folder_whose_names_differ_in_case_contradict_each_other() {
    let mut set = FileSet::default();
    let file =
        |name: &str, octets: &'static [u8]| SetFile { name: name.into(), octets: Bytes::from_static(octets) };
    put(&mut set, file("jar.sbn", b"x"));
    put(&mut set, file("jar.sbn", b"x"));
    assert_eq!(names(&set), ["jar.sbn"], "a file that was named twice");
    put(&mut set, file("Jar.sbn", b"y"));
    put(&mut set, file("JAR.sbn", b"z"));
    assert!(set.files.is_empty(), "a third cannot win");
    assert_eq!(set.refused[0].error.code(), "same-name");
}
