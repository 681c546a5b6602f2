//! `loadlift report`: a session log as a report for a ticket, a spreadsheet, a program or a printer.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::outcome::{Failure, Outcome, output_failed};
use super::page::Page;
use crate::journal::Event;
use crate::report::{Builder, Format, Report, SiteReport, redact};
use crate::session::afterwards;
use crate::store::{logs, sessions, written};

/// Write the report of a session, up to where it came
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The session: its name, the beginning of it, or the path of its log [default: the latest]
    #[arg(value_name = "SESSION", conflicts_with = "all")]
    pub session: Option<String>,
    /// markdown, csv, json or html
    #[arg(long, short, value_name = "FORMAT", default_value = "markdown")]
    pub format: Format,
    /// Merge all sessions of the folder; a phone counts once. Rehearsals are left out
    #[arg(long)]
    pub all: bool,
    /// With `--all`: only sessions of this place, as far as it is on record
    #[arg(long, value_name = "TEXT", requires = "all")]
    pub of_place: Option<String>,
    /// Leave out addresses, MACs and serial numbers
    #[arg(long)]
    pub redact: bool,
    /// Put on record who worked
    #[arg(long, value_name = "TEXT", conflicts_with = "all")]
    pub who: Option<String>,
    /// Put on record where
    #[arg(long, value_name = "TEXT", conflicts_with = "all")]
    pub place: Option<String>,
    /// Write into a file instead of to stdout
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show the sessions that there are
    #[arg(long, conflicts_with_all = ["all", "session"])]
    pub list: bool,
    /// Folder of the session logs
    #[arg(long, value_name = "FOLDER")]
    pub session_dir: Option<PathBuf>,
}

/// Write what was asked for to `out`, and remarks to `aside`.
pub fn run(args: &ReportArgs, out: &mut dyn Write, aside: &mut dyn Write) -> Result<Outcome, Failure> {
    let folder = sessions::folder(args.session_dir.as_deref())?;
    if args.list {
        return list(&folder, out).map(|()| Outcome::Done);
    }
    let text = if args.all { whole_site(args, &folder, aside)? } else { one_session(args, &folder, aside)? };
    let text = if args.redact { redact(&text, args.format) } else { text };
    match &args.output {
        None => {
            let end = if text.ends_with('\n') { "" } else { "\n" };
            let written = write!(out, "{text}{end}").and_then(|()| out.flush());
            written.map_err(|error| output_failed(&error))?;
        }
        Some(file) => written::text(file, &text).map_err(|error| Failure {
            code: "report-not-written",
            message: format!("the report cannot be written to `{}`: {error}", file.display()),
            advice: vec!["Name another file with `--output FILE`.".into()],
            outcome: Outcome::NotReady,
        })?,
    }
    Ok(Outcome::Done)
}

fn one_session(args: &ReportArgs, folder: &Path, aside: &mut dyn Write) -> Result<String, Failure> {
    let log = logs::find(folder, args.session.as_deref())?;
    if args.who.is_some() || args.place.is_some() {
        afterwards::note(&log, Event::Site { who: args.who.clone(), place: args.place.clone() })?;
    }
    let report = read(&log, aside)?;
    let report = if args.redact { report.without_serials() } else { report };
    Ok(report.text(args.format))
}

fn whole_site(args: &ReportArgs, folder: &Path, aside: &mut dyn Write) -> Result<String, Failure> {
    let all = logs::all(folder);
    if all.is_empty() {
        return Err(logs::LogError::NoSessions { folder: folder.to_owned() }.into());
    }
    let mut reports = Vec::new();
    let mut rehearsals = 0;
    for log in all {
        match read(&log, aside) {
            Ok(report) if report.rehearsal => rehearsals += 1,
            Ok(report) => {
                let same = |wanted: &String| {
                    report.place.as_ref().is_some_and(|place| place.to_lowercase() == wanted.to_lowercase())
                };
                if args.of_place.as_ref().is_none_or(same) {
                    reports.push(report);
                }
            }
            // One log that is damaged must not hide the others.
            Err(failure) => remark(aside, &format!("left out: {}", failure.message))?,
        }
    }
    if rehearsals > 0 {
        remark(aside, &format!("left out: {rehearsals} rehearsals, which touched no real phone"))?;
    }
    let site = SiteReport::of(reports);
    let site = if args.redact { site.without_serials() } else { site };
    Ok(site.text(args.format))
}

fn read(log: &Path, aside: &mut dyn Write) -> Result<Report, Failure> {
    let mut builder = Builder::default();
    let broken = logs::read(log, |record| builder.apply(&record))?;
    if broken > 0 {
        remark(aside, &format!("{}: {broken} lines could not be read and are left out", logs::name(log)))?;
    }
    Ok(Report { session: logs::name(log), ..builder.report() })
}

fn remark(aside: &mut dyn Write, text: &str) -> Result<(), Failure> {
    writeln!(aside, "{text}").map_err(|error| output_failed(&error))
}

/// The sessions, the latest first, with what became of them.
fn list(folder: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let logs = logs::all(folder);
    if logs.is_empty() {
        return Err(logs::LogError::NoSessions { folder: folder.to_owned() }.into());
    }
    let mut page = Page::new(out);
    for log in logs.iter().rev() {
        let mut unsaid = Vec::new();
        let says = match read(log, &mut unsaid) {
            Err(failure) => failure.message,
            Ok(report) => {
                let place = report.place.as_deref().map(|place| format!(", {place}")).unwrap_or_default();
                let rehearsal = if report.rehearsal { ", a rehearsal" } else { "" };
                let open = if report.ended { "" } else { ", not ended" };
                format!("{} of {} phones back{place}{rehearsal}{open}", report.back(), report.phones.len())
            }
        };
        let says = crate::error::printable(&says, 200);
        page.hanging(&format!("{}  ", logs::name(log)), 4, &says).map_err(|error| output_failed(&error))?;
    }
    Ok(())
}
