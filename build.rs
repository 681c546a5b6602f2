//! Gives the Windows program its icon, version and manifest. For other systems there is nothing to do.

use std::env;
use std::path::Path;

use winresource::WindowsResource;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=packaging/windows");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return;
    }
    // Of the program alone: what tests and benches look like in Explorer is nobody's matter.
    if let Err(error) = resources().compile_for("loadlift") {
        // Whoever only compiles needs no resource compiler. `packaging/dist` refuses a program without resources.
        println!("cargo::warning=no icon, version and manifest in loadlift.exe: {error} (windres or rc.exe)");
    }
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
