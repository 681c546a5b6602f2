//! The command from PATH to answer, on made-up loads in a temporary folder.

use std::fs;
use std::path::Path;

use super::*;
use crate::rehearsal::madeup::{self, MadeUpLoad, Packing};

fn ask(paths: &[&Path], json: bool) -> (Result<bool, InspectError>, String) {
    let args = InspectArgs { paths: paths.iter().map(|path| path.to_path_buf()).collect(), json };
    let mut out = Vec::new();
    let outcome = run(&args, &mut out);
    (outcome, String::from_utf8(out).unwrap())
}

fn json(paths: &[&Path]) -> (bool, serde_json::Value) {
    let (outcome, text) = ask(paths, true);
    (outcome.unwrap(), serde_json::from_str(&text).unwrap())
}

/// An answer without the temporary folder's name, which is another one each time.
fn tidy(text: &str, folder: &Path) -> String {
    text.replace(&*folder.to_string_lossy(), "FOLDER")
}

#[test]
fn a_good_archive_is_answered_in_eighty_columns_with_the_badge_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cmterm-7945_7965-sccp.8-5-2.zip");
    fs::write(&path, madeup::zip(&MadeUpLoad::sample().with_hardware_comp(7).files(), Packing::Deflated))
        .unwrap();
    let (outcome, text) = ask(&[&path], false);
    assert!(outcome.unwrap());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(without_digests(&text), @r"
    RECOMMENDED   SCCP45.8-5-2S
      8.5(2) is the recommended intermediate load: old phones accept it, and it
      knows the new key. It is made up for rehearsal, though, and no real phone
      accepts it.

      Found in            cmterm-7945_7965-sccp.8-5-2.zip
      Release             8.5(2), SCCP, family 45
      Serves              7945G, 7965G
      Default load files  term45.default.loads, term65.default.loads
      Hardware line       #HARDWARE_COMP_1 7

      Image                         Octets  Built       SHA-256
      jar45sccp.8-5-2TH1-9.sbn       5,400  2009-05-15  DIGEST
      cnu45.8-5-2TH1-9.sbn           4,200  2009-05-15  DIGEST
      apps45.8-5-2TH1-9.sbn         24,600  2009-05-15  DIGEST
      dsp45.8-5-2TH1-9.sbn           3,000  2009-05-15  DIGEST
      cvm45sccp.8-5-2TH1-9.sbn      22,800  2009-05-15  DIGEST

      ! the archive is called `cmterm-7945_7965-sccp.8-5-2.zip`, but it is not byte
        for byte the published one [archive-differs]
        > Prefer a copy with the published digest; somebody packed this one anew.
      ! loadlift made this load up for rehearsal [made-up]
        > Use it with `loadlift rehearse` only.

    This load can serve as the intermediate load.
    ");
}

#[test]
fn a_damaged_one_says_what_is_wrong_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for (name, octets) in MadeUpLoad::sample().files() {
        let octets = if name.starts_with("cnu") { octets.slice(..octets.len() - 100) } else { octets };
        if !name.starts_with("dsp") {
            fs::write(folder.path().join(name), octets).unwrap();
        }
    }
    let (outcome, text) = ask(&[folder.path()], false);
    assert!(!outcome.unwrap());
    insta::assert_snapshot!(without_digests(&tidy(&text, folder.path())), @r"
    DAMAGED       SCCP45.8-5-2S
      `cnu45.8-5-2TH1-9.sbn`: the image is cut off, with 4100 of 4200 octets.

      Found in            FOLDER
      Release             8.5(2), SCCP, family 45
      Serves              7945G, 7965G
      Default load files  term45.default.loads, term65.default.loads

      Image                         Octets  Built       SHA-256
      jar45sccp.8-5-2TH1-9.sbn       5,400  2009-05-15  DIGEST
      cnu45.8-5-2TH1-9.sbn           4,100  -           not whole
      apps45.8-5-2TH1-9.sbn         24,600  2009-05-15  DIGEST
      dsp45.8-5-2TH1-9.sbn         missing
      cvm45sccp.8-5-2TH1-9.sbn      22,800  2009-05-15  DIGEST

      ! `cnu45.8-5-2TH1-9.sbn`: the image is cut off, with 4100 of 4200 octets
        [truncated]
        > Fetch the load again: the download or the copy ended too early.
      ! the image `dsp45.8-5-2TH1-9.sbn` is missing [image-missing]
        > Name the whole archive, or put all files of the load into one folder.
      ! loadlift made this load up for rehearsal [made-up]
        > Use it with `loadlift rehearse` only.

    This load cannot serve as the intermediate load.
    ");
}

/// Digests follow the contents, which follow the dice of a library: not a thing to hold on to.
fn without_digests(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((head, word)) if is_digest(word) => format!("{head} DIGEST"),
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_json_object_has_exactly_the_promised_fields() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load.zip");
    fs::write(&path, madeup::zip(&MadeUpLoad::sample().files(), Packing::Stored)).unwrap();
    let (good, answer) = json(&[&path]);
    assert!(good);
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    assert_eq!(keys(&answer), "loads problems");
    let load = &answer["loads"][0];
    assert_eq!(
        keys(load),
        "default_load_files family hardware_comp images load models problems protocol reason recommended release \
         source verdict"
    );
    assert_eq!(keys(&load["images"][0]), "built complete name sha256 size");
    assert_eq!(keys(&load["problems"][0]), "code message");
    assert_eq!(load["load"], "SCCP45.8-5-2S");
    assert_eq!(
        (&load["family"], &load["protocol"], &load["release"]),
        (&"45".into(), &"SCCP".into(), &"8.5(2)".into())
    );
    assert_eq!((&load["verdict"], &load["recommended"]), (&"intermediate".into(), &true.into()));
    assert_eq!(load["images"][0]["built"], "2009-05-15");
    assert_eq!(load["source"], "load.zip");
    assert!(load["hardware_comp"].is_null());
}

#[test]
fn one_load_that_cannot_serve_among_several_is_answered_with_exit_1() {
    let folder = tempfile::tempdir().unwrap();
    let (good, new) = (folder.path().join("good.zip"), folder.path().join("new.zip"));
    fs::write(&good, madeup::zip(&MadeUpLoad::sample().files(), Packing::Stored)).unwrap();
    let newer =
        MadeUpLoad::new("75", &["term75.default.loads"], "SIP", "9-4-2SR3-1", "9-4-2ES26").with_octets(0);
    fs::write(&new, madeup::zip(&newer.files(), Packing::Stored)).unwrap();
    assert!(json(&[&good]).0);
    let (all, answer) = json(&[&good, &new]);
    assert!(!all);
    assert_eq!(answer["loads"][1]["verdict"], "too-new");
    let (_, text) = ask(&[&good, &new], false);
    assert!(text.ends_with("1 of 2 loads can serve as the intermediate load.\n"), "{text}");
}

#[test]
fn a_web_page_called_zip_and_an_empty_folder_are_exit_1_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("load.zip");
    fs::write(&page, "<!DOCTYPE html><html><title>Log in").unwrap();
    let (good, answer) = json(&[&page]);
    assert!(!good);
    assert_eq!(answer["problems"][0]["code"], "web-page");
    assert_eq!(answer["problems"].as_array().unwrap().len(), 1);

    let empty = tempfile::tempdir().unwrap();
    let (good, answer) = json(&[empty.path()]);
    assert!(!good);
    assert_eq!(answer["problems"][0]["code"], "no-load");
    let (_, text) = ask(&[empty.path()], false);
    assert!(text.ends_with("No load was found.\n"), "{text}");
}

#[test]
fn a_path_that_does_not_exist_is_an_error_and_still_one_json_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing.zip");
    let (outcome, text) = ask(&[&path], true);
    assert_eq!(outcome.unwrap_err().code(), "path-not-found");
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["problems"][0]["code"], "path-not-found");
    let (outcome, text) = ask(&[&path], false);
    assert!(outcome.is_err() && text.is_empty());
}

#[test]
fn several_files_of_one_folder_named_one_by_one_make_one_load() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for (name, octets) in MadeUpLoad::sample().files() {
        paths.push(folder.path().join(name));
        fs::write(paths.last().unwrap(), octets).unwrap();
    }
    let borrowed: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let (good, answer) = json(&borrowed);
    assert!(good);
    assert_eq!(
        (answer["loads"].as_array().unwrap().len(), answer["problems"].as_array().unwrap().len()),
        (1, 0)
    );
}

#[test]
fn names_from_an_archive_cannot_move_the_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("load.zip");
    let mut files = MadeUpLoad::sample().files();
    files[3].0 = "jar\u{202e}45.sbn".into();
    files.push(("dir\u{200b}/\u{202e}odd.sbn".into(), files[3].1.clone()));
    files.push(("x.sbn".into(), b"\x1b[2J".to_vec().into()));
    fs::write(&path, madeup::zip(&files, Packing::Stored)).unwrap();
    let (_, text) = ask(&[&path], false);
    assert!(!text.contains(['\x1b', '\u{202e}', '\u{200b}']), "{text}");
    let (_, text) = ask(&[&path], true);
    assert!(!text.contains(['\x1b', '\u{202e}', '\u{200b}']), "{text}");
}
