//! What can lie over a step: a question, the help, the log.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::Clear;

use super::{Hits, Scene, frame::key_name};
use crate::ui::text;
use crate::ui::theme::Theme;
use crate::ui::widgets::dialog;
use crate::ui::widgets::help::{self, Section};
use crate::ui::widgets::log;
use crate::wizard::{Ask, Dialog, Key, Spot, StepKind, keys};

/// Phones that a question names before it counts the rest.
const NAMED: usize = 5;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>, hits: &mut Hits) {
    let Some(dialog) = &scene.model.dialog else { return };
    // Whatever it lies over would only fight with it for the eye. The frame around stays, with the keys that lead out.
    frame.render_widget(Clear, area);
    hits.cover(area);
    match dialog {
        Dialog::Ask(ask) => {
            for (area, key) in question(frame, area, ask, scene.theme) {
                hits.add(area, Spot::Key(key));
            }
        }
        Dialog::Help => draw_help(frame, area, scene),
        Dialog::Log(back) => {
            let lines: Vec<(String, &str)> =
                scene.model.log.lines().map(|(at, line)| (clock(*at), line.as_str())).collect();
            log::draw(frame, inset(area), "What happened", &lines, *back, scene.theme);
        }
    }
}

fn question(frame: &mut Frame<'_>, area: Rect, ask: &Ask, theme: &Theme) -> Vec<(Rect, Key)> {
    let phones = ask.phones();
    let mut items: Vec<String> = phones.iter().take(NAMED).cloned().collect();
    if phones.len() > NAMED {
        items.push(format!("and {} more", phones.len() - NAMED));
    }
    let keys = [(Key::Enter, ask.yes()), (Key::Esc, ask.no())];
    let keys = keys.map(|(key, does)| (key, key.to_string(), does.to_owned())).to_vec();
    let grave = !phones.is_empty();
    let dialog = dialog::Dialog { title: ask.title(), grave, lines: ask.text(), items, keys };
    dialog::draw(frame, area, &dialog, theme)
}

fn draw_help(frame: &mut Frame<'_>, area: Rect, scene: &Scene<'_>) {
    let mut here: Vec<(String, String)> = Vec::new();
    // The keys of the step below the help, not those of the help itself.
    for binding in keys::of_step(scene.model, scene.at) {
        let key = key_name(binding.key, scene.theme);
        match here.iter_mut().find(|(_, label)| label == binding.label) {
            Some((keys, _)) => *keys = format!("{} {}", keys.trim_end(), key.trim_end()),
            None => here.push((key, binding.label.to_owned())),
        }
    }
    let title = scene.model.step.kind().title();
    help::draw(frame, area, &[words(scene.model.step.kind())], &[Section { title, keys: here }], scene.theme);
}

/// What a step is for.
fn words(step: StepKind) -> &'static str {
    match step {
        StepKind::Welcome => {
            "Go through the steps with Enter and Esc; nothing that you entered is lost by going back. A rehearsal shows the whole way without phones."
        }
        StepKind::Path => {
            "Phones from before release 8.3(3) know one signing key, those from 8.5(2)SR1 on another; the releases in between know both. The path goes through one of them."
        }
        StepKind::Load => {
            "Every archive is read to its last octet. Only whole loads are served, and only with the files that their manifest names. Loads of several families can be served together."
        }
        StepKind::Interface => {
            "The port is opened and a file of the load is read through the address, as a phone would read it. That shows who holds the port. A firewall lets this laptop's own reads pass, so its rules are looked at too."
        }
        StepKind::Option150 => {
            "DHCP tells a phone by option 150 where its files are. It is asked as a phone would ask, and takes no lease. The old value is written down first, so that it can be put back even if this laptop dies."
        }
        StepKind::Transfer => {
            "A phone is back only when it asks for its settings after all images. Until then it may be writing flash, with nothing to be seen on the wire."
        }
        StepKind::SwitchBack => {
            "As long as option 150 names this laptop, phones look for their files here. It is back once DHCP says so, or you say in words why not. Serving goes on until you leave."
        }
        StepKind::Report => {
            "The report is made from the session's log, and can be made again from it at any time."
        }
    }
}

fn inset(area: Rect) -> Rect {
    Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area }
}

fn clock(at: crate::timestamp::Timestamp) -> String {
    text::fit(at.to_string().get(11..).unwrap_or(""), 8, "")
}
