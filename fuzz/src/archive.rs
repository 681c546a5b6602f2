//! An archive from anywhere: opened within its budget, and read as loads.

use bytes::Bytes;
use loadlift::catalog::Catalog;
use loadlift::firmware::archive::{self, Budget};
use loadlift::firmware::load;

/// What one input may unpack to, in octets.
const ROOM: u64 = 1 << 20;

/// Try one archive.
pub fn check(input: &[u8]) {
    let mut budget = Budget { entries: 64, octets: ROOM, entry_octets: ROOM / 2, ratio: 100 };
    let Ok(sets) = archive::open("fuzz.zip", &Bytes::copy_from_slice(input), &mut budget) else { return };
    let octets: u64 = sets.iter().flat_map(|set| &set.files).map(|file| file.octets.len() as u64).sum();
    let files: usize = sets.iter().map(|set| set.files.len()).sum();
    assert!(octets <= ROOM && files <= 64, "{files} files of {octets} octets are past the budget");
    for name in sets.iter().flat_map(|set| &set.files).map(|file| &file.name) {
        assert!(!name.contains(['/', '\\', '\0']) && name != ".." && !name.is_empty(), "`{name}` is a path");
    }
    let sets: Vec<_> = sets.into_iter().map(|set| (0, set)).collect();
    load::read(Catalog::embedded(), &sets);
}
