//! `loadlift kit verify|status`: whether a kit is as it was staged, and which models it can recover.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::outcome::{Failure, Outcome, output_failed};
use super::page::Page;
use crate::catalog::Catalog;
use crate::kit::{Finding, Kit, ModelStatus, SystemStatus, check, in_words, status, systems};
use crate::store::kit;

/// Check a kit, or say which models can be recovered with it; both without any network
#[derive(Debug, Clone, Args)]
pub struct KitArgs {
    /// What about it
    #[command(subcommand)]
    pub command: KitCommand,
}

/// What to do with a kit.
#[derive(Debug, Clone, Subcommand)]
pub enum KitCommand {
    /// Read every file of the kit again: is it as staged, and what is missing for which model
    Verify(WhichKit),
    /// Which of the models can be recovered with it, by what kit.toml says
    Status(WhichKit),
}

/// Which kit, and how to answer.
#[derive(Debug, Clone, Args)]
pub struct WhichKit {
    /// The kit's folder [default: the one that this program runs from]
    #[arg(value_name = "KIT")]
    pub kit: Option<PathBuf>,
    /// Answer with one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Answer on `out`. `verify` fails on any fault; `status` fails when no model can be recovered.
pub fn run(args: &KitArgs, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let (which, verifies) = match &args.command {
        KitCommand::Verify(which) => (which, true),
        KitCommand::Status(which) => (which, false),
    };
    let folder = kit::which(which.kit.as_deref())?;
    let described = kit::read(&folder)?;
    let catalog = Catalog::embedded();
    let findings = if verifies {
        let found = kit::look(&folder, &described, catalog, |path| tracing::info!(path, "reading"));
        check(&described, &found)
    } else {
        Vec::new()
    };
    // What is missing or changed serves nobody.
    let sound = without_faults(&described, &findings);
    let models = status(&sound, catalog);
    let systems = systems(&sound);
    let written = if which.json {
        let answer = json!({
            "kit": folder, "offline": described.offline, "findings": findings, "models": models,
            "programs": described.programs, "systems": systems,
        });
        writeln!(out, "{answer}")
    } else {
        text(out, &folder, &described, verifies.then_some(&findings), &models, &systems)
    };
    written.and_then(|()| out.flush()).map_err(|error| output_failed(&error))?;
    let good = if verifies {
        !findings.iter().any(Finding::is_fault)
    } else {
        models.iter().any(|model| model.missing.is_empty())
    };
    Ok(if good { Outcome::Done } else { Outcome::Failed })
}

fn without_faults(described: &Kit, findings: &[Finding]) -> Kit {
    let bad = |path: &str| {
        findings.iter().any(|finding| match finding {
            Finding::Missing { path: at }
            | Finding::Unreadable { path: at }
            | Finding::Changed { path: at, .. } => {
                // One file less, and the load that lies in that folder is not whole any more.
                at == path || (at.matches('/').count() > 1 && folder_of(at) == folder_of(path))
            }
            _ => false,
        })
    };
    let mut sound = described.clone();
    sound.programs.retain(|program| !bad(&program.path));
    sound.files.retain(|file| !bad(&file.path));
    for file in &mut sound.files {
        for load in &mut file.loads {
            let judged = findings.iter().find_map(|finding| match finding {
                Finding::JudgedOtherwise { path, load: of, now, .. }
                    if *path == file.path && *of == load.load =>
                {
                    Some(now.replace(' ', "-"))
                }
                _ => None,
            });
            if let Some(now) = judged {
                load.verdict = now;
            }
        }
    }
    sound
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// After staging: how many models the kit recovers now.
pub(super) fn totals(folder: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let described = kit::read(folder)?;
    let models = status(&described, Catalog::embedded());
    let able = models.iter().filter(|model| model.missing.is_empty()).count();
    let shown = crate::error::printable(&folder.to_string_lossy(), 300);
    let line = format!(
        "{shown}: {able} of {} models can be recovered with this kit. `loadlift kit status` says which.",
        models.len()
    );
    let programs = format!("Programs in it: {}.", in_words(&systems(&described)));
    writeln!(out, "{line}\n{programs}").and_then(|()| out.flush()).map_err(|error| output_failed(&error))
}

fn text(
    out: &mut dyn Write,
    folder: &Path,
    described: &Kit,
    findings: Option<&Vec<Finding>>,
    models: &[ModelStatus],
    systems: &[SystemStatus],
) -> io::Result<()> {
    let mut page = Page::new(out);
    let shown = crate::error::printable(&folder.to_string_lossy(), 300);
    page.heading(&format!("Kit {shown}"))?;
    let octets: u64 = described.files.iter().map(|file| file.octets).sum();
    page.paragraph(2, &format!("{} files with loads, {:.1} MB", described.files.len(), octets as f64 / 1e6))?;
    if described.offline {
        page.paragraph(2, "Offline: programs that run from it contact nothing but phones and DHCP.")?;
    }
    page.heading("Programs")?;
    for status in systems {
        match &status.program {
            Some(path) => page.hanging(&format!("  {:<23}yes  ", status.name), 30, path)?,
            None => page.hanging(
                &format!("  {:<23}no   ", status.name),
                30,
                "Put it in: `loadlift stage FILE` with the program for that system.",
            )?,
        }
    }
    if let Some(findings) = findings {
        page.heading("As staged?")?;
        if findings.is_empty() {
            page.paragraph(2, "Yes: every file has its size and its SHA-256, and is judged as it was.")?;
        }
        for finding in findings {
            let mark = if finding.is_fault() { "  ! " } else { "  - " };
            page.hanging(mark, 4, &format!("{}.", finding.words()))?;
        }
    }
    let able = models.iter().filter(|model| model.missing.is_empty()).count();
    page.heading(&format!("{able} of {} models can be recovered", models.len()))?;
    for model in models {
        let loads: Vec<String> = model.loads.iter().map(|(load, path)| format!("{load} ({path})")).collect();
        let says = if model.missing.is_empty() { loads.join(", ") } else { model.missing.join(" ") };
        let mark = if model.missing.is_empty() { "yes" } else { "no" };
        page.hanging(&format!("  {:<9} {mark:<3} ", model.model), 16, &says)?;
    }
    Ok(())
}
