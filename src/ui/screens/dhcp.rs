//! What DHCP says of option 150: the answers as they come with a countdown, and what they mean once all are in.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Scene;
use super::frame::key_name;
use crate::dhcp::{Method, State};
use crate::error::printable;
use crate::journal::Phase;
use crate::report::span;
use crate::ui::text;
use crate::ui::widgets::column::Column;
use crate::ui::widgets::field::{self, Field};
use crate::wizard::{Action, Asked, Asking, Mode, Option150Draft, Running, Voice, keys, voices};

/// Columns of the labels of the fields around it.
pub(super) const LABEL: usize = 15;
/// Lines that the fields and the beginning of the commands below it need.
const BELOW: u16 = 9;

/// Draw how asking stands. What is not vital gives way where room is short.
pub(super) fn draw(column: &mut Column<'_, '_>, scene: &Scene<'_>, draft: &Option150Draft) {
    let theme = column.theme;
    let played = if scene.model.mode == Mode::Rehearse { " (played)" } else { "" };
    match &draft.asking {
        Asking::Never => said(column, "  ", Style::new(), "not asked yet", Style::new()),
        Asking::Stopped => {
            let words = "asking was stopped before all answers could come";
            said(column, theme.symbols.warn, theme.warn, words, theme.warn);
        }
        Asking::Failed(problem) => {
            let words = format!("not asked: {} [{}]", problem.message, problem.code);
            said(column, theme.symbols.bad, theme.bad, &words, theme.bad);
        }
        Asking::Running(running) => {
            let words = format!("{}{played}", countdown(scene, running));
            said(column, theme.symbols.now, theme.progress, &words, theme.heading);
            heard(column, &voices(&running.answers));
        }
        Asking::Done(asked) => {
            let (mark, style) = mark(asked, column);
            // Who says what stands below, in a line each.
            let sentence = match asked.verdict.state {
                State::ServersDisagree => "DHCP servers contradict each other.".to_owned(),
                _ => asked.sentence(),
            };
            let words = format!("{sentence}{played}");
            labelled(column, (mark, style), &clock(asked), &words, style.patch(theme.heading));
            heard(column, &voices(&asked.heard.answers));
            for note in asked.verdict.notes.iter().chain(&asked.heard.blind) {
                if column.lines_left() <= BELOW + 3 {
                    break;
                }
                column.hanging(format!("    {} ", theme.symbols.dot), note, Style::new(), 2);
            }
        }
    }
}

/// What a step that asks DHCP says of how asking stands.
///
/// Answers whether it is good, `None` while nothing can be said; what was checked; what to do now.
pub(super) fn guide(scene: &Scene<'_>, draft: &Option150Draft) -> (Option<bool>, String, String) {
    let ask = key_for(scene, Action::AskDhcp);
    let insist = key_for(scene, Action::Override);
    let is_before = scene.model.phase() == Some(Phase::Before);
    match &draft.asking {
        _ if draft.overriding => (
            Some(false),
            "DHCP does not say so: you vouch for it".to_owned(),
            "Say why in a few words, then press Enter; Esc leaves it to DHCP.".to_owned(),
        ),
        Asking::Running(_) => (
            None,
            "DHCP is being asked as a phone would ask, and no lease is taken".to_owned(),
            format!("Wait: some servers take three seconds to answer. {ask} stops it."),
        ),
        _ if draft.proof.as_ref().is_some_and(|proof| proof.why().is_some()) => (
            Some(false),
            "DHCP does not say so: you vouched for it".to_owned(),
            format!("Enter goes on by your word; {ask} asks DHCP."),
        ),
        Asking::Done(asked) => (is_good(asked), asked.sentence(), asked.next(&ask, &insist)),
        Asking::Failed(problem) => {
            let advice = problem.advice.first().cloned().unwrap_or_default();
            let without = if is_before {
                "Or type it at Named before, then Enter.".to_owned()
            } else {
                format!("Or {insist}, and say why.")
            };
            (Some(false), problem.message.clone(), format!("{advice} {without}"))
        }
        Asking::Never | Asking::Stopped if is_before => (
            None,
            "DHCP was not asked to the end what option 150 names".to_owned(),
            format!("{ask} asks; or type it at Named before, and press Enter."),
        ),
        Asking::Never | Asking::Stopped => (
            None,
            "DHCP was not asked yet whether the change is made".to_owned(),
            "Change option 150 as shown, then press Enter: DHCP is asked.".to_owned(),
        ),
    }
}

/// Whether DHCP says what the step wants; `None` for what is neither good nor wrong.
fn is_good(asked: &Asked) -> Option<bool> {
    match asked.phase {
        Phase::Before if asked.verdict.state == State::ThisLaptop => None,
        Phase::Before if asked.verdict.state == State::NobodyAnswered => Some(false),
        // Whatever all servers agree on can be noted.
        Phase::Before => Some(asked.verdict.option_150.is_some()),
        Phase::During | Phase::After => Some(asked.verdict.is_reached),
    }
}

/// Why the technician goes on without DHCP, while that is being typed.
pub(super) fn why(column: &mut Column<'_, '_>, draft: &Option150Draft) {
    let theme = column.theme;
    let mark = Span::styled(format!("{} ", theme.symbols.warn), theme.warn);
    let words = "You go on by your own word; log and report say so, with the reason:";
    column.hanging(mark, words, theme.warn, 2);
    let field = Field {
        label: "Because",
        label_columns: LABEL,
        text: draft.why.text(),
        cursor: draft.why.cursor(),
        focused: true,
        placeholder: "say why in a few words, such as `bench without DHCP`",
    };
    let line = field::line(&field, column.width(), theme);
    column.line(line);
}

/// The key that does this now, as it is written on this terminal; empty if none does.
pub(super) fn key_for(scene: &Scene<'_>, action: Action) -> String {
    let table = keys::table(scene.model, scene.at);
    let bound = table.iter().find(|binding| binding.action == action && binding.in_bar);
    bound.map(|binding| key_name(binding.key, scene.theme)).unwrap_or_default()
}

fn said(column: &mut Column<'_, '_>, mark: &str, mark_style: Style, words: &str, style: Style) {
    labelled(column, (mark, mark_style), "", words, style);
}

/// `when` is the time of day, or nothing.
fn labelled(
    column: &mut Column<'_, '_>,
    (mark, mark_style): (&str, Style),
    when: &str,
    words: &str,
    style: Style,
) {
    let label = format!("DHCP {when}");
    let head = format!("{mark:<2}{label:<LABEL$}");
    column.hanging(Span::styled(head, mark_style), &printable(words, 300), style, 2);
}

fn countdown(scene: &Scene<'_>, running: &Running) -> String {
    let through = scene.model.step.serving().map(|serving| serving.interface.name.clone());
    let about = running.subnet.map(|subnet| format!(" about {subnet}")).unwrap_or_default();
    let left = running.left.map(|left| format!(", {} s left", left.as_millis().div_ceil(1000)));
    let through = through.unwrap_or_default();
    format!("asking through {through}{about}{}", left.unwrap_or_default())
}

/// Each server in a line.
fn heard(column: &mut Column<'_, '_>, voices: &[Voice]) {
    let room = usize::from(column.lines_left().saturating_sub(BELOW)).clamp(2, 4);
    let shown = if voices.len() > room { room - 1 } else { voices.len() };
    for voice in voices.iter().take(shown) {
        let line = text::fit(&format!("    {}", words(voice)), column.width(), column.theme.symbols.cut);
        column.line(line);
    }
    if voices.len() > shown {
        let more = format!("    {} and {} more", column.theme.symbols.cut, voices.len() - shown);
        column.line(Line::from(more));
    }
}

/// One server in a line, the vital first.
fn words(voice: &Voice) -> String {
    let phones = if voice.to_phones { "" } else { ", but not to phones" };
    let scope = voice.scope.map(|scope| format!("; scope {scope}")).unwrap_or_default();
    let relay = voice.relay.map(|relay| format!(", relay {relay}")).unwrap_or_default();
    let lease = voice.lease.map(|lease| format!(", lease {}", span(lease.as_secs()))).unwrap_or_default();
    let methods: Vec<&str> = voice.methods.iter().map(|method| way(*method)).collect();
    format!("{} says {}{phones}{scope}{relay}{lease}; {}", voice.server, voice.says, methods.join(", "))
}

/// How it was asked, as short as a line of 80 columns needs it.
fn way(method: Method) -> &'static str {
    match method {
        Method::InformBroadcast => "INFORM",
        Method::InformUnicast => "INFORM to it",
        other => other.words(),
    }
}

fn mark(asked: &Asked, column: &Column<'_, '_>) -> (&'static str, Style) {
    let theme = column.theme;
    match is_good(asked) {
        Some(true) => (theme.symbols.done, theme.good),
        Some(false) => (theme.symbols.bad, theme.bad),
        None => (theme.symbols.warn, theme.warn),
    }
}

/// `13:00:06`, in UTC as in the log.
fn clock(asked: &Asked) -> String {
    asked.at.to_string().get(11..19).unwrap_or_default().to_owned()
}
