//! Puts every file of `assets/phones/` and `assets/dhcp/` into the catalog, so that adding one is adding a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The files that there is one of each.
const SINGLE: &[&str] = &[
    "resets.toml",
    "versions.toml",
    "archives.toml",
    "foreign.toml",
    "causes.toml",
    "patience.toml",
    "holders.toml",
    "symptoms.toml",
];
/// The folders of which every file counts.
const FOLDERS: &[&str] = &["phones", "dhcp"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    embed_catalog()
}

/// Write the list of `src/catalog/mod.rs`: names below `assets/`, and their texts.
fn embed_catalog() -> io::Result<()> {
    let assets = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("assets");
    let mut names: Vec<String> = SINGLE.iter().map(|name| (*name).to_owned()).collect();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed=assets/{folder}");
        for entry in fs::read_dir(assets.join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "toml") {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                names.push(format!("{folder}/{name}"));
            }
        }
    }
    // The order of a directory is chance, and the same sources give the same program.
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let _ = writeln!(
            list,
            "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?}))),",
            format!("/assets/{name}")
        );
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("catalog.rs"), list)
}
