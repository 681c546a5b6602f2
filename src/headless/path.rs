//! `loadlift path`: which loads a phone must take on its way to the one that CUCM hands out, and why.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::page::{Page, grouped};
use crate::catalog::{Catalog, KnownArchive, Model, ModelError};
use crate::error::{Advice, printable};
use crate::firmware::path::{Hop, HopKind, PathError, Plan, Question, plan};
use crate::firmware::{NameError, Protocol, StatedLoad};

/// Say which loads a phone must take on its way to the one that CUCM hands out, and why
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PathArgs {
    /// Load on the phone, such as 8.3(2) or SCCP45.8-3-2S; leave it out if nobody knows
    #[arg(long, value_name = "LOAD")]
    pub phone: Option<String>,
    /// Load that CUCM hands out, such as 8.5(2)SR1 or SCCP45.9-4-2SR3-1S
    #[arg(long, value_name = "LOAD", required_unless_present = "cucm")]
    pub target: Option<String>,
    /// Version of CUCM instead of its load, such as 7.1(3); few are known
    #[arg(long, value_name = "VERSION", conflicts_with = "target")]
    pub cucm: Option<String>,
    /// The model, such as 7945 or 7941G-GE
    #[arg(long)]
    pub model: Option<String>,
}

/// Why `path` has no answer.
#[derive(Debug, thiserror::Error)]
pub enum PathCommandError {
    /// The load on the phone cannot be read.
    #[error("the load on the phone: {0}")]
    Phone(#[source] NameError),
    /// CUCM's load cannot be read.
    #[error("the target: {0}")]
    Target(#[source] NameError),
    /// Neither a target nor a version of CUCM.
    #[error("no target is given")]
    NoTarget,
    /// Nobody knows what that CUCM hands out.
    #[error("what CUCM {version} hands out is not known")]
    Cucm {
        /// The version.
        version: String,
        /// The versions that are known.
        known: Vec<String>,
    },
    /// No such model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The parts of the question contradict each other.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The answer could not be written.
    #[error("the answer could not be written: {0}")]
    Write(#[from] io::Error),
}

impl Advice for PathCommandError {
    fn code(&self) -> &'static str {
        match self {
            Self::Phone(wrong) | Self::Target(wrong) => wrong.code(),
            Self::NoTarget => "path-no-target",
            Self::Cucm { .. } => "path-unknown-cucm",
            Self::Model(wrong) => wrong.code(),
            Self::Path(wrong) => wrong.code(),
            Self::Write(_) => "output",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Phone(wrong) => {
                let mut advice = wrong.advice();
                advice.push("Leave `--phone` out if nobody knows the load: the path then assumes an old one.".into());
                advice
            }
            Self::Target(wrong) => wrong.advice(),
            Self::NoTarget => vec!["Give `--target` with the load that CUCM hands out, such as `8.5(2)SR1`.".into()],
            Self::Cucm { known, .. } => vec![
                "Look up the load under Device > Device Settings > Device Defaults, and give it with `--target`.".into(),
                format!("Known so far: CUCM {}.", known.join(", ")),
            ],
            Self::Model(wrong) => wrong.advice(),
            Self::Path(wrong) => wrong.advice(),
            Self::Write(_) => vec!["Write to a place with room, or to the terminal.".into()],
        }
    }
}

/// Answer on `out`, as text or as one line of JSON.
pub fn run(args: &PathArgs, out: &mut impl Write, json: bool) -> Result<(), PathCommandError> {
    let catalog = Catalog::embedded();
    let answer = Answer::to(catalog, args)?;
    if json {
        answer.write_json(out)?;
    } else {
        answer.write_text(out)?;
    }
    Ok(())
}

/// A plan with what was asked.
struct Answer<'a> {
    catalog: &'a Catalog,
    phone: Option<StatedLoad>,
    target: StatedLoad,
    model: Option<&'a Model>,
    plan: Plan<'a>,
    /// How the arguments were understood, where that is not plain.
    readings: Vec<String>,
}

impl<'a> Answer<'a> {
    fn to(catalog: &'a Catalog, args: &PathArgs) -> Result<Self, PathCommandError> {
        let mut readings = Vec::new();
        let model = args.model.as_deref().map(|model| catalog.expect_model(model)).transpose()?;
        let phone = match args.phone.as_deref().map(str::trim) {
            None => None,
            Some(word) if word.eq_ignore_ascii_case("unknown") => None,
            Some(text) => Some(stated(catalog, text, &mut readings).map_err(PathCommandError::Phone)?),
        };
        let target = match (&args.target, &args.cucm) {
            (Some(text), _) => {
                if let Some(cucm) = catalog.cucm_load(text) {
                    readings.push(format!(
                        "{} is read as a load. If it is the version of CUCM, use `--cucm`: that one hands out {}.",
                        cucm.version, cucm.load
                    ));
                }
                stated(catalog, text, &mut readings).map_err(PathCommandError::Target)?
            }
            (None, Some(version)) => from_cucm(catalog, version, &mut readings)?,
            (None, None) => return Err(PathCommandError::NoTarget),
        };
        let question = Question { phone, target, model };
        let plan = plan(catalog, &question)?;
        Ok(Self { catalog, phone: question.phone, target: question.target, model, plan, readings })
    }

    /// Archives that bring this hop, if the family is known: those that were seen, or else their likely names.
    fn archives(&self, hop: &Hop) -> (Vec<&'a KnownArchive>, Vec<String>) {
        let number = self.model.map(|model| model.family.as_str());
        let number = number.or(self.phone.as_ref().and_then(|load| load.family.as_deref()));
        let number = number.or(self.target.family.as_deref());
        let family = number.and_then(|number| self.catalog.family(number));
        let Some(family) = family.filter(|_| hop.kind != HopKind::Target) else {
            return (Vec::new(), Vec::new());
        };
        let wanted = |protocol: Protocol| hop.protocol.is_none_or(|known| known == protocol);
        let mut known = Vec::new();
        let mut likely = Vec::new();
        for stem in family.archives.iter().filter(|stem| wanted(stem.protocol)) {
            let before = known.len();
            known.extend(self.catalog.known_archives_of(&family.number, stem.protocol, hop.release));
            if known.len() == before {
                likely.push(format!("{}.{}.zip", stem.stem, hop.release.token()));
            }
        }
        (known, likely)
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let hops: Vec<Value> = self.plan.hops.iter().map(|hop| self.hop_as_json(hop)).collect();
        let answer = json!({
            "phone": self.phone.as_ref().map(|load| load.release),
            "target": self.target.release,
            "model": self.model.map(|model| &model.model),
            "verdict": self.plan.verdict,
            "summary": self.plan.summary,
            "hops": hops,
            "causes": self.plan.causes,
            "notes": self.readings.iter().chain(&self.plan.notes).collect::<Vec<_>>(),
        });
        writeln!(out, "{answer}")
    }

    fn hop_as_json(&self, hop: &Hop) -> Value {
        let (known, likely) = self.archives(hop);
        let known = known.iter().map(|archive| {
            json!({
                "name": archive.shown_name(),
                "octets": archive.octets,
                "sha1": archive.sha1,
                "sha256": archive.sha256,
                "seen": true,
            })
        });
        let likely = likely.iter().map(|name| json!({ "name": name, "seen": false }));
        json!({
            "kind": hop.kind,
            "release": hop.release,
            "protocol": hop.protocol,
            "load": hop.load,
            "served_by": served_by(hop),
            "reason": hop.reason,
            "source": hop.evidence.as_ref().map(|evidence| &evidence.source),
            "confidence": hop.evidence.as_ref().map(|evidence| evidence.confidence),
            "archives": known.chain(likely).collect::<Vec<_>>(),
        })
    }

    fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        let mut page = Page::new(out);
        let phone = self.phone.as_ref();
        let shows_protocol = phone.and_then(|load| load.protocol) != self.target.protocol;
        let name = |load: &StatedLoad| match load.protocol.filter(|_| shows_protocol) {
            Some(protocol) => format!("{protocol} {}", load.release),
            None => load.release.to_string(),
        };
        let from = phone.map_or_else(|| "an unknown load".to_owned(), name);
        let on = self.model.map(|model| format!(" on a {}", model.model)).unwrap_or_default();
        page.heading(&format!("From {from} to {}{on}", name(&self.target)))?;
        page.gap()?;
        page.paragraph(0, &self.plan.summary)?;
        if !self.plan.hops.is_empty() {
            page.gap()?;
        }
        for (at, hop) in self.plan.hops.iter().enumerate() {
            self.write_hop(&mut page, at + 1, hop)?;
        }
        if !self.plan.causes.is_empty() {
            page.heading("What else makes a phone say Auth Fail, or go round in circles")?;
            for cause in &self.plan.causes {
                page.hanging("  - ", 4, &format!("{}.", cause.title))?;
                page.hanging("    Phone:", 12, &cause.phone)?;
                page.hanging("    Wire:", 12, &cause.wire)?;
                page.hanging("    Test:", 12, &cause.test)?;
            }
        }
        if !(self.readings.is_empty() && self.plan.notes.is_empty()) {
            page.heading("Keep in mind")?;
            for note in self.readings.iter().chain(&self.plan.notes) {
                page.hanging("  - ", 4, note)?;
            }
        }
        Ok(())
    }

    fn write_hop(&self, page: &mut Page<impl Write>, number: usize, hop: &Hop) -> io::Result<()> {
        let name = hop.load.as_ref().map_or_else(|| hop.release.to_string(), ToString::to_string);
        page.hanging(
            &format!("  {number}. "),
            5,
            &format!("{name}: {}, from {}", kind_in_words(hop.kind), server_in_words(hop)),
        )?;
        page.paragraph(5, &hop.reason)?;
        let (known, likely) = self.archives(hop);
        for archive in known {
            let octets =
                archive.octets.map(|octets| format!(", {} octets", grouped(octets))).unwrap_or_default();
            page.hanging("     Archive:", 15, &format!("{}{octets}", archive.shown_name()))?;
            if let Some(sha1) = &archive.sha1 {
                page.hanging("     SHA-1:", 15, sha1)?;
            }
        }
        for name in likely {
            page.hanging("     Archive:", 15, &format!("{name} (name after its siblings, not seen)"))?;
        }
        if let Some(evidence) = &hop.evidence {
            page.hanging(
                "     Source:",
                15,
                &format!("{} ({})", evidence.source, evidence.confidence.words()),
            )?;
        }
        Ok(())
    }
}

/// A load as stated, or the release behind a known build tag.
fn stated(catalog: &Catalog, text: &str, readings: &mut Vec<String>) -> Result<StatedLoad, NameError> {
    let read = text.parse::<StatedLoad>();
    let Some(build) = catalog.release_for_build(text.trim()) else { return read };
    if read.as_ref().is_ok_and(|load| load.release.is_same_release(&build.release)) {
        return read;
    }
    readings
        .push(format!("{} is a build tag from image names; the release is {}.", build.tag, build.release));
    Ok(build.release.into())
}

fn from_cucm(
    catalog: &Catalog,
    version: &str,
    readings: &mut Vec<String>,
) -> Result<StatedLoad, PathCommandError> {
    let Some(cucm) = catalog.cucm_load(version) else {
        let known = catalog.versions().cucm.iter().map(|cucm| cucm.version.clone()).collect();
        return Err(PathCommandError::Cucm { version: printable(version.trim(), 40), known });
    };
    readings.push(format!(
        "CUCM {} hands out {} as it comes ({}). A device pack changes that: look under Device > Device Settings > Device Defaults.",
        cucm.version,
        cucm.load.release(),
        cucm.evidence.confidence.words()
    ));
    // It was seen for one family, and holds for the release in all of them.
    Ok(cucm.load.release().into())
}

fn kind_in_words(kind: HopKind) -> &'static str {
    match kind {
        HopKind::SteppingStone => "a step for very old phones",
        HopKind::Intermediate => "the intermediate load",
        HopKind::Bridge => "a release in between",
        HopKind::ProtocolStep => "the same protocol first",
        HopKind::Target => "the target",
    }
}

fn served_by(hop: &Hop) -> &'static str {
    if hop.kind == HopKind::Target { "cucm" } else { "laptop" }
}

fn server_in_words(hop: &Hop) -> &'static str {
    if hop.kind == HopKind::Target { "CUCM" } else { "this laptop" }
}

#[cfg(test)]
mod tests {
    use super::super::page::WIDTH;
    use super::*;

    fn args(phone: &str, target: &str, model: &str) -> PathArgs {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        PathArgs { phone: given(phone), target: given(target), cucm: None, model: given(model) }
    }

    fn text(args: &PathArgs) -> String {
        let mut out = Vec::new();
        run(args, &mut out, false).unwrap_or_else(|wrong| panic!("{args:?}: {wrong}"));
        String::from_utf8(out).unwrap()
    }

    fn json(args: &PathArgs) -> Value {
        let mut out = Vec::new();
        run(args, &mut out, true).unwrap_or_else(|wrong| panic!("{args:?}: {wrong}"));
        serde_json::from_slice(&out).unwrap()
    }

    fn wrong(args: &PathArgs) -> PathCommandError {
        run(args, &mut Vec::new(), false).expect_err("no answer")
    }

    #[test]
    fn the_path_of_the_first_report() {
        insta::assert_snapshot!(text(&args("8.3(2)", "8.5(2)SR1", "7945")));
    }

    #[test]
    fn no_hop_needed_comes_with_the_other_causes() {
        insta::assert_snapshot!(text(&args("SCCP45.8-5-3S", "SCCP45.9-4-2SR3-1S", "")));
    }

    #[test]
    fn pages_fit_80_columns() {
        for (phone, target, model) in [
            ("", "9.4(2)SR3", "7970"),
            ("6.0(3)", "8.5(2)SR1", "7971"),
            ("SCCP75.8-3-2S", "SIP75.8-4-4S", ""),
            ("9.0(3)", "8.5(3)", ""),
        ] {
            let text = text(&args(phone, target, model));
            for line in text.lines() {
                assert!(line.chars().count() <= WIDTH && line.trim_end() == line, "`{line}`");
            }
            assert!(!text.contains("\n\n\n") && !text.ends_with("\n\n"), "{text}");
        }
    }

    #[test]
    fn json_has_the_hops_with_their_archives() {
        let answer = json(&args("8.3(2)", "SCCP45.8-5-2SR1S", "7945"));
        assert_eq!((&answer["verdict"], &answer["phone"]), (&json!("hops-needed"), &json!("8.3(2)")));
        let hop = &answer["hops"][0];
        assert_eq!(
            (&hop["kind"], &hop["load"], &hop["served_by"]),
            (&json!("intermediate"), &json!("SCCP45.8-5-2S"), &json!("laptop"))
        );
        assert_eq!(hop["archives"][0]["sha1"], "e7599cec19c6a750414d9488bd27f82d45ad5860");
        assert_eq!(answer["hops"][1]["served_by"], "cucm");
        assert_eq!(answer["causes"], json!([]));
        let answer = json(&args("", "SIP45.9-4-2SR3-1S", ""));
        assert_eq!(answer["phone"], Value::Null);
        assert_eq!(
            answer["hops"][0]["archives"][0],
            json!({ "name": "cmterm-7945_7965-sip.8-5-2.zip", "seen": false })
        );
    }

    #[test]
    fn a_build_tag_and_a_version_of_cucm_are_understood() {
        let answer = json(&args("8-4-1-23", "8.5(2)SR1", ""));
        assert_eq!((&answer["phone"], &answer["verdict"]), (&json!("8.4(2)"), &json!("no-hop-needed")));
        assert!(answer["notes"][0].as_str().is_some_and(|note| note.contains("build tag")), "{answer}");
        let cucm = PathArgs { cucm: Some("7.1(3)".into()), ..args("8.3(2)", "", "7945") };
        let answer = json(&cucm);
        assert_eq!((&answer["target"], &answer["verdict"]), (&json!("8.5(2)SR1"), &json!("hops-needed")));
        let meant_cucm = json(&args("8.3(2)", "7.1(3)", ""));
        assert!(meant_cucm["notes"][0].as_str().is_some_and(|note| note.contains("--cucm")), "{meant_cucm}");
        assert_eq!(json(&args("unknown", "8.5(2)SR1", ""))["phone"], Value::Null);
    }

    #[test]
    fn wrong_arguments_say_what_to_give_instead() {
        for (given, code) in [
            (args("old", "8.5(2)SR1", ""), "not-a-release"),
            (args("8.3(2)", "term45.default.loads", ""), "default-load-file-name"),
            (args("jar45sccp.8-5-2TH1-9.sbn", "8.5(3)", ""), "image-name"),
            (args("8.3(2)", "", ""), "path-no-target"),
            (args("8.3(2)", "8.5(3)", "7940"), "model-foreign"),
            (args("SCCP45.8-3-2S", "8.5(3)", "7941"), "path-other-family"),
            (PathArgs { cucm: Some("8.6(2)".into()), ..args("", "", "") }, "path-unknown-cucm"),
        ] {
            let wrong = wrong(&given);
            assert_eq!(wrong.code(), code, "{given:?}: {wrong}");
            assert!(!wrong.advice().is_empty(), "{given:?}");
            assert!(!wrong.to_string().ends_with('.'), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_asks_for_a_target_or_a_version_of_cucm_and_not_both() {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: PathArgs,
        }
        let parsed = |line: &str| {
            <Cli as clap::Parser>::try_parse_from(line.split(' ')).map(|cli| cli.args.target.is_some())
        };
        assert!(matches!(parsed("path --phone 8.3(2) --target 8.5(2)SR1 --model 7945"), Ok(true)));
        assert!(matches!(parsed("path --cucm 7.1(3)"), Ok(false)));
        for line in ["path", "path --phone 8.3(2)", "path --target 8.5(3) --cucm 7.1(3)", "path 8.3(2)"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
