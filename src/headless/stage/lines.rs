//! What `loadlift stage` says while it works: a line for each source, for people or for a program.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::firmware::problem::Problem;
use crate::session::Staged;
use crate::session::staging::{self, News, PutIn, Staging};

/// How often lines on a terminal are drawn anew.
const REDRAW: Duration = Duration::from_millis(200);

/// A line for each source: drawn over and over on a terminal, written once where there is none.
pub(super) struct Lines<'o> {
    pub(super) out: &'o mut dyn Write,
    names: Vec<String>,
    as_json: bool,
    terminal: bool,
    /// What is under way, by place.
    running: BTreeMap<usize, Running>,
    /// Lines on the terminal that will be drawn over.
    drawn: usize,
    redraw_at: Option<Instant>,
    pub(super) failed: bool,
    /// Sources that are in the kit.
    pub(super) complete: usize,
}

struct Running {
    began: Instant,
    octets: u64,
    resumed: u64,
    total: Option<u64>,
    says: String,
}

impl<'o> Lines<'o> {
    pub(super) fn new(names: Vec<String>, as_json: bool, out: &'o mut dyn Write) -> Self {
        let terminal = !as_json && staging::can_redraw();
        let running = BTreeMap::new();
        Self { out, names, as_json, terminal, running, drawn: 0, redraw_at: None, failed: false, complete: 0 }
    }

    /// Tell one thing.
    pub(super) fn take(&mut self, piece: &Staging) -> io::Result<()> {
        let now = staging::now();
        match piece {
            Staging::Began(nth) => {
                let says = "asking".to_owned();
                self.running.insert(*nth, Running { began: now, octets: 0, resumed: 0, total: None, says });
            }
            Staging::News(nth, news) => self.news(*nth, news)?,
            Staging::Checking(nth) => self.say(*nth, "checking".to_owned()),
            Staging::Program(put) => self.program(put)?,
            Staging::Refused(nth, name, problem) => {
                self.failed = true;
                let name = format!("{}: {name}", self.names[*nth]);
                self.not_staged(&name, problem)?;
            }
            Staging::SumUnused(name) => {
                self.failed = true;
                let text = format!("{name}: no file of that name came; its sum was compared with nothing");
                self.line(&text, &json!({ "sum_unused": name }))?;
            }
            Staging::Done(nth, staged) => {
                self.running.remove(nth);
                self.complete += 1;
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

    fn program(&mut self, put: &PutIn) -> io::Result<()> {
        // Every run brings its own along: worth a line only when it is new.
        if put.was_there && !self.as_json {
            return Ok(());
        }
        let (path, system) = (&put.program.path, put.program.system);
        let value = json!({ "program": put.program, "was_there": put.was_there });
        self.line(&format!("{path}, the program for {system}: put in"), &value)
    }

    fn done(&mut self, nth: usize, file: &Staged) -> io::Result<()> {
        let loads: Vec<String> = file
            .loads
            .iter()
            .map(|load| {
                format!("{} ({}, for {})", load.load, load.verdict.replace('-', " "), load.models.join(", "))
            })
            .chain(file.program.map(|system| format!("{}, the program for {system}", file.path)))
            .collect();
        let there = if file.was_there { "was there already: " } else { "" };
        let checked = match (&file.published, file.checked.as_str()) {
            (None, "") => String::new(),
            (None, kinds) => format!("; {kinds} as published"),
            (Some(name), "") => format!("; byte for byte the published {name}"),
            (Some(name), kinds) => format!("; {kinds} as published: {name}, byte for byte"),
        };
        let text = format!(
            "{}: {there}{}{checked}\n    {}",
            self.names[nth],
            megabytes(file.octets),
            loads.join("\n    ")
        );
        let value = json!({
            "source": self.names[nth], "path": file.path, "octets": file.octets, "was_there": file.was_there,
            "published": file.published, "checked": file.checked, "loads": file.loads, "program": file.program,
        });
        self.line(&text, &value)
    }

    fn failed(&mut self, nth: usize, problem: &Problem) -> io::Result<()> {
        self.failed = true;
        let name = self.names[nth].clone();
        self.not_staged(&name, problem)
    }

    fn not_staged(&mut self, name: &str, problem: &Problem) -> io::Result<()> {
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
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.drawn > 0 {
            let mut stderr = io::stderr().lock();
            // The terminal may have shown `^C` in front of the cursor.
            write!(stderr, "\r\x1b[{}A\x1b[J", self.drawn)?;
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
    let estimate =
        if time > Duration::from_secs(2) { format!("  {} left", span(left)) } else { String::new() };
    format!("{short:<28}  {bar} {percent:>3} %  {speed}{estimate}")
}

/// `40 s`, `3 min`.
fn span(seconds: f64) -> String {
    if seconds < 99.5 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
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
        let slow = progress("x", &running(1_010_000, Some(5_000_000)), four);
        assert!(slow.ends_with("27 min left"), "{slow}");
        assert!(!progress("x", &running(0, Some(9)), Duration::ZERO).contains("left"));
    }
}
