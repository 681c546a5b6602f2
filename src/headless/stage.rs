//! `loadlift stage`: fetch or copy loads into a kit, one line each, and say what the kit can do then.

mod lines;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::kit::totals;
use super::outcome::{Failure, Outcome, output_failed};
use crate::download::Algorithm;
use crate::session::Ending;
use crate::session::staging::{self, Plan, Reach, Source, StageError};
use crate::store::kit;
use lines::Lines;

/// Fetch or copy loads into a kit: a plain folder, on a USB stick for one
#[derive(Debug, Clone, Args)]
pub struct StageArgs {
    /// Firmware archives, folders with loads, loadlift programs for other systems, or http(s) addresses of such files
    #[arg(value_name = "SOURCE", required_unless_present = "programs")]
    pub sources: Vec<String>,
    /// The kit [default: the one that this program runs from]
    #[arg(long, value_name = "KIT")]
    pub into: Option<PathBuf>,
    /// The SHA-512 that the vendor's page gives: for one source after another, or with the file's name
    #[arg(long, value_name = "[NAME=]HEX")]
    pub sha512: Vec<String>,
    /// The same with SHA-256
    #[arg(long, value_name = "[NAME=]HEX")]
    pub sha256: Vec<String>,
    /// The same with SHA-1
    #[arg(long, value_name = "[NAME=]HEX")]
    pub sha1: Vec<String>,
    /// The same with MD5
    #[arg(long, value_name = "[NAME=]HEX")]
    pub md5: Vec<String>,
    /// A list of sums and names, as `sha256sum` writes it (SHA256SUMS); a file that is not on it is refused
    #[arg(long, value_name = "FILE")]
    pub sums: Option<PathBuf>,
    /// A header for the server that is named, `Name: value`; may be given several times
    #[arg(long = "header", value_name = "HEADER")]
    pub headers: Vec<String>,
    /// A browser's session, as `cookies.txt`
    #[arg(long, value_name = "FILE")]
    pub cookie_file: Option<PathBuf>,
    /// A certificate authority of the firm's own, as PEM
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Largest file, in octets [default: 536870912]
    #[arg(long, value_name = "OCTETS")]
    pub max_size: Option<u64>,
    /// Also put in this program for another system; may be given several times. This program, and those for other
    /// systems that lie beside it, are put in by themselves
    #[arg(long = "program", value_name = "FILE")]
    pub programs: Vec<PathBuf>,
    /// Put in neither this program nor those beside it
    #[arg(long)]
    pub no_program: bool,
    /// From now on a program that runs from the kit contacts nothing but phones and DHCP
    #[arg(long)]
    pub kit_offline: bool,
    /// One JSON object a line for each source
    #[arg(long)]
    pub json: bool,
}

impl StageArgs {
    fn sums(&self) -> Vec<(Algorithm, String)> {
        let given = [
            (Algorithm::Sha512, &self.sha512),
            (Algorithm::Sha256, &self.sha256),
            (Algorithm::Sha1, &self.sha1),
            (Algorithm::Md5, &self.md5),
        ];
        let given = given.into_iter().flat_map(|(kind, texts)| texts.iter().map(move |text| (kind, text)));
        given.map(|(kind, text)| (kind, text.clone())).collect()
    }

    fn plan(&self, reach: Reach) -> Result<Plan, Failure> {
        let sources =
            self.sources.iter().map(|text| Source::parse(text)).collect::<Result<_, StageError>>()?;
        let mut plan = Plan::new(sources, kit::which(self.into.as_deref())?);
        plan.sums = self.sums();
        plan.sum_file.clone_from(&self.sums);
        plan.reach = reach;
        plan.headers.clone_from(&self.headers);
        plan.cookie_file.clone_from(&self.cookie_file);
        plan.ca_file.clone_from(&self.ca_file);
        plan.most = self.max_size;
        plan.offline = self.kit_offline.then_some(true);
        plan.programs.clone_from(&self.programs);
        plan.own_program = std::env::current_exe().ok().filter(|_| !self.no_program);
        Ok(plan)
    }
}

/// Stage, tell it on `out`, and fail if one of the sources is not in the kit at the end.
pub fn run(args: &StageArgs, reach: Reach, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let plan = args.plan(reach)?;
    let into = plan.into.clone();
    let sources = plan.sources.len();
    let names: Vec<String> = plan.sources.iter().map(Source::shown).collect();
    let mut lines = Lines::new(names, args.json, out);
    let ending = staging::run(plan, |piece| lines.take(&piece))?;
    let cleared = lines.clear();
    let (failed, complete, out) = (lines.failed, lines.complete, lines.out);
    let ending = ending.map_err(|error| output_failed(&error))?;
    cleared.map_err(|error| output_failed(&error))?;
    if ending == Ending::Interrupted {
        let says = format!("{complete} of {sources} sources are in the kit");
        let _ = writeln!(io::stderr(), "Interrupted: {says}. The same command goes on where it stopped.");
        return Ok(Outcome::Interrupted);
    }
    if !args.json {
        totals(&into, out)?;
    }
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}
