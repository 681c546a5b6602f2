//! Whatever is cut, flipped or made up: no wrong image is ever called right, and nothing panics.

use proptest::prelude::*;

use super::*;

/// Every image that a verdict of `intermediate` stands for must be the original, to the octet.
fn no_wrong_image(reading: &Reading, files: &Files, seed: &str) -> Result<(), TestCaseError> {
    for load in reading.loads.iter().filter(|load| load.verdict == Verdict::Intermediate) {
        prop_assert_eq!(load.images.len(), 5, "{}", seed);
        prop_assert!(!load.default_load_files.is_empty(), "{}", seed);
        for (name, octets) in &load.files {
            let original = files.iter().find(|(other, _)| other == name);
            prop_assert_eq!(original.map(|(_, octets)| octets), Some(octets), "{} in {}", name, seed);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_zip_with_flipped_bits_never_yields_a_wrong_image(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..6), packed: bool,
    ) {
        let files = sample().files();
        let packing = if packed { Packing::Deflated } else { Packing::Stored };
        let mut octets = madeup::zip(&files, packing).to_vec();
        for (index, bit) in &flips {
            let at = index.index(octets.len());
            octets[at] ^= 1 << bit;
        }
        if let Ok(sets) = archive::open("a.zip", &octets.into(), &mut Budget::default()) {
            no_wrong_image(&read_sets(sets), &files, &format!("{flips:?}"))?;
        }
    }

    #[test]
    fn files_cut_off_anywhere_never_yield_a_wrong_image(which in 0_usize..8, at in any::<prop::sample::Index>()) {
        let files = sample().files();
        let mut cut = files.clone();
        let end = at.index(cut[which].1.len());
        cut[which].1 = cut[which].1.slice(..end);
        let reading = read_files(&cut);
        no_wrong_image(&reading, &files, &format!("{} cut at {end}", cut[which].0))?;
        let whole = reading.loads.iter().all(|load| load.verdict == Verdict::Intermediate);
        prop_assert!(!whole, "{} cut at {} passed", cut[which].0, end);
    }

    #[test]
    fn flipped_bits_in_bare_files_never_panic(
        flips in proptest::collection::vec((0_usize..8, 0_usize..900, 0_u8..8), 1..8),
    ) {
        let mut files: Vec<(String, Vec<u8>)> =
            sample().files().into_iter().map(|(name, octets)| (name, octets.to_vec())).collect();
        for (which, at, bit) in flips {
            if let Some(octet) = files[which].1.get_mut(at) {
                *octet ^= 1 << bit;
            }
        }
        let files = files.into_iter().map(|(name, octets)| (name, octets.into())).collect();
        let reading = read_files(&files);
        for problem in reading.problems.iter().chain(reading.loads.iter().flat_map(|load| &load.problems)) {
            prop_assert!(!problem.message.contains(char::is_control), "{:?}", problem);
        }
    }

    #[test]
    fn any_octets_under_any_name_of_a_load_never_panic(
        files in proptest::collection::vec((0_usize..9, proptest::collection::vec(any::<u8>(), 0..300), any::<bool>()), 0..9),
    ) {
        let names: Vec<String> = sample().files().into_iter().map(|(name, _)| name).collect();
        let files: Files = files
            .into_iter()
            .map(|(which, octets, signed)| {
                let name = names.get(which).cloned().unwrap_or_else(|| "SIP69xx.1-2-3.loads".into());
                let octets = if signed { signed_file(&name, &octets) } else { octets };
                (name, octets.into())
            })
            .collect();
        prop_assert!(!read_files(&files).all_can_serve());
    }
}
