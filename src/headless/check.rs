//! `loadlift check`: whether this laptop is ready to serve phones, and what stands in the way.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use clap::Args;
use serde_json::json;

use super::outcome::{Failure, Outcome, output_failed};
use super::page::Page;
use crate::catalog::Catalog;
use crate::preflight::{State, worst_first};
use crate::session::preflight::{self, Asked, Finding};

/// Columns of the states in front of the reasons.
const LABELS: usize = 9;

/// Say whether this laptop is ready to serve phones: interface, port, rights, firewall, a real TFTP read
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Name of the interface that the phones are reached by [default: the best one]
    #[arg(long, value_name = "IF")]
    pub interface: Option<String>,
    /// Its address, instead of its name
    #[arg(long, value_name = "A")]
    pub address: Option<Ipv4Addr>,
    /// UDP port of the service; phones ask port 69
    #[arg(long, default_value_t = 69)]
    pub port: u16,
    /// Answer with one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Check, and answer on `out`. Warnings are no failure.
pub fn run(args: &CheckArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    let asked = Asked { interface: args.interface.clone(), address: args.address, port: args.port };
    let finding = preflight::check(Catalog::embedded(), &asked)?;
    let written = if args.json { write_json(&finding, out) } else { write_text(&finding, out) };
    written.and_then(|()| out.flush()).map_err(|error| output_failed(&error))?;
    let bad = finding.checks.iter().any(|check| check.state == State::Bad);
    Ok(if bad { Outcome::Failed } else { Outcome::Done })
}

fn write_json(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let Finding { facts, checks } = finding;
    let interfaces: Vec<_> = facts
        .interfaces
        .iter()
        .map(|interface| {
            json!({
                "name": interface.name,
                "address": interface.address,
                "prefix": interface.prefix,
                "kind": interface.kind,
                "link": interface.link,
                "speed": interface.speed,
                "default_route": interface.default_route,
                "origin": interface.origin,
                "unsuitable": interface.unsuitable,
            })
        })
        .collect();
    let answer = json!({
        "state": checks.iter().map(|check| check.state).max(),
        "interface": facts.interface.name,
        "address": facts.interface.address,
        "checks": checks,
        "interfaces": interfaces,
    });
    writeln!(out, "{answer}")
}

fn write_text(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let Finding { facts, checks } = finding;
    let mut page = Page::new(out);
    for check in worst_first(checks) {
        let label = match check.state {
            State::Ok => "ok",
            State::Unknown => "unknown",
            State::Warn => "warn",
            State::Bad => "bad",
        };
        page.hanging(&format!("{label:<LABELS$}"), LABELS, &format!("{}: {}.", check.name, check.reason))?;
        for step in &check.next {
            page.hanging(&format!("{:LABELS$}- ", ""), LABELS + 2, step)?;
        }
        if check.state != State::Ok {
            page.paragraph(LABELS, &format!("[{}]", check.code))?;
        }
    }
    page.heading("Interfaces, the best first")?;
    for interface in &facts.interfaces {
        let doubt = interface
            .unsuitable
            .map_or_else(|| "suitable".to_owned(), |unsuitable| unsuitable.words().to_owned());
        page.hanging(
            "  ",
            4,
            &format!(
                "{} {}/{}: {}; {doubt}",
                interface.name,
                interface.address,
                interface.prefix,
                interface.about()
            ),
        )?;
    }
    Ok(())
}
