//! `loadlift rehearse`: the whole service against simulated phones on this machine, without hardware and without
//! firmware. Practice for technicians, and the proof that all parts work together.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::front::Detail;
use super::outcome::{Failure, Outcome, output_failed};
use super::serve::Wanted;
use crate::fleet::Stage;
use crate::rehearsal::cast;
use crate::session::rehearsal::{Plan, Played, Rehearsal};
use crate::session::{Ending, Front};

/// Practise the recovery with simulated phones: no hardware, no firmware, nothing leaves this machine
#[derive(Debug, Clone, Args)]
pub struct RehearseArgs {
    /// How many phones [default: as the scenario has it]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub phones: Option<u16>,
    /// Percent of all packets that get lost, each way [default: as the scenario has it]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub loss: Option<f64>,
    /// The same seed gives the same phones
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Which phones take part; `--list` describes the choice
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = scenario_names())]
    pub scenario: String,
    /// Describe the scenarios and end
    #[arg(long)]
    pub list: bool,
    /// How many times faster than in life
    #[arg(long, value_name = "TIMES", default_value_t = 30)]
    pub speed: u16,
    /// Size of each made-up load, in megabytes; real ones have 6 to 10
    #[arg(long, value_name = "MB", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub megabytes: u16,
    /// As lines on the command line, without the wizard's screens
    #[arg(long)]
    pub headless: bool,
    /// One JSON object a line for each event
    #[arg(long)]
    pub json: bool,
    /// Write a session log into this folder
    #[arg(long, value_name = "FOLDER")]
    pub session_dir: Option<PathBuf>,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if (0.0..=50.0).contains(&percent) => Ok(percent),
        _ => Err("a number from 0 to 50 is needed".into()),
    }
}

fn scenario_names() -> PossibleValuesParser {
    cast::scenarios().iter().map(|scenario| scenario.name.as_str()).collect::<Vec<_>>().into()
}

impl RehearseArgs {
    /// What these arguments want played.
    pub fn plan(&self) -> Plan {
        let scenario = cast::scenario(&self.scenario).expect("clap lets only known names through");
        Plan {
            phones: self.phones.map_or(scenario.phones, usize::from),
            loss: self.loss.map_or(scenario.loss, |percent| percent / 100.0),
            seed: self.seed,
            speed: f64::from(self.speed),
            octets: usize::from(self.megabytes) * 1_000_000,
            session_dir: self.session_dir.clone(),
            ..Plan::of(scenario)
        }
    }

    /// Whether an answer in lines is wanted, and not the wizard.
    pub fn wants_lines(&self) -> bool {
        self.headless || self.json || self.list
    }
}

/// Run the rehearsal until every phone is where it must get, and show how each did.
pub fn run(args: &RehearseArgs, front: impl FnOnce(Wanted) -> Box<dyn Front>) -> Result<Outcome, Failure> {
    if args.list {
        return list(&mut io::stdout().lock()).map_err(|e| output_failed(&e));
    }
    let plan = args.plan();
    let phones = plan.phones;
    let mut rehearsal = Rehearsal::prepare(plan.clone())?;
    introduce(&mut io::stderr().lock(), &plan, &rehearsal).map_err(|e| output_failed(&e))?;
    let began = rehearsal.service().session().now();
    let mut front = front(Wanted { json: args.json, phones, detail: Detail::Stages, began });
    let (ending, played) = rehearsal.run(front.as_mut())?;
    drop(front);
    let ending = ending.map_err(|e| output_failed(&e))?;
    let session = rehearsal.service().session();
    let seconds = session.now().since(began).as_secs_f64();
    // Beside JSON lines the table would be noise for the program that reads them.
    let told = if args.json {
        table(&mut io::stderr().lock(), &played, seconds)
    } else {
        table(&mut io::stdout().lock(), &played, seconds)
    };
    told.map_err(|e| output_failed(&e))?;
    if let Some(path) = rehearsal.service().log_path() {
        writeln!(io::stderr(), "Session log: {}", path.display()).map_err(|e| output_failed(&e))?;
    }
    Ok(match ending {
        Ending::Interrupted => Outcome::Interrupted,
        Ending::Done if played.iter().all(Played::as_expected) => Outcome::Done,
        Ending::Done | Ending::Stopped => Outcome::Failed,
    })
}

fn list(out: &mut dyn Write) -> io::Result<Outcome> {
    for scenario in cast::scenarios() {
        writeln!(out, "{:12} {:3} phones  {}", scenario.name, scenario.phones, scenario.description)?;
    }
    Ok(Outcome::Done)
}

fn introduce(out: &mut dyn Write, plan: &Plan, rehearsal: &Rehearsal) -> io::Result<()> {
    let loss = plan.loss * 100.0;
    writeln!(out, "REHEARSAL: simulated phones and made-up loads; nothing leaves this machine.")?;
    writeln!(out, "Scenario `{}`: {}.", plan.scenario.name, plan.scenario.description)?;
    writeln!(
        out,
        "{} phones, {loss} % loss, {} times faster than life, seed {}. Served on {}.\n",
        plan.phones,
        plan.speed,
        plan.seed,
        rehearsal.service().address()
    )
}

fn table(out: &mut dyn Write, played: &[Played], seconds: f64) -> io::Result<()> {
    writeln!(
        out,
        "\n{:15} {:8} {:12} {:13} {:13} {:>6} {:>5}",
        "phone", "model", "temperament", "must reach", "reached", "MB", "again"
    )?;
    for phone in played {
        let who = &phone.who;
        let reached = phone.reached.map_or("never seen".to_owned(), |stage| stage.to_string());
        let remark = match (phone.as_expected(), phone.intact) {
            (true, _) => "",
            (false, false) => "  <- WRONG OCTETS",
            (false, true) => "  <- not as expected",
        };
        writeln!(
            out,
            "{:15} {:8} {:12} {:13} {reached:13} {:>6.1} {:>5}{remark}",
            who.addresses[0].to_string(),
            who.model,
            who.temperament.to_string(),
            who.temperament.reaches().to_string(),
            phone.octets as f64 / 1e6,
            phone.retransmissions,
        )?;
    }
    let good = played.iter().filter(|phone| phone.as_expected()).count();
    let back = played.iter().filter(|phone| phone.reached == Some(Stage::Back)).count();
    writeln!(
        out,
        "\n{good} of {} phones got where they must get, {back} of them are back on the new load, in {seconds:.1} s.",
        played.len()
    )
}
