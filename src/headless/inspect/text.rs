//! The answer for people: badge and reason first, then the facts, then what is wrong and what to do. 80 columns.

use std::io::{self, Write};

use super::day;
use crate::error::printable;
use crate::firmware::load::{Load, LoadImage, Published, Reading, Verdict};
use crate::firmware::problem::Problem;
use crate::headless::page::grouped;

/// Columns of a line; longer only where a single name is longer.
const WIDTH: usize = 80;
/// Columns of the labels before a value.
const LABEL: usize = 20;
/// Digits of a digest that are shown; the JSON answer has all of them.
const DIGEST: usize = 16;

pub(super) fn write(reading: &Reading, out: &mut impl Write) -> io::Result<()> {
    for load in &reading.loads {
        write_load(load, out)?;
        writeln!(out)?;
    }
    if !reading.problems.is_empty() {
        writeln!(out, "Also found")?;
        write_problems(&reading.problems, out)?;
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(reading))
}

fn summary(reading: &Reading) -> String {
    let all = reading.loads.len();
    let good = reading.loads.iter().filter(|load| load.verdict == Verdict::Intermediate).count();
    match (good, all) {
        (_, 0) => "No load was found.".to_owned(),
        (1, 1) => "This load can serve as the intermediate load.".to_owned(),
        (0, 1) => "This load cannot serve as the intermediate load.".to_owned(),
        _ => format!("{good} of {all} loads can serve as the intermediate load."),
    }
}

fn badge(load: &Load) -> &'static str {
    match load.verdict {
        Verdict::Intermediate if load.recommended => "RECOMMENDED",
        Verdict::Intermediate => "INTERMEDIATE",
        Verdict::TooOld => "TOO OLD",
        Verdict::TooNew => "TOO NEW",
        Verdict::Uncertain => "UNCERTAIN",
        Verdict::Incomplete => "INCOMPLETE",
        Verdict::Damaged => "DAMAGED",
        Verdict::Foreign => "FOREIGN",
    }
}

fn write_load(load: &Load, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:<13} {}", badge(load), printable(&load.name, 60))?;
    wrapped(out, "  ", "  ", &load.reason)?;
    writeln!(out)?;
    fact(out, "Found in", &load.source)?;
    let mut what = Vec::new();
    what.extend(load.release.map(|release| format!("{release:#}")));
    what.extend(load.protocol.map(|protocol| protocol.to_string()));
    what.extend(load.family.as_ref().map(|family| format!("family {family}")));
    fact(out, "Release", &what.join(", "))?;
    fact(out, "Serves", &load.models.join(", "))?;
    fact(out, "Default load files", &load.default_load_files.join(", "))?;
    match &load.published {
        Published::Same(name) => fact(out, "Archive", &format!("the published {name}, byte for byte"))?,
        Published::Differs(_) | Published::Unknown => {}
    }
    if let Some(number) = load.hardware_comp {
        fact(out, "Hardware line", &format!("#HARDWARE_COMP_1 {number}"))?;
    }
    if !load.images.is_empty() {
        writeln!(out)?;
        write_images(load, out)?;
    }
    // The reason of a foreign load is its first problem in other words.
    let told = usize::from(load.verdict == Verdict::Foreign).min(load.problems.len());
    let problems = &load.problems[told..];
    if !problems.is_empty() {
        writeln!(out)?;
        write_problems(problems, out)?;
    }
    Ok(())
}

fn fact(out: &mut impl Write, label: &str, value: &str) -> io::Result<()> {
    if value.is_empty() {
        return Ok(());
    }
    let first = format!("  {label:<LABEL$}");
    wrapped(out, &first, &" ".repeat(first.len()), value)
}

fn write_images(load: &Load, out: &mut impl Write) -> io::Result<()> {
    let images = &load.images;
    // An image that is in the archive and cannot be taken out is not missing; the problems below say what it is.
    let missing = |image: &LoadImage| {
        load.problems.iter().any(|p| p.code == "image-missing" && p.message.contains(&image.name))
    };
    let width = images.iter().map(|image| image.name.chars().count()).max().unwrap_or(0).max(5);
    writeln!(out, "  {:<width$}  {:>10}  {:<10}  SHA-256", "Image", "Octets", "Built")?;
    for image in images {
        let name = printable(&image.name, 128);
        let (Some(octets), Some(digest)) = (image.octets, &image.sha256) else {
            let why = if missing(image) { "missing" } else { "unusable" };
            writeln!(out, "  {name:<width$}  {why:>10}")?;
            continue;
        };
        let built = day(image).unwrap_or_else(|| "-".to_owned());
        let digest = if image.complete { digest.get(..DIGEST).unwrap_or(digest) } else { "not whole" };
        writeln!(out, "  {name:<width$}  {:>10}  {built:<10}  {digest}", grouped(octets))?;
    }
    Ok(())
}

fn write_problems(problems: &[Problem], out: &mut impl Write) -> io::Result<()> {
    for alike in problems.chunk_by(|one, next| one.code == next.code && one.advice == next.advice) {
        for problem in alike {
            wrapped(out, "  ! ", "    ", &format!("{} [{}]", problem.message, problem.code))?;
        }
        for advice in &alike[0].advice {
            wrapped(out, "    > ", "      ", advice)?;
        }
    }
    Ok(())
}

/// Write `text` in lines of at most [`WIDTH`] columns, the first behind `first`, the others behind `rest`.
fn wrapped(out: &mut impl Write, first: &str, rest: &str, text: &str) -> io::Result<()> {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}")?;
            rest.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(out, "{line}")
}
