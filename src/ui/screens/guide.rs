//! The three lines at the bottom of every step: what was checked, what to do now, what would go wrong otherwise.
//! What just happened takes their place for as long as it is news.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Scene;
use crate::firmware::path::Verdict;
use crate::ui::text;
use crate::ui::widgets::problem::sentence;
use crate::wizard::{Check, Finished, Mode, Notice, Option150Draft, Step, Tone};

/// What a step says of itself.
struct Guide {
    /// Whether what was checked is good; `None` while nothing can be said.
    good: Option<bool>,
    checked: String,
    now: String,
    otherwise: String,
}

/// Columns of the labels.
const LABEL: usize = 12;

/// The lines for a width; two for each part where the screen is high enough.
pub(super) fn lines(scene: &Scene<'_>, room: usize, height: u16) -> Vec<Line<'static>> {
    let most = if height >= 30 { 2 } else { 1 };
    let theme = scene.theme;
    let mut out = Vec::new();
    let mut put = |mark: &str, mark_style: Style, label: &str, words: &str, style: Style| {
        let head = format!("{mark} {label:<0$}", LABEL - 2);
        let mut lines = text::wrap(words, room.saturating_sub(LABEL));
        if lines.len() > most {
            lines = vec![lines[..most - 1].join(" "), lines[most - 1..].join(" ")];
            lines.retain(|line| !line.is_empty());
        }
        for (nth, line) in lines.iter().enumerate() {
            let line = text::fit(line, room.saturating_sub(LABEL), theme.symbols.cut);
            let head = if nth == 0 { head.clone() } else { " ".repeat(LABEL) };
            out.push(Line::from(vec![Span::styled(head, mark_style), Span::styled(line, style)]));
        }
    };
    let symbols = theme.symbols;
    if let Some(notice) = &scene.model.notice {
        let (mark, style) = match notice.tone {
            Tone::Good => (symbols.done, theme.good),
            Tone::Hint => (symbols.warn, theme.warn),
            Tone::Bad => (symbols.bad, theme.bad),
        };
        put(mark, style, label(notice), &sentence(&notice.text), style);
        for advice in notice.advice.iter().take(2) {
            put(symbols.arrow, theme.heading, "Now", advice, theme.heading);
        }
        while out.len() < 3 {
            out.push(Line::default());
        }
        return out;
    }
    let guide = guide(scene);
    let (mark, style) = match guide.good {
        Some(true) => (symbols.done, theme.good),
        Some(false) => (symbols.bad, theme.bad),
        None => (symbols.later, Style::new()),
    };
    put(mark, style, "Checked", &guide.checked, Style::new());
    put(symbols.arrow, theme.heading, "Now", &guide.now, theme.heading);
    put(symbols.warn, theme.warn, "Otherwise", &guide.otherwise, theme.hint);
    out
}

fn label(notice: &Notice) -> &'static str {
    match notice.tone {
        Tone::Good => "Done",
        Tone::Hint => "Note",
        Tone::Bad => "Not so",
    }
}

fn guide(scene: &Scene<'_>) -> Guide {
    match &scene.model.step {
        Step::Welcome => welcome(scene),
        Step::Path => path(scene),
        Step::Load => load(scene),
        Step::Interface(_) => interface(scene),
        Step::Option150(serving) => option150(scene, &serving.interface.file),
        Step::Transfer(_, announced) => transfer(scene, &announced.value.to_string()),
        Step::SwitchBack(_, _, finished) => switch_back(scene, finished),
        Step::Report(_, _, _, back) => Guide {
            good: Some(true),
            checked: format!("option 150 names {} again, by your word", back.to),
            now: "Keep the report with the ticket. Enter leaves; until then phones are still served.".into(),
            otherwise: "without it nobody can tell later which phone took which load, and when".into(),
        },
    }
}

fn welcome(scene: &Scene<'_>) -> Guide {
    let open = scene.model.welcome.unfinished.len();
    Guide {
        good: Some(open == 0),
        checked: match open {
            0 => "no earlier session on this laptop left option 150 behind".into(),
            1 => "an earlier session never confirmed that option 150 went back".into(),
            open => format!("{open} earlier sessions never confirmed that option 150 went back"),
        },
        now: match open {
            0 => "Choose, then press Enter. Nothing on the network is touched before you say so.".into(),
            _ => "Put option 150 back on the DHCP server, then press b. Or begin with Enter.".into(),
        },
        otherwise: match open {
            0 => "a phone with an old load refuses what CUCM hands out, and says Auth Fail for ever".into(),
            _ => "every phone on that network asks this laptop at its next start, and finds nobody".into(),
        },
    }
}

fn path(scene: &Scene<'_>) -> Guide {
    let answer = scene.model.path.answer();
    let otherwise = "a load signed with a key that the phone does not know is refused: Auth Fail".to_owned();
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
        Some((Verdict::NoHopNeeded, _)) => "no load is needed in between: Auth Fail has another cause".into(),
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
        "a damaged or wrong load costs every phone an hour, and some of them their lives".to_owned()
    } else {
        "the phone refuses a load outside the window, and a damaged one can leave it dead".to_owned()
    };
    if draft.is_busy() {
        let checked = "reading every archive, every image and every checksum".into();
        return Guide { good: None, checked, now: "Wait a moment.".into(), otherwise };
    }
    let picked = draft.picked.len();
    let found = text::count(draft.loads.len(), "load");
    Guide {
        good: if draft.searched { Some(picked > 0 || (inspecting && !draft.loads.is_empty())) } else { None },
        checked: match (draft.loads.len(), picked) {
            (0, _) => "no load was found beside the program, in `loads`, here, or in Downloads".into(),
            (_, 0) if !inspecting => format!("{found} found, none picked that can serve"),
            (_, picked) if !inspecting => {
                format!("{found} found, {picked} picked: complete, in the window, checksums right")
            }
            _ => format!("{found} found; each was read to its last octet"),
        },
        now: match (draft.typing, draft.loads.is_empty(), picked) {
            (true, ..) => {
                "Type or paste where the archive or folder is; Tab completes, Enter reads it.".into()
            }
            (false, true, _) => {
                "Put the archive beside the program and press r, or press p and type where it is.".into()
            }
            (false, false, 0) if !inspecting => {
                "Pick a load with Space; the reason stands beside each.".into()
            }
            _ if inspecting => "Look with the arrows; d shows images, dates and digests.".into(),
            _ => "Press Enter to serve what is picked; Space changes it, d shows what is inside.".into(),
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
                    "Choose the one that the phones hang on, and press Enter to check it.".into(),
                )
            }
        },
        Check::Running(_, address) => (
            None,
            format!("opening port {} on {address} and reading a file through it", scene.model.port()),
            "Wait a moment.".into(),
        ),
        Check::Starting(..) => (None, "starting the service".into(), "Wait a moment.".into()),
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

fn option150(scene: &Scene<'_>, file: &str) -> Guide {
    let draft = &scene.model.option150;
    let otherwise = "a reset phone asks the address in option 150 alone, and its old load stays".to_owned();
    if let Some(guide) = wrong_value(draft, &otherwise) {
        return guide;
    }
    match draft.announced {
        None => Guide {
            good: Some(true),
            checked: format!("the service answers; {file} was read through it"),
            now: "Note what option 150 names now, and press Enter; then change it.".into(),
            otherwise: "nobody will know what to put back when the phones are done".into(),
        },
        Some(_) => Guide {
            good: Some(true),
            checked: "the old value is on record, on the disk".into(),
            now: "Set option 150 as shown, then press Enter to confirm that it is done.".into(),
            otherwise,
        },
    }
}

fn wrong_value(draft: &Option150Draft, otherwise: &str) -> Option<Guide> {
    let problem = draft.parsed().err()?;
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
    let (now, otherwise) = match () {
        () if trouble > 0 => (
            "Look at the phones at the top of the table: Right shows what to do for each.",
            "a phone that is stuck stays so; the others go on without it",
        ),
        () if seen > 0 && back == seen => (
            "All are back. Reset the next phone, or press Enter to switch option 150 back.",
            "while option 150 names this laptop, no phone finds the call manager's load",
        ),
        () if under_way > 0 => (
            "Leave the power of these phones alone. Reset the next one meanwhile.",
            "a phone that loses power while it writes flash can be lost for good",
        ),
        () => (
            "Reset a phone as shown; Space goes to the next step.",
            "a phone that is not reset goes on with its old load and never asks here",
        ),
    };
    Guide { good: Some(trouble == 0), checked, now: now.into(), otherwise: otherwise.into() }
}

fn switch_back(scene: &Scene<'_>, finished: &Finished) -> Guide {
    let otherwise =
        "every phone asks this laptop at its next start, and finds nobody when it is gone".to_owned();
    if let Some(guide) = wrong_value(&scene.model.switch_back, &otherwise) {
        return guide;
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
            format!(
                "{} not back yet; you went on, and serving goes on too",
                text::count(phones.len(), "phone")
            ),
        ),
    };
    Guide {
        good: Some(good),
        checked,
        now: "Set option 150 back as shown, then press Enter to confirm that it is done.".into(),
        otherwise,
    }
}
