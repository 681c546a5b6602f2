//! What is said before the first phone is heard: what is served and where, what DHCP must say, what to press.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::catalog::{Catalog, Reset};
use crate::session::{Offer, Service};

/// Write it all.
pub(super) fn write(
    out: &mut dyn Write,
    catalog: &Catalog,
    offer: &Offer,
    service: &Service,
) -> io::Result<()> {
    let (address, port) = (*service.address().ip(), service.address().port());
    let (interface, doubt) = service.interface();
    writeln!(out, "Serving on {address} ({interface}), UDP port {port}.")?;
    if let Some(doubt) = doubt {
        writeln!(out, "Note: {interface} {doubt}.")?;
    }
    if offer.loads.is_empty() {
        writeln!(out, "{} files, {:.1} MB.", offer.bundle.len(), offer.bundle.octets() as f64 / 1e6)?;
    } else {
        for load in &offer.loads {
            let models: Vec<_> = catalog.models_of_family(&load.family).map(|m| m.model.as_str()).collect();
            writeln!(out, "  {} for {}", load.load, models.join(", "))?;
        }
        let [a, b, c, d] = address.octets();
        writeln!(out, "DHCP option 150 must name {address} (in hex {a:02X}{b:02X}{c:02X}{d:02X}).")?;
        writeln!(out, "\nWaiting for phones. On each one:")?;
        what_to_press(out, catalog, offer)?;
    }
    writeln!(out, "\nCtrl-C ends.\n")
}

/// The reset, once for each procedure, with the cautions that come before it.
fn what_to_press(out: &mut dyn Write, catalog: &Catalog, offer: &Offer) -> io::Result<()> {
    let mut by_reset: BTreeMap<&str, (&Reset, Vec<&str>)> = BTreeMap::new();
    let mut cautions: Vec<(&str, Vec<&str>)> = Vec::new();
    for load in &offer.loads {
        for model in catalog.models_of_family(&load.family) {
            let reset = catalog.reset_for(model);
            by_reset.entry(&model.reset).or_insert((reset, Vec::new())).1.push(&model.model);
            for caution in catalog.cautions_for(model) {
                match cautions.iter_mut().find(|(text, _)| *text == caution.text) {
                    Some((_, models)) => models.push(&model.model),
                    None => cautions.push((&caution.text, vec![&model.model])),
                }
            }
        }
    }
    for (reset, models) in by_reset.values() {
        writeln!(out, "  {}", models.join(", "))?;
        for (n, step) in reset.steps.iter().enumerate() {
            writeln!(out, "    {}. {step}", n + 1)?;
        }
        let keys: Vec<String> = reset.code.value.chars().map(String::from).collect();
        writeln!(out, "       {}", keys.join(" "))?;
    }
    for (text, models) in cautions {
        writeln!(out, "  Caution ({}): {text}", models.join(", "))?;
    }
    writeln!(out, "`loadlift keys MODEL` says more.")
}
