//! Whatever a document points to is there: files, pictures, sections.

use std::path::{Component, Path, PathBuf};

use crate::markdown::{Document, all, read, root};

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut wrong = Vec::new();
    for document in all() {
        for link in document.links() {
            if let Some(why) = broken(&document, &link) {
                wrong.push(format!("{}: {link}: {why}", document.name));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let document = Document { name: "docs/GUIDE.md".into(), text: String::new() };
    for link in
        ["pictures/none.svg", "BENCH.md#no-such-section", "../../etc/passwd", "../README.md#nowhere", "#here"]
    {
        assert!(broken(&document, link).is_some(), "{link}");
    }
    for link in ["BENCH.md", "../README.md#try-it", "pictures/welcome.svg", "https://rustup.rs"] {
        assert_eq!(broken(&document, link), None, "{link}");
    }
}

#[test]
fn every_picture_is_shown_somewhere() {
    let links: Vec<String> = all().iter().flat_map(Document::links).collect();
    for entry in std::fs::read_dir(root().join("docs/pictures")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let shown = links.iter().any(|link| link.ends_with(&format!("pictures/{name}")));
        assert!(shown || !name.contains('.'), "docs/pictures/{name} is in no document");
    }
}

#[test]
fn a_picture_asks_nobody_for_anything() {
    for entry in std::fs::read_dir(root().join("docs/pictures")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "svg") {
            let text = std::fs::read_to_string(&path).unwrap();
            for outside in ["url(\"http", "url(http", "href=\"http", "<script"] {
                assert!(!text.contains(outside), "{} asks the network: {outside}", path.display());
            }
        }
    }
}

/// Why a link is wrong.
fn broken(from: &Document, link: &str) -> Option<String> {
    if ["https://", "mailto:"].iter().any(|begin| link.starts_with(begin)) {
        return None; // nothing is asked for over a network here
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let folder = Path::new(&from.name).parent().unwrap_or(Path::new(""));
    let target = if file.is_empty() { PathBuf::from(&from.name) } else { within(folder, file) };
    let target = target.to_string_lossy().replace('\\', "/");
    if target.is_empty() || target.starts_with("..") {
        return Some("it leads out of the project".into());
    }
    if !root().join(&target).exists() {
        return Some(format!("there is no {target}"));
    }
    let anchor = anchor?;
    let anchors = if target == from.name { from.anchors() } else { read(&target).anchors() };
    (!anchors.contains(anchor)).then(|| format!("{target} has no section {anchor}"))
}

/// The path that a link means; one that leads out stays recognisable by its `..`.
fn within(folder: &Path, file: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in folder.join(file).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            Component::CurDir => {}
            _ => return PathBuf::from(".."),
        }
    }
    path
}
