//! `loadlift phone`: what phones say of themselves on their own web pages.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::outcome::{Failure, Outcome, output_failed};
use crate::catalog::Catalog;
use crate::fleet::Fleet;
use crate::journal::Event;
use crate::phone_pages::Proof;
use crate::session::{afterwards, models, pages};
use crate::store::{logs, sessions};
use crate::timestamp::Timestamp;
use crate::wizard::REHEARSAL;

/// Ask phones what they run and which TFTP server they believe in
#[derive(Debug, Clone, Args)]
pub struct PhoneArgs {
    /// Addresses of phones
    #[arg(value_name = "ADDRESS", required_unless_present = "session", conflicts_with = "session")]
    pub addresses: Vec<IpAddr>,
    /// Ask all phones of a session instead, and put their answers on record in its log [default: the latest]
    #[arg(long, value_name = "SESSION", num_args = 0..=1, default_missing_value = "")]
    pub session: Option<String>,
    /// One JSON object a line for each phone
    #[arg(long)]
    pub json: bool,
    /// Folder of the session logs
    #[arg(long, value_name = "FOLDER")]
    pub session_dir: Option<PathBuf>,
    /// TCP port of the phones' web pages
    #[arg(long, default_value_t = pages::PORT, hide = true)]
    pub port: u16,
}

/// A session whose phones are asked.
struct Before {
    log: PathBuf,
    laptop: Option<Ipv4Addr>,
    phones: Vec<pages::Asked>,
}

/// Ask, and write an answer for each phone to `out` as it comes. Fails if one of them confirms nothing.
pub fn run(args: &PhoneArgs, out: &mut dyn Write) -> Result<Outcome, Failure> {
    let before = args.session.as_deref().map(|session| phones_of(args, session)).transpose()?;
    let asked = match &before {
        Some(before) => before.phones.clone(),
        None => args.addresses.iter().map(|&address| pages::Asked { address, mac: None }).collect(),
    };
    let mut good = true;
    let mut failed: Option<Failure> = None;
    let done = pages::ask(&asked, args.port, |phone, proof| {
        let known = before.as_ref().and_then(|before| before.laptop);
        let laptop = known.or_else(|| pages::own_address(&proof));
        good &= proof.is_confirmed(laptop);
        let told = tell(args.json, phone, &proof, laptop, out).map_err(|error| output_failed(&error));
        let noted = match &before {
            None => Ok(()),
            Some(before) => {
                let event = Event::Proof { phone: phone.address, proof };
                afterwards::note(&before.log, event).map(|_| ()).map_err(Failure::from)
            }
        };
        failed = failed.take().or(told.err()).or(noted.err());
    });
    done.map_err(|error| Failure {
        code: "phones-not-asked",
        message: format!("the phones cannot be asked: {error}"),
        advice: vec!["Close other programs and try again.".into()],
        outcome: Outcome::NotReady,
    })?;
    match failed {
        Some(failure) => Err(failure),
        None => Ok(if good { Outcome::Done } else { Outcome::Failed }),
    }
}

fn tell(
    as_json: bool,
    phone: &pages::Asked,
    proof: &Proof,
    laptop: Option<Ipv4Addr>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = proof.words(laptop);
    if as_json {
        let confirmed = proof.is_confirmed(laptop);
        let answer =
            json!({ "phone": phone.address, "confirmed": confirmed, "words": words, "proof": proof });
        writeln!(out, "{answer}")?;
        return out.flush();
    }
    let facts = match proof {
        Proof::Says(facts) => facts.clone(),
        Proof::Nothing(_) => crate::phone_pages::Facts::default(),
    };
    let mac = phone.mac.or(facts.mac).map(|mac| format!(" {mac}")).unwrap_or_default();
    let model = facts.model.map(|model| format!(" {model}")).unwrap_or_default();
    let serial = facts.serial.map(|serial| format!(" (serial number {serial})")).unwrap_or_default();
    writeln!(out, "{}{model}{mac}{serial}: {words}", phone.address)?;
    out.flush()
}

fn phones_of(args: &PhoneArgs, session: &str) -> Result<Before, Failure> {
    let folder = sessions::folder(args.session_dir.as_deref())?;
    let log = logs::find(&folder, Some(session).filter(|session| !session.is_empty()))?;
    let mut fleet = Fleet::new(models(Catalog::embedded()));
    let mut until = Timestamp::default();
    let (mut rehearsal, mut laptop) = (false, None);
    logs::read(&log, |record| {
        fleet.apply(&record);
        until = record.at;
        if let Event::Started { command, serving, .. } = &record.event {
            rehearsal |= command == REHEARSAL;
            laptop = serving.parse().ok().map(|serving: std::net::SocketAddrV4| *serving.ip());
        }
    })?;
    if rehearsal {
        return Err(Failure {
            code: "phones-made-up",
            message: "the phones of a rehearsal are made up and cannot be asked".into(),
            advice: vec!["Name a session of real phones: `loadlift report --list` shows them.".into()],
            outcome: Outcome::NotReady,
        });
    }
    let phones: Vec<pages::Asked> = fleet
        .phones(until)
        .map(|phone| pages::Asked { address: phone.address(), mac: phone.mac() })
        .collect();
    if phones.is_empty() {
        return Err(Failure {
            code: "no-phones",
            message: "no phone was seen in that session".into(),
            advice: vec!["Name a phone by its address: `loadlift phone 10.1.1.20`.".into()],
            outcome: Outcome::NotReady,
        });
    }
    Ok(Before { log, laptop, phones })
}
