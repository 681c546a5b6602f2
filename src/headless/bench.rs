//! `serve --bench`: what is looked at and asked before this laptop becomes a DHCP server.

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::net::Ipv4Addr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;

use super::outcome::{Failure, Outcome, output_failed};
use crate::catalog::Catalog;
use crate::dhcp::bench::{HOURS, MAX_HOURS};
use crate::fleet::{Listed, Mac};
use crate::session::bench::{self, Wish};
use crate::session::service::BenchSetup;
use crate::store::listed;

/// Phones that are expected if nobody says how many.
const PHONES: usize = 20;

/// The isolated bench, and phones that need no reset.
#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// Be the DHCP server too, on a network that is cut off from every other: laptop, switch, phones
    #[arg(long)]
    pub bench: bool,
    /// Say beforehand what `--bench` asks: this network is cut off, and a DHCP server here disturbs nobody
    #[arg(long, requires = "bench")]
    pub yes_this_network_is_isolated: bool,
    /// Give the interface this address for the time of the job, like 10.150.0.1/22
    #[arg(long, value_name = "A/BITS", requires = "bench", requires = "interface", value_parser = address_and_bits)]
    pub set_address: Option<(Ipv4Addr, u8)>,
    /// Phones on the bench; the server has two addresses for each [default: 20, or as many as are listed]
    #[arg(long, value_name = "N", requires = "bench", value_parser = clap::value_parser!(u16).range(1..=500))]
    pub bench_phones: Option<u16>,
    /// Hours after which DHCP ends
    #[arg(long, value_name = "N", requires = "bench", default_value_t = HOURS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_HOURS)))]
    pub bench_hours: u32,
    /// Answer this client too, though it is no phone by what it says
    #[arg(long, value_name = "MAC", requires = "bench")]
    pub let_in: Vec<Mac>,
    /// Offer the load to phones that still boot, by the configuration that they ask for; not seen on hardware yet
    #[arg(long, conflicts_with = "files")]
    pub offer_by_configuration: bool,
    /// A list of phones, a MAC a line with the model behind it: they alone are offered the load by configuration, and
    /// each has an address of its own on the bench
    #[arg(long, value_name = "FILE")]
    pub phones: Option<PathBuf>,
}

fn address_and_bits(text: &str) -> Result<(Ipv4Addr, u8), String> {
    let wrong = || "an address and the bits of its mask are wanted, like 10.150.0.1/22".to_owned();
    let (address, bits) = text.split_once('/').ok_or_else(wrong)?;
    let address: Ipv4Addr = address.parse().map_err(|_| wrong())?;
    let bits: u8 = bits.parse().map_err(|_| wrong())?;
    if (8..=29).contains(&bits) && address.is_private() { Ok((address, bits)) } else { Err(wrong()) }
}

/// The list of phones, empty without one.
pub(super) fn listed(args: &BenchArgs) -> Result<Vec<Listed>, Failure> {
    match &args.phones {
        None => Ok(Vec::new()),
        Some(_) if !args.bench && !args.offer_by_configuration => Err(Failure {
            code: "wrong-use",
            message: "a list of phones alone changes nothing".into(),
            advice: vec![
                "`--offer-by-configuration` offers the load to the listed phones alone.".into(),
                "`--bench` keeps an address for each of them.".into(),
            ],
            outcome: Outcome::NotReady,
        }),
        Some(path) => Ok(listed::read(path)?),
    }
}

/// Look, listen, ask. What comes back has the right to begin. `None` without `--bench`.
pub(super) fn prepare(
    args: &BenchArgs,
    listed: &[Listed],
    interface: Option<&str>,
    address: Option<Ipv4Addr>,
    session_dir: Option<&Path>,
) -> Result<Option<BenchSetup>, Failure> {
    let mut out = io::stderr().lock();
    if let Some(note) = bench::left_behind(session_dir)
        && args.set_address.is_none_or(|(address, _)| address != note.address)
    {
        let told = writeln!(
            out,
            "An earlier session left the address {} on {}. Take it away with: {}",
            note.address, note.interface, note.undo
        );
        told.map_err(|error| output_failed(&error))?;
    }
    if !args.bench {
        return Ok(None);
    }
    let mut macs: Vec<Mac> = listed.iter().map(|listed| listed.mac).collect();
    macs.extend(&args.let_in);
    let wish = Wish {
        interface: interface.map(str::to_owned),
        address,
        phones: args.bench_phones.map_or(PHONES.max(macs.len()), usize::from),
        listed: macs,
        hours: args.bench_hours,
    };
    let set = match args.set_address {
        None => None,
        Some((address, bits)) => {
            let plan = bench::plan(&wish, address, bits)?;
            let question = format!(
                "{} gets the address {address}/{bits} until the end of this session.\n  now:        {}\n  at the end: {}\nRun it?",
                plan.interface,
                plan.command(),
                plan.undo_command()
            );
            confirm(&mut out, args, &question)?;
            Some(bench::set_address(plan, session_dir)?)
        }
    };
    writeln!(out, "Listening for other DHCP servers, which takes some seconds …")
        .map_err(|e| output_failed(&e))?;
    let ready = bench::look(Catalog::embedded(), &wish, |_| ControlFlow::Continue(()))?;
    let (card, laptop) = ready.place();
    let question = format!(
        "No other DHCP server was heard on {card}. From now on this laptop ({laptop}) gives addresses to the phones there.\nOn a network that leads anywhere else this does harm.\nIs this bench cut off from every other network?"
    );
    confirm(&mut out, args, &question)?;
    Ok(Some(BenchSetup { ready, wish, set }))
}

/// A yes: said beforehand, or typed on a terminal. Nothing is asked where nobody can answer.
fn confirm(out: &mut dyn Write, args: &BenchArgs, question: &str) -> Result<(), Failure> {
    if args.yes_this_network_is_isolated {
        return Ok(());
    }
    let no = |message: &str| {
        Failure {
        code: "bench-not-confirmed",
        message: message.into(),
        advice: vec![
            "Without a terminal, say it beforehand: `--yes-this-network-is-isolated`.".into(),
            "On a network with a DHCP server of its own there is no need for the bench: `loadlift option150 commands` shows how it names this laptop.".into(),
        ],
        outcome: Outcome::NotReady,
    }
    };
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(no("the bench wants a yes before it begins, and nobody can be asked here"));
    }
    write!(out, "{question}\nType `yes` and Enter: ")
        .and_then(|()| out.flush())
        .map_err(|e| output_failed(&e))?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(|e| output_failed(&e))?;
    if is_yes(&answer) { Ok(()) } else { Err(no("the bench was not confirmed")) }
}

/// Nothing but the word itself: Enter alone, or a letter that slipped, starts no DHCP server.
fn is_yes(answer: &str) -> bool {
    answer.trim().eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_yes_is_a_yes() {
        for answer in ["yes\n", "YES\r\n", "  Yes ", "yes"] {
            assert!(is_yes(answer), "{answer:?}");
        }
        for answer in ["", "\n", "y\n", "no\n", "yes please\n", "yes!\n", "yesyes\n", "ja\n"] {
            assert!(!is_yes(answer), "{answer:?}");
        }
    }
}
