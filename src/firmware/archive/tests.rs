//! Every way in which an archive can be wrong, on archives made here in memory.

use std::io::Write;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;
use crate::error::Advice as _;
use crate::rehearsal::madeup::{self, MadeUpLoad, Packing};

type Files = Vec<(String, Bytes)>;

fn files(list: &[(&str, &[u8])]) -> Files {
    list.iter().map(|(name, octets)| ((*name).to_owned(), Bytes::copy_from_slice(octets))).collect()
}

fn zip(list: &[(&str, &[u8])]) -> Bytes {
    madeup::zip(&files(list), Packing::Deflated)
}

fn header(name: &[u8], octets: usize, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(octets as u64);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn tar(list: &[(&str, &[u8])]) -> Bytes {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, octets) in list {
        // Names go in raw: the library would refuse to write the bad ones.
        builder.append(&header(name.as_bytes(), octets.len(), tar::EntryType::Regular), *octets).unwrap();
    }
    builder.into_inner().unwrap().into()
}

fn gzip(octets: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap().into()
}

fn opened(octets: &Bytes) -> Vec<FileSet> {
    open("a.zip", octets, &mut Budget::default()).unwrap()
}

fn refused(octets: &Bytes) -> Vec<EntryError> {
    opened(octets).into_iter().flat_map(|set| set.refused).map(|refusal| refusal.error).collect()
}

/// Change every place where `from` stands.
fn patch(octets: &Bytes, from: &[u8], to: &[u8]) -> Bytes {
    assert_eq!(from.len(), to.len());
    let mut out = octets.to_vec();
    let mut found = 0;
    for at in 0..=out.len() - from.len() {
        if out[at..].starts_with(from) {
            out[at..at + to.len()].copy_from_slice(to);
            found += 1;
        }
    }
    assert!(found > 0, "nothing to patch");
    out.into()
}

#[test]
fn zip_tar_and_tar_gz_give_the_same_files_whatever_they_are_called() {
    let list: &[(&str, &[u8])] = &[("a.loads", b"one"), ("b.sbn", b"two"), ("c.sbn", b"")];
    let want: Vec<SetFile> = files(list).into_iter().map(|(name, octets)| SetFile { name, octets }).collect();
    let stored = madeup::zip(&files(list), Packing::Stored);
    for octets in [zip(list), stored, tar(list), gzip(&tar(list))] {
        for label in ["a.zip", "a.tar", "noname"] {
            let sets = open(label, &octets, &mut Budget::default()).unwrap();
            assert_eq!(sets.len(), 1);
            assert_eq!((sets[0].source.as_str(), &sets[0].files), (label, &want));
            assert!(sets[0].refused.is_empty());
        }
    }
}

#[test]
fn each_folder_of_an_archive_is_a_set_of_its_own() {
    let sets = opened(&zip(&[("old/term45.default.loads", b"1"), ("new/term45.default.loads", b"2")]));
    let sources: Vec<_> = sets.iter().map(|set| set.source.as_str()).collect();
    assert_eq!(sources, ["a.zip/new", "a.zip/old"]);
}

#[test]
fn an_archive_inside_is_opened_and_one_inside_that_is_not() {
    let innermost = zip(&[("a.sbn", b"a")]);
    let inner = tar(&[("b.sbn", b"b"), ("deep.zip", &innermost)]);
    let sets = opened(&zip(&[("c.sbn", b"c"), ("inner.tgz", &gzip(&inner))]));
    let seen: Vec<_> =
        sets.iter().map(|set| (set.source.as_str(), set.files[0].name.as_str(), set.refused.len())).collect();
    assert_eq!(seen, [("a.zip", "c.sbn", 0), ("a.zip/inner.tgz", "b.sbn", 1)]);
    assert_eq!(sets[1].refused[0].error.code(), "nested-too-deep");
    let archive = sets[1].archive.as_ref().unwrap();
    assert_eq!((archive.name.as_str(), &archive.octets), ("inner.tgz", &gzip(&inner)));
}

#[test]
fn an_inner_archive_that_is_a_web_page_is_named_and_the_rest_is_used() {
    let octets = zip(&[("a.sbn", b"a"), ("load.zip", b"<!DOCTYPE html><title>Log in</title>")]);
    assert_eq!(opened(&octets)[0].files.len(), 1);
    assert_eq!(
        refused(&octets)[0],
        EntryError::Archive { error: Box::new(ArchiveError::WebPage { name: "a.zip/load.zip".into() }) }
    );
}

#[test]
fn what_is_no_archive_is_named_as_what_it_is() {
    for (octets, code, words) in [
        (&b"<html><body>log in"[..], "web-page", "saved web page"),
        (b"\r\n\r\n  <!DOCTYPE HTML>", "web-page", "saved web page"),
        (b"", "archive-empty", "empty"),
        (&[0; 9_000], "archive-empty", "empty"),
        (b"Rar!\x1a\x07\x00", "archive-kind", "RAR"),
        (b"7z\xbc\xaf\x27\x1c", "archive-kind", "7-Zip"),
        (b"hello", "not-an-archive", "not a zip"),
        (&gzip(b"not a tar"), "not-an-archive", "not a tar"),
        (&zip(&[]), "archive-empty", "no file"),
    ] {
        let error = open("a.zip", &Bytes::copy_from_slice(octets), &mut Budget::default()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_wrong_checksum_names_the_entry() {
    let octets = madeup::zip(&files(&[("a.sbn", b"first"), ("b.sbn", b"second")]), Packing::Stored);
    let octets = patch(&octets, b"second", b"sec0nd");
    assert_eq!(refused(&octets), [EntryError::Checksum { name: "b.sbn".into() }]);
    assert_eq!(opened(&octets)[0].files.len(), 1);
}

#[test]
fn a_wrong_checksum_at_the_end_of_a_tar_gz_is_found() {
    let mut octets = gzip(&tar(&[("a.sbn", b"first")])).to_vec();
    let at = octets.len() - 8;
    octets[at] ^= 1;
    let error = open("a.tgz", &octets.into(), &mut Budget::default()).unwrap_err();
    assert_eq!(error.code(), "archive-damaged", "{error}");
}

#[test]
fn archives_cut_off_anywhere_never_yield_a_file_that_is_not_whole() {
    let load = MadeUpLoad::sample().with_octets(0);
    let list = load.files();
    let borrowed: Vec<(&str, &[u8])> =
        list.iter().map(|(name, octets)| (name.as_str(), &octets[..])).collect();
    for whole in [zip(&borrowed), tar(&borrowed), gzip(&tar(&borrowed))] {
        for at in (0..whole.len()).step_by(97) {
            let Ok(sets) = open("a", &whole.slice(..at), &mut Budget::default()) else { continue };
            for file in sets.iter().flat_map(|set| &set.files) {
                let original = list.iter().find(|(name, _)| *name == file.name);
                assert_eq!(original.map(|(_, octets)| octets), Some(&file.octets), "cut at {at}");
            }
        }
    }
}

#[test]
fn a_zip_and_a_tar_gz_without_their_ends_are_called_cut_off() {
    let whole = zip(&[("a.sbn", b"first")]);
    let gz = gzip(&tar(&[("a.sbn", b"first")]));
    for octets in [whole.slice(..whole.len() - 30), gz.slice(..gz.len() - 10)] {
        let error = open("a.zip", &octets, &mut Budget::default()).unwrap_err();
        assert_eq!(error.code(), "archive-cut-off", "{error}");
    }
    let whole = tar(&[("a.sbn", b"first"), ("b.sbn", &[7; 2_000])]);
    assert_eq!(refused(&whole.slice(..2_000)), [EntryError::CutOff { name: "b.sbn".into() }]);
}

#[test]
fn an_encrypted_entry_is_left_out_and_named() {
    let octets = zip(&[("a.sbn", b"first")]);
    // Bit 0 of the flags, behind the version, in the local and in the central header.
    let mut octets = octets.to_vec();
    let central = octets.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    octets[6] |= 1;
    octets[central + 8] |= 1;
    assert_eq!(refused(&octets.into()), [EntryError::Encrypted { name: "a.sbn".into() }]);
}

#[test]
fn a_method_that_is_not_read_is_left_out_and_named() {
    let octets = zip(&[("a.sbn", b"first")]);
    let mut octets = octets.to_vec();
    let central = octets.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    for at in [8, central + 10] {
        octets[at..at + 2].copy_from_slice(&12_u16.to_le_bytes());
    }
    assert_eq!(refused(&octets.into()), [EntryError::Method { name: "a.sbn".into() }]);
}

#[test]
fn links_and_devices_are_left_out_and_named() {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind) in [
        ("s.sbn", tar::EntryType::Symlink),
        ("h.sbn", tar::EntryType::Link),
        ("d.sbn", tar::EntryType::Char),
        ("f.sbn", tar::EntryType::Fifo),
    ] {
        let mut header = header(name.as_bytes(), 0, kind);
        if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
            header.set_link_name("/etc/passwd").unwrap();
            header.set_cksum();
        }
        builder.append(&header, &b""[..]).unwrap();
    }
    let octets = builder.into_inner().unwrap().into();
    let codes: Vec<_> = refused(&octets).iter().map(EntryError::code).collect();
    assert_eq!(codes, ["link", "link", "special-file", "special-file"]);

    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.add_symlink("l.sbn", "/etc/passwd", zip::write::SimpleFileOptions::default()).unwrap();
    let octets = writer.finish().unwrap().into_inner().into();
    assert_eq!(refused(&octets), [EntryError::Link { name: "l.sbn".into() }]);
}

#[test]
fn names_that_reach_out_are_left_out_and_named() {
    for name in ["../jar45.sbn", "/jar45.sbn", "C:\\jar45.sbn", "x/../../jar45.sbn"] {
        for octets in [zip(&[(name, b"x"), ("good.sbn", b"y")]), tar(&[(name, b"x"), ("good.sbn", b"y")])] {
            let errors = refused(&octets);
            assert_eq!(errors.len(), 1, "{name}: {errors:?}");
            assert_eq!(errors[0].code(), "unsafe-name", "{name}");
            assert_eq!(opened(&octets)[0].files.len(), 1, "{name}");
        }
    }
    let octets = patch(&zip(&[("jar45.sbn", b"x"), ("good.sbn", b"y")]), b"jar45.sbn", b"jar\x0045.sb");
    assert_eq!(refused(&octets)[0].code(), "unsafe-name");
}

#[test]
fn two_names_that_differ_only_in_case_are_kept_only_if_their_octets_agree() {
    for name in ["Jar45.sbn", "jar45.sbn", "x/jar45.sbn"] {
        let same = tar(&[("jar45.sbn", b"x"), (name, b"x")]);
        assert!(refused(&same).is_empty(), "{name}");
    }
    let other = zip(&[("jar45.sbn", b"x"), ("Jar45.sbn", b"y"), ("JAR45.sbn", b"x"), ("b.sbn", b"z")]);
    let errors = refused(&other);
    assert_eq!(errors[0], EntryError::Twice { name: "jar45.sbn".into(), other: "Jar45.sbn".into() });
    let names: Vec<_> = opened(&other)[0].files.iter().map(|file| file.name.clone()).collect();
    assert_eq!(names, ["b.sbn"], "neither of the two can be trusted");
}

#[test]
fn a_zip_with_the_same_name_twice_is_refused() {
    let octets = patch(&zip(&[("a.sbn", b"x"), ("b.sbn", b"y")]), b"b.sbn", b"a.sbn");
    let error = open("a.zip", &octets, &mut Budget::default()).unwrap_err();
    assert_eq!(error, ArchiveError::SameName { name: "a.zip".into() });
}

#[test]
fn what_file_managers_leave_behind_is_passed_over() {
    let octets = zip(&[("__MACOSX/._a.sbn", b"x"), ("._a.sbn", b"x"), ("a.sbn", b"y")]);
    let sets = opened(&octets);
    assert_eq!((sets.len(), sets[0].files.len(), sets[0].refused.len()), (1, 1, 0));
}

#[test]
fn a_bomb_is_stopped_while_it_unpacks() {
    let zeros = vec![0; 8 << 20];
    for octets in [zip(&[("a.sbn", &zeros)]), gzip(&tar(&[("a.sbn", &zeros)]))] {
        let error = open("a.zip", &octets, &mut Budget::default()).unwrap_err();
        assert_eq!(error, ArchiveError::Bomb { name: "a.zip".into(), ratio: MAX_RATIO });
    }
}

#[test]
fn limits_hold_over_several_archives_and_levels() {
    let one = zip(&[("a.sbn", &[7; 500]), ("b.sbn", &[8; 500])]);
    let budget = Budget { octets: 1_500, ..Budget::default() };
    let mut left = budget.clone();
    assert!(open("a.zip", &one, &mut left).is_ok());
    assert_eq!(open("b.zip", &one, &mut left).unwrap_err().code(), "archive-too-large");

    let mut left = Budget { entries: 3, ..Budget::default() };
    assert!(open("a.zip", &one, &mut left).is_ok());
    assert_eq!(
        open("b.zip", &one, &mut left).unwrap_err(),
        ArchiveError::TooManyEntries { name: "b.zip".into() }
    );

    let nested = zip(&[("one.zip", &one), ("two.zip", &one)]);
    let mut left = budget;
    let sets = open("c.zip", &nested, &mut left).unwrap();
    let codes: Vec<_> = sets.iter().flat_map(|set| &set.refused).map(|r| r.error.code()).collect();
    assert_eq!(codes, ["archive-too-large"]);
}

#[test]
fn one_file_that_is_too_large_is_left_out_and_the_rest_is_used() {
    let list: &[(&str, &[u8])] = &[("a.sbn", &[7; 500]), ("b.sbn", &[8; 501])];
    for octets in [zip(list), tar(list)] {
        let mut budget = Budget { entry_octets: 500, ..Budget::default() };
        let sets = open("a", &octets, &mut budget).unwrap();
        assert_eq!(sets[0].files.len(), 1);
        assert_eq!(sets[0].refused[0].error, EntryError::TooLarge { name: "b.sbn".into() });
    }
}

proptest! {
    #[test]
    fn any_octets_are_an_archive_or_an_error(mut octets in proptest::collection::vec(any::<u8>(), 0..1_200), kind in 0..4) {
        let start: &[u8] = match kind {
            0 => b"PK\x03\x04",
            1 => b"\x1f\x8b\x08\x00",
            2 => b"PK\x05\x06",
            _ => b"",
        };
        if octets.len() >= 600 {
            octets[..start.len()].copy_from_slice(start);
            if kind == 3 {
                octets[MAGIC].copy_from_slice(b"ustar");
            }
        }
        let _ = open("a", &octets.into(), &mut Budget::default());
    }

    #[test]
    fn flipped_bits_never_panic_and_never_change_a_file_of_a_zip_or_tar_gz(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..4), packed: bool,
    ) {
        let list: &[(&str, &[u8])] = &[("a.sbn", b"first first first first"), ("b.sbn", &[7; 600])];
        let mut octets = if packed { gzip(&tar(list)) } else { zip(list) }.to_vec();
        for (index, bit) in &flips {
            let at = index.index(octets.len());
            octets[at] ^= 1 << bit;
        }
        let Ok(sets) = open("a", &octets.into(), &mut Budget::default()) else { return Ok(()) };
        for file in sets.iter().flat_map(|set| &set.files) {
            prop_assert!(list.iter().any(|(_, octets)| **octets == *file.octets), "{:?}", flips);
        }
    }
}

const MAGIC: std::ops::Range<usize> = 257..262;
