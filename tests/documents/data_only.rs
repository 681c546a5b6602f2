//! What CONTRIBUTING promises: a phone and a DHCP server are added by data alone.

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;

use loadlift::catalog::{Catalog, EMBEDDED, Purpose, commands};

use crate::markdown::{read, root};

/// A copy of the assets: name below `assets/`, text.
fn copy() -> Vec<(String, String)> {
    EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn parse(files: &[(String, String)]) -> Catalog {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Catalog::parse(&files).unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn every_file_of_phones_and_of_dhcp_servers_is_in_the_program() {
    let built_in: BTreeSet<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
    for folder in ["phones", "dhcp"] {
        for entry in fs::read_dir(root().join("assets").join(folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(built_in.contains(name.as_str()), "{name} lies in assets/ and is not in the program");
        }
    }
}

#[test]
fn a_phone_is_added_by_the_lines_that_contributing_shows() {
    // The document's own example, as another model.
    let example = read("CONTRIBUTING.md").fenced("toml").join("\n");
    assert!(example.contains("[[phone]]") && example.contains("7965"), "the example is in CONTRIBUTING.md");
    let lines = example.replace("7965", "7999").replace("term65", "term99").replace("436", "9999");
    let mut files = copy();
    let phones = files.iter_mut().find(|(name, _)| name == "phones/45.toml").unwrap();
    phones.1.extend(["\n", &lines, "\n"]);

    assert!(Catalog::embedded().model("7999").is_none());
    let catalog = parse(&files);
    let model = catalog.model("cp-7999").expect("the new model is known by the names that people use");
    assert_eq!((model.model.as_str(), model.family.as_str()), ("7999G", "45"));
    let asked = catalog.models_by_default_load_file("TERM99.default.loads");
    assert_eq!(
        asked.map(|model| model.model.as_str()).collect::<Vec<_>>(),
        ["7999G"],
        "known by its first request"
    );
    assert!(!catalog.reset_for(model).id.is_empty() && catalog.cautions_for(model).count() > 0);
}

#[test]
fn the_lines_that_contributing_shows_are_those_of_the_assets() {
    let example = read("CONTRIBUTING.md").fenced("toml").join("\n");
    let mut files = copy();
    let phones = files.iter_mut().find(|(name, _)| name == "phones/45.toml").unwrap();
    phones.1.extend(["\n", &example, "\n"]);
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let wrong = Catalog::parse(&files).expect_err("the 7965G is there already");
    assert!(wrong.to_string().contains("65"), "{wrong}");
}

#[test]
fn a_dhcp_server_is_added_by_one_file() {
    let dnsmasq = EMBEDDED.iter().find(|(name, _)| *name == "dhcp/dnsmasq.toml").unwrap().1;
    let text = dnsmasq
        .replace("id = \"dnsmasq\"", "id = \"newserver\"")
        .replace("name = \"dnsmasq\"", "name = \"New Server 3\"")
        .replace("also = [\"openwrt\", \"pi-hole\", \"pihole\", \"dd-wrt\"]", "also = [\"newest\"]");
    let mut files = copy();
    files.push(("dhcp/newserver.toml".into(), text));

    let catalog = parse(&files);
    assert_eq!(catalog.dhcp_servers().len(), Catalog::embedded().dhcp_servers().len() + 1);
    let server = catalog.dhcp_server("Newest").expect("it is known by its other name");
    let set = commands(server, Purpose::Set, &[Ipv4Addr::new(10, 1, 1, 5)], None);
    assert_eq!(set.lines().collect::<Vec<_>>(), ["dhcp-option=150,10.1.1.5"]);
}
