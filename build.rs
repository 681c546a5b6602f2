//! Puts every file of `assets/phones/` and `assets/dhcp/` into the catalog, so that adding one is adding a file; and gives
//! the Windows program its icon, version and manifest.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use winresource::WindowsResource;

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
    embed_catalog()?;
    println!("cargo::rerun-if-changed=packaging/windows");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("windows") {
        // Of the program alone: what tests and benches look like in Explorer is nobody's matter.
        if let Err(error) = resources().compile_for("loadlift") {
            // Whoever only compiles needs no resource compiler. `packaging/dist` refuses a program without resources.
            println!(
                "cargo::warning=no icon, version and manifest in loadlift.exe: {error} (windres or rc.exe)"
            );
        }
    }
    Ok(())
}

/// Write the list of `src/catalog/mod.rs`: names below `assets/`, and their texts.
fn embed_catalog() -> io::Result<()> {
    let assets = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("assets");
    let mut names: Vec<String> = SINGLE.iter().map(|name| (*name).to_owned()).collect();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed=assets/{folder}");
        for entry in fs::read_dir(assets.join(folder))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if Path::new(&name).extension().is_some_and(|ending| ending == "toml") {
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

/// What Explorer, the task manager and the loader read.
fn resources() -> WindowsResource {
    let of_package = |name: &str| env::var(name).unwrap_or_default();
    let folder = Path::new(&of_package("CARGO_MANIFEST_DIR")).join("packaging").join("windows");
    let file = |name: &str| folder.join(name).display().to_string();
    let mut resources = WindowsResource::new();
    resources
        .set_icon(&file("loadlift.ico"))
        .set_manifest_file(&file("loadlift.manifest"))
        .set_language(0x0409)
        // Windows calls the program by its description: in the firewall's question, for one.
        .set("FileDescription", "loadlift")
        .set("ProductName", "loadlift")
        .set("InternalName", "loadlift")
        .set("OriginalFilename", "loadlift.exe")
        .set("Comments", &of_package("CARGO_PKG_DESCRIPTION"))
        .set("LegalCopyright", &format!("Licensed under {}", of_package("CARGO_PKG_LICENSE")));
    resources
}
