//! `loadlift option150 probe`: what DHCP hands out now, as a phone would hear it.

use std::io::{self, IsTerminal as _, Write};
use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::commands::addresses;
use crate::catalog::Catalog;
use crate::dhcp::{Answer, Goal, State, Subnet};
use crate::headless::outcome::{Failure, Outcome, output_failed};
use crate::headless::page::Page;
use crate::session::probe::{Finding, Question, ask};

/// Ask DHCP what it hands out as option 150 now; takes no lease
#[derive(Debug, Clone, Default, Args)]
pub struct ProbeArgs {
    /// Interface to ask through
    #[arg(long, value_name = "IF")]
    pub interface: Option<String>,
    /// Address of the interface to ask through
    #[arg(long, value_name = "A")]
    pub address: Option<Ipv4Addr>,
    /// DHCP server to ask by name, beside the whole wire; may be given several times
    #[arg(long = "server", value_name = "A")]
    pub servers: Vec<Ipv4Addr>,
    /// The phones' subnet, such as 10.21.0.0/24, if this interface is not in it
    #[arg(long, value_name = "S")]
    pub subnet: Option<String>,
    /// Address that phones are served from [default: that of the interface]
    #[arg(long, value_name = "A")]
    pub laptop: Option<Ipv4Addr>,
    /// What option 150 named before the work, or `none`
    #[arg(long, value_name = "A[,B]")]
    pub before: Option<String>,
    /// Succeed only if every server hands this out
    #[arg(long, value_enum)]
    pub expect: Option<Expect>,
    /// Answer with one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What DHCP is to hand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Expect {
    /// This laptop
    Laptop,
    /// What `--before` says
    Before,
}

/// Ask, show the answers as they come on `out`, and say what they mean.
pub(super) fn run(args: &ProbeArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    if args.expect == Some(Expect::Before) && args.before.is_none() {
        return Err(Failure {
            code: "option150-no-before",
            message: "`--expect before` needs `--before`".into(),
            advice: vec![
                "Give what option 150 named before the work: `--before 10.1.1.10`, or `none`.".into(),
            ],
            outcome: Outcome::NotReady,
        });
    }
    let question = Question {
        interface: args.interface.clone(),
        address: args.address,
        servers: args.servers.clone(),
        subnet: args.subnet.as_deref().map(str::parse::<Subnet>).transpose()?,
        laptop: args.laptop,
        before: args.before.as_deref().map(addresses).transpose()?,
        goal: match args.expect {
            None => Goal::Look,
            Some(Expect::Laptop) => Goal::Laptop,
            Some(Expect::Before) => Goal::Before,
        },
    };
    let mut live = Live::new(out, args.json);
    let finding = ask(Catalog::embedded(), question, |answers, left| live.show(answers, left))?;
    live.end().map_err(|error| output_failed(&error))?;
    let written = if args.json { write_json(&finding, out) } else { write_text(&finding, out) };
    written.map_err(|error| output_failed(&error))?;
    let settled = !matches!(finding.verdict.state, State::NobodyAnswered | State::ServersDisagree);
    let good = if args.expect.is_some() { finding.verdict.is_reached } else { settled };
    Ok(if good { Outcome::Done } else { Outcome::Failed })
}

/// Answers as they come, and on a terminal how long it still takes.
struct Live<'a, W> {
    out: &'a mut W,
    is_quiet: bool,
    is_terminal: bool,
    shown: usize,
    seconds: Option<u64>,
    failed: Option<io::Error>,
}

impl<'a, W: Write> Live<'a, W> {
    fn new(out: &'a mut W, is_quiet: bool) -> Self {
        let is_terminal = io::stderr().is_terminal() && !is_quiet;
        Self { out, is_quiet, is_terminal, shown: 0, seconds: None, failed: None }
    }

    fn show(&mut self, answers: &[Answer], left: Duration) -> ControlFlow<()> {
        match self.try_show(answers, left) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn try_show(&mut self, answers: &[Answer], left: Duration) -> io::Result<()> {
        if self.is_quiet {
            return Ok(());
        }
        for answer in &answers[self.shown..] {
            self.countdown(None)?;
            Page::new(&mut *self.out).hanging("- ", 2, &words(answer))?;
            self.out.flush()?;
        }
        self.shown = answers.len();
        self.countdown(Some(left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)))
    }

    fn countdown(&mut self, seconds: Option<u64>) -> io::Result<()> {
        if !self.is_terminal || self.seconds == seconds {
            return Ok(());
        }
        self.seconds = seconds;
        let line = seconds.map(|left| format!("Listening for answers, {left} s left ")).unwrap_or_default();
        let mut stderr = io::stderr().lock();
        write!(stderr, "\r{line:<40}\r{line}")?;
        stderr.flush()
    }

    fn end(mut self) -> io::Result<()> {
        let cleared = self.countdown(None);
        self.failed.map_or(cleared, Err)
    }
}

/// One answer in a line or two.
fn words(answer: &Answer) -> String {
    let shown = |address: Option<Ipv4Addr>| address.map_or_else(|| "-".to_owned(), |a| a.to_string());
    let option_150 = match &answer.option_150_unreadable {
        Some(text) => format!("`{text}`, no list of addresses"),
        None if answer.option_150.is_empty() => "-".to_owned(),
        None => answer.option_150.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let asked_as = if answer.as_phone { "as a phone" } else { "as any device" };
    let relay = answer.relay.map(|relay| format!(", through relay {relay}")).unwrap_or_default();
    let lease = answer.lease.map(|lease| format!(", lease {} min", lease.as_secs() / 60)).unwrap_or_default();
    let scope = answer.scope.map(|scope| format!(", scope {scope}")).unwrap_or_default();
    format!(
        "{} after {:.1} s{relay}: option 150 {option_150}; option 66 {}; next server {}; router {}{scope}{lease} (asked by {}, {asked_as})",
        answer.server,
        answer.after.as_secs_f64(),
        answer.option_66.as_deref().unwrap_or("-"),
        shown(answer.next_server),
        shown(answer.router),
        answer.method.words(),
    )
}

fn write_json(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let Finding { interface, asked, verdict } = finding;
    let answer = json!({
        "state": verdict.state,
        "sentence": verdict.sentence,
        "next": verdict.next,
        "option_150": verdict.option_150,
        "reached": verdict.is_reached,
        "notes": verdict.notes,
        "blind": asked.blind,
        "interface": interface.name,
        "address": finding.address(),
        "methods": asked.methods,
        "answers": asked.answers,
    });
    writeln!(out, "{answer}")
}

fn write_text(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let Finding { interface, asked, verdict } = finding;
    if !asked.answers.is_empty() {
        writeln!(out)?;
    }
    let mut page = Page::new(out);
    page.paragraph(0, &verdict.sentence)?;
    page.hanging("Next:", 6, &verdict.next)?;
    page.heading("Keep in mind")?;
    for note in asked.blind.iter().chain(&verdict.notes) {
        page.hanging("  - ", 4, note)?;
    }
    let methods: Vec<&str> = asked.methods.iter().map(|method| method.words()).collect();
    page.hanging(
        "  - ",
        4,
        &format!(
            "Asked through {} ({}) by {}.",
            interface.name,
            finding.address().map_or_else(|| "no address".to_owned(), |address| address.to_string()),
            if methods.is_empty() { "no way that works".to_owned() } else { methods.join(", ") }
        ),
    )
}
