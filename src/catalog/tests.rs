//! The embedded catalog against what the field knows, and the cross-check against edited files.

use super::*;
use crate::error::Advice as _;

fn catalog() -> &'static Catalog {
    Catalog::embedded()
}

/// Parse the embedded files with one text replaced; the replacement must take place.
fn edited(file: &str, from: &str, to: &str) -> Result<Catalog, CatalogError> {
    let texts: Vec<(&str, String)> = EMBEDDED
        .iter()
        .map(|(name, text)| {
            assert!(*name != file || text.contains(from), "{file} has no `{from}`");
            (*name, if *name == file { text.replacen(from, to, 1) } else { (*text).to_owned() })
        })
        .collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Catalog::parse(&files)
}

#[test]
fn the_embedded_files_make_a_catalog() {
    if let Err(wrong) = Catalog::parse(EMBEDDED) {
        panic!("{wrong}");
    }
    let numbers: Vec<&str> = catalog().families().iter().map(|family| family.number.as_str()).collect();
    assert_eq!(numbers, ["11", "31", "41", "42", "45", "70", "75"]);
    assert_eq!(catalog().models().len(), 14);
}

#[test]
fn every_entry_has_evidence() {
    // The types demand it where they are read; this looks at the files themselves, so that an entry that some type
    // reads without evidence is found as well.
    fn look(path: &str, value: &toml::Value) {
        match value {
            toml::Value::Table(table) => {
                let only_a_foreign_model = path.contains("foreign.toml") && path.ends_with(".models");
                // What a fact says is as sure as the fact, however much it says.
                if table.contains_key("value") && table.contains_key("source") {
                    return;
                }
                let root = path.matches('.').count() == 1;
                let evidence_itself = path.ends_with(".evidence");
                let part_of_a_way = matches!(path.rsplit('.').next(), Some("blanks" | "steps"));
                if !(root || evidence_itself || only_a_foreign_model || part_of_a_way) {
                    assert!(table.contains_key("evidence"), "{path} has no evidence: {table:?}");
                }
                for (key, value) in table {
                    look(&format!("{path}.{key}"), value);
                }
            }
            toml::Value::Array(items) => items.iter().for_each(|item| look(path, item)),
            _ => {}
        }
    }
    for (name, text) in EMBEDDED {
        look(name, &toml::from_str(text).unwrap());
    }
}

#[test]
fn a_model_is_found_under_the_names_that_people_use() {
    for (asked, model) in [
        ("7945", "7945G"),
        ("7945G", "7945G"),
        ("cp-7945g", "7945G"),
        (" CP-7945G ", "7945G"),
        ("Cisco 7945", "7945G"),
        ("7941", "7941G"),
        ("7941G-GE", "7941G-GE"),
        ("7941-ge", "7941G-GE"),
        ("7941GE", "7941G-GE"),
        ("7971", "7971G-GE"),
        ("7971G", "7971G-GE"),
        ("7971G-GE", "7971G-GE"),
    ] {
        assert_eq!(catalog().model(asked).map(|m| m.model.as_str()), Some(model), "{asked}");
    }
    for asked in ["", "G", "7940", "794", "79455", "45", "7906-GE", "7941GEGE", "SEP7945"] {
        assert!(catalog().model(asked).is_none(), "{asked}");
    }
    assert_eq!(
        catalog().foreign_model("7940").map(|(f, m)| (f.id.as_str(), m.model.as_str())),
        Some(("7940-7960", "7940G"))
    );
}

#[test]
fn models_share_a_default_load_file_only_with_their_gigabit_sibling() {
    for model in catalog().models() {
        let file = model.default_load_file.value.to_uppercase();
        let sharing: Vec<&str> =
            catalog().models_by_default_load_file(&file).map(|m| m.model.as_str()).collect();
        let expected: &[&str] = match model.model.as_str() {
            "7941G" | "7941G-GE" => &["7941G", "7941G-GE"],
            "7961G" | "7961G-GE" => &["7961G", "7961G-GE"],
            only => &[only],
        };
        assert_eq!(sharing, expected, "{file}");
    }
    assert_eq!(catalog().models_by_default_load_file("term40.default.loads").count(), 0);
}

#[test]
fn phones_of_the_facts_are_all_there() {
    // Model, family, default load file, device number: PHONES.md section 1.
    for (model, family, term, number) in [
        ("7906G", "11", "06", 369),
        ("7911G", "11", "11", 307),
        ("7931G", "31", "31", 348),
        ("7941G", "41", "41", 115),
        ("7941G-GE", "41", "41", 309),
        ("7961G", "41", "61", 30018),
        ("7961G-GE", "41", "61", 308),
        ("7942G", "42", "42", 434),
        ("7962G", "42", "62", 404),
        ("7945G", "45", "45", 435),
        ("7965G", "45", "65", 436),
        ("7970G", "70", "70", 30006),
        ("7971G-GE", "70", "71", 119),
        ("7975G", "75", "75", 437),
    ] {
        let found = catalog().model(model).unwrap_or_else(|| panic!("{model}"));
        assert_eq!(found.family, family, "{model}");
        assert_eq!(found.default_load_file.value, format!("term{term}.default.loads"), "{model}");
        assert_eq!(found.device_number.value, number, "{model}");
    }
    assert_eq!(catalog().default_load_files("41"), ["term41.default.loads", "term61.default.loads"]);
    assert_eq!(catalog().default_load_files("75"), ["term75.default.loads"]);
}

#[test]
fn images_are_in_the_order_in_which_phones_ask() {
    let family = catalog().family("45").unwrap();
    assert_eq!(family.image_stems(Protocol::Sccp), ["jar45sccp", "cnu45", "apps45", "dsp45", "cvm45sccp"]);
    assert_eq!(family.image_stems(Protocol::Sip)[0], "jar45sip");
}

#[test]
fn cautions_come_before_a_reset_with_the_models_own_first() {
    let ids = |model: &str| -> Vec<&str> {
        catalog().cautions_for(catalog().model(model).unwrap()).map(|caution| caution.id.as_str()).collect()
    };
    assert_eq!(ids("7945")[0], "memory-parts");
    assert_eq!(ids("7970")[0], "power-brick");
    for model in catalog().models() {
        let ids = ids(&model.model);
        assert!(ids.contains(&"never-unplug-while-writing"), "{}", model.model);
        let late = ["42", "45", "75"].contains(&model.family.as_str());
        assert_eq!(ids.contains(&"memory-parts"), late, "{}", model.model);
        assert_eq!(
            ids.iter().any(|id| id.starts_with("power-brick")),
            model.family == "70",
            "{}",
            model.model
        );
    }
    assert_eq!(catalog().reset_for(catalog().model("7911").unwrap()).id, "handset-lamp");
    assert_eq!(catalog().reset_of_old_loads(catalog().model("7970").unwrap()).unwrap().code.value, "**##**2");
    assert!(catalog().reset_of_old_loads(catalog().model("7975").unwrap()).is_none());
}

#[test]
fn known_archives_are_found_by_name_and_load() {
    let named = |name: &str| catalog().known_archives().iter().find(|archive| archive.is_named(name));
    let archive = named("cmterm-7945_7965-sccp.8-5-2.zip").unwrap();
    assert_eq!((archive.family.as_str(), archive.release.to_string().as_str()), ("45", "8.5(2)"));
    assert_eq!(archive.octets, Some(5_214_755));
    assert!(archive.is_named("CMTERM-7945_7965-sccp.8-5-2.ZIP"));
    let open = named("cmterm-7970_7971-sccp.9-4-2-1SR1-1.zip").unwrap();
    assert_eq!((open.name.as_deref(), open.release.to_string().as_str()), (None, "9.4(2)SR1"));
    assert_eq!(named(""), None);
    let recommended = catalog().versions().window.recommended;
    for family in catalog().families() {
        let found = catalog()
            .known_archives_of(&family.number, Protocol::Sccp, recommended)
            .filter(|a| a.sha1.is_some());
        assert_eq!(found.count(), 1, "family {}", family.number);
    }
}

#[test]
fn a_build_tag_leads_to_its_release() {
    assert_eq!(catalog().release_for_build("8-4-1-23").unwrap().release.to_string(), "8.4(2)");
    assert_eq!(catalog().release_for_build("8-5-2th1-9").unwrap().release.to_string(), "8.5(2)");
    assert!(catalog().release_for_build("8-5-2").is_none());
}

#[test]
fn files_of_other_phones_are_recognised_and_files_of_the_series_are_not() {
    for (file, id) in [
        ("cmterm-devicepack7.1.3.10000-1.cop.sgn", "cop"),
        ("cmterm-7945_7965-sccp.8-5-2.cop", "cop"),
        ("P00308010200.bin", "7940-7960"),
        ("P0S3-8-12-00.sb2", "7940-7960"),
        ("os79xx.txt", "7940-7960"),
        ("cmterm-7940-7960-sccp.8-1-2SR2.zip", "7940-7960"),
        ("CP7921G-1.4.5.3.LOADS", "wireless"),
        ("SIP69xx.9-4-1-3SR3.loads", "6900"),
        ("apps37sccp.1-4-5-7.bin", "conference"),
        ("CP7905010200SCCP031023A.sbin", "7905-7912"),
        ("some\\folder/x.zup", "7905-7912"),
        ("SEP001B2AAA0001.cnf.xml.sgn", "phone-configuration"),
        ("dkern894x.100609R2-9-4-2.sgn", "sgn"),
    ] {
        assert_eq!(catalog().foreign_file(file).map(|f| f.id.as_str()), Some(id), "{file}");
    }
    for file in [
        "SCCP45.8-5-2S.loads",
        "term45.default.loads",
        "jar45sccp.8-5-2TH1-9.sbn",
        "cmterm-7975-sccp.8-5-2.zip",
        "readme.txt",
    ] {
        assert!(catalog().foreign_file(file).is_none(), "{file}");
    }
}

#[test]
fn a_build_date_is_a_second_opinion_with_a_gap_in_the_middle() {
    let era = |day: &str| catalog().versions().build_dates.era(day.parse::<Day>().unwrap().0);
    assert_eq!(era("2008-11-13"), BuildEra::OldSide);
    assert_eq!(era("2009-06-01"), BuildEra::Unclear);
    assert_eq!(era("2009-09-14"), BuildEra::NewKey);
}

#[test]
fn cucm_versions_are_not_releases_but_lead_to_one() {
    assert_eq!(catalog().cucm_load("7.1(3)").unwrap().load.to_string(), "SCCP41.8-5-2SR1S");
    assert!(catalog().cucm_load("8.0(1)").is_none());
}

#[test]
fn patience_outlasts_the_longest_pause_that_was_seen() {
    let patience = catalog().patience();
    assert!(patience.between_files > 147_000, "a phone in the loop comes back after 147 s");
    assert!(patience.writing_flash > 420_000, "a recovery takes up to 7 minutes");
}

#[test]
fn an_edited_file_is_held_to_the_same_as_the_embedded_one() {
    for (file, from, to, code) in [
        ("phones/45.toml", "reset = \"line-buttons\"", "reset = \"none\"", "catalog-entry-unresolved"),
        ("phones/45.toml", "\"memory-parts\"", "\"memory\"", "catalog-entry-unresolved"),
        ("phones/45.toml", "number = \"45\"", "number = \"46\"", "catalog-contradiction"),
        ("phones/45.toml", "value = 435", "value = 436", "catalog-entry-twice"),
        ("phones/45.toml", "term45.default", "term65.default", "catalog-contradiction"),
        ("phones/45.toml", "\"7945G\"", "\"7965G\"", "catalog-entry-twice"),
        ("phones/45.toml", "7945_7965-sccp", "7945_7975-sccp", "catalog-contradiction"),
        ("phones/45.toml", "schema = 1", "schema = 2", "catalog-schema"),
        ("phones/45.toml", "[family]", "[family]\ncolour = \"grey\"", "catalog-unreadable"),
        ("phones/45.toml", "confidence = \"single\"", "confidence = \"sure\"", "catalog-unreadable"),
        ("phones/45.toml", "\"dsp45\", ", "", "catalog-contradiction"),
        ("archives.toml", "family = \"45\"", "family = \"42\"", "catalog-contradiction"),
        ("archives.toml", "family = \"45\"", "family = \"40\"", "catalog-entry-unresolved"),
        ("archives.toml", "release = \"8.5(2)\"", "release = \"8.5(3)\"", "catalog-contradiction"),
        ("archives.toml", "46aeae", "46aea", "catalog-contradiction"),
        ("archives.toml", "release = \"8.5(2)\"", "release = \"8.5\"", "catalog-unreadable"),
        ("versions.toml", "recommended = \"8.5(2)\"", "recommended = \"8.5(3)\"", "catalog-contradiction"),
        ("versions.toml", "families = [\"70\"]", "families = [\"71\"]", "catalog-entry-unresolved"),
        ("versions.toml", "\"7.0(3)\", \"8.2(2)\"", "\"8.2(2)\", \"7.0(3)\"", "catalog-contradiction"),
        ("versions.toml", "over = \"8.4(1)\"", "over = \"8.5(3)\"", "catalog-contradiction"),
        ("versions.toml", "2009-09-14", "2008-09-14", "catalog-contradiction"),
        ("versions.toml", "tag = \"8-3-3ES2\"", "tag = \"8-3-0-50\"", "catalog-entry-twice"),
        ("resets.toml", "123456789*0#", "123456789*0+", "catalog-contradiction"),
        ("resets.toml", "[10, 15]", "[15, 10]", "catalog-contradiction"),
        ("resets.toml", "every_model = true", "every_model = false", "catalog-contradiction"),
        ("resets.toml", "models = [\"7970G\"", "models = [\"7972G\"", "catalog-entry-unresolved"),
        ("resets.toml", "models = [\"7942G\"", "models = [\"7943G\"", "catalog-entry-unresolved"),
        ("resets.toml", "blink = \"flashes\"", "blink = \"glows\"", "catalog-unreadable"),
        ("foreign.toml", "\"*.cop\"", "\"*.sbn\"", "catalog-contradiction"),
        ("foreign.toml", "\"7940G\"", "\"7945G\"", "catalog-contradiction"),
        ("causes.toml", "key_change = true", "key_change = false", "catalog-contradiction"),
        ("patience.toml", "seconds = 180", "seconds = 18", "catalog-contradiction"),
        ("patience.toml", "seconds = 180", "seconds = -1", "catalog-unreadable"),
    ] {
        let wrong = edited(file, from, to).expect_err(&format!("{file}: {from} -> {to}"));
        assert_eq!(wrong.code(), code, "{file}: {from} -> {to}: {wrong}");
        assert!(!wrong.advice().is_empty());
    }
}

#[test]
fn an_error_names_the_file_and_the_line() {
    let wrong = edited("patience.toml", "seconds = 30", "minutes = 30").unwrap_err();
    let CatalogError::Unreadable { file, line, message } = &wrong else { panic!("{wrong:?}") };
    assert_eq!((file.as_str(), *line), ("patience.toml", Some(6)), "{message}");
    assert!(message.contains("minutes"), "{message}");
}

#[test]
fn a_missing_or_unknown_file_is_an_error() {
    let without: Vec<_> = EMBEDDED.iter().copied().filter(|(name, _)| *name != "causes.toml").collect();
    assert_eq!(Catalog::parse(&without).unwrap_err().code(), "catalog-file-missing");
    let mut with = EMBEDDED.to_vec();
    with.push(("cause.toml", ""));
    assert_eq!(Catalog::parse(&with).unwrap_err().code(), "catalog-file-unknown");
}

#[test]
fn every_product_of_the_list_has_its_dhcp_commands_under_the_names_that_people_use() {
    assert!(catalog().dhcp_servers().len() >= 21);
    for (asked, id) in [
        ("cisco-ios", "cisco-ios"),
        ("Cisco IOS, IOS XE", "cisco-ios"),
        ("CME", "cisco-ios"),
        ("windows", "windows-powershell"),
        ("Windows Server netsh", "windows-netsh"),
        ("routeros", "mikrotik"),
        ("ISC_dhcpd", "isc-dhcpd"),
        ("EdgeRouter", "edgeos"),
    ] {
        assert_eq!(catalog().dhcp_server(asked).map(|server| server.id.as_str()), Some(id), "{asked}");
    }
    assert!(catalog().dhcp_server("").is_none() && catalog().dhcp_server("dhcp").is_none());
    let wrong = catalog().expect_dhcp_server("novell\x1b[2J").unwrap_err();
    assert_eq!(wrong.code(), "dhcp-server-unknown");
    assert!(!wrong.to_string().contains('\x1b') && wrong.advice()[0].contains("dnsmasq"), "{wrong}");
    let unknown: Vec<&str> =
        catalog().dhcp_servers().iter().filter(|s| !s.is_known()).map(|s| s.id.as_str()).collect();
    assert_eq!(unknown, ["unifi"], "what could not be found out is said, not guessed");
}

#[test]
fn dhcp_commands_that_could_mislead_are_refused() {
    for (file, from, to, why) in [
        ("dhcp/dnsmasq.toml", "dhcp-option=150,{value}", "dhcp-option=150,{valeu}", "a misspelt placeholder"),
        ("dhcp/dnsmasq.toml", "dhcp-option=150,{value}", "dhcp-option=150,{value", "an open brace"),
        (
            "dhcp/dnsmasq.toml",
            "lines = [\"dhcp-option=150,{value}\"]",
            "lines = []",
            "setting writes nothing",
        ),
        ("dhcp/cisco-ios.toml", "pool = \"name", "pond = \"name", "a blank that is explained nowhere"),
        ("dhcp/cisco-ios.toml", "\"no option 150\"", "\"option 150 ip {value}\"", "removing writes a value"),
        ("dhcp/cisco-ios.toml", "each = \"{address}\"", "each = \"{value}\"", "no address in `each`"),
        ("dhcp/cisco-ios.toml", "most = 8", "most = 0", "no address at all"),
        ("dhcp/cisco-ios.toml", "id = \"cisco-ios\"", "id = \"ios\"", "the file's name"),
        ("dhcp/cisco-ios.toml", "\"cme\"", "\"asa\"", "a word for two servers"),
        ("dhcp/cisco-ios.toml", "[restore]", "[put_back]", "no way back"),
        (
            "dhcp/unifi.toml",
            "unknown = \"How UniFi sets option 150 is not known.\"\n",
            "",
            "neither steps nor that nobody knows",
        ),
        (
            "dhcp/mikrotik.toml",
            "say = \"Where option 150 exists already:\", ",
            "",
            "a condition without words",
        ),
        ("dhcp/kea.toml", "when = \"no-value\"", "when = \"sometimes\"", "an unknown condition"),
    ] {
        assert!(edited(file, from, to).is_err(), "{file}: {why}");
    }
}
