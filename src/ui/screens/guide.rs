//! The three lines at the bottom of every step: what was checked, what to do now, what would go wrong otherwise.
//! What just happened takes their place for as long as it is news.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Scene, dhcp};
use crate::firmware::path::Verdict;
use crate::journal::{Option150, Phase};
use crate::preflight;
use crate::ui::text;
use crate::ui::widgets::problem::sentence;
use crate::wizard::{
    Asking, Beat, BenchState, Check, Finished, Mode, Notice, Option150Draft, Proof, Step, Tone, parse_also,
};

mod bench;

/// What a step says of itself.
struct Guide {
    /// Whether what was checked is good; `None` while nothing can be said.
    good: Option<bool>,
    checked: String,
    now: String,
    otherwise: String,
}

/// Columns of the labels.
const LABEL: usize = 13;

/// The lines for a width; two for a part where it needs them and the screen is high enough, or something is wrong.
pub(super) fn lines(scene: &Scene<'_>, room: usize, height: u16) -> Vec<Line<'static>> {
    let theme = scene.theme;
    let symbols = theme.symbols;
    let tall = if height >= 30 { 2 } else { 1 };
    if let Some(notice) = &scene.model.notice {
        let (mark, style) = match notice.tone {
            Tone::Good => (symbols.done, theme.good),
            Tone::Hint => (symbols.warn, theme.warn),
            Tone::Bad => (symbols.bad, theme.bad),
        };
        let mut out = part(scene, mark, style, label(notice), &sentence(&notice.text), style, room, 2);
        for advice in notice.advice.iter().take(2) {
            out.extend(part(scene, symbols.arrow, theme.heading, "Now", advice, theme.heading, room, 2));
        }
        // The guide that it stands for has three lines: nothing jumps.
        out.resize_with(out.len().max(3), Line::default);
        return out;
    }
    if let Some(away) = &scene.model.away {
        let mut out = part(scene, symbols.bad, theme.bad, "Not served", &sentence(away), theme.bad, room, 3);
        out.resize_with(out.len().max(3), Line::default);
        return out;
    }
    let guide = guide(scene);
    let (mark, style) = match guide.good {
        Some(true) => (symbols.done, theme.good),
        Some(false) => (symbols.bad, theme.bad),
        None => (symbols.dot, Style::new()),
    };
    let most = if guide.good == Some(false) { 2 } else { tall };
    let mut out = part(scene, mark, style, "Checked", &guide.checked, Style::new(), room, most);
    out.extend(part(scene, symbols.arrow, theme.heading, "Now", &guide.now, theme.heading, room, 2));
    out.extend(part(scene, symbols.dot, theme.hint, "Otherwise", &guide.otherwise, theme.hint, room, tall));
    out
}

#[expect(clippy::too_many_arguments, reason = "one line of three, called from one place")]
fn part(
    scene: &Scene<'_>,
    mark: &str,
    mark_style: Style,
    label: &str,
    words: &str,
    style: Style,
    room: usize,
    most: usize,
) -> Vec<Line<'static>> {
    let room = room.saturating_sub(LABEL);
    let mut lines = text::wrap(words, room);
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(text::fit(&rest, room, scene.theme.symbols.cut));
    }
    let head = format!("{mark} {label:<0$}", LABEL - 2);
    let line = |(nth, line): (usize, String)| {
        let head = if nth == 0 { head.clone() } else { " ".repeat(LABEL) };
        Line::from(vec![Span::styled(head, mark_style), Span::styled(line, style)])
    };
    lines.into_iter().enumerate().map(line).collect()
}

fn label(notice: &Notice) -> &'static str {
    match notice.tone {
        Tone::Good => "Done",
        Tone::Hint => "Note",
        Tone::Bad => "Not so",
    }
}

fn guide(scene: &Scene<'_>) -> Guide {
    if let Some(playing) = &scene.model.playing {
        let all = crate::ui::text::count(scene.at.fleet.len(), "phone");
        return Guide {
            good: None,
            checked: format!("a recording: {all} so far"),
            now: if scene.at.now < playing.until {
                "Space stops it, the right arrow leaps to the next change.".into()
            } else {
                "The recording is over: read the report, and leave with q.".into()
            },
            otherwise: "nothing is served, asked or written: all was answered then".into(),
        };
    }
    match &scene.model.step {
        Step::Welcome => welcome(scene),
        Step::Path => path(scene),
        Step::Load => load(scene),
        Step::Interface(_) => interface(scene),
        Step::Option150(_) if scene.model.bench != BenchState::Off => bench::begins(scene),
        Step::Option150(_) => option150(scene),
        Step::Transfer(..) if bench::stopped(scene).is_some() => bench::off(scene),
        Step::Transfer(_, announced) => transfer(scene, &announced.value.to_string()),
        Step::SwitchBack(..) if scene.model.is_bench() => bench::after(scene),
        Step::SwitchBack(_, _, finished) => switch_back(scene, finished),
        Step::Report(_, _, _, back) => Guide {
            good: Some(true),
            checked: {
                let known = if back.proof.why().is_some() { "by your word" } else { "says DHCP" };
                match &back.to {
                    _ if back.proof == Proof::Bench => {
                        "DHCP has ended here, and no other server was changed".into()
                    }
                    Option150::Unknown => format!("option 150 no longer names this laptop, {known}"),
                    Option150::Absent => format!("option 150 is not set any more, {known}"),
                    to @ Option150::Addresses(_) => format!("option 150 names {to} again, {known}"),
                }
            },
            now: "Keep the report with the ticket. Enter leaves.".into(),
            otherwise: if back.proof == Proof::Bench {
                "a phone that stays here has no address after half an hour".into()
            } else {
                "phones look for this laptop until half their lease is over".into()
            },
        },
    }
}

fn welcome(scene: &Scene<'_>) -> Guide {
    let open = scene.model.welcome.unfinished.len();
    Guide {
        good: Some(open == 0),
        checked: match open {
            0 => "no earlier session on this laptop left option 150 behind".into(),
            1 => "an earlier session never confirmed option 150 back".into(),
            open => format!("{open} earlier sessions never confirmed option 150 back"),
        },
        now: match open {
            0 => "Choose and press Enter. Nothing on the network is touched yet.".into(),
            _ => "Put option 150 back, then press b; or begin with Enter.".into(),
        },
        otherwise: match open {
            0 => "a phone with an old load refuses CUCM's, and says Auth Fail".into(),
            _ => "phones there ask this laptop at every start, and find nobody".into(),
        },
    }
}

fn path(scene: &Scene<'_>) -> Guide {
    let answer = scene.model.path.answer();
    let otherwise = "a load with a key that the phone does not know is refused".to_owned();
    if let Some(problem) = answer.wrong() {
        let now = problem.advice.first().cloned().unwrap_or_else(|| "Correct it.".into());
        return Guide { good: Some(false), checked: problem.message.clone(), now, otherwise };
    }
    let verdict = answer.plan.and_then(Result::ok).map(|plan| (plan.verdict, plan.hops.len()));
    let checked = match verdict {
        Some((Verdict::HopsNeeded, hops)) => {
            format!(
                "the path is clear: {} from this laptop, then CUCM's own",
                text::count(hops.saturating_sub(1), "load")
            )
        }
        Some((Verdict::NoHopNeeded, _)) => "no load is needed in between; Auth Fail has another cause".into(),
        Some((Verdict::SameLoad, _)) => {
            "the phone has CUCM's load already: Auth Fail has another cause".into()
        }
        Some((Verdict::GoingBack, _)) => {
            "CUCM's load is older than the phone's: no source describes that".into()
        }
        None => "not worked out yet".into(),
    };
    Guide {
        good: verdict.map(|(verdict, _)| verdict == Verdict::HopsNeeded),
        checked,
        now: "Say what you know, leave the rest empty, and press Enter.".into(),
        otherwise,
    }
}

fn load(scene: &Scene<'_>) -> Guide {
    let draft = &scene.model.load;
    let inspecting = scene.model.mode == Mode::Inspect;
    let otherwise = if inspecting {
        "a damaged or wrong load costs every phone an hour, or more".to_owned()
    } else {
        "the phone refuses the load, or a damaged one leaves it dead".to_owned()
    };
    if draft.fetching.is_some() {
        let checked = "only what is whole and of a load is kept".into();
        let now = "Wait, or press Esc: what is there can be taken up again.".into();
        return Guide { good: None, checked, now, otherwise };
    }
    if draft.is_busy() {
        let checked = "reading every archive, every image and every checksum".into();
        return Guide { good: None, checked, now: "Wait a moment.".into(), otherwise };
    }
    let picked = draft.picked.len();
    let found = text::count(draft.loads.len(), "load");
    Guide {
        good: if draft.searched { Some(picked > 0 || (inspecting && !draft.loads.is_empty())) } else { None },
        checked: match (draft.loads.len(), picked) {
            (0, _) => "no load beside the program, in `loads`, here, or in Downloads".into(),
            (_, 0) if !inspecting => format!("{found} found, none picked that can serve"),
            (_, picked) if !inspecting => {
                format!("{found} found, {picked} picked: complete, in the window, checksums right")
            }
            _ => format!("{found} found; each was read to its last octet"),
        },
        now: match (draft.typing, draft.loads.is_empty(), picked) {
            (true, ..) => "Type or paste its place; Tab completes, Enter reads it.".into(),
            (false, true, _) => "Put the archive beside the program and press r, or press p.".into(),
            (false, false, 0) if !inspecting => {
                "Pick a load with Space; the reason stands beside each.".into()
            }
            _ if inspecting => "Look with the arrows; d shows images, dates and digests.".into(),
            _ => "Enter serves what is picked; Space changes it, d looks inside.".into(),
        },
        otherwise,
    }
}

fn interface(scene: &Scene<'_>) -> Guide {
    let draft = &scene.model.interface;
    let otherwise = "phones ask an address where nobody answers, and say TFTP timeout".to_owned();
    let (good, checked, now): (Option<bool>, String, String) = match &draft.check {
        Check::None => match &draft.interfaces {
            None => (None, "looking at the interfaces of this laptop".into(), "Wait a moment.".into()),
            Some(Err(problem)) => {
                let now = problem.advice.first().cloned().unwrap_or_default();
                (Some(false), problem.message.clone(), now)
            }
            Some(Ok(list)) => {
                let suitable = list.iter().filter(|interface| interface.doubt.is_none()).count();
                (
                    None,
                    format!(
                        "{suitable} of {} suitable; the port is not tried yet",
                        text::count(list.len(), "interface")
                    ),
                    "Choose the one that the phones hang on; Enter checks it.".into(),
                )
            }
        },
        Check::Running(_, address) => (
            None,
            format!("opening port {} on {address} and reading a file through it", scene.model.port()),
            "Wait a moment.".into(),
        ),
        Check::Starting(..) => (None, "starting the service".into(), "Wait a moment.".into()),
        Check::Good(_) if draft.checks.iter().any(|check| check.state == preflight::State::Bad) => (
            Some(false),
            "the port is free; something else keeps the phones away".into(),
            format!("See to what is marked {}; Enter serves all the same.", scene.theme.symbols.bad),
        ),
        Check::Good(checked) => (
            Some(true),
            format!("{} came back whole through {}", checked.file, checked.address),
            "Press Enter to serve here.".into(),
        ),
        Check::Bad(_, problem) => {
            let now = problem.advice.first().cloned().unwrap_or_default();
            (Some(false), problem.message.clone(), now)
        }
    };
    Guide { good, checked, now, otherwise }
}

fn option150(scene: &Scene<'_>) -> Guide {
    let draft = &scene.model.option150;
    let otherwise = match draft.announced {
        None => "nobody will know what to put back when the phones are done",
        Some(_) => "a reset phone asks where option 150 points, and gets no load",
    };
    let otherwise = otherwise.to_owned();
    if let Some(guide) = wrong_value(draft, &otherwise) {
        return guide;
    }
    let on_record = draft.announced.is_some();
    let good = |checked: &str, now: &str| Guide {
        good: Some(true),
        checked: checked.into(),
        now: now.into(),
        otherwise: otherwise.clone(),
    };
    match draft.asking.done() {
        // What was asked before the change is no answer to whether it was made.
        Some(asked) if on_record && asked.phase == Phase::Before && draft.proof.is_none() => good(
            "the old value is on record, on the disk",
            if scene.model.mode == Mode::Rehearse {
                "It is a rehearsal: press Enter as if you had set it as shown."
            } else {
                "Set option 150 as shown, then press Enter: DHCP is asked."
            },
        ),
        Some(asked) if asked.phase == Phase::During && !on_record => {
            good(&asked.sentence(), "Press Enter: what it named before goes on record.")
        }
        _ => asking(scene, draft, &otherwise),
    }
}

/// What a step that asks DHCP says of how asking stands.
fn asking(scene: &Scene<'_>, draft: &Option150Draft, otherwise: &str) -> Guide {
    let (good, checked, now) = dhcp::guide(scene, draft);
    Guide { good, checked, now, otherwise: otherwise.to_owned() }
}

fn wrong_value(draft: &Option150Draft, otherwise: &str) -> Option<Guide> {
    let problem = draft.parsed().err().or_else(|| parse_also(draft.also.text()).err())?;
    let now = problem.advice.first().cloned().unwrap_or_default();
    Some(Guide { good: Some(false), checked: problem.message, now, otherwise: otherwise.to_owned() })
}

fn transfer(scene: &Scene<'_>, address: &str) -> Guide {
    let summary = scene.at.fleet.summary(scene.at.now);
    let (seen, back, trouble) = (summary.seen(), summary.back(), summary.in_trouble());
    let under_way = summary.under_way();
    let checked = match (seen, trouble) {
        (0, _) => format!("serving on {address}; no phone has asked yet"),
        (_, 0) => format!("{back} of {} back, {under_way} under way", text::count(seen, "phone")),
        (_, 1) => format!("1 phone needs a hand; {back} of {seen} back, {under_way} under way"),
        (_, trouble) => format!("{trouble} phones need a hand; {back} of {seen} back, {under_way} under way"),
    };
    let coach = &scene.model.transfer.coach;
    let (now, otherwise) = match () {
        () if matches!(coach.beat, Beat::Key(_)) => (
            "Key in the code as it is shown; Space goes on faster.",
            "after a wrong key, or too late, the phone starts its old load",
        ),
        () if matches!(coach.beat, Beat::Step(1..)) => (
            "Do what is shown beside the keypad, then press Space.",
            "a phone that is let go of too soon starts its old load",
        ),
        () if trouble > 0 => (
            "The phones on top need a hand: Right shows what to do.",
            "a phone that is stuck stays so; the others go on without it",
        ),
        () if coach.beat == Beat::Done => (
            "Leave this phone alone. Space begins with the next one.",
            "a phone that loses power while it writes flash can be lost",
        ),
        () if seen > 0 && back == seen && scene.model.is_bench() => (
            "All are back. Reset the next, or press Enter: the job is done.",
            "phones that stay here keep asking this laptop for their address",
        ),
        () if seen > 0 && back == seen => (
            "All are back. Reset the next, or press Enter to switch back.",
            "while option 150 names this laptop, no phone finds CUCM's load",
        ),
        () if under_way > 0 => (
            "Leave their power alone. Reset the next phone meanwhile.",
            "a phone that loses power while it writes flash can be lost",
        ),
        () => (
            "Reset a phone as shown; Space goes to the next step.",
            "without a reset the phone keeps its old load, and never asks",
        ),
    };
    Guide { good: Some(trouble == 0), checked, now: now.into(), otherwise: otherwise.into() }
}

fn switch_back(scene: &Scene<'_>, finished: &Finished) -> Guide {
    let otherwise = "phones ask this laptop at their next start, and find nobody".to_owned();
    if let Some(guide) = wrong_value(&scene.model.switch_back, &otherwise) {
        return guide;
    }
    let draft = &scene.model.switch_back;
    if draft.asking != Asking::Never || draft.overriding || draft.proof.is_some() {
        return asking(scene, draft, &otherwise);
    }
    let (good, checked) = match finished {
        Finished::AllBack => {
            let back = scene.at.fleet.summary(scene.at.now).back();
            (true, format!("{} asked for settings on the new load: recovered", text::count(back, "phone")))
        }
        Finished::Insisted(phones) if phones.is_empty() => {
            (false, "no phone has come back yet; you went on".into())
        }
        Finished::Insisted(phones) => (
            false,
            format!("{} not back yet; you went on, and so does serving", text::count(phones.len(), "phone")),
        ),
    };
    Guide {
        good: Some(good),
        checked,
        now: if scene.model.mode == Mode::Rehearse {
            "It is a rehearsal: press Enter as if you had put it back.".into()
        } else {
            "Set option 150 back as shown, then press Enter: DHCP is asked.".into()
        },
        otherwise,
    }
}
