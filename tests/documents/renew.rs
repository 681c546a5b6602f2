//! Text in documents that is made from the assets: compared, and written anew on request.

use std::fs;

use crate::markdown::{read, root};

/// Set to write what is out of date instead of failing.
const WRITE: &str = "LOADLIFT_WRITE_DOCUMENTS";

/// Fail if the document is not `wanted`; with the variable set, make it so.
pub(crate) fn compare(name: &str, wanted: &str) {
    if std::env::var_os(WRITE).is_some() {
        fs::write(root().join(name), wanted).unwrap();
        return;
    }
    let there = if root().join(name).exists() { read(name).text } else { String::new() };
    let differs = there.lines().zip(wanted.lines()).position(|(there, wanted)| there != wanted);
    let line = differs.unwrap_or(there.lines().count().min(wanted.lines().count()));
    let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
    assert!(
        there == wanted,
        "{name} is not what the assets give, from line {} on:\n  there:     {}\n  should be: {}\n\
         Make it anew: {WRITE}=1 cargo test --test documents",
        line + 1,
        at(&there),
        at(wanted),
    );
}
