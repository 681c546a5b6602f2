//! Made-up sets through the reader: what each fault is called.

mod mutations;

use bytes::Bytes;

use super::*;
use crate::catalog::Catalog;
use crate::firmware::archive::{self, Budget, FileSet, SetFile};
use crate::rehearsal::madeup::{self, MadeUpLoad, Packing, signed_file};

type Files = Vec<(String, Bytes)>;

fn set(source: &str, files: &Files) -> FileSet {
    let files = files.iter().cloned().map(|(name, octets)| SetFile { name, octets }).collect();
    FileSet { source: source.to_owned(), files, ..FileSet::default() }
}

fn read_sets(sets: Vec<FileSet>) -> Reading {
    read(Catalog::embedded(), &sets.into_iter().map(|set| (0, set)).collect::<Vec<_>>())
}

fn read_files(files: &Files) -> Reading {
    read_sets(vec![set("here", files)])
}

fn read_zip(name: &str, octets: &Bytes) -> Reading {
    read_sets(archive::open(name, octets, &mut Budget::default()).unwrap())
}

fn only(reading: &Reading) -> &Load {
    assert_eq!(reading.loads.len(), 1, "{reading:#?}");
    &reading.loads[0]
}

fn codes(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.code).collect()
}

fn of(release: &str, build: &str) -> MadeUpLoad {
    let files = ["term45.default.loads", "term65.default.loads"];
    MadeUpLoad::new("45", &files, "SCCP", release, build).with_octets(0)
}

fn sample() -> MadeUpLoad {
    of("8-5-2", "8-5-2TH1-9")
}

fn without(files: Files, name: &str) -> Files {
    files.into_iter().filter(|(other, _)| !other.starts_with(name)).collect()
}

/// The same files, with the one whose name begins with `name` changed.
fn with_changed(files: Files, name: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> Files {
    files
        .into_iter()
        .map(|(other, octets)| {
            let octets = if other.starts_with(name) { change(&octets).into() } else { octets };
            (other, octets)
        })
        .collect()
}

#[test]
fn a_whole_load_in_the_window_is_intermediate_and_8_5_2_recommended() {
    let reading = read_files(&sample().with_hardware_comp(7).files());
    let load = only(&reading);
    assert_eq!((load.verdict, load.recommended), (Verdict::Intermediate, true), "{}", load.reason);
    assert_eq!((load.name.as_str(), load.family.as_deref()), ("SCCP45.8-5-2S", Some("45")));
    assert_eq!(load.models, ["7945G", "7965G"]);
    assert_eq!(load.default_load_files, ["term45.default.loads", "term65.default.loads"]);
    let order: Vec<_> = load.images.iter().map(|image| &image.name[..3]).collect();
    assert_eq!(order, ["jar", "cnu", "app", "dsp", "cvm"]);
    assert!(load.images.iter().all(|image| image.complete && image.sha256.as_ref().unwrap().len() == 64));
    assert_eq!(load.hardware_comp, Some(7));
    assert_eq!(codes(&load.problems), ["made-up"]);
    assert!(reading.problems.is_empty() && reading.all_can_serve());

    let other = read_files(&of("8-4-4", "8-4-4").files());
    assert_eq!((only(&other).verdict, only(&other).recommended), (Verdict::Intermediate, false));
}

#[test]
fn the_release_comes_from_the_manifest_and_decides() {
    for (release, verdict) in [
        ("8-3-2", Verdict::TooOld),
        ("8-3-3", Verdict::Intermediate),
        ("8-5-2", Verdict::Intermediate),
        ("8-5-2SR1", Verdict::TooNew),
        ("9-4-2SR3-1", Verdict::TooNew),
        ("8-5-2ES1", Verdict::Uncertain),
    ] {
        let reading = read_files(&of(release, "8-0-0").files());
        assert_eq!(only(&reading).verdict, verdict, "{release}: {}", only(&reading).reason);
        assert_eq!(reading.all_can_serve(), verdict == Verdict::Intermediate, "{release}");
    }
}

#[test]
fn every_family_of_the_catalog_makes_a_load() {
    let catalog = Catalog::embedded();
    for family in catalog.families() {
        for protocol in &family.protocols {
            let files = catalog.default_load_files(&family.number);
            let load = MadeUpLoad::new(&family.number, &files, &protocol.to_string(), "8-5-2", "8-5-2TH1-9");
            let reading = read_files(&load.with_octets(0).files());
            let load = only(&reading);
            assert_eq!(load.verdict, Verdict::Intermediate, "{}: {}", load.name, load.reason);
            assert_eq!(load.models.len(), catalog.models_of_family(&family.number).count());
        }
    }
}

#[test]
fn a_missing_image_is_named() {
    let reading = read_files(&without(sample().files(), "dsp45"));
    let load = only(&reading);
    assert_eq!(load.verdict, Verdict::Incomplete);
    assert_eq!(load.reason, "The image `dsp45.8-5-2TH1-9.sbn` is missing.");
    assert_eq!((load.images[3].octets, load.images[3].complete), (None, false));
    let reading = read_files(&without(without(sample().files(), "dsp45"), "cnu45"));
    assert!(
        only(&reading).reason.starts_with("2 of 5 images are missing: `cnu45"),
        "{}",
        only(&reading).reason
    );
}

#[test]
fn a_set_without_default_load_files_is_incomplete_and_without_one_of_them_serves_fewer_models() {
    let reading = read_files(&without(sample().files(), "term"));
    assert_eq!(only(&reading).verdict, Verdict::Incomplete);
    assert!(only(&reading).reason.contains("term45.default.loads"), "{}", only(&reading).reason);
    assert!(only(&reading).models.is_empty());

    let reading = read_files(&without(sample().files(), "term65"));
    let load = only(&reading);
    assert_eq!((load.verdict, load.models.clone()), (Verdict::Intermediate, vec!["7945G".to_owned()]));
    assert!(load.problems[0].message.contains("7965G"), "{:?}", load.problems);
}

#[test]
fn default_load_files_alone_do_not_tell_the_release() {
    let reading = read_files(&without(sample().files(), "SCCP45"));
    let load = only(&reading);
    assert_eq!((load.verdict, load.release), (Verdict::Incomplete, None));
    assert_eq!((load.name.as_str(), load.family.as_deref()), ("term45.default.loads", Some("45")));
    assert_eq!(codes(&load.problems), ["manifest-missing", "made-up"]);
    assert!(load.problems[0].advice[1].contains("8.5(2)"), "the build tag is a hint");
}

#[test]
fn a_truncated_or_mangled_image_is_damage_before_anything_else() {
    type Change = fn(&[u8]) -> Vec<u8>;
    let changes: [(&str, Change); 4] = [
        ("truncated", |file| file[..file.len() - 1].to_vec()),
        ("damaged", |file| [file, &[0; 9]].concat()),
        ("not-signed", |_| b"<html>".to_vec()),
        ("text-mode", |file| {
            file.iter().flat_map(|&o| if o == b'\n' { vec![b'\r', b'\n'] } else { vec![o] }).collect()
        }),
    ];
    for (code, change) in changes {
        let load = sample().with_octets(60_000);
        let reading = read_files(&without(with_changed(load.files(), "cvm45", change), "dsp45"));
        let load = only(&reading);
        assert_eq!(load.verdict, Verdict::Damaged, "{code}");
        assert_eq!(load.problems[0].code, code, "{:?}", load.problems);
        assert!(load.reason.contains("cvm45sccp"), "{}", load.reason);
    }
}

#[test]
fn a_damaged_manifest_or_default_load_file_is_damage_and_the_rest_is_still_looked_at() {
    let no_cr = |file: &[u8]| file.iter().copied().filter(|octet| *octet != b'\r').collect();
    for name in ["SCCP45", "term65"] {
        let reading = read_files(&without(with_changed(sample().files(), name, no_cr), "dsp45"));
        let load = only(&reading);
        assert_eq!((load.verdict, load.problems[0].code), (Verdict::Damaged, "text-mode"), "{name}");
        assert_eq!((load.problems[1].code, load.images.len()), ("image-missing", 5), "{name}");
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    }
    let reading = read_files(&with_changed(with_changed(sample().files(), "SCCP45", no_cr), "term", no_cr));
    assert_eq!(codes(&only(&reading).problems), ["text-mode"; 3]);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
}

#[test]
fn a_renamed_manifest_is_judged_by_what_it_was_signed_as() {
    let mut files = of("9-4-2SR3-1", "9-4-2ES26").files();
    files[0].0 = "SCCP45.8-5-2S.loads".into();
    let reading = read_files(&files);
    let load = only(&reading);
    assert_eq!((load.verdict, load.name.as_str()), (Verdict::TooNew, "SCCP45.9-4-2SR3-1S"));
    assert!(codes(&load.problems).contains(&"renamed"));
}

#[test]
fn a_file_under_the_name_of_an_image_that_was_signed_as_another_is_not_that_image() {
    let wrong = signed_file("dsp45.9-4-2ES26.sbn", b"");
    let reading = read_files(&with_changed(sample().files(), "dsp45", |_| wrong.clone()));
    let load = only(&reading);
    assert_eq!((load.verdict, load.problems[0].code), (Verdict::Damaged, "renamed"));
    assert!(load.reason.contains("dsp45.9-4-2ES26.sbn"), "{}", load.reason);
}

#[test]
fn an_image_under_another_name_counts_as_what_it_was_signed_as_and_is_served_as_that() {
    let mut files = sample().files();
    for (name, _) in &mut files {
        *name = format!("{name} (1)");
    }
    let reading = read_files(&files);
    let load = only(&reading);
    assert_eq!(load.verdict, Verdict::Intermediate, "{}", load.reason);
    let (bundle, _) = choose(&reading.loads, Leniency::IntermediateOnly).to_bundle();
    assert!(bundle.get("jar45sccp.8-5-2TH1-9.sbn").is_some());
}

#[test]
fn two_different_files_that_claim_one_name_are_damage_and_a_mere_copy_is_not() {
    let recipe = sample().with_octets(60_000);
    let mut files = recipe.files();
    let (name, octets) = files[4].clone();
    files.push((format!("{name} (1)"), octets));
    assert_eq!(only(&read_files(&files)).verdict, Verdict::Intermediate);
    files.last_mut().unwrap().1 = recipe.with_seed(9).files()[4].1.clone();
    let reading = read_files(&files);
    assert_eq!((only(&reading).verdict, only(&reading).problems[0].code), (Verdict::Damaged, "same-name"));
}

#[test]
fn the_capital_j_of_old_manifests_is_no_obstacle() {
    let reading = read_files(&of("8-3-3", "8-3-3").with_capital_jar().files());
    assert_eq!(only(&reading).verdict, Verdict::Intermediate, "{}", only(&reading).reason);
    let (bundle, served) = choose(&reading.loads, Leniency::IntermediateOnly).to_bundle();
    assert_eq!(bundle.get("Jar45sccp.8-3-3.sbn").unwrap().name, "jar45sccp.8-3-3.sbn");
    assert_eq!(served[0].images[0].name, "jar45sccp.8-3-3.sbn");
}

#[test]
fn images_of_another_family_in_the_manifest_are_damage() {
    let files: Files = sample()
        .files()
        .into_iter()
        .map(|(name, octets)| {
            let Ok(list) = crate::firmware::manifest::Manifest::parse(&octets) else { return (name, octets) };
            let text = list.images.join("\r\n").replace("dsp45", "dsp42") + "\r\n";
            let octets = signed_file(&name, text.as_bytes()).into();
            (name, octets)
        })
        .collect();
    let reading = read_files(&files);
    assert_eq!(only(&reading).verdict, Verdict::Damaged);
    assert!(codes(&only(&reading).problems).contains(&"wrong-family"));
    assert_eq!(codes(&reading.problems), ["image-unnamed"], "the dsp45 that nothing names");
}

#[test]
fn images_built_after_the_change_of_the_key_cast_doubt_on_the_release() {
    let reading = read_files(&sample().with_built(1_300_000_000).files());
    let load = only(&reading);
    assert_eq!((load.verdict, load.recommended), (Verdict::Uncertain, false));
    assert_eq!(load.problems[0].code, "built-late");
    // Too new stays too new: that it was built late is no news.
    let reading = read_files(&of("9-4-2SR3-1", "9-4-2ES26").with_built(1_480_000_000).files());
    assert_eq!(codes(&only(&reading).problems), ["made-up"]);
}

#[test]
fn a_build_tag_of_another_release_casts_doubt_on_the_release() {
    let reading = read_files(&of("8-4-4", "8-4-1-23").files());
    assert_eq!((only(&reading).verdict, only(&reading).problems[0].code), (Verdict::Uncertain, "build-tag"));
}

#[test]
fn two_releases_in_one_folder_share_one_default_load_file_and_only_its_owner_is_whole() {
    let mut files = sample().files();
    files.extend(without(of("9-4-2SR3-1", "9-4-2ES26").files(), "term"));
    let reading = read_files(&files);
    let verdicts: Vec<_> = reading.loads.iter().map(|load| load.verdict).collect();
    assert_eq!(verdicts, [Verdict::Intermediate, Verdict::Incomplete]);
    assert_eq!(reading.loads[1].problems[0].code, "default-load-file-of-other");
    assert!(reading.loads[1].problems[0].message.contains("SCCP45.8-5-2S"));
}

#[test]
fn where_two_loads_of_a_family_collide_the_intermediate_one_wins() {
    let (new, good, other) = (of("9-4-2SR3-1", "9-4-2ES26"), sample(), of("8-4-4", "8-4-4"));
    let sets = [&new, &other, &good].map(|load| set("a", &load.files())).to_vec();
    let reading = read_sets(sets);
    assert_eq!(codes(&reading.problems), ["collision", "collision"]);
    for leniency in [Leniency::IntermediateOnly, Leniency::AnyRelease] {
        let choice = choose(&reading.loads, leniency);
        let names: Vec<_> = choice.loads.iter().map(|load| load.name.as_str()).collect();
        assert_eq!(names, ["SCCP45.8-5-2S"]);
        assert_eq!(choice.left_out.len(), 2);
    }
    assert_eq!(choose(&reading.loads[..1], Leniency::AnyRelease).loads.len(), 1);
    let refused = choose(&reading.loads[..1], Leniency::IntermediateOnly);
    assert_eq!((refused.loads.len(), refused.left_out[0].code), (0, "not-served"));
    assert!(refused.left_out[0].message.contains("too new"), "{:?}", refused.left_out);
}

#[test]
fn the_same_load_twice_is_served_once_and_is_no_collision() {
    let files = sample().files();
    let reading = read_sets(vec![set("a", &files), set("b", &files)]);
    assert_eq!((reading.loads.len(), reading.problems.len()), (2, 0));
    let choice = choose(&reading.loads, Leniency::IntermediateOnly);
    assert_eq!((choice.loads.len(), choice.left_out.len()), (1, 0));
    // Of two copies the one that serves more models, wherever it was found.
    let reading = read_sets(vec![set("a", &without(files.clone(), "term65")), set("b", &files)]);
    let sources: Vec<_> = choose(&reading.loads, Leniency::IntermediateOnly)
        .loads
        .iter()
        .map(|load| (load.source.as_str(), load.models.len()))
        .collect();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].1, 2);
}

#[test]
fn damage_is_served_to_nobody_however_lenient() {
    let reading =
        read_files(&with_changed(sample().files(), "cvm45", |file| file[..file.len() - 5].to_vec()));
    assert!(choose(&reading.loads, Leniency::AnyRelease).loads.is_empty());
}

#[test]
fn loads_of_several_families_are_served_together_and_share_their_octets() {
    let family_11 = MadeUpLoad::new(
        "11",
        &["term06.default.loads", "term11.default.loads"],
        "SCCP",
        "8-5-2",
        "8-5-2TH1-9",
    );
    let files = sample().files();
    let reading = read_sets(vec![set("a", &files), set("b", &family_11.with_octets(0).files())]);
    let choice = choose(&reading.loads, Leniency::IntermediateOnly);
    let (bundle, served) = choice.to_bundle();
    assert_eq!((choice.left_out.len(), bundle.len(), served.len()), (0, 16, 2));
    for (name, octets) in &files {
        let file = bundle.get(name).unwrap();
        assert_eq!(file.octets.as_ptr(), octets.as_ptr(), "{name} was copied");
    }
    assert_eq!(served[0].load, "SCCP45.8-5-2S");
    assert_eq!(served[0].manifest, "SCCP45.8-5-2S.loads");
    assert_eq!(served[0].images.len(), 5);
}

#[test]
fn files_that_are_not_of_this_series_are_named_as_what_they_are() {
    for (name, what) in [
        ("cmterm-7945_7965-sccp.8-5-2.cop.sgn", "CUCM"),
        ("P0S3-8-12-00.loads", "7940G"),
        ("SIP69xx.9-4-1-3.loads", "6900"),
        ("SCCP894x.9-1-2-0.loads", "8900"),
    ] {
        let reading = read_files(&vec![(name.to_owned(), signed_file(name, b"a.sgn").into())]);
        let load = only(&reading);
        assert_eq!(load.verdict, Verdict::Foreign, "{name}");
        assert!(load.reason.contains(what), "{name}: {}", load.reason);
        // Beside a load it is a remark and does not spoil the answer.
        let mut files = sample().files();
        files.push((name.to_owned(), signed_file(name, b"a.sgn").into()));
        let reading = read_files(&files);
        assert!(reading.all_can_serve(), "{name}");
        assert_eq!(codes(&reading.problems), ["foreign"], "{name}");
    }
    let odd = MadeUpLoad::new("99", &["term99.default.loads"], "SCCP", "8-5-2", "8-5-2").with_octets(0);
    let reading = read_files(&odd.files());
    assert_eq!(only(&reading).verdict, Verdict::Foreign);
    assert_eq!(only(&reading).reason, "Family 99 is not of this series.");
}

#[test]
fn nothing_and_images_without_a_manifest_are_said_so() {
    let reading = read_files(&vec![("notes.txt".into(), Bytes::from_static(b"x"))]);
    assert_eq!(codes(&reading.problems), ["no-load"]);
    assert!(!reading.all_can_serve());
    let reading = read_files(&sample().images());
    assert_eq!(codes(&reading.problems), ["image-unnamed", "no-load"]);
    assert!(reading.problems[0].message.ends_with("and 2 more"), "{:?}", reading.problems);
}

#[test]
fn a_wrong_checksum_in_an_archive_makes_the_load_damaged_and_names_the_file() {
    for name in ["cnu45", "term45", "SCCP45"] {
        let files = sample().files();
        let at = files.iter().position(|(other, _)| other.starts_with(name)).unwrap();
        let mut octets = madeup::zip(&files, Packing::Stored).to_vec();
        let start = octets.windows(files[at].1.len()).position(|window| *window == *files[at].1).unwrap();
        octets[start + 400] ^= 1;
        let reading = read_zip("a.zip", &octets.into());
        let load = only(&reading);
        assert_eq!((load.verdict, load.problems[0].code), (Verdict::Damaged, "checksum"), "{name}");
        assert!(load.reason.contains(name), "{}", load.reason);
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    }
}

#[test]
fn an_archive_that_is_named_for_another_load_or_differs_from_the_published_one_is_remarked() {
    let octets = madeup::zip(&sample().files(), Packing::Deflated);
    for (name, wanted) in [
        ("cmterm-7945_7965-sccp.8-5-2.zip", vec!["made-up", "archive-differs"]),
        ("cmterm-7942_7962-sccp.8-4-1.zip", vec!["made-up", "archive-name"]),
        ("my own.zip", vec!["made-up"]),
    ] {
        let reading = read_zip(name, &octets);
        let load = only(&reading);
        assert_eq!(load.verdict, Verdict::Intermediate);
        let mut found = codes(&load.problems);
        found.sort_unstable();
        let mut wanted = wanted;
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn a_load_whose_files_lie_in_two_folders_of_an_archive_is_put_together() {
    let files: Files = sample()
        .files()
        .into_iter()
        .map(|(name, octets)| {
            let folder = if name.ends_with("sbn") { "images" } else { "lists" };
            (format!("{folder}/{name}"), octets)
        })
        .collect();
    let reading = read_zip("a.zip", &madeup::zip(&files, Packing::Deflated));
    assert_eq!(only(&reading).verdict, Verdict::Intermediate, "{reading:#?}");
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
}
