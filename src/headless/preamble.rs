//! What is said before the first phone is heard: what is served and where, what DHCP must say, what to beware of,
//! what to press.

use std::io::{self, Write};

use super::page::Page;
use crate::catalog::{Catalog, Model, Reset};
use crate::session::{Offer, Service};

/// Write it all.
pub(super) fn write(
    out: &mut dyn Write,
    catalog: &Catalog,
    offer: &Offer,
    service: &Service,
) -> io::Result<()> {
    let mut page = Page::new(out);
    let (address, port) = (*service.address().ip(), service.address().port());
    let (interface, doubt) = service.interface();
    page.heading(&format!("Serving on {address} ({interface}), UDP port {port}"))?;
    if let Some(doubt) = doubt {
        page.hanging("  ! ", 4, &format!("{interface} {doubt}."))?;
    }
    if offer.loads.is_empty() {
        let megabytes = offer.bundle.octets() as f64 / 1e6;
        page.paragraph(2, &format!("{} files, {megabytes:.1} MB", offer.bundle.len()))?;
    } else {
        recovery(&mut page, catalog, offer)?;
        announce(&mut page, address, service)?;
    }
    page.heading("Waiting for phones. Ctrl-C ends.")?;
    page.gap()
}

/// How phones find this laptop.
fn announce(
    page: &mut Page<&mut dyn Write>,
    address: std::net::Ipv4Addr,
    service: &Service,
) -> io::Result<()> {
    if let Some(offered) = service.offered() {
        let whom = match offered {
            0 => "Every phone that asks for its configuration is offered the load by it.".to_owned(),
            1 => "One listed phone is offered the load by its configuration, and no other.".to_owned(),
            more => {
                format!("{more} listed phones are offered the load by their configuration, and no other.")
            }
        };
        page.heading(&whom)?;
        page.paragraph(
            2,
            "A phone that still boots needs no reset for it: switch it off and on. This way is told by one source and was not seen on hardware by us; where it does not work, reset the phone.",
        )?;
    }
    if let Some(pool) = service.bench_pool() {
        page.heading(&format!("DHCP ON: this laptop gives addresses to Cisco phones ({pool} of them)."))?;
        return page.paragraph(
            2,
            "It ends as soon as another DHCP server shows up. A phone takes its address when it is switched off and on.",
        );
    }
    let [a, b, c, d] = address.octets();
    let hex = format!("{a:02X}{b:02X}{c:02X}{d:02X}");
    page.heading(&format!("DHCP option 150 must name {address} (in hex {hex})."))
}

fn recovery(page: &mut Page<&mut dyn Write>, catalog: &Catalog, offer: &Offer) -> io::Result<()> {
    let mut served: Vec<&Model> = Vec::new();
    for load in &offer.loads {
        // Only models whose default load file is there can ask for the load after a reset.
        let has_file = |model: &&Model| offer.bundle.get(&model.default_load_file.value).is_some();
        let models: Vec<&Model> = catalog.models_of_family(&load.family).filter(has_file).collect();
        page.hanging(&format!("  {}  ", load.load), 4, &format!("for {}", names(&models)))?;
        served.extend(models);
    }
    for reason in &offer.left_out {
        page.hanging("  ! ", 4, &format!("{reason}."))?;
    }
    page.heading("Before the power is touched")?;
    for (caution, models) in by(&served, |model| catalog.cautions_for(model).collect()) {
        let whose = if caution.every_model { String::new() } else { format!(" ({})", names(&models)) };
        page.hanging("  - ", 4, &format!("{}.{whose}", caution.title))?;
    }
    for (reset, models) in by(&served, |model| vec![catalog.reset_for(model)]) {
        page.heading(&format!("On each {}", names(&models)))?;
        steps(page, reset)?;
    }
    page.paragraph(2, "`loadlift keys MODEL` says more.")
}

fn steps(page: &mut Page<&mut dyn Write>, reset: &Reset) -> io::Result<()> {
    for (n, step) in reset.steps.iter().enumerate() {
        page.hanging(&format!("  {}. ", n + 1), 5, step)?;
    }
    let keys: Vec<String> = reset.code.value.chars().map(String::from).collect();
    page.paragraph(5, &keys.join(" "))
}

fn names(models: &[&Model]) -> String {
    models.iter().map(|model| model.model.as_str()).collect::<Vec<_>>().join(", ")
}

/// Things that several models have in common, each once, with the models.
fn by<'a, T: PartialEq + 'a>(
    models: &[&'a Model],
    of: impl Fn(&'a Model) -> Vec<&'a T>,
) -> Vec<(&'a T, Vec<&'a Model>)> {
    let mut found: Vec<(&T, Vec<&Model>)> = Vec::new();
    for model in models {
        for thing in of(model) {
            match found.iter_mut().find(|(known, _)| *known == thing) {
                Some((_, models)) => models.push(model),
                None => found.push((thing, vec![model])),
            }
        }
    }
    found
}
