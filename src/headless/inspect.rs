//! `loadlift inspect PATH...`: what loads are there, whether they can serve, and why.
//!
//! Exit 0 when every load found can serve as the intermediate load; 1 when one cannot, or none was found (an
//! archive that is damaged, or a saved web page, is "none was found"); 2 when a PATH cannot be read at all.

mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::error::Advice;
use crate::firmware::load::{Load, LoadImage, Reading};
use crate::firmware::problem::Problem;
use crate::store::sources::{self, SourceError};

/// Look into loads: archives (.zip, .tar, .tar.gz), folders, single files.
#[derive(Debug, Clone, Args)]
pub struct InspectArgs {
    /// Archives, folders or files of loads; what lies in one folder belongs together.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Answer with one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Why `inspect` could not answer. The exit code is 2.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// A PATH cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The answer cannot be written.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

impl Advice for InspectError {
    fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Output(_) => "output",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Source(error) => error.advice(),
            Self::Output(_) => vec!["Check where the output goes to.".into()],
        }
    }
}

/// Look into the PATHs and write the answer to `out`. `true`: every load found can serve (exit 0); `false`: exit 1.
///
/// With `--json` an error is written as a problem of the object as well, so that a program always gets one.
pub fn run(args: &InspectArgs, out: &mut impl Write) -> Result<bool, InspectError> {
    let reading = match sources::read_loads(Catalog::embedded(), &args.paths) {
        Ok(reading) => reading,
        Err(error) => {
            if args.json {
                let problems = vec![Problem::of(&error)];
                write_json(&Reading { loads: Vec::new(), problems }, out)?;
            }
            return Err(error.into());
        }
    };
    if args.json {
        write_json(&reading, out)?;
    } else {
        text::write(&reading, out)?;
    }
    Ok(reading.all_can_serve())
}

fn write_json(reading: &Reading, out: &mut impl Write) -> io::Result<()> {
    let answer =
        Answer { loads: reading.loads.iter().map(AnswerLoad::of).collect(), problems: &reading.problems };
    serde_json::to_writer(&mut *out, &answer)?;
    writeln!(out)
}

#[derive(Serialize)]
struct Answer<'r> {
    loads: Vec<AnswerLoad<'r>>,
    problems: &'r [Problem],
}

/// A load as programs read it: the names of the fields are a promise.
#[derive(Serialize)]
struct AnswerLoad<'r> {
    load: &'r str,
    family: Option<&'r str>,
    protocol: Option<String>,
    release: Option<String>,
    verdict: &'static str,
    recommended: bool,
    reason: &'r str,
    models: &'r [String],
    default_load_files: &'r [String],
    images: Vec<AnswerImage<'r>>,
    hardware_comp: Option<u32>,
    problems: &'r [Problem],
    source: &'r str,
}

#[derive(Serialize)]
struct AnswerImage<'r> {
    name: &'r str,
    size: Option<u64>,
    sha256: Option<&'r str>,
    built: Option<String>,
    complete: bool,
}

impl<'r> AnswerLoad<'r> {
    fn of(load: &'r Load) -> Self {
        Self {
            load: &load.name,
            family: load.family.as_deref(),
            protocol: load.protocol.map(|protocol| protocol.to_string()),
            release: load.release.map(|release| release.to_string()),
            verdict: load.verdict.word(),
            recommended: load.recommended,
            reason: &load.reason,
            models: &load.models,
            default_load_files: &load.default_load_files,
            images: load.images.iter().map(AnswerImage::of).collect(),
            hardware_comp: load.hardware_comp,
            problems: &load.problems,
            source: &load.source,
        }
    }
}

impl<'r> AnswerImage<'r> {
    fn of(image: &'r LoadImage) -> Self {
        Self {
            name: &image.name,
            size: image.octets,
            sha256: image.sha256.as_deref(),
            built: day(image),
            complete: image.complete,
        }
    }
}

/// The day on which an image was built, `2009-05-15`.
fn day(image: &LoadImage) -> Option<String> {
    image.built.map(|at| at.to_string().chars().take(10).collect())
}

#[cfg(test)]
mod tests;
