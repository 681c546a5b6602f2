//! `loadlift keys MODEL`: what to press to reset a phone, what to beware of first, and what a bad end looks like.

use std::io::{self, Write};

use serde_json::json;

use super::page::Page;
use crate::catalog::{Catalog, Confidence, Fact, Model, ModelError, Reset};
use crate::error::Advice;

/// Columns of the labels in front of facts.
const LABELS: usize = 14;

/// Show the keys that reset a phone, what to beware of first, and what a bad end looks like
#[derive(Debug, Clone, clap::Args)]
pub struct KeysArgs {
    /// The model: 7945, 7945G, CP-7945G, 7941G-GE
    pub model: String,
}

/// Why `keys` has no answer.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No such model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The answer could not be written.
    #[error("the answer could not be written: {0}")]
    Write(#[from] io::Error),
}

impl Advice for KeysError {
    fn code(&self) -> &'static str {
        match self {
            Self::Model(wrong) => wrong.code(),
            Self::Write(_) => "output",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::Model(wrong) => wrong.advice(),
            Self::Write(_) => vec!["Write to a place with room, or to the terminal.".into()],
        }
    }
}

/// Answer on `out`, as text or as one line of JSON.
pub fn run(args: &KeysArgs, out: &mut impl Write, json: bool) -> Result<(), KeysError> {
    let catalog = Catalog::embedded();
    let model = catalog.expect_model(&args.model)?;
    if json {
        write_json(catalog, model, out)?;
    } else {
        write_text(catalog, model, out)?;
    }
    Ok(())
}

fn write_json(catalog: &Catalog, model: &Model, out: &mut impl Write) -> io::Result<()> {
    let answer = json!({
        "model": model.model,
        "name": model.name,
        "family": model.family,
        "default_load_file": model.default_load_file.value,
        "cautions": catalog.cautions_for(model).collect::<Vec<_>>(),
        "reset": catalog.reset_for(model),
        "reset_of_old_loads": catalog.reset_of_old_loads(model),
        "outcomes": catalog.outcomes_for(model).collect::<Vec<_>>(),
        "note": model.note,
    });
    writeln!(out, "{answer}")
}

fn write_text(catalog: &Catalog, model: &Model, out: &mut impl Write) -> io::Result<()> {
    let reset = catalog.reset_for(model);
    let mut page = Page::new(out);
    page.heading(&format!("Factory reset of a {} ({})", model.model, model.name))?;
    page.gap()?;
    page.paragraph(0, &reset.summary)?;

    page.heading("Before you begin")?;
    for caution in catalog.cautions_for(model) {
        page.hanging(
            "  - ",
            4,
            &format!("{}. {} ({})", caution.title, caution.text, caution.evidence.source),
        )?;
    }

    page.heading("Keys")?;
    write_steps(&mut page, reset)?;
    page.gap()?;
    write_around_the_code(&mut page, reset)?;

    page.heading("What follows")?;
    fact(&mut page, "Lamps", reset.lamps_after.as_ref(), ToString::to_string)?;
    fact(&mut page, "Screen", reset.screen_during.as_ref(), Clone::clone)?;
    fact(&mut page, "Time", reset.duration_minutes.as_ref(), |[from, to]| {
        format!("{from} to {to} minutes in all")
    })?;
    labelled(
        &mut page,
        "Asks for",
        &format!("{}, and then the images named in it", model.default_load_file.value),
    )?;
    for note in [&reset.note, &model.note].into_iter().flatten() {
        labelled(&mut page, "Note", note)?;
    }

    if !reset.other_codes.is_empty() {
        page.heading("Other codes")?;
        for other in &reset.other_codes {
            let sure = aside(other.evidence.confidence);
            page.hanging(
                &format!("  {}", other.code),
                LABELS + 2,
                &format!("{} {}{sure}", other.effect, other.use_when),
            )?;
        }
    }
    if let Some(old) = catalog.reset_of_old_loads(model) {
        let below = old.loads_below.map(|below| format!(" before {below}")).unwrap_or_default();
        page.heading(&format!("With a load{below}"))?;
        page.paragraph(2, &old.summary)?;
        write_steps(&mut page, old)?;
        if let Some(note) = &old.note {
            page.gap()?;
            labelled(&mut page, "Note", note)?;
        }
    }

    page.heading("If it goes wrong")?;
    for outcome in catalog.outcomes_for(model) {
        page.hanging("  - ", 4, &format!("{}.", outcome.seen))?;
        page.hanging("    Cause:", 12, &outcome.cause)?;
        page.hanging("    Helped:", 12, &outcome.helped)?;
    }
    Ok(())
}

/// The numbered steps, and the code below them with its keys apart.
fn write_steps(page: &mut Page<impl Write>, reset: &Reset) -> io::Result<()> {
    for (at, step) in reset.steps.iter().enumerate() {
        page.hanging(&format!("  {}. ", at + 1), 5, step)?;
    }
    let spaced: Vec<String> = reset.code.value.chars().map(String::from).collect();
    page.gap()?;
    page.paragraph(5, &format!("{}{}", spaced.join(" "), aside(reset.code.confidence)))
}

/// How long, which lamps, which slips: what concerns the moment of the code.
fn write_around_the_code(page: &mut Page<impl Write>, reset: &Reset) -> io::Result<()> {
    fact(page, "Hold #", reset.hold_seconds.as_ref(), |[from, to]| format!("usually {from} to {to} s"))?;
    match &reset.lamps_waiting {
        Some(lamps) => fact(page, "Lamps", Some(lamps), |lamps| format!("while you hold #, {lamps}"))?,
        None => labelled(page, "Lamps", "not known for this model")?,
    }
    if let Some(window) = &reset.window_seconds {
        let note = reset.window_note.as_deref().unwrap_or_default();
        let text = format!(
            "the phone waits up to {} s for the code{}. {note}",
            window.value,
            aside(window.confidence)
        );
        labelled(page, "Time", &text)?;
    }
    if reset.repeated_key_is_harmless.as_ref().is_some_and(|fact| fact.value) {
        fact(page, "Key twice", reset.repeated_key_is_harmless.as_ref(), |_| "does no harm".into())?;
    }
    if reset.wrong_key_aborts.as_ref().is_some_and(|fact| fact.value) {
        fact(page, "Wrong key", reset.wrong_key_aborts.as_ref(), |_| {
            "the phone starts as usual: begin again".into()
        })?;
    }
    if reset.asks_to_keep_settings.as_ref().is_some_and(|fact| !fact.value) {
        fact(page, "Question", reset.asks_to_keep_settings.as_ref(), |_| {
            "it does not ask whether to keep settings".into()
        })?;
    }
    Ok(())
}

fn labelled(page: &mut Page<impl Write>, label: &str, text: &str) -> io::Result<()> {
    page.hanging(&format!("  {label}"), LABELS, text)
}

/// A labelled fact with how sure it is; nothing for an unknown one.
fn fact<T>(
    page: &mut Page<impl Write>,
    label: &str,
    fact: Option<&Fact<T>>,
    words: impl Fn(&T) -> String,
) -> io::Result<()> {
    match fact {
        Some(fact) => labelled(page, label, &format!("{}{}", words(&fact.value), aside(fact.confidence))),
        None => Ok(()),
    }
}

/// ` (one source)` behind what is not firm, nothing behind the rest.
fn aside(confidence: Confidence) -> String {
    if confidence.is_firm() { String::new() } else { format!(" ({})", confidence.words()) }
}

#[cfg(test)]
mod tests {
    use super::super::page::WIDTH;
    use super::*;

    fn answer(model: &str, json: bool) -> String {
        let mut out = Vec::new();
        run(&KeysArgs { model: model.to_owned() }, &mut out, json)
            .unwrap_or_else(|wrong| panic!("{model}: {wrong}"));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cautions_stand_before_the_keys() {
        for (model, caution) in [
            ("7945", "FN63772"),
            ("7970", "power brick"),
            ("7971", "FN62072"),
            ("7906", "Never cut the power"),
        ] {
            let text = answer(model, false);
            let (caution_at, keys_at) = (text.find(caution), text.find("\nKeys\n"));
            assert!(caution_at.is_some() && caution_at < keys_at, "{model}: {text}");
            assert!(text.contains("1 2 3 4 5 6 7 8 9 * 0 #"), "{model}: {text}");
        }
        assert!(answer("7970", false).contains("* * # # * * 2"));
        assert!(answer("7931", false).contains("not known for this model"));
    }

    #[test]
    fn every_model_has_a_page_that_fits_a_screen_80_columns_wide() {
        for model in Catalog::embedded().models() {
            let text = answer(&model.model, false);
            for line in text.lines() {
                assert!(
                    line.chars().count() <= WIDTH && line.trim_end() == line,
                    "{}: `{line}`",
                    model.model
                );
            }
            assert!(text.contains("If it goes wrong"), "{}", model.model);
            assert!(!text.contains("..") && !text.contains("\n\n\n"), "{}: {text}", model.model);
        }
    }

    #[test]
    fn the_page_of_a_7945() {
        insta::assert_snapshot!(answer("7945", false));
    }

    #[test]
    fn json_has_the_reset_the_cautions_and_where_they_come_from() {
        let answer: serde_json::Value = serde_json::from_str(&answer("7970", true)).unwrap();
        assert_eq!(answer["model"], "7970G");
        assert_eq!(answer["reset"]["code"]["value"], "123456789*0#");
        assert_eq!(answer["reset"]["window_seconds"]["confidence"], "single");
        assert_eq!(answer["reset_of_old_loads"]["loads_below"], "6.0(1)");
        assert_eq!(answer["cautions"][0]["id"], "power-brick");
        assert!(answer["outcomes"].as_array().is_some_and(|outcomes| outcomes.len() > 3));
    }

    #[test]
    fn another_phone_is_named_for_what_it_is() {
        let wrong =
            |model: &str| run(&KeysArgs { model: model.to_owned() }, &mut Vec::new(), false).unwrap_err();
        assert_eq!(wrong("7960").code(), "model-foreign");
        assert_eq!(wrong("toaster").code(), "model-unknown");
        assert!(wrong("toaster").advice()[0].contains("7945G"));
    }
}
