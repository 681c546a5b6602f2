//! `loadlift stage`: fetch or copy loads into a kit, one line each, and say what the kit can do then.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::json;

use super::kit::totals;
use super::outcome::{Failure, Outcome, output_failed};
use crate::download::{Algorithm, Sum, SumError};
use crate::firmware::problem::Problem;
use crate::session::staging::{self, News, Plan, Reach, Source, StageError, Staging};
use crate::session::{Ending, Staged};
use crate::store::kit;

/// How often lines on a terminal are drawn anew.
const REDRAW: Duration = Duration::from_millis(200);

/// Fetch or copy loads into a kit: a plain folder, on a USB stick for one
#[derive(Debug, Clone, Args)]
pub struct StageArgs {
    /// Files, folders, or http(s) addresses of firmware archives
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<String>,
    /// The kit [default: the one that this program runs from]
    #[arg(long, value_name = "KIT")]
    pub into: Option<PathBuf>,
    /// The SHA-512 that the vendor's page gives for the only source
    #[arg(long, value_name = "HEX")]
    pub sha512: Option<String>,
    /// Its SHA-256
    #[arg(long, value_name = "HEX")]
    pub sha256: Option<String>,
    /// Its SHA-1
    #[arg(long, value_name = "HEX")]
    pub sha1: Option<String>,
    /// Its MD5
    #[arg(long, value_name = "HEX")]
    pub md5: Option<String>,
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
    /// Also put in the program for another system; this one is put in by itself
    #[arg(long = "program", value_name = "FILE")]
    pub programs: Vec<PathBuf>,
    /// Do not put this program in
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
    fn sums(&self) -> Result<Vec<Sum>, SumError> {
        let given = [
            (Algorithm::Sha512, &self.sha512),
            (Algorithm::Sha256, &self.sha256),
            (Algorithm::Sha1, &self.sha1),
            (Algorithm::Md5, &self.md5),
        ];
        let given = given.into_iter().filter_map(|(algorithm, text)| Some((algorithm, text.as_deref()?)));
        given.map(|(algorithm, text)| Sum::parse(algorithm, text)).collect()
    }

    fn plan(&self, reach: Reach) -> Result<Plan, Failure> {
        let sources =
            self.sources.iter().map(|text| Source::parse(text)).collect::<Result<_, StageError>>()?;
        let mut plan = Plan::new(sources, kit::which(self.into.as_deref())?);
        plan.sums = self.sums()?;
        plan.reach = reach;
        plan.headers.clone_from(&self.headers);
        plan.cookie_file.clone_from(&self.cookie_file);
        plan.ca_file.clone_from(&self.ca_file);
        plan.most = self.max_size;
        plan.offline = self.kit_offline.then_some(true);
        plan.programs.clone_from(&self.programs);
        if !self.no_program
            && let Ok(own) = std::env::current_exe()
        {
            plan.programs.push(own);
        }
        Ok(plan)
    }
}

/// Stage, tell it on `out`, and fail if one of the sources is not in the kit at the end.
pub fn run(args: &StageArgs, reach: Reach, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let plan = args.plan(reach)?;
    let into = plan.into.clone();
    let names: Vec<String> = plan.sources.iter().map(Source::shown).collect();
    let mut lines = Lines::new(names, args.json, out);
    let ending = staging::run(plan, |piece| lines.take(&piece))?;
    let cleared = lines.clear();
    let (failed, out) = (lines.failed, lines.out);
    let ending = ending.map_err(|error| output_failed(&error))?;
    cleared.map_err(|error| output_failed(&error))?;
    if ending == Ending::Interrupted {
        let _ = writeln!(io::stderr(), "Interrupted. The same command goes on where it stopped.");
        return Ok(Outcome::Interrupted);
    }
    if !args.json {
        totals(&into, out)?;
    }
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

/// A line for each source: drawn over and over on a terminal, written once where there is none.
struct Lines<'o> {
    out: &'o mut dyn Write,
    names: Vec<String>,
    as_json: bool,
    terminal: bool,
    /// What is under way, by place.
    running: BTreeMap<usize, Running>,
    /// Lines on the terminal that will be drawn over.
    drawn: usize,
    redraw_at: Option<Instant>,
    failed: bool,
}

struct Running {
    began: Instant,
    octets: u64,
    resumed: u64,
    total: Option<u64>,
    says: String,
}

impl<'o> Lines<'o> {
    fn new(names: Vec<String>, as_json: bool, out: &'o mut dyn Write) -> Self {
        let terminal = io::stderr().is_terminal() && !as_json;
        let running = BTreeMap::new();
        Self { out, names, as_json, terminal, running, drawn: 0, redraw_at: None, failed: false }
    }

    fn take(&mut self, piece: &Staging) -> io::Result<()> {
        let now = staging::now();
        match piece {
            Staging::Began(nth) => {
                let says = "asking".to_owned();
                self.running.insert(*nth, Running { began: now, octets: 0, resumed: 0, total: None, says });
            }
            Staging::News(nth, news) => self.news(*nth, news)?,
            Staging::Checking(nth) => self.say(*nth, "checking".to_owned()),
            Staging::Program(name) => self.line(&format!("{name}: put in"), &json!({ "program": name }))?,
            Staging::Done(nth, staged) => {
                self.running.remove(nth);
                for file in staged {
                    self.done(*nth, file)?;
                }
            }
            Staging::Failed(nth, problem) => {
                self.running.remove(nth);
                self.failed(*nth, problem)?;
            }
        }
        self.redraw(now)
    }

    fn news(&mut self, nth: usize, news: &News) -> io::Result<()> {
        let name = self.names[nth].clone();
        match news {
            News::Resumed { from } => {
                if let Some(running) = self.running.get_mut(&nth) {
                    running.resumed = *from;
                }
                let text = format!("{name}: goes on from {}", megabytes(*from));
                self.line(&text, &json!({ "source": name, "resumed": from }))
            }
            News::Redirected { to } => {
                let text = format!("{name}: leads to {to}");
                self.line(&text, &json!({ "source": name, "redirected": to }))
            }
            News::Retry { time, why } => {
                self.say(nth, format!("tries again in {:.0} s", time.as_secs_f64().ceil()));
                let text = format!("{name}: {why}; tries again in {:.1} s", time.as_secs_f64());
                self.line(&text, &json!({ "source": name, "retry": why }))
            }
            News::Progress { octets, total } => {
                if let Some(running) = self.running.get_mut(&nth) {
                    (running.octets, running.total) = (*octets, *total);
                    running.says.clear();
                }
                Ok(())
            }
        }
    }

    fn say(&mut self, nth: usize, says: String) {
        if let Some(running) = self.running.get_mut(&nth) {
            running.says = says;
        }
    }

    fn done(&mut self, nth: usize, file: &Staged) -> io::Result<()> {
        let loads: Vec<String> = file
            .loads
            .iter()
            .map(|load| {
                format!("{} ({}, for {})", load.load, load.verdict.replace('-', " "), load.models.join(", "))
            })
            .collect();
        let there = if file.was_there { "was there already: " } else { "" };
        let published = if file.published.is_some() { "; byte for byte the published archive" } else { "" };
        let text = format!(
            "{}: {there}{}{published}\n    {}",
            self.names[nth],
            megabytes(file.octets),
            loads.join("\n    ")
        );
        let value = json!({
            "source": self.names[nth], "path": file.path, "octets": file.octets, "was_there": file.was_there,
            "published": file.published, "loads": file.loads,
        });
        self.line(&text, &value)
    }

    fn failed(&mut self, nth: usize, problem: &Problem) -> io::Result<()> {
        self.failed = true;
        let name = self.names[nth].clone();
        let advice: Vec<String> = problem.advice.iter().map(|line| format!("\n    hint: {line}")).collect();
        let advice = advice.concat();
        let text = format!("{name}: not staged: {} [{}]{advice}", problem.message, problem.code);
        self.line(&text, &json!({ "source": name, "problem": problem }))
    }

    /// A line that stays.
    fn line(&mut self, text: &str, value: &serde_json::Value) -> io::Result<()> {
        self.clear()?;
        let shown = if self.as_json { value.to_string() } else { text.to_owned() };
        writeln!(self.out, "{shown}")?;
        self.out.flush()
    }

    /// Take away the lines that are drawn over.
    fn clear(&mut self) -> io::Result<()> {
        if self.drawn > 0 {
            let mut stderr = io::stderr().lock();
            write!(stderr, "\x1b[{}A\x1b[J", self.drawn)?;
            stderr.flush()?;
            self.drawn = 0;
            self.redraw_at = None;
        }
        Ok(())
    }

    fn redraw(&mut self, now: Instant) -> io::Result<()> {
        if !self.terminal || self.redraw_at.is_some_and(|at| now < at) {
            return Ok(());
        }
        self.clear()?;
        let mut stderr = io::stderr().lock();
        for (nth, running) in &self.running {
            let line = progress(&self.names[*nth], running, now.saturating_duration_since(running.began));
            // One row each, or taking them away again would miscount.
            let line: String = line.chars().take(79).collect();
            writeln!(stderr, "{line}")?;
        }
        stderr.flush()?;
        self.drawn = self.running.len();
        self.redraw_at = Some(now + REDRAW);
        Ok(())
    }
}

/// `x.zip  ####------  42 %  2.1 of 5.2 MB  1.3 MB/s  3 s left`.
fn progress(name: &str, running: &Running, time: Duration) -> String {
    const WIDTH: u64 = 12;
    let short: String = name.chars().rev().take(28).collect::<Vec<_>>().into_iter().rev().collect();
    if !running.says.is_empty() {
        return format!("{short:<28}  {}", running.says);
    }
    let rate = running.octets.saturating_sub(running.resumed) as f64 / time.as_secs_f64().max(0.001);
    let speed = format!("{}/s", megabytes(as_octets(rate)));
    let Some(total) = running.total.filter(|&total| total > 0) else {
        return format!("{short:<28}  {}  {speed}", megabytes(running.octets));
    };
    let filled = usize::try_from(running.octets.min(total) * WIDTH / total).unwrap_or(0);
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(12_usize.saturating_sub(filled)));
    let percent = running.octets.min(total) * 100 / total;
    let left = total.saturating_sub(running.octets) as f64 / rate.max(1.0);
    // In the first moments a rate is no more than a guess.
    let estimate = if time > Duration::from_secs(2) { format!("  {left:.0} s left") } else { String::new() };
    format!("{short:<28}  {bar} {percent:>3} %  {speed}{estimate}")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is not negative")]
fn as_octets(rate: f64) -> u64 {
    rate as u64
}

/// `5.2 MB`.
fn megabytes(octets: u64) -> String {
    if octets < 100_000 {
        format!("{:.1} kB", octets as f64 / 1e3)
    } else {
        format!("{:.1} MB", octets as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long_still() {
        let running = |octets, total| Running {
            began: staging::now(),
            octets,
            resumed: 1_000_000,
            total,
            says: String::new(),
        };
        let four = Duration::from_secs(4);
        assert_eq!(
            progress("https://mirror.example/x.zip", &running(3_000_000, Some(5_000_000)), four),
            "https://mirror.example/x.zip  #######-----  60 %  0.5 MB/s  4 s left"
        );
        let unknown = progress("x.zip", &running(3_000_000, None), four);
        assert!(unknown.ends_with("3.0 MB  0.5 MB/s"), "{unknown}");
        assert!(!progress("x", &running(0, Some(9)), Duration::ZERO).contains("left"));
    }
}
